"""The signals of IEC 60601-2-27: what is shown and how soon it is told (docs/iec-vectors.md)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from benchmarks import iec_vectors
from benchmarks.iec_signals import ecg
from benchmarks.iec_vectors import (
    IRREGULAR,
    PULSES,
    accuracy,
    disturbed,
    early,
    extreme,
    irregular,
    paced,
    show,
    step,
    tail_of,
    tall_t,
)


def near(rate: float) -> float:
    """The standard's allowance: a tenth, or five a minute where that is more."""
    return max(0.1 * rate, 5.0)


@pytest.mark.parametrize("rate", [30, 60, 120, 200, 250])
def test_the_rate_is_right(rate: int) -> None:
    assert accuracy(rate) == pytest.approx(rate, abs=near(rate))


@pytest.mark.parametrize("rate", [260, 280, 300, 320])
@pytest.mark.parametrize(("width_s", "rate_hz"), [(0.04, 250.0), (0.12, 250.0), (0.08, 360.0)])
def test_the_fastest_rates_are_right(rate: int, width_s: float, rate_hz: float) -> None:
    assert accuracy(rate, width_s, rate_hz=rate_hz) == pytest.approx(rate, rel=0.05)


def test_from_a_slow_rate_to_the_fastest_and_back() -> None:
    slow, fast = np.arange(0.5, 20, 0.75), np.arange(20.3, 30.3, 0.2)
    times = np.concatenate([slow, fast, np.arange(31.0, 44.0, 0.75)])
    rates = show(ecg(times, 45)).rates
    assert rates[19] == pytest.approx(80, abs=1)
    assert rates[27] == pytest.approx(300, abs=3)
    assert rates[44] == pytest.approx(80, abs=1)


@pytest.mark.parametrize("coupling_s", [0.3, 0.34, 0.38])
def test_early_wide_beats_are_found(coupling_s: float) -> None:
    assert early(coupling_s) == pytest.approx(120, abs=1)


@pytest.mark.parametrize(("height_mv", "width_s"), [(0.5, 0.04), (0.5, 0.12), (5.0, 0.04), (5.0, 0.12)])
def test_of_the_smallest_and_largest_beats(height_mv: float, width_s: float) -> None:
    assert accuracy(80, width_s, height_mv) == pytest.approx(80, abs=1)


@pytest.mark.parametrize("name", IRREGULAR)
def test_irregular_rhythms_after_twenty_seconds(name: str) -> None:
    mean, least, most = irregular(name)
    assert mean == pytest.approx(IRREGULAR[name], abs=1)
    assert most - least <= 2


@pytest.mark.parametrize("after", [120, 40])
def test_a_new_rate_is_shown_within_ten_seconds(after: int) -> None:
    seconds = step(80, after)
    assert seconds is not None
    assert seconds <= 10


@pytest.mark.parametrize("t_mv", [0.6, 1.2])
def test_a_tall_t_wave_is_no_beat(t_mv: float) -> None:
    assert tall_t(t_mv) == pytest.approx(80, abs=1)


@pytest.mark.parametrize("kind", ["drift", "mains 50", "mains 60"])
def test_drift_and_mains_change_nothing(kind: str) -> None:
    assert disturbed(kind) == pytest.approx(80, abs=1)


@pytest.mark.parametrize("height_mv", [2.0, -2.0, 50.0, 700.0, -700.0])
@pytest.mark.parametrize(("kind", "rate"), [("effective", 60), ("ineffective", 30)])
def test_pulses_of_a_pacemaker_are_no_beats(height_mv: float, kind: str, rate: float) -> None:
    for width_ms in (0.1, 2.0):
        assert paced(height_mv, width_ms, kind) == pytest.approx(rate, abs=1), width_ms


BURIED = [(2.0, 0.1), (-2.0, 0.1)]
"""Pulses of which nothing is left beside a tail."""


@pytest.mark.parametrize(("height_mv", "width_ms"), PULSES)
def test_a_heart_that_stands_still_under_pulses_has_no_rate(height_mv: float, width_ms: float) -> None:
    assert math.isnan(paced(height_mv, width_ms, "standstill"))


@pytest.mark.parametrize(("height_mv", "width_ms"), [pulse for pulse in PULSES if pulse not in BURIED])
def test_a_heart_that_stands_still_under_pulses_with_tails_has_no_rate(
    height_mv: float, width_ms: float
) -> None:
    assert math.isnan(paced(height_mv, width_ms, "standstill", tail_of(height_mv, True), tail_ms=50.0))


@pytest.mark.parametrize(("height_mv", "width_ms"), BURIED)
def test_a_shortfall_that_the_page_names(height_mv: float, width_ms: float) -> None:
    """Where this fails the rate is right at last, and ``docs/iec-vectors.md`` is to say so."""
    assert paced(height_mv, width_ms, "standstill", tail_of(height_mv, True), tail_ms=50.0) == 60.0


@pytest.mark.parametrize("height_mv", [2.0, -50.0, 700.0])
@pytest.mark.parametrize(("kind", "rate"), [("effective", 60), ("ineffective", 30)])
def test_pulses_with_slow_tails_neither_hide_nor_make_beats(height_mv: float, kind: str, rate: float) -> None:
    for width_ms in (0.5, 2.0):
        shown = paced(height_mv, width_ms, kind, tail_of(height_mv, True), tail_ms=50.0)
        assert shown == pytest.approx(rate, abs=1), width_ms


def test_standstill_is_told_within_ten_seconds() -> None:
    seconds = iec_vectors.asystole()
    assert seconds is not None
    assert seconds <= 6


@pytest.mark.parametrize("after", [160, 30])
def test_rates_beyond_the_limits_are_told_within_ten_seconds(after: int) -> None:
    seconds = extreme(after)
    assert seconds is not None
    assert seconds <= 10


@pytest.mark.parametrize("name", ["a", "b"])
@pytest.mark.parametrize("gain", [0.5, 1.0, 2.0])
def test_ventricular_tachycardia_is_told_within_five_seconds(name: str, gain: float) -> None:
    seconds = iec_vectors.tachycardia(name, gain)
    assert seconds is not None
    assert seconds <= 5
