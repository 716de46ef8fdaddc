"""What sign-in needs of the world: who works here, their secrets, the open sessions, the journal (R42)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from einthoven.base.deeds import Body
from einthoven.base.instants import SECOND, Instant
from einthoven.surveillance.roles import Permission, Role

How: TypeAlias = Literal["password", "passkey", "oidc", "demo", "token"]
"""How a session was opened; ``token`` is a machine's."""


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey of somebody.

    Attributes:
        id: credential id, as the authenticator chose it.
        public_key: COSE key.
        count: how often the authenticator says it was used; 0 where it does not count.
        name: what its owner calls it.
        added: when.
    """

    id: bytes
    public_key: bytes
    count: int
    name: str
    added: Instant


@dataclass(frozen=True, slots=True)
class Secrets:
    """What proves that somebody is who they say; none of it is ever shown or written to the audit.

    Attributes:
        staff: whose.
        password: argon2id, encoded; empty: no password signs in.
        temporary: until when the password is a temporary one that must be changed, None for one's own.
        code: secret of the time codes, base32; empty where there is none yet.
        step: newest time step whose code was used; no code of it or of an older one is taken again.
        passkeys: in the order added.
    """

    staff: int
    password: str = ""
    temporary: Instant | None = None
    code: str = ""
    step: int = 0
    passkeys: tuple[Passkey, ...] = ()


@dataclass(frozen=True, slots=True)
class Where:
    """Where somebody signs in.

    Attributes:
        address: of the browser's machine, or of the proxy before it.
        station: the registered station, None where it is none.
    """

    address: str
    station: int | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in at one browser, or a machine with its token.

    Attributes:
        id: SHA-256 of the token; the token itself is only in the browser's cookie.
        staff: who.
        station: the registered station where it was opened, None where that was none.
        began, acted: when it was opened, and when its person last did something.
        until: when it ends by itself.
        locked: whether it was locked by hand.
        how: how it was opened; not kept over a restart, but for a machine's.
    """

    id: bytes
    staff: int
    station: int | None
    began: Instant
    acted: Instant
    until: Instant
    locked: bool = False
    how: How = "password"


class Person(Protocol):
    """The part of a member of staff that sign-in looks at."""

    @property
    def number(self) -> int:
        """The staff number."""
        ...

    @property
    def name(self) -> str:
        """As shown to others."""
        ...

    @property
    def login(self) -> str:
        """What is typed to sign in; unique without regard to case."""
        ...

    @property
    def roles(self) -> frozenset[Role]:
        """What they are employed as."""
        ...

    @property
    def practice(self) -> int | None:
        """The practice whose patients alone are seen, where the roles are those of a practice."""
        ...

    @property
    def active(self) -> bool:
        """Whether they may sign in."""
        ...


class People(Protocol):
    """Who works here; read on the event loop and on the sign-in thread."""

    def member(self, number: int) -> Person | None:
        """The member of staff with this number."""
        ...

    def by_login(self, login: str) -> Person | None:
        """The member of staff with this login, without regard to case."""
        ...

    def everybody(self) -> Sequence[Person]:
        """All of them, by number."""
        ...

    def administrators(self) -> int:
        """How many active administrators there are; with none, sign-in is off."""
        ...


class SecretStore(Protocol):
    """Keeps secrets; called on the sign-in thread, durable on return.

    What is added or taken away leaves an audit line; a count or a last step does not.
    """

    def get(self, staff: int) -> Secrets | None:
        """Somebody's secrets."""
        ...

    def put(self, secrets: Secrets, actor: str, at: Instant) -> None:
        """Keep these in place of what there was.

        Raises:
            StoreError: not all of it was kept.
        """
        ...

    def by_passkey(self, credential: bytes) -> Secrets | None:
        """Whose passkey this is."""
        ...


class SessionStore(Protocol):
    """Keeps sessions over restarts, with an audit line for all but ``see``; called on the sign-in thread.

    Each is durable on return, or raises ``StoreError``.
    """

    def open(self, now: Instant) -> Sequence[Session]:
        """The sessions that are not over."""
        ...

    def begin(self, session: Session) -> None:
        """Keep a new one."""
        ...

    def see(self, session: Session) -> None:
        """Keep its ``acted`` and ``until``."""
        ...

    def lock(self, session: Session, actor: str, now: Instant) -> None:
        """Keep its ``locked``."""
        ...

    def end(self, session: Session, why: str, actor: str, now: Instant) -> None:
        """It is over."""
        ...


class Audit(Protocol):
    """Where audit lines go."""

    def note(self, actor: str, action: str, subject: str, detail: Body, at: Instant) -> None:
        """Keep a line soon; never waits."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lasts, in ns.

    Attributes:
        idle: without an act for so long the controls lock; the wall stays.
        absolute: so long after sign-in a session ends, unless both factors were proved again.
        token: the same for a machine's token.
        temporary: how long a temporary password can be used.
        ceremony: how long a passkey or a first password may take to be set up.
        confirmed: how long after proving once more who acts the act may follow.
    """

    idle: int = 15 * 60 * SECOND
    absolute: int = 14 * 3600 * SECOND
    token: int = 366 * 86_400 * SECOND
    temporary: int = 72 * 3600 * SECOND
    ceremony: int = 5 * 60 * SECOND
    confirmed: int = 2 * 60 * SECOND


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Somebody proved once more who they are, for one content and for nothing else (21 CFR 11.200).

    Attributes:
        staff: who.
        session: of which session.
        content: SHA-256 of what they saw, 64 hexadecimal digits.
        components: what they showed, of ``escalation.signature.COMPONENTS``.
        at: when.
    """

    staff: int
    session: bytes
    content: str
    components: tuple[str, ...]
    at: Instant


@dataclass(frozen=True, slots=True)
class Held:
    """Who asks: a session as it is at one moment.

    Attributes:
        actor: as in the audit: ``staff 3``, or ``console`` while sign-in is off.
        staff: staff number, None for the console.
        permissions: what they may do.
        key: names the session in the audit and for what is told once a sign-in; no secret.
        id: the session's id; empty for the console.
        locked: reads for the wall go on, acts are refused.
        until: when the session ends, None for the console.
        station: the registered station where they sit, None where that is none.
        csrf: what every act must carry in ``x-einthoven-csrf``; empty where no cookie is involved.
    """

    actor: str
    staff: int | None
    name: str
    roles: frozenset[Role]
    practice: int | None
    permissions: frozenset[Permission]
    key: str
    id: bytes = b""
    how: str = "console"
    locked: bool = False
    until: Instant | None = None
    station: int | None = None
    csrf: str = ""
    login: str = ""

    def may(self, permission: Permission) -> bool:
        """Whether they have a permission."""
        return permission in self.permissions
