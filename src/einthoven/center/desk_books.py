"""Every book of the desk in one place, and what the center tells it of patients."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.center.desk_record import Book
from einthoven.center.hospital import HospitalBook
from einthoven.center.notice_book import NoticeBook
from einthoven.center.notify import Notify
from einthoven.center.patient_notes import PatientNotes
from einthoven.center.surveil import Surveillance
from einthoven.center.triage import Triage
from einthoven.escalation.emergency import EmergencyBook
from einthoven.escalation.leg_book import LegBook
from einthoven.escalation.prescribing import CriteriaBook
from einthoven.reports.life_book import LifeBook
from einthoven.reports.life_states import About
from einthoven.review.agreement import AgreementBook
from einthoven.review.relabels import RelabelBook
from einthoven.review.strips import StripBook
from einthoven.surveillance.continuity import ContinuityBook


@dataclass(frozen=True, slots=True)
class PatientCard:
    """What the enrollment says of the patient of a stream; empty wherever it says nothing.

    Attributes:
        contacts: name, relation, telephone of each.
        physician, physician_telephone, physician_npi: who ordered the service.
    """

    name: str
    birth_date: str = ""
    telephone: str = ""
    address: str = ""
    contacts: tuple[tuple[str, str, str], ...] = ()
    physician: str = ""
    physician_telephone: str = ""
    physician_npi: str = ""


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


@dataclass(slots=True)
class Books:
    """The books of one desk.

    Attributes:
        card: the enrollment of a stream's patient.
        on_file: whether a document of this digest lies in the data folder.
        exchange: what speaks with other centers; None: nothing does here.
        making: what makes reports; None: nothing does here.
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
    on_file: Callable[[str], bool] = lambda _digest: False
    exchange: Exchange | None = None
    making: Making | None = None

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
            self.hospital,
        ]

    def counting(self) -> list[Book]:
        """Of those, books that decide nothing: a defect in one stops no deed and no start.

        The proof of continuity, the additional notices, relabelled beats, the strips for reports and what
        hospitals say are among them: nobody is watched or called by what they say, and a center that does not
        start because of them watches nobody. What a book missed is told as a defect; a proof that missed a
        deed says so, and proves nothing (``ContinuityBook.missed``).
        """
        figures: list[Book] = [self.agreement, self.legs, self.continuity, self.notices]
        return [*figures, self.relabels, self.strips, self.hospital]

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

    def practice(self, stream: StreamId) -> int | None:
        """The practice whose patient a stream is of."""
        return self.notes.of(stream).practice
