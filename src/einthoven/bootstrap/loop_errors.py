"""What an event loop tells of that no task awaits: connections that broke in the middle of TLS, mostly."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping


def is_network(context: Mapping[str, object]) -> bool:
    """Whether it is the end of a connection; the network library names the error's class, not the error."""
    error = context.get("exception")
    kind = error if isinstance(error, type) else type(error)
    return issubclass(kind, OSError)


def quiet(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """Handler for a command that dials again anyway: a broken connection is no page on its user's screen."""
    if not is_network(context):
        loop.default_exception_handler(context)
