"""Who works here, from the center's own console: whoever may write the data folder may do this (R42).

Used by the commands ``einthoven administrator`` and ``einthoven staff``, on the folder itself while no center
runs, else through the running center. Every answer is JSON-ready; what is secret in it is told once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeAlias

from einthoven.base.deeds import Draft
from einthoven.base.errors import InputError, NotFoundError
from einthoven.base.instants import Instant
from einthoven.center import passwords, time_codes
from einthoven.center.sign_in import SignIn
from einthoven.surveillance import staff_changes
from einthoven.surveillance.roles import Role
from einthoven.surveillance.staff import Member, StaffBook

ACTOR: Final = "console"
Record: TypeAlias = Callable[[Sequence[Draft], str, Instant], object]
"""Keeps drafts as deeds and applies them to the book; durable on return, or raises ``StoreError``."""
Answer: TypeAlias = dict[str, object]
Command: TypeAlias = Callable[[Mapping[str, object], Instant], Answer]


class StaffBookPeople:
    """``center.sign_in_ports.People`` over the staff book."""

    def __init__(self, book: StaffBook) -> None:
        self._book = book

    def member(self, number: int) -> Member | None:
        """The member of staff with this number."""
        return self._book.members.get(number)

    def by_login(self, login: str) -> Member | None:
        """The active member of staff with this login, without regard to case."""
        return self._book.by_login(login)

    def everybody(self) -> list[Member]:
        """All of them, by number."""
        return [member for _, member in sorted(self._book.members.copy().items())]

    def administrators(self) -> int:
        """How many active administrators there are; with none, sign-in is off."""
        return self._book.administrators()


class StaffOffice:
    """The commands.

    Args:
        book: of staff; read here, changed by ``record`` alone.
        record: keeps deeds.
        sign_in: gives passwords and tokens.
        random: so many random bytes, fit for keys.
        others: commands of other offices, answered at the same console.
        center: the center's name, for authenticators.
    """

    def __init__(
        self,
        book: StaffBook,
        record: Record,
        sign_in: SignIn,
        random: Callable[[int], bytes],
        others: Mapping[str, Command] = MappingProxyType({}),
        center: str = time_codes.ISSUER,
    ) -> None:
        self._book = book
        self._record = record
        self._sign_in = sign_in
        self._random = random
        self._center = center
        self._commands: dict[str, Command] = {
            "administrator": self.administrator,
            "add": self.add,
            "list": self.list,
            "reset": self.reset,
            "change": self.change,
            "leave": self.leave,
            "practice": self.practice,
            **others,
        }

    def extend(self, others: Mapping[str, Command]) -> None:
        """Answer commands of another office, too."""
        self._commands |= others

    def do(self, command: str, body: Mapping[str, object], now: Instant) -> Answer:
        """One command with its fields.

        Raises:
            InputError: unknown, or a field is wrong; says which.
            RefusedError, StoreError: as the rooms say.
        """
        act = self._commands.get(command)
        if act is None:
            raise InputError(f"{command[:40]!r} is no command: want {', '.join(self._commands)}")
        return act(body, now)

    def administrator(self, body: Mapping[str, object], now: Instant) -> Answer:
        """An administrator with password and time code, whole: the first one switches sign-in on.

        Fields: ``name``, ``login``, ``password`` (empty: one is made).
        """
        name, login, given = (_text(body, field) for field in ("name", "login", "password"))
        password = given or passwords.temporary(self._random(passwords.TEMPORARY_BYTES))
        passwords.check(password, login, name)
        joining = staff_changes.join(self._book, name, login, [Role.ADMINISTRATOR.value])
        number = self._book.next_member
        secret = time_codes.new_secret(self._random(time_codes.SECRET_BYTES))
        # Before the member is there: the first administrator switches sign-in on, and must be able to.
        self._sign_in.give(number, password, secret, ACTOR, now)
        self._record(joining, ACTOR, now)
        member = self._book.members[number]
        answer: Answer = {
            "staff": number,
            "login": member.login,
            "secret": secret,
            "uri": time_codes.uri(secret, member.login, self._center),
        }
        return answer if given else answer | {"password": password}

    def add(self, body: Mapping[str, object], now: Instant) -> Answer:
        """Somebody new, with a temporary password; a machine (role ``service``) with its token.

        Fields: ``name``, ``login``, ``roles``, ``practice`` (a number, or None).
        """
        roles, practice = body.get("roles"), body.get("practice")
        if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
            raise InputError("roles: want a list of names")
        if practice is not None and (isinstance(practice, bool) or not isinstance(practice, int)):
            raise InputError("practice: want a whole number")
        number = self._join(_text(body, "name"), _text(body, "login"), roles, practice, now)
        return self._way_in(self._book.members[number], now)

    def list(self, _body: Mapping[str, object], _now: Instant) -> Answer:
        """Everybody, those who left too; and the practices."""
        people = [
            {
                "staff": one.number,
                "name": one.name,
                "login": one.login,
                "roles": sorted(role.value for role in one.roles),
                "practice": one.practice,
                "active": one.active,
            }
            for one in self._sign_in.people.everybody()
        ]
        practices = [{"practice": one.number, "name": one.name} for one in self._book.practices.values()]
        return {"people": people, "practices": practices}

    def reset(self, body: Mapping[str, object], now: Instant) -> Answer:
        """A new temporary password, or a machine's new token. Field: ``login``."""
        return self._way_in(self._called(body), now)

    def change(self, body: Mapping[str, object], now: Instant) -> Answer:
        """What is given of ``name`` and ``roles`` of somebody; they stay signed in. Fields: ``login`` …"""
        member = self._called(body)
        name, roles = body.get("name") or member.name, body.get("roles") or sorted(member.roles)
        if not isinstance(name, str) or not isinstance(roles, list):
            raise InputError("name: want a text; roles: want a list of names")
        if (Role.SERVICE in member.roles) != (Role.SERVICE in roles):
            raise InputError("roles: a machine stays one, a person stays one")
        change = staff_changes.change(self._book, member.number, name, member.login, roles, member.practice)
        self._record(change, ACTOR, now)
        return {"staff": member.number}

    def leave(self, body: Mapping[str, object], now: Instant) -> Answer:
        """Somebody no longer works here; their sessions end. Fields: ``login``, ``why``."""
        member = self._called(body)
        self._record(staff_changes.leave(self._book, member.number, _text(body, "why")), ACTOR, now)
        self._sign_in.end_all(member.number, "left", ACTOR, now)
        return {"staff": member.number}

    def practice(self, body: Mapping[str, object], now: Instant) -> Answer:
        """A practice, to which physicians and their office belong. Field: ``name``."""
        number = self._book.next_practice
        self._record(staff_changes.add_practice(self._book, _text(body, "name")), ACTOR, now)
        return {"practice": number}

    def _join(self, name: str, login: str, roles: Sequence[str], practice: int | None, now: Instant) -> int:
        number = self._book.next_member
        self._record(staff_changes.join(self._book, name, login, roles, practice), ACTOR, now)
        return number

    def _way_in(self, member: Member, now: Instant) -> Answer:
        answer: Answer = {"staff": member.number, "login": member.login}
        if Role.SERVICE in member.roles:
            return answer | {"token": self._sign_in.token(member.number, ACTOR, now)}
        return answer | {"password": self._sign_in.invite(member.number, ACTOR, now)}

    def _called(self, body: Mapping[str, object]) -> Member:
        login = _text(body, "login")
        member = self._book.by_login(login)
        if member is None:
            raise NotFoundError(f"login: nobody here is called {login[:40]!r}")
        return member


def _text(body: Mapping[str, object], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise InputError(f"{name}: want a text")
    return value
