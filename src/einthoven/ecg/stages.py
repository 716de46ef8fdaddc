"""The stages over the beats, second by second: ventricular fibrillation, atrial fibrillation, rhythm."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.base.thresholds import position
from einthoven.ecg import afib_kernels, fibrillation, rhythm_kernels
from einthoven.ecg.afib_flutter import TOLD, finish_flutter, flutter_second, waves_go_on
from einthoven.ecg.afib_flutter_layout import PHASE, WAVES_FROM
from einthoven.ecg.beats import ARTEFACT, FLAT, NORMAL, PACED, SUPRAVENTRICULAR, UNUSABLE, VENTRICULAR
from einthoven.ecg.design import (
    AT_LEADS,
    L_BLANK_UNTIL,
    L_QUALITY,
    L_SHOWN,
    L_UNIT_UV,
    LEAD_WORDS,
    LEADS,
    S_BEAT_SAMPLE,
    S_SILENT,
    S_SILENT_FROM,
    S_STEP,
    SILENT_PAUSE,
    SILENT_STILL,
    STEPS_MHZ,
)
from einthoven.ecg.fibrillation_asystole import DEAF, HEARS, PAUSE_TOLD
from einthoven.ecg.fibrillation_layout import A_OPEN, A_START, FILLED, VF_HIGH, VF_OPEN, VF_START, VF_STEADY
from einthoven.ecg.fibrillation_layout import AT_LEADS as AT_LOOKS
from einthoven.ecg.fibrillation_leads import CASE, L_JUMPED
from einthoven.ecg.fibrillation_leads import LEAD_WORDS as LOOK_WORDS
from einthoven.ecg.jit import inner
from einthoven.ecg.pacing import mark_wakes, next_pulse, pulse_of
from einthoven.ecg.rhythm_ectopic import in_step
from einthoven.ecg.rhythm_layout import L_START, LOST, NOISE, ODD, ODD_S, SILENCE, TH_P_SEEN, UNHEARD
from einthoven.ecg.rhythm_layout import VENTRICULAR as RUN
from einthoven.ecg.rhythm_layout import VF_OPEN as WAVES
from einthoven.ecg.rhythm_layout import WORDS as RHYTHM_WORDS
from einthoven.ecg.rhythm_p_waves import A_COUNT, A_ON_TIME, A_PR_MS, USUAL_SCORE, between
from einthoven.ecg.rhythm_p_waves import TOLD as A_TOLD
from einthoven.ecg.rhythm_signal import peak_uv
from einthoven.ecg.rhythm_slots import at as at_slot
from einthoven.ecg.rhythm_slots import is_open, usable_between
from einthoven.ecg.rhythm_ventricular import in_tachycardia, steady
from einthoven.ecg.room import Judges
from einthoven.ecg.study_context import neighbour
from einthoven.ecg.study_layout import (
    B_CODE,
    B_SAMPLE,
    BEAT_WORDS,
    BEATS,
    D_COUNT,
    D_FIRST,
    D_MEASURED,
    D_QUEUED,
    D_TAKEN,
    O_CODE,
    O_CONF,
    O_CORR_PREV,
    O_DOUBT,
    O_FINAL,
    O_P_RR,
    O_P_SCORE,
    O_RR,
    O_SAMPLE,
    O_WIDTH,
    Q_SAMPLE,
    Q_WORDS,
    QUEUE,
    T_AT_AFIB,
    T_AT_BEATS,
    T_AT_FIBRILLATION,
    T_AT_FLUTTER,
    T_AT_P,
    T_AT_PACING,
    T_AT_QUEUE,
    T_AT_RHYTHM,
    T_AT_RING,
    T_GROUP,
    T_LEADS,
    T_P_WORDS,
    T_RATE_MHZ,
    T_RING,
)
from einthoven.ecg.trees import Trees

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
I16 = NDArray[np.int16]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
AT_FIBRILLATION_S = position("ventricular_fibrillation.detect.duration_s")
AT_ASYSTOLE_S = position("asystole.detect.duration_s")
UNKNOWN_P = -1.0
ODD_LEAST_S = 30
"""Beats that nothing can be gone by for so long are as good as none."""
UNHEARD_S = 4.0
"""Nothing was heard of the heart for so long, and it is not known to stand still."""
HALF_SURE = 500
"""How sure a beat of a told tachycardia of the ventricles is ventricular where its shape says another class:
the word of the rule against that of the class."""
PACED_CONF = 900
"""How sure a beat behind a pulse is a paced one, in thousandths."""
PULSE_AFTER_S = 5
"""Seconds after which all beats around a pulse are final."""
SEEN_PEAK = A_TOLD
SEEN = A_TOLD + 1
"""What the signal tells of a beat besides its class: the atria before it, its peak in µV."""


@inner
def begin_stages(f: F64, w: I64, q: I64) -> None:
    """Set the stages' states up; the second stage's slice is all zero."""
    rhythm, afib, end = q[T_AT_RHYTHM], q[T_AT_AFIB], q[T_AT_FIBRILLATION]
    rhythm_kernels.begin(f[rhythm:afib], w[rhythm:afib])
    afib_kernels.begin(f[afib:end], w[afib:end])


@njit(nogil=True)
def last_beat(w: I64, q: I64, w1: I64) -> int:
    """Sample of the newest beat that is no artefact as far as is known; where the samples began when there
    is none."""
    if w[D_TAKEN] < w[D_QUEUED]:
        newest: int = w1[S_BEAT_SAMPLE]
        return newest
    number = neighbour(w, q, w[D_MEASURED], -1)
    if number < 0:
        first: int = w[D_FIRST]
        return first
    sample: int = w[q[T_AT_BEATS] + (number % BEATS) * BEAT_WORDS + B_SAMPLE]
    return sample


@njit(nogil=True)
def first_beat(w: I64, q: I64, newest: int, wv: I64) -> int:
    """Sample of the first beat behind an asystole that is open, else ``newest``; artefacts known are none."""
    first, after = newest, wv[A_START]
    if wv[A_OPEN] == 0 or newest <= after:
        return first
    for number in range(w[D_TAKEN], w[D_QUEUED]):
        sample = w[q[T_AT_QUEUE] + (number % QUEUE) * Q_WORDS + Q_SAMPLE]
        if sample > after:
            first = min(first, sample)
    for number in range(max(0, w[D_MEASURED] - BEATS), w[D_MEASURED]):
        row = q[T_AT_BEATS] + (number % BEATS) * BEAT_WORDS
        if w[row + B_SAMPLE] > after and w[row + B_CODE] != ARTEFACT:
            first = min(first, w[row + B_SAMPLE])
    return first


@inner
def _hear(f1: F64, w1: I64, p: I64, unit_uv: F64, quality: I64, fit: I64) -> int:
    """Fill in each lead's unit, quality and whether it is fit; returns how many fit ones had no blank stretch
    in the second."""
    whole, since = 0, w1[S_STEP] - p[STEPS_MHZ] // 1000
    for lead in range(p[LEADS]):
        at = p[AT_LEADS] + lead * p[LEAD_WORDS]
        quality[lead], unit_uv[lead] = w1[at + L_QUALITY], f1[at + L_UNIT_UV]
        fit[lead] = quality[lead] < UNUSABLE or w1[at + L_SHOWN] < UNUSABLE
        if fit[lead] and w1[at + L_BLANK_UNTIL] <= since:
            whole += 1
    return whole


@inner
def _usable(wv: I64, wr: I64, quality: I64, fit: I64, since_s: float) -> int:
    """Leads from which the rhythm can be told; notes whether nothing was heard in them since ``since_s``.

    Beats that are noise are none, unless the ventricles may fibrillate, or have a tachycardia.
    Where the heart stands still by a line that is dead flat, and did not jump there, that is what is told.
    """
    usable = int(fit.sum())
    unsaid = wv[VF_OPEN] == 0 and wv[A_OPEN] == 0
    harmless = wv[VF_HIGH] == 0 and not is_open(wr, RUN)
    wr[ODD_S] = wr[ODD_S] + 1 if wr[ODD] == 2 and harmless else 0
    wr[UNHEARD] = unsaid and (since_s >= UNHEARD_S or wr[ODD_S] >= ODD_LEAST_S)
    if unsaid:
        return 0 if wr[NOISE] and harmless else usable
    if wv[A_OPEN] == 1:
        for lead in range(len(quality)):
            jumped = wv[AT_LOOKS + lead * LOOK_WORDS + L_JUMPED]
            if quality[lead] == FLAT and jumped == 0:
                return max(usable, 1)
    return usable


@inner
def _overrule(
    fr: F64,
    wr: I64,
    fa: F64,
    wa: I64,
    wv: I64,
    th: F64,
    trees: Trees,
    now: int,
    rate_mhz: int,
    told: F64,
    n: int,
) -> int:
    """What cannot be while the ventricles fibrillate, or stand still."""
    if wv[VF_OPEN] == 1:
        if wa[afib_kernels.ITEMS] > 0:
            n = afib_kernels.finish(fa, wa, th, trees, now, rate_mhz, told, n)
        return int(rhythm_kernels.overrule_sinus(fr, wr, wv[VF_START], now, told, n))
    if wv[A_OPEN] == 1:
        n = rhythm_kernels.overrule_pacing(fr, wr, wv[A_START], told, n)
        return int(rhythm_kernels.overrule_sinus(fr, wr, wv[A_START], now, told, n))
    return n


@njit(nogil=True)
def share(thousandths: int) -> float:
    """A share told in thousandths; −1 where it is not known."""
    return thousandths / 1000.0 if thousandths >= 0 else UNKNOWN_P


@inner
def unlike(row: I64) -> float:
    """How far a beat differs in shape from the one before, 0 … 1; −1 where it is not known."""
    corr = row[O_CORR_PREV]
    return 1.0 - corr / 1000.0 if corr >= 0 else UNKNOWN_P


@inner
def stages_second(
    own: tuple[F64, I64, I16, F32, I64],
    stage: tuple[F64, I64, I64],
    now: int,
    number: int,
    judges: Judges,
    beats: I64,
    told: F64,
    n: int,
) -> int:
    """Follow one second: ``beats`` are the rows told of beats in it. Returns the rows in ``told``."""
    f, w, r, _, q = own
    f1, w1, p = stage
    th, af_trees, vf_trees = judges
    rate_mhz, leads = q[T_RATE_MHZ], q[T_LEADS]
    rhythm, afib, fib, end = q[T_AT_RHYTHM], q[T_AT_AFIB], q[T_AT_FIBRILLATION], q[T_AT_RING]
    pacer, flutter = q[T_AT_PACING], q[T_AT_FLUTTER]
    fr, wr, fa, wa, fv, wv = f[rhythm:afib], w[rhythm:afib], f[afib:fib], w[afib:fib], f[fib:end], w[fib:end]
    quality, unit_uv, fit = np.empty(leads, np.int64), np.empty(leads), np.empty(leads, np.int64)
    whole, newest = _hear(f1, w1, p, unit_uv, quality, fit), last_beat(w, q, w1)
    rate_hz = rate_mhz / 1000.0
    usable = _usable(wv, wr, quality, fit, (now - max(newest, w[D_FIRST])) / rate_hz)
    af_open = 1 if wa[afib_kernels.PHASE] == afib_kernels.TOLD or w[flutter + PHASE] == TOLD else 0
    n = rhythm_kernels.tick(fr, wr, th, now, usable, wv[VF_OPEN], af_open, rate_mhz, told, n)
    if whole == 0:
        rhythm_kernels.hide(wr)
    seen = np.empty(SEEN)
    for k in range(len(beats)):
        row = beats[k]
        if row[O_CODE] == ARTEFACT or row[O_CONF] == 0:
            continue
        if pulse_of(f[pacer:afib], w[pacer:afib], row[O_SAMPLE], rate_mhz) >= 0:
            row[O_CODE], row[O_CONF] = PACED, max(row[O_CONF], PACED_CONF)
        if row[O_FINAL] == 0:
            n = rhythm_kernels.provisional(
                fr, wr, th, row[O_SAMPLE], row[O_RR], row[O_CODE], unlike(row), rate_mhz, told, n
            )
        else:
            _atria(own, row, unit_uv, fit[0] > 0, af_open == 0, seen)
            n = _final(fr, wr, fa, wa, th, af_trees, now, row, seen, rate_mhz, told, n)
    n = _overrule(fr, wr, fa, wa, wv, th, af_trees, now, rate_mhz, told, n)
    n = _pulses(fr, wr, w[pacer:afib], th, now, rate_mhz, told, n)
    n = afib_kernels.second(fa, wa, th, af_trees, now, rate_mhz, told, n)
    n = flutter_second(f[flutter:afib], w[flutter:afib], th, number, now, (w, r, q), unit_uv, fit, told, n)
    n = _waves(fr, wr, w[flutter:afib], now, rate_hz, told, n)
    wv[VF_STEADY] = steady(wr, 1000.0 * (now - newest) / rate_hz)
    ring = r[4 * q[T_AT_RING] : 4 * q[T_AT_RING] + leads * q[T_RING]].reshape(leads, q[T_RING])
    hearing = DEAF if whole == 0 else PAUSE_TOLD if is_open(wr, SILENCE) else HEARS
    lost = int(wr[at_slot(LOST) + L_START]) if is_open(wr, LOST) and usable == 0 else -1
    n = fibrillation.second(
        fv, wv, number, now, rate_hz, ring, unit_uv, w[D_COUNT], rate_hz / q[T_GROUP], quality,
        first_beat(w, q, newest, wv), _wakes(f, w, q, wv), hearing, lost,
        th[AT_FIBRILLATION_S], th[AT_ASYSTOLE_S], vf_trees[0], vf_trees[1], vf_trees[2], vf_trees[3],
        np.empty(CASE), told, n,
    )  # fmt: skip
    since = (now - newest) / rate_hz if newest > w[D_FIRST] else -1.0
    n = rhythm_kernels.second(fr, wr, th, now, since, rate_mhz, told, n)
    w1[S_SILENT_FROM] = newest
    w1[S_SILENT] = SILENT_STILL if wv[A_OPEN] == 1 else SILENT_PAUSE if is_open(wr, SILENCE) else 0
    return n


@inner
def _waves(fr: F64, wr: I64, wf: I64, now: int, rate_hz: float, told: F64, n: int) -> int:
    """Let the rhythm know of waves of the atria that fill the line between beats."""
    return int(rhythm_kernels.follow_waves(fr, wr, waves_go_on(wf, now, rate_hz), wf[WAVES_FROM], told, n))


@inner
def _wakes(f: F64, w: I64, q: I64, wv: I64) -> U8:
    """For each value averaged in this second, whether a pacemaker's pulse still shows in it; of size 0 where
    there was no pulse."""
    pacer, afib, group = q[T_AT_PACING], q[T_AT_AFIB], q[T_GROUP]
    first, marks = w[D_FIRST] + wv[FILLED] * group, np.zeros(max(0, w[D_COUNT] - wv[FILLED]), np.uint8)
    if mark_wakes(f[pacer:afib], w[pacer:afib], first, group, q[T_RATE_MHZ], marks) == 0:
        return marks[:0]
    return marks


@inner
def _pulses(fr: F64, wr: I64, wp: I64, th: F64, now: int, rate_mhz: int, told: F64, n: int) -> int:
    """Follow the pacemaker's pulses to the beats around them, when all those are final."""
    while True:
        pulse = next_pulse(wp, now - PULSE_AFTER_S * rate_mhz // 1000)
        if pulse < 0:
            return n
        n = rhythm_kernels.spike(fr, wr, th, pulse, rate_mhz, told, n)


@inner
def _atria(
    own: tuple[F64, I64, I16, F32, I64], row: I64, unit_uv: F64, first_fit: bool, atria_beat: bool, seen: F64
) -> None:
    """Fill ``seen`` with what the signal tells of a final beat besides its class."""
    f, w, r, _, q = own
    seen[:] = -1.0
    seen[A_PR_MS], seen[SEEN_PEAK] = float(row[O_P_RR]), 0.0
    if row[O_CODE] == VENTRICULAR and first_fit:
        seen[SEEN_PEAK] = peak_uv(w, r, q, row[O_SAMPLE], unit_uv)
    if atria_beat:
        at, study = q[T_AT_RHYTHM] + RHYTHM_WORDS, f[q[T_AT_P] : q[T_AT_P] + q[T_P_WORDS]]
        usual = row[O_CODE] in (NORMAL, SUPRAVENTRICULAR) and share(row[O_P_SCORE]) >= USUAL_SCORE
        between(
            f[at : q[T_AT_PACING]], w[at : q[T_AT_PACING]], study, (f, w, r, q), unit_uv, row[O_SAMPLE],
            row[O_RR], row[O_WIDTH], usual, row[O_CODE] == NORMAL, row[O_P_RR], seen[:A_TOLD],
        )  # fmt: skip


@inner
def _final(
    fr: F64, wr: I64, fa: F64, wa: I64, th: F64, trees: Trees, now: int, row: I64, seen: F64, rate_mhz: int,
    told: F64, n: int,
) -> int:  # fmt: skip
    """Pass a final beat on; ``seen`` as ``_atria`` fills it. Fibrillation of the atria is told from no beat
    of a second that is not fit, or is noise."""
    rhythm_kernels.resemble(fr, wr, row[O_DOUBT] / 1000.0, row[O_CONF] / 1000.0, unlike(row))
    sample, rr, code, p_score = row[O_SAMPLE], row[O_RR], row[O_CODE], share(row[O_P_SCORE])
    # A beat whose P wave came when it was due is not premature, however short its interval; nor is one that
    # keeps step with those before it.
    in_place = seen[A_ON_TIME] < 0.0 and p_score >= th[TH_P_SEEN]
    due = seen[A_ON_TIME] > 0.0 or in_step(wr, rr, in_place)
    plain = NORMAL if code == SUPRAVENTRICULAR and due else code
    n = rhythm_kernels.beat(
        fr, wr, th, sample, rr, plain, row[O_CONF] / 1000.0, row[O_WIDTH], p_score, int(seen[A_PR_MS]),
        int(seen[A_COUNT]), unlike(row), seen[SEEN_PEAK], rate_mhz, told, n,
    )  # fmt: skip
    if code in (NORMAL, SUPRAVENTRICULAR) and in_tachycardia(wr):
        row[O_CODE], row[O_CONF] = VENTRICULAR, min(row[O_CONF], HALF_SURE)
    if wr[WAVES] or wr[NOISE] or wr[ODD] == 2 or not usable_between(wr, sample, sample, rate_mhz):
        wa[afib_kernels.BROKEN] = 1
        return n
    return afib_kernels.beat(fa, wa, th, trees, now, sample, rr, code, p_score, rate_mhz, told, n)


@inner
def finish_stages(f: F64, w: I64, q: I64, now: int, judges: Judges, beats: I64, told: F64, n: int) -> int:
    """The samples end before ``now``: take ``beats`` for final, and close what is open."""
    th, af_trees, _ = judges
    rate_mhz = q[T_RATE_MHZ]
    rhythm, afib, fib, end = q[T_AT_RHYTHM], q[T_AT_AFIB], q[T_AT_FIBRILLATION], q[T_AT_RING]
    fr, wr, fa, wa, fv, wv = f[rhythm:afib], w[rhythm:afib], f[afib:fib], w[afib:fib], f[fib:end], w[fib:end]
    seen = np.full(SEEN, -1.0)
    seen[SEEN_PEAK] = 0.0
    for k in range(len(beats)):
        if beats[k, O_CODE] != ARTEFACT:
            seen[A_PR_MS] = float(beats[k, O_P_RR])
            n = _final(fr, wr, fa, wa, th, af_trees, now, beats[k], seen, rate_mhz, told, n)
    n = afib_kernels.finish(fa, wa, th, af_trees, now, rate_mhz, told, n)
    flutter = q[T_AT_FLUTTER]
    n = finish_flutter(f[flutter:afib], w[flutter:afib], now, rate_mhz / 1000.0, told, n)
    n = fibrillation.finish(fv, wv, now, rate_mhz / 1000.0, told, n)
    return rhythm_kernels.finish(fr, wr, told, n)
