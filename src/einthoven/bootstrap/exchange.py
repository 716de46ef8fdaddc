"""What a running center exchanges with others: FHIR and HL7, over its facts, its desk and its reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from einthoven.base.deeds import Body, Draft
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.bootstrap.desk import DeskRun
from einthoven.bootstrap.hospital import HospitalRun, World, post
from einthoven.bootstrap.sign_in_stores import waited
from einthoven.center import desk_ports
from einthoven.center.enroll import EnrollmentUnit
from einthoven.center.hl7_office import Hl7Office
from einthoven.center.open_calls import calls_of
from einthoven.center.open_record import OpenRecord
from einthoven.center.ports import Clock
from einthoven.center.report_ports import ReportStore
from einthoven.center.report_shelf import LifeShelf
from einthoven.enrollment.register import Enrolled
from einthoven.settings import Settings

T = TypeVar("T")
Command = Callable[[Mapping[str, object], Instant], dict[str, object]]


class Register(Protocol):
    """Who is enrolled."""

    def enrolled(self, stream: StreamId) -> Enrolled:
        """Patient, period and physician of a stream; NotFoundError where there is no such."""
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


def open_exchange(
    run: DeskRun,
    facts: ExchangeFacts,
    store: ReportStore,
    clock: Clock,
    settings: Settings,
    folder: Path,
) -> dict[str, Command]:
    """Let the desk's record be read over FHIR and HL7 run beside the desk; the console's commands about them.

    Raises:
        InputError: a setting of HL7 is wrong; names it.
    """
    room, register = run.room, facts.reader
    books, on_loop = room.desk.books, run.on_loop
    shelf = LifeShelf(books.reports, store, register.enrolled)
    run.record = OpenRecord(
        room.name,
        register,
        shelf,
        partial(calls_of, books.notify.calls),
        lambda patient: books.hospital.of(patient).identifiers,
    )

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
        world = World(room.desk, facts, shelf, store, clock, changed)
        run.beside.append(HospitalRun(world, settings, folder).run)
    return dict(
        Hl7Office(books, facts, facts.journal, decide, register.enrollments, changed, note).commands()
    )
