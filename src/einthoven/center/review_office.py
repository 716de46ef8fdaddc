"""What people said of a patient's beats, and the strips they gathered, for whoever shows or counts them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from einthoven.base.ids import StreamId
from einthoven.base.instants import MILLISECOND
from einthoven.base.thresholds import Thresholds, shipped
from einthoven.center.desk_books import Books
from einthoven.reports.review_labels import Labels, labels_of
from einthoven.review.relabels import Change
from einthoven.review.strips import Strip


class ReviewDoor(Protocol):
    """What people said of beats, as pages reach it. All calls on the event loop."""

    @property
    def thresholds(self) -> Thresholds:
        """From what on something is a finding."""
        ...

    def labels(self, stream: StreamId) -> tuple[int, Labels]:
        """The labels in force of a stream, and their revision."""
        ...

    def changes(self, stream: StreamId) -> list[dict[str, Any]]:
        """Every change of a stream's beats, the newest first, JSON-ready."""
        ...

    def strips(self, stream: StreamId) -> list[dict[str, Any]]:
        """The cart of a stream, by time, JSON-ready."""
        ...


class NoReview:
    """A center without a desk: nobody said anything."""

    thresholds = shipped()

    def labels(self, _stream: StreamId) -> tuple[int, Labels]:
        """None."""
        return 0, Labels()

    def changes(self, _stream: StreamId) -> list[dict[str, Any]]:
        """None."""
        return []

    def strips(self, _stream: StreamId) -> list[dict[str, Any]]:
        """None."""
        return []


@dataclass(slots=True)
class ReviewOffice:
    """Asks the desk's books. All calls on the event loop; what it returns is never changed.

    Attributes:
        books: of the desk.
    """

    books: Books
    _kept: dict[StreamId, tuple[int, Labels]] = field(default_factory=dict)

    @property
    def thresholds(self) -> Thresholds:
        """From what on something is a finding."""
        return self.books.criteria.base

    def labels(self, stream: StreamId) -> tuple[int, Labels]:
        """The labels in force of a stream, and their revision: another number, other labels."""
        revision = self.books.relabels.revision.get(stream, 0)
        kept = self._kept.get(stream)
        if kept is None or kept[0] != revision:
            kept = revision, labels_of(self.books.relabels.in_force(stream))
            self._kept[stream] = kept
        return kept

    def changes(self, stream: StreamId) -> list[dict[str, Any]]:
        """Every change of a stream's beats, the newest first, JSON-ready: who, when, what, why, taken back or
        not."""
        return [self._change(one) for one in reversed(self.books.relabels.of(stream))]

    def strips(self, stream: StreamId) -> list[dict[str, Any]]:
        """The cart, by time, JSON-ready."""
        return [self._strip(one) for one in self.books.strips.of(stream)]

    def _change(self, one: Change) -> dict[str, Any]:
        undone = one.undone
        return {
            "change": one.number,
            "case": one.case,
            "at_ms": one.at // MILLISECOND,
            "by": self.books.actor(one.by),
            "to": sorted(one.labels),
            "was": dict(one.was),
            "count": one.count,
            "why": one.why,
            "added": one.added,
            "first": one.first,
            "undone": None
            if undone is None
            else {"by": self.books.actor(undone[0]), "at_ms": undone[1] // MILLISECOND},
        }

    def _strip(self, one: Strip) -> dict[str, Any]:
        return {
            "strip": one.number,
            "start": one.start,
            "stop": one.stop,
            "leads": list(one.leads),
            "caption": one.caption,
            "by": self.books.actor(one.by),
            "at_ms": one.at // MILLISECOND,
            "case": one.case,
        }
