"""The second stage, second by second: measure the beats that were found, class those that have neighbours."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.ecg.beats import NORMAL
from einthoven.ecg.design import (
    AT_LEADS,
    C_HEIGHT,
    C_MARGIN,
    C_SAMPLE,
    C_SLOPE,
    L_LEVEL,
    L_NOISE,
    L_QUALITY,
    L_UNIT_UV,
    LEAD_WORDS,
    LEADS,
)
from einthoven.ecg.holes import UNMEASURED
from einthoven.ecg.jit import inner
from einthoven.ecg.study_beat import measure
from einthoven.ecg.study_context import (
    FUTURE,
    PAST,
    beat_row,
    between,
    future,
    learn_shape,
    neighbour,
    past,
)
from einthoven.ecg.study_layout import (
    B_CHANCES,
    B_CODE,
    B_SAMPLE,
    B_TOLD,
    B_VALUES,
    CLASSES,
    CODES,
    D_FINAL,
    D_FIRST,
    D_LEADS,
    D_MEASURED,
    D_NN,
    D_NN_COUNT,
    D_QUEUED,
    D_TAKEN,
    EARLY_BIT,
    O_CODE,
    O_CONF,
    O_CORR_PREV,
    O_CORR_REF,
    O_DOUBT,
    O_EARLY,
    O_FINAL,
    O_MASK,
    O_P_RR,
    O_P_SCORE,
    O_RR,
    O_SAMPLE,
    O_SHAPE,
    O_WIDTH,
    Q_HEIGHT,
    Q_MARGIN,
    Q_MASK,
    Q_SAMPLE,
    Q_SLOPE,
    Q_WORDS,
    QUEUE,
    RR_KEPT,
    T_AT_QUEUE,
    T_LEADS,
    T_RATE_MHZ,
    T_WORDS,
    TEMPLATE_BIT,
    V_CORR_NEAR,
    V_CORR_PREV,
    V_CORR_REF,
    V_FLAT_BEFORE,
    V_P_RR,
    V_P_SCORE,
    V_WIDTH,
    VALUES,
    WINDOW,
)
from einthoven.ecg.study_signal import cut, reaches
from einthoven.ecg.trees import CLEAR, Trees, chances, score_unless_clear

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]

VALUE_COUNT, PAST_COUNT, FUTURE_COUNT = len(VALUES), len(PAST), len(FUTURE)
FIRST_COUNT = VALUE_COUNT + PAST_COUNT
FINAL_COUNT = FIRST_COUNT + FUTURE_COUNT
STRANGE = 10.0
"""So many times its unlikeness to known shapes a restless line may add to the doubt in a beat."""
LONELY_MS = 3500
"""A beat after which no two more came for this long is classed without them."""
LONG_AGO = np.int64(-(1 << 60))
SHARE_LEAST = 0.04
QUALITY_SHARE = (1.0, 0.5, 0.05, 0.0, 0.0, 0.0)


@inner
def begin_study(w: I64, q: I64, start: int) -> None:
    """Forget everything; the samples go on from ``start``."""
    w[: q[T_WORDS]] = 0
    w[D_FIRST] = start
    for lead in range(q[T_LEADS]):
        w[D_LEADS + 2 * lead + 1] = UNMEASURED


@inner
def queue_beat(f: F64, w: I64, q: I64, f1: F64, w1: I64, row: int, mask: int) -> None:
    """Let the beat of candidate ``row`` of the first stage's row (``f1``, ``w1``) wait to be measured."""
    at = q[T_AT_QUEUE] + (w[D_QUEUED] % QUEUE) * Q_WORDS
    w[at + Q_SAMPLE], w[at + Q_MASK] = w1[row + C_SAMPLE], mask
    f[at + Q_HEIGHT], f[at + Q_SLOPE], f[at + Q_MARGIN] = (
        f1[row + C_HEIGHT],
        f1[row + C_SLOPE],
        f1[row + C_MARGIN],
    )
    w[D_QUEUED] += 1


