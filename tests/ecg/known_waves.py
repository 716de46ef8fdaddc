"""Made-up beats whose borders are known: waves that begin and end where they say."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import Layout, Lead
from einthoven.ecg.beats import BEAT

P, QRS, T = (-0.16, -0.06, 120.0), (-0.045, 0.045, 1200.0), (0.18, 0.36, 300.0)
"""Onset and end in seconds from the R peak, and height in µV."""
LEADS = ((1.0, 1.0, 1.0), (0.6, -0.8, 0.7), (-0.8, 0.5, -0.6))
"""How each lead sees P, QRS and T."""


def arch(at: NDArray[np.float64], on: float, off: float) -> NDArray[np.float64]:
    """A half sine from ``on`` to ``off``."""
    inside = (at >= on) & (at <= off)
    return np.where(inside, np.sin(np.pi * (at - on) / (off - on)), 0.0)


def spike(at: NDArray[np.float64], on: float, off: float) -> NDArray[np.float64]:
    """Q, R and S of straight lines from ``on`` to ``off``."""
    knots = on + (off - on) * np.array([0.0, 0.2, 0.5, 0.8, 1.0])
    return np.interp(at, knots, [0.0, -0.15, 1.0, -0.3, 0.0], left=0.0, right=0.0)


def beats(
    times: NDArray[np.float64],
    seconds: float,
    rate_hz: float,
    leads: int = 2,
    p: NDArray[np.bool_] | None = None,
    t_sign: float = 1.0,
    noise_uv: float = 3.0,
    st_uv: float = 0.0,
    p_sign: float = 1.0,
    t: tuple[float, float] = T[:2],
    seed: int = 1,
) -> NDArray[np.float64]:
    """float64[leads, n] in µV; ``p`` tells which beats have a P wave."""
    rng = np.random.default_rng(seed)
    at = np.arange(int(seconds * rate_hz)) / rate_hz
    out = np.zeros((leads, len(at)))
    for index, time in enumerate(times):
        near = at - time
        for lead in range(leads):
            shares = LEADS[lead]
            if p is None or p[index]:
                out[lead] += p_sign * shares[0] * P[2] * arch(near, *P[:2])
            out[lead] += shares[1] * QRS[2] * spike(near, *QRS[:2])
            out[lead] += t_sign * shares[2] * T[2] * arch(near, *t)
            out[lead] += st_uv * ((near > QRS[1]) & (near < t[0]))
    return out + noise_uv * rng.standard_normal(out.shape)


def record(
    signal: NDArray[np.float64], times: NDArray[np.float64], rate_hz: float
) -> tuple[NDArray[np.int16], Layout, NDArray[np.void]]:
    """Samples, layout and beats of a signal in µV."""
    layout = Layout(rate_hz, tuple(Lead(f"L{k}", 1000.0) for k in range(len(signal))))
    rows = np.zeros(len(times), BEAT)
    rows["sample"], rows["code"] = np.round(times * rate_hz), 1
    return np.ascontiguousarray(np.round(signal).astype(np.int16).T), layout, rows
