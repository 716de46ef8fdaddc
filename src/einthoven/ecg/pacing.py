"""Pulses of a pacemaker: found in the samples as they come, kept from the filters, and laid to beats.

A pulse is a jump away from a quiet line that comes back within a few milliseconds; nothing that a heart does
is over so soon. From its first sample until it is back, or shows that it will not come back, a *large* jump
is hidden from the filters: the value before it is held, a little longer behind a pulse because amplifiers
ring, and what the line has moved meanwhile bleeds away slowly. A pulse is thus no QRS complex by itself, and
the paced beat behind it is seen as it is. Small ones, as an amplifier of monitoring bandwidth leaves them,
are marked, and hidden as well once pulses are known to come.

State, ``f`` float64 and ``w`` int64 views of the same ``words(leads)`` words, all zero at the start: the
newest pulses, then of each lead what is named ``L_``.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.base.layout import INVALID_SAMPLE
from einthoven.ecg.holes import short_hole
from einthoven.ecg.jit import inner
from einthoven.ecg.pacing_wake import W_PULSE, expected, fall_ms, follow_wake, watch
from einthoven.ecg.pacing_wake import words as wake_words

F64 = NDArray[np.float64]
I16 = NDArray[np.int16]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]

PULSES, TAKEN, KNOWN, HEAD = range(4)
"""Pulses found so far; pulses that were followed to their beat; the newest pulse that had company."""
KEEP = 24
AT_PULSES = HEAD
AT_HEIGHTS = AT_PULSES + KEEP
AT_LEADS = AT_HEIGHTS + KEEP
(
    L_SEEN,
    L_LAST,
    L_OUT,
    L_SINCE,
    L_BASE,
    L_PEAK,
    L_HIDES,
    L_HOLD,
    L_OFFSET,
    L_SLOW,
    L_NOISE,
    L_SMALL,
    LEAD_WORDS,
) = range(13)
"""Samples seen, as long as the noise is learned; the last one, and what was passed on of it; samples since a
jump (0: none); the value before it and the farthest since, in units; whether it is hidden; samples that the
line is still held; what is taken off the line until it has bled away; mean over some milliseconds; mean
step; whether a jump is too small to be marked."""
MISSED = 1 << 16
"""In ``L_SEEN``, for each sample in a row that was not measured."""
RATE_LEAST_MHZ = 200_000
"""At slower sampling a narrow QRS complex is as short as a pulse: none is looked for."""

LEAST_UV = 300.0
"""A step from one sample to the next, at the least, that may begin a pulse."""
SMALL_UV = 80.0
"""A smaller one, down to this, is never laid to a beat; but what follows it is watched (``pacing_wake``)."""
OF_NOISE = 10.0
"""As many times the mean step, at the least."""
HIDDEN_UV_PER_MS, HIDDEN_LEAST_UV = 300.0, 1000.0
"""A jump so steep and so large is held back from the filters: no QRS complex rises so fast."""
KNOWN_S = 6
"""So long behind a pulse that had company, smaller ones are held back as well."""
WIDTH_MS, HUGE_WIDTH_MS = 12.0, 30.0
"""A pulse is over by then; one that drives an amplifier to its limits takes longer."""
HUGE_UV = 5000.0
BLANK_MS, HUGE_BLANK_MS = 6.0, 24.0
"""So long the line is held behind a pulse."""
BLEED_MS = 80.0
BACK = 0.4
"""Back means within this share of the height from where it began."""
QUIET = 0.25
"""The line before it has moved no further than this share of its height."""
SLOW_MS = 8.0
LEARN_MS = 400.0
"""So long the noise is learned before there may be a pulse."""
NOISE_S = 1.0
SAME_MS = 10.0
"""Pulses of two leads that lie no further apart are one."""
LONELY_MS = 60.0
"""Pulses that follow one another faster are noise: those of atrium and ventricle lie farther apart."""
BEAT_MS, COMPANY_MS, COMPANY, ALIKE = 300.0, 6000.0, 4, 1.6
"""So many pulses of other beats, alike in height within this factor and no farther off, are company."""
COMPANY_KNOWN = 4
"""So many, and pulses are known to come."""
WAKE_MS = 40.0
"""So long, at the most, what a pulse leaves on the line is as steep as a small QRS complex."""
REACH_MS, BEHIND_MS = 120.0, 12.0
"""A paced beat's largest deflection comes this soon after its pulse; or so little before it, as it seems."""


def words(leads: int) -> int:
    """Length of the state."""
    return at_wake(leads) + wake_words(leads)


def at_wake(leads: int) -> int:
    """Where the state of ``pacing_wake`` begins."""
    return AT_LEADS + leads * LEAD_WORDS


wake_at = inner(at_wake)


