"""The thread in which the ward steps: one batch step over all patients every tenth of a second."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from einthoven.base.instants import SECOND, Instant
from einthoven.center.ports import Clock
from einthoven.center.tally import Tally
from einthoven.link.blocks import SampleBatch

QUEUE_FRAMES_MAX = 600_000
"""Frames that may wait for the ward: a minute of 10,000 patients, 200 MB. Beyond it the oldest are given up
here (they are stored) and the ward takes them from the store as late samples."""


@dataclass(slots=True)
class WardWork:
    """What the thread calls.

    Attributes:
        step: takes the waiting batches and the time; the live analysis.
        idle: does a bounded piece of late analysis; True while more is waiting.
        save: writes the step file.
        skip: told of a batch that was given up here, to be taken from the store.
    """

    step: Callable[[list[SampleBatch], Instant], None]
    idle: Callable[[Instant], bool]
    save: Callable[[], None]
    skip: Callable[[SampleBatch], None]


@dataclass(slots=True)
class WardThread:
    """Runs ``work`` until stopped; a failure of one step is counted, logged and told, never swallowed."""

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
    last_step: int = 0

    def start(self) -> None:
        """Start the thread."""
        self.last_step = self.clock.monotonic()
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
        saved = self.clock.monotonic()
        while not self._stop.wait(self._pause()):
            self._guarded(log, "ward_step_failed", lambda: self.work.step(self._take(), self.clock.wall()))
            self.last_step = self.clock.monotonic()
            self._guarded(log, "ward_late_failed", self._late)
            if self.clock.monotonic() - saved >= self.save_every:
                self._guarded(log, "ward_save_failed", self.work.save)
                saved = self.clock.monotonic()
        self._guarded(log, "ward_step_failed", lambda: self.work.step(self._take(), self.clock.wall()))
        self._guarded(log, "ward_save_failed", self.work.save)

    def _pause(self) -> float:
        """Seconds until the next step; at least a millisecond, so that a lagging ward lets others run."""
        passed = self.clock.monotonic() - self.last_step
        return max(0.001, (self.step_every - passed) / SECOND)

    def _late(self) -> None:
        """Late analysis in what is left of this turn."""
        until = self.last_step + self.step_every // 2
        while self.work.idle(self.clock.wall()) and self.clock.monotonic() < until:
            pass

    def _guarded(self, log: structlog.stdlib.BoundLogger, name: str, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception:  # the top of a task: counted, logged, shown by /readyz; the ward goes on
            self.tally.add(name)
            log.exception(name)
