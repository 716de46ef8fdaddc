"""What is usual for one patient: intervals, the underlying rhythm, how much beats differ among themselves."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.ecg.jit import inner
from einthoven.ecg.study_layout import (
    BEAT_WORDS,
    BEATS,
    D_BASE,
    D_MEASURED,
    D_RR,
    D_RR_COUNT,
    D_RUN,
    D_SLOW,
    H_P,
    H_P_SPREAD,
    H_RESID,
    H_RESID_SPREAD,
    H_T,
    H_T_SPREAD,
    H_TOTAL,
    P_FROM,
    P_TO,
    RR_KEPT,
    T_AT_BEATS,
    UNHURRIED,
    V_P_CORR,
    V_P_ODD,
    V_P_USUAL,
    V_R_SLOW,
    V_RESID_ODD,
    V_RESID_REF,
    V_SLOW_CORR,
    V_SLOW_P,
    V_SLOW_P_BEST,
    V_SLOW_P_LAG,
    V_SLOW_P_ODD,
    V_T_CORR,
    V_T_ODD,
)
from einthoven.ecg.study_measure import TINY, best_shift, detrended, p_search, qrs_figures
from einthoven.ecg.study_shapes import load_shape, settle_shape, shape_row

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
I64 = NDArray[np.int64]


@inner
def usual_rr(f: F64, w: I64) -> float:
    """Median of the last eight intervals in ms; NaN before the third."""
    count = min(w[D_RR_COUNT], RR_KEPT)
    if count < 3:
        return np.nan
    used = min(count, 8)
    last = np.empty(used)
    for k in range(used):
        last[k] = f[D_RR + (w[D_RR_COUNT] - 1 - k) % RR_KEPT]
    last.sort()
    return float(0.5 * (last[(used - 1) // 2] + last[used // 2]))


@inner
def slow_interval(f: F64, w: I64) -> float:
    """The interval that one in eight of the last are not shorter than, ms; NaN before the eighth."""
    count = min(w[D_RR_COUNT], RR_KEPT)
    if count < 8:
        return np.nan
    rr = np.sort(f[D_RR : D_RR + count])
    return float(rr[count - 1 - count // 8])


@inner
def unhurried(
    f: F64,
    w: I64,
    g: F32,
    q: I64,
    x: F64,
    mine: F64,
    weight: F64,
    rr: float,
    v: F64,
    work: F64,
    line: F64,
    other: F64,
) -> None:
    """Compare a beat with the average of those that came late, and let that average learn from one that did.

    A beat after a long interval is hardly premature: where early beats are the majority, its P wave is still
    the patient's own.
    """
    slow = slow_interval(f, w)
    if not rr > 0.0 or np.isnan(slow):
        return
    row = shape_row(q, UNHURRIED)
    v[V_R_SLOW] = rr / slow
    total = f[row + H_TOTAL]
    if total > 0:
        load_shape(g, q, UNHURRIED, work)
        v[V_SLOW_CORR], _ = best_shift(mine, work, weight)
        p_against(x, work, weight, v, line, other)
        if total >= 4:
            v[V_SLOW_P_ODD] = odd(v[V_SLOW_P], f[row + H_P], f[row + H_P_SPREAD])
    if rr < 0.98 * slow or (total >= 4 and v[V_SLOW_CORR] < 0.75):
        return
    if total > 0:
        share = max(1.0 / 24, 1.0 / (total + 1.0))
        f[row + H_P_SPREAD] += share * (abs(v[V_SLOW_P] - f[row + H_P]) - f[row + H_P_SPREAD])
        f[row + H_P] += share * (v[V_SLOW_P] - f[row + H_P])
    settle_shape(f, g, q, x, UNHURRIED, 0, np.nan, 0.0)


@inner
def p_against(x: F64, ref: F64, weight: F64, v: F64, work: F64, other: F64) -> None:
    """Correlation of the P wave with a shape's, in its place and wherever it fits best."""
    v[V_SLOW_P] = v[V_SLOW_P_BEST] = v[V_SLOW_P_LAG] = 0.0
    n = P_TO - P_FROM
    for lead in range(len(x)):
        share = weight[lead]
        if share <= 0.0:
            continue
        rms_ref = detrended(ref[lead], P_FROM, P_TO, work)
        rms = detrended(x[lead], P_FROM, P_TO, other)
        ab = 0.0
        for k in range(n):
            ab += work[k] * other[k]
        v[V_SLOW_P] += share * ab / (n * rms * rms_ref + TINY)
        best, lag = p_search(work, x[lead], other)
        v[V_SLOW_P_BEST] += share * best
        v[V_SLOW_P_LAG] += share * lag


