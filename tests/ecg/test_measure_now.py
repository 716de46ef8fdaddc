"""Measurements of now, the last hour and today, from a heart whose beats are known."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.ecg.test_measure_record import LAYOUT, RATE, waves

from einthoven.base.layout import INVALID_SAMPLE
from einthoven.base.spans import Span, SpanSet
from einthoven.ecg.beats import BEAT, GOOD, LEAD_OFF, SUPRAVENTRICULAR, UNUSABLE, VENTRICULAR
from einthoven.ecg.measure_now import HOUR_S, LOOK_S, Known, look, looks_at, measure_now, seconds

HOUR = HOUR_S * 250


def beats_at(at: Any, code: int = 1) -> np.ndarray:
    rows = np.zeros(len(at), BEAT)
    rows["sample"], rows["code"] = at, code
    rows["rr_ms"][1:] = np.diff(rows["sample"]) * 4
    return rows


def known_of(at: Any, end: int, start: int = 0, stored: list[tuple[int, int]] | None = None) -> Known:
    return Known(
        layout=LAYOUT,
        start=start,
        end=end,
        rows=beats_at(at),
        grade_at=np.array([start], np.int64),
        grades=np.full((1, 2), GOOD, np.uint8),
        stored=SpanSet(stored or [(start, end)]),
        fibrillation=SpanSet(),
    )


def every(rr_s: float, start_s: float, stop_s: float) -> np.ndarray:
    return np.round(np.arange(start_s, stop_s, rr_s) * RATE).astype(np.int64)


def test_each_window_tells_its_own_rate() -> None:
    """An hour at 60, an hour at 80 of which the last five minutes are at 100."""
    at = np.concatenate([every(1.0, 0, 3600), every(0.75, 3600, 6900), every(0.6, 6900, 7200)])
    body = measure_now(known_of(at, 2 * HOUR), [])
    assert json.loads(json.dumps(body, allow_nan=False)) == body
    assert body["now"]["rate"]["value"] == pytest.approx(100, abs=0.1)
    assert body["now"]["rate_minute"]["value"] == pytest.approx(100, abs=0.5)
    assert body["now"]["rr"]["value"] == pytest.approx(600, abs=4)
    assert body["hour"]["rate_mean"]["value"] == pytest.approx((55 * 80 + 5 * 100) / 60, abs=0.5)
    assert body["hour"]["rate_least_8_beats"]["value"] == pytest.approx(80, abs=0.5)
    assert body["today"]["rate_least_8_beats"]["value"] == pytest.approx(60, abs=0.5)
    assert body["hour_start"] == HOUR


def test_every_figure_names_the_samples_it_came_from_or_says_why_there_is_none() -> None:
    start = 777_000
    at = every(0.8, start / RATE, start / RATE + 500)
    body = measure_now(known_of(at, start + 500 * 250, start), [])
    for window in ("now", "hour", "today"):
        for name, each in body[window].items():
            assert (each["value"] is None) == bool(each.get("reason")), name
            if each["value"] is not None:
                assert start <= each["start_sample"] <= each["end_sample"] <= start + 500 * 250, name
    assert body["now"]["sdnn"]["start_sample"] >= start + 200 * 250
    assert body["now"]["lf"]["value"] is not None


def test_what_is_old_is_not_now() -> None:
    body = measure_now(known_of(every(0.8, 0, 400), 430 * 250), [])
    for name in ("rate_beat", "rate", "rr"):
        assert body["now"][name]["value"] is None
        assert "10 s" in body["now"][name]["reason"]
    assert body["now"]["sdnn"]["value"] is not None
    assert body["now"]["pr"]["reason"]


def test_beats_in_noise_make_no_interval() -> None:
    at = every(0.8, 0, 400)
    known = replace(
        known_of(at, 400 * 250),
        grade_at=np.array([0, 350 * 250], np.int64),
        grades=np.array([[GOOD, GOOD], [UNUSABLE, LEAD_OFF]], np.uint8),
    )
    assert measure_now(known, [])["now"]["rate"]["value"] is None
    assert measure_now(known, [])["today"]["rate_mean"]["count"] == pytest.approx(350 / 0.8, abs=3)


def test_ectopic_beats_are_counted_and_scaled_to_analysed_hours() -> None:
    at = every(1.0, 0, 5400)
    known = known_of(at, 2 * HOUR, stored=[(0, HOUR), (HOUR + HOUR // 2, 2 * HOUR)])
    known.rows["code"][100:103] = VENTRICULAR
    known.rows["code"][4000] = VENTRICULAR
    known.rows["code"][200] = SUPRAVENTRICULAR
    today = measure_now(known, [])["today"]
    assert today["ventricular_beats"]["value"] == 4
    assert today["ventricular_an_hour"]["value"] == pytest.approx(4 / 1.5, abs=1e-4)
    assert today["ventricular_run_longest"]["value"] == 3
    assert today["supraventricular_an_hour"]["value"] == pytest.approx(1 / 1.5, abs=1e-4)
    short = measure_now(known_of(every(1.0, 0, 300), 300 * 250), [])["today"]
    assert "10 min" in short["ventricular_an_hour"]["reason"]


def test_burden_is_of_what_was_analysed_and_variability_leaves_fibrillation_out() -> None:
    at = every(0.8, 0, 3600)
    known = replace(
        known_of(at, HOUR, stored=[(0, HOUR // 2)]), fibrillation=SpanSet([(0, HOUR // 4), (HOUR // 2, HOUR)])
    )
    body = measure_now(known, [])
    assert body["today"]["af_burden"]["value"] == pytest.approx(50)
    assert body["now"]["sdnn"]["value"] is None


def test_waves_and_st_come_from_looks_and_drift_is_newest_less_first() -> None:
    first, at = waves(LOOK_S)
    later, _ = waves(LOOK_S, st_uv=80.0)
    end = 2 * HOUR
    rows = np.concatenate([at, at + end - LOOK_S * 250])
    known = known_of(rows, end)
    looks = [look(first, 0, known), look(later, end - LOOK_S * 250, known)]
    body = measure_now(known, looks)
    assert body["today"]["qrs_least"]["value"] == pytest.approx(85, abs=30)
    assert body["now"]["pr"]["value"] is not None
    assert body["now"]["qrs"]["start_sample"] >= end - LOOK_S * 250
    assert body["today"]["st_II_drift"]["value"] == pytest.approx(80, abs=25)
    assert "st_II_drift" not in body["hour"], "one look is no drift"
    assert body["hour"]["st_II_median"]["value"] == body["now"]["st_II"]["value"]


def test_a_look_at_a_lead_that_is_off_tells_no_st_of_it() -> None:
    samples, at = waves(LOOK_S)
    samples[:, 1] = INVALID_SAMPLE
    known = replace(known_of(at, LOOK_S * 250), grades=np.array([[GOOD, LEAD_OFF]], np.uint8))
    told = look(samples, 0, known).measures
    assert not told["st_II"].why
    assert told["st_V1"].why


def test_looks_are_few_and_never_into_a_hole() -> None:
    end = 24 * HOUR + 12_345
    looks = looks_at(known_of([], end, stored=[(0, 5 * HOUR), (5 * HOUR + 10, end)]))
    assert len(looks) <= 24 + 6 + 1
    assert looks[-1] == Span(end - LOOK_S * 250, end)
    assert Span(5 * HOUR, 5 * HOUR + LOOK_S * 250) not in looks
    assert all(span.length == LOOK_S * 250 for span in looks)
    assert looks_at(known_of([], 10 * 250)) == []


def test_episodes_are_counted_with_the_longest_and_the_shortest() -> None:
    known = replace(
        known_of([], HOUR), episodes=[("pause", 100, 600), ("pause", 5000, 5750), ("vt", 9000, 10_000)]
    )
    pause, vt = measure_now(known, [])["episodes"]
    assert (pause["kind"], pause["count"]) == ("pause", 2)
    assert (pause["longest"]["value"], pause["longest"]["start_sample"]) == (3.0, 5000)
    assert (pause["shortest"]["value"], pause["total"]["value"]) == (2.0, 5.0)
    assert vt["count"] == 1


def test_a_second_has_the_worst_grade_that_touches_it() -> None:
    known = replace(
        known_of([], 2000),
        grade_at=np.array([0, 500, 750], np.int64),
        grades=np.array([[GOOD, GOOD], [LEAD_OFF, GOOD], [GOOD, GOOD]], np.uint8),
    )
    assert seconds(known, 0, 1250)[:5, 0].tolist() == [GOOD, GOOD, LEAD_OFF, GOOD, GOOD]
    assert seconds(known, 400, 1250)[:3, 0].tolist() == [LEAD_OFF, LEAD_OFF, GOOD]
    assert (seconds(known, 0, 1250)[:, 1] == GOOD).all()
