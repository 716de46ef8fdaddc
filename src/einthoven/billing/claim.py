"""A claim for a service as a plain value: for whom, by whom, what, on which day, for how much (R40).

A claim is made of an order, a measured service period and what the center's billing file says; people may
change what they know better. What is not known is empty and said by the checks (``claim_checks``), never
guessed. Amounts are whole cents, dates ``YYYY-MM-DD``.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from einthoven.base.errors import InputError
from einthoven.base.ids import StreamId
from einthoven.enrollment.order import Postal

LINES_MAX, MODIFIERS_MAX, DIAGNOSES_MAX, POINTERS_MAX = 50, 4, 12, 4
"""Limits of 837P (005010X222A1): loop 2400, SV101-3 to -6, HI, SV107."""
TEXT_MAX = 2000
CENTS_MAX = 9_999_999_999


class Part(StrEnum):
    """Which part of the service a claim is for; real-time telemetry has no code for both together (C.1)."""

    TECHNICAL = "technical"
    PROFESSIONAL = "professional"


class Abn(StrEnum):
    """What is known of an Advance Beneficiary Notice (CMS-R-131) for this service."""

    UNSAID = ""
    ON_FILE = "on file"
    VOLUNTARY = "voluntary"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's name in parts, as claims carry it."""

    last: str = ""
    first: str = ""
    middle: str = ""

    @property
    def words(self) -> str:
        """``Jane Q Doe``."""
        return " ".join(filter(None, (self.first, self.middle, self.last)))

    @property
    def listed(self) -> str:
        """``Doe, Jane Q``, as in lists of patients."""
        given = " ".join(filter(None, (self.first, self.middle)))
        return ", ".join(filter(None, (self.last, given)))


@dataclass(frozen=True, slots=True)
class Patient:
    """Whom it was furnished to; the patient is the subscriber (dependents are not supported).

    Attributes:
        sex: ``female``, ``male``, ``other``, ``unknown`` or ``""``.
        member: number with the payer.
        country: where the patient was monitored, ISO 3166-1; ``""`` unknown.
    """

    name: PersonName = PersonName()
    birth_date: str = ""
    sex: str = ""
    postal: Postal = field(default_factory=Postal)
    member: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class ClaimPayer:
    """Who is to pay.

    Attributes:
        id: the center's name of the payer, as in orders.
        name: as the payer writes it.
        number: payer id of the clearinghouse or contractor (NM109 of 2010BB).
        filing: claim filing indicator (SBR09): ``MB`` Medicare part B, ``CI`` commercial, ``MC`` Medicaid …
    """

    id: str = ""
    name: str = ""
    number: str = ""
    filing: str = ""


@dataclass(frozen=True, slots=True)
class Provider:
    """A person who takes part: rendering, ordering, supervising.

    Attributes:
        taxonomy: provider taxonomy code, ``""`` where it is not told.
        specialty: own words.
        country: ISO 3166-1 of where they practise, ``""`` unknown.
    """

    name: PersonName = PersonName()
    npi: str = ""
    taxonomy: str = ""
    specialty: str = ""
    country: str = ""

    @property
    def known(self) -> bool:
        """Whether anything names them."""
        return bool(self.name.last or self.npi)


@dataclass(frozen=True, slots=True)
class Billing:
    """Who bills: an organization."""

    name: str = ""
    npi: str = ""
    tax_id: str = ""
    taxonomy: str = ""
    postal: Postal = field(default_factory=Postal)
    telephone: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """What the patient signed: whether (None: nobody says), and on which day (``""``: nobody says)."""

    given: bool | None = None
    day: str = ""


