"""What each contraction looks like: a heart vector that turns in space, seen from the leads.

Every wave is a bell in time with a fixed direction in the Frank axes (x left, y down, z back), in millivolts.
The leads see it through the transform of Dower (1980), so V1 shows rS where V5 shows qR from one and the same
vector.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError
from einthoven.sim.hearts.chance import normal, uniform
from einthoven.sim.hearts.rhythm import TWISTS, Event

F64 = NDArray[np.float64]
WAVE_S = 1.0
"""No wave reaches further than this from its event."""

_I = (0.632, -0.235, 0.059)
_II = (0.235, 1.066, -0.132)
_DOWER: dict[str, tuple[float, float, float]] = {
    "I": _I,
    "II": _II,
    "V1": (-0.515, 0.157, -0.917),
    "V2": (0.044, 0.164, -1.387),
    "V3": (0.882, 0.098, -1.277),
    "V4": (1.213, 0.127, -0.601),
    "V5": (1.125, 0.127, -0.086),
    "V6": (0.831, 0.076, 0.230),
}


def _derived() -> dict[str, tuple[float, float, float]]:
    one, two = np.array(_I), np.array(_II)
    rows = {
        "III": two - one,
        "aVR": -(one + two) / 2,
        "aVL": one - two / 2,
        "aVF": two - one / 2,
        "MLI": 0.95 * one + 0.03,
        "MLII": 1.05 * two + (0.12, 0.0, 0.0),
        "MLIII": two - 0.9 * one,
        "MCL1": np.array(_DOWER["V1"]) * 0.9,
        "ECG": two,
    }
    return {name: (float(row[0]), float(row[1]), float(row[2])) for name, row in rows.items()}


LEADS: dict[str, tuple[float, float, float]] = {**_DOWER, **_derived()}
"""Every lead name that a heart knows, and how it sees the Frank axes."""


@dataclass(frozen=True, slots=True)
class Wave:
    """A bell: ``exp(-½((t − at)/width)²)`` times a vector; ``rise`` and ``fall`` are its widths, seconds."""

    at: float
    rise: float
    fall: float
    vector: tuple[float, float, float] | F64


def lead_matrix(names: Sequence[str]) -> F64:
    """Rows of ``LEADS`` for these names, float64[leads, 3]; raises ``InputError`` for an unknown lead."""
    unknown = [name for name in names if name not in LEADS]
    if unknown:
        raise InputError(f"a simulated heart has no lead {unknown[0]!r} (want one of {', '.join(LEADS)})")
    return np.array([LEADS[name] for name in names], dtype=np.float64)


def _twisted(k: int) -> tuple[Wave, ...]:
    """A beat of a torsade: broad up and broad down, its axis turned by a share of the circle."""
    turn = 2 * math.pi * k / TWISTS
    up, across = math.cos(turn), 0.35 * math.sin(turn)
    x, y, z = 0.8 * up - 0.9 * across, 1.2 * up + 0.5 * across, 0.9 * up + 1.0 * across
    return (
        Wave(0.0, 0.034, 0.036, (x, y, z)),
        Wave(0.105, 0.038, 0.042, (-0.55 * x, -0.55 * y, -0.55 * z)),
    )


_QRS = (
    Wave(-0.024, 0.008, 0.007, (-0.14, -0.04, -0.26)),
    Wave(0.000, 0.011, 0.010, (0.86, 0.80, 0.40)),
    Wave(0.026, 0.008, 0.011, (-0.20, -0.17, 0.40)),
)
_T = (0.34, 0.25, -0.20)
_SHAPES: dict[str, tuple[Wave, ...]] = {
    "qrs": _QRS,
    "p": (
        Wave(-0.012, 0.019, 0.017, (0.03, 0.09, -0.055)),
        Wave(0.020, 0.017, 0.019, (0.085, 0.055, 0.045)),
    ),
    "p_ectopic": (Wave(0.0, 0.016, 0.018, (0.05, -0.07, -0.05)),),
    "p_retro": (Wave(0.0, 0.018, 0.018, (-0.02, -0.11, -0.03)),),
    "pvc_a": (
        Wave(-0.045, 0.020, 0.020, (-0.25, 0.30, 0.30)),
        Wave(0.000, 0.030, 0.033, (0.75, 1.15, 0.95)),
        Wave(0.062, 0.022, 0.030, (0.15, -0.42, 0.50)),
    ),
    "pvc_b": (
        Wave(-0.040, 0.022, 0.020, (0.30, -0.20, -0.40)),
        Wave(0.000, 0.034, 0.036, (-0.70, -1.05, -1.05)),
        Wave(0.070, 0.024, 0.034, (-0.40, 0.35, -0.25)),
    ),
    "escape": (
        Wave(-0.030, 0.018, 0.018, (-0.20, 0.25, -0.25)),
        Wave(0.000, 0.026, 0.028, (0.35, 0.85, -0.55)),
        Wave(0.052, 0.022, 0.030, (-0.55, -0.30, 0.30)),
    ),
    "paced": (
        Wave(-0.018, 0.016, 0.022, (0.25, -0.45, 0.45)),
        Wave(0.020, 0.030, 0.034, (0.55, -1.00, 0.85)),
        Wave(0.080, 0.024, 0.032, (0.30, -0.15, 0.35)),
    ),
    "spike": (),
    **{f"twist_{k}": _twisted(k) for k in range(TWISTS)},
}
_T_OF: dict[str, tuple[float, float, float]] = {
    "qrs": _T,
    "pvc_a": (-0.30, -0.42, -0.44),
    "pvc_b": (0.28, 0.40, 0.46),
    "escape": (-0.20, -0.34, 0.22),
    "paced": (-0.22, 0.40, -0.36),
}
_ATRIAL = frozenset({"p", "p_ectopic", "p_retro"})
SPIKE_MV = (0.7, -1.6, 0.9)
"""Vector of a pacing spike as a 250 Hz converter shows it."""


class Body:
    """One person's version of the shapes: axis, size and T waves of their own, by seed."""

    def __init__(self, seed: int) -> None:
        self._turn = _rotation(*(0.16 * normal(seed, 20, k) for k in range(3)))
        self._size = 0.9 + 0.4 * uniform(seed, 21)
        self._t_size = 0.8 + 0.55 * uniform(seed, 22)
        self._p_size = 0.8 + 0.4 * uniform(seed, 23)
        self._width = 0.95 + 0.15 * uniform(seed, 24)
        self._shapes = {
            shape: [self._own(wave, self._p_size if shape in _ATRIAL else 1.0) for wave in waves]
            for shape, waves in _SHAPES.items()
        }
        self._recoveries = {shape: self._turned(vector, self._t_size) for shape, vector in _T_OF.items()}

    def waves(self, event: Event) -> list[Wave]:
        """The waves of an event, at absolute times in seconds."""
        t = event.t
        waves = [Wave(t + one.at, one.rise, one.fall, one.vector) for one in self._shapes[event.shape]]
        recovery = self._recoveries.get(event.shape)
        if recovery is not None:
            width = self._width
            delay = 0.295 * min(max(event.rr, 0.3), 1.4) ** (1 / 3)
            rise, fall = (0.050, 0.032) if event.shape == "qrs" else (0.062, 0.046)
            late = 0.0 if event.shape == "qrs" else 0.035
            waves.append(
                Wave(t + (delay + late) * width, rise * delay / 0.28 * width, fall * width, recovery)
            )
        return waves

    def _turned(self, vector: tuple[float, float, float] | F64, size: float) -> F64:
        turned: F64 = self._turn @ np.array(vector) * (size * self._size)
        return turned

    def _own(self, wave: Wave, size: float) -> Wave:
        width = self._width
        return Wave(wave.at * width, wave.rise * width, wave.fall * width, self._turned(wave.vector, size))


def add_wave(out: F64, wave: Wave, first: int, rate: float) -> None:
    """Add a wave to ``out`` (float64[n, 3], whose row 0 is sample ``first``)."""
    low = max(0, math.floor((wave.at - 4.5 * wave.rise) * rate) - first)
    high = min(len(out), math.ceil((wave.at + 4.5 * wave.fall) * rate) - first)
    if low >= high:
        return
    t = np.arange(first + low, first + high) / rate - wave.at
    bell = np.exp(-0.5 * (t / np.where(t < 0, wave.rise, wave.fall)) ** 2)
    out[low:high] += bell[:, None] * wave.vector


def _rotation(a: float, b: float, c: float) -> F64:
    about_x = np.array([[1, 0, 0], [0, math.cos(a), -math.sin(a)], [0, math.sin(a), math.cos(a)]])
    about_y = np.array([[math.cos(b), 0, math.sin(b)], [0, 1, 0], [-math.sin(b), 0, math.cos(b)]])
    about_z = np.array([[math.cos(c), -math.sin(c), 0], [math.sin(c), math.cos(c), 0], [0, 0, 1]])
    turned: F64 = about_x @ about_y @ about_z
    return turned
