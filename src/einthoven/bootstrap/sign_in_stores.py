"""Sign-in's stores over those of the desk: calls wait for the disk, so none is made on the event loop."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from einthoven.base.deeds import Body, Deed, Draft, numbered
from einthoven.base.errors import StoreDamagedError, StoreError
from einthoven.base.instants import Instant
from einthoven.center import desk_ports as desk
from einthoven.center.sign_in_ports import Passkey, Secrets, Session
from einthoven.center.station_office import Decide
from einthoven.surveillance.peer_book import PeerBook
from einthoven.surveillance.staff import StaffBook
from einthoven.surveillance.stations import StationBook

PATIENCE_S: Final = 30.0
"""How long a change may take before whoever waits is told that it failed."""


def waited(ask: Callable[[desk.Done], object]) -> None:
    """Ask for a change and wait until it is durable.

    Raises:
        StoreError: it is not, or nobody knows after ``PATIENCE_S``.
    """
    over, failure = threading.Event(), list[StoreError]()

    def done(error: StoreError | None) -> None:
        if error is not None:
            failure.append(error)
        over.set()

    ask(done)
    if not over.wait(PATIENCE_S):
        raise StoreError(f"not stored within {PATIENCE_S:g} s")
    if failure:
        raise failure[0]


class StoredSecrets:
    """``center.sign_in_ports.SecretStore`` over ``center.desk_ports.Secrets``."""

    def __init__(self, kept: desk.Secrets) -> None:
        self._kept = kept

    def get(self, staff: int) -> Secrets | None:
        """Somebody's secrets."""
        rows = self._kept.of(staff)
        if not rows:
            return None
        password, temporary, code, step = "", None, "", 0
        passkeys: list[Passkey] = []
        for row in rows:
            value = _value(row)
            if row.kind is desk.SecretKind.PASSWORD:
                password, temporary = str(value["hash"]), value["until"]
            elif row.kind is desk.SecretKind.TOTP:
                code, step = str(value["secret"]), int(str(value["step"]))
            elif row.kind is desk.SecretKind.PASSKEY:
                passkeys.append(_passkey(row))
        until = temporary if isinstance(temporary, int) else None
        return Secrets(staff, password, until, code, step, tuple(passkeys))

    def by_passkey(self, credential: bytes) -> Secrets | None:
        """Whose passkey this is."""
        wanted = credential.hex()
        for row in self._kept.all(desk.SecretKind.PASSKEY):
            if _value(row)["id"] == wanted:
                return self.get(row.staff)
        return None

    def put(self, secrets: Secrets, actor: str, at: Instant) -> None:
        """Keep what is different; the password last, since with it somebody can sign in."""
        before = self.get(secrets.staff) or Secrets(secrets.staff)
        rows = {
            kind: [one for one in self._kept.of(secrets.staff) if one.kind is kind]
            for kind in desk.SecretKind
        }
        self._put_passkeys(before, secrets, rows[desk.SecretKind.PASSKEY], actor, at)
        totp = rows[desk.SecretKind.TOTP]
        value = _bytes({"secret": secrets.code, "step": secrets.step})
        if before.code == secrets.code and totp and before.step != secrets.step:
            waited(lambda done: self._kept.change(totp[-1].number, value, done))
        elif before.code != secrets.code:
            self._replace(
                secrets.staff, desk.SecretKind.TOTP, "time code", secrets.code, value, totp, actor, at
            )
        if (before.password, before.temporary) != (secrets.password, secrets.temporary):
            name = "own" if secrets.temporary is None else "temporary"
            value = _bytes({"hash": secrets.password, "until": secrets.temporary})
            old = rows[desk.SecretKind.PASSWORD]
            self._replace(
                secrets.staff, desk.SecretKind.PASSWORD, name, secrets.password, value, old, actor, at
            )

    def _replace(
        self,
        staff: int,
        kind: desk.SecretKind,
        name: str,
        there: str,
        value: bytes,
        old: Sequence[desk.Secret],
        actor: str,
        at: Instant,
    ) -> None:
        """A new secret for the old ones of its kind; none, where ``there`` is empty."""
        numbers = [one.number for one in old]
        if there:
            waited(lambda done: self._kept.add(staff, kind, name, value, actor, at, done, numbers))
            return
        for number in numbers:
            self._retire(number, actor, at)

    def _put_passkeys(
        self, before: Secrets, after: Secrets, rows: Sequence[desk.Secret], actor: str, at: Instant
    ) -> None:
        known = {_passkey(row).id: row for row in rows}
        old = {key.id: key for key in before.passkeys}
        for key in after.passkeys:
            value = _bytes({"id": key.id.hex(), "key": key.public_key.hex(), "count": key.count})
            if key.id not in known:
                self._add_passkey(after.staff, key.name, value, actor, at)
            elif old[key.id].count != key.count:
                self._change(known[key.id].number, value)
        for gone in known.keys() - {key.id for key in after.passkeys}:
            self._retire(known[gone].number, actor, at)

    def _add_passkey(self, staff: int, name: str, value: bytes, actor: str, at: Instant) -> None:
        kind = desk.SecretKind.PASSKEY
        waited(lambda done: self._kept.add(staff, kind, name, value, actor, at, done))

    def _change(self, number: int, value: bytes) -> None:
        waited(lambda done: self._kept.change(number, value, done))

    def _retire(self, number: int, actor: str, at: Instant) -> None:
        waited(lambda done: self._kept.retire(number, actor, at, done))


