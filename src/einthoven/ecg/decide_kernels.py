"""Which peaks of the joint height are beats. The views ``f``, ``w`` and table ``p`` are as in ``kernels``."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.base.layout import INVALID_SAMPLE
from einthoven.ecg.design import (
    APART,
    AT_CANDIDATES,
    AT_LEADS,
    AT_STUDY,
    AT_TAILS,
    C_AT,
    C_BARREN,
    C_HEIGHT,
    C_LEAD_HEIGHTS,
    C_MARGIN,
    C_SAMPLE,
    C_SLOPE,
    C_STATE,
    CANDIDATE_WORDS,
    CANDIDATES,
    FIDUCIAL,
    GROUP,
    KEEP,
    L_BEATS,
    L_CAP,
    L_LAST,
    L_LEVEL,
    L_MAX,
    L_MIN,
    L_PEAK,
    L_PROVEN,
    L_QUALITY,
    L_RAIL_HIGH,
    L_RAIL_LOW,
    L_SCALE,
    L_SHOWN,
    L_SUM_1,
    L_SUM_2,
    L_SUM_3,
    L_SUM_E,
    L_UNIT_UV,
    L_WEIGHT,
    LEAD_WORDS,
    LEADS,
    LEARN,
    RATE_MHZ,
    S_BACKGROUND,
    S_BARREN,
    S_BARREN_RING,
    S_BEAT_AT,
    S_BEAT_SAMPLE,
    S_BEATS,
    S_BEST,
    S_BEST_AT,
    S_CAND_COUNT,
    S_CLOSE_ARMED,
    S_CLOSE_RUN,
    S_DEADLINE,
    S_FIRST,
    S_GRADES,
    S_INTERVAL,
    S_LEARN_UNTIL,
    S_MASK,
    S_NEXT,
    S_NOISE_RING,
    S_NOISES,
    S_PEAK_RING,
    S_PEAKS,
    S_RATE,
    S_REFUSED_AT,
    S_RR_COUNT,
    S_RR_RING,
    S_RR_SHOWN,
    S_SECOND,
    S_SECOND_WHOLE,
    S_SLOPE,
    S_STEP,
    S_THRESHOLD,
    STEPS_MHZ,
    STREAM_WORDS,
    T_ZONE,
    TAIL,
    TAIL_WORDS,
    W_ENERGY,
    W_MEAN,
    W_SLOPE,
    W_SMOOTH,
)
from einthoven.ecg.fast_kernels import apart_now
from einthoven.ecg.jit import inner
from einthoven.ecg.pacing_wake import AT_BARREN, W_BARREN, WATCH_MS
from einthoven.ecg.pacing_wake import KEEP as BARREN
from einthoven.ecg.study_layout import D_UNUSUAL
from einthoven.ecg.weight_kernels import (
    LEVEL_FLOOR_UV,
    heard,
    peak_height,
    set_weights,
    silent,
    weigh_candidate,
)

F64 = NDArray[np.float64]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]

NEVER = np.int64(1) << 60
THRESHOLD_SHARE = 0.25
"""Where the threshold lies between the noise peaks (0) and the beats (1)."""
NOISE_PUSH = 1.0
THRESHOLD_SHARE_MAX = 0.5
"""The noisier the leads between beats, the higher the threshold."""
LOOK_BACK_SHARE = 0.6
"""Share of the threshold that suffices once a beat is overdue."""
OVERDUE = 1.5
"""Multiples of the mean interval after which a beat is overdue."""
T_SLOPE_SHARE, T_LATE_SLOPE_SHARE = 0.5, 0.4
"""Below this share of the last beat's slope, a peak within the T zone is a T wave; in its last tenth, where
T waves are past their steepest and early wide beats begin, below the second."""
P_HEIGHT_SHARE, P_SLOPE_SHARE = 0.5, 0.4
P_INTERVALS, P_INTERVAL_MS, P_REGULAR, P_ESCAPES, P_APART_MS = 6, 1000.0, 0.12, 4, 500
"""Below both shares, of the usual height of the beats and of the last one's slope, a peak is no beat, unless
one is overdue, where so many intervals are so long and differ by no more than this share, so many beats in a
row are wide or not of this patient's usual shape, and no peak was refused so shortly before: in an escape
rhythm, beside whose low beats P waves are as high as a beat may be."""
BARREN_FROM_MS, BARREN_TO_MS = -16, 120
"""So far from a barren pulse its trace is placed."""
STARVED_MS = 8000
"""Without a beat for so long, the levels are learned again."""
OLDEST_MS = 11_400
"""A candidate older than this is decided: beats are final 12 s behind the newest sample."""
LEVEL_KEPT = 0.3
"""Learning again lowers a lead's level no further than to this share of what beats have proven: a silent
heart's P waves are no beats."""
RR_LEAST_MS, RR_MOST_MS = 150, 3000
"""Intervals of which the shown rate is made."""
RR_ALONE_MS = 4000
"""A longer interval is no rate; between the two it is one by itself, and what came before counts no more."""
SLOW_BEATS, SLOW_MS = 3, 1200.0
"""When so many intervals in a row are longer, the shown rate is that of the last four."""
NEVER_SAMPLE = -(np.int64(1) << 60)


