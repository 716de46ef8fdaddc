"""What a message says of an order, gathered by the order's own paths, each with the place where it stood.

HL7 v2 (OBX-3) and FHIR (QuestionnaireResponse) carry statements, symptoms and earlier tests by the names of
``ITEMS``: the paths of the order's JSON. Nothing that comes is lost: what cannot be read is a fault with its
place, what has no field here is a note.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from einthoven.base.instants import Instant
from einthoven.enrollment.order import Order
from einthoven.enrollment.order_read import LIST_MAX, Fault, parse
from einthoven.enrollment.statements import QUESTIONS

NOTES_MAX: Final = 100
NOTE_LONG: Final = 300
NOTES_AT_ONCE: Final = 900
"""Letters of one note of an order."""
_ONCE: Final = frozenset({"orderer.npi", "days", "start"})
"""Fields that may stand in several places of a message, and must say the same in each."""
_ELSEWHERE: Final = frozenset({"payer", "orderer", "signature"})
"""What segments and resources of its own say first; an item beside them is a note."""


class Kind(StrEnum):
    """What an item holds."""

    YES = "yes or no"
    DAY = "date"
    WHOLE = "whole number"
    CODE = "code"
    TEXT = "text"


def _items() -> dict[str, Kind]:
    plain = {
        "test": Kind.CODE,
        "indication": Kind.CODE,
        "indication_words": Kind.TEXT,
        "diagnosis": Kind.CODE,
        "setting": Kind.CODE,
        "country": Kind.CODE,
        "days": Kind.WHOLE,
        "start": Kind.DAY,
        "dated": Kind.DAY,
        "criteria": Kind.CODE,
        "criteria_words": Kind.TEXT,
        "orderer.kind": Kind.CODE,
        "orderer.specialty": Kind.TEXT,
        "orderer.country": Kind.CODE,
        "payer.id": Kind.CODE,
        "payer.contractor": Kind.CODE,
        "payer.state": Kind.CODE,
        "signature.name": Kind.TEXT,
        "signature.at": Kind.TEXT,
        "contact.name": Kind.TEXT,
        "contact.telephone": Kind.TEXT,
        "contact.relation": Kind.TEXT,
        "symptom.what": Kind.CODE,
        "symptom.how_often": Kind.TEXT,
        "symptom.severity": Kind.CODE,
        "symptom.since": Kind.TEXT,
        "symptom.words": Kind.TEXT,
        "prior_test.kind": Kind.CODE,
        "prior_test.on": Kind.DAY,
        "prior_test.until": Kind.DAY,
        "prior_test.result": Kind.TEXT,
        "prior_test.revealing": Kind.YES,
    }
    for key in QUESTIONS:
        plain |= {f"statements.{key}": Kind.YES}
        plain |= {f"statements.{key}.words": Kind.TEXT, f"statements.{key}.where": Kind.TEXT}
    return plain


ITEMS: Final[Mapping[str, Kind]] = MappingProxyType(_items())
"""Name of an item → what it holds. Items of one symptom, earlier test or contact have one group."""
LISTS: Final[Mapping[str, str]] = MappingProxyType(
    {"symptom": "symptoms", "prior_test": "prior_tests", "contact": "patient.contacts"}
)


@dataclass(slots=True)
class Said:
    """What was said so far.

    Attributes:
        origin: of the whole, where a fault has no place of its own.
        order: the order's JSON.
        faults: what could not be read.
        notes: what has no field here, a line each.
        papers: documents that came within it: kind, name, bytes.
    """

    origin: str
    order: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    papers: list[tuple[str, str, bytes]] = field(default_factory=list)
    _origins: dict[str, str] = field(default_factory=dict)
    _groups: dict[tuple[str, str], int] = field(default_factory=dict)

    def put(self, path: str, value: object, origin: str) -> None:
        """Say a field by its path; nothing where the value is empty, or the field was said before.

        What must stand there once, and is said in two ways, keeps the first and is a fault.
        """
        if value is None or value == "":
            return
        *steps, last = path.split(".")
        into = self.order
        for step in steps:
            into = into.setdefault(step, {})
        if last not in into:
            into[last] = value
            self._origins[path] = origin
        elif path in _ONCE:
            self._same(path, into[last], value, origin)

    def item(self, name: str, group: str, value: object, origin: str) -> None:
        """Say an item of ``ITEMS``; ``group`` tells those of one symptom, earlier test or contact."""
        first, _, rest = name.partition(".")
        if name == "diagnosis":
            self.add("diagnoses", value, origin)
        elif first in LISTS:
            at = self._at(LISTS[first], group)
            if at is None:
                self.fault(LISTS[first], f"more than {LIST_MAX} of them", origin)
                return
            rows = self._list(LISTS[first])
            if rest not in rows[at]:
                rows[at][rest] = value
                self._origins[f"{LISTS[first]}[{at}].{rest}"] = origin
            else:
                self._same(f"{LISTS[first]}[{at}].{rest}", rows[at][rest], value, origin)
        elif first == "statements" and name.count(".") == 1:
            path = f"{name}.answer"
            known = self._said(path)
            if known is not None:
                self._same(path, known, value, origin)
            self.put(path, value, origin)
        else:
            known = self._said(name)
            if known is not None and known != value and (ITEMS[name] is Kind.TEXT or first in _ELSEWHERE):
                self.note(f"{origin} {name}: also {value}")
            elif known is not None and name not in _ONCE:
                self._same(name, known, value, origin)
            self.put(name, value, origin)

    def _said(self, path: str) -> object | None:
        """What was said at a path; None where nothing was."""
        into: object = self.order
        for step in path.split("."):
            into = into.get(step) if isinstance(into, dict) else None
        return into

    def _same(self, path: str, known: object, value: object, origin: str) -> None:
        """A fault where something is said again, and otherwise."""
        if known != value:
            was = self._origins.get(path, self.origin)
            self.fault(path, f"{_told(value)} here, and {_told(known)} at {was}: which?", origin)

    def path_of(self, name: str, group: str) -> str:
        """The path in the order of an item, for a fault about it."""
        first, _, rest = name.partition(".")
        if name == "diagnosis":
            return "diagnoses"
        if first in LISTS:
            at = self._groups.get((LISTS[first], group), len(self._list(LISTS[first])))
            return f"{LISTS[first]}[{at}].{rest}"
        return f"{name}.answer" if first == "statements" and name.count(".") == 1 else name

    def add(self, path: str, value: object, origin: str) -> None:
        """Say one more of a list: a diagnosis, a contact, a paper; nothing where it was said before."""
        rows = self._list(path)
        if value not in rows and len(rows) < LIST_MAX:
            self._origins[f"{path}[{len(rows)}]"] = origin
            rows.append(value)
        elif len(rows) >= LIST_MAX:
            self.note(f"{origin}: {value}")

    def fault(self, where: str, words: str, origin: str) -> None:
        """Something that cannot be read."""
        self.faults.append(Fault(where, clean(words, NOTE_LONG), origin))

    def note(self, words: str) -> None:
        """Something that has no field here; of very many the message itself is enough."""
        text = clean(words, NOTE_LONG)
        if text and len(self.notes) < NOTES_MAX:
            self.notes.append(text)

    def _list(self, path: str) -> list[Any]:
        *steps, last = path.split(".")
        into = self.order
        for step in steps:
            into = into.setdefault(step, {})
        rows: list[Any] = into.setdefault(last, [])
        return rows

    def _at(self, path: str, group: str) -> int | None:
        held = self._groups.get((path, group))
        if held is None:
            rows = self._list(path)
            if len(rows) >= LIST_MAX:
                return None
            held = self._groups[path, group] = len(rows)
            rows.append({})
        return held

    def origin_of(self, where: str) -> str:
        """The place in the message of a path; that of the nearest path around it, else of the whole."""
        path = where
        while path:
            if path in self._origins:
                return self._origins[path]
            inner = next((one for one in self._origins if one.startswith((f"{path}.", f"{path}["))), "")
            if inner:
                return self._origins[inner]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.origin

    def read(self, now: Instant) -> tuple[Order, list[Fault]]:
        """The order, and every fault with its path and its place in the message."""
        order, found = parse(self.order, now)
        told = [Fault(one.where, one.words, self.origin_of(one.where)) for one in found]
        return order, [*self.faults, *told]


def _told(value: object) -> str:
    """A value as a person would say it, cut."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)[:60]


def clean(text: str, longest: int) -> str:
    """Others' words on one line, cut, with nothing in them that turns or hides writing."""
    line = " ".join(text.split())
    line = "".join("?" if unicodedata.category(sign)[0] == "C" else sign for sign in line)
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def joined(notes: Sequence[str]) -> list[str]:
    """Notes put together into as few as fit."""
    made: list[str] = []
    for one in notes:
        if made and len(made[-1]) + len(one) + 2 <= NOTES_AT_ONCE:
            made[-1] = f"{made[-1]}; {one}"
        else:
            made.append(one)
    return made
