"""Ventricular beats in a row: couplets, runs, tachycardia (also provisional), idioventricular rhythm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.jit import inner
from einthoven.ecg.kinds import (
    AIVR,
    IVR,
    NSVT,
    SUSTAINED_VT,
    TORSADE,
    VENTRICULAR_COUPLET,
    VENTRICULAR_RUN,
    VENTRICULAR_TACHYCARDIA,
)
from einthoven.ecg.rhythm_groups import grouped, hurried
from einthoven.ecg.rhythm_layout import (
    DOUBTED,
    EARLY_COUNT,
    EARLY_FASTEST,
    EARLY_NTH,
    EARLY_OPEN,
    EARLY_OVER,
    EARLY_SHAPE,
    EARLY_SHAPES,
    EARLY_SLOWEST,
    EARLY_START,
    EARLY_SUM,
    FUSION,
    L_KIND,
    L_LAST,
    L_START,
    N_COUNT,
    N_WIDTH,
    NOISE,
    NORMAL,
    ODD,
    PACE,
    R_CLASS,
    R_RR,
    R_SAMPLE,
    TH_ACCELERATED,
    TH_NOISE,
    TH_P_SEEN,
    TH_SHAPE,
    TH_SUSTAINED_S,
    TH_TORSADE,
    TH_VT,
    TH_VT_BEATS,
    UNKNOWN,
    UNUSABLE,
    V_COUPLING,
    V_FAST,
    V_GOES_ON,
    V_LAST,
    V_SAME,
    V_SHAPE,
    V_SHAPES,
    V_SIGN,
    V_START,
    V_SUM,
    V_SURE,
    V_TOTAL,
    V_TWISTS,
    VENTRICLE,
    VENTRICULAR,
    VF_OPEN,
    WIDE_MS,
    WIDE_RUN,
    WIDER,
    WIDTHS,
    X_COUNT,
    X_KEEP,
    X_RING,
)
from einthoven.ecg.rhythm_slots import (
    at,
    beat_at,
    close_slot,
    instant,
    intervals,
    is_open,
    kind_of,
    open_slot,
    put,
    update_slot,
    withdraw_slot,
)

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

RUN_BEATS = 3
SAME_SIGN = 3
"""So many beats in a row point one way before a change of direction counts as a twist."""
MOST_MS = 65_535
SLOWING = 8
"""Intervals that say that a tachycardia has become slow."""
SLOWEST = 1.25
"""No interval of the beats that make a tachycardia is longer than this many times that of its least rate."""
LIKE, EVEN = 0.1, 0.3
"""A beat of a run changes no more than this in shape, and its interval by no more than this share."""
SAME_PACE, BEFORE = 0.1, 4
"""A run whose first beat keeps the shape and, within this share, the mean interval of so many fast beats
before it goes on with them: it begins nothing."""
VERY_WIDE, SURE_P, SURE_CLASS, MISSED = 2.0, 0.5, 0.9, 4.5
"""A beat so many times as wide as the normal ones, neither its P wave nor its class as sure as this, goes on
with a run in fast groups within so many of its shortest interval: a beat that is missed may look like P."""
LONG_RUN = 15
"""Behind more beats of a run what was unusual has become the usual, and the class of a beat errs."""
UNEVEN = 0.2
"""Beats unlike one another whose intervals differ by more than this share of the mean are noise."""
WIDE_BEATS, WIDE_BPM, WIDE_SPREAD = 8, 120.0, 0.2
"""So many beats of wide complexes in a row, at no less than this rate and evenly within this share, are a
tachycardia of the ventricles, whatever the class of each: behind a gap, and where a record begins in it, all
beats are alike. Slower ones are left to the class: sinus rhythm in bundle branch block, paced beats of which
no pulse is seen. In DS1, svdb and DS1 under noise of nstdb only flutter of 207 is so."""
WIDE_SLACK = 1.1
"""No interval of theirs is longer than this many times that of the least rate."""
STEADY_BEATS, STEADY_SPREAD, STEADY_LEAST_MS = 6, 0.15, 260.0
"""A tachycardia is steady where so many intervals differ by no more than this share of their mean, and that
is no shorter than this: flutter of the ventricles is faster."""
MARGIN_BPM = 10.0
"""An open tachycardia or idioventricular rhythm becomes the other only so far beyond the limit."""


@inner
def is_ventricular(
    f: F64, w: I64, th: F64, rr_ms: int, kind: int, conf: float, width_ms: int, shape: float, p_score: float
) -> bool:
    """A beat of another class that belongs to a ventricular run.

    In a run of minutes what was unusual becomes the usual, and its beats are called normal or
    supraventricular. They are of the run while shape and interval stay the same, but not when it was so
    before the run, too: then a few beats of another tachycardia were called ventricular. And beats much wider
    than this patient's normal ones, fast and of one shape, are a tachycardia of wide complexes: that is taken
    for ventricular until somebody knows better. So is a very wide one of no sure class behind fast groups,
    whatever its shape: where the axis turns, each beat is unlike the one before.
    """
    plain = kind % DOUBTED
    if plain in (VENTRICLE, PACE) or rr_ms <= 0:
        return False
    wide = w[N_COUNT] >= WIDTHS and width_ms >= max(WIDE_MS, WIDER * f[N_WIDTH])
    run = w[V_TOTAL] >= RUN_BEATS and w[V_SUM] > 0 and not w[V_GOES_ON]
    unsure = width_ms >= VERY_WIDE * f[N_WIDTH] and p_score < SURE_P and conf < SURE_CLASS
    if run and wide and unsure and rr_ms <= MISSED * w[V_FAST] and _grouped(w, th) > 0.0:
        return True
    if not 0.0 <= shape <= LIKE:
        return False
    if is_open(w, VENTRICULAR) and run:
        usual = w[V_SUM] / (w[V_TOTAL] - 1)
        if abs(rr_ms - usual) <= EVEN * usual:
            return True
    return bool(wide and plain != NORMAL and rr_ms * th[TH_VT] < 60_000.0)


@inner
def wide_beat(
    f: F64, w: I64, th: F64, rr_ms: int, kind: int, width_ms: int, shape: float, p_score: float
) -> bool:
    """A beat that is not yet in the ring: whether it makes those before it a tachycardia of wide complexes.

    That needs no word of the class, which rests on what is usual, and no normal beats to compare with; where
    some are known, it must be so much wider than they. A P wave seen before a beat ends the row, and so
    does a paced one; a doubtful beat counts for nothing in it.
    """
    usual = WIDER * f[N_WIDTH] if w[N_COUNT] >= WIDTHS else 0.0
    wide = width_ms >= max(WIDE_MS, usual) and 0.0 <= shape <= LIKE and p_score < th[TH_P_SEEN]
    if not wide or kind % DOUBTED == PACE or not _hurries(th, rr_ms):
        w[WIDE_RUN] = 0
        return False
    w[WIDE_RUN] += kind < DOUBTED
    told = is_open(w, VENTRICULAR) and not w[EARLY_OPEN]
    if told or w[NOISE] or w[ODD] == 2 or kind >= DOUBTED or kind == VENTRICLE or w[WIDE_RUN] < WIDE_BEATS:
        return False
    mean, low, high = intervals(w, 0, WIDE_BEATS - 2)
    mean = (mean * (WIDE_BEATS - 2) + rr_ms) / (WIDE_BEATS - 1)
    if (
        low <= 0.0
        or mean * _wide_bpm(th) > 60_000.0
        or max(high, rr_ms) - min(low, rr_ms) > WIDE_SPREAD * mean
    ):
        return False
    if w[V_TOTAL] < WIDE_BEATS - 1:
        _count_back(f, w)
    return True


@inner
def _wide_bpm(th: F64) -> float:
    return float(max(th[TH_VT], WIDE_BPM))


@inner
def _hurries(th: F64, rr_ms: int) -> bool:
    return bool(rr_ms > 0 and rr_ms * _wide_bpm(th) <= WIDE_SLACK * 60_000.0)


@inner
def _count_back(f: F64, w: I64) -> None:
    """The newest beats, one fewer than make a row of wide ones, are a run of which nothing was said yet."""
    first = WIDE_BEATS - 2
    total, fastest = 0, MOST_MS
    for back in range(first):
        rr = w[beat_at(w, back) + R_RR]
        total, fastest = total + rr, min(fastest, rr)
    w[V_START], w[V_COUPLING] = w[beat_at(w, first) + R_SAMPLE], w[beat_at(w, first) + R_RR]
    w[V_LAST], w[V_SUM], w[V_FAST] = w[beat_at(w, 0) + R_SAMPLE], total, fastest
    w[V_TOTAL] = w[V_SURE] = first + 1
    f[V_SHAPE] = 0.0
    w[V_SHAPES] = w[V_SIGN] = w[V_SAME] = w[V_TWISTS] = w[V_GOES_ON] = 0


@inner
def learn_width(f: F64, w: I64, th: F64, rr_ms: int, kind: int, width_ms: int) -> None:
    """Follow the width of the patient's normal beats; fast wide ones may be none, whatever their class."""
    if kind == NORMAL and width_ms > 0 and not (width_ms >= WIDE_MS and _hurries(th, rr_ms)):
        w[N_COUNT] = min(w[N_COUNT] + 1, 4 * WIDTHS)
        f[N_WIDTH] += (width_ms - f[N_WIDTH]) / w[N_COUNT]


