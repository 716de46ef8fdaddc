"""The table of all figures of a record."""

import numpy as np
import pytest

from einthoven.base.spans import Span
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
