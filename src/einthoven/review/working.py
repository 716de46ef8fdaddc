"""Working on a case: taking it, letting it go, telling the physician, closing it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from einthoven.base.deeds import Draft, Json
from einthoven.base.errors import InputError, RefusedError
from einthoven.base.instants import HOUR, Duration, Instant, to_iso
from einthoven.review.book import CaseBook
from einthoven.review.case import (
    ALARM_TRANSITIONS,
    AlarmEvent,
    AlarmState,
    Case,
    Event,
    State,
    Verdict,
    after,
)
from einthoven.review.facts import Tier
from einthoven.review.limits import UNDO
from einthoven.review.placing import JUDGED, broken, case_subject

CALLS = (Tier.EMERGENT, Tier.URGENT)
"""Tiers of which a true verdict must be told to the physician before the case closes (R22, R24)."""
ARCHIVED_AFTER: Duration = 48 * HOUR
"""Closed so long, and seen: a case leaves the book; the journal keeps it."""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of telling the physician, from the room of the calls.

    Attributes:
        notification: its number.
        reached: who was reached and can act.
        action: what the physician did, ``no action necessary`` included (R24).
    """

    notification: int
    reached: str
    action: str


def draft(kind: str, case: int, **fields: Json) -> Draft:
    """A deed about a case."""
    return Draft(kind, case_subject(case), {"case": case, **fields})


def refuse(case: Case, event: Event, what: str) -> State:
    """The state that an event leads to.

    Raises:
        RefusedError: the case is in no state for it.
    """
    state = after(case.state, event, case.held_by is not None)
    if state is None:
        raise RefusedError("state", f"case {case.number} is {case.state}: it cannot be {what}")
    return state


def mine(case: Case, by: int, what: str) -> None:
    """That ``by`` holds the case.

    Raises:
        RefusedError: somebody else does, or nobody.
    """
    if case.held_by is None:
        raise RefusedError("not_held", f"case {case.number} is held by nobody: take it before it is {what}")
    if case.held_by != by:
        raise RefusedError("held", f"case {case.number} is held by staff {case.held_by}, not by staff {by}")


def take(book: CaseBook, number: int, by: int, station: int | None, now: Instant) -> list[Draft]:
    """Staff ``by`` takes a case; nothing follows when it is theirs already.

    Raises:
        NotFoundError: there is no such case.
        RefusedError: another holds it (``held``, and who), it is closed (``state``), or a second reader
            disagreed with this person's verdict (``barred``).
    """
    case = book.case(number)
    if case.held_by == by and case.state is not State.CLOSED:
        return []
    if case.held_by is not None:
        since = "" if case.held_at is None else f" since {to_iso(case.held_at)}"
        raise RefusedError("held", f"case {number} is held by staff {case.held_by}{since}")
    refuse(case, Event.TAKEN, "taken")
    if case.barred == by:
        raise RefusedError("barred", _barred(case, by))
    return [_taken(book, case, by, station, now)]


def take_over(
    book: CaseBook, number: int, by: int, station: int | None, why: str, now: Instant
) -> list[Draft]:
    """A supervisor takes a case from its holder, who is told why; the center asks for the permission.

    Raises:
        NotFoundError, RefusedError: as ``take``; nobody holds it, so that there is nothing to take over.
        InputError: no reason is given.
    """
    case = book.case(number)
    if not why.strip():
        raise InputError("take over: a reason is needed")
    if case.held_by is None:
        raise RefusedError("not_held", f"case {number} is held by nobody: take it")
    if case.held_by == by:
        return []
    if case.barred == by:
        raise RefusedError("barred", _barred(case, by))
    gone = _returned(book, case, now, f"staff {by} takes over: {why.strip()}")
    return [gone, _taken(book, case, by, station, now)]


def _barred(case: Case, by: int) -> str:
    return f"case {case.number}: a second reader disagreed with staff {by}: another decides"


