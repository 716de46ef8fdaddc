"""How a socket ends: a page that was closed or left says so, a connection that broke does not."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, cast

import pytest
from starlette.websockets import WebSocket

from einthoven.edges.web.pump import Pump
from einthoven.testing.web import HandClock

LAST_WORDS = '{"type":"leaving"}'


class Line:
    """A socket whose page says its last words and goes, with a close code."""

    scope: ClassVar[dict[str, Any]] = {}

    def __init__(self, code: int) -> None:
        self.said = [
            {"type": "websocket.receive", "text": LAST_WORDS},
            {"type": "websocket.disconnect", "code": code},
        ]
        self.broken = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.broken.wait()
        return self.said.pop(0)


async def ended(code: int, *, sender_first: bool) -> tuple[str, list[str]]:
    line, heard = Line(code), list[str]()

    async def send(_now: int) -> str | None:
        if sender_first:
            asyncio.get_running_loop().call_soon(line.broken.set)
            raise RuntimeError("the socket is closing")
        line.broken.set()
        return None

    async with asyncio.timeout(20):
        pump = Pump(cast(WebSocket, line), HandClock(), send, heard.append, heard.append)
        return await pump.run(), heard


@pytest.mark.parametrize("sender_first", [False, True])
@pytest.mark.parametrize(("code", "reason"), [(1001, "left"), (1006, "gone"), (1005, "gone")])
def test_a_page_that_is_closed_says_so_whichever_side_notices_first(
    code: int, reason: str, sender_first: bool
) -> None:
    assert asyncio.run(ended(code, sender_first=sender_first)) == (reason, [LAST_WORDS])
