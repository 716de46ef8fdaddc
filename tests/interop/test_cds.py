"""CDS Hooks: cards and coverage information of calls as other systems send them."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import validate
from tests.interop.cds_calls import (
    COVERAGE,
    ICD10,
    INSTANCE,
    PATIENT,
    PRACTITIONER,
    REQUEST,
    answers,
    bundle,
    call,
    item,
)
from tests.interop.cds_schemas import RESPONSE, SERVICES, broken

from einthoven.base.errors import InputError, NotFoundError
from einthoven.base.instants import from_iso
from einthoven.billing.shipped import shipped
from einthoven.bootstrap.policies import determined_by
from einthoven.enrollment.order import Order
from einthoven.interop.cds import COVERAGE_INFORMATION, answer, call_of, discovery, feedback_of
from einthoven.interop.cds_order import order_of
from einthoven.interop.hl7_order import Names

NOW = from_iso("2023-02-28T15:05:00Z")
DETERMINE = determined_by(shipped())


def told(body: dict[str, Any]) -> dict[str, Any]:
    """The answer, which holds to the schema of answers; FHIR in it is read by another library."""
    made = answer(call_of(f"einthoven-{body['hook']}", body), DETERMINE, NOW, "Center")
    validate(made, RESPONSE)
    for action in made.get("systemActions", []):
        get_fhir_model_class("ServiceRequest").model_validate(action["resource"])
        for extension in action["resource"]["extension"]:
            if extension["url"] == COVERAGE_INFORMATION:
                assert broken(extension) == []
    return made


def information(made: dict[str, Any]) -> dict[str, list[Any]]:
    extension = made["systemActions"][0]["resource"]["extension"][-1]
    found: dict[str, list[Any]] = {}
    for part in extension["extension"]:
        found.setdefault(part["url"], []).append(next(part[key] for key in part if key.startswith("value")))
    return found


def test_the_services_hold_to_their_schema() -> None:
    made = discovery()
    validate(made, SERVICES)
    assert [one["hook"] for one in made["services"]] == ["order-select", "order-sign"]


def test_an_order_that_is_covered() -> None:
    made = told(call())
    card = made["cards"][0]
    assert (card["summary"], card["indicator"]) == ("Covered under L34997 (Novitas Solutions)", "info")
    said = information(made)
    assert said["covered"] == ["covered"]
    assert said["coverage"] == [{"reference": "Coverage/c1"}]
    assert said["date"] == ["2023-02-28"]
    assert [one["code"] for one in said["billingCode"]] == ["93229"]
    assert "doc-needed" not in said
    assert "info-needed" not in said


def test_an_order_that_is_incomplete_says_what_is_needed_of_whom() -> None:
    made = told(call(said=answers(low_risk=None)))
    card = made["cards"][0]
    assert card["indicator"] == "warning"
    assert "low risk of a life-threatening cardiac event" in card["detail"]
    said = information(made)
    assert said["covered"] == ["conditional"]
    assert said["doc-needed"] == ["clinical"]
    assert said["info-needed"] == ["OTH"]
    assert "low risk" in said["reason"][0]["text"]


def test_an_order_that_is_not_covered() -> None:
    made = told(call(said=answers(screening=True)))
    assert made["cards"][0]["indicator"] == "warning"
    assert "What would change it" in made["cards"][0]["detail"]
    assert information(made)["covered"] == ["not-covered"]


def test_a_contraindication_is_critical() -> None:
    assert told(call(said=answers(high_risk_vt_vf=True)))["cards"][0]["indicator"] == "critical"


def test_an_order_for_a_policy_that_is_not_held_gets_a_card_and_no_assertion() -> None:
    made = told(call(occurrencePeriod={"start": "2026-07-01", "end": "2026-07-30"}))
    assert made["cards"][0]["summary"].startswith("Policy not held: TNACMD")
    assert len(made["cards"][0]["summary"]) < 140
    assert "systemActions" not in made


def test_what_is_held_in_part_is_never_plainly_covered() -> None:
    said = answers()
    tests = [
        {
            "linkId": "prior_test",
            "item": [item(f"prior_test.{name}", value) for name, value in rows.items()],
        }
        for rows in (
            {"kind": "ecg", "on": "2023-06-01", "result": "sinus rhythm", "revealing": False},
            {"kind": "history-and-examination", "on": "2023-06-01", "result": "none", "revealing": False},
        )
    ]
    said["item"] += tests
    made = told(call(said=said, occurrencePeriod={"start": "2023-07-01", "end": "2023-07-30"}))
    assert made["cards"][0]["summary"].startswith("Covered as far as L39490")
    assert information(made)["covered"] == ["conditional"]


def test_order_select_looks_at_what_is_selected_alone_and_asserts_nothing() -> None:
    body = call("order-select")
    made = told(body)
    assert len(made["cards"]) == 1
    assert "systemActions" not in made
    body["context"]["selections"] = ["MedicationRequest/m1"]
    assert told(body) == {"cards": []}


def test_other_orders_get_no_card() -> None:
    other = {"coding": [{"system": "http://loinc.org", "code": "18754-2"}]}
    assert told(call(code=other)) == {"cards": []}


def test_without_a_coverage_there_is_a_card_that_asks_who_pays() -> None:
    body = call()
    body["prefetch"]["coverage"] = None
    made = told(body)
    assert "systemActions" not in made
    assert "payer" in made["cards"][0]["summary"]


def test_coverage_information_of_before_is_replaced_and_other_extensions_stay() -> None:
    first = told(call())["systemActions"][0]["resource"]["extension"]
    other = {"url": "https://ehr.example/color", "valueString": "green"}
    again = told(call(said=answers(screening=True), extension=[other, *first]))
    kept = again["systemActions"][0]["resource"]["extension"]
    assert [one["url"] for one in kept] == ["https://ehr.example/color", COVERAGE_INFORMATION]


def test_the_same_call_is_answered_alike() -> None:
    assert told(call()) == told(copy.deepcopy(call()))


def test_what_cannot_be_read_is_on_the_card() -> None:
    body = call()
    body["prefetch"]["practitioner"] = copy.deepcopy(body["prefetch"]["practitioner"])
    body["prefetch"]["practitioner"]["identifier"][0]["value"] = "1234567890"
    assert "`orderer.npi`" in told(body)["cards"][0]["detail"]


def read(request: dict[str, Any], *others: dict[str, Any]) -> tuple[Order, list[str]]:
    order, faults = order_of(request, others, Names(), "2023-02-28", NOW)
    return order, [f"{one.where}: {one.words}" for one in faults]


def test_the_order_is_read_out_of_the_resources() -> None:
    order, faults = read(REQUEST, PATIENT, PRACTITIONER, COVERAGE, answers())
    assert faults == []
    assert (order.patient.name, order.patient.postal.state, order.patient.contacts[0].name) == (
        "Doe, Jane Q",
        "PA",
        "Doe, John",
    )
    assert (order.orderer.kind, order.orderer.npi, order.orderer.country) == ("physician", "1234567893", "US")
    assert (order.payer.id, order.payer.state, order.payer.member) == ("Medicare", "PA", "1EG4-TE5-MK73")
    assert (order.days, order.start, order.dated) == (30, "2023-03-01", "2023-02-28")
    assert (order.placer, order.diagnoses) == ("ORD-4711", ("R55",))
    assert order.said("useful").where == "visit note 2023-02-27"
    assert order.symptoms[0].how_often == "every three months"
    assert order.signature is not None


def test_what_a_draft_does_not_refer_to_is_what_came_with_the_call() -> None:
    draft = {key: REQUEST[key] for key in ("resourceType", "id", "status", "intent", "code")}
    draft["subject"] = {"reference": "Patient/elsewhere"}
    order, faults = read(draft, PATIENT, PRACTITIONER, COVERAGE, answers())
    assert faults == []
    assert (order.patient.name, order.orderer.name, order.payer.id) == (
        "Doe, Jane Q",
        "Poe, Paul",
        "Medicare",
    )


def test_a_diagnosis_is_found_by_reference_and_days_by_timing() -> None:
    condition = {
        "resourceType": "Condition",
        "id": "k1",
        "code": {"coding": [{"system": ICD10, "code": "I48.91"}]},
        "subject": {"reference": "Patient/p1"},
    }
    request = {key: value for key, value in REQUEST.items() if key not in ("reasonCode", "occurrencePeriod")}
    request["reasonReference"] = [{"reference": "Condition/k1"}]
    request["occurrenceTiming"] = {"repeat": {"boundsDuration": {"value": 14, "code": "d"}}}
    order, _ = read(request, condition, PATIENT)
    assert (order.diagnoses, order.days) == (("I48.91",), 14)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("hook", "patient-view", "hook: want 'order-sign'"),
        ("hookInstance", "x", "hookInstance: want a UUID"),
        ("context", None, "context: want an object"),
        ("context.patientId", "", "context.patientId: is missing"),
        ("context.userId", 3, "context.userId: is missing"),
        ("context.draftOrders", None, "context.draftOrders: want a Bundle"),
        (
            "context.draftOrders",
            {"resourceType": "Bundle", "entry": {}},
            "context.draftOrders.entry: want a list",
        ),
        ("prefetch", [1], "prefetch: want an object"),
        ("prefetch", {"patient": "p1"}, "prefetch.patient: want a resource"),
    ],
)
def test_a_call_that_is_none_is_refused_in_a_line(path: str, value: object, words: str) -> None:
    body = call()
    at = body
    *above, last = path.split(".")
    for name in above:
        at = at[name]
    at[last] = value
    with pytest.raises(InputError, match=words):
        call_of("einthoven-order-sign", body)


def test_too_many_orders_and_no_such_service() -> None:
    body = call()
    body["context"]["draftOrders"] = bundle(*([REQUEST] * 21))
    with pytest.raises(InputError, match="21 orders"):
        call_of("einthoven-order-sign", body)
    with pytest.raises(NotFoundError, match="no service 'x'"):
        call_of("x", call())
    body = call("order-select")
    body["context"]["selections"] = "ServiceRequest/s1"
    with pytest.raises(InputError, match="selections: want a list"):
        call_of("einthoven-order-select", body)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"card": "x"}, r"feedback\[0\].card: want a UUID"),
        ({"outcome": "maybe"}, r"feedback\[0\].outcome"),
        ({"outcomeTimestamp": "yesterday"}, r"feedback\[0\].outcomeTimestamp"),
    ],
)
def test_feedback(row: dict[str, str], words: str) -> None:
    good = {"card": INSTANCE, "outcome": "overridden", "outcomeTimestamp": "2023-02-28T15:06:00Z"}
    assert feedback_of("einthoven-order-sign", {"feedback": [good]})[0].outcome == "overridden"
    with pytest.raises(InputError, match=words):
        feedback_of("einthoven-order-sign", {"feedback": [good | row]})
    with pytest.raises(InputError, match="feedback: want a list"):
        feedback_of("einthoven-order-sign", {"feedback": []})


JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["id", "code", "coding", "x"]), inner)
    ),
    max_leaves=6,
)


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(["ServiceRequest", "Patient", "Practitioner", "Coverage", "QuestionnaireResponse"]),
    st.data(),
)
def test_any_resource_is_read_or_told(kind: str, data: st.DataObject) -> None:
    """A field of any kind in any resource: an answer, or one line; never a fall."""
    body = call()
    there = [
        body["context"]["draftOrders"]["entry"][0]["resource"],
        copy.deepcopy(PATIENT),
        copy.deepcopy(body["prefetch"]["practitioner"]),
        copy.deepcopy(COVERAGE),
        answers(),
    ]
    one = next(one for one in there if one["resourceType"] == kind)
    field = data.draw(st.sampled_from([name for name in one if name not in ("resourceType", "id")]))
    one[field] = data.draw(JUNK)
    body["prefetch"] = {"all": bundle(*there[1:])}
    said = ""
    try:
        answer(call_of("einthoven-order-sign", body), DETERMINE, NOW, "Center")
    except InputError as error:
        said = str(error)
    assert "\n" not in said
