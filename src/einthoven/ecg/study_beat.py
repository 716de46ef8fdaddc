"""Everything that is measured of one beat."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.ecg.jit import inner
from einthoven.ecg.study_layout import (
    B_RR,
    B_SAMPLE,
    B_SHAPE,
    B_TOLD,
    B_VALUES,
    BEAT_WORDS,
    BEATS,
    BEFORE,
    D_BASE,
    D_MEASURED,
    D_RUN,
    D_SLOW,
    D_UNUSUAL,
    EARLY_BIT,
    GRID_HZ,
    GRID_MS,
    H_COUNT,
    H_EARLY,
    H_ID,
    H_WIDTH,
    LAST,
    P_FROM,
    P_TO,
    Q_HEIGHT,
    Q_MARGIN,
    Q_MASK,
    Q_SAMPLE,
    Q_SLOPE,
    QRS_FROM,
    T_AT_BEATS,
    T_AT_P,
    T_FROM,
    T_LEADS,
    T_P_WORDS,
    T_RATE_MHZ,
    T_TO,
    TEMPLATE_BIT,
    UNUSUAL_MS,
    V_AMP_UV,
    V_BASE_RATIO,
    V_CORR_NEAR,
    V_CORR_PREV,
    V_CORR_REF,
    V_EARLY_NEAR,
    V_FLAT_BEFORE,
    V_HEIGHT,
    V_IRREGULAR_SLOW,
    V_IS_REF,
    V_JUMP,
    V_MARGIN,
    V_NOISE,
    V_P_ENERGY,
    V_P_HEIGHT_REF,
    V_P_RR,
    V_P_SCORE,
    V_P_SOLID,
    V_POLARITY,
    V_R_BASE,
    V_REF_SHARE,
    V_RUN,
    V_SHARE_NEAR,
    V_SHARP,
    V_SLOPE,
    V_T_AREA,
    V_WIDTH,
    V_WIDTH_LOW,
    V_WIDTH_NEAR,
    V_WIDTH_REF,
    WINDOW,
)
from einthoven.ecg.study_measure import (
    best_shift,
    centre_qrs,
    detrended,
    extent,
    measure_against,
    qrs_figures,
    roughness,
    steepness,
)
from einthoven.ecg.study_shapes import (
    begin_shape,
    fade,
    height_ratio,
    keep_as_last,
    load_shape,
    nearest,
    reference,
    settle_shape,
    shape_row,
)
from einthoven.ecg.study_usual import (
    before_row,
    compare_usual,
    follow_base,
    learn_interval,
    learn_usual,
    p_height,
    unhurried,
    usual_rr,
)
from einthoven.ecg.waves_p import COUNT, p_solid
from einthoven.ecg.waves_p_live import B_PR_MS, B_SCORE, B_SOLID, TOLD, p_before

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

NOT_EARLY = 0.85
"""From this share of the usual interval on a beat is not premature; from such the usual P wave is learned."""
TAKEN_OVER, NARROWER, P_LOST = 6, 0.9, 0.3
"""So many beats in a row of one shape, that much narrower than the reference: a rhythm from above has taken
over from one of the ventricles, long before its shape is the reference. Its P waves are learned, and anew
where those of the reference are no more solid than this."""
SAME = 0.90
"""Two QRS complexes of a higher correlation, and of like height, are one shape."""
SAME_HEIGHT = 2.0


@njit(nogil=True)
def alone(x: F64, weight: F64, steep: F64, v: F64, work: F64) -> float:
    """Fill the values that need no other beat; returns the QRS width in ms."""
    top = steepness(x, weight, steep)
    first, last = extent(steep, 0.15 * top)
    wide_first, wide_last = extent(steep, 0.07 * top)
    width = float((last - first + 1) * GRID_MS)
    v[V_WIDTH], v[V_WIDTH_LOW] = width, (wide_last - wide_first + 1) * GRID_MS
    v[V_SHARP] = v[V_POLARITY] = v[V_NOISE] = v[V_P_ENERGY] = v[V_T_AREA] = v[V_JUMP] = v[V_FLAT_BEFORE] = 0.0
    tallest = 0.0
    for lead in range(len(x)):
        share = weight[lead]
        if share <= 0.0:
            continue
        height, polarity, sharp, _ = qrs_figures(x[lead])
        tallest = max(tallest, height)
        v[V_SHARP] += share * sharp
        v[V_POLARITY] += share * polarity
        v[V_NOISE] += share * roughness(x[lead]) / height
        v[V_P_ENERGY] += share * np.log((detrended(x[lead], P_FROM, P_TO, work) + 1.0) / height)
        t_area, level = 0.0, 0.0
        for k in range(BEFORE - 16, BEFORE - 10):
            level += x[lead, k] / 6
        for k in range(T_FROM, T_TO):
            t_area += x[lead, k] - level
        v[V_T_AREA] += share * t_area / (height * (T_TO - T_FROM))
        left, right = x[lead, :16].mean(), x[lead, WINDOW - 16 :].mean()
        v[V_JUMP] += share * (right - left) / height
        spread = 0.0
        for k in range(P_FROM, QRS_FROM):
            spread = max(spread, abs(x[lead, k] - level))
        v[V_FLAT_BEFORE] += share * spread / height
    v[V_AMP_UV] = np.log(tallest)
    return width


@inner
def join_shape(
    f: F64,
    w: I64,
    g: F32,
    q: I64,
    x: F64,
    mine: F64,
    weight: F64,
    ref: int,
    total: float,
    early: float,
    width: float,
    v: F64,
    work: F64,
) -> int:
    """Average a beat into the shape it is like, or begin one; returns the shape's number."""
    number, corr, shift = nearest(f, g, q, mine, weight)
    same = False
    if number >= 0:
        near = shape_row(q, number)
        v[V_CORR_NEAR], v[V_SHARE_NEAR] = corr, f[near + H_COUNT] / total
        v[V_EARLY_NEAR], v[V_WIDTH_NEAR], v[V_IS_REF] = f[near + H_EARLY], f[near + H_WIDTH], number == ref
        load_shape(g, q, number, work)
        same = corr >= SAME and height_ratio(x, work, weight) < SAME_HEIGHT
    if not same:
        return begin_shape(f, w, g, q, x, early, width)
    if number == ref:
        learn_usual(f, shape_row(q, ref), v)
    settle_shape(f, g, q, x, number, shift, early, width)
    return number


