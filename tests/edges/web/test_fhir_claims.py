"""Claims over FHIR: read and searched by whoever may read claims, valid; their answers come back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fhir.resources.R4B import get_fhir_model_class
from tests.billing.claims import claim
from tests.billing.test_claim_life import Office
from tests.edges.web.signed_center import SignedCenter, call
from tests.edges.web.test_fhir import enrolled
from tests.interop.messages import JANE

from einthoven.billing import claim_answers as answers
from einthoven.billing import claim_deeds as life
from einthoven.billing.claim import Part, PersonName
from einthoven.billing.claim_making import name_parts
from einthoven.billing.claim_states import State
from einthoven.center.open_record import OpenRecord
from einthoven.enrollment.register import Enrolled
from einthoven.interop.fhir_claim_answer import read

NAMED = replace(claim().patient, name=name_parts(JANE.name))


class Register:
    """Jane's services of streams 17 and 18, and one of stream 19 whose claim names somebody else."""

    def enrollments(self) -> list[Enrolled]:
        return [enrolled(stream, 3, JANE) for stream in (17, 18, 19)]


def book() -> Office:
    office = Office()
    other = replace(NAMED, name=PersonName("Roe", "Richard"))
    for stream, patient in ((17, NAMED), (18, NAMED), (19, other)):
        number = office.want(stream, Part.TECHNICAL)
        made = replace(claim(), stream=stream, patient=patient)
        proof = {"first_day": "2023-03-01", "last_day": "2023-03-30"} if stream == 17 else {}
        office.do(life.checked(office.book.claim(number), made, (), (), proof))
    office.do(life.release(office.book, 1, 1, {}))
    office.do(life.file(office.book, life.to_file(office.book, [1]), "ISA"))
    office.do(life.void(office.book, 3, "of nobody"))
    return office


@pytest.fixture
def center(tmp_path: Path) -> Iterator[SignedCenter]:
    office = book()
    record = OpenRecord("Center", Register(), claims=lambda: list(office.book.claims.values()))
    made = SignedCenter(tmp_path, record=record)
    made.house.everybody()
    yield made
    made.deps.reads.close()


def get(center: SignedCenter, login: str, path: str) -> httpx.Response:
    return call(center, center.enter(login), "GET", f"/fhir/{path}")


def ids(center: SignedCenter, query: str) -> list[str]:
    told = get(center, "billing", f"Claim?{query}").json()
    get_fhir_model_class("Bundle").model_validate(told)
    return [one["resource"]["id"] for one in told.get("entry", [])]


def test_a_claim_is_read_as_it_stands_and_is_valid(center: SignedCenter) -> None:
    told: dict[str, Any] = get(center, "billing", "Claim/E000001").json()
    get_fhir_model_class("Claim").model_validate(told)
    assert (told["status"], told["patient"]["reference"]) == ("active", "Patient/p3")
    assert told["billablePeriod"] == {"start": "2023-03-01", "end": "2023-03-30"}
    assert told["payee"]["type"]["coding"][0]["code"] == "provider"
    assert all(one["id"] != "patient" for one in told["contained"])
    lines = [line for line in center.house.facts.audit_lines() if line.action == "read.fhir"]
    assert {line.subject for line in lines} == {"s000017", "claim 1"}


def test_one_that_names_somebody_else_is_of_nobody_here(center: SignedCenter) -> None:
    told = get(center, "auditor", "Claim/E000003").json()
    get_fhir_model_class("Claim").model_validate(told)
    assert (told["status"], told["patient"]) == ("cancelled", {"reference": "#patient"})
    assert ids(center, "patient=p3") == ["E000001", "E000002"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["E000001", "E000002", "E000003"]),
        ("patient=Patient/p3&status=active", ["E000001"]),
        ("status=draft", ["E000002"]),
        ("status=draft,cancelled", ["E000002", "E000003"]),
        ("identifier=E000002", ["E000002"]),
        ("_id=E000001,E000003", ["E000001", "E000003"]),
        ("billable-period=ge2023-03-30", ["E000001"]),
        ("billable-period=gt2023-03-30", []),
        ("billable-period=2023-03", ["E000001"]),
        ("created=lt2000-01-01", ["E000001", "E000002", "E000003"]),
        ("patient=p9", []),
    ],
)
def test_claims_are_searched(center: SignedCenter, query: str, found: list[str]) -> None:
    assert ids(center, query) == found


@pytest.mark.parametrize("who", ["technician", "physician", "office", "enrollment", "supervisor"])
def test_whoever_may_not_read_claims_reads_none(center: SignedCenter, who: str) -> None:
    for path in ("Claim", "Claim/E000001"):
        assert get(center, who, path).status_code == 403
    assert get(center, "billing", "Claim/E000099").status_code == 404


def test_what_is_served_is_answered_and_comes_back_to_its_claim(center: SignedCenter) -> None:
    served = get(center, "billing", "Claim/E000001").json()
    money = {"value": 650.0, "currency": "USD"}
    answer = {
        "resourceType": "ClaimResponse",
        "status": "active",
        "type": served["type"],
        "use": served["use"],
        "patient": served["patient"],
        "created": "2023-06-01",
        "insurer": {"display": "Medicare Contractor"},
        "request": {"reference": f"Claim/{served['id']}"},
        "outcome": "complete",
        "item": [
            {
                "itemSequence": served["item"][0]["sequence"],
                "adjudication": [
                    {"category": {"coding": [{"code": "submitted"}]}, "amount": served["total"]},
                    {"category": {"coding": [{"code": "benefit"}]}, "amount": money},
                ],
            }
        ],
        "total": [
            {"category": {"coding": [{"code": "submitted"}]}, "amount": served["total"]},
            {"category": {"coding": [{"code": "benefit"}]}, "amount": money},
        ],
    }
    get_fhir_model_class("ClaimResponse").model_validate(answer)
    benefit = answer | {
        "resourceType": "ExplanationOfBenefit",
        "claim": {"reference": f"Claim/{served['id']}"},
        "provider": {"display": "Receiving Center"},
        "insurance": [{"focal": True, "coverage": {"display": "x"}}],
        "item": [
            {
                "sequence": 1,
                "productOrService": served["item"][0]["productOrService"],
                "adjudication": answer["item"][0]["adjudication"],  # type: ignore[index]
            }
        ],
    }
    del benefit["request"]
    get_fhir_model_class("ExplanationOfBenefit").model_validate(benefit)
    for told in (answer, benefit):
        office = book()
        office.do(answers.take(office.book, *read(told), "d1", "answer.json"))
        assert (office.state(1), office.book.claim(1).paid) == (State.PAID, 65000)
        assert list(office.book.waiting()) == []
