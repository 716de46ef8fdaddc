"""The door: TLS with the pinned certificate, whole binary messages, nobody else's path."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from einthoven.edges.intake.certificate import ensure_certificate, fingerprint, server_context
from einthoven.edges.intake.door import open_door

NOW = 1_795_219_200_000_000_000


class Recorder:
    """Answers every message with its length and keeps what happened."""

    def __init__(self, room: bool = True) -> None:
        self.room = room
        self.messages: list[bytes] = []
        self.gone: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def connected(self, connection):
        self.connection = connection
        return self if self.room else None

    def received(self, token, message: bytes) -> None:
        assert token is self
        self.messages.append(message)
        self.connection.send(str(len(message)).encode())

    def disconnected(self, token, reason: str) -> None:
        self.gone.set_result(reason)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return ensure_certificate(tmp_path / "keys", ["127.0.0.1", "center.example"], NOW)


async def shut(server: asyncio.Server) -> None:
    server.close()
    await server.wait_closed()


def trusting(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certificate)
    context.check_hostname = False
    return context


def test_the_certificate_is_made_once_and_its_key_is_private(certificate: Path) -> None:
    first = fingerprint(certificate)
    assert fingerprint(ensure_certificate(certificate.parent, ["other"], NOW + 1)) == first
    assert len(first) == 32
    assert (certificate.parent / "link-key.pem").stat().st_mode & 0o077 == 0


def test_messages_go_through_and_the_end_is_told(certificate: Path) -> None:
    async def talk() -> None:
        recorder = Recorder()
        server = await open_door(recorder, "127.0.0.1", 0, server_context(certificate), max_message=1000)
        port = server.sockets[0].getsockname()[1]
        async with connect(f"wss://127.0.0.1:{port}/link", ssl=trusting(certificate)) as socket:
            await socket.send(b"x" * 300)
            assert await socket.recv() == b"300"
        assert "transmitter" in await recorder.gone
        assert recorder.messages == [b"x" * 300]
        await shut(server)

    asyncio.run(talk())


def test_what_comes_while_it_is_held_waits(certificate: Path) -> None:
    async def talk() -> None:
        recorder = Recorder()
        server = await open_door(recorder, "127.0.0.1", 0, server_context(certificate), max_message=1000)
        port = server.sockets[0].getsockname()[1]
        address = f"wss://127.0.0.1:{port}/link"
        async with connect(address, ssl=trusting(certificate)) as held:
            await held.send(b"1")
            assert await held.recv() == b"1"
            recorder.connection.hold(True)
            await held.send(b"22")
            for _ in range(3):  # the door has its hands free meanwhile
                with pytest.raises(InvalidStatus, match="404"):
                    await connect(f"wss://127.0.0.1:{port}/other", ssl=trusting(certificate))
            assert recorder.messages == [b"1"]
            recorder.connection.hold(False)
            assert await held.recv() == b"2"
        await shut(server)

    asyncio.run(talk())


@pytest.mark.parametrize("message", ["text", b"y" * 2000], ids=["text", "too long"])
def test_what_is_no_frame_of_the_link_closes_the_connection(message: str | bytes) -> None:
    async def talk() -> None:
        recorder = Recorder()
        server = await open_door(recorder, "127.0.0.1", 0, None, max_message=1000)
        port = server.sockets[0].getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}/link") as socket:
            await socket.send(message)
            with pytest.raises(ConnectionClosed):
                await socket.recv()
        await recorder.gone
        assert recorder.messages == []
        await shut(server)

    asyncio.run(talk())


def test_another_path_is_not_found_and_a_full_center_says_so() -> None:
    async def talk() -> None:
        recorder = Recorder(room=False)
        server = await open_door(recorder, "127.0.0.1", 0, None, max_message=1000)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(InvalidStatus, match="404"):
            await connect(f"ws://127.0.0.1:{port}/other")
        async with connect(f"ws://127.0.0.1:{port}/link") as socket:
            with pytest.raises(ConnectionClosed, match="no room"):
                await socket.recv()
        await shut(server)

    asyncio.run(talk())
