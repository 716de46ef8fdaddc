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
from einthoven.base.spans import SpanSet
from einthoven.bootstrap.core import Core, CoreWorld
from einthoven.center.enroll import enroll
from einthoven.center.intake_world import Door, IntakeConfig
from einthoven.center.ports import BlockStore, Clock, Connection
from einthoven.ecg.analyze import analyze
from einthoven.edges.store.commit import GroupCommit
from einthoven.edges.store.log import LogSettings, LogWriter
from einthoven.edges.store.stats import StoreStats
from einthoven.edges.store.store import StoreSettings
from einthoven.edges.store.tracker import SealTimes
from einthoven.link.blocks import SampleBatch
from einthoven.sim.player import Setting
from einthoven.testing.disk import ForgetfulDisk, PowerCutError
from einthoven.testing.facts import MemoryFacts

TURN: Duration = 50 * MILLISECOND
STEP: Duration = 100 * MILLISECOND
SEAL: Duration = SECOND
SAVE: Duration = 20 * SECOND
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
    """

    def __init__(self, setting: Setting, fsync: bool = True) -> None:
        self._setting = setting
        self._chance = Random(setting.seed)
        self._disk = ForgetfulDisk(self._chance.randrange(1 << 62))
        self._disk.syncing = fsync
        self._roomy = self._disk.capacity
        self._state = "well"
        self._facts = MemoryFacts()
        self._timers: dict[str, Callable[[], None]] = {}
        self._alive = False
        self.deaths = 0
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
        return self._group

    def _to_ward(self, samples: SampleBatch) -> None:
        self._waiting.append(samples)

    def kill(self) -> None:
        """Power cut, by chance in the middle of the next writes; what was not fsynced goes, or part of it."""
        if not self._alive:
            return
        self._disk.cut_power_at(self._chance.randrange(1, LAST_ACTS_MAX))
        with contextlib.suppress(PowerCutError):
            for act in (self._turn, self._step, self._seal, self._save):
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
        if self._state == "error" and self._chance.random() < 0.5:
            self._disk.fail(self._chance.choice(["write", "sync"]))
        self._core.intake.turn()
        self._group.flush()

    def _step(self) -> None:
        batches, self._waiting = self._waiting, []
        now = self._setting.clock.wall()
        self._core.step(batches, now)
        with contextlib.suppress(StoreError):
            self._core.catch_up(now)

    def _seal(self) -> None:
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

    def beats_differ(self, stream: StreamId) -> str:
        """Compare live beats, sealed and not, with the analysis of all that is stored; what differs."""
        while self._core.catch_up(0):
            pass
        layout = self._facts.stream(stream)
        assert layout is not None
        stored = self.stored(stream)
        if not stored:
            return ""
        window = self._core.store.reader.read(stream, 0, stored.stop)
        want = analyze(window.samples, layout.layout, present=list(window.present)).beats["sample"]
        sealed = self._core.store.reader.beats(stream, 0, stored.stop)["sample"]
        live = self._core.ward.beats(stream, 0, stored.stop)["sample"]
        have = np.unique(np.concatenate([sealed, live]))
        settled = have[have < stored.stop - 15 * layout.layout.rate_hz]
        expected = want[want < stored.stop - 15 * layout.layout.rate_hz]
        if np.array_equal(settled, expected):
            return ""
        return f"beats differ near {np.setxor1d(settled, expected)[:5].tolist()}"


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
