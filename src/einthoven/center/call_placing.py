"""A strip into the patient's ECG: where it goes, stored first, analysed, then marked (R6, R8).

A strip ends where it was received, behind whatever lies there already, never in the future. It is at its
place when what is stored there is the strip itself: so the same strip, placed again by a center that was
killed on the way, is not there twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError, StoreError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import SECOND, Instant
from einthoven.base.spans import Span
from einthoven.center.ports import BlockStore, Clock, SampleReader, StreamDirectory, StreamEvent, StreamFacts
from einthoven.center.ward_bay import WHOLE
from einthoven.link.batch import decode_checked, join
from einthoven.link.blocks import FrameBatch, SampleBatch
from einthoven.link.codec import pack
from einthoven.link.limits import MAX_SAMPLES

APART_S: Final = 1
"""Seconds between two strips at least: a heart that is seen twice does not beat on from one to the other."""
BETWEEN: Final = "between-strips"


@dataclass(frozen=True, slots=True)
class Placing:
    """A strip to be placed.

    Attributes:
        samples: int16[n], as the stream's lead stores them.
        ends_at: center time at which it was received.
    """

    call: int
    strip: int
    stream: StreamId
    samples: NDArray[np.int16]
    ends_at: Instant


@dataclass(slots=True)
class PlacingWorld:
    """What placing needs.

    Attributes:
        facts: of a stream.
        others: spans of a stream in which other strips than this one of a call lie, by the deeds.
        event: told of an event that is durable.
        to_ward: takes samples that are durable.
    """

    clock: Clock
    facts: Callable[[StreamId], StreamFacts | None]
    reader: SampleReader
    store: BlockStore
    directory: StreamDirectory
    others: Callable[[StreamId, int, int], Sequence[Span]]
    event: Callable[[StreamEvent], None]
    to_ward: Callable[[SampleBatch], None]


class Placer:
    """Puts strips into streams; all calls on the event loop."""

    def __init__(self, world: PlacingWorld) -> None:
        self._world = world

    def facts(self, stream: StreamId) -> StreamFacts:
        """Of a stream that takes strips.

        Raises:
            InputError: it does not.
        """
        facts = self._world.facts(stream)
        if facts is None or not facts.declared or facts.origin is None:
            raise InputError(f"{stream_name(stream)} takes no strips by telephone")
        if round(facts.layout.rate_hz) != 250 or len(facts.layout.leads) != 1:
            raise InputError(f"{stream_name(stream)}: strips have one lead of 250 samples a second")
        return facts

    def start_of(self, one: Placing) -> tuple[int, Instant]:
        """Where a strip begins in its stream, and from when on it may be there."""
        facts, count = self.facts(one.stream), len(one.samples)
        assert facts.origin is not None
        rate = round(facts.layout.rate_hz)
        start = max(0, (one.ends_at - facts.origin) * rate // SECOND - count)
        while (taken := self._in_the_way(one, start, rate)) is not None:
            start = taken + APART_S * rate
        return start, facts.origin + (start + count) * SECOND // rate

    def _in_the_way(self, one: Placing, start: int, rate: int) -> int | None:
        """Where what lies in a strip's place ends; None where the place is free, or the strip's own."""
        stop, apart = start + len(one.samples), APART_S * rate
        for span in self._world.others(one.stream, one.call, one.strip):
            if span.start < stop + apart and start < span.stop + apart:
                return span.stop
        stored = self._world.reader.stored(one.stream).within(max(0, start - apart), stop + apart)
        for low, high in stored:
            inside = start <= low and high <= stop
            if not inside:
                return max(high, start)
            lies = self._world.reader.read(one.stream, low, high).samples[:, 0]
            if not np.array_equal(lies, one.samples[low - start : high - start]):
                return high
        return None

    def place(self, one: Placing, start: int, done: Callable[[StoreError | None], None]) -> None:
        """Store what is not there of a strip, then let it be analysed; ``done`` once it is durable."""
        batch = _frames(one, start, self._world.clock.wall())
        stored = self._world.reader.stored(one.stream)
        if not stored.missing(start, start + len(one.samples)):
            done(None)  # of a life before: the ward takes it from the store
            return

        def durable(_written: FrameBatch, error: StoreError | None) -> None:
            if error is None:
                self._world.to_ward(_as_one(one, start, batch))
            done(error)

        missing = stored.missing(start, start + len(one.samples))
        if len(missing) > 1 or missing[0] != Span(start, start + len(one.samples)):
            parts = [_frames(one, start, self._world.clock.wall(), span) for span in missing]
            batch = parts[0] if len(parts) == 1 else _joined(parts)
        try:
            self._world.store.submit(batch, durable)
        except StoreError as error:
            done(error)

    def hole(self, one: Placing, start: int) -> StreamEvent | None:
        """What lies before a strip was never recorded: the event that says so, without a number yet."""
        before = max(
            (span.stop for span in self._world.reader.stored(one.stream) if span.stop <= start), default=0
        )
        if before >= start:
            return None
        body: dict[str, object] = {"stop": start, "cause": BETWEEN}
        return StreamEvent(one.stream, 0, "hole", before, self._world.clock.wall(), body)

    def record(self, events: Sequence[StreamEvent], done: Callable[[StoreError | None], None]) -> None:
        """Keep events, then let them be heard of."""

        def durable(error: StoreError | None) -> None:
            if error is None:
                for event in events:
                    self._world.event(event)
            done(error)

        self._world.directory.record_events(events, durable)


def _frames(one: Placing, start: int, now: Instant, part: Span | None = None) -> FrameBatch:
    """A strip, or a part of it, as frames of the link."""
    span = Span(start, start + len(one.samples)) if part is None else part
    at = np.arange(span.start, span.stop, MAX_SAMPLES)
    stops = np.minimum(at + MAX_SAMPLES, span.stop)
    messages = [
        pack(int(low), one.samples[int(low) - start : int(high) - start, None])
        for low, high in zip(at, stops, strict=True)
    ]
    data, offset, length = join(messages)
    rows = len(messages)

    def column(value: int) -> NDArray[np.int64]:
        return np.full(rows, value, np.int64)

    return FrameBatch(
        data, offset, length, column(one.stream), at.astype(np.int64), (stops - at).astype(np.int64),
        column(1), column(0), column(now),
    )  # fmt: skip


def _joined(parts: Sequence[FrameBatch]) -> FrameBatch:
    sizes = np.cumsum([0, *(len(part.data) for part in parts[:-1])])
    columns = ("stream", "start", "count", "leads", "lane", "received")
    return FrameBatch(
        np.concatenate([part.data for part in parts]),
        np.concatenate([part.offset + size for part, size in zip(parts, sizes, strict=True)]),
        np.concatenate([part.length for part in parts]),
        *(np.concatenate([getattr(part, name) for part in parts]) for name in columns),
    )


def _as_one(one: Placing, start: int, batch: FrameBatch) -> SampleBatch:
    """What was stored, for the ward: one block where it was all of the strip."""
    samples, _ = decode_checked(batch, stored=True)
    if int(batch.count.sum()) != len(one.samples):
        samples.lane[:] = WHOLE
        return samples

    def row(value: int) -> NDArray[np.int64]:
        return np.array([value], np.int64)

    return SampleBatch(
        samples.samples, row(0), row(one.stream), row(start), row(len(one.samples)), row(1), row(WHOLE),
        row(int(batch.received[0])),
    )  # fmt: skip
