"""Asystole: no beat for as long as the threshold asks, and a lead that shows the heart still.

The absence of beats alone proves nothing: a lead that fell off, or noise in which none was found, has none
either. So at least one lead must be measured, fit, and without any step like that of a QRS complex since;
and no other fit lead may move as it does in beats. What noise a lead showed between its beats before is no
such step, nor is what a pacemaker's pulse leaves behind. Asystole lasts from the last beat, or from where
every fit lead last moved, or none was fit, until the next beat, or to where the analysis was lost.

A lead that is measured but dead flat counts as still
only when it was seen beating, made no jump since, and no other lead is measured that moves; for five
seconds after a jump no lead counts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.fibrillation_layout import (
    A_BUSY,
    A_LEADS,
    A_MOVED,
    A_OPEN,
    A_SEQ,
    A_START,
    A_TOP_UV,
    A_USUAL_UV,
    AT_LEADS,
    LAST_SEQ,
    SCORE,
    VF_END,
    VF_HIGH,
    VF_OPEN,
)
from einthoven.ecg.fibrillation_leads import (
    FLAT,
    KEEP,
    L_COUNT,
    L_JUMPED,
    L_MEANS,
    L_QUALITY,
    L_QUIET,
    L_TOPS,
    L_USUAL_TOP,
    LEAD_WORDS,
    NOISY,
    USUAL_LEAST,
)
from einthoven.ecg.findings import CLOSE, OPEN, OPEN_END, tell
from einthoven.ecg.jit import inner
from einthoven.ecg.kinds import ASYSTOLE

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

STILL_SHARE = 0.2
"""A step over 16 ms below this share of the lead's usual QRS complex is no QRS complex."""
STILL_LEAST_UV, STILL_MOST_UV = 25.0, 60.0
"""Bounds of that limit."""
NOISE_TOP, NOISE_MEAN, NOISE_SHARE, NOISE_PEAK = 7.0, 1.4, 0.35, 6.5
"""Nor is one in a second that is no more than the noise that was there before: its largest and its mean step
against the usual mean step between beats, the largest one against the usual QRS complex and that mean."""
LATE_S = 1.5
"""What moves so long behind the last beat is not that beat."""
ALIVE_UV = 0.5
"""Mean step of a connected lead at the least: amplifier and body are never wholly quiet."""
BUSY_SHARE = 0.5
SECONDS = 3
"""Whole seconds behind the last beat that must be still."""
STILL, OTHER, BUSY, WHOLLY_FLAT, UNFIT = 0, 1, 2, 3, 4
DEAF, HEARS, PAUSE_TOLD = 0, 1, 2
"""Every lead was blank for a while, so that a beat may have gone unseen; not so; and sure beats were followed
by a pause: only then is noise as before a still line. Behind mere noise, quieter noise means nothing."""


@inner
def _still(f: F64, at: int, k: int, usual: float, hearing: int) -> bool:
    """Whether no step of a lead's second ``k`` was like one of a QRS complex."""
    top, mean, quiet = f[at + L_TOPS + k], f[at + L_MEANS + k], f[at + L_QUIET]
    if top <= min(max(STILL_SHARE * usual, STILL_LEAST_UV), STILL_MOST_UV):
        return True
    small = top <= min(NOISE_TOP * quiet, NOISE_SHARE * usual)
    return bool(hearing == PAUSE_TOLD and small and mean <= NOISE_MEAN * quiet and top <= NOISE_PEAK * mean)


@inner
def _busy(f: F64, at: int, k: int, usual: float) -> bool:
    """Whether some step of a lead's second ``k`` was like one."""
    return bool(f[at + L_TOPS + k] > max(BUSY_SHARE * usual, 2.0 * STILL_LEAST_UV))


@inner
def _moves(f: F64, w: I64, leads: int, number: int) -> tuple[bool, bool]:
    """Whether some lead showed anything in the second, and whether every fit one moved as in beats."""
    k, seen, fit, busy = number % KEEP, 0, 0, 0
    for lead in range(leads):
        at = AT_LEADS + lead * LEAD_WORDS
        quality = w[at + L_QUALITY + k] - 1
        measured = 0 <= quality <= NOISY
        seen += measured or quality == FLAT
        fit += measured
        usual = f[at + L_USUAL_TOP] if w[at + L_COUNT] >= USUAL_LEAST else 0.0
        busy += measured and _busy(f, at, k, usual)
    return seen > 0, fit > 0 and busy == fit


