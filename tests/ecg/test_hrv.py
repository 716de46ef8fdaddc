"""Heart rate variability of signals whose answer is known on paper, and against scipy's periodogram."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lombscargle

from einthoven.ecg.hrv import frequency_domain, nn_intervals, spectra, time_domain
from einthoven.ecg.measure import intervals

RATE = 1000.0


def heart(seconds, mean_ms=800.0, swings=(), seed=None, sd_ms=0.0):
    """(sample, code, rr_ms): intervals swing with (frequency, amplitude) in the time of the beats."""
    rng = np.random.default_rng(seed)
    times, now = [1.0], 1.0
    while now < seconds:
        step = mean_ms + sum(a * np.sin(2 * np.pi * f * now) for f, a in swings)
        now += (step + (sd_ms * rng.standard_normal() if sd_ms else 0.0)) / 1000
        times.append(now)
    sample = np.round(np.array(times) * RATE).astype(np.int64)
    return sample, np.ones(len(sample), np.int64), np.concatenate([[0], np.diff(sample)])


def variability(beats, leave_out=None):
    nn = nn_intervals(intervals(*beats, RATE), leave_out)
    return time_domain(nn, RATE) | frequency_domain(nn, RATE)


@pytest.mark.parametrize(("frequency", "band"), [(0.02, "vlf"), (0.1, "lf"), (0.25, "hf"), (0.35, "hf")])
def test_a_swing_puts_its_power_into_its_band(frequency, band):
    found = variability(heart(1300, swings=[(frequency, 40.0)]))
    assert found[band].value == pytest.approx(40**2 / 2, rel=0.08)
    for other in {"vlf", "lf", "hf"} - {band}:
        assert found[other].value < 0.12 * found[band].value
    assert found["sdnn"].value == pytest.approx(40 / np.sqrt(2), rel=0.03)


def test_the_ratio_of_two_swings():
    found = variability(heart(1300, swings=[(0.1, 40.0), (0.3, 20.0)]))
    assert found["lf_hf"].value == pytest.approx(4.0, rel=0.15)


def test_white_variability_has_the_known_rmssd_and_pnn50():
    found = variability(heart(3600, seed=1, sd_ms=40.0))
    assert found["sdnn"].value == pytest.approx(40, rel=0.05)
    assert found["rmssd"].value == pytest.approx(40 * np.sqrt(2), rel=0.05)
    assert found["pnn50"].value == pytest.approx(37.7, abs=2.5)  # P(|N(0, 2·40²)| > 50)
    assert found["sdnn_index"].value == pytest.approx(40, rel=0.05)


def test_a_steady_heart_has_none():
    found = variability(heart(1300))
    for name in ("sdnn", "rmssd", "pnn50"):
        assert found[name].value == pytest.approx(0, abs=1e-9)
    assert found["lf_hf"].why == "no power in HF"


def test_a_day_of_slow_change_shows_in_sdann():
    beats = heart(20 * 3600, swings=[(1 / 7200, 100.0)])
    found = variability(beats)
    assert found["sdann"].value == pytest.approx(100 / np.sqrt(2), rel=0.05)
    assert found["sdnn_index"].value < 12
    assert found["triangular"].value > 10


def test_ectopic_beats_and_their_pauses_change_nothing():
    sample, code, rr = heart(1300, swings=[(0.1, 30.0)])
    clean = variability((sample, code, rr))
    early = np.arange(20, len(sample) - 1, 40)
    sample[early] -= 300
    code[early] = 5
    dirty = variability((sample, code, np.concatenate([[0], np.diff(sample)])))
    for name in ("sdnn", "rmssd", "lf"):
        assert dirty[name].value == pytest.approx(clean[name].value, rel=0.1)


def test_differences_over_a_gap_do_not_count():
    steady = np.concatenate([np.full(300, 800), np.full(300, 880)])
    sample = np.cumsum(steady)
    rr = np.concatenate([[0], np.diff(sample)])
    sample[300:] += 5000
    rr[300] = 0
    found = variability((sample, np.ones(600, np.int64), rr))
    assert found["rmssd"].value == 0
    assert found["pnn50"].value == 0
    assert found["sdnn"].value == pytest.approx(40, abs=0.5)


def test_a_missed_beat_is_no_variability():
    sample, code, _ = heart(1300, swings=[(0.1, 30.0)])
    keep = np.ones(len(sample), bool)
    keep[50::200] = False
    sample, code = sample[keep], code[keep]
    found = variability((sample, code, np.concatenate([[0], np.diff(sample)])))
    assert found["rmssd"].value < 25
    assert found["sdnn"].value == pytest.approx(30 / np.sqrt(2), rel=0.05)


def test_too_little_is_not_determined_and_says_why():
    short = variability(heart(60, seed=2, sd_ms=20.0))
    assert np.isnan(short["sdnn"].value)
    assert "120 s" in short["sdnn"].why
    assert "5 min" in short["lf"].why
    hour = variability(heart(3600, seed=2, sd_ms=20.0))
    assert np.isfinite(hour["sdnn"].value)
    assert "18 h" in hour["sdann"].why
    none = variability((np.zeros(0, np.int64),) * 3)
    assert all(measure.why for measure in none.values())


def test_what_is_left_out_is_not_used():
    beats = heart(1300, swings=[(0.1, 30.0)])
    rr = intervals(*beats, RATE)
    away = rr.start < 650 * RATE
    found = variability(beats, away)
    assert found["sdnn"].start_sample >= 650 * RATE
    assert found["sdnn"].beats_used == (~away).sum()
    assert all(m.why for m in variability(beats, np.ones(len(rr), bool)).values())


def test_mostly_ectopic_records_are_not_determined():
    sample, code, rr = heart(1300)
    code[np.arange(len(code)) % 5 != 0] = 5
    code[::25] = code[1::25] = 1
    found = variability((sample, code, rr))
    assert np.isnan(found["sdnn"].value)


def test_a_record_of_which_less_than_half_is_normal_says_so_and_one_of_more_does_not():
    sample, code, rr = heart(1300)
    for normal, determined in ((0.7, True), (0.4, False)):
        part = np.where(np.arange(len(code)) % 100 < 100 * normal, 1, 5)
        found = variability((sample, part, rr))["rmssd"]
        assert np.isfinite(found.value) is np.bool_(determined)
        assert determined or "NN intervals cover 40 % of the time" in found.why


@pytest.mark.parametrize(("rr_ms", "kept"), [(290, False), (310, True), (1990, True), (2010, False)])
def test_only_intervals_of_a_heart_that_beats_by_itself_are_nn(rr_ms, kept):
    sample = np.arange(60) * rr_ms
    nn = nn_intervals(intervals(sample, np.ones(60, np.int64), np.full(60, rr_ms), RATE))
    assert len(nn) == (59 if kept else 0)


@pytest.mark.parametrize(("early", "kept"), [(0.80, True), (0.70, False)])
def test_an_interval_far_from_its_neighbours_is_no_nn(early, kept):
    rr = np.full(60, 1000)
    rr[30] = round(1000 * early)
    sample = np.concatenate([[0], np.cumsum(rr)])
    nn = nn_intervals(intervals(sample, np.ones(61, np.int64), np.concatenate([[0], rr]), RATE))
    assert len(nn) == (60 if kept else 59)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(20, 400), mean=st.floats(0.4, 1.5))
def test_the_periodogram_agrees_with_scipy(seed, n, mean):
    rng = np.random.default_rng(seed)
    time = np.cumsum(mean * rng.uniform(0.6, 1.4, n))
    value = 100 * rng.standard_normal(n) + 3 * time
    ours = spectra(time, value, np.zeros(n, np.int64), 1)[0]
    flat = value - np.polyval(np.polyfit(time, value, 1), time)
    theirs = lombscargle(time - time[0], flat, 2 * np.pi * np.arange(1, 121) / 300) * 2 / n
    assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-6 * theirs.max())