@inner
def ventricular_beat(
    f: F64, w: I64, th: F64, sample: int, rr_ms: int, kind: int, shape: float, peak_uv: float,
    rate_mhz: int, out: F64, n: int,
) -> int:  # fmt: skip
    """A final beat of class ``kind`` (with ``DOUBTED``), already kept in the ring."""
    if w[EARLY_OPEN] and sample > w[EARLY_NTH]:
        n = withdraw_early(f, w, out, n)
    plain = kind % DOUBTED
    if plain == VENTRICLE and (kind < DOUBTED or w[V_TOTAL] > 0):
        if w[V_TOTAL] == 0:
            w[V_GOES_ON] = _goes_on(w, th, rr_ms, shape)
        _extend(f, w, sample, rr_ms, kind < DOUBTED, shape, peak_uv)
        n = _judge(f, w, th, sample, rate_mhz, out, n)
    elif not (plain in (FUSION, UNKNOWN) and w[V_TOTAL] > 0 and is_open(w, VENTRICULAR)):
        n = end_ventricular(f, w, out, n)
    else:
        w[V_SUM] += rr_ms
        w[V_TOTAL] += 1
    if w[EARLY_OPEN] and sample == w[EARLY_NTH]:
        n = withdraw_early(f, w, out, n)
    return n


