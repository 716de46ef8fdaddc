"""Borders of P, QRS and T in one beat, from a stretch of signal round it.

``y`` is float64[leads, n] in µV at ``fs`` steps a second (93–400). Borders are indices of ``y``, −1 where a
wave is not seen. Three ideas carry it, none of which cares about offset or scale:

* a *hump*: how far a point lies above or below the straight line between two points at its sides. It finds P
  and T of either sign, on slopes and drift, in all leads at once (the sum of the leads' magnitudes).
* a *corner*: where the running sum of a steepness is farthest from its own chord. It finds where a wave
  begins and ends without a threshold in µV.
* a *joint lead*: the leads added with the sign and weight of their own humps; its borders are the beat's.

The lengths below were tuned on 24 records of the QT database (``training/waves.py``).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.ecg.jit import inner

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

P_ON, P_PEAK, P_OFF, QRS_ON, QRS_PEAK, QRS_OFF, T_ON, T_PEAK, T_OFF = range(9)
"""Columns of the borders."""
MARKS = 9
KEEP_P, KEEP_QRS, KEEP_T = range(3)
"""Columns of the confidences."""

# Seconds, unless said.
SMOOTH_FINE, SMOOTH_T = 0.010, 0.023
QRS_REACH, QRS_REACH_OFF = 0.11, 0.20
ON_SHARE, ON_GAP, ON_REACH = 0.384, 0.078, 0.095
JOINT_LATE_S = 0.006
OFF_SHARE, OFF_GAP, OFF_REACH = 0.152, 0.036, 0.106
"""What is steeper than this share of the steepest belongs to the complex, across gaps of that length; the
corner is sought within ``REACH`` beyond."""
T_HUMP, T_FROM, T_TO, T_NEAR, T_SPREAD, T_OWN = 0.118, 0.043, 0.42, 0.20, 0.20, 0.029
"""T: half width of its hump; sought from the QRS offset + ``T_FROM`` to + ``T_TO``·√RR, most likely at
``T_NEAR``·√RR give or take ``T_SPREAD``; a lead's own peak lies within ``T_OWN``."""
T_BEFORE_QRS, T_BEFORE_P, P_AFTER_T = 0.12, 0.158, 0.14
"""T ends ``T_BEFORE_P`` before the next P peak at the latest; its peak ``T_BEFORE_QRS`` before the QRS."""
P_HUMP, P_BEFORE, P_NEAR, P_SPREAD, P_CLOSE, P_OWN, P_SIDE = 0.038, 0.435, 0.165, 0.135, 0.02, 0.014, 0.10
P_EARLIEST, P_EARLIEST_RR = 0.10, 0.30
"""P is not sought before the last QRS + ``P_EARLIEST`` + ``P_EARLIEST_RR``·√RR."""
T_SHAPE = (0.334, 0.004, 0.073, 0.073, 0.062, 0.224, 0.041, 0.12, 0.50, 0.5)
P_SHAPE = (0.506, 0.007, 0.056, 0.081, 0.088, 0.081, 0.055, 0.12, 0.11, 1.0)
"""Share of the steepest, gap, reach of the corner before and behind, reach of the steepest before and behind,
reach of the top, reach of all before and behind, how much of the tilt under the wave is taken away."""


@njit(nogil=True)
def smooth(x: F64, half: int, out: F64) -> None:
    """Two running means in a row: a triangle of ``2·half + 1`` steps, without delay; the ends are held."""
    n, width = len(x), half + 1
    once = np.empty(n + width)
    total = 0.0
    for k in range(-width, n + width):
        total += x[min(max(k, 0), n - 1)]
        if k >= 0:
            total -= x[min(max(k - width, 0), n - 1)]
            once[k] = total
    total = 0.0
    for k in range(width):
        total += once[k]
    for k in range(n):
        out[k] = total / (width * width)
        total += once[k + width] - once[k]


