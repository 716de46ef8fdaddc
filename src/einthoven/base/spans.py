"""Spans of sample indices, and sets of them: the arithmetic of what is stored, missing and acknowledged."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Span(NamedTuple):
    """Sample indices ``start`` up to but not including ``stop``; ``start < stop`` in every set."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        """Number of indices."""
        return self.stop - self.start


class SpanSet:
    """A set of sample indices held as sorted, disjoint, non-touching spans.

    Appending at the end, the common case of a live stream, costs O(1).
    """

    __slots__ = ("_starts", "_stops")

    def __init__(self, spans: Iterable[tuple[int, int]] = ()) -> None:
        self._starts: list[int] = []
        self._stops: list[int] = []
        for start, stop in spans:
            self.add(start, stop)

    def add(self, start: int, stop: int) -> list[Span]:
        """Put ``[start, stop)`` in; the parts of it that were not in before, in order."""
        if start >= stop:
            return []
        starts, stops = self._starts, self._stops
        if stops and start == stops[-1]:
            stops[-1] = stop
            return [Span(start, stop)]
        if not stops or start > stops[-1]:
            starts.append(start)
            stops.append(stop)
            return [Span(start, stop)]
        fresh = self.missing(start, stop)
        low = bisect_left(stops, start)
        high = bisect_right(starts, stop)
        if low < high:
            start, stop = min(start, starts[low]), max(stop, stops[high - 1])
        starts[low:high] = [start]
        stops[low:high] = [stop]
        return fresh

    def extend(self, start: int, stop: int) -> bool:
        """Put ``[start, stop)`` (not empty) in if it goes on exactly where the set ends, or the set is empty.

        The quick way of a live stream.

        Returns:
            Whether it did; if not, nothing was changed.
        """
        stops = self._stops
        if not stops:
            self._starts.append(start)
            stops.append(stop)
            return True
        if stops[-1] == start:
            stops[-1] = stop
            return True
        return False

    def remove(self, start: int, stop: int) -> None:
        """Take every index of ``[start, stop)`` out."""
        if start >= stop:
            return
        starts, stops = self._starts, self._stops
        low = bisect_right(stops, start)
        high = bisect_left(starts, stop)
        if low >= high:
            return
        keep: list[Span] = []
        if starts[low] < start:
            keep.append(Span(starts[low], start))
        if stops[high - 1] > stop:
            keep.append(Span(stop, stops[high - 1]))
        starts[low:high] = [span.start for span in keep]
        stops[low:high] = [span.stop for span in keep]

    def missing(self, start: int, stop: int) -> list[Span]:
        """The parts of ``[start, stop)`` that are not in the set, in order."""
        holes: list[Span] = []
        at = start
        for index in range(bisect_right(self._stops, start), len(self._starts)):
            if self._starts[index] >= stop:
                break
            if at < self._starts[index]:
                holes.append(Span(at, self._starts[index]))
            at = max(at, self._stops[index])
        if at < stop:
            holes.append(Span(at, stop))
        return holes

    def within(self, start: int, stop: int) -> list[Span]:
        """The parts of ``[start, stop)`` that are in the set, in order."""
        found: list[Span] = []
        for index in range(bisect_right(self._stops, start), len(self._starts)):
            if self._starts[index] >= stop:
                break
            found.append(Span(max(start, self._starts[index]), min(stop, self._stops[index])))
        return found

    def touching(self, start: int, stop: int) -> list[Span]:
        """The whole spans that share an index with ``[start, stop)`` or touch it, in order."""
        low, high = bisect_left(self._stops, start), bisect_right(self._starts, stop)
        return [Span(*pair) for pair in zip(self._starts[low:high], self._stops[low:high], strict=True)]

    def after(self, index: int) -> int | None:
        """The lowest index of the set that is not below ``index``, None where there is none."""
        at = bisect_right(self._stops, index)
        return max(index, self._starts[at]) if at < len(self._starts) else None

    def bounds(self) -> tuple[list[int], list[int]]:
        """Starts and stops of all spans, as lists of their own: the quick way to copy many."""
        return self._starts.copy(), self._stops.copy()

    def covers(self, start: int, stop: int) -> bool:
        """Whether every index of ``[start, stop)`` is in the set."""
        if start >= stop:
            return True
        index = bisect_right(self._starts, start) - 1
        return index >= 0 and stop <= self._stops[index]

    @property
    def start(self) -> int:
        """The lowest index, 0 for an empty set."""
        return self._starts[0] if self._starts else 0

    @property
    def stop(self) -> int:
        """One past the highest index, 0 for an empty set."""
        return self._stops[-1] if self._stops else 0

    @property
    def total(self) -> int:
        """How many indices are in the set."""
        return sum(self._stops) - sum(self._starts)

    def copy(self) -> SpanSet:
        """A set of its own with the same spans."""
        other = SpanSet()
        other._starts = self._starts.copy()
        other._stops = self._stops.copy()
        return other

    def __iter__(self) -> Iterator[Span]:
        return (Span(start, stop) for start, stop in zip(self._starts, self._stops, strict=True))

    def __len__(self) -> int:
        """Number of spans (not of indices)."""
        return len(self._starts)

    def __bool__(self) -> bool:
        return bool(self._starts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SpanSet) and self._starts == other._starts and self._stops == other._stops

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"SpanSet({[tuple(span) for span in self]})"
