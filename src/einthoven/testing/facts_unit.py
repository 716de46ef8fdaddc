"""The facts in memory inside one transaction: the tables, and what a unit changes of them."""
# ruff: noqa: D102 - the methods are those of ``center.enroll.EnrollmentUnit``, told there

from __future__ import annotations

from dataclasses import replace

from einthoven.base.errors import NotFoundError, OursError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.base.layout import Layout
from einthoven.center.enroll import Corrected, NewPeriod
from einthoven.center.ports import StreamFacts
from einthoven.enrollment.people import OrderingPhysician, Patient
from einthoven.enrollment.periods import ServicePeriod
from einthoven.enrollment.register import AuditLine, KnownPeriod
from einthoven.enrollment.telephone import Recorder, kept
from einthoven.testing.journal import chained


class Tables:
    """Everything a transaction can change; values are immutable, so a copy of the tables is a snapshot."""

    def __init__(self) -> None:
        self.patients: dict[int, Patient] = {}
        self.physicians: dict[int, OrderingPhysician] = {}
        self.periods: dict[int, ServicePeriod] = {}
        self.ordered: dict[int, int] = {}
        self.orders: dict[int, int] = {}
        self.corrected: dict[tuple[int, int], Corrected] = {}
        self.streams: dict[StreamId, StreamFacts] = {}
        self.marked: set[StreamId] = set()
        self.recorders: dict[int, Recorder] = {}
        self.audit: list[AuditLine] = []

    def copy(self) -> Tables:
        other = Tables()
        other.patients = self.patients.copy()
        other.physicians = self.physicians.copy()
        other.periods = self.periods.copy()
        other.ordered = self.ordered.copy()
        other.orders = self.orders.copy()
        other.corrected = self.corrected.copy()
        other.streams = self.streams.copy()
        other.marked = self.marked.copy()
        other.recorders = self.recorders.copy()
        other.audit = self.audit.copy()
        return other

    def known(self, name: str, birth_date: str, patient: int | None = None) -> list[KnownPeriod]:
        """Every period of a person, by when it began."""
        persons = {
            number
            for number, one in self.patients.items()
            if one.name.casefold() == name.casefold() and one.birth_date == birth_date != ""
        } | {patient}
        found = [one for one in self.periods.values() if one.patient in persons]
        return [self._known(one) for one in sorted(found, key=lambda one: (one.started, one.number))]

    def _known(self, period: ServicePeriod) -> KnownPeriod:
        facts = self.streams[period.stream]
        order = self.orders.get(period.number)
        if period.telephone:
            return KnownPeriod(period, period.stream in self.marked, None, order)
        return KnownPeriod(period, facts.declared, facts.origin, order)


