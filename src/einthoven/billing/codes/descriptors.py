"""Licensed descriptors that a site loads for itself: a CSV of code and descriptor. None are shipped (R38)."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from einthoven.base.errors import FaultsError

LENGTH_MOST: Final = 1000
FAULTS_MOST: Final = 10
HEADS: Final = ("code", "cpt", "hcpcs", "cpt code", "hcpcs code")


@dataclass(frozen=True, slots=True)
class Descriptors:
    """Descriptors of the book's codes.

    Attributes:
        name: of the file.
        rows: in the file; ``words``: code → descriptor, of the book's codes alone.
    """

    name: str
    rows: int
    words: dict[str, str]


def read_descriptors(lines: Iterable[str], source: str, codes: Collection[str]) -> Descriptors:
    """A file, line by line; a first line of titles is passed over.

    Raises:
        FaultsError: up to ``FAULTS_MOST`` faults with file and line.
    """
    reader = csv.reader(lines, strict=True)
    faults: list[str] = []
    seen: dict[str, int] = {}
    words: dict[str, str] = {}
    try:
        for row in reader:
            cells = [cell.strip().lstrip("\ufeff") for cell in row]
            if not any(cells) or (not seen and cells[0].casefold() in HEADS):
                continue
            fault = _fault(cells, seen)
            if fault:
                faults.append(f"{source}:{reader.line_num}: {fault}")
                if len(faults) == FAULTS_MOST:
                    break
                continue
            seen[cells[0].upper()] = reader.line_num
            if cells[0].upper() in codes:
                words[cells[0].upper()] = cells[1]
    except csv.Error as error:
        faults.append(f"{source}:{reader.line_num}: {error}")
    if not seen and not faults:
        faults.append(f"{source}: holds no descriptor")
    if faults:
        raise FaultsError("\n".join(faults))
    return Descriptors(source, len(seen), words)


def _fault(cells: list[str], seen: dict[str, int]) -> str:
    if len(cells) < 2:
        return "want two columns: code, descriptor"
    code = cells[0].upper()
    if len(code) != 5 or not code.isascii() or not code.isalnum():
        return f"{cells[0][:12]!r} is no code of five characters"
    if code in seen:
        return f"{code} stands twice, first in line {seen[code]}"
    if not cells[1]:
        return f"{code} has no descriptor"
    if len(cells[1]) > LENGTH_MOST:
        return f"{code}: a descriptor of {len(cells[1])} characters, want {LENGTH_MOST} at most"
    return ""
