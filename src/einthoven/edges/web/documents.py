"""Documents of people's papers and of orders on the pages: put on file, and looked at (R16, R28, R29)."""

from __future__ import annotations

from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from einthoven.base.errors import InputError, NotFoundError, StoreFullError
from einthoven.center.ports import Clock
from einthoven.edges.web.access import Access, DocumentStore, address_of, held_of
from einthoven.edges.web.answers import TooLargeError, as_json
from einthoven.edges.web.deps import BusyError, Reads

LOG = structlog.get_logger("einthoven.web")
AT_ONCE: Final = 4
"""Documents that are taken at the same time: each stands in memory whole."""
EXTENSIONS: Final = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "x-application/hl7-v2+er7": "hl7",
    "application/fhir+json": "json",
}
ALONE: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'none'; sandbox"
)
"""What a document may do in a browser that shows it: nothing, and it is of no origin."""


class DocumentRoutes:
    """The handlers.

    Args:
        access: where documents lie, who asks, and what is noted.
        clock: the center's clocks.
        reads: the threads on which the disk is waited for.
    """

    def __init__(self, access: Access, clock: Clock, reads: Reads) -> None:
        self._access = access
        self._clock = clock
        self._reads = reads
        self._under_way = 0

    def routes(self) -> list[Route]:
        """Where each handler is."""
        return [
            Route("/api/documents", self.put, methods=["POST"], name="document put"),
            Route("/api/documents/{digest}", self.show, methods=["GET"], name="document"),
        ]

    async def put(self, request: Request) -> Response:
        """Put the body on file: 201 with the digest that papers name it by, once file and line are durable.

        Raises:
            InputError: it is empty, too large (413), or no PDF, PNG or JPEG.
        """
        store = self._store()
        if self._under_way >= AT_ONCE:
            raise BusyError(f"{self._under_way} documents are under way; try again")
        self._under_way += 1
        try:
            content = await _body(request, store.most)
            digest = await self._reads.run(lambda: _kept(store, content))
        finally:
            self._under_way -= 1
        await self._noted(request, digest, len(content))
        return as_json({"ok": True, "document": digest, "bytes": len(content)}, 201)

    async def _noted(self, request: Request, digest: str, size: int) -> None:
        """On record before whoever sent it hears that it is on file.

        Raises:
            StoreError: it is not.
        """
        subject = f"document {self._called(digest)}"
        await self._access.noted(request, "document.put", subject, {"bytes": size}, self._clock.wall())
        LOG.info("document put", document=digest, bytes=size)

    def _called(self, digest: str) -> str:
        """How a document is called in the audit."""
        return digest

    async def show(self, request: Request) -> Response:
        """A document as it was put: images are shown, a PDF is saved; neither can do anything here."""
        digest = str(request.path_params["digest"])
        return await self._shown(request, digest, "read.document", f"document {digest}")

    async def _shown(self, request: Request, digest: str, action: str, subject: str) -> Response:
        store = self._store()
        content, kind = await self._reads.run(lambda: store.read(digest))
        held, now = held_of(request), self._clock.wall()
        peer = {"address": address_of(request.scope)}
        await self._access.ledger.read(held, action, [subject], peer, now)
        way = "inline" if kind.startswith("image/") else "attachment"
        return Response(
            content,
            200,
            {
                "content-disposition": f'{way}; filename="document-{digest[:12]}.{EXTENSIONS[kind]}"',
                "content-security-policy": ALONE,
                "cache-control": "no-store",
            },
            kind,
        )

    def _store(self) -> DocumentStore:
        if self._access.documents is None:
            raise NotFoundError("this center keeps no documents")
        return self._access.documents


def _kept(store: DocumentStore, content: bytes) -> str:
    """On a reading thread."""
    try:
        return store.put(content, "document")
    except OSError as error:
        raise StoreFullError(f"the document could not be written: {error.strerror or error}") from error


async def _body(request: Request, most: int) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            raise TooLargeError(f"document: larger than {most >> 20} MB")
    if not body:
        raise InputError("document: is empty")
    return bytes(body)
