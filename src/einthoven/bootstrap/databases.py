"""Databases of records with a reference: which there are in a folder, and of what form each is."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from einthoven.base.errors import InputError, RecordError
from einthoven.ecg.alarms_score import alarm_of
from einthoven.edges.exchange.wfdb_files import read_header

STRIPS = ("REFERENCE-v3.csv", "REFERENCE.csv")
"""Classes of the strips of the 2017 challenge; the last version first."""


WINDOWS, WINDOW_S = "*_5s_shockable_labels.csv", 5.0
"""Labels ``record,start_s,shockable`` of windows, and how long these are."""


class Form(Enum):
    """What the records of a database can be scored by."""

    BEATS = "beats and rhythms in .atr"
    INTERVALS = "beats and rhythms without signals"
    BORDERS = "borders of waves in .q1c"
    STRIPS = "a class for each strip in REFERENCE.csv"
    WINDOWS = "a label for each window of five seconds"
    ALARMS = "an alarm at the end of minute five, true or false, in the header"


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
        alarms = [name for name in names if alarm_in(folder, name) is not None]
        if not alarms:
            out.left_out[""] = "no reference that is read here: .atr, .q1c, REFERENCE.csv, alarms in headers"
            return out
        out.records[Form.ALARMS] = alarms
        out.left_out |= {name: "no alarm in its header" for name in names if name not in alarms}
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
        for number, line in enumerate(text_of(path).splitlines()[1:], 2):
            parts = line.split(",")
            try:
                start = float(parts[1])
            except (IndexError, ValueError):
                start = math.nan
            if len(parts) < 3 or not math.isfinite(start):
                raise InputError(f"{path}:{number}: {line[:60]!r} is not record, start in seconds, 0 or 1")
            out.setdefault(parts[0], []).append((start, parts[2].strip() == "1"))
    return out


def text_of(path: Path) -> str:
    """A file of labels.

    Raises:
        InputError: it cannot be read, or is no text; one line that names it.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or 'cannot be read'}") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: no text: byte {error.start} is {error.object[error.start]:#04x}"
        ) from error


def alarm_in(folder: Path, name: str) -> tuple[str, bool] | None:
    """The alarm that a header's comments tell of, and whether it was true."""
    try:
        return alarm_of(read_header(folder / name).comments)
    except RecordError:
        return None


def _has_signals(folder: Path, name: str) -> bool:
    """Whether the header names signal files and one of them is there."""
    try:
        header = read_header(folder / name)
    except RecordError:
        return False
    files = {signal.file for signal in header.signals if signal.fmt}
    return bool(header.segments) or any((folder / file).is_file() for file in files)
