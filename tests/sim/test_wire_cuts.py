"""A connection may end at any byte of its making: the transmitter hears of it, once."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import socket
import struct
import time
from pathlib import Path

import pytest
from tests.sim.waiting import PATIENCE_S, until

from einthoven.edges.intake.certificate import ensure_certificate, server_context
from einthoven.edges.intake.door import open_door
from einthoven.link.transmitter_session import Identity
from einthoven.sim import wire
from einthoven.sim.wire import Dialer

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Silent:
    """A center that takes connections and says one long thing."""

    def connected(self, connection: object) -> object:
        connection.send(bytes(2_000))
        return connection

    def received(self, token: object, message: bytes) -> None:
        pass

    def disconnected(self, token: object, reason: str) -> None:
        pass


class Wearer:
    """What a dialer tells a transmitter."""

    def __init__(self) -> None:
        self.identity = Identity("T-1", 1, bytes(32), bytes(32))
        self.told: list[str] = []
        self.lost_once = asyncio.Event()

    def connected(self, channel: object) -> None:
        self.told.append("connected")

    def received(self, message: bytes) -> None:
        pass

    def writable(self) -> None:
        pass

    def lost(self, reason: str) -> None:
        self.told.append("lost")
        self.lost_once.set()


class Guillotine:
    """Passes bytes on to the center and ends the connection after so many towards the transmitter."""

    def __init__(self, port: int, reset: bool) -> None:
        self.port = port
        self.reset = reset
        self.after = 0
        self.served = asyncio.Event()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
        up = asyncio.create_task(self._pass_on(reader, far_writer, 1 << 30))
        await self._pass_on(far_reader, writer, self.after)
        if self.reset:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        up.cancel()
        for one in (writer, far_writer):
            one.close()
            with contextlib.suppress(OSError):
                await one.wait_closed()
        self.served.set()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: int) -> None:
        with contextlib.suppress(OSError):
            while left and (data := await reader.read(left)):
                left -= len(data)
                writer.write(data)
                await writer.drain()


async def cut_everywhere(folder: Path, reset: bool) -> dict[int, list[str]]:
    """What a transmitter is told, by the number of bytes it got before the end."""
    # TLS that is cut off is a matter for the loop's handler; the default one would print a page for each.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    certificate = ensure_certificate(folder, ["127.0.0.1"], time.time_ns())
    door = await open_door(Silent(), "127.0.0.1", 0, server_context(certificate), max_message=65_536)
    blade = Guillotine(door.sockets[0].getsockname()[1], reset)
    proxy = await asyncio.start_server(blade.accept, "127.0.0.1", 0)
    pem = certificate.read_text()
    dialer = Dialer(f"wss://127.0.0.1:{proxy.sockets[0].getsockname()[1]}/link", pem)
    told: dict[int, list[str]] = {}
    try:
        for blade.after in range(0, 1_400, 20):
            wearer = Wearer()
            blade.served.clear()
            dialer.dial(wearer)
            await asyncio.wait_for(blade.served.wait(), 5)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wearer.lost_once.wait(), 2)
            told[blade.after] = wearer.told
            if not wearer.lost_once.is_set():
                break
    finally:
        proxy.close()
        door.close()
        await dialer.close()
        await proxy.wait_closed()
        await door.wait_closed()
    return told


@pytest.mark.parametrize("reset", [True, False], ids=["reset", "closed"])
def test_wherever_a_connection_ends_its_transmitter_is_told_once(tmp_path: Path, reset: bool) -> None:
    told = asyncio.run(cut_everywhere(tmp_path, reset))
    assert ["lost"] in told.values()
    assert {
        after: words for after, words in told.items() if words not in (["lost"], ["connected", "lost"])
    } == {}


async def deafen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Upgrade, and from then on neither read nor close."""
    request = await reader.readuntil(b"\r\n\r\n")
    key = request.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
    accept = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    writer.write(head + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
    reader._transport.pause_reading()  # type: ignore[attr-defined]


def test_a_center_that_does_not_let_go_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "CLOSE_S", 0.05)

    class Talker(Wearer):
        def connected(self, channel: wire.WireChannel) -> None:  # type: ignore[override]
            for _ in range(400):
                channel.send(bytes(60_000))
            super().connected(channel)

    async def act() -> list[str]:
        over = asyncio.Event()

        async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await deafen(reader, writer)
            await over.wait()
            writer.transport.abort()

        server = await asyncio.start_server(deaf, "127.0.0.1", 0)
        dialer = Dialer(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/link")
        talker = Talker()
        dialer.dial(talker)  # type: ignore[arg-type]
        await until("the connection", lambda: talker.told)
        await asyncio.wait_for(dialer.close(), PATIENCE_S)
        over.set()
        server.close()
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))
        return talker.told

    assert asyncio.run(act()) == ["connected", "lost"]
