"""What every request passes first: who may ask at all, and what every answer says to the browser.

The danger here is another page in the same browser: a name that is rebound to this machine (told by Host),
and a page of another origin that posts or opens a socket (told by Origin and Sec-Fetch-Site). Who is signed
in is asked behind this (``door``).
"""

from __future__ import annotations

from typing import TypeGuard

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from einthoven.base.errors import EinthovenError, RefusedError
from einthoven.center.ports import Clock
from einthoven.edges.web.answers import SIGN_IN_STATUS, as_error, refused, status_of
from einthoven.edges.web.hosts import Hosts
from einthoven.edges.web.metrics import WebMetrics

LOG = structlog.get_logger("einthoven.web")
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}
STRICT_TRANSPORT = "max-age=31536000"
"""With TLS: browsers do not ask this name without it for a year."""
UNROUTED = "other"
PATH_MOST = 1000
"""Characters of an address; none of ours is as long. A number of 4300 digits is none to Python."""


def refusal(scope: Scope, hosts: Hosts) -> tuple[str, str] | None:
    """Why a request must not be answered: (short reason, one line), or None."""
    if len(scope["path"]) > PATH_MOST:
        return "path", f"the address has more than {PATH_MOST} characters"
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    if hosts.name_of(host) is None:
        wanted = "a name of this center" if hosts.names else "this machine's loopback"
        return "host", f"host {host[:60]!r} is not {wanted}"
    if scope["type"] == "http" and scope["method"] in SAFE:
        return None
    origin = headers.get("origin")
    if origin is not None and origin not in hosts.origins(host):
        return "origin", f"origin {origin[:60]!r} is not this center's page"
    site = headers.get("sec-fetch-site", "none")
    if site not in ("same-origin", "none"):
        return "origin", f"a {site[:20]} request is not taken"
    return None


class Guard:
    """ASGI middleware: refuses, counts, adds headers, and answers what a handler raised."""

    def __init__(self, app: ASGIApp, metrics: WebMetrics, clock: Clock, hosts: Hosts | None = None) -> None:
        self._app = app
        self._hosts = hosts or Hosts()
        self._headers = HEADERS | (
            {"strict-transport-security": STRICT_TRANSPORT} if self._hosts.secure else {}
        )
        self._metrics = metrics
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            why = refusal(scope, self._hosts)
            if why is None:
                await self._app(scope, receive, send)
                return
            self._metrics.refused.labels(why[0]).inc()
            LOG.warning("socket refused", reason=why[1], path=scope["path"][:PATH_MOST])
            await send({"type": "websocket.close", "code": 1008, "reason": why[1]})
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = self._clock.monotonic()
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                told = MutableHeaders(scope=message)
                for name, value in self._headers.items():  # what an answer brings itself is for it alone
                    told.setdefault(name, value)
            await send(message)

        why = refusal(scope, self._hosts)
        if why is not None:
            self._metrics.refused.labels(why[0]).inc()
            LOG.warning("request refused", reason=why[1], path=scope["path"][:PATH_MOST])
            await as_error(why[1], 414 if why[0] == "path" else 403)(scope, receive, sending)
        else:
            try:
                await self._app(scope, receive, sending)
            except EinthovenError as error:
                if status:
                    raise
                if status_of(error) >= 500:
                    LOG.error("request failed", path=scope["path"], error=str(error))
                answer = refused(error) if _of_sign_in(error) else as_error(str(error), status_of(error))
                await answer(scope, receive, sending)
            except Exception:
                LOG.exception("request failed", path=scope["path"])
                if status:
                    raise
                await as_error("the center failed to answer; its log says why", 500)(scope, receive, sending)
        route = _route(scope)
        self._metrics.requests.labels(route, str(status)).inc()
        self._metrics.request_seconds.labels(route).observe((self._clock.monotonic() - began) / 1e9)


def _of_sign_in(error: EinthovenError) -> TypeGuard[RefusedError]:
    return isinstance(error, RefusedError) and error.reason in SIGN_IN_STATUS


def _route(scope: Scope) -> str:
    """The route's name, so that a label has few values whatever is asked."""
    name = getattr(scope.get("route"), "name", None)
    return name if isinstance(name, str) else UNROUTED