@inner
def lead_shares(f1: F64, w1: I64, p: I64, unit_uv: F64, weight: F64) -> None:
    """How much each lead counts for shapes, summing to 1, by how its beats stand above its background."""
    total = 0.0
    for lead in range(p[LEADS]):
        at = p[AT_LEADS] + lead * p[LEAD_WORDS]
        unit_uv[lead] = f1[at + L_UNIT_UV]
        ratio = f1[at + L_NOISE] / max(f1[at + L_LEVEL], 30.0)
        quality = w1[at + L_QUALITY]
        share = 1.0 if quality > 5 else QUALITY_SHARE[quality]
        weight[lead] = share / (ratio * ratio + 0.02)
        total += weight[lead]
    for lead in range(p[LEADS]):
        weight[lead] = weight[lead] / total if total > 0 else 1.0 / p[LEADS]
        if weight[lead] < SHARE_LEAST:
            weight[lead] = 0.0
    weight /= weight.sum()


@inner
def tell_beat(
    out: I64, made: int, f: F64, w: I64, row: int, rr: float, code: int, chance: float, final: int
) -> int:
    """Append what is told of a beat; a later row of the same sample replaces an earlier one."""
    told = out[made]
    packed = w[row + B_TOLD]
    told[O_SAMPLE], told[O_CODE], told[O_MASK] = w[row + B_SAMPLE], code, packed & (1 << EARLY_BIT) - 1
    told[O_EARLY] = (packed >> EARLY_BIT & (1 << TEMPLATE_BIT - EARLY_BIT) - 1) - 1
    told[O_RR] = np.int64(min(65535.0, rr + 0.5)) if not np.isnan(rr) else 0
    told[O_CONF], told[O_FINAL] = max(1, np.int64(1000 * chance)), final
    v = f[row + B_VALUES : row + B_VALUES + VALUE_COUNT]
    told[O_WIDTH], told[O_P_RR] = np.int64(v[V_WIDTH]), np.int64(v[V_P_RR])
    told[O_P_SCORE], told[O_CORR_PREV] = thousandths(v[V_P_SCORE]), thousandths(v[V_CORR_PREV])
    told[O_DOUBT] = doubt(v[V_FLAT_BEFORE], v[V_CORR_NEAR])
    told[O_SHAPE], told[O_CORR_REF] = packed >> TEMPLATE_BIT, thousandths(v[V_CORR_REF])
    return made + 1


@inner
def doubt(flat_before: float, corr_near: float) -> int:
    """How little a beat looks like a heart's, in thousandths: a restless line before it, a shape that none of
    the beats before had; −1 where that is not known. Waves all alike, as in
    flutter of the ventricles, are a heart's, however restless the line."""
    if np.isnan(flat_before) or np.isnan(corr_near):
        return -1
    strange = 1.0 - min(1.0, max(0.0, corr_near))
    return int(1000 * (min(1.0, flat_before, STRANGE * strange) + strange))


@inner
def thousandths(share: float) -> int:
    """A share 0–1 in thousandths, −1 where it is not known."""
    return -1 if np.isnan(share) else int(1000 * min(1.0, max(0.0, share)))


@inner
def likeliest(sums: F64) -> int:
    """Index of the largest chance."""
    best = 0
    for k in range(1, CLASSES):
        if sums[k] > sums[best]:
            best = k
    return best


@inner
def first_look(
    f: F64,
    w: I64,
    q: I64,
    number: int,
    case: F64,
    sums: F64,
    work: F64,
    feature: I16,
    threshold: F32,
    child: I32,
    root: I32,
    out: I64,
    made: int,
) -> int:
    """Class a beat by what is known when it is measured; all trees, because others rest on the chances."""
    row = beat_row(q, number)
    case[:VALUE_COUNT] = f[row + B_VALUES : row + B_VALUES + VALUE_COUNT]
    past(f, w, q, number, case[VALUE_COUNT:FIRST_COUNT], work)
    score_unless_clear(feature, threshold, child, root, case, np.inf, sums)
    chances(sums)
    f[row + B_CHANCES : row + B_CHANCES + CLASSES] = sums
    best = likeliest(sums)
    rr = between(w, q, neighbour(w, q, number, -1), number)
    return tell_beat(out, made, f, w, row, rr, CODES[best], sums[best], 0)


