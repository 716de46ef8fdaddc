"""What the worklist of orders says beside each: the policy's answer; and whose an order can be."""

from __future__ import annotations

import pytest
from tests.center.order_house import UNSIGNED, OrderOffice

from einthoven.enrollment.order import Order


@pytest.fixture
def office() -> OrderOffice:
    return OrderOffice()


def test_an_order_that_waits_has_its_outcome_beside_it_and_one_that_ended_has_none(
    office: OrderOffice,
) -> None:
    asked: list[str] = []

    def determine(order: Order, on: str, _earlier: object) -> dict[str, object]:
        asked.append(on)
        return {"outcome": "covered" if order.days == 0 else "incomplete"}

    first = office.receives()
    office.receives({"start": "2023-03-02"})  # no days said
    office.house.books.determine = determine
    assert [one["outcome"] for one in office.listed()["orders"]] == ["covered", "incomplete"]
    assert asked[0] == "2023-03-02"
    office.must(office.enrollment, "order.refuse", order=first, why="not ours")
    asked.clear()
    assert [one["outcome"] for one in office.listed(state="ended")["orders"]] == [""]
    assert asked == []


def test_a_center_that_holds_no_policies_says_nothing_of_coverage(office: OrderOffice) -> None:
    office.receives()
    assert [one["outcome"] for one in office.listed()["orders"]] == [""]
    assert office.shown()["determination"] is None


def test_people_of_the_center_choose_the_practice_and_a_practice_has_its_own(office: OrderOffice) -> None:
    office.receives()
    names = {one["name"] for one in office.listed(office.enrollment)["practices"]}
    assert len(names) == len(office.house.books.surveil.staff.practices) > 0
    assert office.shown(office.enrollment)["practices"] == office.listed(office.enrollment)["practices"]
    for who in (office.office, office.physician, office.biller, office.auditor):
        assert office.listed(who)["practices"] == []


def test_what_a_supervisor_allows_stands_with_the_order(office: OrderOffice) -> None:
    signed = {**UNSIGNED, "signature": {"name": "Dr. Fib", "at": "2023-02-28", "how": "paper"}}
    office.receives(signed)
    assert office.shown()["allowed"] == ""
    office.must(office.sit("Super, Vi", "supervisor"), "period.allow", order=1, why="The patient pays.")
    assert office.shown()["allowed"] == "The patient pays."
