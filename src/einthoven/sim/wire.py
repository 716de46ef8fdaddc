"""The same transmitter on a real WebSocket over TLS; one ``Dialer`` serves thousands in one process."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import picows

from einthoven.base.errors import InputError
from einthoven.base.instants import SECOND
from einthoven.center.ports import Scheduler
from einthoven.link.identity import NO_CERTIFICATE, fingerprint
from einthoven.link.limits import MAX_FRAME_BYTES
from einthoven.link.transmitter_session import Identity
from einthoven.sim.network import Weather
from einthoven.sim.transmitter import Transmitter

DIAL_S = 15.0
"""A connection that is not there after this is given up; full jitter spreads the next try."""
CLOSE_S = 5.0
"""A center that reads answers a close at once; one that hangs must not hold up the end of the process."""
SEND_BUFFER_BYTES = 32 * 1024
"""The kernel's own queue is kept short: what waits there cannot be overtaken by live samples any more."""
WRITE_HIGH_BYTES = 8 * 1024


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a key file holds.

    Attributes:
        transmitter, stream, private_key: as enrolled; the key is 32 bytes.
        link: URL of the link.
        certificate: the center's certificate, PEM; empty for a link without TLS.
    """

    transmitter: str
    stream: int
    private_key: bytes
    link: str
    certificate: str

    def identity(self, firmware: str = "einthoven-sim") -> Identity:
        """What the link's session needs; raises ``InputError`` for a certificate that is none."""
        pinned = NO_CERTIFICATE if not self.certificate else fingerprint(der_of(self.certificate))
        return Identity(self.transmitter, self.stream, self.private_key, pinned, firmware)


def der_of(certificate: str) -> bytes:
    """The DER form of a certificate in PEM."""
    try:
        return ssl.PEM_cert_to_DER_cert(certificate.strip())
    except ValueError as error:
        raise InputError(f"not a certificate in PEM: {error}") from error


def pinned_context(certificate: str) -> ssl.SSLContext:
    """TLS 1.2 or newer that trusts this one certificate; the name in it does not matter, it is pinned."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    try:
        context.load_verify_locations(cadata=certificate)
    except ssl.SSLError as error:
        raise InputError(f"not a certificate in PEM: {error}") from error
    return context


def check_address(url: str) -> None:
    """Raise ``InputError`` for a URL whose host or port is none."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        (host or "").encode("idna")
    except ValueError as error:
        raise InputError(f"{url}: no address ({error})") from error
    if not host or not url.isprintable():
        raise InputError(f"{url!r}: no address")


def check_link(link: str, certificate: str) -> None:
    """Raise ``InputError`` for the URL of a link that cannot be dialled with this certificate."""
    if not link.startswith("wss://" if certificate else "ws://"):
        raise InputError(f"{link}: a key with a certificate is for wss://, one without for ws://")
    check_address(link)


class LoopScheduler:
    """``center.ports.Scheduler`` on an asyncio loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def call_later(self, delay: int, act: Callable[[], None]) -> Callable[[], None]:
        """Run ``act`` after ``delay`` nanoseconds; the returned callable cancels it."""
        return self._loop.call_later(delay / SECOND, act).cancel


class Dialer:
    """Opens connections to one center.

    Args:
        link: ``wss://host:port/link`` or, without TLS, ``ws://…``.
        certificate: the center's certificate, PEM; empty without TLS.
    """

    def __init__(self, link: str, certificate: str = "") -> None:
        check_link(link, certificate)
        self._link = link
        self._context = pinned_context(certificate) if certificate else None
        self._der = der_of(certificate) if certificate else b""
        self._tasks: set[asyncio.Task[None]] = set()
        self._channels: set[WireChannel] = set()

    def dial(self, transmitter: Transmitter) -> None:
        """Begin a connection for a transmitter (its ``dial``)."""
        task = asyncio.get_running_loop().create_task(self._connect(transmitter))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def drop(self, name: str = "") -> None:
        """Break the connections (of one transmitter) without a good-bye."""
        for channel in list(self._channels):
            if not name or channel.name == name:
                channel.abort()

    async def close(self) -> None:
        """Close every connection; one whose other end does not let go in ``CLOSE_S`` is dropped."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        channels = list(self._channels)
        for channel in channels:
            channel.close()
        if not await _gone(channels, CLOSE_S):
            for channel in list(self._channels):
                channel.abort()
            await _gone(channels, CLOSE_S)

    async def _connect(self, transmitter: Transmitter) -> None:
        channels: list[WireChannel] = []

        def listener() -> WireChannel:
            channels.append(WireChannel(transmitter, self._der, self._channels))
            return channels[-1]

        # picows returns as if all were well when the connection ends between TLS and upgrade.
        reason = "closed before the upgrade"
        try:
            async with asyncio.timeout(DIAL_S):
                await picows.ws_connect(
                    listener,
                    self._link,
                    ssl_context=self._context,
                    max_frame_size=MAX_FRAME_BYTES,
                    websocket_handshake_timeout=DIAL_S,
                    read_buffer_init_size=2048,
                    max_redirects=0,
                )
        except (OSError, picows.WSError, TimeoutError, ValueError) as error:
            reason = str(error) or type(error).__name__
        if not any(channel.opened for channel in channels):
            transmitter.lost(reason)


