"""CDS Hooks of other systems: services, their answers, what became of cards (docs/cds-hooks.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from einthoven.base.errors import EinthovenError
from einthoven.edges.web.access import address_of, held_of
from einthoven.edges.web.answers import as_error, as_json, json_object, status_of
from einthoven.edges.web.deps import WebDeps
from einthoven.enrollment.order import Order
from einthoven.interop.cds import answer, call_of, discovery, feedback_of
from einthoven.surveillance.roles import Permission, reaches_all

ROOT: Final = "/cds-services"
BODY_MAX: Final = 1 << 20
LOG = structlog.get_logger("einthoven.cds")


class CdsRoutes:
    """The handlers. Nothing of a request is kept; a call is counted, and how its cards were taken.

    An answer that rests on services that the center has on record of the patient is noted before it goes out.

    Args:
        deps: what determines an order, the center's register, clock, day and name, and how others call our
            services and payers.
    """

    def __init__(self, deps: WebDeps) -> None:
        self._deps = deps

    def routes(self) -> list[Route]:
        """Where each handler is."""
        return [
            Route(ROOT, self.services, name="cds services"),
            Route(f"{ROOT}/{{id}}", self.call, methods=["POST"], name="cds call"),
            Route(f"{ROOT}/{{id}}/feedback", self.feedback, methods=["POST"], name="cds feedback"),
        ]

    async def services(self, _request: Request) -> Response:
        """Discovery; it is anybody's."""
        return as_json(discovery())

    async def call(self, request: Request) -> Response:
        """A hook: cards, and coverage information where an order is signed."""
        deps, seen = self._deps, dict[str, None]()
        held, now = held_of(request), deps.clock.wall()
        practice = (
            None if reaches_all(held.roles, Permission.ORDER) or held.staff is None else held.practice or 0
        )

        def determine(order: Order, on: str) -> Mapping[str, Any]:
            earlier = deps.earlier(order, practice)
            seen.update(dict.fromkeys(one.where.rpartition(", ")[2] for one in earlier))
            return deps.determine(order, on, earlier)

        try:
            body = await json_object(request, BODY_MAX, "a call")
            call = call_of(str(request.path_params["id"]), body, deps.names)
            told = answer(call, determine, now, deps.center_name or "Receiving center", deps.today(now))
        except EinthovenError as error:
            self._count("cds_calls", "refused")
            return as_error(str(error), status_of(error))
        peer = {"address": address_of(request.scope)}
        await deps.access.ledger.read(held, "read.earlier", list(seen), peer, now)
        self._count("cds_calls", call.hook)
        return as_json(told)

    async def feedback(self, request: Request) -> Response:
        """What was done with cards: counted."""
        try:
            body = await json_object(request, BODY_MAX, "feedback")
            rows = feedback_of(str(request.path_params["id"]), body)
        except EinthovenError as error:
            return as_error(str(error), status_of(error))
        for row in rows:
            self._count("cds_cards", row.outcome)
            LOG.info("cds_feedback", card=row.card, outcome=row.outcome)
        return Response(status_code=200)

    def _count(self, what: str, kind: str) -> None:
        if self._deps.tally is not None:
            self._deps.tally.add(what, kind)
