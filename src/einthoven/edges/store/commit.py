"""Group commit: batches queue up, one write and one fsync take them all, then each hears whether it is
durable.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from einthoven.base.errors import OursError, StoreError
from einthoven.center.ports import Committed
from einthoven.edges.store.log import LogWriter
from einthoven.edges.store.stats import StoreStats
from einthoven.link.blocks import FrameBatch

QUEUE_BYTES_MAX = 64 << 20
"""Frames waiting for a commit: about 15 s of ten thousand patients, more than any disk should stall. Beyond
it a batch is refused at once with ``StoreError``: its frames stay unacknowledged and come again."""
GROUP_BYTES_MAX = 16 << 20
"""Frames written in one commit, so that no commit takes long."""

Deliver = Callable[[Callable[[], None]], None]
Waiting = tuple[FrameBatch, Committed]


class GroupCommit:
    """The queue and its commits, without any thread: ``submit`` here, ``flush`` there.

    Implements ``center.ports.BlockStore`` where somebody calls ``flush``: a simulation, a test, or
    ``WriterThread``.

    Args:
        log: the writer.
        deliver: runs a callable where the submitters live (``loop.call_soon_threadsafe``, or at once).
        stats: where to count.
        queue_bytes_max: limit of the queue.
    """

    def __init__(
        self,
        log: LogWriter,
        deliver: Deliver,
        stats: StoreStats,
        queue_bytes_max: int = QUEUE_BYTES_MAX,
    ) -> None:
        self._log = log
        self._deliver = deliver
        self._stats = stats
        self._queue_bytes_max = queue_bytes_max
        self._queue: list[Waiting] = []
        self._taken: list[Waiting] = []
        self._ended: StoreError | None = None
        self._lock = threading.Lock()

    def submit(self, batch: FrameBatch, done: Committed) -> None:
        """Queue a batch; ``done`` is delivered once, after its commit or with the reason why not."""
        size = int(batch.length.sum())
        with self._lock:
            refused = self._ended
            if refused is None and self._stats.queued + size > self._queue_bytes_max:
                refused = StoreError(f"{self._queue_bytes_max >> 20} MiB already wait to be stored")
            if refused is None:
                self._queue.append((batch, done))
                self._stats.queued += size
                return
            self._stats.refused += 1
        reason = refused
        self._deliver(lambda: done(batch, reason))

    def flush(self) -> int:
        """Commit what is queued, in order; how many batches were answered. Call from one thread at a time."""
        answered = 0
        while group := self._take():
            self._taken = group
            self._commit(group)
            self._taken = []
            answered += len(group)
        return answered

    def end(self, reason: StoreError) -> None:
        """Take no more; answer all that still waits, a commit broken off by a defect included, with
        ``reason``.
        """
        with self._lock:
            self._ended = reason
            left, self._queue = [*self._taken, *self._queue], []
            self._taken, self._stats.queued = [], 0
        if left:
            self._deliver(lambda: _answer(left, reason))

    def _take(self) -> list[Waiting]:
        with self._lock:
            size, count = 0, 0
            for batch, _ in self._queue:
                size += int(batch.length.sum())
                if count and size > GROUP_BYTES_MAX:
                    break
                count += 1
            group, self._queue = self._queue[:count], self._queue[count:]
            self._stats.queued -= sum(int(batch.length.sum()) for batch, _ in group)
            return group

    def _commit(self, group: list[Waiting]) -> None:
        reason: StoreError | None = None
        try:
            self._log.commit([batch for batch, _ in group])
        except StoreError as error:
            reason = error
        except OursError as error:
            if len(group) > 1:  # one batch that contradicts itself must not take the others with it
                for one in group:
                    self._commit([one])
                return
            self._stats.failures += 1
            reason = StoreError(str(error))
        self._deliver(lambda: _answer(group, reason))


def _answer(group: list[Waiting], reason: StoreError | None) -> None:
    """Tell everybody; one whose ``done`` breaks off keeps nobody else from hearing."""
    broken: Exception | None = None
    for batch, done in group:
        try:
            done(batch, reason)
        except Exception as error:  # noqa: BLE001 - raised below
            broken = broken or error
    if broken is not None:
        raise broken


class WriterThread:
    """``center.ports.BlockStore`` with a thread of its own: the segment writer of ARCHITECTURE "How it runs".

    After the first batch arrives it waits ``gather_seconds`` for company, then commits all there is; while a
    commit runs the next group gathers. So a frame waits at most about ``gather_seconds`` and two fsyncs.

    Args:
        log, deliver, stats: as ``GroupCommit``.
        gather_seconds: how long to wait for company.
        failed: told when the thread dies of a defect; nothing is stored any more after that.
    """

    def __init__(
        self,
        log: LogWriter,
        deliver: Deliver,
        stats: StoreStats,
        gather_seconds: float = 0.02,
        failed: Callable[[BaseException], None] = lambda _: None,
        queue_bytes_max: int = QUEUE_BYTES_MAX,
    ) -> None:
        self._group = GroupCommit(log, deliver, stats, queue_bytes_max)
        self._deliver = deliver
        self._gather_seconds = gather_seconds
        self._failed = failed
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="segment-writer", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def submit(self, batch: FrameBatch, done: Committed) -> None:
        """Queue a batch for the next commit; ``done`` follows through ``deliver``."""
        self._group.submit(batch, done)
        self._wake.set()

    def close(self) -> None:
        """Commit what is queued and end the thread; later submissions are refused."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._wake.wait()
                self._stop.wait(self._gather_seconds)
                self._wake.clear()
                self._group.flush()
            self._group.flush()
            self._group.end(StoreError("the store is closed"))
        except BaseException as error:
            self._group.end(StoreError(f"the segment writer died: {error!r}"))
            self._failed(error)
            raise
