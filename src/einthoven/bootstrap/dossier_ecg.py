"""Of the record on request: the stored ECG, copied as it is sealed, and strips of it for paper (R36, R41)."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from einthoven.base.ids import StreamId, stream_name
from einthoven.base.layout import INVALID_SAMPLE, Layout
from einthoven.base.spans import SpanSet
from einthoven.base.timeline import Timeline
from einthoven.bootstrap.service_records import OpenFolder
from einthoven.center.dossier_blocks import Clock
from einthoven.ecg.measure_beats import SYMBOLS
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.index import SegmentRow
from einthoven.edges.store.wfdb import (
    LAYOUT_SUFFIX,
    SegmentName,
    flac,
    layout_header,
    master_header,
    segment_header,
    split_leads,
)
from einthoven.enrollment.holes import explain
from einthoven.reports.report import Strip, Trace
from einthoven.reports.strips import LEADS_MOST, STRIP_S
from einthoven.review.case import Case

PIECE_S: Final = 3600
"""Seconds of one segment made of samples that are not sealed."""
LEAD_IN_S: Final = 1.6
ROWS_MOST: Final = 3
"""Strips of one event that are printed, seven seconds each: its beginning."""
TELEPHONED_MOST: Final = 18
"""Rows of one strip by telephone that are printed, seven seconds each: two minutes of it."""
Tell = Callable[[int, int], None]
Tracings = dict[tuple[int, int], list[tuple[str, str]]]
"""Call and strip → keys of its rows, with what stands over each."""


# ---- files -------------------------------------------------------------------------------------------------


def ecg_files(opened: OpenFolder, stream: StreamId, damaged: list[str]) -> Iterator[tuple[str, bytes]]:
    """The stored ECG of a stream as one WFDB record: names below ``ecg`` and contents.

    Sealed segments go as they lie on the disk, each against its checksum; what is not sealed yet is written
    in the same form. What is damaged is left out and named in ``damaged``.
    """
    known = opened.facts.stream(stream)
    assert known is not None
    layout, timeline = known.layout, opened.facts.timeline(stream)
    disk = RealDisk(opened.folder)
    parts: list[tuple[SegmentName, int, int]] = []
    rows = opened.reader.segments(stream)
    for row in rows:
        found = _sealed(disk, row, damaged)
        if found is not None:
            parts.append((row.name, row.start, row.stop))
            yield from found
    sealed = SpanSet((row.start, row.stop) for row in rows)
    number = max((row.name.number for row in rows), default=-1) + 1
    for start, stop in _unsealed(opened.reader.stored(stream), sealed, round(PIECE_S * layout.rate_hz)):
        name = SegmentName(stream, number, 0)
        number += 1
        parts.append((name, start, stop))
        yield from _made(opened, layout, timeline, name, start, stop)
    parts.sort(key=lambda one: one[1])
    yield f"{stream_name(stream)}{LAYOUT_SUFFIX}.hea", layout_header(stream, layout)
    yield f"{stream_name(stream)}.hea", master_header(stream, layout, parts, timeline.instant_of(0))


def _sealed(disk: RealDisk, row: SegmentRow, damaged: list[str]) -> list[tuple[str, bytes]] | None:
    """The files of a sealed segment; None where header or signals fail their checksum."""
    found = []
    paths = [row.name.header, *row.name.signals(row.leads)]
    for path, crc in zip(paths, row.checksums, strict=True):
        try:
            content = disk.read(path)
        except OSError:
            content = b""
        if zlib.crc32(content) != crc:
            damaged.append(
                f"{Path(path).name}: damaged on the center's disk, samples {row.start} to {row.stop}"
            )
            return None
        found.append((Path(path).name, content))
    beats = disk.read(row.name.beats) if disk.size(row.name.beats) is not None else b""
    if zlib.crc32(beats) in (row.beats_crc, row.next_beats_crc):
        found.append((Path(row.name.beats).name, beats))
    else:
        damaged.append(f"{Path(row.name.beats).name}: damaged on the center's disk")
    return found


def _unsealed(stored: SpanSet, sealed: SpanSet, most: int) -> Iterator[tuple[int, int]]:
    for span in stored:
        for hole in sealed.missing(*span):
            for start in range(hole.start, hole.stop, most):
                yield start, min(start + most, hole.stop)


def _made(
    opened: OpenFolder, layout: Layout, timeline: Timeline, name: SegmentName, start: int, stop: int
) -> Iterator[tuple[str, bytes]]:
    samples = opened.reader.read(name.stream, start, stop).samples
    header = segment_header(name, layout, start, samples, timeline.instant_of(start))
    yield Path(name.header).name, header
    for path, part in zip(name.signals(len(layout.leads)), split_leads(len(layout.leads)), strict=True):
        yield Path(path).name, flac(samples[:, part], layout.rate_hz)


def gaps(opened: OpenFolder, stream: StreamId) -> list[tuple[int, int, str]]:
    """Samples between the first and the last stored ones that are not stored, and why."""
    stored = opened.reader.stored(stream)
    if not stored:
        return []
    holes = explain(stored.missing(0, stored.stop), opened.facts.holes(stream))
    return [(one.start, one.stop, one.cause) for one in holes]


# ---- strips ------------------------------------------------------------------------------------------------


def strips_of(
    opened: OpenFolder, stream: StreamId, cases: Sequence[Case], clock: Clock
) -> tuple[dict[str, Strip], dict[int, list[tuple[str, str]]]]:
    """Strips of each event out of the stored samples.

    Returns:
        Key → strip; number of the case → its keys with what stands over each.
    """
    known = opened.facts.stream(stream)
    assert known is not None
    stored, timeline = opened.reader.stored(stream), opened.facts.timeline(stream)
    strips: dict[str, Strip] = {}
    keys: dict[int, list[tuple[str, str]]] = {}
    length = round(STRIP_S * known.layout.rate_hz)
    for case in cases:
        for place, (start, words) in enumerate(_starts(case, known.layout, timeline), 1):
            if not stored.within(max(0, start), start + length):
                continue
            key = f"{case.number}-{place}"
            strips[key] = _strip(opened, stream, known.layout, timeline, max(0, start), length, clock)
            keys.setdefault(case.number, []).append((key, words))
    return strips, keys


def telephoned_of(opened: OpenFolder, stream: StreamId, clock: Clock) -> tuple[dict[str, Strip], Tracings]:
    """Every strip that came by telephone and counts, whole, in rows of a page's width.

    Returns:
        Key → row; call and strip → its keys with what stands over each.
    """
    known = opened.facts.stream(stream)
    assert known is not None
    timeline, length = opened.facts.timeline(stream), round(STRIP_S * known.layout.rate_hz)
    rows: dict[str, Strip] = {}
    keys: Tracings = {}
    for call, one in opened.books.calls.strips_of(stream):
        if (
            one.start is None
            or one.stop is None
            or not opened.reader.stored(stream).within(one.start, one.stop)
        ):
            continue
        for place, first in enumerate(range(one.start, one.stop, length)[:TELEPHONED_MOST]):
            key = f"call-{call.number}-{one.number}-{place + 1}"
            wide = min(length, one.stop - first)  # what lies behind it is another strip
            rows[key] = _strip(opened, stream, known.layout, timeline, first, wide, clock)
            words = f"Strip {call.number}.{one.number}" if not place else "goes on"
            keys[call.number, one.number] = [*keys.get((call.number, one.number), ()), (key, words)]
    return rows, keys


def _starts(case: Case, layout: Layout, timeline: Timeline) -> list[tuple[int, str]]:
    """Where the strips of an event begin: those that its reader chose, else its beginning."""
    chosen = [start for given in case.verdicts for start, _ in given.strips]
    if chosen:
        return [(start, "chosen by the reader") for start in dict.fromkeys(chosen)][:ROWS_MOST]
    rate, found = layout.rate_hz, []
    facts = sorted(case.findings, key=lambda one: one.start_at)[:1]
    for one in facts:
        at = timeline.sample_of(one.start_at) if one.symptom is not None or one.start is None else one.start
        if at is None:
            continue
        first = round(at - LEAD_IN_S * rate)
        last = one.stop if one.stop is not None else at
        lasting = max(1, min(ROWS_MOST, -(-int(last - first) // round(STRIP_S * rate))))
        found = [
            (first + round(row * STRIP_S * rate), one.title if not row else "goes on")
            for row in range(lasting)
        ]
    return found


def _strip(
    opened: OpenFolder,
    stream: StreamId,
    layout: Layout,
    timeline: Timeline,
    start: int,
    length: int,
    clock: Clock,
) -> Strip:
    samples = opened.reader.read(stream, start, start + length).samples
    traces = tuple(
        Trace(
            lead.name,
            lead.gain,
            lead.baseline,
            tuple(None if value == INVALID_SAMPLE else value for value in samples[:, place].tolist()),
        )
        for place, lead in enumerate(layout.leads[:LEADS_MOST])
    )
    rows = opened.reader.beats(stream, start, start + length)
    at = timeline.instant_of(start)
    return Strip(
        start=start,
        end=start + length,
        at_ms=None if at is None else at // 10**6,
        when="time not known" if at is None else clock.at(at),
        caption="",
        why="",
        rate_hz=layout.rate_hz,
        traces=traces,
        beats=tuple(
            (int(sample) - start, SYMBOLS.get(int(code), "?"))
            for sample, code in zip(rows["sample"], rows["code"], strict=True)
        ),
    )
