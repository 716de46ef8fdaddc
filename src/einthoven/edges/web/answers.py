"""Answers: JSON, errors as one line, and how an error of the tree becomes a status."""

from __future__ import annotations

import json
import re

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
from einthoven.base.exact import exact_json


class TooLargeError(InputError):
    """More was asked for than one answer carries."""


class MediaTypeError(InputError):
    """The body is of another kind than what is wanted."""


SIGN_IN_STATUS = {"wait": 429, "sign_in": 401, "ticket": 401, "oidc": 401, "passkey": 401}
"""Statuses of refusals of sign-in, by their reason; every other refusal is 403."""


STATUS: tuple[tuple[type[EinthovenError], int], ...] = (
    (NotFoundError, 404),
    (EnrollmentError, 409),
    (TooLargeError, 413),
    (MediaTypeError, 415),
    (InputError, 400),
    (RefusedError, 403),
    (StoreError, 503),
)
"""The first row whose class fits decides; anything else of the tree is ours and answers 500."""


def status_of(error: EinthovenError) -> int:
    """HTTP status of an error of the tree."""
    if isinstance(error, RefusedError) and error.reason in SIGN_IN_STATUS:
        return SIGN_IN_STATUS[error.reason]
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def as_json(body: object, status: int = 200) -> Response:
    """A JSON answer that nobody keeps."""
    content = json.dumps(body, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return json_text(content.encode(), status)


def json_text(content: bytes, status: int = 200) -> Response:
    """The same from JSON made elsewhere."""
    return Response(content, status, {"cache-control": "no-store"}, "application/json")


def refused(error: RefusedError) -> Response:
    """``{"error": "one line", "reason": "code"}``; a wait says in ``Retry-After`` how long it is."""
    answer = as_json({"error": " ".join(error.detail.split()), "reason": error.reason}, status_of(error))
    seconds = re.search(r"wait (\d+) s", error.detail) if error.reason == "wait" else None
    if seconds is not None:
        answer.headers["retry-after"] = seconds[1]
    return answer


def as_error(message: str, status: int) -> Response:
    """``{"error": "one line"}``."""
    return as_json({"error": " ".join(message.split())}, status)


async def json_object(request: Request, most: int, what: str) -> dict[str, object]:
    """The JSON object that a request carries.

    Args:
        most: bytes.
        what: it is, for the errors: "an enrollment".

    Raises:
        InputError: it is none, or larger, or its content type says otherwise.
    """
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        raise MediaTypeError("want content-type application/json")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            raise TooLargeError(f"{what} has at most {most} bytes")
    try:
        asked = json.loads(bytes(body))
    except (ValueError, RecursionError) as error:
        raise InputError("the body is not JSON") from error
    if not isinstance(asked, dict):
        raise InputError("the body is not a JSON object")
    try:
        exact_json(asked)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{what} holds a number or a text that is none ({error})") from error
    return asked


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
