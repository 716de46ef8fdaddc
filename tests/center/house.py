"""Sign-in over facts in memory, with people of every role, a clock and randomness of the test's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

from argon2 import PasswordHasher

from einthoven.base.instants import SECOND
from einthoven.bootstrap.sign_in_stores import JournalAudit, StaffKeeper, StoredSecrets, StoredSessions
from einthoven.center.passkey_sign_in import PasskeySignIn
from einthoven.center.passwords import Passwords
from einthoven.center.sessions import Opened, Sessions
from einthoven.center.sign_in import Attempt, SignIn
from einthoven.center.sign_in_ports import Limits, Where
from einthoven.center.staff_office import StaffBookPeople, StaffOffice
from einthoven.center.station_office import StationOffice
from einthoven.center.time_codes import code_at, step_at
from einthoven.testing.facts import MemoryFacts
from einthoven.testing.web import EPOCH

ROLES = (
    "technician",
    "supervisor",
    "physician",
    "office",
    "enrollment",
    "billing",
    "administrator",
    "auditor",
    "service",
)
PASSWORD = "a long enough password"
HERE = Where("10.0.0.7")
LIGHT = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass
class Dice:
    """Random bytes that are the same in every run."""

    thrown: int = 0

    def __call__(self, count: int) -> bytes:
        self.thrown += 1
        return (sha256(b"%d" % self.thrown).digest() * 4)[:count]


@dataclass
class House:
    """A center's sign-in.

    Attributes:
        now: center time; a test moves it.
        people: login → staff number.
        codes: staff number → secret of the time codes.
    """

    facts: MemoryFacts = field(default_factory=MemoryFacts)
    now: int = EPOCH
    demo: bool = False
    people: dict[str, int] = field(default_factory=dict)
    codes: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = Dice()
        self.open()

    def open(self) -> None:
        """Open it, as a start of the center does; a second time is a restart."""
        self.keeper = StaffKeeper(self.facts.journal)
        self.stored = StoredSecrets(self.facts.secrets)
        self.limits = Limits()
        everybody = StaffBookPeople(self.keeper.book)
        self.sessions = Sessions(StoredSessions(self.facts.sessions), everybody, self.now, self.limits)
        audit = JournalAudit(self.facts.journal, lambda _action, error: self._raise(error))
        parts = everybody, self.stored, self.sessions, audit, self.random, self.limits, LIGHT
        self.sign_in = SignIn(*parts, demo=self.demo)
        self.passkeys = PasskeySignIn(self.sign_in, self.stored, self.random)
        base = "https://center.example"
        world = self.keeper.stations, self.keeper.decide, self.sign_in, audit, self.random
        self.places = StationOffice(*world, lambda: base)
        people = self.keeper.book, self.keeper.record, self.sign_in, self.random
        self.office = StaffOffice(*people, self.places.commands())

    def _raise(self, error: Exception) -> None:
        raise error

    def administrator(self) -> int:
        """The first administrator, with whom sign-in is on."""
        told = self.office.do(
            "administrator", {"name": "Doe, Jane", "login": "jane", "password": PASSWORD}, self.now
        )
        number = int(str(told["staff"]))
        self.people["jane"], self.codes[number] = number, str(told["secret"])
        return number

    def everybody(self) -> None:
        """An administrator, a practice, and one of every role with the role as login."""
        self.administrator()
        self.office.do("practice", {"name": "Heart practice"}, self.now)
        for role in ROLES:
            self.join(role, role)

    def join(self, login: str, *roles: str, practice: int | None = None) -> int:
        """Somebody new, whole; physicians and office are of practice 1 where none is said."""
        if practice is None and set(roles) & {"physician", "office"}:
            practice = 1
        body = {"name": login.title(), "login": login, "roles": list(roles), "practice": practice}
        number = int(str(self.office.do("add", body, self.now)["staff"]))
        self.people[login] = number
        if "service" not in roles:
            secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
            self.sign_in.give(number, PASSWORD, secret, "console", self.now)
            self.codes[number] = secret
        return number

    def code(self, login: str, steps: int = 0) -> str:
        """What the authenticator shows now, or so many steps away from now."""
        return code_at(self.codes[self.people[login]], step_at(self.now) + steps)

    def attempt(self, login: str, password: str = PASSWORD, code: str | None = None) -> Attempt:
        """What is typed."""
        return Attempt(login, password, self.code(login) if code is None else code, HERE)

    def enter(self, login: str) -> Opened:
        """Sign somebody in by password and code; a machine gets its token."""
        number = self.people[login]
        if number not in self.codes:
            token = self.sign_in.token(number, "console", self.now)
            held = self.sessions.find(token, self.now)
            assert held is not None
            return Opened(token, held)
        self.now += 90 * SECOND  # a code is taken once
        opened = self.sign_in.sign_in(self.attempt(login), self.now)
        assert isinstance(opened, Opened)
        return opened

    def lines(self, action: str) -> list[tuple[str, str, object]]:
        """Audit lines of one action: who, about what, detail."""
        return [
            (line.actor, line.subject, line.detail) for line in self.facts.audit() if line.action == action
        ]
