"""The average beat of a live stream, and what is measured on it: PR, QRS, QT, and ST of each lead.

Normal beats are laid over one another and averaged (the last ``KEEP`` count); noise sinks, borders stay.
State ``f``: float64[live_words], all zero at the start of a stream and behind a gap; a copy of it is all
that a restart needs::

    f[L_COUNT]    beats in the average, at most KEEP
    f[L_REJECTED] beats in a row that looked otherwise
    f[L_RR]       mean interval, seconds
    f[L_TAKEN]    measurements that the ST reference rests on, at most REFERENCE_OF
    f[L_BEHIND]   mean interval to the beat behind, seconds
    f[HEAD:]      ST reference of each lead, µV
    f[HEAD + leads:] the average of each lead, µV, span(fs) steps, the fiducial point at before(fs)

``y`` is float64[leads, n] in µV at ``fs`` steps a second (93–190, the decimated signal).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.ecg.jit import inner
from einthoven.ecg.waves_beat import delineate_beat
from einthoven.ecg.waves_kernels import MARKS, P_ON, QRS_OFF, QRS_ON, T_OFF

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

L_COUNT, L_REJECTED, L_RR, L_TAKEN, L_BEHIND = range(5)
HEAD = 5
BEFORE_S, AFTER_S = 0.44, 0.66
KEEP = 16.0
ALIKE = 0.85
"""A beat whose slopes correlate less with the average is left out …"""
REJECTED_MOST = 12.0
"""… and after so many in a row the average starts anew."""
SHIFT = 2
"""Steps by which a beat is moved to lie best on the average."""
ENOUGH = 6.0
"""Beats an average needs to be measured on."""
INTO_P_S = 0.02
"""T may seem to end so far behind the onset of the next P wave."""
REFERENCE_OF = 3.0
"""The mean of so many first measurements is what ST drifts from (EC57 takes the first 30 s)."""
M_PR, M_QRS, M_QT, M_RR, M_LEADS = range(5)
M_ST60, M_ST80, M_SLOPE, M_DRIFT, M_EACH = range(5)
"""Results: PR, QRS, QT, RR in ms, then of each lead ST at J + 60 and J + 80 ms (µV against the PR segment),
its slope from J + 20 to J + 80 ms (µV/s) and the drift of ST at J + 80 from the reference (µV). NaN: not
seen."""


@njit(nogil=True)
def before(fs: float) -> int:
    """Steps of the average before the fiducial point."""
    return int(BEFORE_S * fs)


@njit(nogil=True)
def span(fs: float) -> int:
    """Steps of the average."""
    return before(fs) + int(AFTER_S * fs) + 1


@njit(nogil=True)
def live_words(leads: int, fs: float) -> int:
    """Length of the state."""
    return HEAD + leads * (1 + span(fs))


@njit(nogil=True)
def measured_words(leads: int) -> int:
    """Length of the results."""
    return M_LEADS + leads * M_EACH


@inner
def _alike(f: F64, y: F64, start: int, fs: float) -> float:
    """Correlation of the slopes round the QRS complex with the average's, all leads together."""
    leads, m, middle, reach = len(y), span(fs), before(fs), int(0.09 * fs)
    both, mine, usual = 0.0, 0.0, 0.0
    for lead in range(leads):
        base = HEAD + leads + lead * m
        for k in range(middle - reach, middle + reach):
            a, b = f[base + k + 1] - f[base + k], y[lead, start + k + 1] - y[lead, start + k]
            both += a * b
            mine += b * b
            usual += a * a
    if mine <= 0.0 or usual <= 0.0:
        return 0.0
    alike: float = both / np.sqrt(mine * usual)
    return alike


@njit(nogil=True)
def average_beat(f: F64, y: F64, fid: int, rr_s: float, behind_s: float, fs: float) -> bool:
    """Take a normal beat into the average.

    Args:
        f: the state.
        y: float64[leads, n].
        fid: index of its fiducial point; ``before(fs)`` steps before and 0.66 s behind it must lie in ``y``,
            with ``SHIFT`` to spare, else the beat is left out.
        rr_s: interval to the beat before, seconds.
        behind_s: interval to the beat behind: T ends before that.
        fs: steps a second.

    Returns:
        Whether it was taken.
    """
    leads, m = len(y), span(fs)
    start = fid - before(fs)
    if start < SHIFT or start + m + SHIFT + 1 > y.shape[1] or rr_s <= 0.0:
        return False
    if f[L_COUNT] > 0.0:
        best, at = -1.0, start
        for shift in range(-SHIFT, SHIFT + 1):
            alike = _alike(f, y, start + shift, fs)
            if alike > best:
                best, at = alike, start + shift
        start = at
        if best < ALIKE:
            f[L_REJECTED] += 1.0
            if f[L_REJECTED] < REJECTED_MOST:
                return False
            f[L_COUNT] = 0.0
    f[L_REJECTED] = 0.0
    count = min(f[L_COUNT] + 1.0, KEEP)
    level = max(0, before(fs) - int(0.08 * fs))
    for lead in range(leads):
        base, zero = HEAD + leads + lead * m, y[lead, start + level]
        for k in range(m):
            f[base + k] += (y[lead, start + k] - zero - f[base + k]) / count
    f[L_RR] += (rr_s - f[L_RR]) / count
    f[L_BEHIND] += (behind_s - f[L_BEHIND]) / count
    f[L_COUNT] = count
    return True


