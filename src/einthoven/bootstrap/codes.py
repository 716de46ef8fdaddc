"""Files of codes that a site loads: checked, filed under their SHA-256, read again when they are asked.

In the folder (setting ``codes``) lie the originals, ``SHA256.txt`` and the like, and beside each a
``SHA256.json``: what it is, what came in, and of an NCCI file the edits of our codes, so that its million
lines are read once.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from einthoven.base.errors import InputError, RecordError
from einthoven.billing import codes
from einthoven.billing.codes.descriptors import Descriptors, read_descriptors
from einthoven.billing.codes.icd10 import OrderFile, read_order
from einthoven.billing.codes.loaded import Loaded
from einthoven.billing.codes.ptp import Edit, PtpFile, read_ptp
from einthoven.settings import Settings, load

KINDS: Final = ("ncci", "icd10", "descriptors")
TEXT: Final = (".txt", ".csv", ".tsv", ".tab", ".dat")
BYTES_MOST: Final = 2_000_000_000
"""An NCCI part is about 60 MB; more than this is no such file, unpacked either."""
HEAD: Final = 20_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What is said of a file beside its content; None: to be found out.

    Attributes:
        kind: of ``KINDS``.
        year: fiscal year of an ICD-10-CM order file; ``start``: from when on, where not October 1.
        through: last day of the quarter of an NCCI file.
    """

    kind: str | None = None
    year: int | None = None
    start: date | None = None
    through: date | None = None


def today() -> date:
    """The day, UTC."""
    return datetime.now(UTC).date()


def folder_of(data: Path, settings: Settings | None = None) -> Path:
    """Where the files of a data folder lie."""
    return data / (settings or load(data)).codes


def folder_in(data: Path) -> Path:
    """Where the files of a data folder that is there lie.

    Raises:
        InputError: there is none: a slip of the pen would read as one in which nothing was loaded.
    """
    if not data.is_dir():
        raise InputError(f"{data}: is no data folder")
    return folder_of(data)


