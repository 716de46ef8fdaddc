"""Whatever comes to the sockets of a SIP line, it goes on, and a call in progress keeps all of its sound."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

import pytest
from aiosipua import SipMessage, SipRequest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.edges.telephony.board import PATIENCE_S, Board
from tests.edges.telephony.sip_caller import Caller, play

from einthoven.edges.telephony.sip_line import SipLine
from einthoven.edges.telephony.sip_wire import Told, Wire

PATIENT = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
METHODS = (
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "OPTIONS",
    "UPDATE",
    "PRACK",
    "REFER",
    "NOTIFY",
    "INFO",
    "invite",
    "X",
)
SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 9 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)
ODD = st.one_of(
    st.sampled_from(
        ["", " ", ";", "<", ">", "<sip:", "sip:", "*", '"', "9" * 30, "9" * 5000, "-1", "1e9", "\0", ",,"]
    ),
    st.sampled_from(
        ["99999", "0", "::1", "[::1]:70000", "a;tag=", ";branch=", "SIP/2.0/UDP", "1 INVITE", "INVITE 1"]
    ),
    st.text(max_size=30),
)
HEADERS = {
    "Via": "SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK%s;rport",
    "From": "<sip:+15555550111@pbx>;tag=f",
    "To": "<sip:1001@127.0.0.1>",
    "Call-ID": "fuzz%s@pbx",
    "CSeq": "1 %s",
    "Max-Forwards": "70",
    "Contact": "<sip:pbx@127.0.0.1:9>",
    "Session-Expires": "1800",
    "Require": "timer",
    "Record-Route": "<sip:127.0.0.1;lr>",
    "Content-Type": "application/sdp",
}


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """A request that is nearly one: headers left out, twice, or odd; a body cut or changed."""
    method, mark = draw(st.sampled_from(METHODS)), draw(st.integers(0, 10**9))
    told: list[tuple[str, str]] = []
    for name, written in HEADERS.items():
        value = written.replace("%s", method if name == "CSeq" else str(mark))
        kind = draw(st.sampled_from(["right"] * 8 + ["gone", "twice", "odd", "grown"]))
        if kind == "gone":
            continue
        odd = draw(ODD) if kind in {"odd", "grown"} else ""
        told.append((name, odd if kind == "odd" else value + odd))
        if kind == "twice":
            told.append((name, draw(ODD)))
    body = draw(
        st.sampled_from([SDP, "", SDP[:60], SDP.replace("audio 9", "audio 99999"), SDP.replace("0 101", "x")])
    )
    length = draw(st.sampled_from([str(len(body)), "0", "-1", "x", "9" * 20]))
    text = f"{method} sip:c@127.0.0.1 SIP/2.0\r\n" + "".join(f"{name}: {value}\r\n" for name, value in told)
    data = bytearray(f"{text}Content-Length: {length}\r\n\r\n{body}".encode("utf-8", "surrogatepass"))
    for at, value in draw(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=3)):
        data[at % len(data)] = value
    return bytes(data)[:60_000]


RESPONSES = st.builds(
    lambda status, branch, row: (
        f"SIP/2.0 {status} x\r\nVia: SIP/2.0/UDP 127.0.0.1;branch={branch}\r\nFrom: <sip:a@b>;tag=a\r\n"
        f"To: <sip:a@b>;tag=b\r\nCall-ID: c1@pbx\r\nCSeq: {row}\r\n\r\n"
    ).encode(),
    st.integers(-1, 9999),
    st.sampled_from(["z9hG4bKx", "", "INVITE1"]),
    st.sampled_from(["1 INVITE", "1 BYE", "x", "", "1 REGISTER"]),
)
ANYTHING = st.one_of(messages(), messages(), RESPONSES, st.binary(max_size=300))


async def lives(one: SipLine) -> None:
    """It answers, and met no defect."""
    other = Caller(one.port, "after@pbx")
    other.send("OPTIONS")
    await other.got(200)
    other.close()
    assert one.counts()["failed"] == 0
    assert not one.lost
    # Of what is not answered nothing is remembered: it would be for ever.
    wires = [agent.transport for agent in one._agents]
    assert all(kept.last for wire in wires if isinstance(wire, Wire) for kept in wire._servers.values())


@PATIENT
@given(st.lists(ANYTHING, min_size=1, max_size=15))
def test_any_datagrams_beside_a_call(came: list[bytes]) -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        await caller.answered(board)
        mine = board.only
        stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for number, data in enumerate(came):
            caller.sound(number, bytes([number]) * 160)
            stranger.sendto(data, caller.to)
            await asyncio.sleep(0)
        stranger.close()
        await lives(one)
        caller.send("BYE")
        await caller.got(200)
        await board.until(lambda: mine.why == "the caller hung up")
        assert mine.sound == b"".join(bytes([number]) * 160 for number in range(len(came)))
        assert mine.lost == 0

    play(case, board=Board(most=5))


@PATIENT
@given(st.data())
def test_messages_on_a_stream_are_answered_wherever_it_is_cut(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 5))
    texts = []
    for number in range(count):
        body = data.draw(st.sampled_from(["", "x" * 20, "\r\n\r\n"]))
        name = data.draw(st.sampled_from(["Content-Length", "l"]))
        texts.append(
            f"OPTIONS sip:c@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK{number}\r\n"
            f"From: <sip:a@b>;tag=a\r\nTo: <sip:c@d>\r\nCall-ID: t{number}\r\nCSeq: 1 OPTIONS\r\n"
            f"Max-Forwards: 70\r\n{name}: {len(body)}\r\n\r\n{body}"
        )
    whole = data.draw(st.sampled_from(["", "\r\n\r\n"])).join(texts).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))

    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", one.port)
        for start, stop in zip([0, *cuts], [*cuts, len(whole)], strict=True):
            writer.write(whole[start:stop])
            await writer.drain()
        async with asyncio.timeout(PATIENCE_S):
            for number in range(count):
                head = (await reader.readuntil(b"\r\n\r\n")).lstrip()
                assert head.startswith(b"SIP/2.0 200")
                assert f"Call-ID: t{number}\r\n".encode() in head
        writer.close()
        await writer.wait_closed()

    play(case)


@PATIENT
@given(st.lists(ANYTHING, min_size=1, max_size=6))
def test_anything_on_a_stream_ends_at_most_its_own_connection(came: list[bytes]) -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        await caller.answered(board)
        reader, writer = await asyncio.open_connection("127.0.0.1", one.port)
        with suppress(OSError):
            for data in came:
                writer.write(data)
                await writer.drain()
            writer.write_eof()
            async with asyncio.timeout(PATIENCE_S):
                await reader.read(-1)  # to its end: all of it was looked at
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        await lives(one)
        caller.sound(0, b"\1" * 160)
        await board.until(lambda: board.calls[1].sound == b"\1" * 160)

    play(case, board=Board(most=5))


def forged(number: int) -> bytes:
    """A packet such as the caller's."""
    return bytes([0x80, 0, 0, number]) + (number * 160).to_bytes(4, "big") + b"\0\0\0\7" + b"\x42" * 160


