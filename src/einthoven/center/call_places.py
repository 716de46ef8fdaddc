"""Strips whose patient is known go into their ECG, with the symptom, and are told when they lie there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from einthoven.answering import call_deeds
from einthoven.answering.call import Call, Strip
from einthoven.base.deeds import CENTER
from einthoven.base.errors import EinthovenError
from einthoven.base.ids import StreamId
from einthoven.base.instants import SECOND, Duration, Instant
from einthoven.base.spans import Span
from einthoven.center.call_placing import Placer, Placing
from einthoven.center.call_reading import name_of
from einthoven.center.call_room import CallRoom
from einthoven.center.call_strips import StripSoFar
from einthoven.center.desk import Desk
from einthoven.center.desk_conditions import SEVERITIES
from einthoven.center.ports import Clock, StreamEvent

AGAIN: Final[Duration] = 5 * SECOND
"""What failed is tried again after so long."""
MARKED: Final[Duration] = SECOND
"""The mark follows the samples by so much: what is found in them is known when it is judged."""
Key = tuple[int, int, StreamId]


@dataclass(slots=True)
class _Step:
    due: Instant
    act: Callable[[], None] | None
    unfit_by: str | None = None
    """Read by this recorder nothing can be done with it; None: something is being done."""


class Places:
    """Places strips; ``turn`` some times a second, on the event loop.

    Args:
        events: marks and holes of a stream that are kept.
    """

    def __init__(
        self,
        room: CallRoom,
        placer: Placer,
        desk: Desk,
        clock: Clock,
        events: Callable[[StreamId], Sequence[StreamEvent]],
        failed: Callable[[str, Exception], None],
    ) -> None:
        self._room, self._placer, self._desk, self._clock = room, placer, desk, clock
        self._events, self._failed = events, failed
        self._steps: dict[Key, _Step] = {}
        self._said: dict[Key, object] = {}
        self._numbers: dict[StreamId, int] = {}
        self._on_way: set[Key] = set()
        self._alone: dict[Key, int] = {}
        desk.books.call_work.placing = self.placing

    def placing(self, call: int) -> int | None:
        """The strip of a call whose samples are on their way into an ECG, and not on record there yet."""
        return next((strip for number, strip, _stream in self._on_way if number == call), None)

    def turn(self) -> None:
        """What is to be placed goes on a step; who was asked more has a mark that says more."""
        now, book = self._clock.wall(), self._room.book
        wanted = {
            (call.number, strip.number, stream): (call, strip) for call, strip, stream in book.to_place()
        }
        for gone in [key for key in self._steps if key not in wanted]:
            del self._steps[gone]
            self._alone.pop(gone, None)
        for key, (call, strip) in wanted.items():
            step = self._steps.get(key)
            recorder = self._room.recorder(call, key[2])
            if step is not None and step.unfit_by not in (None, name_of(recorder)):
                step = None  # another recorder is named by now: it may be read by that
                self._alone.pop(key, None)
            try:
                if step is None:
                    self._begin(key, call, strip, now)
                elif step.act is not None and step.due <= now:
                    act, step.act = step.act, None
                    act()
            except EinthovenError as error:
                self._failed("strip not placed", error)
                self._steps[key] = _Step(now + AGAIN, lambda key=key: self._forget(key))  # type: ignore[misc]
        self._told_more()

    def _forget(self, key: Key) -> None:
        self._steps.pop(key, None)

    def _begin(self, key: Key, call: Call, strip: Strip, now: Instant) -> None:
        profile = self._room.recorder(call, key[2])
        known = self._room.whole(call.number, strip.number, profile)
        if known is None:
            self._room.again_by(call.number, profile)
            return
        if known.unfit:
            self._mark_alone(key, known, name_of(profile))
            return
        facts = self._placer.facts(key[2])
        assert known.closed_at is not None
        samples = known.samples(facts.layout.leads[0])
        one = Placing(call.number, strip.number, key[2], samples, known.closed_at)
        start, free = self._placer.start_of(one)
        if free > now:  # held until it would not lie in the future
            self._steps[key] = _Step(free, lambda: self._forget(key))
            return
        self._steps[key] = _Step(now, None)
        self._on_way.add(key)

        def stored(error: Exception | None) -> None:
            at = self._clock.wall()
            if error is not None:
                self._on_way.discard(key)
                self._failed("strip not stored", error)
                self._steps[key] = _Step(at + AGAIN, lambda: self._forget(key))
                return
            self._steps[key] = _Step(at + MARKED, lambda: self._mark(key, one, start))

        self._placer.place(one, start, stored)

    def _mark(self, key: Key, one: Placing, start: int) -> None:
        hole, mark = self._placer.hole(one, start), self._mark_of(key, start)

        def kept(error: Exception | None) -> None:
            now = self._clock.wall()
            if error is not None:
                self._failed("mark not stored", error)
                self._steps[key] = _Step(now + AGAIN, lambda: self._mark(key, one, start))
                return
            call, strip, stream = key
            drafts = call_deeds.placed(self._room.book, call, strip, stream, start, start + len(one.samples))
            self._on_way.discard(key)
            self._desk.commit(drafts, CENTER, now)

        self._record(key[2], [hole, mark], kept)

    def _mark_alone(self, key: Key, known: StripSoFar, recorder: str) -> None:
        """A strip that cannot be read as an ECG lies nowhere; the symptom is one all the same."""
        facts = self._placer.facts(key[2])
        assert facts.origin is not None
        assert known.closed_at is not None
        at = max(0, (known.opened_at - facts.origin) * round(facts.layout.rate_hz) // SECOND)
        self._steps[key] = _Step(0, None, recorder)  # nothing more can be done unless another is named
        self._alone[key] = at

    def _mark_of(self, key: Key, sample: int) -> StreamEvent | None:
        """The mark as things were asked by now; None where the last one of the strip says the same there."""
        number, strip, stream = key
        asked = self._room.book.call(number).asked
        body: dict[str, object] = {
            "symptom": asked.symptom,
            "severity": SEVERITIES[asked.severity],
            "activity": asked.activity,
            "text": asked.text,
            "call": number,
            "strip": strip,
            "memory": asked.memory.value,
        }
        self._said[key] = asked
        whose = [("call", number), ("strip", strip)]
        marks = [one for one in self._events(stream) if one.kind == "mark"]
        said = [one for one in marks if all(one.body.get(name) == value for name, value in whose)]
        last = max(said, key=lambda one: one.number, default=None)
        if last is not None and (last.sample, last.body) == (sample, body):
            return None
        return StreamEvent(stream, 0, "mark", sample, self._clock.wall(), body)

    def _record(
        self, stream: StreamId, events: Sequence[StreamEvent | None], done: Callable[[Exception | None], None]
    ) -> None:
        """Keep events of a stream, holes that are not kept yet; they are numbered without a gap."""
        known = self._events(stream)
        kept = {(one.sample, str(one.body)) for one in known if one.kind == "hole"}
        fresh = [
            one for one in events if one and (one.kind == "mark" or (one.sample, str(one.body)) not in kept)
        ]
        last = max(self._numbers.get(stream, 0), max((one.number for one in known), default=0))
        self._numbers[stream] = last + len(fresh)

        def ended(error: Exception | None) -> None:
            if error is not None:
                self._numbers.pop(stream, None)
            done(error)

        self._placer.record([replace(one, number=last + at) for at, one in enumerate(fresh, 1)], ended)

    def _told(self, error: Exception | None) -> None:
        if error is not None:
            self._said.clear()
            self._failed("mark not stored", error)

    def _told_more(self) -> None:
        """What was asked after a strip was placed, or where it lies nowhere, makes one mark more."""
        for key, at in self._alone.items():
            self._more(key, at)
        for call in self._room.book.live():
            for strip in call.strips:
                stream = call.stream_of(strip)
                if not strip.placed or not strip.counts or stream is None or strip.start is None:
                    continue
                self._more((call.number, strip.number, stream), strip.start)

    def _more(self, key: Key, sample: int) -> None:
        if self._said.get(key) != self._room.book.call(key[0]).asked:
            mark = self._mark_of(key, sample)
            if mark is not None:
                self._record(key[2], [mark], self._told)


def others_of(room: CallRoom, stream: StreamId, call: int, strip: int) -> list[Span]:
    """Where other strips than this one lie in a stream, by the deeds; those that count no more as well."""
    found = []
    for each in room.book.of_stream(stream):
        for one in each.strips:
            found += [Span(old.start, old.stop) for old in one.before if old.stream == stream]
            mine = (each.number, one.number) == (call, strip)
            if not mine and one.stream == stream and one.start is not None and one.stop is not None:
                found.append(Span(one.start, one.stop))
    return sorted(found)