async def _gone(channels: list[WireChannel], patience_s: float) -> bool:
    """Whether all of them end in time."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience_s):
            await asyncio.gather(*(channel.gone.wait() for channel in channels))
    return all(channel.gone.is_set() for channel in channels)


class WireChannel(picows.WSListener):  # type: ignore[misc, unused-ignore]
    """One open connection; ``sim.habits.Channel``."""

    def __init__(self, transmitter: Transmitter, der: bytes, registry: set[WireChannel]) -> None:
        super().__init__()
        self._transmitter = transmitter
        self._der = der
        self._registry = registry
        self._transport: Any = None
        self._closing = False
        self.opened = False
        self.gone = asyncio.Event()
        self.name = transmitter.identity.transmitter

    @property
    def buffered(self) -> int:
        """Bytes in this process's write buffer."""
        return 0 if self._transport is None else self._transport.underlying_transport.get_write_buffer_size()

    def send(self, message: bytes) -> None:
        """Queue one binary message."""
        if self._transport is not None and not self._closing:
            self._transport.send(picows.WSMsgType.BINARY, message)

    def close(self) -> None:
        """Close after what was queued."""
        if self._transport is not None and not self._closing:
            self._closing = True
            self._transport.send_close(picows.WSCloseCode.OK)
            self._transport.disconnect()

    def abort(self) -> None:
        """Drop the connection where it stands."""
        if self._transport is not None:
            self._closing = True
            self._transport.disconnect(graceful=False)

    def on_ws_connected(self, transport: Any) -> None:
        """Make sure whom we speak to, then let the transmitter speak."""
        self._transport = transport
        self.opened = True
        self._registry.add(self)
        below = transport.underlying_transport
        below.set_write_buffer_limits(high=WRITE_HIGH_BYTES, low=WRITE_HIGH_BYTES // 4)
        with contextlib.suppress(OSError, AttributeError):
            below.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        if self._der and below.get_extra_info("ssl_object").getpeercert(True) != self._der:
            self.close()
            return
        self._transmitter.connected(self)

    def on_ws_frame(self, transport: Any, frame: Any) -> None:
        """Hand binary messages to the transmitter."""
        if frame.msg_type == picows.WSMsgType.BINARY:
            self._transmitter.received(frame.get_payload_as_bytes())
        elif frame.msg_type == picows.WSMsgType.CLOSE and not self._closing:
            self._closing = True
            transport.send_close(picows.WSCloseCode.OK)
            transport.disconnect()

    def resume_writing(self) -> None:
        """The write buffer has drained."""
        self._transmitter.writable()

    def on_ws_disconnected(self, transport: Any) -> None:  # noqa: ARG002
        """The connection is gone."""
        self._registry.discard(self)
        self._transport = None
        self.gone.set()
        self._transmitter.lost("connection closed")


class RealGround:
    """``sim.stage.Ground`` on real connections: cuts and resets; other faults need virtual time or ``proxy``.

    Args:
        dialer: of the center.
        scheduler, now: real time, nanoseconds.
    """

    def __init__(self, dialer: Dialer, scheduler: Scheduler, now: Callable[[], int]) -> None:
        self._dialer = dialer
        self._scheduler = scheduler
        self._now = now
        self._cut_until: dict[str, int] = {}

    def dial(self, transmitter: Transmitter) -> None:
        """Begin a connection, unless it is cut off."""
        name = transmitter.identity.transmitter
        if self._now() < max(self._cut_until.get(name, 0), self._cut_until.get("", 0)):
            self._scheduler.call_later(SECOND, lambda: transmitter.lost("no network"))
        else:
            self._dialer.dial(transmitter)

    def cut(self, seconds: float, name: str = "") -> None:
        """Break connections and let none through for a while."""
        self._cut_until[name] = self._now() + round(seconds * SECOND)
        self._dialer.drop(name)

    def reset(self, name: str = "") -> None:
        """Break connections."""
        self._dialer.drop(name)

    def stall(self, seconds: float, name: str = "") -> None:  # noqa: ARG002
        """Not on real connections."""
        raise InputError("a stall needs virtual time")

    def half_open(self, name: str = "", center_notices: bool = True) -> None:  # noqa: ARG002
        """Not on real connections."""
        raise InputError("a half-open connection needs virtual time")

    def set_weather(self, weather: Weather, name: str = "") -> None:  # noqa: ARG002
        """Not on real connections."""
        raise InputError("weather needs virtual time")
