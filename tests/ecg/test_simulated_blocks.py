"""Atrioventricular block in simulated hearts: from the first sample on, at several rates; and none in a sinus
rhythm whose beats stay away."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from einthoven.ecg.analyze import Analysis, analyze
from einthoven.ecg.kinds import BY_NAME
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Disturbance, Rhythm, Script

LEADS = ((("II", "V1"), 250.0), (("MLII", "V5"), 360.0), (("II",), 250.0), (("I", "II", "V2"), 200.0))


@cache
def analysed(rhythms: tuple[Rhythm, ...], seconds: int, seed: int, noise_mv: float = 0.0) -> Analysis:
    noise = (Disturbance(0, seconds, "muscle", noise_mv),) if noise_mv else ()
    leads, rate_hz = LEADS[seed % len(LEADS)]
    heart = Heart(Script(rhythms, (), noise), layout_of(leads, rate_hz), seed)
    return analyze(heart.samples(0, int(seconds * rate_hz)), heart.layout)


def share(found: Analysis, kind: str, start: float, stop: float) -> float:
    """Share of a stretch that lies within findings of a kind."""
    spans = [(f["opened"], f["closed"]) for f in found.findings if f["kind"] == kind]
    return sum(max(0.0, min(stop, b) - max(start, a)) for a, b in spans) / (stop - start)


def blocks(found: Analysis) -> set[str]:
    return {f["kind"] for f in found.findings if f["kind"].startswith(("av-block-2", "av-block-3"))}


@pytest.mark.parametrize(("rate", "seed"), [(30, 1), (36, 2), (40, 3), (42, 4), (45, 1), (48, 6)])
def test_third_degree_block_is_found_from_the_first_sample(rate: int, seed: int) -> None:
    found = analysed((Rhythm(0, "block3", rate),), 200, seed)
    assert share(found, "av-block-3", 0, 200) >= 0.6


@pytest.mark.parametrize(("rate", "seed"), [(42, 1), (45, 2), (45, 3), (48, 4)])
@pytest.mark.parametrize("noise_mv", [0.0, 0.03])
def test_third_degree_block_with_a_faster_escape_is_found(rate: int, seed: int, noise_mv: float) -> None:
    rhythms = (Rhythm(), Rhythm(60, "block3", rate), Rhythm(220))
    found = analysed(rhythms, 260, seed, noise_mv)
    assert share(found, "av-block-3", 60, 220) >= 0.6
    assert share(found, "av-block-3", 0, 55) + share(found, "av-block-3", 226, 260) == 0


@pytest.mark.parametrize(("rate_hz", "seed"), [(500.0, 11), (1000.0, 11), (1000.0, 16)])
def test_p_waves_beside_small_escape_beats_are_no_beats(rate_hz: float, seed: int) -> None:
    """On V1 alone a P wave is a third as high as the escape beats."""
    script = Script((Rhythm(0, "sinus", 70), Rhythm(60, "block3", 38), Rhythm(180, "sinus", 70)))
    heart = Heart(script, layout_of(("V1",), rate_hz), seed)
    count = int(200 * rate_hz)
    found = analyze(heart.samples(0, count), heart.layout)
    escapes = [at for at, symbol in heart.truth(0, count).beats if symbol == "E"]
    told = found.beats["sample"]
    near = 0.1 * rate_hz
    assert np.sum((told > escapes[2] + near) & (told <= escapes[-1] + near)) == len(escapes) - 3
    assert share(found, "av-block-3", 60, 180) >= 0.9


@pytest.mark.parametrize(("rate", "seed"), [(80, 1), (90, 2), (90, 3)])
def test_wenckebach_of_a_fast_sinus_is_found(rate: int, seed: int) -> None:
    rhythms = (Rhythm(0, "sinus", rate), Rhythm(60, "wenckebach", rate), Rhythm(200, "sinus", rate))
    found = analysed(rhythms, 230, seed, 0.02)
    assert share(found, "av-block-2-mobitz-1", 60, 200) >= 0.8


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_sinus_that_pauses_twice_its_interval_is_no_block(seed: int) -> None:
    """Where the script changes, two intervals pass without a P wave between them."""
    rhythms = tuple(Rhythm(40 * k, "sinus", 84 + k % 3) for k in range(8))
    found = analysed(rhythms, 320, seed)
    assert blocks(found) == set()


@pytest.mark.parametrize("rate", [105, 115, 125])
def test_a_p_wave_on_the_t_wave_has_no_long_pr(rate: int) -> None:
    for seed in (1, 2, 3, 4):
        found = analysed((Rhythm(0, "sinus", 80, rate), Rhythm(120, "sinus", rate)), 300, seed)
        assert share(found, "av-block-1", 120, 300) <= 0.1, seed


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_flutter_of_two_to_one_is_not_told_as_a_rhythm_of_the_sinus(seed: int) -> None:
    rhythms = (Rhythm(0, "sinus", 75), Rhythm(60, "flutter", 150))
    found = analysed(rhythms, 300, seed)
    assert share(found, "sinus-tachycardia", 0, 300) == 0
    assert share(found, "sinus-rhythm", 100, 300) <= 0.2
    assert not [f for f in found.findings if f["kind"] in BY_NAME and BY_NAME[f["kind"]].priority == "high"]
