"""A whole center on virtual time, on a disk that forgets: what ``sim.player`` plays scenarios against.

The parts are those of the real center (``Core``); only threads, sockets, clocks and SQL are replaced: timers
of the virtual scheduler stand for the intake's turns, the log writer's commits, the ward and the sealer.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from random import Random

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import StoreError
from einthoven.base.ids import StreamId
from einthoven.base.instants import MILLISECOND, SECOND, Duration, Instant
from einthoven.base.spans import Span, SpanSet
from einthoven.bootstrap.core import Core, CoreWorld
from einthoven.center.enroll import enroll
from einthoven.center.intake_world import Door, IntakeConfig
from einthoven.center.ports import BlockStore, Clock, Committed, Connection, StreamEvent
from einthoven.ecg.analyze import Analysis, analyze
from einthoven.ecg.beats import last_told, order
from einthoven.ecg.kinds import BY_NAME
from einthoven.ecg.settle import settled
from einthoven.edges.store.commit import GroupCommit
from einthoven.edges.store.follower import LogFollower
from einthoven.edges.store.log import LogSettings, LogWriter
from einthoven.edges.store.logview import LogSet
from einthoven.edges.store.stats import StoreStats
from einthoven.edges.store.store import StoreSettings
from einthoven.edges.store.tracker import SealTimes
from einthoven.link.blocks import FrameBatch, SampleBatch
from einthoven.sim.player import Setting
from einthoven.testing.disk import ForgetfulDisk, PowerCutError
from einthoven.testing.facts import MemoryFacts

TURN: Duration = 50 * MILLISECOND
STEP: Duration = 100 * MILLISECOND
SEAL: Duration = SECOND
SAVE: Duration = 45 * SECOND
SEGMENT_S = 30.0
"""Short segments, so that a scenario of minutes sees sealing, resealing and log files going."""
ROLL_BYTES = 64 << 10
LAST_ACTS_MAX = 40
"""Calls that change the disk between the order to die and the death, at most: so the power goes in the middle
of a write, between write and fsync, or between fsync and acknowledgement."""


class SimulatedCenter:
    """``sim.player.SimCenter`` made of the real parts.

    Args:
        setting: virtual time and who is enrolled.
        fsync: False takes every fsync out: the scenario must then fail.

    Attributes:
        deaths: how often it was killed.
        stored_twice: samples that were committed although they were stored.
    """

    def __init__(self, setting: Setting, fsync: bool = True) -> None:
        self._setting = setting
        self._chance = Random(setting.seed)
        self._disk = ForgetfulDisk(self._chance.randrange(1 << 62))
        self._disk.syncing = fsync
        self._roomy = self._disk.capacity
        self._state = "well"
        self._facts = MemoryFacts()
        self._analyses: dict[StreamId, tuple[list[Span], Analysis]] = {}
        self._timers: dict[str, Callable[[], None]] = {}
        self._alive = False
        self.deaths = 0
        self.stored_twice: list[str] = []
        self._enroll()
        self.restart()

    def _enroll(self) -> None:
        now = self._setting.clock.wall()
        for one in self._setting.enrolled:
            wearer = one.wearer
            body = {
                "patient": {"name": wearer.patient},
                "transmitter": wearer.id,
                "rate_hz": wearer.layout.rate_hz,
                "leads": list(wearer.layout.names),
                "public_key": self._setting.keys[one.identity.stream].hex(),
            }
            enroll(self._facts, body, now)

    # ---- life and death ----------------------------------------------------------------------------------

    def restart(self) -> None:
        """Start on what the disk holds."""
        if self._alive:
            return
        self._waiting: list[SampleBatch] = []
        self._core = Core(
            CoreWorld(
                clock=_Steady(self._setting.clock),
                disk=self._disk,
                facts=self._facts,
                deliver=lambda act: act(),
                block_store=self._block_store,
                to_ward=self._to_ward,
                nonce=lambda: self._chance.randbytes(32),
                intake=IntakeConfig(),
                store=StoreSettings(
                    SEGMENT_S,
                    log=LogSettings(roll_bytes=ROLL_BYTES, reserve_bytes=0),
                    times=SealTimes(settle=15 * SECOND, grace=60 * SECOND),
                ),
            )
        )
        self._core.recover()
        self._witness.committed = {facts.stream: self.stored(facts.stream) for facts in self._facts.all()}
        self._alive = True
        for name, every, act in (
            ("turn", TURN, self._turn),
            ("step", STEP, self._step),
            ("seal", SEAL, self._seal),
            ("save", SAVE, self._save),
        ):
            self._every(name, every, act)

    def _block_store(self, log: LogWriter, stats: StoreStats) -> BlockStore:
        self._group = GroupCommit(log, lambda act: act(), stats)
        self._witness = _Witness(self._group, self.stored_twice)
        return self._witness

    def _to_ward(self, samples: SampleBatch) -> None:
        self._waiting.append(samples)

    def kill(self) -> None:
        """Power cut, by chance in the middle of the next writes; what was not fsynced goes, or part of it."""
        if not self._alive:
            return
        self._disk.cut_power_at(self._chance.randrange(1, LAST_ACTS_MAX))
        last = [self._turn, self._step, self._seal, self._save]
        self._chance.shuffle(last)
        with contextlib.suppress(PowerCutError):
            for act in last:
                act()
        self._alive = False
        self.deaths += 1
        for cancel in self._timers.values():
            cancel()
        self._timers.clear()
        self._disk.crash(keep=self._chance.choice(["none", "some"]))

    def disk(self, state: str) -> None:
        """``"full"``, ``"error"`` or ``"well"``."""
        self._state = state
        self._disk.capacity = self._disk.used() + 1 if state == "full" else self._roomy

    def step_clock(self, by: int) -> None:
        """The system's clock is set: center time goes on as it was, until the next start."""
        self._setting.clock.step(by)

    def _every(self, name: str, every: Duration, act: Callable[[], None]) -> None:
        def run() -> None:
            self._timers[name] = self._setting.time.call_later(every, run)
            act()

        self._timers[name] = self._setting.time.call_later(self._chance.randrange(every), run)

    def _turn(self) -> None:
        self._perhaps_fail()
        self._core.intake.turn()
        self._group.flush()

    def _perhaps_fail(self) -> None:
        """While the disk is failing, half of what is undertaken meets an error somewhere."""
        if self._state == "error" and self._chance.random() < 0.5:
            self._disk.fail(self._chance.choice(["write", "sync"]), self._chance.randrange(1, 4))

    def _step(self) -> None:
        batches, self._waiting = self._waiting, []
        now = self._setting.clock.wall()
        self._core.step(batches, now)
        with contextlib.suppress(StoreError):
            self._core.catch_up(now)

    def _seal(self) -> None:
        self._perhaps_fail()
        with contextlib.suppress(StoreError):
            self._core.seal(self._setting.clock.wall())

    def _save(self) -> None:
        with contextlib.suppress(StoreError):
            self._core.save_step()

    # ---- the door ----------------------------------------------------------------------------------------

    def accept(self, connection: Connection) -> _Peer | None:
        """A new connection; None: nobody answers."""
        if not self._alive:
            return None
        door = self._core.intake.connected(connection)
        return None if door is None else _Peer(self, self._core, door)

    @property
    def core(self) -> Core:
        """The parts of the life that goes on: what a desk beside it stands on."""
        return self._core

    def serves(self, core: Core) -> bool:
        """Whether this life of the center is still going on."""
        return self._alive and core is self._core

    # ---- what the player asks ----------------------------------------------------------------------------

    def stored(self, stream: StreamId) -> SpanSet:
        """What is durable of a stream."""
        return self._core.store.reader.stored(stream)

    def read(self, stream: StreamId, start: int, stop: int) -> NDArray[np.int16]:
        """Durable samples ``[start, stop)``, int16[n, leads]."""
        return self._core.store.reader.read(stream, start, stop).samples

    def holes(self, stream: StreamId) -> list[tuple[int, int, str]]:
        """Declared holes: start, stop, cause."""
        return self._facts.holes(stream)

    def marks(self, stream: StreamId) -> list[tuple[int, str]]:
        """Marks: sample and symptom."""
        return [(event.sample, str(event.body["symptom"])) for event in self._facts.events(stream, ("mark",))]

    def events(self, stream: StreamId) -> list[StreamEvent]:
        """Every event that is stored."""
        return self._facts.events(stream, ("mark", "hole", "status"))

    def blocks_differ(self, stream: StreamId) -> str:
        """Count the samples on the disk: in segments, and in blocks of the log that are in none yet.

        Each sample that is stored must be there once, and no other; says where it is not so.
        """
        reader, archive = self._core.store.reader, self._core.store.archive
        logs = LogSet()
        LogFollower(self._disk, logs).refresh()
        geometry = archive.geometry(stream)
        rows = reader.segments(stream)
        found = SpanSet()
        parts = [(span.start, span.stop) for row in rows for span in row.spans]
        for file in logs.files():
            for entry in file.entries():
                if entry["stream"] == stream and geometry is not None:
                    block, sequence = SpanSet(), file.first + int(entry["ordinal"])
                    block.add(int(entry["start"]), int(entry["start"]) + int(entry["count"]))
                    for row in rows:
                        if sequence < row.sequence:
                            block.remove(*geometry.bounds(row.name.number))
                    parts += list(block)
        twice = [part for part in parts if sum(s.length for s in found.add(*part)) < part[1] - part[0]]
        if twice:
            return f"samples are there twice in {twice[:5]}"
        stored = self.stored(stream)
        return "" if found == stored else f"on the disk are {found}, stored are {stored}"

    def beats_differ(self, stream: StreamId) -> str:
        """Compare beats and grades with the analysis of all that is stored; what differs.

        They are those of sealed segments, and live ones where nothing is sealed.
        """
        self._step()
        while self._core.catch_up(0):
            pass
        self._core.seal(self._setting.clock.wall())
        facts, stored, reader = self._facts.stream(stream), self.stored(stream), self._core.store.reader
        assert facts is not None
        if not stored:
            return ""
        found = self._analysis(stream)
        want = last_told(np.concatenate([found.beats, found.grades]))
        live = self._core.ward.rows(stream, 0, stored.stop)
        for row in reader.segments(stream):
            live = live[(live["sample"] < row.start) | (live["sample"] >= row.stop)]
        have = np.concatenate([reader.rows(stream, 0, stored.stop), live])
        have = have[np.argsort(order(have), kind="stable")]
        if not np.array_equal(order(have), order(want)):
            return f"beats differ near {np.setxor1d(have['sample'], want['sample'])[:5].tolist()}"
        same = (have["code"] == want["code"]) & (have["leads"] == want["leads"])
        same &= have["template"] == want["template"]
        same &= np.abs(have["rr_ms"].astype(int) - want["rr_ms"]) <= 1
        return "" if same.all() else f"beats differ in content at {have['sample'][~same][:5].tolist()}"

    def _analysis(self, stream: StreamId) -> Analysis:
        """The analysis of all that is stored, in one go; kept until more is stored."""
        facts, reader, stored = self._facts.stream(stream), self._core.store.reader, self.stored(stream)
        assert facts is not None
        known = self._analyses.get(stream)
        if known is None or known[0] != list(stored):
            window = reader.read(stream, 0, stored.stop)
            found = analyze(window.samples, facts.layout, present=list(window.present))
            known = self._analyses[stream] = (list(stored), found)
        return known[1]

    def findings_differ(self, stream: StreamId) -> str:
        """Compare the findings in the facts with those of the analysis of all that is stored, but for the
        last half minute; after ``beats_differ``, which catches up. What differs."""
        stored = self.stored(stream)
        if not stored:
            return ""
        self._step()
        facts = self._facts.stream(stream)
        assert facts is not None
        line = stored.stop - round(30 * facts.layout.rate_hz)
        found = self._facts.findings(stream)
        still_open = {(one.kind, one.start) for one in found if one.state == "open"}
        want = {
            (one["kind"], one["start_sample"], one["end_sample"])
            for one in self._analysis(stream).findings
            if one["kind"] in BY_NAME
            and one["end_sample"] < line
            and (one["kind"], one["start_sample"]) not in still_open
        }
        kept = settled([one.finding for one in found if one.state in ("closed", "open")])
        have = {(one.kind.name, one.start, one.end) for one in kept if one.end is not None and one.end < line}
        return "" if have == want else f"findings differ: {sorted(have ^ want)[:5]}"


