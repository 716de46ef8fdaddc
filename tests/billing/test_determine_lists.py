"""Lists of earlier tests and symptoms in any order, and fields that no clause asks for."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.billing.orders import changed
from tests.billing.test_determine_properties import orders, told

DAYS = st.sampled_from(
    ["", "2020-01-01", "2022-06-01", "2023-02-10", "2023-02-28", "2023-03-01", "2023-03-20"]
)
TESTS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["holter", "telemetry", "ecg", "event-recorder", "echocardiogram"]),
        "on": DAYS,
        "result": st.sampled_from(["", "nothing"]),
        "revealing": st.sampled_from([None, False, False, True]),
    }
)
SYMPTOMS = st.fixed_dictionaries(
    {
        "what": st.sampled_from(["syncope", "dizziness", "fatigue"]),
        "how_often": st.sampled_from(["", "daily", "monthly"]),
        "severity": st.sampled_from(["", "mild", "severe"]),
    }
)


def outcomes(order: dict[str, Any]) -> tuple[object, ...]:
    answer = told(order)
    clauses = [(one["id"], one["outcome"], one["stands"]) for one in answer["clauses"]]
    return answer["outcome"], answer["summary"], clauses, [one["words"] for one in answer["cautions"]]


@settings(max_examples=80, deadline=None)
@given(orders(), st.lists(TESTS, max_size=4), st.lists(SYMPTOMS, max_size=3), st.data())
def test_in_any_order(
    order: dict[str, Any], tests: list[Any], symptoms: list[Any], data: st.DataObject
) -> None:
    listed = changed(order, {"prior_tests": tests, "symptoms": symptoms})
    mixed = {
        "prior_tests": data.draw(st.permutations(tests)),
        "symptoms": data.draw(st.permutations(symptoms)),
    }
    assert outcomes(changed(listed, mixed)) == outcomes(listed)


@settings(max_examples=40, deadline=None)
@given(orders())
def test_what_no_clause_asks_for_changes_nothing(order: dict[str, Any]) -> None:
    beside = {
        "patient.telephone": "+1 215 555 0199",
        "patient.record_number": "MRN 7",
        "orderer.fax": "+1 215 555 0198",
        "orderer.npi": "1245319599",
        "placer": "A-17",
    }
    assert outcomes(changed(order, beside)) == outcomes(order)


@settings(max_examples=80, deadline=None)
@given(orders(), st.lists(TESTS, max_size=3))
def test_every_not_covered_names_a_clause_and_what_would_change_it(
    order: dict[str, Any], tests: list[Any]
) -> None:
    answer = told(changed(order, {"prior_tests": tests}))
    if answer["outcome"] != "not covered":
        return
    assert [one for one in answer["change"] if one["words"]]
    named = {one["clause"] for one in answer["change"] if one["clause"]}
    against = {one["id"] for one in answer["clauses"] if one["stands"] == "against"}
    assert against <= named
