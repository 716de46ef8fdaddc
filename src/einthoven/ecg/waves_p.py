"""Is there a P wave before this beat, and are there P waves between two beats?

A stream keeps the slope of the signal before its normal beats, averaged: what repeats there is P, what does
not (fibrillation, noise) averages out. State, ``f`` float64[HEAD + leads · span(fs)], all zero at the start::

    f[COUNT]   beats learned, at most KEEP
    f[SPREAD]  how far the beats lie from their average, energy
    f[HEIGHT]  usual height of the P waves found, µV (kept by who traces them)
    f[HEAD:]   average slope of each lead over the WINDOW before the QRS onset, µV a step

All arrays float64; ``s`` is float64[leads, n] in µV, lightly smoothed, at ``fs`` steps a second.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.ecg.jit import inner

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

COUNT, SPREAD, HEIGHT = range(3)
HEAD = 3
WINDOW_S, CLOSE_S = 0.26, 0.012
"""The slope before the QRS onset: from ``WINDOW_S`` to ``CLOSE_S``."""
KEEP = 16.0
"""Beats over which the average forgets."""
LEARN_LEAST = 3.0
"""Beats after which the average can tell."""
ROOM_S = 0.10
"""Less room than this behind the T wave before: not decidable."""
SOLID = 0.25
"""Energy of the average over that of the beats' scatter, at which the average is half believed."""
P_HALF_S = 0.06
APART_S = 0.20
LIKE = 0.75
GAIN_LEAST, GAIN_MOST = 0.45, 2.2
"""A P wave between beats correlates with the average one by ``LIKE`` and is this many times as high."""
SOLID_LEAST, MOVED_MOST = 0.5, 1.0
NOT_DECIDABLE = -1.0


@njit(nogil=True)
def span(fs: float) -> int:
    """Steps of the window before the QRS onset."""
    return int((WINDOW_S - CLOSE_S) * fs)


@njit(nogil=True)
def words(leads: int, fs: float) -> int:
    """Length of the state."""
    return HEAD + leads * span(fs)


@inner
def _reach(fs: float) -> int:
    return max(1, int(0.008 * fs + 0.5))


@inner
def first_step(qrs_on: int, t_end: int, fs: float) -> int:
    """First usable step of the window before ``qrs_on``; the window's length when too little is left."""
    m, reach = span(fs), _reach(fs)
    start = qrs_on - int(CLOSE_S * fs) - m
    first = max(0, t_end - start, reach - start)
    return first if m - first >= ROOM_S * fs and start + m + reach <= qrs_on + 1 else m


@njit(nogil=True)
def p_learn(f: F64, s: F64, qrs_on: int, t_end: int, fs: float) -> None:
    """Take a normal beat into the average.

    Args:
        f: the state.
        s: float64[leads, n], with the window before the QRS onset in it.
        qrs_on: index of the QRS onset.
        t_end: index of the end of the T wave before (0 or less: out of sight).
        fs: steps a second.
    """
    leads, m, reach = len(s), span(fs), _reach(fs)
    first = first_step(qrs_on, t_end, fs)
    if first >= m:
        return
    count = min(f[COUNT] + 1.0, KEEP)
    start, apart = qrs_on - int(CLOSE_S * fs) - m, 0.0
    for lead in range(leads):
        at = HEAD + lead * m
        for k in range(first, m):
            i = start + k
            off = s[lead, i + reach] - s[lead, i - reach] - f[at + k]
            apart += off * off
            f[at + k] += off / count
    f[SPREAD] += (apart * m / (m - first) - f[SPREAD]) / count
    f[COUNT] = count


@njit(nogil=True)
def p_solid(f: F64, leads: int, fs: float) -> float:
    """How well the average shows a P wave: 0 (nothing repeats, as in fibrillation) … 1; −1 not yet known."""
    if f[COUNT] < LEARN_LEAST:
        return NOT_DECIDABLE
    energy = 0.0
    for k in range(HEAD, HEAD + leads * span(fs)):
        energy += f[k] * f[k]
    energy = max(0.0, energy - f[SPREAD] / f[COUNT])
    return energy / (energy + SOLID * f[SPREAD]) if energy > 0.0 else 0.0


