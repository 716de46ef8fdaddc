"""The door: WebSocket over TLS for transmitters, one listener a connection, no rule of the link in it."""

from __future__ import annotations

import asyncio
import ssl
from typing import Protocol

from picows import (
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    ws_create_server,
)

from einthoven.center.ports import Connection

BINARY = WSMsgType.BINARY
PATH = b"/link"
WRITE_BUFFER_MAX = 256 * 1024
"""A transmitter that does not read its acknowledgements is closed at this many unsent bytes: about an hour of
acknowledgements of one-second frames, so only a dead or hostile peer gets there."""
HANDSHAKE_S = 10.0
"""For TLS and again for the upgrade: one that never gets through may not hold a descriptor for a minute."""


class Callee(Protocol):
    """What the door calls: the center's intake."""

    def connected(self, connection: Connection) -> object | None:
        """A new connection; returns the token for the other calls, or None to refuse it."""

    def received(self, token: object, message: bytes) -> None:
        """One binary message."""

    def disconnected(self, token: object, reason: str) -> None:
        """The connection is gone."""


class DoorListener(WSListener):
    """One transmitter's connection; implements ``center.ports.Connection``."""

    def __init__(self, callee: Callee, max_message: int) -> None:
        super().__init__()
        self._callee = callee
        self._received = callee.received
        self._max_message = max_message
        self._transport: WSTransport | None = None
        self._token: object | None = None
        self._closed = ""
        self.peer = "?"

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Introduce the connection to the intake."""
        self._transport = transport
        address = transport.underlying_transport.get_extra_info("peername")
        self.peer = f"{address[0]}:{address[1]}" if address else "?"
        transport.underlying_transport.set_write_buffer_limits(high=WRITE_BUFFER_MAX, low=0)
        self._token = self._callee.connected(self)
        if self._token is None:
            self.close("the center has no room for another connection")

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Hand binary messages on; the link has no other kind and no fragments."""
        if self._token is None or self._closed:
            return
        kind = frame.msg_type
        # picows notices an oversize frame only after handing it over when it came in one piece.
        fits = frame.payload_size <= self._max_message
        if kind is BINARY and fits and frame.fin:
            self._received(self._token, frame.get_payload_as_bytes())
        elif not fits:
            self.close("the message is too long")
        elif kind is WSMsgType.CLOSE:
            self._closed = "closed by the transmitter"
            transport.send_close(WSCloseCode.OK)
            transport.disconnect()
        elif kind not in (WSMsgType.PING, WSMsgType.PONG):
            self.close("only whole binary messages")

    def pause_writing(self) -> None:
        """More than ``WRITE_BUFFER_MAX`` bytes wait: the peer reads nothing."""
        self.close("the transmitter does not read")

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002
        """Tell the intake that the connection is gone."""
        token, self._token, self._transport = self._token, None, None
        if token is not None:
            self._callee.disconnected(token, self._closed or "connection lost")

    def send(self, message: bytes) -> None:
        """Queue one frame."""
        if self._transport is not None and not self._closed:
            self._transport.send(BINARY, message)

    def hold(self, held: bool) -> None:
        """Stop reading its socket, or read on."""
        if self._transport is not None and not self._closed:
            below = self._transport.underlying_transport
            if held:
                below.pause_reading()
            else:
                below.resume_reading()

    def close(self, reason: str) -> None:
        """Close after what was queued."""
        if self._transport is not None and not self._closed:
            self._closed = reason
            self._transport.send_close(WSCloseCode.POLICY_VIOLATION, reason.encode()[:120])
            self._transport.disconnect()


async def open_door(
    callee: Callee,
    host: str,
    port: int,
    context: ssl.SSLContext | None,
    *,
    max_message: int,
    backlog: int = 4096,
) -> asyncio.Server:
    """Listen for transmitters.

    Args:
        callee: the intake.
        host, port: where; port 0 takes a free one.
        context: TLS, or None for plain WebSocket (behind a proxy that ends TLS, and in tests).
        max_message: bytes of the largest message; a larger one closes the connection.
        backlog: connections waiting to be accepted: a reconnect storm must queue, not be turned away.
    """

    def admit(request: WSUpgradeRequest) -> DoorListener | None:
        return DoorListener(callee, max_message) if request.path == PATH else None

    return await ws_create_server(
        admit,
        host,
        port,
        ssl=context,
        backlog=backlog,
        max_frame_size=max_message,
        websocket_handshake_timeout=HANDSHAKE_S,
        ssl_handshake_timeout=HANDSHAKE_S if context is not None else None,
        read_buffer_init_size=2048,
        logger_name="einthoven.link",
    )
