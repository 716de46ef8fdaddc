"""How much of a lead's movement the beats before do not repeat: what is background in a fast rhythm.

Where beats come fast, T waves, P waves and the next QRS fill every part of a second, and no part is left that
shows the background alone. Each beat of the last second is therefore laid over those before it: what a clean
lead shows comes again, noise does not. The views ``f``, ``w`` and table ``p`` are as in ``kernels``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.design import (
    AT_CANDIDATES,
    C_SAMPLE,
    C_STATE,
    CANDIDATE_WORDS,
    CANDIDATES,
    RATE_MHZ,
    S_CAND_COUNT,
    S_FIRST,
    S_INTERVAL,
    S_RR_COUNT,
)
from einthoven.ecg.jit import inner
from einthoven.ecg.study_layout import T_GROUP

F64 = NDArray[np.float64]
I16 = NDArray[np.int16]
I64 = NDArray[np.int64]

FAST_MS = 450.0
"""Mean interval below which beats may fill every part of a second: above 133 a minute."""
SPAN_MS, LOOKED_MS = 3600, 1700
"""So much signal is taken from the ring; beats so long ago, and later, are laid over those before them."""
BEATS = 14
"""Beats looked at, at the most: as many as come in the span at 240 a minute."""
BEFORE_MS = 120
"""A beat begins so long before the sample it is told at."""
BACK, SHIFTS = 5, 2
"""Each beat is laid over so many before it, shifted by up to so many of the ring's values; the best one
counts."""
COVERED_MS = 400
"""With less than this laid over one another nothing is known."""
SMOOTH_MS, HEIGHT_MS = 25, 80
"""Movement is the difference of two neighbouring means of the first length; a beat's height is what moves in
the second (as in the filters of ``kernels``)."""
UNKNOWN = np.inf


@inner
def last_beats(w: I64, p: I64, group: int, beats: I64) -> int:
    """Fill ``beats`` with the ring's indices of the latest beats, the newest first; returns how many."""
    count = 0
    newest = w[S_CAND_COUNT]
    for back in range(1, min(newest, CANDIDATES) + 1):
        row = p[AT_CANDIDATES] + ((newest - back) % CANDIDATES) * p[CANDIDATE_WORDS]
        if w[row + C_STATE] == 2 and count < len(beats):
            beats[count] = (w[row + C_SAMPLE] - w[S_FIRST]) // group
            count += 1
    return count


@inner
def is_fast(f: F64, w: I64) -> bool:
    """Whether the latest beats came so fast that they may leave no part of a second to the background."""
    return bool(w[S_RR_COUNT] >= 2 and f[S_INTERVAL] < FAST_MS)


@inner
def movement(ring: I16, count: int, width: int, y: F64) -> None:
    """Fill ``y`` with the differences of neighbouring means of ``width`` values, up to value ``count``."""
    first, size = count - len(y), len(ring)
    here = before = 0.0
    for k in range(width):
        here += ring[(first - k) % size]
        before += ring[(first - width - k) % size]
    for k in range(len(y)):
        y[k] = here - before
        middle = ring[(first + k + 1 - width) % size]
        here += float(ring[(first + k + 1) % size]) - middle
        before += float(middle) - ring[(first + k + 1 - 2 * width) % size]


@inner
def height(y: F64, first: int, stop: int, width: int) -> float:
    """Most movement in ``width`` values between ``first`` and ``stop``."""
    total = most = 0.0
    for k in range(first, stop):
        total += abs(y[k])
        if k - first >= width:
            total -= abs(y[k - width])
        most = max(most, total)
    return most


@inner
def apart(y: F64, first: int, stop: int, ago: int) -> float:
    """Mean difference between ``y`` and itself so many values ago, where shifted to fit best."""
    least = np.inf
    for shift in range(-SHIFTS, SHIFTS + 1):
        total = 0.0
        for k in range(first, stop):
            total += abs(y[k] - y[k - ago - shift])
        least = min(least, total)
    return least / (stop - first)


@inner
def unrepeated(y: F64, beats: I64, n: int, per_ms: float) -> float:
    """Movement of a lead that earlier beats do not show too, as a share of the height of its beats.

    Args:
        y: float64[k], the lead's movement up to now. beats: the last ``n`` beats as indices of ``y``, the
        newest first; those before ``y`` are negative. per_ms: values a millisecond.

    Returns:
        In 80 ms, like the background of a slow rhythm, without the beat that fits worst (one may be taken at
        its T wave); ``UNKNOWN`` where too little can be compared.
    """
    before, width = int(BEFORE_MS * per_ms), int(HEIGHT_MS * per_ms)
    until, covered = len(y), 0
    moved = top = worst = 0.0
    dropped = 0
    for k in range(n - 1):
        first = beats[k] - before
        if beats[k] < len(y) - LOOKED_MS * per_ms or first < 0:
            break
        least, length = np.inf, 0
        for j in range(k + 1, min(n, k + 1 + BACK)):
            ago = beats[k] - beats[j]
            stop = min(until, first + beats[j - 1] - beats[j])
            if first - ago - SHIFTS < 0 or stop <= first:
                break
            here = apart(y, first, stop, ago)
            if here < least:
                least, length = here, stop - first
        if length > 0:
            moved += least * length
            covered += length
            top = max(top, height(y, first, first + length, width))
            if least > worst:
                worst, dropped = least, length
        until = first
    moved, covered = moved - worst * dropped, covered - dropped
    if covered < COVERED_MS * per_ms or top <= 0.0:
        return UNKNOWN
    # Two beats' noise was taken together.
    return float(moved / covered * width / (np.sqrt(2.0) * top))


@inner
def background_of_repeats(w: I64, p: I64, q: I64, ring: I16, count: int) -> float:
    """``unrepeated`` of the lead whose ``ring`` holds ``count`` values by now."""
    group = q[T_GROUP]
    per_ms = p[RATE_MHZ] / 1e6 / group
    size, width = int(SPAN_MS * per_ms), max(2, int(SMOOTH_MS * per_ms + 0.5))
    if count < size + 2 * width:
        return UNKNOWN
    y, beats = np.empty(size), np.empty(BEATS, np.int64)
    n = last_beats(w, p, group, beats)
    beats -= count - size
    movement(ring, count, width, y)
    return unrepeated(y, beats, n, per_ms)
