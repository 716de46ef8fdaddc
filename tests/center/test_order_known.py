"""Beside an order stands what the center's register says of its patient, and what enrollment would say."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from tests.center.order_house import UNSIGNED, OrderOffice
from tests.center.service_house import ServiceHouse, order_json

from einthoven.base.errors import EnrollmentError, InputError, NotFoundError, RefusedError
from einthoven.base.instants import DAY, HOUR
from einthoven.billing.determine import determination_json, determine_order
from einthoven.billing.policy_told import payer_json
from einthoven.billing.shipped import shipped
from einthoven.center.desk_door import Who
from einthoven.center.earlier import earlier, which_test
from einthoven.center.enroll import end_service, enroll
from einthoven.center.patient_notes import note
from einthoven.enrollment.order import Order
from einthoven.enrollment.order_read import strict
from einthoven.enrollment.periods import ServicePeriod
from einthoven.enrollment.register import KnownPeriod
from einthoven.testing.facts_suite import LAYOUT, request
from einthoven.testing.web import EPOCH

DETERMINED = {
    "payer": {"id": "medicare", "state": "PA"},
    "statements": {"new_symptoms": {"answer": True, "words": "fainted again"}},
}


def determine(order: Order, on: str, known: Any) -> dict[str, Any]:
    return determination_json(determine_order(order, date.fromisoformat(on), shipped(), known))


@pytest.fixture
def house() -> ServiceHouse:
    made = ServiceHouse()
    made.kit()
    made.kit("T-2")
    made.books.determine = determine
    made.books.held = lambda order, on: payer_json(shipped(), order, date.fromisoformat(on))
    return made


def shown(house: ServiceHouse, number: int, by: int = 1) -> dict[str, Any]:
    return dict(house.room.ask(Who(by, by, "192.0.2.7"), "order", {"id": str(number)}))


def checked(house: ServiceHouse, by: int = 1, **form: Any) -> dict[str, Any]:
    params = {"id": "", "form": json.dumps(form)}
    return dict(house.room.ask(Who(by, by, "192.0.2.7"), "order.check", params))


def clause(told: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (one for one in told["determination"]["clauses"] if one["id"] == name)
    return dict(found)


def served(house: ServiceHouse, days: int = 5, **change: Any) -> None:
    """A service of so many days that has ended."""
    house.enroll(house.order(**change))
    house.sends(1)
    house.clock.move(days * 86400)
    house.act("period.end", stream="s000001", why="over")


def test_a_service_on_record_here_is_in_the_clause_with_the_place_where_it_stands(
    house: ServiceHouse,
) -> None:
    house.books.determine = lambda order, on, known: determine(order, "2023-06-10", known)
    house.clock.now -= 200 * DAY  # in April 2023
    served(house)
    house.clock.move(10 * 86400)
    number = house.order(**DETERMINED)
    told = shown(house, number)
    began = told["earlier"][0]["first_day"]
    assert told["earlier"] == [
        {
            "stream": "s000001",
            "test": "telemetry",
            "first_day": began,
            "last_day": told["earlier"][0]["last_day"],
        }
    ]
    limit = clause(told, "once-in-thirty-days")
    (fact,) = (one for one in limit["facts"] if one["name"] == "days_since_earlier")
    assert fact["where"] == "register of this center, s000001"
    assert fact["words"] == f"telemetry {began} to {told['earlier'][0]['last_day']}"
    assert fact["value"] == (date(2023, 6, 10) - date.fromisoformat(began)).days
    typed = checked(house, order=order_json(**DETERMINED), number=number)
    assert clause(typed, "once-in-thirty-days") == limit
    stranger = checked(house, order=order_json(patient={"name": "Doe, Jane", "birth_date": "1950-02-04"}))
    assert stranger["earlier"] == []
    assert checked(house, order=order_json(patient={"name": "Doe, Jane"}))["earlier"] == []


def test_a_second_service_within_thirty_days_is_not_covered_and_says_why(house: ServiceHouse) -> None:
    house.clock.now -= 180 * DAY
    served(house)
    house.clock.move(10 * 86400)
    on = house.books.today(house.clock.wall())
    told = checked(house, order=order_json(**DETERMINED), date=on)
    assert on < "2023-06-11"
    assert clause(told, "once-in-thirty-days")["outcome"] == "not met"
    assert clause(told, "once-in-a-year")["outcome"] == "met"
    assert told["determination"]["outcome"] == "not covered"


def test_the_orders_own_service_is_none_before_it(house: ServiceHouse) -> None:
    number = house.order(**DETERMINED)
    house.enroll(number)
    house.sends(1)
    told = shown(house, number)
    assert told["earlier"] == []
    assert told["rules"] is None
    other = shown(house, house.order(**DETERMINED))
    assert [(one["stream"], one["last_day"]) for one in other["earlier"]] == [("s000001", "")]


def test_what_ended_without_a_sample_was_no_service_and_what_was_recorded_before_no_telemetry(
    house: ServiceHouse,
) -> None:
    number = house.order()
    house.enroll(number)
    house.clock.move(86400)
    house.act("period.end", stream="s000001", why="never arrived")
    assert shown(house, house.order())["earlier"] == []
    body = request("T-9", birth_date="1950-02-03")
    enroll(house.kept, body, house.clock.wall())
    house.kept.declare_layout(2, LAYOUT, 7, EPOCH - 3 * DAY, house.clock.wall())
    end_service(house.kept, 2, house.clock.wall() + HOUR)
    told = shown(house, house.order())
    assert [(one["test"], one["first_day"], one["last_day"]) for one in told["earlier"]] == [
        ("holter", "2023-11-11", "")
    ]
    assert told["rules"]["grounds"] == []


def test_the_kind_of_a_period_is_its_orders_test() -> None:
    period = ServicePeriod(1, 1, "T-1", 1, EPOCH, EPOCH + 30 * DAY, EPOCH + DAY)
    tests = {7: "post-symptom"}
    for known, want in (
        (KnownPeriod(period, order=7), "post-symptom"),
        (KnownPeriod(period, order=8), "telemetry"),
        (KnownPeriod(period), "telemetry"),
        (KnownPeriod(period, origin=EPOCH), "holter"),
        (KnownPeriod(period, origin=EPOCH, order=8), "telemetry"),
    ):
        assert which_test(known, tests) == want
    (one,) = earlier([KnownPeriod(period)], {}, "America/New_York")
    assert one.words == "telemetry 2023-11-14 to 2023-11-15"


def test_the_rules_of_enrollment_are_said_before_the_click_and_hold_at_it(house: ServiceHouse) -> None:
    served(house)
    house.clock.move(10 * 86400)
    number = house.order(**DETERMINED)
    rules = shown(house, number)["rules"]
    assert rules["refused"]
    assert rules["day"] == house.books.today(house.clock.wall())
    by_rule = {one["rule"]: one for one in rules["grounds"]}
    assert by_rule["30 days"]["refused"]
    assert by_rule["30 days"]["change"] == "From 2023-12-19 on."
    assert by_rule["30 days"]["source"].startswith("R33")
    assert not by_rule["12 months"]["refused"]
    with pytest.raises(RefusedError) as caught:
        house.enroll(number, "T-2")
    assert by_rule["30 days"]["reason"] in caught.value.detail
    house.act("period.allow", by=2, order=number, why="the practice pays")
    allowed = shown(house, number)["rules"]
    assert (allowed["refused"], allowed["allowed"]) == (True, "the practice pays")
    house.enroll(number, "T-2")


def test_a_service_that_runs_is_said_before_the_click_and_nobody_can_allow_it(house: ServiceHouse) -> None:
    house.enroll()
    number = house.order()
    (one,) = shown(house, number)["rules"]["grounds"]
    assert (one["rule"], one["refused"], one["allowable"]) == ("exclusive", True, False)
    assert "is in open period 1 (stream s000001, transmitter T-1" in one["reason"]
    house.act("period.allow", by=2, order=number, why="never mind")
    with pytest.raises(EnrollmentError) as caught:
        house.enroll(number, "T-2")
    assert str(caught.value).startswith(one["reason"])
    house.enroll(number, "T-2", end_previous=True)


def test_a_repetition_says_what_would_change_it(house: ServiceHouse) -> None:
    served(house)
    house.clock.move(60 * 86400)
    told = checked(house, order=order_json())
    (one,) = (each for each in told["rules"]["grounds"] if each["refused"])
    assert one["rule"] == "12 months"
    assert one["where"] == "statements.new_symptoms"
    assert "From 2024-11-19 on, or where the physician states new" in one["change"]
    assert not checked(house, order=order_json(**DETERMINED))["rules"]["refused"]


def test_a_place_that_is_no_home_is_said_too(house: ServiceHouse) -> None:
    (one,) = checked(house, order=order_json(setting="hospital"))["rules"]["grounds"]
    assert (one["rule"], one["where"], one["change"]) == (
        "facility",
        "setting",
        "When the patient is at home.",
    )


def test_the_list_is_determined_anew_when_a_service_became_known(house: ServiceHouse) -> None:
    asked: list[int] = []

    def counted(_order: Order, _on: str, known: Any) -> dict[str, Any]:
        asked.append(len(known))
        return {"outcome": "incomplete"}

    house.books.determine = counted
    house.order()
    for _ in range(2):
        house.room.ask(Who(1, 1, ""), "orders", {"state": "ready"})
    assert asked == [0]
    enroll(house.kept, request("T-9", birth_date="1950-02-03"), house.clock.wall())
    house.room.ask(Who(1, 1, ""), "orders", {"state": "ready"})
    assert asked == [0, 1]


# ---- whom it is told ---------------------------------------------------------------------------------------


@pytest.fixture
def office() -> OrderOffice:
    """The patient of an unsigned order was served for practice 1 (s000001) and for nobody's (s000002)."""
    made = OrderOffice()
    books, kept = made.house.books, made.house.kept
    books.known = kept.of_person
    books.determine = determine
    patient = UNSIGNED["patient"]
    for _ in range(2):
        body = request("T-9", patient["name"], birth_date=patient["birth_date"])
        enroll(kept, body, made.now - 40 * DAY)
    kept.declare_layout(1, LAYOUT, 1, None, made.now)
    kept.declare_layout(2, LAYOUT, 2, None, made.now)
    made.do(note(books.notes, 2, {"practice": 2}))
    return made


