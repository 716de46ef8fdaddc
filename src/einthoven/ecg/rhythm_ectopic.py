"""Supraventricular beats in a row, bigeminy and trigeminy, ectopic beats a minute."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.jit import inner
from einthoven.ecg.kinds import (
    ATRIAL_BIGEMINY,
    FREQUENT_SUPRAVENTRICULAR,
    FREQUENT_VENTRICULAR,
    SUPRAVENTRICULAR_COUPLET,
    SUPRAVENTRICULAR_RUN,
    VENTRICULAR_BIGEMINY,
    VENTRICULAR_TRIGEMINY,
)
from einthoven.ecg.rhythm_layout import (
    A_COUNT,
    A_COUPLING,
    A_FAST,
    A_LAST,
    A_START,
    A_SUM,
    A_SURE,
    A_TIMES,
    A_TOTAL,
    AF_OPEN,
    ATRIAL,
    ATRIAL_PATTERN,
    ATRIAL_RUN,
    BIGEMINY,
    CYCLES_A,
    CYCLES_B,
    CYCLES_T,
    DOUBTED,
    L_LAST,
    L_START,
    L_V0,
    MANY_A,
    MANY_V,
    NORMAL,
    R_RR,
    R_SAMPLE,
    TH_BIGEMINY,
    TH_PAC,
    TH_PVC,
    TH_RUN,
    TH_RUN_RATE,
    TH_TRIGEMINY,
    TIMES,
    TRIGEMINY,
    V_COUNT,
    V_TIMES,
    V_TOTAL,
    VENTRICLE,
)
from einthoven.ecg.rhythm_slots import (
    at,
    beat_at,
    class_at,
    close_slot,
    free,
    instant,
    intervals,
    is_open,
    kept,
    open_slot,
    put,
)

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
MINUTE_S = 60
STEP_LEAST_MS, SAME_STEP = 600, 0.08
"""From this interval on, beats whose intervals differ by no more than this share are in step."""
QUIET_S = 180
"""Many ectopic beats a minute are over when they have not been so many for so long."""


@inner
def in_step(w: I64, rr_ms: int, dropped: bool) -> bool:
    """Whether a beat ``rr_ms`` behind the newest one keeps the pace of those before it: not premature then,
    though its shape and what its P wave shows have it called so.

    ``dropped``: also where the one before came after twice as long, as where a beat is missing. Early beats
    and their pauses may look like that: to be asked only where the P wave is in its place.
    """
    if rr_ms < STEP_LEAST_MS or kept(w) < 2:
        return False
    last, before = w[beat_at(w, 0) + R_RR], w[beat_at(w, 1) + R_RR]
    near = SAME_STEP * rr_ms
    if abs(before - rr_ms) > near:
        return False
    return bool(abs(last - rr_ms) <= near or (dropped and abs(last - 2 * rr_ms) <= 2.0 * near))


@inner
def atrial_beat(f: F64, w: I64, th: F64, sample: int, rr_ms: int, kind: int, out: F64, n: int) -> int:
    """Couplets and runs of supraventricular beats; none in atrial fibrillation, where they mean nothing."""
    if kind % DOUBTED != ATRIAL or w[AF_OPEN] or (kind >= DOUBTED and w[A_TOTAL] == 0):
        if kind == NORMAL and w[A_TOTAL] == 2 and abs(rr_ms - w[A_SUM]) <= SAME_STEP * w[A_SUM]:
            # No couplet: the rhythm has become faster, and goes on so.
            w[A_TOTAL] = w[A_SURE] = 0
        return end_atrial(f, w, out, n)
    if w[A_TOTAL] == 0:
        w[A_START], w[A_COUPLING], w[A_SUM], w[A_FAST], w[A_SURE] = sample, rr_ms, 0, 0, 0
    else:
        w[A_SUM] += rr_ms
        w[A_FAST] = rr_ms if w[A_FAST] == 0 else min(w[A_FAST], rr_ms)
    w[A_TOTAL] += 1
    w[A_SURE] += 1 if kind < DOUBTED else 0
    w[A_LAST] = sample
    rate = 60_000.0 * (w[A_TOTAL] - 1) / w[A_SUM] if w[A_SUM] > 0 else 0.0
    put(f, ATRIAL_RUN, float(w[A_TOTAL]), rate, float(w[A_FAST]), 0.0, 0.0, 0.0)
    if w[A_SURE] >= th[TH_RUN] and rate > th[TH_RUN_RATE] and not is_open(w, ATRIAL_RUN):
        n = open_slot(f, w, ATRIAL_RUN, SUPRAVENTRICULAR_RUN, w[A_START], sample, out, n)
    w[at(ATRIAL_RUN) + L_LAST] = sample
    return n


@inner
def end_atrial(f: F64, w: I64, out: F64, n: int) -> int:
    """The run of supraventricular beats is over."""
    if is_open(w, ATRIAL_RUN):
        n = close_slot(f, w, ATRIAL_RUN, w[A_LAST], out, n)
    elif w[A_TOTAL] == 2 and w[A_SURE] == 2 and not w[AF_OPEN]:
        mean = intervals(w, 2, 8)[0]
        n = instant(
            w, SUPRAVENTRICULAR_COUPLET, w[A_START], w[A_LAST], float(w[A_SUM]), float(w[A_COUPLING]),
            mean if mean > 0.0 else -1.0, 0.0, 0.0, 0.0, out, n,
        )  # fmt: skip
    w[A_TOTAL] = w[A_SURE] = 0
    return n


@inner
def patterns(f: F64, w: I64, th: F64, kind: int, out: F64, n: int) -> int:
    """One more beat in bigeminy, trigeminy and atrial bigeminy, or the end of them."""
    n = _pattern(f, w, BIGEMINY, VENTRICULAR_BIGEMINY, CYCLES_B, 2, VENTRICLE, th[TH_BIGEMINY], kind, out, n)
    n = _pattern(
        f, w, TRIGEMINY, VENTRICULAR_TRIGEMINY, CYCLES_T, 3, VENTRICLE, th[TH_TRIGEMINY], kind, out, n
    )
    if w[AF_OPEN]:
        w[CYCLES_A] = 0
        return close_slot(f, w, ATRIAL_PATTERN, w[at(ATRIAL_PATTERN) + L_LAST], out, n)
    return _pattern(f, w, ATRIAL_PATTERN, ATRIAL_BIGEMINY, CYCLES_A, 2, ATRIAL, th[TH_BIGEMINY], kind, out, n)


@inner
def _pattern(
    f: F64, w: I64, slot: int, name: int, counter: int, period: int, ectopic: int, least: float,
    kind: int, out: F64, n: int,
) -> int:  # fmt: skip
    """Every ``period``-th beat is ``ectopic``, those between are not; ``counter`` counts the ectopic ones."""
    row = at(slot)
    before = 0
    while before < period and before + 1 < kept(w) and class_at(w, before + 1) % DOUBTED != ectopic:
        before += 1
    if kind % DOUBTED != ectopic:
        # The beats since the last ectopic one, this one included, are more than a cycle has.
        if before + 1 >= period and w[counter] > 0:
            n = _end_pattern(f, w, slot, counter, out, n)
        return n
    sample = w[beat_at(w, 0) + R_SAMPLE]
    cycle = before == period - 1 and w[counter] > 0 and _plain_between(w, period)
    if not cycle or (kind != ectopic and not is_open(w, slot)):
        n = _end_pattern(f, w, slot, counter, out, n)
        if kind == ectopic:
            w[counter], w[row + L_START] = 1, sample
        return n
    w[counter] += 1
    w[row + L_LAST] = sample
    put(f, slot, float(w[counter]), float(period * (w[counter] - 1) + 1), 0.0, 0.0, 0.0, 0.0)
    if w[counter] >= least and not is_open(w, slot):
        n = open_slot(f, w, slot, name, w[row + L_START], sample, out, n)
    return n


@inner
def _plain_between(w: I64, period: int) -> bool:
    """The beats between two ectopic ones are normal, doubtful or not."""
    plain = 0
    for back in range(1, period):
        plain += 1 if class_at(w, back) % DOUBTED == NORMAL else 0
    return plain == period - 1


@inner
def _end_pattern(f: F64, w: I64, slot: int, counter: int, out: F64, n: int) -> int:
    w[counter] = 0
    return close_slot(f, w, slot, w[at(slot) + L_LAST], out, n)


@inner
def end_patterns(f: F64, w: I64, out: F64, n: int) -> int:
    """The beats do not follow one another any more."""
    n = _end_pattern(f, w, BIGEMINY, CYCLES_B, out, n)
    n = _end_pattern(f, w, TRIGEMINY, CYCLES_T, out, n)
    return _end_pattern(f, w, ATRIAL_PATTERN, CYCLES_A, out, n)


@inner
def count_ectopic(f: F64, w: I64, th: F64, sample: int, kind: int, rate_mhz: int, out: F64, n: int) -> int:
    """More ectopic beats within a minute than the limit; of a run only its first two count."""
    if kind == VENTRICLE and w[V_TOTAL] <= 2:
        return _count(
            f, w, MANY_V, FREQUENT_VENTRICULAR, V_TIMES, V_COUNT, th[TH_PVC], sample, rate_mhz, out, n
        )
    if kind == ATRIAL and w[A_TOTAL] <= 2 and not w[AF_OPEN]:
        return _count(
            f, w, MANY_A, FREQUENT_SUPRAVENTRICULAR, A_TIMES, A_COUNT, th[TH_PAC], sample, rate_mhz, out, n
        )
    return n


@inner
def _count(
    f: F64, w: I64, slot: int, name: int, times: int, counter: int, most: float, sample: int,
    rate_mhz: int, out: F64, n: int,
) -> int:  # fmt: skip
    row = at(slot)
    w[times + w[counter] % TIMES] = sample
    w[counter] += 1
    since = sample - MINUTE_S * rate_mhz // 1000
    found, oldest = 0, sample
    for index in range(min(TIMES, w[counter])):
        when = w[times + index]
        if when > since:
            found += 1
            oldest = min(oldest, when)
    if is_open(w, slot):
        f[row + L_V0] = max(f[row + L_V0], float(found))
        f[row + L_V0 + 1] += 1.0
    elif found > most:
        put(f, slot, float(found), float(found), 0.0, 0.0, 0.0, 0.0)
        n = open_slot(f, w, slot, name, oldest, sample, out, n)
    if found > most:
        w[row + L_LAST] = sample
    return n


@inner
def counts_by_now(f: F64, w: I64, now: int, rate_mhz: int, out: F64, n: int) -> int:
    """Close what has not been above the limit for long."""
    for slot in (MANY_V, MANY_A):
        last = w[at(slot) + L_LAST]
        if is_open(w, slot) and (now - last) * 1000 >= QUIET_S * rate_mhz:
            n = close_slot(f, w, slot, last, out, n)
    return n


@inner
def forget_ectopic(w: I64) -> None:
    """Nothing is counted across what could not be seen."""
    w[V_COUNT] = w[A_COUNT] = 0
    free(w, MANY_V)
    free(w, MANY_A)