@inner
def _stillness(f: F64, w: I64, at: int, number: int, hearing: int) -> tuple[int, float, float]:
    """What a lead did in the last whole seconds; its largest step in them; its usual one (0: not known)."""
    usual = f[at + L_USUAL_TOP] if w[at + L_COUNT] >= USUAL_LEAST else 0.0
    top, busy, dead, still = 0.0, 0, 0, 0
    jumped = w[at + L_JUMPED]
    if jumped > 0 and number + 1 - jumped < KEEP:
        return UNFIT, 0.0, usual
    for back in range(SECONDS):
        k = (number - back) % KEEP
        quality = w[at + L_QUALITY + k] - 1
        if quality != FLAT and (quality < 0 or quality > NOISY):
            return UNFIT, 0.0, usual
        dead += quality == FLAT or f[at + L_MEANS + k] < ALIVE_UV
        top = max(top, f[at + L_TOPS + k])
        still += _still(f, at, k, usual, hearing)
        busy += _busy(f, at, k, usual)
    if dead == SECONDS:
        return (WHOLLY_FLAT if usual > 0.0 and jumped == 0 else UNFIT), top, usual
    if still == SECONDS:
        return STILL, top, usual
    return (BUSY if busy >= SECONDS - 1 else OTHER), top, usual


@inner
def follow_asystole(
    f: F64,
    w: I64,
    leads: int,
    number: int,
    now: int,
    rate_hz: float,
    beat: int,
    hearing: int,
    lost: int,
    asystole_s: float,
    out: F64,
    n: int,
) -> int:
    """Open asystole when its time without a beat is over and the heart is still; close it at a beat.

    It is closed as well where the analysis was lost, and, where no beat can be found, when all leads move.
    """
    seen, moves = _moves(f, w, leads, number)
    w[A_BUSY] = w[A_BUSY] + 1 if moves else 0
    if moves or not seen:
        w[A_MOVED] = now
    if w[A_OPEN] == 1:
        if beat > w[A_START]:
            return _tell_asystole(f, w, CLOSE, beat, now, rate_hz, out, n)
        if w[VF_OPEN] == 1:
            return _tell_asystole(f, w, CLOSE, now, now, rate_hz, out, n)
        if lost >= 0:
            return _tell_asystole(f, w, CLOSE, max(lost, w[A_START]), now, rate_hz, out, n)
        if hearing == DEAF and w[A_BUSY] >= SECONDS:
            end = max(now - int(SECONDS * rate_hz), w[A_START])
            return _tell_asystole(f, w, CLOSE, end, now, rate_hz, out, n)
        return n
    since = max(beat, w[VF_END])
    if w[A_MOVED] - since > LATE_S * rate_hz:
        since = w[A_MOVED]
    if now - since < asystole_s * rate_hz or w[VF_OPEN] == 1 or (w[VF_HIGH] > 0 and f[SCORE] > 0.0):
        return n
    still = flat = moving = poor = 0
    f[A_TOP_UV] = f[A_USUAL_UV] = 0.0
    for lead in range(leads):
        state, top, usual = _stillness(f, w, AT_LEADS + lead * LEAD_WORDS, number, hearing)
        if state == BUSY:
            return n
        moving += state == OTHER
        poor += state == UNFIT
        flat += state == WHOLLY_FLAT
        still += state == STILL
        if state in (STILL, WHOLLY_FLAT):
            f[A_TOP_UV] = max(f[A_TOP_UV], top)
            f[A_USUAL_UV] = max(f[A_USUAL_UV], usual)
    if still == 0 and (flat == 0 or moving > 0 or poor > 0):
        return n
    w[A_OPEN], w[A_START], w[A_LEADS] = 1, since, still + flat
    w[LAST_SEQ] += 1
    w[A_SEQ] = w[LAST_SEQ]
    return _tell_asystole(f, w, OPEN, now, now, rate_hz, out, n)


@inner
def _tell_asystole(f: F64, w: I64, action: int, end: int, now: int, rate_hz: float, out: F64, n: int) -> int:
    """Evidence: largest step over the usual one, seconds still, leads, that step in µV, duration, usual."""
    if action == CLOSE:
        w[A_OPEN] = 0
    return tell(
        out,
        n,
        ASYSTOLE,
        action,
        w[A_START],
        end if action == CLOSE else OPEN_END,
        now,
        w[A_SEQ],
        f[A_TOP_UV] / max(f[A_USUAL_UV], STILL_LEAST_UV),
        float(SECONDS),
        float(w[A_LEADS]),
        f[A_TOP_UV],
        (end - w[A_START]) / rate_hz,
        f[A_USUAL_UV],
    )


@inner
def finish_asystole(f: F64, w: I64, now: int, rate_hz: float, out: F64, n: int) -> int:
    """Close an open asystole at ``now``."""
    if w[A_OPEN] == 1:
        return _tell_asystole(f, w, CLOSE, now, now, rate_hz, out, n)
    return n
