"""Payers' answers over FHIR R4: ClaimResponse and ExplanationOfBenefit, alone or in a Bundle (R41)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from einthoven.base.errors import InputError
from einthoven.billing.remittance import Adjustment, Answer, PaidLine, Remittance

KINDS: Final = ("ClaimResponse", "ExplanationOfBenefit")
CARC: Final = "https://x12.org/codes/claim-adjustment-reason-codes"
RARC: Final = "https://x12.org/codes/remittance-advice-remark-codes"
GROUP: Final = "https://x12.org/codes/claim-adjustment-group-codes"
RESOURCES_MAX: Final = 10_000


def read(given: object) -> tuple[Remittance, ...]:
    """The answers of a resource or a Bundle, one remittance a resource.

    Raises:
        InputError: none of them is an answer to a claim.
    """
    found = tuple(_remittance(one) for one in _resources(given))
    if not found:
        raise InputError("this file holds no ClaimResponse and no ExplanationOfBenefit")
    return found


def _resources(given: object) -> Iterator[Mapping[str, Any]]:
    if not isinstance(given, Mapping):
        raise InputError("want a FHIR resource, a JSON object")
    if given.get("resourceType") == "Bundle":
        entries = given.get("entry")
        for entry in entries[:RESOURCES_MAX] if isinstance(entries, list) else ():
            inner = entry.get("resource") if isinstance(entry, Mapping) else None
            if isinstance(inner, Mapping) and inner.get("resourceType") in KINDS:
                yield inner
    elif given.get("resourceType") in KINDS:
        yield given


def _remittance(given: Mapping[str, Any]) -> Remittance:
    reader = _Reader()
    payment = _map(given.get("payment"))
    paid = reader.total(given, "benefit", "payment")
    cents = reader.cents(payment.get("amount"), "payment.amount") if payment else paid
    day = str(payment.get("date") or given.get("created") or "")[:10]
    answer = _answer(given, reader)
    insurer = _map(given.get("insurer"))
    return Remittance(
        kind=str(given.get("resourceType")),
        payer=str(insurer.get("display") or _identifier(insurer.get("identifier")))[:200],
        payer_number=_identifier(insurer.get("identifier")),
        number=_identifier(payment.get("identifier")) or str(given.get("id") or "")[:64],
        day=reader.day(day),
        cents=cents,
        answers=(answer,),
        faults=(),
    )


def _answer(given: Mapping[str, Any], reader: _Reader) -> Answer:
    request = _map(given.get("request") or given.get("claim"))
    number = _identifier(request.get("identifier")) or str(request.get("reference") or "").rpartition("/")[2]
    adjudications, remarks = reader.adjudications(given.get("adjudication")), _remarks(given)
    lines = tuple(_line(one, reader) for one in _list(given.get("item")))
    charged = reader.total(given, "submitted")
    paid = reader.total(given, "benefit", "payment")
    status = {"queued": "pended", "partial": "", "complete": "", "error": "4"}.get(
        str(given.get("outcome")), ""
    )
    own = [_identifier(one) for one in _list(given.get("identifier"))]
    return Answer(
        number=number[:64],
        status=status,
        charged=charged or sum(line.charged for line in lines),
        paid=paid or sum(line.paid for line in lines),
        patient_cents=sum(one.cents for one in adjudications if one.group == "PR"),
        payer_number=next(filter(None, own), ""),
        patient=str(_map(given.get("patient")).get("display") or "")[:200],
        adjustments=adjudications,
        remarks=remarks,
        lines=lines,
        faults=tuple(reader.faults),
    )


def _line(given: object, reader: _Reader) -> PaidLine:
    told = _map(given)
    codings = _list(_map(told.get("productOrService")).get("coding"))
    code = next((str(_map(one).get("code") or "") for one in codings), "")
    adjudication = told.get("adjudication")
    return PaidLine(
        code[:48],
        charged=reader.category(adjudication, "submitted"),
        paid=reader.category(adjudication, "benefit", "payment"),
        day=reader.day(str(told.get("servicedDate") or "")[:10]),
        adjustments=reader.adjudications(adjudication),
        remarks=_remarks(told),
    )


class _Reader:
    """Reads fields; what is wrong is noted, and the answer is not posted by itself then."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def fault(self, words: str) -> None:
        """Note what is wrong."""
        if len(self.faults) < 50:
            self.faults.append(words)

    def cents(self, money: object, where: str) -> int:
        """Cents of a Money."""
        told = _map(money)
        value = told.get("value")
        if value is None:
            return 0
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            self.fault(f"{where}: {str(value)[:20]!r} is no amount")
            return 0
        if told.get("currency", "USD") != "USD":
            self.fault(f"{where}: {str(told.get('currency'))[:10]!r} is not USD")
        if abs(value) > 1e10 or abs(value * 100 - round(value * 100)) > 1e-6:
            self.fault(f"{where}: {value!r} is no amount in whole cents")
            return 0
        return round(value * 100)

    def day(self, text: str) -> str:
        """A date, ``""`` for none."""
        if not text:
            return ""
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            self.fault(f"{text[:20]!r} is no date")
            return ""

    def total(self, given: Mapping[str, Any], *categories: str) -> int:
        """The total of a category."""
        for one in _list(given.get("total")):
            if _category(one) in categories:
                return self.cents(_map(one).get("amount"), "total")
        return 0

    def category(self, adjudication: object, *categories: str) -> int:
        """The amount of a category of adjudications."""
        for one in _list(adjudication):
            if _category(one) in categories:
                return self.cents(_map(one).get("amount"), "adjudication")
        return 0

    def adjudications(self, adjudication: object) -> tuple[Adjustment, ...]:
        """What was taken off: adjudications with a reason of the X12 list."""
        found = []
        for one in _list(adjudication):
            told = _map(one)
            code = _coded(told.get("reason"), CARC)
            if not code:
                continue
            group = _coded(told.get("category"), GROUP) or _coded(told.get("reason"), GROUP)
            if not group:
                group = "PR" if _category(told) in ("deductible", "copay", "coinsurance") else "CO"
            found.append(Adjustment(group, code, self.cents(told.get("amount"), "adjudication")))
        return tuple(found)


def _remarks(given: Mapping[str, Any]) -> tuple[str, ...]:
    found = []
    for one in _list(given.get("processNote")):
        found.append(_coded(_map(one).get("type"), RARC))
    for one in _list(given.get("adjudication")):
        found.append(_coded(_map(one).get("reason"), RARC))
    return tuple(dict.fromkeys(filter(None, found)))


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _coded(concept: object, system: str) -> str:
    for one in _list(_map(concept).get("coding")):
        told = _map(one)
        if told.get("system") == system:
            return str(told.get("code") or "")[:20]
    return ""


def _category(one: object) -> str:
    codings = _list(_map(_map(one).get("category")).get("coding"))
    return next((str(_map(each).get("code") or "") for each in codings), "")


def _identifier(value: object) -> str:
    return str(_map(value).get("value") or "")[:64]
