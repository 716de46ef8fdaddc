"""Bradycardia, tachycardia and whether they are sinus; sinus arrhythmia; junctional rhythm.

The rate is that of the last eight intervals. Whether a rhythm comes from the sinus is decided by P waves;
where they cannot be seen, the finding says bradycardia or tachycardia and no more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.jit import inner
from einthoven.ecg.kinds import (
    BRADYCARDIA,
    JUNCTIONAL,
    SINUS_ARRHYTHMIA,
    SINUS_BRADYCARDIA,
    SINUS_TACHYCARDIA,
    SVT,
    TACHYCARDIA,
)
from einthoven.ecg.rhythm_layout import (
    AF_OPEN,
    DOUBTED,
    FAST,
    FAST_BEATS,
    FAST_BEFORE,
    FAST_START,
    JUNCTION,
    KEEP,
    L_LAST,
    L_START,
    L_V0,
    N_COUNT,
    N_WIDTH,
    P_EVER,
    P_SEEN,
    R_P,
    R_RR,
    R_SAMPLE,
    SINUS_RR,
    SINUS_VARIES,
    SLOW,
    SLOW_EMERGENT,
    SLOW_URGENT,
    TH_EMERGENT,
    TH_EMERGENT_S,
    TH_FAST,
    TH_FAST_S,
    TH_JUNCTION,
    TH_JUNCTION_BEATS,
    TH_PAUSE,
    TH_SLOW,
    TH_SLOW_S,
    TH_SVT,
    TH_SVT_BEATS,
    TH_SVT_ONSET,
    TH_SVT_SPREAD,
    TH_URGENT,
    TH_URGENT_S,
    TH_VARIES,
    UNKNOWN,
    VENTRICLE,
    VENTRICULAR,
    WIDE_MS,
    WIDER,
)
from einthoven.ecg.rhythm_slots import (
    all_normal,
    at,
    beat_at,
    close_slot,
    doubts,
    free,
    intervals,
    is_open,
    kept,
    kind_of,
    open_slot,
    p_share,
    p_waves_at,
    put,
    update_slot,
)

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

RATE_BEATS = 8
DOUBTS_MAX = 2
"""With more doubtful beats among eight, the rate is not known."""
SINUS_SHARE, NO_SINUS_SHARE = 0.6, 0.2
"""From so many P waves on it is a sinus rhythm, up to so many it is none."""
HOLD = 1.1
"""An open rate is over at once when it is so far on the other side of its limit, else after a minute."""
SETTLING = 8
"""A tachycardia may settle into its regular rate within so many beats more: its first intervals vary."""
SVT_END = 0.9
"""A tachycardia is over when the rate falls below this share of its limit."""
JUNCTION_SPREAD = 0.15
OTHER_RATE = 0.1
"""A junctional rhythm is so much faster or slower than the sinus rhythm was."""
P_SEEN_BEFORE = 16
"""Only where so many P waves were seen does their absence mean anything."""
TURNS = 3
"""A single long interval turns twice; a rhythm that swings goes on turning."""
DOUBLES, DOUBLE_LEAST, DOUBLE_MOST = 3, 1.84, 2.25
"""So many intervals, each so many times the next: beats are missing."""
MINUTE_S = 60


@inner
def rate_of(w: I64) -> float:
    """Beats a minute over the last eight intervals; 0 when not known."""
    mean = intervals(w, 0, RATE_BEATS)[0]
    return 60_000.0 / mean if mean > 0.0 and doubts(w, RATE_BEATS) <= DOUBTS_MAX else 0.0


@inner
def _window_start(w: I64, count: int) -> int:
    """Sample of the beat that begins the last ``count`` intervals, or of the oldest beat kept."""
    return int(w[beat_at(w, min(count, kept(w) - 1)) + R_SAMPLE])


@inner
def _onset(w: I64, limit_ms: float, slower: bool) -> int:
    """Sample of the beat that begins the first of the last intervals that is itself beyond the limit."""
    for back in range(min(RATE_BEATS, kept(w)) - 1, 0, -1):
        rr = w[beat_at(w, back) + R_RR]
        if (rr > limit_ms) == slower:
            return _window_start(w, back + 1)
    return _window_start(w, 1)


@inner
def _below(w: I64, since: int, rate: float, limit: float, sample: int, rate_mhz: int) -> float:
    """Seconds that the rate has been below ``limit``; word ``since`` remembers from when."""
    if rate >= limit:
        w[since] = -1
        return 0.0
    if w[since] < 0:
        w[since] = _onset(w, 60_000.0 / limit, True)
    return float(1000.0 * (sample - w[since]) / rate_mhz)


@inner
def _over(w: I64, slot: int, rate: float, far: bool, sample: int, rate_mhz: int) -> bool:
    """An open rate is over when it is far within its limit, or has been within it for a minute.

    One that is only awaited is over at once. Where the rate is not known, nothing changes.
    """
    if not is_open(w, slot):
        return True
    long = (sample - w[at(slot) + L_LAST]) * 1000 >= MINUTE_S * rate_mhz
    return bool(rate > 0.0 and (far or long))


@inner
def slow(
    f: F64, w: I64, th: F64, sample: int, rr_ms: int, sure: bool, rate_mhz: int, out: F64, n: int
) -> int:
    """Below the limit for long enough, or far below it for a shorter while."""
    rate, row = rate_of(w), at(SLOW)
    v = row + L_V0
    if rate <= 0.0 or rate >= th[TH_SLOW]:
        if rate > 0.0:
            w[SLOW_URGENT] = w[SLOW_EMERGENT] = -1
        if _over(w, SLOW, rate, rate >= HOLD * th[TH_SLOW], sample, rate_mhz):
            n = close_slot(f, w, SLOW, w[row + L_LAST], out, n)
        return n
    if w[row + L_START] < 0:
        if not sure:
            return n
        w[row + L_START], w[row + L_LAST] = _onset(w, 60_000.0 / th[TH_SLOW], True), sample
        put(f, SLOW, rate, rate, 0.0, 0.0, -1.0, 0.0)
    if rr_ms * th[TH_SLOW] >= 60_000.0:
        w[row + L_LAST] = sample
    urgent_s = _below(w, SLOW_URGENT, rate, th[TH_URGENT], sample, rate_mhz)
    emergent_s = _below(w, SLOW_EMERGENT, rate, th[TH_EMERGENT], sample, rate_mhz)
    urgent_before, emergent_before = f[v + 2], f[v + 3]
    share = p_share(w, KEEP)
    put(
        f, SLOW, rate, min(f[v + 1], rate), max(urgent_before, urgent_s), max(emergent_before, emergent_s),
        share, float(w[AF_OPEN]),
    )  # fmt: skip
    long = (sample - w[row + L_START]) * 1000 >= th[TH_SLOW_S] * rate_mhz
    if not is_open(w, SLOW):
        if sure and (long or emergent_s >= th[TH_EMERGENT_S]):
            kind = SINUS_BRADYCARDIA if share >= SINUS_SHARE and not w[AF_OPEN] else BRADYCARDIA
            n = open_slot(f, w, SLOW, kind, w[row + L_START], sample, out, n)
    elif (urgent_before < th[TH_URGENT_S] <= f[v + 2]) or (emergent_before < th[TH_EMERGENT_S] <= f[v + 3]):
        n = update_slot(f, w, SLOW, kind_of(w, SLOW), out, n)
    return n


@inner
def fast(f: F64, w: I64, th: F64, sample: int, rr_ms: int, kind: int, rate_mhz: int, out: F64, n: int) -> int:
    """Above the limit for long enough, or a regular one of sudden onset within a few beats."""
    before = kind_of(w, FAST)
    n = _sudden(f, w, th, sample, rr_ms, kind, out, n)
    rate, row = rate_of(w), at(FAST)
    v = row + L_V0
    supraventricular = kind_of(w, FAST) == SVT
    limit = SVT_END * th[TH_SVT] if supraventricular else th[TH_FAST]
    if supraventricular and w[AF_OPEN]:
        return close_slot(f, w, FAST, w[row + L_LAST], out, n)
    if rate <= 0.0 or rate <= limit or is_open(w, VENTRICULAR):
        far = supraventricular or HOLD * rate <= limit
        if _over(w, FAST, rate, far, sample, rate_mhz):
            n = close_slot(f, w, FAST, w[row + L_LAST], out, n)
        return n
    if w[row + L_START] < 0:
        if kind >= DOUBTED:
            return n
        w[row + L_START], w[row + L_LAST] = _onset(w, 60_000.0 / limit, False), sample
        put(f, FAST, rate, rate, 0.0, -1.0, -1.0, 0.0)
    # Once its beats are slower the mean of eight is of no rate that it had.
    lasting = f[v]
    if rr_ms * limit <= 60_000.0:
        w[row + L_LAST], lasting = sample, rate
    share = p_share(w, KEEP)
    more = 0.0 if before != kind_of(w, FAST) else 1.0
    put(f, FAST, lasting, max(f[v + 1], rate), f[v + 2] + more, f[v + 3], share, float(w[AF_OPEN]))
    long = (sample - w[row + L_START]) * 1000 >= th[TH_FAST_S] * rate_mhz
    if long and kind < DOUBTED and not is_open(w, FAST):
        n = open_slot(f, w, FAST, _fast_kind(w, th, rate, share), w[row + L_START], sample, out, n)
    return n


@inner
def _fast_kind(w: I64, th: F64, rate: float, share: float) -> int:
    """What a tachycardia is that has lasted and of which the onset does not tell."""
    if w[AF_OPEN]:
        return TACHYCARDIA
    if share >= SINUS_SHARE:
        return SINUS_TACHYCARDIA
    mean, low, high = intervals(w, 0, RATE_BEATS)
    regular = high - low <= th[TH_SVT_SPREAD] * mean
    if rate >= th[TH_SVT] and regular and 0.0 <= share <= NO_SINUS_SHARE and w[P_EVER] >= P_SEEN_BEFORE:
        return SVT
    return TACHYCARDIA


@inner
def _sudden(f: F64, w: I64, th: F64, sample: int, rr_ms: int, kind: int, out: F64, n: int) -> int:
    """So many fast, regular beats in a row, none of them ventricular, after clearly slower ones: SVT."""
    plain = kind % DOUBTED
    if kind >= DOUBTED or plain >= VENTRICLE or w[AF_OPEN] or rr_ms * th[TH_SVT] > 60_000.0 or rr_ms <= 0:
        if plain != UNKNOWN or kind >= DOUBTED:
            w[FAST_BEATS] = 0
        return n
    if w[FAST_BEATS] == 0:
        w[FAST_START] = _window_start(w, 1)
        f[FAST_BEFORE] = intervals(w, 1, RATE_BEATS)[0]
    w[FAST_BEATS] += 1
    beats = int(th[TH_SVT_BEATS])
    if not beats <= w[FAST_BEATS] <= beats + SETTLING or kind_of(w, FAST) == SVT:
        return n
    mean, low, high = intervals(w, 0, RATE_BEATS)
    # Later ones must be more even: by chance eight of an irregular rhythm look regular now and then.
    spread = th[TH_SVT_SPREAD] * (1.0 if w[FAST_BEATS] == beats else 0.5)
    if mean <= 0.0 or high - low > spread * mean or f[FAST_BEFORE] < th[TH_SVT_ONSET] * mean:
        return n
    n = close_slot(f, w, FAST, w[FAST_START], out, n)
    rate = 60_000.0 / mean
    put(f, FAST, rate, rate, float(w[FAST_BEATS]), f[FAST_BEFORE] / mean, p_share(w, KEEP), 0.0)
    return open_slot(f, w, FAST, SVT, w[FAST_START], sample, out, n)


@inner
def sinus_varies(f: F64, w: I64, th: F64, sample: int, rate_mhz: int, out: F64, n: int) -> int:
    """Sinus arrhythmia: normal beats with P waves, intervals that swing further than the limit."""
    row = at(SINUS_VARIES)
    if w[AF_OPEN]:
        return close_slot(f, w, SINUS_VARIES, w[row + L_LAST], out, n)
    share = p_share(w, KEEP)
    mean, low, high = intervals(w, 0, KEEP)
    if mean > 0.0 and share >= SINUS_SHARE and high < th[TH_PAUSE] and _sinus_beats(w):
        wide = max(high - low, f[row + L_V0] if is_open(w, SINUS_VARIES) else 0.0)
        beats = f[row + L_V0 + 3] + 1.0 if is_open(w, SINUS_VARIES) else float(KEEP)
        if high - low >= th[TH_VARIES] and _turns(w, 0.5 * th[TH_VARIES]) >= TURNS:
            put(f, SINUS_VARIES, wide, mean, share, beats, 0.0, 0.0)
            w[row + L_LAST] = sample
            if not is_open(w, SINUS_VARIES):
                start = _window_start(w, KEEP)
                n = open_slot(f, w, SINUS_VARIES, SINUS_ARRHYTHMIA, start, sample, out, n)
    if is_open(w, SINUS_VARIES) and (sample - w[row + L_LAST]) * 1000 > MINUTE_S * rate_mhz:
        n = close_slot(f, w, SINUS_VARIES, w[row + L_LAST], out, n)
    return n


@inner
def _sinus_beats(w: I64) -> bool:
    """All kept beats are normal, and none is missing among them: no P wave was not conducted, nor is one
    interval after the other twice the next."""
    doubled = 0
    for back in range(KEEP):
        if p_waves_at(w, back) > 1:
            return False
        rr, before = w[beat_at(w, back) + R_RR], w[beat_at(w, min(back + 1, KEEP - 1)) + R_RR]
        doubled += DOUBLE_LEAST * rr <= before <= DOUBLE_MOST * rr
    if doubled >= DOUBLES:
        return False
    return bool(all_normal(w, 0, KEEP))


@inner
def _turns(w: I64, least_ms: float) -> int:
    """How often the kept intervals turn from growing to shrinking or back, each time by so much at least."""
    top = bottom = float(w[beat_at(w, KEEP - 1) + R_RR])
    rising, turns = 0, 0
    for back in range(KEEP - 2, -1, -1):
        rr = float(w[beat_at(w, back) + R_RR])
        top, bottom = max(top, rr), min(bottom, rr)
        if rising >= 0 and rr <= top - least_ms:
            turns += rising
            rising, bottom = -1, rr
        elif rising <= 0 and rr >= bottom + least_ms:
            turns -= rising
            rising, top = 1, rr
    return turns


@inner
def junction(f: F64, w: I64, th: F64, sample: int, width_ms: int, out: F64, n: int) -> int:
    """Normal beats, regular, without the P waves that were seen before."""
    row = at(JUNCTION)
    beats = int(th[TH_JUNCTION_BEATS])
    if is_open(w, JUNCTION):
        share = p_share(w, 4)
        if all_normal(w, 0, 1) and 0.0 <= share < 0.5 and not w[AF_OPEN]:
            if w[beat_at(w, 0) + R_P] % 4 != P_SEEN:
                w[row + L_LAST] = sample
                f[row + L_V0 + 1] += 1.0
            return n
        return close_slot(f, w, JUNCTION, w[row + L_LAST], out, n)
    if w[AF_OPEN] or w[P_EVER] < P_SEEN_BEFORE or not all_normal(w, 0, beats):
        return n
    # Beats that have become wide come from below the junction.
    if w[N_COUNT] > 0 and width_ms >= max(WIDE_MS, WIDER * f[N_WIDTH]):
        return n
    mean, low, high = intervals(w, 0, beats - 1)
    share = p_share(w, beats)
    if mean <= 0.0 or share < 0.0 or share > NO_SINUS_SHARE or high - low > JUNCTION_SPREAD * mean:
        return n
    # P waves that vanish while the rate stays are P waves that are not seen, not another rhythm.
    if abs(mean - f[SINUS_RR]) < OTHER_RATE * f[SINUS_RR]:
        return n
    if 60_000.0 / mean > th[TH_JUNCTION]:
        return n
    put(f, JUNCTION, 60_000.0 / mean, float(beats), share, float(width_ms), 0.0, 0.0)
    return open_slot(f, w, JUNCTION, JUNCTIONAL, _window_start(w, beats - 1), sample, out, n)


@inner
def forget_rate(w: I64) -> None:
    """Nothing lasts across what could not be seen; what is open stays so until the rate is known again."""
    w[FAST_BEATS] = 0
    w[SLOW_URGENT] = w[SLOW_EMERGENT] = -1
    if not is_open(w, SLOW):
        free(w, SLOW)
    if not is_open(w, FAST):
        free(w, FAST)
