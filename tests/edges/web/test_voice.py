"""The technician's voice and ear: a page's socket and the caller, both ways."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.edges.web.signed_center import SignedCenter
from websockets.asyncio.client import ClientConnection, connect

from einthoven.base.errors import NotFoundError, RefusedError
from einthoven.center.call_ports import Ear
from einthoven.center.sessions import Opened
from einthoven.edges.web.server import WebServer
from einthoven.edges.web.voice import BEHIND_MOST, _Ear
from einthoven.telephone.g711 import decode, encode


class Calls:
    """``center.call_ports.Voice``: call 7 is of the technician."""

    def __init__(self) -> None:
        self.person = 0
        self.ears: list[Ear] = []
        self.said: list[NDArray[np.int16]] = []
        self.ceased = 0

    def listen(self, number: int, person: int, ear: Ear) -> Callable[[], None]:
        if number != 7:
            raise NotFoundError(f"there is no call {number}")
        if person != self.person:
            raise RefusedError("not_held", "call 7 is with somebody else")
        self.ears.append(ear)

        def cease() -> None:
            self.ceased += 1

        return cease

    def speak(self, number: int, person: int, sound: NDArray[np.int16]) -> None:
        assert (number, person) == (7, self.person)
        self.said.append(sound)


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - what is waited for is told to nobody
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def voice(server: WebServer, opened: Opened | None, number: int = 7) -> AsyncIterator[ClientConnection]:
    address = server.url.replace("http", "ws") + f"/telephone/{number}/voice"
    cookie = {} if opened is None else {"cookie": f"einthoven={opened.token}"}
    async with connect(
        address, compression=None, proxy=None, origin=server.url, additional_headers=cookie
    ) as socket:
        yield socket


async def closed(socket: ClientConnection) -> tuple[int | None, str | None]:
    await asyncio.wait_for(socket.wait_closed(), 30)
    return socket.close_code, socket.close_reason


def run(
    static: Path, go: Callable[[SignedCenter, Calls, WebServer, Opened], Coroutine[Any, Any, None]]
) -> Calls:
    calls = Calls()
    center = SignedCenter(static, voice=calls)
    center.house.everybody()
    opened = center.enter("technician")
    calls.person = opened.held.staff or 0

    async def served() -> None:
        async with center.served() as server:
            await go(center, calls, server, opened)

    asyncio.run(served())
    return calls


def test_the_caller_is_heard_and_spoken_to(static: Path) -> None:
    said = (np.sin(np.arange(1600) / 4) * 12_000).astype(np.int16)
    payload = encode(said, "mu").tobytes()

    async def go(center: SignedCenter, calls: Calls, server: WebServer, opened: Opened) -> None:
        async with voice(server, opened) as socket:
            assert json.loads(await socket.recv()) == {"type": "open", "call": 7, "rate": 8000}
            calls.ears[0].heard("mu", payload)
            heard = await socket.recv()
            assert isinstance(heard, bytes)
            assert np.array_equal(np.frombuffer(heard, "<i2"), decode(payload, "mu"))
            calls.ears[0].missed(160)
            calls.ears[0].heard("a", b"\xd5" * 80)
            assert json.loads(await socket.recv()) == {"type": "lost", "samples": 160}
            assert len(await socket.recv()) == 160
            for first in range(0, 1600, 160):
                await socket.send(said[first : first + 160].astype("<i2").tobytes())
            await until(lambda: len(calls.said) == 10)
            calls.ears[0].over("the caller hung up")
            assert json.loads(await socket.recv()) == {"type": "over", "why": "the caller hung up"}
            assert await closed(socket) == (1000, "the caller hung up")
        on_record = (opened.held.actor, "telephone.voice", "telephone 7")
        assert center.reads("telephone.voice") == [on_record]

    calls = run(static, go)
    assert np.array_equal(np.concatenate(calls.said), said)
    assert calls.ceased == 1


def test_only_who_has_the_call_comes_in(static: Path) -> None:
    async def go(center: SignedCenter, _calls: Calls, server: WebServer, opened: Opened) -> None:
        for who, number, code, words in (
            (opened, 8, 4404, "there is no call 8"),
            (center.enter("supervisor"), 7, 4404, "call 7 is with somebody else"),
            (center.enter("physician"), 7, 4403, "not for physician"),
            (None, 7, 4401, "sign in first"),
        ):
            async with voice(server, who, number) as socket:
                assert await closed(socket) == (code, words)

    assert run(static, go).ears == []


@pytest.mark.parametrize("said", ["hello", b"\x01", bytes(2 * 16_001)])
def test_what_is_no_sound_closes_with_the_reason(static: Path, said: str | bytes) -> None:
    async def go(_center: SignedCenter, calls: Calls, server: WebServer, opened: Opened) -> None:
        async with voice(server, opened) as socket:
            await socket.send(said)
            assert (await closed(socket))[0] == 1008
        await until(lambda: calls.ceased == 1)

    assert run(static, go).said == []


def test_a_page_that_goes_is_heard_no_more(static: Path) -> None:
    async def go(_center: SignedCenter, calls: Calls, server: WebServer, opened: Opened) -> None:
        async with voice(server, opened) as socket:
            await socket.recv()
            socket.transport.abort()
        await until(lambda: calls.ceased == 1)

    run(static, go)


def test_signing_out_ends_it_and_a_lock_does_not(static: Path) -> None:
    async def go(center: SignedCenter, calls: Calls, server: WebServer, opened: Opened) -> None:
        async with voice(server, opened) as socket:
            await socket.recv()
            center.house.sign_in.lock(opened.held, center.house.now)
            calls.ears[0].heard("mu", b"\xff" * 160)
            assert len(await socket.recv()) == 320
            center.house.sign_in.sign_out(opened.held, center.house.now)
            calls.ears[0].heard("mu", b"\xff" * 160)
            assert await closed(socket) == (4401, "the session is over: sign in again")

    run(static, go)


def test_a_page_that_does_not_read_misses_and_is_told() -> None:
    """The caller is never late in a page's ear by more than two seconds."""

    async def go() -> list[bytes | int]:
        ear = _Ear()
        for _ in range(200):
            ear.heard("mu", b"\xff" * 160)
        ear.missed(40)
        return ear.take()

    sound, lost = asyncio.run(go())
    assert isinstance(sound, bytes)
    assert len(sound) == 2 * BEHIND_MOST
    assert lost == 200 * 160 - BEHIND_MOST + 40
