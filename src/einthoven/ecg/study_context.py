"""A beat among its neighbours: what the forests are asked about."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.ecg.beats import ARTEFACT
from einthoven.ecg.jit import inner
from einthoven.ecg.study_layout import (
    B_CHANCES,
    B_CODE,
    B_SAMPLE,
    B_SHAPE,
    B_VALUES,
    BEAT_WORDS,
    BEATS,
    CLASSES,
    D_MEASURED,
    D_NN,
    D_NN_COUNT,
    D_RR,
    D_RR_COUNT,
    H_CHANCES,
    H_EARLY,
    H_JUDGED,
    H_TOTAL,
    RR_KEPT,
    T_AT_BEATS,
    T_RATE_MHZ,
    V_AMP_REF,
    V_AREA_REF,
    V_CORR_PREV,
    V_CORR_REF,
    V_HEIGHT,
    V_P_BEST,
    V_P_CORR,
    V_T_CORR,
    V_WIDTH,
    VALUES,
)
from einthoven.ecg.study_shapes import shape_row

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

PAST = (
    "rr_prev",
    "rr_prev2",
    "rr_usual",
    "r_prev",
    "r_prev2",
    "r_prev3",
    "r_prev4",
    "r_prev_high",
    "r_prev_low",
    "prev_over_prev2",
    "rank",
    "irregular",
    "spread",
    "early_share",
    "corr_ref_prev",
    "corr_ref_prev2",
    "width_prev",
    "p_best_prev",
    "height_prev",
    "same_shape_prev",
    "shape_count",
    "shape_early",
    "early_odd",
    "middle_spread",
    "upper_spread",
    "lag2",
    "lag3",
    "lag2_here",
    "cycle",
)
"""What is known when a beat is measured, besides its own values, and does not rest on any class."""
FUTURE = (
    "rr_next",
    "rr_next2",
    "r_next",
    "r_next2",
    "next_over_prev",
    "pair",
    "corr_ref_next",
    "corr_ref_next2",
    "corr_next",
    "width_next",
    "height_next",
    "amp_next",
    "p_best_next",
    "p_corr_next",
    "t_corr_next",
    "area_next",
    "r_local",
    "r_prev_nn",
    "r_next_nn",
    "odd_nn",
    "own_n",
    "own_s",
    "own_v",
    "own_f",
    "own_x",
    "next_n",
    "next_s",
    "next_v",
    "next_x",
    "next2_n",
    "next2_s",
    "next2_v",
    "prev_n",
    "prev_s",
    "prev_v",
    "prev_x",
    "prev2_n",
    "prev2_s",
    "prev2_v",
    "shape_judged",
    "shape_n",
    "shape_s",
    "shape_v",
    "shape_f",
    "shape_x",
)
"""What is known besides when two more beats were measured, or none came for long."""
FIRST_NAMES = VALUES + PAST
FINAL_NAMES = FIRST_NAMES + FUTURE


@inner
def beat_row(q: I64, number: int) -> int:
    """Where measured beat ``number`` (counted since the samples began) lies."""
    row: int = q[T_AT_BEATS] + (number % BEATS) * BEAT_WORDS
    return row


@inner
def neighbour(w: I64, q: I64, number: int, step: int) -> int:
    """The next measured beat in the direction of ``step`` that is not an artefact for good; −1 when there is
    none."""
    at = number + step
    while max(0, w[D_MEASURED] - BEATS) <= at < w[D_MEASURED]:
        if w[beat_row(q, at) + B_CODE] != ARTEFACT:
            return at
        at += step
    return -1


@njit(nogil=True)
def between(w: I64, q: I64, first: int, second: int) -> float:
    """Interval between two measured beats in ms; NaN when one is −1."""
    if first < 0 or second < 0:
        return np.nan
    samples = w[beat_row(q, second) + B_SAMPLE] - w[beat_row(q, first) + B_SAMPLE]
    return float(samples * 1e6 / q[T_RATE_MHZ])


@inner
def value_of(f: F64, q: I64, number: int, value: int) -> float:
    """A measured value of a beat; NaN for beat −1."""
    if number < 0:
        return np.nan
    return float(f[beat_row(q, number) + B_VALUES + value])


@inner
def chance_of(f: F64, q: I64, number: int, which: int) -> float:
    """A first chance of a beat; NaN for beat −1."""
    if number < 0:
        return np.nan
    return float(f[beat_row(q, number) + B_CHANCES + which])


@inner
def rhythm_figures(f: F64, w: I64, work: F64) -> tuple[float, float, float, float, int]:
    """Of the kept intervals: median, ninth and first decile, mean relative change; how many there are."""
    count = min(w[D_RR_COUNT], RR_KEPT)
    if count < 3:
        return np.nan, np.nan, np.nan, np.nan, 0
    change = 0.0
    for k in range(count):
        work[k] = f[D_RR + (w[D_RR_COUNT] - 1 - k) % RR_KEPT]
        if k > 0:
            change += abs(work[k] - work[k - 1])
    rr = work[:count]
    mean = rr.mean()
    rr.sort()
    return (
        rr[count // 2],
        rr[count - 1 - count // 10],
        rr[count // 10],
        change / (count - 1) / mean,
        count,
    )


@inner
def lags(f: F64, w: I64) -> tuple[float, float]:
    """Mean change over two and over three of the last intervals, as shares of that over one: small in
    bigeminy and trigeminy, near 1 when intervals come at random."""
    count = min(w[D_RR_COUNT], 16)
    if count < 8:
        return np.nan, np.nan
    one, two, three = 0.0, 0.0, 0.0
    for k in range(count - 3):
        at = w[D_RR_COUNT] - 1 - k
        here = f[D_RR + at % RR_KEPT]
        one += abs(here - f[D_RR + (at - 1) % RR_KEPT])
        two += abs(here - f[D_RR + (at - 2) % RR_KEPT])
        three += abs(here - f[D_RR + (at - 3) % RR_KEPT])
    return two / (one + 8.0), three / (one + 8.0)


@njit(nogil=True)
def past(f: F64, w: I64, q: I64, number: int, c: F64, work: F64) -> None:
    """Fill ``c`` (float64[len(PAST)]) for a beat."""
    p1 = neighbour(w, q, number, -1)
    p2 = neighbour(w, q, p1, -1) if p1 >= 0 else -1
    p3 = neighbour(w, q, p2, -1) if p2 >= 0 else -1
    p4 = neighbour(w, q, p3, -1) if p3 >= 0 else -1
    rr1, rr2, rr3 = between(w, q, p1, number), between(w, q, p2, p1), between(w, q, p3, p2)
    median, high, low, irregular, count = rhythm_figures(f, w, work)
    c[0], c[1], c[2] = rr1, rr2, median
    c[3], c[4], c[5], c[6] = rr1 / median, rr2 / median, rr3 / median, between(w, q, p4, p3) / median
    c[7], c[8], c[9] = rr1 / high, rr1 / low, rr1 / rr2
    below, early = 0, 0
    for k in range(count):
        below += work[k] < rr1
        early += work[k] < 0.85 * median
    c[10] = below / count if count else np.nan
    c[11], c[12] = irregular, high / low
    c[13] = early / count if count else np.nan
    c[14], c[15] = value_of(f, q, p1, V_CORR_REF), value_of(f, q, p2, V_CORR_REF)
    c[16], c[17] = value_of(f, q, p1, V_WIDTH), value_of(f, q, p1, V_P_BEST)
    c[18] = value_of(f, q, p1, V_HEIGHT)
    row = beat_row(q, number)
    shape = shape_row(q, w[row + B_SHAPE])
    c[19] = w[beat_row(q, p1) + B_SHAPE] == w[row + B_SHAPE] if p1 >= 0 else np.nan
    c[20], c[21] = f[shape + H_TOTAL], f[shape + H_EARLY]
    c[25], c[26] = lags(f, w)
    c[27] = abs(rr1 - rr3) / median
    c[28] = (rr1 + rr2) / (rr3 + between(w, q, p4, p3))
    c[22] = c[23] = c[24] = np.nan
    if count >= 8:
        middle = work[count * 5 // 8] - work[count * 3 // 8]
        c[22] = max(-30.0, (rr1 - median) / (middle + 0.01 * median))
        c[23], c[24] = middle / median, (work[count * 3 // 4] - median) / median


@inner
def normal_rr(f: F64, w: I64) -> tuple[float, float]:
    """Mean of the last eight intervals between two beats of class N and their mean distance from it, ms."""
    count = min(w[D_NN_COUNT], 8)
    if count < 3:
        return np.nan, np.nan
    total, spread = 0.0, 0.0
    for k in range(count):
        total += f[D_NN + (w[D_NN_COUNT] - 1 - k) % RR_KEPT]
    for k in range(count):
        spread += abs(f[D_NN + (w[D_NN_COUNT] - 1 - k) % RR_KEPT] - total / count)
    return total / count, spread / count


@njit(nogil=True)
def future(f: F64, w: I64, q: I64, number: int, c: F64, past_values: F64) -> None:
    """Fill ``c`` (float64[len(FUTURE)]) for a beat whose past is known."""
    p1 = neighbour(w, q, number, -1)
    p2 = neighbour(w, q, p1, -1) if p1 >= 0 else -1
    n1 = neighbour(w, q, number, 1)
    n2 = neighbour(w, q, n1, 1) if n1 >= 0 else -1
    rr0, rr1, rr2 = between(w, q, p1, number), between(w, q, number, n1), between(w, q, n1, n2)
    median = past_values[2]
    c[0], c[1], c[2], c[3] = rr1, rr2, rr1 / median, rr2 / median
    c[4], c[5] = rr1 / rr0, (rr0 + rr1) / (2 * median)
    c[6], c[7] = value_of(f, q, n1, V_CORR_REF), value_of(f, q, n2, V_CORR_REF)
    c[8] = value_of(f, q, n1, V_CORR_PREV)
    c[9], c[10] = value_of(f, q, n1, V_WIDTH), value_of(f, q, n1, V_HEIGHT)
    c[11], c[12] = value_of(f, q, n1, V_AMP_REF), value_of(f, q, n1, V_P_BEST)
    c[13], c[14] = value_of(f, q, n1, V_P_CORR), value_of(f, q, n1, V_T_CORR)
    c[15] = value_of(f, q, n1, V_AREA_REF)
    c[16] = rr0 / (0.5 * (between(w, q, p2, p1) + rr2))
    normal, spread = normal_rr(f, w)
    c[17], c[18] = rr0 / normal, rr1 / normal
    c[19] = max(-30.0, (rr0 - normal) / (spread + 0.01 * normal))
    after = number + 1 if number + 1 < w[D_MEASURED] else -1
    ahead = number - 1 if number > max(0, w[D_MEASURED] - BEATS) else -1
    for k in range(CLASSES):
        c[20 + k] = chance_of(f, q, number, k)
    for k in range(3):
        c[25 + k], c[29 + k] = chance_of(f, q, n1, k), chance_of(f, q, n2, k)
        c[32 + k], c[36 + k] = chance_of(f, q, p1, k), chance_of(f, q, p2, k)
    c[28], c[35] = chance_of(f, q, after, CLASSES - 1), chance_of(f, q, ahead, CLASSES - 1)
    shape = shape_row(q, w[beat_row(q, number) + B_SHAPE])
    judged = f[shape + H_JUDGED]
    c[39] = judged
    for k in range(CLASSES):
        c[40 + k] = f[shape + H_CHANCES + k] / judged if judged > 0 else np.nan


@inner
def learn_shape(f: F64, w: I64, q: I64, number: int) -> None:
    """Let a beat's shape remember what chances its beats were given; the last hundred count most."""
    row = beat_row(q, number)
    shape = shape_row(q, w[row + B_SHAPE])
    judged = f[shape + H_JUDGED]
    keep = 1.0 if judged < 100 else 0.99
    f[shape + H_JUDGED] = judged * keep + 1.0
    for k in range(CLASSES):
        f[shape + H_CHANCES + k] = f[shape + H_CHANCES + k] * keep + f[row + B_CHANCES + k]
