"""The real center: threads, sockets and pages around a ``Core``; ``einthoven serve``."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import secrets
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import structlog
import uvloop
from prometheus_client import GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR, CollectorRegistry

from einthoven import __version__
from einthoven.base.errors import StoreError
from einthoven.base.ids import stream_name
from einthoven.base.instants import MILLISECOND, SECOND
from einthoven.bootstrap.calls import Calls
from einthoven.bootstrap.clock import CenterClock, RealClock
from einthoven.bootstrap.codes import FiledCodes, folder_of
from einthoven.bootstrap.core import Core, CoreWorld
from einthoven.bootstrap.desk import DeskRun, open_desk
from einthoven.bootstrap.doors import check_addresses, link_refused
from einthoven.bootstrap.history import History
from einthoven.bootstrap.instructions import instructions_of
from einthoven.bootstrap.limits import connections_possible, thresholds_of
from einthoven.bootstrap.logs import configure_logs
from einthoven.bootstrap.loop_errors import is_network
from einthoven.bootstrap.notices import post_of
from einthoven.bootstrap.order_intake import names_of
from einthoven.bootstrap.peers import open_peers
from einthoven.bootstrap.people import Entry, check_administrator, open_entry
from einthoven.bootstrap.periods import Periods
from einthoven.bootstrap.policies import Register, site_policies
from einthoven.bootstrap.progress import progress_bar
from einthoven.bootstrap.refusal_log import RefusalLog
from einthoven.bootstrap.sealer import SealerThread
from einthoven.bootstrap.service import ServiceRun
from einthoven.bootstrap.thread_metrics import CenterCollector
from einthoven.bootstrap.ward_thread import WardThread, WardWork
from einthoven.bootstrap.warm import warm_up
from einthoven.bootstrap.web_tls import web_tls
from einthoven.center.clockwatch import ClockWatch
from einthoven.center.desk_pulse import shifts_of
from einthoven.center.enroll import expire
from einthoven.center.intake_world import IntakeConfig
from einthoven.center.live_news import News
from einthoven.center.ports import BlockStore
from einthoven.center.tally import Tally
from einthoven.edges.intake.certificate import ensure_certificate, fingerprint, server_context
from einthoven.edges.intake.door import open_door
from einthoven.edges.store.commit import WriterThread
from einthoven.edges.store.disk import Disk, RealDisk
from einthoven.edges.store.facts import Facts
from einthoven.edges.store.log import LogSettings, LogWriter
from einthoven.edges.store.stats import StoreStats
from einthoven.edges.store.store import StoreSettings
from einthoven.edges.store.tracker import SealTimes
from einthoven.edges.web.app import build_app
from einthoven.edges.web.deps import WebDeps
from einthoven.edges.web.server import WebServer, is_loopback
from einthoven.link.limits import MAX_FRAME_BYTES
from einthoven.settings import Settings, load

FACTS_FILE = "facts.sqlite"
KEYS_FOLDER = "keys"
SETTLE = 15 * SECOND
"""A whole segment waits this long for its seal: beats are final 12 s behind the newest sample."""
GC_THRESHOLDS = (50_000, 20, 20)
"""Full collections walk every connection's objects and hold the loop for a second at ten thousand; seldom is
enough, since hardly anything here lies in a cycle."""
SWITCH_S = 0.001
"""Longest that one thread of Python keeps the others waiting: at the interpreter's own 5 ms the live
analysis, which needs its turn some twenty times a step, falls behind a busy link."""
GOODBYE_S = 3.0
"""How long stopping waits for transmitters to close their end; one that hears nothing never would."""


class Center:
    """A running center on a data folder.

    Args:
        folder: the data folder; made if missing.
        settings: see ``settings``.
        disk: makes the store's disk of the folder; another than the real one to try what a bad one does.
        demo: whether visitors are signed in by one click a role.

    Raises:
        InputError: thresholds, payer policies or recipients of notices that the settings name are refused.

    Attributes:
        web_url: where the pages are, once started.
        link_url: where transmitters connect, once started.
    """

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        disk: Callable[[Path], Disk] = RealDisk,
        demo: bool = False,
    ) -> None:
        self.folder = folder
        self._demo = demo
        self._disk = disk
        self.settings = settings
        self._thresholds = thresholds_of(folder / settings.thresholds if settings.thresholds else None)
        self._policies = site_policies(folder, settings)
        self.web_url = ""
        self.link_url = ""
        self.log = structlog.get_logger("center")
        self._clock = CenterClock()
        self._shifts = shifts_of(settings.shifts, settings.zone)
        self._post = post_of(settings, folder, self._clock.wall)
        self._watch = ClockWatch()
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()
        self.failed: BaseException | None = None

    async def start(self) -> None:
        """Open the folder, bring the analysis back, listen.

        Raises:
            StoreError: the folder cannot be opened (another center has it, damaged, another format).
            InputError: a port is taken; nothing is made then.
        """
        # First of all, so that a port that is taken leaves no half-made folder.
        check_addresses(self.settings)
        loop = asyncio.get_running_loop()
        self._room = connections_possible(self.settings.connections_max)
        if self._room < self.settings.connections_max:
            self.log.warning(
                "fewer_connections",
                wanted=self.settings.connections_max,
                possible=self._room,
                because="ulimit -n",
            )
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not is_loopback(self.settings.web_host):
            await loop.run_in_executor(None, self._check_sign_in)
        keys = self.folder / KEYS_FOLDER
        self._tls = web_tls(self.settings, self.folder, keys, self._clock.wall())
        names = sorted({"localhost", "127.0.0.1", self._name()})
        self._certificate = ensure_certificate(self.folder / KEYS_FOLDER, names, self._clock.wall())
        self._loop = loop
        click.echo(
            "einthoven: loading the analysis (the first start compiles it: up to two minutes)", err=True
        )
        await loop.run_in_executor(None, warm_up)
        self._core = self._make_core(loop)
        with progress_bar("bringing the analysis back", "streams") as tell:
            replayed = await loop.run_in_executor(None, self._core.recover, tell)
        self._notes(replayed)
        loop.set_exception_handler(self._loop_error)
        self._ward.start()
        self._sealer.start()
        await self._open_pages()
        await self._open_link()
        self._tasks = [
            loop.create_task(self._turn(), name="intake"),
            loop.create_task(self._look(), name="watch"),
            loop.create_task(self.desk.run(), name="desk"),
            loop.create_task(self.peers.run(), name="peers"),
        ]
        sys.setswitchinterval(SWITCH_S)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)

    def _check_sign_in(self) -> None:
        facts = Facts(self._path(FACTS_FILE), self._clock.wall())
        try:
            check_administrator(facts, self.settings.web_host, self.folder)
        finally:
            facts.close()

    @property
    def entry(self) -> Entry:
        """Sign-in."""
        return self._entry

    @property
    def certificate(self) -> Path:
        """The certificate that transmitters pin."""
        return self._certificate

    def _make_core(self, loop: asyncio.AbstractEventLoop) -> Core:
        settings, tally, refusals = self.settings, Tally(), RefusalLog(structlog.get_logger("link"))

        def deliver(act: Callable[[], None]) -> None:
            try:
                loop.call_soon_threadsafe(act)
            except RuntimeError:  # the loop has ended: nobody is left to be told
                tally.add("late_deliveries")

        def block_store(log: LogWriter, stats: StoreStats) -> BlockStore:
            self._writer = WriterThread(log, deliver, stats, gather_seconds=0.002, failed=self._fail)
            self._writer.start()
            return self._writer

        facts = self._facts = Facts(self._path(FACTS_FILE), self._clock.wall(), deliver)
        self._store_disk = self._disk(self.folder)
        world = CoreWorld(
            clock=self._clock,
            disk=self._store_disk,
            facts=facts,
            deliver=deliver,
            block_store=block_store,
            to_ward=lambda samples: self._ward.offer(samples),  # noqa: PLW0108 - the ward is made below
            nonce=lambda: secrets.token_bytes(32),
            intake=IntakeConfig(
                self._room,
                settings.backlog_window_s,
                settings.backlog_total_s,
                fingerprint(self._certificate),
            ),
            store=StoreSettings(
                segment_seconds=float(settings.segment_s),
                log=LogSettings(reserve_bytes=settings.disk_reserve_mb << 20),
                times=SealTimes(settle=SETTLE, grace=settings.seal_grace_s * SECOND),
            ),
            lock=threading.Lock(),
            thresholds=self._thresholds,
            tally=tally,
            refused=lambda refusal: refusals.refused(refusal, self._clock.wall()),
        )
        try:
            core = Core(world)
        except StoreError as error:
            facts.close()
            raise type(error)(f"{self.folder}: {error}") from error
        self._ward = WardThread(
            WardWork(core.step, core.catch_up, core.save_step, core.skip),
            self._clock,
            settings.ward_step_ms * MILLISECOND,
            settings.ward_save_s * SECOND,
            tally,
        )
        self._sealer = SealerThread(core, self._clock, tally)
        return core

    def _path(self, name: str) -> Path:
        return self.folder / name

    def _name(self) -> str:
        return self.settings.link_name or self.settings.link_host

    def _notes(self, replayed: int) -> None:
        recovery = self._core.store.recovery
        for note in recovery.notes:
            self.log.warning("recovery", note=str(note))
        for damage in recovery.damage:
            self.log.error("damage", file=damage.file, offset=damage.offset, detail=damage.detail)
        self.log.info("recovered", streams=len(self._core.facts.all()), replayed_samples=replayed)

    # ---- sockets -----------------------------------------------------------------------------------------

    async def _open_link(self) -> None:
        port = self.settings.link_port
        if not port and self.settings.web_port:
            port = self._web.port + 1
        try:
            server = await open_door(
                self._core.intake,
                self.settings.link_host,
                port,
                server_context(self._certificate),
                max_message=MAX_FRAME_BYTES,
            )
        except (OSError, OverflowError) as error:
            await self._entry.console.stop()
            await self._web.stop()
            raise link_refused(self.settings.link_host, port, error) from error
        self._door = server
        port = server.sockets[0].getsockname()[1]
        host = self._name() if self._name() not in {"0.0.0.0", ""} else "127.0.0.1"
        self.link_url = f"wss://{host}:{port}/link"

    async def _open_pages(self) -> None:
        core, registry, hosts = self._core, CollectorRegistry(), self._tls.hosts
        await self._open_desk()
        world = self._facts, self.settings, hosts, self._clock, core.tally, self.folder
        parts = *world, self._demo, self.desk, lambda: self.web_url
        self._entry = await self._loop.run_in_executor(None, open_entry, *parts)
        for collector in (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
            registry.register(collector)
        registry.register(
            CenterCollector(
                core.store.stats,
                lambda: self._ward.waiting,
                core.ward.pending,
                lambda: core.intake.connections,
                self._store_disk.free,
            )
        )
        history = History(core.facts.reader, core.store.reader)
        deps = WebDeps(
            clock=self._clock,
            census=core.census,
            news=News(core.census, secrets.token_hex(8)),
            hub=core.hub,
            ward=core.ward,
            reader=core.store.reader,
            history=history,
            findings=core.findings,
            time_of=core.time_of,
            enroll=self._periods.enroll,
            end=self._periods.end,
            identity=self._identity,
            stepped=lambda: self._ward.last_step,
            registry=registry,
            segments=history.segments,
            facts=core.facts.stream,
            everyone=core.facts.all,
            lost=history.lost,
            tally=core.tally,
            access=self._entry.access,
            desk=self.desk.room,
            desk_unready=self.desk.unready,
            reports=self.desk.reports,
            record=self.desk.record,
            orders=self.desk.orders,
            claims=self._entry.claims,
            dossiers=self._entry.dossiers,
            peers=self.peers.peers,
            determine=self._register.determine,
            earlier=self._register.earlier,
            today=self._register.today,
            center_name=self.settings.center_name,
            names=names_of(self.settings.order_tests, self.settings.order_payers),
            codes=FiledCodes(folder_of(self.folder, self.settings)),
        )
        where = self.settings.web_host, self.settings.web_port, self._tls.context, self._tls.name
        self._web = WebServer(build_app(self.telephone.on(deps)), *where)
        await self._web.start()
        self.web_url = self._post.base = self._web.url
        await self._entry.console.start()

    async def _open_desk(self) -> None:
        facts, core, clock, loop = self._facts, self._core, self._clock, self._loop
        parts = core, facts.journal, facts.reader, self._thresholds, clock, core.tally, self._name()
        room = await loop.run_in_executor(None, open_desk, *parts)
        self.desk = DeskRun(room, core, clock, self._loop.call_soon_threadsafe, self._post)
        room.desk.pulse.shifts = self._shifts
        room.desk.books.instructions = instructions_of(self.settings, self.folder)
        self._register = Register(room.desk.books, self._policies, self._path(FACTS_FILE))
        changed = self._periods_changed
        self.service = ServiceRun(self.desk, core, facts, clock, changed, self.settings)
        await loop.run_in_executor(None, self.service.start)
        self.telephone = Calls(self.desk, core, clock, self._store_disk, self.settings, self.folder)
        self._periods = Periods(core.facts, clock, lambda which: loop.call_soon_threadsafe(changed, which))
        keys, link = self.folder / KEYS_FOLDER, lambda: (self.link_url, self._certificate)
        self.peers = open_peers(room.desk, core, clock, keys, self._periods.enroll, changed, link)

    def _identity(self) -> dict[str, object]:
        return {
            "name": "einthoven",
            "version": __version__,
            "link": self.link_url,
            "certificate": self._certificate.read_text(),
        }

    def _periods_changed(self, streams: list[int]) -> None:
        for stream in streams:
            facts = self._core.facts.stream(stream)
            if facts is None:
                continue
            if facts.open:
                self._core.admit(facts)
            else:
                self._core.intake.period_ended(facts)
                self._sealer.ended(stream)

    # ---- what goes on ------------------------------------------------------------------------------------

    async def _turn(self) -> None:
        """The intake's turns."""
        pause = self.settings.commit_ms / 1000
        while True:
            began = self._clock.monotonic()
            try:
                self._core.intake.turn()
            except Exception:  # the top of a task: counted, logged; the next turn goes on
                self._core.tally.add("intake_turn_failed")
                self.log.exception("intake_turn_failed")
            spent = (self._clock.monotonic() - began) / SECOND
            await asyncio.sleep(max(0.001, pause - spent))

    async def _look(self) -> None:
        """Once a second: the clock, the threads, periods that are over."""
        real, looks = RealClock(), 0
        while True:
            try:
                await self._look_once(real, looks)
            except Exception:  # the top of a task: counted, logged; the next look goes on
                self._core.tally.add("watch_failed")
                self.log.exception("watch_failed")
            looks += 1
            await asyncio.sleep(1)

    async def _look_once(self, real: RealClock, looks: int) -> None:
        self._clock.follow()
        before = self._watch.steps
        self._watch = self._watch.look(real.wall(), real.monotonic())
        state = self._watch.state(real.wall())
        if self._watch.steps != before:
            self._core.tally.add("clock_steps")
            self.log.error("clock_stepped", detail=state)
        self._core.census.clock(state)
        if self.failed is not None:
            self.log.critical("stopping", because=repr(self.failed))
            self._stopping.set()
        if looks % 10 == 0:
            await self._entry.sweep(self._clock.wall())
        if looks % 60 == 0:
            await self._expire()

    async def _expire(self) -> None:
        """End service periods whose 30 days are over (R33)."""
        try:
            over = await self._loop.run_in_executor(None, expire, self._core.facts, self._clock.wall())
        except StoreError as error:
            self.log.error("expire_failed", error=str(error))
            return
        for period in over:
            self.log.info("period_over", stream=stream_name(period.stream))
        self._periods_changed([period.stream for period in over])

    def _fail(self, error: BaseException) -> None:
        self.failed = error

    def _loop_error(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """What ended outside every task, most often the TLS of a stranger: one line and a count, no page."""
        message = str(context.get("message", "")).partition("\n")[0]
        error, stranger = context.get("exception"), is_network(context)
        self._core.tally.add("connections_refused" if stranger else "loop_errors", "tls" if stranger else "")
        say = self.log.debug if stranger else self.log.error
        say("connection_failed" if stranger else "loop_error", what=message, error=repr(error))

    # ---- stopping ----------------------------------------------------------------------------------------

    def request_stop(self) -> None:
        """Let ``wait`` return."""
        self._stopping.set()

    async def wait(self) -> None:
        """Until somebody asks to stop."""
        await self._stopping.wait()

    async def stop(self) -> None:
        """Say good-bye to transmitters, store what came, save the analysis, close everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._core.intake.close()
        self._door.close()
        await self._entry.console.stop()
        await self._web.stop()
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self._writer.close)
        await asyncio.sleep(0)
        self.service.save()
        await loop.run_in_executor(None, self._ward.stop)
        await loop.run_in_executor(None, self._sealer.stop)
        self._register.close()
        await loop.run_in_executor(None, self._core.close)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await self._door.wait_closed()


def run_center(folder: Path, disk: Callable[[Path], Disk] = RealDisk, **overrides: int | str | None) -> None:
    """Serve until SIGINT or SIGTERM; ``overrides`` are settings of the command line, None where not given."""
    settings = load(folder, **overrides)
    configure_logs(settings.log_level)

    async def serve() -> None:
        center = Center(folder, settings, disk)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, center.request_stop)
        await center.start()
        click.echo(f"einthoven: the wall is at {center.web_url}, transmitters connect to {center.link_url}")
        await center.wait()
        click.echo("einthoven: stopping")
        await center.stop()
        if center.failed is not None:
            raise StoreError(f"the store failed: {center.failed!r}")

    uvloop.run(serve())
