"""The bad network for real sockets: a TCP proxy that delays, narrows, stalls, cuts and half-closes (by seed).

TLS goes through untouched, so what is tested is the real transmitter against the real center.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from random import Random

from einthoven.sim.network import Weather

CHUNK = 4096


class Proxy:
    """Listens on a port of its own and passes everything on to a center.

    Args:
        host, port: where the center listens.
        seed: of delays and refusals.
        weather: at the start.
    """

    def __init__(self, host: str, port: int, seed: int = 0, weather: Weather | None = None) -> None:
        self._target = (host, port)
        self._chance = Random(seed)
        self.weather = weather or Weather(delay_s=0.0)
        self._server: asyncio.Server | None = None
        self._pairs: set[_Pair] = set()
        self._cut_until = 0.0
        self._stalled_until = 0.0
        self.port = 0
        self.connections = 0

    async def open(self) -> None:
        """Listen on a free port of 127.0.0.1; ``port`` says which."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=CHUNK * 4)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is not None:
            self._server.close()
        self.reset()
        pairs = list(self._pairs)
        await asyncio.gather(*(pair.done() for pair in pairs), return_exceptions=True)

    def retarget(self, host: str, port: int) -> None:
        """New connections go to another address (a center that was started again)."""
        self._target = (host, port)

    def cut(self, seconds: float) -> None:
        """Reset every connection and refuse new ones for a while."""
        self._cut_until = asyncio.get_running_loop().time() + seconds
        self.reset()

    def reset(self) -> None:
        """Reset every connection where it stands, in the middle of a frame if need be."""
        for pair in list(self._pairs):
            pair.abort(near=True, far=True)

    def half_open(self, center_notices: bool = True) -> None:
        """One end sees a reset, the other hears nothing more and is not told."""
        for pair in list(self._pairs):
            pair.abort(near=not center_notices, far=center_notices)

    def stall(self, seconds: float) -> None:
        """Nothing gets through for a while."""
        self._stalled_until = asyncio.get_running_loop().time() + seconds

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._cut_until or self._chance.random() < self.weather.refuse:
            _abort(writer)
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target, limit=CHUNK * 4)
        except OSError:
            _abort(writer)
            return
        self.connections += 1
        pair = _Pair(writer, far_writer)
        self._pairs.add(pair)
        pair.tasks = [
            asyncio.create_task(self._pump(pair, reader, far_writer, up=True)),
            asyncio.create_task(self._pump(pair, far_reader, writer, up=False)),
        ]
        await asyncio.gather(*pair.tasks, return_exceptions=True)
        pair.abort(near=True, far=True)
        self._pairs.discard(pair)

    async def _pump(
        self, pair: _Pair, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, up: bool
    ) -> None:
        """One direction; in order, so a delayed piece delays what follows it."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(256)
        sender = asyncio.create_task(self._deliver(pair, queue, writer))
        try:
            while data := await reader.read(CHUNK):
                weather = self.weather
                width = weather.up_bytes_s if up else weather.down_bytes_s
                if width:
                    await asyncio.sleep(len(data) / width)
                delay = weather.delay_s + self._chance.expovariate(1.0) * weather.jitter_s
                await queue.put((loop.time() + delay, data))
            await queue.put((loop.time(), b""))
            await sender
        except (OSError, asyncio.IncompleteReadError):
            pair.abort(near=True, far=True)
        finally:
            sender.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await sender

    async def _deliver(
        self, pair: _Pair, queue: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            await asyncio.sleep(max(0.0, self._stalled_until - loop.time()))
            if not data:
                if not pair.silent:
                    writer.close()
                return
            if not pair.silent:
                writer.write(data)
                await writer.drain()


class _Pair:
    """The two sockets of one connection."""

    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self._near, self._far = near, far
        self.tasks: list[asyncio.Task[None]] = []
        self.silent = False

    def abort(self, near: bool, far: bool) -> None:
        """Reset the sockets named; what is on the way is gone."""
        self.silent = True
        if near:
            _abort(self._near)
        if far:
            _abort(self._far)

    async def done(self) -> None:
        """Wait until both directions have ended."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


def _abort(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN."""
    raw = writer.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
