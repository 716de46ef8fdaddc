"""The mail server that others wrote (aiosmtpd), on a port that is its own from the first moment."""

from __future__ import annotations

import socket
from asyncio import AbstractServer
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller

PATIENCE_S = 60
"""The server itself gives up after 5 s, too soon for a machine with other things to do."""


class MailServer(Controller):
    """``Controller`` that listens on a port which the system chose: ``port``.

    The socket that got the port is the one that listens: nobody can take the port in between.
    """

    def __init__(self, handler: Any, **options: Any) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        port = int(self._listening.getsockname()[1])
        super().__init__(handler, hostname="127.0.0.1", port=port, ready_timeout=PATIENCE_S, **options)

    def _create_server(self) -> Awaitable[AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._listening, ssl=self.ssl_context)


@contextmanager
def nobody() -> Iterator[int]:
    """A port at which every connection is refused; held, so that nobody listens there meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])
