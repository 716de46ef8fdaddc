"""The shapes of one patient's beats: kept and averaged without knowing what they are called."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.ecg.jit import inner
from einthoven.ecg.study_layout import (
    D_SHAPES,
    H_COUNT,
    H_EARLY,
    H_ID,
    H_POINTS,
    H_TOTAL,
    H_WIDTH,
    LAST,
    SHAPES,
    SHIFT,
    T_AT_SHAPES,
    T_LEADS,
    T_SHAPE_WORDS,
    WINDOW,
)
from einthoven.ecg.study_measure import highest, qrs_figures, shifted

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

FADE = 1.0 - 1.0 / 400
"""A shape's count fades by this with every beat, so that what was common an hour ago is not common for
ever."""
EARLY_LEAST = 0.6
COMMON = 0.12
"""Share of all beats from which a shape is common."""


@inner
def shape_row(q: I64, number: int) -> int:
    """Where a shape lies in the slice."""
    row: int = q[T_AT_SHAPES] + number * q[T_SHAPE_WORDS]
    return row


@inner
def points_of(g: F32, q: I64, number: int, lead: int) -> F32:
    """The points of one lead of a shape, float32[WINDOW]."""
    at = 2 * (shape_row(q, number) + H_POINTS) + lead * WINDOW
    return g[at : at + WINDOW]


@njit(nogil=True)
def reference(f: F64, q: I64, total: float) -> int:
    """The shape that stands for the usual beat; −1: none.

    The commonest counts most, less so the earlier its beats come and the wider they are than the narrowest
    shape that is common too: in bigeminy every other beat is ventricular.
    """
    narrow = np.inf
    for number in range(SHAPES):
        row = shape_row(q, number)
        if f[row + H_COUNT] > COMMON * total and f[row + H_EARLY] > 0.8:
            narrow = min(narrow, f[row + H_WIDTH])
    best, at = 0.0, -1
    for number in range(SHAPES):
        row = shape_row(q, number)
        early = min(1.0, max(0.05, (f[row + H_EARLY] - EARLY_LEAST) / (0.9 - EARLY_LEAST)))
        value = f[row + H_COUNT] * early
        if f[row + H_WIDTH] > 1.4 * narrow + 8.0 and f[row + H_EARLY] < 0.95:
            value *= 0.1
        if value > best:
            best, at = value, number
    return at


@njit(nogil=True)
def nearest(f: F64, g: F32, q: I64, mine: F64, weight: F64) -> tuple[int, float, int]:
    """The shape most like a beat (``centre_qrs``): its number (−1: none), the correlation, the shift."""
    best, at, by = -2.0, -1, 0
    sums = np.empty(2 * SHIFT + 1)
    for number in range(SHAPES):
        if f[shape_row(q, number) + H_COUNT] <= 0.0:
            continue
        sums[:] = 0.0
        for lead in range(q[T_LEADS]):
            if weight[lead] > 0.0:
                shifted(mine[lead], points_of(g, q, number, lead), weight[lead], sums)
        corr, shift = highest(sums)
        if corr > best:
            best, at, by = corr, number, shift
    return at, best, by


@inner
def load_shape(g: F32, q: I64, number: int, out: F64) -> None:
    """A shape's points as float64[leads, WINDOW]."""
    for lead in range(q[T_LEADS]):
        points = points_of(g, q, number, lead)
        for k in range(WINDOW):
            out[lead, k] = points[k]


@inner
def height_ratio(x: F64, shape: F64, weight: F64) -> float:
    """How much higher a beat's QRS complexes are than a shape's, as a factor ≥ 1 either way."""
    total = 0.0
    for lead in range(len(x)):
        if weight[lead] > 0.0:
            mine, _, _, _ = qrs_figures(x[lead])
            its, _, _, _ = qrs_figures(shape[lead])
            total += weight[lead] * np.log((mine + 1.0) / (its + 1.0))
    return float(np.exp(abs(total)))


@inner
def settle_shape(f: F64, g: F32, q: I64, x: F64, number: int, shift: int, early: float, width: float) -> None:
    """Average a beat into its shape."""
    row = shape_row(q, number)
    f[row + H_TOTAL] += 1.0
    f[row + H_COUNT] += 1.0
    share = max(1.0 / 16, 1.0 / f[row + H_TOTAL])
    if not np.isnan(early):
        f[row + H_EARLY] += max(1.0 / 32, 1.0 / f[row + H_TOTAL]) * (early - f[row + H_EARLY])
    f[row + H_WIDTH] += share * (width - f[row + H_WIDTH])
    for lead in range(q[T_LEADS]):
        points = points_of(g, q, number, lead)
        for k in range(WINDOW):
            from_k = min(max(k - shift, 0), WINDOW - 1)
            points[k] += np.float32(share * (x[lead, from_k] - points[k]))


@inner
def begin_shape(f: F64, w: I64, g: F32, q: I64, x: F64, early: float, width: float) -> int:
    """A new shape of one beat, in the place of the one that matters least."""
    least, at = np.inf, 0
    for number in range(SHAPES):
        count = f[shape_row(q, number) + H_COUNT]
        if count < least:
            least, at = count, number
    row = shape_row(q, at)
    f[row : row + H_POINTS] = 0.0
    w[D_SHAPES] += 1
    f[row + H_EARLY], f[row + H_ID] = 1.0, w[D_SHAPES]
    settle_shape(f, g, q, x, at, 0, early, width)
    return at


@inner
def fade(f: F64, q: I64) -> float:
    """Let all counts fade by one beat; returns their sum."""
    total = 0.0
    for number in range(SHAPES):
        row = shape_row(q, number)
        f[row + H_COUNT] *= FADE
        total += f[row + H_COUNT]
    return total


@inner
def keep_as_last(g: F32, q: I64, x: F64) -> None:
    """Keep the window for the comparison with the next beat."""
    for lead in range(q[T_LEADS]):
        points = points_of(g, q, LAST, lead)
        for k in range(WINDOW):
            points[k] = x[lead, k]
