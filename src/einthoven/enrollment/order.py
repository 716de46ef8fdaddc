"""A physician's order of a service as a plain value: who, for whom, what, why, how long (R29–R33).

What is not known is empty; whether an order is complete is said by ``order_missing``, whether it is covered
by a payer's policy (``billing``). The JSON form is read and written by ``order_read``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from einthoven.enrollment.people import Contact
from einthoven.enrollment.statements import UNSAID, Statement


class Test(StrEnum):
    """The service that is ordered."""

    __test__ = False  # no case of pytest

    TELEMETRY = "telemetry"
    """Real-time outpatient cardiac telemetry."""
    POST_SYMPTOM = "post-symptom"
    """Strips sent over a telephone after a symptom (R6, R7)."""


class Indication(StrEnum):
    """Why it is ordered (R30)."""

    INFREQUENT = "infrequent-symptoms"
    """A symptomatic dysrhythmia that comes and goes, too seldom for an ambulatory ECG of 24 hours."""
    UNREVEALING = "unrevealing-tests"
    """Other tests or monitoring did not explain it."""
    AF_ABSENCE = "af-absence"
    """Absence of atrial fibrillation is to be shown before anticoagulation is stopped."""
    OTHER = "other"


class Setting(StrEnum):
    """Where the patient is while monitored."""

    HOME = "home"
    HOSPITAL = "hospital"
    EMERGENCY_ROOM = "emergency-room"
    SKILLED_NURSING = "skilled-nursing"
    OTHER_FACILITY = "other-facility"


class Prior(StrEnum):
    """Kind of an earlier test."""

    ECG = "ecg"
    HOLTER = "holter"
    EVENT = "event-recorder"
    PATCH = "patch"
    TELEMETRY = "telemetry"
    ECHO = "echocardiogram"
    STRESS = "stress-test"
    EP = "electrophysiology-study"
    EXAM = "history-and-examination"
    OTHER = "other"


SYMPTOMS = (
    "palpitations",
    "dizziness",
    "weakness",
    "syncope",
    "near-syncope",
    "chest-pain",
    "dyspnea",
    "fatigue",
    "other",
)
SEVERITIES = ("mild", "moderate", "severe")
TERRITORIES = ("US", "PR", "VI", "GU", "AS", "MP")
"""ISO 3166-1 codes of the United States and of the territories that Medicare pays in (R17, R32)."""


@dataclass(frozen=True, slots=True)
class Postal:
    """A postal address as claims carry it; ``state`` two letters, ``country`` ISO 3166-1."""

    street: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = "US"


@dataclass(frozen=True, slots=True)
class OrderPatient:
    """Whom it is for. ``record_number`` is the ordering office's own (MRN)."""

    name: str = ""
    birth_date: str = ""
    sex: str = ""
    telephone: str = ""
    postal: Postal = Postal()
    contacts: tuple[Contact, ...] = ()
    record_number: str = ""


@dataclass(frozen=True, slots=True)
class Orderer:
    """Who orders.

    Attributes:
        kind: ``physician`` or ``practitioner`` (a qualified non-physician), ``""`` unknown.
        npi: with a good check digit.
        specialty: own words, e.g. ``cardiology``.
        country: ISO 3166-1 code of where they practise.
    """

    name: str = ""
    npi: str = ""
    telephone: str = ""
    fax: str = ""
    kind: str = ""
    specialty: str = ""
    practice: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays.

    Attributes:
        id: the center's name of the payer, e.g. ``medicare``; policies are chosen by it.
        contractor: who decides for that payer at that place, e.g. ``novitas``; ``""``: by state.
        state: two letters, where the service is furnished.
        member: the patient's number with the payer.
    """

    id: str = ""
    contractor: str = ""
    state: str = ""
    member: str = ""


@dataclass(frozen=True, slots=True)
class Symptom:
    """A symptom: what (of ``SYMPTOMS``), how often (own words), how bad (of ``SEVERITIES``), since when."""

    what: str
    how_often: str = ""
    severity: str = ""
    since: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class PriorTest:
    """An earlier test.

    Attributes:
        kind: see ``Prior``.
        on: ``YYYY-MM-DD`` of it, of its first day where it lasted.
        until: its last day, ``""`` for one day.
        result: own words.
        revealing: whether it explained the symptoms; None: not said.
    """

    kind: Prior
    on: str = ""
    until: str = ""
    result: str = ""
    revealing: bool | None = None


@dataclass(frozen=True, slots=True)
class OrderSignature:
    """Signature under an order.

    Attributes:
        name: printed name of who signed.
        at: ISO 8601 instant, or a date where the paper has only that.
        how: ``electronic`` (signed here, bound to ``content``), ``paper`` (on file), ``message`` (the sending
            system says so).
        content: SHA-256 of what was signed, ``""`` for paper and message.
        document: SHA-256 of the paper on file, ``""`` for none.
        legible: whether whoever took it in could read it; None: not said.
    """

    name: str
    at: str
    how: str
    content: str = ""
    document: str = ""
    legible: bool | None = None


@dataclass(frozen=True, slots=True)
class OrderDocument:
    """A paper that came with an order: what it is, its SHA-256 in the center's documents, whether legible."""

    kind: str
    name: str
    sha256: str
    legible: bool | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order.

    Attributes:
        test: None: not said.
        indication: None: not said; ``indication_words`` in the physician's own words.
        diagnoses: ICD-10-CM codes with their point, e.g. ``R55``, ``I48.91``, the first the main one.
        statements: answers by key of ``statements.QUESTIONS``; a key that is not there was not answered.
        setting: where the patient will be; None: not said.
        country: where the patient will be monitored, ISO 3166-1.
        days: requested days, 0: not said.
        start: wanted first day, ``YYYY-MM-DD``.
        criteria: notification criteria: ``practice`` (the practice's signed set), ``center`` (the center's
            default), ``own`` (this order's ``criteria_words``), ``""`` not said (R21).
        dated: the day on which the order was written.
        placer: the ordering system's own number of it.
    """

    patient: OrderPatient = OrderPatient()
    orderer: Orderer = Orderer()
    payer: Payer = Payer()
    test: Test | None = None
    indication: Indication | None = None
    indication_words: str = ""
    diagnoses: tuple[str, ...] = ()
    symptoms: tuple[Symptom, ...] = ()
    prior_tests: tuple[PriorTest, ...] = ()
    statements: Mapping[str, Statement] = field(default_factory=lambda: MappingProxyType({}))
    setting: Setting | None = None
    country: str = ""
    days: int = 0
    start: str = ""
    criteria: str = ""
    criteria_words: str = ""
    documents: tuple[OrderDocument, ...] = ()
    signature: OrderSignature | None = None
    dated: str = ""
    placer: str = ""

    def said(self, key: str) -> Statement:
        """The statement of a key; nothing said where it is not there."""
        return self.statements.get(key, UNSAID)
