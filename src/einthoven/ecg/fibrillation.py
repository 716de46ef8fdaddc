"""Ventricular fibrillation, flutter and asystole: the stage that needs no beats, second by second.

At the end of each second every lead is looked at (``fibrillation_leads``). A forest of trees gives the
chances of fibrillation (or flutter), tachycardia and anything else for each lead described; a lead that
plainly beats, or is all but still, counts as a sure no. The mean of the leads' log odds of "fibrillation or
tachycardia" is the score of the second. It opens a finding when it stays at ``SCORE_OPEN`` or above for as
long as the threshold asks, the rhythm is no mere tachycardia (which the rhythm stage tells from its
beats), and the leads show no noise without waves. It closes after three seconds below ``SCORE_CLOSE``, or
after half a minute in which no lead could be judged, or none showed anything but noise.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.ecg.fibrillation_asystole import finish_asystole, follow_asystole
from einthoven.ecg.fibrillation_features import COUNT
from einthoven.ecg.fibrillation_layout import (
    AT_LEADS,
    CHANCE_VF,
    CHANCE_VT,
    FILLED,
    LAST_SEQ,
    LATE_HZ,
    LATE_NOISE,
    LATE_VF,
    LATE_VT,
    SCORE,
    SCORE_SUM,
    SUM_CHANCE,
    SUM_HZ,
    SUM_MATCH,
    SUM_UV,
    SUMMED,
    VF_END,
    VF_HIGH,
    VF_JUDGED_AT,
    VF_LEADS,
    VF_LOW,
    VF_LOW_AT,
    VF_OPEN,
    VF_RISE,
    VF_SEQ,
    VF_START,
    VF_STEADY,
    VF_WINDOWS,
)
from einthoven.ecg.fibrillation_leads import BLIND, CALM, L_STATE, LEAD_WORDS, RESTLESS, glance, look
from einthoven.ecg.findings import CLOSE, OPEN, OPEN_END, tell
from einthoven.ecg.jit import inner
from einthoven.ecg.kinds import VENTRICULAR_FIBRILLATION, VENTRICULAR_FLUTTER
from einthoven.ecg.trees import chances, score

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]

MODEL = "fibrillation"
CLASSES = 3
"""Anything else, ventricular tachycardia, ventricular fibrillation or flutter."""
SCORE_MOST = 6.0
SCORE_OPEN = 1.0
SCORE_CLOSE = -0.5
STRANGE_DOUBT = 1.0
"""Taken off the log odds of a lead whose usual description is not known: its judge errs more often."""
LOW_SECONDS = 3
BLIND_SECONDS = 30
LATE_SHARE = 0.25
VF_SHARE, FAST_HZ = 0.35, 4.0
"""Fibrillation must have this share of the chance of a shockable rhythm, or the signal be faster than this:
else it is a tachycardia, which the rhythm stage tells from its beats."""
SLOWEST_HZ, FASTEST_HZ = 2.0, 7.5
"""What is slower is a beating heart under motion, what is faster is noise of muscles."""
REACH_S = 3.0
"""Of five seconds, so many are fibrillation when the score first rises."""
STILL_LOG_UV = 1.3
"""Below 20 µV of mean deflection a lead is still: asystole, or nearly so."""
FLUTTER_MATCH = 0.8
"""A rhythm that matches itself a beat later this well is flutter."""
FINE, CROSSED = 0.2, 22.0
"""From so large a share of power above 10 Hz on (of that below 15), with so many level crossings a second, in
every lead, there is noise and there are no waves. Of 5,916 windows of VF in cudb and vfdb none has both
(shares reach 0.22, crossings 24); white noise lies at 0.34 and 37, that of muscles (nstdb) at 0.31 and 35."""
_LOG_UV, _PEAK_HZ, _FINE, _MATCH, _CROSSED = 11, 20, 27, 30, 38


@njit(nogil=True)
def second(
    f: F64,
    w: I64,
    number: int,
    now: int,
    rate_hz: float,
    ring: I16,
    unit_uv: F64,
    filled: int,
    rate: float,
    quality: I64,
    beat: int,
    paced: U8,
    hearing: int,
    lost: int,
    fibrillation_s: float,
    asystole_s: float,
    feature: I16,
    threshold: F32,
    child: I32,
    root: I32,
    case: F64,
    out: F64,
    n: int,
) -> int:
    """End a second: look at the leads, judge, follow; append findings to ``out``.

    Args:
        f, w: the stage's words (``fibrillation_layout.words(leads)``), as float64 and as int64.
        number: the second's number, counted from sample 0.
        now: sample index behind its last sample.
        rate_hz: sampling rate of the stream.
        ring: int16[leads, size], averaged signals, ``size`` ≥ 6.5 s; value ``i`` lies at ``i % size``.
        unit_uv: float64[leads], microvolts of each lead's unit.
        filled: values averaged since the signal began.
        rate: averaged values a second.
        quality: int64[leads], quality codes of this second.
        beat: sample index of the last beat that is no artefact; where the signal began when there was none.
        paced: as for ``glance``. hearing: ``DEAF``, ``HEARS`` or ``PAUSE_TOLD``. lost: sample from which on
            the analysis is lost because no lead is fit, else -1.
        fibrillation_s, asystole_s: how long each must last.
        feature, threshold, child, root: the forest ``MODEL``; the first half of its trees judges leads whose
            usual description is known, the second those of which it is not.
        case: float64[CASE], scratch.
        out: float64[rows, findings.COLUMNS]; n: rows in it.

    Returns:
        Rows in ``out``; four more at the most.
    """
    judged = _judge(
        f, w, number, ring, unit_uv, filled, rate, quality, paced, feature, threshold, child, root, case
    )
    if judged > 0:
        w[VF_LEADS] = judged
        _count(f, w, now, judged)
        # What goes on as noise alone is not looked at: it ends like what cannot be judged.
        if w[VF_OPEN] == 0 or not _noise(f):
            w[VF_JUDGED_AT] = now
    n = _follow(f, w, now, rate_hz, fibrillation_s, judged > 0, out, n)
    return follow_asystole(f, w, len(ring), number, now, rate_hz, beat, hearing, lost, asystole_s, out, n)


@inner
def _judge(
    f: F64,
    w: I64,
    number: int,
    ring: I16,
    unit_uv: F64,
    filled: int,
    rate: float,
    quality: I64,
    paced: U8,
    feature: I16,
    threshold: F32,
    child: I32,
    root: I32,
    case: F64,
) -> int:
    """Look at each lead and sum up what the forest says of it; returns how many leads could be judged."""
    sums = np.empty(CLASSES)
    judged, calm = 0, 0
    count = filled - w[FILLED]
    w[FILLED] = filled
    f[SCORE_SUM : SCORE_SUM + SUMMED] = 0.0
    f[SCORE_SUM + 7] = np.inf
    for lead in range(len(ring)):
        at = AT_LEADS + lead * LEAD_WORDS
        state = glance(f, w, at, ring[lead], unit_uv[lead], filled, count, number, rate, quality[lead], paced)
        judged += state != BLIND
        calm += state == CALM
    outvoted = w[VF_OPEN] == 0 and 2 * calm >= judged
    for lead in range(len(ring)):
        at = AT_LEADS + lead * LEAD_WORDS
        if w[at + L_STATE] == BLIND:
            continue
        restless = w[at + L_STATE] == RESTLESS and not outvoted
        look(f, w, at, ring[lead], unit_uv[lead], filled, number, rate, restless, case)
        if restless and case[_LOG_UV] >= STILL_LOG_UV:
            half = len(root) // 2
            mine = root[half:] if np.isnan(case[COUNT]) else root[:half]
            score(feature, threshold, child, mine, case, sums)
            chances(sums)
            _weigh(f, sums, case)
        else:
            f[SCORE_SUM] -= SCORE_MOST
    return judged


@inner
def _weigh(f: F64, sums: F64, case: F64) -> None:
    """Add a described lead to the sums of this second."""
    odds = math.log(max(sums[1] + sums[2], 1e-9) / max(sums[0], 1e-9))
    if np.isnan(case[COUNT]):
        odds -= STRANGE_DOUBT
    f[SCORE_SUM] += min(max(odds, -SCORE_MOST), SCORE_MOST)
    f[SCORE_SUM + 1] += sums[1]
    f[SCORE_SUM + 2] += sums[2]
    f[SCORE_SUM + 3] += 1.0
    f[SCORE_SUM + 4] += case[_MATCH]
    f[SCORE_SUM + 5] += 10.0 ** case[_LOG_UV]
    f[SCORE_SUM + 6] += case[_PEAK_HZ]
    f[SCORE_SUM + 7] = min(f[SCORE_SUM + 7], case[_FINE] / FINE, case[_CROSSED] / CROSSED)


@inner
def _noise(f: F64) -> bool:
    """Whether the run of seconds shows noise of a broad band in every lead, and no waves."""
    return bool(f[LATE_NOISE] >= 1.0)


@inner
def _count(f: F64, w: I64, now: int, judged: int) -> None:
    """Add a judged second to the run of seconds that score high, or to those that score low."""
    f[SCORE] = f[SCORE_SUM] / judged
    f[CHANCE_VT], f[CHANCE_VF] = f[SCORE_SUM + 1] / judged, f[SCORE_SUM + 2] / judged
    some = max(f[SCORE_SUM + 3], 1.0)
    match, uv, hz = f[SCORE_SUM + 4] / some, f[SCORE_SUM + 5] / some, f[SCORE_SUM + 6] / some
    if f[SCORE] < SCORE_CLOSE:
        if w[VF_LOW] == 0:
            w[VF_LOW_AT] = now
        w[VF_LOW] += 1
        w[VF_HIGH] = 0
        if w[VF_OPEN] == 0:
            w[VF_WINDOWS] = 0
        return
    like_noise = f[SCORE_SUM + 7] if f[SCORE_SUM + 3] > 0.0 else 0.0
    if w[VF_WINDOWS] == 0:
        f[LATE_VF], f[LATE_VT], f[LATE_HZ] = f[CHANCE_VF], f[CHANCE_VT], hz
        f[LATE_NOISE] = like_noise
    f[LATE_VF] += LATE_SHARE * (f[CHANCE_VF] - f[LATE_VF])
    f[LATE_VT] += LATE_SHARE * (f[CHANCE_VT] - f[LATE_VT])
    f[LATE_HZ] += LATE_SHARE * (hz - f[LATE_HZ])
    f[LATE_NOISE] += LATE_SHARE * (like_noise - f[LATE_NOISE])
    noise = w[VF_OPEN] == 0 and _noise(f)
    if w[VF_WINDOWS] == 0 or noise:
        w[VF_RISE], w[VF_WINDOWS] = now, 0
        f[SUM_CHANCE] = f[SUM_MATCH] = f[SUM_UV] = f[SUM_HZ] = 0.0
    w[VF_LOW] = 0
    w[VF_WINDOWS] += 1
    w[VF_HIGH] = w[VF_HIGH] + 1 if f[SCORE] >= SCORE_OPEN and not noise else 0
    f[SUM_CHANCE] += f[CHANCE_VF] + f[CHANCE_VT]
    f[SUM_MATCH] += match
    f[SUM_UV] += uv
    f[SUM_HZ] += hz


@inner
def _follow(
    f: F64, w: I64, now: int, rate_hz: float, fibrillation_s: float, judged: bool, out: F64, n: int
) -> int:
    """Open or close the finding of fibrillation or flutter."""
    reach = int(REACH_S * rate_hz)
    if w[VF_OPEN] == 0:
        start = max(w[VF_RISE] - reach, 0)
        if not judged or w[VF_STEADY] == 1 or w[VF_HIGH] < 2 or now - start < fibrillation_s * rate_hz:
            return n
        organised = f[LATE_VF] < VF_SHARE * (f[LATE_VF] + f[LATE_VT])
        if (organised and f[LATE_HZ] < FAST_HZ) or not SLOWEST_HZ <= f[LATE_HZ] <= FASTEST_HZ:
            return n
        w[VF_OPEN], w[VF_START] = 1, start
        w[LAST_SEQ] += 1
        w[VF_SEQ] = w[LAST_SEQ]
        return _tell_fibrillation(f, w, OPEN, now, now, rate_hz, out, n)
    if w[VF_LOW] >= LOW_SECONDS:
        return _close(f, w, w[VF_LOW_AT] - reach, now, rate_hz, out, n)
    if now - w[VF_JUDGED_AT] >= BLIND_SECONDS * rate_hz:
        return _close(f, w, w[VF_JUDGED_AT], now, rate_hz, out, n)
    return n


@inner
def _close(f: F64, w: I64, end: int, now: int, rate_hz: float, out: F64, n: int) -> int:
    end = max(end, w[VF_START])
    w[VF_END] = end
    n = _tell_fibrillation(f, w, CLOSE, end, now, rate_hz, out, n)
    w[VF_OPEN] = w[VF_WINDOWS] = w[VF_HIGH] = w[VF_LOW] = 0
    return n


@inner
def _tell_fibrillation(
    f: F64, w: I64, action: int, end: int, now: int, rate_hz: float, out: F64, n: int
) -> int:
    """Evidence: mean chance of a shockable rhythm, seconds judged so, leads, µV, duration, main Hz."""
    windows = max(w[VF_WINDOWS], 1)
    kind = VENTRICULAR_FIBRILLATION
    if f[SUM_MATCH] >= FLUTTER_MATCH * windows:
        kind = VENTRICULAR_FLUTTER
    return tell(
        out,
        n,
        kind,
        action,
        w[VF_START],
        end if action == CLOSE else OPEN_END,
        now,
        w[VF_SEQ],
        f[SUM_CHANCE] / windows,
        float(w[VF_WINDOWS]),
        float(w[VF_LEADS]),
        f[SUM_UV] / windows,
        (end - w[VF_START]) / rate_hz,
        f[SUM_HZ] / windows,
    )


@njit(nogil=True)
def finish(f: F64, w: I64, now: int, rate_hz: float, out: F64, n: int) -> int:
    """Close what is open where the signal ends or breaks off; returns the rows in ``out``."""
    if w[VF_OPEN] == 1:
        n = _close(f, w, now, now, rate_hz, out, n)
    return finish_asystole(f, w, now, rate_hz, out, n)
