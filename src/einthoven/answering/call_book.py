"""The book of calls: what stands of each, by deeds alone (R6, R7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final, cast

from einthoven.answering.call import (
    Asked,
    Call,
    Event,
    Follow,
    Line,
    Memory,
    Placed,
    Played,
    State,
    Strip,
    Take,
    Try,
    after,
)
from einthoven.answering.lapses import ATTENDED, EXPLAINED, UNATTENDED, Lapses
from einthoven.answering.limits import CallLimits, limits_of
from einthoven.base.deeds import Deed
from einthoven.base.errors import NotFoundError, OursError
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant

RANG: Final = "telephone.rang"
HEARD: Final = "telephone.heard"
TAKEN: Final = "telephone.taken"
OFFERED: Final = "telephone.offered"
LEFT: Final = "telephone.left"
ESCALATED: Final = "telephone.escalated"
KEYED: Final = "telephone.keyed"
TIED: Final = "telephone.tied"
ASKED: Final = "telephone.asked"
PLAYED: Final = "telephone.played"
OPENED: Final = "telephone.opened"
STRIP: Final = "telephone.strip"
PLACED: Final = "telephone.placed"
STRUCK: Final = "telephone.struck"
MOVED: Final = "telephone.moved"
FOLLOWED: Final = "telephone.followed"
TRIED: Final = "telephone.tried"
HUNG: Final = "telephone.hung"
CLOSED: Final = "telephone.closed"
LIMITS: Final = "telephone.limits"

EVENTS: Final[Mapping[str, Event]] = {
    HEARD: Event.HEARD,
    TAKEN: Event.TAKEN,
    LEFT: Event.LEFT,
    HUNG: Event.HUNG_UP,
    CLOSED: Event.CLOSED,
}
"""Kind of a deed → what it is to a call."""


@dataclass(slots=True)
class CallBook:
    """Calls by number, what of them is open, and whose they are.

    Attributes:
        calls: every call there ever was, by number.
        open: numbers of those that are not closed.
        by_stream: patient → numbers of calls that are or were tied to them, or hold a strip of theirs.
        limits: in force.
        overrides: what of them is the center's own.
        lapses: moments in which nobody was there to answer.
        next_call: the number of the next one.
        followed: numbers of those with something that is to be followed up.
        unplaced: numbers of those with a complete strip that counts and lies in no ECG.
    """

    KINDS: ClassVar[frozenset[str]] = frozenset(
        {
            RANG,
            OFFERED,
            ESCALATED,
            KEYED,
            TIED,
            ASKED,
            PLAYED,
            OPENED,
            STRIP,
            PLACED,
            STRUCK,
            MOVED,
            FOLLOWED,
            TRIED,
            LIMITS,
        }
        | {UNATTENDED, ATTENDED, EXPLAINED}
        | EVENTS.keys()
    )
    calls: dict[int, Call] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)
    by_stream: dict[StreamId, set[int]] = field(default_factory=dict)
    limits: CallLimits = field(default_factory=CallLimits)
    overrides: dict[str, Any] = field(default_factory=dict)
    lapses: Lapses = field(default_factory=Lapses)
    next_call: int = 1
    followed: set[int] = field(default_factory=set)
    unplaced: set[int] = field(default_factory=set)

    def call(self, number: int) -> Call:
        """A call; NotFoundError where there is none."""
        known = self.calls.get(number)
        if known is None:
            raise NotFoundError(f"there is no telephone call {number}")
        return known

    def live(self) -> Iterator[Call]:
        """Those that are not closed, by number."""
        return (self.calls[number] for number in sorted(self.open))

    def of_stream(self, stream: StreamId) -> list[Call]:
        """Calls of a patient, by number: tied to them, or with a strip of theirs."""
        return [self.calls[number] for number in sorted(self.by_stream.get(stream, ()))]

    def theirs(self, stream: StreamId) -> list[Call]:
        """Calls that are a patient's as is known now, by number: none that was theirs by mistake."""
        return [
            call
            for call in self.of_stream(stream)
            if call.stream == stream or any(call.stream_of(one) == stream for one in call.strips)
        ]

    def strips_of(self, stream: StreamId) -> list[tuple[Call, Strip]]:
        """The strips that are a patient's and count, in the order in which they came."""
        return [
            (call, strip)
            for call in self.of_stream(stream)
            for strip in call.strips
            if strip.counts and call.stream_of(strip) == stream
        ]

    def to_place(self) -> list[tuple[Call, Strip, StreamId]]:
        """Strips that are complete and whose patient is known, and that lie in no ECG yet.

        Of closed calls as well: a strip that a supervisor moved is to lie where it belongs.
        """
        return [
            (call, strip, stream)
            for call in (self.calls[number] for number in sorted(self.unplaced))
            for strip in call.strips
            if strip.waits and (stream := call.stream_of(strip)) is not None
        ]

    def following(self) -> list[Call]:
        """Closed calls of which something went out that is not so, and was not followed up."""
        found = sorted(number for number in self.followed if number not in self.open)
        return [self.calls[number] for number in found]

    def not_theirs(self, stream: StreamId) -> list[tuple[int, int, str]]:
        """Samples ``[start, stop)`` of a stream that count for nothing, and why: struck, or moved away."""
        found = []
        for call in self.of_stream(stream):
            for strip in call.strips:
                found += [(one.start, one.stop, one.why) for one in strip.before if one.stream == stream]
                if strip.struck and strip.stream == stream and strip.start is not None:
                    found.append((strip.start, strip.stop or strip.start, strip.struck))
        return sorted(found)

    # ---- deeds -------------------------------------------------------------------------------------------

    def apply(self, deed: Deed) -> None:
        """Take one deed in; other kinds change nothing.

        Raises:
            OursError: the table does not know the step; the journal is not of this program.
        """
        if deed.kind not in self.KINDS:
            return
        body = cast("Mapping[str, Any]", deed.body)
        if deed.kind == LIMITS:
            self.overrides = dict(body["limits"])
            self.limits = limits_of(self.overrides)
            return
        if deed.kind in Lapses.KINDS:
            self.lapses.apply(deed)
            return
        if deed.kind == RANG:
            self._rang(deed.at, body)
            return
        before = self.calls.get(body["call"])
        if before is None:
            raise OursError(f"{deed.kind} of call {body['call']}, which never rang")
        call = _CHANGES[deed.kind](before, body, deed.at)
        if deed.kind == FOLLOWED:
            call = _followed(before, body, deed.actor)
        if deed.kind == PLAYED:
            told = Played(body["profile"], body["speed"], body["why"], deed.actor)
            call = replace(before, played=told)
        event = EVENTS.get(deed.kind)
        if event is not None:
            call = self._moved(before.state, call, event, deed.at)
        self.calls[call.number] = call
        waits = any(one.waits for one in call.strips)
        (self.unplaced.add if waits else self.unplaced.discard)(call.number)
        if deed.kind in (STRUCK, MOVED, FOLLOWED):
            (self.followed.add if any(one.to_follow for one in call.strips) else self.followed.discard)(
                call.number
            )
        if deed.kind in (TIED, MOVED, PLACED):
            self.by_stream.setdefault(body["stream"], set()).add(call.number)

    def _rang(self, at: Instant, body: Mapping[str, Any]) -> None:
        number: int = body["call"]
        line = Line(body["line"])
        told = (body["caller"], body["called"], at, State.RINGING, body["due_at"])
        self.calls[number] = Call(number, line, *told, trace=body.get("trace", ""))
        self.open.add(number)
        self.next_call = max(self.next_call, number + 1)

    def _moved(self, was: State, call: Call, event: Event, at: Instant) -> Call:
        state = after(was, event)
        if state is State.CLOSED:
            self.open.discard(call.number)
            return replace(call, state=state, due_at=None)
        due = call.due_at if event is Event.HEARD else self.limits.due(state, at)
        missed = state is State.MISSED and call.line is not Line.FILE  # of a recording nobody is on the line
        return replace(call, state=state, due_at=due, missed=call.missed or missed)


