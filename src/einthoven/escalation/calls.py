"""Notifications and the calls made for them: what stops a ladder, and what is on record (R22–R24).

Only a person who can act stops it, with name, role and read-back; a voicemail, an answering service and a
busy line are attempts. The tables are those of ``docs/escalation.md``. What a call was is kept as deeds, so
that after a restart a call that ran is still open and is asked about.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import ClassVar

from einthoven.base.deeds import Body, Deed, Draft, Json
from einthoven.base.errors import InputError, NotFoundError, OursError, RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant, to_iso
from einthoven.base.thresholds import TIERS
from einthoven.escalation.fields import text, whole, whole_or_none

OPENED, RAISED, REACHED, CLOSED = (
    "notification.opened",
    "notification.raised",
    "notification.reached",
    "notification.closed",
)
WITHDRAWN, TOLD = "notification.withdrawn", "notification.supervisor_told"
STARTED, ENDED = "call.started", "call.ended"
TIERS_TOLD = TIERS[1:]
"""Tiers of a notification: daily, urgent, emergent."""
NO_ACTION = "no action necessary"
CAN_ACT = frozenset({"physician", "covering-physician", "nurse-practitioner", "physician-assistant"})
"""Roles of people who can act on a finding; a center may name more."""
CANNOT_ACT = ("nurse", "receptionist", "answering-service", "family", "other")
"""Roles that a page offers besides: they take a message, and the ladder goes on."""
TEXT_MAX = 2000


class State(StrEnum):
    """State of a notification; a page shows the first two as ``calling``."""

    WAITING = "waiting"
    """Nobody is reached, no call runs: one is due, now or at a known time."""
    IN_CALL = "in call"
    """A call runs."""
    REACHED = "reached"
    """A person who can act was told; what they did is asked for."""
    CLOSED = "closed"


class Event(StrEnum):
    """What changes a notification."""

    START = "start"
    UNREACHED = "end, not reached"
    REACH = "end, reached"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    RAISE = "raise"


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.WAITING, Event.START): State.IN_CALL,
    (State.IN_CALL, Event.UNREACHED): State.WAITING,
    (State.IN_CALL, Event.REACH): State.REACHED,
    (State.REACHED, Event.CLOSE): State.CLOSED,
    (State.WAITING, Event.WITHDRAW): State.CLOSED,
    (State.WAITING, Event.RAISE): State.WAITING,
    (State.IN_CALL, Event.RAISE): State.IN_CALL,
    (State.REACHED, Event.RAISE): State.WAITING,
}
"""Every transition there is."""


class Outcome(StrEnum):
    """How a call ended."""

    REACHED = "reached"
    VOICEMAIL = "voicemail"
    ANSWERING_SERVICE = "answering_service"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Callee:
    """Whom a call goes to: a person of a plan by one of their numbers."""

    contact: str
    name: str
    role: str
    number: str
    number_kind: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call.

    Attributes:
        number: of the call.
        notification: it was made for.
        callee: whom it went to; of a call that came in, whom it came from as far as known.
        incoming: the other side called.
        by: actor who called.
        started, ended: instants; ``ended`` None while it runs.
        outcome: None while it runs.
        ended_by: actor who said how it ended.
        person, person_role: who was reached.
        readback: the name (and what was said) was read back.
        said: what was said.
        action: what the person did or will do, as far as said in the call.
    """

    number: int
    notification: int
    callee: Callee
    incoming: bool
    by: str
    started: Instant
    ended: Instant | None = None
    outcome: Outcome | None = None
    ended_by: str = ""
    person: str = ""
    person_role: str = ""
    readback: bool = False
    said: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Notification:
    """Something that a physician must be told.

    Attributes:
        number: of the notification.
        case: number of the case.
        stream: the patient's stream.
        practice: whose ladder is used when the patient has none; None for none.
        tier: ``daily``, ``urgent``, ``emergent``.
        say: what is to be said.
        opened: since when.
        opened_by: actor.
        state: its state.
        calls: numbers of its calls, in order.
        told_rounds, told_at: of how many rounds of the ladder in which nobody was reached the supervisor was
            told last, and when.
        reached: when, or None.
        reached_call: by which call.
        closed: when, or None.
        action: what the physician did.
        withdrawn: why there is nothing to tell after all, or ``""``.
    """

    number: int
    case: int
    stream: StreamId
    practice: int | None
    tier: str
    say: str
    opened: Instant
    opened_by: str
    state: State = State.WAITING
    calls: tuple[int, ...] = ()
    told_rounds: int = 0
    told_at: Instant | None = None
    reached: Instant | None = None
    reached_call: int | None = None
    closed: Instant | None = None
    action: str = ""
    withdrawn: str = ""

    @property
    def shown(self) -> str:
        """``calling``, ``reached`` or ``closed``."""
        return "calling" if self.state in (State.WAITING, State.IN_CALL) else str(self.state)


