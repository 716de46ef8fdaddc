"""The rhythm of one stream: beats and seconds in, findings out.

At every whole second of the sample index: ``tick``, then the provisional beats of that second, then the beats
that have become final, then ``second``. ``begin`` sets up the state, also behind a gap; before a gap, and
when monitoring ends, ``finish`` closes what is open. The state is ``f``, or ``w`` as whole numbers. Every
call appends at most ``ROWS_MAX`` rows to ``out``. All rules are in docs/analysis.md; their numbers come from
``th`` (``base/thresholds.py``, ``vector``).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.ecg.jit import inner
from einthoven.ecg.kinds import ANALYSIS_LOST
from einthoven.ecg.rhythm_conduction import (
    conduction,
    drops_by_now,
    end_conduction,
    pause,
    silence,
)
from einthoven.ecg.rhythm_ectopic import (
    atrial_beat,
    count_ectopic,
    counts_by_now,
    end_atrial,
    end_patterns,
    forget_ectopic,
    patterns,
)
from einthoven.ecg.rhythm_extreme import extreme_rate, forget_extremes
from einthoven.ecg.rhythm_layout import (
    A_LAST,
    AF_OPEN,
    ATRIAL,
    CAPTURE,
    COUNT,
    DOUBT,
    DOUBTED,
    DROPPED,
    FUSION,
    HOLED,
    KEEP,
    L_LAST,
    LOST,
    LOST_S,
    NOISE,
    NORMAL,
    NOW,
    ODD,
    P_ABSENT,
    P_EVER,
    P_SEEN,
    P_UNKNOWN,
    PACE,
    PACING,
    R_CLASS,
    R_P,
    R_PR,
    R_RR,
    R_SAMPLE,
    RING,
    RING_WORDS,
    SECOND,
    SENSING,
    SILENCE,
    SINUS_RR,
    SLOTS,
    SLOW_EMERGENT,
    SLOW_URGENT,
    TH_CONFIDENCE,
    TH_LOST_S,
    TH_P_ABSENT,
    TH_P_SEEN,
    TWO_TO_ONE,
    UNHEARD,
    UNKNOWN,
    UNLIKE,
    UNSURE,
    UNUSABLE,
    V_LAST,
    VENTRICLE,
    VF_OPEN,
    WORDS,
    X_COUNT,
)
from einthoven.ecg.rhythm_pacer import end_paced, forget_spikes, keeps_pace, paced, pacer_spike
from einthoven.ecg.rhythm_rate import fast, forget_rate, junction, sinus_varies, slow
from einthoven.ecg.rhythm_sinus import end_sinus, sinus, waves_instead
from einthoven.ecg.rhythm_slots import (
    SECONDS_KEPT,
    at,
    beat_at,
    close_slot,
    free,
    intervals,
    is_open,
    kept,
    open_slot,
    put,
    usable_between,
    whole_between,
    withdraw_slot,
)
from einthoven.ecg.rhythm_ventricular import (
    early_beat,
    end_ventricular,
    is_ventricular,
    learn_width,
    stop_ventricular,
    ventricular_beat,
    wide_beat,
)

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

RUN_SILENCE_S = 4.0
"""A run is over when no beat came for so long; all beats before are final by then."""
SINUS_BEATS = 8
"""Beats over which the interval of the sinus rhythm is averaged."""
BROKEN_RR_MS = 1500
"""An interval from this on with unfit seconds in it says nothing: beats may be hidden in it."""
HIDDEN_RATIO = 1.4
"""So many times the usual interval, one in which every lead was blank for a while may hold a hidden beat."""
DOUBT_BEATS = 16
NOISE_FROM, NOISE_TO = 0.6, 0.45
"""Doubt over the last beats from which on they are noise, and below which no more. No rhythm of DS1 but
fibrillation of the ventricles comes near; white noise lies at 0.9 to 1.1, muscles at 1.0, motion at 0.6."""
ODD_DOUBT, ODD_UNSURE, ODD_UNLIKE, LESS = (0.2, 0.3), (0.1, 0.15), (0.0, 0.2), 0.75
"""Doubt over the last beats, and doubt in their classes, from which on together they are odd: no pause and no
sinus rhythm is told of them; and from which on nothing can be gone by, where they are unlike each other, too
(those of atrial fibrillation are not). It passes when one of these falls below ``LESS`` of that. Of 100 beats
of electrode motion alone (nstdb) 55 to 99 are odd, of DS1 1 (207, in flutter)."""
PULSE_MARGIN_MS = 12
"""A pulse may seem to lie so far behind the beat that it made."""
KEPT_BITS = (np.int64(1) << SECONDS_KEPT) - 1


@njit(nogil=True)
def begin(f: F64, w: I64) -> None:
    """Set up the state of a stream of which nothing was seen (``WORDS`` words of any content)."""
    for index in range(WORDS):
        f[index] = 0.0
    w[SECOND] = -1
    w[SLOW_URGENT] = w[SLOW_EMERGENT] = -1
    for slot in range(SLOTS):
        free(w, slot)


@njit(nogil=True)
def tick(
    f: F64, w: I64, th: F64, now_sample: int, usable_leads: int, vf_open: int, af_open: int,
    rate_mhz: int, out: F64, n: int,
) -> int:  # fmt: skip
    """A second is over: what is known before its beats are judged.

    Args:
        f: float64[WORDS], the state.
        w: int64[WORDS], the same memory.
        th: float64, ``Thresholds.vector()``.
        now_sample: first sample of the next second; what is told now carries it.
        usable_leads: leads of the second that was, that were fit for detection.
        vf_open: 1 while ventricular fibrillation or flutter is open: beats mean nothing then.
        af_open: 1 while atrial fibrillation or flutter is open.
        rate_mhz: sampling rate in millihertz.
        out: float64[rows, COLUMNS]. n: rows so far. Returns the new number.
    """
    w[NOW] = now_sample
    second = (now_sample * 1000 - 1) // rate_mhz
    passed = second - w[SECOND] if w[SECOND] >= 0 else 1
    w[UNUSABLE] = (w[UNUSABLE] << min(passed, SECONDS_KEPT)) & KEPT_BITS if passed > 0 else w[UNUSABLE]
    w[HOLED] = (w[HOLED] << min(passed, SECONDS_KEPT)) & KEPT_BITS if passed > 0 else w[HOLED]
    w[SECOND] = second
    if usable_leads <= 0:
        w[UNUSABLE] |= 1
    n = _lost(f, w, th, now_sample, usable_leads, rate_mhz, out, n)
    if vf_open and not w[VF_OPEN]:
        n = stop_ventricular(f, w, out, n)
        n = interrupt(f, w, out, n)
        n = forget_extremes(f, w, out, n)
        n = withdraw_slot(f, w, SILENCE, out, n)
    if af_open and not w[AF_OPEN]:
        n = end_atrial(f, w, out, n)
        n = end_conduction(f, w, out, n)
    w[VF_OPEN], w[AF_OPEN] = 1 if vf_open else 0, 1 if af_open else 0
    return n


@inner
def _lost(f: F64, w: I64, th: F64, now: int, usable_leads: int, rate_mhz: int, out: F64, n: int) -> int:
    """No lead fit for analysis for so many seconds, or nothing of a heart in those that are: whatever is open
    cannot be followed any more; but a pause lasts for as long as fit leads show no beat."""
    since = now - rate_mhz // 1000
    if is_open(w, LOST) and (usable_leads <= 0 or not w[UNHEARD]):
        n = close_slot(f, w, SILENCE, min(w[at(SILENCE) + L_LAST], since), out, n)
    if usable_leads > 0 and not w[UNHEARD]:
        n = close_slot(f, w, LOST, since, out, n)
        w[LOST_S] = 0
        return n
    w[LOST_S] += 1
    put(f, LOST, float(w[LOST_S]), 0.0, 0.0, 0.0, 0.0, 0.0)
    if w[LOST_S] >= th[TH_LOST_S] and not is_open(w, LOST):
        start = max(0, now - w[LOST_S] * rate_mhz // 1000)
        w[V_LAST], w[A_LAST] = min(w[V_LAST], start), min(w[A_LAST], start)
        for slot in range(SLOTS):
            w[at(slot) + L_LAST] = min(w[at(slot) + L_LAST], start)
        n = _end(f, w, SILENCE if usable_leads > 0 else SLOTS, out, n)
        n = open_slot(f, w, LOST, ANALYSIS_LOST, start, now, out, n)
    w[at(LOST) + L_LAST] = now
    return n


@inner
def resemble(f: F64, w: I64, doubt: float, conf: float, unlike: float) -> None:
    """Take how little a final beat looks like a heart's (``study_layout.O_DOUBT``, as a share; below 0
    unknown), how sure its class is, and how unlike the one before it is: beats that go on so are noise, or
    odd. Unsure classes while the ventricles are told to fibrillate say nothing of the beats behind it."""
    if doubt >= 0.0:
        f[DOUBT] += (doubt - f[DOUBT]) / DOUBT_BEATS
        w[NOISE] = f[DOUBT] >= (NOISE_TO if w[NOISE] else NOISE_FROM)
    if not w[VF_OPEN]:
        f[UNSURE] += (1.0 - conf - f[UNSURE]) / DOUBT_BEATS
    if unlike >= 0.0:
        f[UNLIKE] += (unlike - f[UNLIKE]) / DOUBT_BEATS
    level = 0
    for k in range(len(ODD_DOUBT)):
        part = LESS if w[ODD] > k else 1.0
        known = f[DOUBT] < part * ODD_DOUBT[k] or f[UNSURE] < part * ODD_UNSURE[k]
        if not known and f[UNLIKE] >= part * ODD_UNLIKE[k]:
            level = k + 1
    w[ODD] = level


@inner
def hide(w: I64) -> None:
    """In the second of the last ``tick``, every fit lead was blank for a while."""
    w[HOLED] |= 1


@inner
def overrule_sinus(f: F64, w: I64, start: int, now: int, out: F64, n: int) -> int:
    """Fibrillation of the ventricles or asystole holds since ``start``, by now, ``now``: no sinus rhythm."""
    return int(end_sinus(f, w, start, now, out, n))


@inner
def follow_waves(f: F64, w: I64, level: int, since: int, out: F64, n: int) -> int:
    """Waves of the atria fill the line between beats, or not: ``rhythm_sinus.waves_instead``."""
    return int(waves_instead(f, w, level, since, out, n))


@inner
def overrule_pacing(f: F64, w: I64, start: int, out: F64, n: int) -> int:
    """Asystole holds since ``start``: nothing captures, and what was told as a pause is more than that."""
    n = end_paced(f, w, start, out, n)
    return int(close_slot(f, w, SILENCE, w[at(SILENCE) + L_LAST], out, n))


@inner
def _hides(w: I64, sample: int, rr_ms: int, rate_mhz: int) -> bool:
    """Whether a beat may be hidden in the interval that ends with the newest beat, at ``sample``; or the beat
    that begins it be nothing but a contact made, right behind what could not be seen."""
    start = sample - rr_ms * rate_mhz // 1_000_000
    if rr_ms >= BROKEN_RR_MS:
        return not whole_between(w, start - rate_mhz // 1000, sample, rate_mhz)
    if w[HOLED] == 0:
        return False
    mean = intervals(w, 0, 4)[0]
    long = mean > 0.0 and rr_ms >= HIDDEN_RATIO * mean
    return bool(long and not whole_between(w, start, sample, rate_mhz))


@inner
def provisional(
    f: F64, w: I64, th: F64, sample: int, rr_ms: int, code: int, shape: float, rate_mhz: int, out: F64, n: int
) -> int:
    """A beat as it was classified right after its detection.

    Args:
        f: state. w: the same as whole numbers. th: thresholds.
        sample: sample index. rr_ms: interval to the beat before, 0 when there is none.
        code: its class so far, as WFDB numbers it.
        shape: as for ``beat``.
        rate_mhz: sampling rate in millihertz.
        out: rows. n: rows so far.
    """
    rr_ms = 0 if is_open(w, LOST) or _hides(w, sample, rr_ms, rate_mhz) else rr_ms
    n = extreme_rate(f, w, th, sample, rr_ms, rate_mhz, out, n)
    return int(early_beat(f, w, th, sample, rr_ms, code, shape, out, n))


@njit(nogil=True)
def beat(
    f: F64, w: I64, th: F64, sample: int, rr_ms: int, code: int, conf: float, width_ms: int,
    p_score: float, pr_ms: int, p_between: int, shape: float, peak_uv: float, rate_mhz: int,
    out: F64, n: int,
) -> int:  # fmt: skip
    """A final beat, in order; artefacts are left out.

    Args:
        f: state. w: the same as whole numbers. th: thresholds.
        sample: sample index.
        rr_ms: interval to the beat before, 0 when there is none.
        code: class as WFDB numbers it: 1 N, 9 S, 5 V, 6 F, 13 Q, 12 paced.
        conf: 0-1, how sure the class is.
        width_ms: of the QRS complex.
        p_score: how well a P wave is seen before it, 0-1; -1 unknown.
        pr_ms: from it to the QRS complex; 0 unknown.
        p_between: P waves since the beat before, the one that it belongs to included, and ``HIDDEN`` for each
            of them that was not seen, only reckoned; ``APART`` when they march through the beats; -1 unknown.
        shape: how far it differs in shape from the beat before, 0 same - 1; -1 unknown.
        peak_uv: largest deflection of the QRS complex with its sign, on a lead that stays the same; 0
            unknown.
        rate_mhz: sampling rate in millihertz.
        out: rows. n: rows so far. Returns the new number.
    """
    if w[VF_OPEN] or is_open(w, LOST):
        return n
    if rr_ms <= 0 or _hides(w, sample, rr_ms, rate_mhz):
        n = interrupt(f, w, out, n)
        rr_ms = 0
    sure = conf >= th[TH_CONFIDENCE] and usable_between(w, sample, sample, rate_mhz)
    kind = _class(code) + (0 if sure else DOUBTED)
    wide = wide_beat(f, w, th, rr_ms, kind, width_ms, shape, p_score)
    if wide or is_ventricular(f, w, th, rr_ms, kind, conf, width_ms, shape, p_score):
        kind = VENTRICLE
    learn_width(f, w, th, rr_ms, kind, width_ms)
    _keep(f, w, th, sample, rr_ms, kind, p_score, pr_ms, p_between)
    n = ventricular_beat(f, w, th, sample, rr_ms, kind, shape, peak_uv, rate_mhz, out, n)
    n = atrial_beat(f, w, th, sample, rr_ms, kind, out, n)
    n = patterns(f, w, th, kind, out, n)
    n = count_ectopic(f, w, th, sample, kind, rate_mhz, out, n)
    n = pause(f, w, th, sample, rr_ms, rate_mhz, out, n)
    n = slow(f, w, th, sample, rr_ms, sure, rate_mhz, out, n)
    n = fast(f, w, th, sample, rr_ms, kind, rate_mhz, out, n)
    n = conduction(f, w, th, sample, out, n)
    n = junction(f, w, th, sample, width_ms, out, n)
    n = sinus_varies(f, w, th, sample, rate_mhz, out, n)
    n = sinus(f, w, sample, rate_mhz, out, n)
    return int(paced(f, w, th, sample, out, n))


@inner
def _class(code: int) -> int:
    if code == 1:
        return NORMAL
    if code == 9:
        return ATRIAL
    if code == 5:
        return VENTRICLE
    if code == 6:
        return FUSION
    return PACE if code == 12 else UNKNOWN


@inner
def _keep(
    f: F64, w: I64, th: F64, sample: int, rr_ms: int, kind: int, p_score: float, pr_ms: int, p_between: int
) -> None:
    """The beat becomes the newest of the ring."""
    state = P_UNKNOWN
    if p_score >= th[TH_P_SEEN]:
        state = P_SEEN
        w[P_EVER] += 1
        if kind == NORMAL and rr_ms > 0:
            f[SINUS_RR] += (rr_ms - f[SINUS_RR]) / min(w[P_EVER], SINUS_BEATS)
    elif 0.0 <= p_score <= th[TH_P_ABSENT]:
        state = P_ABSENT
    row = RING + (w[COUNT] % KEEP) * RING_WORDS
    w[row + R_SAMPLE], w[row + R_RR], w[row + R_CLASS] = sample, rr_ms, kind
    w[row + R_PR], w[row + R_P] = max(0, pr_ms), state + 4 * (max(-1, p_between) + 1)
    w[COUNT] += 1


@inner
def interrupt(f: F64, w: I64, out: F64, n: int) -> int:
    """The next beat does not follow the last one: runs and patterns end, the intervals are forgotten."""
    n = end_ventricular(f, w, out, n)
    n = end_atrial(f, w, out, n)
    n = end_patterns(f, w, out, n)
    forget_rate(w)
    w[COUNT] = w[DROPPED] = w[TWO_TO_ONE] = 0
    return n


@njit(nogil=True)
def second(
    f: F64, w: I64, th: F64, now_sample: int, seconds_since_beat: float, rate_mhz: int, out: F64, n: int
) -> int:
    """After the second's beats: what ends, or is told, because time passes.

    Args:
        f: state. w: the same as whole numbers. th: thresholds.
        now_sample: as given to ``tick``.
        seconds_since_beat: from the newest detected beat, final or not, to ``now_sample``; negative when
            none was detected since the samples began.
        rate_mhz: sampling rate in millihertz.
        out: rows. n: rows so far. Returns the new number.
    """
    if seconds_since_beat >= RUN_SILENCE_S:
        n = stop_ventricular(f, w, out, n)
        n = end_atrial(f, w, out, n)
        n = end_patterns(f, w, out, n)
    n = silence(f, w, th, now_sample, seconds_since_beat, rate_mhz, out, n)
    n = counts_by_now(f, w, now_sample, rate_mhz, out, n)
    return int(drops_by_now(f, w, now_sample, rate_mhz, out, n))


@njit(nogil=True)
def spike(f: F64, w: I64, th: F64, sample: int, rate_mhz: int, out: F64, n: int) -> int:
    """A pacemaker's pulse, when every beat around it is final; see ``rhythm_pacer.pacer_spike``."""
    known = w[PACING] or is_open(w, CAPTURE) or is_open(w, SENSING)
    if w[VF_OPEN] or not usable_between(w, sample, sample, rate_mhz):
        return n
    to_ms, from_ms, sure = -1, -1, False
    for back in range(min(kept(w), KEEP)):
        row = beat_at(w, back)
        apart = (w[row + R_SAMPLE] - sample) * 1_000_000 // rate_mhz
        if apart >= -PULSE_MARGIN_MS:
            to_ms = max(0, apart)
        else:
            own = w[row + R_CLASS] % DOUBTED != PACE
            from_ms, sure = -apart if own else -1, w[row + R_CLASS] < DOUBTED
            break
    heedless = keeps_pace(w, th, sample, from_ms if sure else -1, rate_mhz)
    if not (known or heedless):
        return n
    return int(pacer_spike(f, w, th, sample, to_ms, from_ms, heedless, out, n))


@njit(nogil=True)
def finish(f: F64, w: I64, out: F64, n: int) -> int:
    """Close whatever is open where it was last seen: the samples end, or can no longer be analysed."""
    return int(_end(f, w, SLOTS, out, n))


@inner
def _end(f: F64, w: I64, but: int, out: F64, n: int) -> int:
    """Close whatever is open, only not what is in the slot ``but``."""
    n = stop_ventricular(f, w, out, n)
    n = interrupt(f, w, out, n)
    for slot in range(SLOTS):
        if slot != but:
            n = close_slot(f, w, slot, w[at(slot) + L_LAST], out, n)
    w[SLOW_URGENT] = w[SLOW_EMERGENT] = -1
    w[X_COUNT] = 0
    forget_ectopic(w)
    forget_spikes(w)
    return n
