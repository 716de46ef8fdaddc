"""The quality of the leads of one stream over its past, as the patient page asks for it; runs on a reading
thread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import StoreDamagedError
from einthoven.base.ids import StreamId
from einthoven.base.layout import Layout
from einthoven.base.spans import SpanSet
from einthoven.center.ports import SampleReader
from einthoven.ecg.beats import GOOD, GRADES, GRADES_EVERY_S, UNKNOWN, grades_of, last_told

PIECE_S: Final = 6 * 3600
"""So much is read at a time."""
READ_S: Final = 8 * 86_400
"""So much of a stream is read for one answer."""
SPANS_MAX: Final = 4000
"""An answer ends with the piece in which it gets longer."""

I64 = NDArray[np.int64]
Rows = NDArray[np.void]
Spans = list[list[int]]


def quality_body(
    reader: SampleReader,
    stream: StreamId,
    layout: Layout,
    unsealed: Rows,
    start: int,
    stop: int,
    resolution: int,
) -> dict[str, object]:
    """Where which lead was not good in ``[start, stop)``: ``spans`` of [start, stop, lead, code].

    Args:
        unsealed: rows of the ward, from ``look_back`` before ``start`` on.
        resolution: samples; of one lead and code, spans that lie nearer to one another are told as one, and
            what is shorter after that is not told.
    """
    spans: Spans = []
    stored = reader.stored(stream)
    at, last = start, min(stop, start + round(READ_S * layout.rate_hz))
    while at < last:
        end = min(at + round(PIECE_S * layout.rate_hz), last)
        rows = known_rows(reader, stream, at - look_back(layout), end, unsealed)
        spans += graded_spans(rows, len(layout.leads), stored, at, end, resolution)
        at = end
        if len(spans) > SPANS_MAX:
            break
    body: dict[str, object] = {"start": start, "stop": at, "spans": spans, "truncated": at < stop}
    if at < stop:
        body["next"] = at
    return body


def look_back(layout: Layout) -> int:
    """Samples within which the grades of a lead are told anew."""
    return round((GRADES_EVERY_S + 1) * layout.rate_hz) + 1


def known_rows(
    reader: SampleReader, stream: StreamId, start: int, stop: int, unsealed: Rows, pick: int | None = GRADES
) -> Rows:
    """Sealed and unsealed rows of ``[start, stop)`` in order, each once, the ward's before sealed ones; only
    those of one code, or all. Rows in files that are damaged are not among them."""
    parts = []
    for low, high in reader.stored(stream).within(max(0, start), stop):
        try:
            parts.append(_of(reader.rows(stream, low, high), pick))
        except StoreDamagedError:
            continue
    fresh = unsealed[(unsealed["sample"] >= start) & (unsealed["sample"] < stop)]
    return last_told(np.concatenate([*parts, _of(fresh, pick)]))


def _of(rows: Rows, pick: int | None) -> Rows:
    chosen: Rows = rows if pick is None else rows[rows["code"] == pick]
    return chosen


def graded_spans(
    rows: Rows, leads: int, stored: SpanSet, start: int, stop: int, resolution: int = 1
) -> Spans:
    """Spans [start, stop, lead, code] of what ``rows`` of grades say was not good, by lead and start.

    A row holds until the next, and no farther than samples are stored without a hole.
    """
    at, grades = grades_of(rows, leads)
    if not len(at):
        return []
    ends = np.minimum(np.append(at[1:], stop), _edges(at, stored, stop))
    low, high = np.maximum(at, start), np.minimum(ends, stop)
    seen = low < high
    found: Spans = []
    for lead in range(leads):
        code = grades[:, lead]
        for one in np.unique(code[seen & (code != GOOD) & (code != UNKNOWN)]).tolist():
            mine = seen & (code == one)
            joined = _joined(zip(low[mine].tolist(), high[mine].tolist(), strict=True), resolution)
            found += [[first, last, lead, one] for first, last in joined if last - first >= resolution]
    return sorted(found, key=lambda span: (span[2], span[0]))


def _edges(at: I64, stored: SpanSet, stop: int) -> I64:
    """Of each sample, where the stored stretch around it ends; ``stop`` where it is not stored yet."""
    spans = np.array([(-1, -1), *stored], np.int64)
    which = np.searchsorted(spans[:, 0], at, side="right") - 1
    edges: I64 = np.where(spans[which, 1] > at, spans[which, 1], stop)
    return edges


def _joined(spans: Iterator[tuple[int, int]], apart: int) -> Iterator[tuple[int, int]]:
    """Spans in order, those less than ``apart`` samples apart as one."""
    held: tuple[int, int] | None = None
    for low, high in spans:
        if held is not None and low - held[1] < apart:
            held = (held[0], high)
            continue
        if held is not None:
            yield held
        held = (low, high)
    if held is not None:
        yield held
