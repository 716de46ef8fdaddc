"""Waves of flutter are no P waves, and what only looks like them is no flutter."""

from __future__ import annotations

import pytest

from einthoven.ecg.analyze import Analysis, analyze
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Rhythm, Script

OF_THE_SINUS = {"sinus-rhythm", "av-block-1"}


def told(
    rhythms: tuple[Rhythm, ...], leads: tuple[str, ...], seed: int, seconds: int = 150, rate_hz: float = 250.0
) -> Analysis:
    layout = layout_of(leads, rate_hz)
    heart = Heart(Script(rhythms=rhythms), layout, seed=seed)
    return analyze(heart.samples(0, int(seconds * rate_hz)), layout)


def named(found: Analysis) -> set[str]:
    return {finding["kind"] for finding in found.findings}


@pytest.mark.parametrize("leads", [("II", "V1"), ("V1",), ("V5", "V1"), ("I", "V5")], ids="+".join)
@pytest.mark.parametrize(("rate", "seed"), [(75, 1), (75, 2), (75, 3), (60, 3)])
def test_flutter_is_never_told_as_sinus_rhythm_or_a_long_pr(
    leads: tuple[str, ...], rate: int, seed: int
) -> None:
    found = told((Rhythm(0, "flutter", rate),), leads, seed)
    assert not named(found) & OF_THE_SINUS


@pytest.mark.parametrize("leads", [("V1",), ("V5", "V1")], ids="+".join)
@pytest.mark.parametrize("seed", [1, 2])
def test_flutter_has_its_name_where_only_one_lead_shows_small_waves(
    leads: tuple[str, ...], seed: int
) -> None:
    found = told((Rhythm(0, "flutter", 75),), leads, seed)
    told_at = [x["evidence"]["told"] for x in found.findings if x["kind"] == "atrial-flutter"]
    assert told_at
    assert told_at[0] <= 80


def test_sinus_rhythm_ends_where_flutter_begins() -> None:
    found = told((Rhythm(0, "sinus", 70), Rhythm(60, "flutter", 75)), ("V1",), 1, 110)
    ends = [x["closed"] for x in found.findings if x["kind"] == "sinus-rhythm"]
    assert ends == [pytest.approx(60, abs=10)]


@pytest.mark.parametrize("leads", [("II",), ("V1",), ("V5", "V1")], ids="+".join)
@pytest.mark.parametrize(("kind", "rate"), [("sinus", 50), ("sinus", 72), ("block1", 70)])
def test_sinus_rhythm_is_named_after_a_dozen_beats(leads: tuple[str, ...], kind: str, rate: int) -> None:
    found = told((Rhythm(0, kind, rate),), leads, 5, 60)
    spans = [x for x in found.findings if x["kind"] == "sinus-rhythm"]
    assert len(spans) == 1
    assert spans[0]["evidence"]["told"] * rate / 60 <= 19
    assert ("av-block-1" in named(found)) == (kind == "block1")


@pytest.mark.parametrize("leads", [("V1",), ("II", "V1")], ids="+".join)
@pytest.mark.parametrize("seed", [2, 11])
@pytest.mark.parametrize("before", [0, 60])
def test_a_paced_rhythm_whose_pulses_cannot_be_found_is_no_flutter(
    leads: tuple[str, ...], seed: int, before: int
) -> None:
    sinus = (Rhythm(0, "sinus", 70),) if before else ()
    found = told((*sinus, Rhythm(before, "paced", 70)), leads, seed, 180, 128.0)
    assert "atrial-flutter" not in named(found)
