"""Contents and PDFs of reports, each under its SHA-256: what was signed is there for ever (R27)."""

from __future__ import annotations

import hashlib
import re
import threading
import zlib
from typing import Final

from einthoven.base.errors import NotFoundError, StoreDamagedError, StoreFullError
from einthoven.edges.store.disk import Disk

FOLDER: Final = "reports"
RESERVE: Final = 512 << 20
"""Room that reports leave: ECG is stored down to half of it, and reports can be made again of it."""
DIGEST: Final = re.compile(r"[0-9a-f]{64}")
LEVEL: Final = 6


class ReportFiles:
    """The reports of a data folder. What a deed names is never taken away."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._putting = threading.Lock()

    def put(self, content: bytes) -> str:
        """Keep something, durable on return; its digest. What is there already is not written again.

        Raises:
            StoreFullError: the disk has no room beside what ECG needs.
            OSError: it could not be written.
        """
        digest = hashlib.sha256(content).hexdigest()
        with self._putting:
            if self._disk.size(_path(digest)) is None:
                if self._disk.free() < RESERVE:
                    raise StoreFullError(f"a report: the disk has less than {RESERVE >> 20} MB free")
                self._disk.make_directory(FOLDER)
                self._disk.replace(_path(digest), zlib.compress(content, LEVEL))
        return digest

    def get(self, digest: str) -> bytes:
        """What was put there.

        Raises:
            NotFoundError: there is none.
            StoreDamagedError: its bytes are not what they were.
        """
        if DIGEST.fullmatch(digest) is None or self._disk.size(_path(digest)) is None:
            raise NotFoundError(f"there is no report {digest[:64]!r} on file")
        content = self._read(digest)
        if content is None:
            raise StoreDamagedError(f"{_path(digest)}: is not what was put there")
        return content

    def _read(self, digest: str) -> bytes | None:
        """The content of a file, None where it is not what its name says."""
        try:
            content = zlib.decompress(self._disk.read(_path(digest)))
        except zlib.error:
            return None
        return content if hashlib.sha256(content).hexdigest() == digest else None

    def faults(self) -> list[tuple[str, str]]:
        """(path, what is wrong) of each file that is not what its name says."""
        names = (name for name in self._disk.list(FOLDER) if DIGEST.fullmatch(name))
        return [
            (_path(name), "is not what was put there: its SHA-256 is not its name")
            for name in names
            if self._read(name) is None
        ]


def _path(digest: str) -> str:
    return f"{FOLDER}/{digest}"
