"""Use-case: enroll a patient by a physician's order, with a kit from the shelf (R5, R29, R32, R33)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from einthoven.base.errors import EnrollmentError, RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import DAY, SECOND, Instant
from einthoven.center.earlier import which_test
from einthoven.center.enroll import EnrollmentUnit, check, open_period, open_words
from einthoven.enrollment import period_rules
from einthoven.enrollment.kit_states import Kit
from einthoven.enrollment.order import Order, Postal, Test
from einthoven.enrollment.period_rules import EarlierService, Ground, Ruling
from einthoven.enrollment.periods import PERIOD_MAX, Decision
from einthoven.enrollment.register import KnownPeriod
from einthoven.enrollment.telephone import Recorder

RULED = "period_rule"
"""Reason of a refusal that a supervisor can allow."""


def local_day(at: Instant, zone: str) -> date:
    """The local date of an instant."""
    return datetime.fromtimestamp(at // SECOND, UTC).astimezone(ZoneInfo(zone)).date()


@dataclass(frozen=True, slots=True)
class ByOrder:
    """The rules of one order (``center.enroll.Opens``).

    Attributes:
        number, order: the order.
        now, zone: when and where the period begins.
        allowed: why a supervisor allows what a rule refuses, ``""`` where nobody does.
        staying: of each patient on file that a hospital says is there, where.
        tests: of orders that ordered another test than telemetry, which (``earlier.ordered_tests``).
        end_previous: whether an open period of the patient ends by this one.
        empty: streams of those by telephone of whose strips none counts: they were no service.
    """

    number: int
    order: Order
    now: Instant
    zone: str
    allowed: str
    staying: Mapping[int, str]
    tests: Mapping[int, str] = field(default_factory=dict)
    end_previous: bool = False
    empty: Collection[StreamId] = frozenset()

    def judged(self, unit: EnrollmentUnit, known: int | None, decision: Decision) -> Decision:
        """The decision with the rules' facts and reasons.

        Raises:
            RefusedError: a rule refuses it that nobody allowed (``period_rule``).
            EnrollmentError: the patient is in a period that would not end by this (R5).
        """
        patient = self.order.patient
        periods = unit.known_periods(patient.name, patient.birth_date, known)
        ending = 0 if decision.ends is None else decision.ends[0].number
        ruling = self.ruled(periods, ending)
        if any(one.allowable for one in ruling.refusals) and not self.allowed:
            raise RefusedError(RULED, refusal(ruling))
        for one in ruling.refusals:
            if not one.allowable:
                raise EnrollmentError(f"{one.reason}: end that period first, or give end_previous")
        inputs = [*decision.inputs, ("order", str(self.number)), *ruling.inputs]
        if ruling.refusals:
            inputs.append(("allowed", self.allowed))
        reasons = (*decision.reasons, *(one.reason for one in ruling.grounds))
        return replace(decision, inputs=tuple(inputs), reasons=reasons)

    def ruled(self, periods: Sequence[KnownPeriod], ending: int = 0) -> Ruling:
        """What the rules come to after these periods of the patient: beforehand on the page of the order, and
        at the click.

        A period that ended, or ends by this one, without a single sample was no service; nor was one by
        telephone of whose strips none counts.

        Args:
            periods: all of the patient's.
            ending: number of one that ends by this enrollment whatever is asked, 0 for none.
        """
        earlier = [
            EarlierService(
                local_day(one.period.ended if one.period.ended is not None else self.now, self.zone),
                "here",
                f"{test} here, {stream_name(one.period.stream)}",
                test,
            )
            for one in periods
            if one.declared and one.period.stream not in self.empty
            for test in (which_test(one, self.tests),)
        ]
        running = "" if self.end_previous else self._running(periods, ending)
        persons = dict.fromkeys(one.period.patient for one in periods)
        staying = next((self.staying[one] for one in persons if one in self.staying), "")
        return period_rules.rule(self.order, earlier, local_day(self.now, self.zone), staying, running)

    def _running(self, periods: Sequence[KnownPeriod], ending: int) -> str:
        for one in (each.period for each in periods):
            if one.ended is None and one.number != ending and not one.due(self.now):
                return open_words(one)
        return ""

    def limit(self, now: Instant) -> Instant:
        """As many days as were ordered, at most 30: more only by extension."""
        return now + min(max(self.order.days, 1) * DAY, PERIOD_MAX)


def refusal(ruling: Ruling) -> str:
    """Why not, and who can allow it."""
    reasons = "; ".join(one.reason for one in ruling.refusals)
    return (
        f"{reasons}. A supervisor can allow it with a reason: the service goes on, the payer may not pay it"
    )


def enroll_ordered(
    unit: EnrollmentUnit, by: ByOrder, means: Kit | Recorder, end_previous: bool, now: Instant
) -> dict[str, object]:
    """Inside a transaction: open the period of an order; as ``center.enroll.enroll``.

    Args:
        means: the kit that the patient is given, or the recorder whose strips come by telephone.

    Raises:
        EnrollmentError: the order names somebody whom nobody can be enrolled as, or R5 refuses it.
        RefusedError: a rule refuses it (``period_rule``).
    """
    return open_period(unit, check(body(by.order, means, end_previous), now), now, by)


def wants_telephone(order: Order) -> bool:
    """Whether an order is for strips by telephone: enrolled without a kit."""
    return order.test is Test.POST_SYMPTOM


def body(order: Order, means: Kit | Recorder, end_previous: bool) -> dict[str, object]:
    """The body of ``POST /api/enroll`` that an order and a kit, or a recorder, make."""
    patient, orderer = order.patient, order.orderer
    person: dict[str, object] = {
        "name": patient.name,
        "birth_date": patient.birth_date,
        "sex": patient.sex,
        "address": address(patient.postal),
        "telephone": patient.telephone,
        "contacts": [
            {"name": one.name, "telephone": one.telephone, "relation": one.relation}
            for one in patient.contacts
        ],
    }
    physician = {"name": orderer.name, "npi": orderer.npi, "telephone": orderer.telephone}
    return {
        "patient": {name: value for name, value in person.items() if value},
        "physician": physician | ({"fax": orderer.fax} if orderer.fax else {}),
        "end_previous": end_previous,
        **_means(means),
    }


def _means(means: Kit | Recorder) -> dict[str, object]:
    if isinstance(means, Recorder):
        told = {"profile": means.profile, "numbers": list(means.numbers), "lead": means.lead}
        return {"telephone": told}
    return {
        "transmitter": means.transmitter,
        "rate_hz": means.layout.rate_hz,
        "leads": list(means.layout.names),
        "public_key": means.public_key.hex(),
    }


def address(postal: Postal) -> str:
    """On one line, as an ambulance is told: ``1 Main St, Springfield, NY 12345``."""
    place = " ".join(part for part in (postal.state, postal.zip) if part)
    parts = [postal.street, postal.city, place, "" if postal.country in ("", "US") else postal.country]
    return ", ".join(part for part in parts if part)


def grounds_json(ruling: Ruling) -> list[dict[str, object]]:
    """The rules as pages are told."""
    return [_ground(one) for one in ruling.grounds]


def _ground(one: Ground) -> dict[str, object]:
    return {
        "rule": one.rule,
        "refused": one.refused,
        "reason": one.reason,
        "source": one.source,
        "change": one.change,
        "where": one.where,
        "allowable": one.allowable,
    }
