"""Keeps the telephone's lines open: one that cannot start, or that is lost, is tried again for ever (R6)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final, Protocol

import structlog

from einthoven.base.errors import EinthovenError
from einthoven.center.call_lines import LineFaults
from einthoven.center.ports import Clock

LOG = structlog.get_logger("einthoven.calls")
AGAIN_S: Final = 10.0
LOOK_S: Final = 1.0


class RunningLine(Protocol):
    """A line: ``bootstrap.media``, ``edges.telephony.sip_line``."""

    async def start(self) -> None:
        """Listen; again after ``stop``."""
        ...

    async def stop(self) -> None:
        """Hang up everything and listen no more; doing it again does nothing."""
        ...

    def counts(self) -> Mapping[str, int]:
        """What it counts."""
        ...

    @property
    def lost(self) -> bool:
        """Whether it hears nothing any more and must be started anew."""
        ...

    def trouble(self) -> str:
        """Why no call can come though it was started, ``""`` where one can."""
        ...


class LineKeeper:
    """Keeps one line open.

    Args:
        name: of the line.
        line: it.
        faults: where it stands whether patients can telephone.
        clock: the center's.
        again_s: between two tries.
        look_s: between two looks at a line that is open.
    """

    def __init__(
        self,
        name: str,
        line: RunningLine,
        faults: LineFaults,
        clock: Clock,
        again_s: float = AGAIN_S,
        look_s: float = LOOK_S,
    ) -> None:
        self._name, self._line, self._faults, self._clock = name, line, faults, clock
        self._again_s, self._look_s = again_s, look_s

    async def run(self) -> None:
        """For ever; who ends it stops the line."""
        while True:
            try:
                await self._line.start()
                LOG.info("line_open", line=self._name)
                await self._watch()
                self._down("it was lost")
                await self._line.stop()
            except (EinthovenError, OSError) as error:
                self._down(str(error))
            except Exception as error:  # the top of a task: told to everybody; it is tried again
                LOG.exception("line_failed", line=self._name)
                self._down(f"a defect: {error!r}")
            await asyncio.sleep(self._again_s)

    async def _watch(self) -> None:
        """Until it is lost."""
        while not self._line.lost:
            why = self._line.trouble()
            if why:
                self._down(why)
            elif self._faults.up(self._name):
                LOG.info("line_up", line=self._name)
            await asyncio.sleep(self._look_s)

    def _down(self, why: str) -> None:
        if self._faults.down(self._name, why, self._clock.wall()):
            LOG.error("line_down", line=self._name, why=why)
