"""Late samples: runs that end at holes, and the analysis that catches up when a hole fills (R12).

A stream's samples lie in *runs* parted by holes; the last run is the live one. Each run keeps the analysis
state at its end, so that a block that fills the hole from its beginning is analysed as it arrives. When a
hole is full, the run before it and the one after are one: its state then *chases* through the samples after
the hole, read back from the store, and the beats that the fresh start after the hole had found give way to
its own as it goes. When the chase meets the live edge, its state replaces the live one (house rule 4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from einthoven.base.spans import Span, SpanSet
from einthoven.center.ward_beats import NO_BEATS
from einthoven.center.ward_quiet import Quiet
from einthoven.ecg.beats import order

STATES_MAX = 8
"""States kept for one stream: beyond, the oldest run at a hole gives up its own (about 5 KB each) and is
analysed again from its beginning if its hole fills."""


@dataclass(slots=True, eq=False)
class Run:
    """One run of samples without a hole, before the live one, or the chase through the live one.

    Attributes:
        start, stop: its samples; a chase's ``stop`` is the live edge instead.
        pos: what its own state has analysed, ``[start, pos)``.
        slot: its state, −1 while it has none.
        old: beats of earlier analyses from ``settled`` on; they stand while it chases.
        settled: while it chases, its own beats stand before this sample, the old ones from here on.
        blind: where the old beats are not known any more, because they were handed over.
    """

    start: int
    stop: int
    pos: int
    slot: int = -1
    old: NDArray[np.void] = field(default_factory=lambda: NO_BEATS)
    settled: int = 0
    blind: SpanSet = field(default_factory=SpanSet)


@dataclass(slots=True)
class Late:
    """What is irregular about one stream.

    Attributes:
        runs: runs before the live one that have a state or are to be analysed, in order.
        quiet: all other runs before the live one.
        chase: the analysis that catches up within the live run, if any.
        cursor: the run that the backlog is extending through the fast path, if any.
        changed: spans of beats that changed and were not told yet.
        telling: spans that were told and are not confirmed yet.
    """

    runs: list[Run] = field(default_factory=list)
    quiet: Quiet = field(default_factory=Quiet)
    chase: Run | None = None
    cursor: Run | None = None
    changed: SpanSet = field(default_factory=SpanSet)
    telling: SpanSet = field(default_factory=SpanSet)

    def slots(self) -> list[int]:
        """Every slot it holds."""
        return [run.slot for run in self.all() if run.slot >= 0]

    def all(self) -> Iterator[Run]:
        """Runs, then the chase."""
        yield from self.runs
        if self.chase is not None:
            yield self.chase

    def empty(self) -> bool:
        """Whether nothing is irregular any more."""
        return not (self.runs or self.quiet.spans or self.chase is not None or self.changed or self.telling)

    def untold(self) -> SpanSet:
        """Spans of beats of which nobody has confirmed that they changed."""
        spans = self.changed.copy()
        for low, high in self.telling:
            spans.add(low, high)
        return spans

    def victim(self, spare: Run | None) -> Run | None:
        """The run that gives up its state for another."""
        for run in self.runs:
            if run.slot >= 0 and run.pos == run.stop and run is not spare and run is not self.cursor:
                return run
        return None


def joined(*parts: NDArray[np.void]) -> NDArray[np.void]:
    """Rows of several lists in order, each sample's beat and grades once (the earlier list's)."""
    rows = np.concatenate(parts)
    _, first = np.unique(order(rows), return_index=True)
    return rows[first]


def inherit_late(new: NDArray[np.void], old: NDArray[np.void]) -> NDArray[np.void]:
    """New beats with the late mark that the old analysis gave the same sample, 1 where it had none."""
    at = np.searchsorted(order(old), order(new))
    at = np.minimum(at, max(0, len(old) - 1))
    rows = new.copy()
    if len(old):
        same = order(old)[at] == order(new)
        rows["late"] = np.where(same, old["late"][at], 1)
    return rows


def changed_spans(old: NDArray[np.void], new: NDArray[np.void], apart: int) -> list[Span]:
    """Where two lists of beats differ in more than the late mark.

    Returns:
        Spans of rows that are in one list only, joined when less than ``apart`` lies between.
    """
    gone, come = (rows[~_same_as_in(rows, other)] for rows, other in ((old, new), (new, old)))
    samples = np.union1d(gone["sample"], come["sample"])
    if not len(samples):
        return []
    cuts = np.flatnonzero(np.diff(samples) >= apart)
    firsts = np.concatenate([[0], cuts + 1])
    lasts = np.concatenate([cuts, [len(samples) - 1]])
    pairs = zip(samples[firsts], samples[lasts], strict=True)
    return [Span(int(low), int(high) + 1) for low, high in pairs]


def _same_as_in(rows: NDArray[np.void], other: NDArray[np.void]) -> NDArray[np.bool_]:
    """For each beat, whether the other list has it too, late or not."""
    if not len(other):
        return np.zeros(len(rows), np.bool_)
    twin = other[np.minimum(np.searchsorted(order(other), order(rows)), len(other) - 1)]
    same = np.ones(len(rows), np.bool_)
    for name in ("sample", "code", "leads", "rr_ms", "conf", "template"):
        same &= rows[name] == twin[name]
    return same
