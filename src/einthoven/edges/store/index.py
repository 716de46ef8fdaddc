"""``index.sqlite``: which segments are sealed. One row a segment, never one a sample.

One writer (the sealer), any readers, each with a connection of its own; rollback journal,
``synchronous=FULL``. A segment is in
force from the commit of its row, not from its files: files that a crash left behind are in ``garbage``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import apsw
import numpy as np

from einthoven.base.errors import StoreDamagedError, StoreError, StoreFullError
from einthoven.base.ids import StreamId
from einthoven.base.spans import Span, SpanSet
from einthoven.edges.store.disk import Disk
from einthoven.edges.store.formats import Damage
from einthoven.edges.store.wfdb import SegmentName

INDEX = "index.sqlite"
VERSION = 1
SQLITE_MIN = (3, 51, 3)
"""Older ones can corrupt a database that two connections write or checkpoint in WAL mode; none is used here,
but the program refuses them everywhere."""
BUSY_MS = 5000

_SCHEMA = f"""
CREATE TABLE segments (
    stream INTEGER NOT NULL, number INTEGER NOT NULL, generation INTEGER NOT NULL,
    start INTEGER NOT NULL, stop INTEGER NOT NULL, sequence INTEGER NOT NULL,
    leads INTEGER NOT NULL, rate_mhz INTEGER NOT NULL, bytes INTEGER NOT NULL,
    spans BLOB NOT NULL, checksums BLOB NOT NULL,
    beats_crc INTEGER NOT NULL, coarse_crc INTEGER NOT NULL, next_beats_crc INTEGER,
    sealed_at INTEGER NOT NULL,
    PRIMARY KEY (stream, number)) WITHOUT ROWID;
CREATE INDEX segments_sequence ON segments (sequence);
CREATE TABLE streams (
    stream INTEGER PRIMARY KEY, leads INTEGER NOT NULL, rate_mhz INTEGER NOT NULL,
    spans BLOB NOT NULL, master_due INTEGER NOT NULL);
CREATE TABLE garbage (
    stream INTEGER NOT NULL, number INTEGER NOT NULL, generation INTEGER NOT NULL, leads INTEGER NOT NULL,
    PRIMARY KEY (stream, number, generation)) WITHOUT ROWID;
CREATE TABLE damage (
    file TEXT NOT NULL, offset INTEGER NOT NULL, stream INTEGER NOT NULL,
    start INTEGER NOT NULL, stop INTEGER NOT NULL, detail TEXT NOT NULL, found_at INTEGER NOT NULL,
    PRIMARY KEY (file, offset)) WITHOUT ROWID;
PRAGMA user_version = {VERSION};
"""
_COLUMNS = (
    "stream, number, generation, start, stop, sequence, leads, rate_mhz, bytes, spans, checksums, "
    "beats_crc, coarse_crc, sealed_at, next_beats_crc"
)


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """One sealed segment in force.

    Attributes:
        name: stream, segment number, generation.
        start, stop: the samples its files hold.
        sequence: every block of the log below this sequence number that falls into the segment is in it.
        leads, rate_mhz: layout.
        size: bytes of its files.
        spans: which samples are stored; the rest are holes.
        checksums: CRC-32 of the header file and of each signal file.
        beats_crc, coarse_crc: CRC-32 of the annotation file and of its stretch of the coarse file.
        sealed_at: center time, nanoseconds.
        next_beats_crc: what the annotation file's will be when its replacement at hand is through.
    """

    name: SegmentName
    start: int
    stop: int
    sequence: int
    leads: int
    rate_mhz: int
    size: int
    spans: tuple[Span, ...]
    checksums: tuple[int, ...]
    beats_crc: int
    coarse_crc: int
    sealed_at: int
    next_beats_crc: int | None = None

    @property
    def rate_hz(self) -> float:
        """Samples per second."""
        return self.rate_mhz / 1000


@dataclass(frozen=True, slots=True)
class StreamRow:
    """What the index knows of a stream: layout and all its sealed spans."""

    stream: StreamId
    leads: int
    rate_mhz: int
    spans: SpanSet


def require_sqlite(version: str) -> None:
    """Refuse an SQLite with the WAL-reset fault.

    Raises:
        StoreError: ``version`` is older than 3.51.3.
    """
    if tuple(int(part) for part in version.split(".")[:3]) < SQLITE_MIN:
        wanted = ".".join(map(str, SQLITE_MIN))
        raise StoreError(f"SQLite {version} can corrupt databases; want {wanted} or later (package apsw)")


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raise SQLite's errors as the store's."""
    try:
        yield
    except apsw.FullError as error:
        raise StoreFullError(f"{what}: {error}") from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise StoreDamagedError(f"{what}: {error}") from error
    except apsw.Error as error:
        raise StoreError(f"{what}: {error}") from error


