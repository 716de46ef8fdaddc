"""What is decided about calls, as drafts of deeds or a refusal with its reason (R6, R7, R18)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from einthoven.answering import call_book as kinds
from einthoven.answering.call import TRANSITIONS, Asked, Call, Event, Line, Outcome, State, Strip, after
from einthoven.answering.call_book import CallBook
from einthoven.answering.callers import one_caller
from einthoven.answering.limits import limits_of
from einthoven.base.deeds import Body, Draft, Json
from einthoven.base.errors import InputError, RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import DAY, SECOND, Instant, to_iso

WAYS: Final = ("number", "code", "asked")
"""How it was known who calls: the number they call from, the code they keyed in, or what they said."""
DIGITS_MAX: Final = 100
NOTED: Final = frozenset({Outcome.NO_STRIP, Outcome.WRONG_NUMBER, Outcome.TEST, Outcome.CALLED_BACK})
"""Outcomes that say nothing without a note."""


def subject(number: int) -> str:
    """How a deed names a call."""
    return f"telephone {number}"


def draft(kind: str, number: int, **fields: Json) -> Draft:
    """A deed about a call."""
    return Draft(kind, subject(number), {"call": number, **fields})


# ---- what the line tells -----------------------------------------------------------------------------------


def rang(book: CallBook, line: Line, caller: str, called: str, trace: str, now: Instant) -> list[Draft]:
    """A call came: nobody has it yet. Its number is ``book.next_call``."""
    due = book.limits.due(State.RINGING, now)
    told: Body = {"line": line.value, "caller": caller, "called": called, "trace": trace, "due_at": due}
    return [draft(kinds.RANG, book.next_call, **told)]


def heard(book: CallBook, number: int) -> list[Draft]:
    """Its sound comes although nobody took it; nothing where somebody did, or it is told already."""
    return [draft(kinds.HEARD, number)] if book.call(number).state is State.RINGING else []


def keyed(book: CallBook, number: int, digits: str) -> list[Draft]:
    """Keys the patient pressed, all so far, the last hundred of them."""
    digits = digits[-DIGITS_MAX:]
    return [] if book.call(number).digits == digits else [draft(kinds.KEYED, number, digits=digits)]


def opened(book: CallBook, number: int, strip: int, at: Instant) -> list[Draft]:
    """A strip of a call begins; nothing where it is known already."""
    known = book.call(number).strip(strip) is not None
    return [] if known else [draft(kinds.OPENED, number, strip=strip, opened_at=at)]


def strip(
    book: CallBook,
    number: int,
    strip: int,
    opened_at: Instant,
    closed_at: Instant,
    samples: int,
    quality: Mapping[str, Json],
    found: Sequence[Mapping[str, Json]],
) -> list[Draft]:
    """A strip is complete, or was read anew, by the patient's own transmitter: the later one counts.

    Args:
        opened_at, closed_at: center time of its first and last sound.
        samples: how many at 250 Hz.
        quality: ``telephone.quality.as_json``.
        found: what a quick look found, gravest tier first; ``[]`` where there was none.
    """
    book.call(number)
    told: Body = {"opened_at": opened_at, "closed_at": closed_at, "samples": samples, "quality": quality}
    return [draft(kinds.STRIP, number, strip=strip, found=list(found), **told)]


def placed(book: CallBook, number: int, strip: int, stream: StreamId, start: int, stop: int) -> list[Draft]:
    """Its samples are stored as ``[start, stop)`` of the patient's ECG."""
    known = book.call(number).strip(strip)
    if known is not None and (known.stream, known.start, known.stop) == (stream, start, stop):
        return []
    return [draft(kinds.PLACED, number, strip=strip, stream=stream, start=start, stop=stop)]


def hung(book: CallBook, number: int, why: str, now: Instant) -> list[Draft]:
    """The line went down; nothing where it is down already."""
    del now  # the deed has it
    return [draft(kinds.HUNG, number, why=why)] if book.call(number).on_line else []


def handed_in(
    book: CallBook, name: str, caller: str, trace: str, person: int, station: int | None, now: Instant
) -> list[Draft]:
    """Somebody hands a recording in: a call that they have from the first moment."""
    number = book.next_call
    came = rang(book, Line.FILE, caller, name, trace, now)
    return [*came, draft(kinds.TAKEN, number, person=person, station=station)]


