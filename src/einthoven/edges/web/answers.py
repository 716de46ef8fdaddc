"""Answers: JSON, errors as one line, and how an error of the tree becomes a status."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response

from einthoven.base.errors import (
    EinthovenError,
    EnrollmentError,
    InputError,
    NotFoundError,
    RefusedError,
    StoreError,
)


class TooLargeError(InputError):
    """More was asked for than one answer carries."""


STATUS: tuple[tuple[type[EinthovenError], int], ...] = (
    (NotFoundError, 404),
    (EnrollmentError, 409),
    (TooLargeError, 413),
    (InputError, 400),
    (RefusedError, 403),
    (StoreError, 503),
)
"""The first row whose class fits decides; anything else of the tree is ours and answers 500."""


def status_of(error: EinthovenError) -> int:
    """HTTP status of an error of the tree."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def as_json(body: object, status: int = 200) -> Response:
    """A JSON answer that nobody keeps."""
    content = json.dumps(body, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return json_text(content.encode(), status)


def json_text(content: bytes, status: int = 200) -> Response:
    """The same from JSON made elsewhere."""
    return Response(content, status, {"cache-control": "no-store"}, "application/json")


def as_error(message: str, status: int) -> Response:
    """``{"error": "one line"}``."""
    return as_json({"error": " ".join(message.split())}, status)


def whole_number(request: Request, name: str, least: int, most: int, default: int | None = None) -> int:
    """A whole number of the query string.

    Raises:
        InputError: it is missing, not a whole number, or outside ``least … most``.
    """
    text = request.query_params.get(name)
    if text is None:
        if default is None:
            raise InputError(f"{name} is missing (want a whole number)")
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        raise InputError(f"{name}={text[:20]!r} is not a whole number")
    value = int(text)
    if not least <= value <= most:
        raise InputError(f"{name}={value} is outside {least} to {most}")
    return value
