"""What a transmitter keeps until the center has it: samples, events, and what is acknowledged (R2).

Two spools with one behaviour: in memory (virtual time, load) and on disk (``disk_spool``). The rule that
makes a crash harmless: **nothing is sent before ``sync`` has made it durable here.** So the index after a
restart is never one that was sent with other content, and what was acquired but not synced becomes a declared
hole.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import OursError, StoreFullError
from einthoven.base.instants import Instant
from einthoven.base.spans import SpanSet
from einthoven.link.messages import Event
from einthoven.sim.sources import Source

I16 = NDArray[np.int16]
KEEP_S = 30 * 86_400
"""Seconds of unacknowledged samples a transmitter keeps: one service period (R2)."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Fixed when a spool is first used, kept for its life.

    Attributes:
        recording: id of the recording in the LAYOUT frame.
        wall: the transmitter's wall clock at sample 0, ns.
        recorded: whether it is a replayed recording that ``wall`` dates, rather than one made live.
    """

    recording: int
    wall: Instant
    recorded: bool = False


class Spool(Protocol):
    """Samples and events until they are acknowledged."""

    @property
    def origin(self) -> Origin | None:
        """As begun; None before ``begin``."""
        ...

    @property
    def stop(self) -> int:
        """One past the highest sample ever appended and still known after a crash."""
        ...

    @property
    def spooled(self) -> SpanSet:
        """What is held, acknowledged or not."""
        ...

    @property
    def acknowledged(self) -> SpanSet:
        """What the center is known to hold."""
        ...

    @property
    def events(self) -> list[Event]:
        """Events not yet acknowledged, by number."""
        ...

    @property
    def last_event(self) -> int:
        """The highest event number ever kept."""
        ...

    @property
    def fill(self) -> float:
        """Share of the room that unacknowledged samples take, 0–1."""
        ...

    def begin(self, origin: Origin) -> None:
        """Fix the origin, durably."""
        ...

    def append(self, start: int, samples: I16) -> None:
        """Keep samples; ``start`` ≥ ``stop``. Raises StoreError when it cannot: nothing was kept."""
        ...

    def keep_event(self, event: Event) -> None:
        """Keep an event numbered above ``last_event``; after a StoreError ``sync`` writes it again."""
        ...

    def renumber(self, events: Sequence[Event], last_event: int) -> None:
        """Replace every unacknowledged event, durably, with the same ones under other numbers."""
        ...

    def sync(self) -> None:
        """Make everything added durable. Raises StoreError when it could not: samples are then not kept."""
        ...

    def read(self, start: int, stop: int) -> I16:
        """Samples ``[start, stop)``, all spooled. Raises StoreDamagedError where they fail their checksum."""
        ...

    def acknowledge(self, spans: Iterable[tuple[int, int]], last_event: int) -> None:
        """The center has these durably: they may be dropped here, soon or later."""
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...


def unacknowledged(spooled: SpanSet, acknowledged: SpanSet) -> int:
    """Samples spooled that the center is not known to hold."""
    return sum(hole.length for span in spooled for hole in acknowledged.missing(span.start, span.stop))


@dataclass(slots=True)
class MemorySpool:
    """A spool in memory; ``crash`` gives the one a restart would find.

    Attributes:
        room: samples that may be unacknowledged at once.
    """

    leads: int
    room: int = 1 << 40
    origin: Origin | None = None
    stop: int = 0
    spooled: SpanSet = field(default_factory=SpanSet)
    acknowledged: SpanSet = field(default_factory=SpanSet)
    events: list[Event] = field(default_factory=list)
    last_event: int = 0
    _starts: list[int] = field(default_factory=list)
    _blocks: list[I16] = field(default_factory=list)
    _fresh: list[tuple[int, I16]] = field(default_factory=list)
    _fresh_events: list[Event] = field(default_factory=list)

    @property
    def fill(self) -> float:
        """Share of the room that unacknowledged samples take, 0–1."""
        return min(1.0, unacknowledged(self.spooled, self.acknowledged) / self.room)

    def begin(self, origin: Origin) -> None:
        """Fix the origin."""
        self.origin = origin

    def append(self, start: int, samples: I16) -> None:
        """Keep samples ``[start, start + n)``."""
        stop = start + len(samples)
        if start < self.stop:
            raise OursError(f"sample {start} was spooled already, up to {self.stop}")
        if unacknowledged(self.spooled, self.acknowledged) + len(samples) > self.room:
            raise StoreFullError(f"the spool holds {self.room} unacknowledged samples")
        self._fresh.append((start, samples))
        self._starts.append(start)
        self._blocks.append(samples)
        self.spooled.add(start, stop)
        self.stop = stop

    def keep_event(self, event: Event) -> None:
        """Keep an event."""
        self.events.append(event)
        self._fresh_events.append(event)
        self.last_event = event.number

    def renumber(self, events: Sequence[Event], last_event: int) -> None:
        """Replace the unacknowledged events."""
        self.events = list(events)
        self._fresh_events.clear()
        self.last_event = last_event

    def sync(self) -> None:
        """Make everything durable."""
        self._fresh.clear()
        self._fresh_events.clear()

    def read(self, start: int, stop: int) -> I16:
        """Samples ``[start, stop)``."""
        pieces = []
        at = start
        index = bisect_right(self._starts, start) - 1
        while at < stop:
            first = self._starts[index] if 0 <= index < len(self._starts) else stop
            block = self._blocks[index][at - first : stop - first] if first <= at else self._blocks[0][:0]
            if not len(block):
                raise OursError(f"sample {at} is not in the spool")
            pieces.append(block)
            at += len(block)
            index += 1
        return np.concatenate(pieces) if pieces else np.empty((0, self.leads), np.int16)

    def acknowledge(self, spans: Iterable[tuple[int, int]], last_event: int) -> None:
        """Drop whole blocks from the front that the center has."""
        for start, stop in spans:
            self.acknowledged.add(start, stop)
        done = 0
        while done < len(self._starts):
            first = self._starts[done]
            if not self.acknowledged.covers(first, first + len(self._blocks[done])):
                break
            done += 1
        del self._starts[:done], self._blocks[:done]
        self.events = [event for event in self.events if event.number > last_event]

    def close(self) -> None:
        """Nothing is open."""

    def crash(self) -> MemorySpool:
        """The spool after a crash: everything not synced is gone."""
        lost = {id(samples) for _, samples in self._fresh}
        again = MemorySpool(self.leads, self.room, self.origin, acknowledged=self.acknowledged.copy())
        gone = {event.number for event in self._fresh_events}
        again.events = [event for event in self.events if event.number not in gone]
        again.last_event = self.last_event - len(gone)
        again.spooled = self.spooled.copy()
        for start, samples in self._fresh:
            again.spooled.remove(start, start + len(samples))
        again.stop = again.spooled.stop
        for start, samples in zip(self._starts, self._blocks, strict=True):
            if id(samples) not in lost:
                again._starts.append(start)
                again._blocks.append(samples)
        return again


class SourceSpool:
    """The spool of a record that is played: the record is on a disk already, nothing is copied.

    Args:
        source: one that ends.
        whole: whether all of it exists from the start (a recorded stream), or appears as it is appended.
    """

    def __init__(self, source: Source, whole: bool) -> None:
        if source.length is None:
            raise OursError("a source without end needs a spool of its own")
        self._source = source
        self.origin: Origin | None = None
        self.stop = source.length if whole else 0
        self.spooled = SpanSet([(0, self.stop)])
        self.acknowledged = SpanSet()
        self.events: list[Event] = []
        self.last_event = 0
        self.fill = 0.0

    def begin(self, origin: Origin) -> None:
        """Fix the origin."""
        self.origin = origin

    def append(self, start: int, samples: I16) -> None:
        """The record has these samples."""
        self.stop = start + len(samples)
        self.spooled.add(start, self.stop)

    def keep_event(self, event: Event) -> None:
        """Keep an event, in memory."""
        self.events.append(event)
        self.last_event = event.number

    def renumber(self, events: Sequence[Event], last_event: int) -> None:
        """Replace the unacknowledged events."""
        self.events = list(events)
        self.last_event = last_event

    def sync(self) -> None:
        """Nothing is written."""

    def read(self, start: int, stop: int) -> I16:
        """Samples ``[start, stop)`` of the record."""
        return self._source.samples(start, stop)

    def acknowledge(self, spans: Iterable[tuple[int, int]], last_event: int) -> None:
        """Note what the center has."""
        for start, stop in spans:
            self.acknowledged.add(start, stop)
        self.events = [event for event in self.events if event.number > last_event]

    def close(self) -> None:
        """Nothing is open."""
