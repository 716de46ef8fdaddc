"""A simulated caller over real sockets, a media stream and SIP; its time runs faster than ours."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from itertools import pairwise

from aiortp.packet import RtpPacket
from aiosipua import IncomingCall, SipUAS, UdpSipTransport, negotiate_sdp
from tests.edges.telephony.board import Board, Heard
from tests.sim.test_caller import HOUSE, ROSA, short
from tests.telephone.calls import strips

from einthoven.base.instants import SECOND, Instant
from einthoven.edges.telephony.media import MediaServer
from einthoven.edges.telephony.media_lines import MediaLine
from einthoven.sim.caller import Caller, Way, prepared
from einthoven.sim.caller_script import Playback, Trouble
from einthoven.sim.caller_ways import MediaWay, SipWay
from einthoven.telephone import g711
from einthoven.telephone.receiver import Event, Receiver

FASTER = 20
SECRET = "a-secret-of-more-than-24-letters"
SCRIPT = short(ROSA, voice_s=0.5, strips=(Playback(2.0, 10.0),), hang_up_s=1.0)


class Hurry:
    """A clock and a scheduler that run faster."""

    def wall(self) -> Instant:
        return time.time_ns()

    def monotonic(self) -> int:
        return time.monotonic_ns() * FASTER

    def call_later(self, delay: int, act: Callable[[], None]) -> Callable[[], None]:
        return asyncio.get_running_loop().call_later(delay / SECOND / FASTER, act).cancel


async def called(way: Way, code: str = "402718", trouble: Trouble | None = None) -> str:
    """A whole call; why it ended."""
    script = short(SCRIPT, strips=SCRIPT.strips, code=True, trouble=trouble or Trouble())
    hurry, over = Hurry(), asyncio.Event()
    caller = Caller(script, prepared(script, HOUSE.caller_heart(script), code, 1), code, way, hurry, hurry)
    caller.done = over.set
    caller.dial()
    async with asyncio.timeout(60):
        await over.wait()
    return caller.why


def received(heard: Heard) -> int:
    """How many strips came."""
    receiver, events = Receiver(8000), list[Event]()
    for part in heard.parts:
        events += receiver.lose(part) if isinstance(part, int) else receiver.feed(g711.decode(part, "mu"))
    return len(strips(events + receiver.end()))


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - what is waited for is told to nobody
            await asyncio.sleep(0.005)


def test_a_media_stream() -> None:
    board = Board()

    async def go() -> None:
        server = MediaServer(board, (MediaLine("service", secret=SECRET),))
        await server.start("127.0.0.1", 0, None)
        url = f"ws://127.0.0.1:{server.port}/media/{SECRET}"
        assert await called(MediaWay(url, "+15555550100"), trouble=Trouble(loss=0.01)) == "the caller hung up"
        await until(lambda: board.only.why)
        await server.stop()

    asyncio.run(go())
    heard = board.only
    assert (heard.call.caller, heard.call.called, heard.keys) == (ROSA.telephone, "+15555550100", "402718")
    assert received(heard) == 1
    assert heard.lost > 0


def test_nobody_listens() -> None:
    async def go() -> str:
        return await called(MediaWay("ws://127.0.0.1:1/media/x", "+15555550100"))

    assert "1" in asyncio.run(go())


# ---- SIP ---------------------------------------------------------------------------------------------------


class Exchange:
    """The other end of a SIP call: rings, answers after a moment, keeps the packets (aiosipua)."""

    def __init__(self, *, answers: bool = True) -> None:
        self.answers = answers
        self.transport = UdpSipTransport(local_addr=("127.0.0.1", 0))
        self.uas = SipUAS(self.transport)
        self.uas.on_invite = self._rings
        self.uas.on_bye = self._bye
        self.packets: list[RtpPacket] = []
        self.callers: list[str] = []
        self.gone = asyncio.Event()
        self.calls: list[IncomingCall] = []

    async def start(self) -> tuple[str, int]:
        await self.uas.start()
        udp = self.transport._udp_transport  # the port that the system gave
        assert udp is not None
        self.transport.local_addr = udp.get_extra_info("sockname")[:2]
        loop = asyncio.get_running_loop()
        self.rtp, _ = await loop.create_datagram_endpoint(lambda: _Ear(self.packets), ("127.0.0.1", 0))
        return self.transport.local_addr

    async def stop(self) -> None:
        self.rtp.close()
        await self.uas.stop()

    def _rings(self, call: IncomingCall) -> None:
        self.calls.append(call)
        self.callers.append(call.caller)
        call.ringing()
        if self.answers:
            port = self.rtp.get_extra_info("sockname")[1]
            assert call.sdp_offer is not None
            answer, _ = negotiate_sdp(offer=call.sdp_offer, local_ip="127.0.0.1", rtp_port=port)
            asyncio.get_running_loop().call_later(0.05, call.accept, answer)

    def _bye(self, _call: IncomingCall, *_more: object) -> None:
        self.gone.set()


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, packets: list[RtpPacket]) -> None:
        self.packets = packets

    def datagram_received(self, data: bytes, _addr: tuple[str, int]) -> None:
        self.packets.append(RtpPacket.parse(data))


def test_a_sip_call_rings_is_answered_plays_and_ends() -> None:
    async def go() -> tuple[Exchange, str]:
        exchange = Exchange()
        there = await exchange.start()
        way = SipWay(there, "15555550100")
        why = await called(way, trouble=Trouble(loss=0.02))
        await way.close()
        async with asyncio.timeout(30):
            await exchange.gone.wait()
        await exchange.stop()
        return exchange, why

    exchange, why = asyncio.run(go())
    assert why == "the caller hung up"
    assert ROSA.telephone in exchange.callers[0]
    numbers = [one.sequence_number for one in exchange.packets]
    steps = [(b - a) % (1 << 16) for a, b in pairwise(numbers)]
    assert set(steps) > {1}  # packets that were lost on the way left their numbers out
    stamps = [(b.timestamp - a.timestamp) % (1 << 32) for a, b in pairwise(exchange.packets)]
    assert stamps == [step * 160 for step in steps]
    assert all((one.payload_type, len(one.payload)) == (0, 160) for one in exchange.packets)
    receiver = Receiver(8000)
    events = [event for one in exchange.packets for event in receiver.feed(g711.decode(one.payload, "mu"))]
    assert len(strips(events + receiver.end())) == 1


def test_nobody_takes_a_sip_call() -> None:
    async def go() -> str:
        exchange = Exchange(answers=False)
        there = await exchange.start()
        script = short(SCRIPT, strips=SCRIPT.strips, patience_s=5.0)
        hurry, over = Hurry(), asyncio.Event()
        made = prepared(script, HOUSE.caller_heart(script), "", 1)
        way = SipWay(there, "15555550100")
        caller = Caller(script, made, "", way, hurry, hurry)
        caller.done = over.set
        caller.dial()
        async with asyncio.timeout(30):
            await over.wait()
        await way.close()
        await exchange.stop()
        return caller.why

    assert asyncio.run(go()) == "nobody answered"
