"""An order as a ServiceRequest with all that belongs to it within it (FHIR R4; R29, R41; docs/fhir.md).

What is given out reads back as the same order, but for its papers, which are read on the pages, and for its
signature, which another system tells and does not make.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from einthoven.base.instants import Instant, to_iso
from einthoven.enrollment.order import Order, OrderPatient
from einthoven.enrollment.order_read import to_json
from einthoven.enrollment.order_states import OrderRecord, State
from einthoven.enrollment.statements import QUESTIONS
from einthoven.interop import codes, names
from einthoven.interop.codes import Coding
from einthoven.interop.fhir import Resource, concept, patient_id, reference
from einthoven.interop.fhir_order_read import ICD10
from einthoven.interop.order_said import ITEMS, LISTS, Kind

STATUS: Final = {
    State.HELD: "on-hold",
    State.READY: "active",
    State.ENROLLED: "active",
    State.REFUSED: "revoked",
    State.WITHDRAWN: "revoked",
}
"""State of an order → ServiceRequest.status."""
_V2: Final = "http://terminology.hl7.org/CodeSystem/v2-0203"
_VALUE: Final = {
    Kind.YES: "valueBoolean",
    Kind.DAY: "valueDate",
    Kind.WHOLE: "valueInteger",
    Kind.CODE: "valueString",
    Kind.TEXT: "valueString",
}
_ELSEWHERE: Final = frozenset({"days", "start", "dated", "diagnosis", "test", "indication_words", "payer.id"})
"""Items that have elements of their own."""


def order_id(number: int) -> str:
    """Of an order."""
    return f"order-{number}"


def service_request(
    record: OrderRecord, patient_number: int | None, center: str, moved: str = ""
) -> Resource:
    """An order as it stands.

    Args:
        patient_number: of the patient whose service runs under it; None before, and where there is none.
        moved: that the service which began under it is another patient's, in words; "" where it is not.
    """
    order, kept = record.order, [_answers(record.order)]
    made: Resource = {
        "resourceType": "ServiceRequest",
        "id": order_id(record.number),
        "meta": {"versionId": str(record.version), "lastUpdated": to_iso(_moved(record))},
        "identifier": _identifiers(record, center),
        "status": "on-hold" if moved else STATUS[record.state],
        "intent": "order",
    }
    if order.test is not None:
        made["code"] = concept([Coding(codes.LOCAL, str(order.test), str(order.test))], str(order.test))
    if patient_number is None:
        kept.append(_patient(order.patient))
        made["subject"] = {"reference": "#patient"}
    else:
        made["subject"] = reference("Patient", patient_id(patient_number), order.patient.name)
    made |= _requester(order, kept) | _payer(order, kept)
    made["supportingInfo"] = [{"reference": "#answers"}]
    if order.days:
        made["quantityQuantity"] = {"value": order.days, "unit": "d", "system": codes.UCUM, "code": "d"}
    if order.start:
        made["occurrenceDateTime"] = order.start
    if order.dated:
        made["authoredOn"] = order.dated
    reasons: list[Resource] = [{"coding": [{"system": ICD10, "code": one}]} for one in order.diagnoses]
    if order.indication_words:
        reasons.append({"text": order.indication_words})
    if reasons:
        made["reasonCode"] = reasons
    notes = [f"{one.where}: {one.words}" for one in record.lacks]
    if record.returned is not None:
        notes.insert(0, f"Given back: {record.returned.why}")
    if moved:
        notes.insert(0, moved)
    if notes:
        made["note"] = [{"text": one} for one in notes]
    return made | {"contained": kept}


def _moved(record: OrderRecord) -> Instant:
    return record.log[-1].at if record.log else record.received


def _identifiers(record: OrderRecord, center: str) -> list[Resource]:
    ours: Resource = {"type": {"coding": [{"system": _V2, "code": "FILL"}]}, "value": order_id(record.number)}
    ours |= {"assigner": {"display": center}} if center else {}
    if not record.order.placer:
        return [ours]
    theirs: Resource = {"type": {"coding": [{"system": _V2, "code": "PLAC"}]}, "value": record.order.placer}
    system = record.placer.removesuffix(record.order.placer).removesuffix("|")
    return [theirs | ({"system": system} if system and record.source == "fhir" else {}), ours]


def _patient(who: OrderPatient) -> Resource:
    made: Resource = {"resourceType": "Patient", "id": "patient"}
    if who.record_number:
        made["identifier"] = [
            {"type": {"coding": [{"system": _V2, "code": "MR"}]}, "value": who.record_number}
        ]
    if who.name:
        made["name"] = [_name(who.name)]
    if who.telephone:
        made["telecom"] = [{"system": "phone", "value": who.telephone}]
    if who.sex:
        made["gender"] = who.sex
    if who.birth_date:
        made["birthDate"] = who.birth_date
    postal = who.postal
    address: Resource = {
        "line": [postal.street] if postal.street else [],
        "city": postal.city,
        "state": postal.state,
        "postalCode": postal.zip,
        "country": postal.country,
    }
    made["address"] = [{key: one for key, one in address.items() if one}]
    if who.contacts:
        made["contact"] = [
            ({"name": _name(one.name)} if one.name else {})
            | ({"telecom": [{"system": "phone", "value": one.telephone}]} if one.telephone else {})
            | ({"relationship": [{"text": one.relation}]} if one.relation else {})
            for one in who.contacts
        ]
    return made


def _name(name: str) -> Resource:
    family, given = names.parts(name)
    told: Resource = {"text": name}
    return told | ({"family": family, "given": given.split()} if family and given else {})


def _requester(order: Order, kept: list[Resource]) -> Resource:
    who = order.orderer
    if not any((who.name, who.npi, who.telephone, who.fax, who.specialty, who.practice)):
        return {}
    practitioner: Resource = {"resourceType": "Practitioner", "id": "orderer"}
    if who.npi:
        practitioner["identifier"] = [{"system": codes.NPI, "value": who.npi}]
    if who.name:
        practitioner["name"] = [_name(who.name)]
    role: Resource = {
        "resourceType": "PractitionerRole",
        "id": "role",
        "practitioner": {"reference": "#orderer"},
    }
    ways = [("phone", who.telephone), ("fax", who.fax)]
    if any(number for _, number in ways):
        role["telecom"] = [{"system": way, "value": number} for way, number in ways if number]
    if who.specialty:
        role["specialty"] = [{"text": who.specialty}]
    if who.practice:
        role["organization"] = {"display": who.practice}
    kept += [practitioner, role]
    return {"requester": {"reference": "#role"}}


def _payer(order: Order, kept: list[Resource]) -> Resource:
    payer = order.payer
    if not payer.id and not payer.member:
        return {}
    coverage: Resource = {
        "resourceType": "Coverage",
        "id": "coverage",
        "status": "active",
        "beneficiary": {"display": order.patient.name or "the patient"},
        "payor": [{"display": payer.id or "not said"}],
    }
    if payer.member:
        coverage["subscriberId"] = payer.member
    kept.append(coverage)
    return {"insurance": [{"reference": "#coverage"}]}


def _answers(order: Order) -> Resource:
    """What has no element of its own: items by the names of ``ITEMS``."""
    items = list(_items(order))
    made: Resource = {"resourceType": "QuestionnaireResponse", "id": "answers", "status": "completed"}
    return made | ({"item": items} if items else {})


def _items(order: Order) -> Iterator[Resource]:
    told = to_json(order)
    for name, kind in ITEMS.items():
        first, _, rest = name.partition(".")
        if name in _ELSEWHERE or first in LISTS:
            continue
        if first == "statements":
            key, _, part = rest.partition(".")
            value = told.get("statements", {}).get(key, {}).get(part or "answer")
        else:
            value = told.get(first, {}).get(rest) if rest else told.get(first)
        if value is not None:
            yield _item(name, kind, value)
    for group, path in LISTS.items():
        if group != "contact":
            yield from _groups(group, told.get(path, ()))


def _groups(group: str, those: Sequence[Resource]) -> Iterator[Resource]:
    for one in those:
        inner = [
            _item(f"{group}.{key}", ITEMS[f"{group}.{key}"], value)
            for key, value in one.items()
            if f"{group}.{key}" in ITEMS
        ]
        if inner:
            yield {"linkId": group, "item": inner}


def _item(name: str, kind: Kind, value: object) -> Resource:
    made: Resource = {"linkId": name}
    question = QUESTIONS.get(name.removeprefix("statements."))
    if question is not None:
        made["text"] = question.text
    return made | {"answer": [{_VALUE[kind]: value}]}
