"""Segments of an order's message, field by field (HL7 v2.5.1 chapters 2.A, 3, 4, 6, 7)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from einthoven.base.errors import EnrollmentError, MessageError
from einthoven.enrollment import checks
from einthoven.interop import hl7_time, names
from einthoven.interop.hl7_adt import NOT_KEPT
from einthoven.interop.hl7v2 import NULL, Message
from einthoven.interop.order_said import ITEMS, Kind, Said

_SEX: Final = {"F": "female", "M": "male", "O": "other", "A": "other", "U": "unknown", "N": "unknown"}
_NO_VOICE: Final = frozenset({"FX", "BP", "Internet", "X.400", "MD"})
"""Equipment of a telephone field that nobody answers (table 0202)."""
_ICD10: Final = frozenset({"I10", "I10C", "I10P", "ICD10", "ICD-10", "ICD-10-CM", "ICD10CM"})
_COUNTRIES: Final = {"USA": "US", "PRI": "PR", "VIR": "VI", "GUM": "GU", "ASM": "AS", "MNP": "MP"}
"""ISO 3166-1 alpha-3, as HL7 writes countries (table 0399) → alpha-2 of those that Medicare pays in."""
_RELATIONS_MAX: Final = 100
PAPERS_MAX: Final = 10
"""Documents within one order's message."""


@dataclass(frozen=True, slots=True)
class Place:
    """A segment of a message: its name, and which of that name."""

    name: str
    of: int

    def __str__(self) -> str:
        return f"{self.name}[{self.of}]"


class Reading:
    """Reads fields; what cannot be read is a fault, and reads as nothing."""

    def __init__(self, message: Message, said: Said, zone: tzinfo) -> None:
        self.said = said
        self.zone = zone
        self._message = message
        self._told: set[str] = set()

    def text(self, place: Place, number: int, component: int = 1, *, repeat: int = 1, sub: int = 1) -> str:
        """The text of one place; nothing for two quotes, which empty a field of theirs."""
        try:
            told = self._message.get(place.name, number, component, sub, repeat=repeat, of=place.of)
        except MessageError as error:
            origin = f"{place}-{number}"
            if origin not in self._told:
                self._told.add(origin)
                self.said.fault("", error.what, origin)
            return ""
        return "" if told == NULL else " ".join(told.split())

    def repeats(self, place: Place, number: int) -> int:
        """How many repetitions a field has."""
        return self._message.repeats(place.name, number, of=place.of)

    def day(self, place: Place, number: int, path: str, *, component: int = 1) -> str:
        """A date as ISO 8601; what is none is a fault at ``path``."""
        text = self.text(place, number, component)
        if not text:
            return ""
        try:
            found = hl7_time.day(text)
        except ValueError as error:
            self.said.fault(path, str(error), f"{place}-{number}")
            return ""
        if not found:
            self.said.fault(path, f"{text} is no whole date", f"{place}-{number}")
        return found

    def telephone(self, place: Place, number: int) -> str:
        """The first number of a field that somebody answers."""
        for repeat in range(1, self.repeats(place, number) + 1):
            if self.text(place, number, 3, repeat=repeat) in _NO_VOICE:
                continue
            text = self.text(place, number, repeat=repeat)
            country, area, local, extension = (
                self.text(place, number, part, repeat=repeat) for part in (5, 6, 7, 8)
            )
            written = [f"+{country.lstrip('+')}" if country else "", area, local]
            made = " ".join(filter(None, written)) + (f" x{extension}" if extension and local else "")
            text = text or self.text(place, number, 12, repeat=repeat) or made
            if text:
                return text
        return ""

    def physician(self, place: Place, number: int) -> None:
        """An XCN: the name and the NPI of who orders."""
        for repeat in range(1, self.repeats(place, number) + 1):
            origin = f"{place}-{number}"
            given = [self.text(place, number, part, repeat=repeat) for part in (2, 3, 4, 5)]
            self.said.put("orderer.name", names.whole(*given), origin)
            id_, kind = (self.text(place, number, part, repeat=repeat) for part in (1, 13))
            authority = self.text(place, number, 9, repeat=repeat)
            if id_ and (kind.upper() == "NPI" or "NPI" in authority.upper() or _looks_npi(id_)):
                self.said.put("orderer.npi", id_, origin)
            elif id_:
                self.said.note(f"{origin}: {id_} is no NPI (XCN-13 {kind or 'is empty'})")

    def is_icd10(self, system: str) -> bool:
        """Whether a coding system is ICD-10-CM."""
        return system.strip().upper() in _ICD10

    def dotted(self, code: str) -> str:
        """An ICD-10-CM code with the point that many leave out."""
        told = code.strip().upper()
        return f"{told[:3]}.{told[3:]}" if len(told) > 3 and "." not in told and told.isalnum() else told


