"""The door of every route: signed in, unlocked, permitted, really from our page (R42)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Final

import structlog
from starlette.datastructures import Headers
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from einthoven.base.errors import InputError, OursError
from einthoven.base.ids import StreamId, parse_stream
from einthoven.center.ports import Clock
from einthoven.center.sign_in_ports import Held
from einthoven.edges.web.access import Access, address_of
from einthoven.edges.web.answers import as_json
from einthoven.edges.web.fhir_answers import outcome_answer
from einthoven.edges.web.metrics import WebMetrics
from einthoven.edges.web.permissions import NEEDS, Need

LOG = structlog.get_logger("einthoven.access")
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF: Final = "x-einthoven-csrf"
SIGN_IN_FIRST: Final = 4401
"""A socket is closed with this code where nobody is signed in, or no longer is."""
NOT_ALLOWED: Final = 4403


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not answered."""

    status: int
    reason: str
    words: str


def refusal(
    need: Need, held: Held | None, *, on: bool, method: str, headers: Headers, origin_ok: bool
) -> Refusal | None:
    """Judge one request or socket (``method`` ``"WEBSOCKET"``).

    Args:
        held: who asks, None for nobody.
        on: whether one must sign in.
        origin_ok: whether its ``Origin`` is this center's.
    """
    if not need.session:
        return None
    if held is None:
        return Refusal(401, "sign_in", "sign in first")
    if need.any_of and not need.any_of & held.permissions:
        names = ", ".join(sorted(role.value for role in held.roles)) or "nobody"
        return Refusal(403, "permission", f"not for {names}")
    if held.locked and not need.locked:
        return Refusal(403, "locked", "the controls are locked: unlock them first")
    if not on or held.how == "token":
        return None
    if method == "WEBSOCKET" and not origin_ok:
        return Refusal(403, "origin", "a socket is opened by this center's page only")
    if method not in SAFE and method != "WEBSOCKET":
        given = headers.get(CSRF, "").encode("utf-8", "replace")
        if not held.csrf or not compare_digest(given, held.csrf.encode()):
            return Refusal(403, "csrf", f"{CSRF} is missing or of another session")
    return None


class Door:
    """ASGI wrapper of one route."""

    def __init__(
        self, app: ASGIApp, name: str, need: Need, access: Access, clock: Clock, metrics: WebMetrics
    ) -> None:
        self._app = app
        self._name = name
        self._need = need
        self._access = access
        self._clock = clock
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, or say why not."""
        access, now = self._access, self._clock.wall()
        held, headers = access.who(scope, now), Headers(scope=scope)
        method = "WEBSOCKET" if scope["type"] == "websocket" else scope["method"]
        origin_ok = headers.get("origin") in access.hosts.origins(headers.get("host", ""))
        why = refusal(self._need, held, on=access.on, method=method, headers=headers, origin_ok=origin_ok)
        if why is not None:
            await self._refuse(why, held, scope, receive, send)
            return
        scope.setdefault("state", {})["held"] = held
        stream = _stream_of(scope)
        if stream is not None and held is not None and self._need.session:
            await access.see(held, stream, f"read.{self._name}", address_of(scope), now)
        if held is not None and held.staff is not None and method not in SAFE and method != "WEBSOCKET":
            assert access.sign_in is not None
            access.sign_in.sessions.acted(held, now)
        await self._app(scope, receive, send)

    async def _refuse(
        self, why: Refusal, held: Held | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._metrics.refused.labels(why.reason).inc()
        if held is not None:
            LOG.warning("refused", actor=held.actor, route=self._name, reason=why.reason)
        if scope["type"] == "http":
            if self._name.startswith("fhir-"):
                answer = outcome_answer(why.status, why.words, why.reason)
            else:
                answer = as_json({"error": why.words, "reason": why.reason}, why.status)
            await answer(scope, receive, send)
            return
        # Only a socket that was accepted can say to a page why it is closed.
        await receive()
        await send({"type": "websocket.accept"})
        code = SIGN_IN_FIRST if why.status == 401 else NOT_ALLOWED
        await send({"type": "websocket.close", "code": code, "reason": why.words})


def guarded(
    routes: Iterable[BaseRoute],
    access: Access,
    clock: Clock,
    metrics: WebMetrics,
    needs: Mapping[str, Need] = NEEDS,
) -> list[BaseRoute]:
    """The routes, each behind its door.

    Raises:
        OursError: one has no row in the table, or is of a kind that has no door.
    """
    doors: list[BaseRoute] = []
    for route in routes:
        if not isinstance(route, Route | WebSocketRoute):
            raise OursError(f"{route!r} has no door")
        need = needs.get(route.name)
        if need is None:
            raise OursError(f"route {route.name!r} ({route.path}) is not in the table of permissions")
        route.app = Door(route.app, route.name, need, access, clock, metrics)
        doors.append(route)
    return doors


def _stream_of(scope: Scope) -> StreamId | None:
    """The stream that a route's path names; what is no stream the handler refuses."""
    name = scope.get("path_params", {}).get("stream")
    try:
        return None if name is None else parse_stream(str(name))
    except InputError:
        return None
