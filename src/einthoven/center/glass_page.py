"""Broken glass: what stands before a patient of another practice, and how it is opened for an hour (R42).

Nothing of the patient is told here, not even the name; only what somebody must know before they decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from einthoven.base.deeds import Draft
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.ids import StreamId, parse_stream, stream_name
from einthoven.base.instants import DAY, MILLISECOND, MINUTE, Duration, Instant
from einthoven.center import act_fields
from einthoven.center.act_fields import Fields
from einthoven.center.desk_books import Books
from einthoven.center.desk_door import Who
from einthoven.center.surveil import CONSOLE
from einthoven.surveillance import staff_changes
from einthoven.surveillance.roles import Permission, reaches_all
from einthoven.surveillance.staff import BrokenGlass, Member

Shape: TypeAlias = dict[str, Any]
PAGES: Final[Mapping[str, Permission]] = {
    "patient": Permission.READ_ECG,
    "criteria": Permission.READ_CASE,
    "ladder": Permission.READ_CONTACTS,
}
"""Pages of one patient, and what of the patient each of them reads."""
WHY_MOST: Final = 500
LOOKS_MOST: Final = 20
"""Looks of other practices that are told at once, the newest."""
LOOKS_TOLD: Final[Duration] = 30 * DAY
"""For so long a patient's own practice is told of a look on the page; the audit keeps it for good."""


def page(books: Books, who: Who, params: Mapping[str, str], now: Instant) -> Shape:
    """``GET /api/desk/glass/sNNNNNN?page=patient``: whether somebody sees a patient, and by what right.

    Whoever may not break the glass is answered in the same words whether there is such a patient or not.

    Raises:
        InputError: no such page, or no stream.
        RefusedError: the page is for no role of theirs.
        NotFoundError: there is no such patient, to whom could break the glass.
    """
    stream, need = parse_stream(params.get("id", "")), PAGES.get(params.get("page", "patient"))
    if need is None:
        raise InputError(f"page: want one of {', '.join(PAGES)}")
    permissions = books.surveil.permissions(who.staff)
    if need not in permissions:
        raise RefusedError("permission", "that is not for your roles")
    told: Shape = {"now_ms": now / MILLISECOND, "until_ms": None, "why": "", "looks": []}
    told |= {"minutes": staff_changes.GLASS // MINUTE, "least": staff_changes.WHY_LEAST, "most": WHY_MOST}
    told["may_break"] = False
    if who.staff == CONSOLE:
        return told | {"sees": True}
    staff = books.surveil.staff
    if own(books, staff.members[who.staff], need, stream):
        return told | {"sees": True, "looks": _looks(books, stream, now)}
    if staff.glass_open(who.staff, stream, now):
        leave = staff.glass[who.staff, stream]
        return told | {"sees": True, "until_ms": leave.until / MILLISECOND, "why": leave.why}
    if Permission.BREAK_GLASS not in permissions:
        return told | {"sees": False}
    _there(books, stream)
    return told | {"sees": False, "may_break": True}


def break_glass(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``break_glass {stream, why}``: see a patient of another practice for an hour, on record.

    Raises:
        NotFoundError: there is no such patient.
        RefusedError: not with these roles, or theirs anyway.
        InputError: the reason says nothing.
    """
    stream = act_fields.stream(fields)
    _there(books, stream)
    member = books.surveil.staff.members.get(who.staff)
    if member is not None and own(books, member, Permission.READ_ECG, stream):
        raise RefusedError("own", f"{stream_name(stream)} is yours to see: there is no glass to break")
    return books.surveil.break_glass(who.staff, fields, now)


def own(books: Books, member: Member, need: Permission, stream: StreamId) -> bool:
    """Whether a patient is somebody's to read without any glass: of their practice, or for all roles."""
    practice = books.practice(stream)
    return reaches_all(member.roles, need) or (practice is not None and practice == member.practice)


def _there(books: Books, stream: StreamId) -> None:
    if not books.card(stream).name:
        raise NotFoundError(f"no stream {stream_name(stream)}")


def _looks(books: Books, stream: StreamId, now: Instant) -> list[Shape]:
    """Who of other practices broke the glass before this patient, newest first: for their own practice."""
    newest = books.surveil.staff.looks.get(stream, [])[-LOOKS_MOST:]
    return [_look(books, one) for one in reversed(newest) if one.at > now - LOOKS_TOLD]


def _look(books: Books, one: BrokenGlass) -> Shape:
    staff = books.surveil.staff
    member = staff.members.get(one.person)
    practice = staff.practices.get(0 if member is None else member.practice or 0)
    return {
        "by": books.name(one.person),
        "practice": "" if practice is None else practice.name,
        "at_ms": one.at / MILLISECOND,
        "until_ms": one.until / MILLISECOND,
        "why": one.why,
    }