@PATIENT
@given(st.lists(st.one_of(st.binary(max_size=400), st.integers(0, 9)), min_size=1, max_size=20))
def test_nothing_that_strangers_send_to_the_port_of_sound_is_of_the_call(came: list[bytes | int]) -> None:
    """Not even a packet that is the caller's to the byte, from an address that was not negotiated."""

    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        await caller.answered(board)
        forger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        forger.bind(("127.0.0.3", 0))
        for number in range(10):
            for data in came:
                forger.sendto(forged(data) if isinstance(data, int) else data, caller.media)
            caller.sound(number, bytes([number]) * 160)
            await board.until(lambda number=number: board.only.samples == 160 * (number + 1))
        forger.close()
        assert board.only.sound == b"".join(bytes([number]) * 160 for number in range(10))
        assert one.counts()["strangers"] == 10 * len(came)

    play(case)


RUBBISH = st.one_of(
    st.binary(max_size=11),  # shorter than a header
    st.binary(min_size=12, max_size=60).map(lambda data: bytes([data[0] & 0x3F]) + data[1:]),  # not version 2
    st.binary(max_size=60).map(lambda data: bytes([0x80, 200]) + data),  # RTCP
    st.binary(max_size=60).map(lambda data: bytes([0x80, 18, 0, 1]) + b"\0\0\0\0\0\0\0\7" + data),  # G.729
    st.binary(max_size=3).map(
        lambda data: bytes([0x80, 101, 0, 1]) + b"\0\0\0\0\0\0\0\7" + data
    ),  # half a key
    st.integers(1, 15).map(lambda n: bytes([0x80 | n, 0, 0, 1]) + b"\0\0\0\0\0\0\0\7" + b"\0" * 4 * (n - 1)),
)


