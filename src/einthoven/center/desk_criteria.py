"""Prescribing at the desk: who proposes, who signs, what a signature is made under (R21).

A signature is made under the hash of exactly what was shown, by a physician of the practice who proved once
more who they are for that hash and no other.
"""

from __future__ import annotations

from collections.abc import Mapping

from einthoven.base.deeds import Draft, staff_actor
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.instants import Instant
from einthoven.center import act_fields
from einthoven.center.act_fields import Fields, whole, words
from einthoven.center.desk_books import Books
from einthoven.center.desk_door import Who
from einthoven.center.signing import signature_of
from einthoven.center.surveil import CONSOLE
from einthoven.escalation import prescribing
from einthoven.escalation.prescribing import Form, Scope
from einthoven.escalation.signature import PRESCRIBES
from einthoven.surveillance.roles import Role

OTHERS = frozenset({Role.SUPERVISOR, Role.PHYSICIAN, Role.OFFICE})
"""Who may propose for a practice, and drop what others proposed; a technician only for a patient."""


def scope_of(books: Books, fields: Fields) -> tuple[Scope, int | None]:
    """The ``stream`` or ``practice`` of an act, and the practice of the patient.

    Raises:
        InputError: neither, or no whole number.
        NotFoundError: there is no such practice.
    """
    if "stream" in fields:
        stream = act_fields.stream(fields)
        return Scope(stream=stream), books.practice(stream)
    practice = whole(fields, "practice")
    if practice not in books.surveil.staff.practices:
        raise NotFoundError(f"practice: there is no practice {practice}")
    return Scope(practice=practice), None


def form_of(books: Books, fields: Fields) -> Form:
    """The form that an act's ``draft`` names; NotFoundError where it is none that waits."""
    number = whole(fields, "draft")
    form = books.criteria.forms.get(number)
    if form is None:
        raise NotFoundError(f"draft {number}: there is no such form, or it was signed or dropped")
    return form


def overrides_of(fields: Fields) -> dict[str, object]:
    """The ``overrides`` of a form."""
    overrides = fields.get("overrides")
    if not isinstance(overrides, Mapping):
        raise InputError("overrides: want an object of numbers by their keys")
    return {str(key): value for key, value in overrides.items()}


def effective_of(fields: Fields) -> Instant | None:
    """The ``effective_ms`` of a form; None for the moment of signing."""
    if fields.get("effective_ms") is None:
        return None
    return act_fields.instant_ms(fields, "effective_ms")


def propose(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``criteria.propose {stream | practice, overrides, why, effective_ms}``."""
    scope, practice = scope_of(books, fields)
    if scope.practice is not None and not among(books, who, OTHERS):
        raise RefusedError("permission", "a practice's template is proposed by the practice or a supervisor")
    why, effective = words(fields, "why", prescribing.WHY_MAX), effective_of(fields)
    return prescribing.propose(
        books.criteria, scope, practice, overrides_of(fields), why, now, effective=effective
    )


def drop(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``criteria.drop {draft, why}``."""
    form = form_of(books, fields)
    if form.by != staff_actor(who.staff) and not among(books, who, OTHERS):
        raise RefusedError("not_yours", f"draft {form.number} was proposed by {books.actor(form.by)}")
    return prescribing.drop(books.criteria, form.number, words(fields, "why", prescribing.WHY_MAX))


def sign(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``criteria.sign {draft, content, confirmation}``: the form becomes a version.

    Raises:
        RefusedError: as ``signing.signature_of``.
    """
    form = form_of(books, fields)
    signed = signature_of(books, who, fields, form.content(), "form", PRESCRIBES, now)
    return prescribing.sign(books.criteria, form.number, signed, now)


def among(books: Books, who: Who, roles: frozenset[Role]) -> bool:
    """Whether somebody has one of the roles; the console of a center without sign-in has all."""
    if who.staff == CONSOLE:
        return books.surveil.staff.administrators() == 0
    return bool(books.surveil.member(who.staff).roles & roles)
