"""The numbers of an EDF header that say how long the file must be, read before anything else of it.

Source: Kemp et al. 1992, https://www.edfplus.info/specs/edf.html.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from einthoven.base.errors import RecordError

UNKNOWN = -1
"""Data records promised while a file is still being recorded."""
_FIXED = 256
"""Bytes of the first part of the header, and of each signal's part."""
_VERSION = b"0       "
_BEFORE_SAMPLES = 16 + 80 + 8 + 4 * 8 + 80
"""Bytes of a signal's fields that come before its samples in a data record."""
_WHOLE = re.compile(r"[+-]?[0-9]{1,8}")
_SAMPLE_BYTES = 2
_ANNOTATIONS = b"EDF Annotations"


@dataclass(frozen=True, slots=True)
class EdfLength:
    """How much a file holds by its header, and in truth.

    Attributes:
        promised: data records by the header; ``UNKNOWN`` while it is still being recorded.
        there: whole data records in the file.
        header: bytes of the header.
        record: bytes of a data record.
        annotations: place and bytes in a data record of each signal of EDF+ annotations.
    """

    promised: int
    there: int
    header: int
    record: int
    annotations: tuple[tuple[int, int], ...]


def edf_length(path: Path) -> EdfLength:
    """The data records that a file promises and those that it holds.

    Raises:
        RecordError: it does not begin with an EDF header, or ends before its last data record; one line
            naming the file.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        fixed = file.read(_FIXED)
        if len(fixed) < _FIXED or not fixed.startswith(_VERSION):
            raise _no_header(path, "it does not begin as one")
        signals = _whole(path, fixed, 252, 4, "number of signals", 1)
        size = _whole(path, fixed, 184, 8, "bytes in the header", 0)
        promised = _whole(path, fixed, 236, 8, "number of data records", UNKNOWN)
        _seconds(path, fixed)
        if size != _FIXED * (signals + 1):
            raise _no_header(path, f"{size} bytes are not that of {signals} signals")
        rest = file.read(size - _FIXED)
        length = file.seek(0, 2)
    if len(rest) < size - _FIXED:
        raise RecordError(f"{path}: the file is cut short within its header")
    first = signals * _BEFORE_SAMPLES
    sizes = [
        _SAMPLE_BYTES
        * _whole(path, rest, first + 8 * signal, 8, f"samples in a data record of signal {signal}", 1)
        for signal in range(signals)
    ]
    record = sum(sizes)
    there = (length - size) // record
    if there < promised:
        raise RecordError(
            f"{path}: {there} whole data records where the header says {promised}: the file is cut short"
        )
    notes = [signal for signal in range(signals) if rest[16 * signal :].startswith(_ANNOTATIONS)]
    annotations = tuple((sum(sizes[:signal]), sizes[signal]) for signal in notes)
    return EdfLength(promised, there, size, record, annotations)


def _whole(path: Path, data: bytes, at: int, count: int, what: str, least: int) -> int:
    """The whole number in ``count`` bytes from ``at`` on."""
    text = data[at : at + count].decode("latin-1").strip()
    if not _WHOLE.fullmatch(text) or int(text) < least:
        raise _no_header(path, f"{what} {text!r}")
    return int(text)


def _seconds(path: Path, fixed: bytes) -> None:
    """A data record lasts a number of seconds."""
    text = fixed[244:252].decode("latin-1").strip()
    try:
        lasts = float(text)
    except ValueError:
        lasts = math.nan
    if not 0.0 <= lasts < math.inf:
        raise _no_header(path, f"seconds of a data record {text!r}")


def _no_header(path: Path, why: str) -> RecordError:
    return RecordError(f"{path}: its header is no EDF header: {why}")
