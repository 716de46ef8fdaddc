"""The whole center on virtual time, with seeded faults of network, disk, clock and power (R2, R8, R12, R44).

Every seed plays ``trouble``: cut and half-open networks, a center killed in the middle of a write, between
write and fsync, between fsync and acknowledgement, a full disk, a failing disk, a stepped clock, a rebooted
transmitter. A failing seed is reproduced by its number.
"""

from __future__ import annotations

import pytest
from tests.scenarios.tapes import tape

from einthoven.bootstrap.simulated import SimulatedCenter
from einthoven.sim.player import Outcome, Setting, play
from einthoven.sim.scenario import Scenario, shipped

SEEDS = range(100)
TROUBLE = shipped("trouble")


class Played:
    """A scenario played against the real parts, with the center at hand afterwards."""

    def __init__(self, scenario: Scenario, seed: int, fsync: bool = True) -> None:
        sources = {wearer.id: tape(scenario, wearer) for wearer in scenario.wearers}
        self.outcome: Outcome = play(scenario, lambda setting: self._make(setting, fsync), seed, sources)

    def _make(self, setting: Setting, fsync: bool) -> SimulatedCenter:
        self.center = SimulatedCenter(setting, fsync)
        self.streams = [one.identity.stream for one in setting.enrolled]
        return self.center

    def faults(self) -> list[str]:
        """Everything that is not as it must be."""
        looks = (self.center.blocks_differ, self.center.beats_differ, self.center.findings_differ)
        found = [f"stream {stream}: {look(stream)}" for look in looks for stream in self.streams]
        told = [line for line in found if not line.endswith(": ")]
        return [*self.outcome.failures, *self.center.stored_twice, *told]


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_or_doubled_and_every_hole_has_its_cause(seed: int) -> None:
    played = Played(TROUBLE, seed)
    assert played.faults() == []
    assert played.center.deaths > 0


def test_a_long_outage_is_made_up() -> None:
    assert Played(shipped("outage"), 1).faults() == []


def test_a_seed_plays_the_same_again() -> None:
    first, second = Played(TROUBLE, 7).outcome, Played(TROUBLE, 7).outcome
    assert (first.accounts, first.steps) == (second.accounts, second.steps)


def test_without_its_fsync_the_center_loses_samples_and_is_caught() -> None:
    failures = Played(TROUBLE, 1, fsync=False).outcome.failures
    assert any("acknowledged and are not stored" in failure for failure in failures)