@dataclass(frozen=True, slots=True)
class Facility:
    """Where a service was furnished that was not furnished at the patient's home (837P, loop 2310C).

    Attributes:
        same: at the address of who bills, which stands in the claim already.
    """

    name: str = ""
    npi: str = ""
    postal: Postal = field(default_factory=Postal)
    same: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One service.

    Attributes:
        code: CPT or HCPCS code; the number alone, descriptors are not ours to print.
        day: date of service by rule (``claim_dates``).
        cents: charge, 0: not known.
        pointers: places of diagnoses, 1 the first.
    """

    code: str = ""
    modifiers: tuple[str, ...] = ()
    units: int = 1
    day: str = ""
    cents: int = 0
    pointers: tuple[int, ...] = (1,)


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim.

    Attributes:
        part: see ``Part``.
        stream, period, order: what it is for; 0: none.
        place: place of service, two digits.
        diagnoses: ICD-10-CM codes with their point, the first the main one.
        abn: see ``Abn``; ``abn_day`` when it was signed.
        original: the payer's number of the claim that this one replaces or voids, ``""`` for none.
        void: asks the payer to void it; what else stands here is what that one said.
        note: told the payer (NTE), at most 80 characters are sent.
        release, benefits: what the patient signed: that the payer may be told (CLM09), that it may pay who
            bills (CLM08).
        signed: since when a signature of who bills is on file that what is claimed is true (CLM06).
        assignment: whether what the payer allows is taken as the whole price (CLM07): ``A`` yes, ``B`` of
            laboratory services alone, ``C`` no, ``""`` nobody says.
        facility: see ``Facility``.
    """

    part: Part
    stream: StreamId
    period: int
    order: int = 0
    patient: Patient = Patient()
    payer: ClaimPayer = ClaimPayer()
    billing: Billing = Billing()
    rendering: Provider = Provider()
    ordering: Provider = Provider()
    supervising: Provider = Provider()
    place: str = ""
    lines: tuple[Line, ...] = ()
    diagnoses: tuple[str, ...] = ()
    abn: Abn = Abn.UNSAID
    abn_day: str = ""
    original: str = ""
    note: str = ""
    release: Consent = Consent()
    benefits: Consent = Consent()
    signed: str = ""
    assignment: str = ""
    facility: Facility = Facility()
    void: bool = False

    @property
    def frequency(self) -> str:
        """Claim frequency code (CLM05-3): ``1`` original, ``7`` replacement, ``8`` void [M!]."""
        return "8" if self.void else "7" if self.original else "1"

    @property
    def cents(self) -> int:
        """What is charged altogether."""
        return sum(line.cents for line in self.lines)

    @property
    def day(self) -> str:
        """First date of service of its lines, ``""`` for none."""
        return min((line.day for line in self.lines if line.day), default="")


def to_json(claim: Claim) -> dict[str, Any]:
    """The JSON form, every field in it."""
    return cast("dict[str, Any]", _plain(asdict(claim)))


def _plain(value: object) -> object:
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


_READER = TypeAdapter(Claim)


def from_json(given: object) -> Claim:
    """A claim of its JSON form.

    Raises:
        InputError: one line naming the first field that is wrong, and how many more there are.
    """
    try:
        claim = _READER.validate_json(json.dumps(given), strict=True)
    except ValidationError as error:
        first, *more = error.errors(include_url=False, include_input=False)
        where = _path(first["loc"]) or "claim"
        raise InputError(f"{where}: {first['msg']}" + (f" (and {len(more)} more)" if more else "")) from None
    _known(given, to_json(claim), "claim")
    _bounds(claim)
    return claim


def _known(given: object, read: object, where: str) -> None:
    """A misspelt field is named, not ignored."""
    if isinstance(given, dict) and isinstance(read, dict):
        for key, one in given.items():
            if key not in read:
                raise InputError(f"{where}: {str(key)[:40]!r} is no field of it")
            _known(one, read[key], f"{where}.{key}")
    elif isinstance(given, list) and isinstance(read, list):
        for at, (one, other) in enumerate(zip(given, read, strict=True)):
            _known(one, other, f"{where}[{at}]")


def _path(parts: tuple[int | str, ...]) -> str:
    made = ""
    for part in parts:
        made += f"[{part}]" if isinstance(part, int) else f".{part}" if made else str(part)
    return made


def formed(claim: Claim) -> None:
    """Fields that have a form have it; asked where people write them, for what is on record stays readable.

    Raises:
        InputError: one line naming the first that has not.
    """
    for where, text, form, what in _forms(claim):
        if text and not form.fullmatch(text):
            raise InputError(f"{where}: {text[:20]!r} is no {what}")
    for where, text in _dates(claim):
        try:
            good = not text or date.fromisoformat(text).isoformat() == text
        except ValueError:
            good = False
        if not good:
            raise InputError(f"{where}: {text[:20]!r} is no date (want YYYY-MM-DD)")


