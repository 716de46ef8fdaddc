"""The transmitter's events until they are durable at the center: numbered, in order, told once (R3, R4)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from einthoven.link.messages import Event, Hole, Mark, Status

_Event = TypeVar("_Event", Mark, Status, Hole)


class Outbox:
    """Events numbered from 1 without a hole, kept until acknowledged; outlives connections.

    Args:
        pending: what an earlier run kept, by number.
        last: the last number given away; None when the transmitter's memory is gone or new: then numbers are
            provisional until a WELCOME tells where the center stands.

    The host keeps ``pending`` and ``last`` on its disk before it sends; nothing is dropped here.
    """

    __slots__ = ("_known", "_offered", "_pending", "_sent", "last")

    def __init__(self, pending: Iterable[Event] = (), last: int | None = None) -> None:
        self._pending: deque[Event] = deque(pending)
        self._known = last is not None
        self._sent = 0
        self.last = max([last or 0, *(event.number for event in self._pending)])
        self._offered = self.last

    @property
    def pending(self) -> list[Event]:
        """Events that are not known to be durable."""
        return list(self._pending)

    def add(self, event: _Event) -> _Event:
        """Number the event (its own number is ignored) and keep it; the numbered event."""
        self.last += 1
        numbered = replace(event, number=self.last)
        self._pending.append(numbered)
        return numbered

    def connected(self, last_event: int) -> None:
        """A connection is welcomed: events up to ``last_event`` are durable, the rest go again.

        Where the numbers are provisional, or the center stands before what it once acknowledged, what is
        kept is renumbered to follow ``last_event``: a repeat in the record is better than a lost mark. So it
        is where ``last_event`` is a number that was never sent from here: somebody else with the same key
        used it, and it stands for another event.
        """
        if self._known and last_event <= self._offered:
            self.acked(last_event)
        if self._pending and self._pending[0].number != last_event + 1:
            self._pending = deque(
                replace(event, number=last_event + 1 + index) for index, event in enumerate(self._pending)
            )
        self._known = True
        self.last = last_event + len(self._pending)
        self._offered = last_event
        self._sent = 0

    def acked(self, last_event: int) -> None:
        """Every event up to ``last_event`` is durable; what was never sent is not, whatever the number."""
        while self._pending and self._pending[0].number <= min(last_event, self._offered):
            self._pending.popleft()
            self._sent = max(0, self._sent - 1)

    def doubt(self) -> None:
        """Another connection took over, perhaps somebody else's: numbers say nothing until a WELCOME."""
        self._known = False

    def resend(self) -> None:
        """What is unacknowledged was not stored: it goes again."""
        self._sent = 0

    def due(self) -> list[Event]:
        """Events to send now, in order; what it returns counts as sent."""
        events = list(self._pending)[self._sent :]
        self._sent = len(self._pending)
        self._offered = max(self._offered, self.last)
        return events
