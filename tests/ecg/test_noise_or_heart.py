"""Noise on every lead is loss of analysis, not fibrillation; what does fibrillate is told through noise."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt
from tests.ecg.fibrillation_cases import RATE, Streamer, beating, fibrillating
from tests.ecg.hearts import heart, layout
from tests.ecg.test_bad_signal import kinds, seconds_of, spans

from einthoven.ecg.analyze import Analysis, analyze
from einthoven.ecg.fibrillation import CROSSED, FINE
from einthoven.ecg.fibrillation_features import COUNT, NAMES, features
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Rhythm, Script

GAIN = 200.0
WAVES = {"ventricular-fibrillation", "ventricular-flutter"}
FROM_S, NOISE_S = 40, 80
F64 = NDArray[np.float64]


def noise(seconds: float, leads: int, rate_hz: float, low_pass_hz: float | None, seed: int) -> F64:
    """float64[n, leads] of unit spread: white, or without what lies above a frequency."""
    white = np.random.default_rng(seed).normal(0, 1, (int(seconds * rate_hz), leads))
    if low_pass_hz is None:
        return white
    made = sosfilt(butter(4, low_pass_hz, fs=rate_hz, output="sos"), white, axis=0)
    return np.asarray(made / made.std())


def heart_then_noise(
    rate_hz: float, leads: int, mv: float, low_pass_hz: float | None = None, seed: int = 1
) -> Analysis:
    samples, _ = heart(FROM_S + NOISE_S, rate_hz, leads)
    extra = noise(NOISE_S, leads, rate_hz, low_pass_hz, seed) * mv * GAIN
    samples[-len(extra) :] = np.clip(np.round(extra), -32000, 32000)
    return analyze(samples, layout(rate_hz, leads))


def lost(found: Analysis) -> None:
    assert not kinds(found) & (WAVES | {"asystole", "ventricular-tachycardia", "atrial-fibrillation"})
    assert seconds_of(found, "analysis-lost") >= NOISE_S - 25
    assert all(stop <= FROM_S + 15 for _, stop in spans(found, "sinus-rhythm"))


@pytest.mark.parametrize("mv", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("leads", [1, 2])
def test_white_noise_behind_a_heart_is_loss_of_analysis(leads: int, mv: float) -> None:
    lost(heart_then_noise(250.0, leads, mv))


@pytest.mark.parametrize("rate_hz", [125.0, 360.0, 500.0, 1000.0])
@pytest.mark.parametrize("low_pass_hz", [None, 40.0])
def test_at_every_sampling_rate(rate_hz: float, low_pass_hz: float | None) -> None:
    lost(heart_then_noise(rate_hz, 1, 1.0, low_pass_hz))


@pytest.mark.parametrize("low_pass_hz", [25.0, 40.0, 60.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_so_is_noise_of_any_broad_band(seed: int, low_pass_hz: float) -> None:
    lost(heart_then_noise(250.0, 2, 1.0, low_pass_hz, seed))


def in_ventricular_fibrillation(seed: int, leads: tuple[str, ...] = ("II", "V1")) -> tuple[F64, Heart]:
    """100 s, from 40 to 80 of them in fibrillation; millivolts."""
    script = Script(
        (Rhythm(0, "sinus", 70), Rhythm(FROM_S, "vf"), Rhythm(FROM_S + 40, "sinus", 70)),
    )
    played = Heart(script, layout_of(leads, 250.0), seed)
    return played.samples(0, 100 * 250) / played.layout.leads[0].gain, played


def told(millivolts: F64, played: Heart) -> list[tuple[float, float, float]]:
    samples = np.clip(np.round(millivolts * played.layout.leads[0].gain), -32000, 32000).astype(np.int16)
    found = analyze(samples, played.layout).findings
    return [(f["opened"], f["closed"], f["evidence"]["told"]) for f in found if f["kind"] in WAVES]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("kind", "mv"), [("mains", 0.3), ("white", 0.1), ("white", 0.2)])
def test_fibrillation_is_told_in_time_through_mains_and_noise(kind: str, mv: float, seed: int) -> None:
    signal, played = in_ventricular_fibrillation(seed)
    if kind == "mains":
        signal = signal + mv * np.sin(2 * np.pi * 50 * np.arange(len(signal)) / 250)[:, None]
    else:
        signal = signal + mv * noise(100, 2, 250.0, None, seed)
    ((start, stop, at),) = told(signal, played)
    assert abs(start - FROM_S) <= 4
    assert at <= FROM_S + 10
    assert abs(stop - FROM_S - 40) <= 4


@pytest.mark.parametrize("seed", [1, 2])
def test_one_lead_of_noise_does_not_hide_it(seed: int) -> None:
    signal, played = in_ventricular_fibrillation(seed)
    signal[:, 1] = noise(100, 1, 250.0, None, seed)[:, 0]
    ((start, _, at),) = told(signal, played)
    assert abs(start - FROM_S) <= 4
    assert at <= FROM_S + 10


@pytest.mark.parametrize("seed", [1, 2])
def test_nor_does_noise_before_it(seed: int) -> None:
    signal, played = in_ventricular_fibrillation(seed)
    signal[20 * 250 : 50 * 250] = noise(30, 2, 250.0, None, seed)
    ((start, _, at),) = told(signal, played)
    assert 48 <= start <= 54
    assert at <= 60


def test_fibrillation_that_goes_on_as_noise_ends_after_half_a_minute() -> None:
    signal = np.concatenate(
        [beating(20)[0], fibrillating(20), np.random.default_rng(1).normal(0, 400, 70 * RATE)]
    )
    ((_, start, _, end),) = Streamer(1).run(signal, beating(20)[1], lambda second: [int(second >= 20)])
    assert 17 <= start <= 24
    assert end is not None
    assert 38 <= end <= 50


@njit
def describe(signal: F64, case: F64) -> None:
    features(signal, 125.0, case)


@pytest.mark.parametrize("seed", range(4))
def test_the_two_differ_by_a_wide_margin(seed: int) -> None:
    """What tells noise: a share of power above 10 Hz, and how often the line crosses its mean."""
    fine, crossed = NAMES.index("above_10"), NAMES.index("level_crossings")
    case = np.zeros(COUNT)
    describe(fibrillating(6.5, seed), case)
    assert case[fine] <= 0.1 < FINE / 2 + 0.001
    assert case[crossed] <= 18 < CROSSED
    describe(np.random.default_rng(seed).normal(0, 300, int(6.5 * RATE)), case)
    assert case[fine] > FINE
    assert case[crossed] > CROSSED + 8
