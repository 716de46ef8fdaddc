"""The order in which cases are to be worked on: urgency, then age (issue 4, section 3).

Kept sorted: a change finds its place in O(log n) comparisons, the list is there without sorting.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import TypeAlias

from einthoven.review.case import Case, State

Key: TypeAlias = tuple[int, int, int, int, int]


def urgency(case: Case) -> Key:
    """What a case is ordered by: an emergency that runs, then tier, then escalated ones, then the oldest;
    the number makes the order total, so it never flickers."""
    return (
        int(case.emergency is None),
        case.tier.rank,
        int(not case.escalated),
        case.opened_at,
        case.number,
    )


class Worklist:
    """Cases that are not closed, the most urgent first."""

    __slots__ = ("_keys", "_sorted")

    def __init__(self) -> None:
        self._sorted: list[Key] = []
        self._keys: dict[int, Key] = {}

    def put(self, case: Case) -> None:
        """Take a case as it is now: it moves, comes, or goes when it is closed."""
        key = None if case.state is State.CLOSED else urgency(case)
        before = self._keys.get(case.number)
        if key == before:
            return
        if before is not None:
            del self._sorted[bisect_left(self._sorted, before)]
            del self._keys[case.number]
        if key is not None:
            insort(self._sorted, key)
            self._keys[case.number] = key

    def __iter__(self) -> Iterator[int]:
        """Numbers, the most urgent first."""
        return (key[-1] for key in self._sorted)

    def __len__(self) -> int:
        return len(self._sorted)

    def __contains__(self, number: object) -> bool:
        return number in self._keys

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Worklist) and self._sorted == other._sorted

    __hash__ = None  # type: ignore[assignment]
