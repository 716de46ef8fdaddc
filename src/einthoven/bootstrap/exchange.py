"""What a running center exchanges with others: FHIR and HL7, over its facts, its desk and its reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from einthoven.base.deeds import Body, Draft
from einthoven.base.ids import StreamId
from einthoven.base.instants import SECOND, Instant
from einthoven.bootstrap.desk import DeskRun
from einthoven.bootstrap.hospital import HospitalRun, World, post
from einthoven.bootstrap.order_intake import OrderIntake, Papers, homes_of, names_of
from einthoven.bootstrap.sign_in_stores import waited
from einthoven.center import desk_ports
from einthoven.center.desk_books import MOVED, Books
from einthoven.center.enroll import EnrollmentUnit
from einthoven.center.hl7_office import Hl7Office
from einthoven.center.open_calls import calls_of
from einthoven.center.open_record import OpenRecord
from einthoven.center.ports import Clock
from einthoven.center.report_ports import ReportStore
from einthoven.center.report_shelf import Former, LifeShelf
from einthoven.enrollment.people import Patient
from einthoven.enrollment.register import Enrolled
from einthoven.escalation.calendar import zone_of
from einthoven.reports.life_states import Report
from einthoven.settings import Settings

T = TypeVar("T")
Command = Callable[[Mapping[str, object], Instant], dict[str, object]]


class Register(Protocol):
    """Who is enrolled."""

    def enrolled(self, stream: StreamId) -> Enrolled:
        """Patient, period and physician of a stream; NotFoundError where there is no such."""
        ...

    def patient(self, number: int) -> Patient:
        """A patient by number; NotFoundError where there is none."""
        ...

    def enrollments(self) -> list[Enrolled]:
        """Every enrollment there ever was, by stream."""
        ...


class ExchangeFacts(Protocol):
    """The part of the facts that is needed."""

    @property
    def journal(self) -> desk_ports.Journal:
        """Deeds, and the outbox."""
        ...

    @property
    def reader(self) -> Register:
        """Where questions go."""
        ...

    def unit(self, act: Callable[[EnrollmentUnit], T], actor: str, at: Instant) -> T:
        """Run ``act`` in one transaction."""
        ...


def former(books: Books, register: Register, report: Report) -> Former | None:
    """For whom a report was made, where that is not the stream's patient any more; on any thread."""
    held = books.corrections.at(report.about.stream, report.about.start)
    if report.misfiled is None and (held is None or held.stop is None):
        return None
    whose = books.whose(report)
    return Former(whose.patient, register.patient(whose.patient), whose.practice)


def once(books: Books, patient: int) -> list[StreamId]:
    """Streams for which a patient was on record, and is not any more; on any thread."""
    book = books.corrections
    told = [(stream, one.whose) for stream, held in list(book.segments.items()) for one in held]
    told += [(part.stream, part.was) for one in list(book.corrections.values()) for part in one.parts]
    return list(dict.fromkeys(stream for stream, whose in told if whose.patient == patient))


def open_exchange(
    run: DeskRun,
    facts: ExchangeFacts,
    store: ReportStore,
    clock: Clock,
    settings: Settings,
    folder: Path,
    papers: Papers | None = None,
) -> dict[str, Command]:
    """Let the desk's record be read over FHIR and HL7 run beside the desk; the console's commands about them.

    Args:
        papers: where messages of orders and their papers are kept.

    Raises:
        InputError: a setting of HL7 or of orders is wrong; names it.
    """
    room, register = run.room, facts.reader
    books, on_loop = room.desk.books, run.on_loop
    books.homes = homes_of(settings.order_practices)
    zone = zone_of(settings.zone)
    books.today = lambda now: datetime.fromtimestamp(now // SECOND, zone).date().isoformat()
    shelf = LifeShelf(books.reports, store, register.enrolled, partial(former, books, register))
    run.record = OpenRecord(
        room.name,
        register,
        shelf,
        partial(calls_of, books.notify.calls),
        lambda patient: books.hospital.of(patient).identifiers,
        partial(once, books),
        lambda: list(books.orders.orders.values()),
        lambda: list(books.claims.claims.values()),
        lambda order: MOVED if books.strange(order) else "",
    )
    names = names_of(settings.order_tests, settings.order_payers)
    if papers is not None:
        run.orders = OrderIntake(room.desk, papers, clock, zone, names)

    def changed(patient: int) -> None:
        streams = [one.stream for one in register.enrollments() if one.period.patient == patient]
        on_loop(lambda: run.patient_changed(streams))

    def decide(
        decided: Callable[[], tuple[Sequence[Draft], Sequence[desk_ports.Notice]]], actor: str, at: Instant
    ) -> None:
        post(room.desk, on_loop, decided, actor, at)

    def note(actor: str, action: str, subject: str, detail: Body, at: Instant) -> None:
        waited(lambda done: facts.journal.note(actor, action, subject, detail, at, done))

    if settings.hl7_listen or settings.hl7_send:
        world = World(room.desk, facts, shelf, store, clock, changed, papers)
        run.beside.append(HospitalRun(world, settings, folder).run)
    return dict(
        Hl7Office(books, facts, facts.journal, decide, register.enrollments, changed, note).commands()
    )
