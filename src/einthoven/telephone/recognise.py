"""Where in a call a strip is: a tone that stays, moves as an ECG moves it, and is nothing else (R6).

Told from figures of every 20 ms: how much of the band's power is one tone (coherence), its frequency and its
power. Voices, chords, two-tone signals and noise are not coherent for long; dialled digits and rings are not
where a strip's centre lies; answer tones of fax machines (2100 Hz, ITU-T T.30, V.25) end within 4 s and do
not move; a melody of single notes moves from plateau to plateau; the data of a modem (V.21: 1650 and 1850 Hz)
move faster than any ECG.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from einthoven.telephone.profiles import Band

F64 = NDArray[np.float64]
COHERENT: Final = 0.5
WINDOW: Final = 225
"""Hops looked at: 4.5 s; what is shorter is no strip."""
GOOD_SHARE: Final = 0.9
ENDED: Final = 60
"""Hops in a row with next to no tone that end a strip: 1.2 s; a drop-out of the line is shorter."""
ENDED_SHARE: Final = 0.15
CENTRES: Final[dict[Band, tuple[float, float]]] = {
    "line": (1450.0, 2450.0),
    "near": (17_900.0, 20_100.0),
}
"""Where centres lie (1500–2400 Hz, 18–20 kHz), and 50 Hz more for a transmitter that is off."""
SWING_HZ: Final = 900.0
LEVEL_RATIO: Final = 0.5
"""Power of the weak hops to that of the strong: a tone on a line is even, a note is struck and dies."""
DIP, DIPS_MOST = 0.25, 1
"""Hops of less power than this share of the middle; times in a row that this may be: notes and breaths
dip."""
WANDER_HZ: Final = 250.0
"""Range of the middle frequency of a second, 2.5 mV at 100 Hz/mV: a whistle and a melody go further."""
WARBLE_HZ, WARBLE_SHARE, WARBLE_HOPS = 50.0, 0.9, 125
"""Amplitude of a sine of 4–8 Hz, and its share of all movement in 2.5 s: a warble, no flutter."""
PLATEAU: Final = 8
"""Hops of a note, 160 ms."""
RIPPLES_HZ, RIPPLED_SHARE = (12.0, 25.0, 42.0), 0.93
"""How far notes that beat or swing go from their level; what of a melody lies so near."""
STILL_HZ, STIRRED_HZ = 6.0, 14.0
"""A tone that moves less than this, in 2.5 s and in 4.5 s, carries next to nothing: 0.06 and 0.14 mV."""
STILL_HOPS: Final = 125
"""Hops in a row within 3 Hz, 2.5 s, in which it is waited what comes: a note, a transmitter's bare tone, or a
pause of the heart. What was before them is kept."""
STEADY_HOPS: Final = 600
"""After 12 s nobody holds a note: a tone that rests or swings evenly so long is an asystole, a flutter, or a
transmitter without a patient, and is told."""
WAITED: Final = 2000
"""Hops that are kept of a tone that rests, 40 s: what was before its first beat belongs to the strip."""
CHORD_CV, CHORD_PERIODIC, CHORD_HZ, CHORD_PARTS = 0.2, 0.5, 10.0, 2
"""What tones beside a tone do: its amplitude beats so much (share) and so evenly (correlation), its frequency
with it, in so many quarters of a second. Noise of 5 dB beats as much, but never evenly; hum leaves the
frequency."""
DATA_LEAST_HZ: Final = 100.0
"""From level to level of a modem: V.21 and Bell 103 have 200 Hz; what noise makes of a rest is less."""

Verdict = Literal["other", "doubtful", "rests", "strip"]
"""Of a window: something else; a tone that moves as a melody; one that rests or swings; a strip's."""


@dataclass(frozen=True, slots=True)
class Found:
    """A strip began.

    Attributes:
        hop: its first.
        centre_hz: middle of its frequencies so far.
        level: amplitude.
    """

    hop: int
    centre_hz: float
    level: float