@inner
def _goes_on(w: I64, th: F64, rr_ms: int, shape: float) -> bool:
    """Whether a beat goes on with the fast beats before it, in shape and pace."""
    mean = intervals(w, 1, BEFORE)[0]
    fast = 0.0 < mean < 60_000.0 / th[TH_VT]
    return bool(0.0 <= shape <= LIKE and fast and abs(rr_ms - mean) <= SAME_PACE * mean)


@inner
def _extend(f: F64, w: I64, sample: int, rr_ms: int, sure: bool, shape: float, peak_uv: float) -> None:
    """One more ventricular beat in the run that goes on."""
    sign = 1 if peak_uv > 0.0 else (-1 if peak_uv < 0.0 else 0)
    if w[V_TOTAL] == 0:
        w[V_START], w[V_COUPLING], w[V_SUM], w[V_FAST], w[V_SURE] = sample, rr_ms, 0, 0, 0
        f[V_SHAPE] = 0.0
        w[V_SHAPES], w[V_SIGN], w[V_SAME], w[V_TWISTS] = 0, sign, 0, 0
    else:
        w[V_SUM] += rr_ms
        w[V_FAST] = rr_ms if w[V_FAST] == 0 else min(w[V_FAST], rr_ms)
        if shape >= 0.0:
            f[V_SHAPE] += shape
            w[V_SHAPES] += 1
    if sign != 0 and sign == w[V_SIGN]:
        w[V_SAME] += 1
    elif sign != 0:
        if w[V_SAME] >= SAME_SIGN:
            w[V_TWISTS] += 1
        w[V_SIGN], w[V_SAME] = sign, 1
    w[V_TOTAL] += 1
    if sure:
        w[V_SURE] += 1
    w[V_LAST] = sample


