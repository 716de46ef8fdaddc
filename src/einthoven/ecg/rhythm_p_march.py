"""P waves that march through a slow escape rhythm at a pace of their own: third degree block.

Where an interval is short, no more than one P wave of it is ever seen, the others lie in the QRS complex and
under the T wave. But from interval to interval that one moves along the line, until it is lost in the QRS
complex and the next one comes out of the T wave. One pace of the atria must explain where all of them were
seen, and every P wave that it puts on a line where it would have been seen must have been.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.jit import inner
from einthoven.ecg.rhythm_layout import (
    ATRIA_RING,
    M_BEAT,
    M_BEGIN,
    M_END,
    M_P,
    MARCH_BEATS,
    MARCH_WORDS,
    MARCHED,
)

I64 = NDArray[np.int64]

ESCAPE_RR_MS = 1000
"""An escape rhythm is no faster than this."""
REGULAR = 0.15
"""Spread of its intervals over their mean."""
SEEN_LEAST = 6
"""Intervals with a P wave, of ``MARCH_BEATS``."""
SWEPT_S = 0.15
"""So far the P waves must move, seen from the beat behind them and from the one before."""
PACE_FROM_S, PACE_TO_S, PACE_STEP_S = 0.45, 1.5, 0.01
SLOWER = 1.2
"""The atria may also be slower than the ventricles by so much: no block, but no faster pace is asked then."""
IN_STEP = 0.93
"""From this length of the mean direction on, a turn being the pace of the atria, the beats keep in step."""
OFF = 0.10
"""Share of the pace by which a P wave may come early or late."""
WRONG = 0.12
"""Share of the P waves that may come at another time, and of those that may not have been seen."""
FASTER = 1.25
"""The atria are so many times as fast as the ventricles, at least."""
MARGIN_S = 0.1
"""A P wave that lies so far from both ends of a line is seen."""


@inner
def _row(w: I64, back: int) -> int:
    return int(ATRIA_RING + ((w[MARCHED] - 1 - back) % MARCH_BEATS) * MARCH_WORDS)


@inner
def marches(w: I64, sample: int, rr_ms: int, p_sample: int, line: tuple[int, int], rate_hz: float) -> bool:
    """Take an interval; whether P waves march through the last ones.

    Args:
        w: the state of ``rhythm_p_waves``.
        sample, rr_ms: the beat at its end, and its length.
        p_sample: its last P wave; 0 when none was seen.
        line: where it could have been seen, first and last sample.
        rate_hz: sampling rate.
    """
    if rr_ms < ESCAPE_RR_MS * (1.0 - REGULAR) or (w[MARCHED] > 0 and _stale(w, sample, rr_ms, rate_hz)):
        w[MARCHED] = 0
    w[MARCHED] += 1
    row = _row(w, 0)
    w[row + M_P], w[row + M_BEGIN], w[row + M_END], w[row + M_BEAT] = p_sample, line[0], line[1], sample
    if w[MARCHED] < MARCH_BEATS or not _steady(w, rate_hz):
        return False
    mean_s = (sample - w[_row(w, MARCH_BEATS - 1) + M_BEAT]) / (MARCH_BEATS - 1) / rate_hz
    steps = int((max(PACE_TO_S, SLOWER * mean_s) - PACE_FROM_S) / PACE_STEP_S + 0.5)
    for k in range(steps, -1, -1):
        pace = PACE_FROM_S + k * PACE_STEP_S
        if _explains(w, pace * rate_hz, rate_hz):
            return bool(mean_s >= FASTER * pace and _in_step(w, pace * rate_hz) < IN_STEP)
    return False


@inner
def _stale(w: I64, sample: int, rr_ms: int, rate_hz: float) -> bool:
    """The beat before was not followed."""
    return bool(abs(sample - w[_row(w, 0) + M_BEAT] - 0.001 * rr_ms * rate_hz) > 2.0)


@inner
def _steady(w: I64, rate_hz: float) -> bool:
    """Slow, regular beats, P waves in half of the intervals, and PR that sweeps."""
    short, long, total, seen = 1e12, 0.0, 0.0, 0
    low, high, near, far = 1e12, 0.0, 1e12, 0.0
    for back in range(MARCH_BEATS):
        row = _row(w, back)
        if back + 1 < MARCH_BEATS:
            rr = float(w[row + M_BEAT] - w[_row(w, back + 1) + M_BEAT])
            short, long, total = min(short, rr), max(long, rr), total + rr
        if w[row + M_P] > 0:
            seen += 1
            pr = float(w[row + M_BEAT] - w[row + M_P])
            low, high = min(low, pr), max(high, pr)
            rp = float(w[row + M_P] - w[row + M_BEGIN])
            near, far = min(near, rp), max(far, rp)
    mean = total / (MARCH_BEATS - 1)
    slow = mean >= 0.001 * ESCAPE_RR_MS * rate_hz and long - short <= REGULAR * mean
    return bool(slow and seen >= SEEN_LEAST and min(high - low, far - near) >= SWEPT_S * rate_hz)


@inner
def _explains(w: I64, pace: float, rate_hz: float) -> bool:
    """Whether P waves ``pace`` samples apart explain what was seen, and what was not."""
    wrong, missing, told, before = 0, 0, 0, 0.0
    for back in range(MARCH_BEATS - 1, -1, -1):
        here = float(w[_row(w, back) + M_P])
        if here <= 0.0:
            continue
        if before > 0.0:
            told += 1
            whole = max(1, int((here - before) / pace + 0.5))
            if abs(here - before - whole * pace) > OFF * pace * min(whole, 2) ** 0.5:
                wrong += 1
            for k in range(1, whole):
                if _would_be_seen(w, before + k * (here - before) / whole, rate_hz):
                    missing += 1
        before = here
    return bool(wrong <= WRONG * told and missing <= WRONG * told)


@inner
def _in_step(w: I64, pace: float) -> float:
    """How steadily the beats follow the P waves, whichever of them was seen: 1 always alike, 0 anyhow."""
    seen, across, along = 0, 0.0, 0.0
    for back in range(MARCH_BEATS):
        row = _row(w, back)
        if w[row + M_P] > 0:
            turn = 2.0 * np.pi * (w[row + M_BEAT] - w[row + M_P]) / pace
            seen, across, along = seen + 1, across + np.cos(turn), along + np.sin(turn)
    return float(np.sqrt(across * across + along * along) / max(seen, 1))


@inner
def _would_be_seen(w: I64, place: float, rate_hz: float) -> bool:
    """Whether a P wave at a place would be the last that is seen on its line."""
    margin = MARGIN_S * rate_hz
    for back in range(MARCH_BEATS):
        row = _row(w, back)
        if w[row + M_BEGIN] + margin < place < w[row + M_END] - margin:
            # Of two P waves on one line only the last is kept.
            return bool(place > w[row + M_P])
    return False
