"""One transaction of the facts: what it writes, and the audit line beside each change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw

from einthoven.base.errors import NotFoundError, OursError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.base.layout import Layout
from einthoven.center.enroll import Corrected, NewPeriod
from einthoven.edges.store import facts_chain
from einthoven.edges.store import facts_rows as rows
from einthoven.edges.store.facts_service import of_person
from einthoven.enrollment.people import Contact, OrderingPhysician, Patient
from einthoven.enrollment.periods import TELEPHONE, ServicePeriod
from einthoven.enrollment.register import KnownPeriod


def read_patient(connection: apsw.Connection, number: int) -> Patient:
    """A patient by number; NotFoundError where there is none."""
    row: Any = connection.execute(
        "SELECT name, birth_date, sex, address, telephone FROM patient WHERE id = ?", (number,)
    ).fetchone()
    if row is None:
        raise NotFoundError(f"there is no patient {number}")
    contacts: Any = connection.execute(
        "SELECT name, telephone, relation FROM contact WHERE patient = ? ORDER BY place", (number,)
    )
    name, birth_date, sex, address, telephone = row
    known = tuple(Contact(*contact) for contact in contacts)
    return Patient(name, birth_date, sex, address, telephone, contacts=known)


class SqlUnit:
    """The facts inside one transaction (``center.enroll.EnrollmentUnit``).

    Args:
        connection: the writer, inside a transaction.
        actor, at: who changes what, and when, for the audit lines.
    """

    def __init__(self, connection: apsw.Connection, actor: str, at: Instant) -> None:
        self._connection = connection
        self._actor = actor
        self._at = at
        self.touched: set[StreamId] = set()
        """Streams whose facts changed."""

    def _one(self, sql: str, *values: object) -> Any:
        return self._connection.execute(sql, values).fetchone()

    def _write(self, sql: str, *values: object) -> int:
        self._connection.execute(sql, values)
        return self._connection.last_insert_rowid()

    def audit(self, action: str, subject: str, detail: dict[str, object]) -> None:
        """Write an audit line into this transaction."""
        text = rows.compact(detail)
        facts_chain.append(self._connection, self._actor, action, subject, text, self._at)

    def open_period(self, transmitter: str) -> ServicePeriod | None:
        """The transmitter's open period, if any."""
        return self._period("p.transmitter = ? AND p.ended IS NULL", transmitter)

    def period_of(self, stream: StreamId) -> ServicePeriod | None:
        """The period whose samples a stream holds."""
        return self._period("s.id = ?", stream)

    def open_period_of(self, patient: int) -> ServicePeriod | None:
        """A patient's oldest open period with any transmitter, if any."""
        return self._period("p.patient = ? AND p.ended IS NULL ORDER BY p.id", patient)

    def _period(self, where: str, value: object) -> ServicePeriod | None:
        row = self._one(f"SELECT {rows.PERIOD_COLUMNS} WHERE {where} LIMIT 1", value)
        return None if row is None else rows.period_of(row)

    def periods_due(self, now: Instant) -> list[ServicePeriod]:
        """Open periods whose limit is reached."""
        found: Any = self._connection.execute(
            f"SELECT {rows.PERIOD_COLUMNS} WHERE p.ended IS NULL AND p.limit_at <= ? ORDER BY p.id", (now,)
        )
        return [rows.period_of(row) for row in found]

    def patient(self, number: int) -> Patient:
        """A patient by number."""
        return read_patient(self._connection, number)

    def last_patient(self, transmitter: str) -> int | None:
        """Number of the patient of the transmitter's newest period."""
        row = self._one(
            "SELECT patient FROM service_period WHERE transmitter = ? ORDER BY id DESC LIMIT 1", transmitter
        )
        return None if row is None else int(row[0])

    def patients_named(self, name: str) -> list[int]:
        """Numbers of the patients of a name."""
        found: Any = self._connection.execute(
            "SELECT id FROM patient WHERE name_key = ? ORDER BY id", (name.casefold(),)
        )
        return [int(row[0]) for row in found]

    def periods_of(self, patient: int) -> list[ServicePeriod]:
        """Every period of a patient, by number."""
        found: Any = self._connection.execute(
            f"SELECT {rows.PERIOD_COLUMNS} WHERE p.patient = ? ORDER BY p.id", (patient,)
        )
        return [rows.period_of(row) for row in found]

    def known_periods(self, name: str, birth_date: str, patient: int | None) -> Sequence[KnownPeriod]:
        """Every period of a person, by when it began."""

        def ask(sql: str, *values: object) -> list[Any]:
            return self._connection.execute(sql, values).fetchall()

        return of_person(ask, name, birth_date, patient or 0)

    def key_holder(self, public_key: bytes) -> str | None:
        """The transmitter that was enrolled with this key before."""
        row = self._one(
            "SELECT p.transmitter FROM stream s JOIN service_period p ON p.id = s.period "
            "WHERE s.public_key = ? LIMIT 1",
            public_key,
        )
        return None if row is None else str(row[0])

    def add_patient(self, patient: Patient) -> int:
        """Store a patient; its number."""
        number = self._write(
            "INSERT INTO patient (name, name_key, birth_date, sex, address, telephone) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            patient.name,
            patient.name.casefold(),
            patient.birth_date,
            patient.sex,
            patient.address,
            patient.telephone,
        )
        self._contacts(number, patient)
        self.audit("patient.add", f"patient {number}", _patient_detail(patient))
        return number

    def update_patient(self, number: int, patient: Patient) -> None:
        """Replace what is known of a patient; the audit line keeps what was."""
        before = self.patient(number)
        self._write(
            "UPDATE patient SET name = ?, name_key = ?, birth_date = ?, sex = ?, address = ?, telephone = ? "
            "WHERE id = ?",
            patient.name,
            patient.name.casefold(),
            patient.birth_date,
            patient.sex,
            patient.address,
            patient.telephone,
            number,
        )
        self._write("DELETE FROM contact WHERE patient = ?", number)
        self._contacts(number, patient)
        detail: dict[str, object] = {"was": _patient_detail(before), "is": _patient_detail(patient)}
        self.audit("patient.update", f"patient {number}", detail)
        found: Any = self._connection.execute(
            "SELECT s.id FROM stream s JOIN service_period p ON p.id = s.period WHERE p.patient = ?",
            (number,),
        )
        self.touched.update(int(row[0]) for row in found)

    def _contacts(self, number: int, patient: Patient) -> None:
        for place, contact in enumerate(patient.contacts):
            self._write(
                "INSERT INTO contact VALUES (?, ?, ?, ?, ?)",
                number,
                place,
                contact.name,
                contact.telephone,
                contact.relation,
            )

    def add_physician(self, physician: OrderingPhysician) -> int:
        """Store a physician, or find the same one; its number."""
        values = (physician.npi, physician.name, physician.telephone, physician.fax)
        row = self._one(
            "SELECT id FROM physician WHERE npi = ? AND name = ? AND telephone = ? AND fax = ?", *values
        )
        if row is not None:
            return int(row[0])
        number = self._write("INSERT INTO physician (npi, name, telephone, fax) VALUES (?, ?, ?, ?)", *values)
        detail: dict[str, object] = dict(zip(("npi", "name", "telephone", "fax"), values, strict=True))
        self.audit("physician.add", f"physician {number}", detail)
        return number

    def add_period(self, new: NewPeriod) -> ServicePeriod:
        """Open a period with a stream of its own."""
        self._write("INSERT INTO transmitter VALUES (?) ON CONFLICT DO NOTHING", new.transmitter)
        number = self._write(
            "INSERT INTO service_period (patient, transmitter, physician, started, limit_at, decision) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            new.patient,
            new.transmitter,
            new.physician,
            new.started,
            new.limit,
            rows.decision_text(new.decision),
        )
        stream = self._write(
            "INSERT INTO stream (period, layout, public_key) VALUES (?, ?, ?)",
            number,
            rows.layout_text(new.layout),
            new.public_key,
        )
        detail: dict[str, object] = {
            "period": number,
            "patient": new.patient,
            "physician": new.physician,
            "transmitter": new.transmitter,
            "public_key": new.public_key.hex(),
            "outcome": new.decision.outcome,
            "reasons": list(new.decision.reasons),
        }
        self.audit("period.open", stream_name(stream), detail)
        self.touched.add(stream)
        return ServicePeriod(number, new.patient, new.transmitter, stream, new.started, new.limit)

    def next_by_telephone(self) -> int:
        """Number of the next period by telephone."""
        row = self._one("SELECT count(*) FROM transmitter WHERE id GLOB ?", f"{TELEPHONE}*")
        return 1 if row is None else int(row[0]) + 1

    def end_period(self, period: ServicePeriod) -> None:
        """Store the end of a period."""
        if period.ended is None or period.cause is None:
            raise OursError(f"period {period.number} is not ended")
        self._write(
            "UPDATE service_period SET ended = ?, cause = ? WHERE id = ?",
            period.ended,
            period.cause.value,
            period.number,
        )
        detail: dict[str, object] = {"period": period.number, "ended": period.ended, "cause": period.cause}
        self.audit("period.end", stream_name(period.stream), detail)
        self.touched.add(period.stream)

    def move_limit(self, period: ServicePeriod, limit: Instant, why: str) -> None:
        """Let an open period last until another instant; OursError where it has ended."""
        self._write(
            "UPDATE service_period SET limit_at = ? WHERE id = ? AND ended IS NULL", limit, period.number
        )
        if self._connection.changes() != 1:
            raise OursError(f"period {period.number} is not open")
        detail: dict[str, object] = {
            "period": period.number,
            "was": period.limit,
            "limit": limit,
            "why": why,
        }
        self.audit("period.limit", stream_name(period.stream), detail)
        self.touched.add(period.stream)

    def physician_of(self, period: int) -> int | None:
        """Number of the physician who ordered a period."""
        row = self._one("SELECT physician FROM service_period WHERE id = ?", period)
        return None if row is None else row[0]

    def corrected(self, correction: int, period: int) -> Corrected | None:
        """What a correction changed of a period."""
        row = self._one(
            "SELECT correction, period, was, was_physician, patient, physician, since FROM assignment "
            "WHERE correction = ? AND period = ?",
            correction,
            period,
        )
        return None if row is None else Corrected(*row)

    def correct_period(self, change: Corrected) -> None:
        """A period is another person's; what was before is kept beside it and in the audit."""
        values = (change.correction, change.period, change.was, change.was_physician)
        self._write(
            "INSERT INTO assignment VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *values,
            change.patient,
            change.physician,
            change.since,
            self._at,
        )
        self._write(
            "UPDATE service_period SET patient = ?, physician = ? WHERE id = ?",
            change.patient,
            change.physician,
            change.period,
        )
        row = self._one("SELECT id FROM stream WHERE period = ?", change.period)
        detail: dict[str, object] = {
            "correction": change.correction,
            "period": change.period,
            "was": {"patient": change.was, "physician": change.was_physician},
            "is": {"patient": change.patient, "physician": change.physician},
            "since": change.since,
        }
        self.audit("period.patient", stream_name(int(row[0])), detail)
        self.touched.add(int(row[0]))

    def declare_layout(
        self, stream: StreamId, layout: Layout, recording: int, origin: Instant | None
    ) -> None:
        """Fix the layout of a stream; NotFoundError where there is no such stream."""
        self._write(
            "UPDATE stream SET layout = ?, declared = 1, recording = ?, origin = ? WHERE id = ?",
            rows.layout_text(layout),
            rows.signed(recording),
            origin,
            stream,
        )
        if self._connection.changes() != 1:
            raise NotFoundError(f"there is no stream {stream_name(stream)}")
        detail: dict[str, object] = {
            "layout": rows.layout_text(layout),
            "recording": recording,
            "origin": origin,
        }
        self.audit("stream.layout", stream_name(stream), detail)
        self.touched.add(stream)


def _patient_detail(patient: Patient) -> dict[str, object]:
    return {
        "name": patient.name,
        "birth_date": patient.birth_date,
        "sex": patient.sex,
        "address": patient.address,
        "telephone": patient.telephone,
        "contacts": [[one.name, one.telephone, one.relation] for one in patient.contacts],
    }
