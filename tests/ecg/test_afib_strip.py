"""Short strips: a made heart in sinus rhythm, one that fibrillates, noise."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from einthoven.base.errors import InputError
from einthoven.base.layout import Layout, Lead
from einthoven.ecg.afib_strip import CLASSES, classify_short_strip
from einthoven.ecg.afib_strip_values import FEW, NAMES, PACE, pace

F64 = NDArray[np.float64]
RATE_HZ = 300.0
LAYOUT = Layout(RATE_HZ, (Lead("ECG", 1000.0, 0, 16, 0),))


def wave(n: int, at_s: float, width_s: float, height: float) -> F64:
    time = np.arange(n) / RATE_HZ
    return np.asarray(height * np.exp(-0.5 * ((time - at_s) / width_s) ** 2))


def strip(rr_s: F64, p_uv: float, f_uv: float, seed: int) -> NDArray[np.int16]:
    """A heart beating at these intervals, with P waves or fibrillatory waves, and a little noise."""
    draw = np.random.default_rng(seed)
    n = int((rr_s.sum() + 1.0) * RATE_HZ)
    signal = draw.normal(0, 12, n)
    for at in 0.6 + np.concatenate([[0.0], np.cumsum(rr_s)[:-1]]):
        signal += wave(n, at - 0.16, 0.025, p_uv)
        signal += (
            wave(n, at - 0.025, 0.009, -120) + wave(n, at, 0.011, 1100) + wave(n, at + 0.028, 0.01, -200)
        )
        signal += wave(n, at + 0.27, 0.045, 260)
    phase = 2 * np.pi * np.cumsum(6.0 + draw.normal(0, 6, n)) / RATE_HZ
    return np.rint(signal + f_uv * np.sin(phase)).astype(np.int16)[:, None]


@pytest.mark.parametrize("seed", range(3))
def test_sinus_rhythm_is_normal(seed: int) -> None:
    rr = 0.85 + 0.02 * np.sin(np.arange(36)) + np.random.default_rng(seed).normal(0, 0.005, 36)
    verdict = classify_short_strip(strip(rr, 140, 0, seed), LAYOUT)
    assert verdict.label == "normal"
    assert verdict.values["rr_median"] == pytest.approx(850, abs=15)
    assert len(verdict.beats) == pytest.approx(36, abs=1)


@pytest.mark.parametrize("seed", range(3))
def test_an_irregular_heart_without_p_waves_fibrillates(seed: int) -> None:
    rr = 0.68 * np.clip(np.random.default_rng(seed).normal(1, 0.22, 44), 0.55, 1.7)
    assert classify_short_strip(strip(rr, 0, 45, seed), LAYOUT).label == "atrial-fibrillation"


def test_chances_add_up() -> None:
    verdict = classify_short_strip(strip(np.full(30, 0.8), 140, 0, 1), LAYOUT)
    assert tuple(verdict.chances) == CLASSES
    assert sum(verdict.chances.values()) == pytest.approx(1.0)


def test_too_few_beats_are_noise() -> None:
    verdict = classify_short_strip(np.zeros((3000, 1), np.int16), LAYOUT)
    assert (verdict.label, verdict.values) == ("noisy", {})


def test_one_lead_only() -> None:
    layout = Layout(RATE_HZ, (Lead("a", 1000.0, 0, 16, 0), Lead("b", 1000.0, 0, 16, 0)))
    with pytest.raises(InputError, match="2 leads"):
        classify_short_strip(np.zeros((3000, 2), np.int16), layout)


def test_values_have_names_once() -> None:
    assert len(set(NAMES)) == len(NAMES)


def test_pace_of_trigeminy() -> None:
    named = dict(zip(PACE, pace(np.tile([800.0, 560.0, 1040.0], 10), 24.0).tolist(), strict=True))
    assert named["early"] == pytest.approx(1 / 3, abs=0.05)
    assert named["lag3"] == 0.0
    assert named["rr_least"] == 560
    assert np.isnan(pace(np.full(FEW - 1, 800.0), 4.0)).all()
