"""Paced rhythm, and pulses of a pacemaker that do not do what they should."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.jit import inner
from einthoven.ecg.kinds import CAPTURE_FAILURE, PACED, SENSING_FAILURE
from einthoven.ecg.rhythm_layout import (
    CAPTURE,
    DOUBTED,
    L_LAST,
    L_START,
    L_V0,
    PACE,
    PACER,
    PACING,
    PULSE_BLIND,
    PULSE_FAR,
    PULSE_FROM,
    PULSE_GAP,
    PULSE_LAST,
    PULSE_LED,
    PULSE_NEAR,
    PULSE_NONE,
    PULSE_OWN,
    R_SAMPLE,
    SENSING,
    SINUS_FROM,
    SPIKES_BLIND,
    SPIKES_LOST,
    TH_CAPTURE,
    TH_PACED,
    TH_SENSING,
    TH_SPIKES,
)
from einthoven.ecg.rhythm_rate import rate_of
from einthoven.ecg.rhythm_slots import at, beat_at, class_at, close_slot, free, is_open, kept, open_slot, put

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

STEADY_MS, GAP_LEAST_MS = 30, 300
"""Pulses keep their pace within so much; two of one beat lie closer together than that."""
LED_FROM_MS, LED_TO_MS = 100, 420
"""From a pulse of the atria to the beat that it leads."""
OWN_LEAST, OWN_APART_MS, NONE_MOST = 5, 300, 8
"""So many pulses with a beat of the heart's own before each, at times so far apart, were not held back by it;
forgotten after so many pulses without."""


@inner
def paced(f: F64, w: I64, th: F64, sample: int, out: F64, n: int) -> int:
    """Paced rhythm: open after so many paced beats among eight, over when there is none among them."""
    row = at(PACER)
    found, oldest = 0, sample
    for back in range(min(8, kept(w))):
        if class_at(w, back) % DOUBTED == PACE:
            found += 1
            oldest = w[beat_at(w, back) + R_SAMPLE]
    if is_open(w, PACER):
        if class_at(w, 0) % DOUBTED == PACE:
            w[row + L_LAST] = sample
            f[row + L_V0] += 1.0
        elif found == 0:
            n = close_slot(f, w, PACER, w[row + L_LAST], out, n)
    elif found >= th[TH_PACED] and class_at(w, 0) == PACE:
        rate = rate_of(w)
        put(f, PACER, float(found), rate if rate > 0.0 else -1.0, 0.0, 0.0, 0.0, 0.0)
        w[PACING] = 1
        n = open_slot(f, w, PACER, PACED, max(oldest, w[SINUS_FROM]), sample, out, n)
    if found == 0:
        w[PACING] = 0
    return n


@inner
def end_paced(f: F64, w: I64, start: int, out: F64, n: int) -> int:
    """The heart stands still since ``start``: its rhythm is none; the pulses are followed on."""
    return int(close_slot(f, w, PACER, min(w[at(PACER) + L_LAST], start), out, n))


@inner
def keeps_pace(w: I64, th: F64, sample: int, from_beat_ms: int, rate_mhz: int) -> bool:
    """Whether pulses keep their own pace past the beats of the heart, which should have held them back.

    Pulses of the atria that are conducted keep their pace, too; but then the beats keep it with them, or most
    follow a pulse at the distance of a PR interval, an early one between them or one dropped now and then.

    Args:
        w: state. th: thresholds.
        sample: sample index of the pulse.
        from_beat_ms: since the last beat, where that is the heart's own for sure; -1 else.
        rate_mhz: sampling rate in millihertz.
    """
    gap, usual = sample - w[PULSE_LAST], w[PULSE_GAP]
    w[PULSE_LAST] = sample
    whole = 1 if 2 * gap < 3 * usual else 2
    late = abs(gap - whole * usual) * 1_000_000 > STEADY_MS * rate_mhz
    if usual * 1_000_000 < GAP_LEAST_MS * rate_mhz or late:
        w[PULSE_GAP], w[PULSE_OWN], w[PULSE_NONE] = gap, 0, 0
        return False
    if from_beat_ms < 0 or from_beat_ms * rate_mhz >= gap * 1_000_000:
        w[PULSE_NONE] += 1
        if w[PULSE_NONE] > NONE_MOST:
            w[PULSE_OWN] = 0
    else:
        if w[PULSE_OWN] == 0:
            w[PULSE_FROM], w[PULSE_BLIND], w[PULSE_LED] = sample, 0, 0
            w[PULSE_NEAR] = w[PULSE_FAR] = from_beat_ms
        w[PULSE_OWN], w[PULSE_NONE] = w[PULSE_OWN] + 1, 0
        w[PULSE_BLIND] += from_beat_ms < th[TH_SENSING]
        led_ms = usual * 1_000_000 // rate_mhz - from_beat_ms
        w[PULSE_LED] += LED_FROM_MS <= led_ms <= LED_TO_MS
        w[PULSE_NEAR] = min(w[PULSE_NEAR], from_beat_ms)
        w[PULSE_FAR] = max(w[PULSE_FAR], from_beat_ms)
    many = w[PULSE_OWN] >= OWN_LEAST and w[PULSE_BLIND] >= th[TH_SPIKES] and 2 * w[PULSE_LED] < w[PULSE_OWN]
    return bool(many and w[PULSE_FAR] - w[PULSE_NEAR] >= OWN_APART_MS)


@inner
def pacer_spike(
    f: F64, w: I64, th: F64, sample: int, to_beat_ms: int, from_beat_ms: int, heedless: bool, out: F64, n: int
) -> int:
    """A pacemaker's spike: no beat behind it is lost capture; soon after the heart's own beat, it is blind.

    Args:
        f: state. w: the same as whole numbers. th: thresholds.
        sample: sample index of the spike.
        to_beat_ms: to the beat it elicits; -1 when there was none in good time.
        from_beat_ms: since the last beat that was not paced; -1 unknown.
        heedless: ``keeps_pace``.
        out: rows. n: rows so far.
    """
    lost = to_beat_ms < 0 or to_beat_ms > th[TH_CAPTURE]
    blind = 0 <= from_beat_ms < th[TH_SENSING]
    waited = float(to_beat_ms)
    # A spike in the refractory time after the heart's own beat cannot capture: that is sensing, not capture.
    n = _fault(f, w, CAPTURE, CAPTURE_FAILURE, SPIKES_LOST, lost and not blind, th, sample, waited, out, n)
    since = float(from_beat_ms)
    if heedless and not is_open(w, SENSING):
        w[SPIKES_BLIND], w[at(SENSING) + L_START] = w[PULSE_OWN] - 1, w[PULSE_FROM]
    if heedless and not blind:
        since = float(w[PULSE_NEAR])
    bad = blind or heedless
    return int(_fault(f, w, SENSING, SENSING_FAILURE, SPIKES_BLIND, bad, th, sample, since, out, n))


@inner
def _fault(
    f: F64, w: I64, slot: int, kind: int, counter: int, bad: bool, th: F64, sample: int, value: float,
    out: F64, n: int,
) -> int:  # fmt: skip
    row = at(slot)
    if not bad:
        w[counter] = 0
        return int(close_slot(f, w, slot, w[row + L_LAST], out, n))
    if w[counter] == 0:
        w[row + L_START] = sample
    w[counter] += 1
    w[row + L_LAST] = sample
    put(f, slot, float(w[counter]), value, 0.0, 0.0, 0.0, 0.0)
    if w[counter] >= th[TH_SPIKES] and not is_open(w, slot):
        return int(open_slot(f, w, slot, kind, w[row + L_START], sample, out, n))
    return n


@inner
def forget_spikes(w: I64) -> None:
    """No spike was seen yet."""
    w[SPIKES_LOST] = w[SPIKES_BLIND] = w[PACING] = 0
    w[PULSE_GAP] = w[PULSE_OWN] = w[PULSE_NONE] = 0
    free(w, CAPTURE)
    free(w, SENSING)
