"""Calls of patients as pages see them: entity of the desk, list, who may call, what is read to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from einthoven.answering.call import Call, State, Strip
from einthoven.answering.call_deeds import unreachable, waiting
from einthoven.answering.callers import one_caller
from einthoven.answering.instructions import Instruction
from einthoven.answering.lapses import Lapse
from einthoven.answering.limits import HIGH_FROM, RANGES
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.ids import StreamId, parse_stream, stream_name
from einthoven.base.instants import Instant
from einthoven.center.call_cases import RATE, cases_on, lies_at
from einthoven.center.call_guesses import guesses
from einthoven.center.desk_books import Books
from einthoven.center.desk_door import Who
from einthoven.center.desk_shapes import Shape, ms, who
from einthoven.center.surveil import CONSOLE
from einthoven.review.facts import Tier
from einthoven.surveillance.roles import Permission
from einthoven.surveillance.staff_changes import may
from einthoven.telephone.profiles import shipped as recorders

LIST_MOST: Final = 200
"""Closed calls in one answer; ``before`` asks for older ones."""
LAPSES_MOST: Final = 50


def entity(books: Books, number: int) -> Shape | None:
    """``telephone:<number>`` until it is closed."""
    one = books.calls.calls.get(number)
    return None if one is None or one.state is State.CLOSED else shape(books, one)


def shape(books: Books, one: Call) -> Shape:
    """A call, closed or not."""
    asked = one.asked
    held = one.taken_by if one.held or one.state is State.CLOSED else None
    return {
        "call": one.number,
        "line": one.line.value,
        "caller": one.caller,
        "called": one.called,
        "rang_ms": ms(one.rang_at),
        "state": one.state.value,
        "due_ms": ms(one.due_at if one.unattended else None),
        "closes_ms": ms(one.due_at if one.held else None),
        "escalated": one.escalated,
        "alarm": _alarm(one),
        "missed": one.missed,
        "left": one.left,
        "taken_by": who(books, held),
        "taken_ms": ms(one.taken_at),
        "offered_to": who(books, one.offered_to),
        "station": one.station if held is not None else None,
        "stream": None if one.stream is None else stream_name(one.stream),
        "patient": None if one.stream is None else books.card(one.stream).name,
        "born": None if one.stream is None else books.card(one.stream).birth_date,
        "tied": one.tied,
        "digits": one.digits,
        "asked": {
            "symptom": asked.symptom,
            "severity": asked.severity,
            "activity": asked.activity,
            "text": asked.text,
            "symptom_ms": ms(asked.symptom_at),
            "memory": asked.memory.value,
            "medication": asked.medication,
        },
        "played": None
        if one.played is None
        else {
            "profile": one.played.profile,
            "speed": one.played.speed,
            "why": one.played.why,
            "by": books.actor(one.played.by),
        },
        "strips": [_strip(books, one, strip) for strip in one.strips],
        "guesses": [_guess(books, stream, how) for stream, how in guesses(books, one)],
        "earlier": _earlier(books, one),
        "tries": [
            {"at_ms": ms(each.at), "by": who(books, each.person), "reached": each.reached, "note": each.note}
            for each in one.tries
        ],
        "tries_wanted": 0 if unreachable(one) else books.calls.limits.tries,
        "ended_ms": ms(one.ended_at),
        "why": one.why,
        "closed_ms": ms(one.closed_at),
        "closed_by": who(books, one.closed_by),
        "outcome": one.outcome,
        "note": one.note,
    }


def touched(books: Books, stream: StreamId) -> list[str]:
    """Keys of the open calls of a patient: what they tell of cases may have changed."""
    calls = books.calls
    return [f"telephone:{number}" for number in calls.by_stream.get(stream, ()) if number in calls.open]


def _alarm(one: Call) -> Shape | None:
    """What sounds while nobody has it: medium; high from the second escalation, or by what a strip shows."""
    if not one.unattended:
        return None
    grave = any(found.get("tier") == Tier.EMERGENT for strip in one.strips for found in strip.found)
    high = one.escalated >= HIGH_FROM or grave
    since = one.rang_at if one.taken_at is None else one.ended_at or one.taken_at
    return {"priority": "high" if high else "medium", "since_ms": ms(since)}


def _strip(books: Books, call: Call, strip: Strip) -> Shape:
    quality: Mapping[str, Any] = strip.quality or {}
    lies = lies_at(strip)
    whose = call.stream_of(strip)
    return {
        "number": strip.number,
        "opened_ms": ms(strip.opened_at),
        "closed_ms": ms(strip.closed_at),
        "samples": strip.samples,
        "stream": None if whose is None else stream_name(whose),
        "start": strip.start,
        "stop": strip.stop,
        "struck": strip.struck,
        "moved": [
            {"stream": stream_name(one.stream), "start": one.start, "stop": one.stop, "why": one.why}
            for one in strip.before
        ],
        "follow": [
            {"item": one.number, "kind": one.kind, "words": one.words, "tell": one.tell, "how": one.how}
            | {"by": books.actor(one.by)}
            for one in strip.follow
        ],
        "found": [dict(one) for one in strip.found],
        "unfit": strip.unfit,
        "cases": [] if lies is None else [one.number for one in cases_on(books, lies)],
        "snr_db": quality.get("snr_db"),
        "gap_s": _gap_s(strip, quality),
        "speed": quality.get("speed"),
        "scale_known": quality.get("hz_per_mv") is not None,
        "polarity": quality.get("polarity"),
        "quality": strip.quality,
    }


def _gap_s(strip: Strip, quality: Mapping[str, Any]) -> float | None:
    """Seconds of it that were not received."""
    share = quality.get("gap")
    return None if share is None else round(share * strip.samples / RATE, 2)


def _guess(books: Books, stream: StreamId, how: str) -> Shape:
    card = books.card(stream)
    return {"stream": stream_name(stream), "patient": card.name, "born": card.birth_date, "how": how}


def _earlier(books: Books, one: Call) -> list[int]:
    """Other open calls of the same caller or patient: they rang more than once."""
    return [
        other.number
        for other in books.calls.live()
        if other.number != one.number
        and (one_caller(one.caller, other.caller) or (one.stream is not None and other.stream == one.stream))
    ]


def expected(books: Books) -> bool:
    """Whether calls can come at all: a line is up, somebody is enrolled by telephone, or one came before."""
    return books.lines or books.calls.next_call > 1 or any(one.telephone for one in books.periods.values())


# ---- questions ---------------------------------------------------------------------------------------------


def answer(books: Books, who: Who, what: str, params: Mapping[str, str], now: Instant) -> Shape:
    """``telephone``: what waits, the closed ones of today or before a call, and who may call; or one call.

    Args:
        params: ``id`` of one call; ``before``, a number: closed calls below it; ``stream``: of a patient.

    Raises:
        RefusedError: not for their roles.
        NotFoundError: there is no such call, or it is of another practice's patient: in the same words.
    """
    del what
    held = books.surveil.permissions(who.staff)
    if not held & {Permission.READ_CASE, Permission.ENROLL}:
        raise RefusedError("permission", "that is not for your roles")
    if "id" in params:
        return _one(books, who, _number(params["id"], "telephone"), now)
    calls, more = _calls(books, who, params, now)
    return {
        "now_ms": ms(now),
        "calls": [shape(books, one) for one in calls],
        "more": more,
        "patients": _patients(books, who, now),
        "instructions": [_instruction(one) for one in books.instructions],
        "to_follow": [one.number for one in books.calls.following() if sees(books, who, one, now)],
        "attended": _attended(books, held),
        "limits": {
            "set": books.calls.limits.told(),
            "ranges": {key: list(one) for key, one in RANGES.items()},
        },
    }


def _one(books: Books, who: Who, number: int, now: Instant) -> Shape:
    call = books.calls.calls.get(number)
    if call is None or not sees(books, who, call, now):
        raise NotFoundError(f"there is no telephone call {number}")
    return {
        "now_ms": ms(now),
        "call": shape(books, call),
        "patients": _patients(books, who, now),
        "instructions": [_instruction(one) for one in books.instructions],
        "recorders": [
            {"name": kind.name, "title": kind.title, "speeds": list(kind.speeds)}
            for kind in recorders().values()
        ],
    }


def sees(books: Books, who: Who, call: Call | str, now: Instant) -> bool:
    """Whether somebody may know of a call, or of the entity ``telephone:<number>`` of an open one.

    People of a practice of their own patients' alone: of one in which a strip is or was another practice's
    patient's they have strip, case and report of their own patient, and not the call.
    """
    if isinstance(call, str):
        call = books.calls.call(int(call.partition(":")[2]))
    surveil = books.surveil
    if Permission.READ_CASE not in surveil.permissions(who.staff):
        return False
    if who.staff == CONSOLE or Permission.READ_CENTER in surveil.permissions(who.staff):
        return True
    member = surveil.member(who.staff)
    if call.stream is None:
        return False
    return all(
        may(surveil.staff, member, Permission.READ_CASE, books.practice(one), one, now) for one in _of(call)
    )


def _of(call: Call) -> set[StreamId]:
    """Everybody who is named in a call."""
    found = {one.stream for strip in call.strips for one in strip.before}
    found |= {stream for strip in call.strips if (stream := call.stream_of(strip)) is not None}
    return found if call.stream is None else found | {call.stream}


def _calls(books: Books, who: Who, params: Mapping[str, str], now: Instant) -> tuple[list[Call], int | None]:
    """Those that wait, by how long; other open ones; closed ones, the newest first; where to go on."""
    book = books.calls
    if "stream" in params:
        of = [one for one in book.of_stream(parse_stream(params["stream"])) if sees(books, who, one, now)]
        return of[::-1][:LIST_MOST], None
    before = _number(params["before"], "before") if "before" in params else None
    calls: list[Call] = []
    if before is None:
        calls = waiting(book)
        calls += [one for one in book.live() if not one.unattended]
        calls = [one for one in calls if sees(books, who, one, now)]
    today, closed = books.today(now), list[Call]()
    for number in range((before or book.next_call) - 1, 0, -1):
        one = book.calls[number]
        if one.state is not State.CLOSED or not sees(books, who, one, now):
            continue
        if len(closed) == LIST_MOST or (
            before is None and one.closed_at and books.today(one.closed_at) != today
        ):
            return calls + closed, number + 1
        closed.append(one)
    return calls + closed, None


def _patients(books: Books, who: Who, now: Instant) -> list[Shape]:
    """Whose service by telephone runs, by name: of a practice its own alone."""
    surveil, found = books.surveil, []
    held = surveil.permissions(who.staff)
    member = surveil.staff.members.get(who.staff)
    for stream, period in books.periods.items():
        if not period.telephone:
            continue
        if member is not None and not may(
            surveil.staff, member, Permission.READ_IDENTITY, books.practice(stream), stream, now
        ):
            continue
        card = books.card(stream)
        strips = books.calls.strips_of(stream)
        last = max((strip.closed_at or strip.opened_at for _call, strip in strips), default=None)
        told: Shape = {
            "stream": stream_name(stream),
            "patient": card.name,
            "born": card.birth_date,
            "strips": len(strips),
            "last_ms": ms(last),
            "until_ms": ms(period.limit),
        }
        if held & {Permission.ANSWER, Permission.ENROLL}:
            known = books.callers.of(stream)
            told["telephone"] = card.telephone
            told["code"] = "" if known is None else known.code
            told["numbers"] = [] if known is None else list(known.numbers)
            told["profile"] = "" if known is None else known.profile
        found.append(told)
    return sorted(found, key=lambda one: (str(one["patient"]).casefold(), one["stream"]))


def _attended(books: Books, held: frozenset[Permission]) -> Shape:
    lapses = books.calls.lapses
    known = [*lapses.live.values(), *lapses.explained.values()]
    told = sorted(known, key=lambda one: -one.number)[:LAPSES_MOST]
    going = None if lapses.going_on is None else lapses.live[lapses.going_on]
    return {
        "nobody_since_ms": None if going is None else ms(going.since),
        "cause": "" if going is None else going.cause,
        "lapses": [_lapse(books, one) for one in told] if Permission.READ_CENTER in held else [],
    }


def _lapse(books: Books, one: Lapse) -> Shape:
    return {
        "lapse": one.number,
        "cause": one.cause,
        "since_ms": ms(one.since),
        "until_ms": ms(one.until),
        "explained_by": books.actor(one.explained_by),
        "explained_ms": ms(one.explained_at),
        "note": one.note,
    }


def _instruction(one: Instruction) -> Shape:
    return {"id": one.id, "title": one.title, "lines": list(one.lines), "when": one.when}


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InputError(f"{name}: want a number")
    return int(text)
