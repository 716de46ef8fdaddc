"""Which notices leave the center because of what was decided, told beside the deeds themselves (R23).

They are queued in the same transaction as the deed that they tell, so none is forgotten by a crash and none
is queued for a deed that was never kept. A notice never stops a ladder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from einthoven.answering import call_book
from einthoven.answering.limits import HIGH_FROM
from einthoven.base.deeds import Body, Draft
from einthoven.base.instants import Instant
from einthoven.center import desk_ports
from einthoven.center.desk_books import Books
from einthoven.center.notice_book import QUEUED, receiver
from einthoven.escalation import calls, criteria, emergency
from einthoven.escalation.notices import (
    EMAIL,
    EMERGENCY,
    EXHAUSTED,
    OPENED,
    REACHED,
    REPORT,
    TELEPHONE,
    Notice,
    Occasion,
    Recipient,
    notices,
)
from einthoven.reports.life_book import ISSUED
from einthoven.reports.life_states import Kind

MINIMAL, CRITERIA, NAME = "minimal", "criteria", "name"
DETAILS = (MINIMAL, CRITERIA, NAME)
"""What a notice may hold: case and tier alone; also the values that met the criteria; also the patient's
name (only where every recipient may have it)."""


def _nowhere(_case: int | None) -> str:
    return ""


@dataclass(slots=True)
class Noticing:
    """Who is told what.

    Attributes:
        center: name of the center.
        recipients: who gets notices.
        detail: of ``DETAILS``.
        link: where a case opens; ``""`` for nowhere.
        link_report: where a report opens.
        link_call: where a call of a patient opens.
    """

    center: str
    recipients: Sequence[Recipient]
    detail: str = MINIMAL
    link: Callable[[int | None], str] = _nowhere
    link_report: Callable[[int | None], str] = _nowhere
    link_call: Callable[[int | None], str] = _nowhere

    def of(
        self, books: Books, drafts: Sequence[Draft], now: Instant
    ) -> tuple[list[Draft], list[desk_ports.Notice]]:
        """The notices of what is about to be kept: a deed for each, and the message itself.

        Args:
            books: as they are before the drafts take effect.
        """
        if not self.recipients:
            return [], []
        queued: list[Draft] = []
        sent: list[desk_ports.Notice] = []
        for draft in drafts:
            occasion = self._occasion(books, draft, now)
            if occasion is None:
                continue
            # One address under two keys is told once.
            for one in {each.id: each for each in notices(self.recipients, occasion)}.values():
                queued.append(_queued(one, occasion))
                content: Body = {"subject": one.subject, "text": one.text}
                content = content if one.channel == EMAIL else one.json
                sent.append(desk_ports.Notice(one.id, one.channel, one.to, content, now))
        return queued, sent

    def _occasion(self, books: Books, draft: Draft, now: Instant) -> Occasion | None:
        body = cast("Mapping[str, Any]", draft.body)
        if draft.kind == emergency.BEGUN:
            return self._emergency(books, body, now)
        if draft.kind == ISSUED:
            return self._report(books, body, now)
        if draft.kind == call_book.ESCALATED:
            return self._telephone(books, body, now)
        if draft.kind == calls.OPENED:
            told = (body["stream"], body["case"], body["practice"], body["tier"])
            return self._about(books, OPENED, body["notification"], *told, now)
        if draft.kind not in (calls.TOLD, calls.REACHED):
            return None
        known = books.notify.calls.notifications[body["notification"]]
        what = EXHAUSTED if draft.kind == calls.TOLD else REACHED
        rounds = body["round"] if draft.kind == calls.TOLD else 0
        about = (known.stream, known.case, known.practice, known.tier, now)
        return self._about(books, what, known.number, *about, rounds)

    def _emergency(self, books: Books, body: Mapping[str, Any], now: Instant) -> Occasion:
        practice = books.practice(body["stream"])
        about = (body["stream"], body["case"], practice, "emergent", now)
        return self._about(books, EMERGENCY, body["emergency"], *about)

    def _report(self, books: Books, body: Mapping[str, Any], now: Instant) -> Occasion:
        """An edition of a report is issued; a repeat of one edition is one notice, an addendum another."""
        report = books.reports.report(body["report"])
        tier = "urgent" if report.about.kind is Kind.URGENT else "daily"
        stream = report.about.stream
        about = (stream, None, books.practice(stream), tier, now, body["edition"])
        return replace(
            self._about(books, REPORT, report.number, *about), link=self.link_report(report.number)
        )

    def _telephone(self, books: Books, body: Mapping[str, Any], now: Instant) -> Occasion:
        """Nobody attends to a call: told each time it escalates."""
        call, times = books.calls.call(body["call"]), body["times"]
        tier = "emergent" if times >= HIGH_FROM else "urgent"
        practice = None if call.stream is None else books.practice(call.stream)
        named = self.detail == NAME and call.stream is not None
        patient = books.card(call.stream).name if named and call.stream is not None else ""
        link = self.link_call(call.number)
        about = (self.center, TELEPHONE, call.stream, None, call.number, tier, now, (), link, times, practice)
        return Occasion(*about, patient=patient)

    def _about(
        self,
        books: Books,
        what: str,
        number: int,
        stream: int,
        case: int | None,
        practice: int | None,
        tier: str,
        now: Instant,
        rounds: int = 0,
    ) -> Occasion:
        plan = books.notify.plans.plan_for(stream, practice)
        met: tuple[criteria.Met, ...] = ()
        known = None if case is None else books.triage.cases.cases.get(case)
        if known is not None and self.detail != MINIMAL:
            met = tuple(
                criteria.Met(one.criterion, one.tier.value, one.value, one.limit, one.unit, one.words)
                for one in known.met
            )
        return Occasion(
            self.center,
            what,
            stream,
            case,
            number,
            tier,
            now,
            met,
            self.link(case),
            rounds,
            practice,
            frozenset(one.key for one in plan.calendar.persons),
            books.card(stream).name if self.detail == NAME else "",
        )


def _queued(one: Notice, occasion: Occasion) -> Draft:
    is_emergency = occasion.what == EMERGENCY
    own = occasion.what if occasion.what in (REPORT, TELEPHONE) else ""
    of = {own: occasion.number} if own else {}
    return Draft(
        QUEUED,
        f"notice {one.id}",
        {
            "id": one.id,
            "channel": one.channel,
            "to": receiver(one.channel, one.to),
            "what": occasion.what,
            "stream": occasion.stream,
            "case": occasion.case,
            "notification": None if is_emergency or own else occasion.number,
            "emergency": occasion.number if is_emergency else None,
            **of,
        },
    )
