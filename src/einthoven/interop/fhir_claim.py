"""A claim as FHIR R4 Claim, professional, with the patient, the payer and the people contained (R41).

``use`` is ``claim``; codes are numbers alone, of the systems that name them; amounts in USD.
"""

from __future__ import annotations

from typing import Any, Final

from einthoven.billing.claim import Claim, Facility, Line, Part, Provider, dollars
from einthoven.billing.profile import HOME
from einthoven.enrollment.order import Postal
from einthoven.interop.fhir import Resource, id_of

CPT: Final = "http://www.ama-assn.org/go/cpt"
ICD10: Final = "http://hl7.org/fhir/sid/icd-10-cm"
PLACES: Final = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
MODIFIERS: Final = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
NPI: Final = "http://hl7.org/fhir/sid/us-npi"
_HL7: Final = "http://terminology.hl7.org/CodeSystem"


def claim_resource(number: str, claim: Claim, created: str, prior: str = "") -> Resource:
    """A Claim.

    One that replaces or voids another names it as ``prior`` by the payer's number and the center's; one that
    voids it has the status ``cancelled``: the request for payment is withdrawn (R4, Claim.status).

    Args:
        number: the center's number of it.
        created: ISO 8601 instant or date.
        prior: the center's number of the claim that it replaces or voids, ``""`` where that is none of ours.
    """
    contained = [_patient(claim), _organization("payer", claim.payer.name, claim.payer.number)]
    contained += [_billing(claim), _coverage(claim)]
    team = _team(claim, contained)
    made: Resource = {
        "resourceType": "Claim",
        "id": id_of(number),
        "contained": contained,
        "identifier": [{"value": number}],
        "status": "cancelled" if claim.void else "active",
        "type": _concept(f"{_HL7}/claim-type", "professional"),
        "use": "claim",
        "patient": {"reference": "#patient"},
        "created": created,
        "insurer": {"reference": "#payer"},
        "provider": {"reference": "#billing"},
        "priority": _concept(f"{_HL7}/processpriority", "normal"),
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "#coverage"}}],
        "total": _money(claim.cents),
    }
    if team:
        made["careTeam"] = team
    if claim.benefits.given is not None:
        made["payee"] = {
            "type": _concept(f"{_HL7}/payeetype", "provider" if claim.benefits.given else "subscriber")
        }
    place = claim.facility
    if place.name and not place.same and claim.place != HOME:
        contained.append(_place(place))
        made["facility"] = {"reference": "#facility"}
    if claim.diagnoses:
        made["diagnosis"] = [
            {"sequence": at, "diagnosisCodeableConcept": _concept(ICD10, code)}
            for at, code in enumerate(claim.diagnoses, start=1)
        ]
    if claim.original:
        made["related"] = [
            {
                "relationship": _concept(f"{_HL7}/ex-relatedclaimrelationship", "prior"),
                "claim": {"identifier": {"value": claim.original}} | ({"display": prior} if prior else {}),
                "reference": {"value": claim.original},
            }
        ]
    items = [_item(at, line, claim, len(team)) for at, line in enumerate(claim.lines, start=1)]
    if items:
        made["item"] = items
    return made


def _coverage(claim: Claim) -> Resource:
    made: Resource = {
        "resourceType": "Coverage",
        "id": "coverage",
        "status": "active",
        "beneficiary": {"reference": "#patient"},
        "payor": [{"reference": "#payer"}],
    }
    return made | ({"subscriberId": claim.patient.member} if claim.patient.member else {})


def _place(place: Facility) -> Resource:
    made: Resource = {"resourceType": "Location", "id": "facility", "name": place.name}
    if place.npi:
        made["identifier"] = [{"system": NPI, "value": place.npi}]
    if address := _address(place.postal):
        made["address"] = address[0]
    return made


def _concept(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def _money(cents: int) -> Resource:
    # A decimal of FHIR: JSON has no other number than this, and cents are exact in it.
    return {"value": float(dollars(cents)), "currency": "USD"}


def _address(postal: Postal) -> list[Resource]:
    told: dict[str, Any] = {
        "line": [postal.street] if postal.street else [],
        "city": postal.city,
        "state": postal.state,
        "postalCode": postal.zip,
        "country": postal.country if postal.street or postal.city else "",
    }
    kept = {key: value for key, value in told.items() if value}
    return [kept] if kept else []


def _patient(claim: Claim) -> Resource:
    one = claim.patient
    given = [part for part in (one.name.first, one.name.middle) if part]
    name: Resource = {"family": one.name.last} if one.name.last else {}
    if given:
        name["given"] = given
    made: Resource = {"resourceType": "Patient", "id": "patient"}
    if name:
        made["name"] = [name]
    if one.sex:
        made["gender"] = one.sex
    if one.birth_date:
        made["birthDate"] = one.birth_date
    if address := _address(one.postal):
        made["address"] = address
    return made


def _organization(id_: str, name: str, number: str, system: str = "") -> Resource:
    made: Resource = {"resourceType": "Organization", "id": id_}
    if number:
        made["identifier"] = [{"value": number} | ({"system": system} if system else {})]
    # An organization has a name or a number (FHIR org-1).
    if name or not number:
        made["name"] = name or "not said"
    return made


def _billing(claim: Claim) -> Resource:
    made = _organization("billing", claim.billing.name, claim.billing.npi, NPI)
    if address := _address(claim.billing.postal):
        made["address"] = address
    return made


def _team(claim: Claim, contained: list[Resource]) -> list[Resource]:
    people: list[tuple[str, str, Provider]] = [
        ("ordering", "other", claim.ordering),
        ("rendering", "primary", claim.rendering),
        ("supervising", "supervisor", claim.supervising),
    ]
    team: list[Resource] = []
    for id_, role, one in people:
        if not one.known:
            continue
        person: Resource = {"resourceType": "Practitioner", "id": id_}
        if one.npi:
            person["identifier"] = [{"system": NPI, "value": one.npi}]
        if one.name.last:
            person["name"] = [
                {"family": one.name.last} | ({"given": [one.name.first]} if one.name.first else {})
            ]
        contained.append(person)
        team.append(
            {
                "sequence": len(team) + 1,
                "provider": {"reference": f"#{id_}"},
                "role": _concept(f"{_HL7}/claimcareteamrole", role) | {"text": id_},
            }
        )
    return team


def _item(at: int, line: Line, claim: Claim, team: int) -> Resource:
    made: Resource = {
        "sequence": at,
        "productOrService": _concept(CPT, line.code or "unknown"),
        "quantity": {"value": line.units},
        "unitPrice": _money(line.cents // line.units if line.units else line.cents),
        "net": _money(line.cents),
    }
    if team:
        made["careTeamSequence"] = list(range(1, team + 1))
    pointers = [one for one in line.pointers if 1 <= one <= len(claim.diagnoses)]
    if pointers:
        made["diagnosisSequence"] = pointers
    if line.modifiers:
        made["modifier"] = [_concept(MODIFIERS, one) for one in line.modifiers]
    if line.day:
        made["servicedDate"] = line.day
    if claim.place:
        made["locationCodeableConcept"] = _concept(PLACES, claim.place)
    if claim.part is Part.PROFESSIONAL:
        made["category"] = {"text": "professional part"}
    return made
