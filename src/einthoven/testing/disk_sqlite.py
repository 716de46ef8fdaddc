"""SQLite on a ``ForgetfulDisk``: a VFS whose files the disk may forget, with SQLite's five lock levels."""

from __future__ import annotations

import itertools
import weakref
from typing import Any

import apsw

from einthoven.testing.disk import ForgetfulDisk, _Node

_NUMBERS = itertools.count(1)
SHARED, RESERVED, PENDING, EXCLUSIVE = 1, 2, 3, 4


def vfs_name(disk: ForgetfulDisk) -> str:
    """Name of the VFS over ``disk``, registered at the first call."""
    if not isinstance(disk.vfs, _Vfs):
        disk.vfs = _Vfs(f"forgetful-{next(_NUMBERS)}", disk)
    return disk.vfs.name


class _Vfs(apsw.VFS):
    """Opens, removes and finds files on one disk; everything else is the system's."""

    def __init__(self, name: str, disk: ForgetfulDisk) -> None:
        self.name = name
        self._disk = weakref.ref(disk)
        self.locks: dict[tuple[int, str], dict[int, int]] = {}
        super().__init__(name, "", exclude={"xSetSystemCall", "xGetSystemCall", "xNextSystemCall"})

    @property
    def disk(self) -> ForgetfulDisk:
        """The disk, which owns this VFS."""
        disk = self._disk()
        if disk is None:
            raise apsw.CantOpenError("the disk is gone")
        return disk

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        return name.lstrip("/")

    def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: N802
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if path is None:
            raise apsw.CantOpenError("temporary files stay in memory")
        flags[1] = flags[0]
        return _File(self, path.lstrip("/"), bool(flags[0] & apsw.SQLITE_OPEN_CREATE))

    def xDelete(self, name: str, sync_directory: bool) -> None:  # noqa: N802
        path = name.lstrip("/")
        self.disk.unlink(path)
        if sync_directory:
            self.disk.sync_names(path.rpartition("/")[0])

    def xAccess(self, name: str, flags: int) -> bool:  # noqa: N802, ARG002
        return self.disk.size(name.lstrip("/")) is not None


class _File:
    """One open database or journal."""

    def __init__(self, vfs: _Vfs, path: str, create: bool) -> None:
        self.vfs, self.path = vfs, path
        self.disk, self.life = vfs.disk, vfs.disk.life
        self.fresh = self.disk.size(path) is None
        if self.fresh and not create:
            raise apsw.CantOpenError(path)
        self.node: _Node = self.disk.create(path)

    @property
    def holders(self) -> dict[int, int]:
        """Lock level of each open file on this path."""
        return self.vfs.locks.setdefault((self.life, self.path), {})

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        self.disk.alive(self.life)
        return bytes(self.node.cache[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self.disk.alive(self.life)
        try:
            self.disk.write_node(self.node, offset, data)
        except OSError as error:
            raise apsw.FullError(str(error)) from error

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self.disk.alive(self.life)
        self.disk.step()
        del self.node.cache[size:]

    def xSync(self, flags: int) -> None:  # noqa: N802, ARG002
        self.disk.alive(self.life)
        try:
            if not self.disk.syncing_databases:
                self.disk.step("sync")
                return
            self.disk.sync_node(self.node)
            if self.fresh:
                self.disk.sync_names(self.path.rpartition("/")[0])
                self.fresh = False
        except OSError as error:
            raise apsw.IOError(str(error)) from error

    def xFileSize(self) -> int:  # noqa: N802
        self.disk.alive(self.life)
        return len(self.node.cache)

    def xLock(self, level: int) -> None:  # noqa: N802
        mine = self.holders.get(id(self), 0)
        others = [held for holder, held in self.holders.items() if holder != id(self)]
        if level <= mine:
            return
        if level == SHARED and any(held >= PENDING for held in others):
            raise apsw.BusyError
        if level == RESERVED and any(held >= RESERVED for held in others):
            raise apsw.BusyError
        if level >= PENDING and any(held >= RESERVED for held in others):
            raise apsw.BusyError
        if level == EXCLUSIVE and any(held >= SHARED for held in others):
            self.holders[id(self)] = PENDING
            raise apsw.BusyError
        self.holders[id(self)] = level

    def xUnlock(self, level: int) -> None:  # noqa: N802
        if level == 0:
            self.holders.pop(id(self), None)
        elif id(self) in self.holders:
            self.holders[id(self)] = level

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return any(held >= RESERVED for held in self.holders.values())

    def xSectorSize(self) -> int:  # noqa: N802
        return 512

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return 0

    def xFileControl(self, operation: int, pointer: int) -> bool:  # noqa: N802, ARG002
        return False

    def xClose(self) -> None:  # noqa: N802
        self.holders.pop(id(self), None)