def _bounds(claim: Claim) -> None:
    counted = (
        ("lines", len(claim.lines), LINES_MAX),
        ("diagnoses", len(claim.diagnoses), DIAGNOSES_MAX),
        *((f"lines[{at}].modifiers", len(one.modifiers), MODIFIERS_MAX) for at, one in _lines(claim)),
        *((f"lines[{at}].pointers", len(one.pointers), POINTERS_MAX) for at, one in _lines(claim)),
    )
    for where, count, most in counted:
        if count > most:
            raise InputError(f"{where}: {count} of them, at most {most}")
    for at, line in _lines(claim):
        if not 0 <= line.cents <= CENTS_MAX:
            raise InputError(f"lines[{at}].cents: want an amount in whole cents, not negative")
        if not 0 <= line.units <= 999:
            raise InputError(f"lines[{at}].units: want a whole number from 0 to 999")
    if not 0 <= claim.cents <= CENTS_MAX:
        raise InputError("lines: charged altogether is more than a claim can carry")
    for where, text in _texts(to_json(claim), ""):
        if len(text) > TEXT_MAX or any(ord(char) < 32 for char in text):
            raise InputError(f"{where}: want one line of at most {TEXT_MAX} characters")


_CODE, _MODIFIER = re.compile(r"[0-9A-Z]{5}"), re.compile(r"[0-9A-Z]{2}")
_DIAGNOSIS = re.compile(r"[A-Z][0-9A-Z]{2}(?:\.[0-9A-Z]{1,4})?|[0-9]{3}(?:\.[0-9]{1,2})?")
_PLACE, _STATE = re.compile(r"[0-9]{2}"), re.compile(r"[A-Z]{2}")
_ZIP, _NPI = re.compile(r"[0-9]{5}(?:-?[0-9]{4})?"), re.compile(r"[0-9]{10}")
_FILING = re.compile(r"[0-9A-Z]{1,2}")
_ASSIGNED = re.compile(r"[ABC]")


def _forms(claim: Claim) -> list[tuple[str, str, re.Pattern[str], str]]:
    """Fields that have a form, so that none can hold what the file would take for its own signs."""
    told = [
        ("place", claim.place, _PLACE, "place of service (two digits)"),
        ("payer.filing", claim.payer.filing, _FILING, "filing indicator"),
        ("billing.npi", claim.billing.npi, _NPI, "NPI (ten digits)"),
        ("billing.postal.zip", claim.billing.postal.zip, _ZIP, "ZIP code"),
        ("assignment", claim.assignment, _ASSIGNED, "assignment (A, B or C)"),
        ("facility.npi", claim.facility.npi, _NPI, "NPI (ten digits)"),
        ("facility.postal.state", claim.facility.postal.state, _STATE, "state (two letters)"),
        ("facility.postal.zip", claim.facility.postal.zip, _ZIP, "ZIP code"),
        ("patient.postal.country", claim.patient.postal.country, _STATE, "country (two letters)"),
    ]
    if claim.patient.postal.country in ("", "US"):
        told.append(("patient.postal.zip", claim.patient.postal.zip, _ZIP, "ZIP code"))
    for at, code in enumerate(claim.diagnoses):
        told.append((f"diagnoses[{at}]", code, _DIAGNOSIS, "diagnosis code"))
    for at, line in _lines(claim):
        told.append((f"lines[{at}].code", line.code, _CODE, "code (five letters or digits)"))
        for place, one in enumerate(line.modifiers):
            told.append((f"lines[{at}].modifiers[{place}]", one or "-", _MODIFIER, "modifier (two signs)"))
    return told


def _dates(claim: Claim) -> list[tuple[str, str]]:
    told = [("patient.birth_date", claim.patient.birth_date), ("abn_day", claim.abn_day)]
    told += [("release.day", claim.release.day), ("benefits.day", claim.benefits.day)]
    told.append(("signed", claim.signed))
    return [*told, *((f"lines[{at}].day", line.day) for at, line in _lines(claim))]


def _lines(claim: Claim) -> list[tuple[int, Line]]:
    return list(enumerate(claim.lines))


def _texts(value: object, where: str) -> list[tuple[str, str]]:
    if isinstance(value, str):
        return [(where, value)]
    if isinstance(value, dict):
        return [pair for key, one in value.items() for pair in _texts(one, f"{where}.{key}".lstrip("."))]
    if isinstance(value, list):
        return [pair for at, one in enumerate(value) for pair in _texts(one, f"{where}[{at}]")]
    return []


def dollars(cents: int) -> str:
    """``1234.50``; of a negative amount ``-0.05``."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"
