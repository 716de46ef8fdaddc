"""What holds of every determination: more information decides, order does not matter."""

from __future__ import annotations

import copy
import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.billing.orders import BASE, NOW, changed
from tests.billing.services import SERVICE, variants

from einthoven.billing.determine import determination_json, determine_order, determine_service
from einthoven.billing.facts import ClaimSeen
from einthoven.billing.policy import Policy
from einthoven.billing.shipped import shipped
from einthoven.enrollment.order_read import strict
from einthoven.enrollment.statements import QUESTIONS

ON = date(2023, 3, 1)
RANK = {"covered": 2, "incomplete": 1, "not covered": 0}
ANSWERS = st.sampled_from([True, False, {"answer": True, "words": "because"}, {"answer": False}])
HOLTER = {"kind": "holter", "on": "2023-01-10", "result": "nothing", "revealing": False}
FILLS: dict[str, st.SearchStrategy[Any]] = {
    **{f"statements.{key}": ANSWERS for key in QUESTIONS},
    "indication": st.sampled_from(["infrequent-symptoms", "unrevealing-tests", "af-absence", "other"]),
    "setting": st.sampled_from(["home", "hospital", "skilled-nursing"]),
    "days": st.sampled_from([1, 2, 30, 31, 60]),
    "orderer.kind": st.sampled_from(["physician", "practitioner"]),
    "orderer.country": st.sampled_from(["US", "PR", "CA"]),
    "patient.name": st.just("Doe, Jane"),
    "criteria": st.sampled_from(["practice", "center"]),
    "test": st.just("telemetry"),
    "signature": st.sampled_from(
        [
            {"name": "Poe", "at": "2023-02-28", "how": "electronic"},
            {"name": "Poe", "at": "2023-02-28", "how": "paper", "legible": False},
        ]
    ),
    "symptoms": st.just([{"what": "syncope", "how_often": "rarely", "severity": "severe"}]),
    "prior_tests": st.just([HOLTER]),
}
"""What may be open in an order, and what it may be filled with."""


@st.composite
def orders(draw: st.DrawFn) -> dict[str, Any]:
    """The base order with some of it changed and some of it open."""
    changes: dict[str, Any] = {}
    for path, values in FILLS.items():
        kind = draw(st.sampled_from(["kept", "kept", "open", "other"]))
        if kind != "kept":
            changes[path] = None if kind == "open" else draw(values)
    return changed(BASE, changes)


def told(order: dict[str, Any]) -> dict[str, Any]:
    return determination_json(determine_order(strict(order, NOW), ON, shipped()))


def at(order: dict[str, Any], path: str) -> Any:
    for name in path.split("."):
        order = order.get(name, {})
    return None if order == {} else order


@settings(max_examples=150, deadline=None)
@given(orders(), st.data())
def test_an_answer_to_what_was_open_never_turns_a_clause(order: dict[str, Any], data: st.DataObject) -> None:
    open_ = [path for path in FILLS if at(order, path) is None]
    if not open_:
        return
    filled = data.draw(st.lists(st.sampled_from(open_), unique=True, min_size=1))
    more = changed(order, {path: data.draw(FILLS[path]) for path in filled})
    before, after = told(order), told(more)
    outcomes = {one["id"]: one["outcome"] for one in after["clauses"]}
    for one in before["clauses"]:
        if one["outcome"] != "not documented":
            assert outcomes[one["id"]] == one["outcome"], one["id"]
    if before["outcome"] != "incomplete":
        assert after["outcome"] == before["outcome"]


@settings(max_examples=60, deadline=None)
@given(orders(), st.data())
def test_one_more_whole_paper_or_test_never_makes_it_worse(
    order: dict[str, Any], data: st.DataObject
) -> None:
    more = copy.deepcopy(order)
    if data.draw(st.booleans()):
        more.setdefault("documents", []).append({"kind": "note", "name": "n.pdf", "sha256": "cd" * 32})
    if data.draw(st.booleans()):
        more.setdefault("prior_tests", []).append({**HOLTER, "kind": "event-recorder"})
    assert RANK[told(more)["outcome"]] >= RANK[told(order)["outcome"]]


