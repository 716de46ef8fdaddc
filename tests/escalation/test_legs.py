"""Every leg from criterion met to action: measured, against limits, exact (R22)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.errors import FaultsError
from einthoven.base.instants import MINUTE, SECOND
from einthoven.escalation.legs import (
    LEGS,
    SHIPPED,
    STAGES,
    Times,
    about_to_miss,
    limits_of,
    missed,
    passages,
    percentile,
    summaries,
)

T = 1_000_000 * SECOND
FULL = dict(zip(STAGES, (T + n * SECOND for n in (0, 6, 8, 60, 120, 150, 400, 500)), strict=True))


def until(stage: str) -> dict[str, int]:
    return {name: at for name, at in FULL.items() if STAGES.index(name) <= STAGES.index(stage)}


def test_the_legs_of_a_case() -> None:
    took = {
        each.leg: each.took // SECOND
        for each in passages([Times(1, "emergent", FULL)], SHIPPED, T + MINUTE * 60)
    }
    assert took == {
        "criterion met to finding": 6,
        "finding to displayed": 2,
        "displayed to held": 52,
        "held to verdict": 60,
        "verdict to call started": 30,
        "call started to reached": 250,
        "reached to action": 100,
        "criterion met to call started": 150,
        "criterion met to reached": 400,
    }


def test_the_latency_targets_of_the_domain() -> None:
    emergent = SHIPPED["emergent"]
    assert emergent["criterion met to finding"] <= 10 * SECOND
    assert emergent["finding to displayed"] <= 5 * SECOND
    assert emergent["displayed to held"] <= 2 * MINUTE
    assert 10 * MINUTE <= emergent["criterion met to call started"] <= 15 * MINUTE
    assert all(set(limits) == {leg.name for leg in LEGS} for limits in SHIPPED.values())


def test_the_limits_are_those_of_the_page() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "escalation.md").read_text()
    units = {"s": SECOND, "min": MINUTE, "h": 60 * MINUTE}
    for leg in LEGS:
        (row,) = re.findall(rf"^\| {leg.name} \| (.+) \|$", page, re.M)
        told = [int(cell.split()[0]) * units[cell.split()[1]] for cell in row.split("|")]
        assert told == [SHIPPED[tier][leg.name] for tier in ("emergent", "urgent", "daily")]


def test_a_leg_that_has_not_begun_or_does_not_come_is_none() -> None:
    held = Times(1, "emergent", until("held"))
    running = {each.leg for each in passages([held], SHIPPED, T + 100 * SECOND) if each.done is None}
    assert running == {"held to verdict", "criterion met to call started", "criterion met to reached"}
    artefact = Times(1, "emergent", until("verdict"), telling=False)
    assert {each.leg for each in passages([artefact], SHIPPED, T + MINUTE * 60) if each.done is None} == set()
    closed = Times(1, "daily", until("displayed"), closed=True)
    assert all(each.done for each in passages([closed], SHIPPED, T + MINUTE * 60))


def test_percentiles_are_exact_and_windowed() -> None:
    cases = [
        Times(n, "emergent", {"displayed": T, "held": T + n * SECOND}, telling=False) for n in range(1, 201)
    ]
    now = T + 1000 * SECOND
    leg = {each.leg: each for each in summaries(cases, SHIPPED, T, now) if each.tier == "emergent"}
    held = leg["displayed to held"]
    assert (held.count, held.p50, held.p95, held.missed) == (200, 100 * SECOND, 190 * SECOND, 80)
    late = next(each for each in summaries(cases, SHIPPED, T + 101 * SECOND, now) if each.leg == held.leg)
    assert (late.count, late.p50) == (100, 150 * SECOND)
    assert (leg["finding to displayed"].count, leg["finding to displayed"].p95) == (0, None)


def test_what_still_runs_over_its_limit_is_missed_already() -> None:
    cases = [Times(1, "emergent", until("displayed"))]
    limit = SHIPPED["emergent"]["displayed to held"]
    shown = FULL["displayed"]
    assert missed(cases, SHIPPED, T, shown + limit) == []
    (found,) = missed(cases, SHIPPED, T, shown + limit + 1)
    assert (found.leg, found.left, found.done) == ("displayed to held", -1, None)
    held = next(
        each for each in summaries(cases, SHIPPED, T, shown + limit + 1) if each.leg == "displayed to held"
    )
    assert (held.count, held.missed) == (0, 1)


def test_what_is_about_to_miss_comes_before_it_does_and_stays() -> None:
    cases = [Times(1, "urgent", {"displayed": T}), Times(2, "emergent", {"displayed": T + 400 * SECOND})]

    def told(after: int) -> list[tuple[int, int]]:
        return [
            (each.case, each.left // SECOND) for each in about_to_miss(cases, SHIPPED, T + after * SECOND)
        ]

    assert told(449) == []
    assert told(450) == [(1, 150)]
    assert told(490) == [(2, 30), (1, 110)]
    assert told(700) == [(2, -180), (1, -100)]


def test_a_stage_before_the_one_it_follows_took_no_time() -> None:
    (found,) = passages(
        [Times(1, "daily", {"displayed": T, "held": T - 5}, telling=False, closed=True)], SHIPPED, T
    )
    assert found.took == 0


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=50).map(sorted), st.integers(1, 100))
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(values: list[int], share: int) -> None:
    found = percentile(values, share)
    assert found in values
    assert 100 * sum(value <= found for value in values) >= share * len(values)
    assert 100 * sum(value < found for value in values) < share * len(values)
    assert percentile([], share) is None


@given(st.dictionaries(st.sampled_from(STAGES), st.integers(T, T + 10**12)), st.sampled_from(sorted(SHIPPED)))
def test_a_running_leg_is_about_to_miss_before_it_is_missed(at: dict[str, int], tier: str) -> None:
    cases = [Times(1, tier, at)]
    now = T + 10**12
    near = {each.leg for each in about_to_miss(cases, SHIPPED, now)}
    over = {each.leg for each in missed(cases, SHIPPED, T, now) if each.done is None}
    assert over <= near


def test_a_center_sets_its_limits() -> None:
    made = limits_of({"emergent.displayed to held": 90, "daily.held to verdict": 7200.5})
    assert made["emergent"]["displayed to held"] == 90 * SECOND
    assert made["daily"]["held to verdict"] == 7_200_500_000_000
    assert limits_of({}) == SHIPPED


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"emergent.lunch": 5}, "emergent.lunch: no such leg"),
        ({"none.displayed to held": 5}, "no such leg"),
        ({"emergent.displayed to held": "5"}, "want seconds"),
        ({"emergent.displayed to held": True}, "want seconds"),
        ({"emergent.displayed to held": 0}, "0 s is not within 1 … 604800 s"),
        ({"emergent.displayed to held": float("nan")}, "nan s is not within"),
        ({"emergent.displayed to held": 601}, "emergent.displayed to held: longer than urgent"),
    ],
)
def test_limits_that_contradict_themselves_are_refused(overrides: dict, words: str) -> None:
    with pytest.raises(FaultsError, match=words):
        limits_of(overrides)
