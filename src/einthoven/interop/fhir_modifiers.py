"""Elements that turn the meaning of a resource, and must not be passed over (FHIR R4, "Modifier Elements").

A request that says *do not*, a diagnosis that was refuted, answers that were entered in error: each reads
like its contrary to who looks past the element.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from einthoven.interop.fhir_sent import Json, codes_of

ORDERING: Final = frozenset({"order", "original-order", "reflex-order", "filler-order", "instance-order"})
"""ServiceRequest.intent of what is ordered; others are wishes, plans and options."""
_WITHDRAWN: Final[Mapping[str, frozenset[str]]] = {
    "Coverage": frozenset({"cancelled", "draft", "entered-in-error"}),
    "QuestionnaireResponse": frozenset({"entered-in-error", "stopped"}),
    "DocumentReference": frozenset({"superseded", "entered-in-error"}),
    "Observation": frozenset({"cancelled", "entered-in-error"}),
}
"""Resource → ``status`` under which nothing of it counts."""
_UNSAID: Final = frozenset({"refuted", "entered-in-error"})
"""Condition.verificationStatus of what the patient does not have."""


def turned(resource: Json) -> Iterator[tuple[str, str]]:
    """Each element that turns what a resource says, with one line that says how; none: it is as it reads."""
    kind = str(resource.get("resourceType"))
    if resource.get("modifierExtension"):
        yield "modifierExtension", "changes what this means in a way that is not known here"
    if resource.get("implicitRules"):
        yield "implicitRules", "rules that are not known here"
    if kind == "ServiceRequest":
        yield from _request(resource)
    status = resource.get("status")
    if isinstance(status, str) and status in _WITHDRAWN.get(kind, ()):
        yield "status", f"{status}: nothing of it counts"
    if kind == "Condition" and (found := _UNSAID & set(codes_of(resource.get("verificationStatus")))):
        yield "verificationStatus", f"{min(found)}: it is no diagnosis of the patient"
    if kind == "Patient":
        if resource.get("deceasedBoolean") is True or resource.get("deceasedDateTime"):
            yield "deceased", "the patient has died"
        if resource.get("active") is False:
            yield "active", "the patient's record is not in use"


def _request(resource: Json) -> Iterator[tuple[str, str]]:
    if resource.get("doNotPerform") not in (None, False):
        yield "doNotPerform", "asks that this be not done"
    intent = resource.get("intent")
    if intent is not None and (not isinstance(intent, str) or intent not in ORDERING):
        yield "intent", f"{str(intent)[:40]!r} is no order: want {', '.join(sorted(ORDERING))}"
