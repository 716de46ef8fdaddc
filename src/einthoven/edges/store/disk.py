"""The ``Disk`` port: every byte that the store keeps passes here, and here is what "durable" means.

Paths are relative to the data folder, with ``/``. Nothing is durable before a ``sync`` that names it
returned; a name (created, replaced, removed) is durable after its directory was synced too, which ``sync``,
``replace`` and ``append`` do. Every method raises ``OSError`` as the operating system does; the layers above
turn it into ``StoreError``. ``einthoven.testing.disk.ForgetfulDisk`` is the same port in memory and forgets
on command; ``einthoven.testing.disk_suite`` is the conformance suite of both.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
Buffer = bytes | bytearray | memoryview


class Appender(Protocol):
    """An open file that only grows."""

    @property
    def size(self) -> int:
        """Bytes written so far, durable or not."""
        ...

    def write(self, data: Buffer) -> None:
        """Append all of ``data``; after ``OSError`` an unknown part of it may be there."""
        ...

    def sync(self) -> None:
        """Make everything written durable. After ``OSError`` never trust the file again: what the kernel
        dropped it will not try to write twice."""
        ...

    def truncate(self, size: int) -> None:
        """Cut back to ``size`` bytes."""
        ...

    def close(self) -> None:
        """Close; calling it again does nothing."""
        ...


class Disk(Protocol):
    """One data folder."""

    def append(self, path: str) -> Appender:
        """Create ``path`` (it must not exist), its name durable, and open it for appending."""
        ...

    def put(self, path: str, data: Buffer) -> None:
        """Write a whole file, replacing any other, not durable before ``sync``."""
        ...

    def patch(self, path: str, offset: int, data: Buffer) -> None:
        """Overwrite bytes in place, creating and extending with zeros; not durable before ``sync``."""
        ...

    def sync(self, paths: Iterable[str]) -> None:
        """Make these files and their names durable."""
        ...

    def replace(self, path: str, data: Buffer) -> None:
        """Put a whole file in the place of another, durably, so that a crash leaves the old or the new
        one.
        """
        ...

    def truncate(self, path: str, size: int) -> None:
        """Cut a file back to ``size`` bytes, durably."""
        ...

    def unlink(self, path: str) -> None:
        """Remove a file; a missing one is no error; durable at the directory's next sync or never."""
        ...

    def make_directory(self, path: str) -> None:
        """Make a directory (and those above it), its name durable; one that is there is no error."""
        ...

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        """Bytes of a file, fewer at its end; ``length`` -1 reads to the end."""
        ...

    def map(self, path: str) -> U8:
        """The whole file as read-only uint8; it stays readable while referenced, also after ``unlink``."""
        ...

    def list(self, path: str) -> list[str]:
        """Names of the files and directories in a directory, sorted; none where there is no directory."""
        ...

    def size(self, path: str) -> int | None:
        """Bytes of a file, None where there is none."""
        ...

    def free(self) -> int:
        """Bytes that can still be written."""
        ...

    def lock(self, path: str) -> Callable[[], None]:
        """Hold the folder against a second writer; the result releases it.

        Raises:
            BlockingIOError: somebody else holds it.
        """
        ...

    def database(self, path: str) -> tuple[str, str]:
        """File name and VFS name under which SQLite opens ``path`` on this disk."""
        ...


class Transform(Protocol):
    """What stands between files and the disk: the seam for encryption at rest.

    A transform keeps length and works at any offset, so that logs can grow, headers can be patched and
    windows can be read without reading the file before them; a cipher in counter mode keyed by path and
    offset is one.
    Integrity stays with the checksums inside.
    """

    @property
    def name(self) -> str:
        """Written into ``FORMAT``; a folder opens only with the transform that made it."""
        ...

    def seal(self, path: str, offset: int, data: Buffer) -> bytes:
        """``data`` as it is to lie on disk at ``offset`` of ``path``; same length."""
        ...

    def open(self, path: str, offset: int, data: Buffer) -> bytes:
        """The inverse of ``seal``."""
        ...