@inner
def corner(q: F64, start: int, stop: int, ends: bool) -> int:
    """Where the running sum of ``q`` over [start, stop] is farthest above (``ends``) or below its chord."""
    if stop - start < 3:
        return stop if not ends else start
    total = 0.0
    for i in range(start, stop + 1):
        total += q[i]
    step, run, best = total / (stop - start), 0.0, -1.0
    at = start if ends else stop
    for i in range(start, stop + 1):
        run += q[i]
        far = run - (i - start) * step
        if not ends:
            far = -far
        if far > best:
            best, at = far, i
    return at


@inner
def steepest(q: F64, start: int, stop: int) -> tuple[int, float]:
    """Index and value of the largest of ``q`` in [start, stop]."""
    most, at = 0.0, start
    for i in range(start, stop + 1):
        if q[i] > most:
            most, at = q[i], i
    return at, most


@inner
def reach_right(q: F64, start: int, stop: int, floor: float, gap: int) -> int:
    """The last point above ``floor``, with no pause longer than ``gap`` before it."""
    last = start
    for i in range(start, stop + 1):
        if q[i] > floor:
            if i - last > gap:
                break
            last = i
    return last


@inner
def reach_left(q: F64, start: int, stop: int, floor: float, gap: int) -> int:
    """The same to the left, from ``stop``."""
    last = stop
    for i in range(stop, start - 1, -1):
        if q[i] > floor:
            if last - i > gap:
                break
            last = i
    return last


@inner
def hump(s: F64, i: int, half: int, low: int, high: int) -> float:
    """Height of ``s[i]`` over the line between the points ``half`` away, at most at ``low`` and ``high``."""
    a, b = max(low, i - half), min(high, i + half)
    if b - i < 0.4 * half or i - a < 0.4 * half:
        return 0.0
    height: float = s[i] - (s[a] + (s[b] - s[a]) * (i - a) / (b - a))
    return height


@inner
def find_hump(
    s: F64, start: int, stop: int, half: int, low: int, high: int, centre: float, spread: float
) -> tuple[int, float]:
    """Where all leads together have their largest hump, and how large; nearer to ``centre`` counts more."""
    best, at, size = 0.0, -1, 0.0
    for i in range(start, stop + 1):
        value = 0.0
        for lead in range(len(s)):
            value += abs(hump(s[lead], i, half, low, high))
        away = (i - centre) / spread
        weighed = value / (1.0 + away * away)
        if weighed > best:
            best, at, size = weighed, i, value
    return at, size


@inner
def own_hump(s: F64, near: int, reach: int, half: int, low: int, high: int) -> tuple[int, float]:
    """One lead's own largest hump round ``near``: index and signed height."""
    at, height = near, 0.0
    for i in range(max(low + 1, near - reach), min(high - 1, near + reach) + 1):
        value = hump(s, i, half, low, high)
        if abs(value) > abs(height):
            at, height = i, value
    return at, height


@inner
def join_leads(s: F64, heights: F64, out: F64) -> None:
    """The leads added, each with the sign and weight of its hump."""
    most = 0.0
    for height in heights:
        most = max(most, abs(height))
    out[:] = 0.0
    if most > 0.0:
        for lead in range(len(s)):
            share = heights[lead] / most
            for i in range(len(out)):
                out[i] += share * s[lead, i]


@inner
def trace_wave(
    s: F64,
    at: int,
    height: float,
    half: int,
    low: int,
    high: int,
    shape: tuple[float, ...],
    square: bool,
    fs: float,
    q: F64,
) -> tuple[int, int, int]:
    """Onset, peak and end of the wave whose hump is at ``at``, within [low, high]."""
    low, high = max(low, at - int(shape[7] * fs)), min(high, at + int(shape[8] * fs))
    sign = 1.0 if height > 0 else -1.0
    a, b = max(low, at - half), min(high, at + half)
    tilt = shape[9] * (s[b] - s[a]) / max(1, b - a)
    peak, best, reach = at, -np.inf, int(shape[6] * fs)
    for i in range(max(low + 1, at - reach), min(high - 1, at + reach) + 1):
        value = sign * (s[i] - tilt * i)
        if value > best:
            peak, best = i, value
    for i in range(max(1, low), min(len(s) - 2, high) + 1):
        q[i] = abs(0.5 * (s[i + 1] - s[i - 1]) - tilt)
    left, rise = steepest(q, max(low, peak - int(shape[4] * fs)), peak)
    right, fall = steepest(q, peak, min(high, peak + int(shape[5] * fs)))
    gap = max(1, int(shape[1] * fs))
    left = reach_left(q, low, left, shape[0] * rise, gap)
    right = reach_right(q, right, high, shape[0] * fall, gap)
    start, stop = max(low, left - int(shape[2] * fs)), min(high, right + int(shape[3] * fs))
    if square:
        for i in range(start, stop + 1):
            q[i] *= q[i]
    return corner(q, start, left, False), peak, corner(q, right, stop, True)


