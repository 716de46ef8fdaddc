"""The calibration square wave: what is one, what only looks so, and how many millivolts it means."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.telephone.calls import alike, call, heart, line, strips

from einthoven.telephone.calibration import find_square
from einthoven.telephone.demodulate import MID_HZ
from einthoven.telephone.profiles import profile
from einthoven.telephone.receiver import Receiver


def levels(*held_s: float) -> np.ndarray:
    """Two levels, 100 Hz apart, held so long by turns, 750 values a second."""
    parts = [np.full(round(one * MID_HZ), 100.0 * (at % 2)) for at, one in enumerate(held_s)]
    return np.concatenate(parts)


def test_a_square_wave_of_even_pace_is_a_calibration() -> None:
    found = find_square(levels(*[0.1] * 20), (5.0, 15.0))
    assert found is not None
    assert abs(found.hz - 5.0) < 0.1
    assert abs(found.span_hz - 100.0) < 1.0


def test_two_levels_of_uneven_pace_are_none() -> None:
    assert find_square(levels(*[0.06, 0.14] * 10), (5.0, 15.0)) is None


def test_a_sine_is_none() -> None:
    at = np.arange(3 * MID_HZ) / MID_HZ
    assert find_square(50.0 * np.sin(2 * np.pi * 5 * at), (5.0, 15.0)) is None


def test_too_small_a_step_is_none() -> None:
    assert find_square(levels(*[0.1] * 20) / 10, (5.0, 15.0)) is None


def test_a_calibration_of_half_a_millivolt_is_taken_as_its_profile_says() -> None:
    simulated, ecg = profile("simulated"), heart(20)
    assert simulated.calibration is not None
    half = replace(simulated, calibration=replace(simulated.calibration, mv=0.5))
    receiver = Receiver(8000, half)
    sound = line(call(ecg, of=half), "mu")
    (one,) = strips([*receiver.feed(sound), *receiver.end()])
    assert one.summary.scale.source == "calibration"
    assert abs(one.summary.scale.hz_per_mv - 100.0) < 2.0
    assert 0.97 < alike(ecg, one)[1] < 1.03