def _write_all(descriptor: int, data: Buffer, offset: int) -> int:
    """Write all of ``data`` at ``offset``; the offset after it."""
    view = memoryview(data).cast("B")
    while view:
        done = os.pwrite(descriptor, view, offset)
        offset += done
        view = view[done:]
    return offset


class RealAppender:
    """An append-only file of the operating system."""

    def __init__(self, path: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o600)
        self._size = 0
        self._open = True

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._size

    def write(self, data: Buffer) -> None:
        """Append all of ``data``."""
        self._size = _write_all(self._descriptor, data, self._size)

    def sync(self) -> None:
        """``fdatasync``: data, and the size that is needed to read it."""
        os.fdatasync(self._descriptor)

    def truncate(self, size: int) -> None:
        """Cut back to ``size`` bytes."""
        os.ftruncate(self._descriptor, size)
        self._size = size

    def close(self) -> None:
        """Close the file."""
        if self._open:
            self._open = False
            os.close(self._descriptor)


class RealDisk:
    """A folder of the operating system."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _path(self, path: str) -> Path:
        return self.root / path

    def _sync_directory(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def append(self, path: str) -> Appender:
        """Create ``path`` for appending, its name durable."""
        real = self._path(path)
        appender = RealAppender(real)
        try:
            self._sync_directory(real.parent)
        except OSError:
            appender.close()
            raise
        return appender

    def put(self, path: str, data: Buffer) -> None:
        """Write a whole file, not yet durable."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        descriptor = os.open(self._path(path), flags, 0o600)
        try:
            _write_all(descriptor, data, 0)
        finally:
            os.close(descriptor)

    def patch(self, path: str, offset: int, data: Buffer) -> None:
        """Overwrite bytes in place, not yet durable."""
        descriptor = os.open(self._path(path), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _write_all(descriptor, data, offset)
        finally:
            os.close(descriptor)

    def sync(self, paths: Iterable[str]) -> None:
        """Make files and their names durable."""
        parents: dict[Path, None] = {}
        for path in paths:
            real = self._path(path)
            descriptor = os.open(real, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            parents[real.parent] = None
        for parent in parents:
            self._sync_directory(parent)

    def replace(self, path: str, data: Buffer) -> None:
        """Atomically and durably put a file in place."""
        beside = path + ".new"
        self.put(beside, data)
        descriptor = os.open(self._path(beside), os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._path(beside).replace(self._path(path))
        self._sync_directory(self._path(path).parent)

    def truncate(self, path: str, size: int) -> None:
        """Cut a file back, durably."""
        os.truncate(self._path(path), size)
        self.sync([path])

    def unlink(self, path: str) -> None:
        """Remove a file if it is there."""
        self._path(path).unlink(missing_ok=True)

    def make_directory(self, path: str) -> None:
        """Make a directory and those above it, durably."""
        missing = []
        at = self._path(path)
        while not at.is_dir():
            missing.append(at)
            at = at.parent
        for directory in reversed(missing):
            directory.mkdir(mode=0o700, exist_ok=True)
            self._sync_directory(directory.parent)

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        """Bytes of a file."""
        with self._path(path).open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def map(self, path: str) -> U8:
        """The file as a read-only array."""
        with self._path(path).open("rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                return np.zeros(0, np.uint8)
            return np.frombuffer(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ), np.uint8)

    def list(self, path: str) -> list[str]:
        """Names in a directory."""
        try:
            return sorted(entry.name for entry in os.scandir(self._path(path)))
        except FileNotFoundError:
            return []

    def size(self, path: str) -> int | None:
        """Bytes of a file."""
        try:
            return self._path(path).stat().st_size
        except FileNotFoundError:
            return None

    def free(self) -> int:
        """Bytes an unprivileged writer may still use."""
        stat = os.statvfs(self.root)
        return stat.f_bavail * stat.f_frsize

    def lock(self, path: str) -> Callable[[], None]:
        """``flock`` on a file: released by the kernel when the process dies."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self._path(path), flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise
        return lambda: os.close(descriptor)

    def database(self, path: str) -> tuple[str, str]:
        """SQLite opens the file itself."""
        return str(self._path(path)), ""


def is_full(error: OSError) -> bool:
    """Whether an error says that there is no room."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