@inner
def last_look(
    f: F64,
    w: I64,
    q: I64,
    number: int,
    case: F64,
    sums: F64,
    work: F64,
    feature: I16,
    threshold: F32,
    child: I32,
    root: I32,
    out: I64,
    made: int,
) -> int:
    """Class a beat for good."""
    row = beat_row(q, number)
    case[:VALUE_COUNT] = f[row + B_VALUES : row + B_VALUES + VALUE_COUNT]
    past(f, w, q, number, case[VALUE_COUNT:FIRST_COUNT], work)
    future(f, w, q, number, case[FIRST_COUNT:], case[VALUE_COUNT:FIRST_COUNT])
    if len(root) > 0:
        score_unless_clear(feature, threshold, child, root, case, CLEAR, sums)
        chances(sums)
    else:
        sums[:] = f[row + B_CHANCES : row + B_CHANCES + CLASSES]
    best = likeliest(sums)
    w[row + B_CODE] = CODES[best]
    before = neighbour(w, q, number, -1)
    rr = between(w, q, before, number)
    if (
        CODES[best] == NORMAL
        and before >= 0
        and w[beat_row(q, before) + B_CODE] == NORMAL
        and 300 < rr < 2500
    ):
        f[D_NN + w[D_NN_COUNT] % RR_KEPT] = rr
        w[D_NN_COUNT] += 1
    learn_shape(f, w, q, number)
    return tell_beat(out, made, f, w, row, rr, CODES[best], sums[best], 1)


@inner
def study_second(
    own: tuple[F64, I64, I16, F32, I64],
    stage: tuple[F64, I64, I64],
    now: int,
    forests: tuple[Trees, Trees],
    scratch: tuple[F64, F64, F64, F64, F64, F64, F64],
    out: I64,
    made: int,
    dump: F64,
) -> int:
    """Everything that is due when the second before sample ``now`` is whole."""
    f, w, r, g, q = own
    f1, w1, p = stage
    first, last = forests
    x, work, mine, steep, case, sums, rr = scratch
    leads = p[LEADS]
    unit_uv, weight = (
        steep[3 * WINDOW : 3 * WINDOW + leads],
        steep[3 * WINDOW + leads : 3 * WINDOW + 2 * leads],
    )
    if w[D_TAKEN] < w[D_QUEUED]:
        lead_shares(f1, w1, p, unit_uv, weight)
    while w[D_TAKEN] < w[D_QUEUED]:
        queued = q[T_AT_QUEUE] + (w[D_TAKEN] % QUEUE) * Q_WORDS
        if not reaches(w, q, w[queued + Q_SAMPLE]):
            break
        w[D_TAKEN] += 1
        if not cut(w, r, q, w[queued + Q_SAMPLE], unit_uv, x):
            continue
        measure(f, w, g, q, queued, x, weight, work, mine, steep[: 3 * WINDOW])
        if len(first[3]) > 0:
            made = first_look(
                f, w, q, w[D_MEASURED] - 1, case, sums, rr, first[0], first[1], first[2], first[3], out, made
            )
        else:
            row = beat_row(q, w[D_MEASURED] - 1)
            f[row + B_CHANCES : row + B_CHANCES + CLASSES] = np.nan
        made = finals(f, w, q, LONG_AGO, case, sums, rr, last, out, made, dump)
    return finals(f, w, q, now, case, sums, rr, last, out, made, dump)


@inner
def finals(
    f: F64,
    w: I64,
    q: I64,
    now: int | np.int64,
    case: F64,
    sums: F64,
    rr: F64,
    last: Trees,
    out: I64,
    made: int,
    dump: F64,
) -> int:
    """Class for good the beats that two more have followed, or none for long."""
    while w[D_FINAL] < w[D_MEASURED]:
        row = beat_row(q, w[D_FINAL])
        lonely = (now - w[row + B_SAMPLE]) * 1_000_000 > LONELY_MS * q[T_RATE_MHZ]
        if w[D_MEASURED] - w[D_FINAL] <= 2 and not lonely:
            break
        made = last_look(f, w, q, w[D_FINAL], case, sums, rr, last[0], last[1], last[2], last[3], out, made)
        if len(dump) > 0:
            at = np.int64(dump[0, 0]) + 1
            dump[0, 0] = at
            dump[at, 0] = w[row + B_SAMPLE]
            dump[at, 1 : 1 + FINAL_COUNT] = case
        w[D_FINAL] += 1
    return made


@njit(nogil=True)
def pending(f: F64, w: I64, q: I64, out: I64) -> int:
    """Write to ``out`` the measured beats that are not classed for good, as they stand; returns how many."""
    made = 0
    for number in range(w[D_FINAL], w[D_MEASURED]):
        row = beat_row(q, number)
        chance = f[row + B_CHANCES : row + B_CHANCES + CLASSES]
        best = likeliest(chance)
        rr = between(w, q, neighbour(w, q, number, -1), number)
        made = tell_beat(out, made, f, w, row, rr, CODES[best], chance[best], 1)
    return made