class Recogniser:
    """Follows the hops of one call and band."""

    def __init__(self, band: Band) -> None:
        self._low, self._high = CENTRES[band]
        self._hops: deque[tuple[float, float, float, bool]] = deque(maxlen=WINDOW)
        self._good = 0
        self._count = 0
        self._since = 0
        self._centre = 0.0
        self._pending: int | None = None
        self._rests = 0
        self.active = False
        self.last_good = 0
        """The last hop of a strip that carried its tone."""

    def take(self, power: float, coherence: float, hz: float) -> Found | bool:
        """The next hop: what began with it, or whether the strip goes on (``active``)."""
        near = abs(hz - self._centre) < SWING_HZ if self.active else self._low - 650 < hz < self._high + 650
        good = coherence >= COHERENT and near
        if len(self._hops) == WINDOW and self._hops[0][3]:
            self._good -= 1
        self._hops.append((power, coherence, hz, good))
        self._good += good
        self._count += 1
        if self.active:
            return self._goes_on(good)
        if self._good < GOOD_SHARE * WINDOW:
            self._pending, self._rests = None, self._count
            return False
        return self._begins() if self._count % 5 == 0 else False

    @property
    def asks_back_to(self) -> int:
        """The hop from which on a strip could still begin."""
        first = self._count - WINDOW - ENDED
        return first if self._pending is None else max(min(first, self._pending), self._count - WAITED)

    def skip_to(self, hop: int) -> None:
        """What began was no strip before this hop: look for one from there on."""
        late = list(self._hops)[-(self._count - hop) :] if hop < self._count else []
        self.close()
        self._hops.extend(late)
        self._good = sum(one[3] for one in late)

    def close(self) -> None:
        """The strip is over: look for the next one in what comes from now on."""
        self.active = False
        self._hops.clear()
        self._good = self._since = 0
        self._pending = None

    def _goes_on(self, good: bool) -> bool:
        if good:
            self.last_good = self._count - 1
        self._since += 1
        if self._since < ENDED:
            return True
        late = list(self._hops)[-ENDED:]
        if sum(one[3] for one in late) < ENDED_SHARE * ENDED:
            self.close()
            return False
        return True

    def _begins(self) -> Found | bool:
        rows = np.array(self._hops)
        good = rows[:, 3] > 0
        power, hz = rows[good, 0], rows[good, 2]
        centre = float(np.median(hz))
        first = self._count - WINDOW + int(np.argmax(good))
        what = self._judge(rows, good, centre)
        if what == "other":
            self._pending, self._rests = None, self._count
            return False
        self._pending = first if self._pending is None else max(self._pending, self._count - WAITED)
        if what == "doubtful":
            self._rests = self._count
        if what == "doubtful" or (what == "rests" and self._count - self._rests < STEADY_HOPS - WINDOW):
            return False
        first = self._pending
        self.active, self._since, self._centre, self._pending = True, 0, centre, None
        self.last_good = self._count - 1
        return Found(first, centre, float(np.sqrt(np.median(power))))

    def _judge(self, rows: F64, good: NDArray[np.bool_], centre: float) -> Verdict:
        """What the hops of a window are."""
        power, hz = rows[good, 0], rows[good, 2]
        low, high = np.percentile(power, (10, 90))
        if not self._low <= centre <= self._high or low < LEVEL_RATIO * high:
            return "other"
        if np.abs(hz - centre).max() > SWING_HZ or dips(rows[:, 0]) > DIPS_MOST:
            return "other"
        if wander(hz) > WANDER_HZ or is_melody(hz):
            return "doubtful"
        starts = range(0, max(1, len(hz) - WARBLE_HOPS + 1), WARBLE_HOPS // 5)
        if is_still(hz) or any(is_warble(hz[at : at + WARBLE_HOPS]) for at in starts):
            return "rests"
        return "strip"


def is_melody(hz: F64) -> bool:
    """Whether a tone goes from plateau to plateau in steps, as notes do.

    A plateau is 160 ms or more in which it moves less than 4 Hz from hop to hop. Between the plateaus of an
    ECG lies a complex, and it comes back to where it was; between notes lies a step. Notes that beat with one
    another ripple about their level: next to all of such a melody lies near one of its levels.
    """
    flat = np.concatenate([[False], np.abs(np.diff(hz)) < 4.0, [False]])
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    runs = [(int(a), int(b) + 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    levels, held = _levels(hz, runs)
    if len(levels) > 1 and held >= (0.8 if len(levels) == 2 else 0.5) and _steps(levels):
        return True
    return any(_is_rippled(hz, ripple) for ripple in RIPPLES_HZ)


def _is_rippled(hz: F64, ripple: float) -> bool:
    """The same for notes that swing or beat: each step must be sudden, as no drift of an ECG is."""
    runs = [(a, b) for a, b in _near_levels(hz, ripple) if b - a > (3 if a == 0 or b >= len(hz) else PLATEAU)]
    if len(runs) < 2 or sum(b - a for a, b in runs) < RIPPLED_SHARE * len(hz):
        return False
    steps = []
    for (begin, ended), (begins, end) in pairwise(runs):
        before, behind = slice(max(begin, ended - PLATEAU), ended), slice(begins, min(end, begins + PLATEAU))
        far = abs(float(hz[behind].mean() - hz[before].mean()))
        near = abs(float(hz[ended : ended + 2].mean() - hz[ended - 2 : ended].mean()))
        steps.append(far > 45.0 and near > 35.0)
    return float(np.mean(steps)) >= 0.5


def _levels(hz: F64, runs: list[tuple[int, int]]) -> tuple[list[float], float]:
    """Levels of the runs that are plateaus, and the share of time that these hold."""
    # At the ends of what is looked at a note may just have begun, or be about to end.
    runs = [(a, b) for a, b in runs if b - a >= (3 if a == 0 or b >= len(hz) else PLATEAU)]
    return [float(np.median(hz[a:b])) for a, b in runs], sum(b - a for a, b in runs) / len(hz)


def _steps(levels: list[float]) -> bool:
    return bool(np.mean(np.abs(np.diff(levels)) > 40.0) >= 0.5)


def _near_levels(hz: F64, ripple: float) -> list[tuple[int, int]]:
    """Runs that stay within twice ``ripple``, from first to last."""
    runs, begin = [], 0
    low = high = float(hz[0])
    for at, one in enumerate(hz.tolist()):
        low, high = min(low, one), max(high, one)
        if high - low > 2 * ripple:
            runs.append((begin, at))
            begin, low, high = at, one, one
    return [*runs, (begin, len(hz))]


def is_still(hz: F64) -> bool:
    """Whether it rests: in ``STIRRED_HZ``, or for 2.5 s in 3 Hz or, but for a few hops, in ``STILL_HZ``."""
    if np.ptp(np.percentile(hz, (1, 99))) < STIRRED_HZ:
        return True
    begin = 0
    for at in range(1, len(hz)):
        if abs(hz[at] - hz[at - 1]) > 1.5 or abs(hz[at] - hz[begin]) > 3.0:
            begin = at
        if at - begin + 1 >= STILL_HOPS:
            return True
    parts = np.lib.stride_tricks.sliding_window_view(hz, STILL_HOPS)[::5]
    return bool((np.ptp(np.percentile(parts, (2, 98), axis=1), axis=0) < STILL_HZ).any())


def dips(power: F64) -> int:
    """How often the power falls away for a while."""
    low = np.concatenate([[False], power < DIP * np.median(power)])
    return int((low[1:] & ~low[:-1]).sum())


def wander(hz: F64) -> float:
    """Range of the running middle over a second."""
    if len(hz) < 60:
        return 0.0
    middles = np.median(np.lib.stride_tricks.sliding_window_view(hz, 50), axis=1)
    return float(np.ptp(middles))


def is_warble(hz: F64) -> bool:
    """Whether a tone does nothing but swing a little as one wave of 4–8 Hz: a vibrato; of ``WARBLE_HOPS``."""
    level = hz - _TREND @ (_TREND.T @ hz)
    total = float(level @ level)
    if total == 0.0 or np.sqrt(2 * total / len(hz)) >= WARBLE_HZ:
        return False
    shares = 2 * np.abs(_WAVES @ level) ** 2 / len(hz) / total
    once, twice = shares[: len(shares) // 2], shares[len(shares) // 2 :]
    return bool(((once > 0.5) & (once + twice > WARBLE_SHARE)).any())


_AT: Final = np.arange(WARBLE_HOPS) / 50.0
_TREND: Final[F64] = np.linalg.qr(np.stack([_AT**0, _AT, _AT**2], 1))[0]
_PACES: Final = np.arange(4.0, 8.01, 0.05)
_WAVES: Final = np.exp(-2j * np.pi * np.outer(np.concatenate([_PACES, 2 * _PACES]), _AT))
"""Waves of a vibrato and its octave."""


def beaten(size: F64, hz: F64, rate_hz: float) -> int:
    """Where the last quarter of a second ends in which other tones stand beside a tone, 0 where none do.

    Args:
        size, hz: amplitude and frequency of the tone within ±650 Hz, ``rate_hz`` values a second.
    """
    part, slow = round(rate_hz / 4), round(rate_hz / 60) | 1
    ends = []
    for at in range(0, len(size) - part + 1, part):
        mean = float(size[at : at + part].mean())
        one, moved = (_quick(values[at : at + part], slow) for values in (size, hz))
        if mean <= 0.0 or one.std() < CHORD_CV * mean or moved.std() < CHORD_HZ:
            continue
        spectrum = np.fft.rfft(one, 2 * part)
        first, last = round(0.004 * rate_hz), round(0.05 * rate_hz)
        again = np.fft.irfft(spectrum.real**2 + spectrum.imag**2)[: last + 1]
        again = again / again[0] / (1 - np.arange(last + 1) / part)
        if again[first:].max() > CHORD_PERIODIC:
            ends.append(at + part)
    return ends[-1] if len(ends) >= CHORD_PARTS else 0


def _quick(values: F64, slow: int) -> F64:
    """What is faster than the ECG."""
    out: F64 = values - values.mean()
    out -= np.convolve(out, np.ones(slow) / slow, "same")
    return out


def _swings(hz: F64, low: float, high: float) -> int:
    """How often it goes from the upper quarter to the lower or back; what noise does at one level is none."""
    quarter = (high - low) / 4
    side = np.where(hz > high - quarter, 1, np.where(hz < low + quarter, -1, 0))
    side = side[side != 0]
    return int((side[1:] != side[:-1]).sum())


def is_data(hz: F64) -> bool:
    """Whether a tone jumps as a modem's does, in any second; of frequencies 750 a second.

    Of an ECG, even played three times as fast, next to nothing is above 107 Hz for most of the time; of the
    data of V.21 (300 bit/s) half is. Its idle pattern is slower, two levels with 75 edges a second; a
    calibration has 30 at the most.
    """
    quick = np.abs(hz - np.convolve(hz, np.ones(7) / 7, "same"))
    for at in range(0, len(hz) - 749, 375):
        if np.median(quick[at : at + 750]) > 25.0:
            return True
        part = hz[at : at + 750]
        low, high = np.percentile(part, (10, 90))
        up = part > (low + high) / 2
        if high - low < DATA_LEAST_HZ or _swings(part, low, high) < 45:
            continue
        left = part - np.where(up, part[up].mean(), part[~up].mean())
        if left.var() < 0.25 * part.var():
            return True
    return False
