"""A disk behind a transform: where encryption at rest goes in (see ``disk.Transform``).

The log, the sealed segments and the coarse files pass through it; SQLite files do not (SQLite has its own
seam, the VFS that ``Disk.database`` names).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from einthoven.edges.store.disk import U8, Appender, Buffer, Disk, Transform


class _TransformedAppender:
    """Seals what is appended."""

    def __init__(self, inner: Appender, path: str, transform: Transform) -> None:
        self._inner = inner
        self._path = path
        self._transform = transform

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._inner.size

    def write(self, data: Buffer) -> None:
        """Append the sealed bytes."""
        self._inner.write(self._transform.seal(self._path, self._inner.size, data))

    def sync(self) -> None:
        """Make everything written durable."""
        self._inner.sync()

    def truncate(self, size: int) -> None:
        """Cut back."""
        self._inner.truncate(size)

    def close(self) -> None:
        """Close the file."""
        self._inner.close()


class TransformedDisk:
    """The ``Disk`` port over another disk, every file sealed by a length-keeping transform."""

    def __init__(self, inner: Disk, transform: Transform) -> None:
        self._inner = inner
        self._transform = transform

    def append(self, path: str) -> Appender:
        """Create a file for appending."""
        return _TransformedAppender(self._inner.append(path), path, self._transform)

    def put(self, path: str, data: Buffer) -> None:
        """Write a whole file."""
        self._inner.put(path, self._transform.seal(path, 0, data))

    def patch(self, path: str, offset: int, data: Buffer) -> None:
        """Overwrite bytes in place; a hole before ``offset`` is filled with sealed zeros."""
        size = self._inner.size(path) or 0
        if offset > size:
            data = bytes(offset - size) + bytes(data)
            offset = size
        self._inner.patch(path, offset, self._transform.seal(path, offset, data))

    def sync(self, paths: Iterable[str]) -> None:
        """Make files durable."""
        self._inner.sync(paths)

    def replace(self, path: str, data: Buffer) -> None:
        """Atomically put a file in place."""
        self._inner.replace(path, self._transform.seal(path, 0, data))

    def truncate(self, path: str, size: int) -> None:
        """Cut a file back."""
        self._inner.truncate(path, size)

    def unlink(self, path: str) -> None:
        """Remove a file."""
        self._inner.unlink(path)

    def make_directory(self, path: str) -> None:
        """Make a directory."""
        self._inner.make_directory(path)

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        """Bytes of a file, opened."""
        return self._transform.open(path, offset, self._inner.read(path, offset, length))

    def map(self, path: str) -> U8:
        """The whole file, opened (a copy)."""
        return np.frombuffer(self._transform.open(path, 0, self._inner.map(path).data), np.uint8)

    def list(self, path: str) -> list[str]:
        """Names in a directory."""
        return self._inner.list(path)

    def size(self, path: str) -> int | None:
        """Bytes of a file."""
        return self._inner.size(path)

    def free(self) -> int:
        """Bytes that can still be written."""
        return self._inner.free()

    def lock(self, path: str) -> Callable[[], None]:
        """Hold the folder against a second writer."""
        return self._inner.lock(path)

    def database(self, path: str) -> tuple[str, str]:
        """SQLite passes by the transform."""
        return self._inner.database(path)