@inner
def _rate(w: I64) -> float:
    return 60_000.0 * (w[V_TOTAL] - 1) / w[V_SUM] if w[V_SUM] > 0 else 0.0


@inner
def _change(f: F64, w: I64) -> float:
    """Mean change of shape from beat to beat; -1 when it was never measured."""
    return f[V_SHAPE] / w[V_SHAPES] if w[V_SHAPES] > 0 else -1.0


@inner
def _evidence(f: F64, w: I64, th: F64) -> None:
    change = _change(f, w)
    poly = -1.0 if change < 0.0 else (1.0 if change > th[TH_SHAPE] else 0.0)
    put(f, VENTRICULAR, float(w[V_TOTAL]), _rate(w), float(w[V_FAST]), change, poly, 0.0)


@inner
def _recent(f: F64, w: I64, th: F64) -> float:
    """Mean interval of the last beats of the run, as many as make a tachycardia; 0 when they cannot be one.

    They cannot when one of their intervals is slow, unless they come in fast groups; nor when the beats are
    unlike one another and uneven in time: that is noise.
    """
    beats = int(th[TH_VT_BEATS])
    if w[V_TOTAL] < beats:
        return 0.0
    mean, fastest, slowest = intervals(w, 0, beats - 1)
    noise = _change(f, w) > th[TH_NOISE] and slowest - fastest > UNEVEN * mean
    if noise:
        return 0.0
    return _grouped(w, th) if slowest * th[TH_VT] > SLOWEST * 60_000.0 else mean


@inner
def _grouped(w: I64, th: F64) -> float:
    """Mean interval of the fast beats of a run in groups; 0 else, and where beats are odd, like noise."""
    return 0.0 if w[ODD] != 0 else grouped(w, th, int(w[V_TOTAL]))


@inner
def _judge(f: F64, w: I64, th: F64, sample: int, rate_mhz: int, out: F64, n: int) -> int:
    """What the run is after one more beat."""
    beats = int(th[TH_VT_BEATS])
    row = at(VENTRICULAR)
    if not is_open(w, VENTRICULAR) or w[EARLY_OPEN]:
        return _judge_closed(f, w, th, sample, out, n)
    kind = kind_of(w, VENTRICULAR)
    w[row + L_LAST] = sample
    recent = _recent(f, w, th)
    slow = kind in (AIVR, IVR)
    if recent > 0.0 and slow and 60_000.0 / recent > th[TH_VT] + MARGIN_BPM:
        return _turn(f, w, th, VENTRICULAR_TACHYCARDIA, beats, sample, out, n)
    lately = intervals(w, 0, SLOWING)[0] if w[V_TOTAL] > SLOWING else 0.0
    if lately > 0.0 and recent <= 0.0 and not slow and 60_000.0 / lately < th[TH_VT] - MARGIN_BPM:
        return _turn(f, w, th, _slow_kind(th, 60_000.0 / lately), SLOWING + 1, sample, out, n)
    _evidence(f, w, th)
    if slow:
        return n
    long = (sample - w[row + L_START]) * 1000 >= th[TH_SUSTAINED_S] * rate_mhz
    groups = _grouped(w, th)
    pace = max(_rate(w), 60_000.0 / groups if groups > 0.0 else 0.0)
    twisted = w[V_TWISTS] > 0 and _change(f, w) > th[TH_SHAPE] and pace >= th[TH_TORSADE]
    if twisted and kind != TORSADE:
        return update_slot(f, w, VENTRICULAR, TORSADE, out, n)
    if long and kind == VENTRICULAR_TACHYCARDIA:
        return update_slot(f, w, VENTRICULAR, SUSTAINED_VT, out, n)
    return n


