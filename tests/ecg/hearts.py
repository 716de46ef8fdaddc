"""Made-up ECG for the tests: cheap, seeded, with beats at known samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import Layout, Lead

SHAPES = (
    (0.10, 0.025, -0.17),
    (-0.12, 0.010, -0.025),
    (1.1, 0.012, 0.0),
    (-0.2, 0.012, 0.03),
    (0.3, 0.05, 0.26),
)
"""Height in mV, width and place in seconds of P, Q, R, S and T."""


def layout(rate_hz: float, leads: int, gain: float = 200.0) -> Layout:
    return Layout(rate_hz, tuple(Lead(f"L{index}", gain) for index in range(leads)))


def beat_times(seconds: float, rate_bpm: float, seed: int) -> NDArray[np.float64]:
    """Instants of beats with a little variability, in seconds."""
    rng = np.random.default_rng(seed)
    steps = 60 / rate_bpm * (1 + 0.05 * rng.standard_normal(int(seconds * rate_bpm / 60) + 2))
    times = 0.5 + np.cumsum(steps)
    return times[times < seconds - 0.5]


def heart(
    seconds: float,
    rate_hz: float = 250.0,
    leads: int = 2,
    rate_bpm: float = 75.0,
    noise_mv: float = 0.02,
    seed: int = 1,
    gain: float = 200.0,
) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """``(samples int16[n, leads], sample index of each R peak)``."""
    rng = np.random.default_rng(seed)
    at = np.arange(int(seconds * rate_hz)) / rate_hz
    times = beat_times(seconds, rate_bpm, seed)
    wave = np.zeros(len(at))
    for time in times:
        low, high = np.searchsorted(at, [time - 0.5, time + 0.7])
        near = at[low:high] - time
        for height, width, place in SHAPES:
            wave[low:high] += height * np.exp(-0.5 * ((near - place) / width) ** 2)
    out = np.empty((len(at), leads))
    for lead in range(leads):
        drift = 0.2 * np.sin(2 * np.pi * (0.2 + 0.03 * lead) * at + lead)
        out[:, lead] = wave * (1 - 0.12 * lead) + drift + noise_mv * rng.standard_normal(len(at))
    return np.round(out * gain).astype(np.int16), np.round(times * rate_hz).astype(np.int64)
