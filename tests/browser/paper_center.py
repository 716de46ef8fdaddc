"""The pages' application over fakes, in a thread of its own, while time goes by: what is found is what a test
says."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tests.edges.web.small_center import SmallCenter

import einthoven.edges.web
from einthoven.base.errors import StoreError
from einthoven.center.live_findings import LiveFinding
from einthoven.ecg.beats import NORMAL, UNCLASSED
from einthoven.testing.web import FakeFinding, FakeVitals, beat_rows, facts_of, grade_rows, plain_layout

RATE = 250
STREAM = 17
BEFORE_S = 60
"""Seconds that are there when the center starts."""
TICK_S = 0.1
STATIC = Path(einthoven.edges.web.__file__).parent / "static"


class PaperCenter:
    """Patients of 60 beats a minute whose samples come ten times a second.

    Attributes:
        code: WFDB code of the beat at a sample, as the analysis has it by now.
        broken: no findings can be read.
        worn: streams that samples come of.
        desk: what ``/desk`` is answered with; one that watches everybody where a test brings none.

    Args:
        center: another than the plain small one.
    """

    def __init__(self, center: SmallCenter | None = None) -> None:
        self.code: Callable[[int], int] = lambda _sample: NORMAL
        self.broken = False
        self.worn = [STREAM, STREAM + 1]
        self.center = center or SmallCenter(STATIC)
        self.desk: Any = None
        object.__setattr__(self.center.deps, "findings", self)
        self._began = time.monotonic_ns()
        self._front = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self.url = ""
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def start(self) -> PaperCenter:
        """Serve."""
        if self.desk is None:
            from tests.browser.paper_desk import PaperDesk  # it stands on this module

            PaperDesk(self).watch_all(self.worn)
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def stop(self) -> None:
        """End it."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)

    def do(self, act: Callable[[], None]) -> None:
        """Carry something out on the center's loop."""
        assert self._loop is not None
        done = threading.Event()
        self._loop.call_soon_threadsafe(lambda: (act(), done.set()))
        assert done.wait(20)

    def say(self, *findings: FakeFinding, stream: int = STREAM) -> None:
        """These were found, or have changed."""
        self.do(lambda: self.center.findings.say(stream, *findings))

    def quality(self, *codes: int, stream: int = STREAM) -> None:
        """How good the leads are from now on."""
        self.do(lambda: self.center.ward.signs.__setitem__(stream, FakeVitals(60.0, codes)))

    def grade(self, *told: tuple[int, Sequence[int]], stream: int = STREAM) -> None:
        """How good the leads were: from each sample on; said again every minute, as the ward does."""
        changes = sorted(told)
        minutes = range(0, 600 * RATE, 60 * RATE)
        again = [(at, [codes for start, codes in changes if start <= at][-1]) for at in minutes]
        rows = grade_rows(sorted(dict([*again, *changes]).items()))
        self.do(lambda: self.center.ward.graded.__setitem__(stream, rows))

    def admit(self, streams: Sequence[int]) -> None:
        """More patients, of whom no samples come."""

        def act() -> None:
            for stream in streams:
                self.center.ward.layouts[stream] = plain_layout()
                self.center.census.admit(facts_of(stream))
                self.center.hub.admit(stream, plain_layout())

        self.do(act)

    def between(
        self, stream: int, start: int, stop: int, limit: int, kinds: Collection[int] | None = None
    ) -> Sequence[LiveFinding]:
        """The history of the fakes, while it can be read."""
        if self.broken:
            raise StoreError("the disk is away")
        return self.center.findings.between(stream, start, stop, limit, kinds)

    @property
    def now(self) -> int:
        """Sample of now."""
        return self._front

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with self.center.served() as server:
            self.url = server.url
            self._tick()
            self._ready.set()
            while not self._stop.is_set():
                self._tick()
                await asyncio.wait([asyncio.create_task(self._stop.wait())], timeout=TICK_S)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    def _tick(self) -> None:
        passed = time.monotonic_ns() - self._began + BEFORE_S * 1_000_000_000
        self.center.clock.now = passed
        front = passed * RATE // 1_000_000_000
        for stream in self.worn:
            self.center.come(self._front, front, stream)
            self.center.ward.classed[stream] = self._beats(stream, front)
        self._front = front

    def _beats(self, stream: int, front: int) -> np.ndarray:
        """Beats at the spikes of the test heart; the newest second is not classed yet."""
        first = -(stream * 37) % RATE
        samples = np.arange(first, front, RATE)
        rows = beat_rows(samples.tolist(), NORMAL, 900)
        rows["rr_ms"] = 1000
        rows["code"] = [self.code(int(sample)) for sample in samples]
        new = samples > front - RATE
        rows["code"][new], rows["conf"][new] = UNCLASSED, 0
        return rows
