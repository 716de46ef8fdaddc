"""The pages' application: routes, health, metrics, the live socket."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from functools import partial

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from einthoven import __version__
from einthoven.center import live_kernels
from einthoven.center.live_health import unready
from einthoven.edges.web.answers import as_error, as_json
from einthoven.edges.web.api import Api
from einthoven.edges.web.cds import CdsRoutes
from einthoven.edges.web.claims import ClaimRoutes
from einthoven.edges.web.codes import CodeRoutes
from einthoven.edges.web.deps import WebDeps
from einthoven.edges.web.desk import DeskPages
from einthoven.edges.web.documents import DocumentRoutes
from einthoven.edges.web.door import guarded
from einthoven.edges.web.dossier import DossierRoutes
from einthoven.edges.web.fhir import FhirRoutes
from einthoven.edges.web.fhir_orders import FhirOrders
from einthoven.edges.web.guard import Guard
from einthoven.edges.web.metrics import CensusCollector, TallyCollector, WebMetrics
from einthoven.edges.web.orders import OrderPapers
from einthoven.edges.web.pages import Pages
from einthoven.edges.web.peer import PeerRoute
from einthoven.edges.web.period_papers import PeriodPapers
from einthoven.edges.web.reports import ReportRoutes
from einthoven.edges.web.review import ReviewPages
from einthoven.edges.web.review_beats import KeptBeats
from einthoven.edges.web.shown import beats_between
from einthoven.edges.web.sign_in import SignInRoutes
from einthoven.edges.web.socket import LiveSocket
from einthoven.edges.web.station import StationRoutes
from einthoven.edges.web.telephone import TelephoneRoutes
from einthoven.edges.web.telephone_files import TelephoneFiles
from einthoven.edges.web.voice import VoiceSocket
from einthoven.interop.fhir_rest import CREATED


def build_app(deps: WebDeps) -> Starlette:
    """The application over what the center gave; compiles the kernels of the live picture first."""
    live_kernels.warm()
    metrics = WebMetrics(deps.registry)
    deps.registry.register(CensusCollector(deps.census, deps.clock))
    if deps.tally is not None:
        deps.registry.register(TallyCollector(deps.tally))

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_request: Request) -> Response:
        center = deps.census.center(deps.clock.wall())
        reasons = unready(
            str(center["storing"]), str(center["clock"]), deps.stepped(), deps.clock.monotonic()
        )
        reasons += deps.desk_unready()
        return as_json({"ready": not reasons, "reasons": reasons}, 503 if reasons else 200)

    async def show_metrics(_request: Request) -> Response:
        return Response(generate_latest(deps.registry), media_type=CONTENT_TYPE_LATEST)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            deps.reads.close()
            deps.access.close()

    sign_in, kept = SignInRoutes(deps.access, deps.clock), KeptBeats(deps)
    routes: list[BaseRoute] = [
        Route("/healthz", healthz, name="healthz"),
        Route("/readyz", readyz, name="readyz"),
        Route("/metrics", show_metrics, name="metrics"),
        *sign_in.routes(),
        *StationRoutes(deps.access, deps.clock).routes(),
        *DocumentRoutes(deps.access, deps.clock, deps.reads).routes(),
        *Api(deps, kept).routes(),
        *ReviewPages(deps, kept).routes(),
        *CodeRoutes(deps.codes, deps.clock, deps.reads, deps.today).routes(),
        WebSocketRoute("/live", LiveSocket(deps, metrics).serve, name="live"),
        *CdsRoutes(deps).routes(),
        *TelephoneRoutes(deps.calls, deps.access, deps.clock, deps.reads).routes(),
        *TelephoneFiles(deps.files, deps.access, deps.clock, deps.reads).routes(),
        *VoiceSocket(deps.voice, deps.access, deps.clock).routes(),
        *_of_the_desk(deps, sign_in),
        *Pages(deps.static).routes(),
    ]
    return Starlette(
        routes=guarded(routes, deps.access, deps.clock, metrics),
        middleware=[Middleware(Guard, metrics=metrics, clock=deps.clock, hosts=deps.access.hosts)],
        exception_handlers={HTTPException: _http_error},
        lifespan=lifespan,
    )


def _of_the_desk(deps: WebDeps, sign_in: SignInRoutes) -> list[BaseRoute]:
    """Watches, cases, calls; reports; messages of other centers; the open record."""
    made: list[BaseRoute] = []
    if deps.desk is not None:
        beats = partial(beats_between, deps)
        made += DeskPages(
            deps.desk, sign_in.me_of, deps.clock, deps.send_limit_s, beats, deps.access, deps.reads
        ).routes()
        made += OrderPapers(deps.desk, deps.access, deps.clock, deps.reads).routes()
        made += PeriodPapers(deps.desk, deps.access, deps.clock, deps.reads).routes()
        if deps.reports is not None:
            routed = ReportRoutes(deps.reports, deps.desk, deps.access, deps.clock, deps.reads)
            made += routed.routes()
        if deps.claims is not None:
            made += ClaimRoutes(deps.claims, deps.desk, deps.access, deps.clock, deps.dossiers).routes()
    if deps.dossiers is not None:
        made += DossierRoutes(deps.dossiers, deps.access, deps.clock).routes()
    if deps.peers is not None:
        made += PeerRoute(deps.peers, deps.clock).routes()
    if deps.record is not None:
        taken = CREATED if deps.orders is not None else ()
        made += FhirRoutes(deps.record, deps.access, deps.clock, deps.reads, __version__, taken).routes()
        if deps.orders is not None:
            made += FhirOrders(deps.orders, deps.record, deps.access, deps.reads).routes()
    return made


async def _http_error(_request: Request, error: Exception) -> Response:
    """Starlette's own refusals (no such route, method not allowed) in one line of JSON as well."""
    assert isinstance(error, HTTPException)
    return as_error(error.detail, error.status_code)
