"""MLLP against the peer of another library (python-hl7): their client to our server, ours to their server."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import hl7
import pytest
from hl7.mllp import open_hl7_connection, start_hl7_server
from tests.edges.messaging.mail_server import nobody
from tests.interop.messages import ADT, BERLIN, NOON, PDF, report
from tests.sim.waiting import PATIENCE_S, until

from einthoven.base.errors import DeliveryUnknownError, InputError, RefusedError
from einthoven.base.networks import networks
from einthoven.center.desk_ports import FOR_GOOD, FOR_NOW, Notice
from einthoven.edges.exchange.mllp import Limits, MllpMessenger, MllpServer, Receiver
from einthoven.edges.intake.certificate import CERTIFICATE, ensure_certificate, server_context
from einthoven.interop import hl7v2
from einthoven.interop.hl7_ack import answer, header
from einthoven.interop.hl7_oru import Between, oru
from einthoven.interop.mllp import Block, framed

HERE = networks("127.0.0.1, ::1")
UTF8 = {"encoding": "utf-8"}
TEXT = oru(report(), Between(), "C0001", NOON, BERLIN).decode()
MESSAGE = Notice("hl7-1", "hl7", "mllp://127.0.0.1", {"message": TEXT, "control": "C0001"}, NOON)


def run(test: Awaitable[None]) -> None:
    async def within() -> None:
        async with asyncio.timeout(PATIENCE_S):
            await test

    asyncio.run(within())


async def closed(writer: Any) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


class Kept:
    """Keeps what it gets, and acknowledges it."""

    def __init__(self) -> None:
        self.got: list[Block] = []

    async def receive(self, block: Block, peer: str) -> bytes | None:
        assert peer == "127.0.0.1"
        self.got.append(block)
        return answer(header(hl7v2.parse(block.content)), None, str(len(self.got)), NOON, BERLIN)


@asynccontextmanager
async def ours(
    kept: Kept, limits: Limits | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[MllpServer]:
    server = MllpServer(kept.receive, HERE, limits or Limits())
    await server.start("127.0.0.1", 0, tls)
    try:
        yield server
    finally:
        await server.stop()


def test_their_client_sends_many_messages_on_one_connection_and_each_is_answered() -> None:
    async def test() -> None:
        kept = Kept()
        async with ours(kept) as server:
            reader, writer = await open_hl7_connection("127.0.0.1", server.port, **UTF8)
            for number in range(20):
                writer.writemessage(hl7.parse(ADT.replace("MSG00001", f"M{number}")))
                await writer.drain()
                told = await reader.readmessage()
                assert (str(told["MSA"][0][1]), str(told["MSA"][0][2])) == ("AA", f"M{number}")
            await closed(writer)
        assert [hl7v2.parse(one.content).get("MSH", 10) for one in kept.got] == [f"M{n}" for n in range(20)]

    run(test())


def test_their_client_sends_many_at_once_and_the_answers_come_in_order() -> None:
    async def test() -> None:
        async with ours(Kept()) as server:
            reader, writer = await open_hl7_connection("127.0.0.1", server.port, **UTF8)
            for number in range(50):
                writer.writemessage(hl7.parse(ADT.replace("MSG00001", f"M{number}")))
            told = [str((await reader.readmessage())["MSA"][0][2]) for _ in range(50)]
            assert told == [f"M{number}" for number in range(50)]
            await closed(writer)

    run(test())


def test_over_tls_too(tmp_path: Path) -> None:
    ensure_certificate(tmp_path, ["127.0.0.1"], NOON)
    trust = ssl.create_default_context(cafile=tmp_path / CERTIFICATE)

    async def test() -> None:
        kept = Kept()
        async with ours(kept, tls=server_context(tmp_path / CERTIFICATE)) as server:
            told = await MllpMessenger(Receiver("127.0.0.1", server.port, trust)).send(MESSAGE)
            assert told == "AA"
            strangers = ssl.create_default_context()
            with pytest.raises(RefusedError, match="no connection"):
                await MllpMessenger(Receiver("127.0.0.1", server.port, strangers)).send(MESSAGE)
        assert [one.content.decode() for one in kept.got] == [TEXT]

    run(test())


def test_noise_and_broken_frames_do_not_end_a_connection() -> None:
    async def test() -> None:
        kept = Kept()
        async with ours(kept) as server:
            reader, writer = await open_hl7_connection("127.0.0.1", server.port, **UTF8)
            writer.write(b"hello\r\n\x0bMSH|^~\\&|cut off" + framed(ADT.encode()))
            assert str((await reader.readmessage())["MSA"][0][1]) == "AA"
            writer.write(b"\x0bnever ended")
            await closed(writer)
            await until("the end of the connection", lambda: server.broken == 2)
        assert (len(kept.got), server.stray) == (1, 5)

    run(test())


def test_a_message_that_is_too_large_is_handed_on_as_its_head() -> None:
    async def test() -> None:
        kept = Kept()
        async with ours(kept, Limits(message=5_000)) as server:
            reader, writer = await open_hl7_connection("127.0.0.1", server.port, **UTF8)
            writer.write(framed((ADT + "ZZZ|" + 10_000 * "x").encode()) + framed(ADT.encode()))
            for _ in range(2):
                await reader.readmessage()
            await closed(writer)
        assert [one.whole for one in kept.got] == [False, True]

    run(test())


def test_who_is_silent_or_slow_is_let_go() -> None:
    async def test() -> None:
        for sent, limits in ((b"", Limits(idle_s=0.01)), (b"\x0bMSH", Limits(message_s=0.01))):
            async with ours(Kept(), limits) as server:
                reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
                writer.write(sent)
                assert await reader.read() == b""
                await closed(writer)

    run(test())


def test_strangers_and_one_connection_too_many_are_let_go_at_once() -> None:
    async def test() -> None:
        server = MllpServer(Kept().receive, networks("10.0.0.0/8"))
        await server.start("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        assert await reader.read() == b""
        await closed(writer)
        assert server.refused == 1
        await server.stop()
        async with ours(Kept(), Limits(connections=1)) as small:
            first, held = await open_hl7_connection("127.0.0.1", small.port, **UTF8)
            held.writemessage(hl7.parse(ADT))
            await first.readmessage()
            reader, writer = await asyncio.open_connection("127.0.0.1", small.port)
            assert await reader.read() == b""
            await closed(writer)
            await closed(held)

    run(test())


def test_networks_are_addresses_or_networks() -> None:
    with pytest.raises(InputError, match=r"10\.0\.0\.1/8"):
        networks("10.0.0.1/8")


# ---- our client, their server ------------------------------------------------------------------------------

Peer = Callable[[Any, Any], Awaitable[None]]


@asynccontextmanager
async def theirs(peer: Peer) -> AsyncIterator[MllpMessenger]:
    """A server of the other library that treats each connection by ``peer``."""
    under_way = set[asyncio.Task[None]]()

    async def connected(reader: Any, writer: Any) -> None:
        task = asyncio.current_task()
        assert task is not None
        under_way.add(task)
        try:
            await peer(reader, writer)
        finally:
            await closed(writer)
            under_way.discard(task)

    server = await start_hl7_server(connected, "127.0.0.1", 0, limit=1 << 24, **UTF8)
    port = server.sockets[0].getsockname()[1]
    try:
        yield MllpMessenger(Receiver("127.0.0.1", port, timeout_s=PATIENCE_S))
    finally:
        server.close()
        for task in list(under_way):
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


def test_their_server_takes_our_report_and_reads_it() -> None:
    got: list[Any] = []

    async def peer(reader: Any, writer: Any) -> None:
        message = await reader.readmessage()
        got.append(message)
        writer.writemessage(message.create_ack())
        await writer.drain()

    async def test() -> None:
        async with theirs(peer) as messenger:
            assert await messenger.send(MESSAGE) == "AA"

    run(test())
    assert str(got[0]) == TEXT
    assert str(got[0]["OBX"][0][5]) == "71.5"


def test_the_page_is_read_when_the_message_is_sent_and_sent_later_where_it_cannot_be() -> None:
    got: list[str] = []

    async def peer(reader: Any, writer: Any) -> None:
        message = await reader.readmessage()
        got.append(str(message))
        writer.writemessage(message.create_ack())
        await writer.drain()

    content = {"message": oru(report(), Between(), "C0001", NOON, BERLIN, page=64 * "a").decode()}
    notice = Notice("hl7-1", "hl7", "x", content | {"control": "C0001", "page": 64 * "a"}, NOON)

    async def test() -> None:
        async with theirs(peer) as messenger:
            with pytest.raises(RefusedError, match="the PDF cannot be read") as error:
                await messenger.send(notice)
            assert error.value.reason == FOR_NOW
            assert await MllpMessenger(messenger._receiver, lambda _digest: PDF).send(notice) == "AA"

    run(test())
    assert got == [TEXT]


@pytest.mark.parametrize("code", ["AE", "AR", "CE", "CR"])
def test_what_their_server_refuses_is_tried_again(code: str) -> None:
    async def peer(reader: Any, writer: Any) -> None:
        message = await reader.readmessage()
        told = (
            str(message.create_ack(code))
            + "ERR||PID^1^3|204^Unknown key identifier^HL70357|E||||no such patient\r"
        )
        writer.writeblock(told.encode())
        await writer.drain()

    async def test() -> None:
        async with theirs(peer) as messenger:
            with pytest.raises(RefusedError, match=f"{code} Unknown key identifier no such patient") as error:
                await messenger.send(MESSAGE)
            assert error.value.reason == FOR_NOW

    run(test())


def test_an_acknowledgement_of_something_else_is_passed_over() -> None:
    async def peer(reader: Any, writer: Any) -> None:
        message = await reader.readmessage()
        other = str(message.create_ack("AE")).replace("C0001", "C0000")
        writer.writeblock(other.encode())
        writer.writemessage(message.create_ack("CA"))
        await writer.drain()

    async def test() -> None:
        async with theirs(peer) as messenger:
            assert await messenger.send(MESSAGE) == "CA"

    run(test())


async def cuts_off(reader: Any, _writer: Any) -> None:
    await reader.readmessage()


async def talks_nonsense(reader: Any, writer: Any) -> None:
    await reader.readmessage()
    writer.writeblock(b"thank you")
    await writer.drain()


async def talks_without_end(reader: Any, writer: Any) -> None:
    await reader.readmessage()
    writer.write(400_000 * b"x")
    await writer.drain()
    await reader.read()


@pytest.mark.parametrize("peer", [cuts_off, talks_nonsense, talks_without_end])
def test_without_an_acknowledgement_nobody_knows(peer: Peer) -> None:
    async def test() -> None:
        async with theirs(peer) as messenger:
            with pytest.raises(DeliveryUnknownError):
                await messenger.send(MESSAGE)

    run(test())


def test_a_server_that_says_nothing_is_not_waited_for_for_ever() -> None:
    async def silent(reader: Any, _writer: Any) -> None:
        await reader.readmessage()
        await reader.read()

    async def test() -> None:
        async with theirs(silent) as messenger:
            impatient = MllpMessenger(Receiver("127.0.0.1", messenger._receiver.port, timeout_s=0.2))
            with pytest.raises((DeliveryUnknownError, RefusedError)):
                await impatient.send(MESSAGE)

    run(test())


def test_a_refused_connection_is_tried_again_and_nonsense_is_not() -> None:
    async def test() -> None:
        with nobody() as port:
            with pytest.raises(RefusedError, match="no connection") as error:
                await MllpMessenger(Receiver("127.0.0.1", port)).send(MESSAGE)
            assert error.value.reason == FOR_NOW
            for content in ({}, {"message": "a\x0b", "control": "1"}):
                with pytest.raises(RefusedError) as lasting:
                    await MllpMessenger(Receiver("127.0.0.1", port)).send(
                        Notice("hl7-1", "hl7", "x", content, NOON)
                    )
                assert lasting.value.reason == FOR_GOOD

    run(test())
