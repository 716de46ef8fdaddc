"""Strips of public records over a made-up line: as sent, or what is wrong is said (R6, R26).

The whole table is ``python -m benchmarks.telephone_accuracy``; here are a few records that may be looked at
one by one.
"""

from __future__ import annotations

from typing import Any

import pytest
from benchmarks.telephone_accuracy import CONDITIONS, DATA, strip_figures
from tests.records.records import need

pytestmark = pytest.mark.records

STRIPS = [("mitdb", "101"), ("mitdb", "119"), ("mitdb", "215"), ("mitdb", "208"), ("cudb", "cu01")]
RIGHT = [
    "plain", "a_law", "centre_plus_10_hz", "centre_minus_10_hz", "clock_plus_0.5_percent",
    "clock_minus_0.5_percent", "clipped_at_0.7", "threefold", "inverted",
]  # fmt: skip


def figures(database: str, name: str, condition: str) -> dict[str, Any]:
    need(database)
    assert need(database).parent == DATA
    found = strip_figures(database, name, CONDITIONS[condition])
    assert "strips" not in found, found
    return found


@pytest.mark.parametrize(("database", "name"), STRIPS)
@pytest.mark.parametrize("condition", RIGHT)
def test_a_strip_comes_back_right(database: str, name: str, condition: str) -> None:
    one = figures(database, name, condition)
    how = CONDITIONS[condition]
    assert one["correlation"] >= 0.995
    assert 0.95 <= one["amplitude"] <= 1.05
    assert (one["speed"], one["polarity"]) == (how.speed, -1 if how.upside_down else 1)
    within = sum(off <= 10 for off in one["off_ms"]) / len(one["off_ms"])
    assert within >= 0.98
    assert one["hit"] >= 0.99 * one["beats"] - 1
    assert one["hit"] >= 0.99 * one["found"] - 1


@pytest.mark.parametrize(("database", "name"), STRIPS)
def test_ten_decibels_of_noise_are_borne(database: str, name: str) -> None:
    one = figures(database, name, "noise_10_db")
    assert one["correlation"] >= 0.97
    assert one["hit"] >= 0.99 * one["beats"] - 1
    assert one["hit"] >= 0.99 * one["found"] - 1
    assert 10 < one["snr_db"] < 12.5


@pytest.mark.parametrize(("database", "name"), STRIPS)
@pytest.mark.parametrize("condition", ["dropouts_50_ms_every_5_s", "lost_60_ms_every_5_s"])
def test_what_is_missing_is_a_gap_and_beats_beside_it_are_found(
    database: str, name: str, condition: str
) -> None:
    one = figures(database, name, condition)
    assert 0.008 < one["gap"] < 0.03
    assert one["correlation"] >= 0.995
    assert one["clear_hit"] >= 0.99 * one["clear"] - 1


@pytest.mark.parametrize(("database", "name"), STRIPS)
@pytest.mark.parametrize("condition", ["no_calibration", "no_calibration_threefold"])
def test_without_a_calibration_nothing_is_guessed(database: str, name: str, condition: str) -> None:
    one = figures(database, name, condition)
    assert one["polarity"] == 0
    assert not one["sized"]
    assert one["speed"] in (0, CONDITIONS[condition].speed)
