"""What a FHIR server says besides resources: bundles, outcomes, what it can do; calls as Communication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from einthoven.base.instants import Instant, to_iso
from einthoven.interop.codes import Coding
from einthoven.interop.fhir import VERSION, Resource, concept, patient_id, reference

SEARCHES: Final[Mapping[str, Mapping[str, str]]] = {
    "Patient": {"_id": "token", "identifier": "token", "name": "string", "birthdate": "date"},
    "Practitioner": {"_id": "token", "identifier": "token", "name": "string"},
    "Device": {"_id": "token", "identifier": "token", "patient": "reference"},
    "DiagnosticReport": {
        "_id": "token",
        "patient": "reference",
        "subject": "reference",
        "status": "token",
        "code": "token",
        "date": "date",
    },
    "Observation": {
        "_id": "token",
        "patient": "reference",
        "subject": "reference",
        "status": "token",
        "code": "token",
        "date": "date",
    },
    "DocumentReference": {
        "_id": "token",
        "patient": "reference",
        "subject": "reference",
        "type": "token",
        "date": "date",
    },
    "Communication": {"_id": "token", "patient": "reference", "subject": "reference", "sent": "date"},
    "ServiceRequest": {
        "_id": "token",
        "identifier": "token",
        "patient": "reference",
        "subject": "reference",
        "status": "token",
        "code": "token",
        "authored": "date",
    },
    "Claim": {
        "_id": "token",
        "identifier": "token",
        "patient": "reference",
        "status": "token",
        "created": "date",
        "billable-period": "date",
    },
}
"""Resources that are searched, and by what."""
CREATED: Final = ("ServiceRequest",)
"""Resources that are posted; a transaction Bundle may hold what belongs to them."""
READ_ONLY: Final = ("Binary",)
"""Resources that are read and not searched."""
_PRIORITY: Final = {"emergent": "stat", "urgent": "urgent", "daily": "routine"}


def capability(
    name: str, software: str, url: str, at: Instant, secured: bool, created: Sequence[str] = ()
) -> Resource:
    """The CapabilityStatement of this server.

    Args:
        name: of the center.
        software: its version.
        url: where its resources are.
        at: when it began to serve them so.
        secured: whether who asks must be signed in.
        created: resources that may be posted.
    """
    resources: list[Resource] = [
        {
            "type": kind,
            "interaction": [
                {"code": one} for one in ("read", "search-type", *(("create",) if kind in created else ()))
            ],
            "versioning": "no-version",
            "searchParam": [{"name": one, "type": sort} for one, sort in params.items()],
        }
        for kind, params in SEARCHES.items()
    ]
    resources += [{"type": kind, "interaction": [{"code": "read"}]} for kind in READ_ONLY]
    rest: Resource = {"mode": "server", "resource": resources}
    if created:
        rest["interaction"] = [{"code": "transaction"}]
    if secured:
        rest["security"] = {
            "cors": False,
            "description": "Authorization: Bearer, with the token of a machine (docs/sign-in.md); TLS beyond "
            "this machine. Every read is on record.",
        }
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": to_iso(at),
        "kind": "instance",
        "software": {"name": "einthoven", "version": software},
        "implementation": {"description": name, "url": url},
        "fhirVersion": VERSION,
        "format": ["json", "application/fhir+json"],
        "rest": [rest],
    }


@dataclass(frozen=True, slots=True)
class Page:
    """A page of what a search found.

    Attributes:
        found: the resources of this page.
        total: how many were found altogether.
        own, following: relative addresses of this page and of the next; ``""`` for no next.
        passed: parameters that were not looked at.
    """

    found: Sequence[Resource]
    total: int
    own: str
    following: str = ""
    passed: Sequence[str] = ()


def bundle(page: Page, base: str) -> Resource:
    """A page as a Bundle; ``base`` is where resources are."""
    links = [{"relation": "self", "url": f"{base}/{page.own}"}]
    if page.following:
        links.append({"relation": "next", "url": f"{base}/{page.following}"})
    entries: list[Resource] = [
        {
            "fullUrl": f"{base}/{one['resourceType']}/{one['id']}",
            "resource": one,
            "search": {"mode": "match"},
        }
        for one in page.found
    ]
    if page.passed:
        words = f"not looked at: {', '.join(page.passed)}"
        warning = outcome("warning", "not-supported", words)
        entries.append({"resource": warning, "search": {"mode": "outcome"}})
    made: Resource = {"resourceType": "Bundle", "type": "searchset", "total": page.total, "link": links}
    return made | ({"entry": entries} if entries else {})


def outcome(severity: str, code: str, words: str, reason: str = "") -> Resource:
    """An OperationOutcome of one issue."""
    issue: Resource = {"severity": severity, "code": code, "diagnostics": words}
    if reason:
        issue["details"] = {"text": reason}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


@dataclass(frozen=True, slots=True)
class Told:
    """A call to a physician about a patient.

    Attributes:
        number: of the call.
        patient_number, patient: whose.
        tier: ``emergent``, ``urgent``, ``daily``.
        say: what was to be said.
        to: who was called, ``""`` where not known; ``reached`` who was spoken with, and as what.
        started, ended: when.
        outcome: in words; ``""`` while it goes on.
        acted: whether a person who can act was reached.
        said, action: what was said; what they did or will do.
        incoming: they called.
    """

    number: int
    patient_number: int
    patient: str
    tier: str
    say: str
    to: str
    reached: str
    started: Instant
    ended: Instant | None
    outcome: str
    acted: bool
    said: str
    action: str
    incoming: bool


def communication(told: Told, center: str) -> Resource:
    """A call as a Communication: ``completed`` where a person who can act was reached, else ``not-done``."""
    status = "in-progress" if told.ended is None else ("completed" if told.acted else "not-done")
    system = "http://terminology.hl7.org/CodeSystem"
    made: Resource = {
        "resourceType": "Communication",
        "id": f"call-{told.number}",
        "identifier": [{"value": f"call {told.number}"}],
        "status": status,
        "category": [concept([Coding(f"{system}/communication-category", "notification", "Notification")])],
        "priority": _PRIORITY.get(told.tier, "routine"),
        "medium": [concept([Coding(f"{system}/v3-ParticipationMode", "PHONE", "telephone")])],
        "subject": reference("Patient", patient_id(told.patient_number), told.patient),
        "sent": to_iso(told.started),
        "payload": [{"contentString": text} for text in (told.say, told.said) if text],
    }
    if not made["payload"]:
        del made["payload"]
    if status == "not-done":
        made["statusReason"] = {"text": told.outcome or "not reached"}
    other = {"display": told.reached or told.to or "not known"}
    here = {"display": center}
    made |= (
        {"recipient": [here], "sender": other} if told.incoming else {"recipient": [other], "sender": here}
    )
    if told.acted and told.ended is not None:
        made["received"] = to_iso(told.ended)
    notes = [text for text in (told.outcome, told.action and f"Action: {told.action}") if text]
    if notes:
        made["note"] = [{"text": text} for text in notes]
    return made
