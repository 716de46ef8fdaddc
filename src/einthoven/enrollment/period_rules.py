"""Whether another service period may begin for a patient: rules with reasons and sources (R32, R33).

They are about coverage and about the patient's good, not about whether the link works: a supervisor may allow
a service that a payer will not pay, with a reason on record. What R5 demands (one transmitter, one patient,
no overlap) is not among them: nobody can allow that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from einthoven.enrollment.order import Order, Prior, Setting, Test

VERSION = 2
"""2: another form of surveillance on the same day (R32)."""
APART_DAYS = 30
"""Days from the last day of a service to the first of the next (LCD L34997, not more than once in a 30-day
period) [S]."""
REPEAT_MONTHS = 12
"""Months in which a second service needs new or recurrent undiagnosed symptoms (LCD L34997) [S]."""
WORDS_LEAST = 3
"""Letters of a reason; fewer say nothing."""


@dataclass(frozen=True, slots=True)
class EarlierService:
    """A service before this one.

    Attributes:
        last_day: its last local day.
        where: ``here``, with its stream, or ``order``: an earlier test that the order names.
        words: what it was, for the reason.
        test: which test it was, as orders name theirs: only the same one is a repetition of it.
    """

    last_day: date
    where: str
    words: str
    test: str = "telemetry"


@dataclass(frozen=True, slots=True)
class Ground:
    """One rule on one order.

    Attributes:
        rule: ``facility``, ``same day``, ``30 days``, ``12 months`` or ``exclusive``.
        refused: whether enrollment is refused by it.
        reason: why, a sentence.
        source: requirement, and the line of the LCD.
        change: what would change it, a sentence; ``""`` where nothing is refused.
        where: path of the order's field that it is about, ``""`` for none.
        allowable: whether a supervisor can allow what it refuses; what R5 demands nobody can.
    """

    rule: str
    refused: bool
    reason: str
    source: str
    change: str = ""
    where: str = ""
    allowable: bool = True


@dataclass(frozen=True, slots=True)
class Ruling:
    """What all rules come to, with the facts they used (house rule 5)."""

    inputs: tuple[tuple[str, str], ...]
    grounds: tuple[Ground, ...]

    @property
    def refusals(self) -> tuple[Ground, ...]:
        """Those that refuse; none: a period may begin."""
        return tuple(one for one in self.grounds if one.refused)


def rule(
    order: Order,
    earlier: Sequence[EarlierService],
    first_day: date,
    staying: str = "",
    running: str = "",
) -> Ruling:
    """Whether a period may begin under an order.

    Args:
        order: the order; what it says of earlier tests counts beside ``earlier``.
        earlier: services of the same person here; of those of another test than is ordered only one on the
            first day counts.
        first_day: local day on which the period would begin.
        staying: where a hospital's messages say that the patient is now, ``""`` for nowhere.
        running: the period of the same person that is open and would not end by this, in words; ``""``: none.
    """
    wanted = str(order.test or Prior.TELEMETRY)
    every = [one for one in (*earlier, *_told(order)) if one.test == wanted]
    last = max(every, key=lambda one: one.last_day, default=None)
    inputs = [("first_day", first_day.isoformat()), ("setting", str(order.setting or ""))]
    if last is not None:
        inputs.append(("last_service", f"{last.words}, until {last.last_day.isoformat()}"))
    inputs.append(("new_symptoms", _yes(order.said("new_symptoms").answer)))
    inputs.append(("nothing_found_only", _yes(order.said("nothing_found_only").answer)))
    if running:
        inputs.append(("running", running))
    grounds = [
        _exclusive(running),
        _facility(order, staying),
        _same_day(wanted, [*earlier, *_told(order)], first_day),
        _apart(last, first_day),
        None if wanted == Test.POST_SYMPTOM else _repeat(order, last, first_day),
    ]
    return Ruling(tuple(inputs), tuple(one for one in grounds if one is not None))


def _yes(answer: bool | None) -> str:
    return "not said" if answer is None else "yes" if answer else "no"


def _told(order: Order) -> list[EarlierService]:
    """Services that the order tells of; a date that cannot be read says nothing."""
    found = []
    for one in order.prior_tests:
        try:
            day = date.fromisoformat(one.until or one.on)
        except ValueError:
            continue
        found.append(EarlierService(day, "order", f"{one.kind} that the order tells of", str(one.kind)))
    return found


def _exclusive(running: str) -> Ground | None:
    if not running:
        return None
    return Ground(
        "exclusive",
        True,
        f"the patient is in {running}",
        "R5: one patient, one transmitter, one period; R32: one form of surveillance at a time",
        "End that period first, or let it end by this enrollment.",
        "",
        False,
    )


def _facility(order: Order, staying: str) -> Ground | None:
    source = "R32; LCD L34997: no telemetry of patients in a hospital or another facility"
    if order.setting is not None and order.setting is not Setting.HOME:
        where = order.setting.value.replace("-", " ")
        reason = f"by the order the patient will be in a {where}, not at home"
        return Ground("facility", True, reason, source, "When the patient is at home.", "setting")
    if staying:
        reason = f"the hospital says that the patient is there now ({staying})"
        return Ground("facility", True, reason, source, "When the patient is discharged.", "setting")
    return None


_SURVEILLANCE = frozenset({"telemetry", "holter", "event-recorder", "patch", str(Test.POST_SYMPTOM)})
"""Tests that watch a heart over time; a form of surveillance each."""


def _same_day(wanted: str, earlier: Sequence[EarlierService], first_day: date) -> Ground | None:
    """Strips by telephone beside another form of surveillance, on the first day or later."""
    others = [
        one
        for one in earlier
        if one.test != wanted
        and one.test in _SURVEILLANCE
        and str(Test.POST_SYMPTOM) in (one.test, wanted)
        and one.last_day >= first_day
    ]
    if not others:
        return None
    last = max(others, key=lambda one: one.last_day)
    return Ground(
        "same day",
        True,
        f"{last.words} is surveillance, too, until {last.last_day.isoformat()}: not two forms on one day",
        "R32: another form of cardiac surveillance on the same day",
        f"From {last.last_day + timedelta(days=1)} on.",
        "start",
    )


def _apart(last: EarlierService | None, first_day: date) -> Ground | None:
    if last is None:
        return None
    source = "R33; LCD L34997: not more than once in a 30-day period"
    if last.test == Test.POST_SYMPTOM:
        source = "R7: strips by telephone are one service in 30 days, however many come"
    change = f"From {last.last_day + timedelta(days=APART_DAYS)} on."
    days = (first_day - last.last_day).days
    if days < 0:
        lasts = (
            f"another service ({last.words}) lasts until {last.last_day.isoformat()}, beyond the first day"
        )
        return Ground("30 days", True, lasts, source, change, "prior_tests")
    refused = days < APART_DAYS
    ended = f"the last service ({last.words}) ended on {last.last_day.isoformat()}, {days} days before"
    reason = f"{ended}: not more than one in {APART_DAYS} days" if refused else ended
    return Ground("30 days", refused, reason, source, change if refused else "", "start")


def _repeat(order: Order, last: EarlierService | None, first_day: date) -> Ground | None:
    over = None if last is None else _months_on(last.last_day, REPEAT_MONTHS)
    if last is None or over is None or first_day >= over:
        return None
    source = "R33; LCD L34997: within twelve months only for new or recurrent undiagnosed symptoms"
    ended = (
        f"the last service ({last.words}) ended on {last.last_day.isoformat()}, within {REPEAT_MONTHS} months"
    )
    new, only = order.said("new_symptoms").answer, order.said("nothing_found_only").answer
    if new is True and only is not True:
        return Ground("12 months", False, f"{ended}; the order states new or recurrent symptoms", source)
    if only is True:
        why = "that the last one found nothing is no ground for another"
    elif new is False:
        why = "the order says that there are no new or recurrent undiagnosed symptoms"
    else:
        why = "the order does not say whether there are new or recurrent undiagnosed symptoms"
    asked = "nothing_found_only" if only is True else "new_symptoms"
    change = (
        f"From {over} on, or where the physician states new or recurrent undiagnosed symptoms and does not "
        "order it only because nothing was found."
    )
    return Ground("12 months", True, f"{ended}: {why}", source, change, f"statements.{asked}")


def _months_on(day: date, months: int) -> date:
    """The same day of the month, so many months later; the last of February for the 29th."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    for number in (day.day, 30, 29, 28):
        try:
            return date(year, month, number)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")