@inner
def taken_over(f: F64, w: I64, q: I64, number: int, ref: int) -> int:
    """How many beats in a row, this one included, are of a shape that is not the reference but narrower; 0
    where they are fewer than ``TAKEN_OVER``, and one more than that at the most."""
    if number == ref or ref < 0:
        return 0
    if f[shape_row(q, number) + H_WIDTH] > NARROWER * f[shape_row(q, ref) + H_WIDTH]:
        return 0
    alike = 1
    while alike <= min(TAKEN_OVER, w[D_MEASURED]):
        before = q[T_AT_BEATS] + ((w[D_MEASURED] - alike) % BEATS) * BEAT_WORDS
        if w[before + B_SHAPE] != number:
            break
        alike += 1
    return alike if alike >= TAKEN_OVER else 0


@inner
def look_for_p(f: F64, x: F64, rr: float, learn: bool, v: F64) -> None:
    """Whether the usual P wave is before this beat, and whether the beats share one at all."""
    told = np.empty(TOLD)
    p_before(f, x, BEFORE, rr / 1000, -10 * WINDOW, learn, GRID_HZ, told)
    v[V_P_SCORE] = told[B_SCORE] if told[B_SCORE] >= 0 else np.nan
    v[V_P_SOLID] = told[B_SOLID] if told[B_SOLID] >= 0 else np.nan
    v[V_P_RR] = told[B_PR_MS]