# ---- who has it --------------------------------------------------------------------------------------------


def _next(call: Call, event: Event, what: str) -> None:
    if (call.state, event) not in TRANSITIONS:
        raise RefusedError("state", f"call {call.number} is {call.state}: it cannot be {what}")


def mine(call: Call, by: int, what: str) -> None:
    """That somebody has a call.

    Raises:
        RefusedError: it is closed (``state``), nobody has it (``not_held``), or another (``held``).
    """
    if call.state is State.CLOSED:
        raise RefusedError("state", f"call {call.number} is closed: it cannot be {what}")
    if not call.held:
        raise RefusedError("not_held", f"nobody has call {call.number}: take it before it is {what}")
    if call.taken_by != by:
        raise RefusedError("held", f"call {call.number} is with staff {call.taken_by}")


def take(book: CallBook, number: int, by: int, station: int | None) -> list[Draft]:
    """Somebody takes a call: one that nobody has, or that its holder offers them.

    Who has one whose line is down takes it again to keep it for as long once more.

    Raises:
        RefusedError: it is closed (``state``), or with somebody else (``held``, and who).
    """
    call = book.call(number)
    if call.held and call.taken_by == by:
        same = call.state is State.TAKEN and call.station == station
        return [] if same else [_taken(number, by, station)]
    if call.held and call.offered_to != by:
        since = "" if call.taken_at is None else f" since {to_iso(call.taken_at)}"
        raise RefusedError("held", f"call {number} is with staff {call.taken_by}{since}")
    _next(call, Event.TAKEN, "taken")
    return [_taken(number, by, station)]


def take_over(book: CallBook, number: int, by: int, station: int | None, why: str) -> list[Draft]:
    """A supervisor takes a call from its holder, with the reason; the center asks for the permission.

    Raises:
        RefusedError: nobody has it (``not_held``): it is just taken.
    """
    call = book.call(number)
    if not call.held:
        raise RefusedError("not_held", f"nobody has call {number}: take it")
    if call.taken_by == by:
        return []
    return [
        draft(kinds.LEFT, number, cause=f"staff {by} takes over: {why}"),
        _taken(number, by, station),
    ]


def _taken(number: int, by: int, station: int | None) -> Draft:
    return draft(kinds.TAKEN, number, person=by, station=station)


def offer(book: CallBook, number: int, by: int, to: int) -> list[Draft]:
    """Its holder asks another to take a call over, and has it until they do; to oneself takes that back."""
    call = book.call(number)
    mine(call, by, "offered")
    wanted = None if to == by else to
    return [] if call.offered_to == wanted else [draft(kinds.OFFERED, number, to=wanted)]


def leave(book: CallBook, number: int, by: int, cause: str) -> list[Draft]:
    """Who has a call has it no more: it sounds again everywhere, at once."""
    mine(book.call(number), by, "left")
    return [draft(kinds.LEFT, number, cause=cause)]


def hang(book: CallBook, number: int, by: int) -> list[Draft]:
    """Who has a call hangs up.

    Raises:
        RefusedError: the line is down already (``state``), or as ``mine``.
    """
    call = book.call(number)
    mine(call, by, "hung up")
    if not call.on_line:
        raise RefusedError("state", f"the line of call {number} is down already: {call.why}")
    return [draft(kinds.HUNG, number, why="hung up here")]


# ---- who calls, and what they say --------------------------------------------------------------------------


def tie(book: CallBook, number: int, by: int, stream: StreamId, how: str) -> list[Draft]:
    """Whose call it is, as a person says who has read name and date of birth: never the machine alone.

    Raises:
        RefusedError: strips of it lie in another patient's ECG: they are moved, with a reason (``placed``).
    """
    call = book.call(number)
    mine(call, by, "tied")
    if how not in WAYS:
        raise InputError(f"how: want one of {', '.join(WAYS)}")
    if call.stream == stream:
        return []
    if any(one.placed and one.counts and one.whose is None for one in call.strips):
        was = "" if call.stream is None else f" of {stream_name(call.stream)}"
        told = f"strips of call {number} lie in the ECG{was}: move them, with the reason"
        raise RefusedError("placed", told)
    return [draft(kinds.TIED, number, stream=stream, how=how)]


