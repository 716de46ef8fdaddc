"""The live socket: one screen, one sender.

The sender asks the census and the hub for what the screen lacks ten times a second and waits for the
transport to take it, so nothing queues here: what a slow screen misses coalesces (state) or is dropped and
marked (waves). State goes first.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

import structlog
from prometheus_client import Counter
from starlette.websockets import WebSocket, WebSocketDisconnect

from einthoven.base.errors import InputError, RefusedError
from einthoven.base.instants import SECOND
from einthoven.center.live import Screen
from einthoven.center.live_beats import BeatReader, LiveBeats
from einthoven.center.live_news import Reader
from einthoven.center.live_view import Reload, View, Visible, parse_request
from einthoven.edges.web.deps import WebDeps
from einthoven.edges.web.metrics import WebMetrics

LOG = structlog.get_logger("einthoven.live")
TICK_S: Final = 0.1
LEAST_S: Final = 0.01
"""Between two messages that requests of the screen brought forward: a screen that asks in a loop costs
little."""
ABORT: Final = "einthoven.abort"
"""ASGI extension of ``server.ScreenProtocol``: cuts a connection whose peer does not read."""
TRY_AGAIN: Final = 1013


class LiveSocket:
    """Serves ``/live``."""

    def __init__(self, deps: WebDeps, metrics: WebMetrics) -> None:
        self._deps = deps
        self._metrics = metrics
        self._beats = LiveBeats(deps.ward, deps.hub)

    async def serve(self, socket: WebSocket) -> None:
        """One screen from its opening to its end."""
        await socket.accept()
        try:
            screen = self._deps.hub.open()
        except RefusedError as error:
            self._metrics.closed.labels("refused").inc()
            LOG.warning("screen refused", reason=error.detail)
            await socket.close(TRY_AGAIN, error.detail)
            return
        peer = socket.client.host if socket.client else "?"
        LOG.info("screen opened", peer=peer, screens=self._deps.hub.screens)
        self._metrics.screens.inc()
        reason = "fault"
        try:
            reason = await _Session(socket, screen, self._deps, self._beats, self._metrics).run()
        finally:
            self._deps.hub.close(screen)
            self._metrics.screens.dec()
            self._metrics.closed.labels(reason).inc()
            LOG.info("screen closed", peer=peer, reason=reason, skips=screen.skips)


class _Session:
    """One open screen."""

    def __init__(
        self, socket: WebSocket, screen: Screen, deps: WebDeps, beats: LiveBeats, metrics: WebMetrics
    ) -> None:
        self._socket = socket
        self._screen = screen
        self._deps = deps
        self._beats = beats
        self._beat_reader = BeatReader()
        self._reader: Reader = deps.news.reader()
        self._asked = asyncio.Event()
        self._state_messages = metrics.messages.labels("state"), metrics.bytes.labels("state")
        self._wave_messages = metrics.messages.labels("waves"), metrics.bytes.labels("waves")
        self._beat_messages = metrics.messages.labels("beats"), metrics.bytes.labels("beats")
        self._metrics = metrics

    async def run(self) -> str:
        """Serve until either side ends; the reason."""
        sender = asyncio.create_task(self._send(), name="screen-sender")
        receiver = asyncio.create_task(self._receive(), name="screen-receiver")
        try:
            done, _ = await asyncio.wait((sender, receiver), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sender, receiver):
                task.cancel()
            await asyncio.gather(sender, receiver, return_exceptions=True)
        reason = next(iter(done)).result()
        if reason == "slow":
            await self._cut()
        return reason

    async def _receive(self) -> str:
        """Requests of the screen, one at a time; what cannot be taken is refused in words."""
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return "gone"
            text = message.get("text")
            if text is None:
                self._deps.news.refuse(self._reader, "binary messages are not taken")
                continue
            try:
                self._ask(text)
            except InputError as error:
                LOG.warning("request of a screen refused", reason=str(error))
                self._deps.news.refuse(self._reader, str(error))
            self._asked.set()

    def _ask(self, text: str) -> None:
        request = parse_request(text)
        match request:
            case View():
                self._deps.hub.view(self._screen, request)
                self._beats.view(self._beat_reader, request)
                self._deps.news.watch(self._reader, [stream for stream, _ in request.streams])
            case Visible():
                self._deps.hub.visible(self._screen, request.value)
                self._beats.visible(self._beat_reader, request.value)
            case Reload():
                self._deps.news.reload(self._reader)

    async def _send(self) -> str:
        """What the screen lacks, state first, at least ten times a second while it can be taken."""
        clock = self._deps.clock
        due = clock.monotonic()
        while True:
            began = clock.monotonic()
            self._metrics.late_seconds.observe(max(began - due, 0) / SECOND)
            self._asked.clear()
            try:
                if not await self._messages(began):
                    return "slow"
            except (WebSocketDisconnect, RuntimeError):
                return "gone"  # Starlette and uvicorn raise either for a socket that closes meanwhile
            except TimeoutError:
                return "slow"
            await asyncio.sleep(LEAST_S)
            left = TICK_S - LEAST_S - (clock.monotonic() - began) / SECOND
            due = clock.monotonic() + max(round(left * SECOND), 0)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(left, 0)):
                    await self._asked.wait()
                    due = clock.monotonic()

    async def _messages(self, began: int) -> bool:
        """Send one tick; False when the screen has been behind for too long."""
        wall = self._deps.clock.wall()
        skips = self._screen.skips
        text = self._deps.news.next(self._reader, began, wall)
        waves = self._deps.hub.frames(self._screen, began, wall)
        beats = self._beats.next(self._beat_reader, began, wall)
        self._metrics.build_seconds.observe((self._deps.clock.monotonic() - began) / SECOND)
        self._metrics.skips.inc(self._screen.skips - skips)
        if self._deps.hub.too_slow(self._screen, began):
            return False
        async with asyncio.timeout(self._deps.send_limit_s):
            if text is not None:
                await self._socket.send_text(text)
                _count(self._state_messages, len(text))
            if waves is not None:
                await self._socket.send_bytes(waves)
                _count(self._wave_messages, len(waves))
            if beats is not None:
                await self._socket.send_bytes(beats)
                _count(self._beat_messages, len(beats))
        return True

    async def _cut(self) -> None:
        """End a connection whose peer does not read: a closing handshake would wait for it too."""
        extension = self._socket.scope.get("extensions", {}).get(ABORT)
        if extension is not None:
            extension["abort"]()
            return
        with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
            async with asyncio.timeout(1):
                await self._socket.close(TRY_AGAIN, "this screen does not keep up")


def _count(counters: tuple[Counter, Counter], size: int) -> None:
    messages, sent = counters
    messages.inc()
    sent.inc(size)
