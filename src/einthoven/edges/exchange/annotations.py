"""WFDB annotation files on disk, for ``einthoven analyze`` (R41)."""

from __future__ import annotations

import re
from pathlib import Path

from einthoven.base.errors import InputError
from einthoven.edges.exchange.atomic import make_folder, write_file
from einthoven.edges.exchange.wfdb_files import read_bytes
from einthoven.interop.wfdb import Annotations, parse_annotations, write_annotations

ANNOTATOR = "ein"
"""Extension of the annotations, if no other is asked for."""
_ANNOTATOR = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,19}\Z")


def annotation_path(folder: Path, record: str, annotator: str) -> Path:
    """Where a record's annotations of one annotator are: ``FOLDER/RECORD.ANNOTATOR``.

    Raises:
        InputError: the annotator's name is none, or that of a header or signal file.
    """
    if not _ANNOTATOR.match(annotator) or annotator.lower() in {"hea", "dat", "json", "edf", "mat"}:
        raise InputError(f"annotator {annotator!r}: want letters and digits, and no extension of a record")
    return folder / f"{record}.{annotator}"


def spare_reference(records: Path, written: Path) -> None:
    """Refuse to write over annotations that came with the records of a folder.

    Raises:
        InputError: ``written`` is there, among the records, and is not named as the product names its own.
    """
    beside = written.parent.resolve() == records.resolve()
    if beside and written.suffix != f".{ANNOTATOR}" and written.exists():
        raise InputError(f"{written} came with the record: choose another name with -a, or another folder")


def write_annotation_file(folder: Path, record: str, annotator: str, annotations: Annotations) -> Path:
    """Write annotations whole; the path they have.

    Raises:
        InputError: a name or an annotation that cannot be written.
        StoreError: the disk does not take it; what was there before stays.
    """
    path = annotation_path(folder, record, annotator)
    data = write_annotations(annotations)
    make_folder(folder)
    write_file(path, data)
    return path


def read_annotation_file(path: Path) -> Annotations:
    """The annotations of a file; RecordError names the file where it is damaged or not there."""
    return parse_annotations(read_bytes(path), str(path))
