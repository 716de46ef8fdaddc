"""ADT messages: what a hospital says of a patient and their stay (HL7 v2.5.1 chapter 3; R41).

Read are the events that tell who somebody is, that they came or went, and that two records are one person.
What of the demographics is no value of ours (a telephone field that says "none") is passed over and named;
what would make of one person another (name, identifier, date of birth, sex) is refused where it is malformed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Final

from einthoven.base.errors import EnrollmentError, MessageError
from einthoven.base.instants import Instant
from einthoven.enrollment import checks
from einthoven.interop import hl7_time, names
from einthoven.interop.hl7_ack import Header
from einthoven.interop.hl7v2 import NULL, Message

EVENTS: Final = {
    "A01": "admitted",
    "A03": "discharged",
    "A04": "registered",
    "A08": "updated",
    "A11": "admission cancelled",
    "A13": "discharge cancelled",
    "A28": "added",
    "A31": "updated",
    "A40": "merged",
}
"""Events that are taken, and what they tell."""
IDENTIFIERS_MAX: Final = 20
NOT_KEPT: Final = frozenset({"SS", "DL", "PPN", "CC", "BC"})
"""Kinds of identifiers that nobody needs here (table 0203): social security, licence, passport, cards."""
_SEX: Final = {"F": "female", "M": "male", "O": "other", "A": "other", "U": "unknown", "N": "unknown"}
"""Table 0001: A is ambiguous, N not applicable."""
_LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier of a patient.

    Attributes:
        value: as it stands on the wristband.
        authority: who gave it: namespace, or its universal id; ``""`` where the message does not say.
        kind: ``MR``, ``PI``, … (table 0203), or ``""``.
    """

    value: str
    authority: str = ""
    kind: str = ""

    def __str__(self) -> str:
        return f"{self.authority}|{self.value}"


