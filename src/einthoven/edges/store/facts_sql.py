"""Opening ``facts.sqlite``, and what SQLite's errors mean here."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import apsw

from einthoven.base.errors import OursError, StoreDamagedError, StoreError, StoreFullError

SQLITE_MIN = (3, 51, 3)
"""Before it, two connections that write or checkpoint can corrupt a database in WAL mode."""
BUSY_MS = 5000


def check_library(version: str) -> None:
    """Refuse an SQLite with the WAL-reset fault; StoreError names the version."""
    if tuple(int(part) for part in version.split(".")) < SQLITE_MIN:
        wanted = ".".join(map(str, SQLITE_MIN))
        raise StoreError(
            f"SQLite {version} can corrupt a database in WAL mode: {wanted} or newer is needed (apsw)"
        )


def open_writer(path: Path, vfs: str | None = None) -> apsw.Connection:
    """The one connection that writes: WAL, every commit synced, foreign keys on.

    Raises:
        StoreError: it cannot be opened.
    """
    check_library(apsw.sqlite_lib_version())
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    try:
        connection = apsw.Connection(str(path), flags=flags, vfs=vfs)
        connection.set_busy_timeout(BUSY_MS)
        mode = connection.pragma("journal_mode", "wal")
        if mode != "wal" and vfs is None:
            raise StoreError(f"{path}: write-ahead logging is not possible here (journal mode {mode})")
        # with a rollback journal (a file layer without shared memory) FULL leaves its removal unsynced
        connection.pragma("synchronous", "FULL" if mode == "wal" else "EXTRA")
        connection.pragma("fullfsync", True)
        connection.pragma("checkpoint_fullfsync", True)
        _common(connection)
        _settle(connection)
    except apsw.Error as error:
        raise store_error(error, f"{path}") from error
    return connection


def _settle(connection: apsw.Connection) -> None:
    """Make durable what an earlier process committed and was killed before it had synced: from now on it is
    told as stored, so a power cut must not take it away. A checkpoint syncs the log first of all."""
    with suppress(apsw.FullError, apsw.BusyError):
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)


def open_reader(path: Path, vfs: str | None = None) -> apsw.Connection:
    """A connection that only reads, also while another process writes.

    Raises:
        StoreError: it cannot be opened.
    """
    check_library(apsw.sqlite_lib_version())
    try:
        connection = _readable(path, vfs)
        _common(connection)
    except apsw.Error as error:
        raise store_error(error, f"{path}") from error
    return connection


def _readable(path: Path, vfs: str | None) -> apsw.Connection:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY, vfs=vfs)
    connection.set_busy_timeout(BUSY_MS)
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except apsw.CantOpenError:
        # a copy on a medium that cannot be written, with nothing left in its log: nobody can change it
        connection.close()
        if vfs is not None or path.with_name(f"{path.name}-wal").exists():
            raise
        flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        connection = apsw.Connection(f"{path.absolute().as_uri()}?immutable=1", flags=flags)
    return connection


def copy(source: Path, target: Path) -> None:
    """A consistent copy of the facts as they are now, also while they are written."""
    reader = open_reader(source)
    writer = apsw.Connection(str(target))
    try:
        with writer.backup("main", reader, "main") as backup:
            while not backup.done:
                backup.step(1024)
    finally:
        writer.close()
        reader.close()


def _common(connection: apsw.Connection) -> None:
    connection.pragma("foreign_keys", True)
    connection.pragma("trusted_schema", False)


def store_error(error: Exception, where: str) -> StoreError:
    """What an error of SQLite means here."""
    if isinstance(error, apsw.FullError):
        return StoreFullError(f"{where}: no room left for the facts")
    if isinstance(error, apsw.CorruptError | apsw.NotADBError):
        return StoreDamagedError(f"{where}: the facts are damaged: {error}")
    return StoreError(f"{where}: {type(error).__name__}: {error}")


def ours(error: apsw.Error) -> OursError:
    """A constraint that our own code should have kept."""
    return OursError(f"the facts refused a change: {error}")
