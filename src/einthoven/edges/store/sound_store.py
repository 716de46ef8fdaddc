"""Recordings of calls that were handed in: as they came, by SHA-256, beside the documents (R6)."""

from __future__ import annotations

import hashlib
import io
import threading
from typing import Final

from einthoven.base.errors import InputError, NotFoundError, StoreDamagedError, StoreFullError
from einthoven.edges.store.disk import Disk
from einthoven.edges.store.documents import DIGEST, RESERVE

FOLDER: Final = "recordings"
MAX_BYTES: Final = 64 << 20
"""Half an hour of a dictating machine (16 bits, 16 kHz), an hour of a line's 16 bits; it stands in memory
whole while it is taken."""
PIECE: Final = 1 << 20


class SoundStore:
    """The recordings of a data folder. What a deed names is never taken away."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._putting = threading.Lock()

    def has(self, digest: str) -> bool:
        """Whether a recording is on file."""
        return DIGEST.fullmatch(digest) is not None and self._disk.size(_path(digest)) is not None

    def put(self, content: bytes, what: str) -> str:
        """Keep a recording, durable on return; its digest.

        Args:
            what: it is, for the error.

        Raises:
            InputError: it is empty or too large.
            StoreFullError: the disk has no room beside what ECG needs.
            OSError: it could not be written.
        """
        if not 0 < len(content) <= MAX_BYTES:
            raise InputError(
                f"{what}: is empty" if not content else f"{what}: larger than {MAX_BYTES >> 20} MB"
            )
        digest = hashlib.sha256(content).hexdigest()
        with self._putting:  # the same one put twice at once is written once
            if not self.has(digest):
                if self._disk.free() < RESERVE + len(content):
                    raise StoreFullError(f"{what}: the disk has too little room")
                self._disk.make_directory(FOLDER)
                self._disk.replace(_path(digest), content)
        return digest

    def open(self, digest: str) -> StoredSound:
        """A recording to read, once its bytes were seen to be what they were.

        Raises:
            NotFoundError: there is none.
            StoreDamagedError: its bytes are not what they were.
        """
        size = self._disk.size(_path(digest)) if DIGEST.fullmatch(digest) else None
        if size is None:
            raise NotFoundError(f"there is no recording {digest[:64]!r}")
        if self._digest(_path(digest), size) != digest:
            raise StoreDamagedError(f"{_path(digest)}: is not what was put there")
        return StoredSound(self._disk, _path(digest), size)

    def faults(self) -> list[tuple[str, str]]:
        """(path, what is wrong) of each file that is not what its name says."""
        found = []
        for name in self._disk.list(FOLDER):
            if DIGEST.fullmatch(name) is None:
                continue  # left half-written by a crash, or not ours
            size = self._disk.size(_path(name)) or 0
            if self._digest(_path(name), size) != name:
                found.append((_path(name), "is not what was put there: its SHA-256 is not its name"))
        return found

    def _digest(self, path: str, size: int) -> str:
        told = hashlib.sha256()
        for offset in range(0, size, PIECE):
            told.update(self._disk.read(path, offset, PIECE))
        return told.hexdigest()


class StoredSound(io.RawIOBase):
    """A recording as a file that is read; what reads sound asks for no more."""

    def __init__(self, disk: Disk, path: str, size: int) -> None:
        super().__init__()
        self._disk = disk
        self._path = path
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where it is read next."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Read on elsewhere."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """The next bytes."""
        view = memoryview(buffer).cast("B")
        data = self._disk.read(self._path, self._at, len(view)) if self._at < self._size else b""
        view[: len(data)] = data
        self._at += len(data)
        return len(data)


def _path(digest: str) -> str:
    return f"{FOLDER}/{digest}"