@inner
def complex_on(q: F64, fid: int, low: int, high: int, fs: float) -> int:
    """Where the complex round ``fid`` begins; ``q`` is the steepness and is overwritten by its root."""
    top, most = steepest(q, max(low, fid - int(0.12 * fs)), min(high, fid + int(0.12 * fs)))
    start = reach_left(q, max(low, fid - int(QRS_REACH * fs)), top, ON_SHARE * most, int(ON_GAP * fs))
    first = max(low, start - int(ON_REACH * fs))
    for i in range(first, start + 1):
        q[i] = np.sqrt(q[i])
    return corner(q, first, start, False)


@inner
def complex_off(q: F64, fid: int, low: int, high: int, fs: float) -> int:
    """Where the complex round ``fid`` ends; ``q`` is overwritten behind its last steep point."""
    top, most = steepest(q, max(low, fid - int(0.12 * fs)), min(high, fid + int(0.12 * fs)))
    stop = reach_right(q, top, min(high, fid + int(QRS_REACH_OFF * fs)), OFF_SHARE * most, int(OFF_GAP * fs))
    last = min(high, stop + int(OFF_REACH * fs))
    for i in range(stop, last + 1):
        q[i] *= np.sqrt(q[i])
    return corner(q, stop, last, True)


@inner
def qrs_borders(s: F64, fid: int, fs: float, out: I64) -> float:
    """Borders of the complex round ``fid``: row 0 of ``out`` all leads together, row 1 + k lead k.

    Args:
        s: float64[leads, n], lightly smoothed.
        fid: index of its fiducial point.
        fs: steps a second.
        out: int64[leads + 1, MARKS]; the QRS columns are set.

    Returns:
        Confidence 0–1: how much steeper the complex is than what surrounds it.
    """
    leads, n = s.shape
    low, high = max(1, fid - int(0.21 * fs)), min(n - 2, fid + int(0.31 * fs))
    out[:, QRS_ON], out[:, QRS_PEAK], out[:, QRS_OFF] = -1, fid, -1
    if high - low < 5 or fid < low or fid > high:
        return 0.0
    even, rooted, q = np.zeros(n), np.zeros(n), np.zeros(n)
    for lead in range(leads):
        for i in range(low, high + 1):
            q[i] = abs(s[lead, i + 1] - s[lead, i - 1])
            even[i] += q[i]
        _, most = steepest(q, max(low, fid - int(0.1 * fs)), min(high, fid + int(0.1 * fs)))
        share = 1.0 / np.sqrt(most) if most > 0.0 else 0.0
        for i in range(low, high + 1):
            rooted[i] += q[i] * share
        if most > 0.0:
            out[lead + 1, QRS_ON] = min(fid, complex_on(q.copy(), fid, low, high, fs))
            out[lead + 1, QRS_OFF] = max(fid, complex_off(q, fid, low, high, fs))
    _, most = steepest(even, low, high)
    if most <= 0.0:
        return 0.0
    # Several leads together fall quiet a little later than an annotator's border, as measured.
    late = int(JOINT_LATE_S * fs) if leads > 1 else 0
    out[0, QRS_OFF] = max(fid, complex_off(even, fid, low, high, fs) - late)
    out[0, QRS_ON] = min(fid, complex_on(rooted, fid, low, high, fs))
    quiet = 0.0
    for i in range(low, out[0, QRS_ON]):
        quiet += even[i]
    quiet /= max(1, out[0, QRS_ON] - low)
    sure: float = max(0.0, 1.0 - 3.0 * quiet / most)
    return sure