@inner
def _judge_closed(f: F64, w: I64, th: F64, sample: int, out: F64, n: int) -> int:
    """The run is not told yet, or only on provisional beats."""
    beats = int(th[TH_VT_BEATS])
    recent = _recent(f, w, th)
    if w[V_SURE] >= beats and recent > 0.0 and 60_000.0 / recent > th[TH_VT]:
        if _rate(w) <= th[TH_VT]:
            _restart(w, beats, int(w[beat_at(w, beats - 1) + R_SAMPLE]), recent)
        _evidence(f, w, th)
        if w[EARLY_OPEN]:
            row = at(VENTRICULAR)
            w[EARLY_OPEN] = 0
            w[row + L_START], w[row + L_LAST] = w[V_START], sample
            return update_slot(f, w, VENTRICULAR, VENTRICULAR_TACHYCARDIA, out, n)
        return open_slot(f, w, VENTRICULAR, VENTRICULAR_TACHYCARDIA, w[V_START], sample, out, n)
    if _change(f, w) > th[TH_NOISE]:
        return n
    told_slow = w[V_SURE] >= RUN_BEATS and not w[EARLY_OPEN] and 0.0 < _rate(w) <= th[TH_VT]
    if told_slow and not hurried(w, th, int(w[V_TOTAL])):
        _evidence(f, w, th)
        return open_slot(f, w, VENTRICULAR, _slow_kind(th, _rate(w)), w[V_START], sample, out, n)
    return n


@inner
def _slow_kind(th: F64, rate: float) -> int:
    return AIVR if rate >= th[TH_ACCELERATED] else IVR


@inner
def _restart(w: I64, beats: int, start: int, mean_ms: float) -> None:
    """The run is counted from ``beats`` beats ago on."""
    w[V_START], w[V_TOTAL] = start, beats
    w[V_SURE] = min(w[V_SURE], beats)
    w[V_SUM] = int(mean_ms * (beats - 1) + 0.5)


@inner
def _turn(f: F64, w: I64, th: F64, kind: int, beats: int, sample: int, out: F64, n: int) -> int:
    """The run goes on much faster or slower: one finding ends where the other begins."""
    start = int(w[beat_at(w, beats - 1) + R_SAMPLE])
    mean = intervals(w, 0, beats - 1)[0]
    n = _close(f, w, start, out, n)
    _restart(w, beats, start, mean)
    _evidence(f, w, th)
    return open_slot(f, w, VENTRICULAR, kind, start, sample, out, n)


@inner
def _close(f: F64, w: I64, end: int, out: F64, n: int) -> int:
    if kind_of(w, VENTRICULAR) == VENTRICULAR_TACHYCARDIA:
        w[at(VENTRICULAR) + L_KIND] = NSVT
    w[EARLY_OVER], w[EARLY_OPEN], w[WIDE_RUN] = 1, 0, 0
    return close_slot(f, w, VENTRICULAR, end, out, n)


@inner
def end_ventricular(f: F64, w: I64, out: F64, n: int) -> int:
    """The run is over: close what is open, or tell a couplet or a short run."""
    total, sure = w[V_TOTAL], w[V_SURE]
    if is_open(w, VENTRICULAR) and not w[EARLY_OPEN]:
        n = _close(f, w, w[V_LAST], out, n)
    elif total == 2 and sure == 2:
        mean = intervals(w, 2, 8)[0]
        n = instant(
            w, VENTRICULAR_COUPLET, w[V_START], w[V_LAST], float(w[V_SUM]), float(w[V_COUPLING]),
            mean if mean > 0.0 else -1.0, 0.0, 0.0, 0.0, out, n,
        )  # fmt: skip
    elif sure >= RUN_BEATS:
        n = instant(
            w, VENTRICULAR_RUN, w[V_START], w[V_LAST], float(total), _rate(w), float(w[V_FAST]),
            _change(f, w), -1.0, 0.0, out, n,
        )  # fmt: skip
    w[V_TOTAL] = w[V_SURE] = 0
    return n


