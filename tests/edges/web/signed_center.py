"""A small center where one must sign in, with people of every role."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
from tests.center.house import House
from tests.edges.web.small_center import BASE, SmallCenter, Tab, tab

from einthoven.center.call_ports import Voice
from einthoven.center.desk_door import DeskDoor
from einthoven.center.open_record import OpenRecord
from einthoven.center.order_door import OrderDoor
from einthoven.center.sessions import Opened
from einthoven.center.sight import Sight
from einthoven.edges.web.access import Access, ReadLedger
from einthoven.edges.web.claims import ClaimDoor
from einthoven.edges.web.dossier import DossierDoor
from einthoven.edges.web.file_door import CallPages, FileDoor
from einthoven.edges.web.hosts import Hosts
from einthoven.edges.web.oidc import Oidc
from einthoven.edges.web.peer import PeerDoor
from einthoven.edges.web.report_door import ReportDoor
from einthoven.edges.web.server import WebServer
from einthoven.testing.web import EPOCH

PRACTICES = {17: 1, 18: 2}
"""The patients' practices."""


class SignedCenter(SmallCenter):
    """Patients s000017 of practice 1 and s000018 of practice 2; time is the house's."""

    def __init__(
        self,
        static: Path,
        *,
        demo: bool = False,
        oidc: Oidc | None = None,
        hosts: Hosts | None = None,
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
        self.house = House(demo=demo)
        self.sight = Sight(PRACTICES.get)
        self.unaudited = 0
        self.access = Access(
            sign_in=self.house.sign_in,
            passkeys=self.house.passkeys,
            oidc=oidc,
            sight=self.sight,
            hosts=hosts or Hosts(),
            ledger=ReadLedger(self.house.facts.journal.note, self._not_audited),
            places=self.house.places,
        )
        more = {"reports": reports, "record": record, "claims": claims, "dossiers": dossiers}
        more |= {"orders": orders, "files": files, "voice": voice, "calls": calls}
        super().__init__(static, access=self.access, desk=desk, peers=peers, **more)

    def _not_audited(self) -> None:
        self.unaudited += 1

    def at(self) -> None:
        """The center's clock is the house's."""
        self.clock.now = self.house.now - EPOCH

    def enter(self, login: str) -> Opened:
        """Sign somebody in, beside the pages."""
        opened = self.house.enter(login)
        self.at()
        return opened

    def reads(self, *actions: str) -> list[tuple[str, str, str]]:
        """Who read what, in order: actor, action, subject."""
        return [
            (line.actor, line.action, line.subject)
            for line in self.house.facts.audit()
            if line.action in actions
        ]

    @contextlib.asynccontextmanager
    async def as_(self, opened: Opened | None, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
        """Requests of a browser where somebody is signed in, as its pages make them."""
        headers = {} if opened is None else credentials(opened)
        async with self.client(headers=headers, **options) as client:
            yield client


def credentials(opened: Opened) -> dict[str, str]:
    """What a page, or a machine, sends with every request."""
    if opened.held.how == "token":
        return {"authorization": f"Bearer {opened.token}"}
    return {"cookie": f"einthoven={opened.token}", "x-einthoven-csrf": opened.held.csrf, "origin": BASE}


@contextlib.asynccontextmanager
async def signed_tab(server: WebServer, opened: Opened) -> AsyncIterator[Tab]:
    """``/live`` in a browser where somebody is signed in."""
    async with tab(server, additional_headers={"cookie": f"einthoven={opened.token}"}) as page:
        yield page


def call(
    center: SignedCenter, opened: Opened | None, method: str, path: str, **options: Any
) -> httpx.Response:
    """One request."""

    async def ask() -> httpx.Response:
        center.at()
        async with center.as_(opened) as client:
            headers = options.pop("headers", {})
            return await client.request(method, path, headers=headers, **options)

    return asyncio.run(ask())
