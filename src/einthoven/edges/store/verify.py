"""Prove a data folder whole, byte by byte, also while it is being written to."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import apsw
import numpy as np

from einthoven.base.chain import Head
from einthoven.base.errors import StoreDamagedError, StoreError
from einthoven.base.layout import INVALID_SAMPLE
from einthoven.edges.store.call_sound import CallTapes
from einthoven.edges.store.coarse import coarse_path
from einthoven.edges.store.disk import Disk, RealDisk
from einthoven.edges.store.documents import Documents
from einthoven.edges.store.facts_proof import AuditProof, is_chained, prove
from einthoven.edges.store.formats import FolderFormat, index_path, log_path
from einthoven.edges.store.index import INDEX, IndexReader, SegmentRow, translated
from einthoven.edges.store.recovery import load_index, log_numbers, scan_log
from einthoven.edges.store.report_files import ReportFiles
from einthoven.edges.store.sealed import read_beats, read_bins, read_samples
from einthoven.edges.store.sound_store import SoundStore
from einthoven.edges.store.store import FORMAT_FILE

FACTS = "facts.sqlite"
Progress = Callable[[int, int, str], None]
"""Called with steps done, steps in all, and what is looked at."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it was written: a path in the folder, and what is wrong there."""

    path: str
    detail: str

    def __str__(self) -> str:
        return f"{self.path}: {self.detail}"


@dataclass(slots=True)
class VerifyReport:
    """What ``verify`` found.

    Attributes:
        problems: damage, named; none for a whole folder.
        unreadable: why the folder could not be looked at, or None.
        notes: what is no damage but worth a line (an unfinished end, the file at hand).
        blocks, segments, bytes_read: how much was looked at.
        audit: what was found of audit and deeds, None where there are no facts (or older ones, unchained).
    """

    problems: list[Problem] = field(default_factory=list)
    unreadable: str | None = None
    notes: list[str] = field(default_factory=list)
    blocks: int = 0
    segments: int = 0
    bytes_read: int = 0
    audit: AuditProof | None = None

    @property
    def code(self) -> int:
        """0 whole, 1 damaged, 2 unreadable."""
        if self.unreadable is not None:
            return 2
        return 1 if self.problems else 0

    def add(self, path: str, detail: str) -> None:
        """Name a problem."""
        self.problems.append(Problem(path, detail))


def verify(folder: Path, progress: Progress | None = None, heads: Iterable[Head] = ()) -> VerifyReport:
    """Check every log block, index, segment, checksum and database of a data folder, and the chain of its
    audit. Never raises for what it finds; a folder that cannot be read at all is ``unreadable``.

    Args:
        heads: places of the audit that were kept elsewhere; each must be in the chain.
    """
    if not folder.is_dir():
        return VerifyReport(unreadable=f"{folder} is not a folder")
    return verify_disk(RealDisk(folder), progress, heads)


def verify_disk(disk: Disk, progress: Progress | None = None, heads: Iterable[Head] = ()) -> VerifyReport:
    """The same on any disk."""
    report = VerifyReport()
    try:
        if disk.size(FORMAT_FILE) is None:
            report.unreadable = f"not a data folder (no {FORMAT_FILE} file)"
            return report
        FolderFormat.from_bytes(disk.read(FORMAT_FILE))
        steps = list(_steps(disk, report, tuple(heads)))
        for done, (name, check) in enumerate(steps):
            if progress:
                progress(done, len(steps), name)
            check()
        if progress:
            progress(len(steps), len(steps), "done")
    except StoreDamagedError as error:
        report.add(INDEX, str(error))
    except StoreError as error:
        report.unreadable = str(error)
    except OSError as error:
        report.unreadable = f"{error.filename or 'the folder'}: {error.strerror or error}"
    return report


def _check_documents(disk: Disk, report: VerifyReport) -> None:
    for path, fault in Documents(disk).faults():
        report.add(path, fault)


def _check_recordings(disk: Disk, report: VerifyReport) -> None:
    for path, fault in SoundStore(disk).faults():
        report.add(path, fault)


