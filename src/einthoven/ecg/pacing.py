"""Pulses of a pacemaker: found in the samples as they come, kept from the filters, and laid to beats.

A pulse is a jump away from a quiet line that comes back within a few milliseconds; nothing that a heart does
is over so soon. From its first sample until it is back, or shows that it will not come back, a *large* jump
is hidden from the filters: the value before it is held. A pulse is no QRS complex by itself, and the paced
beat behind it is seen as it is. Small ones, as an amplifier of monitoring bandwidth leaves them, are only
marked.

State, ``f`` float64 and ``w`` int64 views of the same ``words(leads)`` words, all zero at the start: the
newest pulses, then of each lead what is named ``L_``.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.base.layout import INVALID_SAMPLE

F64 = NDArray[np.float64]
I16 = NDArray[np.int16]
I64 = NDArray[np.int64]

PULSES, TAKEN, HEAD = range(3)
"""Pulses found so far; pulses that were followed to their beat."""
KEEP = 24
AT_PULSES = HEAD
AT_HEIGHTS = AT_PULSES + KEEP
AT_LEADS = AT_HEIGHTS + KEEP
L_SEEN, L_LAST, L_SINCE, L_BASE, L_PEAK, L_HIDES, L_SLOW, L_NOISE, LEAD_WORDS = range(9)
"""Whether there was a sample; the last one; samples since a jump (0: none); the value before it and the
farthest since, in units; whether it is hidden; mean over some milliseconds; mean step."""
RATE_LEAST_MHZ = 200_000
"""At slower sampling a narrow QRS complex is as short as a pulse: none is looked for."""

LEAST_UV = 300.0
"""A step from one sample to the next, at the least, that may begin a pulse."""
OF_NOISE = 10.0
"""As many times the mean step, at the least."""
HIDDEN_UV_PER_MS, HIDDEN_LEAST_UV = 300.0, 1000.0
"""A jump so steep and so large is held back from the filters: no QRS complex rises so fast."""
WIDTH_MS, HUGE_WIDTH_MS = 12.0, 30.0
"""A pulse is over by then; one that drives an amplifier to its limits takes longer."""
HUGE_UV = 5000.0
BACK = 0.4
"""Back means within this share of the height from where it began."""
QUIET = 0.25
"""The line before it has moved no further than this share of its height."""
SLOW_MS = 8.0
NOISE_S = 1.0
SAME_MS = 10.0
"""Pulses of two leads that lie no further apart are one."""
LONELY_MS = 60.0
"""Pulses that follow one another faster are noise: those of atrium and ventricle lie farther apart."""
BEAT_MS, COMPANY_MS, COMPANY, ALIKE = 300.0, 6000.0, 2, 1.6
"""So many pulses of other beats, alike in height within this factor and no farther off, are company."""
REACH_MS, BEHIND_MS = 120.0, 12.0
"""A paced beat's largest deflection comes this soon after its pulse; or so little before it, as it seems."""


def words(leads: int) -> int:
    """Length of the state."""
    return AT_LEADS + leads * LEAD_WORDS


