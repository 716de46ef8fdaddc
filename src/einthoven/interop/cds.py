"""Decision support in other systems: CDS Hooks 2.0 with the coverage information of Da Vinci CRD 2.1 (R41).

Pure: a hook's request in, cards and system actions out. What an order says is determined by whoever is given
(``determine``), the same as on this center's own pages. Nothing of a request is kept.
"""

from __future__ import annotations

import copy
import hashlib
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from einthoven.base.errors import InputError, NotFoundError
from einthoven.base.instants import Instant, to_iso
from einthoven.billing.service import REGISTER
from einthoven.enrollment.order import Order
from einthoven.enrollment.order_read import Fault
from einthoven.interop.cds_order import is_ordered, order_of
from einthoven.interop.fhir_sent import rows
from einthoven.interop.hl7_order import Names

Shape: TypeAlias = dict[str, Any]
Determine: TypeAlias = Callable[[Order, str], Mapping[str, Any]]
HOOKS: Final = ("order-select", "order-sign")
SERVICES: Final[Mapping[str, str]] = {f"einthoven-{hook}": hook for hook in HOOKS}
"""Id of a service → its hook."""
COVERAGE_INFORMATION: Final = (
    "http://hl7.org/fhir/us/davinci-crd/StructureDefinition/ext-coverage-information"
)
CPT: Final = "http://www.ama-assn.org/go/cpt"
HCPCS: Final = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
_TOPICS: Final = "http://hl7.org/fhir/us/davinci-crd/CodeSystem/temp"
_NAMES: Final = uuid.UUID("7d1a9d0e-55fb-5a0e-9f8e-5c5a35f9d3c1")
"""Identifiers of cards are made of the call and the order, so that the same call is answered alike."""
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)\Z")
SUMMARY_MAX: Final = 139
"""A card's summary has less than 140 characters."""
ORDERS_MAX: Final = 20
FEEDBACK_MAX: Final = 100
_PREFETCH: Final = {
    "patient": "Patient/{{context.patientId}}",
    "practitioner": "{{context.userId}}",
    "coverage": "Coverage?patient={{context.patientId}}&status=active",
    "conditions": "Condition?patient={{context.patientId}}",
    "answers": "QuestionnaireResponse?patient={{context.patientId}}",
}
_DESCRIPTION: Final = (
    "Says clause by clause whether the payer's policy covers an order of real-time outpatient cardiac "
    "telemetry, what is missing, and what would change it."
)
_REQUIREMENTS: Final = (
    "Orders are ServiceRequests with a code of the service; what a physician states comes as a "
    "QuestionnaireResponse (docs/cds-hooks.md). Nothing is fetched beside what comes with the call."
)
_INFO: Final = (("setting", "location"), ("payer", "location"), ("orderer", "performer"))
_TIMES: Final = ("days", "start", "prior_tests", "statements.longer")


