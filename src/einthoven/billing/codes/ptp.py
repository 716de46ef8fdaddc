"""The quarterly NCCI file of procedure-to-procedure edits for practitioners, as CMS publishes it.

Text with tabs (or a CSV of the same columns): column 1, column 2, ``*`` where the edit was there before 1996,
effective date, deletion date (``*`` for none), modifier indicator, rationale; some lines of titles before the
first edit. Of the pair column 1 is paid and column 2 denied. Indicator 0: never together, 1: with a modifier
and documentation, 9: the edit was taken back as if it had never been. A quarter comes in several parts, cut
by column 1.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Final

from einthoven.base.errors import FaultsError
from einthoven.billing.codes.code import Exclusion, Mark

TITLES_MOST: Final = 30
FAULTS_MOST: Final = 10
NO_DAY: Final = ("", "*")
INDICATORS: Final = ("0", "1", "9")
_CODE: Final = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]")
_NAME: Final = re.compile(r"v(\d\d)(\d)r\d", re.I)


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit; ``stop`` is its last day, None while it holds."""

    first: str
    second: str
    start: date
    stop: date | None
    indicator: str
    rationale: str

    def exclusion(self, source: str) -> Exclusion:
        """As an exclusion of the book."""
        can = "never together" if self.indicator == "0" else "together only with a modifier and documentation"
        words = (
            f"NCCI: {self.first} is paid, {self.second} denied; {can} ({self.rationale or 'no rationale'})"
        )
        return Exclusion(
            self.first,
            self.second,
            "ncci",
            words,
            Mark.READ,
            "same day",
            self.start,
            self.stop,
            self.indicator,
            (source,),
        )


@dataclass(frozen=True, slots=True)
class PtpFile:
    """A part of a quarter's file, as far as it is of our codes.

    Attributes:
        name: of the file.
        through: last day that it speaks of: the end of its quarter.
        low, high: least and greatest code in column 1: what is not between is in another part.
        rows: edits in the file; ``edits``: those that name a code of the book.
    """

    name: str
    through: date
    low: str
    high: str
    rows: int
    edits: tuple[Edit, ...]

    def covers(self, first: str, on: date) -> bool:
        """Whether it says everything there is about a code in column 1 on a day."""
        return self.low <= first <= self.high and on <= self.through


def quarter_end(on: date) -> date:
    """Last day of the quarter of a day."""
    month = (on.month + 2) // 3 * 3
    return date(on.year, month, 31 if month in (3, 12) else 30)


def through_of(name: str) -> date | None:
    """Last day of the quarter of a file by its name, ``ccipra-v321r0-f1``: version 32.1 is the second quarter
    of 2026, as 17.0 was the first of 2011; None where the name does not say."""
    found = _NAME.search(name)
    if found is None or int(found[2]) > 3 or not 1 <= int(found[1]) <= 99:
        return None
    return quarter_end(date(1994 + int(found[1]), int(found[2]) * 3 + 1, 1))


def read_ptp(
    lines: Iterable[str], source: str, codes: Collection[str], through: date | None = None
) -> PtpFile:
    """A file, line by line; every line is checked, only edits of our codes are kept.

    Args:
        source: name of the file, for errors.
        codes: those of the book.
        through: last day of its quarter; None: by its name, else the quarter of its newest edit.

    Raises:
        FaultsError: up to ``FAULTS_MOST`` faults with file and line.
    """
    reading = _Rows(source)
    kept: list[Edit] = []
    rows, low, high, newest = 0, "", "", date.min
    for edit in reading.edits(lines):
        rows += 1
        low = edit.first if not low else min(low, edit.first)
        high = max(high, edit.first)
        newest = max(newest, edit.start)
        if edit.first in codes or edit.second in codes:
            kept.append(edit)
    if reading.faults:
        raise FaultsError("\n".join(reading.faults))
    end = through or through_of(source) or quarter_end(newest)
    return PtpFile(source, end, low, high, rows, tuple(kept))


class _Rows:
    """Reads rows and gathers faults."""

    def __init__(self, source: str) -> None:
        self.faults: list[str] = []
        self._source = source

    def edits(self, lines: Iterable[str]) -> Iterator[Edit]:
        """The edits of a file; those with faults are left out and told."""
        walk = iter(lines)
        number, head = self._head(walk)
        if head is None:
            return
        tabs = "\t" in head
        # Tabs part the columns and nothing is quoted; in a CSV the rationale may be.
        reader = csv.reader(
            chain([head], walk),
            delimiter="\t" if tabs else ",",
            quoting=csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL,
        )
        try:
            for row in reader:
                if not any(cell.strip() for cell in row):
                    continue
                edit = self._edit([cell.strip() for cell in row], number + reader.line_num - 1)
                if edit is not None:
                    yield edit
                if len(self.faults) == FAULTS_MOST:
                    return
        except csv.Error as error:
            self.faults.append(f"{self._source}:{number + reader.line_num - 1}: {error}")

    def _head(self, walk: Iterator[str]) -> tuple[int, str | None]:
        """Number and text of the first line that is an edit."""
        number = 0
        for number, line in enumerate(walk, 1):
            if _CODE.fullmatch(re.split(r"[\t,]", line, maxsplit=1)[0].strip(' "\r\n')):
                return number, line
            if number == TITLES_MOST:
                break
        where = f"the first {number} lines" if number else "it"
        self.faults.append(f"{self._source}: no edit in {where}: want two codes, dates and an indicator")
        return number, None

    def _edit(self, row: list[str], line: int) -> Edit | None:
        fault, start, stop = "", None, None
        if len(row) < 6:
            fault = (
                f"{len(row)} columns: want column 1, column 2, *, effective, deletion, indicator, rationale"
            )
        elif not (_CODE.fullmatch(row[0]) and _CODE.fullmatch(row[1])):
            fault = f"{row[0][:12]!r} and {row[1][:12]!r} are no pair of codes"
        elif row[2] not in NO_DAY:
            fault = f"column 3 is {row[2][:12]!r}: want * or nothing"
        elif (start := _day(row[3])) is None:
            fault = f"effective date {row[3][:12]!r}: want YYYYMMDD"
        elif row[4] not in NO_DAY and (stop := _day(row[4])) is None:
            fault = f"deletion date {row[4][:12]!r}: want YYYYMMDD or *"
        elif row[5] not in INDICATORS:
            fault = f"modifier indicator {row[5][:12]!r}: want 0, 1 or 9"
        elif stop is not None and stop < start:
            fault = f"deleted {stop} before it was effective {start}"
        if fault or start is None:
            self.faults.append(f"{self._source}:{line}: {fault}")
            return None
        return Edit(row[0], row[1], start, stop, row[5], row[6] if len(row) > 6 else "")


def _day(text: str) -> date | None:
    """``YYYYMMDD``; None where it is none."""
    if not re.fullmatch(r"[0-9]{8}", text):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
