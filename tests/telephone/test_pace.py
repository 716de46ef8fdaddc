"""The speed at which a strip was played, told from its waves or not told."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.telephone.demodulate import MID_HZ
from einthoven.telephone.pace import speed_of


def waves(width_ms: float, apart_s: float, seconds: float = 7.0) -> np.ndarray:
    """Triangles of so many ms at half their height, so far apart, 750 values a second."""
    at = np.arange(round(seconds * MID_HZ)) / MID_HZ
    near = np.abs((at + apart_s / 2) % apart_s - apart_s / 2)
    return 100.0 * np.clip(1 - near / (width_ms / 1000), 0.0, None)


@pytest.mark.parametrize(
    ("width_ms", "apart_s", "speed"),
    [
        (40, 0.8, 1),
        (40, 0.4, 1),
        (40, 0.2, 0),  # a ventricular rhythm at threefold speed is as wide
        (8, 0.3, 3),
        (8, 1.0, 0),  # at threefold speed the heart's own beats would be 3 s apart
        (20, 0.8, 1),
        (20, 0.4, 0),
    ],
)
def test_width_and_distance_of_waves_tell_the_speed_or_nothing_does(
    width_ms: float, apart_s: float, speed: int
) -> None:
    hz = waves(width_ms, apart_s)
    assert speed_of(hz, np.zeros(len(hz), np.uint8)) == speed
    assert speed_of(-hz, np.zeros(len(hz), np.uint8)) == speed


def test_of_too_few_waves_and_of_noise_nothing_is_told() -> None:
    few = waves(40, 2.5)
    assert speed_of(few, np.zeros(len(few), np.uint8)) == 0
    noise = np.random.default_rng(1).normal(0, 1, 7 * MID_HZ)
    assert speed_of(noise, np.zeros(len(noise), np.uint8)) == 0
    lost = waves(40, 0.8)
    assert speed_of(lost, np.ones(len(lost), np.uint8)) == 0