@inner
def stop_ventricular(f: F64, w: I64, out: F64, n: int) -> int:
    """The run is cut short: by fibrillation, by the loss of the signal, by the end of the samples."""
    if w[EARLY_OPEN]:
        n = _close(f, w, w[at(VENTRICULAR) + L_LAST], out, n)
    w[EARLY_COUNT] = 0
    return end_ventricular(f, w, out, n)


@inner
def early_beat(
    f: F64, w: I64, th: F64, sample: int, rr_ms: int, code: int, shape: float, out: F64, n: int
) -> int:
    """A beat as it was classed right after its detection: a tachycardia is told on its Nth beat."""
    if code != 5 or rr_ms <= 0 or w[VF_OPEN]:
        w[EARLY_COUNT] = w[EARLY_OVER] = 0
        return n
    if w[EARLY_COUNT] == 0:
        w[EARLY_START], w[EARLY_SUM], w[EARLY_SLOWEST], w[EARLY_SHAPES] = sample, 0, 0, 0
        w[EARLY_FASTEST] = MOST_MS
        f[EARLY_SHAPE] = 0.0
    else:
        w[EARLY_SUM] += rr_ms
        w[EARLY_SLOWEST], w[EARLY_FASTEST] = max(w[EARLY_SLOWEST], rr_ms), min(w[EARLY_FASTEST], rr_ms)
        if shape >= 0.0:
            f[EARLY_SHAPE] += shape
            w[EARLY_SHAPES] += 1
    w[EARLY_COUNT] += 1
    beats = int(th[TH_VT_BEATS])
    if w[EARLY_COUNT] < beats or w[EARLY_OVER] or is_open(w, VENTRICULAR) or (w[UNUSABLE] & 1):
        return n
    rate = 60_000.0 * (w[EARLY_COUNT] - 1) / w[EARLY_SUM] if w[EARLY_SUM] > 0 else 0.0
    if rate <= th[TH_VT] or w[EARLY_SLOWEST] * th[TH_VT] > SLOWEST * 60_000.0:
        return n
    uneven = (w[EARLY_SLOWEST] - w[EARLY_FASTEST]) * rate > UNEVEN * 60_000.0
    if uneven and f[EARLY_SHAPE] > th[TH_NOISE] * w[EARLY_SHAPES]:
        return n
    w[EARLY_OPEN], w[EARLY_OVER], w[EARLY_NTH] = 1, 1, sample
    put(f, VENTRICULAR, float(w[EARLY_COUNT]), rate, -1.0, -1.0, -1.0, 1.0)
    return open_slot(f, w, VENTRICULAR, VENTRICULAR_TACHYCARDIA, w[EARLY_START], sample, out, n)


@inner
def withdraw_early(f: F64, w: I64, out: F64, n: int) -> int:
    """The final classes do not bear the tachycardia out that was told on provisional ones."""
    w[EARLY_OPEN] = 0
    return withdraw_slot(f, w, VENTRICULAR, out, n)


@inner
def in_tachycardia(w: I64) -> bool:
    """Whether the newest beat belongs to a told tachycardia of many ventricular beats, whatever its class."""
    told = w[V_TOTAL] > LONG_RUN and is_open(w, VENTRICULAR) and kind_of(w, VENTRICULAR) not in (AIVR, IVR)
    return bool(told and w[beat_at(w, 0) + R_CLASS] % DOUBTED == VENTRICLE)


@inner
def steady(w: I64, since_ms: float) -> bool:
    """Whether a tachycardia is told, and its beats are found one by one and evenly to the last, ``since_ms``
    ago: that is no fibrillation, whatever its waves look like."""
    if not is_open(w, VENTRICULAR) or kind_of(w, VENTRICULAR) in (AIVR, IVR) or w[X_COUNT] < STEADY_BEATS:
        return False
    total, low, high = 0, MOST_MS, 0
    for back in range(1, STEADY_BEATS + 1):
        interval = w[X_RING + (w[X_COUNT] - back) % X_KEEP]
        total += interval
        low, high = min(low, interval), max(high, interval)
    mean = total / STEADY_BEATS
    even = high - low <= STEADY_SPREAD * mean and mean >= STEADY_LEAST_MS
    return bool(even and since_ms <= 2.0 * mean + 400.0)
