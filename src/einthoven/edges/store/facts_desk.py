"""The journal of deeds in the facts: deeds, audit, outbox, the last sign of life (``center.desk_ports``)."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from typing import Any

import apsw

from einthoven.base.deeds import Body, Deed
from einthoven.base.errors import StoreError, UnfitError
from einthoven.base.exact import exact_json
from einthoven.base.instants import Instant
from einthoven.center.audited import AuditAsked, AuditFound
from einthoven.center.desk_ports import LANES, Done, Notice, Posted, Posting, Tried
from einthoven.edges.store import facts_chain
from einthoven.edges.store.facts_audit import Ask, read_audit
from einthoven.edges.store.facts_thread import Act, FactsThread

Deliver = Callable[[Callable[[], None]], object]

_DEED = "SELECT number, at, actor, kind, subject, body FROM deed"
_POSTED = "SELECT id, channel, receiver, content, at, state, attempts, next_at, receipt FROM outbox"


def _nobody(_error: StoreError | None) -> None:
    return None


def submit(thread: FactsThread, deliver: Deliver, act: Act[None], done: Done) -> None:
    """Queue a change on the facts' thread; ``done`` where the facts deliver.

    What is wrong with the change itself comes as ``UnfitError``: again would not help, others go on.
    """

    def told(_result: None, error: Exception | None) -> None:
        if error is None or isinstance(error, StoreError):
            failure = error
        else:
            failure = UnfitError(str(error) or type(error).__name__)
        deliver(lambda: done(failure))

    thread.submit(act, told)


class SqlJournalReader:
    """Questions to the journal (``center.desk_ports.JournalReader``), also beside a center that writes.

    Args:
        ask: ``FactsReader.ask``.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def read(self, after: int = 0, limit: int = 1000) -> list[Deed]:
        """At most ``limit`` deeds numbered above ``after``, in order."""
        found = self._ask(f"{_DEED} WHERE number > ? ORDER BY number LIMIT ?", after, limit)
        return [_deed(row) for row in found]

    def read_kinds(
        self, kinds: Collection[str], after: int = 0, limit: int = 1000, subject: str | None = None
    ) -> list[Deed]:
        """The same of some kinds, or of some kinds about one subject."""
        wanted = sorted(set(kinds))
        if not wanted:
            return []
        where = f"kind IN ({', '.join('?' * len(wanted))}) AND number > ?"
        values: list[object] = [*wanted, after]
        if subject is not None:
            where, values = f"{where} AND subject = ?", [*values, subject]
        found = self._ask(f"{_DEED} WHERE {where} ORDER BY number LIMIT ?", *values, limit)
        return [_deed(row) for row in found]

    def last(self) -> int:
        """Number of the last durable deed, 0 before the first."""
        return int(self._ask("SELECT ifnull(max(number), 0) FROM deed")[0][0])

    def last_alive(self) -> Instant | None:
        """The instant that ``alive`` kept last."""
        found = self._ask("SELECT at FROM alive")
        return int(found[0][0]) if found else None

    def audit(self, asked: AuditAsked) -> AuditFound:
        """Lines of the audit, newest first."""
        return read_audit(self._ask, asked)

    def due(self, now: Instant, limit: int = 100, lane: str = "") -> list[Posted]:
        """Messages of a lane to be tried by now, those that wait longest first."""
        of = "channel = ?" if lane else f"channel NOT IN ({', '.join('?' * len(LANES))})"
        channels = [lane] if lane else sorted(LANES)
        found = self._ask(
            f"{_POSTED} WHERE next_at <= ? AND {of} ORDER BY next_at, at, id LIMIT ?", now, *channels, limit
        )
        return [_posted(row) for row in found]

    def posted(self, id_: str) -> Posted | None:
        """A message of the outbox, None where there is no such."""
        found = self._ask(f"{_POSTED} WHERE id = ?", id_)
        return _posted(found[0]) if found else None


