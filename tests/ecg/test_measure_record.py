"""All measurements of a record, from the analysis of a heart whose beats are known."""

from __future__ import annotations

import json

import numpy as np
import pytest

from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.base.spans import Span
from einthoven.ecg.analyze import Analysis, analyze
from einthoven.ecg.beats import BEAT, GOOD, LEAD_OFF
from einthoven.ecg.measure_record import measure_record
from einthoven.ecg.measure_trends import EVERY_S, trends_of

RATE = 250.0
LAYOUT = Layout(RATE, (Lead("II", 200.0), Lead("V1", 200.0)))


def waves(seconds: int, rr: float = 0.8, st_uv: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Samples of two leads, and where the R waves are: P, QRS and T as bells, ST a plateau."""
    time = np.arange(seconds * 250) / RATE
    at = np.arange(1.0, seconds - 1.0, rr)
    signal = np.zeros(len(time))
    for beat in at:
        near = slice(max(0, int((beat - 0.4) * 250)), int((beat + 0.6) * 250))
        t = time[near] - beat
        signal[near] += 120 * np.exp(-0.5 * ((t + 0.16) / 0.02) ** 2)
        signal[near] += 1200 * np.exp(-0.5 * (t / 0.012) ** 2) - 250 * np.exp(
            -0.5 * ((t - 0.03) / 0.012) ** 2
        )
        signal[near] += 300 * np.exp(-0.5 * ((t - 0.3) / 0.04) ** 2)
        signal[near] += st_uv * ((t > 0.06) & (t < 0.22))
    noise = np.random.default_rng(3).normal(0, 4, (len(time), 2))
    both = np.column_stack([signal, 0.6 * signal]) + noise
    return np.round(both / 5).astype(np.int16), np.round(at * RATE).astype(np.int64)


def known(samples: np.ndarray, at: np.ndarray, code: np.ndarray | None = None) -> Analysis:
    """What an analysis would say that finds every beat."""
    beats = np.zeros(len(at), BEAT)
    beats["sample"], beats["code"] = at, 1 if code is None else code
    beats["rr_ms"][1:] = np.diff(at) * 4
    seconds = len(samples) // 250
    return Analysis(beats, np.full((seconds + 1, 2), GOOD, np.uint8), [], [], [])


def test_every_figure_has_a_value_and_samples_or_a_reason() -> None:
    samples, at = waves(200)
    told = measure_record(samples, LAYOUT, known(samples, at))
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    for name, each in told["measures"].items():
        assert (each["value"] is None) == bool(each.get("reason")), name
        assert 0 <= each["start_sample"] <= each["end_sample"] <= len(samples), name
    assert told["measures"]["rate_mean"]["value"] == pytest.approx(75, abs=0.1)
    assert told["measures"]["qrs"]["value"] == pytest.approx(85, abs=30)
    assert told["measures"]["pr"]["value"] is not None


def test_each_minute_has_its_mean_and_its_extremes() -> None:
    slow, fast = np.arange(1.0, 60.0, 1.0), np.arange(60.0, 119.0, 0.5)
    at = np.round(np.concatenate([slow, fast]) * RATE).astype(np.int64)
    samples = np.zeros((200 * 250, 2), np.int16)
    minutes = measure_record(samples, LAYOUT, known(samples, at))["heart_rate_by_minute"]
    assert len(minutes) == 4
    first, second, third = minutes[:3]
    assert first["mean"]["value"] == pytest.approx(60, abs=0.1)
    assert (first["mean"]["start_sample"], first["mean"]["end_sample"]) == (0, 15_000)
    assert second["max"]["value"] == pytest.approx(120, abs=0.1)
    assert second["min"]["value"] < 90
    span = second["max"]["end_sample"] - second["max"]["start_sample"]
    assert span == 8 * 125
    assert third["mean"]["value"] is None
    assert third["mean"]["reason"].startswith("fewer than")
    assert third["max"]["reason"].startswith("no eight intervals")


def test_st_follows_the_lead_and_drifts_from_where_it_began() -> None:
    calm, at = waves(60)
    raised, _ = waves(60, st_uv=200.0)
    samples = np.concatenate([calm, raised])
    whole = np.concatenate([at, at + len(calm)])
    told = measure_record(samples, LAYOUT, known(samples, whole))["st"]
    assert list(told) == ["II", "V1"]
    for lead, share in (("II", 1.0), ("V1", 0.6)):
        rise = told[lead]["st80"]["max"]["value"] - told[lead]["st80"]["min"]["value"]
        assert rise == pytest.approx(200 * share, abs=40)
        assert told[lead]["drift"]["max"]["value"] == pytest.approx(200 * share, abs=40)
        assert told[lead]["drift"]["max"]["start_sample"] > 60 * 250 - 16 * 200


def test_the_st_of_a_lead_that_is_off_is_not_told() -> None:
    samples, at = waves(60)
    samples[:, 1] = INVALID_SAMPLE
    result = known(samples, at)
    result.quality[:, 1] = LEAD_OFF
    told = measure_record(samples, LAYOUT, result)["st"]
    assert told["II"]["st80"]["median"]["value"] is not None
    assert told["V1"]["st80"]["median"]["value"] is None
    assert "no average beat" in told["V1"]["st80"]["median"]["reason"]


def test_a_row_rests_on_the_beats_before_it() -> None:
    samples, at = waves(60)
    result = known(samples, at)
    trends = trends_of(
        samples,
        LAYOUT,
        at,
        np.ones(len(at), np.int64),
        result.beats["rr_ms"].astype(np.int64),
        result.quality,
    )
    seen = np.flatnonzero(np.isfinite(trends.rows[:, 0]))
    assert len(seen) >= 4
    for row in seen.tolist():
        assert trends.end[row] <= (row + 1) * EVERY_S * 250
        within = (at >= trends.start[row]) & (at <= trends.end[row])
        assert within.sum() == trends.beats[row]


def test_in_atrial_fibrillation_there_is_no_pr() -> None:
    samples, at = waves(120)
    plain = known(samples, at)
    there = measure_record(samples, LAYOUT, plain)["measures"]
    atria = [{"kind": "atrial-fibrillation", "start_sample": 0, "end_sample": None}]
    gone = measure_record(samples, LAYOUT, Analysis(plain.beats, plain.quality, atria, [], []))["measures"]
    assert there["pr"]["value"] is not None
    assert gone["pr"]["value"] is None
    assert gone["pr"]["reason"]
    assert gone["qrs"]["value"] == there["qrs"]["value"]
    assert there["qrs"]["count"] <= len(at)


def test_ventricular_beats_do_not_shape_the_average() -> None:
    samples, at = waves(60)
    code = np.full(len(at), 5)
    told = measure_record(samples, LAYOUT, known(samples, at, code))
    assert told["measures"]["qt"]["value"] is None
    assert told["measures"]["qt"]["reason"]
    assert told["measures"]["ventricular_run_longest"]["value"] == len(at)


def test_episodes_and_fibrillation_come_from_the_findings() -> None:
    samples, at = waves(100)
    findings = [
        {"kind": "atrial-fibrillation", "start_sample": 5000, "end_sample": 10_000},
        {"kind": "pause", "start_sample": 100, "end_sample": 850},
        {"kind": "pause", "start_sample": 2000, "end_sample": 2600},
        {"kind": "quality-noisy", "start_sample": 0, "end_sample": 250},
        {"kind": "atrial-flutter", "start_sample": 24_000, "end_sample": None},
    ]
    plain = known(samples, at)
    told = measure_record(samples, LAYOUT, Analysis(plain.beats, plain.quality, findings, [], []))
    assert told["measures"]["af_burden"]["value"] == pytest.approx(24.0)
    pause = told["episodes"]["pause"]
    assert (pause["count"], pause["longest"]["value"], pause["shortest"]["value"]) == (2, 3.0, 2.4)
    assert (pause["longest"]["start_sample"], pause["longest"]["end_sample"]) == (100, 850)
    assert told["episodes"]["atrial-flutter"]["total"]["reason"].startswith("still open")
    assert set(told["episodes"]) == {"atrial-fibrillation", "atrial-flutter", "pause"}


@pytest.mark.parametrize("length", [2, 100, 250, 2500])
def test_a_short_record_has_reasons(length: int) -> None:
    samples = np.round(200 * np.sin(np.arange(length) / 9)).astype(np.int16)[:, None]
    plan = Layout(RATE, (Lead("II"),))
    told = measure_record(samples, plan, analyze(samples, plan))
    assert told["measures"]["sdnn"]["value"] is None
    assert Span(0, length).length == told["samples"]
