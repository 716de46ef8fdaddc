"""Peaks of the joint height of all leads, as the samples come. The views ``f``, ``w`` and table ``p`` are as
in ``kernels``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.decide_kernels import close_candidate, end_learning, look_back, open_peak
from einthoven.ecg.design import (
    AT_LEADS,
    CLOSE,
    L_CAP,
    L_WEIGHT,
    LEAD_WORDS,
    LEADS,
    S_ARMED,
    S_BEFORE,
    S_BEST,
    S_BEST_AT,
    S_CLOSE_ARMED,
    S_CLOSE_AT,
    S_CLOSE_BEST,
    S_DEADLINE,
    S_LEARN_UNTIL,
    S_STEP,
)
from einthoven.ecg.fast_kernels import apart_now, follow_close
from einthoven.ecg.jit import inner

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]


@inner
def _weigh(f: F64, p: I64, energy: F64, m: int, height: F64) -> None:
    """Joint height: the weighted sum of the leads' energies, each capped."""
    height[:m] = 0.0
    for lead in range(p[LEADS]):
        at = p[AT_LEADS] + lead * p[LEAD_WORDS]
        weight, cap = f[at + L_WEIGHT], f[at + L_CAP]
        mine = energy[lead]
        for k in range(m):
            height[k] += weight * min(mine[k], cap)


@inner
def detect(
    f: F64, w: I64, p: I64, m: int, band: I32, slope: I32, energy: F64, height: F64, out: I64, made: int
) -> int:
    """Follow the joint height of all leads over ``m`` steps; returns how many beats ``out`` then holds."""
    apart, close, first = apart_now(w, p), p[CLOSE], w[S_STEP]
    near, near_at, near_armed = f[S_CLOSE_BEST], w[S_CLOSE_AT], w[S_CLOSE_ARMED]
    best, before = f[S_BEST], f[S_BEFORE]
    best_at, armed = w[S_BEST_AT], w[S_ARMED]
    _weigh(f, p, energy, m, height)
    deadline = min(w[S_DEADLINE], w[S_LEARN_UNTIL])
    for k in range(m):
        step, now = first + k, height[k]
        if near_armed:
            if now > near:
                near, near_at = now, step
            elif step - near_at >= close:
                near_armed = 0
                follow_close(f, w, p, near_at, near)
                apart = apart_now(w, p)
        elif now > before:
            near_armed, near, near_at = 1, now, step
        if armed:
            if now > best:
                best, best_at = now, step
                open_peak(f, p, energy, k)
            elif step - best_at >= apart:
                w[S_BEST_AT], w[S_STEP] = best_at, step
                had, made = made, close_candidate(f, w, p, k, band, slope, out, made)
                best, armed = 0.0, 0
                if made > had:
                    _weigh(f, p, energy, m, height)
                deadline = min(w[S_DEADLINE], w[S_LEARN_UNTIL])
        elif now > before:
            armed, best, best_at = 1, now, step
            open_peak(f, p, energy, k)
        before = now
        if step + 1 >= deadline:
            f[S_BEST], w[S_STEP] = best, step + 1
            if step + 1 >= w[S_LEARN_UNTIL]:
                made = end_learning(f, w, p, out, made)
                near_armed, apart = 0, apart_now(w, p)
            if step + 1 >= w[S_DEADLINE]:
                made = look_back(f, w, p, out, made)
            best = f[S_BEST]
            _weigh(f, p, energy, m, height)
            before = height[k]
            deadline = min(w[S_DEADLINE], w[S_LEARN_UNTIL])
    f[S_CLOSE_BEST], w[S_CLOSE_AT], w[S_CLOSE_ARMED] = near, near_at, near_armed
    f[S_BEST], f[S_BEFORE] = best, before
    w[S_BEST_AT], w[S_ARMED], w[S_STEP] = best_at, armed, first + m
    return made