@dataclass
class CallBook:
    """All notifications and calls; changes by ``apply`` alone."""

    KINDS: ClassVar[frozenset[str]] = frozenset(
        {OPENED, RAISED, REACHED, CLOSED, WITHDRAWN, TOLD, STARTED, ENDED}
    )
    notifications: dict[int, Notification] = field(default_factory=dict)
    calls: dict[int, Call] = field(default_factory=dict)
    live: set[int] = field(default_factory=set)
    """Numbers of the notifications that are not closed."""
    cases: dict[int, list[int]] = field(default_factory=dict)
    """Numbers of the notifications of each case, in order."""
    next_notification: int = 1
    next_call: int = 1

    def apply(self, deed: Deed) -> None:
        """Take one deed; kinds of others change nothing."""
        if deed.kind not in self.KINDS:
            return
        body = deed.body
        number = whole(body["notification"])
        if deed.kind == OPENED:
            self._opened(deed, number)
            return
        told = self.notifications[number]
        if deed.kind == STARTED:
            told = self._started(deed, told)
        elif deed.kind == ENDED:
            told = self._ended(deed, told)
        elif deed.kind == RAISED:
            told = replace(_after(told, Event.RAISE), tier=str(body["tier"]), reached=None, reached_call=None)
        elif deed.kind == TOLD:
            told = replace(told, told_rounds=whole(body["round"]), told_at=deed.at)
        elif deed.kind == REACHED:
            told = replace(told, reached=deed.at, reached_call=whole(body["call"]))
        else:
            self.live.discard(number)
            if deed.kind == CLOSED:
                told = replace(_after(told, Event.CLOSE), closed=deed.at, action=str(body["action"]))
            else:
                told = replace(_after(told, Event.WITHDRAW), closed=deed.at, withdrawn=str(body["why"]))
        self.notifications[number] = told

    def running(self, number: int) -> Call | None:
        """The call that runs for a notification."""
        for call in reversed(self.notifications[number].calls):
            if self.calls[call].ended is None:
                return self.calls[call]
        return None

    def calls_of(self, number: int) -> list[Call]:
        """Its calls in order."""
        return [self.calls[call] for call in self.notifications[number].calls]

    def of_case(self, case: int) -> list[Notification]:
        """The notifications of a case that are not closed."""
        return [self.notifications[one] for one in self.cases.get(case, ()) if one in self.live]

    def times(self, case: int) -> dict[str, Instant]:
        """When a case's first call was started, somebody reached, the action known (stages of ``legs``)."""
        found: dict[str, Instant] = {}
        for number in self.cases.get(case, ()):
            told = self.notifications[number]
            outgoing = [self.calls[one] for one in told.calls if not self.calls[one].incoming]
            if outgoing:
                found.setdefault("call_started", outgoing[0].started)
            if told.reached is None or told.reached_call is None:
                continue
            found.setdefault("reached", told.reached)
            known = told.reached if self.calls[told.reached_call].action else told.closed
            if known is not None:
                found.setdefault("action", known)
        if "reached" in found:
            # A call that came in before anybody was called is the call.
            found["call_started"] = min(found.get("call_started", found["reached"]), found["reached"])
        return found

    def _opened(self, deed: Deed, number: int) -> None:
        body = deed.body
        self.notifications[number] = Notification(
            number,
            whole(body["case"]),
            whole(body["stream"]),
            whole_or_none(body.get("practice")),
            str(body["tier"]),
            str(body["say"]),
            deed.at,
            deed.actor,
        )
        self.live.add(number)
        self.cases.setdefault(self.notifications[number].case, []).append(number)
        self.next_notification = max(self.next_notification, number + 1)

    def _started(self, deed: Deed, told: Notification) -> Notification:
        body, number = deed.body, whole(deed.body["call"])
        callee = Callee(*(str(body[name]) for name in ("contact", "name", "role", "number", "number_kind")))
        self.calls[number] = Call(number, told.number, callee, bool(body["incoming"]), deed.actor, deed.at)
        self.next_call = max(self.next_call, number + 1)
        return replace(_after(told, Event.START), calls=(*told.calls, number))

    def _ended(self, deed: Deed, told: Notification) -> Notification:
        body, number = deed.body, whole(deed.body["call"])
        outcome = Outcome(str(body["outcome"]))
        self.calls[number] = replace(
            self.calls[number],
            ended=deed.at,
            outcome=outcome,
            ended_by=deed.actor,
            person=str(body["person"]),
            person_role=str(body["person_role"]),
            readback=bool(body["readback"]),
            said=str(body["said"]),
            action=str(body["action"]),
        )
        return _after(told, Event.REACH if outcome is Outcome.REACHED else Event.UNREACHED)


