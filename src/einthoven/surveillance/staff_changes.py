"""Changes of the staff book: who joins, leaves, is certified, trained; practices; leave to look (R16, R42).

Every function gives the deeds of the change or says in one line why it is none, and changes nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterable

from einthoven.base.deeds import Body, Draft, Json, staff_actor
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import MINUTE, Duration, Instant
from einthoven.surveillance import fields
from einthoven.surveillance.roles import BOUND, Permission, Role, permissions_of, reaches_all
from einthoven.surveillance.staff import Member, StaffBook

GLASS: Duration = 60 * MINUTE
"""How long broken glass stays open."""
WHY_LEAST = 10
"""Fewer characters explain nothing."""


def member_of(book: StaffBook, number: int) -> Member:
    """The member of this number; NotFoundError if there is none."""
    if (member := book.members.get(number)) is None:
        raise NotFoundError(f"staff {number}: nobody has this number")
    return member


def _roles(names: Iterable[str]) -> frozenset[Role]:
    found = set()
    for name in names:
        try:
            found.add(Role(name))
        except ValueError:
            known = ", ".join(role.value for role in Role)
            raise InputError(f"roles: {str(name)[:40]!r} is no role (want of: {known})") from None
    if not found:
        raise InputError("roles: at least one is needed")
    return frozenset(found)


def _person(
    book: StaffBook, own: int | None, name: str, login: str, roles: Iterable[str], practice: int | None
) -> Body:
    kept, known = fields.login("login", login), _roles(roles)
    if book.logins.get(kept, own) != own:
        raise InputError(f"login: {kept!r} is somebody else's")
    if practice is not None and practice not in book.practices:
        raise NotFoundError(f"practice: there is no practice {practice}")
    if known & BOUND and practice is None:
        raise InputError("practice: a physician or office member belongs to one")
    if practice is not None and not known & BOUND:
        raise InputError("practice: only physicians and office members belong to one")
    return {
        "name": fields.name("name", name),
        "login": kept,
        "roles": sorted(role.value for role in known),
        "practice": practice,
    }


def join(
    book: StaffBook, name: str, login: str, roles: Iterable[str], practice: int | None = None
) -> list[Draft]:
    """Somebody new, with the next number (``book.next_member``)."""
    number = book.next_member
    body: dict[str, Json] = {"person": number, **_person(book, None, name, login, roles, practice)}
    return [Draft("staff.joined", staff_actor(number), body)]


def change(
    book: StaffBook, number: int, name: str, login: str, roles: Iterable[str], practice: int | None = None
) -> list[Draft]:
    """New name, login, roles or practice, all given whole; the last administrator stays one."""
    member = _active(book, number)
    body: dict[str, Json] = {"person": number, **_person(book, number, name, login, roles, practice)}
    if Role.ADMINISTRATOR not in _roles(roles):
        _not_last(book, member)
    return [Draft("staff.changed", staff_actor(number), body)]


def leave(book: StaffBook, number: int, why: str) -> list[Draft]:
    """Somebody no longer works here; number and deeds stay theirs."""
    member = _active(book, number)
    _not_last(book, member)
    return [Draft("staff.left", staff_actor(number), {"person": number, "why": fields.line("why", why)})]


def come_back(book: StaffBook, number: int) -> list[Draft]:
    """Somebody who left works here again, as they were."""
    member = member_of(book, number)
    if member.active:
        raise RefusedError("not_left", f"staff {number} ({member.name}) has not left")
    if member.login in book.logins:
        raise RefusedError("login_taken", f"{member.login!r} is somebody else's now")
    return [Draft("staff.returned", staff_actor(number), {"person": number})]


def credential(
    book: StaffBook,
    number: int,
    kind: str,
    certificate: str,
    issuer: str,
    since: Instant,
    expires: Instant,
    document: str = "",
) -> list[Draft]:
    """A credential that was seen; the same kind, number and expiry as one on file is refused."""
    member = _active(book, number)
    body: Body = {
        "person": number,
        "kind": fields.line("kind", kind, 40),
        "number": fields.line("number", certificate, 60),
        "issuer": fields.line("issuer", issuer),
        "since": fields.instant("since", since),
        "expires": fields.instant("expires", expires),
        "document": fields.digest("document", document),
    }
    if expires <= since:
        raise InputError("expires: is not behind since")
    for one in member.credentials:
        if (one.kind, one.number, one.expires) == (
            body["kind"],
            body["number"],
            expires,
        ) and one.ended is None:
            raise RefusedError("known", f"{one.kind} {one.number} with this expiry is on file")
    return [Draft("staff.credential", staff_actor(number), body)]


def end_credential(
    book: StaffBook, number: int, kind: str, certificate: str, why: str, now: Instant
) -> list[Draft]:
    """A credential that no longer counts (revoked, given back, entered wrongly), from now on."""
    member = member_of(book, number)
    if not any((one.kind, one.number, one.ended) == (kind, certificate, None) for one in member.credentials):
        raise NotFoundError(f"staff {number} has no running credential {kind} {certificate}"[:200])
    body: Body = {
        "person": number,
        "kind": kind,
        "number": certificate,
        "ended": now,
        "why": fields.line("why", why),
    }
    return [Draft("staff.credential_ended", staff_actor(number), body)]


def training(
    book: StaffBook, number: int, topic: str, on: Instant, expires: Instant, by: str, document: str = ""
) -> list[Draft]:
    """A training that was done."""
    _active(book, number)
    body: Body = {
        "person": number,
        "topic": fields.line("topic", topic, 80),
        "on": fields.instant("on", on),
        "expires": fields.instant("expires", expires),
        "by": fields.name("by", by),
        "document": fields.digest("document", document),
    }
    if expires <= on:
        raise InputError("expires: is not behind on")
    return [Draft("staff.training", staff_actor(number), body)]


def works_from(book: StaffBook, number: int, site: int) -> list[Draft]:
    """The site that somebody works from, for the record (R16)."""
    _active(book, number)
    return [Draft("staff.works_from", staff_actor(number), {"person": number, "site": site})]


def add_practice(book: StaffBook, name: str) -> list[Draft]:
    """A practice, with the next number (``book.next_practice``)."""
    number = book.next_practice
    body: Body = {"practice": number, "name": fields.name("name", name)}
    return [Draft("practice.added", f"practice {number}", body)]


def rename_practice(book: StaffBook, number: int, name: str) -> list[Draft]:
    """Another name of a practice."""
    if number not in book.practices:
        raise NotFoundError(f"practice: there is no practice {number}")
    body: Body = {"practice": number, "name": fields.name("name", name)}
    return [Draft("practice.renamed", f"practice {number}", body)]


def may(
    book: StaffBook,
    member: Member,
    permission: Permission,
    practice: int | None,
    stream: StreamId,
    now: Instant,
) -> bool:
    """Whether somebody may do this about a patient of that practice (None: not known, nobody's).

    Bound roles reach their own practice, and, for reading alone, what they broke glass for.
    """
    if not member.active or permission not in permissions_of(member.roles):
        return False
    if reaches_all(member.roles, permission):
        return True
    if practice is not None and member.practice == practice:
        return True
    return permission.value.startswith("read.") and book.glass_open(member.number, stream, now)


def break_glass(book: StaffBook, number: int, stream: StreamId, why: str, now: Instant) -> list[Draft]:
    """See one patient of another practice for ``GLASS``, the reason on record (45 CFR 164.312(a)(2)(ii)).

    Raises:
        RefusedError: no leave to do so.
        InputError: the reason says nothing.
    """
    member = _active(book, number)
    if Permission.BREAK_GLASS not in permissions_of(member.roles):
        raise RefusedError("not_permitted", "your roles do not let you see patients of other practices")
    reason = fields.line("why", why, 500)
    if len(reason) < WHY_LEAST:
        raise InputError(f"why: {reason!r} explains nothing (at least {WHY_LEAST} characters)")
    body: Body = {"person": number, "stream": stream, "why": reason, "until": now + GLASS}
    return [Draft("glass.broken", stream_name(stream), body)]


def _active(book: StaffBook, number: int) -> Member:
    member = member_of(book, number)
    if not member.active:
        raise RefusedError("left", f"staff {number} ({member.name}) has left")
    return member


def _not_last(book: StaffBook, member: Member) -> None:
    if Role.ADMINISTRATOR in member.roles and book.administrators() == 1:
        raise RefusedError("last_administrator", f"{member.name} is the last administrator")
