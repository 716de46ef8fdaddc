"""Corrections of whose a period is, at a running center: a task beside the desk carries them out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import structlog

from einthoven.base.errors import EinthovenError, InputError
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.bootstrap.desk import DeskRun
from einthoven.center import desk_ports
from einthoven.center.correction_desk import CorrectionDesk, Took
from einthoven.center.desk_books import People
from einthoven.center.enroll import EnrollmentUnit
from einthoven.center.ports import Clock

T = TypeVar("T")
LOG = structlog.get_logger("einthoven.corrections")
TURN_S = 0.2
"""Between two looks for what was confirmed: the wall says the right name within a second."""


class Facts(Protocol):
    """The part of the facts that is needed."""

    @property
    def journal(self) -> desk_ports.Journal:
        """Deeds, and the audit."""
        ...

    @property
    def reader(self) -> People:
        """Where questions go."""
        ...

    def unit(self, act: Callable[[EnrollmentUnit], T], actor: str, at: Instant) -> T:
        """Run ``act`` in one transaction."""
        ...


class CorrectionRun:
    """What carries corrections out while the center runs.

    Args:
        corrections: what is to be done.
        clock: the center's.
    """

    def __init__(self, corrections: CorrectionDesk, clock: Clock) -> None:
        self.corrections = corrections
        self._clock = clock

    async def run(self) -> None:
        """For ever; what fails is told on the page and tried again."""
        while True:
            job = self.corrections.next(self._clock.wall())
            if job is None:
                await asyncio.sleep(TURN_S)
            else:
                await self._done(*job)

    async def _done(self, number: int, work: Callable[[], Took]) -> None:
        try:
            took = await asyncio.to_thread(work)
            took(self.corrections, self._clock.wall())
        except (EinthovenError, OSError) as error:
            LOG.warning("correction_failed", correction=number, error=str(error))
            self.corrections.failed(number, error)
        except Exception as error:  # noqa: BLE001 - the top of a task: counted, told; others are carried out
            self.corrections.desk.failed("corrections", error)
            self.corrections.failed(number, InputError("a defect here; see the log"))


def open_corrections(run: DeskRun, facts: Facts, clock: Clock) -> None:
    """Corrections are carried out beside the desk from now on, and people can be looked up by name."""
    desk = run.room.desk

    def changed(streams: Sequence[StreamId]) -> None:
        run.patient_changed(streams)

    corrections = CorrectionDesk(desk, facts, facts.journal, changed)
    desk.books.people, desk.books.correcting = facts.reader, corrections.troubles
    run.beside.append(CorrectionRun(corrections, clock).run)
