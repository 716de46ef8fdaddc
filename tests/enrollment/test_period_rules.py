"""Whether another period may begin: boundaries of days and months, and what the order says (R32, R33)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.enrollment.order import Order, Prior, PriorTest, Setting
from einthoven.enrollment.period_rules import APART_DAYS, EarlierService, rule
from einthoven.enrollment.statements import Statement

YES, NO = Statement(True), Statement(False)
FIRST = date(2026, 11, 23)
HOME = Order(setting=Setting.HOME)


def refused(order: Order, *ended: date, staying: str = "") -> list[str]:
    earlier = [EarlierService(day, "here", "telemetry here, s000001") for day in ended]
    return [one.rule for one in rule(order, earlier, FIRST, staying).refusals]


def new(order: Order = HOME) -> Order:
    return Order(setting=order.setting, statements={"new_symptoms": YES})


def test_a_first_period_begins() -> None:
    assert rule(HOME, [], FIRST).grounds == ()


@pytest.mark.parametrize(("days", "want"), [(0, ["30 days"]), (29, ["30 days"]), (30, []), (31, [])])
def test_thirty_days_after_the_last_one(days: int, want: list[str]) -> None:
    assert refused(new(), FIRST - timedelta(days=days)) == want


@pytest.mark.parametrize(
    ("ended", "want"),
    [(date(2025, 11, 22), []), (date(2025, 11, 23), []), (date(2025, 11, 24), ["12 months"])],
)
def test_twelve_months_after_the_last_one(ended: date, want: list[str]) -> None:
    assert refused(HOME, ended) == want
    assert refused(new(), ended) == []


def test_the_leap_day_has_a_year_too() -> None:
    ended = EarlierService(date(2024, 2, 29), "here", "")
    assert not rule(HOME, [ended], date(2025, 2, 28)).refusals
    assert rule(HOME, [ended], date(2025, 2, 27)).refusals


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "does not say whether"),
        ({"new_symptoms": NO}, "there are no new"),
        ({"nothing_found_only": YES}, "found nothing is no ground"),
        ({"new_symptoms": YES, "nothing_found_only": YES}, "found nothing is no ground"),
    ],
)
def test_why_a_repetition_is_refused(said: dict[str, Statement], words: str) -> None:
    order = Order(setting=Setting.HOME, statements=said)
    ground = rule(order, [EarlierService(date(2026, 5, 1), "here", "x")], FIRST).refusals[0]
    assert words in ground.reason
    assert ground.source.startswith("R33")


def test_telemetry_elsewhere_counts_as_the_order_tells_it() -> None:
    tests = (
        PriorTest(Prior.TELEMETRY, "2026-10-01", "2026-11-10"),
        PriorTest(Prior.HOLTER, "2026-11-20"),
        PriorTest(Prior.TELEMETRY, "some day"),
    )
    order = Order(setting=Setting.HOME, prior_tests=tests, statements={"new_symptoms": YES})
    ruling = rule(order, [], FIRST)
    assert [one.rule for one in ruling.refusals] == ["30 days"]
    assert dict(ruling.inputs)["last_service"] == "telemetry that the order tells of, until 2026-11-10"


@pytest.mark.parametrize("setting", [one for one in Setting if one is not Setting.HOME])
def test_nobody_begins_in_a_facility(setting: Setting) -> None:
    assert refused(Order(setting=setting)) == ["facility"]


def test_nobody_begins_of_whom_a_hospital_says_that_they_are_there() -> None:
    ground = rule(HOME, [], FIRST, "ICU 3").refusals[0]
    assert (ground.rule, "ICU 3" in ground.reason) == ("facility", True)


@given(st.lists(st.integers(0, 2000), max_size=5), st.integers(0, 2000), st.sampled_from([YES, NO, None]))
def test_an_older_service_never_refuses_what_a_newer_one_allows(
    days: list[int], older: int, said: Statement | None
) -> None:
    order = Order(setting=Setting.HOME, statements={} if said is None else {"new_symptoms": said})
    ended = [FIRST - timedelta(days=one) for one in days]
    last = max(ended, default=FIRST - timedelta(days=older))
    before = min(last, FIRST - timedelta(days=older))
    assert refused(order, *ended, before) == refused(order, *ended, *([before] if not ended else []))


@given(st.integers(0, 5000))
def test_refused_exactly_within_thirty_days_where_symptoms_are_new(days: int) -> None:
    assert refused(new(), FIRST - timedelta(days=days)) == (["30 days"] if days < APART_DAYS else [])


def test_a_service_that_lasts_beyond_the_first_day_refuses_whoever_furnishes_it() -> None:
    elsewhere = Order(
        setting=Setting.HOME,
        statements={"new_symptoms": YES},
        prior_tests=(PriorTest(Prior.TELEMETRY, "2026-11-10", "2026-12-05"),),
    )
    (ground,) = rule(elsewhere, [], FIRST).refusals
    assert (ground.rule, "lasts until 2026-12-05" in ground.reason) == ("30 days", True)
