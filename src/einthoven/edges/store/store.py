"""The store of samples as a whole: open a data folder for writing, or beside the one who writes, for
reading.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from einthoven.base.errors import InputError, StoreError
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.base.layout import Layout
from einthoven.edges.store.archive import Archive
from einthoven.edges.store.beats import Beats, no_beats
from einthoven.edges.store.coverage import Coverage
from einthoven.edges.store.disk import Disk, RealDisk
from einthoven.edges.store.follower import LogFollower
from einthoven.edges.store.formats import FolderFormat
from einthoven.edges.store.index import INDEX, IndexReader, IndexWriter
from einthoven.edges.store.log import LogSettings, LogWriter
from einthoven.edges.store.logview import LogSet
from einthoven.edges.store.reader import StoreReader
from einthoven.edges.store.recovery import Recovery, recover_logs
from einthoven.edges.store.sealed import Sources
from einthoven.edges.store.stats import StoreStats
from einthoven.edges.store.tracker import SealTimes

FORMAT_FILE = "FORMAT"
LOCK_FILE = "LOCK"


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """What a site can set.

    Attributes:
        segment_seconds: length of a segment, taken when the folder is made and fixed from then on.
        transform: name of the disk's transform, ``"none"`` without one.
        log: limits of the log; times: when to seal.
    """

    segment_seconds: float = 3600.0
    transform: str = "none"
    log: LogSettings = field(default_factory=LogSettings)
    times: SealTimes = field(default_factory=SealTimes)


class Store:
    """A data folder open for writing; one at a time on a folder.

    Opening recovers: the log's torn end is cut off, what a crash left of sealing is put in order, damage is
    named (``recovery.notes``, ``recovery.damage``).

    Args:
        disk: the folder.
        sources: layouts, times and beats, for sealing.
        settings: see ``StoreSettings``.

    Attributes:
        log: the writer; ``commit.WriterThread`` or ``commit.GroupCommit`` stands before it.
        reader: ``center.ports.SampleReader`` over everything, the newest commit included.
        archive: the sealer; its ``seal_due`` is called every second or so by one thread.
        recovery, stats: what opening found, and counters.

    Raises:
        StoreError: somebody else writes to the folder, its format is another, or the disk failed.
    """

    def __init__(self, disk: Disk, sources: Sources, settings: StoreSettings | None = None) -> None:
        settings = settings or StoreSettings()
        self.stats = StoreStats()
        with contextlib.ExitStack() as undo:
            try:
                self._release = _lock(disk)
                undo.callback(self._release)
                self.format = _format(disk, settings)
                for folder in ("log", "streams"):
                    disk.make_directory(folder)
                self._index = IndexWriter(disk)
                undo.callback(self._index.close)
                self._index_reader = IndexReader(disk)
                undo.callback(self._index_reader.close)
                self._open(disk, sources, settings)
            except OSError as error:
                raise StoreError(f"opening the store: {error.strerror or error}") from error
            undo.pop_all()

    def _open(self, disk: Disk, sources: Sources, settings: StoreSettings) -> None:
        logs = LogSet()
        self.recovery: Recovery = recover_logs(disk, logs)
        self.stats.damaged = len(self.recovery.damage)
        coverage = Coverage(logs, self._index_reader.damage())
        for row in self._index_reader.streams():
            coverage.put(row.stream, row.spans)
        sequence = max(self.recovery.next_sequence, self._index_reader.sequence())
        self.log = LogWriter(disk, logs, self.recovery.next_number, sequence, settings.log, self.stats)
        self.archive = Archive(
            disk,
            logs,
            self.log,
            coverage,
            self._index,
            self._index_reader,
            sources,
            self.format.segment_seconds,
            settings.times,
            self.stats,
        )
        self.recovery.notes += self.archive.notes
        self.reader = StoreReader(
            disk, logs, coverage, self._index_reader, sources.layout_of, sources.beats_of
        )

    def close(self) -> None:
        """Close the log and the index, and let others write. The threads before and behind it end first."""
        self.log.close()
        self.archive.close()
        self._index.close()
        self._index_reader.close()
        self._release()


def _lock(disk: Disk) -> Callable[[], None]:
    try:
        return disk.lock(LOCK_FILE)
    except BlockingIOError as error:
        raise StoreError("another process writes to this data folder") from error


def _format(disk: Disk, settings: StoreSettings) -> FolderFormat:
    """The folder's format, written when the folder is new."""
    if disk.size(FORMAT_FILE) is None:
        if disk.size(INDEX) is not None or disk.list("log"):
            raise StoreError("the data folder has a log but no FORMAT file")
        made = FolderFormat(settings.segment_seconds, settings.transform)
        disk.replace(FORMAT_FILE, made.to_bytes())
        return made
    return _check_format(disk, settings.transform)


def _check_format(disk: Disk, transform: str) -> FolderFormat:
    known = FolderFormat.from_bytes(disk.read(FORMAT_FILE))
    if known.transform != transform:
        raise StoreError(f"the data folder was written with transform {known.transform!r}, not {transform!r}")
    return known


def no_sources() -> Sources:
    """Sources that know nothing: what is logged stays in the log."""
    layout: Callable[[StreamId], Layout | None] = lambda _: None  # noqa: E731
    time: Callable[[StreamId, int], Instant | None] = lambda *_: None  # noqa: E731
    beats: Callable[[StreamId, int, int], Beats] = lambda *_: no_beats()  # noqa: E731
    return Sources(layout, time, beats)


def open_folder(folder: Path, sources: Sources | None = None, settings: StoreSettings | None = None) -> Store:
    """Open a folder of the file system for writing, made where there is none.

    Raises:
        StoreError: as ``Store``.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror}") from error
    return Store(RealDisk(folder), sources or no_sources(), settings)


def open_reader(
    folder: Path, layout_of: Callable[[StreamId], Layout | None] | None = None, transform: str = "none"
) -> StoreReader:
    """Read a data folder, also while another process writes to it.

    Raises:
        InputError: the folder is no data folder.
        StoreError: it is of another format, or cannot be read.
    """
    if not (folder / FORMAT_FILE).is_file():
        raise InputError(f"{folder} is not a data folder (no {FORMAT_FILE} file)")
    if not os.access(folder, os.R_OK | os.X_OK):
        raise StoreError(f"{folder}: no permission to read")
    return reader_on(RealDisk(folder), layout_of, transform)


def reader_on(
    disk: Disk, layout_of: Callable[[StreamId], Layout | None] | None = None, transform: str = "none"
) -> StoreReader:
    """The same on any disk.

    Raises:
        StoreError: the folder is of another format, or cannot be read.
    """
    try:
        _check_format(disk, transform)
        logs = LogSet()
        follower = LogFollower(disk, logs)
        index = IndexReader(disk) if disk.size(INDEX) else None
        follower.refresh()
    except OSError as error:
        raise StoreError(f"reading the store: {error.strerror or error}") from error
    coverage = Coverage(logs, index.damage() if index else ())
    return StoreReader(disk, logs, coverage, index, layout_of, refresh=follower.refresh)
