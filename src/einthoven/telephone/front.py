"""From sound to complex values around 0 Hz, about 4000 a second, whatever the sound's rate (R6).

A band of a telephone line is 300–3400 Hz; what a telephone's own microphone records of an ultrasonic
transmitter lies at 18–20 kHz. Both are 3.1 kHz wide: 4000 complex values a second hold them, and all that
follows is the same for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError
from einthoven.telephone.filters import low_pass
from einthoven.telephone.kernels import C128, F64, U8, hop_figures, tune
from einthoven.telephone.profiles import Band

MIDDLES: Final[dict[Band, int]] = {"line": 1850, "near": 19_000}
HALF_HZ: Final = 1550.0
LINE_HZ: Final = 2 * HALF_HZ
RATE_LEAST, RATE_MOST = 8000, 192_000
NEAR_RATE_LEAST: Final = 44_100
"""A sound of fewer samples a second does not hold 20.5 kHz."""
HOP: Final = 80
"""Values a hop: 20 ms."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """What a block gave.

    Attributes:
        values: complex amplitude: of a tone as large as full scale, 1.
        gone: 1 where sound was missing within the filter.
        peak: the largest sample of the sound between values.
    """

    values: C128
    gone: U8
    peak: F64


class Front:
    """The band-pass of one call and band.

    Args:
        rate: of the sound.
        band: which.

    Raises:
        InputError: the rate cannot hold the band.
    """

    def __init__(self, rate: int, band: Band) -> None:
        least = RATE_LEAST if band == "line" else NEAR_RATE_LEAST
        if not least <= rate <= RATE_MOST:
            raise InputError(f"sound of {rate} Hz: {least} to {RATE_MOST} hold the band {band!r}")
        self.rate, self.middle = rate, MIDDLES[band]
        self.every = max(1, round(rate / 4000))
        self.value_rate = Fraction(rate, self.every)
        taps = 2 * low_pass(rate, HALF_HZ, min(float(self.value_rate) - HALF_HZ, 2050.0), 50.0)
        angle = 2 * np.pi * self.middle / rate * np.arange(len(taps))
        self._re, self._im = taps * np.cos(angle), taps * np.sin(angle)
        self._tail = np.zeros(len(taps) - 1)
        self._lost = np.zeros(len(taps) - 1, np.uint8)
        self._at = 0
        self.delay_s = (len(taps) - 1) / 2 / rate
        """A value tells of the sound so many seconds before it."""

    def take(self, sound: F64, lost: U8) -> Tuned:
        """Values of the next block."""
        whole, missing = np.concatenate([self._tail, sound]), np.concatenate([self._lost, lost])
        most = len(sound) // self.every + 1
        values, gone, peak = np.zeros(most, np.complex128), np.zeros(most, np.uint8), np.zeros(most)
        count = tune(
            whole,
            missing,
            self._re,
            self._im,
            self.every,
            self._at,
            self.rate,
            self.middle,
            values,
            gone,
            peak,
        )
        self._at += len(sound)
        self._tail, self._lost = whole[len(sound) :], missing[len(sound) :]
        return Tuned(values[:count], gone[:count], peak[:count])


def figures_of(values: C128, front: Front) -> NDArray[np.float64]:
    """Of every whole hop: power, coherence 0–1, frequency in Hz."""
    out = np.zeros((len(values) // HOP, 3))
    hop_figures(values, HOP, out)
    out[:, 2] = out[:, 2] * float(front.value_rate) / (2 * np.pi) + front.middle
    return out
