"""What is told of an order that was posted: an OperationOutcome, an issue for what holds it (R4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from einthoven.enrollment.order_read import Fault
from einthoven.enrollment.order_states import Lack, OrderRecord
from einthoven.interop.fhir import Resource
from einthoven.interop.fhir_request import order_id
from einthoven.interop.order_said import ITEMS, LISTS

ISSUES_MAX: Final = 200
_ELEMENTS: Final = {
    "patient.name": "Patient.name",
    "patient.birth_date": "Patient.birthDate",
    "patient.sex": "Patient.gender",
    "patient.telephone": "Patient.telecom",
    "patient.postal.street": "Patient.address",
    "patient.contacts": "Patient.contact",
    "orderer.name": "Practitioner.name",
    "orderer.npi": "Practitioner.identifier",
    "orderer.telephone": "Practitioner.telecom",
    "test": "ServiceRequest.code",
    "diagnoses": "ServiceRequest.reasonCode",
    "days": "ServiceRequest.quantity",
    "payer.id": "Coverage.payor",
    "dated": "ServiceRequest.authoredOn",
    "signature": "Provenance.signature",
}
"""Path of an order → the element that would say it, where something is missing."""


def told(records: Sequence[tuple[OrderRecord, str]]) -> Resource:
    """The outcome of orders that are kept.

    Args:
        records: each order with more words of it.
    """
    issues = [issue for record, words in records for issue in _issues(record, words)]
    return {"resourceType": "OperationOutcome", "issue": issues[:ISSUES_MAX]}


def _issues(record: OrderRecord, words: str) -> list[Resource]:
    name = order_id(record.number)
    if words:
        return [{"severity": "information", "code": "informational", "diagnostics": f"{name}: {words}"}]
    if not record.lacks:
        said = f"{name} is {record.state}"
        return [{"severity": "information", "code": "informational", "diagnostics": said}]
    return [_issue(one, name) for one in record.lacks]


def _issue(one: Lack, name: str) -> Resource:
    fault = isinstance(one, Fault)
    where = one.origin if isinstance(one, Fault) else element(one.where)
    made: Resource = {
        "severity": "warning",
        "code": "value" if fault else "required",
        "details": {"text": one.where or name},
        "diagnostics": f"{name} is held: {one.where}: {one.words}",
    }
    return made | ({"expression": [where]} if where else {})


def element(path: str) -> str:
    """The element that says a path of an order, as FHIRPath; ``""`` where there is none."""
    if path in _ELEMENTS:
        return _ELEMENTS[path]
    item = next(
        (f"{name}.{path.rpartition('.')[2]}" for name, one in LISTS.items() if path.startswith(one)), path
    )
    return f"QuestionnaireResponse.item.where(linkId='{item}')" if item in ITEMS else ""
