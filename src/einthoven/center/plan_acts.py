"""The center's written plans and its supervising physician: what is set and what a page shows (R34, R36)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from einthoven.base.deeds import Draft
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.instants import Instant
from einthoven.center.act_fields import Fields, instant_ms, whole, words
from einthoven.center.desk_books import Books
from einthoven.center.desk_door import Who
from einthoven.center.desk_shapes import ms
from einthoven.enrollment import checks
from einthoven.surveillance.house_plans import (
    NAME_MAX,
    SPECIALTIES,
    TEXT_MAX,
    TITLE_MAX,
    TITLES,
    WHY_MAX,
    Plan,
    PlanKind,
    Supervisor,
    set_plan,
    set_supervisor,
)
from einthoven.surveillance.plan_templates import TEMPLATES
from einthoven.surveillance.roles import Permission

PLAN_FIELDS = ("kind", "title", "text", "document", "effective_ms", "why")
SUPERVISOR_FIELDS = ("person", "name", "npi", "specialty", "since_ms", "why")


def plan(books: Books, _who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``plan.set {kind, title, text, document, effective_ms, why}``: a plan is adopted."""
    text = words(fields, "text", TEXT_MAX, empty=True).replace("\r\n", "\n")
    document = words(fields, "document", 64, empty=True)
    if document and not books.on_file(document):
        raise NotFoundError(f"document: {document!r} is not on file")
    title = checks.line("title", fields.get("title"), TITLE_MAX)
    why = words(fields, "why", WHY_MAX, empty=True)
    since = instant_ms(fields, "effective_ms")
    return set_plan(books.house, words(fields, "kind", 40), title, text, document, since, why, now)


def supervisor(books: Books, _who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``supervisor.set {person | name, npi, specialty, since_ms, why}``: who supervises from then on."""
    person = whole(fields, "person") if fields.get("person") is not None else None
    if person is None:
        name = checks.line("name", fields.get("name"), NAME_MAX, required=True)
    elif fields.get("name"):
        raise InputError("name: say the person of the staff or a name, not both")
    else:
        member = books.surveil.staff.members.get(person)
        if member is None or not member.active:
            raise NotFoundError(f"person: nobody of number {person} works here")
        name = member.name
    npi = checks.npi("npi", fields.get("npi")) if fields.get("npi") else ""
    why = words(fields, "why", WHY_MAX, empty=True)
    since = instant_ms(fields, "since_ms")
    return set_supervisor(books.house, name, npi, words(fields, "specialty", 40), person, since, why, now)


def answer(
    books: Books, who: Who, _what: str, _params: Mapping[str, str], now: Instant
) -> Mapping[str, object]:
    """``GET /api/desk/plans``: every plan with its versions and its template, and who supervises."""
    if Permission.READ_STAFF not in books.surveil.permissions(who.staff):
        raise RefusedError("permission", "plans are for those who answer for the service")
    house = books.house
    found = house.supervisor(now)
    return {
        "able": Permission.PLAN_SET in books.surveil.permissions(who.staff),
        "plans": [_plan(books, kind, now) for kind in PlanKind],
        "supervisor": None if found is None else _supervisor(books, found, now),
        "supervisors": [_supervisor(books, one, now) for one in reversed(house.supervisors)],
        "specialties": list(SPECIALTIES),
        "physicians": [
            {"id": one.number, "name": one.name}
            for one in books.surveil.staff.members.values()
            if one.active and "physician" in {role.value for role in one.roles}
        ],
    }


def _plan(books: Books, kind: PlanKind, now: Instant) -> dict[str, Any]:
    versions = books.house.plans.get(kind, [])
    held = books.house.plan(kind, now)
    return {
        "kind": str(kind),
        "title": TITLES[kind],
        "in_force": None if held is None else held.version,
        "template": TEMPLATES[kind],
        "versions": [_version(books, one) for one in reversed(versions)],
    }


def _version(books: Books, one: Plan) -> dict[str, Any]:
    return {
        "version": one.version,
        "title": one.title,
        "text": one.text,
        "document": one.document,
        "since_ms": ms(one.since),
        "why": one.why,
        "by": books.actor(one.by),
        "at_ms": ms(one.at),
    }


def _supervisor(books: Books, one: Supervisor, now: Instant) -> dict[str, Any]:
    return {
        "version": one.version,
        "name": one.name,
        "npi": one.npi,
        "specialty": one.specialty,
        "since_ms": ms(one.since),
        "future": one.since > now,
        "why": one.why,
        "by": books.actor(one.by),
        "at_ms": ms(one.at),
    }
