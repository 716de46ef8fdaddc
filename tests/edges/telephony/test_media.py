"""A media stream over a real WebSocket: the caller is the library ``websockets``, not ours."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterable
from ipaddress import ip_network

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.edges.telephony import media_wire as wire
from tests.edges.telephony.board import Board
from tests.sim.waiting import until
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from einthoven.center.call_ports import Law
from einthoven.edges.telephony.media import FRAME_MOST, Limits, MediaServer
from einthoven.edges.telephony.media_call import FAULTS_MOST
from einthoven.edges.telephony.media_lines import MediaLine, Signature
from einthoven.telephone.g711 import decode

SECRET = "a-secret-of-more-than-24-letters"
SOUND = bytes(range(1, 256)) * 40
LINE = MediaLine("service", secret=SECRET, called="+15555550199")


@contextlib.asynccontextmanager
async def listening(
    board: Board, *lines: MediaLine, limits: Limits | None = None
) -> AsyncIterator[MediaServer]:
    server = MediaServer(board, lines or (LINE,), limits)
    await server.start("127.0.0.1", 0, None)
    try:
        yield server
    finally:
        await server.stop()


@contextlib.asynccontextmanager
async def stream(
    server: MediaServer, path: str = f"/media/{SECRET}", **headers: str
) -> AsyncIterator[ClientConnection]:
    address = f"ws://127.0.0.1:{server.port}{path}"
    async with connect(address, proxy=None, additional_headers=headers) as socket:
        yield socket


async def closed(socket: ClientConnection) -> tuple[int, str]:
    """Read to the end; how the server closed."""
    async with asyncio.timeout(30):
        await socket.wait_closed()
        return socket.close_code or 0, socket.close_reason or ""


async def send(socket: ClientConnection, texts: Iterable[str]) -> None:
    for text in texts:
        await socket.send(text)


def test_a_call_from_its_first_frame_to_its_end() -> None:
    board = Board()

    async def go() -> None:
        async with listening(board) as server, stream(server) as socket:
            await send(socket, [wire.connected(), wire.start(caller="+15555550100")])
            await send(socket, wire.frames(wire.pieces(SOUND)))
            await send(socket, [wire.dtmf("4"), wire.mark(), wire.dtmf("2"), wire.stop()])
            assert (await closed(socket))[0] == 1000

    asyncio.run(go())
    heard = board.only
    assert (heard.sound, heard.lost, heard.keys) == (SOUND, 0, "42")
    assert heard.why == "the caller hung up"
    call = heard.call
    assert (call.line, call.caller, call.called) == ("media", "+15555550100", "+15555550199")
    assert call.trace == f"{wire.STREAM} {wire.CALL}"


def test_a_stream_spelt_with_underscores() -> None:
    board = Board()

    async def go() -> None:
        async with listening(board) as server, stream(server) as socket:
            await send(socket, ['{"event": "connected", "version": "1.0.0"}', wire.snake_start("PCMA")])
            parts = wire.pieces(SOUND)
            await send(socket, [wire.snake_media(n + 1, n, part) for n, part in enumerate(parts, 1)])
            await board.until(lambda: board.calls and board.only.sound == SOUND)
            board.only.call.speak(np.full(160, 8, np.int16))
            told = json.loads(await socket.recv())
            assert told["stream_id"].startswith("32de0dea")
            assert base64.b64decode(told["media"]["payload"]) == b"\xd5" * 160

    asyncio.run(go())
    assert (board.only.law, board.only.call.caller) == ("a", "+13122010094")
    assert board.only.call.called == "+13122123456"


def test_without_a_word_at_the_end_the_call_ends_and_what_came_stays() -> None:
    board = Board()

    async def go() -> None:
        async with listening(board) as server:
            async with stream(server) as socket:
                parts = wire.pieces(SOUND)
                late = [wire.media(9, parts[8]), wire.media(8, parts[7])]
                await send(socket, [wire.start(), *wire.frames(parts[:6]), *late])
                await board.until(lambda: board.calls and board.only.samples == 960)
                socket.transport.abort()
            await board.until(lambda: board.only.why)

    asyncio.run(go())
    heard = board.only
    assert heard.why == "the connection to the telephony service was lost"
    assert heard.parts[6:] == [160, SOUND[7 * 160 : 8 * 160], SOUND[8 * 160 : 9 * 160]]


def test_speaking_is_heard_in_frames_of_20_ms_and_hanging_up_closes() -> None:
    board = Board()
    said = (np.sin(np.arange(1000) / 5) * 9000).astype(np.int16)

    async def go() -> list[dict[str, object]]:
        async with listening(board) as server, stream(server) as socket:
            await socket.send(wire.start())
            await board.until(lambda: board.calls)
            call = board.only.call
            for first in range(0, 1000, 130):
                call.speak(said[first : first + 130])
            told = [json.loads(await socket.recv()) for _ in range(6)]
            call.hang_up("done")
            call.hang_up("done")
            call.speak(said)
            told.append(json.loads(await socket.recv()))
            assert await closed(socket) == (1000, "done")
            assert board.only.why is None  # who hung up knows it
            return told

    told = asyncio.run(go())
    assert told.pop() == {"event": "clear", "streamSid": wire.STREAM}
    heard = decode(b"".join(base64.b64decode(one["media"]["payload"]) for one in told), "mu")  # type: ignore[index]
    assert len(heard) == 960
    assert np.abs(heard - said[:960]).max() <= 512


def test_a_center_that_hangs_up_while_it_hears_hears_no_more() -> None:
    """Held frames are told at once, and the first of them makes the center end the call."""

    class Ending(Board):
        def sound(self, number: int, law: Law, payload: bytes) -> None:
            super().sound(number, law, payload)
            self.calls[number].call.hang_up("enough")
            self.calls[number].why = "enough"

    board = Ending()

    async def go() -> None:
        async with listening(board) as server, stream(server) as socket:
            first, *others = wire.frames(wire.pieces(SOUND)[:9])
            await send(socket, [wire.start(), *others, first])
            assert await closed(socket) == (1000, "enough")

    asyncio.run(go())
    assert board.only.sound == SOUND[:160]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/media", {}),
        ("/media/", {}),
        (f"/media/{SECRET}x", {}),
        (f"/media/{SECRET[:-1]}", {}),
        (f"/media?{SECRET}", {}),
        ("/media", {"authorization": "Bearer nothing"}),
        ("/media", {"authorization": f"Basic {SECRET}"}),
        (f"/media/é{SECRET}", {}),
    ],
)
def test_without_the_secret_nobody_comes_in(path: str, headers: dict[str, str]) -> None:
    board = Board()

    async def go() -> None:
        async with listening(board) as server:
            with pytest.raises(InvalidStatus) as told:
                async with stream(server, path, **headers):
                    pass
            assert told.value.response.status_code == 401
            assert server.counts()["strangers"] == 1

    asyncio.run(go())
    assert not board.calls


def test_the_secret_may_stand_in_the_path_or_in_a_header() -> None:
    board = Board()
    own = MediaLine("own", secret=SECRET, header="x-line-secret")
    bearer, header = {"authorization": f"Bearer {SECRET}"}, {"X-Line-Secret": SECRET}

    async def go() -> None:
        async with listening(board) as server, stream(server, "/media", **bearer) as socket:
            await socket.send(wire.start())
            await board.until(lambda: len(board.calls) == 1)
        async with listening(board, own) as server, stream(server, "/media", **header) as socket:
            await socket.send(wire.start())
            await board.until(lambda: len(board.calls) == 2)

    asyncio.run(go())


@pytest.mark.parametrize("written", ["wss://c.example/media/signed", "wss://c.example:443/media/signed/"])
@pytest.mark.parametrize(("algorithm", "form"), [("sha1", "base64"), ("sha256", "hex")])
def test_a_signed_request_comes_in_and_an_unsigned_one_does_not(
    written: str, algorithm: str, form: str
) -> None:
    """HMAC over the URL as the service was given it, as the service's own documentation says."""
    board = Board()
    key = b"the-token-of-the-account"
    signature = Signature("x-service-signature", key, "wss://c.example/media/signed", algorithm, form)
    line = MediaLine("signed", signature=signature)
    digest = hmac.new(key, written.encode(), getattr(hashlib, algorithm)).digest()
    text = base64.b64encode(digest).decode() if form == "base64" else digest.hex()

    async def go() -> None:
        async with listening(board, line) as server:
            async with stream(server, "/media/signed", **{"X-Service-Signature": text}) as socket:
                await socket.send(wire.start())
                await board.until(lambda: board.calls)
            for given_ in ("", text[:-2], "é"):
                with pytest.raises(InvalidStatus):
                    async with stream(server, "/media/signed", **{"X-Service-Signature": given_}):
                        pass

    asyncio.run(go())


