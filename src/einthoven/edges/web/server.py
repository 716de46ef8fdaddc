"""The web server: uvicorn inside a loop that somebody else runs; beyond loopback with TLS only."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from typing import cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from einthoven.base.errors import InputError
from einthoven.edges.web.pump import ABORT

MESSAGE_MAX = 64 * 1024
"""Longest message a screen may send: a view of 128 streams is 6 kB. A longer one closes the socket (1009)."""
SEND_BUFFER = 128 * 1024
"""Bytes the kernel holds for a screen, so that "sent" means near the wire and lag shows where it is
measured."""
CONNECTIONS_MAX = 2_400
"""Open connections, requests included; one more is answered 503. A browser opens six for requests and two for
sockets: 250 stations, and fifty offices beside them."""
KEEPALIVE_S = 20.0
"""A screen that does not answer a ping this long is closed; half-open sockets do not stay."""


class ScreenProtocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket protocol, with a way to cut a connection whose peer does not read."""

    async def run_asgi(self) -> None:
        """Run the application with the extension ``ABORT`` in its scope."""
        extensions = cast(dict[str, dict[str, object]], self.scope.setdefault("extensions", {}))
        extensions[ABORT] = {"abort": self.transport.abort}
        await super().run_asgi()


class _Server(uvicorn.Server):
    """Leaves the signals to whoever owns the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """Serves an application in the running loop.

    Args:
        app: what ``build_app`` gave.
        host: where to listen; without ``tls`` a loopback address, anything else is refused.
        port: 0 takes a free one.
        tls: certificate and key; then the pages are served with TLS only.
        name: by which others reach it, for ``url``; empty: ``host``.
    """

    def __init__(
        self,
        app: ASGIApp,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        name: str = "",
    ) -> None:
        if tls is None:
            check_loopback(host)
        self._app = app
        self._tls = tls
        self._name = name
        self._host = host
        self._port = port
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port served on, once started."""
        return self._port

    @property
    def url(self) -> str:
        """Where the pages are, e.g. ``http://127.0.0.1:8093``."""
        name = self._name or self._host
        host = f"[{name}]" if ":" in name else name
        return f"{'http' if self._tls is None else 'https'}://{host}:{self._port}"

    async def start(self) -> None:
        """Listen; returns once connections are taken.

        Raises:
            InputError: the address cannot be listened on.
        """
        listening, tls = _listen(self._host, self._port), self._tls
        self._port = int(listening.getsockname()[1])
        config = uvicorn.Config(
            self._app,
            http="h11",
            ws=ScreenProtocol,
            ws_max_size=MESSAGE_MAX,
            ws_per_message_deflate=False,
            ws_ping_interval=KEEPALIVE_S,
            ws_ping_timeout=KEEPALIVE_S,
            lifespan="on",
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            limit_concurrency=CONNECTIONS_MAX,
            timeout_graceful_shutdown=3,
            ssl_context_factory=None if tls is None else lambda _config, _default: tls,
        )
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]), name="web-server")
        while not self._server.started:
            if self._serving.done():
                listening.close()
                await self._serving
                raise InputError(f"the pages cannot be served at {self.url}")
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Close every screen and connection, then return; doing it again does nothing."""
        if self._server is None or self._serving is None:
            return
        self._server.should_exit = True
        await self._serving
        self._server = self._serving = None


def check_loopback(host: str) -> None:
    """Refuse a host that is not this machine alone.

    Raises:
        InputError: it is no loopback address.
    """
    if not is_loopback(host):
        raise InputError(f"without TLS the pages listen on 127.0.0.1 or ::1 only (got {host!r})")


def is_loopback(host: str) -> bool:
    """Whether it is an address of this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's wait off only where the protocol is named; without it a message waits 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        listening.bind((host, port))
        listening.listen(128)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        raise InputError(f"cannot listen on {host} port {port}: {error.strerror}") from error
    return listening