def ask(
    book: CallBook, number: int, by: int, asked: Asked, now: Instant, since: Instant | None
) -> list[Draft]:
    """What the patient said, all of it so far.

    Args:
        since: when the service of the patient began, as far as it is known who calls.

    Raises:
        InputError: the symptom was in the future, or more than a day before the service: a slip of the hand.
            Who is enrolled because of what they felt an hour ago says so in their first call.
    """
    call = book.call(number)
    mine(call, by, "asked about")
    at = asked.symptom_at
    if at is not None and at > now + SECOND:  # a page's clock may be ahead by less
        raise InputError(f"symptom_ms: {to_iso(at)} is in the future")
    if at is not None and since is not None and at < since - DAY:
        began = to_iso(since)
        raise InputError(f"symptom_ms: {to_iso(at)} is more than a day before the service, of {began}")
    if call.asked == asked:
        return []
    return [
        draft(
            kinds.ASKED,
            number,
            symptom=asked.symptom,
            severity=asked.severity,
            activity=asked.activity,
            text=asked.text,
            symptom_at=at,
            memory=asked.memory.value,
            medication=asked.medication,
        )
    ]


# ---- calling back, closing ---------------------------------------------------------------------------------


def tried(book: CallBook, number: int, by: int, reached: bool, note: str) -> list[Draft]:
    """Who has a call that is down called back.

    Raises:
        RefusedError: the line is up (``state``).
        InputError: somebody was reached and nothing is noted of it.
    """
    call = book.call(number)
    mine(call, by, "called back")
    if call.on_line:
        raise RefusedError("state", f"the line of call {number} is up")
    if reached and not note:
        raise InputError("note: say what was said")
    return [draft(kinds.TRIED, number, person=by, reached=reached, note=note)]


def close(
    book: CallBook, number: int, by: int, outcome: str, note: str, unjudged: Mapping[int, str]
) -> list[Draft]:
    """Nothing is left to be done about a call.

    Args:
        unjudged: why a strip is not judged yet, by its number.

    Raises:
        InputError: no such outcome, or it says nothing without a note (``note``).
        RefusedError: the line is up, or it is closed (``state``); nobody has it, or another; a strip still
            comes (``coming``), is nobody's (``not_tied``), lies in no ECG (``not_placed``) or is not judged
            (``unjudged``); what went out because of one that does not count is not followed up
            (``not_followed``); strips contradict the outcome (``strips``); who called was not called back
            (``not_called_back``) or did not call again (``not_called_again``).
    """
    call = book.call(number)
    try:
        come = Outcome(outcome)
    except ValueError:
        raise InputError(f"outcome: want one of {', '.join(Outcome)}") from None
    mine(call, by, "closed")
    if call.on_line:
        raise RefusedError("state", f"the line of call {number} is up: hang up first")
    _strips_done(call, unjudged)
    counting = [one for one in call.strips if one.counts]
    if counting and come is not Outcome.STRIP:
        told = (
            f"strip {counting[0].number} counts: strike it with the reason, or the outcome is {Outcome.STRIP}"
        )
        raise RefusedError("strips", told)
    if not counting and come is Outcome.STRIP:
        raise RefusedError("strips", f"call {number} has no strip that counts")
    _called_back(book, call, come)
    if come in NOTED and not note:
        raise InputError(f"note: {come.value} says nothing without one")
    after(call.state, Event.CLOSED)
    return [draft(kinds.CLOSED, number, outcome=come.value, note=note, person=by)]


def _strips_done(call: Call, unjudged: Mapping[int, str]) -> None:
    for one in call.strips:
        named = f"strip {one.number} of call {call.number}"
        if one.to_follow:
            told = f"{named} does not count, and {one.to_follow[0].tell} was told otherwise: follow it up"
            raise RefusedError("not_followed", told)
        if not one.counts:
            continue
        if one.closed_at is None:
            raise RefusedError("coming", f"{named} still comes")
        if call.stream_of(one) is None:
            raise RefusedError(
                "not_tied", f"{named} is nobody's: say who called, or strike it with the reason"
            )
        if not one.placed:
            raise RefusedError("not_placed", f"{named} {_not_placed(one)}, or strike it with the reason")
        if one.number in unjudged:
            raise RefusedError("unjudged", f"{named}: {unjudged[one.number]}")


