"""P before one live beat, in one call: whether it is the usual one, and how long before the QRS complex.

State ``f`` is that of ``waves_p``; all zero at the start of a stream and behind a gap.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.ecg.waves_beat import earliest_p, p_borders
from einthoven.ecg.waves_kernels import (
    MARKS,
    P_NEAR,
    P_ON,
    P_SPREAD,
    QRS_OFF,
    QRS_ON,
    SMOOTH_FINE,
    qrs_borders,
    smooth,
)
from einthoven.ecg.waves_p import p_centre, p_evidence, p_learn, p_solid

F64 = NDArray[np.float64]

B_SCORE, B_PR_MS, B_SOLID, B_QRS_MS = range(4)
"""What ``p_before`` tells: how well the usual P wave is seen before the beat (0 … 1, −1 not decidable), PR in
ms (0: no P seen), whether the beats share a P wave at all (0 … 1, −1 too few), QRS in ms (0: not seen)."""
TOLD = 4
SEEN = 0.06
GUIDED, SPREAD_GUIDED_S = 0.5, 0.06


@njit(nogil=True)
def p_before(f: F64, y: F64, fid: int, rr_s: float, t_end: int, learn: bool, fs: float, told: F64) -> None:
    """P of one beat.

    Args:
        f: the state; learns the beat when told to.
        y: float64[leads, n], µV, from 0.5 s before the beat or earlier to 0.2 s behind it or later.
        fid: index of its fiducial point.
        rr_s: interval to the beat before, seconds; 0 where there is none.
        t_end: index where the T wave before ends, as far as known; −n or less when it is not.
        learn: whether this is a normal beat that is not premature.
        fs: steps a second, 93–400.
        told: float64[TOLD], takes the results.
    """
    leads, n = y.shape
    told[B_SCORE], told[B_PR_MS], told[B_SOLID], told[B_QRS_MS] = -1.0, 0.0, -1.0, 0.0
    s, out = np.empty((leads, n)), np.full((leads + 1, MARKS), -1)
    for lead in range(leads):
        smooth(y[lead], int(SMOOTH_FINE * fs + 0.5), s[lead])
    qrs_borders(s, fid, fs, out)
    on = out[0, QRS_ON]
    if on < 0:
        return
    told[B_QRS_MS] = (out[0, QRS_OFF] - on) * 1000.0 / fs
    earliest = max(earliest_p(fid, rr_s, fs), t_end)
    score, solid = p_evidence(f, s, on, earliest, fs), p_solid(f, leads, fs)
    told[B_SCORE], told[B_SOLID] = score, solid
    if score >= SEEN:
        near, spread = P_NEAR, P_SPREAD
        if solid >= GUIDED:
            near, spread = p_centre(f, leads, fs) / fs, SPREAD_GUIDED_S
        p_borders(s, earliest, near, spread, fs, out)
        if 0 <= out[0, P_ON] < on:
            told[B_PR_MS] = (on - out[0, P_ON]) * 1000.0 / fs
    if learn:
        p_learn(f, s, on, earliest, fs)