def _looks_npi(text: str) -> bool:
    return len(text) == 10 and text.isascii() and text.isdigit() and text[0] in "12"


def patient(read: Reading, place: Place) -> None:
    """PID: who it is for."""
    said, at = read.said, str(place)
    said.put("patient.name", _name(read, place), f"{at}-5")
    said.put("patient.birth_date", read.day(place, 7, "patient.birth_date"), f"{at}-7")
    sex = read.text(place, 8).upper()
    said.put("patient.sex", _SEX.get(sex, sex), f"{at}-8")
    _address(read, place)
    said.put("patient.telephone", read.telephone(place, 13), f"{at}-13")
    said.put("patient.telephone", read.telephone(place, 14), f"{at}-14")
    for repeat in range(1, read.repeats(place, 3) + 1):
        kind = read.text(place, 3, 5, repeat=repeat).upper()
        if kind not in NOT_KEPT:
            said.put("patient.record_number", read.text(place, 3, repeat=repeat), f"{at}-3")


def _name(read: Reading, place: Place) -> str:
    """The legal name (XPN-7 ``L``), else the first."""
    count = read.repeats(place, 5)
    legal = [one for one in range(1, count + 1) if read.text(place, 5, 7, repeat=one) in ("L", "")]
    repeat = legal[0] if legal else 1
    return names.whole(*(read.text(place, 5, part, repeat=repeat) for part in (1, 2, 3, 4)))


def _address(read: Reading, place: Place) -> None:
    street, other, city, state, code, country = (read.text(place, 11, part) for part in range(1, 7))
    at, path = f"{place}-11", "patient.postal"
    read.said.put(f"{path}.street", ", ".join(filter(None, (street, other))), at)
    read.said.put(f"{path}.city", city, at)
    read.said.put(f"{path}.state", state, at)
    read.said.put(f"{path}.zip", code, at)
    read.said.put(f"{path}.country", _COUNTRIES.get(country.upper(), country), at)


def next_of_kin(read: Reading, place: Place) -> None:
    """NK1: somebody to call; more than one is kept."""
    name = names.whole(*(read.text(place, 2, part) for part in (1, 2, 3, 4)))
    telephone = read.telephone(place, 5) or read.telephone(place, 6)
    relation = read.text(place, 3, 2) or read.text(place, 3)
    if name or telephone:
        told = {"name": name, "telephone": telephone, "relation": relation[:_RELATIONS_MAX]}
        read.said.add("patient.contacts", {key: one for key, one in told.items() if one}, str(place))


def coverage(read: Reading, place: Place, payers: Mapping[str, str]) -> None:
    """IN1: who pays; the first that stands there, others are noted."""
    called = [read.text(place, number) for number in (4, 3, 2, 15)]
    known = next((payers[one.casefold()] for one in called if one.casefold() in payers), "")
    name = known or next(filter(None, called), "")
    member = read.text(place, 49) or read.text(place, 36)
    if "id" in read.said.order.get("payer", {}):
        read.said.note(f"{place}: also {name} {member}")
        return
    read.said.put("payer.id", name, f"{place}-4")
    read.said.put("payer.member", member, f"{place}-{49 if read.text(place, 49) else 36}")


