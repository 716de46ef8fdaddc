"""A transmitter over a bad network loses nothing, doubles nothing, and explains every hole."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from tests.sim.fake_center import FakeCenter

from einthoven.base.instants import SECOND
from einthoven.base.layout import Layout, Lead
from einthoven.link.identity import NO_CERTIFICATE, public_key
from einthoven.link.limits import Cause, Severity
from einthoven.link.messages import Hole, Mark, Status
from einthoven.link.transmitter_session import Identity
from einthoven.sim.habits import Habits
from einthoven.sim.network import Network, Weather
from einthoven.sim.sources import RecordSource
from einthoven.sim.spool import MemorySpool, SourceSpool, Spool
from einthoven.sim.transmitter import Transmitter
from einthoven.testing.clock import DriftingClock, VirtualClock
from einthoven.testing.scheduler import VirtualScheduler

RATE = 100
LAYOUT = Layout(float(RATE), (Lead("II"), Lead("V1")))
KEY = bytes(range(32))
RECORD = Random(5).randbytes(4 * 60_000)
SAMPLES = (np.frombuffer(RECORD, "<i2").reshape(-1, 2) // 64).astype(np.int16)


class World:
    """One transmitter, one network, one center."""

    def __init__(
        self,
        seed: int = 1,
        weather: Weather | None = None,
        ppm: float = 0.0,
        habits: Habits | None = None,
        length: int | None = None,
        window: int = 15_000,
        room: int = 1 << 40,
    ) -> None:
        self.time = VirtualScheduler(seed)
        self.clock = VirtualClock(self.time)
        self.center = FakeCenter(self.time, self.clock, {7: public_key(KEY)}, window)
        self.network = Network(self.time, lambda: self.time.now, self.center, seed, weather)
        self.habits = habits or Habits(codec=0)
        self.own = DriftingClock(self.clock, ppm)
        self.source = RecordSource(
            LAYOUT, SAMPLES if length is None else SAMPLES[:length], loop=length is None
        )
        whole = self.habits.speed is not None
        self.spool: Spool = MemorySpool(2, room) if length is None else SourceSpool(self.source, whole)
        self.transmitter = self.wear(seed)
        self.transmitter.start()

    def wear(self, seed: int, spool: Spool | None = None) -> Transmitter:
        identity = Identity("T-7", 7, KEY, NO_CERTIFICATE)
        return Transmitter(
            identity,
            self.source,
            spool or self.spool,
            self.own,
            self.time,
            self.network.dial,
            seed,
            self.habits,
        )

    def reboot(self, seed: int) -> None:
        """kill -9 of the transmitter and a new start with what its spool holds."""
        assert isinstance(self.transmitter.spool, MemorySpool)
        self.transmitter.stop(goodbye=False)
        self.transmitter = self.wear(seed, self.transmitter.spool.crash())
        self.transmitter.start()

    def settle(self) -> None:
        """Fair weather until nothing is left to send."""
        self.network.set_weather(Weather())
        self.center.restart()
        self.time.run_for(100 * SECOND)
        lanes = self.transmitter.lanes
        assert self.time.run_while(lambda: lanes.unacknowledged > 2 * RATE, 600 * SECOND)

    def reconcile(self) -> SpanTotals:
        """Every sample acquired is stored with its content, or in a declared hole; never both."""
        kept = self.center.kept[7]
        stop = kept.spans.stop
        expected = self.source.samples(0, stop)
        stored = kept.array(stop)
        holes = [event for event in kept.events if isinstance(event, Hole)]
        covered = kept.spans.copy()
        for hole in holes:
            assert not kept.spans.within(hole.sample, hole.stop)
            covered.add(hole.sample, hole.stop)
        assert not covered.missing(0, stop)
        for span in kept.spans:
            assert np.array_equal(stored[span.start : span.stop], expected[span.start : span.stop])
        return SpanTotals(
            stop, sum(hole.stop - hole.sample for hole in holes), [hole.cause for hole in holes]
        )


class SpanTotals:
    def __init__(self, stop: int, lost: int, causes: list[Cause]) -> None:
        self.stop, self.lost, self.causes = stop, lost, causes


def test_fair_weather() -> None:
    world = World()
    world.time.run_for(300 * SECOND)
    totals = world.reconcile()
    assert totals.stop >= 298 * RATE
    assert totals.lost == 0
    assert world.center.doubled == 0
    kept = world.center.kept[7]
    assert [event.number for event in kept.events] == list(range(1, len(kept.events) + 1))
    assert sum(isinstance(event, Status) for event in kept.events) >= 5


def test_live_samples_come_within_a_moment_of_their_frame() -> None:
    world = World()
    world.time.run_for(60 * SECOND)
    for (_, start), seen in world.center.first_seen.items():
        acquired = (start + RATE) * SECOND // RATE
        if start > 3 * RATE:
            assert acquired <= seen <= acquired + SECOND // 10


def test_quarter_second_frames() -> None:
    world = World(habits=Habits(codec=0, frame_s=0.25, phase_s=0.1))
    world.time.run_for(20 * SECOND)
    world.reconcile()
    assert len(world.center.first_seen) >= 75


def test_a_patient_marks_and_the_mark_is_tied_to_the_sample() -> None:
    world = World()
    world.time.run_for(30 * SECOND + SECOND // 2)
    world.transmitter.press("palpitations", Severity.MODERATE, "stairs", "two steps at a time")
    world.network.cut(20)
    world.time.run_for(5 * SECOND)
    world.transmitter.press("dizziness")
    world.settle()
    marks = [event for event in world.center.kept[7].events if isinstance(event, Mark)]
    assert [(mark.symptom, mark.sample // RATE) for mark in marks] == [
        ("palpitations", 30),
        ("dizziness", 35),
    ]
    assert marks[0].activity == "stairs"


def test_after_an_outage_the_backlog_goes_beside_live_samples() -> None:
    world = World()
    world.time.run_for(20 * SECOND)
    world.network.cut(300)
    world.time.run_for(300 * SECOND)
    assert world.time.run_while(lambda: not world.transmitter.streaming, 90 * SECOND)
    back = world.time.now
    world.time.run_for(20 * SECOND)
    assert world.transmitter.lanes.unacknowledged <= 2 * RATE
    seen = world.center.first_seen
    acquired = {start: (start + RATE) * SECOND // RATE for _, start in seen}
    late = [when - acquired[start] for (_, start), when in seen.items() if acquired[start] > back]
    assert len(late) >= 18
    assert max(late) < SECOND
    assert world.center.backlog_in_flight_max <= 15_000
    world.reconcile()


def test_a_narrow_link_is_not_clogged_by_the_backlog() -> None:
    width = 900.0  # bytes a second, live needs about 460
    world = World(weather=Weather(delay_s=0.1, up_bytes_s=width, down_bytes_s=5000))
    world.time.run_for(10 * SECOND)
    world.network.cut(120)
    world.time.run_for(130 * SECOND)
    world.time.run_while(lambda: not world.transmitter.streaming, 120 * SECOND)
    start = world.time.now + 5 * SECOND
    world.time.run_for(200 * SECOND)
    behind = [
        when - (first + RATE) * SECOND // RATE
        for (_, first), when in world.center.first_seen.items()
        if when > start and (first + RATE) * SECOND // RATE > start
    ]
    assert len(behind) > 150
    assert np.percentile(behind, 95) < 2.2 * SECOND


def test_the_clock_replies_carry_the_position() -> None:
    world = World(ppm=80)
    world.time.run_for(100 * SECOND)
    exchanges = world.center.exchanges
    assert len(exchanges) >= 9
    for _, position, sent, received in exchanges:
        low, high = ((at - world.clock.wall() + world.time.now) / SECOND * RATE for at in (sent, received))
        assert low - 1 <= position / (1 + 80e-6) <= high + 1


def test_power_off_is_a_declared_hole() -> None:
    world = World()
    world.time.run_for(20 * SECOND)
    world.transmitter.switch_off(Cause.REMOVED)
    world.time.run_for(40 * SECOND)
    assert not world.transmitter.streaming
    world.transmitter.switch_on()
    world.settle()
    totals = world.reconcile()
    assert totals.causes == [Cause.REMOVED]
    assert totals.lost == pytest.approx(40 * RATE, abs=2 * RATE)


def test_reboot_goes_on_where_time_is_and_declares_the_rest() -> None:
    world = World()
    world.time.run_for(20 * SECOND)
    world.transmitter.stop(goodbye=False)
    crashed = world.transmitter.spool.crash()  # type: ignore[attr-defined]
    world.time.run_for(15 * SECOND)
    world.transmitter = world.wear(9, crashed)
    world.transmitter.start()
    world.settle()
    totals = world.reconcile()
    assert totals.causes == [Cause.RESET]
    assert totals.lost == pytest.approx(15 * RATE, abs=2 * RATE)


def test_a_hole_that_only_the_welcome_confirmed_is_not_told_again_after_a_reboot() -> None:
    world = World(weather=Weather(delay_s=1.0))
    world.time.run_for(20 * SECOND)
    world.transmitter.switch_off(Cause.REMOVED)
    world.time.run_for(10 * SECOND)
    world.transmitter.switch_on()
    kept = world.center.kept[7]

    def stored() -> bool:
        return any(isinstance(event, Hole) for event in kept.events)

    assert world.time.run_while(lambda: not stored(), 30 * SECOND)
    world.network.cut(5)  # the acknowledgement is on its way and does not arrive
    world.time.run_for(60 * SECOND)
    world.reboot(9)
    world.settle()
    assert [cause for cause in world.reconcile().causes if cause != Cause.RESET] == [Cause.REMOVED]


def test_a_full_spool_is_a_declared_hole_and_nothing_older_is_dropped() -> None:
    world = World(room=60 * RATE)
    world.time.run_for(10 * SECOND)
    world.network.cut(100)
    world.time.run_for(100 * SECOND)
    world.settle()
    totals = world.reconcile()
    assert set(totals.causes) == {Cause.STORAGE}
    assert 30 * RATE <= totals.lost <= 110 * RATE
    assert len(totals.causes) <= 4


def test_the_newer_of_two_connections_wins_and_nothing_doubles() -> None:
    world = World()
    world.time.run_for(20 * SECOND)
    world.network.half_open("T-7", center_notices=False)
    world.time.run_for(60 * SECOND)
    world.settle()
    world.reconcile()
    stored = world.center.kept[7].spans
    assert len(stored) == 1


@pytest.mark.parametrize("speed", [20.0, 200.0])
def test_a_recorded_stream_goes_by_the_backlog_lane_within_speed_and_window(speed: float) -> None:
    length = 200 * RATE + 37
    world = World(habits=Habits(codec=0, speed=speed), length=length, window=3000)
    assert world.time.run_while(lambda: not world.transmitter.done, 100 * SECOND)
    took = world.time.now / SECOND
    assert took >= 0.9 * length / RATE / speed
    assert took <= 3 + 1.6 * length / RATE / speed + 4
    assert world.center.backlog_in_flight_max <= 3000
    kept = world.center.kept[7]
    assert kept.layout is not None
    assert kept.layout.recorded
    assert kept.spans.total == length
    assert np.array_equal(kept.array(length), SAMPLES[:length])


def test_a_record_at_natural_speed_ends_when_its_last_sample_is_acknowledged() -> None:
    length = 30 * RATE + 37
    world = World(length=length)
    assert world.time.run_while(lambda: not world.transmitter.done, 100 * SECOND)
    assert 30 * SECOND <= world.time.now <= 33 * SECOND
    assert world.center.kept[7].spans.total == length


@pytest.mark.parametrize("speed", [None, 50.0])
def test_a_record_sent_again_goes_on_where_it_stood(speed: float | None) -> None:
    length = 60 * RATE
    world = World(habits=Habits(codec=0, speed=speed), length=length)
    world.time.run_while(lambda: world.transmitter.lanes.durable.total < 10 * RATE, 100 * SECOND)
    world.transmitter.stop(goodbye=False)
    world.time.run_for(5 * SECOND)
    again = world.wear(2, SourceSpool(world.source, speed is not None))
    again.start()
    assert world.time.run_while(lambda: not again.done, 100 * SECOND)
    kept = world.center.kept[7]
    assert [tuple(span) for span in kept.spans] == [(0, length)]
    assert np.array_equal(kept.array(length), SAMPLES[:length])


def test_another_record_on_the_same_stream_is_refused() -> None:
    world = World(habits=Habits(codec=0, speed=50.0), length=20 * RATE)
    assert world.time.run_while(lambda: not world.transmitter.done, 100 * SECOND)
    world.source = RecordSource(LAYOUT, SAMPLES[100 : 20 * RATE])
    other = world.wear(3, SourceSpool(world.source, True))
    other.start()
    world.time.run_while(lambda: other.refused is None, 10 * SECOND)
    assert other.refused is not None
    assert other.refused[0].text == "layout-conflict"


@pytest.mark.parametrize("seed", range(24))
def test_nothing_is_lost_or_doubled_under_seeded_faults(seed: int) -> None:
    chance = Random(seed)
    world = World(seed, Weather(0.05, 0.1), ppm=chance.uniform(-100, 100), habits=Habits(codec=seed % 2))
    faults = {
        "cut": lambda: world.network.cut(chance.uniform(1, 60)),
        "reset": world.network.reset,
        "stall": lambda: world.network.stall(chance.uniform(1, 120)),
        "half": lambda: world.network.half_open(center_notices=chance.random() < 0.5),
        "slow": lambda: world.network.set_weather(Weather(0.2, 0.3, up_bytes_s=800.0)),
        "fair": lambda: world.network.set_weather(Weather(0.05, 0.1)),
        "kill": lambda: [world.center.kill(), world.network.center_died()],
        "restart": world.center.restart,
        "reboot": lambda: world.reboot(chance.randrange(1 << 30)),
        "off": lambda: world.transmitter.switch_off(Cause.POWER),
        "on": lambda: [world.transmitter.switch_on()],
    }
    for _ in range(25):
        world.time.run_for(round(chance.expovariate(1 / 15) * SECOND))
        faults[chance.choice(list(faults))]()
    world.transmitter.switch_on()
    world.settle()
    totals = world.reconcile()
    assert totals.stop > 100 * RATE
