"""Orders as FHIR: what is read of a ServiceRequest, where a fault stood; what goes out comes back."""

from __future__ import annotations

import base64
import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.enrollment.test_order_life import Desk
from tests.enrollment.test_order_read import FULL, NOW
from tests.interop.posted import ANSWERS, bundle, request

from einthoven.base.errors import InputError
from einthoven.enrollment import order_deeds as deeds
from einthoven.enrollment.order import Indication, Order, Prior, Setting, Test
from einthoven.enrollment.order_missing import missing
from einthoven.enrollment.order_read import parse, to_json
from einthoven.enrollment.statements import QUESTIONS
from einthoven.interop.fhir_order_read import Requested, requested
from einthoven.interop.fhir_order_told import element, told
from einthoven.interop.fhir_request import service_request
from einthoven.interop.fhir_sent import sent
from einthoven.interop.hl7_order import Names


def asked(given_: object) -> Requested:
    found = sent(given_)
    return requested(found, found.requests[0], Names())


def read(given_: object) -> tuple[Order, dict[str, tuple[str, str]]]:
    """The order, and its faults: path → (FHIRPath, words)."""
    order, faults = asked(given_).said.read(NOW)
    return order, {one.where: (one.origin, one.words) for one in faults}


@pytest.mark.parametrize("given_", [request(), bundle()], ids=["contained", "bundle"])
def test_a_whole_order_is_read_and_lacks_nothing(given_: dict[str, Any]) -> None:
    get_fhir_model_class(given_["resourceType"]).model_validate(given_)
    order, faults = read(given_)
    assert faults == {}
    assert missing(order) == []
    patient, orderer = order.patient, order.orderer
    assert (patient.name, patient.birth_date, patient.sex) == ("Quinn, Ada M", "1951-04-03", "female")
    assert (patient.record_number, patient.telephone) == ("4711", "+1 215 555 0101")
    assert (patient.postal.street, patient.postal.state) == ("1 Elm St", "PA")
    assert [(one.name, one.relation) for one in patient.contacts] == [("Ben Quinn", "son")]
    assert (orderer.name, orderer.npi, orderer.kind) == ("Lind, Rosa", "1234567893", "physician")
    assert (orderer.practice, orderer.specialty) == ("Heart practice", "cardiology")
    assert orderer.telephone == "+1 215 555 0199"
    assert (order.payer.id, order.payer.member, order.payer.state) == ("Medicare", "1EG4TE5MK73", "PA")
    assert (order.test, order.indication) == (Test.TELEMETRY, Indication.INFREQUENT)
    assert order.diagnoses == ("R55", "R00.2")
    assert (order.days, order.start, order.dated) == (30, "2023-03-02", "2023-02-28")
    assert order.setting is Setting.HOME
    assert order.symptoms[0].what == "syncope"
    assert (order.prior_tests[0].kind, order.prior_tests[0].revealing) == (Prior.HOLTER, False)
    assert order.said("low_risk").answer is True
    assert order.said("low_risk").where == "visit note 2023-02-20"
    assert order.said("severe").answer is None
    assert order.signature is not None
    assert (order.signature.name, order.signature.how) == ("Dr. Rosa Lind", "message")
    assert order.placer == "7001"
    assert asked(given_).placer == "urn:oid:1.2.3|7001"


def change(path: str, value: object) -> dict[str, Any]:
    """The request with something else at a path: ``contained.0.birthDate``."""
    made = deepcopy(request())
    *steps, last = path.split(".")
    node: Any = made
    for step in steps:
        node = node[int(step)] if step.isdigit() else node[step]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return made


