"""A small center of fakes behind the real application and the real server."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from prometheus_client import CollectorRegistry
from tests.center.live_parser import ParsedRun, parse_runs
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from einthoven.base.instants import SECOND
from einthoven.base.spans import SpanSet
from einthoven.center.call_ports import Voice
from einthoven.center.census import Census
from einthoven.center.desk_door import DeskDoor
from einthoven.center.live import LiveHub
from einthoven.center.live_news import News
from einthoven.center.open_record import OpenRecord
from einthoven.center.order_door import OrderDoor
from einthoven.center.tally import Tally
from einthoven.edges.web.access import Access
from einthoven.edges.web.app import build_app
from einthoven.edges.web.claims import ClaimDoor
from einthoven.edges.web.deps import WebDeps
from einthoven.edges.web.dossier import DossierDoor
from einthoven.edges.web.file_door import CallPages, FileDoor
from einthoven.edges.web.peer import PeerDoor
from einthoven.edges.web.report_door import ReportDoor
from einthoven.edges.web.server import WebServer
from einthoven.testing.web import (
    EPOCH,
    FakeFacts,
    FakeFindings,
    FakeReader,
    FakeWard,
    HandClock,
    facts_of,
    plain_layout,
)

BASE = "http://127.0.0.1"


class SmallCenter:
    """Two patients, s000017 and s000018, 250 Hz, leads II and V1; time moves by hand."""

    def __init__(
        self,
        static: Path,
        screens_max: int = 64,
        send_limit_s: float = 15.0,
        access: Access | None = None,
        desk: DeskDoor | None = None,
        peers: PeerDoor | None = None,
        reports: ReportDoor | None = None,
        record: OpenRecord | None = None,
        orders: OrderDoor | None = None,
        claims: ClaimDoor | None = None,
        dossiers: DossierDoor | None = None,
        files: FileDoor | None = None,
        voice: Voice | None = None,
        calls: CallPages | None = None,
    ) -> None:
        self.clock = HandClock()
        self.ward = FakeWard()
        self.reader = FakeReader()
        self.facts = FakeFacts()
        self.findings = FakeFindings()
        self.census = Census(self.ward, self.time_of, EPOCH, self.findings)
        self.news = News(self.census, "b007")
        self.hub = LiveHub(self.ward, self.time_of, screens_max)
        self.enrolled: list[dict[str, object]] = []
        self.enrollment: Exception | None = None
        self.stepped: int | None = 0
        self._admit(17, 18)
        self.tally = Tally()
        self.deps = WebDeps(
            clock=self.clock,
            census=self.census,
            news=self.news,
            hub=self.hub,
            ward=self.ward,
            reader=self.reader,
            history=self.facts,
            findings=self.findings,
            time_of=self.time_of,
            enroll=self.enroll,
            identity=lambda: {"name": "einthoven", "link": "wss://127.0.0.1:1/link"},
            stepped=lambda: self.stepped,
            registry=CollectorRegistry(),
            static=static,
            tally=self.tally,
            send_limit_s=send_limit_s,
            access=access or Access(),
            desk=desk,
            peers=peers,
            reports=reports,
            record=record,
            orders=orders,
            claims=claims,
            dossiers=dossiers,
            files=files,
            voice=voice,
            calls=calls,
        )
        self.app = build_app(self.deps)

    def _admit(self, *streams: int) -> None:
        for stream in streams:
            self.ward.layouts[stream] = self.reader.layouts[stream] = plain_layout()
            self.census.admit(facts_of(stream))
            self.hub.admit(stream, plain_layout())

    def time_of(self, _stream: int, sample: float) -> int:
        return EPOCH + int(sample * SECOND / 250)

    def enroll(self, body: dict[str, object]) -> dict[str, object]:
        if self.enrollment is not None:
            raise self.enrollment
        self.enrolled.append(body)
        return {"stream": "s000019", "period": 1, "patient": 1}

    def come(self, start: int, stop: int, stream: int = 17) -> None:
        """Samples come, are analysed and stored."""
        self.ward.take(stream, start, stop)
        self.reader.spans.setdefault(stream, SpanSet()).add(start, stop)
        streams, starts, stops = np.array([stream]), np.array([start]), np.array([stop])
        self.hub.arrived(streams, starts, stops)
        self.census.arrived(streams, stops, np.array([self.clock.wall()]))

    @contextlib.asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
        """Requests straight to the application, as from this machine's browser."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE, **options) as client:
            yield client

    @contextlib.asynccontextmanager
    async def served(self) -> AsyncIterator[WebServer]:
        """The real server on a free port."""
        server = WebServer(self.app)
        await server.start()
        try:
            yield server
        finally:
            await server.stop()


class Tab:
    """One open socket as a page sees it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def ask(self, **request: object) -> None:
        await self.socket.send(json.dumps(request))

    async def view(self, *streams: str, epoch: int = 1, cps: float = 2000.0, history: float = 10.0) -> None:
        asked = [{"id": stream, "leads": [0, 1]} for stream in streams]
        await self.ask(type="view", epoch=epoch, streams=asked, columns_per_second=cps, history=history)

    async def text(self, kind: str) -> dict[str, Any]:
        """The next text message of a kind; others are passed over."""
        while True:
            data = await self.socket.recv()
            if isinstance(data, str) and (message := json.loads(data))["type"] == kind:
                return message

    async def closed(self) -> int | None:
        """Read to the end; the code with which the server closed."""
        try:
            while True:
                await self.socket.recv()
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else None

    async def waves(self) -> tuple[int, list[ParsedRun]]:
        """(epoch, runs) of the next wave message that has columns."""
        while True:
            data = await self.socket.recv()
            if isinstance(data, bytes):
                kind, epoch, _, runs = parse_runs(data)
                assert kind == 1
                if any(run.columns for run in runs):
                    return epoch, runs


@contextlib.asynccontextmanager
async def tab(server: WebServer, **options: Any) -> AsyncIterator[Tab]:
    """Open ``/live`` as the page at the server's own address does."""
    options.setdefault("origin", server.url)
    address = server.url.replace("http", "ws") + "/live"
    async with connect(address, compression=None, proxy=None, **options) as socket:
        yield Tab(socket)
