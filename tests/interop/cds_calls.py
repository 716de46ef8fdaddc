"""Calls of CDS Hooks as a system in which orders are written sends them: our own examples."""

from __future__ import annotations

import copy
from typing import Any

from tests.billing.orders import BASE

INSTANCE = "8f3b8c1e-54d4-4a0e-9a4b-2f0c5d6e7a81"
CPT = "http://www.ama-assn.org/go/cpt"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "urn:oid:2.16.840.1.113883.19.5", "value": "MRN-77"}],
    "name": [{"family": "Doe", "given": ["Jane", "Q"]}],
    "gender": "female",
    "birthDate": "1951-04-02",
    "telecom": [{"system": "phone", "value": "+1 215 555 0100"}],
    "address": [
        {
            "line": ["1 Main Street"],
            "city": "Philadelphia",
            "state": "PA",
            "postalCode": "19104",
            "country": "US",
        }
    ],
    "contact": [
        {
            "relationship": [{"text": "husband"}],
            "name": {"family": "Doe", "given": ["John"]},
            "telecom": [{"system": "phone", "value": "+1 215 555 0101"}],
        }
    ],
}
PRACTITIONER = {
    "resourceType": "Practitioner",
    "id": "d1",
    "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}],
    "name": [{"family": "Poe", "given": ["Paul"]}],
    "telecom": [{"system": "phone", "value": "+1 215 555 0110"}],
    "address": [{"country": "USA"}],
    "qualification": [
        {"code": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0360", "code": "MD"}]}}
    ],
}
COVERAGE = {
    "resourceType": "Coverage",
    "id": "c1",
    "status": "active",
    "beneficiary": {"reference": "Patient/p1"},
    "subscriberId": "1EG4-TE5-MK73",
    "payor": [{"display": "Medicare"}],
}
REQUEST = {
    "resourceType": "ServiceRequest",
    "id": "s1",
    "status": "draft",
    "intent": "order",
    "identifier": [{"system": "urn:ehr", "value": "ORD-4711"}],
    "code": {"coding": [{"system": CPT, "code": "93229"}]},
    "subject": {"reference": "Patient/p1"},
    "requester": {"reference": "Practitioner/d1"},
    "insurance": [{"reference": "Coverage/c1"}],
    "authoredOn": "2023-02-28T15:04:00Z",
    "occurrencePeriod": {"start": "2023-03-01", "end": "2023-03-30"},
    "reasonCode": [{"coding": [{"system": ICD10, "code": "R55"}], "text": "syncope twice in six months"}],
}


def item(path: str, value: object) -> dict[str, Any]:
    """An answered question."""
    if isinstance(value, bool):
        answer: dict[str, Any] = {"valueBoolean": value}
    elif isinstance(value, int):
        answer = {"valueInteger": value}
    elif path.endswith((".what", ".severity", ".kind", "indication", "setting", "criteria")):
        answer = {"valueCoding": {"code": value}}
    else:
        answer = {"valueString": value}
    return {"linkId": path, "answer": [answer]}


def answers(**changes: object) -> dict[str, Any]:
    """What the physician of the base order states; None leaves a statement out."""
    items = [
        item("indication", "infrequent-symptoms"),
        item("setting", "home"),
        item("criteria", "practice"),
        {
            "linkId": "symptom",
            "item": [
                item(f"symptom.{name}", value)
                for name, value in {
                    "what": "syncope",
                    "how_often": "every three months",
                    "severity": "severe",
                }.items()
            ],
        },
        item("pain.scale", 3),
    ]
    for key, said in {**BASE["statements"], **changes}.items():
        if isinstance(said, dict):
            items += [item(f"statements.{key}", said["answer"])] if "answer" in said else []
            items += [
                item(f"statements.{key}.{part}", said[part]) for part in ("words", "where") if part in said
            ]
        elif said is not None:
            items.append(item(f"statements.{key}", said))
    return {"resourceType": "QuestionnaireResponse", "id": "q1", "status": "completed", "item": items}


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


def call(hook: str = "order-sign", said: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A call about the base order; ``changes`` are fields of its ServiceRequest."""
    request = copy.deepcopy(REQUEST) | changes
    context: dict[str, Any] = {
        "userId": "Practitioner/d1",
        "patientId": "p1",
        "draftOrders": bundle(
            request,
            {"resourceType": "MedicationRequest", "id": "m1", "status": "draft", "intent": "order"},
        ),
    }
    if hook == "order-select":
        context["selections"] = ["ServiceRequest/s1"]
    return {
        "hook": hook,
        "hookInstance": INSTANCE,
        "fhirServer": "https://ehr.example/fhir",
        "context": context,
        "prefetch": {
            "patient": PATIENT,
            "practitioner": PRACTITIONER,
            "coverage": bundle(COVERAGE),
            "conditions": None,
            "answers": bundle(said or answers()),
        },
    }