@pytest.mark.parametrize(
    ("path", "value", "where", "origin", "words"),
    [
        (
            "contained.0.birthDate",
            "3 April",
            "patient.birth_date",
            "ServiceRequest.contained[0].birthDate",
            "no date",
        ),
        ("contained.0.gender", "X", "patient.sex", "ServiceRequest.contained[0].gender", "is not female"),
        (
            "contained.0.birthDate",
            1951,
            "patient.birth_date",
            "ServiceRequest.contained[0].birthDate",
            "want text",
        ),
        (
            "contained.1.identifier.0.value",
            "1234567890",
            "orderer.npi",
            "ServiceRequest.contained[1].identifier[0]",
            "check digit",
        ),
        ("code", {"text": "MRI"}, "test", "ServiceRequest.code", "'MRI' is no test of this center"),
        (
            "subject",
            {"reference": "#nobody"},
            "patient.name",
            "ServiceRequest.subject",
            "leads to no Patient",
        ),
        ("authoredOn", "soon", "dated", "ServiceRequest.authoredOn", "'soon' is no date"),
        (
            "reasonCode.0.coding.0.code",
            "427.31",
            "diagnoses[0]",
            "ServiceRequest.reasonCode[0].coding[0]",
            "is no ICD-10-CM code",
        ),
        ("status", "completed", "", "ServiceRequest.status", "'completed': want active"),
        (
            "quantityQuantity",
            {"value": 2, "code": "mo"},
            "days",
            "ServiceRequest.quantityQuantity",
            "want a whole number",
        ),
    ],
)
def test_a_fault_names_its_field_here_and_its_path_there(
    path: str, value: object, where: str, origin: str, words: str
) -> None:
    order, faults = read(change(path, value))
    assert list(faults) == [where]
    assert faults[where][0] == origin
    assert words in faults[where][1]
    assert order.placer == "7001"


