"""The desk's socket and requests: watches, cases, calls (``docs/desk.md``)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from einthoven.base.errors import EinthovenError, InputError, RefusedError
from einthoven.base.ids import StreamId
from einthoven.base.instants import SECOND
from einthoven.center.desk_door import DeskDoor, Me, Seat, Who
from einthoven.center.ports import Clock
from einthoven.center.sign_in_ports import Held
from einthoven.edges.web.access import ONCE, Access, address_of, held_of
from einthoven.edges.web.answers import as_json, json_object
from einthoven.edges.web.deps import Reads
from einthoven.edges.web.door import SIGN_IN_FIRST
from einthoven.edges.web.pump import TRY_AGAIN, Pump

LOG = structlog.get_logger("einthoven.desk")
FIELDS_MAX: Final = 256 * 1024
"""Longest body of an act: a verdict with every beat of a long strip relabelled."""
ABOUT_PATIENTS: Final = frozenset(
    {
        "case",
        "telephone",
        "contacts",
        "patient",
        "emergency",
        "criteria",
        "ladder",
        "report",
        "reports",
        "order",
        "orders",
        "kits",
        "services",
        "service",
        "instructions",
        "claim",
        "claims",
        "correction",
        "corrections",
    }
)
"""Questions about one patient: the answer is noted before it is shown."""
NUMBERED: Final = frozenset({"case", "telephone", "report", "order", "correction", "claim"})
"""Of those, what is asked about by a number of its own."""
KEPT_NOWHERE: Final = frozenset({"order.check"})
"""Forms that are only looked at; of a person whom they name, what the center's register says is noted."""
ABOUT_CENTER: Final = frozenset({"continuity", "legs"})
"""Questions about how the center did: they name patients and people, and are noted the same way."""
MESSAGES_AT_ONCE: Final = 8
"""Messages sent before the page is listened to again: pages of a snapshot follow one another quickly."""


