"""P and T of one beat, once its QRS borders are known; arrays and ideas as in ``waves_kernels``."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.ecg.jit import inner
from einthoven.ecg.waves_kernels import (
    KEEP_P,
    KEEP_QRS,
    KEEP_T,
    P_AFTER_T,
    P_BEFORE,
    P_CLOSE,
    P_EARLIEST,
    P_EARLIEST_RR,
    P_HUMP,
    P_NEAR,
    P_ON,
    P_OWN,
    P_SHAPE,
    P_SIDE,
    P_SPREAD,
    QRS_OFF,
    QRS_ON,
    SMOOTH_FINE,
    SMOOTH_T,
    T_BEFORE_P,
    T_BEFORE_QRS,
    T_FROM,
    T_HUMP,
    T_NEAR,
    T_ON,
    T_OWN,
    T_SHAPE,
    T_SPREAD,
    T_TO,
    find_hump,
    join_leads,
    own_hump,
    qrs_borders,
    smooth,
    trace_wave,
)

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

RR_LONGEST_S = 1.6
"""√RR grows no further: T and P do not drift away in a pause."""
RR_USUAL_S = 0.8
"""Taken where there is no beat before."""


@njit(nogil=True)
def settle(heights: F64, first: int, out: I64) -> None:
    """Onset and end of a wave: half from the joint lead, half the leads' mean by their humps' heights."""
    total = 0.0
    for height in heights:
        total += abs(height)
    if total <= 0.0:
        return
    for column in (first, first + 2):
        mean = 0.0
        for lead in range(len(heights)):
            mean += abs(heights[lead]) / total * out[lead + 1, column]
        out[0, column] = int(0.5 * (out[0, column] + mean) + 0.5)


@inner
def t_borders(s: F64, rr_s: float, next_on: int, fs: float, out: I64) -> float:
    """T behind the QRS complex of ``out``; sets its T columns.

    Args:
        s: float64[leads, n], smoothed for T.
        rr_s: interval to the beat before, seconds.
        next_on: onset of the next QRS complex, or n where there is none.
        fs: steps a second.
        out: int64[leads + 1, MARKS].

    Returns:
        Height of T's hump in the joint lead, µV; 0 when there was no room for it.
    """
    leads, n = s.shape
    root, low, high = np.sqrt(min(rr_s, RR_LONGEST_S)), out[0, QRS_OFF], min(n - 2, next_on - 2)
    start, half = low + int(T_FROM * fs), int(T_HUMP * fs)
    stop = min(n - 3, next_on - int(T_BEFORE_QRS * fs), low + int(T_TO * root * fs))
    out[:, T_ON : T_ON + 3] = -1
    if stop - start < 0.05 * fs:
        return 0.0
    at, _ = find_hump(s, start, stop, half, low, high, low + T_NEAR * root * fs, T_SPREAD * fs)
    if at < 0:
        return 0.0
    first = max(at + int(P_AFTER_T * fs), next_on - int(P_BEFORE * fs))
    last = min(next_on, n - 2) - int(0.03 * fs)
    if next_on < n and last - first > 0.03 * fs:
        p, _ = find_hump(s, first, last, int(P_HUMP * fs), first, high, next_on - P_NEAR * fs, P_SPREAD * fs)
        if p > 0:
            high = max(p - int(T_BEFORE_P * fs), at + int(0.06 * fs))
    high = min(high, n - 2)
    joint, q, heights = np.empty(n), np.zeros(n), np.zeros(leads)
    for lead in range(leads):
        own, heights[lead] = own_hump(s[lead], at, int(T_OWN * fs), half, low, high)
        out[lead + 1, T_ON], out[lead + 1, T_ON + 1], out[lead + 1, T_ON + 2] = trace_wave(
            s[lead], own, heights[lead], half, low, high, T_SHAPE, True, fs, q
        )
    join_leads(s, heights, joint)
    own, height = own_hump(joint, at, int(T_OWN * fs), half, low, high)
    out[0, T_ON], out[0, T_ON + 1], out[0, T_ON + 2] = trace_wave(
        joint, own, height, half, low, high, T_SHAPE, True, fs, q
    )
    settle(heights, T_ON, out)
    return abs(height)


@inner
def p_borders(s: F64, earliest: int, near_s: float, spread_s: float, fs: float, out: I64) -> float:
    """P before the QRS complex of ``out``; sets its P columns.

    Args:
        s: float64[leads, n], lightly smoothed.
        earliest: P is not sought before this index.
        near_s, spread_s: how long before the QRS onset its peak is likely, give or take, seconds.
        fs: steps a second.
        out: int64[leads + 1, MARKS].

    Returns:
        Height of P's hump in the joint lead, µV; 0 when there was no room for it.
    """
    leads, n = s.shape
    on, half, side = out[0, QRS_ON], int(P_HUMP * fs), int(P_SIDE * fs)
    start, stop = max(1, earliest, on - int(P_BEFORE * fs)), on - int(P_CLOSE * fs)
    out[:, P_ON : P_ON + 3] = -1
    if stop - start < 0.03 * fs or half < 2:
        return 0.0
    low = max(1, start - int(0.06 * fs))
    at, _ = find_hump(s, start, stop, half, low, on, on - near_s * fs, spread_s * fs)
    if at < 0:
        return 0.0
    joint, q, heights = np.empty(n), np.zeros(n), np.zeros(leads)
    for lead in range(leads):
        own, heights[lead] = own_hump(s[lead], at, int(P_OWN * fs), half, low, on)
        out[lead + 1, P_ON], out[lead + 1, P_ON + 1], out[lead + 1, P_ON + 2] = trace_wave(
            s[lead], own, heights[lead], side, low, on, P_SHAPE, False, fs, q
        )
    join_leads(s, heights, joint)
    own, height = own_hump(joint, at, int(P_OWN * fs), half, low, on)
    out[0, P_ON], out[0, P_ON + 1], out[0, P_ON + 2] = trace_wave(
        joint, own, height, side, low, on, P_SHAPE, False, fs, q
    )
    settle(heights, P_ON, out)
    return abs(height)


@inner
def earliest_p(fid: int, rr_s: float, fs: float) -> int:
    """The first index at which P may peak: behind the T wave of the beat before, as a rule."""
    if rr_s <= 0.0:
        return 1
    rr = min(rr_s, RR_LONGEST_S)
    return int(fid - rr_s * fs + (P_EARLIEST + P_EARLIEST_RR * np.sqrt(rr)) * fs)


@inner
def roughness(y: F64, s: F64, start: int, stop: int) -> float:
    """Mean distance of the signal from its smoothed self, summed over the leads, µV."""
    total = 0.0
    for lead in range(len(y)):
        for i in range(max(0, start), min(y.shape[1], stop)):
            total += abs(y[lead, i] - s[lead, i])
    return total / max(1, stop - start)


@njit(nogil=True)
def delineate_beat(y: F64, fid: int, rr_s: float, next_fid: int, fs: float, out: I64, sure: F64) -> None:
    """All borders of one beat.

    Args:
        y: float64[leads, n], µV; should reach from 0.5 s before the beat to the next QRS complex.
        fid: index of the fiducial point of the QRS complex.
        rr_s: interval to the beat before, seconds; 0 where there is none.
        next_fid: index of the next beat, or n or more where there is none in ``y``.
        fs: steps a second, 93–400.
        out: int64[leads + 1, MARKS]; row 0 all leads together, row 1 + k lead k; −1 not seen.
        sure: float64[3], confidence 0–1 of P, QRS and T.
    """
    leads, n = y.shape
    out[:], sure[:] = -1, 0.0
    s = np.empty((leads, n))
    for lead in range(leads):
        smooth(y[lead], int(SMOOTH_FINE * fs + 0.5), s[lead])
    sure[KEEP_QRS] = qrs_borders(s, fid, fs, out)
    if out[0, QRS_ON] < 0:
        return
    rough = roughness(y, s, fid - int(0.4 * fs), fid + int(0.4 * fs))
    height = p_borders(s, earliest_p(fid, rr_s, fs), P_NEAR, P_SPREAD, fs, out)
    sure[KEEP_P] = height / (height + 2.0 * rough) if height > 0.0 else 0.0
    for lead in range(leads):
        smooth(y[lead], int(SMOOTH_T * fs + 0.5), s[lead])
    next_on = next_fid - (fid - out[0, QRS_ON]) if next_fid < n else n
    height = t_borders(s, rr_s if rr_s > 0.0 else RR_USUAL_S, next_on, fs, out)
    sure[KEEP_T] = height / (height + 2.0 * rough) if height > 0.0 else 0.0
    tidy(out)


@njit(nogil=True)
def tidy(out: I64) -> None:
    """Take away what contradicts itself: a border missing or out of order."""
    for row in range(len(out)):
        on, off = out[row, QRS_ON], out[row, QRS_OFF]
        if on < 0 or off <= on:
            out[row] = -1
            continue
        out[row, P_ON + 2] = min(out[row, P_ON + 2], on)
        a, b, c = out[row, P_ON], out[row, P_ON + 1], out[row, P_ON + 2]
        if not (0 <= a < b < c):
            out[row, P_ON : P_ON + 3] = -1
        if out[row, T_ON] >= 0:
            out[row, T_ON] = max(out[row, T_ON], off)
        a, b, c = out[row, T_ON], out[row, T_ON + 1], out[row, T_ON + 2]
        if not (off <= a <= b < c):
            out[row, T_ON : T_ON + 3] = -1
