"""What the fibrillation stage keeps of each lead, and how it looks at a lead at the end of a second.

Two looks. The cheap one, every second, keeps the largest and the mean step of the signal over 16 ms: where
every second holds a step far larger than the mean, the heart beats with QRS complexes and a quiet line
between, and no more is asked (``CALM``; 95 of 100 seconds of an ordinary recording). Nor is it where half
of the leads are calm, because the others cannot outvote them. Else the last five seconds are described in
full, as they are and against the lead's own usual description, which is renewed every sixteen seconds
while the lead is good (in nearly all seconds of VF and VT it is noisy, by the measure of its own beats).
What is unusual for this patient tells more than any number by itself.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.ecg.fibrillation_features import COUNT, LEAD_IN_S, NAMES, WINDOW_S, features
from einthoven.ecg.jit import inner

F64 = NDArray[np.float64]
I16 = NDArray[np.int16]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]

KEEP = 5
"""Seconds looked back on: a window."""
STEP_S = 0.016
CALM_RATIO = 6.0
"""Of 5,940 pure windows of VF and VT in cudb and vfdb, none free of artefact reached 6.2; the median beat
is 9.4."""
USUAL_FIRST, USUAL_EVERY = 4, 16
USUAL_DEPTH = 8
"""The usual description is renewed every 4 s at first, then every 16 s, with a memory of two minutes."""
USUAL_LEAST = 2
EIGHTHS, QUIET_S = 8, 16.0
"""Two eighths of a second lie between beats, whatever the rate; what is usual there has a memory of so many
seconds."""
USUAL_RATIO = 1.2
JUMP_RATIO, JUMP_UV = 4.0, 600.0
"""A step so many times the usual largest one, and of so many microvolts, is contact lost or made, not the
heart."""

L_COUNT, L_STATE, L_JUMPED = 0, 1, 2
L_QUALITY = 3
L_TOPS = L_QUALITY + KEEP
L_MEANS = L_TOPS + KEEP
L_USUAL_TOP = L_MEANS + KEEP
L_QUIET = L_USUAL_TOP + 1
L_USUAL = L_QUIET + 1
LEAD_WORDS = L_USUAL + COUNT
"""Words of a lead: whole numbers up to ``L_TOPS``, then floats. The rings are indexed by second modulo
``KEEP``; a quality is kept plus one, so that zero means "no such second". ``L_QUIET``: the usual mean step
between the lead's beats, µV; 0 while it is not known."""

CASE = 2 * COUNT
CASE_NAMES = NAMES + tuple(f"{name}_unusual" for name in NAMES)
BLIND, CALM, RESTLESS = 0, 1, 2
"""What the cheap look at a lead came to: not fit to be judged; plainly beating; to be described in full."""

GOOD, NOISY, FLAT, SATURATED = 0, 1, 4, 5
SATURATED_MOST = 2
"""Seconds of a window that may be saturated. Unusable ones do not count: fibrillation, too, leaves no line
between beats, and the judge knows noise."""


@inner
def _fit(w: I64, at: int) -> bool:
    """A window can be judged: measured throughout, and not at the converter's rails for most of it."""
    poor = 0
    for k in range(KEEP):
        quality = w[at + L_QUALITY + k] - 1
        if quality in (3, FLAT, -1, 255):
            return False
        poor += quality == SATURATED
    return poor <= SATURATED_MOST


