"""The log as a process beside the writer sees it: looked at anew before each read, changed never."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

from einthoven.edges.store import kernels
from einthoven.edges.store.disk import Disk
from einthoven.edges.store.formats import (
    BLOCK_HEADER_BYTES,
    ENTRY,
    FRAME_HEADER_BYTES,
    LOG_HEADER_BYTES,
    index_path,
    log_path,
    read_log_header,
)
from einthoven.edges.store.logview import LogFile, LogSet
from einthoven.edges.store.recovery import SPOTS_MAX, load_index, log_numbers


@dataclass(slots=True)
class _Growing:
    """A log file without index and how far it was read."""

    file: LogFile
    at: int = LOG_HEADER_BYTES


class LogFollower:
    """Keeps a ``LogSet`` in step with the folder.

    Of a file without index it takes the blocks that are whole; an unfinished end may be in the writer's hands
    at this moment, so it is looked at again next time and never called damage.
    """

    def __init__(self, disk: Disk, logs: LogSet) -> None:
        self._disk = disk
        self._logs = logs
        self._growing: dict[int, _Growing] = {}
        self._lock = threading.Lock()

    def refresh(self) -> None:
        """Look at the folder.

        Raises:
            OSError: the disk failed.
        """
        with self._lock:
            numbers = log_numbers(self._disk)
            known = {file.number: file for file in self._logs.files()}
            for gone in known.keys() - set(numbers):
                self._logs.remove(gone)
                self._growing.pop(gone, None)
            for number in numbers:
                if number not in known or number in self._growing:
                    try:
                        self._follow(number)
                    except FileNotFoundError:
                        continue

    def _follow(self, number: int) -> None:
        if self._disk.size(index_path(number)) is not None:
            file = load_index(self._disk, number)
            if file is not None:
                self._growing.pop(number, None)
                self._logs.add(file)
                return
        growing = self._growing.get(number)
        size = self._disk.size(log_path(number)) or 0
        if growing is not None and size <= growing.at:
            return
        data = self._disk.map(log_path(number))
        if growing is None:
            head = read_log_header(data[:LOG_HEADER_BYTES].tobytes())
            if head is None:
                return
            growing = _Growing(LogFile(number, head[1], np.zeros(16, ENTRY)))
            self._growing[number] = growing
            self._logs.add(growing.file)
        room = (len(data) - growing.at) // (BLOCK_HEADER_BYTES + FRAME_HEADER_BYTES) + 1
        rows = np.zeros(room, ENTRY)
        spots = np.zeros((SPOTS_MAX, 4), np.int64)
        filled, *_ = kernels.scan(data, growing.at, growing.file.first, rows, 0, spots)
        if filled:
            last = rows[filled - 1]
            growing.file.publish(rows[:filled])
            growing.at = int(last["offset"]) + BLOCK_HEADER_BYTES + (int(last["length"]) + 7) // 8 * 8
            growing.file.size = growing.at