def test_a_line_may_be_bound_to_addresses() -> None:
    board = Board()
    line = MediaLine("service", secret=SECRET, sources=(ip_network("192.0.2.0/24"),))

    async def go() -> None:
        async with listening(board, line) as server, stream(server) as socket:
            assert await closed(socket) == (1008, "not from this address")

    asyncio.run(go())
    assert not board.calls


def test_two_streams_may_not_claim_one_id() -> None:
    board = Board()

    async def go() -> None:
        async with listening(board) as server, stream(server) as first:
            await send(first, [wire.start(), wire.media(1, b"\x01" * 160)])
            await board.until(lambda: board.calls and board.only.samples)
            async with stream(server) as second:
                await second.send(wire.start())
                assert (await closed(second)) == (1008, f"stream {wire.STREAM} is open already")
            await first.send(wire.media(2, b"\x02" * 160))
            await board.until(lambda: board.only.samples == 320)
            await first.send(wire.stop())
            await closed(first)
            async with stream(server) as again:  # its id is free once it ended
                await again.send(wire.start())
                await board.until(lambda: len(board.calls) == 2)

    asyncio.run(go())


def test_without_room_the_service_is_told_to_try_again() -> None:
    board = Board(most=1)

    async def go() -> None:
        async with listening(board, limits=Limits(calls=2)) as server, stream(server) as first:
            await first.send(wire.start())
            await board.until(lambda: board.calls)
            async with stream(server) as second:
                await second.send(wire.start("MZ2"))
                assert await closed(second) == (1013, "no room for another call")
                async with stream(server), contextlib.AsyncExitStack() as more:
                    # The server tells nobody that a stream has come: looked at until it has.
                    await until("the second stream", lambda: len(server.open) == 2)
                    with pytest.raises(InvalidStatus) as told:
                        await more.enter_async_context(stream(server))
                    assert told.value.response.status_code == 503

    asyncio.run(go())
    assert len(board.calls) == 1


