"""The last seconds of signal, and windows cut from them on one grid of time whatever the sampling rate."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.base.layout import INVALID_SAMPLE
from einthoven.ecg.holes import HELD_BITS, UNMEASURED, bridge, short_hole
from einthoven.ecg.jit import inner
from einthoven.ecg.study_layout import (
    BEFORE,
    D_COUNT,
    D_FIRST,
    D_LEADS,
    D_PHASE,
    GRID_MS,
    T_AT_RING,
    T_GROUP,
    T_LEADS,
    T_RATE_MHZ,
    T_RING,
    WINDOW,
)

F64 = NDArray[np.float64]
I16 = NDArray[np.int16]
I64 = NDArray[np.int64]


@inner
def missing_now(w: I64, lead: int) -> int:
    """How many samples of a lead are missing in a row up to the last one: ``UNMEASURED`` at the most."""
    return int(w[D_LEADS + 2 * lead + 1] & UNMEASURED)


@inner
def keep_signal(w: I64, r: I16, q: I64, samples: I16, first: int, n: int) -> None:
    """Take ``n`` samples per lead, from ``first`` in ``samples`` (interleaved), into the ring, in means of
    groups.

    A sample that was not measured is taken as the one before it, until a short hole is over.
    """
    leads, group, ring = q[T_LEADS], q[T_GROUP], q[T_RING]
    phase, count, short = w[D_PHASE], w[D_COUNT], short_hole(q[T_RATE_MHZ])
    for lead in range(leads):
        at = 4 * q[T_AT_RING] + lead * ring
        total, missing = w[D_LEADS + 2 * lead], missing_now(w, lead)
        last = w[D_LEADS + 2 * lead + 1] >> HELD_BITS
        step, place = phase, count % ring
        for index in range(first + lead, first + n * leads, leads):
            value = np.int64(samples[index])
            if value == INVALID_SAMPLE:
                value = last
                missing = min(missing + 1, UNMEASURED)
            elif missing > 0:
                if missing <= short:
                    here = count * group + phase + (index - first) // leads
                    total += bridge(r, at, ring, group, here, missing, int(last), int(value))
                missing = 0
            last = value
            total += value
            step += 1
            if step == group:
                r[at + place] = (2 * total + group) // (2 * group)
                total, step = np.int64(0), np.int64(0)
                place += 1
                if place == ring:
                    place = np.int64(0)
        w[D_LEADS + 2 * lead], w[D_LEADS + 2 * lead + 1] = total, last << HELD_BITS | missing
    w[D_COUNT] = count + (phase + n) // group
    w[D_PHASE] = (phase + n) % group


@inner
def reaches(w: I64, q: I64, sample: int) -> bool:
    """Whether the ring holds the whole window after ``sample`` already."""
    steps = (WINDOW - BEFORE) * GRID_MS * q[T_RATE_MHZ]
    last: bool = (sample - w[D_FIRST] + 1) * 1_000_000 + steps < (w[D_COUNT] - 1) * q[T_GROUP] * 1_000_000
    return last


@inner
def resample(
    r: I16, at: int, ring: int, unit: float, first: float, step: float, oldest: int, newest: int, out: F64
) -> None:
    """Fill ``out`` (float64[n]) with one lead in µV, lightly smoothed (¼ ½ ¼).

    Args:
        r, at, ring: where the lead's ring lies, and its length; unit: microvolts of one of its numbers.
        first, step: index in the ring's values of the value before the first told, and from one to the next.
        oldest, newest: what the ring holds; beyond it the nearest value stands.
    """
    before = here = 0.0
    # A ring's length is no power of two: its turns are counted, not divided out.
    turn = int(min(max(first, float(oldest)), float(newest))) // ring * ring
    for k in range(len(out) + 2):
        place = min(max(first + k * step, float(oldest)), float(newest))
        low = int(place)
        share = place - low
        if low - turn >= ring:
            turn += ring
        this = low - turn
        following = this + 1 if low < newest else this
        if following == ring:
            following = 0
        value = unit * (r[at + this] * (1.0 - share) + r[at + following] * share)
        if k >= 2:
            out[k - 2] = 0.25 * before + 0.5 * here + 0.25 * value
        before, here = here, value


@njit(nogil=True)
def cut(w: I64, r: I16, q: I64, sample: int, unit_uv: F64, x: F64) -> bool:
    """Cut the window around ``sample`` into ``x`` float64[leads, WINDOW], µV, lightly smoothed.

    Returns:
        False when the ring does not hold it any more.
    """
    group, ring = q[T_GROUP], q[T_RING]
    step = GRID_MS * q[T_RATE_MHZ] / (1e6 * group)
    start = (sample - w[D_FIRST] - 0.5 * (group - 1)) / group - (BEFORE + 1) * step
    oldest = max(0, w[D_COUNT] - ring)
    if start + BEFORE * step < oldest:
        return False
    newest = w[D_COUNT] - 1
    for lead in range(q[T_LEADS]):
        at = 4 * q[T_AT_RING] + lead * ring
        resample(r, at, ring, unit_uv[lead], start, step, oldest, newest, x[lead])
    return True
