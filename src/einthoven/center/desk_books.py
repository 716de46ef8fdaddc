"""Every book of the desk in one place, and what the center tells it of patients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from einthoven.answering import instructions
from einthoven.answering.call_book import CallBook
from einthoven.answering.callers import CallerBook
from einthoven.answering.instructions import Instruction
from einthoven.base.deeds import Draft
from einthoven.base.errors import OursError
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant, to_iso
from einthoven.billing.claim_book import ClaimBook
from einthoven.billing.claim_states import Kept
from einthoven.billing.service import Earlier
from einthoven.center.call_lines import LineFaults
from einthoven.center.call_work import CallWork
from einthoven.center.desk_record import Book
from einthoven.center.hospital import HospitalBook
from einthoven.center.notice_book import NoticeBook
from einthoven.center.notify import Notify
from einthoven.center.patient_notes import Notes, PatientNotes
from einthoven.center.surveil import Surveillance
from einthoven.center.triage import Triage
from einthoven.enrollment.correction_book import CorrectionBook
from einthoven.enrollment.corrections import Whose
from einthoven.enrollment.kit_book import KitBook
from einthoven.enrollment.order import Order
from einthoven.enrollment.order_book import OrderBook
from einthoven.enrollment.order_missing import same_name
from einthoven.enrollment.order_states import OrderRecord
from einthoven.enrollment.order_states import State as OrderState
from einthoven.enrollment.people import Patient
from einthoven.enrollment.periods import ServicePeriod
from einthoven.enrollment.register import Enrolled, KnownPeriod
from einthoven.enrollment.service_book import ServiceBook
from einthoven.escalation.emergency import EmergencyBook, Facts
from einthoven.escalation.leg_book import LegBook
from einthoven.escalation.prescribing import CriteriaBook
from einthoven.reports.life_book import LifeBook
from einthoven.reports.life_states import About, Report
from einthoven.review.agreement import AgreementBook
from einthoven.review.relabels import RelabelBook
from einthoven.review.strips import StripBook
from einthoven.surveillance.continuity import ContinuityBook
from einthoven.surveillance.house_plans import HousePlans

MOVED: Final = (
    "The service that began under this order is somebody else's on record: nobody is monitored under it."
)


@dataclass(frozen=True, slots=True)
class PatientCard:
    """What the enrollment says of the patient of a stream; empty wherever it says nothing.

    Attributes:
        contacts: name, relation, telephone of each.
        physician, physician_telephone, physician_npi: who ordered the service.
        number: of the patient, 0 where nobody is enrolled.
    """

    name: str
    birth_date: str = ""
    telephone: str = ""
    address: str = ""
    contacts: tuple[tuple[str, str, str], ...] = ()
    physician: str = ""
    physician_telephone: str = ""
    physician_npi: str = ""
    number: int = 0


def emergency_facts(card: PatientCard, notes: Notes) -> Facts:
    """What the steps of an emergency procedure are filled with."""
    physician = ", ".join(filter(None, (card.physician, card.physician_telephone)))
    told = card.name, card.telephone, card.address, notes.place, notes.local_number
    return Facts(*told, card.contacts, physician)


class People(Protocol):
    """Everybody who was ever enrolled; called on reading threads, ``patient`` on the event loop too."""

    def patient(self, number: int) -> Patient:
        """A patient by number; NotFoundError where there is none."""
        ...

    def enrollments(self) -> Sequence[Enrolled]:
        """Every enrollment there ever was, by stream."""
        ...


class Exchange(Protocol):
    """What speaks with other centers, as far as pages tell of it (``peer_desk``)."""

    key: str

    def spoken(self, peer: int) -> tuple[Instant | None, Instant | None, str]:
        """When a center's last message came, when it last answered one of ours, and why the last exchange
        failed, ``""`` where it did not."""
        ...


class Making(Protocol):
    """What makes reports, as far as pages tell of it (``report_desk``)."""

    @property
    def makes(self) -> bool:
        """Whether reports are made at this center at all."""
        ...

    @property
    def cut(self) -> str:
        """Where days are cut: ``08:00 America/New_York``."""
        ...

    @property
    def stalled(self) -> tuple[Instant, str] | None:
        """Since when, and why, it is not known which reports are due; None where it is."""
        ...

    def troubles(self) -> Iterable[tuple[About, Instant, str]]:
        """Reports that are due and could not be made: since when, and why."""
        ...


class Claiming(Protocol):
    """What checks claims and writes files of them (``claim_desk.ClaimDesk``)."""

    def file(self, numbers: Sequence[int], now: Instant) -> list[Draft]:
        """Released claims go into a file; RefusedError where they cannot."""
        ...

    def take(self, digest: str, actor: str) -> list[Draft]:
        """What a file that came in leads to, the first portion of it."""
        ...

    def preview(self, kept: Kept, now: Instant) -> tuple[str, tuple[str, ...]]:
        """A claim as 837P, as it is now, and what of it cannot be written."""
        ...

    @property
    def own(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The site's own words of adjustment reasons and of remarks, by code."""
        ...

    def trouble(self, number: int) -> str:
        """Why a claim cannot be checked now, ``""`` where it can."""
        ...

    def lacks(self) -> list[str]:
        """What the billing file does not say and every claim needs, a line each."""
        ...


