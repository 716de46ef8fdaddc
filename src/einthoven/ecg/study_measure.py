"""What is measured of one beat's shape, against the shapes that this patient's beats have."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.ecg.jit import inner
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
Points = F64 | F32
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
QRS_POINTS = QRS_TO - QRS_FROM
SQUARES = QRS_POINTS
"""Where ``centre_qrs`` puts the sum of squares."""
P_POINTS = P_TO - P_FROM
LAG_FROM, LAGS = -12, 21
"""Where a P wave is looked for, in grid points from its usual place."""
TURN_1 = sum(k - 1 for k in range(P_POINTS))
TURN_2 = sum((k - 1) ** 2 for k in range(P_POINTS))


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
def centre_qrs(x: F64, mine: F64) -> None:
    """The QRS zone of each lead less its mean into ``mine`` float64[leads, WINDOW], from index 0; the sum
    of its squares at ``SQUARES``."""
    for lead in range(len(x)):
        total, squares = 0.0, 0.0
        for k in range(QRS_FROM, QRS_TO):
            total += x[lead, k]
        mean = total / QRS_POINTS
        for k in range(QRS_POINTS):
            value = x[lead, QRS_FROM + k] - mean
            mine[lead, k] = value
            squares += value * value
        mine[lead, SQUARES] = squares


@inner
def shifted(a: F64, b: Points, share: float, sums: F64) -> None:
    """Add to ``sums`` (float64[7]) ``share`` × the correlation of one lead's centred QRS zone with that of
    ``b`` moved by −3 … 3 points.

    One pass for the products of all shifts side by side; the sums over ``b`` slide.
    """
    base, zero = QRS_FROM - SHIFT, float(b[QRS_FROM])
    s0, s1, s2, s3, s4, s5, s6 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    b0, b1, b2 = b[base] - zero, b[base + 1] - zero, b[base + 2] - zero
    b3, b4, b5 = b[base + 3] - zero, b[base + 4] - zero, b[base + 5] - zero
    total, squares = 0.0, 0.0
    for k in range(QRS_POINTS):
        b6, value = b[base + k + 6] - zero, a[k]
        total += b0
        squares += b0 * b0
        s0 += value * b0
        s1 += value * b1
        s2 += value * b2
        s3 += value * b3
        s4 += value * b4
        s5 += value * b5
        s6 += value * b6
        b0, b1, b2, b3, b4, b5 = b1, b2, b3, b4, b5, b6
    products = (s0, s1, s2, s3, s4, s5, s6)
    for shift in range(2 * SHIFT + 1):
        its = max(0.0, squares - total * total / QRS_POINTS)
        sums[shift] += share * products[shift] / np.sqrt(a[SQUARES] * its + TINY)
        leaving, entering = b[base + shift] - zero, b[base + shift + QRS_POINTS] - zero
        total += entering - leaving
        squares += entering * entering - leaving * leaving


@njit(nogil=True)
def highest(sums: F64) -> tuple[float, int]:
    """The highest of the correlations of all shifts, and its shift."""
    best, at = -2.0, 0
    for k in range(2 * SHIFT + 1):
        if sums[k] > best:
            best, at = sums[k], k - SHIFT
    return best, at


@njit(nogil=True)
def best_shift(mine: F64, shape: F64, weight: F64) -> tuple[float, int]:
    """Highest weighted mean correlation of the QRS complexes over all shifts, and that shift.

    Args:
        mine: what ``centre_qrs`` made of the beat.
        shape: float64[leads, WINDOW], the other beat.
        weight: float64[leads], summing to 1.
    """
    sums = np.zeros(2 * SHIFT + 1)
    for lead in range(len(shape)):
        if weight[lead] > 0.0:
            shifted(mine[lead], shape[lead], weight[lead], sums)
    return highest(sums)


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


@inner
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


@inner
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


@inner
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
def p_search(p: F64, x: F64, work: F64) -> tuple[float, int]:
    """Best correlation of the usual P wave with a lead detrended likewise, from 96 ms before its usual place
    to 64 ms behind it.

    Args:
        p: float64[P_POINTS …], the usual P wave as ``detrended`` makes it.
        x: float64[WINDOW], the lead.
        work: float64[LAGS …], scratch.

    Returns:
        (the correlation, the lag in grid points).

    What ``detrended`` takes away is linear in the window's points, so the products with the bare signal and
    three sums that slide along it are enough.
    """
    first, n = P_FROM + LAG_FROM, P_POINTS
    zero = x[first]
    work[:LAGS] = 0.0
    pp, p_sum, p_turn = 0.0, 0.0, 0.0
    for k in range(n):
        value = p[k]
        pp += value * value
        p_sum += value
        p_turn += value * (k - 1)
        for lag in range(LAGS):
            work[lag] += value * (x[first + lag + k] - zero)
    total, squares, turn = 0.0, 0.0, 0.0
    for k in range(n):
        value = x[first + k] - zero
        total += value
        squares += value * value
        turn += value * (k - 1)
    best, at = -2.0, 0
    for lag in range(LAGS):
        low, high = first + lag, first + lag + n
        left = (x[low] + x[low + 1] + x[low + 2]) / 3 - zero
        slope = ((x[high - 1] + x[high - 2] + x[high - 3]) / 3 - zero - left) / (n - 3)
        both = work[lag] - left * p_sum - slope * p_turn
        its = squares - 2.0 * (left * total + slope * turn)
        its += n * left * left + 2.0 * left * slope * TURN_1 + slope * slope * TURN_2
        corr = both / np.sqrt(pp * max(0.0, its) + TINY)
        if corr > best:
            best, at = corr, lag + LAG_FROM
        leaving, entering = x[low] - zero, x[high] - zero
        total += entering - leaving
        squares += entering * entering - leaving * leaving
        turn += leaving + (n - 1) * entering - total
    return best, at


@inner
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
        best, lag = p_search(work, x[lead], other)
        v[V_P_BEST] += share * best
        v[V_P_LAG] += share * lag
        corr, _, _ = likeness(x[lead], ref[lead], T_FROM, T_TO, 0)
        v[V_T_CORR] += share * corr
