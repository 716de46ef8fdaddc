"""The live history, the wall and ``analyze`` say the same of the same samples, and nothing seen vanishes."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from tests.bootstrap.lives import Lives

from einthoven.center.found import Key, LiveFinding, Reason
from einthoven.ecg.analyze import analyze
from einthoven.ecg.findings import named_values
from einthoven.ecg.kinds import BY_NAME
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Rhythm, Script

RATE = 125
PLAN = layout_of(("II", "V1"), float(RATE))
SCRIPT = Script(
    rhythms=(
        Rhythm(at_s=0, kind="sinus", rate_bpm=70),
        Rhythm(at_s=60, kind="afib", rate_bpm=95),
        Rhythm(at_s=330, kind="sinus", rate_bpm=75),
        Rhythm(at_s=400, kind="vt", rate_bpm=180),
        Rhythm(at_s=415, kind="vf", rate_bpm=80),
        Rhythm(at_s=435, kind="sinus", rate_bpm=80),
    ),
)
"""Fibrillation of the atria, told a minute after it began; a tachycardia that becomes fibrillation."""
SECONDS = 480
RECORD = Heart(SCRIPT, PLAN, seed=11).samples(0, SECONDS * RATE)
Row = tuple[str, int, int | None, str]


def go_on(life: Lives, start_s: int, stop_s: int) -> None:
    for second in range(start_s, stop_s):
        life.give(second * RATE, (second + 1) * RATE)
        life.facts.commit()


def seen(life: Lives) -> set[Key]:
    return {key for key, _ in life.seen}


def holding(found: Iterable[LiveFinding]) -> list[Row]:
    kept = [one.finding for one in found if one.state != "withdrawn"]
    return sorted((one.kind.name, one.start, one.end, str(named_values(one))) for one in kept)


def of_the_record() -> list[Row]:
    return sorted(
        (str(one["kind"]), one["start_sample"], one["end_sample"], str(one["evidence"]["values"]))
        for one in analyze(RECORD, PLAN).findings
        if one["kind"] in BY_NAME
    )


@pytest.fixture(scope="module")
def life() -> Lives:
    life = Lives(RECORD, PLAN)
    go_on(life, 0, SECONDS)
    life.settled()
    return life


def test_history_wall_and_record_say_the_same(life: Lives) -> None:
    record = of_the_record()
    assert {kind for kind, *_ in record} >= {"atrial-fibrillation", "ventricular-fibrillation"}
    assert holding(life.history()) == record
    assert holding(life.core.ward.boards.findings(1)) == record


def test_what_was_seen_and_does_not_hold_is_withdrawn_with_reason_and_time(life: Lives) -> None:
    withdrawn = {one.key: one for one in life.history() if one.state == "withdrawn"}
    held = {one.key for one in life.history() if one.state != "withdrawn"}
    assert withdrawn.keys() == seen(life) - held
    reasons = {one.withdrawal.words for one in withdrawn.values() if one.withdrawal is not None}
    assert "overruled by Atrial fibrillation" in reasons
    for one in withdrawn.values():
        assert one.withdrawal is not None
        assert one.withdrawal.sample is not None
        assert one.told <= one.withdrawal.sample <= len(RECORD)
    on_the_wall = [one for one in life.core.ward.boards.findings(1) if one.state == "withdrawn"]
    assert {one.key for one in on_the_wall} == withdrawn.keys()


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_of_the_history_make_up_the_whole(life: Lives, limit: int) -> None:
    whole = life.history()
    end = len(RECORD) + 1
    assert life.core.findings.between(1, 0, end, limit) == whole[:limit]
    for one in whole[:: len(whole) // 5]:
        stretch = life.core.findings.between(1, one.start, one.start + 1, 1000)
        assert one in stretch
        assert [other.id for other in stretch] == [
            other.id
            for other in whole
            if other.start <= one.start and (other.end is None or other.end >= one.start)
        ]


@pytest.mark.parametrize("dies_s", [150, 200, 425])
def test_a_death_takes_nothing_away_that_was_seen(dies_s: int) -> None:
    """The life after it goes through the samples again, from a step saved a minute before."""
    life = Lives(RECORD, PLAN)
    go_on(life, 0, dies_s - 60)
    life.core.save_step()
    go_on(life, dies_s - 60, dies_s)
    life.kill()
    go_on(life, dies_s, SECONDS)
    life.settled()
    assert holding(life.history()) == of_the_record()
    assert seen(life) <= {one.key for one in life.history()}
    assert Reason.OVERRULED in {one.withdrawal.reason for one in life.history() if one.withdrawal is not None}
