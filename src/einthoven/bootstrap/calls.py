"""The telephone of a running center: lines, the call room on its threads, what pages get of it (R6)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import structlog

from einthoven.base.errors import InputError
from einthoven.base.ids import StreamId
from einthoven.bootstrap.call_files import CallFiles, FiledRecordings
from einthoven.bootstrap.core import Core
from einthoven.bootstrap.desk import DeskRun
from einthoven.bootstrap.line_metrics import LineCollector
from einthoven.bootstrap.lines import LineKeeper, RunningLine
from einthoven.bootstrap.media import open_media
from einthoven.bootstrap.sip import open_sip
from einthoven.center.call_lines import LineFaults
from einthoven.center.call_places import Places, others_of
from einthoven.center.call_placing import Placer, PlacingWorld
from einthoven.center.call_room import CallRoom
from einthoven.center.call_room_world import CallWorld
from einthoven.center.call_world import Part, Worker
from einthoven.center.ports import Clock
from einthoven.edges.store.call_sound import CallTapes
from einthoven.edges.store.disk import Disk
from einthoven.edges.web.deps import WebDeps
from einthoven.settings import Settings
from einthoven.telephone.profiles import Profile, profile

LOG = structlog.get_logger("einthoven.calls")
TURN_S: Final = 0.1
LAST_TURNS: Final = 100
"""Turns after the last: what came is on the disk by then, or the disk takes nothing."""
T = TypeVar("T")


class CallWorker(Worker, Protocol):
    """A worker that ends with the center."""

    def close(self) -> None:
        """Take no more."""
        ...


class LoopWorker:
    """One thread; implements ``center.call_world.Worker``."""

    def __init__(self, name: str, on_loop: Callable[[Callable[[], None]], object]) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._on_loop = on_loop

    def do(self, work: Callable[[], T], done: Callable[[T | None, Exception | None], None]) -> None:
        """Run ``work`` on the thread, ``done`` on the loop."""

        def ended(future: Future[T]) -> None:
            error = future.exception()
            if error is None:
                self._on_loop(partial(done, future.result(), None))
            else:
                self._on_loop(partial(done, None, error if isinstance(error, Exception) else None))

        self._pool.submit(work).add_done_callback(ended)

    def close(self) -> None:
        """Take no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class Calls:
    """The telephone.

    Args:
        run: the desk, beside which it runs.
        disk: of the data folder.
        worker: makes a worker of a name; of threads by default.

    Attributes:
        room: the calls; what lines tell of.
    """

    def __init__(
        self,
        run: DeskRun,
        core: Core,
        clock: Clock,
        disk: Disk,
        settings: Settings,
        folder: Path,
        worker: Callable[[str], CallWorker] | None = None,
    ) -> None:
        self._core, self._clock, self._settings, self._folder = core, clock, settings, folder
        self._desk = run.room.desk
        made: Callable[[str], CallWorker] = worker or (lambda name: LoopWorker(name, run.on_loop))
        self._workers = [made(name) for name in ("call-disk", "call-ears", "call-reader")]
        self._tapes = CallTapes(disk, settings.disk_reserve_mb << 20)
        self._filed = FiledRecordings(disk)
        writer, ears, reader = self._workers
        self.room = CallRoom(
            CallWorld(
                self._desk,
                clock,
                self._tapes,
                writer,
                ears,
                reader,
                core.thresholds,
                core.tally,
                self._profile_from,
                self._profile_of,
                filed=self._filed,
                failed=self._failed,
            )
        )
        self._files = CallFiles(self._filed, self.room)
        world = PlacingWorld(
            clock,
            core.facts.stream,
            core.store.reader,
            core.block_store,
            core.facts,
            partial(others_of, self.room),
            core.picture.event,
            core.to_ward,
        )
        places = Places(self.room, Placer(world), self._desk, clock, self._events, self._failed)
        self.room.after = places.turn
        self.lines: dict[str, RunningLine] = {}
        media = open_media(settings, folder, self.room)
        if media is not None:
            self.lines["media"] = media
        sip = open_sip(settings, folder, self.room)
        if sip is not None:
            self.lines["sip"] = sip
        books = self._desk.books
        books.lines = books.lines or bool(self.lines)
        self._faults = books.line_faults = LineFaults(tuple(self.lines))
        run.beside.append(self.run)

    def _events(self, stream: StreamId) -> Sequence[Any]:
        return self._core.facts.reader.events(stream, ("mark", "hole"))

    def _failed(self, what: str, error: Exception) -> None:
        self._core.tally.add("calls_failed", what)
        LOG.error("calls_failed", what=what, error=repr(error), exc_info=error)

    def _profile_of(self, stream: StreamId) -> Profile | None:
        known = self._desk.books.callers.of(stream)
        if known is None or not known.profile:
            return None
        try:
            return profile(known.profile)
        except InputError as error:
            self._failed("profile", error)
            return None

    def _profile_from(self, number: str) -> Profile | None:
        """Of whoever calls from a number; None where nobody does, or several with other recorders."""
        live = {stream for stream in self._desk.books.callers.callers if self._open(stream)}
        found = {self._profile_of(one) for one in self._desk.books.callers.by_number(number, live)}
        return found.pop() if len(found) == 1 else None

    def _open(self, stream: StreamId) -> bool:
        facts = self._core.facts.stream(stream)
        return facts is not None and facts.open

    def on(self, deps: WebDeps) -> WebDeps:
        """The pages' world with the telephone in it."""
        counts = {name: line.counts for name, line in self.lines.items()}
        deps.registry.register(LineCollector(counts, lambda line: line not in self._faults.faults))
        before = deps.desk_unready
        return replace(
            deps,
            files=self._files,
            voice=self.room,
            calls=self,
            desk_unready=lambda: [*before(), *self.room.unready(), *self._faults.reasons(self._clock.wall())],
        )

    def strip(self, call: int, strip: int, since: int) -> dict[str, Any]:
        """A strip from a sample on, as ``edges.web.telephone`` asks for it."""
        return self.room.strip(call, strip, since)

    def sound(self, call: int) -> Sequence[Part]:
        """A call's raw sound; on a reading thread."""
        return self.room.tape(call)

    async def run(self) -> None:
        """For ever; hangs up at the end, when what came is on the disk."""
        self.room.start()
        keepers = [
            asyncio.create_task(LineKeeper(name, line, self._faults, self._clock).run(), name=f"line {name}")
            for name, line in self.lines.items()
        ]
        try:
            while True:
                self.turn()
                await asyncio.sleep(TURN_S)
        finally:
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)
            for line in self.lines.values():
                await line.stop()
            for _ in range(LAST_TURNS):
                self.turn()
                if not self.room.busy:
                    break
                await asyncio.sleep(TURN_S / 2)
            for worker in self._workers:
                worker.close()

    def turn(self) -> None:
        """Some ten times a second: what came is stored, heard and placed."""
        try:
            self.room.turn()
        except Exception as error:  # noqa: BLE001 - the top of a task: told; the next turn goes on
            self._failed("turn", error)
