"""What hospitals say of patients who are enrolled here (ADT): kept as deeds, and what follows from it (R41).

A message about nobody who is enrolled here is acknowledged and forgotten: a center keeps no record of
people whom it does not care for. What a message says of a patient of ours fills what was empty; where it
differs from what is known here nothing is changed: it is a proposal, until somebody takes it or leaves it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Final, cast

from einthoven.base.deeds import Body, Deed, Draft, Json
from einthoven.base.errors import InputError, MessageError, NotFoundError, RefusedError
from einthoven.base.instants import Instant
from einthoven.center.enroll import EnrollmentUnit
from einthoven.enrollment.people import Patient
from einthoven.interop.hl7_ack import Header
from einthoven.interop.hl7_adt import Adt, Demographics, Identifier

TOLD: Final = "hospital.told"
SETTLED: Final = "hospital.settled"
LINKED: Final = "hospital.linked"
HOSPITAL: Final = "hospital"
"""The actor of what a hospital's message does."""
TYPES: Final = ("ADT", "ORM", "OMG")
"""Types of messages that are taken: of patients, and of orders."""
SEEN_MAX: Final = 20_000
"""Messages whose repeats are known: days of a hospital of a thousand patients of ours."""
FILLED: Final = ("birth_date", "sex", "address", "telephone")
"""What a message fills where it is empty; a name is never empty."""
FIELDS: Final = tuple(one.name for one in fields(Demographics))


@dataclass(frozen=True, slots=True)
class Said:
    """What a hospital says of one field of a patient: the value, since when, and who."""

    value: str
    at: Instant
    by: str


@dataclass(frozen=True, slots=True)
class Stay:
    """Whether a patient is in a hospital, as its messages say.

    Attributes:
        inside: admitted, and not discharged since.
        since: when that began to be so; where no message said when, when it came.
        place, kind, number: ward, class and number of the visit.
        by: who said so.
    """

    inside: bool
    since: Instant
    place: str
    kind: str
    number: str
    by: str


