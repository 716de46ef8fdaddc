"""Hearts on cue: what was measured stays, the analysis finds each scene, and the pace is calm."""

from __future__ import annotations

import itertools
from random import Random

import numpy as np
import pytest

from einthoven.base.instants import SECOND
from einthoven.base.layout import INVALID_SAMPLE
from einthoven.ecg.analyze import analyze
from einthoven.sim.cues import CALM_S, FIRST_S, SCENES, CuedSource, Prompter, Scene
from einthoven.sim.demo import CUED, plan
from einthoven.sim.hearts.heart import Heart
from einthoven.sim.scenario import shipped
from einthoven.sim.sources import HeartSource

WARD = shipped("ward16")
FOUND = {
    "run": "nonsustained-ventricular-tachycardia",
    "pause": "asystole",
    "block": "av-block-3",
    "racing": "supraventricular-tachycardia",
}


def cued(name: str = "well", seed: int = 1) -> CuedSource:
    wearer = next(one for one in WARD.wearers if one.heart == name)
    return CuedSource(HeartSource(Heart(WARD.hearts[name], wearer.layout, seed), seed), seed)


@pytest.mark.parametrize("scene", SCENES, ids=lambda one: one.name)
@pytest.mark.parametrize("name", ["well", "young"])
def test_each_scene_is_found(name: str, scene: Scene) -> None:
    source = cued(name)
    rate = source.layout.rate_hz
    source.samples(0, round(40 * rate))
    source.cue(scene)
    samples = source.samples(0, round((40 + scene.seconds + 30) * rate))
    assert FOUND[scene.name] in {one["kind"] for one in analyze(samples, source.layout).findings}


def test_what_was_measured_stays_and_however_it_is_asked_for_it_is_the_same() -> None:
    source = cued()
    plain = cued().samples(0, 30_000)
    before = source.samples(0, 5_000)
    source.cue(SCENES[0])
    whole = source.samples(0, 30_000)
    assert (whole[:5_000] == before).all()
    assert (whole[5_000:] != plain[5_000:]).any()
    pieces = [source.samples(at, at + 777) for at in range(0, 29_000, 777)]
    assert (np.concatenate(pieces) == whole[: 777 * len(pieces)]).all()
    scene = 5_000 + round(SCENES[0].seconds * 250)
    assert (whole[scene:] == plain[scene:]).all()


def test_a_lead_that_is_off_stays_off() -> None:
    source = cued("loose-electrode")
    source.samples(0, 110 * 250)
    source.cue(SCENES[0])
    assert (source.samples(111 * 250, 112 * 250)[:, 1] == INVALID_SAMPLE).all()


def test_a_second_cue_waits_for_the_first_scene() -> None:
    source = cued()
    source.samples(0, 1_000)
    source.cue(SCENES[0])
    assert source.playing
    source.cue(SCENES[1])
    source.samples(0, 1_000 + round(SCENES[0].seconds * 250))
    assert source.playing
    source.samples(0, 1_000 + round((SCENES[0].seconds + SCENES[1].seconds) * 250))
    assert not source.playing


def shift(seed: int, seconds: int, troubled: set[str]) -> list[tuple[int, str]]:
    """When which stream is cued while a visitor watches two of three."""
    hearts = {f"s00000{number}": cued(seed=number) for number in (1, 2, 3)}
    prompter = Prompter(hearts, Random(seed))
    given = []
    for second in range(seconds):
        for source in hearts.values():
            source.samples(second * 250, (second + 1) * 250)
        stream = prompter.step(second * SECOND, {"s000001", "s000002", "s000009"}, troubled)
        if stream is not None:
            given.append((second, stream))
    return given


@pytest.mark.parametrize("seed", range(5))
def test_the_first_comes_soon_and_the_others_at_a_calm_pace(seed: int) -> None:
    given = shift(seed, 1200, set())
    assert given[0][0] == FIRST_S
    assert all(CALM_S / 2 < b - a < 2 * CALM_S for (a, _), (b, _) in itertools.pairwise(given))
    assert {stream for _, stream in given} == {"s000001", "s000002"}
    assert all(a != b for (_, a), (_, b) in itertools.pairwise(given))


def test_nothing_is_cued_while_a_case_is_open() -> None:
    assert shift(1, 300, {"s000002"}) == []
    assert len(shift(1, 300, {"s000003"})) == 2


def test_nobody_watched_nothing_happens() -> None:
    prompter = Prompter({"s000001": cued()}, Random(1))
    assert all(prompter.step(at * SECOND, {"s000007"}, set()) is None for at in range(600))


@pytest.mark.parametrize("patients", [4, 8, 16])
def test_every_ward_of_the_demo_has_hearts_that_take_cues(patients: int) -> None:
    hearts = [one for one in plan(patients).patients if isinstance(one.source, CuedSource)]
    assert len(hearts) >= 2
    assert {one.wearer.heart for one in hearts} <= set(CUED)
