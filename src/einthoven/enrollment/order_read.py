"""Orders as JSON: read leniently, so that a bad field is named and the rest is kept, and written back.

An order that came is never thrown away for one bad field: what cannot be read is left empty and told as a
fault, and the order is held until somebody mends it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from dataclasses import fields as fields_of
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar, cast

from einthoven.base.errors import EnrollmentError
from einthoven.base.instants import Instant
from einthoven.enrollment import checks
from einthoven.enrollment.order import (
    SEVERITIES,
    SYMPTOMS,
    Indication,
    Order,
    OrderDocument,
    Orderer,
    OrderPatient,
    OrderSignature,
    Payer,
    Postal,
    Prior,
    PriorTest,
    Setting,
    Symptom,
    Test,
)
from einthoven.enrollment.people import CONTACTS_MAX, Contact
from einthoven.enrollment.statements import QUESTIONS, Statement

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

LIST_MAX = 50
"""Symptoms, earlier tests, documents, diagnoses: more of one kind is a mistake of the sender."""
WORDS_MAX = 2000
DAYS_MAX = 366
_ICD10 = re.compile(r"[A-TV-Z][0-9][0-9AB](?:\.[0-9A-Z]{1,4})?\Z")
_STATE = re.compile(r"[A-Z]{2}\Z")
_ZIP = re.compile(r"[0-9]{5}(?:-[0-9]{4})?\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Fault:
    """A field that could not be read: its path, e.g. ``orderer.npi``, and one line that says why.

    ``origin`` is the place in the message that it came in, e.g. ``PV1[1]-7`` or ``Patient.birthDate``; ``""``
    for a form.
    """

    where: str
    words: str
    origin: str = ""


class _Reader:
    """Reads fields of a JSON object; what is wrong is noted, and read as not given."""

    def __init__(self, now: Instant) -> None:
        self.now = now
        self.faults: list[Fault] = []

    def fault(self, where: str, words: str) -> None:
        """Note what is wrong."""
        text = words.removeprefix(where).removeprefix(":").strip()
        self.faults.append(Fault(where, text))

    def fields(self, where: str, value: object, known: tuple[str, ...]) -> Mapping[str, object]:
        """The fields of an object; others than the known ones are faults."""
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.fault(where, f"want an object with fields, got {type(value).__name__}")
            return {}
        for key in value:
            if key not in known:
                self.fault(f"{where}.{str(key)[:40]}" if where else str(key)[:40], "is no field of an order")
        return value

    def items(self, where: str, value: object) -> list[tuple[str, object]]:
        """The items of a list, each with its path."""
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            self.fault(where, f"want a list, got {type(value).__name__}")
            return []
        if len(value) > LIST_MAX:
            self.fault(where, f"{len(value)} of them, at most {LIST_MAX}")
        return [(f"{where}[{at}]", one) for at, one in enumerate(value[:LIST_MAX])]

    def checked(self, where: str, check: Callable[[str, object], T], value: object, empty: T) -> T:
        """A value by one of ``checks``; nothing given stays nothing."""
        if value is None or value == "":
            return empty
        try:
            return check(where, value)
        except EnrollmentError as error:
            self.fault(where, str(error))
            return empty

    def line(self, where: str, value: object, longest: int = 200) -> str:
        """One line of text."""
        return self.checked(where, lambda at, one: checks.line(at, one, longest), value, "")

    def words(self, where: str, value: object) -> str:
        """A longer text; its lines are joined."""
        return self.line(where, value, WORDS_MAX)

    def matched(self, where: str, value: object, form: re.Pattern[str], what: str) -> str:
        """One line of a form, in capitals where the form wants them."""
        text = self.line(where, value, 80)
        if not text or form.match(text):
            return text
        if form.match(text.upper()):
            return text.upper()
        self.fault(where, f"{text!r} is no {what}")
        return ""

    def day(self, where: str, value: object) -> str:
        """A date, ``YYYY-MM-DD``."""
        text = self.line(where, value, 40)
        if not text:
            return ""
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            self.fault(where, f"{text!r} is no date (want YYYY-MM-DD)")
            return ""

    def past(self, where: str, value: object) -> str:
        """A day that has begun somewhere on earth; one in the future is a fault, and stays as it is."""
        text = self.day(where, value)
        if text and date.fromisoformat(text) > checks.last_day(self.now):
            self.fault(where, f"{text} is in the future")
        return text

    def choice(self, where: str, value: object, kinds: type[E]) -> E | None:
        """One of a few words."""
        text = self.line(where, value, 80)
        if not text:
            return None
        try:
            return kinds(text)
        except ValueError:
            self.fault(where, f"{text!r} is none of {', '.join(kinds)}")
            return None

    def one_of(self, where: str, value: object, words: tuple[str, ...]) -> str:
        """One of a few words, ``""`` for nothing."""
        text = self.line(where, value, 80)
        if not text or text in words:
            return text
        self.fault(where, f"{text!r} is none of {', '.join(words)}")
        return ""

    def yes(self, where: str, value: object) -> bool | None:
        """Yes, no, or nothing said."""
        if value is None or isinstance(value, bool):
            return value
        self.fault(where, "want true, false or null")
        return None

    def whole(self, where: str, value: object, most: int) -> int:
        """A whole number from 1 on; 0 for nothing."""
        if value is None or value == 0:
            return 0
        if type(value) is not int or not 1 <= value <= most:
            self.fault(where, f"want a whole number from 1 to {most}")
            return 0
        return value


def parse(given: object, now: Instant) -> tuple[Order, tuple[Fault, ...]]:
    """An order, and every field of it that could not be read.

    Args:
        given: the JSON object.
        now: center time: nobody is born, and nothing was ordered or tested, after it.
    """
    read = _Reader(now)
    top = read.fields("", given, tuple(one.name for one in fields_of(Order)))
    order = Order(
        patient=_patient(read, top.get("patient")),
        orderer=_orderer(read, top.get("orderer")),
        payer=_payer(read, top.get("payer")),
        test=read.choice("test", top.get("test"), Test),
        indication=read.choice("indication", top.get("indication"), Indication),
        indication_words=read.words("indication_words", top.get("indication_words")),
        diagnoses=_diagnoses(read, top.get("diagnoses")),
        symptoms=tuple(_some(read, "symptoms", top.get("symptoms"), _symptom)),
        prior_tests=tuple(_some(read, "prior_tests", top.get("prior_tests"), _prior)),
        statements=_statements(read, top.get("statements")),
        setting=read.choice("setting", top.get("setting"), Setting),
        country=read.matched("country", top.get("country"), _STATE, "country (two letters)"),
        days=read.whole("days", top.get("days"), DAYS_MAX),
        start=read.day("start", top.get("start")),
        criteria=read.one_of("criteria", top.get("criteria"), ("practice", "center", "own")),
        criteria_words=read.words("criteria_words", top.get("criteria_words")),
        documents=tuple(_some(read, "documents", top.get("documents"), _document)),
        signature=_signature(read, top.get("signature")),
        dated=read.past("dated", top.get("dated")),
        placer=read.line("placer", top.get("placer"), 80),
    )
    return order, tuple(read.faults)


def strict(given: object, now: Instant) -> Order:
    """An order without a fault.

    Raises:
        EnrollmentError: one line naming the first field that cannot be read, and how many more there are.
    """
    order, faults = parse(given, now)
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise EnrollmentError(f"{faults[0].where}: {faults[0].words}{more}")
    return order


def to_json(order: Order) -> dict[str, Any]:
    """The JSON form: what is empty is left out, so that ``parse`` of it gives the same order."""
    return cast("dict[str, Any]", _lean(asdict(_plain(order))))


def _plain(order: Order) -> Order:
    # asdict copies a mapping by its own type, and a mapping proxy cannot be made from pairs.
    object.__setattr__(copied := _copy(order), "statements", dict(order.statements))
    return copied


def _copy(order: Order) -> Order:
    return Order(**{one.name: getattr(order, one.name) for one in fields_of(Order)})


def _lean(value: object) -> object:
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, dict):
        kept = {key: _lean(one) for key, one in value.items()}
        return {
            key: one
            for key, one in kept.items()
            if (one is not None and one not in ("", [], {}, 0)) or one is False
        }
    if isinstance(value, list | tuple):
        return [_lean(one) for one in value]
    return value


# ---- the parts ---------------------------------------------------------------------------------------------


def _some(
    read: _Reader, where: str, value: object, part: Callable[[_Reader, str, object], T | None]
) -> list[T]:
    return [one for at, item in read.items(where, value) if (one := part(read, at, item)) is not None]


def _patient(read: _Reader, value: object) -> OrderPatient:
    given = read.fields("patient", value, tuple(one.name for one in fields_of(OrderPatient)))
    contacts = _some(read, "patient.contacts", given.get("contacts"), _contact)
    if len(contacts) > CONTACTS_MAX:
        read.fault("patient.contacts", f"{len(contacts)} of them, at most {CONTACTS_MAX}")
    return OrderPatient(
        name=read.checked("patient.name", checks.name, given.get("name"), ""),
        birth_date=read.checked(
            "patient.birth_date", lambda at, one: checks.day(at, one, read.now), given.get("birth_date"), ""
        ),
        sex=read.checked("patient.sex", checks.sex, given.get("sex"), ""),
        telephone=read.checked("patient.telephone", checks.telephone, given.get("telephone"), ""),
        postal=_postal(read, given.get("postal")),
        contacts=tuple(contacts[:CONTACTS_MAX]),
        record_number=read.line("patient.record_number", given.get("record_number"), 80),
    )


def _postal(read: _Reader, value: object) -> Postal:
    at = "patient.postal"
    given = read.fields(at, value, tuple(one.name for one in fields_of(Postal)))
    return Postal(
        read.line(f"{at}.street", given.get("street")),
        read.line(f"{at}.city", given.get("city")),
        read.matched(f"{at}.state", given.get("state"), _STATE, "state (two letters)"),
        read.matched(f"{at}.zip", given.get("zip"), _ZIP, "ZIP code (5 or 9 digits)"),
        read.matched(f"{at}.country", given.get("country"), _STATE, "country (two letters)") or "US",
    )


def _contact(read: _Reader, where: str, value: object) -> Contact | None:
    given = read.fields(where, value, tuple(one.name for one in fields_of(Contact)))
    name = read.checked(f"{where}.name", checks.name, given.get("name"), "")
    telephone = read.checked(f"{where}.telephone", checks.telephone, given.get("telephone"), "")
    relation = read.line(f"{where}.relation", given.get("relation"), 100)
    return Contact(name, telephone, relation) if name or telephone else None


def _orderer(read: _Reader, value: object) -> Orderer:
    given = read.fields("orderer", value, tuple(one.name for one in fields_of(Orderer)))
    return Orderer(
        name=read.checked("orderer.name", checks.name, given.get("name"), ""),
        npi=read.checked("orderer.npi", checks.npi, given.get("npi"), ""),
        telephone=read.checked("orderer.telephone", checks.telephone, given.get("telephone"), ""),
        fax=read.checked("orderer.fax", checks.telephone, given.get("fax"), ""),
        kind=read.one_of("orderer.kind", given.get("kind"), ("physician", "practitioner")),
        specialty=read.line("orderer.specialty", given.get("specialty"), 100),
        practice=read.line("orderer.practice", given.get("practice")),
        country=read.matched("orderer.country", given.get("country"), _STATE, "country (two letters)"),
    )


def _payer(read: _Reader, value: object) -> Payer:
    given = read.fields("payer", value, tuple(one.name for one in fields_of(Payer)))
    return Payer(
        read.line("payer.id", given.get("id"), 80),
        read.line("payer.contractor", given.get("contractor"), 80),
        read.matched("payer.state", given.get("state"), _STATE, "state (two letters)"),
        read.line("payer.member", given.get("member"), 80),
    )


def _diagnoses(read: _Reader, value: object) -> tuple[str, ...]:
    found = [
        read.matched(at, one, _ICD10, "ICD-10-CM code (e.g. R55 or I48.91)")
        for at, one in read.items("diagnoses", value)
    ]
    return tuple(dict.fromkeys(filter(None, found)))


def _symptom(read: _Reader, where: str, value: object) -> Symptom | None:
    given = read.fields(where, value, tuple(one.name for one in fields_of(Symptom)))
    what = read.one_of(f"{where}.what", given.get("what"), SYMPTOMS)
    words = read.words(f"{where}.words", given.get("words"))
    if not what and not words:
        if given and given.get("what") is None:
            read.fault(f"{where}.what", "is missing")
        return None
    return Symptom(
        what or "other",
        read.line(f"{where}.how_often", given.get("how_often")),
        read.one_of(f"{where}.severity", given.get("severity"), SEVERITIES),
        read.line(f"{where}.since", given.get("since"), 80),
        words,
    )


def _prior(read: _Reader, where: str, value: object) -> PriorTest | None:
    given = read.fields(where, value, tuple(one.name for one in fields_of(PriorTest)))
    kind = read.choice(f"{where}.kind", given.get("kind"), Prior)
    made = PriorTest(
        kind or Prior.OTHER,
        read.past(f"{where}.on", given.get("on")),
        read.day(f"{where}.until", given.get("until")),
        read.words(f"{where}.result", given.get("result")),
        read.yes(f"{where}.revealing", given.get("revealing")),
    )
    if made.on and made.until and made.until < made.on:
        read.fault(f"{where}.until", f"{made.until} is before {made.on}")
    if kind is None and made == PriorTest(Prior.OTHER):
        return None
    return made


def _statements(read: _Reader, value: object) -> Mapping[str, Statement]:
    given = read.fields("statements", value, tuple(QUESTIONS))
    found: dict[str, Statement] = {}
    for key in QUESTIONS:
        if key not in given or given[key] is None:
            continue
        at, one = f"statements.{key}", given[key]
        if isinstance(one, bool):
            found[key] = Statement(one)
            continue
        part = read.fields(at, one, tuple(field.name for field in fields_of(Statement)))
        made = Statement(
            read.yes(f"{at}.answer", part.get("answer")),
            read.words(f"{at}.words", part.get("words")),
            read.line(f"{at}.where", part.get("where")),
        )
        if made != Statement():
            found[key] = made
    return MappingProxyType(found)


def _document(read: _Reader, where: str, value: object) -> OrderDocument | None:
    given = read.fields(where, value, tuple(one.name for one in fields_of(OrderDocument)))
    sha256 = read.matched(f"{where}.sha256", given.get("sha256"), _SHA256, "SHA-256 (64 hexadecimal digits)")
    kind, name = (
        read.line(f"{where}.kind", given.get("kind"), 80),
        read.line(f"{where}.name", given.get("name")),
    )
    if not sha256:
        read.fault(f"{where}.sha256", "is missing")
        return None
    return OrderDocument(kind, name, sha256, read.yes(f"{where}.legible", given.get("legible")))


def _signature(read: _Reader, value: object) -> OrderSignature | None:
    given = read.fields("signature", value, tuple(one.name for one in fields_of(OrderSignature)))
    name = read.checked("signature.name", checks.name, given.get("name"), "")
    how = read.one_of("signature.how", given.get("how"), ("electronic", "paper", "message"))
    if not name:
        if given:
            read.fault("signature.name", "is missing")
        return None
    return OrderSignature(
        name,
        read.line("signature.at", given.get("at"), 40),
        how or "message",
        read.matched("signature.content", given.get("content"), _SHA256, "SHA-256"),
        read.matched("signature.document", given.get("document"), _SHA256, "SHA-256"),
        read.yes("signature.legible", given.get("legible")),
    )
