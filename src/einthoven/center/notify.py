"""Telling the physician, as the desk runs it: notifications, calls, plans (R22–R24).

Everything is decided by ``escalation``; here its books are held together with what it needs of cases.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from einthoven.base.deeds import Draft, Json
from einthoven.base.errors import NotFoundError
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant, to_iso
from einthoven.center import act_fields
from einthoven.center.act_fields import Fields, whole, words
from einthoven.center.desk_door import Who
from einthoven.escalation import calls, plans
from einthoven.escalation.calendar import Flaw
from einthoven.escalation.calls import CallBook, Callee, Notification, State
from einthoven.escalation.ladder import Due, callees, calls_due, dues, find_callee
from einthoven.escalation.plans import PlanBook
from einthoven.review.case import Case
from einthoven.review.working import Told

TEXT_MAX = calls.TEXT_MAX


@dataclass(slots=True)
class Notify:
    """Notifications, calls and plans of one center.

    Attributes:
        calls, plans: the books.
        restarted: when this life of the center began: a call that ran then is asked about.
    """

    calls: CallBook = field(default_factory=CallBook)
    plans: PlanBook = field(default_factory=PlanBook)
    restarted: Instant | None = None

    def opened(self, case: Case, patient: str, practice: int | None) -> list[Draft]:
        """The physician must be told of a judged case.

        Args:
            patient: name, for what is to be said.
        """
        tier = case.tier.value
        return calls.open_notification(
            self.calls, case.number, case.stream, practice, tier, _say(case, patient)
        )

    def taken_back(self, case: Case, why: str) -> list[Draft]:
        """A verdict was taken back before anybody was called: there is nothing to tell."""
        return [
            draft
            for told in self.calls.of_case(case.number)
            if told.state is State.WAITING and not told.calls
            for draft in calls.withdraw(self.calls, told.number, why)
        ]

    def told(self, case: Case) -> Told | None:
        """What came of telling the physician of a case."""
        if case.notification is None:
            return None
        told = self.calls.notifications.get(case.notification)
        if told is None or told.reached_call is None:
            return None
        call = self.calls.calls[told.reached_call]
        return Told(told.number, f"{call.person}, {call.person_role}", told.action)

    def was_called(self, case: Case) -> bool:
        """Whether anybody was called about a case."""
        return any(told.calls for told in self.calls.of_case(case.number))

    def graver(self, case: int, tier: str) -> list[Draft]:
        """A case became graver: so does what its physician is told."""
        return [
            draft
            for told in self.calls.of_case(case)
            for draft in calls.raise_tier(self.calls, told.number, tier)
        ]

    def due(self, now: Instant) -> list[Due]:
        """Everything to be done by now."""
        return calls_due(self.calls, self.plans, now, self.restarted)

    def supervise(self, now: Instant) -> list[Draft]:
        """The supervisor is told of ladders that went round in vain."""
        return [
            draft
            for one in self.due(now)
            if one.kind == "supervisor"
            for draft in calls.told_supervisor(self.calls, one.notification, one.rounds)
        ]

    def next(self, number: int, now: Instant) -> list[Due]:
        """What is due for one notification, now or later."""
        told = self._told(number)
        return dues(self.calls, number, self.plans.plan_of(told), now, self.restarted)

    def contacts(self, told: Notification, now: Instant) -> list[Callee]:
        """Everybody whom its ladder calls at this hour."""
        return callees(self.plans.plan_of(told), told.tier, now)

    # ---- acts --------------------------------------------------------------------------------------------

    def start(self, _who: Who, fields: Fields, now: Instant) -> list[Draft]:
        """``call.start {notification, contact, number?}``."""
        told = self._told(whole(fields, "notification"))
        contact, dialled = words(fields, "contact", 60), words(fields, "number", 60, empty=True)
        callee = find_callee(self.plans.plan_of(told), contact, now, dialled)
        return calls.start(self.calls, told.number, callee)

    def incoming(self, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
        """``call.incoming {notification, name}``: the other side called back."""
        callee = Callee("", words(fields, "name", 200, empty=True), "", "", "")
        return calls.start(self.calls, whole(fields, "notification"), callee, incoming=True)

    def end(self, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
        """``call.end {call, outcome, person, person_role, readback, said, action}``."""
        said: dict[str, Json] = {
            "outcome": words(fields, "outcome", 40),
            "person": words(fields, "person", 200, empty=True),
            "person_role": words(fields, "person_role", 60, empty=True),
            "readback": fields.get("readback") is True,
            "said": words(fields, "said", TEXT_MAX, empty=True),
            "action": words(fields, "action", TEXT_MAX, empty=True),
        }
        return calls.end(self.calls, whole(fields, "call"), said)

    def close(self, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
        """``notification.close {notification, action}``."""
        action = words(fields, "action", TEXT_MAX, empty=True)
        return calls.close(self.calls, whole(fields, "notification"), action)

    def withdraw(self, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
        """``notification.withdraw {notification, why}``: a supervisor's."""
        return calls.withdraw(self.calls, whole(fields, "notification"), words(fields, "why", TEXT_MAX))

    def set_plan(self, fields: Fields, now: Instant) -> tuple[list[Draft], list[Flaw]]:
        """``ladder.set {stream | practice, plan}``: a plan and what of its cover will hurt."""
        stream: StreamId | None = act_fields.stream(fields) if "stream" in fields else None
        practice = whole(fields, "practice") if stream is None else None
        return plans.set_plan(self.plans, fields.get("plan"), now, stream, practice)

    def _told(self, number: int) -> Notification:
        told = self.calls.notifications.get(number)
        if told is None:
            raise NotFoundError(f"notification {number}: there is no such notification")
        return told


def _say(case: Case, patient: str) -> str:
    """What is said on the telephone: who, what, when, by which values."""
    met = "; ".join(one.words for one in case.met[:4])
    return f"{patient}: {case.title}, from {to_iso(case.onset_at)}" + (f". {met}" if met else "")
