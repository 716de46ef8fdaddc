"""``einthoven export``: a stream of a data folder as files of any format, also while a center serves it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import NotFoundError
from einthoven.base.ids import StreamId, parse_stream, stream_name
from einthoven.base.instants import SECOND, from_iso, to_iso
from einthoven.base.layout import Layout
from einthoven.base.spans import Span, SpanSet
from einthoven.bootstrap.clock import RealClock
from einthoven.bootstrap.compiling import telling_compilation
from einthoven.bootstrap.limits import thresholds_of
from einthoven.bootstrap.progress import progress_bar
from einthoven.center.ports import StreamFacts
from einthoven.ecg.analyze import analyze
from einthoven.ecg.beats import BEAT
from einthoven.edges.exchange.format_files import FORMATS, Way
from einthoven.edges.exchange.relabelled import Said
from einthoven.edges.exchange.stored import BeatsIn, StoredRecording, recording_of
from einthoven.edges.store.facts_desk import SqlJournalReader
from einthoven.edges.store.facts_reader import FactsReader
from einthoven.edges.store.reader import StoreReader
from einthoven.edges.store.store import open_reader
from einthoven.reports.clock import zone_of
from einthoven.reports.review_labels import labels_of
from einthoven.review.relabels import RelabelBook
from einthoven.settings import load

FACTS_FILE = "facts.sqlite"
LEAD_IN_S = 600
"""Seconds of samples that the analysis runs over before those whose beats are wanted of it: it has learned
by then what beats look like."""
PIECE_S = 2 * 3600
"""Seconds of unsealed samples analysed in one go."""


def export_stream(
    stream: str,
    data: Path,
    out: Path,
    *,
    form: str = "wfdb",
    from_: str | None = None,
    to: str | None = None,
    bare: bool = False,
    zone: str = "",
) -> dict[str, object]:
    """Write a stream as files named after it; what was written and what is missing, JSON-ready.

    That it is taken out is a line of the audit, durable before a sample is read (R42).

    Args:
        stream: its name.
        data: the center's data folder.
        out: folder to write to; made if missing.
        form: one of ``FORMATS``.
        from_, to: ISO 8601; without that end where left out.
        bare: samples without what was found in them.
        zone: time zone of the clock on the wall, for formats that tell its time; UTC if not given.

    Raises:
        InputError: no such stream, data folder, time or zone, or the format cannot hold it.
        StoreError: it could not be put on record, so nothing was taken out; or it cannot be read or written.
    """
    from einthoven.bootstrap.staff import ask  # with all of sign-in, which no transmitter needs

    number = parse_stream(stream)
    since = None if from_ is None else from_iso(from_)
    until = None if to is None else from_iso(to)
    clock = zone_of(zone)
    if not data.is_dir():
        raise NotFoundError(f"{data}: no such data folder")
    facts = FactsReader(data / FACTS_FILE)
    try:
        if facts.stream(number) is None:
            raise NotFoundError(f"there is no stream {stream_name(number)}")
        told = {"stream": stream_name(number), "from": from_ or "", "to": to or "", "format": form}
        ask(data, "export", told)
        reader = open_reader(data, partial(_layout, facts))
        beats = beats_with_unsealed(reader, facts)
        with telling_compilation():
            said = said_of(data, facts, number)
            taken = recording_of(reader, facts, number, since, until, beats=beats, bare=bare, said=said)
        taken = _on_the_wall(taken, clock)
        with progress_bar(f"exporting {stream}") as tell:
            paths = FORMATS[form](Way(taken, out, RealClock().wall(), bare, tell))
    finally:
        facts.close()
    for hole in taken.damaged():
        click.echo(
            f"einthoven: samples {hole.start} to {hole.stop} are damaged on the disk and left out "
            f"(`einthoven verify {data}` names the file)",
            err=True,
        )
    files = {"record": str(out / taken.recording.name), "format": form, "files": [str(one) for one in paths]}
    return files | _told(taken)


def said_of(data: Path, facts: FactsReader, stream: StreamId) -> Said:
    """What people said of a stream's beats, by the deeds of a data folder, and the site's thresholds."""
    book, journal, after = RelabelBook(), SqlJournalReader(facts.ask), 0
    while deeds := journal.read_kinds(RelabelBook.KINDS, after):
        for deed in deeds:
            book.apply(deed)
        after = deeds[-1].number
    settings = load(data)
    thresholds = thresholds_of(data / settings.thresholds if settings.thresholds else None)
    return Said(labels_of(book.in_force(stream)), thresholds)


def _on_the_wall(taken: StoredRecording, zone: ZoneInfo) -> StoredRecording:
    """With what the clock on the wall was ahead of UTC when the recording began."""
    start = taken.recording.start
    if start is None:
        return taken
    ahead = datetime.fromtimestamp(start // SECOND, zone).utcoffset() or timedelta()
    minutes = round(ahead / timedelta(minutes=1))
    return replace(taken, recording=replace(taken.recording, utc_offset_minutes=minutes))


def _layout(facts: FactsReader, stream: StreamId) -> Layout | None:
    known = facts.stream(stream)
    return known.layout if known is not None else None


def _told(taken: StoredRecording) -> dict[str, object]:
    start = taken.recording.start
    return {
        "stream": stream_name(taken.stream),
        "first_sample": taken.first,
        "samples": taken.recording.samples,
        "beats": len(taken.recording.beats),
        "damaged": sum(hole.stop - hole.start for hole in taken.damaged()),
        "start": None if start is None else to_iso(start),
        "holes": [
            {"start": hole.start, "stop": hole.stop, "cause": hole.cause, "declared": hole.declared}
            for hole in taken.holes()
        ],
    }


def beats_with_unsealed(reader: StoreReader, facts: FactsReader) -> BeatsIn:
    """The beats of a data folder: those that are sealed, and of samples that are not sealed yet those that
    the same analysis finds in them now (a center that runs has them in memory alone)."""

    def beats(stream: StreamId, start: int, stop: int) -> NDArray[np.void]:
        parts = [reader.beats(stream, start, stop)]
        known = facts.stream(stream)
        if known is None:
            return parts[0]
        sealed = SpanSet((row.start, row.stop) for row in reader.segments(stream, start))
        stored = reader.stored(stream)
        for part in stored.within(start, stop):
            parts += [_found(reader, known, stored, hole) for hole in sealed.missing(*part)]
        rows = np.concatenate(parts)
        return rows[np.argsort(rows["sample"], kind="stable")]

    return beats


def _found(reader: StoreReader, known: StreamFacts, stored: SpanSet, wanted: Span) -> NDArray[np.void]:
    """The beats that the analysis finds in a stretch of stored samples."""
    found, layout = [np.zeros(0, BEAT)], known.layout
    lead_in, piece = round(LEAD_IN_S * layout.rate_hz), round(PIECE_S * layout.rate_hz)
    for first in range(wanted.start, wanted.stop, piece):
        stop = min(first + piece, wanted.stop)
        start = stored.within(max(0, first - lead_in), stop)[0].start
        window = reader.read(known.stream, start, stop)
        present = [Span(a - start, b - start) for a, b in window.present]
        beats = analyze(window.samples, layout, present=present).beats
        beats["sample"] += start
        found.append(beats[beats["sample"] >= first])
    return np.concatenate(found)
