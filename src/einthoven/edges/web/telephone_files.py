"""Recordings of calls, handed in on the pages: each becomes a call of who hands it in (R6)."""

from __future__ import annotations

import re
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from einthoven.base.errors import InputError, NotFoundError, RefusedError, StoreFullError
from einthoven.center.call_ports import HandedIn
from einthoven.center.ports import Clock
from einthoven.edges.web.access import Access, held_of
from einthoven.edges.web.answers import MediaTypeError, TooLargeError, as_json, refused, whole_number
from einthoven.edges.web.deps import BusyError, Reads
from einthoven.edges.web.file_door import FileDoor, Kept

LOG = structlog.get_logger("einthoven.web")
AT_ONCE: Final = 2
"""Recordings that are taken at the same time: each stands in memory whole."""
NAME_MOST: Final = 120
CALLER: Final = re.compile(r"\+?[0-9 ()./-]{3,40}")
NONE_HERE: Final = "this center takes no recordings of calls"


class TelephoneFiles:
    """The handlers.

    Args:
        files: what takes recordings; None: a center that takes none.
        access: who asks, and what is noted.
        clock: the center's clocks.
        reads: the threads on which the disk is waited for.
    """

    def __init__(self, files: FileDoor | None, access: Access, clock: Clock, reads: Reads) -> None:
        self._files = files
        self._access = access
        self._clock = clock
        self._reads = reads
        self._under_way = 0

    def routes(self) -> list[Route]:
        """Where each handler is."""
        return [
            Route("/api/telephone/files", self.put, methods=["POST"], name="telephone file put"),
            Route("/api/telephone/files/{call:int}", self.state, methods=["GET"], name="telephone file"),
        ]

    async def put(self, request: Request) -> Response:
        """Take the body as a recording: 201 with its call's number, once bytes and line are durable.

        Query: ``name`` of the file, ``channel`` (0, or 1 for the second of two), ``caller`` (a number, if
        known), ``again`` (1: also what was handed in before).

        Raises:
            InputError: what is wrong with the file or the query.
            RefusedError: nobody is signed in whose call it could be.
        """
        files, held = self._door(), held_of(request)
        if held.staff is None or held.how == "token":
            raise RefusedError(
                "sign_in", "sign in first: a recording is the call of the person who hands it in"
            )
        name, channel = _name(request), whole_number(request, "channel", 0, 1, 0)
        caller, again = _caller(request), whole_number(request, "again", 0, 1, 0)
        if self._under_way >= AT_ONCE:
            raise BusyError(f"{self._under_way} recordings are under way; try again")
        self._under_way += 1
        try:
            content = await _body(request, files.most, name)
            kept = await self._reads.run(lambda: _kept(files, content, name, channel))
        finally:
            self._under_way -= 1
        before = files.filed(kept.digest)
        if before is not None and not again:
            words = f"{name}: the same recording came before, as call {before}"
            told = {"error": words, "reason": "again", "call": before, "file": kept.digest}
            return as_json(told, 409)
        # On record before it becomes a call; not by its name, in which a patient's may stand.
        subject, size = f"recording {kept.digest}", {"bytes": len(content)}
        await self._access.noted(request, "telephone.file", subject, size, self._clock.wall())
        station = self._access.station_of(request)
        handed = HandedIn(name, kept.digest, kept.rate, kept.seconds, channel, caller, held.staff, station)
        try:
            number = files.begin(handed)
        except RefusedError as error:
            return refused(error)
        LOG.info("recording_handed_in", call=number, file=kept.digest, bytes=len(content))
        return as_json(
            {
                "ok": True,
                "call": number,
                "file": kept.digest,
                "name": name,
                "bytes": len(content),
                "rate": kept.rate,
                "channels": kept.channels,
                "seconds": round(kept.seconds, 3),
                "missing_s": round(kept.missing_s, 3),
                "before": before,
            },
            201,
        )

    async def state(self, request: Request) -> Response:
        """How far a recording is read: ``state`` (reading, done, damaged), ``read_s``, ``why``."""
        return as_json(self._door().state(request.path_params["call"]))

    def _door(self) -> FileDoor:
        if self._files is None:
            raise NotFoundError(NONE_HERE)
        return self._files


def _name(request: Request) -> str:
    """What the file is called: the last part of a path, printable, not too long."""
    told = request.query_params.get("name", "").replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(one if one.isprintable() else " " for one in told).strip()[:NAME_MOST]
    if not name:
        raise InputError("name: is missing (want what the file is called)")
    return name


def _caller(request: Request) -> str:
    told = request.query_params.get("caller", "").strip()
    if told and CALLER.fullmatch(told) is None:
        raise InputError(f"caller={told[:40]!r} is no telephone number")
    return told


def _kept(files: FileDoor, content: bytes, name: str, channel: int) -> Kept:
    """On a reading thread."""
    try:
        return files.keep(content, name, channel)
    except OSError as error:
        raise StoreFullError(f"{name}: could not be written: {error.strerror or error}") from error


async def _body(request: Request, most: int, name: str) -> bytes:
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise MediaTypeError("want the file itself as the body, not a form")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            raise TooLargeError(f"{name}: larger than {most >> 20} MB")
    if not body:
        raise InputError(f"{name}: is empty")
    return bytes(body)