@njit(nogil=True)
def measure_average(f: F64, leads: int, fs: float, out: F64) -> bool:
    """Measure the average beat.

    Args:
        f: the state; keeps the ST reference.
        leads: how many.
        fs: steps a second.
        out: float64[measured_words(leads)], takes the results.

    Returns:
        False when there are too few beats yet (all NaN).
    """
    out[:] = np.nan
    if f[L_COUNT] < ENOUGH:
        return False
    m, fine = span(fs), 2.0 * fs
    y = np.empty((leads, 2 * m - 1))
    for lead in range(leads):
        base = HEAD + leads + lead * m
        for k in range(m - 1):
            y[lead, 2 * k] = f[base + k]
            y[lead, 2 * k + 1] = 0.5 * (f[base + k] + f[base + k + 1])
        y[lead, 2 * m - 2] = f[base + m - 1]
    borders, sure = np.empty((leads + 1, MARKS), np.int64), np.empty(3)
    fid = 2 * before(fs)
    delineate_beat(y, fid, f[L_RR], fid + int(f[L_BEHIND] * fine), fine, borders, sure)
    on, off = borders[0, QRS_ON], borders[0, QRS_OFF]
    if on < 0:
        return False
    step_ms = 1000.0 / fine
    out[M_RR], out[M_QRS] = 1000.0 * f[L_RR], (off - on) * step_ms
    if borders[0, P_ON] >= 0:
        out[M_PR] = (on - borders[0, P_ON]) * step_ms
    # T that ends behind the onset of the next P wave has run together with it.
    runs_on = borders[0, P_ON] >= 0 and borders[0, T_OFF] > borders[0, P_ON] + int(
        (f[L_BEHIND] + INTO_P_S) * fine
    )
    if borders[0, T_OFF] >= 0 and not runs_on:
        out[M_QT] = (borders[0, T_OFF] - on) * step_ms
    taken = min(f[L_TAKEN] + 1.0, REFERENCE_OF)
    for lead in range(leads):
        at = M_LEADS + lead * M_EACH
        st_of_lead(y[lead], on, off, fine, out[at : at + M_DRIFT])
        if f[L_TAKEN] < REFERENCE_OF:
            f[HEAD + lead] += (out[at + M_ST80] - f[HEAD + lead]) / taken
        out[at + M_DRIFT] = out[at + M_ST80] - f[HEAD + lead]
    f[L_TAKEN] = taken
    return True


@inner
def mean_of(x: F64, start: int, stop: int) -> float:
    """Mean of ``x[start:stop]``, held within ``x``; at least one value."""
    start = min(max(0, start), len(x) - 1)
    stop = min(max(stop, start + 1), len(x))
    total = 0.0
    for i in range(start, stop):
        total += x[i]
    return total / (stop - start)


@njit(nogil=True)
def st_of_lead(x: F64, on: int, off: int, fs: float, out: F64) -> None:
    """ST at J + 60 and J + 80 ms against the PR segment, and its slope, of one lead.

    Args:
        x: float64[n], µV.
        on, off: borders of its QRS complex.
        fs: steps a second.
        out: float64[3]: µV, µV, µV/s.
    """
    zero = mean_of(x, on - int(0.024 * fs + 0.5), on - int(0.004 * fs))
    half = max(1, int(0.008 * fs + 0.5))
    for column, late in ((M_ST60, 0.06), (M_ST80, 0.08)):
        at = off + int(late * fs + 0.5)
        out[column] = mean_of(x, at - half, at + half + 1) - zero
    first, last = off + int(0.02 * fs + 0.5), min(off + int(0.08 * fs + 0.5), len(x) - 1)
    n = last - first + 1
    out[M_SLOPE] = 0.0
    if n >= 3:
        middle, level, turn, spread = 0.5 * (first + last), mean_of(x, first, last + 1), 0.0, 0.0
        for i in range(first, last + 1):
            turn += (i - middle) * (x[i] - level)
            spread += (i - middle) * (i - middle)
        out[M_SLOPE] = turn / spread * fs
