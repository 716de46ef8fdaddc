"""What the center has of a stream: accepted, in flight to the disk, durable (R2, R8).

Every sample index is absent, in flight (handed to the store, not yet synced) or durable. A sample is handed
to the store once, however often and in whatever cutting it comes; when storing fails it is absent again and
counts once when it comes again (ARCHITECTURE rule 7).
"""

from __future__ import annotations

from collections.abc import Iterable

from einthoven.base.spans import Span, SpanSet


class Ledger:
    """The samples of one stream at the center; outlives connections.

    Args:
        durable: spans that the store holds.

    Attributes:
        durable: synced to disk; may be acknowledged at any time, any number of times.
        accepted: durable or in flight.
    """

    __slots__ = ("accepted", "durable")

    def __init__(self, durable: Iterable[tuple[int, int]] = ()) -> None:
        self.durable = SpanSet(durable)
        self.accepted = self.durable.copy()

    @property
    def in_flight(self) -> int:
        """Samples accepted and not yet durable."""
        return self.accepted.total - self.durable.total

    def accept_next(self, start: int, stop: int) -> bool:
        """Take ``[start, stop)`` if it goes on exactly behind everything accepted; whether it did."""
        return self.accepted.extend(start, stop)

    def accept(self, start: int, stop: int) -> list[Span]:
        """Take ``[start, stop)``; the parts that were absent and must be stored now, in order."""
        return self.accepted.add(start, stop)

    def committed(self, start: int, stop: int) -> None:
        """``[start, stop)`` is durable."""
        if not self.accepted.covers(start, stop):
            self.accepted.add(start, stop)
        if not self.durable.extend(start, stop):
            self.durable.add(start, stop)

    def failed(self, start: int, stop: int) -> None:
        """Storing ``[start, stop)`` failed: what of it is not durable is absent again."""
        for span in self.durable.missing(start, stop):
            self.accepted.remove(span.start, span.stop)

    def acknowledgeable(self, start: int, stop: int) -> list[Span]:
        """The durable parts of ``[start, stop)``: what to acknowledge at once when it is sent again."""
        return self.durable.within(start, stop)

    def holes(self) -> list[Span]:
        """Absent below the highest accepted index: not (yet) received."""
        return self.accepted.missing(0, self.accepted.stop)

    def newest(self, limit: int) -> tuple[tuple[Span, ...], bool]:
        """The newest ``limit`` durable spans, ascending, and whether older ones were left out (WELCOME)."""
        spans = tuple(self.durable)
        return spans[-limit:], len(spans) > limit