def open_notification(
    book: CallBook, case: int, stream: StreamId, practice: int | None, tier: str, say: str
) -> list[Draft]:
    """A physician must be told of a case.

    Raises:
        InputError: no such tier, or nothing to say.
        RefusedError: the case has one that is not closed (``open``).
    """
    if tier not in TIERS_TOLD:
        raise InputError(f"tier: {tier[:40]!r}, want one of {', '.join(TIERS_TOLD)}")
    said = text("say", say, TEXT_MAX, required=True)
    already = book.of_case(case)
    if already:
        raise RefusedError("open", f"notification {already[0].number} of case {case} is not closed")
    body: dict[str, Json] = {
        "notification": book.next_notification,
        "case": case,
        "stream": stream,
        "practice": practice,
        "tier": tier,
        "say": said,
    }
    return [Draft(OPENED, stream_name(stream), body)]


def raise_tier(book: CallBook, number: int, tier: str) -> list[Draft]:
    """The case became graver, and whoever was reached before must be reached again; never milder.

    Raises:
        NotFoundError: there is no such notification.
        RefusedError: it is closed (``closed``).
    """
    told = _get(book, number)
    if told.state is State.CLOSED:
        raise RefusedError("closed", f"notification {number} is closed")
    graver = max(tier, told.tier, key=TIERS.index)
    if graver == told.tier and told.state is not State.REACHED:
        return []
    return [_draft(RAISED, told, {"tier": graver, "was": told.tier})]


def start(book: CallBook, number: int, callee: Callee, *, incoming: bool = False) -> list[Draft]:
    """Somebody begins to call.

    Args:
        book: the book.
        number: of the notification.
        callee: whom; of a call that came in, what is known of the caller.
        incoming: the other side called.

    Raises:
        NotFoundError: there is no such notification.
        RefusedError: it is reached or closed (``reached``, ``closed``), somebody else calls already
            (``calling``), or there is no number to call (``number``).
    """
    told = _get(book, number)
    running = book.running(number)
    if running is not None:
        since = to_iso(running.started)
        raise RefusedError("calling", f"{running.by} calls {running.callee.name} for it since {since}")
    if (told.state, Event.START) not in TRANSITIONS:
        raise RefusedError(str(told.state), f"notification {number} is {told.state}")
    if not incoming and not callee.number:
        raise RefusedError("number", f"{callee.name or 'the contact'} has no number to call")
    body: dict[str, Json] = {
        "call": book.next_call,
        "contact": callee.contact,
        "name": callee.name,
        "role": callee.role,
        "number": callee.number,
        "number_kind": callee.number_kind,
        "incoming": incoming,
    }
    return [_draft(STARTED, told, body)]


