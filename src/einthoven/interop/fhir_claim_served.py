"""A claim as others read it over FHIR: as it stands now, of the patient whose service it is for (R41)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from einthoven.base.instants import to_iso
from einthoven.billing.claim_making import name_parts, same_person
from einthoven.billing.claim_states import ENDED, Kept, Kind, State, claim_id
from einthoven.enrollment.register import Enrolled
from einthoven.interop.fhir import Resource, patient_id, reference
from einthoven.interop.fhir_claim import claim_resource

_DRAFTS: Final = (State.CHECKING, State.HELD, State.READY, State.REJECTED)
STATUS: Final[Mapping[State, str]] = MappingProxyType(
    {state: "draft" if state in _DRAFTS else "active" for state in State} | dict.fromkeys(ENDED, "cancelled")
)
"""State of a claim → Claim.status: what nobody has let out, or what came back to be mended, is a draft; what
stands for nothing any more is cancelled. A void that was let out is cancelled itself: it withdraws."""


def served_claim(kept: Kept, enrolled: Enrolled | None) -> Resource | None:
    """A claim as a resource; None before it is made.

    Args:
        enrolled: whose service it is for, as known now; a claim that names another person keeps that person
            within it and is of nobody here.
    """
    if kept.claim is None:
        return None
    first = kept.log[0].at if kept.log else kept.since
    made = claim_resource(
        kept.id, kept.claim, to_iso(first), claim_id(kept.replaces) if kept.replaces else ""
    )
    status = STATUS[kept.state]
    made["status"] = "cancelled" if kept.kind is Kind.VOID and status == "active" else status
    made["meta"] = {"versionId": str(kept.version), "lastUpdated": to_iso(kept.since)}
    days = str(kept.proof.get("first_day", "")), str(kept.proof.get("last_day", ""))
    if all(days):
        made["billablePeriod"] = {"start": days[0], "end": days[1]}
    if enrolled is not None and same_person(name_parts(enrolled.patient.name), kept.claim.patient.name):
        told = reference("Patient", patient_id(enrolled.period.patient), enrolled.patient.name)
        made["patient"] = told
        made["contained"] = [one for one in made["contained"] if one["id"] != "patient"]
        for one in made["contained"]:
            if one["id"] == "coverage":
                one["beneficiary"] = told
    return made