@njit(nogil=True)
def p_evidence(f: F64, s: F64, qrs_on: int, t_end: int, fs: float) -> float:
    """How well a P wave is seen in its usual place before a beat.

    Args: as ``p_learn``.

    Returns:
        0 (none) … 1 (as ever); −1 where the T wave before leaves no room or too few beats are known.
    """
    leads, m, reach = len(s), span(fs), _reach(fs)
    first = first_step(qrs_on, t_end, fs)
    solid = p_solid(f, leads, fs)
    if first >= m or solid < 0.0:
        return NOT_DECIDABLE
    start, both, mine, usual = qrs_on - int(CLOSE_S * fs) - m, 0.0, 0.0, 0.0
    for lead in range(leads):
        at = HEAD + lead * m
        for k in range(first, m):
            i = start + k
            slope = s[lead, i + reach] - s[lead, i - reach]
            both += slope * f[at + k]
            mine += slope * slope
            usual += f[at + k] * f[at + k]
    if mine <= 0.0 or usual <= 0.0:
        return 0.0
    like = both / np.sqrt(mine * usual)
    evidence: float = np.sqrt(max(0.0, min(1.0, both / usual))) * max(0.0, like) * solid
    return evidence


@njit(nogil=True)
def p_centre(f: F64, leads: int, fs: float) -> int:
    """Steps from the QRS onset back to the middle of the average P wave."""
    m, mass, turn = span(fs), 0.0, 0.0
    for k in range(leads * m):
        weight = f[HEAD + k] * f[HEAD + k]
        mass += weight
        turn += weight * (k % m)
    middle = turn / mass if mass > 0.0 else 0.5 * m
    return int(m - middle) + int(CLOSE_S * fs)


@njit(nogil=True)
def p_between(f: F64, s: F64, start: int, stop: int, fs: float, at: I64) -> int:
    """P waves like the usual one in a stretch without beats (behind a T wave, before the next QRS onset).

    Args:
        f: the state of ``p_learn``.
        s: float64[leads, n].
        start, stop: the stretch.
        fs: steps a second.
        at: int64[k], takes their middles.

    Returns:
        How many, at most k; −1 when that cannot be told: no solid P to compare with, no room, or as much
        other movement as a P wave has.
    """
    leads, m, reach, half = len(s), span(fs), _reach(fs), int(P_HALF_S * fs)
    first, last = max(start, reach) + half, min(stop, s.shape[1] - reach) - half
    if p_solid(f, leads, fs) < SOLID_LEAST or last - first < half:
        return -1
    middle = min(max(m + int(CLOSE_S * fs) - p_centre(f, leads, fs), half), m - half - 1)
    usual = 0.0
    for lead in range(leads):
        for k in range(middle - half, middle + half + 1):
            usual += f[HEAD + lead * m + k] ** 2
    like = np.zeros(last - first)
    moved = 0.0
    for i in range(first, last):
        both, mine = 0.0, 0.0
        for lead in range(leads):
            base = HEAD + lead * m + middle
            for k in range(-half, half + 1):
                slope = s[lead, i + k + reach] - s[lead, i + k - reach]
                both += slope * f[base + k]
                mine += slope * slope
        moved += mine
        gain = both / usual
        if mine > 0.0 and GAIN_LEAST <= gain <= GAIN_MOST and both > LIKE * np.sqrt(mine * usual):
            like[i - first] = both / np.sqrt(mine * usual)
    found = _peaks(like, first, int(APART_S * fs), at)
    quiet = moved / (last - first) - found * usual * (2 * half + 1) / (last - first)
    return -1 if quiet > MOVED_MOST * usual else found


@inner
def _peaks(like: F64, first: int, apart: int, at: I64) -> int:
    """Indices (+ ``first``) of peaks above 0, the highest within ``apart``; how many."""
    found, n = 0, len(like)
    for i in range(n):
        if like[i] <= 0.0 or found == len(at):
            continue
        best = True
        for k in range(max(0, i - apart), min(n, i + apart + 1)):
            if like[k] > like[i] or (like[k] == like[i] and k < i):
                best = False
                break
        if best:
            at[found] = first + i
            found += 1
    return found
