"""The requests by which a browser becomes a station (R17): by a link, or by an administrator there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.center.ports import Clock
from einthoven.center.station_office import Registered, StationOffice
from einthoven.edges.web.access import Access, held_of
from einthoven.edges.web.answers import as_json, json_object, refused
from einthoven.edges.web.cookies import STATION, STATION_COOKIE_S, kept

LOG = structlog.get_logger("einthoven.access")
BODY_MAX: Final = 4096


class StationRoutes:
    """The handlers. The link's secret comes in the body: an address is kept by logs and proxies."""

    def __init__(self, access: Access, clock: Clock) -> None:
        self._access = access
        self._clock = clock

    def routes(self) -> list[Route]:
        """Where each handler is."""
        acts = {"look": self.look, "use": self.use, "link": self.link, "here": self.here}
        return [
            Route(f"/api/station/{name}", _told(act), methods=["POST"], name=f"station {name}")
            for name, act in acts.items()
        ]

    async def look(self, request: Request) -> Response:
        """What a link would make of this browser; changes nothing."""
        secret = await _link(request)
        places, where, now = self._places(), self._access.where(request), self._clock.wall()
        return as_json(await self._access.thread.run(lambda: places.look(secret, where, now)))

    async def use(self, request: Request) -> Response:
        """Make this browser the station of a link."""
        secret = await _link(request)
        places, where, now = self._places(), self._access.where(request), self._clock.wall()
        return self._became(await self._access.thread.run(lambda: places.use(secret, where, now)))

    async def link(self, request: Request) -> Response:
        """A link for a new station (name, site, kind), or for another screen of one (station)."""
        body = await json_object(request, BODY_MAX, "a station")
        places, actor, now = self._places(), held_of(request).actor, self._clock.wall()
        make = places.link if body.get("station") is not None else places.add
        return as_json(await self._access.thread.run(lambda: make(body, now, actor)))

    async def here(self, request: Request) -> Response:
        """Make this browser, where somebody who keeps the places is signed in, a station."""
        body = await json_object(request, BODY_MAX, "a station")
        places, where, now = self._places(), self._access.where(request), self._clock.wall()
        actor = held_of(request).actor
        return self._became(await self._access.thread.run(lambda: places.here(body, where, actor, now)))

    def _became(self, registered: Registered) -> Response:
        answer = as_json({"ok": True, "station": registered.station})
        secure = self._access.hosts.secure
        cookie = kept(STATION, registered.secret, secure=secure, seconds=STATION_COOKIE_S)
        answer.headers.append("set-cookie", cookie)
        LOG.info("station registered", station=registered.station)
        return answer

    def _places(self) -> StationOffice:
        if self._access.places is None:
            raise NotFoundError("this center has no stations")
        return self._access.places


def _told(act: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """The same with refusals answered by words and reason."""

    async def told(request: Request) -> Response:
        try:
            return await act(request)
        except RefusedError as error:
            return refused(error)

    return told


async def _link(request: Request) -> str:
    body = await json_object(request, BODY_MAX, "a link")
    secret = body.get("link")
    if not isinstance(secret, str) or len(secret) > 200:
        raise InputError("link: want the text behind the # of the address")
    return secret