@dataclass(frozen=True, slots=True)
class Demographics:
    """What a message says of a person: ``None`` where it says nothing, ``""`` where it empties a field."""

    name: str | None = None
    birth_date: str | None = None
    sex: str | None = None
    address: str | None = None
    telephone: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A stay, as far as it is told.

    Attributes:
        number: of the visit (PV1-19).
        kind: class of the patient (PV1-2, table 0004): I inpatient, E emergency, O outpatient, …
        place: ward, room and bed (PV1-3).
        admitted, discharged: instants (PV1-44, PV1-45).
    """

    number: str = ""
    kind: str = ""
    place: str = ""
    admitted: Instant | None = None
    discharged: Instant | None = None


@dataclass(frozen=True, slots=True)
class Adt:
    """What an ADT message says.

    Attributes:
        event: of ``EVENTS``.
        at: when it happened (EVN-6), or was recorded (EVN-2); None where it does not say.
        identifiers: of the patient, each once.
        person: demographics.
        visit: the stay.
        merged: identifiers that are no more (A40): what they named is now this patient's.
        passed: what was passed over, a line each.
    """

    event: str
    at: Instant | None
    identifiers: tuple[Identifier, ...]
    person: Demographics
    visit: Visit = field(default_factory=Visit)
    merged: tuple[Identifier, ...] = ()
    passed: tuple[str, ...] = ()


def adt(message: Message, told: Header, now: Instant, zone: tzinfo) -> Adt:
    """An ADT message as values.

    Args:
        now: no date of birth may lie behind it.
        zone: of times that name no offset.

    Raises:
        MessageError: the event is not taken, or a field is missing or wrong; names segment and field.
    """
    event = told.event or message.get("EVN", 1)
    if event not in EVENTS:
        raise MessageError("MSH[1]-9", f"event {event[:20]!r} is not taken: want {', '.join(EVENTS)}", 201)
    if message.count("PID") != 1:
        which = "is missing" if "PID" not in message.names() else "stands there twice"
        raise MessageError("PID", f"{which}: one patient a message", 100)
    identifiers = _identifiers(message, "PID", 3)
    if not identifiers:
        raise MessageError("PID[1]-3", "is missing: a patient without an identifier", 101)
    merged = _identifiers(message, "MRG", 1) if event == "A40" else ()
    if event == "A40" and not merged:
        raise MessageError("MRG[1]-1", "is missing: which record is merged?", 101)
    passed: list[str] = []
    person = _person(message, now, passed)
    at = _time(message, "EVN", 6, zone) or _time(message, "EVN", 2, zone)
    return Adt(event, at, identifiers, person, _visit(message, zone), merged, tuple(passed))


def _identifiers(message: Message, segment: str, place: int) -> tuple[Identifier, ...]:
    count = message.repeats(segment, place)
    if count > IDENTIFIERS_MAX:
        raise MessageError(f"{segment}[1]-{place}", f"{count} identifiers, at most {IDENTIFIERS_MAX}", 102)
    found: dict[Identifier, None] = {}
    for repeat in range(1, count + 1):
        where = f"{segment}[1]-{place}"
        value = _line(where, message.get(segment, place, repeat=repeat))
        if not value or value == NULL:
            continue
        authority = message.get(segment, place, 4, repeat=repeat) or message.get(
            segment, place, 4, 2, repeat=repeat
        )
        kind = message.get(segment, place, 5, repeat=repeat)
        if kind.strip().upper() in NOT_KEPT:
            continue
        found[Identifier(value, _line(where, authority), _line(where, kind))] = None
    return tuple(found)


def _person(message: Message, now: Instant, passed: list[str]) -> Demographics:
    return Demographics(
        _name(message),
        _birth_date(message, now, passed),
        _sex(message),
        _address(message, passed),
        _telephone(message, passed),
    )


def _name(message: Message) -> str | None:
    """The legal name (XPN-7 ``L``), else the first."""
    count = message.repeats("PID", 5)
    if count == 0:
        return None
    legal = [one for one in range(1, count + 1) if message.get("PID", 5, 7, repeat=one) in ("L", "")]
    repeat = legal[0] if legal else 1
    given = [message.get("PID", 5, part, repeat=repeat) for part in (1, 2, 3, 4)]
    text = names.whole(*given)
    if not text or text == NULL:
        return None  # nobody has no name
    try:
        return checks.name("PID[1]-5", text)
    except EnrollmentError as error:
        raise MessageError("PID[1]-5", _why(error), 102) from error


def _birth_date(message: Message, now: Instant, passed: list[str]) -> str | None:
    text = message.get("PID", 7)
    if text in ("", NULL):
        return None if not text else ""
    try:
        day = hl7_time.day(text)
        if not day:
            passed.append(f"PID[1]-7: {text} is no whole date")
            return None
        return checks.day("PID[1]-7", day, now)
    except (ValueError, EnrollmentError) as error:
        raise MessageError("PID[1]-7", _why(error), 102) from error


def _sex(message: Message) -> str | None:
    text = message.get("PID", 8).strip().upper()
    if text in ("", NULL):
        return None if not text else ""
    if text not in _SEX:
        raise MessageError("PID[1]-8", f"{text[:20]!r} is not {', '.join(_SEX)}", 103)
    return _SEX[text]


def _address(message: Message, passed: list[str]) -> str | None:
    if message.repeats("PID", 11) == 0:
        return None
    if message.get("PID", 11) == NULL:
        return ""
    street, other, city, state, code, country = (message.get("PID", 11, part) for part in range(1, 7))
    town = " ".join(part for part in (city, state, code) if part)
    text = ", ".join(part for part in (street, other, town, country) if part)
    try:
        return checks.line("PID[1]-11", text, 500) or None
    except EnrollmentError as error:
        passed.append(str(error))
        return None


def _telephone(message: Message, passed: list[str]) -> str | None:
    """The first number of the home, else of the office, that is a number."""
    found: str | None = None
    for place in (13, 14):
        for repeat in range(1, message.repeats("PID", place) + 1):
            if message.get("PID", place, 3, repeat=repeat) in ("FX", "BP", "Internet", "X.400", "MD"):
                continue
            text = message.get("PID", place, repeat=repeat)
            if text == NULL and place == 13:
                return ""
            parts = [message.get("PID", place, part, repeat=repeat) for part in (5, 6, 7)]
            text = text or message.get("PID", place, 12, repeat=repeat) or _number(parts)
            try:
                told = checks.telephone(f"PID[1]-{place}", text)
            except EnrollmentError as error:
                passed.append(str(error))
                continue
            found = found or told or None
    return found


def _number(parts: list[str]) -> str:
    country, area, local = parts
    return " ".join(part for part in (f"+{country.lstrip('+')}" if country else "", area, local) if part)


def _visit(message: Message, zone: tzinfo) -> Visit:
    if "PV1" not in message.names():
        return Visit()
    place = [message.get("PV1", 3, part) for part in (4, 1, 2, 3)]
    return Visit(
        _line("PV1[1]-19", message.get("PV1", 19)),
        _line("PV1[1]-2", message.get("PV1", 2)),
        _line("PV1[1]-3", ", ".join(part for part in place if part)),
        _time(message, "PV1", 44, zone),
        _time(message, "PV1", 45, zone),
    )


def _time(message: Message, segment: str, place: int, zone: tzinfo) -> Instant | None:
    text = message.get(segment, place)
    if text in ("", NULL):
        return None
    try:
        return hl7_time.instant(text, zone)
    except ValueError as error:
        raise MessageError(f"{segment}[1]-{place}", str(error), 102) from error


def _line(where: str, text: str) -> str:
    try:
        return checks.line(where, text, _LONGEST)
    except EnrollmentError as error:
        raise MessageError(where, _why(error), 102) from error


def _why(error: Exception) -> str:
    """What an error says behind the field that it names."""
    return str(error).partition(": ")[2] if isinstance(error, EnrollmentError) else str(error)
