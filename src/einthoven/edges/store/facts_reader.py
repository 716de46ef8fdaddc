"""Questions to the facts; safe beside the writer, also from another process."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import apsw

from einthoven.base.errors import NotFoundError, StoreError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.base.timeline import Fix, Timeline
from einthoven.center.found import Asked, LiveFinding
from einthoven.center.ports import ClockFix, StreamEvent, StreamFacts
from einthoven.edges.store import facts_rows as rows
from einthoven.edges.store import schema
from einthoven.edges.store.facts_findings import finding_in, select
from einthoven.edges.store.facts_service import of_person
from einthoven.edges.store.facts_sql import open_reader, store_error
from einthoven.edges.store.facts_unit import read_patient
from einthoven.enrollment.people import Contact, OrderingPhysician, Patient
from einthoven.enrollment.periods import TELEPHONE, Ending, ServicePeriod
from einthoven.enrollment.register import AuditLine, Enrolled, KnownPeriod
from einthoven.enrollment.telephone import Recorder, kept


class FactsReader:
    """Reads the facts over a connection of its own; any thread may ask.

    Args:
        path: ``facts.sqlite``.
        vfs: a file layer of SQLite's, for tests.

    Raises:
        StoreError: it is not there, damaged, or of a newer schema.
    """

    def __init__(self, path: Path, vfs: str | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection = open_reader(path, vfs)
        try:
            if not schema.check(self._connection):
                raise StoreError(f"{path}: holds no facts")
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the connection; calling it again does nothing."""
        with self._lock:
            self._connection.close()

    def ask(self, sql: str, *values: object) -> list[Any]:
        """The rows that a statement gives, for the other readers of this room."""
        with self._lock:
            try:
                return self._connection.execute(sql, values).fetchall()
            except apsw.Error as error:
                raise store_error(error, str(self._path)) from error

    def all(self) -> list[StreamFacts]:
        """Every stream, by number."""
        return [rows.stream_of(row) for row in self.ask(f"SELECT {rows.STREAM_COLUMNS} ORDER BY s.id")]

    def stream(self, stream: StreamId) -> StreamFacts | None:
        """A stream, or None where there is no such."""
        found = self.ask(f"SELECT {rows.STREAM_COLUMNS} WHERE s.id = ?", stream)
        return rows.stream_of(found[0]) if found else None

    def by_transmitter(self, transmitter: str, stream: StreamId) -> StreamFacts | None:
        """The stream if it belongs to this transmitter, else None."""
        facts = self.stream(stream)
        return facts if facts is not None and facts.transmitter == transmitter else None

    def enrolled(self, stream: StreamId) -> Enrolled:
        """Patient, period and physician of a stream; NotFoundError where there is no such."""
        found = self.ask(f"SELECT {rows.PERIOD_COLUMNS} WHERE s.id = ?", stream)
        if not found:
            raise NotFoundError(f"there is no stream {stream_name(stream)}")
        period = rows.period_of(found[0])
        ordered = self.ask(
            "SELECT d.name, d.npi, d.telephone, d.fax FROM service_period p JOIN physician d "
            "ON d.id = p.physician WHERE p.id = ?",
            period.number,
        )
        with self._lock:
            patient = read_patient(self._connection, period.patient)
        return Enrolled(stream, period, patient, OrderingPhysician(*ordered[0]) if ordered else None)

    def patient(self, number: int) -> Patient:
        """A patient by number; NotFoundError where there is none."""
        with self._lock:
            return read_patient(self._connection, number)

    def enrollments(self) -> list[Enrolled]:
        """Every enrollment there ever was, by stream."""
        physicians = {
            row[0]: OrderingPhysician(*row[1:])
            for row in self.ask("SELECT id, name, npi, telephone, fax FROM physician")
        }
        ordered = dict(self.ask("SELECT id, physician FROM service_period WHERE physician IS NOT NULL"))
        contacts: dict[int, list[Contact]] = {}
        for number, *told in self.ask(
            "SELECT patient, name, telephone, relation FROM contact ORDER BY patient, place"
        ):
            contacts.setdefault(number, []).append(Contact(*told))
        patients = {
            number: Patient(name, birth, sex, address, telephone, tuple(contacts.get(number, ())))
            for number, name, birth, sex, address, telephone in self.ask(
                "SELECT id, name, birth_date, sex, address, telephone FROM patient"
            )
        }
        periods = map(rows.period_of, self.ask(f"SELECT {rows.PERIOD_COLUMNS} ORDER BY s.id"))
        return [
            Enrolled(one.stream, one, patients[one.patient], physicians.get(ordered.get(one.number)))
            for one in periods
            if one.patient in patients
        ]

    def open_periods(self) -> list[ServicePeriod]:
        """Every period that is open, by number."""
        found = self.ask(f"SELECT {rows.PERIOD_COLUMNS} WHERE p.ended IS NULL ORDER BY p.id")
        return [rows.period_of(row) for row in found]

    def expired_periods(self, since: Instant) -> list[ServicePeriod]:
        """Every period that ended at its limit by itself, at or after an instant, by number."""
        where = "p.cause = ? AND p.ended >= ? ORDER BY p.id"
        found = self.ask(f"SELECT {rows.PERIOD_COLUMNS} WHERE {where}", str(Ending.EXPIRED), since)
        return [rows.period_of(row) for row in found]

    def periods_with(self, transmitter: str) -> list[ServicePeriod]:
        """Every period of a transmitter, by number."""
        found = self.ask(f"SELECT {rows.PERIOD_COLUMNS} WHERE p.transmitter = ? ORDER BY p.id", transmitter)
        return [rows.period_of(row) for row in found]

    def recorders(self) -> list[tuple[ServicePeriod, Recorder]]:
        """Open periods by telephone, each with what was typed of its recorder, by period."""
        found = self.ask(
            f"SELECT p.decision, {rows.PERIOD_COLUMNS} WHERE p.transmitter GLOB ? AND p.ended IS NULL "
            "ORDER BY p.id",
            f"{TELEPHONE}*",
        )
        return [(rows.period_of(row[1:]), kept(json.loads(row[0])["inputs"])) for row in found]

    def ordered_periods(self) -> list[tuple[int, ServicePeriod]]:
        """Orders under which a period was opened, each with its period, by period."""
        order = "json_extract(p.decision, '$.inputs.order')"
        found = self.ask(f"SELECT {order}, {rows.PERIOD_COLUMNS} WHERE {order} IS NOT NULL ORDER BY p.id")
        return [(int(row[0]), rows.period_of(row[1:])) for row in found]

    def of_person(self, name: str, birth_date: str) -> tuple[KnownPeriod, ...]:
        """Every period of a person of this name and date of birth, by when it began; by indexes."""
        return of_person(self.ask, name, birth_date)

    def last_event(self, stream: StreamId) -> int:
        """The highest event number that is stored for a stream, 0 for none."""
        found = self.ask("SELECT max(number) FROM event WHERE stream = ?", stream)
        return int(found[0][0] or 0)

    def events(
        self, stream: StreamId, kinds: Iterable[str] = ("mark", "hole"), start: int = 0, stop: int = 2**62
    ) -> list[StreamEvent]:
        """A stream's events of some kinds tied to samples ``[start, stop)``, by sample and number."""
        wanted = sorted({rows.KINDS[kind] for kind in kinds})
        found: list[StreamEvent] = []
        for kind in wanted:
            # the literal kind lets SQLite use the index that leaves statuses out
            sql = (
                "SELECT e.number, e.kind, e.sample, e.received, e.body, h.keys FROM event e "
                "JOIN event_shape h ON h.id = e.shape "
                f"WHERE e.stream = ? AND e.kind = {kind:d} AND e.sample >= ? AND e.sample < ?"
            )
            found += _events(stream, self.ask(sql, stream, start, stop))
        return sorted(found, key=lambda event: (event.sample, event.number))

    def findings(
        self, stream: StreamId, start: int = 0, stop: int = 2**62, limit: int = 10_000
    ) -> list[LiveFinding]:
        """A stream's findings that overlap samples ``[start, stop)``, by onset; the first ``limit``.

        Withdrawn and interrupted ones are among them, those that gave way to a later analysis are not.
        """
        return self.asked_findings(stream, Asked(start, stop, limit))

    def asked_findings(self, stream: StreamId, asked: Asked) -> list[LiveFinding]:
        """The findings of a stream that are asked for, by onset and key."""
        facts = self.stream(stream)
        if facts is None:
            return []
        sql, values = select(stream, asked)
        return [finding_in(row, facts.layout.rate_hz) for row in self.ask(sql, *values)]

    def finding_stamp(self, stream: StreamId, start: int, stop: int) -> tuple[int, int]:
        """Two numbers that change when a finding that touches ``[start, stop)`` comes, changes or goes."""
        sql = (
            "SELECT count(*), coalesce(sum(start + 3 * coalesce(stop, -1) + 7 * state + 31 * kind), 0) "
            f"FROM finding WHERE stream = ? AND start < ? AND coalesce(stop, {1 << 62}) >= ?"
        )
        [(count, mixed)] = self.ask(sql, stream, stop, start)
        return count, mixed

    def last_status(self, stream: StreamId) -> StreamEvent | None:
        """A stream's newest status, or None."""
        found = self.ask(
            "SELECT e.number, e.kind, e.sample, e.received, e.body, h.keys FROM event e "
            "JOIN event_shape h ON h.id = e.shape WHERE e.stream = ? AND e.kind = 2 "
            "ORDER BY e.number DESC LIMIT 1",
            stream,
        )
        return next(_events(stream, found), None)

    def holes(self, stream: StreamId) -> list[tuple[int, int, str]]:
        """(start, stop, cause) of each hole that the transmitter declared; ``enrollment.holes`` takes it."""
        return [
            (
                event.sample,
                int(str(event.body.get("stop", event.sample))),
                str(event.body.get("cause", "other")),
            )
            for event in self.events(stream, ("hole",))
        ]

    def fixes(self, stream: StreamId) -> list[ClockFix]:
        """A stream's clock fixes, by sample."""
        found = self.ask(
            "SELECT sample, at, uncertainty FROM clock_fix WHERE stream = ? ORDER BY sample, at", stream
        )
        return [ClockFix(stream, sample, at, uncertainty) for sample, at, uncertainty in found]

    def fix_before(self, stream: StreamId, sample: float = 2.0**62) -> ClockFix | None:
        """The last clock fix before a sample; one look into the table's own order, however long it is."""
        found = self.ask(
            "SELECT sample, at, uncertainty FROM clock_fix WHERE stream = ? AND sample < ? "
            "ORDER BY sample DESC, at DESC LIMIT 1",
            stream,
            sample,
        )
        return ClockFix(stream, *found[0]) if found else None

    def ended_since(self, since: Instant, limit: int) -> list[tuple[StreamId, Instant]]:
        """Streams whose service period ended at ``since`` or later and when; the last ``limit``, newest
        first."""
        found = self.ask(
            "SELECT s.id, p.ended FROM service_period p JOIN stream s ON s.period = p.id "
            "WHERE p.ended >= ? ORDER BY p.ended DESC, s.id DESC LIMIT ?",
            since,
            limit,
        )
        return [(stream, ended) for stream, ended in found]

    def timeline(self, stream: StreamId) -> Timeline:
        """Sample index against center time of a stream; NotFoundError where there is no such."""
        facts = self.stream(stream)
        if facts is None:
            raise NotFoundError(f"there is no stream {stream_name(stream)}")
        fixes = (Fix(fix.sample, fix.at, fix.uncertainty) for fix in self.fixes(stream))
        return Timeline(facts.layout.rate_hz, facts.origin, fixes)

    def audit(self, after: int = 0, limit: int = 1000) -> list[AuditLine]:
        """At most ``limit`` audit lines numbered above ``after``, in order: page on with the last ``seq``."""
        found = self.ask(
            "SELECT seq, at, actor, action, subject, detail, deed, hash FROM audit WHERE seq > ? "
            "ORDER BY seq LIMIT ?",
            after,
            limit,
        )
        return [
            AuditLine(seq, at, actor, action, subject, json.loads(detail), deed or 0, digest)
            for seq, at, actor, action, subject, detail, deed, digest in found
        ]


def _events(stream: StreamId, found: list[Any]) -> Iterator[StreamEvent]:
    for number, kind, sample, received, body, keys in found:
        fields = dict(zip(json.loads(keys), json.loads(body), strict=True))
        yield StreamEvent(stream, number, rows.KIND_NAMES[kind], sample, received, fields)
