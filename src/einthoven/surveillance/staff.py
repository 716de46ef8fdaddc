"""People of the center and its practices, their credentials and training: the book (R16, R36, R42)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from einthoven.base.deeds import Deed
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.surveillance.roles import Role


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential of somebody who reads ECGs.

    Attributes:
        kind: ``RN``, ``EMT``, ``CCT``, ``CRAT``, or another that the center recognises.
        number: as printed on it.
        issuer: board or state.
        since, expires: it counts from ``since`` up to, not including, ``expires``.
        document: SHA-256 of the document on file, ``""`` where none is.
        ended: when it was withdrawn before its time, None if it was not.
        why: of that.
    """

    kind: str
    number: str
    issuer: str
    since: Instant
    expires: Instant
    document: str = ""
    ended: Instant | None = None
    why: str = ""

    @property
    def stop(self) -> Instant:
        """When it no longer counts."""
        return self.expires if self.ended is None else min(self.expires, self.ended)


@dataclass(frozen=True, slots=True)
class Training:
    """A training record: topic, from when and up to when it counts, who trained, SHA-256 of the document."""

    topic: str
    on: Instant
    expires: Instant
    by: str
    document: str = ""


@dataclass(frozen=True, slots=True)
class Practice:
    """A physician's practice; its members are those of the staff book that carry its number."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the center or of a practice.

    Attributes:
        number: for life; never given again.
        name: complete name.
        login: what they sign in by.
        roles: at least one.
        practice: of physicians and their office; None for the center's own people.
        active: False once they left; their deeds stay theirs.
        changed: when roles, practice or ``active`` changed last.
        site: number of the site they work from, as on file; None where it is not said. What counts for a
            watch is the station they sit at.
    """

    number: int
    name: str
    login: str
    roles: frozenset[Role]
    practice: int | None
    active: bool
    changed: Instant
    credentials: tuple[Credential, ...] = ()
    training: tuple[Training, ...] = ()
    site: int | None = None


@dataclass(frozen=True, slots=True)
class BrokenGlass:
    """Leave to see a patient of another practice: by whom, of which stream, why, from when until when."""

    person: int
    stream: StreamId
    why: str
    until: Instant
    at: Instant


def _whole(body: Mapping[str, Any], name: str) -> int:
    return cast(int, body[name])


@dataclass(slots=True)
class StaffBook:
    """What the deeds say of people and practices.

    Attributes:
        members: by number, those who left too.
        logins: login → number, of active members.
        practices: by number.
        glass: (person, stream) → the leave granted last.
        looks: stream → every leave there was, oldest first.
    """

    members: dict[int, Member] = field(default_factory=dict)
    logins: dict[str, int] = field(default_factory=dict)
    practices: dict[int, Practice] = field(default_factory=dict)
    glass: dict[tuple[int, StreamId], BrokenGlass] = field(default_factory=dict)
    looks: dict[StreamId, list[BrokenGlass]] = field(default_factory=dict)
    next_member: int = 1
    next_practice: int = 1

    KINDS = frozenset(
        {
            "staff.joined",
            "staff.changed",
            "staff.left",
            "staff.returned",
            "staff.credential",
            "staff.credential_ended",
            "staff.training",
            "staff.works_from",
            "practice.added",
            "practice.renamed",
            "glass.broken",
        }
    )

    def apply(self, deed: Deed) -> None:
        """Take a deed in; other kinds are nothing to this book."""
        if deed.kind not in self.KINDS:
            return
        body = cast(Mapping[str, Any], deed.body)
        room, _, what = deed.kind.partition(".")
        if room == "practice":
            number = _whole(body, "practice")
            self.practices[number] = Practice(number, body["name"])
            self.next_practice = max(self.next_practice, number + 1)
        elif room == "glass":
            leave = BrokenGlass(body["person"], body["stream"], body["why"], body["until"], deed.at)
            self.glass[leave.person, leave.stream] = leave
            self.looks.setdefault(leave.stream, []).append(leave)
        else:
            self._member(what, _whole(body, "person"), body, deed.at)

    def _member(self, what: str, number: int, body: Mapping[str, Any], at: Instant) -> None:
        if what == "joined":
            self._put(
                Member(number, body["name"], body["login"], _roles(body), body["practice"], True, at),
            )
            self.next_member = max(self.next_member, number + 1)
            return
        member = self.members[number]
        if what == "changed":
            self.logins.pop(member.login, None)
            self._put(
                replace(
                    member,
                    name=body["name"],
                    login=body["login"],
                    roles=_roles(body),
                    practice=body["practice"],
                    changed=at,
                )
            )
        elif what in ("left", "returned"):
            self.logins.pop(member.login, None)
            self._put(replace(member, active=what == "returned", changed=at))
        elif what == "works_from":
            self._put(replace(member, site=body["site"]))
        elif what == "credential":
            fresh = Credential(
                body["kind"],
                body["number"],
                body["issuer"],
                body["since"],
                body["expires"],
                body["document"],
            )
            self._put(replace(member, credentials=(*member.credentials, fresh)))
        elif what == "credential_ended":
            self._put(replace(member, credentials=tuple(_ended(one, body) for one in member.credentials)))
        else:
            done = Training(body["topic"], body["on"], body["expires"], body["by"], body["document"])
            self._put(replace(member, training=(*member.training, done)))

    def _put(self, member: Member) -> None:
        self.members[member.number] = member
        if member.active:
            self.logins[member.login] = member.number

    def by_login(self, login: str) -> Member | None:
        """The active member who signs in by this name, None where there is none."""
        number = self.logins.get(login.strip().casefold())
        return None if number is None else self.members[number]

    def glass_open(self, person: int, stream: StreamId, now: Instant) -> bool:
        """Whether somebody may, for now, look at this patient of another practice."""
        leave = self.glass.get((person, stream))
        return leave is not None and now < leave.until

    def opened(self, person: int, now: Instant) -> frozenset[StreamId]:
        """The patients of other practices at whom somebody may look for now."""
        return frozenset(
            stream for (one, stream), leave in self.glass.items() if one == person and now < leave.until
        )

    def administrators(self) -> int:
        """How many active administrators there are; with none, sign-in is off."""
        return sum(one.active and Role.ADMINISTRATOR in one.roles for one in self.members.values())


def _roles(body: Mapping[str, Any]) -> frozenset[Role]:
    return frozenset(Role(name) for name in body["roles"])


def _ended(credential: Credential, body: Mapping[str, Any]) -> Credential:
    same = (credential.kind, credential.number) == (body["kind"], body["number"])
    if not same or credential.ended is not None:
        return credential
    return replace(credential, ended=body["ended"], why=body["why"])
