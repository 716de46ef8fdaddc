"""Where other centers speak to this one: ``POST /api/peer`` (``docs/another-center.md``).

No session: a message is signed by a center that is trusted, or it is refused.
"""

from __future__ import annotations

from typing import Protocol

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from einthoven.base.errors import RefusedError
from einthoven.base.instants import Instant
from einthoven.center.peer_message import MESSAGE_MAX
from einthoven.center.ports import Clock
from einthoven.edges.web.access import address_of
from einthoven.edges.web.answers import as_json

LOG = structlog.get_logger("einthoven.peer")


class PeerDoor(Protocol):
    """What takes messages of other centers."""

    def received(self, raw: bytes, address: str, now: Instant) -> bytes:
        """Our answer.

        Raises:
            RefusedError: with its reason, which is on record.
        """
        ...


class PeerRoute:
    """Serves ``/api/peer``.

    Args:
        peers: what answers.
        clock: the center's.
    """

    def __init__(self, peers: PeerDoor, clock: Clock) -> None:
        self._peers = peers
        self._clock = clock

    def routes(self) -> list[Route]:
        """The one route."""
        return [Route("/api/peer", self.take, methods=["POST"], name="peer")]

    async def take(self, request: Request) -> Response:
        """A message: 200 with our answer, or 403 with the reason."""
        raw = bytearray()
        async for piece in request.stream():
            raw += piece
            if len(raw) > MESSAGE_MAX:
                break  # one byte too many says it
        try:
            answer = self._peers.received(bytes(raw), address_of(request.scope), self._clock.wall())
        except RefusedError as error:
            LOG.warning("peer refused", reason=error.reason, words=error.detail)
            return as_json({"error": error.detail, "reason": error.reason}, 403)
        return Response(answer, 200, {"cache-control": "no-store"}, "application/json")
