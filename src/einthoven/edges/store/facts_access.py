"""Secrets and sessions of staff in the facts (``center.desk_ports``): no value reaches the audit."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import apsw

from einthoven.base.deeds import staff_actor
from einthoven.base.errors import StoreError, UnfitError
from einthoven.base.exact import exact_json
from einthoven.base.instants import Instant
from einthoven.center.desk_ports import Done, Secret, SecretKind, Session
from einthoven.edges.store import facts_chain
from einthoven.edges.store.facts_audit import Ask
from einthoven.edges.store.facts_desk import Deliver, submit
from einthoven.edges.store.facts_thread import FactsThread

_SECRET = "SELECT number, staff, kind, name, value, added, retired FROM secret"
_SESSION = "SELECT token, staff, station, created, seen, expires, locked, ended, why FROM session"


def _nobody(_error: StoreError | None) -> None:
    return None


class SqlSecrets:
    """``center.desk_ports.Secrets`` over the facts' thread and their reading connection."""

    def __init__(self, thread: FactsThread, ask: Ask, deliver: Deliver) -> None:
        self._thread = thread
        self._ask = ask
        self._deliver = deliver

    def of(self, staff: int, kind: SecretKind | None = None) -> list[Secret]:
        """The secrets of a member that hold, by number."""
        found = self._ask(f"{_SECRET} WHERE staff = ? AND retired IS NULL ORDER BY number", staff)
        return [one for one in map(_secret, found) if kind is None or one.kind is kind]

    def all(self, kind: SecretKind) -> list[Secret]:
        """Those of a kind that hold, of everybody, by number."""
        found = self._ask(f"{_SECRET} WHERE kind = ? AND retired IS NULL ORDER BY number", kind.value)
        return [_secret(row) for row in found]

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
        """Keep a new secret and retire others of the same member with it, audited."""

        def run(connection: apsw.Connection) -> None:
            for number in sorted(set(retire)):
                _retire(connection, number, actor, at, of=staff)
            connection.execute(
                "INSERT INTO secret (staff, kind, name, value, added) VALUES (?, ?, ?, ?, ?)",
                (staff, kind.value, name, value, at),
            )
            number = connection.last_insert_rowid()
            _audit_secret(connection, "secret.add", Secret(number, staff, kind, name, b"", at), actor, at)

        submit(self._thread, self._deliver, run, done)

    def change(self, number: int, value: bytes, done: Done) -> None:
        """Replace the value of one that holds; no audit line."""

        def run(connection: apsw.Connection) -> None:
            connection.execute(
                "UPDATE secret SET value = ? WHERE number = ? AND retired IS NULL", (value, number)
            )
            if not connection.changes():
                raise UnfitError(f"secret {number} does not hold")

        submit(self._thread, self._deliver, run, done)

    def retire(self, number: int, actor: str, at: Instant, done: Done) -> None:
        """It holds no more, audited."""

        def run(connection: apsw.Connection) -> None:
            _retire(connection, number, actor, at)

        submit(self._thread, self._deliver, run, done)


def _retire(connection: apsw.Connection, number: int, actor: str, at: Instant, of: int | None = None) -> None:
    row: Any = connection.execute(f"{_SECRET} WHERE number = ? AND retired IS NULL", (number,)).fetchone()
    if row is None or (of is not None and row[1] != of):
        raise UnfitError(f"secret {number} does not hold" if of is None else f"secret {number} is not theirs")
    connection.execute("UPDATE secret SET retired = ? WHERE number = ?", (at, number))
    _audit_secret(connection, "secret.retire", _secret(row), actor, at)


def _audit_secret(connection: apsw.Connection, action: str, secret: Secret, actor: str, at: Instant) -> None:
    detail = {"secret": secret.number, "kind": secret.kind.value, "name": secret.name}
    facts_chain.append(connection, actor, action, staff_actor(secret.staff), exact_json(detail), at)


class SqlSessions:
    """``center.desk_ports.Sessions`` over the facts' thread and their reading connection."""

    def __init__(self, thread: FactsThread, ask: Ask, deliver: Deliver) -> None:
        self._thread = thread
        self._ask = ask
        self._deliver = deliver

    def open(self, now: Instant) -> list[Session]:
        """Sessions that have neither ended nor expired by now, by when they began."""
        found = self._ask(f"{_SESSION} WHERE ended IS NULL AND expires > ? ORDER BY created, token", now)
        return [Session(*row) for row in found]

    def begin(self, session: Session, done: Done) -> None:
        """Keep a new one, audited."""
        one = session
        values = (one.token, one.staff, one.station, one.created, one.seen, one.expires)

        def run(connection: apsw.Connection) -> None:
            if len(one.token) != 32 or _session(connection, one.token) is not None:
                raise UnfitError("the token of a session is 32 bytes that were never used")
            connection.execute("INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, NULL, NULL, '')", values)
            _audit_session(connection, "session.begin", one, staff_actor(one.staff), one.created)

        submit(self._thread, self._deliver, run, done)

    def see(self, token: bytes, seen: Instant, expires: Instant, done: Done = _nobody) -> None:
        """It was used."""

        def run(connection: apsw.Connection) -> None:
            _open_session(connection, token)
            connection.execute(
                "UPDATE session SET seen = ?, expires = ? WHERE token = ?", (seen, expires, token)
            )

        submit(self._thread, self._deliver, run, done)

    def lock(self, token: bytes, at: Instant | None, actor: str, now: Instant, done: Done) -> None:
        """Locked since ``at``, or unlocked, audited."""

        def run(connection: apsw.Connection) -> None:
            one = _open_session(connection, token)
            connection.execute("UPDATE session SET locked = ? WHERE token = ?", (at, token))
            action = "session.unlock" if at is None else "session.lock"
            _audit_session(connection, action, one, actor, now)

        submit(self._thread, self._deliver, run, done)

    def end(self, token: bytes, why: str, actor: str, at: Instant, done: Done) -> None:
        """It is over, audited; one that has ended stays as it is."""

        def run(connection: apsw.Connection) -> None:
            one = _session(connection, token)
            if one is None:
                raise UnfitError("there is no such session")
            if one.ended is not None:
                return
            connection.execute("UPDATE session SET ended = ?, why = ? WHERE token = ?", (at, why, token))
            _audit_session(connection, "session.end", one, actor, at, why)

        submit(self._thread, self._deliver, run, done)


def _session(connection: apsw.Connection, token: bytes) -> Session | None:
    row: Any = connection.execute(f"{_SESSION} WHERE token = ?", (token,)).fetchone()
    return None if row is None else Session(*row)


def _open_session(connection: apsw.Connection, token: bytes) -> Session:
    one = _session(connection, token)
    if one is None or one.ended is not None:
        raise UnfitError("the session has ended" if one else "there is no such session")
    return one


def _audit_session(
    connection: apsw.Connection, action: str, one: Session, actor: str, at: Instant, why: str = ""
) -> None:
    detail: dict[str, object] = {"station": one.station}
    if why:
        detail["why"] = why
    facts_chain.append(connection, actor, action, staff_actor(one.staff), exact_json(detail), at)


def _secret(row: Any) -> Secret:
    number, staff, kind, name, value, added, retired = row
    return Secret(number, staff, SecretKind(kind), name, value, added, retired)
