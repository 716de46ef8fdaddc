"""The benchmark of the reviewer's desk still runs, and relabels what it says."""

from __future__ import annotations

import numpy as np
from benchmarks.review_bench import recomputed
from benchmarks.review_store import HALF, Month

from einthoven.ecg.beats import VENTRICULAR


def test_an_hour_is_told_again_without_its_ventricular_beats() -> None:
    month = Month(1 / 24)
    beats = month.beats_between(1, 0, 2 * HALF)
    told = recomputed(month)
    assert told["beats"] == len(beats)
    assert told["relabelled"] == np.count_nonzero(beats["code"] == VENTRICULAR)
    assert told["ventricular"] == 0
