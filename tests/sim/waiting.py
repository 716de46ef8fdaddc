"""Waiting for something to be there, however slow the machine; never for a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PATIENCE_S = 60.0
"""Long enough for any machine; a test that needs it fails."""


async def until(what: str, seen: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    """Return as soon as ``seen`` says so; looks a hundred times a second."""
    loop = asyncio.get_running_loop()
    end = loop.time() + patience_s
    while not seen():
        assert loop.time() < end, f"waited {patience_s:g} s for: {what}"
        await asyncio.sleep(0.01)