def _not_placed(one: Strip) -> str:
    """Why a strip is not in the patient's ECG, and what to do about it."""
    if not one.unfit:
        return "is not in the patient's ECG yet: wait"
    if one.quality is not None and one.quality.get("flat"):
        return f"is not in the patient's ECG: {one.unfit}: have another one sent"
    return f"is not in the patient's ECG: {one.unfit}: say which recorder played it"


def _called_back(book: CallBook, call: Call, come: Outcome) -> None:
    tries, want = len(call.tries), book.limits.tries
    if come is Outcome.CALLED_AGAIN:
        if not call.missed or not called_again(book, call):
            told = f"nobody took a later call of who called in call {call.number}"
            raise RefusedError("not_called_again", told)
        return
    if come is Outcome.CALLED_BACK and not call.reached:
        raise RefusedError("not_called_back", "nobody was reached: put the call back on record")
    in_vain = not call.reached and (tries >= want or unreachable(call))
    if come is Outcome.NOT_REACHED and not (call.missed and in_vain):
        told = f"{tries} of {want} calls back without an answer are on record"
        raise RefusedError("not_called_back", told)
    if call.missed and not call.reached and not (in_vain and come in (Outcome.NOT_REACHED, Outcome.STRIP)):
        told = f"call {call.number} was missed: call back, and put on record what came of it"
        raise RefusedError("not_called_back", told)


def unreachable(call: Call) -> bool:
    """Whether nobody knows whom to call back: no number, and not known who it was."""
    return not call.caller and call.stream is None


def called_again(book: CallBook, call: Call) -> Call | None:
    """A later call of the same number or patient that somebody took; None where there is none."""
    for number in range(book.next_call - 1, call.number, -1):
        other = book.calls[number]
        same = call.stream is not None and other.stream == call.stream
        if (
            (same or one_caller(call.caller, other.caller))
            and other.first_taken_at is not None
            and not other.missed
        ):
            return other
    return None


# ---- what time does, and what the center sets --------------------------------------------------------------


def due(book: CallBook, now: Instant, gone: Mapping[int, str]) -> list[Draft]:
    """What time has done by now: calls that nobody takes are told to more people, those of who is gone sound.

    Args:
        gone: call → why its holder is not there any more.
    """
    drafts = []
    for call in book.live():
        over = call.due_at is not None and call.due_at <= now
        if call.unattended and call.due_at is not None and call.due_at > now + book.limits.longest:
            over = True  # the clock went back: nobody waits for as long
        if call.held and call.number in gone:
            drafts.append(draft(kinds.LEFT, call.number, cause=gone[call.number]))
        elif call.held and over:
            minutes = book.limits.finish // 60
            drafts.append(draft(kinds.LEFT, call.number, cause=f"not closed within {minutes} min"))
        elif call.unattended and over:
            times = call.escalated + 1
            again = book.limits.next(times, now)
            drafts.append(draft(kinds.ESCALATED, call.number, times=times, due_at=again))
    return drafts


def waiting(book: CallBook) -> list[Call]:
    """Calls that nobody has: whoever is on the line first, then who waits longest."""
    return sorted((one for one in book.live() if one.unattended), key=_waits)


def _waits(call: Call) -> tuple[bool, Instant, int]:
    return (not call.on_line, call.rang_at, call.number)


def set_limits(book: CallBook, limits: object, why: str) -> list[Draft]:
    """The center's own limits, all of them: ``{"answer": 15}``.

    Raises:
        InputError: no object, or a name that is none.
        FaultsError: values out of range; a line each.
    """
    if not isinstance(limits, Mapping):
        raise InputError('limits: want an object such as {"answer": 15}')
    made: dict[str, Json] = {str(key): value for key, value in limits.items()}
    limits_of(made)
    return [Draft(kinds.LIMITS, "telephone", {"limits": made, "was": dict(book.overrides), "why": why})]
