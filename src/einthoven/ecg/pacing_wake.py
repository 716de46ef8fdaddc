"""What follows a pulse: a beat, or nothing but the amplifier settling.

A pulse leaves a tail that falls exponentially. Where, for a quarter of a second behind a pulse, every lead
shows no more than such a tail on a straight line, the heart did not answer: the pulse is *barren*, and what
the filters make of it and of its tail is no beat. How fast the tail falls is learned from barren pulses.

State, ``f`` float64 and ``w`` int64 views of the same ``words(leads)`` words, all zero at the start: what is
named ``W_``, then of each lead what is named ``L_``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import INVALID_SAMPLE
from einthoven.ecg.jit import inner

F64 = NDArray[np.float64]
I16 = NDArray[np.int16]
I64 = NDArray[np.int64]

KEEP = 8
"""Barren pulses kept."""
LEADS_MOST = 6
"""So many leads are watched, the first ones: each costs state."""
(W_PULSE, W_FROM, W_COUNT, W_BARREN, W_RUN, W_EMPTY, W_LAST, AT_BARREN) = range(8)
"""Sample after the one at which the watched pulse began (0: none is watched); first sample of the watch; how
many were seen; barren pulses so far; of them in a row; the newest that nothing followed; the newest barren
one."""
AT_FALL = AT_BARREN + KEEP
TAUS_MS = (12.5, 16.0, 20.0, 25.0, 32.0, 40.0, 50.0, 63.0, 80.0, 100.0, 127.0)
"""Time constants that are tried."""
TAUS = len(TAUS_MS)
AT_KEEP = AT_FALL + TAUS
AT_LEADS = AT_KEEP + TAUS
L_FIRST, L_SUM, L_SQUARES, L_FALL_MS, L_FALLS = range(5)
"""First value of the watch, sums of the values above it and of their squares; the time constant of this
lead's tails in ms (0: not known); sums of values times each fall."""
LEAD_WORDS = L_FALLS + TAUS

WATCH_MS = 280.0
"""A pulse is watched until so long after it began."""
LEAST_MS = 100.0
"""Of a shorter watch nothing is concluded."""
SETTLE_MS, HUGE_SETTLE_MS = 10.0, 26.0
"""The watch begins so long after the pulse is over: amplifiers ring."""
REST_UV, REST_SHARE, REST_NOISE = 10.0, 0.006, 0.7
"""A lead was empty when what is left besides a tail is no more than so much, this share of the tail, and so
many mean steps of its noise, as a root mean square: a T wave of 0.2 mV leaves three times as much."""
NOISE_MOST_UV = 15.0
TAIL_UV = 60.0
"""From the height of so large a tail its time constant is learned."""
COMPANY_S = 3
"""Only where another pulse that nothing followed came so shortly before, a pulse is barren: one by itself may
be a weak beat."""
FRESH_S = 6
"""So long what a barren pulse has shown holds."""
RUN, ON_TIME_MS = 3, 30.0
"""After so many barren pulses in a row the next one is expected to be, if it comes when it is due."""


def words(leads: int) -> int:
    """Length of the state."""
    return AT_LEADS + min(leads, LEADS_MOST) * LEAD_WORDS


@inner
def expected(w: I64, sample: int, per_ms: float) -> bool:
    """Whether a barren pulse is due at ``sample``: the last ones were, one or two intervals back."""
    since = sample - w[W_LAST]
    if w[W_RUN] < RUN or since > FRESH_S * 1000.0 * per_ms:
        return False
    for back in range(1, RUN):
        late = w[AT_BARREN + (w[W_BARREN] - back) % KEEP]
        early = w[AT_BARREN + (w[W_BARREN] - back - 1) % KEEP]
        if abs(since - (late - early)) <= ON_TIME_MS * per_ms:
            return True
    return False


@inner
def fall_ms(f: F64, w: I64, lead: int, sample: int, per_ms: float, usual: float) -> float:
    """Time constant of a lead's tails, as far as is known; else ``usual``."""
    if lead >= LEADS_MOST:
        return usual
    known = f[AT_LEADS + lead * LEAD_WORDS + L_FALL_MS]
    fresh = w[W_BARREN] > 0 and sample - w[W_LAST] <= FRESH_S * 1000.0 * per_ms
    return float(known if fresh and known > 0.0 else usual)


