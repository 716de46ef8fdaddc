"""Where wander hides P waves, or draws them where there are none, what rests on P waves is left untold."""

from __future__ import annotations

from itertools import pairwise

import pytest
from tests.ecg.simulated import Case, played

from einthoven.sim.hearts.script import Disturbance

WANDER = (Disturbance(0, 300, "wander", 0.4),)
PREMATURE = {"atrial-bigeminy", "supraventricular-couplet", "frequent-supraventricular-beats"}
"""What beats are called that are taken for early ones."""
VIEWS = ((("II", "V5"), 333.3), (("II",), 250.0), (("V1",), 500.0))


def case(kind: str, rate: float, view: int, seed: int, wander: bool = True) -> Case:
    leads, rate_hz = VIEWS[view]
    return Case(kind, rate, seed, 120.0, leads, rate_hz, disturbances=WANDER if wander else ())


@pytest.mark.parametrize("seed", [11, 12])
@pytest.mark.parametrize("view", range(len(VIEWS)))
def test_beats_behind_a_dropped_one_are_not_premature(view: int, seed: int) -> None:
    got = played(case("mobitz2", 72, view, seed))
    assert not got.kinds() & PREMATURE
    assert got.spans("av-block-2-mobitz-2")
    assert not [start for start, stop in got.spans("sinus-arrhythmia") if start < 170 and stop > 70]


@pytest.mark.parametrize("wander", [False, True])
@pytest.mark.parametrize("view", range(len(VIEWS)))
def test_a_faster_rhythm_that_goes_on_is_not_premature_beat_by_beat(view: int, wander: bool) -> None:
    for seed in (11, 12, 13):
        assert not played(case("block1", 90, view, seed, wander)).kinds() & PREMATURE, seed


@pytest.mark.parametrize("seed", [11, 12, 13])
@pytest.mark.parametrize("view", range(len(VIEWS)))
def test_waves_that_wander_draws_anywhere_make_no_sinus_rhythm(view: int, seed: int) -> None:
    spans = played(case("junctional", 50, view, seed)).spans("sinus-rhythm")
    assert sum(max(0.0, min(180.0, stop) - max(60.0, start)) for start, stop in spans) <= 30
    assert all(stop <= start for (_, stop), (start, _) in pairwise(spans))
