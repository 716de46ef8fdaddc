"""The outbox on the event loop: looks every second for what is due, and tries it beside everything else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from einthoven.base.errors import StoreError
from einthoven.base.instants import Instant
from einthoven.center.outbox import Outbox

PERIOD_S = 1.0


class Postman:
    """Runs an outbox until it is stopped.

    Args:
        outbox: what is due, and what becomes of it.
        wall: center time.
        complain: told once when the outbox cannot be read, and once when it can again.
    """

    def __init__(self, outbox: Outbox, wall: Callable[[], Instant], complain: Callable[[str], None]) -> None:
        self._outbox = outbox
        self._wall = wall
        self._complain = complain
        self._unreadable = ""
        self._sending: set[asyncio.Task[None]] = set()
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, on the running loop; calling it again does nothing."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop().create_task(self._run(), name="outbox")

    async def stop(self) -> None:
        """Stop looking, and break off what is on its way: it is sent again at the next start."""
        tasks = [*self._sending, *([self._loop] if self._loop else [])]
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task

    @property
    def busy(self) -> int:
        """Messages on their way."""
        return len(self._sending)

    async def _run(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(PERIOD_S)

    def look(self) -> None:
        """Begin with what is due now."""
        try:
            due = self._outbox.due(self._wall())
        except StoreError as error:
            self._tell(f"the outbox cannot be read, notices wait: {error}")
            return
        self._tell("")
        for posted in due:
            task = asyncio.get_running_loop().create_task(self._outbox.send(posted, self._wall))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    def _tell(self, unreadable: str) -> None:
        if bool(unreadable) != bool(self._unreadable):
            self._complain(unreadable or "the outbox can be read again")
        self._unreadable = unreadable
