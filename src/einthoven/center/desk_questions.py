"""Questions of the desk by name, each answered by the page of its room; others stand in ``desk_seat``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from einthoven.base.deeds import Deed
from einthoven.base.instants import Instant
from einthoven.center import (
    call_page,
    claim_page,
    correction_page,
    order_page,
    plan_acts,
    report_page,
    service_page,
)
from einthoven.center.desk_books import Books
from einthoven.center.desk_door import Look, Who

Params: TypeAlias = Mapping[str, str]
Asked: TypeAlias = Callable[[Books, Who, str, Params, Instant], Mapping[str, object]]
"""Answers from memory: books, who asks, the question's name, its parameters, now."""
Journal: TypeAlias = Callable[..., Sequence[Deed]]
Looked: TypeAlias = Callable[[Books, Journal, Who, Params, Instant], Look]
"""How to read what is not in memory: ``journal`` gives deeds by kind."""


def _impressions(books: Books, journal: Journal, who: Who, params: Params, now: Instant) -> Look:
    report = report_page.read(books, who, params, now)
    return Look([f"report {report.number}"], report_page.versions(books, journal, report))


def _versions(books: Books, journal: Journal, who: Who, params: Params, _now: Instant) -> Look:
    return order_page.versions(books, journal, who, params)


def _persons(books: Books, _journal: Journal, who: Who, params: Params, _now: Instant) -> Look:
    return correction_page.persons(books, who, params)


ASKED: Mapping[str, Asked] = MappingProxyType(
    {
        "reports": report_page.answer,
        "report": report_page.answer,
        "report.file": report_page.answer,
        "telephone": call_page.answer,
        "claims": claim_page.answer,
        "claim": claim_page.answer,
        "orders": order_page.answer,
        "order": order_page.answer,
        "order.check": order_page.answer,
        "order.papers": order_page.answer,
        "plans": plan_acts.answer,
        "kits": service_page.answer,
        "services": service_page.answer,
        "service": service_page.answer,
        "instructions": service_page.answer,
        "corrections": correction_page.answer,
        "correction": correction_page.answer,
        "correction.check": correction_page.answer,
    }
)
LOOKED: Mapping[str, Looked] = MappingProxyType(
    {
        "impressions": _impressions,
        "order_versions": _versions,
        "persons": _persons,
    }
)
