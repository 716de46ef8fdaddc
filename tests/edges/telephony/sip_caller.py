"""A telephone of a few lines at a SIP line on real sockets: it sends what the test says, to the byte."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import uvloop
from aiosipua import SipMessage, SipResponse
from tests.edges.telephony.board import PATIENCE_S, Board

from einthoven.edges.telephony.sip_line import Plan, SipLine

HOME = ipaddress.ip_network("127.0.0.0/8")


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

    def __init__(self, port: int, call: str = "c1@pbx") -> None:
        self.sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sip.bind(("127.0.0.1", 0))
        self.sip.setblocking(False)
        self.rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.rtp.bind(("127.0.0.1", 0))
        self.rtp.setblocking(False)
        self.call = call
        self.to, self.tag, self.row = ("127.0.0.1", port), "", 0
        self.media: tuple[str, int] = ("", 0)

    def close(self) -> None:
        self.sip.close()
        self.rtp.close()

    def offer(self, formats: str = "0 8 101", way: str = "sendrecv", host: str = "127.0.0.1") -> str:
        return (
            f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
            f"m=audio {self.rtp.getsockname()[1]} RTP/AVP {formats}\r\na=rtpmap:101 telephone-event/8000\r\n"
            f"a={way}\r\n"
        )

    def send(
        self, method: str, body: str = "", branch: str = "", row: int | None = None, more: str = ""
    ) -> None:
        self.row += method not in {"ACK", "CANCEL"}
        row = self.row if row is None else row
        text = (
            f"{method} sip:center@127.0.0.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.sip.getsockname()[1]}"
            f";branch=z9hG4bK{branch or f'{method}{row}'}\r\n"
            f'From: "Jane" <sip:+15555550100@pbx>;tag=a\r\nTo: <sip:1001@127.0.0.1>{self.tag}\r\n'
            f"Call-ID: {self.call}\r\nCSeq: {row} {method}\r\nMax-Forwards: 70\r\n"
            f"Contact: <sip:pbx@127.0.0.1:{self.sip.getsockname()[1]}>\r\n"
            + more
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
        async with asyncio.timeout(PATIENCE_S):
            while True:
                one = SipMessage.parse(await loop.sock_recv(self.sip, 9000))
                if what in {getattr(one, "status_code", None), getattr(one, "method", None)}:
                    if isinstance(what, int) and one.to_addr and one.to_addr.tag and what < 300:
                        self.tag = f";tag={one.to_addr.tag}"
                    return one

    async def got_any(self) -> SipResponse:
        """The next answer that is final."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                one = SipMessage.parse(await asyncio.get_running_loop().sock_recv(self.sip, 9000))
                if isinstance(one, SipResponse) and one.status_code >= 200:
                    return one

    async def answered(self, board: Board, offer: str = "", more: str = "") -> SipMessage:
        """Call, be taken, confirm; the answer."""
        self.send("INVITE", offer or self.offer(), more=more)
        await self.got(180)
        board.only.call.answer()
        ok = await self.got(200)
        self.media = ("127.0.0.1", int(ok.text.split("m=audio ")[1].split()[0]))
        self.send("ACK", row=self.row, branch="ACK")
        return ok

    async def heard(self) -> bytes:
        """The next packet of the center's sound."""
        async with asyncio.timeout(PATIENCE_S):
            return await asyncio.get_running_loop().sock_recv(self.rtp, 2000)

    def sound(self, number: int, payload: bytes, kind: int = 0, clock: int | None = None) -> None:
        at = (number * 160 if clock is None else clock).to_bytes(4, "big")
        self.rtp.sendto(
            bytes([0x80, kind]) + number.to_bytes(2, "big") + at + b"\0\0\0\7" + payload, self.media
        )


def play(
    case: Callable[[SipLine, Board, Caller], Awaitable[None]],
    run: Callable[[Coroutine[Any, Any, None]], None] = uvloop.run,
    **how: object,
) -> None:
    """Play a case with a line; on the loop that the center runs on, if not said otherwise."""

    async def whole() -> None:
        board = how.pop("board", None) or Board()
        assert isinstance(board, Board)
        async with line(board, **how) as one:
            caller = Caller(one.port)
            try:
                await case(one, board, caller)
            finally:
                caller.close()

    run(whole())
