"""Conformance of the store's ``Disk`` port: what a disk must do when nothing goes wrong.

``einthoven.edges.store.disk`` holds the port; it is typed loosely here because this room lies below the
edges.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import apsw
import numpy as np

AnyDisk = Any


def check_append(disk: AnyDisk) -> None:
    """An appender writes at the end, cuts back, and refuses to create over a file."""
    disk.make_directory("log")
    file = disk.append("log/a")
    file.write(b"hello ")
    file.write(memoryview(b"world"))
    file.sync()
    assert (file.size, disk.read("log/a")) == (11, b"hello world")
    file.truncate(5)
    file.write(b"!")
    assert (file.size, disk.read("log/a"), disk.size("log/a")) == (6, b"hello!", 6)
    file.close()
    file.close()
    _refuses(FileExistsError, lambda: disk.append("log/a"))
    _refuses(FileNotFoundError, lambda: disk.append("nowhere/a"))


def check_whole_files(disk: AnyDisk) -> None:
    """``put``, ``replace``, ``read``, ``size``, ``unlink``, ``truncate``."""
    disk.put("a", b"first")
    disk.put("a", b"2nd")
    disk.sync(["a"])
    assert disk.read("a") == b"2nd"
    disk.replace("a", b"third")
    disk.replace("b", b"new")
    assert (disk.read("a"), disk.read("b")) == (b"third", b"new")
    assert (disk.read("a", 1, 3), disk.read("a", 3), disk.read("a", 3, 99), disk.read("a", 99)) == (
        b"hir",
        b"rd",
        b"rd",
        b"",
    )
    disk.truncate("a", 2)
    assert (disk.read("a"), disk.size("a"), disk.size("none")) == (b"th", 2, None)
    disk.unlink("a")
    disk.unlink("a")
    assert disk.size("a") is None
    _refuses(FileNotFoundError, lambda: disk.read("a"))
    _refuses(FileNotFoundError, lambda: disk.map("a"))
    _refuses(FileNotFoundError, lambda: disk.sync(["a"]))


def check_patch(disk: AnyDisk) -> None:
    """``patch`` overwrites in place and fills what lies before with zeros."""
    disk.patch("p", 4, b"abcd")
    disk.patch("p", 6, b"XYZ")
    disk.sync(["p"])
    assert disk.read("p") == b"\0\0\0\0abXYZ"


def check_map(disk: AnyDisk) -> None:
    """``map`` is a read-only array that stays readable after the file is gone."""
    disk.put("m", bytes(range(200)) * 50)
    disk.put("empty", b"")
    mapped = disk.map("m")
    assert mapped.dtype == np.uint8
    assert not mapped.flags.writeable
    disk.unlink("m")
    assert mapped.tobytes() == bytes(range(200)) * 50
    assert len(disk.map("empty")) == 0


def check_directories(disk: AnyDisk) -> None:
    """Directories are made with those above them, and listed sorted."""
    assert disk.list("streams") == []
    disk.make_directory("streams/s000002")
    disk.make_directory("streams/s000001")
    disk.make_directory("streams/s000001")
    disk.put("streams/s000001/x.hea", b"")
    assert disk.list("streams") == ["s000001", "s000002"]
    assert disk.list("streams/s000001") == ["x.hea"]
    _refuses(FileNotFoundError, lambda: disk.put("absent/x", b""))


def check_lock(disk: AnyDisk) -> None:
    """One holder at a time."""
    release = disk.lock("LOCK")
    _refuses(BlockingIOError, lambda: disk.lock("LOCK"))
    release()
    disk.lock("LOCK")()


def check_database(disk: AnyDisk) -> None:
    """SQLite keeps its promises: one writer, readers beside it, and what was committed is there."""
    name, vfs = disk.database("x.sqlite")
    writer = apsw.Connection(name, vfs=vfs or None)
    writer.execute("PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL").fetchall()
    writer.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)").fetchall()
    reader = apsw.Connection(name, flags=apsw.SQLITE_OPEN_READWRITE, vfs=vfs or None)
    writer.execute("BEGIN IMMEDIATE; INSERT INTO t VALUES (2)").fetchall()
    assert reader.execute("SELECT a FROM t").fetchall() == [(1,)]
    _refuses(apsw.BusyError, lambda: reader.execute("BEGIN IMMEDIATE"))
    writer.execute("COMMIT").fetchall()
    assert reader.execute("SELECT a FROM t").fetchall() == [(1,), (2,)]
    reader.close()
    writer.close()
    again = apsw.Connection(name, vfs=vfs or None)
    assert again.execute("SELECT count(*) FROM t; PRAGMA integrity_check").fetchall() == [(2,), ("ok",)]
    again.close()


def check_free(disk: AnyDisk) -> None:
    """There is room, and a second thread may ask."""
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(disk.free()))
    thread.start()
    thread.join()
    assert answers[0] > 0


CHECKS: tuple[Callable[[AnyDisk], None], ...] = (
    check_append,
    check_whole_files,
    check_patch,
    check_map,
    check_directories,
    check_lock,
    check_database,
    check_free,
)
"""Each takes an empty disk."""


def _refuses(kind: type[Exception], call: Callable[[], object]) -> None:
    try:
        call()
    except kind:
        return
    raise AssertionError(f"want {kind.__name__}")
