"""Log files as readers see them: the blocks of each, found by stream and sample.

A file at hand or just closed has its index in memory in order of arrival; an older one has it on disk,
sorted, mapped while it is looked at. Memory is spent per open file, not per block kept.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from einthoven.edges.store import kernels
from einthoven.edges.store.disk import Disk
from einthoven.edges.store.formats import (
    ENTRY,
    INDEX_HEADER_BYTES,
    SCAR,
    Damage,
    Entries,
    Scars,
    index_path,
    log_path,
    read_index_header,
)

I64 = NDArray[np.int64]


class Target(NamedTuple):
    """Samples ``[start, stop)`` of a stream, wanted."""

    stream: int
    start: int
    stop: int


def _pick(entries: Entries, longest: int, target: Target) -> Entries:
    """Entries of blocks that overlap the target; ``longest`` -1 where ``entries`` are not sorted."""
    room = min(len(entries), 1024)
    while True:
        out = np.empty(room, np.int64)
        if longest < 0:
            found = kernels.pick_unsorted(entries, *target, out)
        else:
            found = kernels.pick_sorted(entries, longest, *target, out)
        if found < room or room == len(entries):
            break
        room = min(len(entries), 8 * room)
    chosen = entries[out[:found]]
    return chosen if longest < 0 else chosen[np.argsort(chosen["ordinal"])]


class LogFile:
    """One log file and the index of its blocks; safe for one writer and any readers.

    Args:
        number, first: of the file, and the sequence number of its first block.
        rows: room for entries in order of arrival, or the entries themselves with ``filled``.
        filled: how many rows hold entries.
    """

    def __init__(self, number: int, first: int, rows: Entries, filled: int = 0) -> None:
        self.number = number
        self.first = first
        self.size = 0
        self.stop = first + (int(rows["ordinal"][filled - 1]) + 1 if filled else 0)
        """One past the sequence number of its last block."""
        self.closed = False
        self.scars: Scars = np.zeros(0, SCAR)
        self._memory: tuple[Entries, int] | None = (rows, filled)
        self._disk: Disk | None = None

    @property
    def path(self) -> str:
        """Path of the file itself."""
        return log_path(self.number)

    @property
    def indexed(self) -> bool:
        """Whether its index is on disk."""
        return self._memory is None

    def publish(self, entries: Entries) -> None:
        """Add entries; readers see all of them or none."""
        rows, filled = self._memory or (np.zeros(0, ENTRY), 0)
        after = filled + len(entries)
        if after > len(rows):
            grown = np.zeros(max(after, 2 * len(rows)), ENTRY)
            grown[:filled] = rows[:filled]
            rows = grown
        rows[filled:after] = entries
        self._memory = (rows, after)
        if len(entries):
            self.stop = self.first + int(entries["ordinal"][-1]) + 1

    def use_index(self, disk: Disk) -> None:
        """Read the entries from the index file from now on."""
        self._disk = disk
        self._memory = None

    def entries(self) -> Entries:
        """Every block's entry: by arrival, or sorted by stream and start where the index is on disk."""
        memory = self._memory
        if memory is not None:
            return memory[0][: memory[1]]
        return self._mapped()[0]

    def _mapped(self) -> tuple[Entries, int]:
        assert self._disk is not None
        data = self._disk.map(index_path(self.number))
        head = read_index_header(data[:INDEX_HEADER_BYTES].tobytes(), index_path(self.number))
        body = data[INDEX_HEADER_BYTES : INDEX_HEADER_BYTES + head.entries * ENTRY.itemsize]
        return body.view(ENTRY), head.longest

    def select(self, targets: Sequence[Target]) -> list[Entries]:
        """For each target the entries of blocks that overlap it, in order of arrival."""
        memory = self._memory
        if memory is not None:
            entries, longest = memory[0][: memory[1]], -1
        else:
            entries, longest = self._mapped()
        return [_pick(entries, longest, target) for target in targets]

    def after(self, ordinal: int) -> Entries:
        """Entries from ``ordinal`` on."""
        entries = self.entries()
        return entries if ordinal == 0 else entries[entries["ordinal"] >= ordinal]

    def damage(self) -> list[Damage]:
        """Its rotten stretches, named."""
        return [
            Damage(
                self.path,
                int(scar["offset"]),
                int(scar["stream"]),
                int(scar["start"]),
                int(scar["start"]) + int(scar["count"]),
                f"{int(scar['length'])} bytes fail their checksum",
            )
            for scar in self.scars
            if not scar["torn"]
        ]


class LogSet:
    """The log files there are, by number; replaced as a whole, so a snapshot never changes."""

    def __init__(self) -> None:
        self._files: tuple[LogFile, ...] = ()
        self._lock = threading.Lock()

    def files(self) -> tuple[LogFile, ...]:
        """A snapshot, oldest first."""
        return self._files

    def add(self, file: LogFile) -> None:
        """Add a file, or put it in the place of the one with its number."""
        with self._lock:
            others = [other for other in self._files if other.number != file.number]
            self._files = tuple(sorted([*others, file], key=lambda each: each.number))

    def remove(self, number: int) -> None:
        """Take a file out."""
        with self._lock:
            self._files = tuple(file for file in self._files if file.number != number)
