"""Counters of the center: plain numbers by name, read by the metrics page and the tests."""

from __future__ import annotations

from collections import Counter


class Tally:
    """Named counters; a name is a short fixed word with at most one label.

    Written by the thread that owns what is counted; another thread reads an old number or a new one.
    """

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, name: str, label: str = "", amount: int = 1) -> None:
        """Count ``amount`` more."""
        self._counts[name, label] += amount

    def count(self, name: str, label: str = "") -> int:
        """How many so far."""
        return self._counts[name, label]

    def all(self) -> dict[tuple[str, str], int]:
        """Every counter: (name, label) to number."""
        return dict(self._counts)
