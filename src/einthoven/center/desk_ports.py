"""What the desk needs of the world: a journal of deeds, an outbox, secrets, sessions, a messenger (R14, R42).

Every port of the store has a conformance suite in ``einthoven.testing.journal_suite``. Each change ends in
one call of its ``done``: with None once it is durable, with the error where it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from einthoven.base.deeds import Body, Deed
from einthoven.base.errors import StoreError
from einthoven.base.instants import Instant
from einthoven.center.audited import AuditAsked, AuditFound

HL7 = "hl7"
"""The channel of HL7 v2 messages (docs/hl7.md)."""
LANES = frozenset({HL7})
"""Channels with an outbox of their own: what waits for a hospital's interface keeps back no e-mail."""
Done = Callable[[StoreError | None], None]
"""Called once for each change, where the facts deliver: durable, or why not."""


class Posting(StrEnum):
    """How far a message to the outside is."""

    QUEUED = "queued"
    FAILED = "failed"
    """Tried and not taken, or nobody knows: it is tried again."""
    SENT = "sent"
    GIVEN_UP = "given up"

    @property
    def settled(self) -> bool:
        """Whether nothing more is tried."""
        return self in (Posting.SENT, Posting.GIVEN_UP)


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to the outside: additional to what people do, never instead of it (R19).

    Attributes:
        id: unique for ever; every try carries it, so a receiver can tell a repeat.
        channel: name of the messenger that takes it: ``"email"``, ``"webhook"`` or ``"hl7"``.
        to: address or URL.
        content: an e-mail's ``subject`` and ``text``; a webhook's JSON; an HL7 message's ``message`` and
            ``control``.
        at: when it was decided; it is due from then.
    """

    id: str
    channel: str
    to: str
    content: Body
    at: Instant


@dataclass(frozen=True, slots=True)
class Posted:
    """A message of the outbox and how far it is.

    Attributes:
        notice: the message.
        state: see ``Posting``.
        attempts: how often it was tried.
        next_at: when it is due (again); None once it is settled.
        receipt: what the other side said last, or why it could not be asked.
    """

    notice: Notice
    state: Posting
    attempts: int
    next_at: Instant | None
    receipt: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a try; kept with the deed that tells it."""

    id: str
    state: Posting
    attempts: int
    next_at: Instant | None
    receipt: str


class JournalReader(Protocol):
    """Questions to the journal; safe on any thread, answers with what is durable."""

    def read(self, after: int = 0, limit: int = 1000) -> list[Deed]:
        """At most ``limit`` deeds numbered above ``after``, in order: page on with the last number."""
        ...

    def read_kinds(
        self, kinds: Collection[str], after: int = 0, limit: int = 1000, subject: str | None = None
    ) -> list[Deed]:
        """The same of some kinds only, or of some kinds about one subject; no kinds give no deeds."""
        ...

    def last(self) -> int:
        """Number of the last durable deed, 0 before the first."""
        ...

    def last_alive(self) -> Instant | None:
        """The instant that ``alive`` kept last; None where it never was called."""
        ...

    def audit(self, asked: AuditAsked) -> AuditFound:
        """Lines of the audit, newest first: those of deeds and all others."""
        ...

    def due(self, now: Instant, limit: int = 100, lane: str = "") -> list[Posted]:
        """Messages to be tried by now, those that wait longest first: of a channel of ``LANES``, or of all
        others."""
        ...

    def posted(self, id_: str) -> Posted | None:
        """A message of the outbox, None where there is no such."""
        ...


class Journal(JournalReader, Protocol):
    """The journal of deeds: append-only, one audit line each, kept in one transaction with the outbox."""

    def append(
        self, deeds: Sequence[Deed], outbox: Sequence[Notice], done: Done, tried: Sequence[Tried] = ()
    ) -> None:
        """Keep all of it or nothing; many appends share one commit, in the order of the calls.

        A notice whose id is kept already, the very same, changes nothing. ``done`` gets an ``UnfitError``
        where the deeds do not follow the last one (so all that was appended behind one that failed fails
        too), a body is no JSON, an id is kept with another content, or a message that is settled is tried.
        """
        ...

    def note(self, actor: str, action: str, subject: str, detail: Body, at: Instant, done: Done) -> None:
        """An audit line that is no deed: somebody read a patient's data.

        Show nothing before ``done(None)``: what was read without a line is what an audit must not miss.
        """
        ...

    def alive(self, at: Instant, done: Done = lambda _error: None) -> None:
        """Keep ``at`` as the last instant at which the center was known alive, in place of the one before."""
        ...