def load_file(folder: Path, path: Path, asked: Asked) -> dict[str, Any]:
    """Check a file and file it; what came in. A file that is there already is checked and told again.

    Raises:
        InputError: it cannot be read, or has faults: each with file and line, and nothing is filed.
    """
    digest = _digest(path)
    with _lines(path) as (_, lines):
        kind = asked.kind or _kind_of(path, lines)
    with _lines(path, kind) as (name, lines):
        read = _read(kind, lines, name, asked)
    told: dict[str, Any] = {
        "kind": kind,
        "name": name,
        "file": path.name,
        "sha256": digest,
        "bytes": path.stat().st_size,
        "loaded": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    told |= _figures(read)
    folder.mkdir(parents=True, exist_ok=True)
    stored = folder / f"{digest}{path.suffix.lower()}"
    if not stored.exists():
        _whole(stored, lambda new: shutil.copyfile(path, new))
    manifest = told | _kept(read)
    _whole(folder / f"{digest}.json", lambda new: new.write_text(json.dumps(manifest) + "\n", "utf-8"))
    return told


def files_of(folder: Path) -> list[dict[str, Any]]:
    """What was loaded, the oldest first, without the edits; a manifest that is damaged is told as such."""
    found = []
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else []:
        try:
            told = json.loads(path.read_text("utf-8"))
            found.append({name: value for name, value in told.items() if name not in ("edits", "kept_for")})
        except (OSError, ValueError, AttributeError):
            found.append({"name": path.name, "trouble": "is damaged: load the file again"})
    return sorted(found, key=lambda told: str(told.get("loaded", "")))


def check_files(folder: Path) -> list[dict[str, Any]]:
    """The same, with each original's SHA-256 computed again: ``trouble`` says where it is not as it was."""
    told = files_of(folder)
    for one in told:
        if "trouble" in one:
            continue
        stored = _stored(folder, one)
        if stored is None:
            one["trouble"] = "the original is gone"
        elif _digest(stored) != one["sha256"]:
            one["trouble"] = "the original is not as it was loaded"
    return told


class FiledCodes:
    """The shipped book with what was loaded into a folder; read again when the folder changed. Any thread.

    Args:
        folder: None: the shipped book alone.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._seen: tuple[tuple[str, int], ...] | None = None
        self._loaded = Loaded(codes.shipped())
        self._files: list[dict[str, Any]] = []

    def loaded(self) -> Loaded:
        """Book and files; a file with trouble is left out."""
        return self._now()[0]

    def held(self) -> Loaded:
        """As ``loaded`` found it last: nothing is read from the disk."""
        return self._loaded

    def files(self) -> list[dict[str, Any]]:
        """What was loaded; ``trouble`` says why one is left out."""
        return self._now()[1]

    def _now(self) -> tuple[Loaded, list[dict[str, Any]]]:
        with self._lock:
            if self._folder is None:
                return self._loaded, []
            seen = tuple(sorted((path.name, path.stat().st_mtime_ns) for path in self._folder.glob("*.json")))
            if seen != self._seen:
                self._loaded, self._files = _load_all(self._folder)
                self._seen = seen
            return self._loaded, self._files


def _load_all(folder: Path) -> tuple[Loaded, list[dict[str, Any]]]:
    ptp: list[PtpFile] = []
    icd10: list[OrderFile] = []
    descriptors: list[Descriptors] = []
    told = files_of(folder)
    for one in told:
        if "trouble" in one:
            continue
        try:
            read = _again(folder, one)
        except (InputError, OSError, ValueError, KeyError, TypeError) as error:
            one["trouble"] = (
                f"cannot be read again: {str(error).splitlines()[0] if str(error) else 'damaged'}"
            )
            continue
        if isinstance(read, PtpFile):
            ptp.append(read)
        elif isinstance(read, OrderFile):
            icd10.append(read)
        else:
            descriptors.append(read)
    return Loaded(codes.shipped(), tuple(ptp), tuple(icd10), tuple(descriptors)), told


def _again(folder: Path, told: dict[str, Any]) -> PtpFile | OrderFile | Descriptors:
    """A file as it was loaded; the edits of an NCCI file from beside it where they are of all our codes."""
    if told["kind"] == "ncci":
        kept = json.loads((folder / f"{told['sha256']}.json").read_text("utf-8"))
        if set(codes.shipped().codes) <= set(kept["kept_for"]):
            return PtpFile(
                told["name"],
                date.fromisoformat(told["through"]),
                told["low"],
                told["high"],
                told["rows"],
                tuple(_edit(row) for row in kept["edits"]),
            )
    stored = _stored(folder, told)
    if stored is None:
        raise InputError("the original is gone")
    asked = Asked(
        told["kind"],
        told.get("year"),
        date.fromisoformat(told["start"]) if "start" in told else None,
        date.fromisoformat(told["through"]) if "through" in told else None,
    )
    with _lines(stored, told["kind"]) as (_, lines):
        return _read(told["kind"], lines, told["name"], asked)


def _read(kind: str, lines: Iterator[str], name: str, asked: Asked) -> PtpFile | OrderFile | Descriptors:
    known = codes.shipped().codes
    if kind == "ncci":
        return read_ptp(lines, name, known, asked.through)
    if kind == "descriptors":
        return read_descriptors(lines, name, known)
    year = asked.year
    if year is None:
        found = re.search(r"(?<!\d)(20[1-4]\d)(?!\d)", name)
        if found is None:
            raise InputError(f"{name}: of which fiscal year is it? Say --year 2026")
        year = int(found[1])
    if not 2016 <= year <= 2099:
        raise InputError(f"{name}: fiscal year {year}: the first of ICD-10-CM is 2016")
    return read_order(lines, name, year, asked.start)


def _figures(read: PtpFile | OrderFile | Descriptors) -> dict[str, Any]:
    if isinstance(read, PtpFile):
        edits = {"rows": read.rows, "of_our_codes": len(read.edits), "low": read.low, "high": read.high}
        return edits | {"through": str(read.through)}
    if isinstance(read, OrderFile):
        days = {"year": read.year, "start": str(read.start), "stop": str(read.stop)}
        return days | {"rows": len(read), "billable": read.billable}
    return {"rows": read.rows, "of_our_codes": len(read.words)}


def _kept(read: PtpFile | OrderFile | Descriptors) -> dict[str, Any]:
    if not isinstance(read, PtpFile):
        return {}
    rows = [
        [one.first, one.second, str(one.start), str(one.stop or ""), one.indicator, one.rationale]
        for one in read.edits
    ]
    return {"edits": rows, "kept_for": sorted(codes.shipped().codes)}


def _edit(row: list[str]) -> Edit:
    first, second, start, stop, indicator, rationale = row
    last = date.fromisoformat(stop) if stop else None
    return Edit(first, second, date.fromisoformat(start), last, indicator, rationale)


def _kind_of(path: Path, lines: Iterator[str]) -> str:
    """What a file is, by its first lines."""
    seen = 0
    for line in lines:
        seen += len(line)
        if re.match(r"\d{5} [A-Z][0-9]", line):
            return "icd10"
        if re.match(r'"?[0-9A-Z]\d{3}[0-9A-Z]"?[\t,]"?[0-9A-Z]\d{3}[0-9A-Z]"?[\t,]', line):
            return "ncci"
        if re.match(r'"?[0-9A-Z]\d{3}[0-9A-Z]"?,', line):
            return "descriptors"
        if seen > HEAD:
            break
    raise InputError(f"{path.name}: is none of {', '.join(KINDS)} by its first lines; say --kind")


@contextmanager
def _lines(path: Path, kind: str = "") -> Iterator[tuple[str, Iterator[str]]]:
    """Name and lines of a text file, or of the one text file in a ZIP.

    CMS writes Latin-1, in which every byte is a character; descriptors are UTF-8.
    """
    if path.suffix.lower() != ".zip":
        with path.open("rb") as raw, _decoded(raw, path.stat().st_size, kind) as text:
            yield path.name, iter(text)
        return
    try:
        with zipfile.ZipFile(path) as packed:
            inside = [one for one in packed.infolist() if Path(one.filename).suffix.lower() in TEXT]
            if len(inside) != 1:
                names = ", ".join(one.filename for one in inside[:5]) or "none"
                raise RecordError(f"{path.name}: want one text file in it, found {names}")
            with packed.open(inside[0]) as member, _decoded(member, inside[0].file_size, kind) as text:
                yield Path(inside[0].filename).name, iter(text)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise RecordError(f"{path.name}: is no ZIP that can be read: {error}") from error


@contextmanager
def _decoded(raw: Any, size: int, kind: str) -> Iterator[io.TextIOBase]:
    if size > BYTES_MOST:
        raise RecordError(f"{size} bytes: more than {BYTES_MOST} is none of these files")
    encoding = "utf-8-sig" if kind == "descriptors" else "latin-1"
    with io.TextIOWrapper(raw, encoding, newline="") as text:
        try:
            yield text
        except UnicodeDecodeError as error:
            raise RecordError(f"descriptors: want UTF-8 text: {error}") from error


def _stored(folder: Path, told: dict[str, Any]) -> Path | None:
    return next((path for path in folder.glob(f"{told['sha256']}.*") if path.suffix != ".json"), None)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _whole(path: Path, write: Any) -> None:
    """A file that is there whole or not at all."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(new)
        with new.open("rb") as file:
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
