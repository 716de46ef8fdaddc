"""ICD-10-CM: whether a diagnosis code is valid on a day (R40), with and without the order files of CMS.

An order file (``icd10cm_order_YYYY.txt``) is of a fiscal year, October to September: fixed width, order
number in columns 1–5, code without its point in 7–13, 0 for a heading or 1 for a code that can be billed in
15, short words in 17–76, long ones from 78. A site loads as many years as it bills; without a year's file
only the splits of ``icd10.toml`` are known, and every other answer is "not known".
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Final

from einthoven.base.errors import FaultsError, RecordError
from einthoven.billing.codes.code import Mark, Valid, Validity
from einthoven.billing.toml_lines import parse

FORM: Final = re.compile(r"([A-Z][0-9][0-9A-Z])\.?([0-9A-Z]{0,4})")
"""A letter, a digit, a digit or letter, then up to four after the point."""
ICD9: Final = re.compile(r"(\d{3}|V\d\d|E\d{3})(\.\d{1,2})?")
_WIDTH: Final = 8
"""Bytes of a code in a table: seven of the code, one of its flag."""
INSTEAD_MOST: Final = 12
FAULTS_MOST: Final = 10
CODES_MOST: Final = 500_000


@dataclass(frozen=True, slots=True)
class Split:
    """A code that was split into finer ones on a day: valid before, a heading from then on."""

    code: str
    into: tuple[str, ...]
    on: date
    mark: Mark


@dataclass(frozen=True, slots=True)
class Begin:
    """When ICD-10-CM began in the United States, and the splits that are known without files."""

    on: date
    mark: Mark
    splits: tuple[Split, ...]


@dataclass(frozen=True, slots=True)
class OrderFile:
    """An order file as read.

    Attributes:
        name: of the file.
        year: fiscal year.
        start, stop: first and last day on which it is in force.
        table: codes without point, padded to seven, each with its flag, sorted.
    """

    name: str
    year: int
    start: date
    stop: date
    table: bytes

    def __len__(self) -> int:
        return len(self.table) // _WIDTH

    @property
    def billable(self) -> int:
        """How many can be billed."""
        return self.table[_WIDTH - 1 :: _WIDTH].count(b"1")

    def flag(self, code: str) -> bool | None:
        """Whether a code (with or without point) can be billed; None: it is not in the file."""
        place = self._place(code)
        row = self.table[place * _WIDTH : (place + 1) * _WIDTH]
        return row[-1:] == b"1" if row[:-1] == _key(code) else None

    def below(self, code: str) -> tuple[str, ...]:
        """The codes below a heading that can be billed, with their points, ``INSTEAD_MOST`` at most."""
        start = _bare(code).encode()
        found: list[str] = []
        for place in range(self._place(code), len(self)):
            row = self.table[place * _WIDTH : (place + 1) * _WIDTH]
            if not row.startswith(start) or len(found) == INSTEAD_MOST:
                break
            if row[-1:] == b"1":
                found.append(pointed(row[:-1].decode()))
        return tuple(found)

    def _place(self, code: str) -> int:
        places = range(len(self))
        return bisect_left(
            places, _key(code), key=lambda place: self.table[place * _WIDTH : (place + 1) * _WIDTH - 1]
        )


def fiscal_year(on: date) -> int:
    """Fiscal year of a day: 2026 from 2025-10-01 to 2026-09-30."""
    return on.year + (on.month >= 10)


def pointed(code: str) -> str:
    """A code with its point: ``I4811`` → ``I48.11``."""
    bare = _bare(code)
    return f"{bare[:3]}.{bare[3:]}" if len(bare) > 3 else bare


def read_order(lines: Iterable[str], source: str, year: int, start: date | None = None) -> OrderFile:
    """An order file, line by line.

    Args:
        source: name of the file, for errors.
        year: fiscal year.
        start: from when on it is in force where that is not October 1, such as an update in April.

    Raises:
        FaultsError: up to ``FAULTS_MOST`` faults with file and line.
    """
    begin, stop = date(year - 1, 10, 1), date(year, 9, 30)
    if start is not None and not begin <= start <= stop:
        raise RecordError(f"{source}: {start} is not within fiscal year {year}, {begin} to {stop}")
    faults: list[str] = []
    rows: dict[bytes, int] = {}
    for number, line in enumerate(lines, 1):
        row = line.rstrip("\r\n")
        if not row.strip():
            continue
        fault = _row_fault(row)
        key = row[6:13].ljust(7).encode("latin-1")
        if not fault and key in rows:
            fault = f"{row[6:13].strip()} stands twice, first in line {rows[key] // 2}"
        if fault:
            faults.append(f"{source}:{number}: {fault}")
            if len(faults) == FAULTS_MOST:
                break
            continue
        rows[key] = number * 2 + (row[14] == "1")
        if len(rows) > CODES_MOST:
            raise RecordError(f"{source}:{number}: more than {CODES_MOST} codes")
    if not rows and not faults:
        faults.append(f"{source}: holds no code")
    if faults:
        raise FaultsError("\n".join(faults))
    table = b"".join(key + (b"1" if rows[key] % 2 else b"0") for key in sorted(rows))
    return OrderFile(source, year, start or begin, stop, table)


def _row_fault(row: str) -> str:
    """What is wrong with a row of an order file, or ``""``."""
    if len(row) < 17:
        return f"{len(row)} characters: want order number, code, flag and words in fixed columns"
    if not re.fullmatch(r"\d{5}", row[:5]):
        return f"columns 1-5: {row[:5]!r} is no order number"
    code = row[6:13].rstrip()
    found = FORM.fullmatch(code)
    if not found or "." in code:
        return f"columns 7-13: {code!r} is no ICD-10-CM code without its point"
    if row[14] not in "01":
        return f"column 15: {row[14]!r}: want 0 for a heading or 1 for a code"
    if any(row[place] != " " for place in (5, 13, 15)):
        return "columns 6, 14 and 16 must be blank"
    return "" if row[16:76].strip() else "columns 17-76: no words"


@cache
def begin() -> Begin:
    """What is known without files.

    Raises:
        InputError: the shipped file is faulty.
    """
    name = "icd10.toml"
    toml = parse((resources.files(__package__) / name).read_text("utf-8"), name)
    try:
        head = toml.content["begins"]
        splits = tuple(
            Split(one["code"], tuple(one["into"]), date.fromisoformat(one["on"]), Mark(one["mark"]))
            for one in toml.content["split"]
        )
        return Begin(date.fromisoformat(head["on"]), Mark(head["mark"]), splits)
    except (KeyError, TypeError, ValueError) as error:
        raise toml.fault(f"malformed: {error!r}") from error


def icd10_valid(code: str, on: date, files: Sequence[OrderFile] = ()) -> Validity:
    """Whether a diagnosis code can be billed for a day of service.

    Args:
        code: with or without its point.
        files: order files that a site loaded; of several for a day the one in force last counts.
    """
    asked = code.strip().upper()[:20]
    known = begin()
    if not FORM.fullmatch(asked):
        if ICD9.fullmatch(asked):
            return _icd9(asked, on, known)
        return Validity(Valid.NO, f"{asked!r} is no ICD-10-CM code", Mark.READ)
    name = pointed(asked)
    if on < known.on:
        words = f"{name} is not valid on {on}: ICD-10-CM begins {known.on}, ICD-9-CM before"
        return Validity(Valid.NO, words, known.mark)
    held = [one for one in files if one.start <= on <= one.stop]
    if held:
        return _by_file(name, on, max(held, key=lambda one: one.start), files, known)
    return _by_splits(name, on, known)


def _icd9(asked: str, on: date, known: Begin) -> Validity:
    if on >= known.on:
        words = f"{asked} is of ICD-9-CM, which is not valid from {known.on} on"
        return Validity(Valid.NO, words, known.mark)
    words = f"{asked} looks like ICD-9-CM, which was in use on {on}; no codes of it are held here"
    return Validity(Valid.UNKNOWN, words, known.mark)


def _by_file(name: str, on: date, file: OrderFile, files: Sequence[OrderFile], known: Begin) -> Validity:
    flag = file.flag(name)
    place = f"the order file of fiscal year {file.year} ({file.name})"
    if flag:
        return Validity(Valid.YES, f"{name} is valid on {on}: {place}", Mark.READ)
    if flag is False:
        below = file.below(name)
        told = f": use {', '.join(below)}" if below else ""
        words = f"{name} is not valid on {on}: a heading in {place}{told}"
        return Validity(Valid.NO, words, Mark.READ, below)
    instead = _instead(name, on, known)
    others = sorted({one.year for one in files if one.flag(name)})
    told = f"; valid in fiscal year {', '.join(map(str, others))}" if others else ""
    told += f"; use {', '.join(instead)}" if instead else ""
    return Validity(Valid.NO, f"{name} is not valid on {on}: not in {place}{told}", Mark.READ, instead)


def _instead(name: str, on: date, known: Begin) -> tuple[str, ...]:
    for split in known.splits:
        if name == split.code and on >= split.on:
            return split.into
        if name in split.into and on < split.on:
            return (split.code,)
    return ()


def _by_splits(name: str, on: date, known: Begin) -> Validity:
    for split in known.splits:
        finer = name in split.into
        if name != split.code and not finer:
            continue
        instead = _instead(name, on, known)
        if instead:
            when = f"before {split.on}" if finer else f"from {split.on} on"
            words = f"{name} is not valid on {on}: {when} use {', '.join(instead)}"
            return Validity(Valid.NO, words, split.mark, instead)
        since = split.on if finer else known.on
        until = "" if finer else f" to the day before {split.on}"
        return Validity(Valid.YES, f"{name} is valid on {on}: from {since}{until}", split.mark)
    year = fiscal_year(on)
    words = f"whether {name} is valid on {on} is not known without the order file of fiscal year {year}"
    return Validity(Valid.UNKNOWN, words, Mark.READ)


def _bare(code: str) -> str:
    return code.strip().upper().replace(".", "")


def _key(code: str) -> bytes:
    return _bare(code).ljust(_WIDTH - 1).encode("latin-1", "replace")