def test_a_stream_that_falls_silent_is_over() -> None:
    board = Board()

    async def go() -> None:
        limits = Limits(idle_s=0.2)
        async with (
            listening(board, limits=limits) as server,
            stream(server) as mute,
            stream(server) as socket,
        ):
            await socket.send(wire.start())
            assert (await closed(socket)) == (1008, "no sound came any more")
            assert (await closed(mute)) == (1008, "no start frame came")

    asyncio.run(go())
    assert board.only.why == "no sound came any more"


def test_frames_that_are_none_are_passed_over_and_the_call_goes_on() -> None:
    board = Board()
    parts = wire.pieces(SOUND)

    async def go() -> dict[str, int]:
        async with listening(board) as server, stream(server) as socket:
            await send(socket, ["", "no", wire.media(1, parts[0]), wire.start(), "[]", wire.start()])
            await socket.send(b"\x00\x01")
            for number, part in enumerate(parts[1:], start=2):
                await send(socket, [wire.media(number, part), '{"event": "media"}'])
            await socket.send(wire.stop())
            await closed(socket)
            return server.counts()

    counts = asyncio.run(go())
    assert board.only.sound == SOUND
    assert counts["faults"] == 5 + len(parts) - 1


def test_a_stream_of_nothing_but_faults_ends_and_others_go_on() -> None:
    board = Board()

    async def go() -> None:
        async with listening(board) as server, stream(server) as good:
            await good.send(wire.start())
            async with stream(server) as bad:
                await bad.send(wire.start("MZ2"))
                with contextlib.suppress(ConnectionClosed):
                    await send(bad, ["{"] * FAULTS_MOST)
                code, why = await closed(bad)
                assert (code, "frames could not be read" in why) == (1008, True)
            async with stream(server) as huge:
                await huge.send(wire.start("MZ3"))
                with contextlib.suppress(ConnectionClosed):
                    await huge.send("x" * (FRAME_MOST + 1))
                await board.until(lambda: len(board.calls) == 3 and board.calls[3].why)
            await good.send(wire.media(1, b"\x01" * 160))
            await board.until(lambda: board.calls[1].samples == 160)

    asyncio.run(go())


