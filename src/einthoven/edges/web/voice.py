"""``/telephone/N/voice``: whoever has a call hears the caller and speaks, over the page's socket (R6).

One sender, one receiver. What a page does not read in time it misses: the caller is never late in its ear by
more than ``BEHIND_MOST``, and what it missed is told as lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Final

import numpy as np
import structlog
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.center.call_ports import Law, Voice
from einthoven.center.ports import Clock
from einthoven.edges.web.access import Access, address_of, held_of
from einthoven.edges.web.door import SIGN_IN_FIRST
from einthoven.telephone.g711 import decode

LOG = structlog.get_logger("einthoven.voice")
RATE: Final = 8000
SPOKEN_MOST: Final = 2 * RATE
"""Samples of one message of a page."""
BEHIND_MOST: Final = 2 * RATE
"""Samples that may wait for a page."""
NOT_THERE: Final = 4404
BAD: Final = 1008
LOOK_S: Final = 2.0
"""Between two looks whether who listens is still signed in and may answer."""
SEND_S: Final = 10.0


class _Ear:
    """What a page has yet to hear; implements ``center.call_ports.Ear``."""

    def __init__(self) -> None:
        self.some = asyncio.Event()
        self.why: str | None = None
        self._parts: list[bytes | int] = []
        self._waiting = 0

    def heard(self, law: Law, payload: bytes) -> None:
        """The next sound."""
        if self._waiting + len(payload) > BEHIND_MOST:
            self.missed(len(payload))
            return
        self._waiting += len(payload)
        sound = decode(payload, law).astype("<i2").tobytes()
        if self._parts and isinstance(self._parts[-1], bytes):
            self._parts[-1] += sound
        else:
            self._parts.append(sound)
        self.some.set()

    def missed(self, samples: int) -> None:
        """So many samples do not come."""
        if self._parts and isinstance(self._parts[-1], int):
            self._parts[-1] += samples
        else:
            self._parts.append(samples)
        self.some.set()

    def over(self, why: str) -> None:
        """Nothing more comes."""
        self.why = why
        self.some.set()

    def take(self) -> list[bytes | int]:
        """What waits, in order: sound, or samples that were lost."""
        parts, self._parts, self._waiting = self._parts, [], 0
        self.some.clear()
        return parts


class VoiceSocket:
    """Serves the socket.

    Args:
        voice: the center's calls; None: a center without a telephone.
        access: who asks.
        clock: the center's clocks.
    """

    def __init__(self, voice: Voice | None, access: Access, clock: Clock) -> None:
        self._voice = voice
        self._access = access
        self._clock = clock

    def routes(self) -> list[WebSocketRoute]:
        """Where it is."""
        return [WebSocketRoute("/telephone/{call:int}/voice", self.serve, name="telephone voice")]

    async def serve(self, socket: WebSocket) -> None:
        """From its opening to its end."""
        await socket.accept()
        number, held = int(socket.path_params["call"]), held_of(socket)
        ear = _Ear()
        try:
            if self._voice is None:
                raise NotFoundError("this center has no telephone")
            if held.staff is None or held.how == "token":
                raise RefusedError("sign_in", "sign in first: a call is answered by a person")
            cease = self._voice.listen(number, held.staff, ear)
        except (InputError, RefusedError) as error:
            words = error.detail if isinstance(error, RefusedError) else str(error)
            await _close(socket, NOT_THERE, words)
            return
        peer = {"address": address_of(socket.scope)}
        LOG.info("voice_opened", call=number, actor=held.actor, peer=peer["address"])
        telling = asyncio.create_task(self._tell(socket, number, ear))
        try:
            await self._access.ledger.read(
                held, "telephone.voice", [f"telephone {number}"], peer, self._clock.wall()
            )
            code, why = await self._hear(socket, number, held.staff, telling)
        finally:
            cease()
            telling.cancel()
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError, TimeoutError):
                await telling
        await _close(socket, code, why)
        LOG.info("voice_closed", call=number, actor=held.actor, why=why)

    async def _hear(
        self, socket: WebSocket, number: int, person: int, telling: asyncio.Task[tuple[int, str]]
    ) -> tuple[int, str]:
        """Take what the page says until either side ends; code and reason to close with."""
        assert self._voice is not None
        while True:
            coming = asyncio.ensure_future(socket.receive())
            try:
                await asyncio.wait({coming, telling}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                if not coming.done():
                    coming.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await coming
            if telling.done():
                error = telling.exception()
                return (1000, "the page does not read") if error is not None else telling.result()
            message = coming.result()
            if message["type"] == "websocket.disconnect":
                return 1000, "the page is gone"
            sound = message.get("bytes")
            if sound is None:
                return BAD, "the page says sound alone, no text"
            if len(sound) % 2 or len(sound) > 2 * SPOKEN_MOST:
                return BAD, f"{len(sound)} bytes of sound: int16, {SPOKEN_MOST} samples at the most"
            if sound:
                self._voice.speak(number, person, np.frombuffer(sound, "<i2").astype(np.int16))

    async def _tell(self, socket: WebSocket, number: int, ear: _Ear) -> tuple[int, str]:
        """Send what the caller says until the call is over for this page; code and reason to close with."""
        held = held_of(socket)
        await socket.send_text(json.dumps({"type": "open", "call": number, "rate": RATE}))
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await ear.some.wait()
            if self._access.still(held, self._clock.wall()) is None:
                return SIGN_IN_FIRST, "the session is over: sign in again"
            async with asyncio.timeout(SEND_S):
                for part in ear.take():
                    if isinstance(part, int):
                        await socket.send_text(json.dumps({"type": "lost", "samples": part}))
                    else:
                        await socket.send_bytes(part)
                if ear.why is not None:
                    await socket.send_text(json.dumps({"type": "over", "why": ear.why}))
                    return 1000, ear.why


async def _close(socket: WebSocket, code: int, why: str) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
        async with asyncio.timeout(1):
            await socket.close(code, why.encode()[:120].decode("utf-8", "ignore"))