@settings(max_examples=60, deadline=None)
@given(orders(), st.data())
def test_in_which_order_things_are_said_does_not_matter(order: dict[str, Any], data: st.DataObject) -> None:
    order = changed(order, {"diagnoses": ["R55", "I48.91"], "prior_tests": [HOLTER, {"kind": "ecg"}]})
    keys = data.draw(st.permutations(list(order)))
    statements = data.draw(st.permutations(list(order["statements"])))
    other = {key: order[key] for key in keys}
    other["statements"] = {key: order["statements"][key] for key in statements}
    other["diagnoses"] = order["diagnoses"][::-1]
    other["prior_tests"] = order["prior_tests"][::-1]
    same = [
        {(one["id"], one["outcome"], one["stands"]) for one in which["clauses"]}
        for which in (told(order), told(other))
    ]
    assert same[0] == same[1]


@settings(max_examples=80, deadline=None)
@given(orders())
def test_never_a_bare_no_and_always_the_same(order: dict[str, Any]) -> None:
    first = told(order)
    assert first == told(order)
    assert json.loads(json.dumps(first)) == first
    assert (first["change"] == []) == (first["outcome"] == "covered")
    for one in first["clauses"]:
        assert (one["asks"] != []) <= (one["stands"] in ("open", "against"))
        if one["stands"] == "open":
            assert one["asks"], "what is open says what is asked"
        if one["stands"] == "against":
            assert any(change["clause"] == one["id"] for change in first["change"])


# ---- every clause can be everything ------------------------------------------------------------------------


def policy() -> Policy:
    return next(one for one in shipped() if one.id == "L34997")


@cache
def reached() -> dict[str, set[str]]:
    """Clause → its outcomes over the table of orders and the variants of a service."""
    found: dict[str, set[str]] = {}
    table = json.loads((Path(__file__).parent / "orders_table.json").read_text())
    changes = [row["changes"] for row in table if row["date"] == "2023-03-01"]
    changes += [{f"statements.{key}": answer} for key in QUESTIONS for answer in (True, False, None)]
    changes.append({"prior_tests": [{"kind": "telemetry", "result": "nothing"}]})
    for change in changes:
        for one in told(changed(BASE, change))["clauses"]:
            found.setdefault(one["id"], set()).add(one["outcome"])
    whole = strict(BASE, NOW)
    for order, record, claim in variants():
        parts = record, ON, shipped(), claim, whole.payer
        answer = determine_service(whole if order else None, *parts)
        for one in answer.clauses:
            found[one.clause.id].add(str(one.outcome))
    return found


THERE_OR_NOT = {
    # Facts that are there or are not: nothing can say that they are false.
    "clinician",
    "order-names-test",
    "signed",
    "patient-identified",
    "useful-shown",
    "holter-unlikely-shown",
    "prior-tests-documented",
    "symptoms-documented",
    "longer-documented",
    "criteria-set",
    "automatic",
    "days-served",
    "order-on-file",
    "selection-on-file",
    "ecg-copies",
    "contacts-recorded",
    "credentials-kept",
    "quality-plan",
    "emergency-plan",
    "continuity-plan",
}
ALWAYS_TOLD = {
    # Facts that an order or a record always tells, one way or the other.
    "record-legible",
    "admitted",
}


def test_every_clause_can_be_met_not_met_and_not_documented() -> None:
    wanted = {
        clause.id: {"met"}
        | ({"not met"} if clause.id not in THERE_OR_NOT else set())
        | ({"not documented"} if clause.id not in ALWAYS_TOLD else set())
        for clause in policy().clauses
    }
    missing = {id_: want - reached()[id_] for id_, want in wanted.items() if want - reached()[id_]}
    assert missing == {}


def test_a_whole_service_with_a_whole_claim_is_covered() -> None:
    order = strict(BASE, NOW)
    period = determine_service(order, SERVICE, ON, shipped())
    assert (period.subject, period.outcome, period.change) == ("period", "covered", ())
    claim = determine_service(order, SERVICE, ON, shipped(), ClaimSeen(0, False, 1))
    assert (claim.subject, claim.outcome) == ("claim", "covered")


def test_a_claim_that_nobody_checked_is_incomplete() -> None:
    claim = determine_service(strict(BASE, NOW), SERVICE, ON, shipped(), ClaimSeen())
    asked = {one.clause.id for one in claim.clauses if one.stands == "open"}
    assert (claim.outcome, asked) == ("incomplete", {"no-hook-up", "one-unit", "valid-claim"})
