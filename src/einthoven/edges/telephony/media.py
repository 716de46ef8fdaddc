"""The listener of media streams: WebSocket over TLS, for telephony services alone, a call each (R6).

Own listener and no route of the pages: a telephony service reaches it from the internet, and the pages need
not be reached from there; neither their limits nor their names (Host, Origin) fit it. It stands on picows, as
the transmitters' door does: 50 frames a second a call are cheap there.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from picows import (
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
    ws_create_server,
)

from einthoven.center.call_ports import Switchboard
from einthoven.edges.telephony.media_call import BAD_DATA, TOO_BIG, MediaCall, OpenStreams
from einthoven.edges.telephony.media_lines import PATH, MediaLine, line_of

LOG = structlog.get_logger("einthoven.media")
FRAME_MOST: Final = 64 * 1024
"""Bytes of a frame: 2 s of sound are 22 kB."""
WRITE_BUFFER_MOST: Final = 256 * 1024
"""Unsent bytes at which a service that does not read misses what is said: about 20 s of speech."""
HANDSHAKE_S: Final = 10.0
REFUSED_TOLD: Final = 20
"""Strangers that are logged a minute; the rest are counted."""
GOODBYE_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken.

    Attributes:
        calls: open at once.
        idle_s: a stream that sends nothing for so long is over; one that has to start, too.
    """

    calls: int = 100
    idle_s: float = 15.0


class _Stream(WSListener):
    """One connection; implements ``media_call.Wire``."""

    def __init__(self, server: MediaServer, line: MediaLine) -> None:
        super().__init__()
        self._server = server
        self._line = line
        self._transport: WSTransport | None = None
        self._parts = bytearray()
        self._closing = False
        self._stuck = False
        self._heard = False
        self._timer: asyncio.TimerHandle | None = None
        self.call = MediaCall(self, line, server.board, server.streams)

    def on_ws_connected(self, transport: WSTransport) -> None:
        """A service is there."""
        self._transport = transport
        address = transport.underlying_transport.get_extra_info("peername")
        peer = str(address[0]) if address else ""
        if not self._line.comes_from(peer):
            self._server.stranger(f"line {self._line.name} is not brought from {peer}")
            self.close(BAD_DATA, "not from this address")
            return
        transport.underlying_transport.set_write_buffer_limits(high=WRITE_BUFFER_MOST, low=0)
        self._server.open.add(self)
        self._watch()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:  # noqa: ARG002
        """Hand texts on, put together where they came in parts."""
        if self._closing:
            return
        kind = frame.msg_type
        if kind is WSMsgType.CLOSE:
            self.call.lost()
        elif len(self._parts) + frame.payload_size > FRAME_MOST:
            self._parts.clear()
            self.call.fault(f"frame: larger than {FRAME_MOST >> 10} kB")
            self.close(TOO_BIG, "frame: too large")
        elif kind is WSMsgType.TEXT and frame.fin:
            self._heard = True
            self.call.received(frame.get_payload_as_bytes())
        elif kind in (WSMsgType.TEXT, WSMsgType.CONTINUATION):
            self._heard = True
            self._parts += frame.get_payload_as_bytes()
            if frame.fin:
                whole = bytes(self._parts)
                self._parts.clear()
                self.call.received(whole)
        elif kind is WSMsgType.BINARY:
            self.call.fault("frame: is no text")

    def pause_writing(self) -> None:
        """It does not read: what is said now is dropped, what it says is heard."""
        self._stuck = True

    def resume_writing(self) -> None:
        """It reads again."""
        self._stuck = False

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002
        """The connection is gone."""
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()
        self._server.open.discard(self)
        self.call.lost()

    def send_text(self, text: str) -> bool:
        """Queue a frame."""
        if self._transport is None or self._closing or self._stuck:
            return False
        self._transport.send(WSMsgType.TEXT, text.encode())
        return True

    def close(self, code: int, reason: str) -> None:
        """Close after what was queued."""
        if self._transport is not None and not self._closing:
            self._closing = True
            self._transport.send_close(WSCloseCode(code), reason.encode()[:120])
            self._transport.disconnect()

    def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._server.limits.idle_s, self._look)

    def _look(self) -> None:
        heard, self._heard = self._heard, False
        if heard:
            self._watch()
        else:
            self.call.idle()


class MediaServer:
    """Listens for telephony services.

    Args:
        board: the center.
        lines: who may bring a stream.
        limits: how much is taken.
    """

    def __init__(self, board: Switchboard, lines: Sequence[MediaLine], limits: Limits | None = None) -> None:
        self.board = board
        self.limits = limits or Limits()
        self.streams = OpenStreams()
        self.open: set[_Stream] = set()
        self.port = 0
        self._lines = tuple(lines)
        self._server: asyncio.Server | None = None
        self._strangers = 0
        self._since = 0.0

    async def start(self, host: str, port: int, context: ssl.SSLContext | None) -> None:
        """Listen.

        Args:
            host, port: where; port 0 takes a free one.
            context: TLS; None behind a proxy that ends TLS, and in tests.

        Raises:
            OSError, OverflowError: the address cannot be had.
        """
        self._server = await ws_create_server(
            self._admit,
            host,
            port,
            ssl=context,
            max_frame_size=FRAME_MOST,
            websocket_handshake_timeout=HANDSHAKE_S,
            ssl_handshake_timeout=HANDSHAKE_S if context is not None else None,
            logger_name="einthoven.media",
        )
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close every stream, each call ending; doing it again does nothing."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        for stream in tuple(self.open):
            stream.call.end("the center is stopping")
        try:
            async with asyncio.timeout(GOODBYE_S):
                await server.wait_closed()
        except TimeoutError:
            LOG.warning("media_streams_left_open", streams=len(self.open))

    def counts(self) -> dict[str, int]:
        """What happened so far, by name."""
        return dict(self.streams.counts) | {"open": len(self.streams.calls)}

    def _admit(self, request: WSUpgradeRequest) -> WSUpgradeResponseWithListener | _Stream | None:
        path, _, _query = request.path.decode("utf-8", "replace").partition("?")
        headers = {str(name).lower(): str(value) for name, value in request.headers.items()}
        if path != PATH and not path.startswith(PATH + "/"):
            return None
        line = line_of(self._lines, path, headers)
        if line is None:
            self.stranger("secret or signature is of no line")
            return _refused(401, "no line of this center")
        if len(self.open) >= self.limits.calls:
            self.streams.counts["busy"] += 1
            LOG.warning("media_stream_refused", line=line.name, why="all lines are busy")
            return _refused(503, "all lines are busy")
        return _Stream(self, line)

    def stranger(self, why: str) -> None:
        """Somebody who may not come. Of the path nothing is logged: it may hold a secret but for a letter."""
        self.streams.counts["strangers"] += 1
        now = asyncio.get_running_loop().time()
        if now - self._since > 60:
            self._since, self._strangers = now, 0
        self._strangers += 1
        if self._strangers <= REFUSED_TOLD:
            LOG.warning("media_stranger", why=why)


def _refused(status: int, why: str) -> WSUpgradeResponseWithListener:
    response = WSUpgradeResponse.create_error_response(status, why.encode())
    return WSUpgradeResponseWithListener(response, None)
