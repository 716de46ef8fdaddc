"""A disk in memory that forgets on command: every byte not fsynced, every name whose directory was not.

It is the store's ``Disk`` port (checked against the real one by ``einthoven.testing.disk_suite``), SQLite
included through a VFS of its own. ``crash`` is a power cut: what was synced stays, of the rest nothing, or
with a torn end, or a random subset of sectors, as a seed decides. Faults are planned beforehand: a full disk,
an error at the n-th call, power gone at the n-th step, a bit flipped at rest.
"""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

SECTOR = 512
UNLIMITED = 1 << 40
Buffer = bytes | bytearray | memoryview


class PowerCutError(Exception):
    """The power is gone: nothing works on this disk until ``crash`` brings it back."""


class _Node:
    """One file: what reads see, and what would be there after a power cut."""

    __slots__ = ("cache", "durable", "lost")

    def __init__(self) -> None:
        self.cache = bytearray()
        self.durable = b""
        self.lost: set[int] = set()
        """Sectors that a failed sync gave up: they are written again only when they are changed again."""


class ForgetfulDisk:
    """Files in memory with a page cache that a power cut empties.

    Args:
        seed: decides what survives of unsynced bytes in ``crash(keep="some")``.
        capacity: bytes in all; beyond it writes fail with ENOSPC after what still fits.
    """

    def __init__(self, seed: int = 0, capacity: int = UNLIMITED) -> None:
        self._random = random.Random(seed)
        self.capacity = capacity
        self.syncing = True
        """False makes the sync of every appended file a lie: for tests that must fail when the fsync is taken
        out of the log. Whole files stay honest, so that what is missed is samples and not the folder."""
        self.syncing_databases = True
        """False makes the sync of every SQLite file a lie."""
        self.steps = 0
        """Changing calls so far."""
        self._names: dict[str, _Node] = {}
        self._durable_names: dict[str, _Node] = {}
        self._directories: set[str] = {""}
        self._durable_directories: set[str] = {""}
        self._locks: set[str] = set()
        self._faults: dict[str, list[tuple[int, int]]] = {}
        self._calls: dict[str, int] = {}
        self._cut_at: int | None = None
        self._cut = False
        self.vfs: object = None
        """SQLite's way in, once ``database`` was called."""
        self.life = 0
        """Counts power cuts: handles of an earlier life are dead."""

    # Faults ----------------------------------------------------------------------------------------------

    def fail(self, call: str, nth: int = 1, error: int = errno.EIO) -> None:
        """Let the ``nth`` ``"write"`` or ``"sync"`` from now on fail once with ``error``."""
        self._faults.setdefault(call, []).append((self._calls.get(call, 0) + nth, error))

    def cut_power_at(self, step: int | None) -> None:
        """Cut the power in the ``step``-th changing call from now on (None: never)."""
        self._cut_at = None if step is None else self.steps + step

    def flip(self, path: str, offset: int, bit: int = 0) -> None:
        """Flip one bit at rest."""
        node = self._names[path]
        node.cache[offset] ^= 1 << bit
        durable = bytearray(node.durable)
        if offset < len(durable):
            durable[offset] ^= 1 << bit
            node.durable = bytes(durable)

    def crash(self, keep: str = "none") -> None:
        """Cut the power and bring it back.

        Args:
            keep: what of the unsynced survives: ``"none"``; ``"all"`` (the process died, the machine did
                not); ``"some"``: by chance names, a torn end, or scattered sectors.
        """
        self._cut, self._cut_at = False, None
        self._faults.clear()
        self._locks.clear()
        self.life += 1
        if keep == "all":
            return
        if keep == "some":
            self._keep_some_names()
        self._names = dict(self._durable_names)
        self._directories = set(self._durable_directories)
        for node in set(self._names.values()):
            content = self._some_of(node) if keep == "some" else node.durable
            node.cache, node.durable, node.lost = bytearray(content), bytes(content), set()

    def _keep_some_names(self) -> None:
        for path in sorted(set(self._names) | set(self._durable_names)):
            if self._names.get(path) is not self._durable_names.get(path) and self._random.random() < 0.5:
                self._settle_name(path)

    def _some_of(self, node: _Node) -> bytes:
        old, new = node.durable, bytes(node.cache)
        choice = self._random.randrange(3)
        if old == new or choice == 0:
            return old
        if choice == 1 and new[: len(old)] == old:
            return new[: self._random.randint(len(old), len(new))]
        size = self._random.choice([len(old), len(new)])
        mixed = bytearray(old[:size].ljust(size, b"\0"))
        for at in range(0, size, SECTOR):
            if self._random.random() < 0.5:
                piece = new[at : min(at + SECTOR, size)]
                mixed[at : at + len(piece)] = piece
        return bytes(mixed)

    # Bookkeeping -----------------------------------------------------------------------------------------

    def used(self) -> int:
        """Bytes of all files."""
        return sum(len(node.cache) for node in set(self._names.values()))

    def alive(self, life: int | None = None) -> None:
        """Raise ``PowerCutError`` while the power is off, or for a handle of an earlier life."""
        if self._cut or (life is not None and life != self.life):
            raise PowerCutError

    def step(self, call: str = "") -> None:
        """Count a changing call; fail it, or cut the power, where that was planned."""
        self.alive()
        self.steps += 1
        if self._cut_at is not None and self.steps >= self._cut_at:
            self._cut = True
            raise PowerCutError
        if call:
            self._calls[call] = self._calls.get(call, 0) + 1
            for fault in self._faults.get(call, []):
                if fault[0] == self._calls[call]:
                    self._faults[call].remove(fault)
                    raise OSError(fault[1], os.strerror(fault[1]))

    def node(self, path: str) -> _Node:
        """The file's node; raises FileNotFoundError."""
        self.alive()
        try:
            return self._names[path]
        except KeyError:
            raise FileNotFoundError(errno.ENOENT, "no such file", path) from None

    def create(self, path: str) -> _Node:
        """The file's node, made where there is none."""
        parent = path.rpartition("/")[0]
        if parent not in self._directories:
            raise FileNotFoundError(errno.ENOENT, "no such directory", path)
        return self._names.setdefault(path, _Node())

    def write_node(self, node: _Node, offset: int, data: Buffer) -> None:
        """Write into the page cache; a write beyond the capacity leaves what fits and raises ENOSPC."""
        piece = bytes(data)
        self.step("write")
        room = len(piece)
        if self.capacity < UNLIMITED:  # counting what is used looks at every file
            room = self.capacity - self.used() + max(0, len(node.cache) - offset)
        short = len(piece) > room
        if short:
            piece = piece[: max(room, 0)]
        if offset > len(node.cache):
            node.cache.extend(bytes(offset - len(node.cache)))
        node.cache[offset : offset + len(piece)] = piece
        node.lost.difference_update(range(offset // SECTOR, (offset + len(piece)) // SECTOR + 1))
        if short:
            raise OSError(errno.ENOSPC, "no space left on device")

    def sync_node(self, node: _Node) -> None:
        """Make a file's bytes durable.

        After a planned error later calls succeed and leave out what this one had to write, as a kernel does
        that marked the pages clean when it failed to write them: a program that only tries again loses them.
        """
        try:
            self.step("sync")
        except OSError:
            size = max(len(node.cache), len(node.durable))
            rows = range(0, size, SECTOR)
            changed = (at for at in rows if node.cache[at : at + SECTOR] != node.durable[at : at + SECTOR])
            node.lost.update(at // SECTOR for at in changed)
            raise
        synced = bytearray(node.cache)
        for at in (sector * SECTOR for sector in node.lost):
            piece = synced[at : at + SECTOR]
            old = node.durable[at : at + SECTOR][: len(piece)]
            synced[at : at + SECTOR] = old.ljust(len(piece), b"\0")
        node.durable = bytes(synced)

    def _settle_name(self, path: str) -> None:
        if path in self._names:
            self._durable_names[path] = self._names[path]
        else:
            self._durable_names.pop(path, None)

    def sync_names(self, directory: str) -> None:
        """Make the names in a directory durable."""
        self.step("sync")
        for path in set(self._names) | set(self._durable_names):
            if path.rpartition("/")[0] == directory:
                self._settle_name(path)

    # The port --------------------------------------------------------------------------------------------

    def append(self, path: str) -> _Appender:
        """Create ``path`` for appending, its name durable."""
        self.step()
        if path in self._names:
            raise FileExistsError(errno.EEXIST, "exists", path)
        node = self.create(path)
        self.sync_names(path.rpartition("/")[0])
        return _Appender(self, node)

    def put(self, path: str, data: Buffer) -> None:
        """Write a whole file, not yet durable."""
        self.step()
        node = self.create(path)
        node.cache = bytearray()
        self.write_node(node, 0, data)

    def patch(self, path: str, offset: int, data: Buffer) -> None:
        """Overwrite bytes in place, not yet durable."""
        self.write_node(self.create(path), offset, data)

    def sync(self, paths: Iterable[str]) -> None:
        """Make files and their names durable."""
        parents: dict[str, None] = {}
        for path in paths:
            self.sync_node(self.node(path))
            parents[path.rpartition("/")[0]] = None
        for parent in parents:
            self.sync_names(parent)

    def replace(self, path: str, data: Buffer) -> None:
        """Atomically and durably put a file in place."""
        beside = path + ".new"
        self._names.pop(beside, None)
        self.put(beside, data)
        self.sync_node(self.node(beside))
        self.step()
        self._names[path] = self._names.pop(beside)
        self.sync_names(path.rpartition("/")[0])

    def truncate(self, path: str, size: int) -> None:
        """Cut a file back, durably."""
        self.step()
        del self.node(path).cache[size:]
        self.sync([path])

    def unlink(self, path: str) -> None:
        """Remove a file if it is there."""
        self.step()
        self._names.pop(path, None)

    def make_directory(self, path: str) -> None:
        """Make a directory and those above it, durably."""
        self.step()
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            self._directories.add("/".join(parts[:depth]))
        self._durable_directories |= self._directories

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        """Bytes of a file."""
        cache = self.node(path).cache
        return bytes(cache[offset:] if length < 0 else cache[offset : offset + length])

    def map(self, path: str) -> NDArray[np.uint8]:
        """The file as it is now, as an array."""
        return np.frombuffer(bytes(self.node(path).cache), np.uint8)

    def list(self, path: str) -> list[str]:
        """Names in a directory."""
        self.alive()
        head = path + "/" if path else ""
        names = [*self._names, *self._directories]
        return sorted({name[len(head) :].partition("/")[0] for name in names if name.startswith(head)} - {""})

    def size(self, path: str) -> int | None:
        """Bytes of a file."""
        self.alive()
        return len(self._names[path].cache) if path in self._names else None

    def free(self) -> int:
        """Bytes that can still be written."""
        self.alive()
        return max(0, self.capacity - self.used())

    def lock(self, path: str) -> Callable[[], None]:
        """Hold the folder."""
        self.alive()
        if path in self._locks:
            raise BlockingIOError(errno.EWOULDBLOCK, "held", path)
        self._locks.add(path)
        life = self.life
        return lambda: self._locks.discard(path) if life == self.life else None

    def database(self, path: str) -> tuple[str, str]:
        """SQLite reaches the file through a VFS of this disk."""
        from einthoven.testing.disk_sqlite import vfs_name

        return path, vfs_name(self)


class _Appender:
    """An append-only file of a ``ForgetfulDisk``."""

    def __init__(self, disk: ForgetfulDisk, node: _Node) -> None:
        self._disk = disk
        self._node = node
        self._life = disk.life
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._size

    def write(self, data: Buffer) -> None:
        """Append to the page cache."""
        self._disk.alive(self._life)
        self._disk.write_node(self._node, self._size, data)
        self._size += len(bytes(data))

    def sync(self) -> None:
        """Make the bytes durable."""
        self._disk.alive(self._life)
        if self._disk.syncing:
            self._disk.sync_node(self._node)
        else:
            self._disk.step("sync")

    def truncate(self, size: int) -> None:
        """Cut back."""
        self._disk.alive(self._life)
        self._disk.step()
        del self._node.cache[size:]
        self._size = size

    def close(self) -> None:
        """Nothing to do in memory."""