def looks(office: OrderOffice, who: Who, **form: Any) -> dict[str, Any]:
    params = {"id": "", "form": json.dumps(form)}
    return dict(office.house.room.ask(who, "order.check", params))


def test_a_form_is_no_way_to_ask_who_else_was_a_patient_here(office: OrderOffice) -> None:
    typed = looks(office, office.office, order=UNSIGNED)
    assert [one["stream"] for one in typed["earlier"]] == ["s000001"]
    assert typed["limited"]
    whole = looks(office, office.enrollment, order=UNSIGNED)
    assert [one["stream"] for one in whole["earlier"]] == ["s000001", "s000002"]
    assert not whole["limited"]
    number = office.receives()
    kept = looks(office, office.office, order=UNSIGNED, number=number)
    assert ([one["stream"] for one in kept["earlier"]], kept["limited"]) == (["s000001", "s000002"], False)
    other = {**UNSIGNED, "patient": {**UNSIGNED["patient"], "name": "Somebody Else"}}
    assert looks(office, office.office, order=other, number=number)["limited"]
    assert [one["stream"] for one in office.shown()["earlier"]] == ["s000001", "s000002"]


def test_an_order_of_another_practice_is_none_to_the_form_either(office: OrderOffice) -> None:
    number = office.receives()
    with pytest.raises(NotFoundError):
        looks(office, office.stranger, order=UNSIGNED, number=number)
    for odd in ("x", 0, [1]):
        with pytest.raises((InputError, NotFoundError)):
            looks(office, office.office, order=UNSIGNED, number=odd)