@dataclass(frozen=True, slots=True)
class Call:
    """A hook's request.

    Attributes:
        instance: its UUID.
        hook: of ``HOOKS``.
        requests: ServiceRequests of ours among the draft orders; of ``order-select`` those selected.
        others: every other resource that came with it.
        names: how others call our services and payers.
    """

    instance: str
    hook: str
    requests: tuple[Mapping[str, Any], ...]
    others: tuple[Mapping[str, Any], ...]
    names: Names


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody did with a card: ``accepted`` or ``overridden``."""

    card: str
    outcome: str


def discovery() -> Shape:
    """The services, with what of the record they ask to have fetched beforehand."""
    return {
        "services": [
            {
                "id": id_,
                "hook": hook,
                "title": "Coverage of outpatient cardiac telemetry",
                "description": _DESCRIPTION,
                "usageRequirements": _REQUIREMENTS,
                "prefetch": dict(_PREFETCH),
            }
            for id_, hook in SERVICES.items()
        ]
    }


def call_of(service: str, body: Mapping[str, Any], names: Names | None = None) -> Call:
    """Read a request; ``names`` says how others call our services and payers.

    Raises:
        NotFoundError: there is no such service.
        InputError: the request is none of its hook; one line that names the field.
    """
    hook = hook_of(service)
    if body.get("hook") != hook:
        raise InputError(f"hook: want {hook!r} for this service")
    instance = body.get("hookInstance")
    if not isinstance(instance, str) or not _UUID.match(instance):
        raise InputError("hookInstance: want a UUID")
    context = body.get("context")
    if not isinstance(context, Mapping):
        raise InputError("context: want an object")
    for name in ("userId", "patientId"):
        if not isinstance(context.get(name), str) or not context[name]:
            raise InputError(f"context.{name}: is missing")
    drafts = _entries("context.draftOrders", context.get("draftOrders"))
    called = names or Names()
    requests = [one for one in drafts if is_ordered(one, called)]
    if hook == "order-select":
        chosen = context.get("selections")
        if not isinstance(chosen, list) or not all(isinstance(one, str) for one in chosen):
            raise InputError("context.selections: want a list of references")
        requests = [one for one in requests if f"ServiceRequest/{one.get('id')}" in chosen]
    if len(requests) > ORDERS_MAX:
        raise InputError(f"context.draftOrders: {len(requests)} orders of this service, at most {ORDERS_MAX}")
    prefetch = body.get("prefetch", {})
    if not isinstance(prefetch, Mapping):
        raise InputError("prefetch: want an object")
    others = [one for one in drafts if one not in requests]
    for key, value in prefetch.items():
        others += _fetched(f"prefetch.{key}", value)
    return Call(instance, hook, tuple(requests), tuple(others), called)


def hook_of(service: str) -> str:
    """The hook of a service.

    Raises:
        NotFoundError: there is no such service.
    """
    if service not in SERVICES:
        raise NotFoundError(f"there is no service {service[:60]!r} (there are {', '.join(SERVICES)})")
    return SERVICES[service]


def answer(call: Call, determine: Determine, now: Instant, label: str, day: str = "") -> Shape:
    """Cards for each order of ours; for ``order-sign`` coverage information on it as well.

    Args:
        call: the request.
        determine: what the payer's policy says of an order at a date.
        now: center time.
        label: who says it: name of the center.
        day: the date at the center: that of service of an order that says no start; ``""``: UTC's.
    """
    cards: list[Shape] = []
    actions: list[Shape] = []
    today = day or to_iso(now)[:10]
    for request in call.requests:
        order, faults = order_of(request, call.others, call.names, today, now)
        told = determine(order, order.start or today)
        cards.append(_card(call, request, told, faults, label))
        coverage = next((one for one in call.others if one.get("resourceType") == "Coverage"), None)
        if call.hook == "order-sign" and coverage is not None and told["outcome"] != "policy not held":
            actions.append(_action(request, told, coverage, today))
    return {"cards": cards} | ({"systemActions": actions} if actions else {})


def feedback_of(service: str, body: Mapping[str, Any]) -> list[Feedback]:
    """What was done with cards.

    Raises:
        NotFoundError: there is no such service.
        InputError: it is no feedback; one line that names the field.
    """
    hook_of(service)
    rows = body.get("feedback")
    if not isinstance(rows, list) or not rows or len(rows) > FEEDBACK_MAX:
        raise InputError(f"feedback: want a list of 1 to {FEEDBACK_MAX}")
    found = []
    for place, row in enumerate(rows):
        at = f"feedback[{place}]"
        if not isinstance(row, Mapping):
            raise InputError(f"{at}: want an object")
        if not isinstance(row.get("card"), str) or not _UUID.match(row["card"]):
            raise InputError(f"{at}.card: want a UUID")
        if row.get("outcome") not in ("accepted", "overridden"):
            raise InputError(f"{at}.outcome: want accepted or overridden")
        stamp = row.get("outcomeTimestamp")
        if not isinstance(stamp, str) or not _INSTANT.match(stamp):
            raise InputError(f"{at}.outcomeTimestamp: want an instant such as 2026-11-23T15:04:00Z")
        found.append(Feedback(row["card"], row["outcome"]))
    return found


# ---- what comes with a call --------------------------------------------------------------------------------


def _entries(where: str, bundle: object) -> list[Mapping[str, Any]]:
    if not isinstance(bundle, Mapping) or bundle.get("resourceType") != "Bundle":
        raise InputError(f"{where}: want a Bundle")
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise InputError(f"{where}.entry: want a list")
    there = (one.get("resource") for one in entries if isinstance(one, Mapping))
    return [one for one in there if isinstance(one, Mapping)]


def _fetched(where: str, value: object) -> list[Mapping[str, Any]]:
    if value is None:
        return []  # the client could not fetch it
    if not isinstance(value, Mapping):
        raise InputError(f"{where}: want a resource")
    if value.get("resourceType") == "Bundle":
        return _entries(where, value)
    return [value]


# ---- cards -------------------------------------------------------------------------------------------------


def _card(
    call: Call, request: Mapping[str, Any], told: Mapping[str, Any], faults: Iterable[Fault], label: str
) -> Shape:
    summary = str(told["summary"])
    return {
        "uuid": str(uuid.uuid5(_NAMES, f"{call.instance}/{request.get('id', '')}")),
        "summary": summary if len(summary) <= SUMMARY_MAX else f"{summary[: SUMMARY_MAX - 1]}…",
        "detail": _detail(told, faults),
        "indicator": _indicator(told),
        "source": {"label": label, "topic": {"system": _TOPICS, "code": "coverage-info"}},
    }


def _indicator(told: Mapping[str, Any]) -> str:
    """How pressing it is: a contraindication concerns the patient, everything else money."""
    against = [one for one in told["clauses"] if one["stands"] == "against"]
    if any(one["contraindication"] for one in against):
        return "critical"
    return "info" if told["outcome"] in ("covered", "policy not held") else "warning"


def _detail(told: Mapping[str, Any], faults: Iterable[Fault]) -> str:
    """Markdown: the policy, what stands against it, what is not documented, what would change it."""
    policy = told["policy"]
    lines = [f"**{_plain(told['summary'])}**", "", f"Date of service {told['date']}."]
    if policy is not None:
        until = policy["to"] or "open"
        name = f"{policy['id']} {policy['version']}, {policy['title']}"
        lines += [f"Policy: {_plain(name)} ({policy['from']} to {until})."]
        lines += [f"Held in part: {_plain(policy['missing'])}."] if policy["partial"] else []
    looked = [(one, one["looks"]) for one in told.get("cautions", ())]
    lines += ["", "Look at this:", ""] if looked else []
    for one, looks in looked:
        places = "; ".join(f"{_plain(look['words'])} (`{look['where'] or 'policy'}`)" for look in looks)
        lines += [f"- {_plain(one['words'])} {places}".strip()]
    for title, stands in (("Stands against it", "against"), ("Not documented", "open")):
        chosen = [one for one in told["clauses"] if one["stands"] == stands]
        lines += ["", f"{title}:", ""] if chosen else []
        lines += [f"- {_plain(one['text'])} *({one['outcome']})*{_registered(one)}" for one in chosen]
    if told["change"]:
        lines += ["", "What would change it:", ""]
        lines += [f"- {_plain(one['words'])} (`{one['where'] or 'policy'}`)" for one in told["change"]]
    unread = [f"- `{one.where or 'order'}`: {_plain(one.words)}" for one in faults]
    lines += ["", "Could not be read:", "", *unread] if unread else []
    return "\n".join(lines)


def _registered(clause: Mapping[str, Any]) -> str:
    """What the center itself has on record that a clause rests on: nothing in the draft says it."""
    of_ours = [one for one in clause["facts"] if str(one["where"]).startswith(REGISTER)]
    told = dict.fromkeys(f"{one['words']}, {one['where']}" for one in of_ours)
    return "".join(f": {_plain(one)}" for one in told)


def _plain(text: str) -> str:
    """Without what Markdown would take for a sign of its own."""
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", " ".join(text.split()))


# ---- coverage information (CRD 2.1) ------------------------------------------------------------------------


def _action(
    request: Mapping[str, Any], told: Mapping[str, Any], coverage: Mapping[str, Any], today: str
) -> Shape:
    resource = copy.deepcopy(dict(request))
    kept = [one for one in resource.get("extension") or [] if not _is_of_coverage(one, coverage)]
    resource["extension"] = [*kept, coverage_information(request, told, coverage, today)]
    return {"type": "update", "description": "Add coverage information to the order", "resource": resource}


def _is_of_coverage(extension: Mapping[str, Any], coverage: Mapping[str, Any]) -> bool:
    """Coverage information of the same coverage is replaced, that of another one kept."""
    if extension.get("url") != COVERAGE_INFORMATION:
        return False
    wanted = f"Coverage/{coverage.get('id')}"
    return any(
        one.get("url") == "coverage" and one.get("valueReference", {}).get("reference") == wanted
        for one in extension.get("extension", [])
    )


def coverage_information(
    request: Mapping[str, Any], told: Mapping[str, Any], coverage: Mapping[str, Any], today: str
) -> Shape:
    """The extension: covered, what is needed, by which code, why, when said, under which number.

    Whether the payer wants a prior authorization is not known here and left out.
    """
    partial = bool(told["policy"] and told["policy"]["partial"])
    covered = {"covered": "covered", "not covered": "not-covered"}.get(told["outcome"], "conditional")
    if covered == "covered" and partial:
        covered = "conditional"
    asks = [ask for one in told["clauses"] for ask in one["asks"]]
    parts: list[Shape] = [
        {"url": "coverage", "valueReference": {"reference": f"Coverage/{coverage.get('id')}"}},
        {"url": "covered", "valueCode": covered},
    ]
    if asks and covered != "not-covered":
        clinical = any("physician" in ask["whom"] for ask in asks)
        parts.append({"url": "doc-needed", "valueCode": "clinical" if clinical else "admin"})
        parts.append({"url": "doc-purpose", "valueCode": "retain-doc"})
    if covered == "conditional":
        needed = _info_needed([*asks, *told["change"]])
        parts += [{"url": "info-needed", "valueCode": one} for one in needed]
    parts += [
        {"url": "billingCode", "valueCoding": {"system": one["system"], "code": one["code"]}}
        for _, one in rows(request.get("code") or {}, "coding", "")
        if one.get("system") in (CPT, HCPCS) and one.get("code")
    ]
    parts += [
        {"url": "reason", "valueCodeableConcept": {"text": told["summary"]}},
        {"url": "date", "valueDate": today},
        {"url": "coverage-assertion-id", "valueString": _assertion(request, told, coverage)},
    ]
    return {"url": COVERAGE_INFORMATION, "extension": parts}


def _info_needed(asks: Iterable[Mapping[str, Any]]) -> list[str]:
    """What is missing in the words of CRD; what has none there is other, and told in the reason."""
    found: dict[str, None] = {}
    for ask in asks:
        where = str(ask["where"])
        kind = next((kind for start, kind in _INFO if where.startswith(start)), "OTH")
        found["timeframe" if where in _TIMES else kind] = None
    return list(found) or ["OTH"]


def _assertion(request: Mapping[str, Any], told: Mapping[str, Any], coverage: Mapping[str, Any]) -> str:
    """The same answer to the same order has the same number."""
    clauses = ",".join(f"{one['id']}={one['outcome']}" for one in told["clauses"])
    policy = told["policy"] or {"id": "", "version": ""}
    names = (str(request.get("id")), str(coverage.get("id")), policy["id"], policy["version"], told["date"])
    return hashlib.sha256("\n".join([*names, clauses]).encode()).hexdigest()[:32]
