"""A stream that one center sends on to another: a transmitter whose electrodes are what came in here.

It sends each sample once it is in the live picture here, dated as the patient's own transmitter dates it, and
keeps what the other center has not acknowledged for ``KEEP_S``. What is missing when its turn comes is
declared a hole there: a backlog that arrives here late does not follow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import numpy as np

from einthoven.base.errors import StoreError
from einthoven.base.instants import SECOND, Instant
from einthoven.base.layout import Layout
from einthoven.base.spans import SpanSet
from einthoven.center.ports import Clock, Scheduler, StreamEvent, Window
from einthoven.link.effects import Ready
from einthoven.link.limits import Cause, Severity
from einthoven.link.messages import Mark, Status
from einthoven.link.transmitter_session import Identity
from einthoven.sim.habits import Habits
from einthoven.sim.sources import I16
from einthoven.sim.spool import MemorySpool
from einthoven.sim.transmitter import Transmitter

KEEP_S: Final = 600.0
"""Seconds that are kept in memory for a center that does not take them."""
PACE: Final = SECOND // 5


class Here(Protocol):
    """The live picture of one stream here."""

    def front(self) -> int:
        """One past its newest sample."""
        ...

    def acquired(self, sample: int) -> Instant | None:
        """Center time of a sample, None while it is not known."""
        ...

    def recent(self, start: int, stop: int) -> Window:
        """Samples of the last seconds."""
        ...


class _NoSource:
    """What the transmitter asks of electrodes and a relay does not have."""

    length = None

    def __init__(self, layout: Layout, recording: int) -> None:
        self.layout = layout
        self.recording = recording

    def samples(self, start: int, stop: int) -> I16:
        """None."""
        del start, stop
        return np.empty((0, len(self.layout.leads)), np.int16)


class Relay(Transmitter):
    """Sends a stream on.

    Args:
        identity: as enrolled at the other center.
        layout: of the stream.
        recording: the same for a loan's whole life.
        base: our sample that is the other center's sample 0.
        here: the stream.
        clock, scheduler, dial, seed: as of a transmitter.
    """

    def __init__(
        self,
        identity: Identity,
        layout: Layout,
        recording: int,
        base: int,
        here: Here,
        clock: Clock,
        scheduler: Scheduler,
        dial: Callable[[Transmitter], None],
        seed: int | None = None,
    ) -> None:
        self._shift = base
        self._here = here
        self._first = max(0, here.front() - base)
        room = round(KEEP_S * layout.rate_hz)
        spool = MemorySpool(len(layout.leads), room, stop=self._first)
        source = _NoSource(layout, recording)
        super().__init__(identity, source, spool, clock, scheduler, dial, seed, Habits(frame_s=0.5))

    def position(self) -> float:
        """The sample that the patient's transmitter acquires now, fractional, as the other center counts."""
        front = self._here.front()
        at = self._here.acquired(front)
        behind = 0 if at is None else max(0, self._clock.wall() - at)
        return front - self._shift + behind * self._rate / SECOND

    def event(self, event: StreamEvent) -> None:
        """A mark or a status of the patient's transmitter: it goes with the stream."""
        sample = max(0, event.sample - self._shift)
        body: Mapping[str, Any] = event.body
        if event.kind == "mark":
            severity = Severity[str(body["severity"]).upper()]
            self._tell(Mark(0, sample, body["symptom"], severity, body["activity"], body["text"]))
        elif event.kind == "status":
            quality = tuple(body["quality"])
            told = body["device"], body["battery"], body["lead_off"], quality, body["rssi"], body["spool"]
            self._tell(Status(0, sample, *told))

    def _declare_gaps(self) -> None:
        """What was before this life of ours is not here; what is not there either is told once welcome."""
        self.lanes.hole(0, self._first)

    def _ready(self, ready: Ready) -> None:
        super()._ready(ready)
        for start, stop in SpanSet(ready.welcome.durable).missing(0, self._first):
            self._declare(start, stop, Cause.OTHER)

    def _due(self) -> int:
        return max(self.lanes.acquired, self._here.front() - self._shift)

    def _acquire(self) -> None:
        if not self._resting:
            self._take(self._due())
        self._pump()
        self._later("acquire", PACE, self._acquire)

    def _take(self, stop: int) -> None:
        start = self.lanes.acquired
        if stop <= start:
            return
        window = self._here.recent(start + self._shift, stop + self._shift)
        kept = SpanSet()
        try:
            for low, high in window.present:
                self.spool.append(low - self._shift, window.samples[low - window.start : high - window.start])
                kept.add(low - self._shift, high - self._shift)
            self.spool.sync()
        except StoreError:  # it holds ten minutes already: what comes now is told as lost
            self.spool.sync()
        for low, high in kept.missing(start, stop):
            self._declare(low, high, Cause.OTHER)
        self.lanes.acquire(max(stop, self.lanes.acquired))

    def _status(self) -> None:
        """Only what the patient's own transmitter says (``event``)."""
