"""Reports of a running center: one thread makes and sets them, the desk keeps what became of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import structlog

from einthoven.base.errors import EinthovenError, InputError, NotFoundError
from einthoven.base.ids import StreamId
from einthoven.base.instants import MINUTE, Instant
from einthoven.base.spans import SpanSet
from einthoven.bootstrap.core import Core
from einthoven.center.desk import Desk
from einthoven.center.ports import Clock, StreamEvent, StreamFacts
from einthoven.center.report_desk import Job, ReportDesk, World
from einthoven.center.report_ports import ReportMaker, ReportStore
from einthoven.enrollment.guests import guest_named
from einthoven.enrollment.people import Patient
from einthoven.enrollment.periods import by_telephone
from einthoven.enrollment.register import Enrolled
from einthoven.escalation.calendar import zone_of
from einthoven.reports.life_due import Cutting, Service
from einthoven.settings import Settings

LOG = structlog.get_logger("einthoven.reports")
TURN_S = 1.0
"""Between two looks at what is next, while nothing is."""
ENDED_MAX = 10_000


class ReportEvents(Protocol):
    """The part of the facts that is asked."""

    def events(self, stream: StreamId, kinds: Iterable[str] = ...) -> Sequence[StreamEvent]:
        """Events of some kinds, by sample."""
        ...

    def all(self) -> Sequence[StreamFacts]:
        """Every stream, by number."""
        ...

    def enrolled(self, stream: StreamId) -> Enrolled:
        """Patient, period and physician of a stream; NotFoundError where there is no such."""
        ...

    def patient(self, number: int) -> Patient:
        """A patient by number; NotFoundError where there is none."""
        ...

    def ended_since(self, since: Instant, limit: int) -> list[tuple[StreamId, Instant]]:
        """Streams whose service period ended at ``since`` or later and when, newest first."""
        ...

    def finding_stamp(self, stream: StreamId, start: int, stop: int) -> tuple[int, int]:
        """Two numbers that change when a finding that touches ``[start, stop)`` comes, changes or goes."""
        ...


class StoredServices:
    """Who is in service and what is stored of them (``center.report_ports.ReportFacts``)."""

    def __init__(self, core: Core, facts: ReportEvents) -> None:
        self._core = core
        self._facts = facts

    def services(self, ended_since: Instant) -> Sequence[Service]:
        """Periods that go on, or that ended lately; on the maker's thread."""
        return list(self._services(ended_since))

    def _services(self, ended_since: Instant) -> Iterator[Service]:
        for one in self._facts.all():
            if one.open and guest_named(one.transmitter) is None:  # guests have theirs at their own center
                start = one.since if one.origin is None else one.origin
                yield Service(one.stream, start, telephone=by_telephone(one.transmitter))
        for stream, ended in self._facts.ended_since(ended_since, ENDED_MAX):
            try:
                period = self._facts.enrolled(stream).period
            except NotFoundError:
                continue
            if period.telephone:
                yield Service(stream, period.started, ended, telephone=True)
                continue
            since = period.started
            start, stop = self._recorded(stream, since, ended)
            yield Service(stream, start, stop)

    def _recorded(self, stream: StreamId, since: Instant, ended: Instant) -> tuple[Instant, Instant]:
        """From when to when a period that ended was worn: a recording that was made before and sent later
        tells that itself."""
        known = self._core.facts.stream(stream)
        last = self._core.time_of(stream, self._core.store.reader.stored(stream).stop)
        if known is None or known.origin is None or last is None:
            return since, ended
        return known.origin, max(known.origin + 1, last)

    def complete(self, service: Service) -> Instant | None:
        """Every sample acquired before this is stored, or declared lost; on the maker's thread."""
        stream, ended = service.stream, service.stop
        there = SpanSet(list(self._core.store.reader.stored(stream)))
        for hole in self._facts.events(stream, ("hole",)):
            there.add(hole.sample, int(str(hole.body.get("stop", hole.sample))))
        spans = list(there)
        if not spans or spans[0][0] > 0:
            return None
        at = self._core.time_of(stream, spans[0][1])
        # What ends with its period ends some seconds before it: nothing more will come.
        return ended if at is not None and ended is not None and at >= ended - MINUTE else at


class ReportRun:
    """What makes reports while the center runs.

    Args:
        reports: the desk of reports.
        store: where contents and PDFs lie.
        clock: the center's.
    """

    def __init__(self, reports: ReportDesk, store: ReportStore, clock: Clock) -> None:
        self.reports = reports
        self._store = store
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reports")

    def get(self, digest: str) -> bytes:
        """What is on file; on the reading threads."""
        return self._store.get(digest)

    def preliminary(self, number: int) -> Callable[[], bytes]:
        """How to set a report as it stands."""
        return self.reports.preliminary(number)

    async def run(self) -> None:
        """For ever; a defect in one report is logged and counted, and the next is made."""
        try:
            while True:
                job = self.reports.next(self._clock.wall())
                if job is None:
                    await asyncio.sleep(TURN_S)
                else:
                    await self._done(job)
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _done(self, job: Job) -> None:
        try:
            took = await asyncio.get_running_loop().run_in_executor(self._thread, job.work)
            took(self.reports, self._clock.wall())
        except (EinthovenError, OSError) as error:
            about = "" if job.about is None else job.about.words
            LOG.warning("report_failed", about=about, error=str(error))
            self.reports.failed(job, error, self._clock.wall())
        except Exception as error:  # noqa: BLE001 - the top of a task: counted, told; other reports go on
            self.reports.desk.failed("reports", error)
            self.reports.failed(job, InputError("a defect here; see the log"), self._clock.wall())


def cutting_of(settings: Settings) -> Cutting:
    """Where days are cut: ``report_hour`` on the clocks of ``zone``.

    Raises:
        InputError: no such zone.
    """
    zone_of(settings.zone)
    hour, minute = settings.report_hour.split(":")
    return Cutting(settings.zone, int(hour) * 60 + int(minute))


def open_reports(
    desk: Desk,
    core: Core,
    facts: ReportEvents,
    store: ReportStore,
    clock: Clock,
    settings: Settings,
    maker: ReportMaker | None,
) -> ReportRun | None:
    """What makes reports of a center that starts; None where nothing does: the pages say so."""
    if maker is None:
        return None
    world = World(maker, store, StoredServices(core, facts), cutting_of(settings))
    reports = ReportDesk(desk, world)
    desk.books.making = reports
    return ReportRun(reports, store, clock)