def end(book: CallBook, number: int, said: Body, can_act: frozenset[str] = CAN_ACT) -> list[Draft]:
    """How a call ended.

    Args:
        book: the book.
        number: of the call.
        said: ``outcome``; for ``reached`` also ``person``, ``person_role``, ``readback`` and ``said``;
            ``action`` where it is known already.
        can_act: roles that can act.

    Raises:
        NotFoundError: there is no such call.
        InputError: no such outcome, or a text that cannot be taken.
        RefusedError: the call has ended (``ended``); reached without name, role, read-back or what was said
            (``incomplete``), or somebody who cannot act (``cannot-act``).
    """
    call = book.calls.get(number)
    if call is None:
        raise NotFoundError(f"call {number}: there is no such call")
    if call.ended is not None:
        raise RefusedError("ended", f"call {number} ended at {to_iso(call.ended)}: {call.outcome}")
    try:
        outcome = Outcome(str(said.get("outcome")))
    except ValueError as error:
        raise InputError(f"outcome: say one of {', '.join(Outcome)}") from error
    readback = said.get("readback")
    fields: dict[str, Json] = {
        "person": text("person", said.get("person"), 200),
        "person_role": text("person_role", said.get("person_role"), 60),
        "readback": readback is True or (isinstance(readback, str) and bool(readback.strip())),
        "said": text("said", said.get("said"), TEXT_MAX),
        "action": text("action", said.get("action"), TEXT_MAX),
    }
    if outcome is Outcome.REACHED:
        _check_reached(fields, can_act)
    told = book.notifications[call.notification]
    ended: dict[str, Json] = {"call": number, "outcome": str(outcome)}
    drafts = [_draft(ENDED, told, ended | fields)]
    if outcome is Outcome.REACHED:
        drafts.append(_draft(REACHED, told, {"call": number}))
    return drafts


def close(book: CallBook, number: int, action: str) -> list[Draft]:
    """What the physician did is known: nothing is left to do.

    Args:
        book: the book.
        number: of the notification.
        action: in words; ``""`` takes what was said in the call. ``NO_ACTION`` is an action.

    Raises:
        NotFoundError: there is no such notification.
        RefusedError: nobody who can act was reached (``not-reached``), it is closed (``closed``), or what the
            physician did is not said (``action``).
    """
    told = _get(book, number)
    if told.state is State.CLOSED:
        raise RefusedError("closed", f"notification {number} is closed")
    if told.state is not State.REACHED or told.reached_call is None:
        raise RefusedError("not-reached", f"notification {number}: nobody who can act was reached")
    given = text("action", action, TEXT_MAX) or book.calls[told.reached_call].action
    if not given:
        raise RefusedError("action", f'say what the physician did; "{NO_ACTION}" is an answer')
    return [_draft(CLOSED, told, {"action": given})]


def withdraw(book: CallBook, number: int, why: str) -> list[Draft]:
    """There is nothing to tell after all; the caller sees to who may say so.

    Raises:
        NotFoundError: there is no such notification.
        RefusedError: a call runs, or somebody was reached (its state is the code); no reason (``why``).
    """
    told = _get(book, number)
    if (told.state, Event.WITHDRAW) not in TRANSITIONS:
        raise RefusedError(str(told.state), f"notification {number} is {told.state}: it goes on to its end")
    reason = text("why", why, TEXT_MAX)
    if not reason:
        raise RefusedError("why", "say why nothing has to be told")
    return [_draft(WITHDRAWN, told, {"why": reason})]


def told_supervisor(book: CallBook, number: int, rounds: int) -> list[Draft]:
    """The supervisor was told that ``rounds`` rounds reached nobody; nothing where there is nothing new."""
    told = _get(book, number)
    ends = [call.ended for call in book.calls_of(number) if call.ended is not None]
    known = told.told_at is not None and not any(at > told.told_at for at in ends)
    return [] if known and rounds <= told.told_rounds else [_draft(TOLD, told, {"round": rounds})]


def _check_reached(fields: Body, can_act: frozenset[str]) -> None:
    names = {
        "person": "the name",
        "person_role": "the role",
        "readback": "the read-back",
        "said": "what was said",
    }
    missing = [words for name, words in names.items() if not fields[name]]
    if missing:
        raise RefusedError("incomplete", f"reached is complete with {', '.join(missing)}")
    role = str(fields["person_role"])
    if role not in can_act:
        raise RefusedError(
            "cannot-act",
            f"{role} is not a role that can act ({', '.join(sorted(can_act))}): it is no notification",
        )


def _after(told: Notification, event: Event) -> Notification:
    if (told.state, event) not in TRANSITIONS:
        raise OursError(f"notification {told.number} is {told.state}: {event} does not apply")
    return replace(told, state=TRANSITIONS[told.state, event])


def _get(book: CallBook, number: int) -> Notification:
    told = book.notifications.get(number)
    if told is None:
        raise NotFoundError(f"notification {number}: there is no such notification")
    return told


def _draft(kind: str, told: Notification, body: Body) -> Draft:
    return Draft(
        kind, stream_name(told.stream), {"notification": told.number, "case": told.case} | dict(body)
    )
