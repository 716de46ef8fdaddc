"""The TCP proxy passes bytes on unchanged, in order, and breaks connections the ways it says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest
from tests.sim.waiting import until

from einthoven.sim.network import Weather
from einthoven.sim.proxy import Proxy

DATA = Random(1).randbytes(60_000)


@asynccontextmanager
async def echoing(weather: Weather | None = None) -> AsyncIterator[tuple[Proxy, list[str]]]:
    ends: list[str] = []

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(4096):
                writer.write(data)
                await writer.drain()
            ends.append("end")
        except ConnectionError:
            ends.append("reset")
        finally:
            writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    proxy = Proxy("127.0.0.1", server.sockets[0].getsockname()[1], 1, weather)
    await proxy.open()
    try:
        yield proxy, ends
    finally:
        await proxy.close()
        server.close()
        await asyncio.sleep(0)


@pytest.mark.parametrize("weather", [Weather(0.0), Weather(0.01, 0.005), Weather(0.0, up_bytes_s=400_000.0)])
def test_bytes_come_through_in_order(weather: Weather) -> None:
    async def act() -> float:
        loop = asyncio.get_running_loop()
        async with echoing(weather) as (proxy, _):
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            begun = loop.time()
            writer.write(DATA)
            assert await reader.readexactly(len(DATA)) == DATA
            took = loop.time() - begun
            writer.close()
            return took

    took = asyncio.run(act())
    assert took >= (2 * weather.delay_s if weather.up_bytes_s is None else len(DATA) / 400_000 * 0.9)


async def dial_and_read(port: int) -> None:
    reader, _ = await asyncio.open_connection("127.0.0.1", port)
    assert await reader.read() == b"never"


def test_a_reset_reaches_both_ends_and_a_cut_lets_none_through() -> None:
    async def act() -> list[str]:
        async with echoing() as (proxy, ends):
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            writer.write(b"x")
            await reader.readexactly(1)
            proxy.cut(30.0)
            with pytest.raises(ConnectionError):
                assert await reader.read() == b"never"
            writer.close()
            with pytest.raises(ConnectionError):
                await dial_and_read(proxy.port)
            await until("the far end to know", lambda: ends)
            return ends

    assert asyncio.run(act()) == ["reset"]


def test_half_open_tells_one_end_only() -> None:
    async def act() -> list[str]:
        async with echoing() as (proxy, ends):
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            writer.write(b"x")
            await reader.readexactly(1)
            proxy.half_open(center_notices=True)
            writer.write(b"into the void")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.15):
                    await reader.read(1)
            writer.close()
            await until("the far end to know", lambda: ends)
            return list(ends)

    assert asyncio.run(act()) == ["reset"]


def test_a_stall_holds_everything_back() -> None:
    async def act() -> float:
        loop = asyncio.get_running_loop()
        async with echoing() as (proxy, _):
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            proxy.stall(0.3)
            begun = loop.time()
            writer.write(b"x")
            await reader.readexactly(1)
            writer.close()
            return loop.time() - begun

    assert asyncio.run(act()) >= 0.25
