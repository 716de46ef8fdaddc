"""Transmitters of the demo that are in stock, and a stage that somebody joins and leaves."""

from __future__ import annotations

from typing import Any, cast

from einthoven.link.transmitter_session import Identity
from einthoven.sim import demo as play
from einthoven.sim.stage import Enrolled, Ground, Stage
from einthoven.testing.clock import VirtualClock
from einthoven.testing.scheduler import VirtualScheduler


class NoNetwork:
    """Notes who dials."""

    def __init__(self) -> None:
        self.dialled: list[Any] = []

    def dial(self, transmitter: Any) -> None:
        self.dialled.append(transmitter)


def test_spare_transmitters_have_names_and_hearts_of_their_own() -> None:
    spare = play.spare(7)
    assert len({one.wearer.id for one in spare}) == len({one.wearer.seed for one in spare}) == 7
    assert not {one.wearer.id for one in spare} & {one.wearer.id for one in play.plan(64).patients}
    assert play.spare(7)[3].wearer == spare[3].wearer


def test_somebody_joins_a_stage_that_plays_and_takes_it_off_again() -> None:
    demo, time, network = play.plan(1), VirtualScheduler(), NoNetwork()
    stage = Stage(demo.scenario, [], VirtualClock(time), time, cast("Ground", network))
    stage.start()
    (one,) = play.spare(1)
    stage.join(Enrolled(one.wearer, Identity(one.wearer.id, 5, b"k" * 32, bytes(32))), one.source)
    assert stage.transmitters[one.wearer.id].identity.stream == 5
    stage.leave(one.wearer.id)
    stage.leave(one.wearer.id)
    assert stage.transmitters == {}