def _spans_blob(spans: Sequence[Span] | SpanSet) -> bytes:
    return np.array([*spans], "<i8").tobytes()


def _spans(blob: bytes) -> list[Span]:
    return [Span(low, high) for low, high in np.frombuffer(blob, "<i8").reshape(-1, 2).tolist()]


def _row(columns: tuple[Any, ...]) -> SegmentRow:
    stream, number, generation, start, stop, sequence, leads, rate, size = map(int, columns[:9])
    spans, checksums = bytes(columns[9]), bytes(columns[10])
    beats, coarse, sealed_at = map(int, columns[11:14])
    return SegmentRow(
        SegmentName(stream, number, generation),
        start,
        stop,
        sequence,
        leads,
        rate,
        size,
        tuple(_spans(spans)),
        tuple(np.frombuffer(checksums, "<u4").tolist()),
        beats,
        coarse,
        sealed_at,
        None if columns[14] is None else int(columns[14]),
    )


class IndexReader:
    """Reading connection; safe for any threads.

    Raises:
        StoreError: there is no index, or it cannot be read (``StoreDamagedError``).
    """

    def __init__(self, disk: Disk) -> None:
        require_sqlite(apsw.sqlite_lib_version())
        self._lock = threading.Lock()
        name, vfs = disk.database(INDEX)
        with translated(INDEX):
            # Opened for writing so that a journal left by a crash can be rolled back; nothing else is
            # written.
            self._connection = apsw.Connection(name, flags=apsw.SQLITE_OPEN_READWRITE, vfs=vfs or None)
            self._connection.set_busy_timeout(BUSY_MS)
            self._connection.execute("PRAGMA query_only = 1").fetchall()
            ((version,),) = self._connection.execute("PRAGMA user_version").fetchall()
        if version != VERSION:
            raise StoreError(f"{INDEX} has version {version}, this program reads version {VERSION}")

    def _all(self, query: str, bindings: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        with self._lock, translated(INDEX):
            return list(self._connection.execute(query, bindings))

    def segments(self, stream: StreamId, start: int = 0, stop: int = 1 << 62) -> list[SegmentRow]:
        """Segments in force that overlap ``[start, stop)``, in order."""
        query = f"SELECT {_COLUMNS} FROM segments WHERE stream = ? AND stop > ? AND start < ? ORDER BY number"
        return [_row(row) for row in self._all(query, (stream, start, stop))]

    def segment(self, stream: StreamId, number: int) -> SegmentRow | None:
        """One segment in force."""
        query = f"SELECT {_COLUMNS} FROM segments WHERE stream = ? AND number = ?"
        rows = self._all(query, (stream, number))
        return _row(rows[0]) if rows else None

    def streams(self) -> list[StreamRow]:
        """Every stream with a sealed segment."""
        rows = self._all("SELECT stream, leads, rate_mhz, spans FROM streams ORDER BY stream")
        return [_stream_row(row) for row in rows]

    def stream(self, stream: StreamId) -> StreamRow | None:
        """One stream, None where nothing of it is sealed."""
        rows = self._all("SELECT stream, leads, rate_mhz, spans FROM streams WHERE stream = ?", (stream,))
        return _stream_row(rows[0]) if rows else None

    def sealed_since(self, sequence: int) -> list[tuple[int, int, int]]:
        """``(stream, number, sequence)`` of segments sealed with blocks at or after ``sequence``."""
        rows = self._all("SELECT stream, number, sequence FROM segments WHERE sequence > ?", (sequence,))
        return [(int(a), int(b), int(c)) for a, b, c in rows]

    def sequence(self) -> int:
        """Highest sequence number that any segment reaches up to, 0 without segments."""
        (row,) = self._all("SELECT coalesce(max(sequence), 0) FROM segments")
        return int(row[0])

    def damage(self) -> list[Damage]:
        """Damage that was met while sealing."""
        rows = self._all("SELECT file, offset, stream, start, stop, detail FROM damage ORDER BY file, offset")
        return [Damage(*row) for row in rows]

    def garbage(self) -> list[tuple[SegmentName, int]]:
        """``(name, leads)`` of segments whose files may exist and are not in force."""
        rows = self._all("SELECT stream, number, generation, leads FROM garbage")
        return [(SegmentName(int(a), int(b), int(c)), int(d)) for a, b, c, d in rows]

    def masters_due(self) -> list[StreamId]:
        """Streams whose master header may be older than their segments."""
        rows = self._all("SELECT stream FROM streams WHERE master_due")
        return [int(row[0]) for row in rows]

    def beats_unsettled(self) -> list[SegmentRow]:
        """Segments whose annotation file was being replaced."""
        return [
            _row(row) for row in self._all(f"SELECT {_COLUMNS} FROM segments WHERE next_beats_crc NOT NULL")
        ]

    def integrity(self) -> list[str]:
        """SQLite's own check: faults, none for a whole database."""
        return [str(row[0]) for row in self._all("PRAGMA integrity_check") if row[0] != "ok"]

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()


def _stream_row(row: tuple[Any, ...]) -> StreamRow:
    stream, leads, rate = map(int, row[:3])
    return StreamRow(stream, leads, rate, SpanSet(_spans(bytes(row[3]))))


class IndexWriter:
    """The one writing connection; used by one thread at a time.

    Raises:
        StoreError: the index cannot be opened or is of another version.
    """

    def __init__(self, disk: Disk) -> None:
        require_sqlite(apsw.sqlite_lib_version())
        name, vfs = disk.database(INDEX)
        with translated(INDEX):
            self._connection = apsw.Connection(name, vfs=vfs or None)
            self._connection.set_busy_timeout(BUSY_MS)
            self._connection.execute("PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL").fetchall()
            ((version,),) = self._connection.execute("PRAGMA user_version").fetchall()
            if version == 0:
                self._connection.execute(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT").fetchall()
            elif version != VERSION:
                raise StoreError(f"{INDEX} has version {version}, this program writes version {VERSION}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside, or nothing; durable on leaving.

        Raises:
            StoreError: SQLite failed; nothing was changed.
        """
        with translated(INDEX):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def announce(self, name: SegmentName, leads: int) -> None:
        """Files of this segment are about to be written, or are no more in force."""
        row = (name.stream, name.number, name.generation, leads)
        self._connection.execute("INSERT OR REPLACE INTO garbage VALUES (?, ?, ?, ?)", row)

    def forget(self, name: SegmentName) -> None:
        """Files of this segment are in force, or removed."""
        row = (name.stream, name.number, name.generation)
        query = "DELETE FROM garbage WHERE stream = ? AND number = ? AND generation = ?"
        self._connection.execute(query, row)

    def put(self, row: SegmentRow) -> None:
        """Put a segment in force, in the place of its older generation."""
        checksums = np.array(row.checksums, "<u4").tobytes()
        values = (
            row.name.stream,
            row.name.number,
            row.name.generation,
            row.start,
            row.stop,
            row.sequence,
            row.leads,
            row.rate_mhz,
            row.size,
            _spans_blob(row.spans),
            checksums,
            row.beats_crc,
            row.coarse_crc,
            row.sealed_at,
            row.next_beats_crc,
        )
        marks = ", ".join("?" * len(values))
        self._connection.execute(f"INSERT OR REPLACE INTO segments ({_COLUMNS}) VALUES ({marks})", values)

    def put_stream(self, row: StreamRow) -> None:
        """Write a stream's sealed spans; its master header is due."""
        values = (row.stream, row.leads, row.rate_mhz, _spans_blob(row.spans))
        self._connection.execute("INSERT OR REPLACE INTO streams VALUES (?, ?, ?, ?, 1)", values)

    def master_written(self, stream: StreamId) -> None:
        """The stream's master header is up to date."""
        self._connection.execute("UPDATE streams SET master_due = 0 WHERE stream = ?", (stream,))

    def put_damage(self, damage: Damage, at: int) -> None:
        """Record damage that sealing met."""
        values = (damage.file, damage.offset, damage.stream, damage.start, damage.stop, damage.detail, at)
        self._connection.execute("INSERT OR IGNORE INTO damage VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def beats_next(self, name: SegmentName, crc: int) -> None:
        """The annotation file is about to be replaced by one with this checksum."""
        query = "UPDATE segments SET next_beats_crc = ? WHERE stream = ? AND number = ?"
        self._connection.execute(query, (crc, name.stream, name.number))

    def beats_settled(self, name: SegmentName, beats_crc: int, coarse_crc: int) -> None:
        """The annotation file and the coarse stretch now have these checksums."""
        query = (
            "UPDATE segments SET beats_crc = ?, coarse_crc = ?, next_beats_crc = NULL "
            "WHERE stream = ? AND number = ?"
        )
        self._connection.execute(query, (beats_crc, coarse_crc, name.stream, name.number))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
