"""Papers of service periods over HTTP: what the treating physician wrote about an extension (R33, R36).

They lie where documents of people's papers lie; who may read one is who may read the period that names it.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from einthoven.base.errors import NotFoundError, RefusedError
from einthoven.base.ids import parse_stream, stream_name
from einthoven.center.desk_door import DeskDoor, Who
from einthoven.center.ports import Clock
from einthoven.edges.web.access import Access, address_of, held_of
from einthoven.edges.web.answers import as_json
from einthoven.edges.web.deps import Reads
from einthoven.edges.web.documents import DocumentRoutes


class PeriodPapers(DocumentRoutes):
    """The handlers.

    Args:
        desk: says which papers a period names, to whom it may be read.
    """

    def __init__(self, desk: DeskDoor, access: Access, clock: Clock, reads: Reads) -> None:
        super().__init__(access, clock, reads)
        self._desk = desk

    def routes(self) -> list[Route]:
        """Where each handler is."""
        return [
            Route("/api/periods/documents", self.put, methods=["POST"], name="period document put"),
            Route("/api/periods/{period}/documents/{digest}", self.show, name="period document"),
        ]

    def _called(self, digest: str) -> str:
        """Its beginning: who reads the audit and no periods must not be able to ask for the paper by it."""
        return f"{digest[:12]}…"

    async def show(self, request: Request) -> Response:
        """A paper of a period.

        Raises:
            NotFoundError: there is no such period to whoever asks, or it names no such paper.
        """
        stream = stream_name(parse_stream(request.path_params["period"]))
        digest = str(request.path_params["digest"])
        who = Who(held_of(request).staff or 0, self._access.station_of(request), address_of(request.scope))
        try:
            told = self._desk.ask(who, "service", {"id": stream})
        except RefusedError as error:
            return as_json({"error": error.detail or error.reason, "reason": error.reason}, 403)
        extensions = told["extensions"]
        named = [one["document"] for one in extensions] if isinstance(extensions, list) else []
        if not digest or digest not in named:
            raise NotFoundError(f"{stream} names no such paper")
        return await self._shown(request, digest, "read.period_document", stream)