class StoredSessions:
    """``center.sign_in_ports.SessionStore`` over ``center.desk_ports.Sessions``."""

    def __init__(self, kept: desk.Sessions) -> None:
        self._kept = kept

    def open(self, now: Instant) -> list[Session]:
        """The sessions that are not over."""
        return [
            Session(
                one.token, one.staff, one.station, one.created, one.seen, one.expires, one.locked is not None
            )
            for one in self._kept.open(now)
        ]

    def begin(self, session: Session) -> None:
        """Keep a new one."""
        new = desk.Session(
            session.id, session.staff, session.station, session.began, session.acted, session.until
        )
        waited(lambda done: self._kept.begin(new, done))

    def see(self, session: Session) -> None:
        """Keep its ``acted`` and ``until``."""
        waited(lambda done: self._kept.see(session.id, session.acted, session.until, done))

    def lock(self, session: Session, actor: str, now: Instant) -> None:
        """Keep its ``locked``."""
        at = now if session.locked else None
        waited(lambda done: self._kept.lock(session.id, at, actor, now, done))

    def end(self, session: Session, why: str, actor: str, now: Instant) -> None:
        """It is over."""
        waited(lambda done: self._kept.end(session.id, why, actor, now, done))


class JournalAudit:
    """``center.sign_in_ports.Audit`` over the journal.

    Args:
        journal: of the desk.
        failed: told of a line that could not be kept.
    """

    def __init__(self, journal: desk.Journal, failed: Callable[[str, StoreError], None]) -> None:
        self._journal = journal
        self._failed = failed

    def note(self, actor: str, action: str, subject: str, detail: Body, at: Instant) -> None:
        """Keep a line soon; never waits."""

        def done(error: StoreError | None) -> None:
            if error is not None:
                self._failed(action, error)

        self._journal.note(actor, action, subject, detail, at, done)


@dataclass(frozen=True, slots=True)
class AtDesk:
    """The books of a desk that runs on the journal, and its way of keeping deeds, which it alone numbers."""

    staff: StaffBook
    stations: StationBook
    decide: Decide
    peers: PeerBook | None = None


class StaffKeeper:
    """The books of people and places, and how deeds about them are kept.

    Args:
        journal: of the desk.
        at_desk: of a desk that runs; None: there is none, and nobody else may append while this one does.

    Attributes:
        book: of people.
        stations: of sites and stations.
        peers: of other centers.
    """

    def __init__(self, journal: desk.Journal, at_desk: AtDesk | None = None) -> None:
        self._journal = journal
        self._decide: Decide = self._append
        if at_desk is not None:
            self.book, self.stations, self._decide = at_desk.staff, at_desk.stations, at_desk.decide
            self.peers = at_desk.peers or PeerBook()
            return
        self.book, self.stations, self.peers = StaffBook(), StationBook(), PeerBook()
        after = 0
        while deeds := journal.read_kinds(StaffBook.KINDS | StationBook.KINDS | PeerBook.KINDS, after):
            self._apply(deeds)
            after = deeds[-1].number

    def record(self, drafts: Sequence[Draft], actor: str, at: Instant) -> None:
        """Keep drafts and apply them.

        Raises:
            StoreError: they were not kept, and the book is as it was.
        """
        self._decide(lambda: drafts, actor, at)

    def decide(self, decide: Callable[[], Sequence[Draft]], actor: str, at: Instant) -> None:
        """Decide where the books are changed, so that nothing comes between, and keep the drafts.

        Raises:
            EinthovenError: as ``decide``; or a ``StoreError``, as ``record``.
        """
        self._decide(decide, actor, at)

    def _append(self, decide: Callable[[], Sequence[Draft]], actor: str, at: Instant) -> None:
        deeds = numbered(decide(), self._journal.last(), actor, at)
        waited(lambda done: self._journal.append(deeds, (), done))
        self._apply(deeds)

    def _apply(self, deeds: Sequence[Deed]) -> None:
        for deed in deeds:
            self.book.apply(deed)
            self.stations.apply(deed)
            self.peers.apply(deed)


def _value(row: desk.Secret) -> dict[str, object]:
    try:
        value = json.loads(row.value)
    except ValueError as error:
        raise StoreDamagedError(f"secret {row.number} of staff {row.staff} cannot be read") from error
    if not isinstance(value, dict):
        raise StoreDamagedError(f"secret {row.number} of staff {row.staff} is no object")
    return value


def _passkey(row: desk.Secret) -> Passkey:
    value = _value(row)
    key = bytes.fromhex(str(value["key"]))
    return Passkey(bytes.fromhex(str(value["id"])), key, int(str(value["count"])), row.name, row.added)


def _bytes(value: dict[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