@inner
def watch(
    f: F64, w: I64, pulse: int, now: int, huge: bool, leads: int, units: F64, noise: F64, per_ms: float
) -> None:
    """A pulse began at sample ``pulse`` and is over before ``now``: watch what follows it."""
    settled = now + int((HUGE_SETTLE_MS if huge else SETTLE_MS) * per_ms)
    if w[W_PULSE] > 0:
        if pulse - (w[W_PULSE] - 1) <= 2 * HUGE_SETTLE_MS * per_ms:
            if w[W_COUNT] == 0:
                w[W_FROM] = max(w[W_FROM], settled)
            return
        conclude(f, w, leads, units, noise, per_ms)
    w[W_PULSE], w[W_FROM], w[W_COUNT] = pulse + 1, settled, 0


@inner
def follow_wake(
    f: F64, w: I64, samples: I16, first: int, now: int, leads: int, units: F64, noise: F64, per_ms: float
) -> None:
    """Take sample ``now`` of all leads, ``samples[first : first + leads]``, while a pulse is watched."""
    if now < w[W_FROM]:
        return
    if w[W_COUNT] == 0:
        f[AT_FALL : AT_FALL + TAUS] = 1.0
        for k in range(TAUS):
            f[AT_KEEP + k] = np.exp(-1.0 / (TAUS_MS[k] * per_ms))
    for lead in range(min(leads, LEADS_MOST)):
        at, raw = AT_LEADS + lead * LEAD_WORDS, samples[first + lead]
        if raw == INVALID_SAMPLE:
            w[W_PULSE] = 0
            return
        if w[W_COUNT] == 0:
            f[at + L_FIRST] = float(raw)
            f[at + L_SUM] = f[at + L_SQUARES] = 0.0
            f[at + L_FALLS : at + L_FALLS + TAUS] = 0.0
        value = raw - f[at + L_FIRST]
        f[at + L_SUM] += value
        f[at + L_SQUARES] += value * value
        for k in range(TAUS):
            f[at + L_FALLS + k] += value * f[AT_FALL + k]
    w[W_COUNT] += 1
    for k in range(TAUS):
        f[AT_FALL + k] *= f[AT_KEEP + k]
    if now - (w[W_PULSE] - 1) >= WATCH_MS * per_ms:
        conclude(f, w, leads, units, noise, per_ms)


@inner
def conclude(f: F64, w: I64, leads: int, units: F64, noise: F64, per_ms: float) -> None:
    """The watch is over: the pulse was barren when every lead was empty."""
    pulse, n = w[W_PULSE] - 1, w[W_COUNT]
    w[W_PULSE] = 0
    if n < LEAST_MS * per_ms:
        return
    for lead in range(min(leads, LEADS_MOST)):
        at = AT_LEADS + lead * LEAD_WORDS
        rest, height, tau = _tail(f, at, n, per_ms)
        room = REST_NOISE * min(noise[lead], NOISE_MOST_UV / units[lead])
        if rest > REST_UV / units[lead] + REST_SHARE * abs(height) + room:
            w[W_RUN] = 0
            return
        if abs(height) * units[lead] >= TAIL_UV:
            f[at + L_FALL_MS] = tau
    alone = w[W_EMPTY] == 0 or pulse - w[W_EMPTY] > COMPANY_S * 1000.0 * per_ms
    w[W_EMPTY] = pulse
    if alone:
        return
    w[AT_BARREN + w[W_BARREN] % KEEP] = pulse
    w[W_BARREN] += 1
    w[W_RUN] += 1
    w[W_LAST] = pulse


@inner
def _tail(f: F64, at: int, n: int, per_ms: float) -> tuple[float, float, float]:
    """The best tail through a lead's values: what is left (root mean square), its height, its constant in ms.

    Least squares for every time constant in turn; the constant is that of the lowest point of a parabola
    through the three best.
    """
    left = np.empty(TAUS)
    best, height = 0, 0.0
    s = f[at + L_SUM]
    xx = f[at + L_SQUARES] - s * s / n
    for k in range(TAUS):
        keep = np.exp(-1.0 / (TAUS_MS[k] * per_ms))
        last = keep**n
        e1 = (1.0 - last) / (1.0 - keep)
        ee = (1.0 - last * last) / (1.0 - keep * keep) - e1 * e1 / n
        xe = f[at + L_FALLS + k] - e1 * s / n
        left[k] = max(0.0, xx - xe * xe / ee)
        if k == 0 or left[k] < left[best]:
            best, height = k, xe / ee
    tau = TAUS_MS[best]
    if 0 < best < TAUS - 1:
        low, high = left[best - 1] - left[best], left[best + 1] - left[best]
        if low + high > 0.0:
            tau *= (TAUS_MS[best + 1] / TAUS_MS[best - 1]) ** (0.25 * (low - high) / (low + high))
    return float(np.sqrt(left[best] / n)), height, tau
