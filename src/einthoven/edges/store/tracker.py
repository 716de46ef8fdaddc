"""Which segments hold blocks that are not sealed yet, which of them are due, and which log files are done.

Live blocks and backlog blocks run through two cursors per stream, so that the common case (a block of the
segment that its lane is in) costs no Python; a move to another segment, once an hour a stream, does.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from einthoven.base.ids import StreamId
from einthoven.base.instants import SECOND, Duration, Instant
from einthoven.edges.store import span_kernels as kernels
from einthoven.edges.store.coverage import Coverage, LogFeed, SlotMap, grown
from einthoven.edges.store.formats import Entries
from einthoven.edges.store.geometry import Geometry
from einthoven.edges.store.logview import LogSet

Key = tuple[StreamId, int]
I64 = kernels.I64


@dataclass(frozen=True, slots=True)
class SealTimes:
    """When to seal.

    Attributes:
        settle: a whole segment waits this long after its last block, so that the analysis has its beats.
        grace: a segment with holes waits this long for late samples; longer keeps more log on disk, shorter
            seals some segments twice.
    """

    settle: Duration = 10 * SECOND
    grace: Duration = 600 * SECOND


class Tracker:
    """Follows the log for the sealer; used by one thread at a time.

    Args:
        logs, coverage: the log and what is stored.
        geometry_of: segments of a stream, None while its layout is not known; such a stream stays in the log.
        times: when to seal.
        sealed: what is sealed already, ``(stream, number) → sequence``, as far as the log reaches back.
    """

    def __init__(
        self,
        logs: LogSet,
        coverage: Coverage,
        geometry_of: Callable[[StreamId], Geometry | None],
        times: SealTimes,
        sealed: Mapping[Key, int],
    ) -> None:
        self._logs = logs
        self._coverage = coverage
        self._geometry_of = geometry_of
        self._times = times
        self.restart(sealed)

    def restart(self, sealed: Mapping[Key, int]) -> None:
        """Forget everything and follow the log from its beginning."""
        self._feed = LogFeed(self._logs)
        self._slots = SlotMap()
        self._known = 0
        self._length = np.zeros(1 << 10, np.int64)
        self._phase = np.zeros(1 << 10, np.int64)
        self._cursor = np.full((1 << 10, 2), -1, np.int64)
        self._seen = np.zeros((1 << 10, 2), np.int64)
        self._waiting: dict[Key, Instant] = {}
        self._queue: list[tuple[Instant, StreamId, int]] = []
        self._queued: dict[Key, Instant] = {}
        self._ended: set[StreamId] = set()
        self._blocked: set[Key] = set()
        self._given: dict[Key, None] = {}
        self._parts: dict[int, int] = {}
        self._unknown: set[StreamId] = set()
        self._sealed = _table(sealed)

    @property
    def sequence(self) -> int:
        """Blocks below this sequence number are accounted for."""
        return self._feed.sequence

    @property
    def waiting(self) -> int:
        """How many segments hold blocks that are not sealed."""
        return len(self._waiting)

    def streams(self) -> set[StreamId]:
        """Streams that have blocks which are not sealed."""
        return {stream for stream, _ in self._waiting}

    def learn(self) -> bool:
        """Whether the layout of a stream that could not be sealed is known by now: then ``restart``."""
        return any(self._geometry_of(stream) is not None for stream in self._unknown)

    def follow(self, now: Instant) -> None:
        """Take in what was logged since the last call."""
        for number, first, entries in self._feed.pull():
            self._take(number, first, entries, now)
        self._sealed = _table({})

    def _take(self, number: int, first: int, entries: Entries, now: Instant) -> None:
        slot = self._slots.of(entries)
        self._meet_streams()
        lengths = self._length[: self._slots.used]
        shortest = int(lengths[lengths > 0].min(initial=1 << 40))
        room = len(entries) * (2 + int(entries["count"].max()) // shortest) + 1
        out = np.empty((room, 4), np.int64)
        parts, moves = kernels.track(
            entries,
            slot,
            self._length,
            self._phase,
            self._cursor,
            self._seen,
            now,
            *self._sealed,
            first,
            out,
        )
        self._parts[number] = self._parts.get(number, 0) + parts
        for row, _, left, entered in out[:moves].tolist():
            stream = int(self._slots.streams[row])
            self._waiting[stream, entered] = now
            if stream in self._ended:
                self._schedule((stream, entered), now + self._times.settle)
            if left >= 0 and (stream, left) in self._waiting:
                self._waiting[stream, left] = now
                self._schedule((stream, left), now + self._times.settle)

    def _meet_streams(self) -> None:
        used = self._slots.used
        self._length, self._phase = grown(self._length, used, 0), grown(self._phase, used, 0)
        self._cursor, self._seen = grown(self._cursor, used, -1), grown(self._seen, used, 0)
        for slot in range(self._known, used):
            stream = int(self._slots.streams[slot])
            geometry = self._geometry_of(stream)
            if geometry is None:
                self._unknown.add(stream)
            else:
                self._length[slot], self._phase[slot] = geometry.length, geometry.phase
        self._known = used

    def _schedule(self, key: Key, at: Instant) -> None:
        """Look at the segment at ``at``, or earlier if that is planned already."""
        planned = self._queued.get(key)
        if planned is None or at < planned:
            heapq.heappush(self._queue, (at, *key))
            self._queued[key] = at

    def end(self, stream: StreamId, now: Instant) -> None:
        """The stream's service period is over: what is there is sealed without waiting for more."""
        self._ended.add(stream)
        for key in [key for key in self._waiting if key[0] == stream]:
            self._schedule(key, now)

    def due(self, now: Instant, limit: int) -> list[Key]:
        """At most ``limit`` segments to seal now; each is given out once, then ``done``, ``block`` or
        ``retry``.
        """
        self._find_idle(now)
        chosen: list[Key] = []
        while self._queue and self._queue[0][0] <= now and len(chosen) < limit:
            at, stream, number = heapq.heappop(self._queue)
            key = (stream, number)
            if self._queued.get(key) == at:
                del self._queued[key]
            if key not in self._waiting or key in self._blocked or key in chosen:
                continue
            again = self._not_before(key)
            if again > now:
                self._schedule(key, again)
            else:
                chosen.append(key)
                self._given[key] = None
        return chosen

    def given(self) -> list[Key]:
        """Segments that ``due`` gave out and of which nothing was heard yet."""
        return list(self._given)

    def lag(self, now: Instant) -> float:
        """Seconds by which the longest waiting due segment is late."""
        return max(0.0, (now - self._queue[0][0]) / SECOND) if self._queue else 0.0

    def _not_before(self, key: Key) -> Instant:
        """When a segment may be sealed, as things stand."""
        stream, number = key
        last = self._waiting[key]
        slot = self._slots.get(stream)
        if slot is not None:
            for lane in (0, 1):
                if self._cursor[slot, lane] == number:
                    last = max(last, int(self._seen[slot, lane]))
        geometry = self._geometry_of(stream)
        whole = geometry is not None and self._coverage.covers(stream, *geometry.bounds(number))
        return last + (self._times.settle if whole or stream in self._ended else self._times.grace)

    def _find_idle(self, now: Instant) -> None:
        """Queue segments in which a lane has stood still for the grace time."""
        used = self._slots.used
        idle = (self._cursor[:used] >= 0) & (self._seen[:used] <= now - self._times.grace)
        for slot, lane in np.argwhere(idle).tolist():
            key = (int(self._slots.streams[slot]), int(self._cursor[slot, lane]))
            if key in self._waiting and key not in self._queued and key not in self._blocked:
                self._schedule(key, now)

    def done(self, key: Key, parts: Mapping[int, int]) -> None:
        """A segment is sealed; ``parts`` of blocks of each log file went into it."""
        self._waiting.pop(key, None)
        self._given.pop(key, None)
        slot = self._slots.get(key[0])
        if slot is not None:
            self._cursor[slot][self._cursor[slot] == key[1]] = -1
        for number, count in parts.items():
            self._parts[number] -= count

    def retry(self, key: Key, at: Instant) -> None:
        """Sealing failed; try again at ``at``."""
        self._given.pop(key, None)
        self._schedule(key, at)

    def block(self, key: Key) -> None:
        """Never seal this segment again in this run: what it would be made from is damaged. Its log stays."""
        self._given.pop(key, None)
        self._blocked.add(key)

    def finished(self) -> list[int]:
        """Log files that are closed and hold nothing unsealed."""
        return [
            file.number
            for file in self._logs.files()
            if file.closed
            and (file.stop <= self.sequence or file.stop == file.first)
            and not self._parts.get(file.number, 0)
        ]


def _table(sealed: Mapping[Key, int]) -> tuple[I64, I64]:
    """A table for ``span_kernels.track``; of one place where empty."""
    size = 1 << (2 * len(sealed)).bit_length() if sealed else 1
    keys, values = np.zeros(size, np.int64), np.zeros(size, np.int64)
    for (stream, number), sequence in sealed.items():
        packed = int(np.uint64((stream << 32) | number).astype(np.int64))
        at = kernels.find(keys, packed)
        keys[at], values[at] = packed, sequence
    return keys, values
