"""Files that are whole under their name, or not there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from einthoven.base.errors import InputError, StoreError, StoreFullError

_NO_ROOM = {28, 122}
"""ENOSPC, EDQUOT."""


def store_error(path: Path, error: OSError) -> StoreError:
    """What an error of the system while writing ``path`` means here."""
    if error.errno in _NO_ROOM:
        return StoreFullError(f"{path}: no room left")
    return StoreError(f"{path}: {error.strerror or 'cannot be written'}")


class PendingFile:
    """A file written under a temporary name beside its own; ``keep`` gives it its name, leaving discards it.

    Args:
        path: where it shall be.

    Raises:
        StoreError: it cannot be written; StoreFullError where there is no room.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            self._file = self._part.open("wb")
        except OSError as error:
            raise store_error(path, error) from error

    def __enter__(self) -> PendingFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)

    def write(self, data: bytes | memoryview) -> None:
        """Append bytes."""
        try:
            self._file.write(data)
        except OSError as error:
            raise store_error(self._path, error) from error

    def sync(self) -> None:
        """Bring everything written to the disk."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise store_error(self._path, error) from error

    def keep(self) -> None:
        """Give the file its name; ``sync`` was called before."""
        try:
            self._part.replace(self._path)
        except OSError as error:
            raise store_error(self._path, error) from error


def write_file(path: Path, data: bytes) -> None:
    """Write a file whole; on return its bytes and its name are on the disk.

    Raises:
        StoreError: it cannot be written; the file that was there before stays.
    """
    with PendingFile(path) as file:
        file.write(data)
        file.sync()
        file.keep()
    sync_folder(path.parent)


def write_files(files: Mapping[Path, bytes]) -> None:
    """Write files that belong together: all of them are brought to the disk before the first gets its name.

    Raises:
        StoreError: one cannot be written, and none was.
    """
    for path in files:
        if path.is_dir():
            raise StoreError(f"{path}: a folder is in the way")
    with ExitStack() as stack:
        pending = []
        for path, data in files.items():
            file = stack.enter_context(PendingFile(path))
            file.write(data)
            file.sync()
            pending.append(file)
        for file in pending:
            file.keep()
    for folder in {path.parent for path in files}:
        sync_folder(folder)


def discard_parts(folder: Path, process: int) -> None:
    """Take away what a process that has ended had begun to write in a folder."""
    for part in folder.glob(f".*.{process}.part"):
        part.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise store_error(folder, error) from error


def make_folder(folder: Path) -> None:
    """Make a folder with its parents, unless it is there; InputError where a file is in the way."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror or 'cannot be made'}") from error