@inner
def begin_stream(f: F64, w: I64, t: I32, p: I64, start: int, samples: I16, first: int) -> None:
    """Forget everything but the lead's constants; the filters start settled on the first samples."""
    for index in range(STREAM_WORDS):
        w[index] = 0
    w[S_NEXT] = w[S_FIRST] = start
    w[S_LEARN_UNTIL], w[S_DEADLINE] = p[LEARN], NEVER
    w[S_BEAT_AT] = -p[T_ZONE] * 4
    w[S_BEAT_SAMPLE] = NEVER_SAMPLE
    w[S_GRADES] = -1
    w[S_SECOND] = start * 1000 // p[RATE_MHZ]
    w[S_SECOND_WHOLE] = (w[S_SECOND] * p[RATE_MHZ] + 999) // 1000 == start
    f[S_RATE] = np.nan
    ws, wm = p[W_SMOOTH], p[W_MEAN]
    for lead in range(p[LEADS]):
        at = p[AT_LEADS] + lead * p[LEAD_WORDS]
        low, high = w[at + L_RAIL_LOW], w[at + L_RAIL_HIGH]
        scale, unit = f[at + L_SCALE], f[at + L_UNIT_UV]
        for index in range(at, at + p[LEAD_WORDS]):
            w[index] = 0
        w[at + L_RAIL_LOW], w[at + L_RAIL_HIGH] = low, high
        f[at + L_SCALE], f[at + L_UNIT_UV] = scale, unit
        f[at + L_WEIGHT], f[at + L_CAP] = 1.0, np.inf
        w[at + L_QUALITY] = w[at + L_SHOWN] = 255
        level = int(samples[first + lead])
        if level == INVALID_SAMPLE:
            level = 0
        w[at + L_LAST], w[at + L_MIN], w[at + L_MAX] = level, 40000, -40000
        tail = p[AT_TAILS] + lead * p[TAIL_WORDS]
        t[tail : tail + p[TAIL_WORDS]] = 0
        t[tail : tail + ws] = level * p[GROUP]
        t[tail + ws : tail + 2 * ws] = level * p[GROUP] * ws
        t[tail + 2 * ws : tail + 2 * ws + wm] = level * p[GROUP] * ws * ws
        settle_sums(w, at, level * p[GROUP], ws, wm)


@inner
def settle_sums(w: I64, at: int, level: int, ws: int, wm: int) -> None:
    """Running sums of a lead that has stood at ``level`` for ever."""
    w[at + L_SUM_1] = level * ws
    w[at + L_SUM_2] = level * ws * ws
    w[at + L_SUM_3] = level * ws * ws * wm
    w[at + L_SUM_E] = 0


