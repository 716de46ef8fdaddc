"""Reports on the pages: their figures, and their PDFs as issued or as they stand now (R27)."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.center.desk_door import DeskDoor, Who
from einthoven.center.ports import Clock
from einthoven.edges.web.access import Access, address_of, held_of
from einthoven.edges.web.answers import as_json
from einthoven.edges.web.deps import BusyError, Reads
from einthoven.edges.web.report_door import ReportDoor

SETTING_MAX: Final = 8
"""Preliminary reports that may wait to be set; one more is answered 503."""
ALONE: Final = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'"
"""What a PDF may do in a browser that shows it."""


class ReportRoutes:
    """The handlers.

    Args:
        reports: figures and PDFs.
        desk: says whose they are.
        access: who asks, and what is noted.
        clock: the center's clocks.
        reads: the threads on which the disk is waited for.
    """

    def __init__(
        self, reports: ReportDoor, desk: DeskDoor, access: Access, clock: Clock, reads: Reads
    ) -> None:
        self._reports = reports
        self._desk = desk
        self._access = access
        self._clock = clock
        self._reads = reads
        # A page takes seconds to be set: the threads that read ECG do not wait for it.
        self._setting = ThreadPoolExecutor(max_workers=1, thread_name_prefix="web-typeset")
        self._waiting = 0

    def routes(self) -> list[Route]:
        """Where each handler is."""
        return [
            Route("/api/reports/{report:int}/content", self.content, name="report content"),
            Route("/api/reports/{report:int}/pdf", self.pdf, name="report pdf"),
        ]

    async def content(self, request: Request) -> Response:
        """The figures: the very bytes whose SHA-256 the report names."""
        try:
            told = await self._file(request)
        except RefusedError as error:
            return as_json({"error": error.detail or error.reason, "reason": error.reason}, 403)
        content = await self._reads.run(lambda: self._reports.get(told["content"]))
        return Response(content, 200, {"cache-control": "no-store"}, "application/json")

    async def pdf(self, request: Request) -> Response:
        """The PDF: ``?edition=2`` as issued then; without it as issued last, or as it stands while nothing
        was issued."""
        try:
            told = await self._file(request)
        except RefusedError as error:
            return as_json({"error": error.detail or error.reason, "reason": error.reason}, 403)
        number, pdfs = request.path_params["report"], told["pdfs"]
        edition = _edition(request, len(pdfs))
        if edition == 0:
            content = await self._set(number)
        else:
            content = await self._reads.run(lambda: self._reports.get(pdfs[edition - 1]))
        name = f"report-{number}-{edition or 'preliminary'}.pdf"
        headers = {
            "content-disposition": f'inline; filename="{name}"',
            "content-security-policy": ALONE,
            "cache-control": "no-store",
        }
        return Response(content, 200, headers, "application/pdf")

    async def _file(self, request: Request) -> dict[str, Any]:
        """What is on file of a report that is theirs to read, which is noted."""
        held, number = held_of(request), str(request.path_params["report"])
        who = Who(held.staff or 0, self._access.station_of(request), address_of(request.scope))
        told = self._desk.ask(who, "report.file", {"id": number})
        peer = {"address": address_of(request.scope)}
        now = self._clock.wall()
        await self._access.ledger.read(held, "read.report_file", [f"report {number}"], peer, now)
        return cast("dict[str, Any]", told)

    async def _set(self, number: int) -> bytes:
        if self._waiting >= SETTING_MAX:
            raise BusyError(f"{self._waiting} reports are being set; try again")
        make = self._reports.preliminary(number)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._setting, make)
        finally:
            self._waiting -= 1


def _edition(request: Request, issued: int) -> int:
    text = request.query_params.get("edition")
    if text is None:
        return issued
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise InputError("edition: want a whole number")
    if not 0 < int(text) <= issued:
        raise NotFoundError(f"there is no edition {int(text)} of this report")
    return int(text)
