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
def pacer_spike(
    f: F64, w: I64, th: F64, sample: int, to_beat_ms: int, from_beat_ms: int, out: F64, n: int
) -> int:
    """A pacemaker's spike: no beat behind it is lost capture; soon after the heart's own beat, it is blind.

    Args:
        f: state. w: the same as whole numbers. th: thresholds.
        sample: sample index of the spike.
        to_beat_ms: to the beat it elicits; -1 when there was none in good time.
        from_beat_ms: since the last beat that was not paced; -1 unknown.
        out: rows. n: rows so far.
    """
    lost = to_beat_ms < 0 or to_beat_ms > th[TH_CAPTURE]
    blind = 0 <= from_beat_ms < th[TH_SENSING]
    waited = float(to_beat_ms)
    # A spike in the refractory time after the heart's own beat cannot capture: that is sensing, not capture.
    n = _fault(f, w, CAPTURE, CAPTURE_FAILURE, SPIKES_LOST, lost and not blind, th, sample, waited, out, n)
    since = float(from_beat_ms)
    return int(_fault(f, w, SENSING, SENSING_FAILURE, SPIKES_BLIND, blind, th, sample, since, out, n))


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
    free(w, CAPTURE)
    free(w, SENSING)