@dataclass(frozen=True, slots=True)
class Known:
    """What hospitals said of one patient.

    Attributes:
        identifiers: as they know the patient.
        said: of each field what was said last.
        settled: of each field the value that somebody took or left.
        stay: None while nothing was said of one.
        same_as: another patient of ours whose record they have merged with this one's.
    """

    identifiers: tuple[Identifier, ...] = ()
    said: Mapping[str, Said] = field(default_factory=dict)
    settled: Mapping[str, str] = field(default_factory=dict)
    stay: Stay | None = None
    same_as: int | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A field in which a hospital says something else than what is known here."""

    patient: int
    name: str
    ours: str
    theirs: str
    at: Instant
    by: str


@dataclass
class HospitalBook:
    """What hospitals said, by patient; changes by ``apply`` alone."""

    KINDS: ClassVar[frozenset[str]] = frozenset({TOLD, SETTLED, LINKED})
    patients: dict[int, Known] = field(default_factory=dict)
    holders: dict[str, int] = field(default_factory=dict)
    """Identifier → patient."""
    seen: dict[tuple[str, str], str] = field(default_factory=dict)
    """(Sender, control id) → digest of the message, oldest first."""

    def of(self, patient: int) -> Known:
        """What was said of a patient."""
        return self.patients.get(patient, Known())

    def apply(self, deed: Deed) -> None:
        """Take one deed; other kinds change nothing."""
        body = cast("Mapping[str, Any]", deed.body)
        if deed.kind == SETTLED:
            known = self.of(body["patient"])
            settled = {**known.settled, body["field"]: body["value"]}
            self.patients[body["patient"]] = replace(known, settled=settled)
        elif deed.kind == LINKED:
            known, one = self.of(body["patient"]), Identifier(*body["identifier"])
            identifiers = tuple(dict.fromkeys((*known.identifiers, one)))
            self.patients[body["patient"]] = replace(known, identifiers=identifiers)
            self.holders[str(one)] = body["patient"]
        elif deed.kind == TOLD:
            self._told(deed, body)

    def _told(self, deed: Deed, body: Mapping[str, Any]) -> None:
        patient, by = body["patient"], body["from"]
        known = self.of(patient)
        identifiers = dict.fromkeys((*known.identifiers, *(Identifier(*one) for one in body["identifiers"])))
        for one in (Identifier(*each) for each in body["merged"]):
            other = self.holders.get(str(one))
            if other is not None and other != patient:
                known = replace(known, same_as=other)
            identifiers.pop(one, None)
            self.holders[str(one)] = patient
        self.holders |= {str(one): patient for one in identifiers}
        said = dict(known.said) | {
            name: Said(value, deed.at, by) for name, value in body["person"].items() if name in FIELDS
        }
        self.patients[patient] = replace(
            known, identifiers=tuple(identifiers), said=said, stay=_stay(known.stay, deed.at, body)
        )
        self.seen.pop((by, body["control"]), None)
        self.seen[by, body["control"]] = body["digest"]
        while len(self.seen) > SEEN_MAX:
            del self.seen[next(iter(self.seen))]

    def is_repeat(self, sender: str, control: str, digest: str) -> bool:
        """Whether this very message was kept before."""
        return self.seen.get((sender, control)) == digest

    def proposals(self, patient: int, ours: Patient) -> list[Proposal]:
        """Where a hospital says something else, and nobody has taken or left that."""
        known = self.of(patient)
        return [
            Proposal(patient, name, held, one.value, one.at, one.by)
            for name in FIELDS
            if (one := known.said.get(name)) is not None
            and one.value
            and known.settled.get(name) != one.value
            and (held := str(getattr(ours, name))).casefold() != one.value.casefold()
        ]


def _stay(held: Stay | None, at: Instant, body: Mapping[str, Any]) -> Stay | None:
    visit, by = body["visit"], body["from"]
    when = body["at"] or at

    def stay(inside: bool, since: Instant) -> Stay:
        return Stay(inside, since, visit["place"], visit["kind"], visit["number"], by)

    match body["event"]:
        case "A01":
            return stay(True, visit["admitted"] or when)
        case "A03":
            return stay(False, visit["discharged"] or when)
        case "A11":
            return stay(False, when)
        case "A13":
            return stay(True, visit["admitted"] or when)
        case _:
            return held


# ---- a message comes ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that was read: its header, what it says, who sent it, and the SHA-256 of its bytes."""

    header: Header
    adt: Adt
    digest: str

    @property
    def sender(self) -> str:
        """Application and facility, as they call themselves."""
        return f"{self.header.application}|{self.header.facility}"


def checked(header: Header, processing: str) -> None:
    """Whether a message is of a type, version and use that is taken here.

    Raises:
        MessageError: it is not; 200, 202 or 203.
    """
    if header.code not in TYPES:
        want = ", ".join(TYPES)
        raise MessageError("MSH[1]-9", f"{header.code[:20]!r} is not taken: want {want}", 200)
    if header.processing[:1] != processing:
        raise MessageError("MSH[1]-11", f"{header.processing[:20]!r} is not taken: want {processing}", 202)
    if not header.version.startswith("2."):
        raise MessageError("MSH[1]-12", f"{header.version[:20]!r} is not taken: want 2.x", 203)


def digest(raw: bytes) -> str:
    """By which a repeat of a message is known."""
    return hashlib.sha256(raw).hexdigest()


def named(adt: Adt, header: Header) -> Adt:
    """The same with an authority for identifiers that name none: the facility that sent it."""
    by = header.facility or header.application

    def each(those: Iterable[Identifier]) -> tuple[Identifier, ...]:
        return tuple(one if one.authority else replace(one, authority=by) for one in those)

    return replace(adt, identifiers=each(adt.identifiers), merged=each(adt.merged))


