"""The facts of a center in SQLite: people, periods, streams, events, clock fixes, audit (R5, R8).

One connection writes, on a thread of its own; ``record_events`` tells through ``deliver`` when its events are
durable. Questions are answered from memory where the link asks them, else over a reading connection.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import apsw

from einthoven.base.errors import NotFoundError, StoreError, UnfitError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.base.layout import Layout
from einthoven.center.enroll import EnrollmentUnit
from einthoven.center.found import News
from einthoven.center.ports import ClockFix, StreamEvent, StreamFacts
from einthoven.center.transmission import Row
from einthoven.edges.store import facts_rows as rows
from einthoven.edges.store import schema
from einthoven.edges.store.facts_access import SqlSecrets, SqlSessions
from einthoven.edges.store.facts_desk import SqlJournal
from einthoven.edges.store.facts_findings import keep
from einthoven.edges.store.facts_reader import FactsReader
from einthoven.edges.store.facts_sql import copy, open_writer, store_error
from einthoven.edges.store.facts_thread import FactsThread
from einthoven.edges.store.facts_transmission import keep as keep_transmission
from einthoven.edges.store.facts_unit import SqlUnit

T = TypeVar("T")

Deliver = Callable[[Callable[[], None]], object]
"""Runs a callable where ``done`` belongs: ``loop.call_soon_threadsafe``, for one."""


def _at_once(act: Callable[[], None]) -> None:
    act()


class Facts:
    """The facts, open for writing (``center.ports.StreamDirectory``, ``center.enroll.EnrollmentFacts``).

    Args:
        path: ``facts.sqlite``; made where it is not there, brought up to date where it is older.
        now: center time, for the record of migrations.
        deliver: runs ``done`` of ``record_events``; by default at once, on the facts' thread.
        vfs: a file layer of SQLite's, for tests.

    Attributes:
        reader: questions to all of it.
        journal, secrets, sessions: the same file for the desk (``center.desk_ports``), on the same thread.

    Raises:
        StoreError: it cannot be opened, is damaged, or of a newer schema.
    """

    def __init__(self, path: Path, now: Instant, deliver: Deliver = _at_once, vfs: str | None = None) -> None:
        self._path = path
        self._deliver = deliver
        self._touched: set[StreamId] = set()
        self._shapes: dict[str, int] = {}
        self._new_shape = True
        writer = open_writer(path, vfs)
        try:
            schema.migrate(writer, now)
            self._writer = writer
            self._streams = {facts.stream: facts for facts in self._read_streams("")}
            self.reader = FactsReader(path, vfs)
        except apsw.Error as error:
            writer.close()
            raise store_error(error, str(path)) from error
        except BaseException:
            writer.close()
            raise
        self._thread = FactsThread(writer, str(path), self._refresh)
        desk = (self._thread, self.reader.ask, self._hand)
        self.journal = SqlJournal(*desk)
        self.secrets = SqlSecrets(*desk)
        self.sessions = SqlSessions(*desk)

    def close(self) -> None:
        """Finish what is queued and close; calling it again does nothing."""
        self._thread.close()
        self.reader.close()

    @property
    def defects(self) -> int:
        """How many ``done`` raised an error of their own; anything but 0 is a defect of this program."""
        return self._thread.defects

    def by_transmitter(self, transmitter: str, stream: StreamId) -> StreamFacts | None:
        """The stream if it belongs to this transmitter, else None; from memory."""
        facts = self._streams.get(stream)
        return facts if facts is not None and facts.transmitter == transmitter else None

    def stream(self, stream: StreamId) -> StreamFacts | None:
        """A stream, or None where there is no such; from memory."""
        return self._streams.get(stream)

    def all(self) -> list[StreamFacts]:
        """Every stream, by number; from memory."""
        return [facts for _, facts in sorted(self._streams.copy().items())]

    def unit(self, act: Callable[[EnrollmentUnit], T], actor: str, at: Instant) -> T:
        """Run ``act`` in one transaction and return its result, durable; what it raises undoes it all.

        Waits for the disk: call it off the event loop.
        """

        def run(connection: apsw.Connection) -> T:
            unit = SqlUnit(connection, actor, at)
            result = act(unit)
            self._touched |= unit.touched
            return result

        return self._thread.call(run)

    def declare_layout(
        self, stream: StreamId, layout: Layout, recording: int, origin: Instant | None, at: Instant
    ) -> None:
        """Fix the layout of a stream for good, audited; durable on return. Nothing to do if it is so already.

        Raises:
            NotFoundError: there is no such stream.
            StoreError: it was not stored.
        """
        facts = self._streams.get(stream)
        if facts is None:
            raise NotFoundError(f"there is no stream {stream_name(stream)}")
        if facts.declared and (facts.layout, facts.recording, facts.origin) == (layout, recording, origin):
            return

        self._thread.call(self._declaration(facts, layout, recording, origin, at))

    def declare_layout_soon(
        self,
        stream: StreamId,
        layout: Layout,
        recording: int,
        origin: Instant | None,
        at: Instant,
        done: Callable[[StoreError | None], None],
    ) -> None:
        """The same without waiting, so that thousands of first layouts share their syncs.

        Memory knows the layout at once; ``done`` follows through ``deliver`` when it is durable. Where it
        fails, memory goes back to what is stored before ``done`` is told.

        Raises:
            NotFoundError: there is no such stream.
        """
        facts = self._streams.get(stream)
        if facts is None:
            raise NotFoundError(f"there is no stream {stream_name(stream)}")
        declared = replace(facts, layout=layout, declared=True, recording=recording, origin=origin)
        self._streams[stream] = declared
        act = self._declaration(facts, layout, recording, origin, at)

        def told(_result: None, error: Exception | None) -> None:
            if error is not None and self._streams.get(stream) is declared:
                self._streams[stream] = facts
            self._tell(done, error)

        self._thread.submit(act, told)

    def _declaration(
        self, facts: StreamFacts, layout: Layout, recording: int, origin: Instant | None, at: Instant
    ) -> Callable[[apsw.Connection], None]:
        def run(connection: apsw.Connection) -> None:
            unit = SqlUnit(connection, f"transmitter {facts.transmitter}", at)
            unit.declare_layout(facts.stream, layout, recording, origin)
            self._touched |= unit.touched

        return run

    def record_events(self, events: Iterable[StreamEvent], done: Callable[[StoreError | None], None]) -> None:
        """Store events; ``done`` through ``deliver`` once durable. A repeated number changes nothing.

        A stream's events are numbered from 1 and stored in order: one that skips a number fails the call,
        for its acknowledgement would stand for the skipped one too. Marks and holes leave an audit line; a
        status is its own record.
        """
        kept = list(events)

        def run(connection: apsw.Connection) -> None:
            for event in kept:
                self._put_event(connection, event)

        self._thread.submit(run, lambda _result, error: self._tell(done, error))

    def record_fixes(self, fixes: Iterable[ClockFix]) -> None:
        """Store clock fixes; best effort: one that fails is repeated by the next exchange."""
        values = [(fix.stream, fix.sample, fix.at, fix.uncertainty) for fix in fixes]

        def run(connection: apsw.Connection) -> None:
            connection.executemany("INSERT INTO clock_fix VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", values)

        self._thread.submit(run, lambda _result, _error: None)

    def record_findings(
        self, news: Iterable[News], version: str, at: Instant, done: Callable[[StoreError | None], None]
    ) -> None:
        """Keep what changed among findings, all of it or nothing; ``done`` once durable or failed.

        ``done`` is called on the facts' thread: who stops the event loop can still wait for it (``flush``).
        It gets an ``UnfitError`` where the facts work and do not take these changes.

        Args:
            version: of the analysis and the thresholds that found them.
            at: center time.
        """
        kept = list(news)

        def run(connection: apsw.Connection) -> None:
            keep(connection, kept, version, at)

        def told(_result: None, error: Exception | None) -> None:
            done(error if error is None or isinstance(error, StoreError) else UnfitError(str(error)))

        self._thread.submit(run, told)

    def keep_transmission(self, rows: Sequence[Row], done: Callable[[StoreError | None], None]) -> None:
        """Keep how soon samples were durable; ``done`` through ``deliver`` once durable or failed."""
        keep_transmission(self._thread, rows, lambda error: self._hand(lambda: done(error)))

    def flush(self) -> None:
        """Wait until everything asked for before is durable or has failed."""
        with suppress(StoreError):
            self._thread.call(lambda _connection: None)

    def backup(self, target: Path) -> None:
        """Write a consistent copy beside running changes: whole under its name, or not there.

        Raises:
            StoreError: it cannot be written.
        """
        part = target.with_name(f".{target.name}.part")
        try:
            part.unlink(missing_ok=True)
            copy(self._path, part)
            with part.open("rb") as file:
                os.fsync(file.fileno())
            part.replace(target)
            folder = os.open(target.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except apsw.Error as error:
            part.unlink(missing_ok=True)
            raise store_error(error, str(target)) from error
        except OSError as error:
            raise StoreError(f"{target}: {error.strerror}") from error

    def _tell(self, done: Callable[[StoreError | None], None], error: Exception | None) -> None:
        failure = error if error is None or isinstance(error, StoreError) else StoreError(str(error))
        self._hand(lambda: done(failure))

    def _hand(self, act: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the event loop is closed: nobody waits for it any more
            self._deliver(act)

    def _put_event(self, connection: apsw.Connection, event: StreamEvent) -> None:
        found: Any = connection.execute("SELECT max(number) FROM event WHERE stream = ?", (event.stream,))
        last = found.fetchone()[0] or 0
        if event.number > last + 1:
            raise StoreError(f"{stream_name(event.stream)}: event {event.number} came before {last + 1}")
        keys = rows.compact(list(event.body))
        connection.execute(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (stream, number) DO NOTHING",
            (
                event.stream,
                event.number,
                rows.KINDS[event.kind],
                event.sample,
                event.received,
                self._shape(connection, keys),
                rows.compact(list(event.body.values())),
            ),
        )
        if event.kind != "status" and connection.changes():
            facts = self._streams.get(event.stream)
            actor = f"transmitter {facts.transmitter}" if facts else "transmitter"
            detail: dict[str, object] = {"number": event.number, "sample": event.sample, **event.body}
            SqlUnit(connection, actor, event.received).audit(
                f"event.{event.kind}", stream_name(event.stream), detail
            )

    def _shape(self, connection: apsw.Connection, keys: str) -> int:
        known = self._shapes.get(keys)
        if known is not None:
            return known
        connection.execute("INSERT INTO event_shape (keys) VALUES (?) ON CONFLICT DO NOTHING", (keys,))
        found: Any = connection.execute("SELECT id FROM event_shape WHERE keys = ?", (keys,)).fetchone()
        self._new_shape = True  # kept in memory only once it is committed
        return int(found[0])

    def _refresh(self) -> None:
        """After a commit, on the facts' thread: what the link reads from memory is what is stored."""
        if self._new_shape:
            known: Any = self._writer.execute("SELECT keys, id FROM event_shape")
            self._shapes, self._new_shape = dict(known), False
        touched, self._touched = self._touched, set()
        for stream in touched:
            for facts in self._read_streams(f"WHERE s.id = {stream:d}"):
                self._streams[stream] = facts

    def _read_streams(self, where: str) -> list[StreamFacts]:
        return [rows.stream_of(row) for row in self._writer.execute(f"SELECT {rows.STREAM_COLUMNS} {where}")]
