"""The whole center on virtual time, with seeded faults of network, disk, clock and power (R2, R8, R12, R44).

Every seed plays ``trouble``: cut and half-open networks, a center killed in the middle of a write, between
write and fsync, between fsync and acknowledgement, a full disk, a failing disk, a stepped clock, a rebooted
transmitter. A failing seed is reproduced by its number.
"""

from __future__ import annotations

import pytest

from einthoven.bootstrap.simulated import SimulatedCenter
from einthoven.sim.player import Outcome, Setting, play
from einthoven.sim.scenario import shipped

SEEDS = range(100)


class Played:
    """A scenario played against the real parts, with the center at hand afterwards."""

    def __init__(self, name: str, seed: int, fsync: bool = True) -> None:
        self.outcome: Outcome = play(shipped(name), lambda setting: self._make(setting, fsync), seed)

    def _make(self, setting: Setting, fsync: bool) -> SimulatedCenter:
        self.center = SimulatedCenter(setting, fsync)
        self.streams = [one.identity.stream for one in setting.enrolled]
        return self.center


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_or_doubled_and_every_hole_has_its_cause(seed: int) -> None:
    played = Played("trouble", seed)
    assert played.outcome.failures == []
    assert played.center.deaths > 0
    assert [played.center.beats_differ(stream) for stream in played.streams] == [""] * len(played.streams)


def test_a_long_outage_is_made_up() -> None:
    assert Played("outage", 1).outcome.failures == []


def test_a_seed_plays_the_same_again() -> None:
    first, second = Played("trouble", 7).outcome, Played("trouble", 7).outcome
    assert (first.accounts, first.steps) == (second.accounts, second.steps)


def test_without_its_fsync_the_center_loses_samples_and_is_caught() -> None:
    failures = [
        failure for seed in range(8) for failure in Played("trouble", seed, fsync=False).outcome.failures
    ]
    assert any("acknowledged and are not stored" in failure for failure in failures)
