"""The thread in which the ward steps: one batch step over all patients every tenth of a second."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from einthoven.base.instants import SECOND, Duration, Instant
from einthoven.center.ports import Clock
from einthoven.center.tally import Tally
from einthoven.link.blocks import SampleBatch

QUEUE_FRAMES_MAX = 600_000
"""Frames that may wait for the ward: a minute of 10,000 patients, 200 MB. Beyond it the oldest are given up
here (they are stored) and the ward takes them from the store as late samples."""

LATE_RETRY: Duration = 10 * SECOND
"""Late analysis that failed (the store cannot be read, most likely) waits this long."""


@dataclass(slots=True)
class WardWork:
    """What the thread calls.

    Attributes:
        step: takes the waiting batches and the time; the live analysis.
        idle: does a bounded piece of late analysis; True while more is waiting.
        save: writes all of the ward's step, or, told how old it may get, the piece whose turn it is; returns
            how long to wait before the next piece.
        skip: told of a batch that was given up here, to be taken from the store.
    """

    step: Callable[[list[SampleBatch], Instant], None]
    idle: Callable[[Instant], bool]
    save: Callable[[Duration | None], Duration]
    skip: Callable[[SampleBatch], None]


@dataclass(slots=True)
class WardThread:
    """Runs ``work`` until stopped; a failure of one step is counted, logged and told, never swallowed.

    Attributes:
        last_step: monotonic time of the last step that went well, or of the start.
    """

    work: WardWork
    clock: Clock
    step_every: int
    save_every: int
    tally: Tally
    _queue: deque[SampleBatch] = field(default_factory=deque)
    _waiting: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _turned: Instant = 0
    _next_save: Instant = 0
    _next_late: Instant = 0
    last_step: int = 0

    def start(self) -> None:
        """Start the thread."""
        self.last_step = self._turned = self.clock.monotonic()
        self._thread = threading.Thread(target=self._run, name="ward", daemon=True)
        self._thread.start()

    def offer(self, batch: SampleBatch) -> None:
        """Hand a batch over; never blocks."""
        given_up: list[SampleBatch] = []
        with self._lock:
            self._queue.append(batch)
            self._waiting += len(batch)
            while self._waiting > QUEUE_FRAMES_MAX:
                oldest = self._queue.popleft()
                self._waiting -= len(oldest)
                given_up.append(oldest)
        for oldest in given_up:
            self.tally.add("ward_skipped_frames", amount=len(oldest))
            self.work.skip(oldest)

    @property
    def waiting(self) -> int:
        """Frames not analysed yet."""
        return self._waiting

    def stop(self) -> None:
        """Take what waits, save, and end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _take(self) -> list[SampleBatch]:
        with self._lock:
            taken = list(self._queue)
            self._queue.clear()
            self._waiting = 0
        return taken

    def _run(self) -> None:
        log = structlog.get_logger("ward")
        self._next_save = self.clock.monotonic() + self.save_every
        while not self._stop.wait(self._pause()):
            self.turn(log)
        self._guarded(log, "ward_step_failed", self._step)
        self._guarded(log, "ward_save_failed", self._save_all)

    def turn(self, log: structlog.stdlib.BoundLogger) -> None:
        """One step, some late analysis, and a piece of the saved step when it is time."""
        self._guarded(log, "ward_step_failed", self._step)
        self._turned = self.clock.monotonic()
        if self._turned >= self._next_late:
            self._next_late = self._turned + LATE_RETRY  # if it fails
            self._guarded(log, "ward_late_failed", self._late)
        now = self.clock.monotonic()
        if now >= self._next_save:
            self._next_save = now + self.save_every  # if it fails
            self._guarded(log, "ward_save_failed", self._save_piece)

    def _step(self) -> None:
        """One step; what it fails on is left to be taken from the store."""
        taken = self._take()
        try:
            self.work.step(taken, self.clock.wall())
        except Exception:
            for batch in taken:
                self.tally.add("ward_skipped_frames", amount=len(batch))
                self.work.skip(batch)
            raise
        self.last_step = self.clock.monotonic()

    def _save_all(self) -> None:
        self.work.save(None)

    def _save_piece(self) -> None:
        wait = self.work.save(self.save_every)
        self._next_save = self.clock.monotonic() + wait

    def _pause(self) -> float:
        """Seconds until the next step; at least a millisecond, so that a lagging ward lets others run."""
        passed = self.clock.monotonic() - self._turned
        return max(0.001, (self.step_every - passed) / SECOND)

    def _late(self) -> None:
        """Late analysis in what is left of this turn."""
        until = self._turned + self.step_every // 2
        while self.work.idle(self.clock.wall()) and self.clock.monotonic() < until:
            pass
        self._next_late = 0

    def _guarded(self, log: structlog.stdlib.BoundLogger, name: str, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception:  # the top of a task: counted, logged, shown by /readyz; the ward goes on
            self.tally.add(name)
            log.exception(name)
