"""Findings of ST: a lead whose level leaves where it began, for a minute or more."""

from __future__ import annotations

import numpy as np
import pytest
from tests.ecg.test_measure_record import LAYOUT, known, waves

from einthoven.base.thresholds import shipped
from einthoven.ecg.measure_record import record_trends
from einthoven.ecg.measure_st import episodes, st_findings

NAN = float("nan")


@pytest.mark.parametrize(
    ("drift", "found"),
    [
        ([0, 0, 120, 120, 120, 120, 120, 120, 0], [(2, 7)]),
        ([0, 0, 120, 120, 120, 120, 120, 0, 0], []),
        ([0, 120, 120, 120, NAN, NAN, NAN, 120, 120], [(1, 8)]),
        ([120, 120, 120, NAN, NAN, NAN, NAN, 120, 120, 120], []),
        ([120, 120, 120, NAN, 20, 120, 120, 120], []),
        ([NAN] * 8, []),
        ([120] * 6 + [0] + [150] * 7, [(0, 5), (7, 13)]),
        ([], []),
    ],
)
def test_which_stretches_last_long_enough(drift: list[float], found: list[tuple[int, int]]) -> None:
    assert episodes(np.array(drift, np.float64), 100.0, 60.0) == found


@pytest.mark.parametrize(("uv", "kind"), [(200.0, "st-elevation"), (-200.0, "st-depression")])
def test_a_lead_that_rises_or_falls_is_told_with_its_evidence(uv: float, kind: str) -> None:
    calm, at = waves(60)
    moved, _ = waves(120, st_uv=uv)
    later = np.concatenate([at, 60 * 250 + np.concatenate([at, at + 60 * 250])])
    samples = np.concatenate([calm, moved])
    result = known(samples, later)
    trends = record_trends(samples, LAYOUT, result)
    (found, *others) = st_findings(trends, LAYOUT, result, len(samples), shipped())
    assert (found["kind"], found["rule"]) == (kind, "st")
    assert found["version"].endswith(shipped().version)
    assert 60 <= found["opened"] <= 85
    assert found["closed"] >= 170
    evidence = found["evidence"]
    assert evidence["leads"] == [evidence["values"]["lead"]] == ["II"]
    assert evidence["values"]["level_uv"] == pytest.approx(uv, abs=40)
    assert abs(evidence["values"]["reference_uv"]) < 60
    assert evidence["thresholds"] == {"st.detect.level_uv": 100, "st.detect.duration_s": 60}
    assert evidence["beat_count"] > 100
    assert {one["evidence"]["values"]["lead"] for one in others} <= {"V1"}
    assert {one["kind"] for one in others} <= {kind}


def test_what_was_so_from_the_beginning_or_lasts_half_a_minute_is_none() -> None:
    raised, at = waves(150, st_uv=200.0)
    result = known(raised, at)
    assert st_findings(record_trends(raised, LAYOUT, result), LAYOUT, result, len(raised), shipped()) == []
