"""What runs without beats: the waves of atrial fibrillation, flutter and ventricular fibrillation, and noise.

All are closed functions of time or drawn per fixed stretch, so a sample's value does not depend on which
others were asked for.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.sim.hearts.chance import bits, normal, uniform
from einthoven.sim.hearts.script import Disturbance

F64 = NDArray[np.float64]
_FADE_S = 0.25
_FULL = 2.0 * np.pi


def faded(t: F64, start: float, stop: float) -> F64:
    """1 inside ``[start, stop)``, running in and out smoothly over a quarter of a second."""
    rising = np.clip((t - start) / _FADE_S, 0.0, 1.0)
    falling = np.clip((stop - t) / _FADE_S, 0.0, 1.0)
    edge: F64 = np.minimum(rising, falling)
    smooth: F64 = edge * edge * (3.0 - 2.0 * edge)
    return smooth


def fibrillatory(t: F64, seed: int) -> F64:
    """Heart vector of the f waves of atrial fibrillation, float64[n, 3], about 6 per second."""
    hz = 5.2 + 1.6 * uniform(seed, 30)
    out = np.zeros((len(t), 3))
    for axis, size in enumerate((0.030, 0.060, -0.085)):
        turn = _FULL * uniform(seed, 31, axis)
        bend = 1.1 * np.sin(_FULL * 0.31 * t + turn) + 0.8 * np.sin(_FULL * 0.83 * t + 2.1 * turn)
        phase = _FULL * hz * t + bend + turn
        swell = 1.0 + 0.45 * np.sin(_FULL * 0.27 * t + 1.3 * turn) + 0.2 * np.sin(_FULL * 0.71 * t - turn)
        out[:, axis] = size * swell * (np.sin(phase) + 0.30 * np.sin(2 * phase + 0.9))
    return out


def flutter(t: F64, start: float) -> F64:
    """Heart vector of the saw-tooth of typical atrial flutter at 300 per minute, float64[n, 3]."""
    phase = _FULL * 5.0 * (t - start)
    saw = np.zeros(len(t))
    for k in range(1, 6):
        saw += np.sin(k * phase) / k * 0.8 ** (k - 1)
    vector: F64 = saw[:, None] * np.array((0.01, -0.13, -0.045))
    return vector


def ventricular_fibrillation(t: F64, seed: int, start: float) -> F64:
    """Heart vector of ventricular fibrillation, coarse at first and finer with the minutes, float64[n, 3]."""
    out = np.zeros((len(t), 3))
    since = np.maximum(t - start, 0.0)
    decay = 0.35 + 0.65 * np.exp(-since / 90.0)
    for k in range(5):
        hz = 3.4 + 0.85 * k + 0.5 * uniform(seed, 40, k)
        turn = _FULL * uniform(seed, 41, k)
        bend = 1.6 * np.sin(_FULL * (0.23 + 0.11 * k) * t + turn) + 1.1 * np.sin(_FULL * 0.9 * t + 2 * turn)
        swell = 0.55 + 0.45 * np.sin(_FULL * (0.35 + 0.13 * k) * t + 3 * turn)
        size = 0.75 / (1.0 + 0.35 * k)
        vector = np.array([normal(seed, 42, k, axis) for axis in range(3)])
        vector /= np.sqrt(np.sum(vector * vector)) or 1.0
        out += (size * decay * swell * np.sin(_FULL * hz * t + bend))[:, None] * vector
    return out


def breathing(t: F64, seed: int) -> F64:
    """Swing of the baseline with the breath and the electrodes, millivolts, float64[n]."""
    turn = _FULL * uniform(seed, 50)
    breath = np.sin(_FULL * 0.25 * t + 1.8 * np.sin(_FULL * 0.013 * t) + turn)
    drift = np.sin(_FULL * 0.031 * t + 2 * turn) + 0.7 * np.sin(_FULL * 0.0173 * t + 3 * turn)
    swing: F64 = 0.022 * breath + 0.028 * drift
    return swing


def white(seed: int, stretch: int, kind: int, shape: tuple[int, ...]) -> F64:
    """Standard normal noise of one fixed stretch."""
    drawn: F64 = np.random.Generator(np.random.Philox(key=bits(seed, kind, stretch))).standard_normal(shape)
    return drawn


def disturbance(item: Disturbance, t: F64, at: float, seed: int, stretch: int, lead: int) -> F64:
    """What a disturbance adds to one lead, millivolts, float64[n]."""
    own = bits(seed, 60, lead, round(at * 1000))
    inside = faded(t, at, at + item.for_s)
    if item.kind == "wander":
        return item.amount_mv * inside * _smooth(t, own, 0.6) * 1.4
    if item.kind == "muscle":
        burst = 0.6 + 0.4 * np.sin(_FULL * 0.4 * t + own % 7) * np.sin(_FULL * 1.3 * t)
        rough = white(own, stretch, 61, (len(t) + 2,))
        return np.asarray(
            item.amount_mv * inside * burst * (rough[2:] + 0.3 * rough[1:-1] - 0.7 * rough[:-2])
        )
    if item.kind == "mains":
        phase = _FULL * item.mains_hz * t + uniform(seed, 62) * _FULL
        return np.asarray(item.amount_mv * inside * (np.sin(phase) + 0.15 * np.sin(3 * phase)))
    if item.kind == "motion":
        jerk = _smooth(t, own, 5.0) * (0.4 + np.abs(_smooth(t, own + 1, 0.8)))
        return np.asarray(item.amount_mv * inside * (1.2 * jerk + 1.6 * _smooth(t, own + 2, 1.1)))
    return np.zeros(len(t))


def _smooth(t: F64, seed: int, hz: float) -> F64:
    """A random curve of unit size: normal draws at ``2 × hz`` per second joined by Catmull–Rom pieces."""
    place = t * 2.0 * hz
    low = int(np.floor(place[0])) - 1
    knots = np.array([normal(seed, k) for k in range(low, int(np.floor(place[-1])) + 4)])
    whole = np.floor(place).astype(np.int64)
    u = place - whole
    before, here, after, beyond = (knots[whole - low + k] for k in (-1, 0, 1, 2))
    slope = (
        (after - before)
        + u * (2 * before - 5 * here + 4 * after - beyond)
        + u * u * (3 * (here - after) + beyond - before)
    )
    curve: F64 = here + 0.5 * u * slope
    return curve
