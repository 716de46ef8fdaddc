"""The log: one append-only file at a time, one writer, a commit is one write and one fsync.

``LogWriter`` is synchronous and knows no thread and no clock. Its index of the open file lives in one numpy
array that readers share: rows are filled before their number is published. A file that is full is left to
``write_indexes``, which the sealer calls: the writer itself never sorts.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from einthoven.base.errors import OursError, StoreError, StoreFullError
from einthoven.base.instants import MINUTE, SECOND, Duration
from einthoven.edges.store import kernels
from einthoven.edges.store.disk import U8, Appender, Disk, is_full
from einthoven.edges.store.formats import (
    ENTRY,
    LOG_HEADER_BYTES,
    SCAR,
    Entries,
    index_bytes,
    index_path,
    log_header,
    log_path,
)
from einthoven.edges.store.logview import LogFile, LogSet
from einthoven.edges.store.stats import StoreStats
from einthoven.link.blocks import FrameBatch

RECHECK: Duration = SECOND
"""How old (in receipt time) an answer about free space may be while there was plenty."""


@dataclass(frozen=True, slots=True)
class LogSettings:
    """Limits of the log.

    Attributes:
        roll_bytes: a file is closed before it grows beyond this: the unit in which space comes back.
        roll_age: a file is closed when the blocks in it were received over this long a time, so that a small
            center's space comes back too.
        reserve_bytes: free space below which nothing is stored, so that sealing (which frees log files) and
            the facts can still be written.
    """

    roll_bytes: int = 64 << 20
    roll_age: Duration = 10 * MINUTE
    reserve_bytes: int = 256 << 20


@dataclass(slots=True)
class _Open:
    """The file being written."""

    number: int
    first: int
    appender: Appender
    view: LogFile
    oldest: int | None = None


@dataclass(slots=True)
class _Plan:
    """A commit assembled but not yet written."""

    blocks: int
    received: int
    entries: Entries = field(default_factory=lambda: np.zeros(0, ENTRY))


class LogWriter:
    """The only writer of the log.

    Args:
        disk: the data folder.
        logs: the set of log files that readers share.
        number, sequence: of the next file and the next block, above all that were ever used.
        settings, stats: limits, and where to count.
        sync: False leaves the fsync out; only for the test that must notice.
    """

    def __init__(
        self,
        disk: Disk,
        logs: LogSet,
        number: int,
        sequence: int,
        settings: LogSettings,
        stats: StoreStats,
        sync: bool = True,
    ) -> None:
        self._disk = disk
        self._logs = logs
        self._settings = settings
        self._stats = stats
        self._sync = sync
        self._number = number
        self._open: _Open | None = None
        self._buffer: U8 = np.zeros(1 << 16, np.uint8)
        self._free_checked: int | None = None
        self._closed = False
        self._lock = threading.Lock()
        self.sequence = sequence
        """Sequence number of the next block."""

    def commit(self, batches: Sequence[FrameBatch]) -> None:
        """Write the blocks of all batches and fsync once; on return every one of them is durable.

        Raises:
            StoreFullError: no room; nothing of these batches is stored, the next commit tries anew.
            StoreError: the disk failed; nothing of these batches counts as stored. The file at hand is given
                up after a failed fsync, the next commit begins a new one.
        """
        blocks = sum(map(len, batches))
        if not blocks:
            return
        with self._lock:
            self._commit(batches, blocks)

    def _commit(self, batches: Sequence[FrameBatch], blocks: int) -> None:
        if self._closed:
            raise StoreError("the store is closed")
        room = sum(kernels.block_room(batch.length) for batch in batches)
        received = max(int(batch.received.max()) for batch in batches if len(batch))
        try:
            self._check_room(room, received)
            file = self._file(room, received)
        except OSError as error:
            raise self._failed(error, "open") from error
        plan = self._assemble(batches, blocks, room, file, received)
        self._write(file, plan, room)

    def _check_room(self, room: int, received: int) -> None:
        """Ask the disk for free space, at most once a second while there is plenty."""
        last = self._free_checked
        if last is not None and 0 <= received - last < RECHECK:
            return
        free = self._disk.free()
        if free - room < self._settings.reserve_bytes:
            self._free_checked = None
            self._stats.full += 1
            reserve = self._settings.reserve_bytes
            raise StoreFullError(f"{free >> 20} MiB free, {reserve >> 20} MiB are kept in reserve")
        plenty = free > 2 * self._settings.reserve_bytes
        self._free_checked = received if plenty else None

    def _file(self, room: int, received: int) -> _Open:
        """The file this commit goes to, a new one where the old is full or old."""
        file = self._open
        if file is not None and file.appender.size > LOG_HEADER_BYTES:
            old = file.oldest is not None and received - file.oldest > self._settings.roll_age
            if old or file.appender.size + room > self._settings.roll_bytes:
                self._roll()
                file = None
        if file is None:
            file = self._begin()
        return file

    def _begin(self) -> _Open:
        number = self._number
        self._number += 1
        appender = self._disk.append(log_path(number))
        try:
            appender.write(log_header(number, self.sequence))
        except OSError:
            appender.close()
            self._disk.unlink(log_path(number))
            raise
        view = LogFile(number, self.sequence, np.zeros(1024, ENTRY))
        self._open = _Open(number, self.sequence, appender, view)
        self._logs.add(view)
        return self._open

    def _roll(self) -> None:
        """Close the file at hand; the sealer writes its index."""
        file, self._open = self._open, None
        if file is not None:
            file.appender.close()
            file.view.size = file.appender.size
            file.view.closed = True
            self._stats.rolled += 1

    def _assemble(
        self, batches: Sequence[FrameBatch], blocks: int, room: int, file: _Open, received: int
    ) -> _Plan:
        if len(self._buffer) < room:
            self._buffer = np.zeros(room * 3 // 2, np.uint8)
        plan = _Plan(blocks, received, np.zeros(blocks, ENTRY))
        at = row = 0
        for batch in batches:
            places = np.column_stack(
                (
                    batch.offset,
                    batch.length,
                    batch.stream,
                    batch.start,
                    batch.count,
                    batch.leads,
                    batch.lane,
                    batch.received,
                )
            )
            after = kernels.assemble(
                self._buffer,
                at,
                plan.entries,
                row,
                batch.data,
                places,
                file.appender.size,
                self.sequence + row,
                file.first,
                row,
            )
            if after < 0:
                stream, start = batch.stream[-1 - after], batch.start[-1 - after]
                raise OursError(f"frame {-1 - after} of a batch is not samples of s{stream:06d} at {start}")
            at, row = after, row + len(batch)
        return plan

    def _write(self, file: _Open, plan: _Plan, room: int) -> None:
        before = file.appender.size
        try:
            file.appender.write(self._buffer[:room].data)
        except OSError as error:
            self._take_back(file, before)
            raise self._failed(error, "write") from error
        try:
            if self._sync:
                file.appender.sync()
        except OSError as error:
            self._give_up(file, before, plan.blocks)
            raise self._failed(error, "fsync") from error
        file.view.publish(plan.entries)
        file.view.size = file.appender.size
        file.oldest = plan.received if file.oldest is None else file.oldest
        self.sequence += plan.blocks
        self._stats.committed(plan.blocks, room)

    def _take_back(self, file: _Open, size: int) -> None:
        """Cut a half-written commit off; where not even that works, give the file up."""
        try:
            file.appender.truncate(size)
        except OSError:
            self._give_up(file, size, 0)

    def _give_up(self, file: _Open, size: int, blocks: int) -> None:
        """Never write to this file again: whether its last bytes are on the disk is not known.

        They may turn up after a restart, with sequence numbers that are not used again; samples sent a second
        time are then duplicates of themselves.
        """
        with contextlib.suppress(OSError):
            file.appender.truncate(size)
        self.sequence += blocks
        self._open = None
        file.appender.close()
        file.view.size = size
        file.view.closed = True

    def _failed(self, error: OSError, what: str) -> StoreError:
        self._free_checked = None
        if is_full(error):
            self._stats.full += 1
            return StoreFullError(f"the log: {what}: {error.strerror}")
        self._stats.failures += 1
        return StoreError(f"the log: {what}: {error.strerror}")

    def write_indexes(self) -> int:
        """Write the sorted index of every closed file that has none; how many. Called by the sealer.

        Raises:
            OSError: the disk failed; the file stays readable without index and is tried again.
        """
        written = 0
        for view in self._logs.files():
            if view.closed and not view.indexed:
                entries = view.entries()
                content = index_bytes(view.number, view.first, view.size, entries, np.zeros(0, SCAR))
                self._disk.put(index_path(view.number), content)
                self._disk.sync([index_path(view.number)])
                view.use_index(self._disk)
                written += 1
        return written

    def close(self) -> None:
        """Close the log; its file gets its index, so that the next start need not scan it."""
        with self._lock:
            self._closed = True
            self._roll()
        with contextlib.suppress(OSError):
            self.write_indexes()
