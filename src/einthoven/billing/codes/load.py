"""The codes' files into a book, every fault told with file and line.

The shipped files are beside this module. Each may hold ``[[family]]``, ``[[set]]`` with its ``[[set.code]]``,
``[[bundle]]`` and ``[source]``; what a set states holds for all its codes unless a code states its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from einthoven.base.errors import FaultsError
from einthoven.billing.codes.book import Codes
from einthoven.billing.codes.code import (
    Code,
    CodeFamily,
    Edge,
    Exclusion,
    Mark,
    Note,
    Part,
    Replaced,
    Rule,
    ServiceDate,
    Units,
)
from einthoven.billing.toml_lines import Path, Toml, parse

CODE: Final = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]")
"""Five characters: CPT category I and III, HCPCS level II."""
KINDS: Final = ("guideline", "ncci", "hook-up", "policy")
SCOPES: Final = ("same period", "same day")
_FACT: Final = {"words", "mark", "sources"}
_SET: Final = {"id", "family", "system", "medicare", "from", "to", "units", "rules", "notes", "code"}
_CODE: Final = {
    "code",
    "part",
    "words",
    "from",
    "to",
    "replaced_by",
    "units",
    "service_date",
    "rules",
    "notes",
}
_BUNDLE: Final = {"codes", "with", "kind", "from", "to", "scope", "indicator"} | _FACT


def load_codes(files: Iterable[tuple[str, str]]) -> Codes:
    """A whole, checked book.

    Args:
        files: name and text of each file.

    Raises:
        FaultsError: faults, each with file and line.
        InputError: a file is no TOML.
    """
    reading = _Reading()
    read = [parse(text, name) for name, text in files]
    for toml in read:
        reading.head(toml)
    for toml in read:
        reading.sets(toml)
    for toml in read:
        reading.bundles(toml)
    reading.across()
    if reading.faults:
        raise FaultsError("\n".join(dict.fromkeys(reading.faults)))
    families = {family.id: family for family in reading.families}
    return Codes(reading.codes, families, tuple(reading.exclusions), reading.sources)


class _FaultError(Exception):
    """A fault was noted; what it stands in is left out."""


@dataclass(slots=True)
class _Reading:
    """What was read so far."""

    faults: list[str] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    families: list[CodeFamily] = field(default_factory=list)
    codes: dict[str, Code] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    exclusions: list[Exclusion] = field(default_factory=list)
    named: list[tuple[str, str]] = field(default_factory=list)
    """Codes that are named somewhere, with the place: they must be there."""

    # ---- heads -----------------------------------------------------------------------------------------

    def head(self, toml: Toml) -> None:
        """Sources and families."""
        one = _At(self, toml, (), toml.content)
        one.known({"source", "family", "set", "bundle"})
        for name, title in one.table("source").items():
            if not isinstance(title, str) or not title.strip():
                self.fault(toml, "want a title", "source", name)
            self.sources[name] = str(title)
        for each in one.tables("family"):
            self.families += each.made(self._family)

    def _family(self, one: _At) -> CodeFamily:
        one.known({"id", "name", "words", "notes"})
        made = CodeFamily(one.text("id"), one.text("name"), one.text("words"), one.notes())
        if made.id in {family.id for family in self.families}:
            raise one.fault(f"family {made.id} stands twice", "id")
        return made

    # ---- codes -----------------------------------------------------------------------------------------

    def sets(self, toml: Toml) -> None:
        """The codes, set by set."""
        for each in _At(self, toml, (), toml.content).tables("set"):
            each.known(_SET)
            for one in each.tables("code"):
                for code in one.made(lambda one, each=each: self._code(each, one)):
                    if code.code in self.codes:
                        self.fault(
                            toml,
                            f"{code.code} stands twice, first at {self.places[code.code]}",
                            *one.path,
                        )
                        continue
                    self.codes[code.code] = code
                    self.places[code.code] = toml.at(*one.path)

    def _code(self, of: _At, one: _At) -> Code:
        one.known(_CODE)
        code, family = one.text("code"), of.text("family")
        if not CODE.fullmatch(code):
            raise one.fault(f"{code!r} is no code: want five characters such as 93229 or G0015", "code")
        if family not in {known.id for known in self.families}:
            raise of.fault(f"there is no family {family!r}", "family")
        part = one.text("part")
        if part not in list(Part):
            raise one.fault(f"no such part {part!r}: want one of {', '.join(Part)}", "part")
        start = (one if "from" in one.value else of).edge("from")
        if start is None:
            raise of.fault("from is missing: when it became valid, known or not")
        end = (one if "to" in one.value else of).edge("to")
        late = start.first or start.last
        if end is not None and end.last is not None and late is not None and end.last < late:
            raise one.fault(f"{code} ends {end.last} before it begins {late}")
        replaced = one.replaced()
        if replaced is not None:
            if end is None:
                raise one.fault(f"{code} is replaced and has no end", "replaced_by")
            self.named += [(name, one.toml.at(*one.path, "replaced_by")) for name in replaced.codes]
        return Code(
            code,
            of.text("system"),
            family,
            of.text("id"),
            Part(part),
            one.text("words"),
            start,
            end,
            of.flag("medicare"),
            replaced,
            (one if "units" in one.value else of).units(),
            one.service_date(),
            of.rules() + one.rules(),
            of.notes() + one.notes(),
        )

    # ---- pairs -----------------------------------------------------------------------------------------

    def bundles(self, toml: Toml) -> None:
        """Codes that do not go together."""
        for each in _At(self, toml, (), toml.content).tables("bundle"):
            for pairs in each.made(self._bundle):
                self.exclusions += pairs

    def _bundle(self, one: _At) -> list[Exclusion]:
        one.known(_BUNDLE)
        note, kind = one.note(), one.choice("kind", KINDS)
        scope, start, stop = one.choice("scope", SCOPES), one.day("from"), one.day("to")
        if start is not None and stop is not None and stop < start:
            raise one.fault(f"ends {stop} before it begins {start}", "to")
        indicator = one.choice("indicator", ("", "0", "1")) if "indicator" in one.value else ""
        codes, others = one.texts("codes"), one.texts("with")
        if not codes or not others:
            raise one.fault("names no pair")
        for name in ("codes", "with"):
            self.named += [(code, one.toml.at(*one.path, name)) for code in one.texts(name)]
        if set(codes) & set(others):
            raise one.fault("a code with itself is no pair", "with")
        return [
            Exclusion(code, other, kind, note.words, note.mark, scope, start, stop, indicator, note.sources)
            for code in codes
            for other in others
        ]

    # ---- across ----------------------------------------------------------------------------------------

    def across(self) -> None:
        """What can be said only when all was read."""
        for code, place in self.named:
            if code not in self.codes:
                self.faults.append(f"{place}: there is no code {code!r}")

    def fault(self, toml: Toml, words: str, *path: str | int) -> None:
        """Note a fault."""
        self.faults.append(f"{toml.at(*path)}: {words}")


@dataclass(frozen=True, slots=True)
class _At:
    """A table of a file, asked for its parts."""

    reading: _Reading
    toml: Toml
    path: Path
    value: Mapping[str, Any]

    def fault(self, words: str, *path: str | int) -> _FaultError:
        """Note a fault; to be raised where nothing can be made of the table."""
        self.reading.fault(self.toml, words, *self.path, *path)
        return _FaultError(words)

    def made(self, make: Any) -> list[Any]:
        """What ``make`` makes of this table, or nothing where it has faults."""
        try:
            return [make(self)]
        except _FaultError:
            return []

    def known(self, names: set[str]) -> None:
        """Every key is one of these."""
        for name in self.value:
            if name not in names:
                self.fault(f"unknown {name!r}: want one of {', '.join(sorted(names))}", name)

    def tables(self, name: str) -> list[_At]:
        """A list of tables."""
        given = self.value.get(name, [])
        if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
            self.fault(f"{name}: want a list of tables", name)
            return []
        return [
            _At(self.reading, self.toml, (*self.path, name, place), each) for place, each in enumerate(given)
        ]

    def table(self, name: str) -> Mapping[str, Any]:
        """A table, empty where there is none."""
        given = self.value.get(name, {})
        if not isinstance(given, dict):
            self.fault(f"{name}: want a table", name)
            return {}
        return given

    def text(self, name: str) -> str:
        """A text that is not empty."""
        given = self.value.get(name)
        if not isinstance(given, str) or not given.strip():
            raise self.fault(f"{name} is missing: want a text", name)
        return given

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, empty where there is none."""
        given = self.value.get(name, [])
        if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
            raise self.fault(f"{name}: want a list of texts", name)
        return tuple(given)

    def choice(self, name: str, of: Iterable[str]) -> str:
        """One of some words."""
        given = self.value.get(name)
        if given not in tuple(of):
            raise self.fault(f"{name} = {given!r}: want one of {', '.join(map(repr, of))}", name)
        return str(given)

    def flag(self, name: str) -> bool:
        """True or false."""
        given = self.value.get(name)
        if not isinstance(given, bool):
            raise self.fault(f"{name}: want true or false", name)
        return given

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number, 0 or more."""
        given = self.value.get(name, default)
        if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= 1000:
            raise self.fault(f"{name} = {given!r}: want a whole number from 0 to 1000", name)
        return given

    def day(self, name: str) -> date | None:
        """``YYYY-MM-DD``; None where there is none."""
        given = self.value.get(name)
        if given is None:
            return None
        try:
            if not isinstance(given, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", given):
                raise ValueError
            return date.fromisoformat(given)
        except ValueError:
            raise self.fault(f'{name} = {given!r}: want a date such as "2011-01-01"', name) from None

    def mark(self) -> Mark:
        """How sure it is."""
        return Mark(self.choice("mark", [str(mark) for mark in Mark]))

    def cited(self) -> tuple[str, ...]:
        """Its sources, each of them known."""
        given = self.texts("sources")
        for name in given:
            if name not in self.reading.sources:
                self.fault(f"there is no source {name!r}", "sources")
        return given

    def note(self) -> Note:
        """Words, mark and sources."""
        return Note(self.text("words"), self.mark(), self.cited())

    def inner(self, name: str, keys: set[str]) -> _At | None:
        """A table of this table, with no keys but these."""
        if name not in self.value:
            return None
        one = _At(self.reading, self.toml, (*self.path, name), self.table(name))
        one.known(keys)
        return one

    def edge(self, name: str) -> Edge | None:
        """A first or last day."""
        one = self.inner(name, {"on", "first", "last"} | _FACT)
        if one is None:
            return None
        on, first, last = one.day("on"), one.day("first"), one.day("last")
        if on is not None and (first is not None or last is not None):
            raise one.fault("a day is known (on) or lies within (first, last), not both")
        if first is not None and last is not None and last < first:
            raise one.fault(f"last {last} is before first {first}", "last")
        words = str(one.value.get("words", ""))
        return Edge(on or first, on or last, one.mark(), words, one.cited())

    def units(self) -> Units | None:
        """How often."""
        one = self.inner("units", {"most", "days"} | _FACT)
        if one is None:
            return None
        note = one.note()
        return Units(one.whole("most"), one.whole("days"), note.words, note.mark, note.sources)

    def service_date(self) -> ServiceDate | None:
        """Which day is the date of service."""
        one = self.inner("service_date", {"day", "least"} | _FACT)
        if one is None:
            return None
        note, day = one.note(), one.choice("day", ("end", "reading"))
        return ServiceDate(day, one.whole("least", 0), note.words, note.mark, note.sources)

    def replaced(self) -> Replaced | None:
        """What stands in its place."""
        one = self.inner("replaced_by", {"codes"} | _FACT)
        if one is None:
            return None
        return Replaced(one.texts("codes"), one.mark(), str(one.value.get("words", "")), one.cited())

    def rules(self) -> tuple[Rule, ...]:
        """Its rules."""
        found = []
        for one in self.tables("rules"):
            one.known({"kind", "from", "to"} | _FACT)
            note = one.note()
            found.append(
                Rule(one.text("kind"), note.words, note.mark, note.sources, one.day("from"), one.day("to"))
            )
        return tuple(found)

    def notes(self) -> tuple[Note, ...]:
        """Its notes."""
        found = []
        for one in self.tables("notes"):
            one.known(_FACT)
            found.append(one.note())
        return tuple(found)
