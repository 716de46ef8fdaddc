"""Alarms of a bedside monitor, judged from what was told by the end of minute five."""

from __future__ import annotations

import numpy as np
import pytest
from tests.ecg.hearts import heart, layout

from einthoven.ecg.alarms_score import ALARM_S, Judged, alarm_of, alarms_report, judge_alarm

RATE = 125.0
PLAN = layout(RATE, 1)
SECOND = int(RATE)


def silent(start_s: int, stop_s: int) -> np.ndarray:
    """A heart that stands still from one second to another."""
    samples, _ = heart(ALARM_S + 40, RATE, 1, seed=3)
    still = samples[: SECOND // 4].min()
    flat = np.random.default_rng(1).integers(-2, 3, ((stop_s - start_s) * SECOND, 1))
    samples[start_s * SECOND : stop_s * SECOND] = still + flat
    return samples


@pytest.mark.parametrize(
    ("start_s", "stop_s", "borne_out"),
    [(288, ALARM_S + 40, True), (240, 255, False), (ALARM_S + 1, ALARM_S + 30, False)],
    ids=["standing still at the alarm", "over long before it", "only after it"],
)
def test_a_standstill_bears_an_alarm_out_while_it_holds(start_s: int, stop_s: int, borne_out: bool) -> None:
    judged = judge_alarm(silent(start_s, stop_s), PLAN, "Asystole", True)
    assert judged.borne_out is borne_out
    assert judged.cell == ("TP" if borne_out else "FN")


def test_another_alarm_is_not_borne_out_by_a_standstill() -> None:
    samples = silent(288, ALARM_S + 40)
    assert not judge_alarm(samples, PLAN, "Ventricular_Tachycardia", False).borne_out
    assert judge_alarm(samples, PLAN, "Bradycardia", False).cell == "FP"


def test_a_header_tells_alarm_and_truth_or_none() -> None:
    assert alarm_of([" Asystole", "True alarm "]) == ("Asystole", True)
    assert alarm_of(["False alarm", "Tachycardia"]) == ("Tachycardia", False)
    for comments in ([], ["Asystole"], ["True alarm"], ["Hiccups", "True alarm"]):
        assert alarm_of(comments) is None


def test_a_missed_alarm_costs_five() -> None:
    judged = {
        "a": Judged("Asystole", True, True),
        "b": Judged("Asystole", True, False),
        "c": Judged("Tachycardia", False, False),
        "d": Judged("Tachycardia", False, True),
    }
    told = alarms_report(judged)["alarms"]
    assert told["all"]["score"] == pytest.approx(100 * 2 / (2 + 1 + 5))
    assert told["Asystole"] | {"score": 0} == {
        "TP": 1,
        "FN": 1,
        "FP": 0,
        "TN": 0,
        "TPR": 50,
        "TNR": None,
        "score": 0,
    }
    assert told["Bradycardia"]["score"] is None