def _check_calls(disk: Disk, report: VerifyReport) -> None:
    for path, fault in CallTapes(disk).faults():
        report.add(path, fault)


def _check_reports(disk: Disk, report: VerifyReport) -> None:
    for path, fault in ReportFiles(disk).faults():
        report.add(path, fault)


def _steps(
    disk: Disk, report: VerifyReport, heads: tuple[Head, ...]
) -> Iterator[tuple[str, Callable[[], None]]]:
    yield "documents", lambda: _check_documents(disk, report)
    yield "calls", lambda: _check_calls(disk, report)
    yield "recordings", lambda: _check_recordings(disk, report)
    yield "reports", lambda: _check_reports(disk, report)
    # Log files first: what leaves the log later is in the index by then.
    for number in log_numbers(disk):
        yield log_path(number), lambda number=number: _check_log(disk, number, report)  # type: ignore[misc]
    if disk.size(INDEX) is not None:
        index = IndexReader(disk)
        for row in index.streams():
            stream = row.stream
            yield (
                coarse_path(stream).rpartition("/")[0],
                lambda stream=stream: _check_stream(disk, index, stream, report),  # type: ignore[misc]
            )
        yield INDEX, lambda: _check_index(index, report)
    elif disk.list("streams"):
        report.add(INDEX, "missing, though streams were sealed")
    if disk.size(FACTS) is not None:
        yield FACTS, lambda: _check_facts(disk, heads, report)
    elif heads:
        report.add(FACTS, "missing, though heads of its audit were kept elsewhere")


def _check_log(disk: Disk, number: int, report: VerifyReport) -> None:
    path = log_path(number)
    has_index = disk.size(index_path(number)) is not None
    try:
        data = disk.map(path)
    except FileNotFoundError:
        return  # sealed and removed meanwhile
    scan = scan_log(data)
    report.blocks += len(scan.entries)
    report.bytes_read += len(data)
    if not scan.header:
        report.add(path, "header fails its checksum")
    file = load_index(disk, number) if has_index else None
    if file is None:
        if has_index and disk.size(path) is not None:
            report.add(index_path(number), "fails its checksum (it can be rebuilt)")
        else:
            report.notes.append(
                f"{path}: not closed; {len(data) - scan.end} bytes after its last whole block"
            )
        for scar in scan.scars:
            _name_scar(path, scar, report)
        return
    known = {int(scar["offset"]) for scar in file.scars if scar["torn"]}
    for scar in scan.scars:
        if int(scar["offset"]) in known:
            report.notes.append(f"{path}: torn and never acknowledged at {int(scar['offset'])}")
        else:
            scar["torn"] = 0
            _name_scar(path, scar, report)
    entries = file.entries()
    lost = np.setdiff1d(entries["offset"], scan.entries["offset"])
    covered = {int(scar["offset"]) for scar in scan.scars}
    for offset in lost.tolist():
        if offset not in covered:
            report.add(path, f"block at {offset} of its index is missing or fails its checksum")
    if len(np.setdiff1d(scan.entries["offset"], entries["offset"])):
        report.add(index_path(number), "does not list every block of its log file")


def _name_scar(path: str, scar: np.void, report: VerifyReport) -> None:
    where = f"{int(scar['length'])} bytes at {int(scar['offset'])}"
    if scar["torn"]:
        report.notes.append(f"{path}: {where} torn in the last commit, never acknowledged")
    elif scar["stream"]:
        first, last = int(scar["start"]), int(scar["start"]) + int(scar["count"])
        report.add(path, f"{where} fail their checksum: s{int(scar['stream']):06d} samples {first} to {last}")
    else:
        report.add(path, f"{where} fail their checksum")