def test_an_answer_that_is_no_answer_is_named() -> None:
    made = request()
    answers = made["contained"][4]
    answers["item"].append({"linkId": "statements.severe", "answer": [{"valueString": "perhaps"}]})
    answers["item"].append({"linkId": "blood", "text": "Blood type", "answer": [{"valueString": "A"}]})
    last = len(answers["item"])
    _, faults = read(made)
    where = f"ServiceRequest.contained[4].item[{last - 2}].answer[0]"
    assert faults == {"statements.severe.answer": (where, "'perhaps' is not true or false")}
    assert f"ServiceRequest.contained[4].item[{last - 1}].answer[0]: Blood type: A" in asked(made).said.notes


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        ([], "want a resource"),
        ({"resourceType": "Patient"}, "'Patient' is not taken"),
        ({"resourceType": "Bundle", "type": "batch"}, "'batch' is not taken: want transaction"),
        ({"resourceType": "Bundle", "type": "transaction"}, "holds no ServiceRequest"),
        (
            {"resourceType": "Bundle", "type": "transaction", "entry": [{}]},
            r"Bundle.entry\[0\].resource: is missing",
        ),
        (
            {
                "resourceType": "Bundle",
                "type": "transaction",
                "entry": [{"resource": {}, "request": {"method": "PUT"}}],
            },
            r"Bundle.entry\[0\].request.method: 'PUT'",
        ),
    ],
)
def test_what_is_no_request_is_refused_in_one_line(given_: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        sent(given_)


@pytest.mark.parametrize("status", ["revoked", "entered-in-error"])
def test_a_revoked_request_cancels(status: str) -> None:
    assert asked(change("status", status)).control == "CA"
    assert asked(request()).control == "NW"


@pytest.mark.parametrize(
    ("times", "days", "start"),
    [
        ({"occurrencePeriod": {"start": "2023-03-02", "end": "2023-03-31"}}, 30, "2023-03-02"),
        (
            {"occurrencePeriod": {"start": "2023-03-02T09:00:00Z", "end": "2023-04-01T09:00:00Z"}},
            30,
            "2023-03-02",
        ),
        ({"occurrenceTiming": {"repeat": {"boundsDuration": {"value": 2, "code": "wk"}}}}, 14, ""),
        ({"occurrenceDateTime": "2023-03-02T09:00:00Z"}, 0, "2023-03-02"),
        ({}, 0, ""),
    ],
)
def test_how_long_and_from_when_on(times: dict[str, Any], days: int, start: str) -> None:
    made = request()
    for name in ("occurrenceDateTime", "quantityQuantity"):
        del made[name]
    order, _ = read(made | times)
    assert (order.days, order.start) == (days, start)


def test_a_paper_comes_within_a_document_reference() -> None:
    made = request()
    paper = {
        "contentType": "application/pdf",
        "title": "note.pdf",
        "data": base64.b64encode(b"%PDF-1").decode(),
    }
    made["contained"].append(
        {
            "resourceType": "DocumentReference",
            "id": "note",
            "status": "current",
            "type": {"text": "Visit note"},
            "content": [{"attachment": paper}, {"attachment": {"url": "http://elsewhere/note"}}],
        }
    )
    made["supportingInfo"].append({"reference": "#note"})
    get_fhir_model_class("ServiceRequest").model_validate(made)
    said = asked(made).said
    assert said.papers == [("Visit note", "note.pdf", b"%PDF-1")]
    assert [(one.where, one.words) for one in said.faults] == [("documents", "holds no data (Base64)")]


def test_a_provenance_says_who_signed() -> None:
    made = bundle()
    made["entry"][-1]["resource"]["item"] = [
        one for one in made["entry"][-1]["resource"]["item"] if not one["linkId"].startswith("signature")
    ]
    coding = {"system": "urn:iso-astm:E1762-95:2013", "code": "1.2.840.10065.1.12.1.1"}
    signature = {"type": [coding], "when": "2023-02-28T10:00:00Z", "who": {"reference": "urn:uuid:orderer"}}
    provenance = {
        "resourceType": "Provenance",
        "target": [{"reference": "urn:uuid:request"}],
        "recorded": "2023-02-28T10:00:00Z",
        "agent": [{"who": {"reference": "urn:uuid:orderer"}}],
        "signature": [signature],
    }
    entry = {"resource": provenance, "request": {"method": "POST", "url": "Provenance"}}
    made["entry"].append(entry)
    get_fhir_model_class("Bundle").model_validate(made)
    order, _ = read(made)
    assert order.signature is not None
    assert (order.signature.name, order.signature.at) == ("Lind, Rosa", "2023-02-28T10:00:00Z")


# ---- out and back ------------------------------------------------------------------------------------------


def out(given_: dict[str, Any], patient: int | None = None) -> dict[str, Any]:
    desk = Desk()
    number = desk.receives(given_)
    return service_request(desk.book.order(number), patient, "Heart Center")


def test_what_goes_out_is_valid_and_says_its_state_and_what_it_lacks() -> None:
    made = out(FULL)
    get_fhir_model_class("ServiceRequest").model_validate(made)
    assert (made["id"], made["status"]) == ("order-1", "active")
    held = out({**FULL, "days": 0})
    get_fhir_model_class("ServiceRequest").model_validate(held)
    assert (held["status"], held["note"]) == ("on-hold", [{"text": "days: For how many days."}])
    get_fhir_model_class("ServiceRequest").model_validate(out({}))
    enrolled = out(FULL, 3)
    assert enrolled["subject"]["reference"] == "Patient/p3"
    assert not any(one["resourceType"] == "Patient" for one in enrolled["contained"])


def test_an_ended_order_is_revoked() -> None:
    desk = Desk()
    number = desk.receives(FULL)
    desk.do(deeds.refuse(desk.book, number, "why"))
    assert service_request(desk.book.order(number), None, "")["status"] == "revoked"


TEXT = (
    st.text("abc äß漢|^&\"'<>", min_size=1, max_size=12).map(lambda one: " ".join(one.split())).filter(bool)
)
SAID = st.dictionaries(
    st.sampled_from(list(QUESTIONS)),
    st.fixed_dictionaries({"answer": st.none() | st.booleans(), "words": TEXT, "where": TEXT}),
)
SYMPTOMS = st.lists(
    st.fixed_dictionaries({"what": st.sampled_from(["syncope", "other"]), "how_often": TEXT, "words": TEXT}),
    max_size=3,
)
TESTS = st.lists(
    st.fixed_dictionaries({"kind": st.sampled_from(list(Prior)), "revealing": st.none() | st.booleans()}),
    max_size=3,
)


@settings(max_examples=150, deadline=None)
@given(SAID, SYMPTOMS, TESTS, TEXT, st.integers(0, 366))
def test_what_goes_out_comes_back_the_same(
    said: dict[str, Any], symptoms: list[Any], tests: list[Any], text: str, days: int
) -> None:
    more = {"statements": said, "symptoms": symptoms, "prior_tests": tests, "days": days, "placer": text}
    whole = {**FULL, **more, "indication_words": text, "criteria_words": text}
    order, faults = parse(whole, NOW)
    assert faults == ()
    again, wrong = read(json.loads(json.dumps(out(to_json(order)))))
    assert wrong == {}
    assert again.signature is not None
    assert order.signature is not None
    assert (again.signature.name, again.signature.at) == (order.signature.name, order.signature.at)
    assert replace(again, signature=None) == replace(order, signature=None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(node: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, one in items:
        found += places(one, (*at, key))
    return found


PLACES = places(request())


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), JSON), min_size=1, max_size=4))
def test_any_json_anywhere_is_an_order_with_faults_or_a_refusal(changes: list[tuple[Any, Any]]) -> None:
    made = deepcopy(request())
    for path, value in changes:
        node: Any = made
        for step in path[:-1]:
            node = node[step] if isinstance(node, list | dict) and _has(node, step) else None
        if isinstance(node, dict) or (isinstance(node, list) and _has(node, path[-1])):
            node[path[-1]] = value
    try:
        found = sent(made)
    except InputError:
        return
    one = requested(found, found.requests[0], Names())
    order, faults = one.said.read(NOW)
    assert all(fault.origin.startswith("ServiceRequest") and fault.words for fault in faults)
    assert parse(to_json(order), NOW) == (order, ())


