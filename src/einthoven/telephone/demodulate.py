"""From the complex values of a tone to its frequency, 750 times a second, and what is wrong with it (R6).

A polar discriminator: the tone is
centred, band-limited to ±650 Hz and its frequency read from the turn of
the phase between neighbours. Against a phase-locked loop it has no lock to lose and no acquisition to wait
for, its filters have linear phase (no wave is bent, the delay is known and taken off), and what it gives
depends on no
history but a few milliseconds. A loop would hold on some 3 dB deeper in noise; at 10 dB in the telephone band
the discriminator is 4 dB above its own threshold, where the noise it leaves below 40 Hz is that of any
demodulator: its density rises with the square of the frequency (Rice 1963; Carlson, *Communication Systems*,
ch. 10).

750 values a second hold an ECG of 100 Hz at threefold speed; at single speed `strip` halves it down to 250.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from einthoven.telephone.filters import low_pass, phases
from einthoven.telephone.front import Front
from einthoven.telephone.kernels import (
    C128,
    CLICK,
    DROPPED,
    F64,
    LOST,
    U8,
    discriminate,
    flag,
    mend,
    resample,
)

CHUNK: Final = 400
"""Values taken at a time: a tenth of a second."""
MID_HZ: Final = 750
PASSED_HZ, STOPPED_HZ = 650.0, 1000.0
LIMIT_HZ: Final = 800.0
"""No transmitter deviates so far: a jump of the phase."""
SMOOTH, GUARD = 11, 16
SETTLE: Final = 24
"""Values until a flag is final: half the smoothing and the guard."""
LOOK: Final = 60
"""Values looked ahead for the other side of a gap: 15 ms."""
KEEP: Final = 256
LEVELS: Final = 15
FLOOR: Final = 0.2
"""A level that fell below this share of the strip's largest is no gain that changed, but the tone away."""


@dataclass(frozen=True, slots=True)
class Measured:
    """How good a tenth of a second was, at 400 values.

    Attributes:
        good: values without a flag; total_size, total_square: sums of their amplitude and its square.
        lost, dropped, clicks: values so flagged.
        peak: largest sample of the sound.
    """

    good: int
    total_size: float
    total_square: float
    lost: int
    dropped: int
    clicks: int
    peak: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What a tenth of a second gave.

    Attributes:
        hz, flags: frequencies beside the centre, 750 a second, and their flags.
        measured: how good the time was.
        raw_hz, raw_size: frequency and amplitude before anything was mended, a value each.
    """

    hz: F64
    flags: U8
    measured: tuple[Measured, ...]
    raw_hz: F64
    raw_size: F64


class Demodulator:
    """Demodulates one tone from its first value on.

    Args:
        front: whose values come.
        centre_hz: of the tone.
        level: amplitude to begin with.
    """

    def __init__(self, front: Front, centre_hz: float, level: float) -> None:
        rate = front.value_rate
        self.centre_hz = centre_hz
        self._per_hz = float(rate) / (2 * np.pi)
        self._taps = low_pass(float(rate), PASSED_HZ, STOPPED_HZ, 45.0)
        self._turn = (centre_hz - front.middle) / self._per_hz
        self._turned = self._taps * np.exp(-1j * self._turn * np.arange(len(self._taps)))
        self._bands, self._step, self._q = phases(rate, MID_HZ, 300.0, 420.0, 50.0)
        half = self._bands.shape[1] // 2
        self._ahead = SETTLE + LOOK + half
        self._tail = np.zeros(len(self._taps) - 1, np.complex128)
        self._before = 0j
        self._f, self._size, self._peak = np.zeros(KEEP), np.zeros(KEEP), np.zeros(KEEP)
        self._gone = np.ones(KEEP, np.uint8)
        self._taken, self._given = 0, 0
        self._last = 0.0
        self._levels = [level] * LEVELS
        self._most = level
        self.noise_hz = float(rate) * float(np.sum(self._taps**2))
        """Width of the band that noise comes in by."""
        self._shift = (len(self._taps) - 1) // 2

    @property
    def delay_values(self) -> int:
        """How many values the tone comes later out of the filter than it went in."""
        return self._shift

    def take(self, values: C128, gone: U8, peak: F64) -> Heard:
        """The next 400 values; what is told lags by some 40 ms."""
        count = len(values)
        whole = np.concatenate([self._tail, values])
        f, size = np.zeros(count), np.zeros(count)
        start = self._turn * self._taken
        self._before = discriminate(whole, self._turned, self._turn, start, self._before, f, size)
        self._tail = whole[count:]
        self._f, self._size = np.concatenate([self._f, f * self._per_hz]), np.concatenate([self._size, size])
        self._gone, self._peak = np.concatenate([self._gone, gone]), np.concatenate([self._peak, peak])
        self._taken += count
        level = self._level(size, gone)
        flags = np.zeros(len(self._f), np.uint8)
        flag(self._size, self._f, self._gone, level, LIMIT_HZ, SMOOTH, GUARD, flags)
        heard = self._told(flags, count, f * self._per_hz, size)
        self._last = self._edge(flags, count)
        for name in ("_f", "_size", "_gone", "_peak"):
            setattr(self, name, getattr(self, name)[count:])
        return heard

    def flush(self) -> Heard:
        """What is still inside, as if nothing came any more."""
        return self.take(np.zeros(CHUNK, np.complex128), np.ones(CHUNK, np.uint8), np.zeros(CHUNK))

    def _level(self, size: F64, gone: U8) -> float:
        there = size[gone == 0]
        if len(there) > len(size) // 2:
            self._levels = [*self._levels[1:], float(np.median(there))]
        middle = sorted(self._levels)[LEVELS // 2]
        self._most = max(self._most, middle)
        return max(middle, FLOOR * self._most)

    def _edge(self, flags: U8, count: int) -> float:
        """The last good value of what leaves the buffer."""
        good = np.flatnonzero(flags[SETTLE:count] == 0)
        return float(self._f[SETTLE + good[-1]]) if len(good) else self._last

    def _told(self, flags: U8, count: int, raw_hz: F64, raw_size: F64) -> Heard:
        origin = self._taken - len(self._f)
        stop = len(self._f) - SETTLE
        mended = np.zeros(len(self._f))
        mend(self._f, flags, self._last, stop, mended)
        last = (self._taken - self._ahead) * self._q // self._step
        many = max(0, last - self._given)
        hz, marks = np.zeros(many), np.zeros(many, np.uint8)
        resample(mended, flags, origin, self._bands, self._step, self._given, 3, hz, marks)
        self._given += many
        stop = len(self._f) - self._ahead
        region = slice(max(stop - count, len(self._f) - self._taken), stop)
        return Heard(hz, marks, (self._measure(flags[region], region),), raw_hz, raw_size)

    def _measure(self, flags: U8, region: slice) -> Measured:
        good = flags == 0
        size = self._size[region][good]
        return Measured(
            int(good.sum()),
            float(size.sum()),
            float((size**2).sum()),
            int(((flags & LOST) != 0).sum()),
            int((((flags & DROPPED) != 0) & ((flags & LOST) == 0)).sum()),
            int((flags == CLICK).sum()),
            float(self._peak[region].max(initial=0.0)),
        )
