"""FHIR R4 (4.0.1) resources as plain dicts, of values of this center (R41; docs/fhir.md).

Every builder gives a whole resource, JSON-ready. What is not known is left out. Codes come from
``interop.codes`` alone.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant, to_iso
from einthoven.base.layout import INVALID_SAMPLE, Lead
from einthoven.enrollment.people import OrderingPhysician, Patient
from einthoven.interop import codes, names
from einthoven.interop.codes import Coding
from einthoven.interop.hl7_adt import Identifier
from einthoven.interop.outgoing import Measured, OutgoingReport, Strip

Resource: TypeAlias = dict[str, Any]
VERSION: Final = "4.0.1"
ID_MAX: Final = 64
PDF: Final = "application/pdf"
_HL7: Final = "http://terminology.hl7.org/CodeSystem"
_WRONG: Final = "entered-in-error"
_STATUS: Final = {
    "preliminary": "preliminary",
    "final": "final",
    "appended": "appended",
    "wrong patient": _WRONG,
}
_OF_VALUES: Final = {**_STATUS, "appended": "final"}
"""An addendum adds words: the values under it stay what they were."""
_NOT_IN_IDS: Final = re.compile(r"[^A-Za-z0-9-]")


def id_of(*parts: str) -> str:
    """A resource id of parts, unique as they are: ``[A-Za-z0-9.-]``, at most 64 characters.

    Other characters are written as ``.`` and their hexadecimal code; what is too long ends in a hash of it.
    """
    text = "-".join(_NOT_IN_IDS.sub(lambda sign: f".{ord(sign[0]):02x}", part) for part in parts)
    if len(text) <= ID_MAX:
        return text
    return f"{text[: ID_MAX - 17]}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def patient_id(number: int) -> str:
    """Of a patient by number."""
    return f"p{number}"


def device_id(transmitter: str) -> str:
    """Of a transmitter by its identifier."""
    return id_of(transmitter)


def practitioner_id(npi: str) -> str:
    """Of a physician by NPI."""
    return f"npi-{npi}"


def report_id(report: OutgoingReport) -> str:
    """Of a report: the same for all its versions."""
    return id_of(report.id)


def document_id(report: OutgoingReport) -> str:
    """Of one version of a report as a document."""
    return id_of(report.id, f"v{report.version}")


def reference(kind: str, id_: str, display: str = "") -> Resource:
    """A reference to a resource here."""
    return {"reference": f"{kind}/{id_}"} | ({"display": display} if display else {})


def concept(codings: Iterable[Coding], text: str = "") -> Resource:
    """A CodeableConcept."""
    told = [{"system": one.system, "code": one.code, "display": one.words} for one in codings]
    return {"coding": told} | ({"text": text} if text else {})


def _of(system: str, code: str, words: str) -> Resource:
    return concept([Coding(f"{_HL7}/{system}", code, words)])


# ---- whose, by whom, with what -----------------------------------------------------------------------------


def patient(number: int, who: Patient, known_as: Sequence[Identifier] = (), center: str = "") -> Resource:
    """A patient; ``known_as`` are identifiers that hospitals told."""
    ours: Resource = {"use": "usual", "type": _of("v2-0203", "PI", "Patient internal identifier")}
    ours |= {"value": f"P{number:06d}"} | ({"assigner": {"display": center}} if center else {})
    told = [ours]
    for one in known_as:
        other: Resource = {"value": one.value}
        if one.kind:
            other["type"] = {"coding": [{"system": f"{_HL7}/v2-0203", "code": one.kind}]}
        if one.authority:
            other["assigner"] = {"display": one.authority}
        told.append(other)
    made: Resource = {
        "resourceType": "Patient",
        "id": patient_id(number),
        "identifier": told,
        "name": [_name(who.name)],
    }
    if who.telephone:
        made["telecom"] = [{"system": "phone", "value": who.telephone}]
    if who.sex:
        made["gender"] = who.sex
    if who.birth_date:
        made["birthDate"] = who.birth_date
    if who.address:
        made["address"] = [{"text": who.address}]
    if who.contacts:
        made["contact"] = [
            {"name": _name(one.name), "telecom": [{"system": "phone", "value": one.telephone}]}
            | ({"relationship": [{"text": one.relation}]} if one.relation else {})
            for one in who.contacts
        ]
    return made


def _name(name: str) -> Resource:
    family, given = names.parts(name)
    told: Resource = {"use": "official", "text": name}
    if given:
        told |= {"family": family, "given": given.split()} if family else {"given": given.split()}
    elif family:
        told["family"] = family
    return told


def practitioner(who: OrderingPhysician) -> Resource:
    """A physician who ordered services."""
    telecom = [{"system": "phone", "value": who.telephone, "use": "work"}]
    if who.fax:
        telecom.append({"system": "fax", "value": who.fax, "use": "work"})
    return {
        "resourceType": "Practitioner",
        "id": practitioner_id(who.npi),
        "identifier": [{"system": codes.NPI, "value": who.npi}],
        "name": [_name(who.name)],
        "telecom": telecom,
    }


def device(transmitter: str, worn_by: int | None) -> Resource:
    """A transmitter; ``worn_by`` is the number of the patient whose service period is open with it."""
    made: Resource = {
        "resourceType": "Device",
        "id": device_id(transmitter),
        "identifier": [{"value": transmitter}],
        "status": "active" if worn_by is not None else "inactive",
        "deviceName": [{"name": transmitter, "type": "user-friendly-name"}],
        "type": {"text": "ECG transmitter, worn"},
    }
    if worn_by is not None:
        made["patient"] = reference("Patient", patient_id(worn_by))
    return made


# ---- a report and what is in it ----------------------------------------------------------------------------


def diagnostic_report(report: OutgoingReport, center: str, page: Mapping[str, Any] | None) -> Resource:
    """A report.

    Args:
        center: name of this center.
        page: its PDF as an attachment (``attachment``); None where it has none.
    """
    made: Resource = {
        "resourceType": "DiagnosticReport",
        "id": report_id(report),
        "meta": {"versionId": str(report.version), "lastUpdated": to_iso(report.made)},
        "identifier": [{"value": report.id}],
        "status": _STATUS[report.state],
        "category": [_of("v2-0074", "EC", "Electrocardiac (e.g., EKG, EEC, Holter)")],
        "code": concept(codes.report(report.kind), report.title),
        "subject": _subject(report),
        "effectivePeriod": _period(report.start, report.stop),
        "issued": to_iso(report.made),
        "performer": [{"display": center}],
    }
    if report.signed:
        made["resultsInterpreter"] = [_signer(one.name, one.npi) for one in report.signed]
    results = [reference("Observation", observation_id(report, one.name), one.words) for one in report.values]
    results += [
        reference("Observation", observation_id(report, one.name), one.words) for one in report.strips
    ]
    if results:
        made["result"] = results
    conclusion = "\n\n".join(part for part in (report.notice, report.conclusion) if part)
    if conclusion:
        made["conclusion"] = conclusion
    if page is not None:
        made["presentedForm"] = [dict(page)]
    return made


def _signer(name: str, npi: str) -> Resource:
    told: Resource = {"display": name}
    return told | ({"identifier": {"system": codes.NPI, "value": npi}} if npi else {})


def _subject(report: OutgoingReport) -> Resource:
    return reference("Patient", patient_id(report.patient_number), report.patient.name)


def _period(start: Instant, stop: Instant) -> Resource:
    return {"start": to_iso(start), "end": to_iso(stop)}


def observation_id(report: OutgoingReport, name: str) -> str:
    """Of a value or a strip of a report, in this version of it."""
    return id_of(report.id, f"v{report.version}", name)


def _observation(report: OutgoingReport, name: str, code: Resource) -> Resource:
    made = {
        "resourceType": "Observation",
        "id": observation_id(report, name),
        "status": _OF_VALUES[report.state],
        "category": [_of("observation-category", "procedure", "Procedure")],
        "code": code,
        "subject": _subject(report),
        "issued": to_iso(report.made),
    }
    if report.transmitter:  # strips by telephone have none
        made["device"] = reference("Device", device_id(report.transmitter), report.transmitter)
    return made


def measurement(report: OutgoingReport, one: Measured) -> Resource:
    """A value of a report, with its unit in UCUM and the samples from which it was made."""
    made = _observation(report, one.name, concept(one.codes, one.words))
    if one.at is not None and one.until is not None:
        made["effectivePeriod"] = _period(one.at, one.until)
    elif one.at is not None:
        made["effectiveDateTime"] = to_iso(one.at)
    else:
        made["effectivePeriod"] = _period(report.start, report.stop)
    if isinstance(one.value, str):
        made["valueString"] = one.value
    else:
        unit = {"unit": one.unit.strip("{}"), "system": codes.UCUM, "code": one.unit} if one.unit else {}
        made["valueQuantity"] = {"value": one.value} | unit
    if one.samples is not None:
        made["note"] = [{"text": _samples(report.stream, *one.samples)}]
    return made


def strip(report: OutgoingReport, one: Strip) -> Resource:
    """A stretch of ECG: SampledData, a component each lead, in millivolts."""
    made = _observation(report, one.name, concept([codes.POTENTIAL], one.words))
    seconds = len(one.samples) / one.layout.rate_hz
    if one.start is not None:
        made["effectivePeriod"] = _period(one.start, one.start + round(seconds * 1e9))
    made["component"] = [
        {
            "code": concept(codes.lead(lead.name), lead.name),
            "valueSampledData": sampled(one.samples[:, at], lead, one.layout.rate_hz),
        }
        for at, lead in enumerate(one.layout.leads)
    ]
    made["note"] = [{"text": _samples(report.stream, one.first, one.first + len(one.samples))}]
    return made


def _samples(stream: StreamId, start: int, stop: int) -> str:
    return f"{stream_name(stream)}, samples {start} to {stop}"


def sampled(samples: NDArray[np.int16], lead: Lead, rate_hz: float) -> Resource:
    """Samples of one lead as SampledData: stored values, ``factor`` and ``origin`` make millivolts of them.

    What was not received is ``E``.
    """
    data = " ".join("E" if one == INVALID_SAMPLE else str(one) for one in samples.tolist())
    return {
        "origin": {
            "value": _decimal(-lead.baseline / lead.gain),
            "unit": "mV",
            "system": codes.UCUM,
            "code": "mV",
        },
        "period": _decimal(1000.0 / rate_hz),
        "factor": _decimal(1.0 / lead.gain),
        "dimensions": 1,
        "data": data,
    }


def _decimal(value: float) -> float:
    """Twelve significant digits: exact for every gain and rate in use, and no tail of binary fractions."""
    return float(f"{value:.12g}") + 0.0


# ---- the page ----------------------------------------------------------------------------------------------


def attachment(report: OutgoingReport, pdf: bytes) -> Resource:
    """The PDF of a report, by reference: its size, SHA-1 (which FHIR wants) and where it is."""
    return {
        "contentType": PDF,
        "url": f"Binary/{document_id(report)}",
        "size": len(pdf),
        "hash": base64.b64encode(hashlib.sha1(pdf, usedforsecurity=False).digest()).decode("ascii"),
        "title": report.title,
        "creation": to_iso(report.made),
    }


def document_reference(report: OutgoingReport, center: str, page: Mapping[str, Any]) -> Resource:
    """One version of a report as a document; ``page`` as ``attachment`` gives it."""
    return {
        "resourceType": "DocumentReference",
        "id": document_id(report),
        "status": _WRONG if report.state == "wrong patient" else "current",
        "docStatus": {**_STATUS, "appended": "amended"}[report.state],
        "type": concept(codes.report(report.kind), report.title),
        "subject": _subject(report),
        "date": to_iso(report.made),
        "author": [_signer(one.name, one.npi) for one in report.signed] or [{"display": center}],
        "description": f"{report.title}, {to_iso(report.start)[:10]}",
        "content": [{"attachment": dict(page)}],
        "context": {
            "period": _period(report.start, report.stop),
            "related": [reference("DiagnosticReport", report_id(report))],
        },
    }


def binary(id_: str, pdf: bytes) -> Resource:
    """A PDF as a resource, for those who ask for JSON."""
    return {
        "resourceType": "Binary",
        "id": id_,
        "contentType": PDF,
        "data": base64.b64encode(pdf).decode("ascii"),
    }
