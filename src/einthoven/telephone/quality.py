"""How good a strip is, second by second, and what its millivolts rest on: told, never guessed (R6, R26)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from einthoven.telephone.demodulate import Measured
from einthoven.telephone.front import LINE_HZ

RATE_HZ: Final = 250
CLIPPED_RATIO: Final = 1.05
"""Amplitude of the tone to the largest sample: a whole sine has 1, one cut at 0.9 of its height 1.07."""
SNR_MOST_DB: Final = 50.0
SNR_LEAST_DB: Final = 8.0
"""In the telephone band; below, the discriminator nears its threshold and spikes begin: of minutes of mitdb
and cudb at 6.6 dB one in twenty comes out with a correlation under 0.97."""
NOISE_MOST_MV: Final = 0.025
NOISE_UPPER_HZ: Final = 40.0
Source = Literal["calibration", "profile", "tone", "unknown"]


@dataclass(frozen=True, slots=True)
class Scale:
    """What the frequency means.

    Attributes:
        hz_per_mv: None where neither a calibration nor a profile tells it.
        source: who told it.
        zero_hz: what was taken as 0 mV, beside the centre; a telephone carries no steady voltage, so the
            middle of an ECG means nothing.
        polarity: 1: a higher tone is a positive ECG; −1: a lower one; 0: not known, shown as if 1.
        polarity_source: who told it.
    """

    hz_per_mv: float | None = None
    source: Source = "unknown"
    zero_hz: float = 0.0
    polarity: int = 0
    polarity_source: Source = "unknown"


@dataclass(frozen=True, slots=True)
class Second:
    """A second of a strip.

    Attributes:
        at: which, from 0.
        snr_db: power of the tone to that of the noise in 300–3400 Hz, taken as even; None without a tone.
        noise_hz: root mean square of what that noise leaves in the ECG below 40 Hz.
        gap: share not received, 0–1; lost: the part of it that the line says it lost.
        clicks: places where the phase jumped.
        clipped: the sound was cut at its top.
    """

    at: int
    snr_db: float | None
    noise_hz: float | None
    gap: float
    lost: float
    clicks: int
    clipped: bool


@dataclass(slots=True)
class Gathered:
    """Sums over a second."""

    good: int = 0
    total: float = 0.0
    spread: float = 0.0
    clicks: int = 0
    cut: int = 0
    parts: int = 0
    values: int = 0
    gap: int = 0
    lost: int = 0

    def add(self, one: Measured) -> None:
        """A tenth of a second more."""
        self.clicks += one.clicks > 0
        self.parts += 1
        if one.good < 40:
            return
        mean = one.total_size / one.good
        self.good += one.good
        self.total += one.total_size
        self.spread += max(0.0, one.total_square - one.good * mean * mean)
        self.cut += mean > CLIPPED_RATIO * one.peak

    def second(self, at: int, noise_width_hz: float, speed: int) -> Second:
        """What it comes to."""
        snr = noise = None
        if self.good:
            mean, var = self.total / self.good, max(self.spread / self.good, 1e-12)
            ratio = mean * mean * noise_width_hz / (2 * var * LINE_HZ)
            snr = round(min(SNR_MOST_DB, 10 * math.log10(max(ratio, 1e-3))), 1)
            density = 2 * var / noise_width_hz / (mean * mean)
            noise = round(math.sqrt(density * (NOISE_UPPER_HZ * speed) ** 3 / 3), 3)
        every = max(1, self.values)
        cut = self.cut > self.parts // 2
        return Second(
            at, snr, noise, round(self.gap / every, 3), round(self.lost / every, 3), self.clicks, cut
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """A strip that ended.

    Attributes:
        number: which of the call, from 1.
        start_s, stop_s: where in the call it was, its calibration included.
        samples: 250 a second, of the recorder's time.
        centre_hz, level: of the tone; level 1 is full scale.
        band: ``line`` or ``near``.
        speed: times as fast as recorded; 0 where that is not known (given as if 1).
        speed_source: who told it.
        scale: what the frequency means.
        calibration_hz: pace of the calibration, at single speed; None without one.
        profile: name of the transmitter's profile, None where none was named.
        band_hz: lower and upper corner of what the strip can show; a lower corner of None is not known.
        seconds: second by second.
        complete: the tone ended by itself; not with the call.
        flat: it carries no movement: no ECG, or none that can be seen.
        notes: what a reader must know, in words.
    """

    number: int
    start_s: float
    stop_s: float
    samples: int
    centre_hz: float
    level: float
    band: str
    speed: int
    speed_source: Source
    scale: Scale
    calibration_hz: float | None
    profile: str | None
    band_hz: tuple[float | None, float]
    seconds: tuple[Second, ...]
    complete: bool
    flat: bool
    notes: tuple[str, ...] = field(default=())

    @property
    def gap(self) -> float:
        """Share not received."""
        return sum(one.gap for one in self.seconds) / max(1, len(self.seconds))

    @property
    def snr_db(self) -> float | None:
        """The middle of its seconds'."""
        known = sorted(one.snr_db for one in self.seconds if one.snr_db is not None)
        return known[len(known) // 2] if known else None

    @property
    def noise_mv(self) -> float | None:
        """What noise leaves in the ECG below 40 Hz in the middle one of its seconds, root mean square."""
        known = sorted(one.noise_hz for one in self.seconds if one.noise_hz is not None)
        return known[len(known) // 2] / self.scale.hz_per_mv if known and self.scale.hz_per_mv else None


def as_json(one: Summary) -> dict[str, Any]:
    """A summary as ``einthoven telephone decode --json`` tells it."""
    scale = one.scale
    return {
        "strip": one.number,
        "start_s": round(one.start_s, 3),
        "stop_s": round(one.stop_s, 3),
        "rate_hz": RATE_HZ,
        "samples": one.samples,
        "centre_hz": round(one.centre_hz, 1),
        "band": one.band,
        "level_dbfs": round(20 * math.log10(max(one.level, 1e-6)), 1),
        "profile": one.profile,
        "millivolts": scale.hz_per_mv is not None,
        "hz_per_mv": None if scale.hz_per_mv is None else round(scale.hz_per_mv, 2),
        "hz_per_mv_from": scale.source,
        "polarity": {1: "higher is positive", -1: "lower is positive", 0: None}[scale.polarity],
        "polarity_from": scale.polarity_source,
        "speed": one.speed or None,
        "speed_from": one.speed_source,
        "calibration_hz": None if one.calibration_hz is None else round(one.calibration_hz, 2),
        "band_hz": list(one.band_hz),
        "complete": one.complete,
        "flat": one.flat,
        "gap": round(one.gap, 4),
        "snr_db": one.snr_db,
        "notes": list(one.notes),
        "seconds": [
            {
                "at": each.at,
                "snr_db": each.snr_db,
                "noise_hz": each.noise_hz,
                "gap": each.gap,
                "lost": each.lost,
                "clicks": each.clicks,
                "clipped": each.clipped,
            }
            for each in one.seconds
        ],
    }
