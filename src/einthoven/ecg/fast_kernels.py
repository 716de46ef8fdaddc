"""Whether a rhythm is so fast that its beats come closer than peaks may otherwise stand.

Peaks of the joint height are told apart when 200 ms lie between them, so that nothing within a beat counts
twice; a regular rhythm of 280 a minute and more then loses every other beat. Here a second, closer look is
taken at the same height: where it peaks evenly, alike in size, at such a pace for long enough, nothing but a
rhythm does that, and its peaks may stand closer. The views ``f``, ``w`` and table ``p`` are as in
``kernels``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.design import (
    APART,
    CLOSE,
    S_CLOSE_HEIGHT,
    S_CLOSE_LAST,
    S_CLOSE_MEAN,
    S_CLOSE_RUN,
    S_THRESHOLD,
    STEPS_MHZ,
)
from einthoven.ecg.jit import inner

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

RUN = 12
"""So many intervals in a row."""
LEAST_MS, MOST_MS = 168.0, 222.0
"""As long each of them: 357 to 270 a minute."""
EVEN = 0.06
"""No further than this share from the mean of the run."""
ALIKE = 1.35
"""No peak is so many times higher or lower than the mean of the run."""
SETTLES = 8
"""The means are those of so many."""


@inner
def apart_now(w: I64, p: I64) -> int:
    """Steps that must lie between two peaks."""
    steps: int = p[CLOSE] if w[S_CLOSE_RUN] >= RUN else p[APART]
    return steps


@inner
def follow_close(f: F64, w: I64, p: I64, at: int, height: float) -> None:
    """Take a peak that has none higher within the closer distance, at step ``at``."""
    steps = float(at - w[S_CLOSE_LAST])
    w[S_CLOSE_LAST] = at
    ms, mean, usual = 1e6 * steps / p[STEPS_MHZ], f[S_CLOSE_MEAN], f[S_CLOSE_HEIGHT]
    if ms < LEAST_MS or ms > MOST_MS or height < f[S_THRESHOLD]:
        w[S_CLOSE_RUN], f[S_CLOSE_HEIGHT] = 0, height
        return
    even = abs(steps - mean) <= EVEN * mean or w[S_CLOSE_RUN] == 0
    if not even or height > ALIKE * usual or usual > ALIKE * height:
        w[S_CLOSE_RUN], f[S_CLOSE_MEAN], f[S_CLOSE_HEIGHT] = 1, steps, height
        return
    w[S_CLOSE_RUN] += 1
    share = 1.0 / min(w[S_CLOSE_RUN], SETTLES)
    f[S_CLOSE_MEAN] += share * (steps - mean)
    f[S_CLOSE_HEIGHT] += share * (height - usual)
