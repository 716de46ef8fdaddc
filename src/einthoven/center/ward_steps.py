"""The ward's saved steps on disk: a file for every 128 stream numbers, written in turn.

One file after the other, because ten thousand patients at once are hundreds of megabytes, and because whoever
saves steps the ward too. A stream lost with its file, or older than the others, is only replayed for longer.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable
from typing import Protocol

import numpy as np

from einthoven.base.errors import StoreError
from einthoven.base.instants import SECOND, Duration
from einthoven.center.tally import Tally
from einthoven.center.ward import LiveWard

FOLDER = "ward"
GROUP = 128
"""Stream numbers of one file: some megabytes before they are packed, a twentieth of a second to write."""
SAVE_BYTES_S = 1 << 20
"""Bytes a second written on average: a quarter of what the log takes for as many patients. At ten thousand
the oldest step is then two to three minutes old, which is what a restart replays."""
ASK_AGAIN: Duration = SECOND // 10
"""A step that waits for what was found to be kept is looked at again after this: a commit or two."""
_NAME = re.compile(r"step-(\d{6})\.z")


class StepDisk(Protocol):
    """The part of a disk that steps are kept on."""

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        """The file's bytes."""

    def replace(self, path: str, data: bytes) -> None:
        """Put a file in the place of another, whole or not at all, durable on return."""

    def make_directory(self, path: str) -> None:
        """Make a folder where there is none."""

    def list(self, path: str) -> list[str]:
        """Names in a folder, none where there is no folder."""

    def unlink(self, path: str) -> None:
        """Remove a file; nothing happens where there is none."""


def _nothing_waits() -> Callable[[], bool]:
    return lambda: True


class StepFiles:
    """Saves the ward piece by piece; called by the thread that steps it.

    A step is written when what was found until it is kept elsewhere: a life that begins with it tells what is
    found from there on, and what was replaced or withdrawn before it never again.

    Args:
        fence: called when a step was taken; what it returns says whether all that was found until then is
            kept by now.
    """

    def __init__(
        self,
        disk: StepDisk,
        ward: LiveWard,
        tally: Tally,
        fence: Callable[[], Callable[[], bool]] = _nothing_waits,
    ) -> None:
        self._disk = disk
        self._ward = ward
        self._tally = tally
        self._fence = fence
        self._taken: tuple[int, bytes, Callable[[], bool]] | None = None
        self._files: set[int] = set()
        self._last = -1

    def restore(self) -> None:
        """Give the ward every step that is there; before its first sample.

        A file that cannot be read is counted (``ward_step_unreadable``): its streams start from what is not
        sealed.
        """
        try:
            names = self._disk.list(FOLDER)
        except OSError:
            return
        for name in names:
            match = _NAME.fullmatch(name)
            if match is None:
                continue
            self._files.add(int(match[1]))
            try:
                content = zlib.decompress(self._disk.read(f"{FOLDER}/{name}"))
                with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                    self._ward.restore(dict(arrays))
            except (ValueError, KeyError, EOFError, OSError, zlib.error):
                self._tally.add("ward_step_unreadable")

    def save_all(self) -> None:
        """Save every stream; whoever calls it has waited until what was found is kept.

        Raises:
            StoreError: the disk does not take it.
        """
        self._ward.settle_in()
        self._taken = None
        for number in self._groups():
            self._write(number, self._packed(number))
        self._tidy()

    def save_next(self, every: Duration) -> Duration:
        """Take the file whose turn it is and write it when it may be: at once, or in a later call.

        Args:
            every: how old a saved step may get, if ``SAVE_BYTES_S`` allows.

        Returns:
            How long to wait before the next call.

        Raises:
            StoreError: the disk does not take it; the next call takes the next file.
        """
        self._ward.settle_in()
        groups = self._groups()
        if self._taken is None:
            if not groups:
                self._tidy()
                return every
            self._last = next((number for number in groups if number > self._last), groups[0])
            self._taken = self._last, self._packed(self._last), self._fence()
        number, content, kept = self._taken
        if not kept():
            return ASK_AGAIN
        self._taken = None
        self._write(number, content)
        if not groups or number == groups[-1]:
            self._tidy()
        return max(every // max(1, len(groups)), len(content) * SECOND // SAVE_BYTES_S)

    def _groups(self) -> list[int]:
        numbers: list[int] = np.unique(self._ward.streams() // GROUP).tolist()
        return numbers

    def _packed(self, number: int) -> bytes:
        streams = self._ward.streams()
        buffer = io.BytesIO()
        arrays = self._ward.snapshot(streams=streams[streams // GROUP == number])
        np.savez(buffer, **arrays)  # type: ignore[arg-type]
        return zlib.compress(buffer.getbuffer(), 1)

    def _write(self, number: int, content: bytes) -> None:
        path = f"{FOLDER}/step-{number:06d}.z"
        try:
            self._disk.make_directory(FOLDER)
            self._disk.replace(path, content)
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror or error}") from error
        self._files.add(number)

    def _tidy(self) -> None:
        """Remove the files of streams that are all gone."""
        for number in self._files.difference(self._groups()):
            try:
                self._disk.unlink(f"{FOLDER}/step-{number:06d}.z")
            except OSError as error:
                raise StoreError(f"{FOLDER}: {error.strerror or error}") from error
            self._files.discard(number)
