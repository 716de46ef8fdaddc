"""A desk of paper beside the paper center: entities a test puts there, ticks with nonces, reports really
checked."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from tests.browser import duty
from tests.browser.paper_center import PaperCenter

from einthoven.base.ids import stream_name
from einthoven.center.displays import Checked, Displays, Reason, parse_report

TICK_S = 0.5
"""Ticks come faster than a real desk's, so that tests are short; what is checked is the same."""


class PaperDesk:
    """Serves ``/desk``, ``/api/me`` and ``/api/desk/…`` on a paper center that has not started yet.

    Attributes:
        put: the entities, by key.
        acts: (act, body) of every command, in order.
        refusal: what a command is answered with, None for done.
        reports: how each report was judged.
        continuity: the report of any period.
        left: how often a page said that it is closed or left.
        silent: no ticks any more, the socket stays.
        answers: what is answered to a question (``case/12``), by its path.
        done: what follows of an act, on the center's loop.
    """

    def __init__(self, center: PaperCenter) -> None:
        self.put: dict[str, Any] = {}
        self.acts: list[tuple[str, Any]] = []
        self.refusal: dict[str, str] | None = None
        self.reports: list[Checked] = []
        self.left = 0
        self.silent = False
        self.answers: dict[str, Any] = {}
        self.done: Callable[[str, Any], None] = lambda _act, _body: None
        self.continuity: dict[str, Any] = {"pct": 100.0, "exceptions": []}
        self.paper = center
        center.desk = self
        numbers = itertools.count(1)
        small = center.center
        self.displays = Displays(small.hub, small.ward, lambda: f"{next(numbers):032x}")
        self._told: list[asyncio.Queue[tuple[dict[str, Any], list[str]]]] = []
        small.app.router.routes[:0] = [
            WebSocketRoute("/desk", self._serve),
            Route("/api/me", self._me),
            Route("/api/desk/continuity", self._continuity, methods=["GET"]),
            Route("/api/desk/{act}", self._act, methods=["POST"]),
            Route("/api/desk/{what}/{id}", self._answer, methods=["GET"]),
        ]

    def say(self, put: dict[str, Any] | None = None, drop: Sequence[str] = ()) -> None:
        """Entities change; from a test's thread, while the center runs."""

        self.paper.do(lambda: self.tell(put, drop))

    def tell(self, put: dict[str, Any] | None = None, drop: Sequence[str] = ()) -> None:
        """The same on the center's loop."""
        self.put |= put or {}
        for key in drop:
            self.put.pop(key, None)
        for queue in self._told:
            queue.put_nowait((put or {}, list(drop)))

    def watch_all(self, streams: Sequence[int]) -> None:
        """Before the start: one technician watches these, and nothing is the matter."""
        for number, stream in enumerate(streams, 1):
            self.put[f"watch:{number}"] = duty.watch(number, stream, 1.7e12)
            self.put[f"patient:{stream_name(stream)}"] = duty.patient(stream)
        held = {"held": len(streams), "limit": 40, "warn": 32}
        self.put["me"] = duty.me(watches=held)

    def reasons(self, stream: int, last: int) -> list[Reason | None]:
        """What was said of a stream in the last reports."""
        return [checked.of([stream])[0].reason for checked in self.reports[-last:]]

    async def _me(self, _request: Request) -> Response:
        return JSONResponse(self.put.get("me", {}))

    async def _continuity(self, request: Request) -> Response:
        self.acts.append(("continuity", dict(request.query_params)))
        return JSONResponse(self.continuity)

    async def _act(self, request: Request) -> Response:
        self.acts.append((request.path_params["act"], await request.json()))
        if self.refusal is not None:
            return JSONResponse(self.refusal, 409)
        self.done(*self.acts[-1])
        return JSONResponse({"ok": True})

    async def _answer(self, request: Request) -> Response:
        path = f"{request.path_params['what']}/{request.path_params['id']}"
        found = self.answers.get(path)
        return JSONResponse({"error": f"{path} is not known"}, 404) if found is None else JSONResponse(found)

    async def _serve(self, socket: WebSocket) -> None:
        await socket.accept()
        told: asyncio.Queue[tuple[dict[str, Any], list[str]]] = asyncio.Queue()
        self._told.append(told)
        glass = self.displays.open()
        listener = asyncio.create_task(self._listen(socket, glass))
        try:
            await self._speak(socket, glass, told)
        except (RuntimeError, WebSocketDisconnect):
            return
        finally:
            # What the page said last lies there already; it ends by itself with the socket.
            await asyncio.wait((listener,), timeout=1)
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)
            self._told.remove(told)

    async def _speak(self, socket: WebSocket, glass: Any, told: asyncio.Queue[Any]) -> None:
        n = 1
        clock = self.paper.center.clock
        stamp = lambda: {"server_ms": clock.wall() / 1e6}  # noqa: E731
        first = {"type": "snapshot", "n": n, "boot": "paper", "put": self.put, "more": False}
        await socket.send_text(json.dumps(first | stamp()))
        while True:
            with contextlib.suppress(TimeoutError):
                put, drop = await asyncio.wait_for(told.get(), TICK_S)
                n += 1
                change = {"type": "change", "n": n, "put": put, "drop": drop, "more": False}
                await socket.send_text(json.dumps(change | stamp()))
                continue
            if self.silent:
                continue
            self.displays.beat(clock.wall())
            tick = {"type": "tick", "n": n, "nonce": self.displays.nonce(glass)}
            await socket.send_text(json.dumps(tick | stamp()))

    async def _listen(self, socket: WebSocket, glass: Any) -> None:
        while True:
            body = json.loads(await socket.receive_text())
            if body["type"] == "leaving":
                self.left += 1
            if body["type"] == "painted":
                self.reports.append(self.displays.check(glass, parse_report(body)))
