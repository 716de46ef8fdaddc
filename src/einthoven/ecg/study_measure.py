"""What is measured of one beat's shape, against the shapes that this patient's beats have."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.ecg.study_layout import (
    BEFORE,
    P_FROM,
    P_TO,
    QRS_FROM,
    QRS_TO,
    SHIFT,
    T_FROM,
    T_TO,
    V_AMP_REF,
    V_AREA_REF,
    V_CORR_REF_MIN,
    V_P_BEST,
    V_P_CORR,
    V_P_LAG,
    V_P_RESID,
    V_POLARITY_REF,
    V_RESID_REF,
    V_SHARP_REF,
    V_T_CORR,
    WINDOW,
)

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
COMPARED = (
    V_CORR_REF_MIN,
    V_AMP_REF,
    V_RESID_REF,
    V_SHARP_REF,
    V_POLARITY_REF,
    V_P_CORR,
    V_P_RESID,
    V_P_BEST,
    V_P_LAG,
    V_T_CORR,
    V_AREA_REF,
)
TINY = 1e-9


@njit(nogil=True)
def likeness(a: F64, b: F64, low: int, high: int, shift: int) -> tuple[float, float, float]:
    """Correlation of ``a[low:high]`` with ``b`` moved by ``shift``, and both sums of squares about the
    mean."""
    n = high - low
    sa, sb = 0.0, 0.0
    for k in range(low, high):
        sa += a[k]
        sb += b[k + shift]
    ma, mb = sa / n, sb / n
    aa, bb, ab = 0.0, 0.0, 0.0
    for k in range(low, high):
        da, db = a[k] - ma, b[k + shift] - mb
        aa += da * da
        bb += db * db
        ab += da * db
    return ab / np.sqrt(aa * bb + TINY), aa, bb


@njit(nogil=True)
def best_shift(x: F64, shape: F64, weight: F64) -> tuple[float, int]:
    """Highest weighted mean correlation of the QRS complexes over all shifts, and that shift."""
    best, at = -2.0, 0
    for shift in range(-SHIFT, SHIFT + 1):
        total = 0.0
        for lead in range(len(x)):
            if weight[lead] > 0.0:
                corr, _, _ = likeness(x[lead], shape[lead], QRS_FROM, QRS_TO, shift)
                total += weight[lead] * corr
        if total > best:
            best, at = total, shift
    return best, at


@njit(nogil=True)
def detrended(x: F64, low: int, high: int, out: F64) -> float:
    """``x[low:high]`` less the line through the means of its first and last three points; its RMS."""
    left = (x[low] + x[low + 1] + x[low + 2]) / 3
    right = (x[high - 1] + x[high - 2] + x[high - 3]) / 3
    n = high - low
    total = 0.0
    for k in range(n):
        value = x[low + k] - left - (right - left) * (k - 1) / (n - 3)
        out[k] = value
        total += value * value
    return float(np.sqrt(total / n))


@njit(nogil=True)
def steepness(x: F64, weight: F64, steep: F64) -> float:
    """Weighted sum over leads of |x[k+1] − x[k−1]| into ``steep``; the largest within the QRS zone."""
    steep[:] = 0.0
    for lead in range(len(x)):
        share = weight[lead]
        if share > 0.0:
            for k in range(1, WINDOW - 1):
                steep[k] += share * abs(x[lead, k + 1] - x[lead, k - 1])
    top = 0.0
    for k in range(QRS_FROM, QRS_TO):
        top = max(top, steep[k])
    return top


@njit(nogil=True)
def extent(steep: F64, limit: float) -> tuple[int, int]:
    """First and last grid point of the QRS complex: the steep stretch, gaps of up to 24 ms bridged."""
    first, last = BEFORE, BEFORE
    gap = 0
    for k in range(BEFORE, BEFORE - 18, -1):
        if steep[k] > limit:
            first, gap = k, 0
        else:
            gap += 1
            if gap > 3 and first < BEFORE - 1:
                break
    gap = 0
    for k in range(BEFORE, BEFORE + 24):
        if steep[k] > limit:
            last, gap = k, 0
        else:
            gap += 1
            if gap > 3 and last > BEFORE + 1:
                break
    return first, last


@njit(nogil=True)
def qrs_figures(x: F64) -> tuple[float, float, float, float]:
    """Of one lead's QRS zone: height (max − min), polarity −1…1, steepest step as a share of height, mean
    |area|."""
    level = 0.0
    for k in range(BEFORE - 16, BEFORE - 10):
        level += x[k]
    level /= 6
    low, high, sharp, area = np.inf, -np.inf, 0.0, 0.0
    for k in range(QRS_FROM, QRS_TO):
        value = x[k] - level
        low, high = min(low, value), max(high, value)
        sharp = max(sharp, abs(x[k + 1] - x[k]))
        area += abs(value)
    height = high - low + TINY
    return height, (high + low) / height, sharp / height, area / (QRS_TO - QRS_FROM)


@njit(nogil=True)
def roughness(x: F64) -> float:
    """Mean magnitude of the second difference outside the QRS complex: muscle and mains."""
    total, n = 0.0, 0
    for k in range(1, QRS_FROM - 2):
        total += abs(x[k + 1] - 2 * x[k] + x[k - 1])
        n += 1
    for k in range(T_FROM, WINDOW - 1):
        total += abs(x[k + 1] - 2 * x[k] + x[k - 1])
        n += 1
    return total / n


@njit(nogil=True)
def p_search(p: F64, x: F64, low: int, high: int, work: F64) -> tuple[float, int]:
    """Best correlation of the usual P wave ``p`` (detrended) with ``x`` up to 96 ms away from its usual
    place."""
    n = high - low
    pp = 0.0
    for k in range(n):
        pp += p[k] * p[k]
    best, at = -2.0, 0
    for lag in range(-12, 9):
        start = low + lag
        if start < 0 or start + n > WINDOW:
            continue
        rms = detrended(x, start, start + n, work)
        ab = 0.0
        for k in range(n):
            ab += p[k] * work[k]
        corr = ab / np.sqrt(pp * rms * rms * n + TINY)
        if corr > best:
            best, at = corr, lag
    return best, at


@njit(nogil=True)
def measure_against(x: F64, ref: F64, weight: F64, shift: int, v: F64, work: F64, other: F64) -> None:
    """Fill the values that compare a beat with the reference shape, as weighted means over the leads."""
    for index in COMPARED:
        v[index] = 0.0
    v[V_CORR_REF_MIN] = 1.0
    for lead in range(len(x)):
        share = weight[lead]
        if share <= 0.0:
            continue
        corr, mine, its = likeness(x[lead], ref[lead], QRS_FROM, QRS_TO, shift)
        if share > 0.2:
            v[V_CORR_REF_MIN] = min(v[V_CORR_REF_MIN], corr)
        v[V_AMP_REF] += share * 0.5 * np.log((mine + 1.0) / (its + 1.0))
        v[V_RESID_REF] += share * min(4.0, (mine + its - 2 * corr * np.sqrt(mine * its)) / (its + 1.0))
        _, polarity, sharp, area = qrs_figures(x[lead])
        _, polarity_ref, sharp_ref, area_ref = qrs_figures(ref[lead])
        v[V_SHARP_REF] += share * np.log((sharp + 1e-3) / (sharp_ref + 1e-3))
        v[V_POLARITY_REF] += share * (polarity - polarity_ref)
        v[V_AREA_REF] += share * np.log((area + 1.0) / (area_ref + 1.0))
        n = P_TO - P_FROM
        rms_ref = detrended(ref[lead], P_FROM, P_TO, work)
        rms = detrended(x[lead], P_FROM, P_TO, other)
        ab = 0.0
        for k in range(n):
            ab += work[k] * other[k]
        v[V_P_CORR] += share * ab / (n * rms * rms_ref + TINY)
        v[V_P_RESID] += share * np.log(
            (rms * rms + rms_ref * rms_ref - 2 * ab / n + 1.0) / (rms_ref * rms_ref + 1.0)
        )
        best, lag = p_search(work, x[lead], P_FROM, P_TO, other)
        v[V_P_BEST] += share * best
        v[V_P_LAG] += share * lag
        corr, _, _ = likeness(x[lead], ref[lead], T_FROM, T_TO, 0)
        v[V_T_CORR] += share * corr
