"""Databases of records with a reference: which there are in a folder, and of what form each is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from einthoven.base.errors import InputError, RecordError
from einthoven.edges.exchange.wfdb_files import read_header

STRIPS = ("REFERENCE-v3.csv", "REFERENCE.csv")
"""Classes of the strips of the 2017 challenge; the last version first."""


WINDOWS, WINDOW_S = "*_5s_shockable_labels.csv", 5.0
"""Labels ``record,start_s,shockable`` of windows, and how long these are."""
ALARMS = "alarms of a bedside monitor, true or false: analyze annotates records and does not judge alarms"


class Form(Enum):
    """What the records of a database can be scored by."""

    BEATS = "beats and rhythms in .atr"
    INTERVALS = "beats and rhythms without signals"
    BORDERS = "borders of waves in .q1c"
    STRIPS = "a class for each strip in REFERENCE.csv"
    WINDOWS = "a label for each window of five seconds"


@dataclass(slots=True)
class Database:
    """A folder of WFDB records.

    Attributes:
        name: of the folder.
        folder: where it is.
        records: names of the records by how they can be scored, in order.
        left_out: why a record cannot be scored, by its name; ``""`` stands for the whole database.
    """

    name: str
    folder: Path
    records: dict[Form, list[str]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def databases_in(path: Path) -> list[Database]:
    """The databases of a folder, or the one that it is itself.

    Raises:
        InputError: there is no record in it.
    """
    if not path.is_dir():
        raise InputError(f"{path}: {'not a folder' if path.exists() else 'no such folder'}")
    folders = [path] if any(path.glob("*.hea")) else sorted(each for each in path.iterdir() if each.is_dir())
    found = [_database(folder) for folder in folders if any(folder.glob("*.hea"))]
    if not found:
        raise InputError(f"{path}: no WFDB records (.hea) in it, nor in its folders")
    return found


def _database(folder: Path) -> Database:
    out = Database(folder.resolve().name, folder)
    names = sorted(each.stem for each in folder.glob("*.hea"))
    if any((folder / name).is_file() for name in STRIPS):
        out.records[Form.STRIPS] = names
        return out
    borders = any(folder.glob("*.q1c"))
    labelled = window_labels(folder)
    judged = any(folder.glob("*.atr")) or borders or bool(labelled)
    if not judged:
        alarms = any(_is_alarm(folder, name) for name in names)
        out.left_out[""] = ALARMS if alarms else "no reference that is read here: .atr, .q1c, REFERENCE.csv"
        return out
    referred = [name for name in names if (folder / f"{name}.atr").is_file()]
    form = Form.BEATS if any(_has_signals(folder, name) for name in referred) else Form.INTERVALS
    for name in names:
        if borders and (folder / f"{name}.q1c").is_file():
            out.records.setdefault(Form.BORDERS, []).append(name)
        elif name in referred:
            out.records.setdefault(form, []).append(name)
        elif name not in labelled:
            out.left_out[name] = "no reference annotations (.atr)"
    if labelled:
        out.records[Form.WINDOWS] = [name for name in names if name in labelled]
    return out


def window_labels(folder: Path) -> dict[str, list[tuple[float, bool]]]:
    """Start of each labelled window in seconds, and whether it is shockable, by record."""
    out: dict[str, list[tuple[float, bool]]] = {}
    for path in sorted(folder.glob(WINDOWS)):
        for line in path.read_text().splitlines()[1:]:
            name, start, shockable = line.split(",")[:3]
            out.setdefault(name, []).append((float(start), shockable.strip() == "1"))
    return out


def _is_alarm(folder: Path, name: str) -> bool:
    """Whether the header's comments say of an alarm that it was true or false."""
    try:
        comments = read_header(folder / name).comments
    except RecordError:
        return False
    return any(comment.strip() in {"True alarm", "False alarm"} for comment in comments)


def _has_signals(folder: Path, name: str) -> bool:
    """Whether the header names signal files and one of them is there."""
    try:
        header = read_header(folder / name)
    except RecordError:
        return False
    files = {signal.file for signal in header.signals if signal.fmt}
    return bool(header.segments) or any((folder / file).is_file() for file in files)
