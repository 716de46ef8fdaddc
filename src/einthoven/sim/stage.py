"""Plays the acts of a scenario on transmitters, on virtual or on real time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Protocol

from einthoven.base.errors import InputError
from einthoven.base.instants import SECOND
from einthoven.center.ports import Clock, Scheduler
from einthoven.link.limits import Cause
from einthoven.link.messages import Event
from einthoven.link.transmitter_session import Identity
from einthoven.sim.habits import Habits
from einthoven.sim.network import Weather
from einthoven.sim.scenario import Act, Scenario, Wearer
from einthoven.sim.sources import HeartSource, Source
from einthoven.sim.spool import MemorySpool, Spool
from einthoven.sim.transmitter import Transmitter
from einthoven.sim.wearing import Battery
from einthoven.testing.clock import DriftingClock

RIVAL_S = 10.0


class Ground(Protocol):
    """The network that acts are played on; ``name`` is a transmitter, empty: all."""

    def dial(self, transmitter: Transmitter) -> None:
        """Begin a connection."""
        ...

    def cut(self, seconds: float, name: str = "") -> None:
        """Break connections and let none through for a while."""
        ...

    def reset(self, name: str = "") -> None:
        """Break connections."""
        ...

    def stall(self, seconds: float, name: str = "") -> None:
        """Let nothing through for a while."""
        ...

    def half_open(self, name: str = "", center_notices: bool = True) -> None:
        """Break connections for one end only."""
        ...

    def set_weather(self, weather: Weather, name: str = "") -> None:
        """Change delay, jitter, width, refusals."""
        ...


class Machine(Protocol):
    """The center as acts see it."""

    def kill(self) -> None:
        """``kill -9`` and power cut at once: whatever was not fsynced is gone."""
        ...

    def restart(self) -> None:
        """Start again on what the disk holds."""
        ...

    def disk(self, state: str) -> None:
        """``"full"``, ``"error"`` or ``"well"``."""
        ...

    def step_clock(self, by: int) -> None:
        """The center's wall clock is set forward or back, ns."""
        ...


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A wearer with the stream and identity that enrollment gave."""

    wearer: Wearer
    identity: Identity


class Stage:
    """Transmitters and what happens to them.

    Args:
        scenario: what to play.
        enrolled: who takes part.
        clock, scheduler: real or virtual.
        ground: the network.
        machine: the center, where the scenario touches it; None: such acts are refused at the start.
        seed: of the transmitters.
        sources: sources by transmitter id to use instead of the wearer's heart.
        spool: makes a transmitter's spool; in memory by default.

    Attributes:
        transmitters: as worn now, by id.
        told, told_by_rivals: every event they told, before and after reboots, by id.

    Raises:
        InputError: an act that needs a center or a network which is not there.
    """

    def __init__(
        self,
        scenario: Scenario,
        enrolled: list[Enrolled],
        clock: Clock,
        scheduler: Scheduler,
        ground: Ground,
        machine: Machine | None = None,
        seed: int | None = None,
        sources: dict[str, Source] | None = None,
        spool: Callable[[Wearer], Spool] | None = None,
    ) -> None:
        self.scenario = scenario
        self.transmitters: dict[str, Transmitter] = {}
        self.told: dict[str, list[Event]] = {}
        self.told_by_rivals: dict[str, list[Event]] = {}
        self.killed: Callable[[], None] = lambda: None
        self.restarted: Callable[[], None] = lambda: None
        self._enrolled = {one.wearer.id: one for one in enrolled}
        self._scheduler, self._ground, self._machine = scheduler, ground, machine
        self._true_clock = clock
        self._chance = Random(scenario.seed if seed is None else seed)
        self._sources = {one.wearer.id: self._source(one.wearer, sources or {}) for one in enrolled}
        self._spool = spool or _memory
        self._clocks: dict[str, DriftingClock] = {}
        self._timers: list[Callable[[], None]] = []
        self._center_down = False
        if machine is None and any(act.do in CENTER_ACTS for act in scenario.acts):
            raise InputError(f"{scenario.name}: acts on the center need one that is played with it")

    def source(self, transmitter: str) -> Source:
        """What a transmitter measures."""
        return self._sources[transmitter]

    def start(self) -> None:
        """Put every transmitter on at its time and schedule every act."""
        for name, one in self._enrolled.items():
            self._later(one.wearer.start_s, lambda name=name: self._wear(name))  # type: ignore[misc]
        for act in self.scenario.acts:
            self._schedule(act, act.at_s)

    def join(self, one: Enrolled, source: Source) -> None:
        """Somebody more puts a transmitter on, now; one of that name takes the old one off."""
        self.leave(one.wearer.id)
        self._enrolled[one.wearer.id], self._sources[one.wearer.id] = one, source
        self._wear(one.wearer.id)

    def leave(self, name: str) -> None:
        """A transmitter is taken off for good, if it is worn."""
        worn = self.transmitters.pop(name, None)
        if worn is not None:
            worn.stop()

    def stop(self) -> None:
        """No act any more; every transmitter says good-bye."""
        for cancel in self._timers:
            cancel()
        for transmitter in self.transmitters.values():
            transmitter.stop()

    def _source(self, wearer: Wearer, sources: dict[str, Source]) -> Source:
        return sources.get(wearer.id) or HeartSource(self.scenario.heart(wearer), wearer.seed)

    def _wear(self, name: str, spool: Spool | None = None, cause: Cause = Cause.RESET) -> None:
        one = self._enrolled[name]
        wearer = one.wearer
        clock = self._clocks.setdefault(name, DriftingClock(self._true_clock, wearer.ppm))
        habits = Habits(
            frame_s=wearer.frame_s,
            battery=Battery(wearer.battery),
            phase_s=wearer.frame_s * self._chance.random(),
        )
        transmitter = Transmitter(
            one.identity,
            self._sources[name],
            spool or self._spool(wearer),
            clock,
            self._scheduler,
            self._ground.dial,
            self._chance.randrange(1 << 62),
            habits,
            cause,
        )
        transmitter.on_told = self.told.setdefault(name, []).append
        self.transmitters[name] = transmitter
        transmitter.start()

    def _schedule(self, act: Act, at_s: float) -> None:
        self._later(at_s, lambda: self._perform(act, at_s))

    def _perform(self, act: Act, at_s: float) -> None:
        if act.every_s:
            self._later(act.every_s, lambda: self._perform(act, at_s + act.every_s))
        if act.do in CENTER_ACTS:
            self._to_center(act)
        elif act.do in GROUND_ACTS:
            self._to_ground(act)
        else:
            for name in [act.transmitter] if act.transmitter else list(self.transmitters):
                if name in self.transmitters:
                    self._to_transmitter(act, name)

    def _to_ground(self, act: Act) -> None:
        ground, name = self._ground, act.transmitter
        if act.do == "cut":
            ground.cut(act.for_s, name)
        elif act.do == "reset":
            ground.reset(name)
        elif act.do == "stall":
            ground.stall(act.for_s, name)
        elif act.do == "half-open":
            ground.half_open(name, act.notices == "center")
        elif act.weather is not None:
            ground.set_weather(act.weather, name)

    def _to_center(self, act: Act) -> None:
        machine = self._machine
        if machine is None:
            return
        if act.do == "kill-center" and not self._center_down:
            self._center_down = True
            machine.kill()
            self.killed()
            if act.for_s:
                self._later(act.for_s, self.revive)
        elif act.do == "restart-center":
            self.revive()
        elif act.do == "clock-step":
            machine.step_clock(round(act.seconds * SECOND))
        elif act.do.startswith("disk-"):
            machine.disk(act.do.removeprefix("disk-"))
            if act.for_s:
                self._later(act.for_s, lambda: machine.disk("well"))

    def revive(self) -> None:
        """Start the center again if it is down."""
        if self._machine is not None and self._center_down:
            self._center_down = False
            self._machine.restart()
            self.restarted()

    def _to_transmitter(self, act: Act, name: str) -> None:
        transmitter = self.transmitters[name]
        if act.do == "mark":
            transmitter.press(act.symptom, act.severity, act.activity, act.text)
        elif act.do == "off":
            transmitter.switch_off(act.cause)
            if act.for_s:
                self._later(act.for_s, lambda: self._switch_on(name))
        elif act.do == "on":
            transmitter.switch_on()
        elif act.do == "reboot":
            self._reboot(name, transmitter)
        elif act.do == "rival":
            self._rival(name, act.for_s or RIVAL_S)

    def _switch_on(self, name: str) -> None:
        self.transmitters[name].switch_on()

    def _reboot(self, name: str, transmitter: Transmitter) -> None:
        """``kill -9`` of the transmitter; it starts again at once on what its spool holds."""
        spool = transmitter.spool
        transmitter.stop(goodbye=False)
        self._wear(name, spool.crash() if isinstance(spool, MemorySpool) else spool)

    def _rival(self, name: str, seconds: float) -> None:
        """A second connection with the same key, which measures the same but knows nothing."""
        one = self._enrolled[name]
        rival = Transmitter(
            one.identity,
            self._sources[name],
            MemorySpool(len(one.wearer.layout.leads)),
            DriftingClock(self._true_clock),
            self._scheduler,
            self._ground.dial,
            self._chance.randrange(1 << 62),
        )
        rival.on_told = self.told_by_rivals.setdefault(name, []).append
        rival.start()
        self._later(seconds, lambda: rival.stop(goodbye=False))

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        self._timers.append(self._scheduler.call_later(round(seconds * SECOND), act))


CENTER_ACTS = frozenset(
    {"kill-center", "restart-center", "disk-full", "disk-error", "disk-well", "clock-step"}
)
GROUND_ACTS = frozenset({"cut", "reset", "stall", "half-open", "weather"})


def _memory(wearer: Wearer) -> Spool:
    return MemorySpool(len(wearer.layout.leads), round(wearer.room_s * wearer.layout.rate_hz))
