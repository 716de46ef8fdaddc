"""How soon samples are durable after they were acquired, counted by sample, per stream and hour (R39).

A sample is counted once, when it becomes durable: the ledger hands every sample to the store once, also after
a restart. When it was acquired is told by the clock fit of the link, which is a line for each stream; lines
and counts are arrays, so a second of ten thousand patients is a few operations on them. Whether a sample was
early enough depends on its own index and instant alone, so the counts do not depend on how blocks were cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import StoreError
from einthoven.base.ids import StreamId
from einthoven.base.instants import HOUR, MILLISECOND, SECOND, Instant
from einthoven.billing.service import Transmission
from einthoven.center.streams import StreamState
from einthoven.link.blocks import FrameBatch

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

EDGES_MS: Final = (
    *(100, 200, 300, 400, 500, 600, 700, 800, 900, 1000),
    *(1100, 1200, 1350, 1500, 2000, 3000, 4000, 5000, 7000, 10_000),
    *(15_000, 20_000, 30_000, 60_000, 120_000, 300_000, 900_000, 3_600_000, 21_600_000, 86_400_000),
)
"""Upper ends of the classes, milliseconds from acquisition to durable; one class more is open. They never
change: what was counted by them stays readable."""
CLASSES: Final = len(EDGES_MS) + 1
WITHIN_S: Final = 10.0
"""Durable within so many seconds counts as immediate [inference: a block holds up to a second, storing takes
milliseconds, a network some seconds; no source gives a limit]. One of ``EDGES_MS``."""
SLOPE: Final = 1_000_000
"""Samples over which the slope of a clock fit is read."""
WAITING_MAX: Final = 100_000
"""Blocks whose stream has no clock yet; more are counted as not measured."""
_EDGES: Final = np.array(EDGES_MS, np.float64) * MILLISECOND

Row = tuple[int, StreamId, NDArray[np.uint32]]
"""Hour since 1970, stream, counts by class."""


@dataclass(slots=True)
class _Blocks:
    """Columns of blocks that became durable: stream, start, samples, when."""

    stream: list[I64] = field(default_factory=list)
    start: list[I64] = field(default_factory=list)
    count: list[I64] = field(default_factory=list)
    durable: list[I64] = field(default_factory=list)

    def add(self, stream: I64, start: I64, count: I64, durable: I64) -> None:
        for held, one in zip(
            (self.stream, self.start, self.count, self.durable), (stream, start, count, durable), strict=True
        ):
            held.append(one)

    def taken(self) -> tuple[I64, I64, I64, I64]:
        columns = tuple(
            np.concatenate(held) if held else np.zeros(0, np.int64)
            for held in (self.stream, self.start, self.count, self.durable)
        )
        for held in (self.stream, self.start, self.count, self.durable):
            held.clear()
        return columns[0], columns[1], columns[2], columns[3]


class TransmissionMeter:
    """Counts; all calls on the event loop.

    Args:
        kept: reads what was counted of an hour before this life of the center.
    """

    def __init__(self, kept: Callable[[int], Iterable[Row]] = lambda _hour: ()) -> None:
        self._kept = kept
        self._blocks = _Blocks()
        self._position = np.zeros(0)
        self._at = np.zeros(0, np.int64)
        self._period = np.zeros(0)
        self._floor = np.zeros(0, np.int64)
        self._breaks: dict[StreamId, int] = {}
        self._hours: dict[int, I64] = {}
        self._dirty: dict[int, NDArray[np.bool_]] = {}
        self.dropped = 0

    def _grow(self, most: int) -> None:
        if most < len(self._period):
            return
        size = max(1024, 2 * most)

        def longer(held: NDArray) -> NDArray:  # type: ignore[type-arg]
            made = np.zeros((size, *held.shape[1:]), held.dtype)
            made[: len(held)] = held
            return made

        self._position, self._at = longer(self._position), longer(self._at)
        self._period, self._floor = longer(self._period), longer(self._floor)
        self._hours = {hour: longer(held) for hour, held in self._hours.items()}
        self._dirty = {hour: longer(held) for hour, held in self._dirty.items()}

    # ---- what the intake tells ---------------------------------------------------------------------------

    def dated(self, state: StreamState) -> None:
        """The clock fit of a stream knows something new: about once a minute and stream."""
        fit, stream, position = state.fit, state.facts.stream, float(state.exists_until)
        at, far = fit.at(position), fit.at(position + SLOPE)
        if at is None or far is None:
            return
        self._grow(stream)
        self._position[stream], self._at[stream] = position, at
        self._period[stream] = (far - at) / SLOPE
        if self._breaks.get(stream, 0) != fit.breaks:
            # Its clock jumped: how late samples from before that are is not known.
            self._breaks[stream], self._floor[stream] = fit.breaks, int(state.dated_from)

    def durable(self, batch: FrameBatch, now: Instant) -> None:
        """Blocks are durable."""
        self._blocks.add(batch.stream, batch.start, batch.count, np.full(len(batch), now, np.int64))

    # ---- counting ----------------------------------------------------------------------------------------

    def turn(self) -> None:
        """Count what became durable since the last turn; once a second. What has no clock yet waits."""
        stream, start, count, durable = self._blocks.taken()
        if not len(stream):
            return
        self._grow(int(stream.max()))
        known = self._period[stream] > 0
        if not known.all():
            waits = ~known
            if int(waits.sum()) <= WAITING_MAX:
                self._blocks.add(stream[waits], start[waits], count[waits], durable[waits])
            else:
                self.dropped += int(count[waits].sum())
            stream, start, count, durable = stream[known], start[known], count[known], durable[known]
        hours = durable // HOUR
        for hour in np.unique(hours).tolist():
            of = hours == hour
            self._count(hour, stream[of], start[of], count[of], durable[of])

    def _count(self, hour: int, stream: I64, start: I64, count: I64, durable: I64) -> None:
        counts = self._classes(stream, start, count, durable)
        order = np.argsort(stream, kind="stable")
        named, first = np.unique(stream[order], return_index=True)
        if len(named):
            self._of(hour)[named] += np.add.reduceat(counts[order], first, axis=0)
            self._dirty[hour][named] = True

    def _classes(self, stream: I64, start: I64, count: I64, durable: I64) -> I64:
        """Samples of each block by class, int64[k, CLASSES]."""
        since = (durable - self._at[stream]).astype(np.float64)[:, None] - _EDGES
        index = np.ceil(self._position[stream][:, None] + since / self._period[stream][:, None])
        # Samples from ``index`` on were durable within the edge.
        index = np.maximum(index, self._floor[stream][:, None])
        late = np.clip(index - start[:, None], 0, count[:, None]).astype(np.int64)
        upto = count[:, None] - late
        return np.diff(upto, axis=1, prepend=0, append=count[:, None])

    def _of(self, hour: int) -> I64:
        held = self._hours.get(hour)
        if held is None:
            held = self._hours[hour] = np.zeros((len(self._period), CLASSES), np.int64)
            self._dirty[hour] = np.zeros(len(self._period), np.bool_)
            for _, stream, counts in self._kept(hour):
                self._grow(stream)
                held = self._hours[hour]
                held[stream] = counts
        return held

    # ---- keeping -----------------------------------------------------------------------------------------

    def changed(self) -> list[Row]:
        """Rows that are not kept yet, whole; what is asked for again before ``saved`` is told again."""
        made: list[Row] = []
        for hour, dirty in self._dirty.items():
            streams = np.flatnonzero(dirty)
            table = self._hours[hour][streams].astype(np.uint32)
            made += [(hour, stream, table[row]) for row, stream in enumerate(streams.tolist())]
        return made

    def saving(self) -> list[Row]:
        """The same, taken as kept; ``failed`` puts them back."""
        made = self.changed()
        for dirty in self._dirty.values():
            dirty[:] = False
        newest = max(self._hours, default=0)
        for hour in [one for one in self._hours if one < newest - 1]:
            del self._hours[hour], self._dirty[hour]
        return made

    def failed(self, rows: Sequence[Row], error: StoreError | None) -> None:
        """They were not kept: they are saved again, unless they were counted anew since."""
        if error is None:
            return
        for hour, stream, counts in rows:
            held = self._of(hour)
            held[stream] = np.maximum(held[stream], counts)
            self._dirty[hour][stream] = True


def packed(table: NDArray[np.uint32]) -> list[bytes]:
    """Rows of counts as they are kept: the first class that holds any, then four bytes each to the last.

    Args:
        table: uint32[k, CLASSES].
    """
    there = table > 0
    first = there.argmax(axis=1)
    stop = np.where(there.any(axis=1), CLASSES - there[:, ::-1].argmax(axis=1), first)
    whole, at = table.astype("<u4").tobytes(), np.arange(len(table)) * CLASSES
    low, high = (4 * (at + first)).tolist(), (4 * (at + stop)).tolist()
    return [
        bytes((one,)) + whole[a:b] if b > a else b""
        for one, a, b in zip(first.tolist(), low, high, strict=True)
    ]


def unpacked(blob: bytes) -> NDArray[np.uint32]:
    """What ``packed`` kept, uint32[CLASSES]."""
    counts = np.zeros(CLASSES, np.uint32)
    if blob:
        told = np.frombuffer(blob, "<u4", offset=1)
        counts[blob[0] : blob[0] + len(told)] = told
    return counts


def transmission(rows: Iterable[NDArray[np.uint32]], stored: int = 0) -> Transmission | None:
    """How soon the samples of a period were durable; None where nothing was counted.

    Args:
        rows: counts of its hours.
        stored: samples that are stored of it: those of them that were not counted (a center that was killed)
            are not taken for good, they count as the latest.
    """
    total = np.zeros(CLASSES, np.int64)
    for counts in rows:
        total += counts
    counted = int(total.sum())
    if not counted:
        return None
    total[-1] += max(0, stored - counted)
    samples = int(total.sum())
    good = int(total[: EDGES_MS.index(round(WITHIN_S * 1000)) + 1].sum())
    return Transmission(samples, good / samples, WITHIN_S, _percentile(total, 0.5), _percentile(total, 0.99))


def _percentile(total: I64, share: float) -> float:
    """Seconds, straight within a class; in the open class its lower end."""
    wanted, before = share * int(total.sum()), 0
    for number, count in enumerate(total.tolist()):
        low = EDGES_MS[number - 1] if number else 0
        if before + count >= wanted and count:
            high = EDGES_MS[number] if number < len(EDGES_MS) else low
            return float(low + (high - low) * (wanted - before) / count) * MILLISECOND / SECOND
        before += count
    raise AssertionError("the shares of a whole end with it")
