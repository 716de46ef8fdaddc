"""Marks, statuses and declared holes on their way to the facts; acknowledged when durable (R3, R8)."""

from __future__ import annotations

from collections.abc import Callable, Collection

from einthoven.base.errors import StoreError
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.center.intake_world import Door, IntakeWorld, as_fact
from einthoven.center.ports import StreamEvent
from einthoven.link.messages import Hole, Mark, Status

WAITING_MAX = 20_000
"""Events that wait for the facts: some 10 MB. What comes beyond is asked for again when there is room."""
UNDER_WAY_MAX = 4
"""Batches handed to the facts and not answered; the next waits here, where it is counted."""


class Events:
    """Events that wait to be stored.

    Args:
        world: of the intake.
        acknowledge: tells a door that events up to a number are durable.
    """

    def __init__(self, world: IntakeWorld, acknowledge: Callable[[Door, int, Instant], None]) -> None:
        self._world = world
        self._acknowledge = acknowledge
        self._waiting: list[tuple[Door, StreamEvent]] = []
        self._under_way = 0
        self._lost: dict[Door, None] = {}

    def told(self, door: Door, stream: StreamId, event: Mark | Status | Hole, now: Instant) -> None:
        """A transmitter told something."""
        if len(self._waiting) >= WAITING_MAX:
            self._not_stored(door)
            return
        if isinstance(event, Hole):
            assert door.state is not None
            door.state.never.add(event.sample, event.stop)
        self._waiting.append((door, as_fact(stream, event, now)))

    def record(self) -> None:
        """Hand what waits to the facts, unless they are still busy with what came before."""
        if not self._waiting or self._under_way >= UNDER_WAY_MAX:
            return
        events, self._waiting = self._waiting, []
        self._under_way += 1

        def done(error: StoreError | None) -> None:
            self._under_way -= 1
            self._durable(events, error)

        self._world.directory.record_events([event for _, event in events], done)

    def _durable(self, events: list[tuple[Door, StreamEvent]], error: StoreError | None) -> None:
        now = self._world.clock.wall()
        for door, event in events:
            state = self._world.streams.get(event.stream)
            if state is None:
                continue
            if error is not None:
                self._not_stored(door)
                continue
            state.last_event = max(state.last_event, event.number)
            self._world.observer.event(event)
            if not door.gone:
                self._acknowledge(door, state.last_event, now)

    def _not_stored(self, door: Door) -> None:
        self._world.tally.add("events_not_stored")
        self._lost[door] = None

    def lost(self) -> Collection[Door]:
        """Those whose events were not stored since the last call: they must send them again."""
        lost, self._lost = self._lost, {}
        return lost
