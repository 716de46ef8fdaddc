"""PR and QT in rhythms where another wave lies where they end, or where they have no meaning."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from einthoven.ecg.analyze import analyze
from einthoven.ecg.measure_record import measure_record
from einthoven.ecg.measure_trends import followers
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Rhythm, Script


@cache
def measures(kind: str, rate: float, seed: int = 1) -> dict[str, Any]:
    layout = layout_of(("II", "V1"), 250.0)
    samples = Heart(Script((Rhythm(0, kind, rate),)), layout, seed).samples(0, 120 * 250)
    found: dict[str, Any] = measure_record(samples, layout, analyze(samples, layout))["measures"]
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_qt_of_trigeminy_is_that_of_beats_without_an_early_follower(seed: int) -> None:
    usual, told = measures("sinus", 60, seed), measures("trigeminy", 76, seed)
    assert told["qt"]["value"] == pytest.approx(usual["qt"]["value"], abs=50)
    assert told["pr"]["value"] == pytest.approx(usual["pr"]["value"], abs=20)


def test_in_bigeminy_every_t_wave_meets_the_next_beat() -> None:
    told = measures("bigeminy", 76)
    assert told["qt"]["value"] is None
    assert "next beat" in told["qt"]["reason"]
    assert told["qtc_bazett"]["value"] is None
    assert told["pr"]["value"] is not None
    assert told["qrs"]["value"] is not None


def test_flutter_has_no_end_of_t() -> None:
    told = measures("flutter", 75)
    assert told["qt"]["value"] is None
    assert told["qt"]["reason"].startswith("flutter waves")
    assert told["pr"]["value"] is None


def test_third_degree_block_has_no_pr() -> None:
    told = measures("block3", 38)
    assert told["pr"]["value"] is None
    assert "third degree block" in told["pr"]["reason"]
    assert told["qt"]["value"] is not None


@pytest.mark.parametrize(
    ("rr_ms", "early"),
    [
        ([800, 800, 800, 800, 800, 800], [False] * 6),
        ([800, 800, 430, 1170, 800, 800], [False, True, False, False, False, False]),
        ([430, 1100, 430, 1100, 430, 1100], [False, True, False, True, False, False]),
    ],
)
def test_a_beat_that_is_followed_early_is_known(rr_ms: list[int], early: list[bool]) -> None:
    rr = np.array(rr_ms, np.int64)
    behind, found = followers(np.cumsum(rr), rr, 1000.0)
    assert found.tolist() == early
    assert behind.tolist() == [*rr_ms[1:], rr_ms[-1]]