@njit(nogil=True)
def clean(
    f: F64, w: I64, samples: I16, first: int, n: int, leads: int, start: int, rate_mhz: int, unit_uv: F64,
    out: I16,
) -> None:  # fmt: skip
    """Copy ``n`` samples a lead from ``first`` on (interleaved) to ``out``, mark pulses, hide large ones.

    Args:
        f, w: the state.
        start: sample index of the first.
        unit_uv: float64[leads], microvolts of a unit.
        out: int16[n · leads] at the least, takes the samples.
    """
    if rate_mhz < RATE_LEAST_MHZ:
        out[: n * leads] = samples[first : first + n * leads]
        return
    per_ms = rate_mhz / 1e6
    keep_slow, keep_noise = min(1.0, 1.0 / (SLOW_MS * per_ms)), min(1.0, 1.0 / (NOISE_S * 1000.0 * per_ms))
    for lead in range(leads):
        at, unit = AT_LEADS + lead * LEAD_WORDS, unit_uv[lead]
        least = LEAST_UV / unit
        hidden = max(HIDDEN_UV_PER_MS / per_ms, HIDDEN_LEAST_UV) / unit
        last, since, base, peak = w[at + L_LAST], w[at + L_SINCE], w[at + L_BASE], w[at + L_PEAK]
        slow, noise, hides = f[at + L_SLOW], f[at + L_NOISE], w[at + L_HIDES] > 0
        for k in range(n):
            raw = samples[first + k * leads + lead]
            out[k * leads + lead] = raw
            if raw == INVALID_SAMPLE:
                continue
            value = np.int64(raw)
            if w[at + L_SEEN] == 0:
                w[at + L_SEEN] = 1
                last, slow = value, float(value)
            step = abs(value - last)
            if since == 0 and step >= least and step >= OF_NOISE * noise and abs(last - slow) <= QUIET * step:
                since, base, peak = np.int64(1), last, value
                hides = step >= hidden
            elif since > 0:
                since += 1
                if abs(value - base) > abs(peak - base) and (value > base) == (peak > base):
                    peak = value
                height = abs(peak - base)
                width = HUGE_WIDTH_MS if height * unit >= HUGE_UV else WIDTH_MS
                if abs(value - base) <= BACK * height or (value > base) != (peak > base):
                    _mark(f, w, start + k + 1 - since, height * unit, rate_mhz)
                    since = np.int64(0)
                elif since > max(2.0, width * per_ms):
                    since = np.int64(0)
            if since > 0 and hides:
                out[k * leads + lead] = base
            noise += keep_noise * (min(step, 2.0 * max(noise, 0.1 * least)) - noise)
            slow += keep_slow * (value - slow)
            last = value
        w[at + L_LAST], w[at + L_SINCE], w[at + L_BASE], w[at + L_PEAK] = last, since, base, peak
        f[at + L_SLOW], f[at + L_NOISE], w[at + L_HIDES] = slow, noise, hides


@njit(nogil=True)
def _mark(f: F64, w: I64, sample: int, height_uv: float, rate_mhz: int) -> None:
    """Keep a pulse in order of time, once for all leads, with its height in the first that shows it."""
    near = SAME_MS * rate_mhz / 1e6
    place = w[PULSES]
    while place > max(0, w[PULSES] - KEEP + 1):
        before = w[AT_PULSES + (place - 1) % KEEP]
        if abs(before - sample) <= near:
            return
        if before < sample:
            break
        place -= 1
    for index in range(w[PULSES], place, -1):
        w[AT_PULSES + index % KEEP] = w[AT_PULSES + (index - 1) % KEEP]
        f[AT_HEIGHTS + index % KEEP] = f[AT_HEIGHTS + (index - 1) % KEEP]
    w[AT_PULSES + place % KEEP], f[AT_HEIGHTS + place % KEEP] = sample, height_uv
    w[PULSES] += 1


@njit(nogil=True)
def pulse_of(f: F64, w: I64, sample: int, rate_mhz: int) -> int:
    """Sample of the pulse that made the beat at ``sample``, −1 when there is none.

    A pacemaker's pulses come beat after beat, all of a height, and no more than two to a beat: one that has
    no others for company, or another too close, is noise.
    """
    per_ms, found, company, height = rate_mhz / 1e6, np.int64(-1), 0, 0.0
    first = max(0, w[PULSES] - KEEP)
    for index in range(first, w[PULSES]):
        apart = (sample - w[AT_PULSES + index % KEEP]) / per_ms
        if -BEHIND_MS <= apart <= REACH_MS:
            found, height = w[AT_PULSES + index % KEEP], f[AT_HEIGHTS + index % KEEP]
    if found < 0:
        return -1
    for index in range(first, w[PULSES]):
        apart = abs(w[AT_PULSES + index % KEEP] - found) / per_ms
        if 0.0 < apart < LONELY_MS:
            return -1
        other = f[AT_HEIGHTS + index % KEEP]
        alike = height <= ALIKE * other and other <= ALIKE * height
        company += alike and BEAT_MS <= apart <= COMPANY_MS
    return int(found) if company >= COMPANY else -1


@njit(nogil=True)
def next_pulse(w: I64, until: int) -> int:
    """The oldest pulse before sample ``until`` that was not followed yet; −1 when there is none."""
    w[TAKEN] = max(w[TAKEN], w[PULSES] - KEEP)
    if w[TAKEN] >= w[PULSES]:
        return -1
    pulse = w[AT_PULSES + w[TAKEN] % KEEP]
    if pulse >= until:
        return -1
    w[TAKEN] += 1
    return int(pulse)
