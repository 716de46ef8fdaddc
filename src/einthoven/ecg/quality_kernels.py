"""Quality of each lead, second by second. The views ``f``, ``w`` and table ``p`` as in ``kernels``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import INVALID_SAMPLE
from einthoven.ecg.beats import (
    GOOD,
    GRADE_BITS,
    GRADE_UNKNOWN,
    GRADES,
    GRADES_A_FIELD,
    GRADES_EVERY_S,
    NOISY,
    UNUSABLE,
)
from einthoven.ecg.decide_kernels import hand_over
from einthoven.ecg.design import (
    AT_LEADS,
    BIN,
    BINS,
    L_BAD,
    L_BIN_BAND,
    L_BIN_HIGH,
    L_BLANK_UNTIL,
    L_LEVEL,
    L_MAX,
    L_MIN,
    L_NOISE,
    L_QUALITY,
    L_RAIL,
    L_RAIL_HIGH,
    L_RAIL_LOW,
    L_SCALE,
    L_SHOWN,
    L_UNIT_UV,
    LEAD_WORDS,
    LEADS,
    LEARN,
    RATE_MHZ,
    S_FIRST,
    S_GRADES,
    S_LEARN_UNTIL,
    S_SECOND,
    S_SECOND_STEPS,
    S_SECOND_WHOLE,
    S_STEP,
    STEPS_MHZ,
    W_ENERGY,
)
from einthoven.ecg.jit import inner
from einthoven.ecg.quality_repeats import background_of_repeats, is_fast
from einthoven.ecg.study_layout import D_COUNT, T_AT_RING, T_RING
from einthoven.ecg.weight_kernels import LEVEL_FLOOR_UV, set_weights, silent

F64 = NDArray[np.float64]
I16 = NDArray[np.int16]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]


FLAT_UV = 5.0
"""A second whose samples span no more than this (or one unit) is flat."""
RAIL_SHARE = 0.1
"""Share of a second's samples at the converter's rails that makes it saturated."""
OFF_SHARE = 0.5
"""Share of unmeasured samples from which on a lead is off; any unmeasured sample makes the second noisy."""
BRIDGED_SHARE = 0.2
"""With more of them missing the analysis, too, takes a second for noisy."""
NOISY_RATIO = 0.3
UNUSABLE_RATIO = 0.7
"""Background in the QRS band as a share of the beats' height."""
REPEATS_RATIO = 0.14
"""In a fast rhythm a lead is good, however little of a second is free of beats, when no more than this share
of the beats' height moves in it that the beats before do not show too."""
FINE_RATIO = 0.1
"""Nor may it move so much above the QRS band, as a share of what moves in it: mains repeat themselves too.
Beats alone stay below 0.05."""


@inner
def second_start(p: I64, second: int) -> int:
    """First sample index of a second; seconds are counted from sample 0."""
    first: int = (second * p[RATE_MHZ] + 999) // 1000
    return first


@inner
def second_smallest(values: F64) -> float:
    """The second smallest of the bins: the background between two beats."""
    least, second = np.inf, np.inf
    for value in values:
        if value < least:
            least, second = value, least
        elif value < second:
            second = value
    return second


@inner
def grade(f: F64, w: I64, at: int, samples: int, known: bool) -> int:
    """Quality code of the lead at ``at`` over the second that has just ended.

    While levels are learned again, those from before still tell noise from beats, or where there was none to
    learn, the least level.
    """
    if w[at + L_BAD] > OFF_SHARE * samples:
        return 3
    units = w[at + L_MAX] - w[at + L_MIN]
    if units <= 1 or units * f[at + L_UNIT_UV] <= FLAT_UV:
        return 4
    if w[at + L_RAIL] > RAIL_SHARE * samples:
        return 5
    ratio = f[at + L_NOISE] / max(f[at + L_LEVEL], LEVEL_FLOOR_UV) if known else 0.0
    if ratio > UNUSABLE_RATIO:
        return 2
    if ratio > NOISY_RATIO or w[at + L_BAD] > 0:
        return 1
    return 0


@inner
def bridged(f: F64, w: I64, p: I64, at: int, samples: int, known: bool) -> bool:
    """Whether a noisy lead is only so for a few samples that it did not measure, every hole of which was
    bridged: the analysis goes by it as by a good one."""
    few = 0 < w[at + L_BAD] <= BRIDGED_SHARE * samples
    whole = w[at + L_BLANK_UNTIL] <= w[S_STEP] - p[STEPS_MHZ] // 1000
    level = max(f[at + L_LEVEL], LEVEL_FLOOR_UV)
    return bool(few and whole and not (known and f[at + L_NOISE] > NOISY_RATIO * level))


