"""Claims and payers' answers over FHIR, checked by models that are not ours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fhir.resources.R4B.claim import Claim as Checked
from fhir.resources.R4B.claimresponse import ClaimResponse
from fhir.resources.R4B.explanationofbenefit import ExplanationOfBenefit
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.billing.claims import claim

from einthoven.base.errors import InputError
from einthoven.billing.claim import Claim, Line, Part
from einthoven.billing.remittance import Adjustment, Outcome, outcome
from einthoven.interop.fhir_claim import claim_resource
from einthoven.interop.fhir_claim_answer import CARC, GROUP, RARC, read


@pytest.mark.parametrize(
    "made",
    [
        claim(),
        claim(Part.PROFESSIONAL),
        Claim(Part.TECHNICAL, 1, 1),
        replace(claim(), original="ICN1", lines=(Line("93229", ("GA",), 1, "2023-03-30", 65005, (1, 2)),)),
    ],
)
def test_a_claim_is_a_good_resource(made: Claim) -> None:
    told = claim_resource("E000001", made, "2023-05-01")
    Checked.model_validate(told)
    assert (told["use"], told["type"]["coding"][0]["code"]) == ("claim", "professional")
    assert told["total"] == {"value": made.cents / 100, "currency": "USD"}


def test_what_stands_in_it() -> None:
    told = claim_resource("E000001", claim(), "2023-05-01")
    (item,) = told["item"]
    assert item["productOrService"]["coding"][0]["code"] == "93229"
    assert item["servicedDate"] == "2023-03-30"
    assert [one["diagnosisCodeableConcept"]["coding"][0]["code"] for one in told["diagnosis"]] == [
        "R55",
        "I48.91",
    ]
    assert {one["role"]["text"] for one in told["careTeam"]} == {"ordering", "supervising"}


def money(value: float) -> dict[str, Any]:
    return {"value": value, "currency": "USD"}


def coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def adjudication(category: str, value: float, reason: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {"category": {"coding": [{"code": category}]}, "amount": money(value)}
    if reason:
        made["reason"] = coded(CARC, reason)
        made["category"] = coded(GROUP, category)
    return made


RESPONSE: dict[str, Any] = {
    "resourceType": "ClaimResponse",
    "id": "r1",
    "status": "active",
    "type": coded("http://terminology.hl7.org/CodeSystem/claim-type", "professional"),
    "use": "claim",
    "patient": {"display": "Jane Doe"},
    "created": "2023-06-01",
    "insurer": {"display": "Example Health"},
    "request": {"identifier": {"value": "E000001"}},
    "outcome": "complete",
    "identifier": [{"value": "ICN9"}],
    "item": [
        {
            "itemSequence": 1,
            "adjudication": [
                adjudication("submitted", 650),
                adjudication("CO", 600, "50"),
                adjudication("benefit", 50),
            ],
        }
    ],
    "total": [
        {"category": {"coding": [{"code": "submitted"}]}, "amount": money(650)},
        {"category": {"coding": [{"code": "benefit"}]}, "amount": money(50)},
    ],
}
BENEFIT: dict[str, Any] = {
    "resourceType": "ExplanationOfBenefit",
    "status": "active",
    "type": coded("http://terminology.hl7.org/CodeSystem/claim-type", "professional"),
    "use": "claim",
    "patient": {"display": "Jane Doe"},
    "created": "2023-06-01",
    "insurer": {"display": "Example Health"},
    "provider": {"display": "Receiving Center"},
    "claim": {"reference": "Claim/E000001"},
    "outcome": "complete",
    "insurance": [{"focal": True, "coverage": {"display": "x"}}],
    "payment": {"date": "2023-06-02", "amount": money(0), "identifier": {"value": "EFT7"}},
    "item": [
        {
            "sequence": 1,
            "productOrService": {"coding": [{"code": "93229"}]},
            "servicedDate": "2023-03-30",
            "adjudication": [
                adjudication("submitted", 650),
                adjudication("CO", 650, "50"),
                {"category": {"coding": [{"code": "x"}]}, "reason": coded(RARC, "N115")},
            ],
        }
    ],
}


def test_the_examples_are_good_resources() -> None:
    ClaimResponse.model_validate(RESPONSE)
    ExplanationOfBenefit.model_validate(BENEFIT)


def test_a_claim_response_is_read() -> None:
    (told,) = read(RESPONSE)
    (answer,) = told.answers
    assert (told.kind, told.payer, told.day, told.cents) == (
        "ClaimResponse",
        "Example Health",
        "2023-06-01",
        5000,
    )
    assert (answer.number, answer.charged, answer.paid, answer.payer_number) == (
        "E000001",
        65000,
        5000,
        "ICN9",
    )
    assert answer.all_adjustments() == (Adjustment("CO", "50", 60000),)
    assert outcome(answer) is Outcome.PARTLY


def test_an_explanation_of_benefit_in_a_bundle_is_read() -> None:
    (told,) = read(
        {
            "resourceType": "Bundle",
            "entry": [{"resource": BENEFIT}, {"resource": {"resourceType": "Patient"}}, {}],
        }
    )
    (answer,) = told.answers
    assert (told.number, told.day, answer.number, answer.lines[0].day) == (
        "EFT7",
        "2023-06-02",
        "E000001",
        "2023-03-30",
    )
    assert (outcome(answer), answer.all_remarks()) == (Outcome.DENIED, ("N115",))


def test_an_amount_that_is_none_is_said() -> None:
    bad = RESPONSE | {"total": [{"category": {"coding": [{"code": "benefit"}]}, "amount": {"value": "much"}}]}
    (answer,) = read(bad)[0].answers
    assert "'much' is no amount" in answer.faults[0]


@pytest.mark.parametrize("told", [None, [], {}, {"resourceType": "Patient"}, {"resourceType": "Bundle"}])
def test_what_is_no_answer_is_refused(told: object) -> None:
    with pytest.raises(InputError, match=r"^.+$"):
        read(told)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["coding", "code", "value", "amount", "category", "reason", "system"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


@given(st.sampled_from(sorted(BENEFIT)), JSON)
@settings(max_examples=200, deadline=None)
def test_any_field_may_be_anything(name: str, value: object) -> None:
    if name != "resourceType":
        assert len(read(BENEFIT | {name: value})) == 1
