"""Measurements of made-up beat sequences whose answers are known."""

import numpy as np
import pytest

from einthoven.base.spans import Span
from einthoven.ecg.measure import (
    Trends,
    beat_rate,
    burden,
    hourly,
    intervals,
    mean_rate,
    minute_rate,
    qtc_ms,
    rr_summary,
    runs,
    usable_seconds,
)
from einthoven.ecg.waves_live import (
    M_DRIFT,
    M_EACH,
    M_LEADS,
    M_PR,
    M_QRS,
    M_QT,
    M_RR,
    M_ST80,
    measured_words,
)

RATE = 250.0


def sequence(rr_ms, code=None, gaps=()):
    """(sample, code, rr_ms) of beats; before those in ``gaps`` the samples are missing."""
    rr = np.concatenate([[1000], np.asarray(rr_ms, np.int64)])
    sample = np.round(np.cumsum(rr) * RATE / 1000).astype(np.int64)
    told = rr.copy()
    told[[0, *gaps]] = 0
    return sample, np.ones(len(rr), np.int64) if code is None else np.asarray(code, np.int64), told


def test_rates_carry_the_samples_they_came_from():
    sample, code, rr = sequence([1000] * 8 + [500] * 8)
    found = intervals(sample, code, rr, RATE)
    each = beat_rate(found)
    assert each.value.tolist() == [60.0] * 8 + [120.0] * 8
    assert each.at(8).start_sample == sample[8]
    assert each.at(8).end_sample == sample[9]
    eight = mean_rate(found)
    assert len(eight) == 9
    assert eight.least().value == pytest.approx(60)
    assert eight.most().value == pytest.approx(120)
    assert (eight.most().start_sample, eight.most().end_sample) == (sample[8], sample[16])
    assert eight.most().beats_used == 8


def test_a_gap_or_an_artefact_breaks_the_chain():
    sample, code, rr = sequence([800] * 20, gaps=(10,))
    found = intervals(sample, code, rr, RATE)
    assert len(found) == 19
    assert len(mean_rate(found)) == 2 + 3
    code[5] = 16
    rr[6] = 1600  # to the last beat that is no artefact
    assert len(intervals(sample, code, rr, RATE)) == 18
    assert intervals(sample, code, rr, RATE).rr_ms.max() == 1600


def test_intervals_over_lost_signal_are_left_out():
    sample, code, rr = sequence([800] * 20)
    quality = np.zeros((20, 2), np.uint8)
    quality[6] = 2, 3
    quality[9] = 0, 3
    assert usable_seconds(quality).tolist() == [second != 6 for second in range(20)]
    found = intervals(sample, code, rr, RATE, quality)
    touched = (found.start < 7 * 250) & (found.end >= 6 * 250)
    assert not touched.any()
    assert 17 <= len(found) <= 19


def test_minutes_with_few_beats_are_not_told():
    sample, code, rr = sequence([1000] * 70)
    rate = minute_rate(intervals(sample, code, rr, RATE), RATE, 3 * 60 * 250)
    assert rate.value[0] == pytest.approx(60)
    assert rate.value[1] == pytest.approx(60)
    assert np.isnan(rate.value[2])
    assert rate.end_sample.tolist() == [15000, 30000, 45000]


@pytest.mark.parametrize(("intervals_in_it", "told"), [(9, False), (10, True)])
def test_a_minute_needs_ten_intervals(intervals_in_it, told):
    sample, code, rr = sequence([1000] * (58 + intervals_in_it))
    rate = minute_rate(intervals(sample, code, rr, RATE), RATE, 2 * 60 * 250)
    assert np.isfinite(rate.value[1]) == told


def test_longest_and_shortest_intervals():
    sample, code, rr = sequence([800, 800, 2600, 800, 400, 1200, 800], [1, 1, 1, 1, 1, 5, 1, 1])
    found = rr_summary(intervals(sample, code, rr, RATE))
    assert found["rr_longest"].value == 2600
    assert (found["rr_longest"].start_sample, found["rr_longest"].end_sample) == (sample[2], sample[3])
    assert found["rr_shortest"].value == 400
    assert found["nn_shortest"].value == 800
    assert rr_summary(intervals(sample[:1], code[:1], rr[:1], RATE))["nn_mean"].why


def test_ectopic_beats_of_each_hour():
    sample, code, rr = sequence([1000] * 5400)
    code[100:110], code[4000:4006], code[20] = 5, 5, 9
    found = hourly(sample, code, RATE, 5400 * 250)
    assert found["ventricular"].value.tolist() == [10, 12]  # the second hour is half a one
    assert found["ventricular"].beats_used.tolist() == [10, 6]
    assert found["supraventricular"].value.tolist() == [1, 0]
    assert len(rr) == 5401


def test_runs_of_each_kind():
    code = [1, 5, 5, 5, 1, 5, 5, 1, 5, 1, 5, 5, 5, 5]
    sample, code, rr = sequence([500] * 13, code, gaps=(12,))
    found = runs(sample, code, rr, 5, RATE)
    assert found.length.tolist() == [3, 2, 1, 2, 2]
    longest = found.pick(2, "longest")
    assert (longest.value, longest.start_sample, longest.end_sample) == (3, sample[1], sample[3] + 1)
    assert found.pick(3, "fastest").value == pytest.approx(120)
    assert np.isnan(found.pick(4, "longest").value)
    assert found.pick(4, "fastest").why == "no run"
    assert len(runs(sample[:0], code[:0], rr[:0], 5, RATE).length) == 0


def test_burden_is_the_share_of_what_was_analysed():
    analysed = [Span(0, 1000), Span(2000, 3000)]
    assert burden([Span(900, 2100)], analysed).value == pytest.approx(10.0)
    assert burden([], analysed).value == 0
    assert burden([Span(0, 10)], []).why == "nothing analysed"


@pytest.mark.parametrize(
    ("name", "qt", "rr", "corrected"),
    [
        ("bazett", 400, 1000, 400),
        ("bazett", 360, 640, 450),
        ("fridericia", 360, 729, 400),
        ("framingham", 360, 800, 390.8),
        ("framingham", 420, 1200, 389.2),
    ],
)
def test_qtc(name, qt, rr, corrected):
    assert qtc_ms(np.array([float(qt)]), np.array([float(rr)]))[name][0] == pytest.approx(corrected)


def test_trends_of_average_beats():
    rows = np.full((4, measured_words(2)), np.nan)
    rows[:, M_PR], rows[:, M_QRS], rows[:, M_RR] = [150, 160, 170, np.nan], 90, 1000
    rows[1:, M_QT] = [380, 400, 420]
    at = M_LEADS + M_EACH
    rows[:, at + M_ST80], rows[:, at + M_DRIFT] = [10, 50, 120, 30], [0, 40, 110, 20]
    end = np.array([2500, 5000, 7500, 10000])
    trends = Trends(end - 2500, end, np.array([6, 16, 16, 16]), rows)
    found = trends.summary()
    assert found["pr"].value == 160
    assert (found["pr"].start_sample, found["pr"].end_sample) == (0, 7500)
    assert found["qtc_bazett"].value == pytest.approx(400)
    drift = trends.st(1)["drift"]
    assert drift.most().value == 110
    assert (drift.most().start_sample, drift.most().end_sample) == (5000, 7500)
    assert len(trends.st(0)["st60"]) == 0
    assert trends.st(0)["st60"].most().why
