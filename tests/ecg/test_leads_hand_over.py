"""A lead that comes off hands over at once: no beat of the others is lost with it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.ecg.hearts import heart, layout
from tests.ecg.test_bad_signal import RATE, kinds

from einthoven.base.layout import INVALID_SAMPLE
from einthoven.ecg.analyze import Analysis, analyze

GAIN = 200.0
OFF_S, BACK_S, END_S = 40, 70, 100


def two_leads(
    small_mv: float, noise_mv: float, silent: float | str, off_s: float
) -> tuple[Analysis, NDArray[np.int64]]:
    """1.5 mV and a small noisy lead; the large one goes silent for half a minute."""
    samples, peaks = heart(END_S, leads=1, noise_mv=0.008)
    wave = samples[:, 0] / GAIN / 1.1
    chance = np.random.default_rng(1).normal(0, noise_mv, len(wave))
    both = np.round(np.stack([1.5 * wave, small_mv * wave + chance], axis=1) * GAIN).astype(np.int16)
    first, stop = int(off_s * RATE), int((off_s + BACK_S - OFF_S) * RATE)
    both[first:stop, 0] = INVALID_SAMPLE if silent == "off" else both[first, 0]
    return analyze(both, layout(float(RATE), 2)), peaks


def missed(found: Analysis, peaks: NDArray[np.int64], start: float, stop: float) -> list[float]:
    wanted = peaks[(peaks >= start * RATE) & (peaks < stop * RATE)]
    told = found.beats["sample"]
    return [float(peak / RATE) for peak in wanted if np.min(np.abs(told - peak)) > 15]


@pytest.mark.parametrize("off_s", [40.0, 40.4, 40.9])
@pytest.mark.parametrize(("small_mv", "noise_mv"), [(0.3, 0.08), (0.15, 0.04)])
@pytest.mark.parametrize("silent", ["off", "flat"])
def test_beats_of_a_small_lead_are_found_when_the_large_one_goes(
    silent: str, small_mv: float, noise_mv: float, off_s: float
) -> None:
    found, peaks = two_leads(small_mv, noise_mv, silent, off_s)
    assert missed(found, peaks, off_s + 2.5, BACK_S - 1) == []
    assert len(missed(found, peaks, off_s - 1, END_S - 1)) <= 1
    assert not kinds(found) & {"pause", "asystole", "analysis-lost", "extreme-bradycardia", "bradycardia"}


def test_the_large_lead_counts_again_when_it_is_back() -> None:
    found, peaks = two_leads(0.2, 0.1, "off", 40.0)
    assert missed(found, peaks, BACK_S + 3, END_S - 1) == []
    assert missed(found, peaks, 5, OFF_S - 1) == []
