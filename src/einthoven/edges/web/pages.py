"""The built front end: one page for every address of the application, and its assets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from einthoven.base.errors import NotFoundError

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
IMMUTABLE = "public, max-age=31536000, immutable"
"""Names under assets/ carry a hash of what they hold."""
BRIEF = "public, max-age=3600"
NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>einthoven</title></head>
<body><h1>The pages are not built</h1>
<p>The center runs; its pages are missing. Build them with <code>make frontend</code> (Node 20), then load
this page again. What the center knows is at <a href="/api/streams">/api/streams</a>.</p></body></html>
"""
STREAM = re.compile(r"s\d{6,}/?")
OF = re.compile(r"(s\d{6,}|practice/[1-9]\d{0,8})/?")


@dataclass(slots=True)
class Pages:
    """The files of the static folder, held in memory and read again when they are built anew."""

    folder: Path
    _files: dict[str, bytes] = field(default_factory=dict)
    _built: int = -1

    def routes(self) -> list[Route]:
        """``/``, ``/supervisor``, ``/worklist``, ``/administration``, ``/station``, ``/codes``,
        ``/corrections``, ``/criteria``, ``/orders``, ``/claims``, ``/service``, ``/reports``,
        ``/telephone``, ``/ladder/…`` and ``/patient/…`` are the application; what the build put
        beside it are files."""
        return [
            Route("/", self.index, name="page"),
            Route("/supervisor", self.index, name="page"),
            Route("/worklist", self.index, name="page"),
            Route("/administration", self.index, name="page"),
            Route("/station", self.index, name="page"),
            Route("/codes", self.index, name="page"),
            Route("/corrections", self.index, name="page"),
            Route("/corrections/{correction:int}", self.index, name="page"),
            Route("/criteria", self.index, name="page"),
            Route("/orders", self.index, name="page"),
            Route("/orders/new", self.index, name="page"),
            Route("/orders/{order:int}", self.index, name="page"),
            Route("/claims", self.index, name="page"),
            Route("/claims/{claim:int}", self.index, name="page"),
            Route("/service", self.index, name="page"),
            Route("/service/{stream}", self.index, name="page"),
            Route("/service/{stream}/instructions", self.index, name="page"),
            Route("/telephone", self.index, name="page"),
            Route("/telephone/{call:int}", self.index, name="page"),
            Route("/reports", self.index, name="page"),
            Route("/reports/{report:int}", self.index, name="page"),
            Route("/criteria/{rest:path}", self.prescribing, name="page"),
            Route("/ladder/{rest:path}", self.prescribing, name="page"),
            Route("/patient/{rest:path}", self.patient, name="page"),
            Route("/{name}", self.file, name="file"),
            Route("/assets/{name:path}", self.asset, name="asset"),
        ]

    async def index(self, _request: Request) -> Response:
        """The application, never kept by the browser so that a new version is seen at once."""
        self._refresh()
        page = self._files.get("index.html")
        status = 200 if page is not None else 503
        return Response(page or NOT_BUILT, status, {"cache-control": "no-store"}, TYPES[".html"])

    async def patient(self, request: Request) -> Response:
        """The application as well; where no stream can have that name, nothing rather than the wall."""
        rest = request.path_params["rest"]
        if not STREAM.fullmatch(rest):
            raise NotFoundError(f"no page /patient/{rest[:60]}: a patient's page is /patient/s000001 …")
        return await self.index(request)

    async def prescribing(self, request: Request) -> Response:
        """Criteria and ladders: the application as well, of a patient or of a practice."""
        rest = request.path_params["rest"]
        if not OF.fullmatch(rest):
            raise NotFoundError(f"no page of {rest[:60]}: want s000001 … or practice/1 …")
        return await self.index(request)

    async def asset(self, request: Request) -> Response:
        """A file whose name changes with its content."""
        return self._answer(f"assets/{request.path_params['name']}", IMMUTABLE)

    async def file(self, request: Request) -> Response:
        """A file beside the page: icons and the like."""
        return self._answer(request.path_params["name"], BRIEF)

    def _answer(self, name: str, kept: str) -> Response:
        """The file of that name; there is no path outside of the table, so none to climb out by."""
        content = self._files.get(name)
        if content is None:
            self._refresh()
            content = self._files.get(name)
        if content is None or name == "index.html":
            raise NotFoundError(f"no page /{name[:80]}")
        return Response(content, 200, {"cache-control": kept}, TYPES[Path(name).suffix])

    def _refresh(self) -> None:
        try:
            built = (self.folder / "index.html").stat().st_mtime_ns
        except OSError:
            self._files, self._built = {}, -1
            return
        if built != self._built:
            self._built = built
            self._files = {
                path.relative_to(self.folder).as_posix(): path.read_bytes()
                for path in sorted(self.folder.rglob("*"))
                if path.is_file() and path.suffix in TYPES
            }
