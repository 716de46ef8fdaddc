"""Why samples are missing: every hole gets its cause (R2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from einthoven.base.spans import Span, SpanSet

AWAITED = "not yet received"
"""The cause while the transmitter has said nothing of a hole: its samples may still come."""


@dataclass(frozen=True, slots=True)
class Hole:
    """Samples ``[start, stop)`` are not stored.

    Attributes:
        start, stop: sample indices.
        cause: as the transmitter declared it (``power``, ``lead-off``, …), or ``not yet received``.
        declared: whether the transmitter declared it, so that the samples will never come.
    """

    start: int
    stop: int
    cause: str
    declared: bool


def explain(missing: Iterable[Span], declared: Iterable[tuple[int, int, str]]) -> list[Hole]:
    """Every missing span with its cause, in order, touching pieces of one cause joined.

    Args:
        missing: spans that are not stored.
        declared: (start, stop, cause) of each hole that the transmitter declared; the first to name an index
            rules.
    """
    left = SpanSet(missing)
    found: list[Hole] = []
    for start, stop, cause in declared:
        for span in left.within(start, stop):
            found.append(Hole(span.start, span.stop, cause, True))
        left.remove(start, stop)
    found += [Hole(span.start, span.stop, AWAITED, False) for span in left]
    found.sort(key=lambda hole: hole.start)
    joined: list[Hole] = []
    for hole in found:
        last = joined[-1] if joined else None
        if last and last.stop == hole.start and (last.cause, last.declared) == (hole.cause, hole.declared):
            joined[-1] = Hole(last.start, hole.stop, last.cause, last.declared)
        else:
            joined.append(hole)
    return joined