def _taken(book: CaseBook, case: Case, by: int, station: int | None, now: Instant) -> Draft:
    limit = book.limits[case.tier]
    due_at = {State.DECIDED: now + limit.decided, State.NOTIFYING: None}.get(case.state, now + limit.held)
    return draft("case.taken", case.number, by=by, station=station, due_at=due_at)


def release(book: CaseBook, number: int, by: int, now: Instant) -> list[Draft]:
    """Its holder gives a case back to the list.

    Raises:
        NotFoundError, RefusedError: as ``take``; ``by`` does not hold it.
    """
    case = book.case(number)
    refuse(case, Event.RELEASED, "given back")
    mine(case, by, "given back")
    return [draft("case.released", number, by=by, due_at=waiting_until(book, case, now))]


def waiting_until(book: CaseBook, case: Case, now: Instant) -> Instant:
    """Until when a case may be without a holder from now on."""
    limit = book.limits[case.tier]
    judged = case.state in (State.DECIDED, State.NOTIFYING)
    return now + (limit.decided if judged else limit.untouched)


def station_lost(book: CaseBook, station: int, now: Instant, cause: str) -> list[Draft]:
    """Every case held at a station goes back to the list when the station is lost.

    Args:
        book: the cases.
        station: which.
        now: center time.
        cause: how it was lost, in words.
    """
    return [
        _returned(book, case, now, f"station {station}: {cause}")
        for case in book.open_cases()
        if case.station == station and case.held_by is not None
    ]


def holder_gone(book: CaseBook, by: int, now: Instant, cause: str) -> list[Draft]:
    """Every case that a person holds goes back to the list: signed out, or no longer qualified."""
    return [
        _returned(book, case, now, f"staff {by}: {cause}") for case in book.open_cases() if case.held_by == by
    ]


def _returned(book: CaseBook, case: Case, now: Instant, cause: str) -> Draft:
    return draft(
        "case.returned",
        case.number,
        by=case.held_by,
        station=case.station,
        cause=cause,
        due_at=waiting_until(book, case, now),
    )


def returned_late(book: CaseBook, case: Case, now: Instant, cause: str) -> list[Draft]:
    """A case with which its holder does nothing goes back and escalates at once."""
    due_at = waiting_until(book, replace(case, state=State.OPEN) if case.state is State.HELD else case, now)
    left = replace(case, held_by=None)
    return [_returned(book, case, now, cause), *escalated(book, left, case.escalated + 1, cause, due_at, now)]


def escalated(
    book: CaseBook, case: Case, level: int, reason: str, due_at: Instant, now: Instant
) -> list[Draft]:
    """A case escalates; where nobody holds it, an alarm that was acknowledged goes on again.

    Args:
        book: the cases.
        case: as it stands.
        level: how often it did, this time included.
        reason: what was compared.
        due_at: when it does next.
        now: center time.
    """
    sounds = case.held_by is None and case.alarm.state is AlarmState.ACKNOWLEDGED
    event = AlarmEvent.MISSED if case.over else AlarmEvent.AGAIN
    alarm = ALARM_TRANSITIONS[case.alarm.state, event] if sounds else case.alarm.state
    made = draft(
        "case.escalated",
        case.number,
        level=level,
        reasons=[reason],
        due_at=due_at,
        alarm=alarm.value,
        sounds=sounds,
    )
    return [made, *(broken(book, case.stream, case.priority, case.number, now) if sounds else [])]


def calls_for_call(case: Case) -> bool:
    """Whether the verdict in force must be told to the physician before the case closes."""
    return case.given is not None and case.given.verdict is Verdict.TRUE and case.tier in CALLS


def notifying(book: CaseBook, number: int, notification: int) -> list[Draft]:
    """The physician is being told of a case: the center says so when it begins a notification.

    Raises:
        NotFoundError: there is no such case.
        RefusedError: its verdict calls for none.
    """
    case = book.case(number)
    refuse(case, Event.TELLING, "told")
    if not calls_for_call(case):
        raise RefusedError("no_call", f"case {number}: its verdict calls for no notification")
    return [draft("case.notifying", number, notification=notification)]


