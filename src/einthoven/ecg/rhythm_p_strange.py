"""The form of P waves that keep no place before the beats: found in the long line between two slow beats.

Where the ventricles are slow, P waves that are not conducted lie anywhere between T wave and QRS complex, but
all look alike. From each such interval the likest stretch (at first the one that moves most) is taken into an
average, in the very state that ``waves_p`` keeps for the P wave before beats, as if a beat followed it at a
fixed distance. What does not repeat, as noise and fibrillatory waves, never becomes solid there; and what
keeps its distance from a beat is the end of a T wave, or a P wave that is conducted.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg import waves_p
from einthoven.ecg.jit import inner
from einthoven.ecg.rhythm_layout import (
    ATRIA_HEAD,
    LEAST_PR,
    LEAST_RP,
    MOST_PR,
    MOST_RP,
    OFFSETS,
    STRANGE,
    UNSEEN,
)
from einthoven.ecg.rhythm_signal import stretch
from einthoven.ecg.study_layout import GRID_HZ, T_LEADS, T_P_WORDS, T_RATE_MHZ
from einthoven.ecg.waves_kernels import SMOOTH_FINE, smooth

F64 = NDArray[np.float64]
I16 = NDArray[np.int16]
I64 = NDArray[np.int64]

ROOM_S = 0.45
"""So long a line, at least, between T wave and QRS complex."""
MIDDLE_S = 0.136
"""The middle of the wave lies so far before the beat thought to follow it: amid the window of ``waves_p``."""
CLEAR_S = 0.13
"""So far it lies from the ends of the line."""
HALF_S = 0.06
ALIKE = 0.6
"""Correlation with the average from which on it is the same wave."""
LEAST = 5
"""Intervals in which it must have been found."""
ADRIFT_MS = 200
"""So much must its distances from the beat before and from the one behind it differ among them."""
MISSED_MOST = 3
"""So many intervals in a row without the wave, and it is looked for anew."""


@inner
def forget_strange(f: F64, w: I64) -> None:
    """No wave between beats is known."""
    w[STRANGE] = w[UNSEEN] = w[OFFSETS] = 0
    f[ATRIA_HEAD + waves_p.COUNT] = f[ATRIA_HEAD + waves_p.SPREAD] = 0.0


@inner
def strange_known(f: F64, w: I64) -> bool:
    """Whether the wave was found often enough, and is bound to no beat."""
    adrift = min(w[MOST_PR] - w[LEAST_PR], w[MOST_RP] - w[LEAST_RP])
    return bool(f[ATRIA_HEAD + waves_p.COUNT] >= LEAST and adrift >= ADRIFT_MS)


@inner
def learn_strange(
    f: F64,
    w: I64,
    own: tuple[I64, I16, I64],
    unit_uv: F64,
    sample: int,
    rr_s: float,
    line: tuple[float, float],
) -> None:
    """Take the wave between a beat and the one before it into the average.

    Args:
        f, w: the state of ``rhythm_p_waves``.
        own: the second stage's words as int64 and int16, and its table.
        unit_uv: float64[leads], microvolts of a unit.
        sample: the beat. rr_s: the interval before it. line: of it, what lies behind the T wave, seconds from
            the beat.
    """
    (begin, end), (ws, r, q) = line, own
    if end - begin < ROOM_S:
        return
    leads, pad = q[T_LEADS], CLEAR_S
    n = int((end - begin + 2.0 * pad) * GRID_HZ)
    x, s = np.empty((leads, n)), np.empty((leads, n))
    if not stretch(ws, r, q, sample + (begin - pad) * q[T_RATE_MHZ] / 1000.0, unit_uv, x):
        return
    for lead in range(leads):
        smooth(x[lead], int(SMOOTH_FINE * GRID_HZ + 0.5), s[lead])
    if not w[STRANGE]:
        f[ATRIA_HEAD : ATRIA_HEAD + q[T_P_WORDS]] = 0.0
        w[STRANGE], w[UNSEEN], w[OFFSETS] = 1, 0, 0
        w[LEAST_RP] = w[LEAST_PR] = 1_000_000
        w[MOST_RP] = w[MOST_PR] = 0
    state = f[ATRIA_HEAD : ATRIA_HEAD + q[T_P_WORDS]]
    low, high = int(2.0 * pad * GRID_HZ), n - int(2.0 * pad * GRID_HZ)
    if state[waves_p.COUNT] < 1.0:
        middle = _liveliest(s, low, high)
    else:
        middle = _likest(state, s, low, high)
    if middle < 0:
        w[UNSEEN] += 1
        if w[UNSEEN] >= MISSED_MOST:
            forget_strange(f, w)
        return
    pr_ms = int(-1000.0 * (begin - pad + middle / GRID_HZ))
    rp_ms = int(1000.0 * rr_s) - pr_ms
    w[LEAST_PR], w[MOST_PR] = min(w[LEAST_PR], pr_ms), max(w[MOST_PR], pr_ms)
    w[LEAST_RP], w[MOST_RP] = min(w[LEAST_RP], rp_ms), max(w[MOST_RP], rp_ms)
    w[UNSEEN] = 0
    waves_p.p_learn(state, s, middle + int(MIDDLE_S * GRID_HZ), 0, GRID_HZ)


@inner
def _liveliest(s: F64, low: int, high: int) -> int:
    """Middle of the stretch that moves most; −1 when there is no room."""
    half, best, found = int(HALF_S * GRID_HZ), 0.0, -1
    for i in range(low, high):
        moved = 0.0
        for lead in range(len(s)):
            for k in range(i - half, i + half + 1):
                moved += (s[lead, k + 1] - s[lead, k - 1]) ** 2
        if moved > best:
            best, found = moved, i
    return found


@inner
def _likest(state: F64, s: F64, low: int, high: int) -> int:
    """Middle of the stretch most like the average; −1 when none is like it."""
    leads, m, half = len(s), waves_p.span(GRID_HZ), int(HALF_S * GRID_HZ)
    middle = m + int(waves_p.CLOSE_S * GRID_HZ) - int(MIDDLE_S * GRID_HZ)
    best, found = ALIKE, -1
    for i in range(low, high):
        both, mine, usual = 0.0, 0.0, 0.0
        for lead in range(leads):
            base = waves_p.HEAD + lead * m + middle
            for k in range(-half, half + 1):
                slope = s[lead, i + k + 1] - s[lead, i + k - 1]
                both += slope * state[base + k]
                mine += slope * slope
                usual += state[base + k] ** 2
        if mine > 0.0 and usual > 0.0 and both > best * np.sqrt(mine * usual):
            best, found = both / np.sqrt(mine * usual), i
    return found
