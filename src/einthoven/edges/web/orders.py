"""Papers of orders over HTTP: put on file by whoever enters orders, read with their order (R28, R29).

They lie where documents of people's papers lie; who may read one is who may read an order that names it.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from einthoven.base.errors import NotFoundError, RefusedError
from einthoven.center.desk_door import DeskDoor, Who
from einthoven.center.ports import Clock
from einthoven.edges.web.access import Access, address_of, held_of
from einthoven.edges.web.answers import as_json
from einthoven.edges.web.deps import Reads
from einthoven.edges.web.documents import DocumentRoutes


class OrderPapers(DocumentRoutes):
    """The handlers.

    Args:
        desk: says which papers an order names, to whom it may be read.
    """

    def __init__(self, desk: DeskDoor, access: Access, clock: Clock, reads: Reads) -> None:
        super().__init__(access, clock, reads)
        self._desk = desk

    def routes(self) -> list[Route]:
        """Where each handler is."""
        return [
            Route("/api/orders/documents", self.put, methods=["POST"], name="order document put"),
            Route("/api/orders/{order:int}/documents/{digest}", self.show, name="order document"),
        ]

    def _called(self, digest: str) -> str:
        """Its beginning: who reads the audit and no orders must not be able to ask for the paper by it."""
        return f"{digest[:12]}…"

    async def show(self, request: Request) -> Response:
        """A paper, or the message, of an order.

        Raises:
            NotFoundError: there is no such order to whoever asks, or it names no such paper.
        """
        number, digest = int(request.path_params["order"]), str(request.path_params["digest"])
        who = Who(held_of(request).staff or 0, self._access.station_of(request), address_of(request.scope))
        try:
            told = self._desk.ask(who, "order.papers", {"id": str(number)})
        except RefusedError as error:
            return as_json({"error": error.detail or error.reason, "reason": error.reason}, 403)
        papers = told["papers"]
        if not isinstance(papers, list) or digest not in papers:
            raise NotFoundError(f"order {number} names no such paper")
        return await self._shown(request, digest, "read.order_document", f"order {number}")
