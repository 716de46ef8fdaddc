"""Alarms of intensive care: what was told by the end of minute five bears out the true ones."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from benchmarks.cinc2015 import score
from tests.records.records import need

pytestmark = pytest.mark.records


@cache
def scored() -> dict[str, Any]:
    found: dict[str, Any] = score(need("cinc2015"))
    return found


def test_the_score_of_the_challenge() -> None:
    assert scored()["all"]["score"] >= 81.0, scored()["wrong"]


@pytest.mark.parametrize(
    ("alarm", "missed"),
    [("Asystole", 0), ("Bradycardia", 1), ("Tachycardia", 0), ("Ventricular_Tachycardia", 2)],
)
def test_hardly_a_true_alarm_is_called_false(alarm: str, missed: int) -> None:
    assert scored()[alarm]["FN"] <= missed, scored()["wrong"]
