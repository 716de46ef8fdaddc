"""Sinus rhythm: said only where P waves are seen before the beats; elsewhere nothing is said."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.jit import inner
from einthoven.ecg.kinds import SINUS_RHYTHM, SVT
from einthoven.ecg.rhythm_layout import (
    AF_OPEN,
    FAST,
    KEEP,
    L_LAST,
    L_START,
    L_V0,
    LONG_PR,
    ODD,
    P_ABSENT,
    P_SEEN,
    R_P,
    R_PR,
    R_SAMPLE,
    SINUS,
    SINUS_FROM,
    SINUS_RR,
    VENTRICULAR,
    WAVY,
)
from einthoven.ecg.rhythm_slots import (
    at,
    beat_at,
    close_slot,
    is_open,
    kept,
    kind_of,
    open_slot,
    p_share,
    put,
)

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
SEEN, UNSEEN = 0.6, 0.25
"""Share of the last beats with a P wave from which the rhythm is sinus, and below which it is no more."""
PLACED_FROM, PLACED = 0.5, 1.0 / 3.0
ELSEWHERE = 2
"""Share that must lie as far before its beat as others do, likewise, where so many lie elsewhere: wander
draws waves anywhere."""
PLAIN = 0.75
"""Where a P wave is seen before so many, it is not asked where they lie."""
SAME_PR_MS = 30
WAVES_SURE = 2
"""Of ``WAVY``: sinus rhythm that is told ends."""
BLIND_S = 30
"""Nor is it when P waves can no longer be looked for since so long: in a fast rhythm T waves lie on them."""


@inner
def _placed(w: I64, share: float, least: float) -> bool:
    """Whether before ``least`` of the last beats, a ``share`` of which have a P wave, it keeps a distance."""
    if not 0.0 <= share < PLAIN:
        return True
    known, seen, most, unmeasured = 0, 0, 0, 0
    for back in range(min(KEEP, kept(w))):
        row = beat_at(w, back)
        known += 1 if w[row + R_P] % 4 in (P_SEEN, P_ABSENT) else 0
        if w[row + R_P] % 4 != P_SEEN:
            continue
        seen += 1
        unmeasured += 1 if w[row + R_PR] <= 0 else 0
        alike = 0
        for other in range(min(KEEP, kept(w))):
            that = beat_at(w, other)
            near = w[that + R_PR] > 0 and abs(w[that + R_PR] - w[row + R_PR]) <= SAME_PR_MS
            alike += 1 if near and w[that + R_P] % 4 == P_SEEN else 0
        most = max(most, alike)
    placed = most + unmeasured
    return bool(placed >= least * known or seen - placed < ELSEWHERE)


@inner
def sinus(f: F64, w: I64, sample: int, rate_mhz: int, out: F64, n: int) -> int:
    """After each final beat: P waves before most of the last ones, or no more."""
    if is_open(w, VENTRICULAR):
        return end_sinus(f, w, w[at(VENTRICULAR) + L_START], sample, out, n)
    if kind_of(w, FAST) == SVT:
        return end_sinus(f, w, w[at(FAST) + L_START], sample, out, n)
    row = at(SINUS)
    if w[ODD]:
        return end_sinus(f, w, w[row + L_LAST], sample, out, n)
    share = p_share(w, KEEP)
    placed = _placed(w, share, PLACED if is_open(w, SINUS) else PLACED_FROM)
    if is_open(w, SINUS):
        blind = share < 0.0 and (sample - w[row + L_LAST]) * 1000 >= BLIND_S * rate_mhz
        if w[AF_OPEN] or blind or 0.0 <= share < UNSEEN or not placed:
            end = w[row + L_LAST]
            n = close_slot(f, w, SINUS, end, out, n)
            # What begins anew begins behind it.
            w[row + L_LAST] = end
            return n
        if share >= UNSEEN:
            w[row + L_LAST] = sample
            f[row + L_V0 + 1] += 1.0
        return n
    if w[AF_OPEN] or w[WAVY] or share < SEEN or not placed:
        return n
    count = min(KEEP, kept(w))
    rate = 60_000.0 / f[SINUS_RR] if f[SINUS_RR] > 0.0 else -1.0
    put(f, SINUS, share, float(count), rate, 0.0, 0.0, 0.0)
    first = count - 1
    while first > 0 and w[beat_at(w, first) + R_P] % 4 != P_SEEN:
        first -= 1
    start = max(w[beat_at(w, first) + R_SAMPLE], w[SINUS_FROM], w[row + L_LAST])
    return open_slot(f, w, SINUS, SINUS_RHYTHM, start, sample, out, n)


@inner
def waves_instead(f: F64, w: I64, level: int, since: int, out: F64, n: int) -> int:
    """Waves of one frequency fill the line between beats, as sure as ``level`` (``WAVY``), from ``since`` on:
    what stands in the place of the P wave is one of them."""
    w[WAVY] = level
    if level < WAVES_SURE:
        return n
    n = close_slot(f, w, LONG_PR, min(w[at(LONG_PR) + L_LAST], since), out, n)
    return close_slot(f, w, SINUS, min(w[at(SINUS) + L_LAST], since), out, n)


@inner
def end_sinus(f: F64, w: I64, start: int, now: int, out: F64, n: int) -> int:
    """Another rhythm has held since ``start``: sinus rhythm ended there, and begins anew after ``now``."""
    w[SINUS_FROM] = now
    return close_slot(f, w, SINUS, min(w[at(SINUS) + L_LAST], start), out, n)