# ---- what each deed changes --------------------------------------------------------------------------------


def _taken(call: Call, body: Mapping[str, Any], at: Instant) -> Call:
    first = at if call.first_taken_at is None else call.first_taken_at
    take = Take(body["person"], body["station"], at, None, call.escalated)
    held = replace(call, taken_by=body["person"], station=body["station"], taken_at=at, first_taken_at=first)
    return replace(held, offered_to=None, left="", escalated=0, takes=(*_let_go(call, at), take))


def _let_go(call: Call, at: Instant) -> tuple[Take, ...]:
    """Everybody who had a call, and whoever has it no more from an instant on."""
    if not call.takes or call.takes[-1].until is not None:
        return call.takes
    return (*call.takes[:-1], replace(call.takes[-1], until=at))


def _left(call: Call, body: Mapping[str, Any], at: Instant) -> Call:
    return replace(call, left=body["cause"], offered_to=None, takes=_let_go(call, at))


def _hung(call: Call, body: Mapping[str, Any], at: Instant) -> Call:
    return replace(call, ended_at=at, why=body["why"], offered_to=None)


def _closed(call: Call, body: Mapping[str, Any], at: Instant) -> Call:
    told = {"outcome": body["outcome"], "note": body["note"]}
    closed = replace(call, closed_at=at, closed_by=body.get("person", call.taken_by), offered_to=None, **told)
    return replace(closed, takes=_let_go(call, at))


