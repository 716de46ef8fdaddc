"""A stored stream out as a WFDB record: ``einthoven export`` (R11, R41), also while the center serves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant, to_iso
from einthoven.center.ports import SampleReader
from einthoven.edges.exchange.annotations import ANNOTATOR
from einthoven.edges.exchange.atomic import PendingFile, make_folder, sync_folder, write_file
from einthoven.edges.exchange.stored import DAMAGED, BeatsIn, StoredFacts, StoredRecording, recording_of
from einthoven.edges.exchange.wfdb_writer import write_record
from einthoven.enrollment.holes import Hole
from einthoven.interop.recording import CHUNK, Progress, Recording
from einthoven.interop.wfdb import annotation_pieces
from einthoven.interop.wfdb_marks import marked

__all__ = [
    "CHUNK",
    "DAMAGED",
    "HOLES_IN_HEADER",
    "ExportResult",
    "export_stream",
    "holes_json",
    "write_wfdb",
]
HOLES_IN_HEADER = 100
"""Holes named in the header's comments; all of them are in the file beside it, and the header says so."""


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
    facts: StoredFacts,
    stream: StreamId,
    out_dir: Path,
    from_: Instant | None = None,
    to: Instant | None = None,
    progress: Progress = lambda _done, _total: None,
    *,
    beats: BeatsIn | None = None,
    bare: bool = False,
) -> ExportResult:
    """Write a stream, or the part of it in ``[from_, to)``, as a WFDB record named after it.

    Samples, rate, gains, baselines and lead names are those of the transmitter. Holes hold ``INVALID_SAMPLE``
    and are listed with their causes in ``NAME.holes.json`` beside the record; what is damaged is such a hole.
    ``NAME.ein`` holds what was found (``interop.wfdb_marks``).

    Args:
        reader, facts, stream, from_, to, beats, bare: as ``recording_of``.
        out_dir: where to; made if it is not there.
        progress: called with (samples done, samples in all).

    Raises:
        NotFoundError: no such stream, or nothing of it is stored in that time.
        InputError: a time is given, but nothing ties the stream to a clock.
        StoreDamagedError: the reader cannot go on past the damage; nothing is exported.
        StoreError: the record cannot be written.
    """
    taken = recording_of(reader, facts, stream, from_, to, beats=beats, bare=bare)
    return write_wfdb(taken, out_dir, progress, bare=bare)


def write_wfdb(
    taken: StoredRecording, out_dir: Path, progress: Progress = lambda _done, _total: None, *, bare: bool
) -> ExportResult:
    """Write a recording as a WFDB record with its annotations; an earlier one's annotations go.

    Raises:
        StoreError: it cannot be read or written.
    """
    recording = taken.recording
    name = recording.name
    path = out_dir / f"{name}.{ANNOTATOR}"
    with ExitStack() as stack:
        annotations = None
        if not bare:
            make_folder(out_dir)
            annotations = stack.enter_context(PendingFile(path))
            for data in annotation_pieces(marked(recording), recording.layout.rate_hz):
                annotations.write(data)
            annotations.sync()
        written = write_record(
            out_dir,
            name,
            recording.layout,
            _blocks(recording, progress),
            recording.start,
            lambda: _comments(recording, taken.first, taken.holes()),
        )
        path.unlink(missing_ok=True)
        if annotations is not None:
            annotations.keep()
        sync_folder(out_dir)
    holes = taken.holes()
    result = ExportResult(written.header, taken.stream, taken.first, written.samples, recording.start, holes)
    write_file(out_dir / f"{name}.holes.json", holes_json(taken))
    return result


def _blocks(recording: Recording, progress: Callable[[int, int], None]) -> Iterator[NDArray[np.int16]]:
    done = 0
    for block in recording.blocks():
        yield block
        done += len(block)
        progress(done, recording.samples)


def _comments(recording: Recording, first: int, holes: tuple[Hole, ...]) -> list[str]:
    lines = list(recording.comments)
    for hole in holes[:HOLES_IN_HEADER]:
        lines.append(
            f"hole at samples {hole.start - first} to {hole.stop - first} of this record: {hole.cause}"
        )
    if len(holes) > HOLES_IN_HEADER:
        lines.append(
            f"and {len(holes) - HOLES_IN_HEADER} more holes, all listed in {recording.name}.holes.json"
        )
    return lines


def holes_json(taken: StoredRecording) -> bytes:
    """What a recording lacks, with causes, as JSON; once its samples were read, what is damaged, too."""
    recording = taken.recording
    fields = {
        "stream": stream_name(taken.stream),
        "rate_hz": recording.layout.rate_hz,
        "first_sample": taken.first,
        "samples": recording.samples,
        "start": None if recording.start is None else to_iso(recording.start),
        "start_ns": recording.start,
        "holes": [
            {"start": hole.start, "stop": hole.stop, "cause": hole.cause, "declared": hole.declared}
            for hole in taken.holes()
        ],
    }
    return (json.dumps(fields, indent=2, ensure_ascii=False) + "\n").encode()
