"""A recording as several files that belong together: DICOM objects, HL7 aECG documents (R41)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from einthoven.edges.exchange.atomic import PendingFile, make_folder, sync_folder
from einthoven.interop.aecg import documents
from einthoven.interop.dicom import encode, objects
from einthoven.interop.recording import Progress, Recording


class _Part(NamedTuple):
    """One file: its number from 1, how many there are, the samples done with it, its bytes piece by piece."""

    number: int
    of: int
    done: int
    pieces: Iterable[bytes]


def write_dicom(
    recording: Recording, out_dir: Path, told: Progress = lambda _done, _total: None
) -> list[Path]:
    """Write a recording as DICOM files: ``NAME.dcm``, or ``NAME-0001.dcm`` and on where there are several.

    All of them are on the disk before the first has its name; those of an earlier export of the name go.

    Args:
        recording: what leaves.
        out_dir: where to; made if it is not there.
        told: told (samples done, samples in all).

    Raises:
        InputError: nothing ties the recording to a clock, or nothing of it was received.
        StoreError: it cannot be read or written; nothing was.
    """
    parts = (_Part(one.number, one.of, one.span.stop, [encode(one.data)]) for one in objects(recording))
    return _write(out_dir, recording, "dcm", parts, told)


def write_aecg(
    recording: Recording, out_dir: Path, told: Progress = lambda _done, _total: None
) -> list[Path]:
    """Write a recording as HL7 aECG documents: ``NAME.aecg.xml``, or ``NAME-0001.aecg.xml`` and on.

    As ``write_dicom``; a recording without a clock can be written, and stretches without any lead are no
    document.

    Raises:
        StoreError: it cannot be read or written; nothing was.
    """
    parts = (_Part(one.number, one.of, one.span.stop, one.pieces) for one in documents(recording))
    return _write(out_dir, recording, "aecg.xml", parts, told)


def _write(
    out_dir: Path, recording: Recording, ending: str, parts: Iterator[_Part], told: Progress
) -> list[Path]:
    make_folder(out_dir)
    name = recording.name
    with ExitStack() as stack:
        pending: dict[Path, PendingFile] = {}
        for part in parts:
            shown = name if part.of == 1 else f"{name}-{part.number:04d}"
            path = out_dir / f"{shown}.{ending}"
            file: PendingFile | None = None
            for piece in part.pieces:
                if file is None:
                    file = pending[path] = stack.enter_context(PendingFile(path))
                file.write(piece)
            if file is not None:
                file.sync()
            told(part.done, recording.samples)
        for path in _earlier(out_dir, name, ending):
            if path not in pending:
                path.unlink(missing_ok=True)
        for file in pending.values():
            file.keep()
    sync_folder(out_dir)
    told(recording.samples, recording.samples)
    return list(pending)


def _earlier(out_dir: Path, name: str, ending: str) -> list[Path]:
    """Files that an earlier export of a recording of this name left."""
    ours = re.compile(rf"{re.escape(name)}(-\d{{4,}})?\.{re.escape(ending)}")
    return [path for path in out_dir.iterdir() if ours.fullmatch(path.name)]
