"""The live picture as the center sees it: one thing to tell of streams, links, events and samples.

Implements ``intake_world.Observer``. All calls on the event loop.
"""

from __future__ import annotations

from collections.abc import Sequence

from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.center.census import Census
from einthoven.center.live import LiveHub
from einthoven.center.ports import StreamEvent, StreamFacts
from einthoven.link.blocks import SampleBatch


class LivePicture:
    """Census and hub, told together."""

    def __init__(self, census: Census, hub: LiveHub) -> None:
        self.census = census
        self.hub = hub

    def admit(self, facts: StreamFacts, front: int = 0, received: Instant = 0) -> None:
        """Facts of a stream are new or changed.

        Args:
            front, received: one past its newest sample, and when that came, where known after a restart.
        """
        self.census.admit(facts, front, received)
        self.hub.admit(facts.stream, facts.layout, front, received or (self.census.began if front else 0))

    def discharge(self, stream: StreamId) -> None:
        """A stream is no longer shown at all."""
        self.census.discharge(stream)
        self.hub.discharge(stream)

    def arrived(self, batches: Sequence[SampleBatch]) -> None:
        """The ward has taken these in; tell it after the step, so that its ring holds what is shown."""
        for batch in batches:
            stops = batch.start + batch.count
            self.hub.arrived(batch.stream, batch.start, stops, batch.received)
            self.census.arrived(batch.stream, stops, batch.received)

    def link_up(self, stream: StreamId, at: Instant, session: int = 0) -> None:
        """A transmitter is connected."""
        self.census.link_up(stream, at, session)

    def link_down(self, stream: StreamId, at: Instant, reason: str, session: int = 0) -> None:
        """Its connection ended."""
        self.census.link_down(stream, at, reason, session)

    def event(self, event: StreamEvent) -> None:
        """A mark, a status or a declared hole is durable."""
        self.census.event(event)

    def backlog(self, stream: StreamId, seconds: float) -> None:
        """How much the transmitter still holds."""
        self.census.backlog(stream, seconds)

    def storing(self, state: str, at: Instant) -> None:
        """Storing is ok, full or failing."""
        self.census.storing(state, at)