def _has(node: Any, step: Any) -> bool:
    return step in node if isinstance(node, dict) else isinstance(step, int) and step < len(node)


def test_what_is_missing_names_the_element_that_would_say_it() -> None:
    desk = Desk()
    desk.receives({})
    issues = told([(desk.book.order(1), "")])
    get_fhir_model_class("OperationOutcome").model_validate(issues)
    assert all(one["expression"] for one in issues["issue"] if one["details"]["text"] != "orderer.telephone")
    assert element("setting") == "QuestionnaireResponse.item.where(linkId='setting')"
    assert element("patient.birth_date") == "Patient.birthDate"
    assert {one["linkId"] for one in ANSWERS["item"]} >= {"setting"}


REFUTED = {"coding": [{"code": "refuted"}]}
CONDITION = {
    "resourceType": "Condition",
    "id": "condition",
    "subject": {"reference": "#patient"},
    "verificationStatus": REFUTED,
    "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I48.91"}]},
}


@pytest.mark.parametrize(
    ("path", "value", "where", "origin", "words"),
    [
        ("doNotPerform", True, "test", "ServiceRequest.doNotPerform", "asks that this be not done"),
        ("intent", "proposal", "test", "ServiceRequest.intent", "'proposal' is no order"),
        ("modifierExtension", [{"url": "x"}], "test", "ServiceRequest.modifierExtension", "not known here"),
        ("contained.0.deceasedBoolean", True, "patient.name", "ServiceRequest.contained[0].deceased", "died"),
        (
            "contained.3.status",
            "cancelled",
            "payer.id",
            "ServiceRequest.contained[3].status",
            "nothing of it",
        ),
        ("contained.4.status", "entered-in-error", "", "ServiceRequest.contained[4].status", "nothing of it"),
    ],
)
def test_what_turns_the_meaning_of_a_resource_is_not_passed_over(
    path: str, value: object, where: str, origin: str, words: str
) -> None:
    order, faults = read(change(path, value))
    assert faults[where][0] == origin
    assert words in faults[where][1]
    assert (order.said("low_risk").answer is None) is path.startswith("contained.4")
    assert order.patient.name == "Quinn, Ada M"


def test_a_diagnosis_that_was_refuted_is_none() -> None:
    given_ = change("reasonReference", [{"reference": "#condition"}])
    given_["contained"] = [*given_["contained"], CONDITION]
    order, faults = read(given_)
    assert order.diagnoses == ("R55", "R00.2")
    assert faults["diagnoses"][1] == "verificationStatus: refuted: it is no diagnosis of the patient"
