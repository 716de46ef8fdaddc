"""Whether samples are being stored, judged from the store's answers, and who must send again (R8, R44)."""

from __future__ import annotations

from collections.abc import Iterable

from einthoven.base.errors import StoreError, StoreFullError
from einthoven.base.ids import StreamId

OK, FULL, FAILING = "ok", "full", "failing"


class Storing:
    """State of storing; every batch that is handed to the store has a number.

    Storing counts as well again when a batch succeeds that was handed over after the last failure was heard
    of: one that stood in the queue before says nothing of what comes after it. Else a stalled disk, whose
    queue refuses and drains in turn, would flap, and each time everybody would send everything again.

    Attributes:
        state: ``"ok"``, ``"full"`` or ``"failing"``.
    """

    def __init__(self) -> None:
        self.state = OK
        self._handed = 0
        self._failed_at = 0
        self._missed: dict[StreamId, None] = {}

    def hand_over(self) -> int:
        """The number of the next batch."""
        self._handed += 1
        return self._handed

    def failed(self, streams: Iterable[StreamId], error: StoreError) -> bool:
        """Samples of these streams were not stored; whether the state changed."""
        self._failed_at = self._handed
        self._missed.update(dict.fromkeys(streams))
        before, self.state = self.state, FULL if isinstance(error, StoreFullError) else FAILING
        return before != self.state

    def succeeded(self, number: int) -> bool:
        """A batch is durable; whether storing is well again only now."""
        if self.state == OK or number <= self._failed_at:
            return False
        self.state = OK
        return True

    def missed(self) -> list[StreamId]:
        """Streams of which something was not stored since the last call: they must send again."""
        missed, self._missed = list(self._missed), {}
        return missed