def diagnosis(read: Reading, place: Place) -> None:
    """DG1: a diagnosis; of other systems than ICD-10-CM the words."""
    code, words, system = (read.text(place, 3, part) for part in (1, 2, 3))
    if code and (read.is_icd10(system) or not system):
        read.said.add("diagnoses", read.dotted(code), f"{place}-3")
    elif code or words:
        read.said.note(f"{place}-3: {' '.join(filter(None, (code, words, system)))}")


def observation(read: Reading, place: Place) -> None:
    """OBX: an item of the order by its name in OBX-3, a paper, or a note."""
    name, kind = read.text(place, 3).strip().casefold(), read.text(place, 2).upper()
    if kind == "ED":
        _paper(read, place)
        return
    if name not in ITEMS:
        _noted(read, place)
        return
    origin, group = f"{place}-5", read.text(place, 4)
    for repeat in range(1, max(read.repeats(place, 5), 1) + 1):
        code, words = (read.text(place, 5, part, repeat=repeat) for part in (1, 2))
        text = (words or code) if ITEMS[name] is Kind.TEXT and kind in ("CE", "CWE") else code
        if text:
            _said(read, name, group, text, origin)
    if name == "signature.name":
        when = read.day(place, 14, "signature.at")
        read.said.put("signature.at", when, f"{place}-14")


def _said(read: Reading, name: str, group: str, text: str, origin: str) -> None:
    kind, said = ITEMS[name], read.said
    value: object = text
    if kind is Kind.YES:
        answers = {"Y": True, "YES": True, "TRUE": True, "N": False, "NO": False, "FALSE": False}
        if text.upper() not in answers:
            said.fault(said.path_of(name, group), f"{text[:40]!r} is not Y or N", origin)
            return
        value = answers[text.upper()]
    elif kind is Kind.DAY:
        try:
            value = text if text[4:5] == "-" else hl7_time.day(text)
        except ValueError as error:
            said.fault(said.path_of(name, group), str(error), origin)
            return
        if not value:
            said.fault(said.path_of(name, group), f"{text[:40]} is no whole date", origin)
            return
    elif kind is Kind.WHOLE:
        whole = text.removesuffix(".0")
        value = int(whole) if whole.isascii() and whole.isdigit() and len(whole) <= 6 else text
    elif kind is Kind.CODE and name == "diagnosis":
        value = read.dotted(text)
    said.item(name, group, value, origin)


def _noted(read: Reading, place: Place) -> None:
    called = " ".join(filter(None, (read.text(place, 3), read.text(place, 3, 2))))
    value = " ".join(filter(None, (read.text(place, 5, part) for part in (1, 2))))
    unit = read.text(place, 6)
    if called or value:
        read.said.note(f"{place} {called}: {value} {unit}")


def _paper(read: Reading, place: Place) -> None:
    """OBX-5 of type ED: a document within the message."""
    origin, said = f"{place}-5", read.said
    kind, coding, data = (read.text(place, 5, part) for part in (3, 4, 5))
    called = read.text(place, 3, 2) or read.text(place, 3)
    if coding.casefold() != "base64":
        said.fault("documents", f"{coding[:20]!r}: want Base64", origin)
        return
    if len(said.papers) >= PAPERS_MAX:
        said.fault("documents", f"more than {PAPERS_MAX} documents", origin)
        return
    try:
        content = base64.b64decode(data.replace(" ", ""), validate=True)
    except (binascii.Error, ValueError):
        said.fault("documents", "is no Base64", origin)
        return
    try:
        named = checks.line("documents", called, 80)
    except EnrollmentError:
        named = ""
    said.papers.append((named or "paper", f"{named or 'paper'}.{kind.casefold()[:4] or 'pdf'}", content))
