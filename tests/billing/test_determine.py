"""Determinations: the answer, why, and what would change it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tests.billing.orders import COVERED_ON, order
from tests.billing.services import SERVICE

from einthoven.base.instants import DAY
from einthoven.billing.determine import (
    Determination,
    Stands,
    determination_json,
    determine_order,
    determine_service,
)
from einthoven.billing.service import Earlier
from einthoven.billing.shipped import shipped
from einthoven.enrollment.order_missing import missing


def test_the_base_order_is_covered_and_nothing_would_have_to_change() -> None:
    told = determine_order(order(), COVERED_ON, shipped())
    assert (told.outcome, told.change) == ("covered", ())
    assert told.summary == "Covered under L34997 (Novitas Solutions)"


def test_a_no_says_what_would_change_it() -> None:
    told = determination_json(determine_order(order(setting="hospital"), COVERED_ON, shipped()))
    assert told["outcome"] == "not covered"
    assert told["change"] == [
        {
            "clause": "in-facility",
            "where": "setting",
            "words": "Not covered while the patient is in a facility; after discharge home it can be.",
        }
    ]


def test_what_is_not_said_is_asked_for_by_its_path() -> None:
    told = determination_json(determine_order(order(statements__low_risk=None), COVERED_ON, shipped()))
    assert told["outcome"] == "incomplete"
    clause = next(one for one in told["clauses"] if one["id"] == "low-risk")
    assert clause["outcome"] == "not documented"
    assert [ask["where"] for ask in clause["asks"]] == ["statements.low_risk"]


def test_where_a_fact_stands() -> None:
    told = determination_json(determine_order(order(), COVERED_ON, shipped()))
    facts = {fact["name"]: fact for one in told["clauses"] for fact in one["facts"]}
    assert facts["low_risk"]["where"] == "visit note 2023-02-27"
    assert facts["screening"]["where"] == "order, signed 2023-02-28"


def test_no_older_policy_answers_for_a_date_that_is_not_held() -> None:
    told = determine_order(order(), date(2015, 9, 30), shipped())
    assert (told.outcome, told.policy) == ("policy not held", None)


def test_thirty_times_24_hours_are_thirty_days_though_they_touch_31_dates() -> None:
    full = replace(SERVICE, ended=SERVICE.started + 30 * DAY, last_day="2023-03-31")
    told = determine_service(order(), full, date(2023, 3, 31), shipped())
    assert (told.outcome, told.change) == ("covered", ())
    more = replace(SERVICE, ended=SERVICE.started + 31 * DAY, last_day="2023-04-01")
    assert determine_service(order(), more, date(2023, 4, 1), shipped()).outcome == "incomplete"


def test_what_the_center_itself_has_on_record_counts_and_says_where_it_stands() -> None:
    said = order(statements__new_symptoms=True, statements__nothing_found_only=False)
    here = Earlier("2023-02-05", "2023-02-20", "telemetry", where="register of this center, s000012")
    told = determine_order(said, date(2023, 3, 1), shipped(), [here])
    found = {one.clause.id: one for one in told.clauses}
    assert told.outcome == "not covered"
    facts = {one.name: one for one in found["once-in-thirty-days"].facts}
    assert (facts["days_since_earlier"].value, facts["days_since_earlier"].where) == (24, here.where)
    assert facts["earlier_service"].words == "telemetry 2023-02-05 to 2023-02-20"
    for other in ("holter", "post-symptom", "event-recorder"):
        assert (
            determine_order(said, date(2023, 3, 1), shipped(), [replace(here, test=other)]).outcome
            == "covered"
        )


def test_a_service_that_began_the_same_day_counts() -> None:
    said = order(statements__new_symptoms=True, statements__nothing_found_only=False)
    today = Earlier("2023-03-01", "2023-03-01", "telemetry")
    assert determine_order(said, date(2023, 3, 1), shipped(), [today]).outcome == "not covered"
    later = replace(today, first_day="2023-03-02")
    assert determine_order(said, date(2023, 3, 1), shipped(), [later]).outcome == "covered"


def test_how_long_after_the_last_one_a_service_was_counts_from_its_own_first_day() -> None:
    earlier = Earlier("2023-02-05", "2023-02-20", "telemetry")  # 24 days before, and 53 before its last day
    told = determine_service(order(), replace(SERVICE, earlier=(earlier,)), date(2023, 3, 30), shipped())
    clauses = {one.clause.id: str(one.outcome) for one in told.clauses}
    assert clauses["once-in-thirty-days"] == "not met"


def test_an_extension_that_the_order_documented_is_documented() -> None:
    more = replace(SERVICE, ended=SERVICE.started + 40 * DAY, last_day="2023-04-10")
    why = {"answer": True, "words": "one episode in six weeks"}
    for asked, outcome in ((order(days=40, statements__longer=why), "covered"), (order(), "incomplete")):
        assert determine_service(asked, more, date(2023, 4, 10), shipped()).outcome == outcome


def test_a_short_service_whose_date_of_service_is_too_near_the_last_one() -> None:
    early = replace(SERVICE, ended=SERVICE.started + 5 * DAY, last_day="2023-03-06")
    new = order(statements__new_symptoms=True, statements__nothing_found_only=False)
    for ended, outcome in (("2023-02-05", "not met"), ("2023-02-04", "met")):
        earlier = (Earlier("2023-01-10", ended, "telemetry"),)
        told = determine_service(new, replace(early, earlier=earlier), date(2023, 3, 6), shipped())
        clauses = {one.clause.id: str(one.outcome) for one in told.clauses}
        assert clauses["once-in-thirty-days"] == outcome


def test_another_kind_of_monitoring_that_the_center_knows_of_on_the_same_days() -> None:
    for last, outcome in (("2023-02-28", "covered"), ("2023-03-01", "not covered")):
        beside = Earlier("2023-02-20", last, "holter")
        assert determine_order(order(), COVERED_ON, shipped(), [beside]).outcome == outcome


@pytest.mark.parametrize("how", ["message", "paper"])
def test_a_signature_without_its_day_is_asked_for_in_both_places(how: str) -> None:
    undated = order(signature={"name": "Poe, Paul", "how": how, "legible": True})
    assert [one.where for one in missing(undated)] == ["signature.at"]
    told = determine_order(undated, COVERED_ON, shipped())
    assert (told.outcome, [one.where for one in told.change]) == ("incomplete", ["signature.at"])


# ---- what to look at beside it -----------------------------------------------------------------------------


def looked(told: Determination, kind: str) -> list[tuple[str, ...]]:
    return [tuple(look.where for look in one.looks) for one in told.cautions if one.kind == kind]


def test_nothing_is_to_be_looked_at_in_an_order_without_contradiction() -> None:
    assert determine_order(order(), COVERED_ON, shipped()).cautions == ()


def test_a_contradiction_names_both_places() -> None:
    beside = [{"kind": "holter", "on": "2023-02-28", "until": "2023-03-01", "result": "nothing"}]
    daily = [{"what": "syncope", "how_often": "Daily.", "severity": "severe"}]
    told = determine_order(
        order(prior_tests=beside, symptoms=daily, statements__high_risk_vt_vf=True), COVERED_ON, shipped()
    )
    assert looked(told, "contradiction") == [
        ("statements.same_day_other", "prior_tests[0]"),
        ("statements.infrequent", "symptoms"),
        ("statements.low_risk", "statements.high_risk_vt_vf"),
    ]
    clauses = {one.clause.id: one for one in told.clauses}
    assert clauses["other-monitoring"].stands is Stands.AGAINST
    assert clauses["indication-infrequent"].stands is Stands.AGAINST


def test_an_order_that_was_written_after_the_service_began() -> None:
    assert looked(determine_order(order(dated="2023-03-02"), COVERED_ON, shipped()), "dates") == [
        ("dated", "start")
    ]
    assert looked(determine_order(order(dated="2023-03-01"), COVERED_ON, shipped()), "dates") == []


@pytest.mark.parametrize(
    ("first", "days", "said"),
    [
        (date(2023, 5, 12), 30, 0),  # ends on 2023-06-10, the last day of L34997
        (date(2023, 5, 13), 30, 1),  # ends on 2023-06-11
        (date(2023, 6, 10), 2, 1),
        (date(2023, 6, 11), 30, 0),
        (date(2026, 6, 20), 2, 1),
        (date(2015, 9, 30), 2, 1),
    ],
)
def test_another_policy_before_the_service_ends(first: date, days: int, said: int) -> None:
    told = determine_order(order(days=days), first, shipped())
    assert len(looked(told, "policy")) == said


def test_what_the_later_policy_asks_for_more_is_named_and_the_answer_stays() -> None:
    told = determine_order(order(), date(2023, 5, 20), shipped())
    (one,) = [each for each in told.cautions if each.kind == "policy"]
    assert told.outcome == "covered"
    assert "monitoring concludes on 2023-06-18" in one.words
    assert "Under it the answer is incomplete" in one.words
    assert [look.words for look in one.looks] == [
        "What did the 12-lead ECG show, and when?",
        "What did history and examination show, and when?",
    ]
    late = replace(SERVICE, first_day="2023-05-20", last_day="2023-06-18", ended=SERVICE.ended)
    ended = determine_service(order(), replace(late, ended=None), date(2023, 6, 18), shipped())
    assert ended.policy is not None
    assert (ended.policy.id, len(looked(ended, "policy"))) == ("L39490", 1)
