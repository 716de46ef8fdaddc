"""The calibration square wave in the frequency of a tone: where it is, how large, how fast (R6).

A transmitter that calibrates plays a square wave of known millivolts before the ECG (US patent 3,872,251:
about 5 Hz for about 5 s). Two levels, both held half of the time, at a steady pace: no ECG looks so. What is
asked of a stretch: at least two periods; edges at even distances; and the two levels explain nine tenths of
its variance (of a sine, as of ventricular flutter, they explain 8/π² = 0.81).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from einthoven.telephone.demodulate import MID_HZ

F64 = NDArray[np.float64]
EXPLAINED: Final = 0.9
UNEVEN: Final = 0.12
"""Largest deviation of the distance of edges, of their mean."""
SPAN_LEAST_HZ, SPAN_MOST_HZ = 15.0, 900.0
PERIODS_LEAST: Final = 3.0
SPEEDS: Final = (1, 3)


@dataclass(frozen=True, slots=True)
class Square:
    """A square wave that was found.

    Attributes:
        start, stop: places in the 750 values a second.
        hz: its pace on the line.
        low_hz, high_hz: its two levels, beside the centre.
    """

    start: int
    stop: int
    hz: float
    low_hz: float
    high_hz: float

    @property
    def span_hz(self) -> float:
        """From bottom to top."""
        return self.high_hz - self.low_hz


def find_square(f: F64, paces_hz: tuple[float, ...]) -> Square | None:
    """The first square wave of one of these paces (±30 %), None where there is none.

    Args:
        f: frequencies, 750 a second.
        paces_hz: what its pace on the line may be.
    """
    for pace in paces_hz:
        # A wave that is three times as fast is sought through a filter three times as wide.
        wide = max(1, round(MID_HZ / pace * 0.06)) | 1
        smooth = np.convolve(np.pad(f, wide // 2, mode="edge"), np.ones(wide) / wide, "valid")
        window = round(2.2 * MID_HZ / pace)
        runs = [
            at for at in range(0, len(f) - window + 1, window // 8) if _is_square(smooth, at, window, pace)
        ]
        if runs:
            found = _whole(smooth, runs, window)
            if found is not None and (found.stop - found.start) * found.hz / MID_HZ >= PERIODS_LEAST - 0.6:
                return found
    return None


def _is_square(f: F64, at: int, window: int, pace: float) -> bool:
    part = f[at : at + window]
    low, high = np.percentile(part, (10, 90))
    if not SPAN_LEAST_HZ <= high - low <= SPAN_MOST_HZ:
        return False
    middle = (low + high) / 2
    up = part > middle
    edges = _edges(part, middle)
    if len(edges) < 4:
        return False
    apart = np.diff(edges)
    if np.abs(apart - apart.mean()).max() > UNEVEN * apart.mean():
        return False
    if not 0.7 <= MID_HZ / (2 * apart.mean()) / pace <= 1.3:
        return False
    left = part - np.where(up, part[up].mean(), part[~up].mean())
    return float(left.var()) <= (1 - EXPLAINED) * float(part.var())


def _edges(part: F64, middle: float) -> F64:
    """Where the middle is crossed, between samples."""
    up = part > middle
    at = np.flatnonzero(up[1:] != up[:-1])
    share = (middle - part[at]) / (part[at + 1] - part[at])
    return np.asarray(at + share, np.float64)


def _whole(f: F64, runs: list[int], window: int) -> Square | None:
    stop = runs[0]
    for at in runs:
        if at > stop + window:
            break
        stop = at
    start, stop = runs[0], stop + window
    part = f[start:stop]
    low, high = np.percentile(part, (10, 90))
    edges = _edges(part, (low + high) / 2)
    if len(edges) < 3:
        return None
    half = (edges[-1] - edges[0]) / (len(edges) - 1)
    # Levels are read in the middle of each half period, clear of the edges.
    tops: list[float] = []
    bottoms: list[float] = []
    for left, right in pairwise(edges):
        quarter = (right - left) / 4
        value = float(np.median(part[int(left + quarter) : int(right - quarter) + 1]))
        (tops if value > (low + high) / 2 else bottoms).append(value)
    if not tops or not bottoms:
        return None
    # Behind the last edge may lie half a period more, or the ECG already: none of the ECG is given away.
    ended = start + edges[-1] + 0.1 * half
    begun = start + edges[0] - half
    levels = float(np.median(bottoms)), float(np.median(tops))
    return Square(max(0, round(begun)), min(len(f), round(ended)), MID_HZ / (2 * half), *levels)
