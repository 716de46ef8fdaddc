"""Service periods of a running center: acts that change rows of the facts, and what follows by itself."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, TypeAlias

import structlog

from einthoven.answering.callers import DIGITS
from einthoven.base.deeds import CENTER, Deed
from einthoven.base.errors import EinthovenError, OursError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.bootstrap.core import Core
from einthoven.bootstrap.desk import DeskRun
from einthoven.center import service_office
from einthoven.center.desk_steps import Then
from einthoven.center.enroll import EnrollmentUnit, end_service
from einthoven.center.hospital import TOLD
from einthoven.center.ports import Clock
from einthoven.center.transmission import TransmissionMeter
from einthoven.edges.store.facts import Facts
from einthoven.edges.store.facts_transmission import of_hour
from einthoven.enrollment.periods import ServicePeriod
from einthoven.enrollment.telephone import Recorder
from einthoven.settings import Settings

_Read: TypeAlias = tuple[
    Sequence[ServicePeriod], Sequence[ServicePeriod], Sequence[tuple[ServicePeriod, Recorder]]
]
LOG = structlog.get_logger("einthoven.service")
TURN_S: Final = 1.0
SAVES: Final = (5, 30)
"""Turns after which counts are written, in a center of few patients and of many: what was counted since is
lost with a center that is killed."""
FEW: Final = 500
LOOKS: Final = 30
"""Turns after which the open periods are read again although nothing said that they changed."""


class ServiceRun:
    """The part of a center that keeps service periods, kits and calls together.

    Args:
        run: the desk.
        core: whose facts.
        facts: where periods are read, and counts of samples kept.
        clock: the center's.
        changed: tells the intake and the wall of periods that changed; called on the event loop.
        settings: the center's.
    """

    def __init__(
        self,
        run: DeskRun,
        core: Core,
        facts: Facts,
        clock: Clock,
        changed: Callable[[list[StreamId]], object],
        settings: Settings,
    ) -> None:
        self._desk = run.room.desk
        self._facts, self._reader = facts, facts.reader
        self._meter = core.intake.meter = TransmissionMeter(partial(of_hour, facts.reader.ask))
        books = self._desk.books
        books.zone = settings.zone
        books.draw = lambda: f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        books.center_name, books.center_telephone = settings.center_name, settings.center_telephone
        self._core = core
        self._clock = clock
        self._changed = changed
        self._on_loop = run.on_loop
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="service")
        self._periods: Sequence[ServicePeriod] = ()
        self._stale = True
        self._looks = 0
        self._desk.steps.apart = self._apart
        self._desk.steps.changed = self._heard
        self._desk.listeners.append(self._deed)
        run.beside.append(self.run)

    def start(self) -> None:
        """Make the deeds that a life before this one did not come to; reads the facts."""
        self._know(*self._read())
        ordered = self._reader.ordered_periods()

        def finish() -> None:
            drafts = service_office.unfinished(self._desk.books, ordered)
            self._desk.commit(drafts, CENTER, self._clock.wall())

        # Nobody is watched by what they say: a defect here is told, and does not keep a center from starting.
        self._desk.guarded("service", finish)

    def end(self, stream: StreamId) -> None:
        """End the open period of a stream; waits for the disk.

        Raises:
            EnrollmentError: it has ended already.
        """
        end_service(self._core.facts, stream, self._clock.wall(), CENTER)
        self._on_loop(lambda: self._heard([stream]))

    def _apart(self, write: Callable[[EnrollmentUnit], Any], actor: str, at: Instant, then: Then) -> None:
        def work() -> None:
            result, failed = None, None
            try:
                result = self._core.facts.unit(write, actor, at)
            except EinthovenError as error:
                failed = error
            except Exception as error:
                LOG.exception("service_step_failed")
                failed = OursError(repr(error))
            self._on_loop(lambda: then(result, failed))

        self._thread.submit(work)

    def _heard(self, streams: Sequence[StreamId]) -> None:
        self._stale = True
        self._changed(list(streams))

    def _deed(self, deed: Deed) -> None:
        if deed.kind in (TOLD, "kit.added"):
            self._stale = True

    async def run(self) -> None:
        """For ever: once a second what follows by itself."""
        try:
            while True:
                await self._turn()
                await asyncio.sleep(TURN_S)
        finally:
            self._thread.shutdown(wait=False)

    def save(self) -> None:
        """Keep how soon samples were durable, as counted; what fails is kept the next time."""
        self._meter.turn()
        rows = self._meter.saving()
        if rows:
            self._facts.keep_transmission(rows, partial(self._meter.failed, rows))

    async def _turn(self) -> None:
        self._looks += 1
        try:
            self._count()
            if self._stale or self._looks % LOOKS == 0:
                self._stale = False
                self._know(*await asyncio.to_thread(self._read))
            self.look()
        except EinthovenError as error:
            LOG.error("service_look_failed", error=str(error))
        except Exception:  # the top of a task: told; the next look goes on
            LOG.exception("service_look_failed")

    def _count(self) -> None:
        self._meter.turn()
        if self._looks % SAVES[len(self._periods) > FEW] == 0:
            self.save()

    def _read(self) -> _Read:
        """Periods that are open, those that ended by themselves lately, and recorders by telephone."""
        since = self._clock.wall() - service_office.OVER_SHOWN
        return self._reader.open_periods(), self._reader.expired_periods(since), self._reader.recorders()

    def _know(
        self,
        periods: Sequence[ServicePeriod],
        expired: Sequence[ServicePeriod],
        recorders: Sequence[tuple[ServicePeriod, Recorder]],
    ) -> None:
        self._periods = periods
        books, now = self._desk.books, self._clock.wall()
        books.periods = {one.stream: one for one in periods}

        def tell() -> None:
            while drafts := service_office.codes(books, recorders, now):
                self._desk.commit(drafts, CENTER, now)
            drafts = [*service_office.endings(books, periods, now), *service_office.overs(books, expired)]
            self._desk.commit(drafts, CENTER, now)
            for stream in service_office.endings_told(books):
                self._desk.touch(f"ending:{stream_name(stream)}")

        self._desk.guarded("service", tell)

    def look(self) -> None:
        """Make the deeds of what changed."""
        books, now, periods = self._desk.books, self._clock.wall(), self._periods
        if any(one.limit <= now and not self._is_open(one.stream) for one in periods):
            self._stale = True  # it ended by itself: what follows is told within a second
        if books.kits.kits:
            drafts = service_office.followed(books, periods, self._is_open, self._begun)
            self._desk.commit(drafts, CENTER, now)
        if books.hospital.patients:
            self._desk.commit(service_office.stays(books, periods, self._is_open), CENTER, now)

    def _is_open(self, stream: StreamId) -> bool:
        facts = self._core.facts.stream(stream)
        return facts is not None and facts.open

    def _begun(self, stream: StreamId) -> bool:
        return self._core.hub.extent(stream)[0] > 0