def _asked(call: Call, body: Mapping[str, Any], _at: Instant) -> Call:
    asked = Asked(
        body["symptom"],
        body["severity"],
        body["activity"],
        body["text"],
        body["symptom_at"],
        Memory(body["memory"]),
        body["medication"],
    )
    return replace(call, asked=asked)


def _tied(call: Call, body: Mapping[str, Any], _at: Instant) -> Call:
    return replace(call, stream=body["stream"], tied=body["how"])


def _opened(call: Call, body: Mapping[str, Any], at: Instant) -> Call:
    strips = [one for one in call.strips if one.number != body["strip"]]
    return replace(call, strips=(*strips, Strip(body["strip"], body.get("opened_at", at))))


def _strip(call: Call, body: Mapping[str, Any], _at: Instant) -> Call:
    """Complete. One that was read again after a kill may never have been told as opened."""
    number: int = body["strip"]
    before = call.strip(number) or Strip(number, body["opened_at"])
    told = {name: body[name] for name in ("opened_at", "closed_at", "samples", "quality")}
    return _with(call, replace(before, found=tuple(body["found"]), **told))


def _placed(call: Call, body: Mapping[str, Any], _at: Instant) -> Call:
    strip = _of(call, body)
    return _with(call, replace(strip, stream=body["stream"], start=body["start"], stop=body["stop"]))


def _struck(call: Call, body: Mapping[str, Any], _at: Instant) -> Call:
    strip = _of(call, body)
    return _with(call, replace(strip, struck=body["why"], follow=_listed(strip, body)))


def _listed(strip: Strip, body: Mapping[str, Any]) -> tuple[Follow, ...]:
    """What went out because of it, behind what was listed before."""
    told = body["out"]
    return (*strip.follow, *(Follow(at, *one) for at, one in enumerate(told, len(strip.follow) + 1)))


def _followed(call: Call, body: Mapping[str, Any], actor: str) -> Call:
    strip = _of(call, body)
    done = (
        replace(one, how=body["how"], by=actor) if one.number == body["item"] else one for one in strip.follow
    )
    return _with(call, replace(strip, follow=tuple(done)))


def _strip_moved(call: Call, body: Mapping[str, Any], at: Instant) -> Call:
    """It is another's: where it lay is kept, and it is to be placed anew."""
    strip = _of(call, body)
    before = strip.before
    if strip.stream is not None and strip.start is not None and strip.stop is not None:
        before = (*before, Placed(strip.stream, strip.start, strip.stop, body["why"], at))
    whose = body["stream"] if body["stream"] != call.stream else None
    moved = replace(strip, stream=None, start=None, stop=None, whose=whose, before=before)
    return _with(call, replace(moved, follow=_listed(strip, body)))


def _of(call: Call, body: Mapping[str, Any]) -> Strip:
    strip = call.strip(body["strip"])
    if strip is None:
        raise OursError(f"call {call.number} has no strip {body['strip']}")
    return strip


def _with(call: Call, strip: Strip) -> Call:
    strips = sorted([*(one for one in call.strips if one.number != strip.number), strip], key=_number)
    return replace(call, strips=tuple(strips))


def _number(strip: Strip) -> int:
    return strip.number


_CHANGES: Final[Mapping[str, Callable[[Call, Mapping[str, Any], Instant], Call]]] = {
    HEARD: lambda call, _body, _at: call,
    TAKEN: _taken,
    OFFERED: lambda call, body, _at: replace(call, offered_to=body["to"]),
    LEFT: _left,
    ESCALATED: lambda call, body, _at: replace(call, escalated=body["times"], due_at=body["due_at"]),
    KEYED: lambda call, body, _at: replace(call, digits=body["digits"]),
    TIED: _tied,
    ASKED: _asked,
    OPENED: _opened,
    STRIP: _strip,
    PLACED: _placed,
    STRUCK: _struck,
    MOVED: _strip_moved,
    FOLLOWED: lambda call, _body, _at: call,
    PLAYED: lambda call, _body, _at: call,
    TRIED: lambda call, body, at: replace(
        call, tries=(*call.tries, Try(at, body["person"], body["reached"], body["note"]))
    ),
    HUNG: _hung,
    CLOSED: _closed,
}
