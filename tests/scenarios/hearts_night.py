"""A night whose hearts are whole: samples, frames, network, store and analysis, and people at the desk.

``sim.night_player`` plays the people, ``sim.stage`` the transmitters, ``bootstrap.simulated`` is the center
up to its analysis; the desk of the night stands on that instead of on findings which a script tells.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from random import Random
from typing import Any

from tests.scenarios.tapes import tape

from einthoven.base.ids import StreamId, parse_stream
from einthoven.base.instants import Instant
from einthoven.bootstrap.simulated import SimulatedCenter
from einthoven.center.analysed import Analysed
from einthoven.center.found import LiveFinding
from einthoven.link.identity import NO_CERTIFICATE, public_key
from einthoven.link.transmitter_session import Identity
from einthoven.sim.network import Network
from einthoven.sim.night import Night
from einthoven.sim.night_center import Hearts
from einthoven.sim.night_player import NightPlayer, Played
from einthoven.sim.player import Setting
from einthoven.sim.scenario import Scenario
from einthoven.sim.stage import Enrolled, Stage
from einthoven.sim.station import Entity
from einthoven.testing.clock import VirtualClock
from einthoven.testing.scheduler import VirtualScheduler


class WholeHearts(Hearts):
    """What the analysis of a whole center finds in what transmitters send it.

    Args:
        scenario: who wears what, and what their hearts do.
        time, clock: of the night.
    """

    def __init__(self, scenario: Scenario, time: VirtualScheduler, clock: VirtualClock) -> None:
        super().__init__(clock.wall())
        chance = Random(scenario.seed)
        enrolled, keys = [], {}
        for stream, wearer in enumerate(scenario.wearers, 1):
            key = chance.randbytes(32)
            keys[stream] = public_key(key)
            enrolled.append(Enrolled(wearer, Identity(wearer.id, stream, key, NO_CERTIFICATE)))
        self.center = SimulatedCenter(Setting(time, clock, enrolled, keys, chance.randrange(1 << 62)))
        network = Network(time, lambda: time.now, self.center, chance.randrange(1 << 62), scenario.weather)
        sources = {wearer.id: tape(scenario, wearer) for wearer in scenario.wearers}
        self.stage = Stage(
            scenario, enrolled, clock, time, network, self.center, chance.randrange(1 << 62), sources
        )
        self._follow: Callable[[], list[int]] = self.center.core.ward.boards.follow()

    def all_changed(self) -> None:
        """A new life of the desk asks for everything."""
        self._follow = self.center.core.ward.boards.follow()

    def findings(self, stream: StreamId) -> Sequence[LiveFinding]:
        """Open ones and those that ended lately."""
        return self.center.core.ward.boards.findings(stream)

    def changed(self) -> Iterable[StreamId]:
        """Streams of which something changed since the last call."""
        return self._follow()

    def reach(self, stream: StreamId, one: LiveFinding) -> int | None:
        """Up to which sample an open finding is known to last, as a running center asks."""
        ward = self.center.core.ward
        return Analysed(ward.vitals, ward.beats)(stream, one)

    def time_of(self, stream: StreamId, sample: float) -> Instant | None:
        """Center time at which a sample was acquired, as the link's clock fit says."""
        return self.center.core.time_of(stream, sample)

    def state(self, stream: StreamId, now: Instant) -> Mapping[str, Any] | None:
        """A transmitter's state, as the census tells it."""
        return self.center.core.census.state(stream, now)


class HeartsPlayer(NightPlayer):
    """A night of whole hearts.

    Args:
        night: the people.
        scenario: the hearts; patient n of the night wears its transmitter n.
        noise: of whom a technician sees that what was found is artefact.
    """

    whole: WholeHearts

    def __init__(self, night: Night, scenario: Scenario, noise: Collection[StreamId]) -> None:
        def hearts(time: VirtualScheduler, clock: VirtualClock) -> WholeHearts:
            self.whole = WholeHearts(scenario, time, clock)
            return self.whole

        self._noise = noise
        super().__init__(night, hearts=hearts)
        self.whole.center.core.listeners.append(self.center.mark)

    def truth(self, case: Entity) -> str:
        """What a technician sees on the strip."""
        return "artefact" if parse_stream(case["stream"]) in self._noise else "true"

    def play(self) -> Played:
        """Play people and hearts to the end of the night."""
        self.whole.stage.start()
        return super().play()
