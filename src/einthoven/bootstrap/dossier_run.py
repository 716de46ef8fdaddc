"""Records of service periods that people ask for on the pages: one after another, each a process of its own.

A record reads every decision and copies days of ECG: in the center's own process that would take time from
the intake. The child reads the data folder as the command does, and is stopped with the center.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog

from einthoven.base.errors import NotFoundError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import HOUR, Instant, to_iso
from einthoven.billing.claim_states import claim_id
from einthoven.bootstrap.dossier_room import free_bytes
from einthoven.center.ports import Clock
from einthoven.edges.web.deps import BusyError

LOG = structlog.get_logger("einthoven.dossiers")
FOLDER: Final = "dossiers"
WAITING_MAX: Final = 5
KEPT: Final = HOUR
"""So long an archive lies there to be taken; it can be made again."""
SWEEP_S: Final = 20.0
"""Between two looks at what lies there, and at the room that is left."""
LINE_MAX: Final = 16 << 20
"""Bytes of a line of the child's: a record of a damaged disk names every segment of a month."""
CHILD: Final = "einthoven.bootstrap.dossier_child"


@dataclass(slots=True)
class Job:
    """One of them.

    Attributes:
        number, stream, by: its number, whose, who asked (an actor).
        claim: number of the claim whose redetermination it is for, 0 for none.
        state: ``waiting``, ``making``, ``done``, ``failed``.
        percent, what: how far it is.
        told: what was written, once it is done; ``error`` why not.
        ended: when.
    """

    number: int
    stream: StreamId
    by: str
    claim: int = 0
    state: str = "waiting"
    percent: int = 0
    what: str = "waiting"
    told: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    ended: Instant = 0


class DossierRun:
    """What makes records while the center runs (``edges.web.dossier.DossierDoor``).

    Args:
        folder: the data folder.
        clock: the center's.
        keep: bytes of the disk that belong to samples: where less is free, archives that lie there are taken
            away before their hour is over.
        free: asks for the bytes that are free.
    """

    def __init__(
        self, folder: Path, clock: Clock, keep: int = 0, free: Callable[[Path], int] = free_bytes
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._keep = keep
        self._free = free
        self._jobs: dict[int, Job] = {}
        self._queue: asyncio.Queue[Job] = asyncio.Queue()
        self._next = 1

    def begin(self, stream: StreamId, by: str, claim: int = 0) -> int:
        """Make the record of a period, after those that wait; one that this person waits for is that one.

        Args:
            claim: a claim for it that was denied: what its redetermination encloses goes with the record.
        """
        self._sweep()
        for job in self._jobs.values():
            if (job.stream, job.by, job.claim) == (stream, by, claim) and job.state in ("waiting", "making"):
                return job.number
        waiting = sum(job.state in ("waiting", "making") for job in self._jobs.values())
        if waiting >= WAITING_MAX:
            raise BusyError(f"{waiting} records are being made; try again")
        job = Job(self._next, stream, by, claim)
        self._next += 1
        self._jobs[job.number] = job
        self._queue.put_nowait(job)
        return job.number

    def state(self, job: int, by: str) -> dict[str, object]:
        """How far a job is, JSON-ready."""
        one = self._job(job, by)
        return {
            "stream": stream_name(one.stream),
            "state": one.state,
            "percent": one.percent,
            "what": one.what,
            "error": one.error,
            "bytes": one.told.get("bytes"),
            "missing": one.told.get("missing", []),
            "damaged": one.told.get("damaged", []),
            "key": one.told.get("key"),
        }

    def file(self, job: int, by: str) -> tuple[Path, str]:
        """The archive and what it is called."""
        one = self._job(job, by)
        if one.state != "done":
            raise NotFoundError(f"record {job} is {one.state}{one.error and f': {one.error}'}")
        day = to_iso(one.ended)[:10]
        if one.claim:
            return self._path(
                one
            ), f"redetermination-{claim_id(one.claim)}-{stream_name(one.stream)}-{day}.zip"
        return self._path(one), f"record-{stream_name(one.stream)}-{day}.zip"

    def _job(self, job: int, by: str) -> Job:
        one = self._jobs.get(job)
        if one is None or one.by != by:
            raise NotFoundError(f"there is no record {job} of yours")
        return one

    def _path(self, one: Job) -> Path:
        return self._folder / FOLDER / f"{one.number}.zip"

    async def run(self) -> None:
        """For ever; what an earlier life left is taken away first."""
        await asyncio.to_thread(shutil.rmtree, self._folder / FOLDER, ignore_errors=True)
        sweeping = asyncio.create_task(self._sweep_ever())
        try:
            await self._make_ever()
        finally:
            sweeping.cancel()

    async def _make_ever(self) -> None:
        while True:
            job = await self._queue.get()
            job.state, job.what = "making", "beginning"
            try:
                await self._make(job)
            except OSError as error:
                self._failed(job, str(error))
            except (
                Exception
            ):  # the top of a task: told; whoever watches patients goes on, and so do other records
                LOG.exception("dossier_defect", stream=stream_name(job.stream))
                self._failed(job, "a defect here; see the log")

    async def _make(self, job: Job) -> None:
        (self._folder / FOLDER).mkdir(mode=0o700, exist_ok=True)
        arguments: tuple[str, ...] = (
            str(self._folder),
            stream_name(job.stream),
            str(self._path(job)),
            str(self._clock.wall()),
        )
        arguments += (str(job.claim),) if job.claim else ()
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            CHILD,
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=LINE_MAX,
        )
        try:
            assert child.stdout is not None
            async for line in child.stdout:
                self._heard(job, line)
            code = await child.wait()
        except (asyncio.CancelledError, Exception):
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
            raise
        finally:
            if job.state != "done":  # one that was killed could not take away what it had written
                self._clear(job)
        if job.state == "making":
            self._failed(job, f"it ended without a word (code {code})")

    def _heard(self, job: Job, line: bytes) -> None:
        """A line of the child's: how far it is, what it made, or why not."""
        try:
            told = json.loads(line)
        except ValueError:
            return
        if "percent" in told:
            job.percent, job.what = int(told["percent"]), str(told["what"])
        elif "made" in told:
            job.told, job.state, job.percent, job.what = told["made"], "done", 100, "done"
            job.ended = self._clock.wall()
            LOG.info("dossier", stream=stream_name(job.stream), bytes=job.told.get("bytes"))
        elif "error" in told:
            self._failed(job, str(told["error"]))

    def _failed(self, job: Job, why: str) -> None:
        job.state, job.error, job.ended = "failed", why, self._clock.wall()
        LOG.warning("dossier_failed", stream=stream_name(job.stream), error=why)

    def _clear(self, job: Job) -> None:
        path = self._path(job)
        for one in (path, path.with_name(path.name + ".part")):
            one.unlink(missing_ok=True)

    async def _sweep_ever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                self._sweep()
            except OSError as error:  # told; the next look goes on
                LOG.error("dossier_sweep_failed", error=str(error))

    def _sweep(self) -> None:
        """What lay there for its hour goes; the oldest at once where samples need its room."""
        now = self._clock.wall()
        for job in list(self._jobs.values()):
            if job.ended and now - job.ended > KEPT:
                self._clear(job)
                del self._jobs[job.number]
        lying = [one for one in self._jobs.values() if one.state == "done"]
        while lying and self._free(self._folder) < self._keep:
            job = lying.pop(0)
            self._clear(job)
            why = "it was taken away again, for samples need its room on the disk: make it again later"
            self._failed(job, why)
