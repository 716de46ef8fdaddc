"""What the center needs of the world. Every port has a conformance suite in ``einthoven.testing``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import StoreError
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.base.layout import Layout
from einthoven.base.spans import Span, SpanSet
from einthoven.enrollment.periods import by_telephone
from einthoven.link.blocks import FrameBatch


class Clock(Protocol):
    """The center's clocks; only ``bootstrap`` makes a real one."""

    def wall(self) -> Instant:
        """Nanoseconds since the Unix epoch; may step."""
        ...

    def monotonic(self) -> int:
        """Nanoseconds from an arbitrary origin; never steps back."""
        ...


class Scheduler(Protocol):
    """Where timed work runs: the event loop, or the simulation's virtual time."""

    def call_later(self, delay: int, act: Callable[[], None]) -> Callable[[], None]:
        """Run ``act`` after ``delay`` nanoseconds; the returned callable cancels it."""
        ...


class Connection(Protocol):
    """One transmitter's open connection as the intake sees it."""

    @property
    def peer(self) -> str:
        """Address of the other end, for logs."""
        ...

    def send(self, message: bytes) -> None:
        """Queue one link frame; never blocks, never raises for a connection that is gone."""
        ...

    def close(self, reason: str) -> None:
        """Close after what was queued; calling it again does nothing."""
        ...

    def hold(self, held: bool) -> None:
        """Read no more of it, or read on: what it sends meanwhile waits at its own end."""
        ...


Committed = Callable[[FrameBatch, "StoreError | None"], None]
"""Called once for every submitted batch, on the thread or loop that submitted it: durable, or why not."""


class BlockStore(Protocol):
    """The durable log of raw samples (R8)."""

    def submit(self, batch: FrameBatch, done: Committed) -> None:
        """Queue a batch for the next group commit; ``done`` follows after fsync or failure. Order is kept."""
        ...


@dataclass(frozen=True, slots=True)
class Window:
    """Samples of one stream as stored.

    Attributes:
        start: sample index of the first row.
        samples: int16[n, leads]; holes hold ``INVALID_SAMPLE``.
        present: the spans of ``[start, start + n)`` that are stored; the rest are holes.
    """

    start: int
    samples: NDArray[np.int16]
    present: list[Span]


@dataclass(frozen=True, slots=True)
class Envelope:
    """Coarse picture of a long stretch, one row per bin.

    Attributes:
        start: sample index where bin 0 begins.
        bin_samples: samples per bin.
        low, high: int16[n, leads], smallest and largest sample of each bin (``low > high``: nothing stored).
        rate_bpm: float32[n], mean heart rate of the bin, NaN where unknown.
        coverage: float32[n], share of the bin's samples that is stored, 0–1.
    """

    start: int
    bin_samples: int
    low: NDArray[np.int16]
    high: NDArray[np.int16]
    rate_bpm: NDArray[np.float32]
    coverage: NDArray[np.float32]


class SampleReader(Protocol):
    """Any window of any stream, while it is being written (R11)."""

    def streams(self) -> list[StreamId]:
        """Every stream of which at least one sample is stored."""
        ...

    def stored(self, stream: StreamId) -> SpanSet:
        """What is stored of a stream; empty where nothing is."""
        ...

    def read(self, stream: StreamId, start: int, stop: int) -> Window:
        """Samples ``[start, stop)``. Raises StoreDamagedError where stored bytes fail their checksum."""
        ...

    def envelope(self, stream: StreamId, start: int, stop: int, bins: int) -> Envelope:
        """At most about ``2 × bins`` bins over ``[start, stop)``; cheap for 30 days."""
        ...

    def beats(self, stream: StreamId, start: int, stop: int) -> NDArray[np.void]:
        """Sealed beats in ``[start, stop)``: ``BEAT`` rows (see ``einthoven.ecg.beats``)."""
        ...

    def rows(self, stream: StreamId, start: int, stop: int) -> NDArray[np.void]:
        """The same with the rows of grades between them."""
        ...


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What the facts say of a stream that the intake and the wall need.

    Attributes:
        stream: its number.
        transmitter: identifier on the transmitter's label.
        public_key: Ed25519 public key of the transmitter for this period, 32 bytes.
        layout: as enrolled (rate, lead names), or as the transmitter declared once it has (then fixed).
        declared: whether ``layout`` was declared by the transmitter.
        recording: the transmitter's id of this recording, 0 before the first layout.
        origin: center time of sample 0 as declared for replayed recordings; None: clock exchange decides.
        patient: display name.
        open: whether the service period is still open.
        since: when the service period began; nothing of this stream was acquired before.
    """

    stream: StreamId
    transmitter: str
    public_key: bytes
    layout: Layout
    declared: bool
    recording: int
    origin: Instant | None
    patient: str
    open: bool
    since: Instant = 0

    @property
    def telephone(self) -> bool:
        """Whether its ECG comes as strips over the telephone: it has no link, and nobody watches it live."""
        return by_telephone(self.transmitter)


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One EVENT frame of a transmitter as a fact: a mark, a status, or a declared hole.

    Attributes:
        stream, number: the stream, and the event's number in it (unique; a repeat counts once).
        kind: ``"mark"``, ``"status"`` or ``"hole"``.
        sample: the sample index it is tied to.
        received: center time of receipt.
        body: the event's fields, JSON-ready.
    """

    stream: StreamId
    number: int
    kind: str
    sample: int
    received: Instant
    body: dict[str, object]


@dataclass(frozen=True, slots=True)
class ClockFix:
    """Sample ``sample`` (may be fractional) was acquired at center time ``at`` ± ``uncertainty`` ns."""

    stream: StreamId
    sample: float
    at: Instant
    uncertainty: int


class StreamDirectory(Protocol):
    """The part of the facts that the link needs."""

    def by_transmitter(self, transmitter: str, stream: StreamId) -> StreamFacts | None:
        """The stream if it belongs to this transmitter, else None."""
        ...

    def all(self) -> list[StreamFacts]:
        """Every stream, by number."""
        ...

    def declare_layout_soon(
        self,
        stream: StreamId,
        layout: Layout,
        recording: int,
        origin: Instant | None,
        at: Instant,
        done: Callable[[StoreError | None], None],
    ) -> None:
        """Fix the layout of a stream for good, audited; ``done`` on the calling loop once it is durable."""
        ...

    def record_events(self, events: Iterable[StreamEvent], done: Callable[[StoreError | None], None]) -> None:
        """Store events; ``done`` on the calling loop once they are durable (a repeat is no error)."""
        ...

    def record_fixes(self, fixes: Iterable[ClockFix]) -> None:
        """Store clock fixes; best effort, repeated by the next exchange."""
        ...
