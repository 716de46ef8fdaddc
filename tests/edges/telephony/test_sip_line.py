"""A call by SIP on real sockets: it rings until a person takes it, and ends both ways."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiosipua import SipMessage
from tests.edges.telephony.board import Board

from einthoven.edges.telephony.sip_line import Plan, SipLine

WAIT_S = 20.0
HOME = ipaddress.ip_network("127.0.0.0/8")


async def until(held: Callable[[], object]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not held():  # noqa: ASYNC110 - what is waited for is no event of ours
            await asyncio.sleep(0.005)


@asynccontextmanager
async def line(board: Board, **how: object) -> AsyncIterator[SipLine]:
    one = SipLine(Plan("127.0.0.1", 0, how.pop("peers", (HOME,)), ports=(42000, 42099), **how), board)  # type: ignore[arg-type]
    await one.start()
    try:
        yield one
    finally:
        await one.stop()


class Caller:
    """A telephone of a few lines: sends what it is told to, and reads what comes."""

    def __init__(self, port: int) -> None:
        self.sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sip.bind(("127.0.0.1", 0))
        self.sip.setblocking(False)
        self.rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.rtp.bind(("127.0.0.1", 0))
        self.rtp.setblocking(False)
        self.to, self.tag, self.row = ("127.0.0.1", port), "", 0
        self.media: tuple[str, int] = ("", 0)

    def close(self) -> None:
        self.sip.close()
        self.rtp.close()

    def offer(self, formats: str = "0 8 101") -> str:
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {self.rtp.getsockname()[1]} RTP/AVP {formats}\r\na=rtpmap:101 telephone-event/8000\r\n"
        )

    def send(self, method: str, body: str = "", branch: str = "", row: int | None = None) -> None:
        self.row += method not in {"ACK", "CANCEL"}
        row = self.row if row is None else row
        text = (
            f"{method} sip:center@127.0.0.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.sip.getsockname()[1]}"
            f";branch=z9hG4bK{branch or f'{method}{row}'}\r\n"
            f'From: "Jane" <sip:+15555550100@pbx>;tag=a\r\nTo: <sip:1001@127.0.0.1>{self.tag}\r\n'
            f"Call-ID: c1@pbx\r\nCSeq: {row} {method}\r\nMax-Forwards: 70\r\n"
            f"Contact: <sip:pbx@127.0.0.1:{self.sip.getsockname()[1]}>\r\n"
            + (
                f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}"
                if body
                else "\r\n"
            )
        )
        self.sip.sendto(text.encode(), self.to)

    async def got(self, what: int | str) -> SipMessage:
        """The next message that is this status, or this request; others are passed over."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(WAIT_S):
            while True:
                one = SipMessage.parse(await loop.sock_recv(self.sip, 9000))
                if what in {getattr(one, "status_code", None), getattr(one, "method", None)}:
                    if isinstance(what, int) and one.to_addr and one.to_addr.tag and what < 300:
                        self.tag = f";tag={one.to_addr.tag}"
                    return one

    async def answered(self, board: Board) -> None:
        self.send("INVITE", self.offer())
        await self.got(180)
        board.only.call.answer()
        ok = await self.got(200)
        self.media = ("127.0.0.1", int(ok.text.split("m=audio ")[1].split()[0]))
        self.send("ACK", row=1, branch="ACK")

    def sound(self, number: int, payload: bytes, kind: int = 0, clock: int | None = None) -> None:
        at = (number * 160 if clock is None else clock).to_bytes(4, "big")
        self.rtp.sendto(
            bytes([0x80, kind]) + number.to_bytes(2, "big") + at + b"\0\0\0\7" + payload, self.media
        )


def play(case: Callable[[SipLine, Board, Caller], Awaitable[None]], **how: object) -> None:
    async def whole() -> None:
        board = how.pop("board", None) or Board()
        assert isinstance(board, Board)
        async with line(board, **how) as one:
            caller = Caller(one.port)
            try:
                await case(one, board, caller)
            finally:
                caller.close()

    asyncio.run(whole())


def test_a_call_rings_until_it_is_taken_and_its_sound_arrives_as_it_was_sent() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        await caller.answered(board)
        assert (board.only.call.caller, board.only.call.called) == ("+15555550100", "1001")
        for i in (0, 2, 1, 4, 5, 9):
            caller.sound(i, bytes([i]) * 160)
        caller.send("BYE")
        await caller.got(200)
        await until(lambda: board.only.why)
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
        await until(lambda: one.counts()["open"] == 0)
        assert board.only.why is None

    play(case)


def test_one_press_is_told_once() -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        await caller.answered(board)
        for i in range(6):
            caller.sound(i, bytes([5, 0x80 if i > 2 else 0, 0, 160]), kind=101, clock=1000)
        caller.sound(6, bytes([11, 0, 0, 160]), kind=101, clock=9000)
        await until(lambda: board.only.keys == "5#")

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