def test_a_wrong_format_is_refused_by_name() -> None:
    board = Board()

    async def go() -> None:
        async with listening(board) as server, stream(server) as socket:
            await send(socket, [wire.connected(), wire.start(encoding="audio/x-l16", rate=16000)])
            code, why = await closed(socket)
            assert (code, "audio/x-l16, 16000 Hz" in why) == (1008, True)

    asyncio.run(go())
    assert not board.calls


def test_frames_cut_into_parts_are_put_together() -> None:
    board = Board()

    async def go() -> None:
        async with listening(board) as server, stream(server) as socket:
            await socket.send(wire.start())
            for text in wire.frames(wire.pieces(SOUND)):
                await socket.send([text[:10], text[10:70], text[70:]])
            await socket.send(wire.stop())
            await closed(socket)

    asyncio.run(go())
    assert board.only.sound == SOUND


def test_stopping_ends_every_call() -> None:
    board = Board()

    async def go() -> None:
        async with listening(board) as server, stream(server) as socket:
            await socket.send(wire.start())
            await board.until(lambda: board.calls)
            stopping = asyncio.create_task(server.stop())
            assert await closed(socket) == (1001, "the center is stopping")
            await stopping

    asyncio.run(go())
    assert board.only.why == "the center is stopping"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_many_calls_at_once_with_losses_doubles_and_rubbish(data: st.DataObject) -> None:
    """Three calls side by side: each gets its own sound, and what it lost is told."""
    board = Board()
    plans = []
    for number in range(3):
        parts = [bytes([number, place % 256]) * 80 for place in range(60)]
        missing = data.draw(st.sets(st.integers(2, 59), max_size=10))
        twice = data.draw(st.sets(st.integers(1, 60), max_size=10))
        rubbish = data.draw(st.dictionaries(st.integers(1, 60), st.text(max_size=5), max_size=5))
        texts = [wire.start(f"MZ{number}", caller=str(number))]
        for place, part in enumerate(parts, start=1):
            texts += [rubbish[place]] if place in rubbish else []
            texts += [] if place in missing else [wire.media(place, part)] * (2 if place in twice else 1)
        line = [-1 if n in missing else part[1] for n, part in enumerate(parts, 1) for _ in range(80)]
        plans.append(([*texts, wire.stop()], line))

    async def one(server: MediaServer, texts: list[str]) -> None:
        async with stream(server) as socket:
            await send(socket, texts)
            await closed(socket)

    async def go() -> None:
        async with listening(board) as server:
            await asyncio.gather(*(one(server, texts) for texts, _ in plans))

    asyncio.run(go())
    for heard in board.calls.values():
        wanted = plans[int(heard.call.caller)][1]
        told = heard.timeline()[1::2]
        assert told == wanted
        assert heard.why == "the caller hung up"
