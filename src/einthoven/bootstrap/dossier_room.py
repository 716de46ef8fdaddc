"""Room for a record on request: beside the samples of a center, never instead of them (R36, R44)."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from einthoven.base.errors import StoreFullError
from einthoven.base.ids import StreamId
from einthoven.base.spans import SpanSet
from einthoven.bootstrap.service_records import OpenFolder
from einthoven.edges.store.disk import RealDisk

PAPERS: Final = 128 << 20
"""Bytes that pages, reports and lists are taken for before they are made: those of a month with 60 events and
31 reports come to 80 MB (benchmarks/dossier.py). Asked again once they are there."""
HEAD: Final = 2048
"""Bytes taken for the header of each file in the archive and its line in the list."""
STEP: Final = 32 << 20
"""Bytes after which what was written is brought to the disk, and its room looked at again: a center that
makes its samples durable never waits behind more than this."""


def free_bytes(folder: Path) -> int:
    """Bytes that an unprivileged writer may still use where a folder lies."""
    return RealDisk(folder).free()


def kept_free(reserve_mb: int) -> int:
    """Bytes that no record takes: twice what storing keeps (``disk_reserve_mb``), for samples go on coming
    while a record is made."""
    return 2 * reserve_mb << 20


@dataclass(slots=True)
class Room:
    """What may be written for one record.

    Attributes:
        out: the folder that the archive is written to.
        keep: bytes there that stay free.
        free: asks for what is free.
    """

    out: Path
    keep: int
    free: Callable[[Path], int] = free_bytes
    _left: int = STEP

    def want(self, needed: int) -> None:
        """Refuse before anything is written.

        Raises:
            StoreFullError: there is not room enough; names what is needed, free and kept.
        """
        free = self.free(self.out)
        if free - needed < self.keep:
            raise StoreFullError(self._words(f"the record takes about {_mb(needed)}", free))

    def wrote(self, out: BinaryIO, size: int) -> None:
        """A file of ``size`` bytes was written; every ``STEP`` it is made durable and room looked at again.

        Raises:
            StoreFullError: what is kept would be touched: others wrote meanwhile.
        """
        self._left -= size
        if self._left > 0:
            return
        self._left = STEP
        out.flush()
        os.fsync(out.fileno())
        free = self.free(self.out)
        if free < self.keep:
            raise StoreFullError(self._words("the disk filled while the record was written", free))

    def _words(self, what: str, free: int) -> str:
        kept = f", and {_mb(self.keep)} stay free for samples (twice disk_reserve_mb)" if self.keep else ""
        return f"no room in {self.out}: {what}, {_mb(free)} are free{kept}"


def _mb(size: int) -> str:
    return f"{-(-size // 1_000_000):,} MB"


def room_for(opened: OpenFolder, out: Path) -> Room:
    """Room beside a data folder; on a disk of its own an archive may take all there is."""
    same = opened.folder.stat().st_dev == out.stat().st_dev
    return Room(out, kept_free(opened.settings.disk_reserve_mb) if same else 0)


def ecg_bytes(opened: OpenFolder, stream: StreamId) -> int:
    """About how much the stored ECG of a stream takes in the archive: sealed as it lies, else as raw."""
    known = opened.facts.stream(stream)
    assert known is not None
    disk, rows = RealDisk(opened.folder), opened.reader.segments(stream)
    size = 0
    for row in rows:
        paths = (row.name.header, *row.name.signals(row.leads), row.name.beats)
        size += sum(disk.size(path) or 0 for path in paths) + HEAD * len(paths)
    sealed = SpanSet((row.start, row.stop) for row in rows)
    stored = opened.reader.stored(stream)
    raw = sum(hole.stop - hole.start for span in stored for hole in sealed.missing(*span))
    return size + raw * 2 * len(known.layout.leads)
