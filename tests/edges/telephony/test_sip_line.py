"""A call by SIP on real sockets: it rings until a person takes it, and ends both ways."""

from __future__ import annotations

import ipaddress

import pytest
from tests.edges.telephony.board import Board
from tests.edges.telephony.sip_caller import Caller, play
from tests.sim.waiting import until

from einthoven.edges.telephony.sip_line import SipLine


def test_a_call_rings_until_it_is_taken_and_its_sound_arrives_as_it_was_sent() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        await caller.answered(board)
        assert (board.only.call.caller, board.only.call.called) == ("+15555550100", "1001")
        for i in (0, 2, 1, 4, 5, 9):
            caller.sound(i, bytes([i]) * 160)
        caller.send("BYE")
        await caller.got(200)
        await board.until(lambda: board.only.why)
        heard = board.only.timeline()
        assert heard == [-1 if i // 160 in {3, 6, 7, 8} else i // 160 for i in range(1600)]
        assert board.only.why == "the caller hung up"

    play(case)


def test_a_call_that_is_given_up_while_it_rings_ends() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        caller.send("INVITE", caller.offer())
        await caller.got(180)
        caller.send("CANCEL", row=1, branch="INVITE1")
        await caller.got(487)
        assert board.only.why == "the caller hung up before anybody took the call"

    play(case)


def test_the_center_hangs_up_and_nothing_more_is_told() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        await caller.answered(board)
        board.only.call.hang_up("done")
        await caller.got("BYE")
        # The line lets go of it at its next turn and tells nobody: looked at until it has.
        await until("the line to let go", lambda: one.counts()["open"] == 0)
        assert board.only.why is None

    play(case)


def test_one_press_is_told_once() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        await caller.answered(board)
        for i in range(6):
            caller.sound(i, bytes([5, 0x80 if i > 2 else 0, 0, 160]), kind=101, clock=1000)
        caller.sound(6, bytes([11, 0, 0, 160]), kind=101, clock=9000)
        await board.until(lambda: board.only.keys == "5#")

    play(case)


@pytest.mark.parametrize(("formats", "status"), [("18", 488), ("9 101", 488), ("0", 180), ("8", 180)])
def test_only_g711_is_taken(formats: str, status: int) -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        caller.send("INVITE", caller.offer(formats))
        await caller.got(status)
        assert len(board.calls) == (status == 180)

    play(case)


def test_busy_is_told_as_busy() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        caller.send("INVITE", caller.offer())
        await caller.got(486)
        assert one.counts()["busy"] == 1

    play(case, board=Board(most=0))


def test_who_is_not_named_hears_403_and_is_counted() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        caller.send("INVITE", caller.offer())
        await caller.got(403)
        assert one.counts()["refused"] == 1
        assert not board.calls

    play(case, peers=(ipaddress.ip_network("10.0.0.0/8"),))


def test_options_are_answered_and_an_invite_that_comes_twice_is_one_call() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        caller.send("OPTIONS", row=0)
        await caller.got(200)
        caller.tag, caller.row = "", 0
        for _ in range(3):
            caller.send("INVITE", caller.offer(), row=1)
        for _ in range(3):
            await caller.got(180)
        assert len(board.calls) == 1

    play(case)


def test_a_call_of_which_nothing_comes_is_ended_and_says_so() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        await caller.answered(board)
        await caller.got("BYE")
        assert board.only.why == "no sound came for 0 s"

    play(case, silence_s=0.3)
