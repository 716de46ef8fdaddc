"""Runs at holes that gave their analysis state up: kept as spans, however many there are (R12).

A transmitter that loses a sample in every frame leaves 86,400 holes a day. Nothing happens to the runs
between them until a late block touches one; then that one is taken out and analysed anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from einthoven.base.spans import Span, SpanSet
from einthoven.center.ward_beats import FOR_EVER, NO_BEATS

I64 = NDArray[np.int64]


@dataclass(slots=True)
class Quiet:
    """Runs without a state, none touching another.

    Attributes:
        spans: their samples.
        beats: their beats that are kept nowhere else, in order.
        ends: of each beat, where its run ends.
    """

    spans: SpanSet = field(default_factory=SpanSet)
    beats: NDArray[np.void] = field(default_factory=lambda: NO_BEATS)
    ends: I64 = field(default_factory=lambda: np.zeros(0, np.int64))

    def fold(self, start: int, stop: int, beats: NDArray[np.void]) -> None:
        """Take a run in."""
        self.spans.add(start, stop)
        if len(beats):
            at = int(np.searchsorted(self.beats["sample"], start))
            self.beats = np.concatenate([self.beats[:at], beats, self.beats[at:]])
            self.ends = np.insert(self.ends, at, np.full(len(beats), stop))

    def take(self, start: int, stop: int) -> list[tuple[Span, NDArray[np.void]]]:
        """Let go of the runs that overlap or touch ``[start, stop)``, each with its beats."""
        taken = []
        for span in self.spans.touching(start, stop):
            self.spans.remove(*span)
            low, high = np.searchsorted(self.beats["sample"], span)
            taken.append((span, self.beats[low:high].copy()))
            self.beats = np.concatenate([self.beats[:low], self.beats[high:]])
            self.ends = np.concatenate([self.ends[:low], self.ends[high:]])
        return taken

    def sweep(self, gone: SpanSet, settle: int, line: int) -> None:
        """Forget the beats in ``gone``, but for the end (``settle`` samples) of runs after ``line``."""
        if len(self.beats):
            free = (self.beats["sample"] < self.ends - settle) | (self.ends <= line)
            keep = ~(free & inside(self.beats, gone, FOR_EVER))
            self.beats, self.ends = self.beats[keep], self.ends[keep]

    def between(self, start: int, stop: int) -> NDArray[np.void]:
        """The beats with ``start <= sample < stop``."""
        low, high = np.searchsorted(self.beats["sample"], (start, stop))
        return self.beats[low:high]


def quiet_of(bounds: NDArray[np.int64], beats: NDArray[np.void]) -> Quiet:
    """The same out of spans, int64[n, 2], and beats, both in order."""
    quiet = Quiet(SpanSet((low, high) for low, high in bounds.tolist()), beats)
    if len(beats):
        quiet.ends = bounds[np.searchsorted(bounds[:, 1], beats["sample"], side="right"), 1]
    return quiet


def inside(rows: NDArray[np.void], spans: SpanSet, before: int) -> NDArray[np.bool_]:
    """For each beat, whether it lies in one of the spans and before a sample."""
    found = np.zeros(len(rows), np.bool_)
    if len(rows):
        samples = rows["sample"]
        for low, high in spans.within(int(samples[0]), min(before, int(samples[-1]) + 1)):
            found[np.searchsorted(samples, low) : np.searchsorted(samples, high)] = True
    return found
