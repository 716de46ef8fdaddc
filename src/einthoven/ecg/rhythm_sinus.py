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
    ODD,
    P_SEEN,
    R_P,
    R_SAMPLE,
    SINUS,
    SINUS_FROM,
    SINUS_RR,
    VENTRICULAR,
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
BLIND_S = 30
"""Nor is it when P waves can no longer be looked for since so long: in a fast rhythm T waves lie on them."""


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
    if is_open(w, SINUS):
        blind = share < 0.0 and (sample - w[row + L_LAST]) * 1000 >= BLIND_S * rate_mhz
        if w[AF_OPEN] or blind or 0.0 <= share < UNSEEN:
            return close_slot(f, w, SINUS, w[row + L_LAST], out, n)
        if share >= UNSEEN:
            w[row + L_LAST] = sample
            f[row + L_V0 + 1] += 1.0
        return n
    if w[AF_OPEN] or share < SEEN:
        return n
    count = min(KEEP, kept(w))
    rate = 60_000.0 / f[SINUS_RR] if f[SINUS_RR] > 0.0 else -1.0
    put(f, SINUS, share, float(count), rate, 0.0, 0.0, 0.0)
    first = count - 1
    while first > 0 and w[beat_at(w, first) + R_P] % 4 != P_SEEN:
        first -= 1
    start = max(w[beat_at(w, first) + R_SAMPLE], w[SINUS_FROM])
    return open_slot(f, w, SINUS, SINUS_RHYTHM, start, sample, out, n)


@inner
def end_sinus(f: F64, w: I64, start: int, now: int, out: F64, n: int) -> int:
    """Another rhythm has held since ``start``: sinus rhythm ended there, and begins anew after ``now``."""
    w[SINUS_FROM] = now
    return close_slot(f, w, SINUS, min(w[at(SINUS) + L_LAST], start), out, n)