@njit(nogil=True)
def clean(
    f: F64, w: I64, samples: I16, first: int, n: int, leads: int, start: int, rate_mhz: int, unit_uv: F64,
    out: I16,
) -> int:  # fmt: skip
    """Copy ``n`` samples a lead from ``first`` on (interleaved) to ``out``, mark pulses, hide large ones.

    Args:
        f, w: the state.
        start: sample index of the first.
        unit_uv: float64[leads], microvolts of a unit.
        out: int16[n · leads] at the least, takes the samples.

    Returns:
        How many samples were changed.
    """
    changed = 0
    if rate_mhz < RATE_LEAST_MHZ:
        out[: n * leads] = samples[first : first + n * leads]
        return changed
    per_ms = rate_mhz / 1e6
    learning, short = int(LEARN_MS * per_ms), short_hole(rate_mhz)
    fw, ww = f[wake_at(leads) :], w[wake_at(leads) :]
    keep_slow, keep_noise = min(1.0, 1.0 / (SLOW_MS * per_ms)), min(1.0, 1.0 / (NOISE_S * 1000.0 * per_ms))
    # Sample by sample over all leads: what one lead knows of pulses, another may use from the next on.
    for k in range(n):
        for lead in range(leads):
            place = k * leads + lead
            raw = samples[first + place]
            out[place] = raw
            at, least, value = AT_LEADS + lead * LEAD_WORDS, LEAST_UV / unit_uv[lead], np.int64(raw)
            if not _measured(w, at, int(value), short):
                ww[W_PULSE] = 0
                continue
            if w[at + L_SEEN] == 0:
                w[at + L_LAST], f[at + L_SLOW] = value, float(value)
            seen = w[at + L_SEEN] = min(w[at + L_SEEN] + 1, learning)
            last, noise = w[at + L_LAST], f[at + L_NOISE]
            step = abs(value - last)
            busy = w[at + L_SINCE] > 0 or w[at + L_HOLD] > 0
            rises = seen == learning and step >= SMALL_UV / unit_uv[lead] and step >= OF_NOISE * noise
            rises = rises and abs(last - f[at + L_SLOW]) <= QUIET * step
            if busy or rises or f[at + L_OFFSET] != 0.0:
                shown = _follow(
                    f, w, lead, leads, int(value), int(last), start + k, unit_uv, per_ms, not busy and rises
                )
                out[place] = min(max(shown, -32767), 32767)
                changed += out[place] != raw
            w[at + L_OUT], w[at + L_LAST] = out[place], value
            known = max(keep_noise, 1.0 / seen)
            f[at + L_NOISE] += known * (min(step, 2.0 * max(noise, 0.1 * least)) - noise)
            f[at + L_SLOW] += keep_slow * (value - f[at + L_SLOW])
        if ww[W_PULSE] > 0:
            follow_wake(
                fw, ww, samples, first + k * leads, start + k, leads, unit_uv, _noise(f, leads), per_ms
            )
    return changed


@inner
def _measured(w: I64, at: int, value: int, short: int) -> bool:
    """Whether a lead measured a sample. Behind more than a short hole nothing before it is gone by; a step
    across a short one is none from one sample to the next."""
    if value != INVALID_SAMPLE:
        if w[at + L_SEEN] >= MISSED:
            w[at + L_SEEN] %= MISSED
            w[at + L_LAST] = value
        return True
    w[at + L_SEEN] += MISSED
    if w[at + L_SEEN] // MISSED > short:
        w[at : at + LEAD_WORDS] = 0
    elif w[at + L_SINCE] > 0:
        w[at + L_SINCE] += 1
    return False


@inner
def _noise(f: F64, leads: int) -> F64:
    """Mean step of each lead, in units: a view."""
    return f[AT_LEADS + L_NOISE : AT_LEADS + leads * LEAD_WORDS : LEAD_WORDS]


@inner
def _follow(
    f: F64, w: I64, lead: int, leads: int, value: int, last: int, sample: int, units: F64, per_ms: float,
    begins: bool,
) -> int:  # fmt: skip
    """One sample of a lead in or behind a pulse; returns what is passed on of it."""
    at, ww = AT_LEADS + lead * LEAD_WORDS, w[wake_at(leads) :]
    if begins:
        known = w[KNOWN] > 0 and sample - w[KNOWN] <= KNOWN_S * 1000.0 * per_ms
        step, unit_uv = abs(value - last), units[lead]
        small = step < LEAST_UV / unit_uv
        w[at + L_SINCE], w[at + L_BASE], w[at + L_PEAK], w[at + L_SMALL] = 1, last, value, small
        w[at + L_HIDES] = step >= max(HIDDEN_UV_PER_MS / per_ms, HIDDEN_LEAST_UV) / unit_uv
        if expected(ww, sample, per_ms) or (known and not small):
            w[at + L_HIDES] = 1
        return int(w[at + L_OUT] if w[at + L_HIDES] else value - int(f[at + L_OFFSET]))
    if w[at + L_SINCE] > 0:
        _pulse(f, w, lead, leads, value, sample, units, per_ms)
        if w[at + L_SINCE] > 0 or w[at + L_HOLD] > 0:
            return int(w[at + L_OUT] if w[at + L_HIDES] else value - int(f[at + L_OFFSET]))
    elif w[at + L_HOLD] > 0:
        w[at + L_HOLD] -= 1
        if w[at + L_HOLD] == 0:
            f[at + L_OFFSET] = float(value - w[at + L_OUT])
        return int(w[at + L_OUT])
    f[at + L_OFFSET] *= 1.0 - 1.0 / (
        fall_ms(f[wake_at(leads) :], ww, lead, sample, per_ms, BLEED_MS) * per_ms
    )
    if abs(f[at + L_OFFSET]) < 1.0:
        f[at + L_OFFSET] = 0.0
    return int(value - int(f[at + L_OFFSET]))