class MemoryUnit:
    """One transaction over the tables."""

    def __init__(self, tables: Tables, actor: str, at: Instant) -> None:
        self._tables = tables
        self._actor = actor
        self._at = at

    def audit(self, action: str, subject: str, detail: dict[str, object]) -> None:
        """Write an audit line."""
        lines = self._tables.audit
        lines.append(chained(lines, self._actor, action, subject, detail, self._at))

    def _open(self) -> list[ServicePeriod]:
        return [period for period in self._tables.periods.values() if period.ended is None]

    def open_period(self, transmitter: str) -> ServicePeriod | None:
        return next((period for period in self._open() if period.transmitter == transmitter), None)

    def open_period_of(self, patient: int) -> ServicePeriod | None:
        return next((period for period in self._open() if period.patient == patient), None)

    def period_of(self, stream: StreamId) -> ServicePeriod | None:
        return next((period for period in self._tables.periods.values() if period.stream == stream), None)

    def periods_due(self, now: Instant) -> list[ServicePeriod]:
        return [period for period in self._open() if period.due(now)]

    def patient(self, number: int) -> Patient:
        if number not in self._tables.patients:
            raise NotFoundError(f"there is no patient {number}")
        return self._tables.patients[number]

    def last_patient(self, transmitter: str) -> int | None:
        held = [period for period in self._tables.periods.values() if period.transmitter == transmitter]
        return held[-1].patient if held else None

    def patients_named(self, name: str) -> list[int]:
        key = name.casefold()
        return [number for number, one in self._tables.patients.items() if one.name.casefold() == key]

    def periods_of(self, patient: int) -> list[ServicePeriod]:
        return [period for period in self._tables.periods.values() if period.patient == patient]

    def known_periods(self, name: str, birth_date: str, patient: int | None) -> list[KnownPeriod]:
        return self._tables.known(name, birth_date, patient)

    def key_holder(self, public_key: bytes) -> str | None:
        streams = self._tables.streams.values()
        return next((facts.transmitter for facts in streams if facts.public_key == public_key), None)

    def add_patient(self, patient: Patient) -> int:
        number = len(self._tables.patients) + 1
        self._tables.patients[number] = patient
        self.audit("patient.add", f"patient {number}", {"name": patient.name})
        return number

    def update_patient(self, number: int, patient: Patient) -> None:
        before = self._tables.patients[number]
        self._tables.patients[number] = patient
        self.audit("patient.update", f"patient {number}", {"was": before.name, "is": patient.name})
        for period in self._tables.periods.values():
            if period.patient == number:
                facts = self._tables.streams[period.stream]
                self._tables.streams[period.stream] = replace(facts, patient=patient.name)

    def add_physician(self, physician: OrderingPhysician) -> int:
        for number, known in self._tables.physicians.items():
            if known == physician:
                return number
        number = len(self._tables.physicians) + 1
        self._tables.physicians[number] = physician
        self.audit("physician.add", f"physician {number}", {"npi": physician.npi})
        return number

    def add_period(self, new: NewPeriod) -> ServicePeriod:
        if self.open_period(new.transmitter) is not None:
            raise OursError(f"transmitter {new.transmitter} has an open period")
        number = len(self._tables.periods) + 1
        stream = len(self._tables.streams) + 1
        period = ServicePeriod(number, new.patient, new.transmitter, stream, new.started, new.limit)
        self._tables.periods[number] = period
        if new.physician is not None:
            self._tables.ordered[number] = new.physician
        inputs = dict(new.decision.inputs)
        order = inputs.get("order")
        if period.telephone:
            self._tables.recorders[number] = kept(inputs)
        if order is not None:
            self._tables.orders[number] = int(order)
        self._tables.streams[stream] = StreamFacts(
            stream=stream,
            transmitter=new.transmitter,
            public_key=new.public_key,
            layout=new.layout,
            declared=False,
            recording=0,
            origin=None,
            patient=self._tables.patients[new.patient].name,
            open=True,
            since=new.started,
        )
        self.audit("period.open", stream_name(stream), {"period": number, "outcome": new.decision.outcome})
        return period

    def next_by_telephone(self) -> int:
        return sum(one.telephone for one in self._tables.periods.values()) + 1

    def declare_layout(
        self, stream: StreamId, layout: Layout, recording: int, origin: Instant | None
    ) -> None:
        facts = self._tables.streams.get(stream)
        if facts is None:
            raise NotFoundError(f"there is no stream {stream_name(stream)}")
        self._tables.streams[stream] = replace(
            facts, layout=layout, declared=True, recording=recording, origin=origin
        )
        self.audit("stream.layout", stream_name(stream), {"recording": recording, "origin": origin})

    def physician_of(self, period: int) -> int | None:
        return self._tables.ordered.get(period)

    def corrected(self, correction: int, period: int) -> Corrected | None:
        return self._tables.corrected.get((correction, period))

    def correct_period(self, change: Corrected) -> None:
        period = self._tables.periods[change.period]
        held = period.patient, self._tables.ordered.get(period.number)
        if (change.was, change.was_physician) != held:
            raise OursError("whose a period is changes by a correction alone")
        self._tables.corrected[change.correction, change.period] = change
        self._tables.periods[change.period] = replace(period, patient=change.patient)
        self._tables.ordered.pop(change.period, None)
        if change.physician is not None:
            self._tables.ordered[change.period] = change.physician
        facts = self._tables.streams[period.stream]
        name = self._tables.patients[change.patient].name
        self._tables.streams[period.stream] = replace(facts, patient=name)
        was = {"patient": change.was, "physician": change.was_physician}
        detail: dict[str, object] = {"correction": change.correction, "period": change.period, "was": was}
        self.audit("period.patient", stream_name(period.stream), detail)

    def end_period(self, period: ServicePeriod) -> None:
        if period.ended is None or period.cause is None:
            raise OursError(f"period {period.number} is not ended")
        if self._tables.periods[period.number].ended is not None:
            raise OursError(f"period {period.number} has ended already")
        self._tables.periods[period.number] = period
        facts = self._tables.streams[period.stream]
        self._tables.streams[period.stream] = replace(facts, open=False)
        detail: dict[str, object] = {"period": period.number, "ended": period.ended, "cause": period.cause}
        self.audit("period.end", stream_name(period.stream), detail)

    def move_limit(self, period: ServicePeriod, limit: Instant, why: str) -> None:
        held = self._tables.periods[period.number]
        if held.ended is not None:
            raise OursError(f"period {period.number} is not open")
        self._tables.periods[period.number] = replace(held, limit=limit)
        detail: dict[str, object] = {"period": period.number, "was": held.limit, "limit": limit, "why": why}
        self.audit("period.limit", stream_name(period.stream), detail)
