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

from einthoven.ecg.jit import inner

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
RISING = (1, 1, 1, 0, 1, 1, 1, -1, -1, -1, 1, 1)
"""Whether more of it may only speak for fibrillation (1), only against it (−1), or either way."""


@inner
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
        slot = ((word * 2654435761) >> 16) % SLOTS
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


@inner
def _guess(rr: F64, first: int, stop: int) -> float:
    """Mean relative error when each interval is foretold by what followed the likest three elsewhere."""
    n = stop - first - 3
    if n < 2:
        return 0.0
    three, two, one, now = rr[first:stop], rr[first + 1 : stop], rr[first + 2 : stop], rr[first + 3 : stop]
    apart = np.empty(n)
    total = 0.0
    for j in range(n):
        a, b, c = one[j], two[j], three[j]
        for k in range(n):
            apart[k] = abs(a - one[k]) + abs(b - two[k]) + abs(c - three[k])
        apart[j] = np.inf
        best, likest = apart[0], 0
        for k in range(1, n):
            if apart[k] < best:
                best, likest = apart[k], k
        total += min(abs(now[j] - now[likest]) / now[j], TOP)
    return total / n


@inner
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


@inner
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


@inner
def _middle(a: float, b: float, c: float) -> float:
    return max(min(a, b), min(max(a, b), c))


@inner
def _median_of_five(a: float, b: float, c: float, d: float, e: float) -> float:
    return _middle(e, max(min(a, b), min(c, d)), min(max(a, b), max(c, d)))


@inner
def _near(rr: F64, near: NDArray[np.uint8]) -> None:
    """Which intervals lie near the median of the five around them; the two at either end have only three."""
    n = len(rr)
    for index in range(n):
        if 2 <= index < n - 2:
            window = rr[index - 2 : index + 3]
            middle = _median_of_five(window[0], window[1], window[2], window[3], window[4])
        elif n >= 3:
            window = rr[min(max(index - 1, 0), n - 3) :]
            middle = _middle(window[0], window[1], window[2])
        else:
            middle = rr[index]
        near[index] = abs(rr[index] - middle) <= NEARLY * middle


@inner
def _share(flags: NDArray[np.uint8], first: int, stop: int) -> float:
    total = 0
    for index in range(first, stop):
        total += flags[index]
    return total / max(stop - first, 1)


@inner
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
    near = np.empty(n, np.uint8)
    _near(rr, near)
    out[7] = _share(near, near_first, at + 1)
    out[8] = _share(near, at + 1, near_stop)
    out[9] = _share(near, far_first, far_stop)
    out[10] = _entropy(rr, first, stop)
    out[11] = _cells(rr, first, stop)