@inner
def _pulse(f: F64, w: I64, lead: int, leads: int, value: int, sample: int, units: F64, per_ms: float) -> None:
    """One more sample behind a jump: it is back, and was a pulse; or takes too long, and was none."""
    at, unit_uv = AT_LEADS + lead * LEAD_WORDS, units[lead]
    fw, ww = f[wake_at(leads) :], w[wake_at(leads) :]
    base, peak = w[at + L_BASE], w[at + L_PEAK]
    w[at + L_SINCE] += 1
    if abs(value - base) > abs(peak - base) and (value > base) == (peak > base):
        w[at + L_PEAK] = peak = value
    height = abs(peak - base)
    huge = height * unit_uv >= HUGE_UV
    if abs(value - base) <= BACK * height or (value > base) != (peak > base):
        pulse = sample + 1 - w[at + L_SINCE]
        if not w[at + L_SMALL]:
            _mark(f, w, pulse, height * unit_uv, per_ms)
        watch(fw, ww, pulse, sample, huge, leads, units, _noise(f, leads), per_ms)
        w[at + L_SINCE] = 0
        blank = HUGE_BLANK_MS if huge else BLANK_MS
        w[at + L_HOLD] = max(1, int(blank * per_ms + 0.5)) if w[at + L_HIDES] else 0
    elif w[at + L_SINCE] > max(2.0, (HUGE_WIDTH_MS if huge else WIDTH_MS) * per_ms):
        w[at + L_SINCE] = 0


@inner
def _mark(f: F64, w: I64, sample: int, height_uv: float, per_ms: float) -> None:
    """Keep a pulse in order of time, once for all leads, with its height in the first that shows it."""
    near = SAME_MS * per_ms
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
    if _company(f, w, sample, height_uv, per_ms) >= COMPANY_KNOWN:
        w[KNOWN] = sample


@inner
def _company(f: F64, w: I64, pulse: int, height_uv: float, per_ms: float) -> int:
    """How many other pulses near it in time are like this one; −1 when one is too near."""
    company = 0
    for index in range(max(0, w[PULSES] - KEEP), w[PULSES]):
        apart = abs(w[AT_PULSES + index % KEEP] - pulse) / per_ms
        if 0.0 < apart < LONELY_MS:
            return -1
        other = f[AT_HEIGHTS + index % KEEP]
        alike = height_uv <= ALIKE * other and other <= ALIKE * height_uv
        company += alike and BEAT_MS <= apart <= COMPANY_MS
    return company


@njit(nogil=True)
def pulse_of(f: F64, w: I64, sample: int, rate_mhz: int) -> int:
    """Sample of the pulse that made the beat at ``sample``, −1 when there is none.

    A pacemaker's pulses come beat after beat, all of a height, and no more than two to a beat: one that has
    no others for company, or another too close, is noise.
    """
    per_ms, found, height_uv = rate_mhz / 1e6, np.int64(-1), 0.0
    for index in range(max(0, w[PULSES] - KEEP), w[PULSES]):
        apart = (sample - w[AT_PULSES + index % KEEP]) / per_ms
        if -BEHIND_MS <= apart <= REACH_MS:
            found, height_uv = w[AT_PULSES + index % KEEP], f[AT_HEIGHTS + index % KEEP]
    if found < 0 or _company(f, w, int(found), height_uv, per_ms) < COMPANY:
        return -1
    return int(found)


@inner
def mark_wakes(f: F64, w: I64, start: int, group: int, rate_mhz: int, marks: U8) -> int:
    """Set ``marks`` for means of ``group`` samples, the first from sample ``start`` on, that a pulse with
    company touches; returns how many such pulses there were."""
    per_ms, found = rate_mhz / 1e6, 0
    for index in range(max(0, w[PULSES] - KEEP), w[PULSES]):
        pulse = w[AT_PULSES + index % KEEP]
        first = (pulse - start) // group
        last = int((pulse + WAKE_MS * per_ms - start) // group)
        if last < 0 or first >= len(marks):
            continue
        if _company(f, w, pulse, f[AT_HEIGHTS + index % KEEP], per_ms) >= COMPANY:
            found += 1
            marks[max(0, first) : last + 1] = 1
    return found


@inner
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
