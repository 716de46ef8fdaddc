"""Ventricular beats that come in fast groups: a tachycardia of which some beats are not found.

Where the axis of a tachycardia turns, as in a torsade, its beats become small in every lead for a while and
are missed; what is found is groups of fast beats, with gaps between them in which no normal beat comes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.jit import inner
from einthoven.ecg.rhythm_layout import R_RR, TH_TORSADE
from einthoven.ecg.rhythm_slots import beat_at, kept

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

LOOKED = 8
"""So many intervals of a run say whether its beats come in groups."""
FAST_LEAST = 4
"""So many of them are fast at the least, and more than half: the rate of a torsade or above."""
EVEN = 1.35
"""The longest of the fast ones is no more than this many times the shortest: beats of noise are uneven."""
GAP_MS = 2000
"""No gap between groups is longer."""


@inner
def fast_intervals(w: I64, th: F64, total: int) -> tuple[int, int, float, float]:
    """Of the last intervals of a run of ``total`` beats: how many there are, how many are fast, the mean of
    the fast ones in ms, and how many times the shortest of them the longest is.

    None are counted where one is longer than a gap.
    """
    looked = min(total - 1, LOOKED, kept(w) - 1)
    count, sum_ms, low, high = 0, 0.0, 1e12, 0.0
    for back in range(looked):
        rr = float(w[beat_at(w, back) + R_RR])
        if rr <= 0.0 or rr > GAP_MS:
            return looked, 0, 0.0, 0.0
        if rr * th[TH_TORSADE] <= 60_000.0:
            count += 1
            sum_ms += rr
            low, high = min(low, rr), max(high, rr)
    return looked, count, sum_ms / max(1, count), high / low


@inner
def grouped(w: I64, th: F64, total: int) -> float:
    """Mean interval of the fast beats of a run that comes in groups; 0 where it does not."""
    looked, count, mean, spread = fast_intervals(w, th, total)
    return mean if count >= FAST_LEAST and 2 * count > looked and spread <= EVEN else 0.0


@inner
def hurried(w: I64, th: F64, total: int) -> bool:
    """Whether half of a run's last intervals or more are fast: that is no slow rhythm of the ventricles."""
    looked, count, _, _ = fast_intervals(w, th, total)
    return bool(count > 0 and 2 * count >= looked)
