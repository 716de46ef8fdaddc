"""An order out of a call of CDS Hooks: read as a posted one (``fhir_order_read``), and completed.

A draft refers to little, and what was fetched beforehand stands beside it: the answers, coverage, patient and
orderer of a call are those of its orders, where the draft itself refers to none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

from einthoven.base.instants import Instant
from einthoven.enrollment.order import Order, OrderSignature, Payer
from einthoven.enrollment.order_read import Fault
from einthoven.interop.fhir_order_read import requested
from einthoven.interop.fhir_sent import Node, Sent, codes_of
from einthoven.interop.hl7_order import Names

Resource: TypeAlias = Mapping[str, Any]
_COUNTRIES: Final = {"USA": "US", "UNITED STATES": "US"}
_PARTS: Final = (("subject", "Patient"), ("requester", "Practitioner"))


def is_ordered(resource: Resource, names: Names) -> bool:
    """Whether it is a ServiceRequest of a service of this center."""
    return resource.get("resourceType") == "ServiceRequest" and any(
        code.casefold() in names.tests for code in codes_of(resource.get("code"))
    )


def order_of(
    request: Resource, others: Sequence[Resource], names: Names, today: str, now: Instant
) -> tuple[Order, Sequence[Fault]]:
    """The order of a draft, and what of it could not be read.

    It counts as signed by who orders: hooks come at or before the signature. Where the patient lives is where
    a service at home is furnished.

    Args:
        request: a ServiceRequest.
        others: everything else that came with the call.
        names: how others call tests and payers.
        today: the date of an order that says none.
        now: center time.
    """
    draft = dict(request)
    answers = [one for one in others if one.get("resourceType") == "QuestionnaireResponse"]
    told = draft.get("supportingInfo")
    there = [one for one in told if isinstance(one, Mapping)] if isinstance(told, list) else []
    draft["supportingInfo"] = [*there, *(_to(one) for one in answers if _to(one) not in there)]
    for name, kind in _PARTS:
        draft[name] = _led(draft.get(name), kind, others)
    covers = draft.get("insurance")
    first = covers[0] if isinstance(covers, list) and covers else None
    coverage = _led(first, "Coverage", others)
    draft["insurance"] = [coverage] if coverage is not None else []
    sent = Sent([Node(draft, "ServiceRequest")])
    for place, one in enumerate([draft, *others]):
        sent.keep(Node(one, str(one.get("resourceType")) if place else "ServiceRequest"), None)
    said = requested(sent, sent.requests[0], names).said
    order, faults = said.read(now)
    return _completed(order, others, draft, today), faults


def _to(resource: Resource) -> dict[str, str]:
    return {"reference": f"{resource.get('resourceType')}/{resource.get('id')}"}


def _led(told: object, kind: str, others: Sequence[Resource]) -> object:
    """A reference as it is where it leads to something that came, else to the first of its kind."""
    of_kind = [one for one in others if one.get("resourceType") == kind]
    url = told.get("reference") if isinstance(told, Mapping) else None
    near = {str(_to(one)["reference"]) for one in others} | {"#"}
    if isinstance(url, str) and (url in near or url.startswith("#")):
        return told
    return _to(of_kind[0]) if of_kind else told


def _completed(order: Order, others: Sequence[Resource], draft: Resource, today: str) -> Order:
    """With what the call itself says beside the order."""
    orderer, payer = order.orderer, order.payer
    if not orderer.country:
        orderer = replace(orderer, country=_country(others, draft))
    if not payer.state:
        payer = Payer(payer.id, payer.contractor, order.patient.postal.state, payer.member)
    signature = order.signature
    if signature is None and orderer.name:
        signature = OrderSignature(orderer.name, today, "message")
    return replace(
        order,
        orderer=orderer,
        payer=payer,
        signature=signature,
        dated=order.dated or today,
        country=order.country or (order.patient.postal.country if order.patient.name else ""),
    )


def _country(others: Sequence[Resource], draft: Resource) -> str:
    """Where who orders practises: of the Practitioner's first address."""
    people = [one for one in others if one.get("resourceType") == "Practitioner"]
    wanted = draft.get("requester")
    found = [one for one in people if _to(one) == wanted] or people
    given = found[0].get("address") if found else None
    address = given[0] if isinstance(given, list) and given and isinstance(given[0], Mapping) else {}
    text = str(address.get("country") or "").strip().upper()
    code = _COUNTRIES.get(text, text)
    return code if len(code) == 2 and code.isalpha() else ""
