"""The live socket: one screen, one sender.

The sender asks the census and the hub for what the screen lacks ten times a second and waits for the
transport to take it, so nothing queues here: what a slow screen misses coalesces (state) or is dropped and
marked (waves). State goes first.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import Final

import structlog
from prometheus_client import Counter
from starlette.websockets import WebSocket, WebSocketDisconnect

from einthoven.base.errors import InputError, RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import SECOND
from einthoven.center.live import Screen
from einthoven.center.live_beats import BeatReader, LiveBeats
from einthoven.center.live_news import Reader
from einthoven.center.live_view import Reload, View, Visible, parse_request
from einthoven.center.sign_in_ports import Held
from einthoven.edges.web.access import ONCE, address_of, held_of
from einthoven.edges.web.deps import WebDeps
from einthoven.edges.web.door import SIGN_IN_FIRST
from einthoven.edges.web.metrics import WebMetrics
from einthoven.edges.web.pump import TRY_AGAIN, Pump

LOG = structlog.get_logger("einthoven.live")
SIGNED_OUT: Final = "signed out"


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
        held = held_of(socket)
        try:
            await self._deps.access.ledger.read(
                held, "live.list", ["patients"], {"address": peer}, self._deps.clock.wall(), ONCE
            )
            reason = await _Session(socket, screen, self._deps, self._beats, self._metrics, held).run()
        finally:
            self._deps.hub.close(screen)
            self._metrics.screens.dec()
            self._metrics.closed.labels(reason).inc()
            LOG.info("screen closed", peer=peer, reason=reason, skips=screen.skips)


class _Session:
    """One open screen."""

    def __init__(
        self,
        socket: WebSocket,
        screen: Screen,
        deps: WebDeps,
        beats: LiveBeats,
        metrics: WebMetrics,
        held: Held,
    ) -> None:
        self._socket = socket
        self._screen = screen
        self._deps = deps
        self._beats = beats
        self._beat_reader = BeatReader()
        self._held = held
        self._all = deps.access.sight.all_of(held)
        self._asked_for: View | None = None
        self._due = False
        self._given: tuple[StreamId, ...] = ()
        self._judged = deps.clock.monotonic()
        self._edition = deps.access.sight.edition
        self._reader: Reader = deps.news.reader(None if self._all else self._sees)
        self._state_messages = metrics.messages.labels("state"), metrics.bytes.labels("state")
        self._wave_messages = metrics.messages.labels("waves"), metrics.bytes.labels("waves")
        self._beat_messages = metrics.messages.labels("beats"), metrics.bytes.labels("beats")
        self._metrics = metrics

    async def run(self) -> str:
        """Serve until either side ends; the reason."""
        reason = await Pump(
            self._socket,
            self._deps.clock,
            self._messages,
            self._take,
            lambda why: self._deps.news.refuse(self._reader, why),
            self._metrics.late_seconds.observe,
        ).run()
        if reason == SIGNED_OUT:
            with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
                async with asyncio.timeout(1):
                    await self._socket.close(SIGN_IN_FIRST, "the session is over: sign in again")
        return reason

    def _sees(self, stream: StreamId) -> bool:
        deps = self._deps
        return deps.access.sight.visible(stream, self._held, deps.clock.wall())

    def _take(self, text: str) -> None:
        """A request of the screen; what cannot be taken is refused in words."""
        try:
            self._ask(text)
        except InputError as error:
            LOG.warning("request of a screen refused", reason=str(error))
            self._deps.news.refuse(self._reader, str(error))

    def _ask(self, text: str) -> None:
        request = parse_request(text)
        match request:
            case View():
                self._asked_for, self._due = request, True
            case Visible():
                self._deps.hub.visible(self._screen, request.value)
                self._beats.visible(self._beat_reader, request.value)
            case Reload():
                self._deps.news.reload(self._reader)

    async def _show(self, request: View) -> None:
        """Show what of a view may be seen, once it is noted who sees it; of the rest, nothing is said."""
        self._due = False
        view = request
        if not self._all:
            view = replace(request, streams=tuple(one for one in request.streams if self._sees(one[0])))
        self._given = tuple(stream for stream, _ in view.streams)
        names = [stream_name(stream) for stream in self._given]
        wall, peer = self._deps.clock.wall(), address_of(self._socket.scope)
        await self._deps.access.ledger.read(self._held, "read.live", names, {"address": peer}, wall, ONCE)
        self._deps.hub.view(self._screen, view)
        self._beats.view(self._beat_reader, view)
        self._deps.news.watch(self._reader, self._given)

    def _judge(self, began: int) -> bool:
        """Whether the session still is one; and, once a second, whether what it sees is still its to see."""
        held = self._deps.access.still(self._held, self._deps.clock.wall())
        if held is None:
            return False
        others, self._held = (held.roles, held.practice) != (self._held.roles, self._held.practice), held
        edition = self._deps.access.sight.edition
        if not others and edition == self._edition and (self._all or began - self._judged < SECOND):
            return True
        self._judged, was = began, self._all
        self._all = self._deps.access.sight.all_of(held)
        self._reader.sees = None if self._all else self._sees
        asked = () if self._asked_for is None else self._asked_for.streams
        given = tuple(stream for stream, _ in asked if self._all or self._sees(stream))
        if others or edition != self._edition or was != self._all or given != self._given:
            self._edition, self._due = edition, self._asked_for is not None
            self._deps.news.reload(self._reader)
        return True

    async def _messages(self, began: int) -> str | None:
        """Send one tick; the reason to end: signed out, or behind for too long."""
        if not self._judge(began):
            return SIGNED_OUT
        if self._due and self._asked_for is not None:
            await self._show(self._asked_for)
        wall = self._deps.clock.wall()
        skips = self._screen.skips
        text = self._deps.news.next(self._reader, began, wall)
        waves = self._deps.hub.frames(self._screen, began, wall)
        beats = self._beats.next(self._beat_reader, began, wall)
        self._metrics.build_seconds.observe((self._deps.clock.monotonic() - began) / SECOND)
        self._metrics.skips.inc(self._screen.skips - skips)
        if self._deps.hub.too_slow(self._screen, began):
            return "slow"
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
        return None


def _count(counters: tuple[Counter, Counter], size: int) -> None:
    messages, sent = counters
    messages.inc()
    sent.inc(size)
