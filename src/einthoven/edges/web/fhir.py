"""FHIR R4 over REST: read, search, what this server can do (R36, R41; docs/fhir.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from einthoven.base.errors import EinthovenError, InputError, NotFoundError, RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.center.open_record import NEEDS, Asking, Found, OpenRecord
from einthoven.center.ports import Clock
from einthoven.center.sign_in_ports import Held
from einthoven.edges.web.access import Access, address_of, held_of
from einthoven.edges.web.deps import Reads
from einthoven.edges.web.fhir_answers import JSON, ROOT, NotAcceptableError, answer, refused
from einthoven.interop.fhir import PDF, binary
from einthoven.interop.fhir_rest import READ_ONLY, SEARCHES, Page, bundle, capability
from einthoven.interop.fhir_search import page_of, wanted, without_page
from einthoven.surveillance.roles import Permission, reaches_all

ACTION: Final = "read.fhir"
_FORMATS: Final = ("json", "application/json", JSON, "text/json", "*/*", "application/*")


class FhirRoutes:
    """The handlers.

    Args:
        record: what is read.
        access: who asks, and what is noted.
        clock: the center's clocks.
        reads: the threads on which the disk is waited for.
        software: version of this program.
        created: resources that may be posted (``fhir_orders``).
    """

    def __init__(
        self,
        record: OpenRecord,
        access: Access,
        clock: Clock,
        reads: Reads,
        software: str,
        created: Sequence[str] = (),
    ) -> None:
        self._created = created
        self._record = record
        self._access = access
        self._clock = clock
        self._reads = reads
        self._software = software
        self._since = clock.wall()

    def routes(self) -> list[Route]:
        """Where each handler is."""
        return [
            Route(f"{ROOT}/metadata", self.metadata, name="fhir-metadata"),
            Route(f"{ROOT}/{{kind}}", self.search, name="fhir-search"),
            Route(f"{ROOT}/{{kind}}/{{id}}", self.read, name="fhir-read"),
        ]

    async def metadata(self, request: Request) -> Response:
        """The CapabilityStatement; it is anybody's."""
        try:
            _format(request)
        except InputError as error:
            return refused(error)
        told = self._record.name, self._software, _base(request), self._since, self._access.on
        made = capability(*told, self._created)
        return answer(made)

    async def search(self, request: Request) -> Response:
        """``GET /fhir/TYPE?…``: a Bundle, page by page."""
        kind = str(request.path_params["kind"])
        try:
            _format(request)
            if kind not in SEARCHES:
                raise NotFoundError(f"{kind[:40]} is no resource that is searched here")
            held, now = self._permitted(request, kind), self._clock.wall()
            params = request.query_params.multi_items()
            strict = "handling=strict" in request.headers.get("prefer", "")
            asked = wanted(kind, params, strict)
            asking = self._asking(held, kind, now)
            found = await self._reads.run(lambda: self._record.search(asked, asking))
            shown = page_of(found, asked)
            await self._noted(request, held, shown, now)
            following = ""
            if asked.offset + asked.count < len(found):
                rest = [*without_page(params), ("_offset", str(asked.offset + asked.count))]
                following = f"{kind}?{urlencode(rest)}"
            own = f"{kind}?{urlencode(params)}" if params else kind
            page = Page([one.resource for one in shown], len(found), own, following, asked.passed)
            return answer(bundle(page, _base(request)))
        except EinthovenError as error:
            return refused(error)

    async def read(self, request: Request) -> Response:
        """``GET /fhir/TYPE/ID``."""
        kind, id_ = str(request.path_params["kind"]), str(request.path_params["id"])
        try:
            if kind not in NEEDS:
                raise NotFoundError(f"{kind[:40]} is no resource here")
            held, now = self._permitted(request, kind), self._clock.wall()
            asking = self._asking(held, kind, now)
            if kind in READ_ONLY:
                return await self._page(request, held, id_, asking, now)
            _format(request)
            found = await self._reads.run(lambda: self._record.read(kind, id_, asking))
            await self._noted(request, held, [found], now)
            return answer(found.resource)
        except EinthovenError as error:
            return refused(error)

    async def _page(self, request: Request, held: Held, id_: str, asking: Asking, now: Instant) -> Response:
        """A PDF: as it is, or as a Binary for those who ask for FHIR's JSON."""
        pdf, streams = await self._reads.run(lambda: self._record.page(id_, asking))
        await self._noted(request, held, [Found({}, streams)], now)
        if request.query_params.get("_format", request.headers.get("accept", "")).startswith(JSON):
            return answer(binary(id_, pdf))
        headers = {"content-disposition": f'attachment; filename="{id_}.pdf"', "cache-control": "no-store"}
        return Response(pdf, 200, headers, PDF)

    def _permitted(self, request: Request, kind: str) -> Held:
        held = held_of(request)
        if NEEDS[kind] not in held.permissions:
            names = ", ".join(sorted(role.value for role in held.roles))
            raise RefusedError("permission", f"{kind} is not for {names}")
        return held

    def _asking(self, held: Held, kind: str, now: Instant) -> Asking:
        """Who reads this kind for every patient sees all; others those of their practice, or behind glass."""
        sight = self._access.sight
        everybody = held.staff is None or reaches_all(held.roles, NEEDS[kind])
        contacts = Permission.READ_CONTACTS in held.permissions
        sees = lambda stream: everybody or sight.visible(stream, held, now)  # noqa: E731
        return Asking(sees, contacts, held.practice, everybody)

    async def _noted(self, request: Request, held: Held, shown: Any, now: Instant) -> None:
        """On record before it is shown: each patient whose data is."""
        streams: dict[StreamId, None] = dict.fromkeys(stream for one in shown for stream in one.streams)
        subjects = [stream_name(stream) for stream in streams]
        subjects += [one.subject for one in shown if one.subject]
        peer = {"address": address_of(request.scope)}
        await self._access.ledger.read(held, ACTION, subjects, peer, now)


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers.get('host', '')}{ROOT}"


def _format(request: Request) -> None:
    """JSON is what there is.

    Raises:
        NotAcceptableError: the client wants something else.
    """
    given = request.query_params.get("_format")
    accepted = given if given is not None else request.headers.get("accept", "*/*")
    kinds = [one.partition(";")[0].strip().lower() for one in accepted.split(",")]
    if not any(one in _FORMATS or one == "" for one in kinds):
        raise NotAcceptableError(f"{accepted[:60]}: only {JSON} is served")
