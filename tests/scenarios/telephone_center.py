"""A whole center that is telephoned, on virtual time: store, analysis, desk, calls and reports are real.

Threads, sockets and SQL alone are replaced: work of threads is done a moment later on virtual time, a line
goes straight into the switchboard, facts are in memory, the disk forgets what was not kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from tests.center.service_house import ServiceHouse

from einthoven.answering.call import Call
from einthoven.base.errors import EinthovenError
from einthoven.base.instants import MILLISECOND, SECOND, Instant
from einthoven.base.layout import Layout, Lead
from einthoven.base.thresholds import TIERS
from einthoven.base.thresholds import shipped as thresholds
from einthoven.bootstrap.calls import Calls
from einthoven.bootstrap.core import Core, CoreWorld
from einthoven.bootstrap.desk import DeskRun, open_desk
from einthoven.bootstrap.notices import Post
from einthoven.bootstrap.report_maker import Place, StoredReports
from einthoven.bootstrap.reports import StoredServices
from einthoven.center.desk_seat import DeskRoom
from einthoven.center.intake_world import IntakeConfig
from einthoven.center.report_desk import ReportDesk, World
from einthoven.edges.store.commit import GroupCommit
from einthoven.edges.store.day_files import DayFiles
from einthoven.edges.store.log import LogSettings
from einthoven.edges.store.store import StoreSettings
from einthoven.edges.store.tracker import SealTimes
from einthoven.escalation.notices import WHATS, Recipient
from einthoven.link.blocks import SampleBatch
from einthoven.reports.life_due import Cutting
from einthoven.settings import Settings
from einthoven.sim.caller import Caller, prepared
from einthoven.sim.caller_script import CallerScript
from einthoven.sim.caller_ways import DirectWay
from einthoven.sim.hearts.heart import Heart
from einthoven.sim.hearts.script import Rhythm, Script
from einthoven.testing.disk import ForgetfulDisk
from einthoven.testing.reports import MemoryReports
from einthoven.testing.scheduler import VirtualScheduler
from einthoven.testing.web import HandClock

T = TypeVar("T")
CENTERS = "+15555550100"
TURN_S = 0.1
SUPERVISOR, TECHNICIAN = 2, 3
ON_CALL = "supervisor@center.example"


class SchedulerClock(HandClock):
    """A clock whose moving lets everything happen that is due meanwhile."""

    def __init__(self, time: VirtualScheduler) -> None:
        super().__init__()
        self.time = time

    def wall(self) -> Instant:
        """Center time."""
        return self.epoch + self.time.now

    def monotonic(self) -> int:
        """Nanoseconds since the start."""
        return self.time.now

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.time.run_for(round(seconds * SECOND))


class LaterWorker:
    """A thread on virtual time: its work is done a moment after it was given, one piece after another."""

    def __init__(self, time: VirtualScheduler) -> None:
        self._time, self._free = time, 0

    def do(self, work: Callable[[], T], done: Callable[[T | None, Exception | None], None]) -> None:
        """Run it a little later."""

        def run() -> None:
            try:
                result = work()
            except Exception as error:  # noqa: BLE001 - as a thread hands it on
                done(None, error)
            else:
                done(result, None)

        self._free = max(self._free, self._time.now) + 7 * MILLISECOND
        self._time.call_at(self._free, run)

    def close(self) -> None:
        """Nothing is to be closed."""


class TelephoneCenter(ServiceHouse):
    """The center, an enrollment clerk, a supervisor and a technician at their stations."""

    def __init__(self, seed: int = 1) -> None:
        self.time, self.disk = VirtualScheduler(seed), ForgetfulDisk()
        self.files = MemoryReports()
        self.sounds: list[DirectWay] = []
        super().__init__()
        self.seat(SUPERVISOR, notice_s=3600.0)  # works no case while the technician does
        self.seat(TECHNICIAN)
        self.run(2)

    # ---- the center --------------------------------------------------------------------------------------

    def hand_clock(self) -> HandClock:
        return SchedulerClock(self.time)

    def _opened(self) -> DeskRoom:
        self._to_ward: list[SampleBatch] = []
        self.core = Core(
            CoreWorld(
                clock=self.clock,
                disk=self.disk,
                facts=self.kept,
                deliver=lambda act: act(),
                block_store=self._block_store,
                to_ward=self._to_ward.append,
                nonce=lambda: bytes(32),
                intake=IntakeConfig(),
                store=StoreSettings(
                    30.0,
                    log=LogSettings(reserve_bytes=0),
                    times=SealTimes(settle=15 * SECOND, grace=60 * SECOND),
                ),
            )
        )
        self.core.recover()
        parts = self.core, self.kept.journal, self.kept, thresholds(), self.clock, self.core.tally, "Boston"
        room = open_desk(*parts)
        room.desk.failed = lambda what, error: self.defects.append((what, error))
        everything = frozenset(TIERS[1:]), frozenset(WHATS)
        post = Post((Recipient("on call", "email", ON_CALL, *everything),))
        self.desk_run = DeskRun(room, self.core, self.clock, lambda act: act(), post)
        settings = Settings(center_name="Test center")
        worker = LaterWorker(self.time)
        world = self.core, self.clock, self.disk, settings, Path("nowhere")
        self.calls = Calls(self.desk_run, *world, worker=lambda _name: worker)
        self._reports(room)
        self.calls.room.start()
        return room

    def _reports(self, room: DeskRoom) -> None:
        cutting = Cutting("UTC", 12 * 60)
        place, shelf = Place(cutting, thresholds(), "Test center"), DayFiles(self.disk)
        maker = StoredReports(self.core, self.kept, room.desk, lambda act: act(), shelf, place)
        services = StoredServices(self.core, self.kept)
        self.reports = ReportDesk(room.desk, World(maker, self.files, services, cutting))
        room.desk.books.making = self.reports

    def _block_store(self, log: Any, stats: Any) -> GroupCommit:
        self._group = GroupCommit(log, lambda act: act(), stats)
        return self._group

    def run(self, seconds: float) -> None:
        """Let time pass: lines, threads, desk, analysis, people."""
        for _ in range(round(seconds / TURN_S)):
            self.clock.move(TURN_S)
            self.calls.turn()
            self.core.intake.turn()
            self._group.flush()
            batches, self._to_ward[:] = list(self._to_ward), []
            self.core.step(batches, self.clock.wall())
            self.core.catch_up(self.clock.wall())
            self.desk_run.turn()
            for one in self.technicians:
                one.step(self.clock.monotonic(), self.clock.wall())
        assert self.defects == []
        assert [one for one in self.core.tally.all() if one[0] == "calls_failed"] == []

    def until(self, holds: Callable[[], bool], most_s: float) -> float:
        """Let time pass until something holds; after how many seconds."""
        began = self.time.now
        while not holds():
            assert self.time.now - began <= most_s * SECOND, "it never came to that"
            self.run(TURN_S)
        return (self.time.now - began) / SECOND

    # ---- people and patients -----------------------------------------------------------------------------

    def enrolled(self, **recorder: Any) -> Mapping[str, Any]:
        """An order of the post-symptom kind is enrolled, without a transmitter; the answer, with the code."""
        answer = self.by_telephone(self.order(test="post-symptom"), **recorder)
        self.core.admit(self.core.facts.stream(1))  # type: ignore[arg-type]
        self.minute()
        self.run(1)
        return answer

    def caller(self, script: CallerScript, *rhythms: Rhythm, code: str = "", line: str = "sip") -> Caller:
        """A patient at their telephone."""
        heart = Heart(Script(rhythms, (), (), None), Layout(250.0, (Lead("II", 400.0),)), script.seed)
        way = DirectWay(self.calls.room, CENTERS, line)
        self.sounds.append(way)
        made = prepared(script, heart, code, 1)
        return Caller(script, made, code, way, self.clock, self.time)

    def does(self, act: str, **fields: Any) -> Mapping[str, Any]:
        """The technician does something."""
        return dict(self.act(act, by=TECHNICIAN, **fields))

    def call(self, number: int) -> Call:
        """As it stands."""
        return self.books.calls.call(number)

    def entity(self, number: int) -> Any:
        """A call as pages are told of it."""
        return self.room.desk.news.get(f"telephone:{number}")

    def work(self) -> list[str]:
        """Reports are made until nothing is to be done; which."""
        done: list[str] = []
        while (job := self.reports.next(self.clock.wall())) is not None:
            if job.about is not None:
                done.append(job.about.words)
            try:
                job.work()(self.reports, self.clock.wall())
            except (EinthovenError, OSError) as error:
                raise AssertionError(f"{job.about}: {error!r}") from error
            assert len(done) < 50
        return done

    def report(self, number: int) -> dict[str, Any]:
        """The content of a report."""
        told: dict[str, Any] = json.loads(self.files.kept[self.books.reports.report(number).content])
        return told

    def later(self, duration: int) -> None:
        """Days pass in which nothing comes."""
        self.clock.move(duration / SECOND)
        self.run(1)

    def trail(self, subject: str) -> list[tuple[str, str]]:
        """Lines of the audit about something: who, what."""
        return [(one.actor, one.action) for one in self.kept.audit(limit=100_000) if one.subject == subject]
