"""How irregular the intervals around a beat are: what the judge of atrial fibrillation looks at.

Windows of 33 to 129 intervals around the beat, with the intervals that a ventricular beat bounds left out.
The measures are known ones: words of symbolic dynamics (Zhou et al. 2014), coefficient of sample entropy
(Lake & Moorman 2011), cells that the Lorenz plot occupies (Sarkar et al. 2008), sizes of successive
differences (after Tateno & Glass 2001). ``guess3`` is ours: ectopic beats in a pattern, blocks of
Wenckebach and flutter with changing block are as irregular as fibrillation, but what comes next can be
foretold from what came before.

Departures: Zhou's words are counted in windows centred on the beat; the entropy's tolerance and the cells
of the Lorenz plot are shares of the intervals, not milliseconds.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]

LEFT, RIGHT = 72, 56
"""Intervals looked at before a beat and after it; the latter bounds how late a beat is judged."""
SPAN = LEFT + 1 + RIGHT
NEAR, MIDDLE, FAR = 16, 32, 64
"""Half widths of the windows."""
TOP = 0.5
"""A relative difference counts as this at the most."""
TOLERANCE = 0.04
"""Of the sample entropy: this share of the mean interval is alike."""
NEARLY = 0.05
"""Nearness to the local median, as a share of it."""
CELLS_PER_UNIT, CELLS_SIDE = 25.0, 32
STEP_PER_MIN, SYMBOLS = 5.0, 64
"""Width of a symbol in beats a minute, and their number."""
SLOTS = 256
NAMES = (
    "words16",
    "words32",
    "words64",
    "mean_ms",
    "guess3",
    "step_before",
    "step_after",
    "near_before",
    "near_after",
    "near64",
    "entropy",
    "cells",
)
COUNT = len(NAMES)
WORDS32 = 1
RISING = (1, 1, 1, 0, 1, 1, 1, -1, -1, -1, 1, 1)
"""Whether more of it may only speak for fibrillation (1), only against it (−1), or either way."""


@njit(nogil=True)
def local_median(rr: F64, at: int) -> float:
    """Median of up to nine intervals around ``at``."""
    kept = np.empty(9)
    first, stop = max(0, at - 4), min(len(rr), at + 5)
    for index in range(first, stop):
        value, place = rr[index], index - first
        while place > 0 and kept[place - 1] > value:
            kept[place] = kept[place - 1]
            place -= 1
        kept[place] = value
    n = stop - first
    return float(kept[n // 2] if n % 2 else 0.5 * (kept[n // 2 - 1] + kept[n // 2]))


@njit(nogil=True)
def _words(rr: F64, first: int, stop: int) -> float:
    """Share of different words of three symbols, times their entropy as a share of the largest possible."""
    key, times = np.full(SLOTS, -1, np.int64), np.zeros(SLOTS, np.int64)
    a, b, n, kinds = 0, 0, 0, 0
    for index in range(first, stop):
        symbol = min(SYMBOLS - 1, int(60000.0 / rr[index] / STEP_PER_MIN))
        word = (a * SYMBOLS + b) * SYMBOLS + symbol
        a, b = b, symbol
        if index < first + 2:
            continue
        slot = (word * 40503) % SLOTS
        while key[slot] != word and key[slot] >= 0:
            slot = (slot + 1) % SLOTS
        kinds += key[slot] < 0
        key[slot] = word
        times[slot] += 1
        n += 1
    if n < 6:
        return 0.0
    entropy = np.log(n)
    for slot in range(SLOTS):
        if times[slot] > 1:
            entropy -= times[slot] * np.log(times[slot]) / n
    return float(kinds / n * entropy / np.log(n))


@njit(nogil=True)
def _guess(rr: F64, first: int, stop: int) -> float:
    """Mean relative error when each interval is foretold by what followed the likest three elsewhere."""
    total = 0.0
    for j in range(first + 3, stop):
        best, missed = np.inf, 0.0
        a, b, c, here = rr[j - 1], rr[j - 2], rr[j - 3], rr[j]
        for k in range(first + 3, stop):
            apart = abs(a - rr[k - 1]) + abs(b - rr[k - 2]) + abs(c - rr[k - 3])
            if apart < best and k != j:
                best, missed = apart, abs(here - rr[k])
        total += min(missed / here, TOP)
    return total / max(stop - first - 3, 1)


@njit(nogil=True)
def _entropy(rr: F64, first: int, stop: int) -> float:
    """Coefficient of sample entropy of order 1, less what depends on the mean interval only."""
    n = stop - first
    if n < 6:
        return 0.0
    total = 0.0
    for index in range(first, stop):
        total += rr[index]
    tolerance = TOLERANCE * total / n
    ones, twos = 0, 0
    for i in range(first, stop - 1):
        here, following = rr[i], rr[i + 1]
        for j in range(i + 1, stop - 1):
            near = abs(here - rr[j]) <= tolerance
            ones += near
            twos += near & (abs(following - rr[j + 1]) <= tolerance)
    return float(np.log((ones + 1.0) / (twos + 0.5)) + np.log(2.0 * TOLERANCE))


@njit(nogil=True)
def _cells(rr: F64, first: int, stop: int) -> float:
    """Share of points in a cell of their own on the plot of differences against the differences before."""
    seen = np.zeros(CELLS_SIDE * CELLS_SIDE, np.uint8)
    found, points, half = 0, 0, CELLS_SIDE / 2.0
    for index in range(first + 2, stop):
        a = 2.0 * (rr[index] - rr[index - 1]) / (rr[index] + rr[index - 1])
        b = 2.0 * (rr[index - 1] - rr[index - 2]) / (rr[index - 1] + rr[index - 2])
        x = min(CELLS_SIDE - 1, max(0, int(a * CELLS_PER_UNIT + half)))
        y = min(CELLS_SIDE - 1, max(0, int(b * CELLS_PER_UNIT + half)))
        found += seen[x * CELLS_SIDE + y] == 0
        seen[x * CELLS_SIDE + y] = 1
        points += 1
    return found / max(points, 1)


@njit(nogil=True)
def _near(rr: F64, first: int, stop: int) -> float:
    """Share of intervals that lie near their local median."""
    near = 0
    for index in range(first, stop):
        middle = local_median(rr, index)
        near += abs(rr[index] - middle) <= NEARLY * middle
    return near / max(stop - first, 1)


@njit(nogil=True)
def _step(rr: F64, first: int, stop: int) -> float:
    """Mean relative difference to the interval before."""
    total, n = 0.0, 0
    for index in range(max(first, 1), stop):
        total += min(2.0 * abs(rr[index] - rr[index - 1]) / (rr[index] + rr[index - 1]), TOP)
        n += 1
    return total / max(n, 1)


@njit(nogil=True)
def measure(rr: F64, at: int, out: F64) -> None:
    """Measure the intervals around one of them.

    Args:
        rr: float64[n], intervals in ms in order, at most ``SPAN``.
        at: which of them is judged.
        out: float64[COUNT], gets the values named in ``NAMES``.
    """
    n = len(rr)
    near_first, near_stop = max(0, at - NEAR), min(n, at + NEAR + 1)
    first, stop = max(0, at - MIDDLE), min(n, at + MIDDLE + 1)
    far_first, far_stop = max(0, at - FAR), min(n, at + FAR + 1)
    out[0] = _words(rr, near_first, near_stop)
    out[1] = _words(rr, first, stop)
    out[2] = _words(rr, far_first, far_stop)
    total = 0.0
    for index in range(far_first, far_stop):
        total += rr[index]
    out[3] = total / (far_stop - far_first)
    out[4] = _guess(rr, first, stop)
    out[5] = _step(rr, near_first, at + 1)
    out[6] = _step(rr, at + 1, near_stop)
    out[7] = _near(rr, near_first, at + 1)
    out[8] = _near(rr, at + 1, near_stop)
    out[9] = _near(rr, far_first, far_stop)
    out[10] = _entropy(rr, first, stop)
    out[11] = _cells(rr, first, stop)