def holder(book: HospitalBook, adt: Adt) -> int | None:
    """The patient of ours whom a message names by an identifier that is known.

    Raises:
        MessageError: its identifiers are of several patients here.
    """
    found = dict.fromkeys(book.holders[str(one)] for one in adt.identifiers if str(one) in book.holders)
    if len(found) > 1:
        which = ", ".join(map(str, found))
        raise MessageError("PID[1]-3", f"the identifiers are of several patients here: {which}", 204)
    return next(iter(found), None)


def fill(unit: EnrollmentUnit, patient: int | None, adt: Adt) -> tuple[int | None, bool]:
    """Inside a transaction: who is meant, and what was empty is filled.

    Without an identifier that is known, somebody is meant who alone here has this name and date of birth.

    Args:
        patient: as ``holder`` found.

    Returns:
        The patient's number, None where nobody here is meant; and whether something was filled.
    """
    number = patient if patient is not None else _same(unit, adt.person)
    if number is None:
        return None, False
    ours = unit.patient(number)
    fresh = {name: getattr(adt.person, name) for name in FILLED if not getattr(ours, name)}
    filled = replace(ours, **{name: value for name, value in fresh.items() if value})
    if filled != ours:
        unit.update_patient(number, filled)
    return number, filled != ours


def _same(unit: EnrollmentUnit, person: Demographics) -> int | None:
    if not person.name or not person.birth_date:
        return None
    found = [
        one for one in unit.patients_named(person.name) if unit.patient(one).birth_date == person.birth_date
    ]
    return found[0] if len(found) == 1 else None


def told(letter: Letter, patient: int) -> Draft:
    """The deed of a message about a patient of ours."""
    adt = letter.adt
    said = {name: value for name in FIELDS if (value := getattr(adt.person, name)) is not None}
    visit: Body = {one.name: getattr(adt.visit, one.name) for one in fields(adt.visit)}
    body: Body = {
        "patient": patient,
        "from": letter.sender,
        "control": letter.header.control,
        "digest": letter.digest,
        "event": adt.event,
        "at": adt.at,
        "identifiers": _listed(adt.identifiers),
        "merged": _listed(adt.merged),
        "person": said,
        "visit": visit,
        "passed": list(adt.passed),
    }
    return Draft(TOLD, f"patient {patient}", body)


def _listed(those: Sequence[Identifier]) -> list[Json]:
    return [[one.value, one.authority, one.kind] for one in those]


# ---- what a person decides ---------------------------------------------------------------------------------


def proposal(book: HospitalBook, patient: int, name: str, ours: Patient) -> Proposal:
    """A proposal that stands.

    Raises:
        InputError: ``name`` is no field.
        RefusedError: nothing is proposed there (``state``).
    """
    if name not in FIELDS:
        raise InputError(f"field: want one of {', '.join(FIELDS)}")
    if patient not in book.patients:
        raise NotFoundError(f"no hospital has said anything of patient {patient}")
    for one in book.proposals(patient, ours):
        if one.name == name:
            return one
    raise RefusedError("state", f"no hospital says anything else of the {name} of patient {patient}")


def taken(ours: Patient, one: Proposal) -> Patient:
    """A patient with what was proposed."""
    changed: dict[str, Any] = {one.name: one.theirs}
    return replace(ours, **changed)


def settle(one: Proposal, take: bool) -> Draft:
    """Somebody took a proposal, or left it."""
    body: Body = {"patient": one.patient, "field": one.name, "value": one.theirs, "taken": take}
    return Draft(SETTLED, f"patient {one.patient}", body)


def link(book: HospitalBook, patient: int, one: Identifier) -> list[Draft]:
    """Somebody knows how a hospital calls a patient of ours; nothing where that is known.

    Raises:
        RefusedError: it is another patient's (``taken``).
    """
    held = book.holders.get(str(one))
    if held == patient:
        return []
    if held is not None:
        raise RefusedError("taken", f"{one.value} of {one.authority} is patient {held}'s")
    body: Body = {"patient": patient, "identifier": [one.value, one.authority, one.kind]}
    return [Draft(LINKED, f"patient {patient}", body)]
