"""Claims on the pages: files out as they were made, and answers in (R40)."""

from __future__ import annotations

from typing import Final, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from einthoven.base.errors import InputError, NotFoundError, RefusedError, StoreError
from einthoven.base.ids import StreamId, stream_name
from einthoven.center.desk_door import DeskDoor, Who
from einthoven.center.ports import Clock
from einthoven.edges.web.access import Access, address_of, held_of
from einthoven.edges.web.answers import TooLargeError, as_json
from einthoven.edges.web.dossier import DossierDoor

MOST: Final = 20 << 20
"""Largest file of answers: some ten thousand claims."""
AT_ONCE: Final = 2
ALONE: Final = "default-src 'none'; frame-ancestors 'none'"


class ClaimDoor(Protocol):
    """Files of claims."""

    async def came(self, content: bytes, name: str) -> str:
        """A file came in; its digest, for the act that takes it."""
        ...

    def file(self, number: int) -> str:
        """An 837P file as it was made; NotFoundError where there is none of that number."""
        ...

    def denied(self, number: int) -> StreamId:
        """Of which service a claim is that was denied.

        Raises:
            RefusedError: the claim was not denied.
        """
        ...


class ClaimRoutes:
    """The handlers.

    Args:
        claims: the files.
        desk: says who may read claims.
        access: who asks, and what is noted.
        clock: the center's clocks.
        dossiers: what makes packets of redeterminations, each with the record of its service; None: nothing.
    """

    def __init__(
        self,
        claims: ClaimDoor,
        desk: DeskDoor,
        access: Access,
        clock: Clock,
        dossiers: DossierDoor | None = None,
    ) -> None:
        self._dossiers = dossiers
        self._claims = claims
        self._desk = desk
        self._access = access
        self._clock = clock
        self._under_way = 0

    def routes(self) -> list[Route]:
        """Where each handler is."""
        return [
            Route("/api/claims/answers", self.came, methods=["POST"], name="claim answers"),
            Route("/api/claims/files/{file:int}", self.file, name="claim file"),
            Route("/api/claims/{claim:int}/packet", self.packet, methods=["POST"], name="claim packet"),
        ]

    async def came(self, request: Request) -> Response:
        """A file of answers: 201 with the digest by which ``claim.answered`` takes it."""
        if self._under_way >= AT_ONCE:
            raise StoreError(f"{self._under_way} files are under way; try again")
        self._under_way += 1
        try:
            content = await _body(request)
            digest = await self._claims.came(content, request.query_params.get("name", ""))
        finally:
            self._under_way -= 1
        return as_json({"ok": True, "digest": digest}, 201)

    async def file(self, request: Request) -> Response:
        """An 837P file, to be saved and handed in."""
        number = request.path_params["file"]
        text = self._claims.file(number)
        await self._noted(request, "read.claim_file", f"claims file {number}")
        return _saved(text.encode("ascii"), f"claims-{number:09d}.837", "text/plain; charset=us-ascii")

    async def packet(self, request: Request) -> Response:
        """Make what is handed in with a redetermination: 202 with the number of the job, as of a record."""
        if self._dossiers is None:
            raise NotFoundError("no records are made here")
        number, held = request.path_params["claim"], held_of(request)
        try:
            stream = self._claims.denied(number)
        except RefusedError as error:
            return as_json({"error": error.detail or error.reason, "reason": error.reason}, 409)
        await self._noted(request, "read.claim_packet", f"claim {number}", stream_name(stream))
        job = self._dossiers.begin(stream, held.actor, number)
        return as_json({"ok": True, "job": job, **self._dossiers.state(job, held.actor)}, 202)

    async def _noted(self, request: Request, what: str, *subjects: str) -> None:
        """Whose it is is looked at, and the look noted, before it is shown."""
        held, peer = held_of(request), {"address": address_of(request.scope)}
        who = Who(held.staff or 0, self._access.station_of(request), address_of(request.scope))
        self._desk.ask(who, "claims", {"tab": "held"})
        await self._access.ledger.read(held, what, list(subjects), peer, self._clock.wall())


def _saved(content: bytes, name: str, kind: str) -> Response:
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "content-security-policy": ALONE,
        "cache-control": "no-store",
    }
    return Response(content, 200, headers, kind)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST:
            raise TooLargeError(f"a file of answers: larger than {MOST >> 20} MB")
    if not body:
        raise InputError("the file is empty")
    return bytes(body)
