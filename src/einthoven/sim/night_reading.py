"""A second reading of a night: who was watched and displayed when, from the night's own record alone.

It takes what stations painted, what people accepted and when the center was dead, and the rules as
``docs/surveillance.md`` words them; of the code that watches it uses nothing. What it comes to must be the
continuity report, to the nanosecond.

The rules: a report proves the second of the tick it answers, if its newest picture is at most 3 s behind.
Somebody who accepted is responsible from the first proof on; where another is, from that first proof on as
soon as the other's screen has proved the patient at or after it. What is not proved for more than 5 s ended
with its last proof, found out at a whole second; a hidden page ends at once with its last proof; who accepted
and is not painted within 15 s did not. A center that died knows nothing that came after the last second at
which *everything* on display was proved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import merge
from typing import NamedTuple

from einthoven.base.ids import StreamId
from einthoven.base.instants import SECOND, Instant
from einthoven.sim.night_record import Accepted, Record, Reported

SILENT, PAINT, BEHIND = 5 * SECOND, 15 * SECOND, 3
NEW = "in service and not taken by anybody yet"
SILENCE = "the station is silent"
HIDDEN = "the page is hidden"
FROZEN = "the picture does not move although samples come"
DEAD = "the center was down"


class Hole(NamedTuple):
    """Nobody watched a patient in ``[start, stop)``, first for this cause."""

    start: Instant
    stop: Instant
    cause: str


@dataclass(slots=True)
class _Hold:
    station: int
    since: Instant


@dataclass(slots=True)
class _Next:
    station: int
    accepted: Instant
    first: Instant | None = None


@dataclass(slots=True)
class Reading:
    """What the record says of ``[began, until)``.

    Attributes:
        until: how far everything is proved.
        covered: by patient, spans in order.
        holes: what is missing of the time in service.
    """

    until: Instant = 0
    covered: dict[StreamId, list[tuple[Instant, Instant]]] = field(default_factory=dict)
    holes: dict[StreamId, list[Hole]] = field(default_factory=dict)


class _Reader:
    def __init__(self, record: Record, start: Instant) -> None:
        self._record = record
        self._start = start
        self._shown: dict[tuple[int, StreamId], Instant] = {}
        self._heard: dict[int, Instant] = {}
        self._held: dict[StreamId, _Hold] = {}
        self._next: dict[StreamId, _Next] = {}
        self._mark = start
        self._disk = True
        self._alive = True
        self._cause: dict[StreamId, list[tuple[Instant, str]]] = {}
        self.reading = Reading()

    def read(self, stop: Instant) -> Reading:
        for at, what in self._events(stop):
            if isinstance(what, Reported):
                self._report(what)
            elif isinstance(what, Accepted):
                self._next[what.stream] = _Next(what.station, what.at)
            elif what == "second":
                self._second(at)
            elif what == "died":
                self._died()
            elif what == "lives":
                self._alive = True
            else:
                self._disk = what == "disk-well"
        self.reading.until = min(self._shown.values(), default=stop)
        for stream in list(self._held):
            self._end(stream, self.reading.until, "")
        for stream, began in self._record.began.items():
            self.reading.holes[stream] = list(self._holes(stream, began))
        return self.reading

    def _events(self, stop: Instant) -> Iterator[tuple[Instant, Reported | Accepted | str]]:
        record = self._record
        happened: list[tuple[Instant, int, str]] = []
        for down in record.downs:
            happened.append((down.start, 1, "died"))
            if down.stop is not None:
                happened.append((down.stop, 1, "lives"))
        happened += [(one.at, 1, one.what) for one in record.happened if one.what.startswith("disk-")]
        every: Iterator[tuple[Instant, int, Reported | Accepted | str]] = merge(
            ((at, 0, "second") for at in range(self._start, stop + 1, SECOND)),
            sorted(happened),
            ((one.at, 2, one) for one in record.reports),
            ((one.at, 3, one) for one in record.accepts),
            key=lambda event: (event[0], event[1]),
        )
        for at, _, what in every:
            yield at, what

    # ---- what happens --------------------------------------------------------------------------------------

    def _report(self, told: Reported) -> None:
        station, tick = told.station, told.at // SECOND * SECOND
        if not told.visible:
            for key in [key for key in self._shown if key[0] == station]:
                self._dark(key, HIDDEN)
            for stream in [stream for stream, one in self._next.items() if one.station == station]:
                del self._next[stream]
            self._heard.pop(station, None)
            return
        self._heard[station] = tick
        if told.newest < (tick - self._start) // SECOND - 1 - BEHIND:
            return
        for stream in told.streams:
            self._shown[station, stream] = tick
            coming = self._next.get(stream)
            if coming is None:
                continue
            if coming.station == station and tick >= coming.accepted and coming.first is None:
                coming.first = tick
            held = self._held.get(stream)
            if coming.first is None or not self._fresh(coming, stream, told.at):
                continue
            if held is None:
                self._begin(stream)
            elif held.station == station and tick >= coming.first:
                self._end(stream, tick, "")
                self._begin(stream)

    def _fresh(self, coming: _Next, stream: StreamId, now: Instant) -> bool:
        return self._shown.get((coming.station, stream), now - SILENT - 1) >= now - SILENT

    def _second(self, now: Instant) -> None:
        if not self._alive:
            return
        stale = [key for key, last in self._shown.items() if last < now - SILENT]
        for key in stale:
            heard = self._heard.get(key[0], 0) >= now - SILENT
            self._dark(key, FROZEN if heard else SILENCE, now)
        late = now - PAINT
        for stream in [each for each, one in self._next.items() if one.first is None and one.accepted < late]:
            del self._next[stream]
        if self._disk:
            self._mark = min(self._shown.values(), default=now)

    def _dark(self, key: tuple[int, StreamId], cause: str, now: Instant | None = None) -> None:
        """A picture ended, and with it what rested upon it."""
        station, stream = key
        last = self._shown.pop(key)
        coming = self._next.get(stream)
        if coming is not None and coming.station == station and coming.first is not None:
            del self._next[stream]
            coming = None
        held = self._held.get(stream)
        if held is not None and held.station == station:
            self._end(stream, last, cause)
            follows = now is not None and coming is not None and coming.first is not None
            if follows and coming is not None and self._fresh(coming, stream, now or 0):
                self._begin(stream)

    def _died(self) -> None:
        self._alive = False
        for stream in list(self._held):
            self._end(stream, self._mark, DEAD)
        self._shown.clear()
        self._next.clear()
        self._heard.clear()

    # ---- watches -------------------------------------------------------------------------------------------

    def _begin(self, stream: StreamId) -> None:
        coming = self._next.pop(stream)
        assert coming.first is not None
        self._held[stream] = _Hold(coming.station, coming.first)

    def _end(self, stream: StreamId, at: Instant, cause: str) -> None:
        held = self._held.pop(stream)
        end = max(held.since, at)
        self.reading.covered.setdefault(stream, []).append((held.since, end))
        self._cause.setdefault(stream, []).append((end, cause))

    def _holes(self, stream: StreamId, began: Instant) -> Iterator[Hole]:
        at, cause = began, NEW
        spans = self.reading.covered.get(stream, ())
        for (start, stop), (_, after) in zip(spans, self._cause.get(stream, ()), strict=True):
            if start > at:
                yield Hole(at, min(start, self.reading.until), cause)
            if stop >= at:
                at, cause = stop, after
        if at < self.reading.until:
            yield Hole(at, self.reading.until, cause)


def read_again(record: Record, start: Instant, stop: Instant) -> Reading:
    """Who was covered when, from the record of a night.

    Args:
        record: of the night.
        start: of it, a whole second.
        stop: its end.
    """
    return _Reader(record, start).read(stop)
