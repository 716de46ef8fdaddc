"""An order as it is posted over FHIR: with everything within it, and as a transaction Bundle."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

V2 = "http://terminology.hl7.org/CodeSystem/v2-0203"
NPI = "http://hl7.org/fhir/sid/us-npi"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
PATIENT = {
    "resourceType": "Patient",
    "id": "patient",
    "identifier": [
        {"type": {"coding": [{"system": V2, "code": "SS"}]}, "value": "999"},
        {"type": {"coding": [{"system": V2, "code": "MR"}]}, "value": "4711"},
    ],
    "name": [{"use": "official", "family": "Quinn", "given": ["Ada", "M"]}],
    "telecom": [{"system": "phone", "value": "+1 215 555 0101"}],
    "gender": "female",
    "birthDate": "1951-04-03",
    "address": [
        {"line": ["1 Elm St"], "city": "Philadelphia", "state": "PA", "postalCode": "19103", "country": "US"}
    ],
    "contact": [
        {
            "name": {"text": "Ben Quinn"},
            "relationship": [{"text": "son"}],
            "telecom": [{"system": "phone", "value": "+1 215 555 0102"}],
        }
    ],
}
PRACTITIONER = {
    "resourceType": "Practitioner",
    "id": "orderer",
    "identifier": [{"system": NPI, "value": "1234567893"}],
    "name": [{"family": "Lind", "given": ["Rosa"]}],
    "qualification": [
        {"code": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0360", "code": "MD"}]}}
    ],
}
ROLE = {
    "resourceType": "PractitionerRole",
    "id": "role",
    "practitioner": {"reference": "#orderer"},
    "organization": {"display": "Heart practice"},
    "specialty": [{"text": "cardiology"}],
    "telecom": [{"system": "phone", "value": "+1 215 555 0199"}],
}
COVERAGE = {
    "resourceType": "Coverage",
    "id": "coverage",
    "status": "active",
    "subscriberId": "1EG4TE5MK73",
    "beneficiary": {"reference": "#patient"},
    "payor": [{"display": "Medicare"}],
}


def item(name: str, **value: Any) -> dict[str, Any]:
    """An answered item."""
    return {"linkId": name, "answer": [value]}


ANSWERS: dict[str, Any] = {
    "resourceType": "QuestionnaireResponse",
    "id": "answers",
    "status": "completed",
    "item": [
        item("indication", valueCoding={"code": "infrequent-symptoms"}),
        item("setting", valueString="home"),
        item("country", valueString="US"),
        item("criteria", valueCoding={"code": "practice"}),
        item("statements.low_risk", valueBoolean=True),
        item("statements.low_risk.where", valueString="visit note 2023-02-20"),
        {
            "linkId": "symptom",
            "item": [
                item("symptom.what", valueString="syncope"),
                item("symptom.severity", valueString="severe"),
            ],
        },
        {
            "linkId": "prior_test",
            "item": [
                item("prior_test.kind", valueString="holter"),
                item("prior_test.on", valueDate="2023-01-10"),
                item("prior_test.revealing", valueBoolean=False),
            ],
        },
        item("signature.name", valueString="Dr. Rosa Lind"),
        item("signature.at", valueDate="2023-02-28"),
    ],
}
REQUEST: dict[str, Any] = {
    "resourceType": "ServiceRequest",
    "identifier": [{"system": "urn:oid:1.2.3", "value": "7001"}],
    "status": "active",
    "intent": "order",
    "code": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "93229"}]},
    "subject": {"reference": "#patient"},
    "requester": {"reference": "#role"},
    "insurance": [{"reference": "#coverage"}],
    "occurrenceDateTime": "2023-03-02",
    "quantityQuantity": {"value": 30, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"},
    "authoredOn": "2023-02-28",
    "reasonCode": [
        {"coding": [{"system": ICD10, "code": "R55"}]},
        {"coding": [{"system": ICD10, "code": "R00.2"}]},
    ],
    "supportingInfo": [{"reference": "#answers"}],
    "contained": [PATIENT, PRACTITIONER, ROLE, COVERAGE, ANSWERS],
}


def request() -> dict[str, Any]:
    """A ServiceRequest with everything within it."""
    return deepcopy(REQUEST)


def bundle() -> dict[str, Any]:
    """The same as a transaction: each resource an entry, referred to by its address."""
    made = request()
    kept = made.pop("contained")
    entries = [("urn:uuid:request", made), *((f"urn:uuid:{one['id']}", one) for one in kept)]
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": url,
                "resource": _referring(one),
                "request": {"method": "POST", "url": one["resourceType"]},
            }
            for url, one in entries
        ],
    }


def _referring(node: Any) -> Any:
    """References to what was within as references to entries."""
    if isinstance(node, list):
        return [_referring(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {key: _referring(one) for key, one in node.items() if key != "id"}
    if isinstance(made.get("reference"), str):
        made["reference"] = made["reference"].replace("#", "urn:uuid:")
    return made
