"""When the data records of an EDF+ file begin, by their time-keeping annotations, and what is missing.

Source: Kemp and Olivan 2003 (EDF+), 2.2.4, https://www.edfplus.info/specs/edfplus.html.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import RecordError
from einthoven.base.spans import Span, SpanSet
from einthoven.edges.exchange.edf_header import EdfLength
from einthoven.interop.edf import ENDS

GAPS_MAX_S = 40 * 86_400
"""Seconds that may be missing in one file: more than a service period has."""
_ONSET = re.compile(rb"([+-]\d{1,12}(?:\.\d{0,12})?)(?:\x15\d{0,12}(?:\.\d{0,12})?)?\x14")
_ENDS = re.compile(rb"([+-]\d{1,12}(?:\.\d{0,12})?)\x14" + ENDS.encode() + rb"\x14\0")


@dataclass(frozen=True, slots=True)
class EdfTimes:
    """Seconds at which each data record begins, float64[records], and the recording ends, if that is told."""

    onsets: NDArray[np.float64]
    ends: float | None


def edf_times(path: Path, length: EdfLength) -> EdfTimes | None:
    """The times in a file's annotations; None for a file without any (plain EDF).

    Raises:
        RecordError: a data record does not say when it begins.
        OSError: it cannot be read.
    """
    if not length.annotations or not length.there:
        return None
    shape = (length.there, length.record)
    data = np.memmap(path, np.uint8, "r", length.header, shape)
    offset, size = length.annotations[0]
    onsets = np.empty(length.there)
    for record in range(length.there):
        found = _ONSET.match(data[record, offset : offset + size].tobytes())
        if found is None:
            raise RecordError(f"{path}: data record {record} does not say when it begins")
        onsets[record] = float(found[1])
    last = b"\0".join(data[-1, at : at + count].tobytes() for at, count in length.annotations)
    ends = _ENDS.search(last)
    return EdfTimes(onsets, None if ends is None else float(ends[1]))


def places_of(path: Path, times: EdfTimes, size: int, rate_hz: float) -> NDArray[np.int64]:
    """The sample at which each data record of ``size`` samples begins, the first at 0: int64[records].

    Raises:
        RecordError: one begins before the one ahead of it ends, or more is missing than a recording can miss.
    """
    seconds = times.onsets - times.onsets[0]
    if not -GAPS_MAX_S < seconds.min() <= seconds.max() < GAPS_MAX_S + len(seconds) * size / rate_hz:
        raise RecordError(f"{path}: its data records begin more than {GAPS_MAX_S // 86_400} days apart")
    places: NDArray[np.int64] = np.round(seconds * rate_hz).astype(np.int64)
    # A time that was rounded down by a sample is no overlap: the data record begins where the one ahead ends.
    ahead = size * np.arange(len(places))
    apart: NDArray[np.int64] = np.maximum.accumulate(places - ahead) + ahead
    if (apart - places > 1).any():
        record = int(np.argmax(apart - places > 1))
        raise RecordError(f"{path}: data record {record} begins before record {record - 1} ends")
    return apart


def spans_of(places: NDArray[np.int64], size: int) -> tuple[Span, ...]:
    """The samples that are there."""
    cuts = [0, *(np.flatnonzero(np.diff(places) != size) + 1).tolist(), len(places)]
    runs = SpanSet((int(places[a]), int(places[b - 1]) + size) for a, b in pairwise(cuts))
    return tuple(runs)