def _nothing_drawn() -> str:
    raise OursError("nothing draws codes here")


@dataclass(slots=True)
class Books:
    """The books of one desk.

    Attributes:
        card: the enrollment of a stream's patient.
        on_file: whether a document of this digest lies in the data folder.
        exchange: what speaks with other centers; None: nothing does here.
        making: what makes reports; None: nothing does here.
        claiming: what checks claims and writes files of them; None: nothing does here.
        determine: what payers' policies say of an order at a date, beside earlier services that the center
            knows of, as JSON (``docs/orders.md``); None: no policies are held here.
        held: which policy of an order's payer is held at a date, as JSON.
        known: every service period of a person, by complete name and date of birth, off the register.
        outcomes: what was determined of orders in lists: (order, version, date, earlier services) → outcome.
        homes: practice of an order that came by message, by NPI of the orderer or by sender
            (``application|facility``).
        today: the date at the center, ``YYYY-MM-DD``.
        periods: those that are open, as read lately, by stream.
        center_name, center_telephone: as patients are told.
        callers: who may call with a strip, by which code and numbers.
        draw: six digits drawn at random, for a caller's code.
        zone: where the center is, as IANA names it: its days are those of orders and service periods.
        people: who was ever enrolled; None: nobody can be asked for here.
        lines: whether the center can be telephoned (a line is set up).
        line_faults: which of its lines are down.
        instructions: what is read to patients at the telephone.
        call_work: what is under way with calls and in no deed yet.
        correcting: correction → why it could not be carried out so far.
    """

    card: Callable[[StreamId], PatientCard]
    surveil: Surveillance = field(default_factory=Surveillance)
    triage: Triage = field(default_factory=Triage)
    notify: Notify = field(default_factory=Notify)
    criteria: CriteriaBook = field(default_factory=CriteriaBook)
    emergencies: EmergencyBook = field(default_factory=EmergencyBook)
    notes: PatientNotes = field(default_factory=PatientNotes)
    agreement: AgreementBook = field(default_factory=AgreementBook)
    continuity: ContinuityBook = field(default_factory=ContinuityBook)
    notices: NoticeBook = field(default_factory=NoticeBook)
    legs: LegBook = field(default_factory=LegBook)
    hospital: HospitalBook = field(default_factory=HospitalBook)
    relabels: RelabelBook = field(default_factory=RelabelBook)
    strips: StripBook = field(default_factory=StripBook)
    reports: LifeBook = field(default_factory=LifeBook)
    house: HousePlans = field(default_factory=HousePlans)
    orders: OrderBook = field(default_factory=OrderBook)
    claims: ClaimBook = field(default_factory=ClaimBook)
    calls: CallBook = field(default_factory=CallBook)
    determine: Callable[[Order, str, Sequence[Earlier]], Mapping[str, object]] | None = None
    held: Callable[[Order, str], Mapping[str, object]] | None = None
    known: Callable[[str, str], Sequence[KnownPeriod]] = lambda _name, _birth_date: ()
    homes: Mapping[str, int] = field(default_factory=dict)
    outcomes: dict[tuple[int, int, str, Sequence[Earlier]], str] = field(default_factory=dict)
    today: Callable[[Instant], str] = lambda now: to_iso(now)[:10]
    kits: KitBook = field(default_factory=KitBook)
    service: ServiceBook = field(default_factory=ServiceBook)
    periods: Mapping[StreamId, ServicePeriod] = field(default_factory=dict)
    zone: str = "UTC"
    callers: CallerBook = field(default_factory=CallerBook)
    draw: Callable[[], str] = _nothing_drawn
    center_name: str = ""
    center_telephone: str = ""
    corrections: CorrectionBook = field(default_factory=CorrectionBook)
    on_file: Callable[[str], bool] = lambda _digest: False
    exchange: Exchange | None = None
    making: Making | None = None
    people: People | None = None
    correcting: Mapping[int, str] = field(default_factory=dict)
    call_work: CallWork = field(default_factory=CallWork)
    claiming: Claiming | None = None
    lines: bool = False
    line_faults: LineFaults = field(default_factory=LineFaults)
    instructions: Sequence[Instruction] = field(default_factory=instructions.shipped)

    def all(self) -> list[Book]:
        """Each of them, for the record."""
        return [
            self.surveil.staff,
            self.surveil.stations,
            self.surveil.watches,
            self.surveil.peers,
            self.triage.cases,
            self.notify.calls,
            self.notify.plans,
            self.calls,
            self.criteria,
            self.emergencies,
            self.notes,
            self.agreement,
            self.continuity,
            self.notices,
            self.legs,
            self.relabels,
            self.strips,
            self.reports,
            self.orders,
            self.corrections,
            self.claims,
            self.hospital,
            self.house,
            self.kits,
            self.service,
            self.callers,
        ]

    def counting(self) -> list[Book]:
        """Of those, books that decide nothing: a defect in one stops no deed and no start.

        The proof of continuity, the additional notices, relabelled beats, reports and their strips, orders,
        what hospitals say and the center's written plans are among them: nobody is watched or called by what
        they say, and a center that does not start because of them watches nobody. What a book missed is told
        as a defect; a proof that missed a deed says so, and proves nothing (``ContinuityBook.missed``).
        """
        return [
            self.agreement,
            self.legs,
            self.continuity,
            self.notices,
            self.relabels,
            self.strips,
            self.reports,
            self.orders,
            self.claims,
            self.hospital,
            self.house,
            self.kits,
            self.service,
            self.corrections,
        ]

    def name(self, person: int | None) -> str:
        """A member of staff by name; ``""`` for nobody."""
        if person is None:
            return ""
        if person < 0:
            return self.surveil.peers.words(-person)
        member = self.surveil.staff.members.get(person)
        return f"staff {person}" if member is None else member.name

    def actor(self, actor: str) -> str:
        """An actor of a deed as people read it."""
        kind, _, number = actor.partition(" ")
        if kind in ("staff", "peer") and number.isdigit():
            return self.name(int(number) if kind == "staff" else -int(number))
        return actor

    def strange(self, record: OrderRecord | None) -> bool:
        """Whether the period that began under an order is on record for somebody else now than it names."""
        if record is None or record.stream is None:
            return False
        moved = self.corrections.moved(record.stream)
        return moved is not None and not same_name(record.order.patient.name, moved.now.name)

    def placeable(self, record: OrderRecord) -> list[StreamId]:
        """Services that were corrected to the patient of an order, and have no order that is theirs (R5)."""
        if record.state not in (OrderState.READY, OrderState.ENROLLED):
            return []
        own = record.stream is not None and self.orders.of_stream(record.stream)
        if own is record and not self.strange(record):
            return []
        found = []
        for stream in self.corrections.segments:
            card, has = self.card(stream), self.orders.of_stream(stream)
            theirs = same_name(record.order.patient.name, card.name)
            born = record.order.patient.birth_date in ("", card.birth_date)
            if theirs and born and card.name and (has is None or self.strange(has)):
                found.append(stream)
        return found

    def practice(self, stream: StreamId) -> int | None:
        """The practice whose patient a stream is of."""
        return self.notes.of(stream).practice

    def practice_of(self, report: Report) -> int | None:
        """Whose practice's report it is: of one made for the wrong person, that person's."""
        if report.misfiled is not None:
            return report.misfiled.practice
        held = self.corrections.at(report.about.stream, report.about.start)
        if held is not None and held.stop is not None:
            return held.whose.practice
        return self.practice(report.about.stream)

    def whose(self, report: Report) -> Whose:
        """For whom a report was made: nobody of one practice is told the name of another's patient."""
        wrong, stream = report.misfiled, report.about.stream
        if wrong is not None:
            return Whose(wrong.patient, wrong.name, "", wrong.practice)
        held = self.corrections.at(stream, report.about.start)
        if held is not None and held.stop is not None:
            return held.whose
        card = self.card(stream)
        return Whose(card.number, card.name, card.birth_date, self.practice(stream), card.physician)