def _check_stream(disk: Disk, index: IndexReader, stream: int, report: VerifyReport) -> None:
    end = -1
    for row in index.segments(stream):
        if row.start < end:
            report.add(INDEX, f"{row.name.record} overlaps the segment before it")
        end = row.stop
        found: list[Problem] = []
        try:
            _check_segment(disk, row, found)
        except FileNotFoundError as error:
            found.append(Problem(str(error.filename or row.name.base), "missing"))
        except StoreDamagedError as error:
            found.append(_problem(error))
        report.segments += 1
        report.bytes_read += row.size
        if found:
            _judge(index, row, found, report)


def _judge(index: IndexReader, row: SegmentRow, found: list[Problem], report: VerifyReport) -> None:
    """Add what was found of a segment, unless it is being replaced, or was while it was looked at.

    Its stretch of the coarse file is rewritten before the row in force says so; the start mends what a crash
    left of that. Garbage first: whoever is not announced any more has a new row by now.
    """
    here = (row.name.stream, row.name.number)
    announced = any((name.stream, name.number) == here for name, _ in index.garbage())
    now = index.segment(*here)
    if now != row:
        return
    for problem in found:
        if problem.path == coarse_path(row.name.stream) and (announced or row.next_beats_crc is not None):
            report.notes.append(f"{problem}: its segment {row.name.record} is being replaced")
        else:
            report.problems.append(problem)


def _problem(error: StoreDamagedError) -> Problem:
    path, _, detail = str(error).partition(": ")
    return Problem(path, detail)


def _check_segment(disk: Disk, row: SegmentRow, found: list[Problem]) -> None:
    """One segment; raises at the first thing that is wrong with its signals, names the rest."""
    if zlib.crc32(disk.read(row.name.header)) != row.checksums[0]:
        found.append(Problem(row.name.header, "fails its checksum"))
    for check in (read_beats, read_bins):
        try:
            check(disk, row)
        except StoreDamagedError as error:
            found.append(_problem(error))
    samples = read_samples(disk, row, row.start, row.stop)
    if samples.shape[1] != row.leads:
        found.append(Problem(row.name.base, f"{samples.shape[1]} leads, want {row.leads}"))
    hole = np.ones(len(samples), bool)
    for span in row.spans:
        hole[span.start - row.start : span.stop - row.start] = False
    if (samples[hole] != INVALID_SAMPLE).any():
        found.append(Problem(row.name.base, "holds samples where its index row says there is a hole"))


def _check_index(index: IndexReader, report: VerifyReport) -> None:
    for fault in index.integrity():
        report.add(INDEX, fault)
    for row in index.streams():
        held = {tuple(span) for segment in index.segments(row.stream) for span in segment.spans}
        if any(not row.spans.covers(*span) for span in held):
            report.add(INDEX, f"the spans of s{row.stream:06d} miss some of its segments")
    for damage in index.damage():
        what = f"s{damage.stream:06d} samples {damage.start} to {damage.stop}"
        report.add(damage.file, f"met while sealing, at {damage.offset}: {what}: {damage.detail}")
    index.close()


def _check_facts(disk: Disk, heads: tuple[Head, ...], report: VerifyReport) -> None:
    name, vfs = disk.database(FACTS)
    try:
        with translated(FACTS):
            connection = apsw.Connection(name, flags=apsw.SQLITE_OPEN_READWRITE, vfs=vfs or None)
            try:
                connection.set_busy_timeout(5000)
                for (fault,) in connection.execute("PRAGMA query_only = 1; PRAGMA integrity_check"):
                    if fault != "ok":
                        report.add(FACTS, str(fault))
                _check_audit(connection, heads, report)
            finally:
                connection.close()
    except StoreDamagedError as error:
        report.add(FACTS, str(error))


def _check_audit(connection: apsw.Connection, heads: tuple[Head, ...], report: VerifyReport) -> None:
    if not is_chained(connection):
        if heads:
            report.add(FACTS, "audit: not chained, though heads of it were kept elsewhere")
        else:
            report.notes.append(f"{FACTS}: audit not chained yet; it will be when a center opens it")
        return
    report.audit = prove(connection, heads)
    for fault in report.audit.faults:
        report.add(FACTS, fault)
