"""The shipped scenario of the telephone on virtual time: each patient calls, is taken, plays strips."""

from __future__ import annotations

from collections.abc import Callable

from tests.edges.telephony.board import Board, Heard
from tests.telephone.calls import strips

from einthoven.base.instants import SECOND
from einthoven.center.call_ports import LineCall
from einthoven.sim.caller import Caller, prepared
from einthoven.sim.caller_script import CallerScript
from einthoven.sim.caller_ways import DirectWay
from einthoven.sim.scenario import shipped
from einthoven.telephone import g711
from einthoven.telephone.receiver import Event, Receiver
from einthoven.testing.clock import VirtualClock
from einthoven.testing.scheduler import VirtualScheduler

TAKEN_S = 6.0
HOUSE = shipped("telephone")


class Attended(Board):
    """A board at which somebody takes each call after some seconds."""

    def __init__(self, time: VirtualScheduler) -> None:
        super().__init__()
        self.time = time

    def rings(self, call: LineCall) -> int:
        self.time.call_later(round(TAKEN_S * SECOND), call.answer)
        return super().rings(call)


def played() -> dict[str, Heard]:
    """The first call of each patient, by their number."""
    time = VirtualScheduler(HOUSE.seed)
    clock, board = VirtualClock(time), Attended(time)

    def dials(script: CallerScript) -> Callable[[], None]:
        made = prepared(script, HOUSE.caller_heart(script), "402718", 1)
        return Caller(script, made, "402718", DirectWay(board, "+15555550100"), clock, time).dial

    for script in HOUSE.callers:
        time.call_later(round(script.at_s * SECOND), dials(script))
    time.run_until(round(HOUSE.duration_s * SECOND))
    return {one.call.caller: one for one in board.calls.values()}


def test_every_patient_of_the_scenario_is_heard() -> None:
    calls = played()
    for script in HOUSE.callers:
        heard = calls[script.telephone]
        assert heard.why == "the caller hung up"
        assert heard.keys == ("402718" if script.code else "")
        receiver, events = Receiver(8000), list[Event]()
        for part in heard.parts:
            if isinstance(part, int):
                events += receiver.lose(part)
            else:
                events += receiver.feed(g711.decode(part, "mu"))
        told = strips(events + receiver.end())
        assert len(told) == len(script.strips)
        for one, wanted in zip(told, script.strips, strict=True):
            assert one.summary.scale.hz_per_mv is not None
            assert abs(one.summary.samples / 250 - wanted.seconds) < 2.0
        assert (heard.lost > 0) == (script.trouble.loss > 0)