class _Witness:
    """Stands before the store and notes where it says that samples are durable which were so before."""

    def __init__(self, store: BlockStore, twice: list[str]) -> None:
        self.committed: dict[StreamId, SpanSet] = {}
        self._store, self._twice = store, twice

    def submit(self, batch: FrameBatch, done: Committed) -> None:
        """As ``BlockStore.submit``."""

        def answered(written: FrameBatch, error: StoreError | None) -> None:
            if error is None:
                table = np.stack([written.stream, written.start, written.start + written.count], axis=1)
                for stream, start, stop in table.tolist():
                    held = self.committed.setdefault(stream, SpanSet())
                    if sum(part.length for part in held.add(start, stop)) < stop - start:
                        self._twice.append(f"stream {stream}: [{start}, {stop}) was stored before")
            done(written, error)

        self._store.submit(batch, answered)


class _Peer:
    """The center's end of one connection; dead with the life of the center it was made in."""

    def __init__(self, center: SimulatedCenter, core: Core, door: Door) -> None:
        self._center, self._core, self._door = center, core, door

    def received(self, message: bytes) -> None:
        """A message came in."""
        if self._center.serves(self._core):
            self._core.intake.received(self._door, message)

    def lost(self, reason: str) -> None:
        """The connection is gone."""
        if self._center.serves(self._core):
            self._core.intake.disconnected(self._door, reason)


class _Steady:
    """Center time as ``bootstrap.clock.CenterClock`` keeps it: the wall clock at the start, without steps."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._base = clock.wall() - clock.monotonic()

    def wall(self) -> Instant:
        """Center time."""
        return self._base + self._clock.monotonic()

    def monotonic(self) -> int:
        """Virtual nanoseconds since the start."""
        return self._clock.monotonic()