def close(book: CaseBook, number: int, by: int, told: Told | None = None) -> list[Draft]:
    """Its holder closes a judged case.

    Args:
        book: the cases.
        number: which.
        by: the holder.
        told: what came of telling the physician, where it was done.

    Raises:
        NotFoundError: there is no such case.
        RefusedError: it has no verdict (``state``), is another's (``held``), its alarm goes on (``alarm``),
            or the physician was not reached, or it is not written what they did (``not_told``).
    """
    case = book.case(number)
    refuse(case, Event.CLOSED, "closed before it has a verdict" if case.given is None else "closed")
    mine(case, by, "closed")
    left = _left(case, told)
    if left is not None:
        raise left
    return [_closed(case, by, told, "" if case.given is None else f"verdict {case.given.verdict}")]


def _closed(case: Case, by: int | None, told: Told | None, reason: str) -> Draft:
    return draft(
        "case.closed",
        case.number,
        by=by,
        cause="verdict",
        notification=None if told is None else told.notification,
        action="" if told is None else told.action.strip(),
        reasons=[reason],
    )


def _left(case: Case, told: Told | None) -> RefusedError | None:
    """What keeps a judged case open."""
    if case.alarm.state in (AlarmState.ACTIVE, AlarmState.LATCHED):
        return RefusedError("alarm", f"case {case.number}: its alarm goes on: acknowledge it first")
    if not calls_for_call(case) and case.notification is None:
        return None
    words = f"case {case.number} is {case.tier}, and "
    if calls_for_call(case) and case.state is not State.NOTIFYING:
        return RefusedError(
            "not_told", words + "nobody is told of this verdict yet"
        )  # of one before, perhaps
    if told is None or not told.reached.strip():
        return RefusedError("not_told", words + "nobody who can act was reached yet")
    if case.notification is not None and told.notification != case.notification:
        return RefusedError("not_told", words + f"notification {told.notification} is of another case")
    if not told.action.strip():
        return RefusedError("not_told", words + "what the physician did is not written down")
    return None


def closes_at(case: Case, told: Told | None) -> Instant | None:
    """When a judged case closes by itself, whoever holds it: with what the physician did, or, where nobody is
    to be told, once its verdict can no longer be taken back. None while something is left to be done.
    """
    if case.given is None or case.state not in JUDGED or case.emergency is not None:
        return None
    if _left(case, told) is not None:
        return None
    return case.given.at if case.notification is not None else case.given.at + UNDO


def closed_by_itself(case: Case, told: Told | None, now: Instant) -> list[Draft]:
    """The deed by which a judged case closes to which nothing is left to be done, if it is time for it."""
    at = closes_at(case, told)
    if at is None or now < at or case.given is None:
        return []
    nobody_called = case.notification is None
    what = "it can no longer be taken back" if nobody_called else "what the physician did is known"
    return [_closed(case, None, told, f"verdict {case.given.verdict}, and {what}")]


def emergency(book: CaseBook, number: int, procedure: int | None) -> list[Draft]:
    """The emergency procedure of a case's patient runs (its number), or is over (None): first of all.

    Raises:
        NotFoundError: there is no such case.
        RefusedError: it is closed.
    """
    case = book.case(number)
    if case.state is State.CLOSED:
        raise RefusedError("state", f"case {number} is closed")
    if case.emergency == procedure:
        return []
    return [draft("case.emergency", number, emergency=procedure)]


def archivable(book: CaseBook, now: Instant) -> list[Draft]:
    """The deed by which cases leave the book: closed for two days, seen, read again where that was due, and
    nothing of them lasting. The journal keeps them."""
    done = [
        case.number
        for case in book.cases.values()
        if case.closed_at is not None
        and case.state is State.CLOSED
        and now - case.closed_at >= ARCHIVED_AFTER
        and case.number not in book.lit
        and case.number not in book.reading
        and case.over
    ]
    body: dict[str, Json] = {"cases": list(done)}
    return [Draft("case.archived", "cases", body)] if done else []
