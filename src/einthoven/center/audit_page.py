"""The audit as those who answer for the service read it: filters, names, plain words (R42)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from einthoven.base.errors import InputError
from einthoven.base.ids import StreamId, parse_stream
from einthoven.base.instants import MILLISECOND, Instant
from einthoven.center.audit_words import GROUPS, WORDS, words
from einthoven.center.audited import PAGE_MAX, AuditAsked, AuditFound
from einthoven.center.desk_books import Books
from einthoven.center.desk_shapes import Shape, ms
from einthoven.center.notice_book import public
from einthoven.enrollment.register import AuditLine

FIELDS = ("below", "limit", "stream", "person", "kind", "from_ms", "to_ms")
_PATIENTS = "case|patient|physician|notice|order|report|claim|remittance|correction|kit|period"
_OF_PATIENT = re.compile(rf"s\d{{6,}}\Z|({_PATIENTS}) |cases\Z|patients\Z")
"""Subjects whose details are of patients: for those alone who may read cases."""


def asked(params: Mapping[str, str]) -> AuditAsked:
    """The question of a page.

    Raises:
        InputError: names the field that is wrong.
    """
    for name in params:
        if name not in FIELDS:
            raise InputError(f"{name[:40]!r} is no field of the audit (known: {', '.join(FIELDS)})")
    limit = _whole(params, "limit") or 100
    if limit > PAGE_MAX:
        raise InputError(f"limit: at most {PAGE_MAX}")
    person = _whole(params, "person")
    since, until = (_instant(params, name) for name in ("from_ms", "to_ms"))
    if since is not None and until is not None and since >= until:
        raise InputError("to_ms: must be after from_ms")
    return AuditAsked(
        _whole(params, "below"),
        limit,
        _stream(params.get("stream", "")),
        f"staff {person}" if person else "",
        _kinds(params.get("kind", "")),
        since,
        until,
    )


def _stream(text: str) -> StreamId | None:
    if not text:
        return None
    try:
        return parse_stream(text)
    except InputError as error:
        raise InputError(f"stream: {error}") from None


def _kinds(kind: str) -> tuple[str, ...]:
    if not kind:
        return ()
    if kind in GROUPS:
        return GROUPS[kind]
    if kind in WORDS:
        return (kind,)
    raise InputError(f"kind: {kind[:40]!r} is none (want one of: {', '.join(GROUPS)}, or an action)")


def _whole(params: Mapping[str, str], name: str) -> int | None:
    text = params.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 16) or int(text) == 0:
        raise InputError(f"{name}: want a whole number")
    return int(text)


def _instant(params: Mapping[str, str], name: str) -> Instant | None:
    found = _whole(params, name)
    return None if found is None else found * MILLISECOND


def told(books: Books, found: AuditFound, *, patients: bool) -> Shape:
    """The answer.

    Args:
        patients: whether names of patients and details about them are for whoever asks.
    """
    return {
        "lines": [_line(books, line, patients=patients) for line in found.lines],
        "next": found.next,
        "kinds": list(GROUPS),
    }


def _line(books: Books, line: AuditLine, *, patients: bool) -> Shape:
    hidden = not patients and _OF_PATIENT.match(line.subject) is not None
    detail = public(line.detail) if line.action.startswith("notice.") else line.detail
    return {
        "seq": line.seq,
        "at_ms": ms(line.at),
        "actor": line.actor,
        "who": books.actor(line.actor),
        "action": line.action,
        "words": words(line.action),
        "subject": line.subject,
        "about": about(books, line.subject, patients=patients),
        "detail": {} if hidden else detail,
        "hidden": hidden and bool(line.detail),
        "deed": line.deed or None,
        "hash": line.hash.hex(),
    }


def about(books: Books, subject: str, *, patients: bool) -> str:
    """What a line is about, by name where it has one."""
    kind, _, rest = subject.partition(" ")
    if kind == "staff":
        return books.actor(subject)
    if re.fullmatch(r"s\d{6,}", subject):
        return books.card(parse_stream(subject)).name if patients else ""
    number = int(rest) if rest.isascii() and rest.isdigit() else 0
    staff, places = books.surveil.staff, books.surveil.stations
    if kind == "case":
        case = books.triage.cases.cases.get(number)
        return books.card(case.stream).name if case is not None and patients else ""
    for name, table in (("site", places.sites), ("station", places.stations), ("practice", staff.practices)):
        if kind == name and number in table:
            found: str = getattr(table[number], "name")  # noqa: B009 - of any of the tables
            return found
    return ""
