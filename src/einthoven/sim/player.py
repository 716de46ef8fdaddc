"""Plays a scenario on virtual time against a center, and judges what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

import numpy as np

from einthoven.base.instants import SECOND
from einthoven.base.spans import SpanSet
from einthoven.center.intake_world import as_fact
from einthoven.center.ports import StreamEvent
from einthoven.link.identity import NO_CERTIFICATE, public_key
from einthoven.link.transmitter_session import Identity
from einthoven.sim.network import Door, Network, Weather
from einthoven.sim.scenario import Expectation, Scenario
from einthoven.sim.sources import I16, Source
from einthoven.sim.stage import Enrolled, Machine, Stage
from einthoven.sim.transmitter import Transmitter
from einthoven.testing.clock import VirtualClock
from einthoven.testing.scheduler import VirtualScheduler

COMPARE_S = 60
"""Stored samples are compared with their source in pieces of this many seconds."""
SETTLE_MAX_S = 3600.0


class SimCenter(Door, Machine, Protocol):
    """A whole center on virtual time, as the player needs it."""

    def stored(self, stream: int) -> SpanSet:
        """What is durable of a stream."""
        ...

    def read(self, stream: int, start: int, stop: int) -> I16:
        """Durable samples ``[start, stop)``, int16[n, leads]."""
        ...

    def holes(self, stream: int) -> list[tuple[int, int, str]]:
        """Declared holes: start, stop, cause (lower case, e.g. ``"power"``)."""
        ...

    def marks(self, stream: int) -> list[tuple[int, str]]:
        """Marks: sample and symptom."""
        ...

    def events(self, stream: int) -> Sequence[StreamEvent]:
        """Every event that is stored."""
        ...


@dataclass(frozen=True, slots=True)
class Setting:
    """What a center is made from.

    Attributes:
        time, clock: virtual.
        enrolled: every wearer; ``wearer.layout`` is as enrolled.
        keys: public key by stream.
        seed: for faults of its own.
    """

    time: VirtualScheduler
    clock: VirtualClock
    enrolled: list[Enrolled]
    keys: dict[int, bytes]
    seed: int


@dataclass(frozen=True, slots=True)
class Account:
    """What became of one transmitter's samples.

    Attributes:
        acquired: samples it should account for.
        stored, lost: samples stored, and in declared holes.
        causes: causes of the holes.
        dials: connections it tried.
    """

    acquired: int
    stored: int
    lost: int
    causes: tuple[str, ...]
    dials: int


@dataclass(slots=True)
class Outcome:
    """How a scenario ended; ``failures`` is empty when all was as it must be."""

    seed: int
    failures: list[str] = field(default_factory=list)
    accounts: dict[str, Account] = field(default_factory=dict)
    steps: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return not self.failures


def play(
    scenario: Scenario,
    make: Callable[[Setting], SimCenter],
    seed: int | None = None,
    sources: dict[str, Source] | None = None,
) -> Outcome:
    """Play a scenario from start to end on virtual time.

    Beyond the scenario's own expectations it is always checked that no sample is acknowledged but not stored
    after a crash of the center, and that at the end every sample is stored with its content or lies in a
    declared hole, never both; and that every event a transmitter told is stored once.

    Args:
        scenario: what to play.
        make: builds the center.
        seed: instead of the scenario's.
        sources: what transmitters measure, by their id, instead of their wearer's heart.
    """
    return _Player(scenario, make, scenario.seed if seed is None else seed, sources or {}).run()


class _Player:
    def __init__(
        self,
        scenario: Scenario,
        make: Callable[[Setting], SimCenter],
        seed: int,
        sources: dict[str, Source],
    ) -> None:
        chance = Random(seed)
        self._scenario = scenario
        self._outcome = Outcome(seed)
        self._time = VirtualScheduler(chance.randrange(1 << 62))
        clock = VirtualClock(self._time)
        self._enrolled = []
        keys = {}
        for number, wearer in enumerate(scenario.wearers):
            key = chance.randbytes(32)
            keys[number + 1] = public_key(key)
            self._enrolled.append(Enrolled(wearer, Identity(wearer.id, number + 1, key, NO_CERTIFICATE)))
        self._streams = {one.wearer.id: one.identity.stream for one in self._enrolled}
        setting = Setting(self._time, clock, self._enrolled, keys, chance.randrange(1 << 62))
        self._center = make(setting)
        self._network = Network(
            self._time, lambda: self._time.now, self._center, chance.randrange(1 << 62), scenario.weather
        )
        self._stage = Stage(
            scenario,
            self._enrolled,
            clock,
            self._time,
            self._network,
            self._center,
            chance.randrange(1 << 62),
            sources,
        )
        self._stage.killed = self._network.center_died
        self._stage.restarted = self._check_durable

    def run(self) -> Outcome:
        stage, time = self._stage, self._time
        stage.start()
        timed = [one for one in self._scenario.expectations if one.at_s is not None]
        for one in sorted(timed, key=lambda one: one.at_s or 0.0):
            time.run_until(round((one.at_s or 0.0) * SECOND))
            self._judge(one)
        time.run_until(round(self._scenario.duration_s * SECOND))
        self._settle()
        for name in stage.transmitters:
            self._reconcile(name)
        for one in self._scenario.expectations:
            if one.at_s is None:
                self._judge(one)
        self._outcome.steps = time.steps
        return self._outcome

    def _settle(self) -> None:
        """Fair weather, everything switched on, until nothing is on the way any more."""
        self._network.set_weather(Weather())
        for name in self._stage.transmitters:
            self._network.set_weather(Weather(), name)
        self._center.disk("well")
        self._stage.revive()
        for transmitter in self._stage.transmitters.values():
            transmitter.switch_on()
        self._time.run_for(round(self._scenario.settle_s * SECOND))
        for transmitter in self._stage.transmitters.values():
            transmitter.rest()
        open_ = self._stage.transmitters
        limit = round(SETTLE_MAX_S * SECOND)
        if not self._time.run_while(lambda: not all(_settled(one) for one in open_.values()), limit):
            for name, transmitter in open_.items():
                if not _settled(transmitter):
                    left = transmitter.lanes.unacknowledged
                    self._fail(
                        name, f"{left} samples and {len(transmitter.outbox.pending)} events left unsent"
                    )

    def _fail(self, name: str, what: str) -> None:
        at = self._time.now / SECOND
        self._outcome.failures.append(f"{self._scenario.name}: at {at:.3f} s: {name}: {what}")

    def _check_durable(self) -> None:
        """After a crash of the center: what it acknowledged, it has."""
        for name, transmitter in self._stage.transmitters.items():
            stored = self._center.stored(self._streams[name])
            for span in transmitter.lanes.durable:
                for gap in stored.missing(span.start, span.stop):
                    self._fail(
                        name, f"samples [{gap.start}, {gap.stop}) were acknowledged and are not stored"
                    )

    def _reconcile(self, name: str) -> None:
        transmitter, stream = self._stage.transmitters[name], self._streams[name]
        acquired = transmitter.lanes.acquired
        stored = self._center.stored(stream)
        holes = self._center.holes(stream)
        accounted = stored.copy()
        for start, stop, cause in holes:
            for span in stored.within(start, stop):
                self._fail(name, f"[{span.start}, {span.stop}) is stored and in a hole ({cause})")
            accounted.add(start, stop)
        for gap in accounted.missing(0, acquired):
            self._fail(name, f"samples [{gap.start}, {gap.stop}) are lost without a cause")
        if stored.stop > acquired:
            self._fail(name, f"samples up to {stored.stop} are stored, {acquired} were acquired")
        self._compare(name, stream, stored)
        self._count_events(name, stream)
        self._outcome.accounts[name] = Account(
            acquired,
            stored.total,
            sum(stop - start for start, stop, _ in holes),
            tuple(cause for _, _, cause in holes),
            transmitter.counters.dials,
        )

    def _compare(self, name: str, stream: int, stored: SpanSet) -> None:
        source = self._stage.source(name)
        piece = round(COMPARE_S * source.layout.rate_hz)
        for span in stored:
            for start in range(span.start, span.stop, piece):
                stop = min(start + piece, span.stop)
                if not np.array_equal(self._center.read(stream, start, stop), source.samples(start, stop)):
                    self._fail(name, f"samples [{start}, {stop}) are stored with another content")

    def _count_events(self, name: str, stream: int) -> None:
        """Every event that was told and acknowledged is stored once; nothing is stored that nobody told.

        A repeat may be stored where a rival took over: an event may then be durable or not, and goes again.
        """
        stored = Counter(_content(event) for event in self._center.events(stream))
        told = Counter(_content(as_fact(stream, event, 0)) for event in self._stage.told[name])
        rivals = self._stage.told_by_rivals.get(name, [])
        others = Counter(_content(as_fact(stream, event, 0)) for event in rivals)
        for event, often in told.items():
            if stored[event] < often or (stored[event] > often and not rivals):
                self._fail(name, f"event {event} was told {often} times and is stored {stored[event]} times")
        for event in stored.keys() - told.keys() - others.keys():
            self._fail(name, f"event {event} is stored and nobody told it")

    def _judge(self, one: Expectation) -> None:
        names = [one.transmitter] if one.transmitter else list(self._stage.transmitters)
        for name in names:
            transmitter = self._stage.transmitters.get(name)
            if transmitter is None:
                self._fail(name, f"line {one.line}: not put on yet")
                continue
            value = self._value(one.what, name, transmitter)
            if one.at_least is not None and value < one.at_least:
                self._fail(name, f"line {one.line}: {one.what} is {value:g}, want at least {one.at_least:g}")
            if one.at_most is not None and value > one.at_most:
                self._fail(name, f"line {one.line}: {one.what} is {value:g}, want at most {one.at_most:g}")
            if one.causes is not None:
                found = {cause for _, _, cause in self._center.holes(self._streams[name])}
                if found != set(one.causes):
                    self._fail(name, f"line {one.line}: causes {sorted(found)}, want {sorted(one.causes)}")

    def _value(self, what: str, name: str, transmitter: Transmitter) -> float:
        stream, rate = self._streams[name], transmitter.source.layout.rate_hz
        if what == "stored":
            return self._center.stored(stream).total / rate
        if what == "behind":
            return transmitter.lanes.unacknowledged / rate
        if what == "acknowledged":
            return transmitter.lanes.durable.total / rate
        if what == "connected":
            return float(transmitter.streaming)
        if what == "marks":
            return float(len(self._center.marks(stream)))
        if what == "holes":
            return sum(stop - start for start, stop, _ in self._center.holes(stream)) / rate
        return float(transmitter.counters.dials)


def _content(event: StreamEvent) -> tuple[str, int, str]:
    return event.kind, event.sample, repr(sorted(event.body.items()))


def _settled(transmitter: Transmitter) -> bool:
    return transmitter.lanes.done and not transmitter.outbox.pending