class SecretKind(StrEnum):
    """What a member of staff proves to be themselves with."""

    PASSWORD = "password"
    TOTP = "totp"
    PASSKEY = "passkey"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret of a member of staff.

    Attributes:
        number: its own.
        staff: number of the member.
        kind: see ``SecretKind``.
        name: what its owner calls it; not secret.
        value: hash of a password, key of a code, credential of a passkey; opaque to the store.
        added, retired: from when to when it holds; None: still.
    """

    number: int
    staff: int
    kind: SecretKind
    name: str
    value: bytes
    added: Instant
    retired: Instant | None = None


class Secrets(Protocol):
    """Secrets of staff. Audit lines name staff, kind, name and number, never a value."""

    def of(self, staff: int, kind: SecretKind | None = None) -> list[Secret]:
        """The secrets that hold, by number."""
        ...

    def all(self, kind: SecretKind) -> list[Secret]:
        """Those of a kind that hold, of everybody, by number: who comes with a passkey says no name."""
        ...

    def add(
        self,
        staff: int,
        kind: SecretKind,
        name: str,
        value: bytes,
        actor: str,
        at: Instant,
        done: Done,
        retire: Collection[int] = (),
    ) -> None:
        """Keep a new secret and retire others of the same member with it, all or nothing, audited.

        ``done`` gets an ``UnfitError`` where one to retire is another's, or does not hold any more.
        """
        ...

    def change(self, number: int, value: bytes, done: Done) -> None:
        """Replace the value of one that holds: a passkey's count, a code's last step. No audit line.

        ``done`` gets an ``UnfitError`` where there is no such that holds.
        """
        ...

    def retire(self, number: int, actor: str, at: Instant, done: Done) -> None:
        """It holds no more, audited; ``UnfitError`` where it did not."""
        ...


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in at a place.

    Attributes:
        token: SHA-256 of what the cookie holds, 32 bytes; the cookie itself is kept nowhere.
        staff, station: who, and where (None: at no station of the center's).
        created, seen, expires: when it began, when it was used last, when it ends by itself.
        locked: since when its screen is locked, or None.
        ended, why: when it ended and why, or None and nothing.
    """

    token: bytes
    staff: int
    station: int | None
    created: Instant
    seen: Instant
    expires: Instant
    locked: Instant | None = None
    ended: Instant | None = None
    why: str = ""


class Sessions(Protocol):
    """Sessions of staff; begin, lock, unlock and end leave audit lines, being seen does not."""

    def open(self, now: Instant) -> list[Session]:
        """Sessions that have neither ended nor expired by now, by when they began."""
        ...

    def begin(self, session: Session, done: Done) -> None:
        """Keep a new one; ``UnfitError`` where its token is known already or no 32 bytes."""
        ...

    def see(self, token: bytes, seen: Instant, expires: Instant, done: Done = lambda _error: None) -> None:
        """It was used; ``UnfitError`` where it has ended."""
        ...

    def lock(self, token: bytes, at: Instant | None, actor: str, now: Instant, done: Done) -> None:
        """Locked since ``at``, or unlocked (None); ``UnfitError`` where it has ended."""
        ...

    def end(self, token: bytes, why: str, actor: str, at: Instant, done: Done) -> None:
        """It is over, for ``why``; one that has ended already stays as it is, and that is no error."""
        ...


FOR_GOOD, FOR_NOW = "for good", "for now"
"""Reasons of a messenger's ``RefusedError``."""


class Messenger(Protocol):
    """Takes a notice to the outside: ``edges.messaging``."""

    async def send(self, notice: Notice) -> str:
        """Hand it over; what the other side said (the receipt).

        Raises:
            RefusedError: it was not taken. Reason ``FOR_GOOD`` where another try would not help, ``FOR_NOW``
                where it might.
            DeliveryUnknownError: whether it was taken is not known; another try carries the same id.
        """
        ...