class SqlJournal(SqlJournalReader):
    """The journal, open for writing (``center.desk_ports.Journal``).

    Args:
        thread: the facts' thread, shared with every other change of the facts.
        ask: ``FactsReader.ask``.
        deliver: runs ``done``.
    """

    def __init__(self, thread: FactsThread, ask: Ask, deliver: Deliver) -> None:
        super().__init__(ask)
        self._thread = thread
        self._deliver = deliver

    def append(
        self, deeds: Sequence[Deed], outbox: Sequence[Notice], done: Done, tried: Sequence[Tried] = ()
    ) -> None:
        """Keep deeds with their audit lines, new messages and what came of tries, all of it or nothing."""
        kept, notices, tries = tuple(deeds), tuple(outbox), tuple(tried)

        def run(connection: apsw.Connection) -> None:
            if kept:
                _put_deeds(connection, kept)
            for notice in notices:
                _put_notice(connection, notice)
            for one in tries:
                _put_try(connection, one)

        submit(self._thread, self._deliver, run, done)

    def note(self, actor: str, action: str, subject: str, detail: Body, at: Instant, done: Done) -> None:
        """An audit line that is no deed; nothing may be shown before ``done(None)``."""

        def run(connection: apsw.Connection) -> None:
            facts_chain.append(connection, actor, action, subject, exact_json(detail), at)

        submit(self._thread, self._deliver, run, done)

    def alive(self, at: Instant, done: Done = _nobody) -> None:
        """Keep ``at`` as the last instant at which the center was known alive."""

        def run(connection: apsw.Connection) -> None:
            connection.execute("INSERT OR REPLACE INTO alive VALUES (1, ?)", (at,))

        submit(self._thread, self._deliver, run, done)


def _put_deeds(connection: apsw.Connection, deeds: Sequence[Deed]) -> None:
    found: Any = connection.execute("SELECT ifnull(max(number), 0) FROM deed").fetchone()
    last = int(found[0])
    for deed in deeds:
        if deed.number != last + 1:
            raise UnfitError(f"deed {deed.number} ({deed.kind}) does not follow deed {last}")
        last, text = deed.number, exact_json(deed.body)
        seq = facts_chain.append(
            connection, deed.actor, deed.kind, deed.subject, text, deed.at, deed=deed.number
        )
        connection.execute(
            "INSERT INTO deed VALUES (?, ?, ?, ?, ?, ?, ?)",
            (deed.number, deed.at, deed.actor, deed.kind, deed.subject, text, seq),
        )


def _put_notice(connection: apsw.Connection, notice: Notice) -> None:
    text = exact_json(notice.content)
    values = (notice.id, notice.channel, notice.to, text, notice.at)
    connection.execute(
        "INSERT INTO outbox VALUES (?, ?, ?, ?, ?, 'queued', 0, ?, '') ON CONFLICT (id) DO NOTHING",
        (*values, notice.at),
    )
    if not connection.changes():
        found: Any = connection.execute(
            "SELECT id, channel, receiver, content, at FROM outbox WHERE id = ?", (notice.id,)
        ).fetchone()
        if found != values:
            raise UnfitError(f"message {notice.id} is kept with another content")


def _put_try(connection: apsw.Connection, tried: Tried) -> None:
    connection.execute(
        "UPDATE outbox SET state = ?, attempts = ?, next_at = ?, receipt = ? "
        "WHERE id = ? AND next_at IS NOT NULL",
        (tried.state.value, tried.attempts, tried.next_at, tried.receipt, tried.id),
    )
    if not connection.changes():
        raise UnfitError(f"message {tried.id} is settled or was never kept")


def _deed(row: Any) -> Deed:
    number, at, actor, kind, subject, body = row
    return Deed(number, at, actor, kind, subject, json.loads(body))


def _posted(row: Any) -> Posted:
    id_, channel, receiver, content, at, state, attempts, next_at, receipt = row
    notice = Notice(id_, channel, receiver, json.loads(content), at)
    return Posted(notice, Posting(state), attempts, next_at, receipt)