@PATIENT
@given(st.lists(RUBBISH, min_size=1, max_size=20))
def test_rubbish_from_the_callers_own_port_takes_nothing_of_what_is_good(came: list[bytes]) -> None:
    async def case(one: SipLine, board: Board, caller: Caller) -> None:
        await caller.answered(board)
        number = 0
        for data in came:
            caller.sound(number, bytes([number % 256]) * 160)
            caller.rtp.sendto(data, caller.media)
            number += 1
        caller.sound(number, bytes([number]) * 160)
        await board.until(lambda: board.only.samples == 160 * (number + 1))
        assert board.only.sound == b"".join(bytes([n]) * 160 for n in range(number + 1))
        assert board.only.lost == 0
        assert one.counts()["failed"] == 0

    play(case)


class Paper(Wire):
    """A wire that writes on paper."""

    name = "UDP"

    def write(self, data: bytes, peer: tuple[str, int]) -> None:
        """Nobody reads it."""


def test_a_defect_that_one_message_meets_is_counted_and_the_next_is_taken() -> None:
    async def whole() -> Told:
        told = Told()
        wire = Paper(("127.0.0.1", 0), lambda _host: True, told)
        head = "Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKb\r\nFrom: <sip:a@b>;tag=a\r\nTo: <sip:a@b>\r\n"
        request = SipMessage.parse(f"OPTIONS sip:a@b SIP/2.0\r\n{head}Call-ID: x\r\nCSeq: 1 OPTIONS\r\n\r\n")
        assert isinstance(request, SipRequest)
        wire.on_message = lambda _message, _peer: 1 // 0  # type: ignore[assignment,return-value]
        for _ in range(2):
            wire.send(request, ("127.0.0.1", 9))
            answer = f"SIP/2.0 200 OK\r\n{head}Call-ID: x\r\nCSeq: 1 OPTIONS\r\n\r\n"
            wire.take(answer.encode(), ("127.0.0.1", 9))
        wire.take(f"INFO sip:a@b SIP/2.0\r\n{head}CSeq: 1 INFO\r\n\r\n".encode(), ("127.0.0.1", 9))
        await wire.stop()
        return told

    assert asyncio.run(whole()) == Told(failed=3)


def test_of_a_request_that_nobody_answers_nothing_is_remembered() -> None:
    async def whole() -> None:
        wire = Paper(("127.0.0.1", 0), lambda _host: True, Told())
        wire.on_message = lambda _message, _peer: None
        head = "Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKb\r\nFrom: <sip:a@b>;tag=a\r\nTo: <sip:a@b>\r\n"
        wire.take(f"INFO sip:a@b SIP/2.0\r\n{head}CSeq: 1 INFO\r\n\r\n".encode(), ("127.0.0.1", 9))
        assert not wire._servers

    asyncio.run(whole())


def test_a_wire_that_cannot_write_is_none() -> None:
    with pytest.raises(TypeError, match="write"):
        Wire(("127.0.0.1", 0), lambda _host: True, Told())  # type: ignore[abstract]
