"""The table of all figures of a record."""

import numpy as np
import pytest

from einthoven.base.spans import Span
from einthoven.ecg.beats import LEAD_OFF
from einthoven.ecg.measure import Trends, intervals
from einthoven.ecg.measure_summary import inside, summarize
from einthoven.ecg.waves_live import M_PR, measured_words

RATE = 250.0


def record(beats=2000, rr_ms=800):
    rr = np.full(beats, rr_ms, np.int64)
    sample = np.cumsum(rr) * 250 // 1000
    rr[0] = 0
    return sample, np.ones(beats, np.int64), rr


def test_a_table_of_figures_each_with_its_samples():
    sample, code, rr = record()
    code[100:103], code[200:202], code[300], code[400] = 5, 5, 5, 9
    rows = np.full((3, measured_words(2)), np.nan)
    rows[:, M_PR] = 160
    end = np.array([2500, 5000, 7500])
    trends = Trends(end - 2500, end, np.full(3, 10), rows)
    samples = int(sample[-1]) + 100
    found = summarize(sample, code, rr, RATE, samples, None, [Span(100_000, 120_000)], trends)
    assert found["rate_mean"].value == pytest.approx(75)
    assert found["ventricular_beats"].value == 6
    assert found["ventricular_couplets"].value == 1
    assert found["ventricular_run_longest"].value == 3
    assert found["ventricular_run_longest"].start_sample == sample[100]
    assert found["supraventricular_runs"].value == 0
    assert found["supraventricular_run_fastest"].why == "no run"
    assert found["af_burden"].value == pytest.approx(100 * 20_000 / samples)
    assert found["pr"].value == 160
    assert found["sdnn"].value == pytest.approx(0)
    for name, measure in found.items():
        assert 0 <= measure.start_sample <= measure.end_sample <= samples + 1, name
        assert np.isnan(measure.value) == bool(measure.why), name


def quality(seconds, bad=()):
    """Good but for the seconds named."""
    graded = np.zeros((seconds, 1), np.uint8)
    graded[list(bad)] = LEAD_OFF
    return graded


def test_burden_is_of_what_was_analysed():
    sample, code, rr = record(500)
    samples = 400 * 250
    lost = range(200, 400)
    found = summarize(sample, code, rr, RATE, samples, quality(400, lost), [Span(100 * 250, 300 * 250)])
    assert found["af_burden"].value == pytest.approx(50, abs=0.5)


def test_where_nothing_was_analysed_nothing_is_counted():
    none = np.zeros(0, np.int64)
    found = summarize(none, none, none, RATE, 100 * 250, quality(100, range(100)))
    for name in ("af_burden", "ventricular_beats", "supraventricular_beats", "ventricular_couplets"):
        assert np.isnan(found[name].value)
        assert found[name].why == "nothing analysed"


def test_beats_in_ventricular_fibrillation_make_no_interval():
    sample, code, rr = record(100)
    sample[50:] += 5 * 250
    rr[50] += 5000
    samples = int(sample[-1]) + 100
    blind = [Span(int(sample[49]) + 10, int(sample[50]) - 10)]
    assert summarize(sample, code, rr, RATE, samples)["rr_longest"].value == pytest.approx(5800)
    found = summarize(sample, code, rr, RATE, samples, blind=blind)
    assert found["rr_longest"].value == pytest.approx(800)
    assert found["rate_least_beat"].value == pytest.approx(75)


def test_variability_says_that_fibrillation_took_its_intervals():
    sample, code, rr = record(400)
    samples = int(sample[-1]) + 100
    found = summarize(sample, code, rr, RATE, samples, None, [Span(0, samples)])
    assert found["sdnn"].why.startswith("100 % of the intervals lie in atrial fibrillation or flutter")
    assert "fibrillation" not in summarize(sample[:20], code[:20], rr[:20], RATE, samples)["sdnn"].why


def test_a_beat_that_several_averages_share_counts_once():
    sample, code, rr = record(100)
    rows = np.full((4, measured_words(1)), np.nan)
    rows[[0, 1, 3], M_PR] = 160
    end = np.array([2500, 5000, 7500, 10_000])
    taken = np.array([12, 24, 36, 48])
    trends = Trends(end - 2500, end, np.array([12, 16, 16, 16]), rows, taken)
    assert summarize(sample, code, rr, RATE, 20_000, trends=trends)["pr"].beats_used == 24 + 16


def test_an_empty_record_has_reasons_for_all_it_cannot_tell():
    none = np.zeros(0, np.int64)
    found = summarize(none, none, none, RATE, 0)
    for name in ("rate_mean", "rate_most_8_beats", "rr_longest", "sdnn", "af_burden", "ventricular_share"):
        assert np.isnan(found[name].value)
        assert found[name].why


def test_intervals_that_touch_fibrillation_are_known():
    sample, code, rr = record(20)
    found = intervals(sample, code, rr, RATE)
    spans = [Span(int(sample[3]) + 1, int(sample[5]) + 1), Span(int(sample[10]), int(sample[11]))]
    known = [
        any(a < span.stop and b > span.start for span in spans)
        for a, b in zip(found.start, found.end, strict=True)
    ]
    assert inside(found, spans).tolist() == known
    assert not inside(found, []).any()
