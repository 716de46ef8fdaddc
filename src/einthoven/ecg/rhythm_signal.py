"""What the rhythm stage reads from the last seconds of signal that the second stage keeps."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.ecg.jit import inner
from einthoven.ecg.study_layout import (
    D_COUNT,
    D_FIRST,
    GRID_HZ,
    GRID_MS,
    T_AT_RING,
    T_GROUP,
    T_RATE_MHZ,
    T_RING,
)
from einthoven.ecg.study_signal import resample

F64 = NDArray[np.float64]
I16 = NDArray[np.int16]
I64 = NDArray[np.int64]

PEAK_S, LEVEL_S = 0.08, 0.24
"""The largest deflection is looked for so far around a beat, against the mean so far around it."""


@njit(nogil=True)
def stretch(w: I64, r: I16, q: I64, start: float, unit_uv: F64, x: F64) -> bool:
    """Fill ``x`` float64[leads, n], µV, from sample ``start`` on, in steps of the grid, lightly smoothed.

    Args:
        w, r: the second stage's words as int64 and int16. q: its table.
        start: sample index, need not be whole.
        unit_uv: float64[leads], microvolts of a unit; may be of fewer leads than there are.

    Returns:
        False when the ring does not hold it, not yet or not any more.
    """
    group, ring = q[T_GROUP], q[T_RING]
    step = GRID_MS * q[T_RATE_MHZ] / (1e6 * group)
    first = (start - w[D_FIRST] - 0.5 * (group - 1)) / group - step
    newest, oldest, n = w[D_COUNT] - 1, max(0, w[D_COUNT] - ring), x.shape[1]
    if first < oldest or first + (n + 1) * step > newest:
        return False
    for lead in range(len(x)):
        at = 4 * q[T_AT_RING] + lead * ring
        resample(r, at, ring, unit_uv[lead], first, step, oldest, newest, x[lead])
    return True


@inner
def peak_uv(w: I64, r: I16, q: I64, sample: int, unit_uv: F64) -> float:
    """Largest deflection of a beat on the first lead, with its sign, µV; 0 when it is out of reach."""
    n, near = int(2 * LEVEL_S * GRID_HZ), int(PEAK_S * GRID_HZ)
    x = np.empty((1, n))
    if not stretch(w, r, q, sample - LEVEL_S * q[T_RATE_MHZ] / 1000.0, unit_uv, x):
        return 0.0
    level, peak = x[0].mean(), 0.0
    for k in range(n // 2 - near, n // 2 + near + 1):
        if abs(x[0, k] - level) > abs(peak):
            peak = x[0, k] - level
    return peak
