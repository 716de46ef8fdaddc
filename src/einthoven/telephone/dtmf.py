"""Dialled digits in a call's sound: the code by which a patient is known (ITU-T Q.23, Q.24).

Eight Goertzel filters over 26 ms, every 13 ms. A digit is one low and one high tone that together hold most
of the power, neither more than 8 dB above the other, for 40 ms or more (Q.24 lets none under 23 ms pass); a
pause of 30 ms or another digit ends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
LOW: Final = (697.0, 770.0, 852.0, 941.0)
HIGH: Final = (1209.0, 1336.0, 1477.0, 1633.0)
KEYS: Final = ("123A", "456B", "789C", "*0#D")
SHARE_LEAST: Final = 0.75
TWIST_MOST: Final = 6.3
"""Ratio of the powers: 8 dB."""
LEVEL_LEAST: Final = 1e-5
"""Power: −47 dB of a full-scale sine."""
FRAMES_LEAST: Final = 2
FRAMES_PAUSE: Final = 2


@dataclass(frozen=True, slots=True)
class Key:
    """A digit that was pressed, and where in the call it began."""

    digit: str
    at_s: float


class Dialled:
    """Hears the digits of one call; what it tells does not depend on how the sound was cut."""

    def __init__(self, rate: int) -> None:
        self._step = round(rate * 0.0128)
        self._size, self._rate = 2 * self._step, rate
        at = np.arange(self._size)
        window = np.hanning(self._size)
        self._waves = np.exp(-2j * np.pi * np.outer(at, LOW + HIGH) / rate) * window[:, None]
        self._norm, self._window = float(window.sum()), window
        self._power = float((window**2).sum())
        self._rest = np.zeros(0)
        self._frame = 0
        self._now, self._since, self._away, self._told = "", 0, 0, False
        self._keys: list[Key] = []

    def feed(self, sound: F64) -> list[Key]:
        """The next samples, within ±1: the digits that became certain."""
        whole = np.concatenate([self._rest, sound])
        known = len(self._keys)
        frames = max(0, (len(whole) - self._size) // self._step + 1)
        for number in range(frames):
            self._take(self._digit(whole[number * self._step : number * self._step + self._size]))
        self._rest = whole[frames * self._step :]
        return self._keys[known:]

    def end(self) -> list[Key]:
        """All digits of the call."""
        return list(self._keys)

    def _digit(self, frame: F64) -> str:
        mean = float(frame @ frame) / len(frame)
        if mean < LEVEL_LEAST:
            return ""
        # A sine of amplitude a gives a² / 4 of the norm's square, and a² / 2 of the power.
        found = 2 * np.abs(frame @ self._waves) ** 2 / self._norm**2
        total = float(((frame * self._window) ** 2).sum()) / self._power
        low, high = int(np.argmax(found[:4])), int(np.argmax(found[4:]))
        one, two = float(found[low]), float(found[4 + high])
        if one + two < SHARE_LEAST * total or max(one, two) > TWIST_MOST * min(one, two):
            return ""
        return KEYS[low][high]

    def _take(self, digit: str) -> None:
        self._frame += 1
        if digit and digit == self._now:
            self._since += 1
            self._away = 0
            if self._since == FRAMES_LEAST and not self._told:
                began = (self._frame - FRAMES_LEAST) * self._step / self._rate
                self._keys.append(Key(digit, began))
                self._told = True
        elif digit:
            self._now, self._since, self._away, self._told = digit, 1, 0, False
        else:
            self._away += 1
            if self._away >= FRAMES_PAUSE:
                self._now, self._since, self._told = "", 0, False