class DeskPages:
    """Serves ``/desk`` and ``/api/desk/…``.

    Args:
        desk: what answers.
        me_of: what ``/api/me`` says to whoever opened a socket, again and again.
        clock: the center's clocks.
        send_limit_s: how long one message may wait for a page that does not read.
        beats: reads ``BEAT`` rows of ``[start, stop)``, sealed and not.
        access: notes who read what; knows who proved once more who they are.
        reads: the threads on which the store is read.
    """

    def __init__(
        self,
        desk: DeskDoor,
        me_of: Callable[[HTTPConnection], Me],
        clock: Clock,
        send_limit_s: float,
        beats: Callable[[StreamId, int, int], Awaitable[NDArray[np.void]]],
        access: Access,
        reads: Reads,
    ) -> None:
        self._beats = beats
        self._desk = desk
        self._access = access
        self._reads = reads
        self._me_of = me_of
        self._clock = clock
        self._send_limit_s = send_limit_s
        self._access = access

    def routes(self) -> list[Route | WebSocketRoute]:
        """The socket, the acts, the questions."""
        return [
            WebSocketRoute("/desk", self.socket, name="desk"),
            Route("/api/desk/{act}", self.act, methods=["POST"], name="desk-act"),
            Route("/api/desk/check/{what}/{id}", self.check, methods=["POST"], name="desk-check"),
            Route("/api/desk/check/{what}", self.check, methods=["POST"], name="desk-check-form"),
            Route("/api/desk/{what}", self.ask, methods=["GET"], name="desk-ask"),
            Route("/api/desk/{what}/{id}", self.ask, methods=["GET"], name="desk-ask-one"),
        ]

    async def socket(self, socket: WebSocket) -> None:
        """One page from its opening to its end."""
        await socket.accept()
        try:
            seat = self._desk.open(self._who(socket), self._me_of(socket))
        except RefusedError as error:
            await socket.close(TRY_AGAIN, error.detail)
            return
        reason = "fault"
        held, peer = held_of(socket), {"address": address_of(socket.scope)}
        try:
            # Watches and cases have names of patients, also for who opens the worklist and no wall.
            await self._access.ledger.read(held, "desk.list", ["patients"], peer, self._clock.wall(), ONCE)
            reason = await self._serve(socket, seat)
        finally:
            seat.close(reason)
            LOG.info("desk closed", reason=reason)

    async def _serve(self, socket: WebSocket, seat: Seat) -> str:
        async def send(began: int) -> str | None:
            async with asyncio.timeout(self._send_limit_s):
                for _ in range(MESSAGES_AT_ONCE):
                    over = seat.ended()
                    if over is not None:
                        await socket.close(SIGN_IN_FIRST, over)
                        return "over"
                    text = seat.next(began, self._clock.wall())
                    if text is None:
                        break
                    await socket.send_text(text)
            return None

        def take(text: str) -> None:
            try:
                seat.take(text)
            except InputError as error:
                LOG.warning("message of a page refused", reason=str(error))
                seat.refuse(str(error))

        return await Pump(socket, self._clock, send, take, seat.refuse).run()

    async def act(self, request: Request) -> Response:
        """Do something: 200 once it is on record; 409 with the reason where it is refused."""
        fields = await json_object(request, FIELDS_MAX, "an act")
        answered: asyncio.Future[Mapping[str, object]] = asyncio.get_running_loop().create_future()

        def answer(told: Mapping[str, object] | None, error: EinthovenError | None) -> None:
            if answered.done():
                return  # the page left while the store was written
            if error is None:
                answered.set_result(told or {})
            else:
                answered.set_exception(error)

        began = self._clock.monotonic()
        act = request.path_params["act"]
        wanted = self._desk.wanted(act, fields)
        if wanted is not None:
            self._desk.shown(wanted[0], await self._beats(*wanted))
        try:
            who = await self._signer(request, fields.get("confirmation"))
            self._desk.act(who, act, fields, answer)
            told = await answered
        except RefusedError as error:
            return as_json({"error": error.detail or error.reason, "reason": error.reason}, 409)
        spent = (self._clock.monotonic() - began) / SECOND
        return as_json({"ok": True, "spent_s": round(spent, 4), **told})

    async def _signer(self, request: Request, confirmation: object) -> Who:
        """Who acts, with what they proved once more for this act where it is one that is signed."""
        who, sign_in = self._who(request), self._access.sign_in
        if not isinstance(confirmation, str) or who.staff == 0 or sign_in is None:
            return who
        held, now = held_of(request), self._clock.wall()
        proved = await self._access.thread.run(lambda: sign_in.confirmed(held, confirmation, now))
        return replace(who, confirmed=proved)

    async def ask(self, request: Request) -> Response:
        """A question."""
        params = dict(request.query_params)
        if "id" in request.path_params:
            params["id"] = request.path_params["id"]
        return await self._asked(request, request.path_params["what"], params)

    async def check(self, request: Request) -> Response:
        """A form that is looked at before it is sent: its faults, and what would come of it."""
        form = await json_object(request, FIELDS_MAX, "a form")
        params = {"id": request.path_params.get("id", ""), "form": json.dumps(form)}
        return await self._asked(request, f"{request.path_params['what']}.check", params)

    async def _asked(self, request: Request, what: str, params: Mapping[str, str]) -> Response:
        try:
            look = self._desk.look(self._who(request), what, params)
            if look is not None:
                await self._noted(request, what, look.subjects)
                make = await self._reads.run(look.read)
                return as_json(make())
            told = self._desk.ask(self._who(request), what, params)
            kind = what.removesuffix(".check")
            if what in KEPT_NOWHERE:
                await self._registered(request, told)
            elif kind in ABOUT_PATIENTS:
                subject = params.get("id") or params.get("stream") or "patients"
                subject = f"{kind} {subject}" if kind in NUMBERED else subject
                await self._noted(request, kind, [subject])
            elif kind in ABOUT_CENTER:
                await self._noted(request, kind, ["center"])
            elif kind == "glass" and not told.get("sees"):
                await self._noted(request, kind, [params["id"]])
        except RefusedError as error:
            return as_json({"error": error.detail or error.reason, "reason": error.reason}, 403)
        return as_json(told)

    async def _registered(self, request: Request, told: Mapping[str, object]) -> None:
        """What the center's register says beside a form is on record, once for everybody who types."""
        found = told.get("earlier")
        streams = [str(one["stream"]) for one in found] if isinstance(found, list) else []
        held, peer = held_of(request), {"address": address_of(request.scope)}
        await self._access.ledger.read(held, "read.earlier", streams, peer, self._clock.wall(), ONCE)

    async def _noted(self, request: Request, what: str, subjects: Collection[str]) -> None:
        """What is about to be shown is on record."""
        held, peer = held_of(request), {"address": address_of(request.scope)}
        await self._access.ledger.read(held, f"read.{what}", subjects, peer, self._clock.wall())

    def _who(self, connection: HTTPConnection) -> Who:
        """Who asks, as the desk knows them; where, is what the browser is now, whatever it was at sign-in."""
        held: Held = held_of(connection)
        return Who(held.staff or 0, self._access.station_of(connection), address_of(connection.scope))
