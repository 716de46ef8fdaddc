"""Rates that cannot wait a minute: told within a few beats, on beats as they were classed at first sight."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.jit import inner
from einthoven.ecg.kinds import EXTREME_BRADYCARDIA, EXTREME_TACHYCARDIA
from einthoven.ecg.rhythm_layout import (
    L_LAST,
    L_V0,
    TH_TOO_FAST,
    TH_TOO_FAST_BEATS,
    TH_TOO_SLOW,
    TH_TOO_SLOW_BEATS,
    TOO_FAST,
    TOO_SLOW,
    VF_OPEN,
    X_COUNT,
    X_KEEP,
    X_RING,
)
from einthoven.ecg.rhythm_slots import (
    STANDSTILL_MS,
    at,
    close_slot,
    is_open,
    open_slot,
    put,
    usable_between,
)

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

HOLD = 1.1
"""An extreme rate is over when the same beats are so far on the other side of its limit."""


@inner
def extreme_rate(f: F64, w: I64, th: F64, sample: int, rr_ms: int, rate_mhz: int, out: F64, n: int) -> int:
    """Take a provisional beat: the mean rate of the last few intervals against both limits."""
    start = sample - rr_ms * rate_mhz // 1_000_000
    if rr_ms <= 0 or rr_ms >= STANDSTILL_MS or w[VF_OPEN] or not usable_between(w, start, sample, rate_mhz):
        return forget_extremes(f, w, out, n)
    w[X_RING + w[X_COUNT] % X_KEEP] = rr_ms
    w[X_COUNT] += 1
    mean = _mean(w, int(th[TH_TOO_SLOW_BEATS]))
    limit = 60_000.0 / th[TH_TOO_SLOW]
    n = _follow(
        f, w, TOO_SLOW, EXTREME_BRADYCARDIA, mean, mean > limit, HOLD * mean <= limit,
        int(th[TH_TOO_SLOW_BEATS]), sample, rate_mhz, out, n,
    )  # fmt: skip
    mean = _mean(w, int(th[TH_TOO_FAST_BEATS]))
    limit = 60_000.0 / th[TH_TOO_FAST]
    return int(
        _follow(
            f, w, TOO_FAST, EXTREME_TACHYCARDIA, mean, mean < limit, mean >= HOLD * limit,
            int(th[TH_TOO_FAST_BEATS]), sample, rate_mhz, out, n,
        )
    )  # fmt: skip


@inner
def _mean(w: I64, count: int) -> float:
    """Mean of the last ``count`` intervals in ms; 0 when there are not so many."""
    if w[X_COUNT] < count:
        return 0.0
    total = 0
    for back in range(1, count + 1):
        total += w[X_RING + (w[X_COUNT] - back) % X_KEEP]
    return total / count


@inner
def _follow(
    f: F64, w: I64, slot: int, kind: int, mean: float, beyond: bool, within: bool, count: int, sample: int,
    rate_mhz: int, out: F64, n: int,
) -> int:  # fmt: skip
    """Open, go on or close: the limit passed, or passed back by far enough."""
    row = at(slot)
    if mean <= 0.0:
        return n
    rate = 60_000.0 / mean
    if is_open(w, slot):
        if within:
            return int(close_slot(f, w, slot, w[row + L_LAST], out, n))
        farthest = f[row + L_V0 + 1]
        farthest = min(farthest, rate) if kind == EXTREME_BRADYCARDIA else max(farthest, rate)
        put(f, slot, rate, farthest, f[row + L_V0 + 2] + 1.0, 0.0, 0.0, 0.0)
        w[row + L_LAST] = sample
    elif beyond:
        start = sample - int(mean * count * rate_mhz / 1e6 + 0.5)
        put(f, slot, rate, rate, float(count + 1), 0.0, 0.0, 0.0)
        return int(open_slot(f, w, slot, kind, max(0, start), sample, out, n))
    return n


@inner
def forget_extremes(f: F64, w: I64, out: F64, n: int) -> int:
    """The next beat does not follow the last one."""
    w[X_COUNT] = 0
    for slot in (TOO_SLOW, TOO_FAST):
        n = close_slot(f, w, slot, w[at(slot) + L_LAST], out, n)
    return n
