"""What the pages of criteria ask: what is to be signed, a table with its layers, a form looked at."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.ids import StreamId, parse_stream, stream_name
from einthoven.base.instants import Instant
from einthoven.base.thresholds import Thresholds
from einthoven.center import desk_criteria
from einthoven.center.desk_books import Books
from einthoven.center.desk_door import Who
from einthoven.center.surveil import CONSOLE
from einthoven.escalation import checking, signature
from einthoven.escalation.prescribing import (
    STRICTER,
    WHY_MAX,
    Change,
    Form,
    InForce,
    Scope,
    Version,
    diff,
    late,
    with_limits,
)
from einthoven.escalation.signature import PRESCRIBES, Signature
from einthoven.escalation.wording import EVENTS, NUMBERS
from einthoven.surveillance.roles import Permission, reaches_all
from einthoven.surveillance.staff_changes import may

Shape: TypeAlias = dict[str, Any]
_PRACTICE = re.compile(r"practice-([1-9]\d{0,8})")


def ms(at: Instant | None) -> float | None:
    """An instant for a page."""
    return None if at is None else at / 1_000_000


def scope_named(books: Books, name: str) -> tuple[Scope, int | None]:
    """``s000001`` or ``practice-1`` of an address, and the practice.

    Raises:
        InputError: it is neither.
        NotFoundError: there is no such practice.
    """
    found = _PRACTICE.fullmatch(name)
    if found is None:
        stream = parse_stream(name)
        return Scope(stream=stream), books.practice(stream)
    practice = int(found[1])
    if practice not in books.surveil.staff.practices:
        raise NotFoundError(f"there is no practice {practice}")
    return Scope(practice=practice), practice


def reaches(books: Books, who: Who, permission: Permission, scope: Scope, now: Instant) -> bool:
    """Whether somebody may do, or read, something about a patient or about a practice itself."""
    surveil = books.surveil
    if who.staff == CONSOLE:
        return surveil.staff.administrators() == 0
    member = surveil.staff.members.get(who.staff)
    if member is None or permission not in surveil.permissions(who.staff):
        return False
    if scope.stream is not None:
        return may(surveil.staff, member, permission, books.practice(scope.stream), scope.stream, now)
    return reaches_all(member.roles, permission) or member.practice == scope.practice


def asked_about(
    books: Books, who: Who, params: Mapping[str, str], need: Permission, now: Instant
) -> tuple[Scope, int | None]:
    """The scope that a question names, if it may be asked.

    Raises:
        RefusedError: not with these roles.
        NotFoundError: there is none, or it is not theirs to see.
    """
    if need not in books.surveil.permissions(who.staff):
        raise RefusedError("permission", "that is not for your roles")
    name = params.get("id", "")
    scope, practice = scope_named(books, name)
    if not reaches(books, who, need, scope, now):
        raise NotFoundError(f"no {'stream ' if scope.stream is not None else ''}{name}")
    return scope, practice


def form_given(params: Mapping[str, str]) -> Mapping[str, object]:
    """The form that a check carries."""
    form = json.loads(params.get("form", "{}"))
    if not isinstance(form, dict):
        raise InputError("form: want an object")
    return form


# ---- what is to be signed ----------------------------------------------------------------------------------


def inbox(books: Books, who: Who, now: Instant) -> Shape:
    """Forms that wait, the templates and the patients that somebody may see."""
    need = Permission.READ_CASE
    if need not in books.surveil.permissions(who.staff):
        raise RefusedError("permission", "that is not for your roles")
    drafts = [
        {
            **about(books, form.scope),
            **_draft(books, form, now),
            **_may(books, who, form.scope, now),
            "touches": _touches(books, form.scope, now),
        }
        for form in books.criteria.forms.values()
        if reaches(books, who, need, form.scope, now)
    ]
    practices = [
        {"practice": {"id": one.number, "name": one.name}, **_held(books, Scope(practice=one.number), now)}
        for one in books.surveil.staff.practices.values()
        if reaches(books, who, need, Scope(practice=one.number), now)
    ]
    patients = [
        {**about(books, Scope(stream=stream)), **_held(books, Scope(stream=stream), now)}
        for stream in sorted(books.surveil.watches.services)
        if reaches(books, who, need, Scope(stream=stream), now)
    ]
    return {"drafts": drafts, "practices": practices, "patients": patients}


def about(books: Books, scope: Scope) -> Shape:
    """Whom a page is about: the patient with their practice, or the practice."""
    number = books.practice(scope.stream) if scope.stream is not None else scope.practice
    practice = books.surveil.staff.practices.get(number or 0)
    return {
        "stream": None if scope.stream is None else stream_name(scope.stream),
        "patient": None if scope.stream is None else books.card(scope.stream).name,
        "practice": None if practice is None else {"id": practice.number, "name": practice.name},
    }


def _held(books: Books, scope: Scope, now: Instant) -> Shape:
    if scope.stream is not None:
        return {"holds": in_force(books, scope.stream, now)}
    version = books.criteria.version_at(scope, now)
    if version is None:
        return {"holds": _force(InForce(books.criteria.base, "shipped", 0, 0, None))}
    force = InForce(books.criteria.base, "practice", version.number, version.effective, version.signature)
    return {"holds": _force(force)}


def in_force(books: Books, stream: StreamId, at: Instant) -> Shape:
    """The criteria that hold for a patient at an instant: which version, signed by whom, when."""
    return _force(books.criteria.in_force(stream, books.practice(stream), at))


def _force(held: InForce) -> Shape:
    return {
        "layer": held.layer,
        "version": held.version,
        "words": held.words,
        "effective_ms": ms(held.effective or None),
        "signed_by": "" if held.signed is None else held.signed.name,
        "signed_ms": None if held.signed is None else ms(held.signed.at),
    }


def _may(books: Books, who: Who, scope: Scope, now: Instant) -> Shape:
    """What somebody may do with a form of this scope, and why not sign it."""
    propose = reaches(books, who, Permission.CRITERIA_PROPOSE, scope, now)
    if scope.practice is not None and propose:
        propose = desk_criteria.among(books, who, desk_criteria.OTHERS)
    why = ""
    if who.staff == CONSOLE:
        why = "nobody is signed in here"
    elif scope.stream is not None and books.practice(scope.stream) is None:
        why = "the patient is of no practice yet, so no physician can sign"
    elif Permission.CRITERIA_SIGN not in books.surveil.permissions(who.staff):
        why = "a physician of the practice signs"
    elif not reaches(books, who, Permission.CRITERIA_SIGN, scope, now):
        why = "a physician of the patient's practice signs"
    return {"may": {"propose": propose, "sign": why == "", "why_not": why}}


# ---- one patient, one practice -----------------------------------------------------------------------------


def page(books: Books, who: Who, params: Mapping[str, str], now: Instant) -> Shape:
    """The table with its layers, forms that wait, and every version there was."""
    scope, practice = asked_about(books, who, params, Permission.READ_CASE, now)
    book = books.criteria
    versions = book.versions.get(scope, [])
    forms = [form for form in book.forms.values() if form.scope == scope]
    return {
        **about(books, scope),
        **_held(books, scope, now),
        **_may(books, who, scope, now),
        "now_ms": ms(now),
        "why_most": WHY_MAX,
        "meaning": PRESCRIBES,
        "base": {"name": book.base.name, "version": book.base.version},
        "events": [{"event": event, "words": words} for event, words in EVENTS.items()],
        "rows": _rows(books, scope, practice, now),
        "severities": _severities(book.base),
        "drafts": [_draft(books, form, now) for form in forms],
        "versions": [_version(books, versions, at, now) for at in reversed(range(len(versions)))],
        "behind": _behind(books, scope, now),
        "touches": _touches(books, scope, now),
    }


def _rows(books: Books, scope: Scope, practice: int | None, now: Instant) -> list[Shape]:
    book = books.criteria
    template = None if practice is None else book.version_at(Scope(practice=practice), now)
    own = None if scope.stream is None else book.version_at(scope, now)
    rows = []
    for key, words in NUMBERS.items():
        entry = book.base.entries[key]
        rows.append(
            {
                "key": key,
                "event": entry.event,
                "tier": entry.tier,
                "words": words,
                "unit": entry.unit,
                "low": entry.low,
                "high": entry.high,
                "only": entry.only,
                "stricter": STRICTER[key],
                "shipped": entry.value,
                "practice": None if template is None else template.form.limits.get(key, entry.value),
                "patient": None if own is None else own.form.limits.get(key, entry.value),
            }
        )
    return rows


def _severities(table: Thresholds) -> list[Shape]:
    """What must not contradict itself, of the numbers that are prescribed."""
    found = [[key for key in one.keys if key in NUMBERS] for one in table.severities]
    return [
        {"keys": keys, "order": one.order}
        for keys, one in zip(found, table.severities, strict=True)
        if len(keys) > 1
    ]


def _draft(books: Books, form: Form, now: Instant) -> Shape:
    book = books.criteria
    made = with_limits(book.base, form.limits, "form")
    before = checking.holding(book, form.scope, form.practice, now)
    return {
        "draft": form.number,
        "by": books.actor(form.by),
        "at_ms": ms(form.at),
        "why": form.why,
        "effective_ms": ms(form.effective),
        "overrides": dict(form.overrides),
        "template": form.template,
        "changes": [_change(one) for one in diff(before, made)],
        "late": late(made, book.base),
        "content": signature.digest(form.content()),
        "stale": _stale(books, form, now),
    }


def _stale(books: Books, form: Form, now: Instant) -> str:
    """Why a form must be made anew; empty where it need not."""
    if form.scope.stream is None or form.practice is None:
        return ""
    template = books.criteria.version_at(Scope(practice=form.practice), now)
    held = template.number if template else 0
    return "" if held == form.template else "the practice's template changed since: propose it anew"


def _change(one: Change) -> Shape:
    return {
        "key": one.key,
        "before": one.before,
        "after": one.after,
        "unit": one.unit,
        "stricter": one.stricter,
    }


def _version(books: Books, versions: list[Version], at: int, now: Instant) -> Shape:
    one = versions[at]
    before = books.criteria.base if at == 0 else _table(books, versions[at - 1])
    return {
        "version": one.number,
        "effective_ms": ms(one.effective),
        "holds": books.criteria.version_at(one.form.scope, now) is one,
        "why": one.form.why,
        "by": books.actor(one.form.by),
        "at_ms": ms(one.form.at),
        "template": one.form.template,
        "changes": [_change(each) for each in diff(before, _table(books, one))],
        "signature": signed(one.form.content(), one.signature),
    }


def _table(books: Books, one: Version) -> Thresholds:
    return with_limits(books.criteria.base, one.form.limits, f"version {one.number}")


def signed(content: bytes, one: Signature) -> Shape:
    """A signature as it stands on screen, and whether it still holds."""
    checked = signature.verify(content, one)
    return {
        "name": one.name,
        "meaning": one.meaning,
        "at_ms": ms(one.at),
        "components": list(one.components),
        "content": one.content,
        "ok": checked.ok,
        "reasons": list(checked.reasons),
    }


def _touches(books: Books, scope: Scope, now: Instant) -> Shape | None:
    """Patients in service whom a practice's template judges, and those with criteria of their own, which no
    template changes; None for one patient's form.
    """
    if scope.practice is None:
        return None
    of = [one for one in books.surveil.watches.services if books.practice(one) == scope.practice]
    own = sum(books.criteria.version_at(Scope(stream=one), now) is not None for one in of)
    return {"follow": len(of) - own, "own": own}


def _behind(books: Books, scope: Scope, now: Instant) -> list[Shape]:
    """Patients whose own criteria stand on an older template than this practice's."""
    if scope.practice is None:
        return []
    found = books.criteria.behind(scope.practice, now)
    return [about(books, one.form.scope) for one in found]


# ---- a form looked at --------------------------------------------------------------------------------------


def check(books: Books, who: Who, params: Mapping[str, str], now: Instant) -> Shape:
    """What ``criteria.propose`` would say: faults at their numbers, or what would change since when."""
    scope, _ = asked_about(books, who, params, Permission.READ_CASE, now)
    practice = books.practice(scope.stream) if scope.stream is not None else None
    form = form_given(params)
    effective = desk_criteria.effective_of(form)
    looked = checking.look(books.criteria, scope, practice, desk_criteria.overrides_of(form), now, effective)
    return {
        "faults": [{"keys": list(one.keys), "words": one.words} for one in looked.faults],
        "changes": [_change(one) for one in looked.changes],
        "late": list(looked.late),
    }