@inner
def open_peak(f: F64, p: I64, energy: F64, k: int) -> None:
    """Note each lead's energy at the highest point so far."""
    for lead in range(p[LEADS]):
        f[p[AT_LEADS] + lead * p[LEAD_WORDS] + L_PEAK] = energy[lead, k]


@inner
def close_candidate(f: F64, w: I64, p: I64, k: int, band: I32, slope: I32, out: I64, made: int) -> int:
    """The peak stands alone for long enough: place it on the samples, and judge it unless still learning."""
    leads = p[LEADS]
    step, best_at = w[S_STEP], w[S_BEST_AT]
    here = p[TAIL] + k - (step - best_at)
    row = p[AT_CANDIDATES] + (w[S_CAND_COUNT] % CANDIDATES) * p[CANDIDATE_WORDS]
    w[S_CAND_COUNT] += 1
    middle = here - (p[W_ENERGY] - 1) // 2 - p[W_SLOPE] // 2
    top, top_at = -1.0, middle
    for j in range(middle - p[FIDUCIAL], middle + p[FIDUCIAL] + 1):
        value = 0.0
        for lead in range(leads):
            at = p[AT_LEADS] + lead * p[LEAD_WORDS]
            value += f[at + L_WEIGHT] * f[at + L_SCALE] * abs(band[lead, j])
        if value > top:
            top, top_at = value, j
    delay = p[W_SMOOTH] - 1 + p[W_MEAN] // 2
    found = best_at + top_at - here - delay
    w[row + C_AT] = best_at
    w[row + C_SAMPLE] = max(w[S_FIRST], w[S_FIRST] + found * p[GROUP] + p[GROUP] // 2)
    w[row + C_STATE] = 0
    for lead in range(leads):
        at = p[AT_LEADS] + lead * p[LEAD_WORDS]
        steepest = np.int32(0)
        for j in range(here - p[W_ENERGY], here + 1):
            steepest = max(steepest, slope[lead, j])
        f[row + C_LEAD_HEIGHTS + lead] = f[at + L_PEAK]
        f[row + C_LEAD_HEIGHTS + leads + lead] = steepest * f[at + L_SCALE] * p[W_ENERGY]
    weigh_candidate(f, p, row)
    if _barren(w, p, row, step):
        w[row + C_STATE] = C_BARREN
        return made
    if step < w[S_LEARN_UNTIL] and w[S_LEARN_UNTIL] != NEVER:
        return made
    return judge(f, w, p, row, out, made)


@inner
def note_barren(w: I64, wake: I64) -> None:
    """Take over from ``pacing_wake`` behind which pulses nothing came."""
    if wake[W_BARREN] != w[S_BARREN]:
        w[S_BARREN] = wake[W_BARREN]
        w[S_BARREN_RING : S_BARREN_RING + BARREN] = wake[AT_BARREN : AT_BARREN + BARREN]


@inner
def _barren(w: I64, p: I64, row: int, step: int) -> bool:
    """Whether a candidate is what the filters make of a pulse behind which nothing came."""
    newest = w[S_FIRST] + (step + 1) * p[GROUP] - 1
    for index in range(max(0, w[S_BARREN] - BARREN), w[S_BARREN]):
        pulse = w[S_BARREN_RING + index % BARREN]
        apart = (w[row + C_SAMPLE] - pulse) * 1_000_000
        if BARREN_FROM_MS * p[RATE_MHZ] <= apart <= BARREN_TO_MS * p[RATE_MHZ]:
            # Told when it is known however the samples were cut, not as soon as it is.
            return bool(newest - pulse >= WATCH_MS * (p[RATE_MHZ] / 1e6))
    return False


@njit(nogil=True)
def judge(f: F64, w: I64, p: I64, row: int, out: I64, made: int) -> int:
    """Beat or not: refractory period, threshold, T wave."""
    apart = w[row + C_AT] - w[S_BEAT_AT]
    if apart <= 0:
        return made
    near = w[row + C_SAMPLE] - w[S_BEAT_SAMPLE] < apart_now(w, p) * p[GROUP]
    if near:
        w[row + C_STATE] = 1
        return made
    if f[row + C_HEIGHT] >= f[S_THRESHOLD] and not (_t_wave(f, p, row, apart) or _p_wave(f, w, p, row)):
        return accept(f, w, p, row, out, made)
    f[S_NOISE_RING + w[S_NOISES] % KEEP] = f[row + C_HEIGHT]
    w[S_NOISES] += 1
    set_threshold(f)
    return made


@inner
def _t_wave(f: F64, p: I64, row: int, apart: int) -> bool:
    """Soon behind a beat and much less steep."""
    share = T_SLOPE_SHARE if 10 * apart < 9 * p[T_ZONE] else T_LATE_SLOPE_SHARE
    return bool(apart < p[T_ZONE] and f[row + C_SLOPE] < share * f[S_SLOPE])


@inner
def _p_wave(f: F64, w: I64, p: I64, row: int) -> bool:
    """In a slow, regular rhythm of unusual beats, much lower and less steep than they, and no second one so
    soon that it were a tachycardia; ``look_back`` may take it yet."""
    escapes = w[p[AT_STUDY] + D_UNUSUAL] >= P_ESCAPES
    if not escapes or f[row + C_SLOPE] >= P_SLOPE_SHARE * f[S_SLOPE] or w[S_RR_COUNT] < P_INTERVALS:
        return False
    short, long = np.inf, 0.0
    for back in range(1, P_INTERVALS + 1):
        interval = f[S_RR_RING + (w[S_RR_COUNT] - back) % KEEP]
        short, long = min(short, interval), max(long, interval)
    if short < P_INTERVAL_MS or long - short > P_REGULAR * short:
        return False
    usual = middle_mean(f[S_PEAK_RING : S_PEAK_RING + KEEP])
    soon = (w[row + C_AT] - w[S_REFUSED_AT]) * 1_000_000 < P_APART_MS * p[STEPS_MHZ]
    if soon or f[row + C_HEIGHT] >= P_HEIGHT_SHARE * usual:
        return False
    w[S_REFUSED_AT] = w[row + C_AT]
    return True


@inner
def middle_mean(ring: F64) -> float:
    """Mean of the middle half of a full ring."""
    order = np.sort(ring)
    total = 0.0
    for index in range(KEEP // 4, KEEP - KEEP // 4):
        total += order[index]
    return total / (KEEP - 2 * (KEEP // 4))


@njit(nogil=True)
def set_threshold(f: F64) -> None:
    """Between the recent noise peaks and the recent beats."""
    beats = middle_mean(f[S_PEAK_RING : S_PEAK_RING + KEEP])
    noise = min(f[S_NOISE_RING : S_NOISE_RING + KEEP].mean(), 0.6 * beats)
    share = min(THRESHOLD_SHARE + NOISE_PUSH * f[S_BACKGROUND], THRESHOLD_SHARE_MAX)
    f[S_THRESHOLD] = noise + share * (beats - noise)


@inner
def _shown_interval(f: F64, w: I64) -> float:
    """Interval of which the shown rate is made: the mean of those since the last long silence, eight at the
    most; where the heart has become slow, eight take too long."""
    used = min(w[S_RR_SHOWN], KEEP)
    total, slow = 0.0, 0
    for back in range(1, used + 1):
        interval = f[S_RR_RING + (w[S_RR_COUNT] - back) % KEEP]
        total += interval
        if back <= SLOW_BEATS and interval > SLOW_MS:
            slow += 1
        if back == SLOW_BEATS + 1 and slow == SLOW_BEATS:
            return float(total / (SLOW_BEATS + 1))
    return float(total / used)


@njit(nogil=True)
def accept(f: F64, w: I64, p: I64, row: int, out: I64, made: int) -> int:
    """A beat: tell it, and let every running level learn from it."""
    sample = w[row + C_SAMPLE]
    interval = 0
    if w[S_BEAT_SAMPLE] != NEVER_SAMPLE:
        interval = ((sample - w[S_BEAT_SAMPLE]) * 1_000_000 + p[RATE_MHZ] // 2) // p[RATE_MHZ]
    out[made, 1], out[made, 2], out[made, 3], out[made, 4] = sample, min(interval, 65535), w[S_MASK], row
    w[row + C_STATE] = 2
    rise = f[row + C_SLOPE] / f[S_SLOPE] if f[S_SLOPE] > 0.0 else np.nan
    f[row + C_MARGIN] = f[row + C_HEIGHT] / f[S_THRESHOLD] if f[S_THRESHOLD] > 0.0 else np.nan
    w[S_BEATS] += 1
    f[S_PEAK_RING + w[S_PEAKS] % KEEP] = f[row + C_HEIGHT]
    w[S_PEAKS] += 1
    if RR_LEAST_MS <= interval <= RR_MOST_MS:
        f[S_RR_RING + w[S_RR_COUNT] % KEEP] = interval
        w[S_RR_COUNT] += 1
        used = min(w[S_RR_COUNT], KEEP)
        mean = f[S_RR_RING : S_RR_RING + used].sum() / used
        f[S_INTERVAL] = mean
        w[S_RR_SHOWN] += 1
        f[S_RATE] = 60000.0 / _shown_interval(f, w)
    elif interval > RR_MOST_MS:
        w[S_RR_SHOWN] = 0
        f[S_RATE] = 60000.0 / interval if interval <= RR_ALONE_MS else np.nan
    w[S_BEAT_AT], w[S_BEAT_SAMPLE], f[S_SLOPE] = w[row + C_AT], sample, f[row + C_SLOPE]
    f[row + C_SLOPE] = rise
    others = heard(w, p) > 0
    for lead in range(p[LEADS]):
        at = p[AT_LEADS] + lead * p[LEAD_WORDS]
        if others and silent(w, at):
            continue
        level = max(f[at + L_LEVEL], LEVEL_FLOOR_UV)
        seen = min(max(f[row + C_LEAD_HEIGHTS + lead], 0.5 * level), 2.0 * level)
        f[at + L_LEVEL] = level + 0.125 * (seen - level)
        if w[at + L_BEATS] >= KEEP:
            f[at + L_PROVEN] = max(f[at + L_LEVEL], 0.95 * f[at + L_PROVEN])
        w[at + L_BEATS] += 1
    set_weights(f, w, p)
    set_threshold(f)
    set_deadline(f, w, p)
    return made + 1


@inner
def set_deadline(f: F64, w: I64, p: I64) -> None:
    """When the next beat is overdue, so much later that its candidate is closed by then."""
    mean = f[S_INTERVAL] if w[S_RR_COUNT] > 0 else 1000.0
    w[S_DEADLINE] = w[S_BEAT_AT] + np.int64(OVERDUE * mean * p[STEPS_MHZ] / 1e6) + p[APART]


@inner
def hand_over(f: F64, w: I64, p: I64) -> None:
    """Leads came off, or came back: see what there was since the last beat by those that are left."""
    set_weights(f, w, p)
    for number in range(max(0, w[S_CAND_COUNT] - CANDIDATES), w[S_CAND_COUNT]):
        row = candidate_row(p, number)
        if w[row + C_AT] > w[S_BEAT_AT] and w[row + C_STATE] == 0:
            weigh_candidate(f, p, row)
    if f[S_BEST] > 0.0:
        f[S_BEST] = peak_height(f, p)


@inner
def candidate_row(p: I64, number: int) -> int:
    """Where candidate ``number`` (counted since the samples began) lies in the row."""
    row: int = p[AT_CANDIDATES] + (number % CANDIDATES) * p[CANDIDATE_WORDS]
    return row


@inner
def oldest_step(w: I64, p: I64) -> int:
    """Candidates up to this step are decided, because a beat came after them or for their age."""
    age = w[S_STEP] - OLDEST_MS * p[STEPS_MHZ] // 1_000_000
    oldest: int = max(age, w[S_BEAT_AT])
    return oldest


@inner
def end_learning(f: F64, w: I64, p: I64, out: I64, made: int) -> int:
    """Set the levels from the peaks of the learning time, then judge those peaks in order."""
    last = w[S_CAND_COUNT]
    first = max(0, last - CANDIDATES)
    oldest = oldest_step(w, p)
    highest = 0.0
    for lead in range(p[LEADS]):
        at = p[AT_LEADS] + lead * p[LEAD_WORDS]
        most, second = 0.0, 0.0
        for number in range(first, last):
            row = candidate_row(p, number)
            if w[row + C_AT] > oldest and w[row + C_STATE] != C_BARREN:
                height = f[row + C_LEAD_HEIGHTS + lead]
                if height > most:
                    most, second = height, most
                elif height > second:
                    second = height
        f[at + L_LEVEL] = max(second, 0.5 * most, LEVEL_KEPT * f[at + L_PROVEN])
        highest = max(highest, f[at + L_LEVEL])
    if highest <= 0.0:
        # Every lead is off, flat or at the rail: there was nothing to learn from yet.
        w[S_LEARN_UNTIL] = w[S_STEP] + p[LEARN]
        return made
    set_weights(f, w, p)
    w[S_CLOSE_RUN] = w[S_CLOSE_ARMED] = 0
    f[S_PEAK_RING : S_PEAK_RING + KEEP] = 1.0
    f[S_NOISE_RING : S_NOISE_RING + KEEP] = 0.1
    set_threshold(f)
    w[S_LEARN_UNTIL] = NEVER
    if f[S_BEST] > 0.0:
        f[S_BEST] = peak_height(f, p)
    for number in range(first, last):
        row = candidate_row(p, number)
        if w[row + C_AT] > max(oldest, w[S_BEAT_AT]) and w[row + C_STATE] != C_BARREN:
            weigh_candidate(f, p, row)
            made = judge(f, w, p, row, out, made)
    if w[S_DEADLINE] == NEVER:
        w[S_DEADLINE] = w[S_STEP] + p[LEARN]
    return made


@inner
def look_back(f: F64, w: I64, p: I64, out: I64, made: int) -> int:
    """A beat is overdue: take the highest peak since the last one if it is high enough."""
    last = w[S_CAND_COUNT]
    top, top_row = 0.0, -1
    oldest = oldest_step(w, p)
    zone = 300 * p[RATE_MHZ] // 1_000_000
    for number in range(max(0, last - CANDIDATES), last):
        row = candidate_row(p, number)
        if w[row + C_AT] <= oldest or w[row + C_SAMPLE] - w[S_BEAT_SAMPLE] < zone:
            continue
        if f[row + C_HEIGHT] > top and w[row + C_STATE] != C_BARREN:
            top, top_row = f[row + C_HEIGHT], row
    if top_row >= 0 and top >= LOOK_BACK_SHARE * f[S_THRESHOLD]:
        return accept(f, w, p, top_row, out, made)
    if (w[S_STEP] - w[S_BEAT_AT]) * 1_000_000 > STARVED_MS * p[STEPS_MHZ]:
        w[S_LEARN_UNTIL], w[S_DEADLINE] = w[S_STEP] + p[LEARN], NEVER
        f[S_RATE] = np.nan
    else:
        w[S_DEADLINE] = w[S_STEP] + p[APART]
    return made