# ---- the payer ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payer", "on", "held", "words"),
    [
        ({}, "2023-03-01", "open", "Policies are known of medicare."),
        ({"id": "acme"}, "2023-03-01", "no", "No policy held of this payer: the answer will be"),
        (
            {"id": "Medicare", "state": "PA"},
            "2023-03-01",
            "yes",
            "Policy held: L34997 version R4, Novitas Solutions, from 2015-10-01, until 2023-06-10.",
        ),
        ({"id": "medicare", "state": "PA"}, "2023-06-11", "part", "held in part"),
        ({"id": "medicare", "state": "PA"}, "2026-11-23", "no", "its text is not held: the answer will be"),
        ({"id": "medicare"}, "2023-03-01", "open", "The state decides which."),
        ({"id": "medicare"}, "1990-01-01", "no", "No policy of medicare on 1990-01-01 is known"),
        ({"id": "medicare", "state": "ZZ"}, "2003-01-01", "no", "No policy of medicare for ZZ on 2003-01-01"),
    ],
)
def test_which_policy_of_the_payer_is_held_is_said_beside_it(
    payer: dict[str, str], on: str, held: str, words: str
) -> None:
    told = payer_json(
        shipped(), strict({**order_json(payer=payer), "signature": None}, EPOCH), date.fromisoformat(on)
    )
    assert told["held"] == held
    assert words in told["words"]
    assert told["payers"] == ["medicare"]


def test_the_form_tells_it_while_the_payer_is_typed(house: ServiceHouse) -> None:
    told = checked(house, order=order_json(payer={"id": "acme"}), date="2023-03-01")["payer_policy"]
    assert told["held"] == "no"
    assert shown(house, house.order())["payer_policy"]["held"] in ("no", "part", "yes")