@inner
def repeats(f: F64, w: I64, p: I64, study: I64, r: I16, q: I64, lead: int, fine: float) -> bool:
    """Whether what a noisy or unusable ``lead`` shows in a fast rhythm is its beats, one like the other.

    ``study``, ``r``, ``q``: the second stage's slice of the row, as int64 and int16, and its table. ``fine``:
    how much moves above the QRS band.
    """
    at = p[AT_LEADS] + lead * p[LEAD_WORDS]
    if w[at + L_BAD] > 0 or fine > FINE_RATIO * f[at + L_NOISE]:
        return False
    at, size = 4 * q[T_AT_RING] + lead * q[T_RING], q[T_RING]
    return bool(background_of_repeats(w, p, q, r[at : at + size], study[D_COUNT]) <= REPEATS_RATIO)


@inner
def close_second(f: F64, w: I64, p: I64, study: I64, r: I16, q: I64, tell: U8) -> None:
    """Grade each lead, take its background into its weight, begin the next second.

    ``study``, ``r``, ``q`` as in ``repeats``.
    """
    leads, second = p[LEADS], w[S_SECOND]
    whole = w[S_SECOND_WHOLE] == 1
    samples = second_start(p, second + 1) - second_start(p, second)
    learned = w[S_LEARN_UNTIL] > np.int64(1) << 50
    known = w[S_LEARN_UNTIL] > p[LEARN]
    changed, fast = False, learned and is_fast(f, w)
    for lead in range(leads):
        at = p[AT_LEADS] + lead * p[LEAD_WORDS]
        before = silent(w, at)
        if whole:
            scale = f[at + L_SCALE] * p[W_ENERGY] / p[BIN]
            noise = second_smallest(f[at + L_BIN_BAND : at + L_BIN_BAND + BINS]) * scale
            f[at + L_NOISE] = max(noise, 0.7 * f[at + L_NOISE] + 0.3 * noise)
            fine = second_smallest(f[at + L_BIN_HIGH : at + L_BIN_HIGH + BINS]) * scale
            code = grade(f, w, at, samples, known)
            w[at + L_QUALITY] = w[at + L_SHOWN] = code
            if code == NOISY and bridged(f, w, p, at, samples, known):
                w[at + L_QUALITY] = GOOD
            if fast and code in (NOISY, UNUSABLE) and repeats(f, w, p, study, r, q, lead, fine):
                w[at + L_SHOWN] = GOOD
        else:
            w[at + L_QUALITY] = w[at + L_SHOWN] = 255
        changed = changed or silent(w, at) != before
        if second < len(tell):
            tell[second, lead] = w[at + L_SHOWN]
            tell[second, leads + lead] = w[at + L_QUALITY]
        w[at + L_MIN], w[at + L_MAX] = 40000, -40000
        w[at + L_BAD] = w[at + L_RAIL] = 0
        f[at + L_BIN_BAND : at + L_BIN_BAND + BINS] = 0.0
        f[at + L_BIN_HIGH : at + L_BIN_HIGH + BINS] = 0.0
    if learned and changed:
        hand_over(f, w, p)
    elif learned:
        set_weights(f, w, p)
    w[S_SECOND] = second + 1
    w[S_SECOND_STEPS] = 0
    w[S_SECOND_WHOLE] = 1


@inner
def tell_grades(w: I64, p: I64, out: I64, made: int) -> int:
    """Tell the quality of every lead in the second that has just been graded, when it is not what was told
    last, and every minute.

    A row of ``out`` as of a beat (``beats.grades_of``). Returns how many rows ``out`` then holds.
    """
    second = w[S_SECOND] - 1
    packed = np.int64(0)
    for lead in range(p[LEADS]):
        code = w[p[AT_LEADS] + lead * p[LEAD_WORDS] + L_SHOWN]
        packed |= min(code, GRADE_UNKNOWN) << (GRADE_BITS * lead)
    if packed == w[S_GRADES] and second % GRADES_EVERY_S != 0:
        return made
    w[S_GRADES] = packed
    width = GRADE_BITS * GRADES_A_FIELD
    one_field = (np.int64(1) << width) - 1
    out[made] = 0
    out[made, 1] = max(second_start(p, second), w[S_FIRST])
    out[made, 2] = packed >> width & one_field
    out[made, 3] = packed & one_field
    out[made, 4] = GRADES
    out[made, 5] = packed >> 2 * width & one_field
    return made + 1


@inner
def count_rails(w: I64, p: I64, samples: I16, first: int, n: int, sign: int) -> None:
    """Count samples at the rails up or down, and when up take their span: quality is that of what was
    measured, pulses and all."""
    for lead in range(p[LEADS]):
        at = p[AT_LEADS] + lead * p[LEAD_WORDS]
        for index in range(first + lead, first + n * p[LEADS], p[LEADS]):
            value = samples[index]
            if value == INVALID_SAMPLE:
                continue
            if value <= w[at + L_RAIL_LOW] or value >= w[at + L_RAIL_HIGH]:
                w[at + L_RAIL] += sign
            if sign > 0:
                w[at + L_MIN], w[at + L_MAX] = min(w[at + L_MIN], value), max(w[at + L_MAX], value)
