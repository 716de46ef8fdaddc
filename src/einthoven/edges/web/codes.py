"""The billing codes for their page: the book on a day, whether two go together, diagnoses (R38, R40)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from einthoven.base.errors import InputError
from einthoven.base.instants import Instant
from einthoven.billing import codes
from einthoven.billing.codes.loaded import Loaded
from einthoven.billing.codes.told import book_json, pairing_json, validity_json
from einthoven.center.ports import Clock
from einthoven.edges.web.answers import as_json
from einthoven.edges.web.deps import CodesDoor, Reads

ASKED_MOST: Final = 20
"""Characters of a code."""


class ShippedCodes:
    """The shipped book, and no file."""

    def loaded(self) -> Loaded:
        """The book."""
        return Loaded(codes.shipped())

    def files(self) -> Sequence[dict[str, Any]]:
        """None."""
        return ()


class CodeRoutes:
    """The handlers.

    Args:
        door: book and files; None: the shipped book.
        clock: the center's.
        reads: the threads on which files are read.
        day: the date at the center at an instant, ``YYYY-MM-DD``.
    """

    def __init__(
        self, door: CodesDoor | None, clock: Clock, reads: Reads, day: Callable[[Instant], str]
    ) -> None:
        self._door: CodesDoor = door or ShippedCodes()
        self._clock = clock
        self._reads = reads
        self._day = day

    def routes(self) -> list[Route]:
        """Where each handler is."""
        return [
            Route("/api/codes", self.book, name="codes"),
            Route("/api/codes/pair", self.pair, name="codes"),
            Route("/api/codes/diagnosis", self.diagnosis, name="codes"),
        ]

    async def book(self, request: Request) -> Response:
        """The whole book on a day, ``?on=2026-11-23``, today without it; and what was loaded."""
        on = self._on(request)

        def read() -> dict[str, Any]:
            files = [
                {name: value for name, value in one.items() if name != "sha256"} for one in self._door.files()
            ]
            return book_json(self._door.loaded(), on) | {"today": str(self._today()), "files": files}

        return as_json(await self._reads.run(read))

    async def pair(self, request: Request) -> Response:
        """Whether two codes go together: ``?a=93229&b=93226&on=2026-11-23``."""
        on, first, second = self._on(request), _asked(request, "a"), _asked(request, "b")

        def read() -> dict[str, Any]:
            told = self._door.loaded().may_not_go_with(first, second, on)
            return pairing_json(told) | {"a": first, "b": second, "on": str(on)}

        return as_json(await self._reads.run(read))

    async def diagnosis(self, request: Request) -> Response:
        """Whether a diagnosis is valid: ``?code=I48.1&on=2026-11-23``."""
        on, code = self._on(request), _asked(request, "code")

        def read() -> dict[str, Any]:
            told = self._door.loaded().icd10_valid(code, on)
            return {"code": code.upper(), "on": str(on), "valid": validity_json(told)}

        return as_json(await self._reads.run(read))

    def _today(self) -> date:
        return date.fromisoformat(self._day(self._clock.wall()))

    def _on(self, request: Request) -> date:
        text = request.query_params.get("on")
        if text is None:
            return self._today()
        try:
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
                raise ValueError
            return date.fromisoformat(text)
        except ValueError:
            raise InputError(f"on={text[:20]!r} is no date: want YYYY-MM-DD") from None


def _asked(request: Request, name: str) -> str:
    text = request.query_params.get(name, "").strip()
    if not text or len(text) > ASKED_MOST:
        raise InputError(f"{name}: want a code, {ASKED_MOST} characters at most")
    return text
