"""A call's strip as it grows, and its sound, on the pages (R6)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from einthoven.base.errors import NotFoundError
from einthoven.center.call_ports import Law
from einthoven.center.call_world import Part
from einthoven.center.ports import Clock
from einthoven.edges.web.access import Access, address_of, held_of
from einthoven.edges.web.answers import as_json, whole_number
from einthoven.edges.web.deps import Reads
from einthoven.edges.web.file_door import CallPages
from einthoven.telephone.g711 import decode, encode

SAMPLE_MOST: Final = 2**53
RATE: Final = 8000
TAGS: Final = {"mu": 7, "a": 6}
"""Formats of WAV for G.711."""
STILL: Final = {"mu": b"\xff", "a": b"\xd5"}
"""Silence, to listen by: it stands where sound was lost, which the answer counts."""


class TelephoneRoutes:
    """The handlers.

    Args:
        calls: what they show; None: a center without a telephone.
        access: who asks, and what is noted.
        clock: the center's clocks.
        reads: the threads on which the disk is waited for.
    """

    def __init__(self, calls: CallPages | None, access: Access, clock: Clock, reads: Reads) -> None:
        self._calls = calls
        self._access = access
        self._clock = clock
        self._reads = reads

    def routes(self) -> list[Route]:
        """Where each handler is."""
        return [
            Route("/api/telephone/{call:int}/strip/{strip:int}", self.strip, name="telephone strip"),
            Route("/api/telephone/{call:int}/sound.wav", self.sound, name="telephone sound"),
        ]

    async def strip(self, request: Request) -> Response:
        """A strip from sample ``from`` on."""
        calls, call = self._door(), int(request.path_params["call"])
        since = whole_number(request, "from", 0, SAMPLE_MOST, 0)
        told = calls.strip(call, int(request.path_params["strip"]), since)
        await self._noted(request, "read.telephone", call)
        return as_json(told)

    async def sound(self, request: Request) -> Response:
        """A call's sound as WAV, G.711 of 8000 Hz; ``x-einthoven-lost`` counts samples that are silence."""
        calls, call = self._door(), int(request.path_params["call"])
        content, lost = await self._reads.run(lambda: wav_of(calls.sound(call)))
        await self._noted(request, "read.call_sound", call)
        headers = {
            "cache-control": "no-store",
            "content-disposition": f'attachment; filename="call-{call}.wav"',
            "x-einthoven-lost": str(lost),
        }
        return Response(content, 200, headers, "audio/wav")

    async def _noted(self, request: Request, action: str, call: int) -> None:
        peer = {"address": address_of(request.scope)}
        held, now = held_of(request), self._clock.wall()
        await self._access.ledger.read(held, action, [f"telephone {call}"], peer, now)

    def _door(self) -> CallPages:
        if self._calls is None:
            raise NotFoundError("this center has no telephone")
        return self._calls


def wav_of(parts: Sequence[Part]) -> tuple[bytes, int]:
    """A call as a WAV file by the law of its first sound, and how many samples of it are silence for lost."""
    law: Law = "a" if next((part.kind for part in parts if part.kind in TAGS), "mu") == "a" else "mu"
    sound, lost = bytearray(), 0
    for part in parts:
        if part.kind == "lost":
            sound += STILL[law] * part.count
            lost += part.count
        elif part.kind == law:
            sound += part.data
        elif part.kind in ("mu", "a"):
            other: Law = "a" if part.kind == "a" else "mu"
            sound += encode(decode(part.data, other), law).tobytes()
    form = struct.pack("<4sIHHIIHHH", b"fmt ", 18, TAGS[law], 1, RATE, RATE, 1, 8, 0)
    fact = struct.pack("<4sII", b"fact", 4, len(sound))
    data = struct.pack("<4sI", b"data", len(sound)) + sound + b"\x00" * (len(sound) % 2)
    body = b"WAVE" + form + fact + data
    return struct.pack("<4sI", b"RIFF", len(body)) + body, lost
