"""A stored stream out as a WFDB record: ``einthoven export`` (R11, R41), also while the center serves."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError, NotFoundError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant, to_iso
from einthoven.base.spans import SpanSet
from einthoven.base.timeline import Timeline
from einthoven.center.ports import SampleReader, StreamFacts
from einthoven.edges.exchange.atomic import write_file
from einthoven.edges.exchange.wfdb_writer import write_record
from einthoven.enrollment.holes import Hole, explain

CHUNK = 1 << 17
"""Samples per lead read at a time: at most 3 MB, so that 30 days need no more memory than a minute."""
DAMAGED = "damaged on the center's disk"
"""The cause of a hole where stored bytes fail their checksum: never given out as good, and told apart."""
HOLES_IN_HEADER = 100
"""Holes named in the header's comments; all of them are in the file beside it, and the header says so."""


class ExportFacts(Protocol):
    """What an export asks of the facts (``edges.store.facts_reader.FactsReader`` answers it)."""

    def stream(self, stream: StreamId) -> StreamFacts | None:
        """A stream, or None where there is no such."""
        ...

    def timeline(self, stream: StreamId) -> Timeline:
        """Sample index against center time."""
        ...

    def holes(self, stream: StreamId) -> list[tuple[int, int, str]]:
        """(start, stop, cause) of each declared hole."""
        ...


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What was exported.

    Attributes:
        header: the record's ``.hea`` file.
        stream: the stream.
        first_sample: its sample index of the record's first sample.
        samples: per lead, holes included.
        start: instant of the first sample, where it is known.
        holes: what is missing, in the stream's sample indices, with causes; ``DAMAGED`` is one.
    """

    header: Path
    stream: StreamId
    first_sample: int
    samples: int
    start: Instant | None
    holes: tuple[Hole, ...]

    @property
    def damaged(self) -> list[Hole]:
        """What was stored and cannot be read."""
        return [hole for hole in self.holes if hole.cause == DAMAGED]


def export_stream(
    reader: SampleReader,
    facts: ExportFacts,
    stream: StreamId,
    out_dir: Path,
    from_: Instant | None = None,
    to: Instant | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> ExportResult:
    """Write a stream, or the part of it in ``[from_, to)``, as a WFDB record named after it.

    Samples, rate, gains, baselines and lead names are those of the transmitter. Holes hold ``INVALID_SAMPLE``
    and are listed with their causes in ``NAME.holes.json`` beside the record; what is damaged is such a hole.

    Args:
        reader: the stored samples.
        facts: layout, clock and declared holes.
        stream: which.
        out_dir: where to; made if it is not there.
        from_, to: center time; all that is stored where left out.
        progress: called with (samples done, samples in all).

    Raises:
        NotFoundError: no such stream, or nothing of it is stored in that time.
        InputError: a time is given, but nothing ties the stream to a clock.
        StoreDamagedError: the reader cannot go on past the damage; nothing is exported.
        StoreError: the record cannot be written.
    """
    known = facts.stream(stream)
    if known is None:
        raise NotFoundError(f"there is no stream {stream_name(stream)}")
    stored = reader.stored(stream)
    timeline = facts.timeline(stream)
    first, stop = _range(stream, stored, timeline, from_, to)
    declared = facts.holes(stream)
    found = SpanSet(stored.within(first, stop))

    def holes() -> tuple[Hole, ...]:
        missing = explain(stored.missing(first, stop), declared)
        spoilt = [
            Hole(*span, DAMAGED, False)
            for part in stored.within(first, stop)
            for span in found.missing(*part)
        ]
        return tuple(sorted([*missing, *spoilt], key=lambda hole: hole.start))

    start = timeline.instant_of(first)
    name = stream_name(stream)
    blocks = _blocks(reader, stream, first, stop, found, progress)
    written = write_record(
        out_dir, name, known.layout, blocks, start, lambda: _comments(name, first, stop, holes())
    )
    result = ExportResult(written.header, stream, first, written.samples, start, holes())
    write_file(out_dir / f"{name}.holes.json", _holes_json(result, known.layout.rate_hz))
    return result


def _range(
    stream: StreamId, stored: SpanSet, timeline: Timeline, from_: Instant | None, to: Instant | None
) -> tuple[int, int]:
    first, stop = stored.start, stored.stop
    if from_ is not None:
        first = max(first, _index(stream, timeline, from_))
    if to is not None:
        stop = min(stop, _index(stream, timeline, to))
    present = stored.within(first, stop) if first < stop else []
    if not present:
        when = "" if from_ is None and to is None else " in that time"
        raise NotFoundError(f"nothing is stored of {stream_name(stream)}{when}")
    return (first if from_ is not None else present[0].start), (stop if to is not None else present[-1].stop)


def _index(stream: StreamId, timeline: Timeline, at: Instant) -> int:
    """The first sample at or after an instant."""
    sample = timeline.sample_of(at)
    if sample is None:
        raise InputError(f"{stream_name(stream)}: its samples are not tied to a clock yet: export it whole")
    return math.ceil(round(sample, 3))


def _blocks(
    reader: SampleReader,
    stream: StreamId,
    first: int,
    stop: int,
    found: SpanSet,
    progress: Callable[[int, int], None],
) -> Iterator[NDArray[np.int16]]:
    """The samples piece by piece; what turns out not to be readable is taken out of ``found``."""
    for start in range(first, stop, CHUNK):
        end = min(start + CHUNK, stop)
        window = reader.read(stream, start, end)
        for span in SpanSet(window.present).missing(start, end):
            found.remove(*span)
        yield window.samples
        progress(end - first, stop - first)


def _comments(name: str, first: int, stop: int, holes: tuple[Hole, ...]) -> list[str]:
    lines = [f"einthoven stream {name}, samples {first} to {stop}"]
    for hole in holes[:HOLES_IN_HEADER]:
        lines.append(
            f"hole at samples {hole.start - first} to {hole.stop - first} of this record: {hole.cause}"
        )
    if len(holes) > HOLES_IN_HEADER:
        lines.append(f"and {len(holes) - HOLES_IN_HEADER} more holes, all listed in {name}.holes.json")
    return lines


def _holes_json(result: ExportResult, rate_hz: float) -> bytes:
    fields = {
        "stream": stream_name(result.stream),
        "rate_hz": rate_hz,
        "first_sample": result.first_sample,
        "samples": result.samples,
        "start": None if result.start is None else to_iso(result.start),
        "start_ns": result.start,
        "holes": [
            {"start": hole.start, "stop": hole.stop, "cause": hole.cause, "declared": hole.declared}
            for hole in result.holes
        ],
    }
    return (json.dumps(fields, indent=2, ensure_ascii=False) + "\n").encode()
