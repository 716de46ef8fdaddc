"""One open socket: a sender that tells what is new ten times a second, a receiver of what the page says.

The sender builds a message when the transport can take it and waits until it has, so nothing queues here.
What a page asks brings the next message forward.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from einthoven.base.instants import SECOND
from einthoven.center.desk_door import PAGE_LEFT
from einthoven.center.ports import Clock

TICK_S: Final = 0.1
LEAST_S: Final = 0.01
"""Between two messages that requests of the page brought forward: a page that asks in a loop costs little."""
LAST_WORDS_S: Final = 1.0
"""For what a page said before its socket was found closed: it lies there already."""
ABORT: Final = "einthoven.abort"
"""ASGI extension of ``server.ScreenProtocol``: cuts a connection whose peer does not read."""
TRY_AGAIN: Final = 1013
GONE: Final = "gone"
GOING_AWAY: Final = 1001
"""RFC 6455, 7.4.1: a browser closes so what a page opened that is closed or left."""


class Pump:
    """Serves one socket until either side ends it.

    Args:
        socket: accepted.
        clock: paces the ticks.
        send: sends what is new, given monotonic time; the reason to end ("slow", …) or None. It bounds its
            own waiting for the transport with TimeoutError.
        take: takes one text of the page; what it cannot take it refuses itself.
        refuse: tells the page that a message of another form was not taken.
        late: hears how many seconds late each tick was.
    """

    def __init__(
        self,
        socket: WebSocket,
        clock: Clock,
        send: Callable[[int], Awaitable[str | None]],
        take: Callable[[str], None],
        refuse: Callable[[str], None],
        late: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        self._socket = socket
        self._clock = clock
        self._send_news = send
        self._take = take
        self._refuse = refuse
        self._late = late
        self._asked = asyncio.Event()

    async def run(self) -> str:
        """Serve until either side ends; the reason, ``PAGE_LEFT`` where the page itself is gone."""
        sender = asyncio.create_task(self._send(), name="screen-sender")
        receiver = asyncio.create_task(self._receive(), name="screen-receiver")
        try:
            await asyncio.wait((sender, receiver), return_when=asyncio.FIRST_COMPLETED)
            if sender.done() and sender.exception() is None and sender.result() == GONE:
                # The page's last words, and with which code it closed, are still to be read.
                await asyncio.wait((receiver,), timeout=LAST_WORDS_S)
                ended = receiver if receiver.done() else sender
            else:
                ended = sender if sender.done() else receiver
        finally:
            for task in (sender, receiver):
                task.cancel()
            await asyncio.gather(sender, receiver, return_exceptions=True)
        reason = ended.result()
        if reason == "slow":
            await self._cut()
        return reason

    async def _receive(self) -> str:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return PAGE_LEFT if message.get("code") == GOING_AWAY else GONE
            text = message.get("text")
            if text is None:
                self._refuse("binary messages are not taken")
                continue
            self._take(text)
            self._asked.set()

    async def _send(self) -> str:
        """What the page lacks, at least ten times a second while it can be taken."""
        due = self._clock.monotonic()
        while True:
            began = self._clock.monotonic()
            self._late(max(began - due, 0) / SECOND)
            self._asked.clear()
            try:
                reason = await self._send_news(began)
            except (WebSocketDisconnect, RuntimeError):
                return GONE  # Starlette and uvicorn raise either for a socket that closes meanwhile
            except TimeoutError:
                return "slow"
            if reason is not None:
                return reason
            await asyncio.sleep(LEAST_S)
            left = TICK_S - LEAST_S - (self._clock.monotonic() - began) / SECOND
            due = self._clock.monotonic() + max(round(left * SECOND), 0)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(left, 0)):
                    await self._asked.wait()
                    due = self._clock.monotonic()

    async def _cut(self) -> None:
        """End a connection whose peer does not read: a closing handshake would wait for it too."""
        extension = self._socket.scope.get("extensions", {}).get(ABORT)
        if extension is not None:
            extension["abort"]()
            return
        await close(self._socket, TRY_AGAIN, "this screen does not keep up")


async def close(socket: WebSocket, code: int, why: str) -> None:
    """Close a socket in words, but wait for no handshake of a page that is gone."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
        async with asyncio.timeout(1):
            await socket.close(code, why)