@inner
def before_row(w: I64, q: I64) -> int:
    """Where the beat measured last lies."""
    row: int = q[T_AT_BEATS] + ((w[D_MEASURED] - 1) % BEATS) * BEAT_WORDS
    return row


@inner
def follow_base(f: F64, rr: float, alike: bool) -> None:
    """Follow the interval of the underlying rhythm.

    It keeps through a run that began abruptly and
    through pauses behind beats of another shape. Very slowly a run becomes the underlying rhythm itself.
    """
    base = f[D_BASE]
    if base <= 0.0:
        f[D_BASE] = rr
    elif rr < (0.87 if f[D_RUN] == 0.0 else 0.92) * base:
        f[D_RUN] += 1.0
        f[D_BASE] += (rr - base) / 1000
    else:
        f[D_RUN] = 0.0
        if rr < 1.15 * base:
            f[D_BASE] += (rr - base) / 8
        elif alike:
            f[D_BASE] += (min(rr, 1.8 * base) - base) / 8
        else:
            f[D_BASE] += (min(rr, 1.3 * base) - base) / 40


@njit(nogil=True)
def odd(value: float, mean: float, spread: float) -> float:
    """How far a value is from its usual one, in usual distances."""
    return min(20.0, max(-20.0, (value - mean) / (spread + 0.02)))


@inner
def compare_usual(f: F64, row: int, v: F64) -> None:
    """How P wave, QRS complex and T wave differ from how the reference's own beats differ from it."""
    if f[row + H_TOTAL] < 4:
        return
    v[V_P_USUAL] = f[row + H_P]
    v[V_P_ODD] = odd(v[V_P_CORR], f[row + H_P], f[row + H_P_SPREAD])
    v[V_RESID_ODD] = odd(np.log(v[V_RESID_REF] + 0.003), f[row + H_RESID], f[row + H_RESID_SPREAD])
    v[V_T_ODD] = odd(v[V_T_CORR], f[row + H_T], f[row + H_T_SPREAD])


@inner
def learn_usual(f: F64, row: int, v: F64) -> None:
    """Let the reference learn how its own beats differ from it."""
    share = max(1.0 / 48, 1.0 / (f[row + H_TOTAL] + 1.0))
    resid = np.log(v[V_RESID_REF] + 0.003)
    f[row + H_P_SPREAD] += share * (abs(v[V_P_CORR] - f[row + H_P]) - f[row + H_P_SPREAD])
    f[row + H_P] += share * (v[V_P_CORR] - f[row + H_P])
    f[row + H_RESID_SPREAD] += share * (abs(resid - f[row + H_RESID]) - f[row + H_RESID_SPREAD])
    f[row + H_RESID] += share * (resid - f[row + H_RESID])
    f[row + H_T_SPREAD] += share * (abs(v[V_T_CORR] - f[row + H_T]) - f[row + H_T_SPREAD])
    f[row + H_T] += share * (v[V_T_CORR] - f[row + H_T])


@inner
def p_height(shape: F64, weight: F64, work: F64) -> float:
    """Logarithm of a shape's RMS in the place of the P wave over its QRS height."""
    total = 0.0
    for lead in range(len(shape)):
        if weight[lead] > 0.0:
            height, _, _, _ = qrs_figures(shape[lead])
            total += weight[lead] * np.log(
                (detrended(shape[lead], P_FROM, P_TO, work) + 1.0) / (height + 1.0)
            )
    return total


@inner
def learn_interval(f: F64, w: I64, rr: float) -> None:
    """Keep an interval among the last ones, and its change in the slow mean of changes."""
    if w[D_RR_COUNT] > 0:
        last = f[D_RR + (w[D_RR_COUNT] - 1) % RR_KEPT]
        share = max(1.0 / 64, 1.0 / w[D_RR_COUNT])
        f[D_SLOW] += share * (2 * abs(rr - last) / (rr + last) - f[D_SLOW])
    f[D_RR + w[D_RR_COUNT] % RR_KEPT] = rr
    w[D_RR_COUNT] += 1
