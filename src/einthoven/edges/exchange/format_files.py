"""A stored recording as files of every format: EDF+ and ISHNE here, and the table of all of them (R41)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from einthoven.base.errors import InputError
from einthoven.base.instants import Instant
from einthoven.edges.exchange.atomic import PendingFile, make_folder, sync_folder, write_file
from einthoven.edges.exchange.export import holes_json, write_wfdb
from einthoven.edges.exchange.part_files import write_aecg, write_dicom
from einthoven.edges.exchange.stored import StoredRecording
from einthoven.edges.exchange.tables import Form, write_tables
from einthoven.interop.edf import edf_pieces
from einthoven.interop.ishne import beat_pieces, ishne_pieces
from einthoven.interop.recording import Progress


@dataclass(frozen=True, slots=True)
class Way:
    """How a recording leaves.

    Attributes:
        taken: what leaves.
        out: folder to write to; made if it is not there.
        made: now.
        bare: without what was found.
        progress: called with (samples done, samples in all).
    """

    taken: StoredRecording
    out: Path
    made: Instant
    bare: bool
    progress: Progress


def _wfdb(way: Way) -> list[Path]:
    header = write_wfdb(way.taken, way.out, way.progress, bare=way.bare).header
    found = [] if way.bare else [header.with_suffix(".ein")]
    return [header, header.with_suffix(".dat"), *found, header.with_name(f"{header.stem}.holes.json")]


def _edf(way: Way) -> list[Path]:
    recording = way.taken.recording
    return _write(way, {f"{recording.name}.edf": edf_pieces(recording, way.progress)})


def _ishne(way: Way) -> list[Path]:
    recording = way.taken.recording
    files: dict[str, Iterable[bytes]] = {
        f"{recording.name}.ecg": ishne_pieces(recording, way.progress, way.made)
    }
    if not way.bare:
        files[f"{recording.name}.ann"] = beat_pieces(recording, way.made)
    return _write(way, files)


def _table(way: Way, form: Form) -> list[Path]:
    if way.bare:
        raise InputError(f"--bare: a {form} table holds nothing but what was found")
    return write_tables(way.out, way.taken.recording, form, progress=way.progress)


FORMATS: dict[str, Callable[[Way], list[Path]]] = {
    "wfdb": _wfdb,
    "edf": _edf,
    "ishne": _ishne,
    "dicom": lambda way: write_dicom(way.taken.recording, way.out, way.progress),
    "aecg": lambda way: write_aecg(way.taken.recording, way.out, way.progress),
    "csv": lambda way: _table(way, "csv"),
    "parquet": lambda way: _table(way, "parquet"),
}
"""What writes each format; gives the paths written."""


def _write(way: Way, files: dict[str, Iterable[bytes]]) -> list[Path]:
    """Files that belong together, all of them or none, and what is missing of them as ``NAME.holes.json``."""
    make_folder(way.out)
    with ExitStack() as stack:
        pending = []
        for name, pieces in files.items():
            file = stack.enter_context(PendingFile(way.out / name))
            for piece in pieces:
                file.write(piece)
            file.sync()
            pending.append(file)
        for file in pending:
            file.keep()
    sync_folder(way.out)
    holes = way.out / f"{way.taken.recording.name}.holes.json"
    write_file(holes, holes_json(way.taken))
    return [*(way.out / name for name in files), holes]