@njit(nogil=True)
def measure(
    f: F64, w: I64, g: F32, q: I64, queued: int, x: F64, weight: F64, work: F64, mine: F64, steep: F64
) -> None:
    """Measure one beat (window ``x``), let its shape learn from it, and put it into the list of measured
    beats."""
    centre_qrs(x, mine)
    row = q[T_AT_BEATS] + (w[D_MEASURED] % BEATS) * BEAT_WORDS
    f[row : row + BEAT_WORDS] = np.nan
    v = f[row + B_VALUES : row + BEAT_WORDS]
    sample = w[queued + Q_SAMPLE]
    w[row + B_SAMPLE] = sample
    usual = usual_rr(f, w)
    rr = 0.0
    if w[D_MEASURED] > 0:
        before = q[T_AT_BEATS] + ((w[D_MEASURED] - 1) % BEATS) * BEAT_WORDS
        rr = (sample - w[before + B_SAMPLE]) * 1e6 / q[T_RATE_MHZ]
    w[row + B_RR] = np.int64(rr + 0.5)
    v[V_HEIGHT], v[V_SLOPE], v[V_MARGIN] = f[queued + Q_HEIGHT], f[queued + Q_SLOPE], f[queued + Q_MARGIN]
    line, other = steep[WINDOW : 2 * WINDOW], steep[2 * WINDOW :]
    width = alone(x, weight, steep[:WINDOW], v, line)
    early = min(2.0, rr / usual) if rr > 0 and not np.isnan(usual) else np.nan
    total = fade(f, q)
    ref = reference(f, q, total)
    if w[D_MEASURED] > 0:
        load_shape(g, q, LAST, work)
        v[V_CORR_PREV], _ = best_shift(mine, work, weight)
    if ref >= 0:
        load_shape(g, q, ref, work)
        v[V_CORR_REF], shift = best_shift(mine, work, weight)
        measure_against(x, work, weight, shift, v, line, other)
        v[V_WIDTH_REF] = np.log(width / f[shape_row(q, ref) + H_WIDTH])
        v[V_REF_SHARE] = f[shape_row(q, ref) + H_COUNT] / total
        compare_usual(f, shape_row(q, ref), v)
        v[V_P_HEIGHT_REF] = p_height(work, weight, line)
    unhurried(f, w, g, q, x, mine, weight, rr, v, work, line, other)
    number = join_shape(f, w, g, q, x, mine, weight, ref, total, early, width, v, work)
    w[row + B_SHAPE], w[D_UNUSUAL] = number, (w[D_UNUSUAL] + 1) * (number != ref or width >= UNUSUAL_MS)
    hurry = 0 if np.isnan(early) else 1 + np.int64(1000 * early)
    template = np.int64(f[shape_row(q, number) + H_ID]) << TEMPLATE_BIT
    w[row + B_TOLD] = w[queued + Q_MASK] | hurry << EARLY_BIT | template
    keep_as_last(g, q, x)
    again, waves = taken_over(f, w, q, number, ref), f[q[T_AT_P] : q[T_AT_P] + q[T_P_WORDS]]
    if again == TAKEN_OVER and p_solid(waves, q[T_LEADS], GRID_HZ) < P_LOST:
        waves[COUNT] = 0.0
    at_rest = (number == ref or again > 0) and rr > 0 and early >= NOT_EARLY
    look_for_p(waves, x, rr, at_rest, v)
    v[V_IRREGULAR_SLOW] = f[D_SLOW]
    if 200 <= rr <= 3000:
        alike = w[D_MEASURED] > 0 and w[before_row(w, q) + B_SHAPE] == number
        follow_base(f, rr, alike)
        v[V_R_BASE], v[V_RUN] = rr / f[D_BASE], np.log(1.0 + f[D_RUN])
        v[V_BASE_RATIO] = f[D_BASE] / usual
        learn_interval(f, w, rr)
    w[D_MEASURED] += 1