@njit(nogil=True)
def steps(
    f: F64, at: int, ring: I16, unit_uv: float, filled: int, count: int, second: int, rate: float, paced: U8
) -> float:
    """Keep the largest and the mean step of the last ``count`` values of one lead's ring, but those that
    ``paced`` (uint8[count], or of size 0) marks. Returns the mean of their second quietest eighth, µV."""
    size, gap = len(ring), max(1, int(STEP_S * rate + 0.5))
    first = max(filled - count, gap)
    top = total = part = 0.0
    least, quiet = np.inf, np.inf
    each, seen = max(1, (filled - first) // EIGHTHS), 0
    here, ago = first % size, (first - gap) % size
    for value in range(first, filled):
        step = abs(float(ring[here]) - float(ring[ago])) * unit_uv
        if len(paced) > 0 and paced[value - filled + len(paced)]:
            step = 0.0
        top = max(top, step)
        total += step
        part += step
        seen += 1
        if seen == each:
            if part < least:
                least, quiet = part, least
            elif part < quiet:
                quiet = part
            part, seen = 0.0, 0
        here, ago = here + 1, ago + 1
        if here == size:
            here = 0
        if ago == size:
            ago = 0
    f[at + L_TOPS + second % KEEP] = top
    f[at + L_MEANS + second % KEEP] = total / max(filled - first, 1)
    return quiet / each


@inner
def _spike_ratio(f: F64, at: int) -> tuple[float, float]:
    """Second smallest of the seconds' largest steps over the mean step, and that step."""
    least, second, mean = np.inf, np.inf, 0.0
    for k in range(KEEP):
        top = f[at + L_TOPS + k]
        mean += f[at + L_MEANS + k] / KEEP
        if top < least:
            least, second = top, least
        elif top < second:
            second = top
    return second / max(mean, 0.1), second


@inner
def _renew(f: F64, w: I64, at: int, top: float, case: F64) -> None:
    """Take the description into the lead's usual one; the largest step follows slowly, like a median."""
    w[at + L_COUNT] += 1
    share = 1.0 / min(w[at + L_COUNT], USUAL_DEPTH)
    usual = f[at + L_USUAL_TOP]
    if w[at + L_COUNT] == 1:
        f[at + L_USUAL_TOP] = top
    else:
        f[at + L_USUAL_TOP] = min(max(top, usual / USUAL_RATIO), usual * USUAL_RATIO)
    for k in range(COUNT):
        f[at + L_USUAL + k] += (case[k] - f[at + L_USUAL + k]) * share


@inner
def glance(
    f: F64,
    w: I64,
    at: int,
    ring: I16,
    unit_uv: float,
    filled: int,
    count: int,
    second: int,
    rate: float,
    quality: int,
    paced: U8,
) -> int:
    """Take the cheap look at one lead at the end of ``second``.

    Args:
        f, w: the stage's words as floats and as whole numbers; the lead's begin at ``at``.
        ring: int16[size], the lead's averaged signal; value ``i`` lies at ``i % size``.
        unit_uv: microvolts of its unit.
        filled: values averaged so far.
        count: how many of them belong to this second.
        rate: values a second.
        quality: the lead's quality code of this second.
        paced: uint8[count], 1 where a pacemaker's pulse still shows; of size 0 where there was none.

    Returns:
        ``BLIND``, ``CALM`` or ``RESTLESS``.
    """
    w[at + L_QUALITY + second % KEEP] = quality + 1
    quiet = steps(f, at, ring, unit_uv, filled, count, second, rate, paced)
    step = f[at + L_TOPS + second % KEEP]
    if w[at + L_COUNT] >= USUAL_LEAST and step > max(JUMP_RATIO * f[at + L_USUAL_TOP], JUMP_UV):
        w[at + L_JUMPED] = second + 1
    state = BLIND
    if _fit(w, at) and filled >= int(WINDOW_S * rate + 0.5):
        ratio, _ = _spike_ratio(f, at)
        state = CALM if ratio >= CALM_RATIO else RESTLESS
        if state == CALM and _good(w, at) and second + 1 - w[at + L_JUMPED] >= KEEP:
            w[at + L_JUMPED] = 0
        if state == CALM and np.isfinite(quiet):
            usual = f[at + L_QUIET]
            f[at + L_QUIET] = usual + (min(quiet, 2.0 * usual) - usual) / QUIET_S if usual > 0.0 else quiet
    w[at + L_STATE] = state
    return state


@inner
def _good(w: I64, at: int) -> bool:
    """Every second of the window is good."""
    good = True
    for k in range(KEEP):
        good = good and w[at + L_QUALITY + k] == GOOD + 1
    return good


@njit(nogil=True)
def look(
    f: F64,
    w: I64,
    at: int,
    ring: I16,
    unit_uv: float,
    filled: int,
    second: int,
    rate: float,
    wanted: bool,
    case: F64,
) -> None:
    """After ``glance``, of a lead that is not blind: describe it in ``case`` (float64[CASE]) if that is
    wanted, and renew its usual description when that is due."""
    every = USUAL_EVERY if w[at + L_COUNT] >= USUAL_DEPTH else USUAL_FIRST
    renew = second % every == 0 and _good(w, at)
    if renew or wanted:
        _describe(f, w, at, ring, unit_uv, filled, rate, case)
    if renew:
        _, top = _spike_ratio(f, at)
        _renew(f, w, at, top, case)


@inner
def _describe(
    f: F64, w: I64, at: int, ring: I16, unit_uv: float, filled: int, rate: float, case: F64
) -> None:
    """Fill a case: the window's features, and how far they are from the usual ones (NaN: not known)."""
    size = len(ring)
    n = min(int((WINDOW_S + LEAD_IN_S) * rate + 0.5), filled, size)
    x = np.empty(n)
    begin = (filled - n) % size
    part = min(n, size - begin)
    for i in range(part):
        x[i] = ring[begin + i] * unit_uv
    for i in range(part, n):
        x[i] = ring[i - part] * unit_uv
    features(x, rate, case)
    known = w[at + L_COUNT] >= USUAL_LEAST
    for k in range(COUNT):
        case[COUNT + k] = case[k] - f[at + L_USUAL + k] if known else np.nan
