"""The record of a service period on the pages: begun, followed, taken away (R36)."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from einthoven.base.errors import NotFoundError
from einthoven.base.ids import StreamId, parse_stream, stream_name
from einthoven.center.ports import Clock
from einthoven.edges.web.access import Access, address_of, held_of
from einthoven.edges.web.answers import as_json
from einthoven.surveillance.roles import Permission, reaches_all

ALONE: Final = "default-src 'none'; frame-ancestors 'none'"


class DossierDoor(Protocol):
    """What makes records; each is for whoever asked for it alone."""

    def begin(self, stream: StreamId, by: str, claim: int = 0) -> int:
        """Make the record of a period, with what the redetermination of a claim encloses where one is named;
        number of the job. BusyError where too many wait."""
        ...

    def state(self, job: int, by: str) -> dict[str, object]:
        """How far a job is; NotFoundError where there is none, or it is another's."""
        ...

    def file(self, job: int, by: str) -> tuple[Path, str]:
        """The archive and what it is called; NotFoundError before it is made."""
        ...


class DossierRoutes:
    """The handlers.

    Args:
        dossiers: what makes them.
        access: who asks, whose patients they see, and what is noted.
        clock: the center's clocks.
    """

    def __init__(self, dossiers: DossierDoor, access: Access, clock: Clock) -> None:
        self._dossiers = dossiers
        self._access = access
        self._clock = clock

    def routes(self) -> list[Route]:
        """Where each handler is."""
        return [
            Route("/api/streams/{period}/dossier", self.begin, methods=["POST"], name="dossier"),
            Route("/api/dossiers/{job:int}", self.state, name="dossier state"),
            Route("/api/dossiers/{job:int}/file", self.file, name="dossier file"),
        ]

    async def begin(self, request: Request) -> Response:
        """Make the record: 202 with its number, by which it is followed and taken."""
        stream, held, now = parse_stream(request.path_params["period"]), held_of(request), self._clock.wall()
        # Billing sees no ECG on a screen, and answers for whole records all the same.
        every = held.staff is None or reaches_all(held.roles, Permission.EXPORT)
        if not every and not self._access.sight.visible(stream, held, now):
            raise NotFoundError(f"no stream {stream_name(stream)}")
        peer, by = {"address": address_of(request.scope)}, held.actor
        await self._access.ledger.read(held, "read.dossier", [stream_name(stream)], peer, now)
        job = self._dossiers.begin(stream, by)
        return as_json({"ok": True, "job": job, **self._dossiers.state(job, by)}, 202)

    async def state(self, request: Request) -> Response:
        """How far it is: ``state`` (waiting, making, done, failed), ``percent``, ``what``, ``missing``."""
        return as_json(self._dossiers.state(request.path_params["job"], held_of(request).actor))

    async def file(self, request: Request) -> Response:
        """The archive, to be saved; that it was taken is a line of the audit before a byte leaves."""
        held, peer = held_of(request), {"address": address_of(request.scope)}
        path, name = self._dossiers.file(request.path_params["job"], held.actor)
        if not path.is_file():
            raise NotFoundError("this record is no longer there: make it again")
        subject = next(part for part in name.split("-") if part[:1] == "s" and part[1:].isdigit())
        await self._access.ledger.read(held, "read.dossier_file", [subject], peer, self._clock.wall())
        headers = {"cache-control": "no-store", "content-security-policy": ALONE}
        return FileResponse(path, 200, headers, "application/zip", filename=name)
