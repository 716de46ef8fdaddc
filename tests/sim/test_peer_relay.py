"""A stream that is sent on to another center: the very samples once they are here."""

from __future__ import annotations

import numpy as np
import pytest
from tests.sim.fake_center import FakeCenter

from einthoven.base.instants import SECOND, Instant
from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.base.spans import SpanSet
from einthoven.center.ports import StreamEvent, Window
from einthoven.link.identity import NO_CERTIFICATE, public_key
from einthoven.link.messages import Hole, Mark
from einthoven.link.transmitter_session import Identity
from einthoven.sim.network import Network, Weather
from einthoven.sim.peer_relay import Relay
from einthoven.testing.clock import VirtualClock
from einthoven.testing.scheduler import VirtualScheduler

RATE = 100
LAYOUT = Layout(float(RATE), (Lead("II"), Lead("V1")))
KEY = bytes(range(32))
BASE = 5_000
LATE_S = 2
"""How long after it was acquired a sample is in the picture here."""


class Ward:
    """A stream here: samples that follow from their index, two seconds late, with holes."""

    def __init__(self, clock: VirtualClock, began: Instant) -> None:
        self.clock, self.began = clock, began
        self.missing = SpanSet()

    def front(self) -> int:
        late = max(0, self.clock.wall() - self.began - LATE_S * SECOND)
        return BASE + late * RATE // SECOND

    def acquired(self, sample: int) -> Instant:
        return self.began + (sample - BASE) * SECOND // RATE

    def samples(self, start: int, stop: int) -> np.ndarray:
        at = np.arange(start, stop)
        return np.stack([at % 1000, -(at % 777)], axis=1).astype(np.int16)

    def recent(self, start: int, stop: int) -> Window:
        samples = self.samples(start, stop)
        present = list(self.missing.missing(max(start, self.front() - 20 * RATE), stop))
        held = SpanSet(present)
        for low, high in held.missing(start, stop):
            samples[low - start : high - start] = INVALID_SAMPLE
        return Window(start, samples, present)


class World:
    def __init__(self, seed: int = 1, weather: Weather | None = None) -> None:
        self.time = VirtualScheduler(seed)
        self.clock = VirtualClock(self.time)
        self.center = FakeCenter(self.time, self.clock, {7: public_key(KEY)})
        self.network = Network(self.time, lambda: self.time.now, self.center, seed, weather)
        self.ward = Ward(self.clock, self.clock.wall())
        self.relay = self.start(seed)

    def start(self, seed: int) -> Relay:
        identity = Identity("center-1.s000003", 7, KEY, NO_CERTIFICATE)
        clock, dial = self.clock, self.network.dial
        relay = Relay(identity, LAYOUT, 99, BASE, self.ward, clock, self.time, dial, seed)
        relay.start()
        return relay

    def run(self, seconds: float) -> None:
        self.time.run_for(round(seconds * SECOND))

    def reconcile(self) -> SpanSet:
        """What is there is what is here, sample for sample; what is not is declared."""
        kept = self.center.kept[7]
        stop = kept.spans.stop
        stored, expected = kept.array(stop), self.ward.samples(BASE, BASE + stop)
        for span in kept.spans:
            assert np.array_equal(stored[span.start : span.stop], expected[span.start : span.stop])
        covered = kept.spans.copy()
        for hole in kept.events:
            if isinstance(hole, Hole):
                covered.add(hole.sample, hole.stop)
        assert list(covered.missing(0, stop)) == []
        return kept.spans


def test_the_very_samples_are_there_seconds_after_they_are_here() -> None:
    world = World()
    world.run(30)
    spans = world.reconcile()
    assert spans.total >= (30 - LATE_S - 3) * RATE
    [kept] = list(spans)
    assert kept.start == 0


def test_the_other_center_dates_them_as_the_patients_transmitter_does() -> None:
    world = World()
    world.run(60)
    for _stream, position, wall, _server in world.center.exchanges:
        assert abs(world.ward.acquired(BASE) + position * SECOND / RATE - wall) < SECOND // 5


def test_what_is_missing_here_is_a_hole_there() -> None:
    world = World()
    world.ward.missing.add(BASE + 400, BASE + 700)
    world.run(30)
    assert list(world.reconcile().missing(0, 1000)) == [(400, 700)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_bad_network_loses_nothing(seed: int) -> None:
    world = World(seed)
    world.run(5)
    world.network.cut(40)
    world.run(120)
    world.network.cut(5)
    world.run(60)
    spans = world.reconcile()
    assert spans.total >= (185 - LATE_S - 10) * RATE


def test_a_restart_goes_on_and_tells_what_was_missed() -> None:
    world = World()
    world.run(20)
    world.relay.stop(goodbye=False)
    world.run(10)
    world.relay = world.start(2)
    world.run(20)
    spans = world.reconcile()
    assert len(list(spans)) == 2
    [missed] = list(spans.missing(0, spans.stop))
    assert 9 * RATE <= missed.stop - missed.start <= 13 * RATE


def test_a_mark_goes_with_the_stream() -> None:
    world = World()
    world.run(10)
    body: dict[str, object] = {"symptom": "palpitations", "severity": "severe", "activity": "", "text": "now"}
    world.relay.event(StreamEvent(3, 4, "mark", BASE + 600, world.clock.wall(), body))
    world.run(5)
    [mark] = [one for one in world.center.kept[7].events if isinstance(one, Mark)]
    assert (mark.sample, mark.symptom, mark.severity.name) == (600, "palpitations", "SEVERE")
