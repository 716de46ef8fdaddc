"""A strip as a tone: what a transmitter plays into the telephone, for the simulator and for tests (R6).

The tone is A·cos(2π∫(centre + hz_per_mv · polarity · ECG) dt), its phase continuous; the ECG is first brought
to the rate of the sound by a band-limited interpolation, since a straight line between samples would take 4 %
off at 40 Hz. Played faster, the same tone takes less time and the ECG moves faster through the same
frequencies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError
from einthoven.telephone.filters import interpolated
from einthoven.telephone.profiles import Profile

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Playing:
    """How a strip is played.

    Attributes:
        speed: times as fast as recorded.
        level: amplitude of the tone, of a full scale of 1.
        calibration: with the profile's calibration first, where it has one.
        lead_in_s: seconds of the bare tone before anything else, of the line's time.
        offset_hz: how far the transmitter's centre is off.
        upside_down: the ECG turned over, as by swapped electrodes or another transmitter.
    """

    speed: int = 1
    level: float = 0.35
    calibration: bool = True
    lead_in_s: float = 0.5
    offset_hz: float = 0.0
    upside_down: bool = False


def square(hz: float, seconds: float, rate_hz: float, mv: float, form: str) -> F64:
    """The calibration, in millivolts: whole periods, beginning at the bottom."""
    periods = max(1, round(seconds * hz))
    at = np.arange(int(periods / hz * rate_hz)) / rate_hz
    high = (at * hz) % 1.0 >= 0.5
    wave: F64 = mv * (high.astype(np.float64) - (0.5 if form == "even" else 0.0))
    return wave


def modulate(mv: F64, rate_hz: float, profile: Profile, sound_hz: int, how: Playing | None = None) -> F64:
    """The sound of a strip.

    Args:
        mv: the ECG in millivolts; its middle value is taken off, since no transmitter sends a steady voltage.
        rate_hz: of the ECG.
        profile: the transmitter.
        sound_hz: rate of the sound; 8000 for a line.
        how: speed, level, calibration.

    Returns:
        float64[n], within ±level.

    Raises:
        InputError: no samples, one that is no number, a speed the profile does not know, or a sound too slow
            for the tone.
    """
    told = Playing() if how is None else how
    if not len(mv) or not np.isfinite(mv).all():
        raise InputError("an ECG to send has samples, and each is a number")
    if told.speed not in profile.speeds:
        raise InputError(f"{profile.name} is not played {told.speed} times as fast: {profile.speeds}")
    top = profile.centre_hz + profile.hz_per_mv * profile.range_mv
    if sound_hz < 8000 or sound_hz < 2 * top:
        raise InputError(f"sound of {sound_hz} Hz cannot carry a tone of {top:g} Hz")
    ecg = np.asarray(mv, np.float64) - float(np.median(mv))
    inner = 1000.0
    ecg = interpolated(ecg, rate_hz, inner, *_corners(profile, rate_hz))
    if told.calibration and profile.calibration is not None:
        one = profile.calibration
        first = interpolated(square(one.hz, one.seconds, inner, one.mv, one.form), inner, inner, 100, 140)
        ecg = np.concatenate([first, ecg])
    ecg = np.clip(ecg, -profile.range_mv, profile.range_mv)
    fast = interpolated(ecg, inner * told.speed, sound_hz, 300.0 * told.speed, 480.0 * told.speed)
    sign = (profile.polarity or 1) * (-1 if told.upside_down else 1)
    lead = np.zeros(round(told.lead_in_s * sound_hz))
    hz = profile.centre_hz + told.offset_hz + sign * profile.hz_per_mv * np.concatenate([lead, fast])
    return told.level * np.cos(2 * np.pi * np.cumsum(hz) / sound_hz)


def _corners(profile: Profile, rate_hz: float) -> tuple[float, float]:
    """Of the transmitter's low-pass, no higher than what its samples can hold."""
    passed = min(profile.band_hz[1], 0.4 * rate_hz)
    return passed, min(1.4 * passed, 0.5 * rate_hz)
