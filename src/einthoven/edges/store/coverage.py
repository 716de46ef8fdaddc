"""What is stored of every stream, kept for ten thousand of them without a Python step per block."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from einthoven.base.ids import StreamId
from einthoven.base.spans import SpanSet
from einthoven.edges.store import span_kernels as kernels
from einthoven.edges.store.formats import Damage, Entries, log_path
from einthoven.edges.store.logview import LogSet

I64 = NDArray[np.int64]
CHUNK = 1 << 16


class SlotMap:
    """Streams numbered 0, 1, 2 … as they come: rows of arrays."""

    def __init__(self) -> None:
        self._keys = np.zeros(1 << 10, np.int64)
        self._values = np.zeros(1 << 10, np.int64)
        self.streams: I64 = np.zeros(1 << 10, np.int64)
        self.used = 0

    def of(self, entries: Entries) -> I64:
        """Slot of each entry's stream, new ones made."""
        self._make_room(self.used + len(entries))
        out = np.empty(len(entries), np.int64)
        self.used = kernels.slots(self._keys, self._values, self.used, entries, self.streams, out)
        return out

    def get(self, stream: StreamId) -> int | None:
        """Slot of a stream, None where it never came."""
        at = kernels.find(self._keys, stream)
        return int(self._values[at]) if self._keys[at] else None

    def _make_room(self, wanted: int) -> None:
        if 2 * wanted > len(self._keys):
            size = 1 << (2 * wanted).bit_length()
            keys, values = np.zeros(size, np.int64), np.zeros(size, np.int64)
            kernels.rehash(self._keys, self._values, keys, values)
            self._keys, self._values = keys, values
        self.streams = grown(self.streams, wanted, 0)


def grown(array: I64, rows: int, fill: int) -> I64:
    """``array`` with at least ``rows`` rows, new ones holding ``fill``."""
    if rows <= len(array):
        return array
    larger = np.full((max(rows, 2 * len(array)), *array.shape[1:]), fill, np.int64)
    larger[: len(array)] = array
    return larger


class LogFeed:
    """Where a follower of the log stands: hands out each block's entry once, file by file."""

    def __init__(self, logs: LogSet) -> None:
        self._logs = logs
        self._number = 0
        self._ordinal = 0
        self.sequence = 0
        """One past the highest sequence number handed out."""

    def pull(self) -> Iterable[tuple[int, int, Entries]]:
        """``(file number, its first sequence number, entries)``, in pieces of at most ``CHUNK``."""
        for file in self._logs.files():
            if file.number < self._number:
                continue
            if file.number > self._number:
                self._number, self._ordinal = file.number, 0
            try:
                entries = file.after(self._ordinal)
            except FileNotFoundError:  # sealed and removed since the snapshot: a reopened index knows it
                continue
            if not len(entries):
                continue
            top = int(entries["ordinal"].max()) + 1
            for at in range(0, len(entries), CHUNK):
                yield file.number, file.first, entries[at : at + CHUNK]
            self._ordinal = top
            self.sequence = max(self.sequence, file.first + top)


class Coverage:
    """The stored spans of every stream: sealed ones given at the start, logged ones followed.

    Safe for any threads.

    Args:
        logs: the log.
        damaged: blocks of it known to be damaged, which store nothing.
    """

    def __init__(self, logs: LogSet, damaged: Iterable[Damage] = ()) -> None:
        self._damaged: dict[str, list[int]] = {}
        for one in damaged:
            self._damaged.setdefault(one.file, []).append(one.offset)
        self._feed = LogFeed(logs)
        self._slots = SlotMap()
        self._begin = np.zeros((1 << 10, 2), np.int64)
        self._end = np.zeros((1 << 10, 2), np.int64)
        self._spans: dict[StreamId, SpanSet] = {}
        self._overlapping: set[StreamId] = set()
        self._lock = threading.Lock()

    def put(self, stream: StreamId, spans: SpanSet) -> None:
        """Add spans that are stored outside the log."""
        with self._lock:
            own = self._spans.setdefault(stream, SpanSet())
            for span in spans:
                own.add(*span)

    def refresh(self) -> None:
        """Follow the log to its present end."""
        with self._lock:
            self._refresh()

    def _refresh(self) -> None:
        for number, _, entries in self._feed.pull():
            bad = self._damaged.get(log_path(number))
            if bad:
                entries = entries[~np.isin(entries["offset"], bad)]  # noqa: PLW2901
            slot = self._slots.of(entries)
            self._begin = grown(self._begin, self._slots.used, 0)
            self._end = grown(self._end, self._slots.used, 0)
            out = np.empty((len(entries), 3), np.int64)
            found = kernels.cover(entries, slot, self._begin, self._end, out)
            for row, start, stop in out[:found].tolist():
                self._add(int(self._slots.streams[row]), start, stop)

    def _add(self, stream: StreamId, start: int, stop: int) -> None:
        fresh = self._spans.setdefault(stream, SpanSet()).add(start, stop)
        if sum(span.length for span in fresh) < stop - start:
            self._overlapping.add(stream)

    def _settle(self, stream: StreamId) -> SpanSet:
        """The stream's own set, its running spans merged in."""
        slot = self._slots.get(stream)
        if slot is not None:
            for lane in (0, 1):
                start, stop = int(self._begin[slot, lane]), int(self._end[slot, lane])
                if start < stop:
                    self._add(stream, start, stop)
                    self._begin[slot, lane] = stop
        return self._spans.get(stream, SpanSet())

    def stored(self, stream: StreamId) -> SpanSet:
        """What is stored of a stream now; a set of the caller's own."""
        with self._lock:
            self._refresh()
            return self._settle(stream).copy()

    def covers(self, stream: StreamId, start: int, stop: int) -> bool:
        """Whether all of ``[start, stop)`` is stored."""
        with self._lock:
            self._refresh()
            return self._settle(stream).covers(start, stop)

    def forget(self, stream: StreamId, start: int, stop: int) -> None:
        """Samples turned out to be damaged."""
        with self._lock:
            self._refresh()
            self._settle(stream).remove(start, stop)

    def overlapping(self, stream: StreamId) -> bool:
        """Whether some samples of the stream may have been stored twice, so that order matters."""
        with self._lock:
            self._settle(stream)
            return stream in self._overlapping

    def streams(self) -> list[StreamId]:
        """Every stream with at least one stored sample, by number."""
        with self._lock:
            self._refresh()
            known = set(self._slots.streams[: self._slots.used].tolist())
            return sorted(known | {stream for stream, spans in self._spans.items() if spans})
