"""Pauses and atrioventricular block.

A block is told from P waves alone: how many lie between two beats and how long PR is. Where a beat is
missing and P waves cannot be seen, the finding says so and does not guess.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.jit import inner
from einthoven.ecg.kinds import (
    AV_BLOCK_1,
    AV_BLOCK_2_TO_1,
    AV_BLOCK_3,
    AV_BLOCK_HIGH_GRADE,
    CAUSE_BLOCKED_P,
    CAUSE_FIBRILLATION,
    CAUSE_PACED,
    CAUSE_SINUS,
    CAUSE_SUPRAVENTRICULAR,
    CAUSE_UNKNOWN,
    CAUSE_VENTRICULAR,
    MOBITZ_1,
    MOBITZ_2,
    PAUSE,
    REASON_P_UNSEEN,
    REASON_PR_UNKNOWN,
    UNDETERMINED,
)
from einthoven.ecg.rhythm_layout import (
    AF_OPEN,
    ATRIAL,
    DOUBT,
    DOUBTED,
    DROP_AFTER,
    DROP_BEFORE_1,
    DROP_BEFORE_2,
    DROP_RR,
    DROP_START,
    DROPPED,
    DROPS,
    KEEP,
    L_LAST,
    L_START,
    L_V0,
    LONG_PR,
    LOST,
    NO_CONDUCTION,
    NORMAL,
    ODD,
    P_SEEN,
    PACE,
    R_CLASS,
    R_P,
    R_PR,
    R_RR,
    R_SAMPLE,
    SILENCE,
    SINUS_FROM,
    TH_MISSING,
    TH_PAUSE,
    TH_PAUSE_LONG,
    TH_PAUSE_RATIO,
    TH_PR,
    TH_PR_BEATS,
    TH_PR_STEP,
    TWO_START,
    TWO_TO_ONE,
    VENTRICLE,
    VF_OPEN,
    WAVY,
)
from einthoven.ecg.rhythm_rate import rate_of
from einthoven.ecg.rhythm_slots import (
    all_normal,
    at,
    beat_at,
    class_at,
    close_slot,
    doubts,
    instant,
    intervals,
    is_open,
    kept,
    kind_of,
    open_slot,
    p_apart_at,
    p_hidden_at,
    p_share,
    p_waves_at,
    put,
    whole_between,
    withdraw_slot,
)

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

OVERRULED_S = 1.0
"""So long into a silence, what ends another rhythm is no beat: the silence itself was told as more."""
PAUSE_DOUBT = 0.4
"""From so much doubt in the last beats on, what lies between them is no pause."""
SAME_PAUSE_MS = 150
"""Final beats up to so long after the onset of a pause that is told are those before it."""
LONG_SHARE, SHORT_SHARE = 0.8, 0.5
"""Share of long PR from which first degree block is open, and below which it is over."""
T_END_S, T_CLEAR_S = 0.40, 0.04
"""The T wave ends so long after the beat at a rate of 60 (``rhythm_p_waves``); a P wave that begins no later
than so long behind it runs into it."""
DISSOCIATED_BEATS = 8
DISSOCIATED_P = 1.3
"""P waves a beat, at least, in third degree block."""
DISSOCIATED_PR_MS = 150
"""So far PR must spread, at least, in third degree block."""
DRIFTING_PR_MS = 50
"""So far, at least, once it is open."""
REGULAR = 0.15
"""Spread of regular intervals over their mean."""
ESCAPE_RR_MS = 1000.0
"""An escape rhythm is no faster than this."""
PR_LEAST_MS, PR_GROWTH_MS = 90, 150
"""A conducted P wave lies no closer before the beat, and PR grows no faster from beat to beat."""
FULL_LEAST, FULL_MOST = 1.84, 2.25
"""Of the interval without the drop: where a P wave on time was not conducted, twice that; less where it was
premature, which is no block."""
TWO_BEATS = 3
DROP_SEEN, DROP_HIDDEN = 1, 2
"""A P wave that was not conducted: seen, or only reckoned, because a T wave hides it."""
HIDDEN_STEPS = 2.0
"""Where it was only reckoned, PR must fall by so many steps."""
MARCHED_LEAST = 3
"""Of the last ``DISSOCIATED_BEATS``, so many must have seen P waves march through."""
DROPS_APART_S = 60


@inner
def pause(f: F64, w: I64, th: F64, sample: int, rr_ms: int, rate_mhz: int, out: F64, n: int) -> int:
    """An interval that is too long, between two sure beats, all of it fit for analysis."""
    start = sample - (rr_ms * rate_mhz + 500_000) // 1_000_000
    row = at(SILENCE)
    if kept(w) > 1:
        start = w[beat_at(w, 1) + R_SAMPLE]
    sure = class_at(w, 0) < DOUBTED and class_at(w, 1) < DOUBTED and class_at(w, 1) >= 0
    found = rr_ms >= th[TH_PAUSE] and sure and not w[ODD] and f[DOUBT] < PAUSE_DOUBT
    told = is_open(w, SILENCE)
    if told:
        near = SAME_PAUSE_MS * rate_mhz // 1_000_000
        if sample <= w[row + L_START] + near:
            return n
        if not found:
            n = withdraw_slot(f, w, SILENCE, out, n)
            told = False
    if not found:
        return n
    before = float(w[beat_at(w, 1) + R_RR])
    mean = intervals(w, 1, 4)[0]
    usual = mean if mean > 0.0 else before
    if not told and _overruled(w, start, rate_mhz):
        return n
    if not told and rr_ms < th[TH_PAUSE_LONG] and rr_ms < th[TH_PAUSE_RATIO] * usual:
        return n
    long_ms = (sample - start) * 1e6 / rate_mhz
    v0, v1, v4, v5 = float(int(long_ms + 0.5)), float(_cause(w)), float(p_waves_at(w, 0)), float(w[AF_OPEN])
    mean = mean if mean > 0.0 else -1.0
    if told:
        w[row + L_START] = start
        put(f, SILENCE, v0, v1, mean, before, v4, v5)
        return close_slot(f, w, SILENCE, sample, out, n)
    return instant(w, PAUSE, start, sample, v0, v1, mean, before, v4, v5, out, n)


@inner
def _cause(w: I64) -> int:
    """Why the newest interval is long, as far as the beats around it tell."""
    if w[AF_OPEN]:
        return CAUSE_FIBRILLATION
    before = class_at(w, 1) % DOUBTED
    if before == VENTRICLE:
        return CAUSE_VENTRICULAR
    if p_waves_at(w, 0) >= 2:
        return CAUSE_BLOCKED_P
    if before == ATRIAL:
        return CAUSE_SUPRAVENTRICULAR
    if before == PACE:
        return CAUSE_PACED
    return CAUSE_SINUS if p_waves_at(w, 0) >= 0 else CAUSE_UNKNOWN


@inner
def silence(f: F64, w: I64, th: F64, now: int, since_s: float, rate_mhz: int, out: F64, n: int) -> int:
    """No beat for long by now: the pause is told while it lasts."""
    if is_open(w, SILENCE) and since_s * 1000.0 > f[at(SILENCE) + L_V0]:
        f[at(SILENCE) + L_V0], w[at(SILENCE) + L_LAST] = since_s * 1000.0, now
        return n
    if is_open(w, SILENCE) and is_open(w, LOST):
        return close_slot(f, w, SILENCE, w[at(SILENCE) + L_LAST], out, n)
    if is_open(w, SILENCE) or w[VF_OPEN] or kept(w) == 0 or since_s * 1000.0 < th[TH_PAUSE_LONG]:
        return n
    start = now - int(since_s * rate_mhz / 1000.0 + 0.5)
    unsure = class_at(w, 0) >= DOUBTED or w[ODD] or f[DOUBT] >= PAUSE_DOUBT
    if unsure or not whole_between(w, start, now - 1, rate_mhz):
        return n
    if _overruled(w, start, rate_mhz):
        return n
    put(f, SILENCE, since_s * 1000.0, float(CAUSE_UNKNOWN), -1.0, -1.0, -1.0, float(w[AF_OPEN]))
    return open_slot(f, w, SILENCE, PAUSE, start, now, out, n)


@inner
def _overruled(w: I64, start: int, rate_mhz: int) -> bool:
    """Whether the silence since ``start`` was told as asystole, or as fibrillation, by now."""
    return bool((w[SINUS_FROM] - start) * 1000 >= OVERRULED_S * rate_mhz)


@inner
def conduction(f: F64, w: I64, th: F64, sample: int, out: F64, n: int) -> int:
    """Atrioventricular block, from the newest beat in the ring."""
    if w[AF_OPEN]:
        return end_conduction(f, w, out, n)
    row = beat_at(w, 0)
    n = _long_pr(f, w, th, out, n)
    n = _no_conduction(f, w, sample, out, n)
    if is_open(w, NO_CONDUCTION) or w[row + R_CLASS] != NORMAL:
        w[DROPPED] = w[TWO_TO_ONE] = 0
        return n
    p_waves = p_waves_at(w, 0)
    hidden = p_hidden_at(w, 0)
    if p_waves == 2:
        w[TWO_TO_ONE] += 1
        if w[TWO_TO_ONE] == 1:
            w[TWO_START] = w[beat_at(w, 1) + R_SAMPLE]
        n = _dropped(f, w, th, out, n)
    else:
        if w[DROPPED]:
            n = _judge_drop(f, w, th, out, n)
        w[TWO_TO_ONE] = 0
        if kind_of(w, DROPS) == AV_BLOCK_2_TO_1:
            n = close_slot(f, w, DROPS, w[at(DROPS) + L_LAST], out, n)
        if p_waves > 2 and p_waves - hidden >= 2:
            start = w[beat_at(w, 1) + R_SAMPLE]
            n = _tell_drop(f, w, AV_BLOCK_HIGH_GRADE, start, p_waves - 1, sample, out, n)
        elif p_waves < 0:
            n = _missing(w, th, out, n)
    return n


@inner
def _dropped(f: F64, w: I64, th: F64, out: F64, n: int) -> int:
    """One P wave was not conducted: wait for the next beat to tell a single drop from two to one."""
    row = beat_at(w, 0)
    sample = w[row + R_SAMPLE]
    if w[TWO_TO_ONE] >= TWO_BEATS:
        w[DROPPED] = 0
        slot = at(DROPS)
        if kind_of(w, DROPS) == AV_BLOCK_2_TO_1:
            w[slot + L_LAST] = sample
            f[slot + L_V0] += 1.0
            return n
        if _pr_spread(w, TWO_BEATS) > 2.0 * th[TH_PR_STEP] or _hidden(w, TWO_BEATS):
            return n
        n = close_slot(f, w, DROPS, w[TWO_START], out, n)
        pr, rr = float(w[row + R_PR]), float(w[row + R_RR])
        put(f, DROPS, float(w[TWO_TO_ONE]), pr, pr, pr, rr, rate_of(w))
        return open_slot(f, w, DROPS, AV_BLOCK_2_TO_1, w[TWO_START], sample, out, n)
    if w[TWO_TO_ONE] == 1 and kept(w) > 2 and all_normal(w, 1, 2):
        w[DROPPED] = DROP_SEEN if p_hidden_at(w, 0) == 0 else DROP_HIDDEN
        w[DROP_START], w[DROP_RR] = w[beat_at(w, 1) + R_SAMPLE], w[row + R_RR]
        w[DROP_BEFORE_1], w[DROP_BEFORE_2] = w[beat_at(w, 1) + R_PR], w[beat_at(w, 2) + R_PR]
        w[DROP_AFTER] = w[row + R_PR]
    else:
        w[DROPPED] = 0
    return n


@inner
def _pr_spread(w: I64, count: int) -> int:
    """How far PR differs among the last ``count`` beats, where it was measured."""
    short, long = 1_000_000, 0
    for back in range(min(count, kept(w))):
        pr = w[beat_at(w, back) + R_PR]
        if pr > 0:
            short, long = min(short, pr), max(long, pr)
    return int(max(0, long - short))


@inner
def _hidden(w: I64, count: int) -> bool:
    """Whether a P wave between the last ``count`` beats was not seen, only reckoned."""
    found = 0
    for back in range(count):
        found += p_hidden_at(w, back)
    return found > 0


@inner
def _judge_drop(f: F64, w: I64, th: F64, out: F64, n: int) -> int:
    """A single dropped beat: PR is short again behind it (Mobitz I), or never changed (Mobitz II).

    Where PR never changed, the P wave that was not conducted must have been seen: a pause of the sinus node
    has none.
    """
    seen = w[DROPPED] == DROP_SEEN
    w[DROPPED] = 0
    first, last, after = w[DROP_BEFORE_2], w[DROP_BEFORE_1], w[DROP_AFTER]
    end = int(w[beat_at(w, 1) + R_SAMPLE])
    step = th[TH_PR_STEP]
    mean = intervals(w, 2, 4)[0]
    grew = last - first
    fell = step if seen else HIDDEN_STEPS * step
    if first > 0 and after >= PR_LEAST_MS and 0 < grew <= PR_GROWTH_MS and last - after >= fell:
        return _tell_drop(f, w, MOBITZ_1, w[DROP_START], 1, end, out, n)
    # A premature P wave that is not conducted shortens the interval: that is no block.
    shortest = intervals(w, 2, 4)[1]
    full = mean > 0.0 and FULL_LEAST * shortest <= w[DROP_RR] <= FULL_MOST * shortest
    reason = REASON_PR_UNKNOWN if seen else REASON_P_UNSEEN
    if seen and min(first, last, after) > 0 and abs(last - after) < step and abs(last - first) < step:
        return _tell_drop(f, w, MOBITZ_2, w[DROP_START], 1, end, out, n) if full else n
    return instant(
        w, UNDETERMINED, w[DROP_START], end, float(reason), float(w[DROP_RR]),
        mean if mean > 0.0 else -1.0, 2.0, float(after) if after > 0 else -1.0, 0.0, out, n,
    )  # fmt: skip


@inner
def _tell_drop(f: F64, w: I64, kind: int, start: int, dropped: int, end: int, out: F64, n: int) -> int:
    """A dropped beat of its kind: the first opens, others of the same kind within a minute belong to it."""
    slot = at(DROPS)
    if kind_of(w, DROPS) == kind:
        f[slot + L_V0] += dropped
        w[slot + L_LAST] = end
        return n
    n = close_slot(f, w, DROPS, min(start, w[slot + L_LAST]), out, n)
    first, last, after, rr = w[DROP_BEFORE_2], w[DROP_BEFORE_1], w[DROP_AFTER], w[DROP_RR]
    if kind == AV_BLOCK_HIGH_GRADE:
        first, last, rr = -1, w[beat_at(w, 1) + R_PR], w[beat_at(w, 0) + R_RR]
        after = w[beat_at(w, 0) + R_PR]
    put(f, DROPS, float(dropped), float(first), float(last), float(after), float(rr), rate_of(w))
    return open_slot(f, w, DROPS, kind, start, end, out, n)


@inner
def _missing(w: I64, th: F64, out: F64, n: int) -> int:
    """A beat is missing in a regular rhythm, and there is no telling whether a P wave was there."""
    if not all_normal(w, 0, 6):
        return n
    mean, low, high = intervals(w, 1, 4)
    rr = w[beat_at(w, 0) + R_RR]
    if mean <= 0.0 or high - low > REGULAR * mean or not th[TH_MISSING] * mean <= rr <= 2.25 * mean:
        return n
    start, end = w[beat_at(w, 1) + R_SAMPLE], w[beat_at(w, 0) + R_SAMPLE]
    return instant(
        w, UNDETERMINED, start, end, float(REASON_P_UNSEEN), float(rr), mean, -1.0, -1.0, 0.0, out, n
    )


@inner
def _clear_pr(w: I64, row: int) -> bool:
    """Whether PR is known, and the P wave begins well behind the T wave; else the T wave may be its onset."""
    rr_s, pr_s = 0.001 * w[row + R_RR], 0.001 * w[row + R_PR]
    return bool(pr_s > 0.0 and rr_s - pr_s >= T_END_S * min(rr_s, 1.5) ** (1.0 / 3.0) + T_CLEAR_S)


@inner
def _long_pr(f: F64, w: I64, th: F64, out: F64, n: int) -> int:
    """First degree block: PR longer than the limit in most of the last beats."""
    beats = int(th[TH_PR_BEATS])
    slot = at(LONG_PR)
    newest = beat_at(w, 0)
    seen, long, total, longest = 0, 0, 0.0, 0
    for back in range(min(beats, kept(w))):
        row = beat_at(w, back)
        if w[row + R_CLASS] == NORMAL and w[row + R_P] % 4 == P_SEEN and _clear_pr(w, row):
            seen += 1
            if w[row + R_PR] > th[TH_PR]:
                long += 1
                total += w[row + R_PR]
                longest = max(longest, w[row + R_PR])
    if not is_open(w, LONG_PR):
        if w[WAVY] or kept(w) < beats or long < LONG_SHARE * beats:
            return n
        put(f, LONG_PR, total / long, float(longest), float(long), p_share(w, KEEP), 0.0, 0.0)
        start = w[beat_at(w, beats - 1) + R_SAMPLE]
        return open_slot(f, w, LONG_PR, AV_BLOCK_1, start, w[newest + R_SAMPLE], out, n)
    if long < SHORT_SHARE * beats:
        return close_slot(f, w, LONG_PR, w[slot + L_LAST], out, n)
    if w[newest + R_PR] > th[TH_PR] and _clear_pr(w, newest):
        beats_so_far = f[slot + L_V0 + 2] + 1.0
        longest_so_far = max(f[slot + L_V0 + 1], float(longest))
        put(f, LONG_PR, total / long, longest_so_far, beats_so_far, p_share(w, KEEP), 0.0, 0.0)
        w[slot + L_LAST] = w[newest + R_SAMPLE]
    return n


@inner
def _no_conduction(f: F64, w: I64, sample: int, out: F64, n: int) -> int:
    """Third degree block: more P waves than beats, PR of any length, a slow and regular escape rhythm."""
    slot = at(NO_CONDUCTION)
    mean, low, high = intervals(w, 0, DISSOCIATED_BEATS)
    p_waves, measured = 0, 0
    for back in range(min(DISSOCIATED_BEATS, kept(w))):
        count = p_waves_at(w, back)
        if count < 0 or w[beat_at(w, back) + R_CLASS] >= DOUBTED:
            p_waves = -1000
        p_waves += count
        if w[beat_at(w, back) + R_PR] > 0:
            measured += 1
    spread = _pr_spread(w, DISSOCIATED_BEATS)
    slow = mean >= ESCAPE_RR_MS and high - low <= REGULAR * mean
    many = p_waves >= DISSOCIATED_P * DISSOCIATED_BEATS
    apart = DISSOCIATED_PR_MS
    # P waves that were seen to march through need no count of each interval.
    recent = 0
    for back in range(DISSOCIATED_BEATS):
        recent += p_apart_at(w, back)
    marched = slow and recent >= MARCHED_LEAST and p_apart_at(w, 0) and doubts(w, DISSOCIATED_BEATS) <= 1
    if is_open(w, NO_CONDUCTION):
        # Atria at nearly twice the rate of the escape rhythm drift past it slowly.
        slow, apart = mean > 0.0 and high - low <= 2.0 * REGULAR * mean, DRIFTING_PR_MS
        many = p_waves < 0 or p_waves >= DISSOCIATED_BEATS + 1
        measured = DISSOCIATED_BEATS
        marched = slow and recent > 0
    if marched or (slow and many and 2 * measured >= DISSOCIATED_BEATS and spread >= apart):
        if is_open(w, NO_CONDUCTION):
            f[slot + L_V0] += max(0, p_waves_at(w, 0) - 1)
            w[slot + L_LAST] = sample
            return n
        start = w[beat_at(w, min(DISSOCIATED_BEATS, kept(w) - 1)) + R_SAMPLE]
        n = close_slot(f, w, DROPS, w[at(DROPS) + L_LAST], out, n)
        lost = float(max(p_waves - DISSOCIATED_BEATS, 0))
        put(f, NO_CONDUCTION, lost, -1.0, -1.0, -1.0, mean, 60_000.0 / mean)
        return open_slot(f, w, NO_CONDUCTION, AV_BLOCK_3, start, sample, out, n)
    return close_slot(f, w, NO_CONDUCTION, w[slot + L_LAST], out, n)


@inner
def drops_by_now(f: F64, w: I64, now: int, rate_mhz: int, out: F64, n: int) -> int:
    """A second degree block is over when no beat was dropped for a minute."""
    last = w[at(DROPS) + L_LAST]
    if is_open(w, DROPS) and (now - last) * 1000 >= DROPS_APART_S * rate_mhz:
        n = close_slot(f, w, DROPS, last, out, n)
    return n


@inner
def end_conduction(f: F64, w: I64, out: F64, n: int) -> int:
    """Close every block; nothing is awaited any more."""
    w[DROPPED] = w[TWO_TO_ONE] = 0
    for slot in (LONG_PR, DROPS, NO_CONDUCTION):
        n = close_slot(f, w, slot, w[at(slot) + L_LAST], out, n)
    return n
