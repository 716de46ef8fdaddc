"""Answers of the FHIR server: resources, and errors as an OperationOutcome."""

from __future__ import annotations

import json
from typing import Final

import structlog
from starlette.responses import Response

from einthoven.base.errors import EinthovenError, InputError, RefusedError
from einthoven.edges.web.answers import status_of
from einthoven.interop.fhir import Resource
from einthoven.interop.fhir_rest import outcome

LOG = structlog.get_logger("einthoven.fhir")
ROOT: Final = "/fhir"
JSON: Final = "application/fhir+json"
_CODES: Final = {
    400: "invalid",
    401: "login",
    403: "forbidden",
    404: "not-found",
    406: "not-supported",
    409: "conflict",
    413: "too-long",
    415: "not-supported",
}


class NotAcceptableError(InputError):
    """The client takes nothing that is served here."""


def answer(resource: Resource, status: int = 200) -> Response:
    """A resource; nobody keeps it."""
    content = json.dumps(resource, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return Response(content.encode(), status, {"cache-control": "no-store"}, JSON)


def refused(error: EinthovenError) -> Response:
    """An error as an OperationOutcome."""
    status = 406 if isinstance(error, NotAcceptableError) else status_of(error)
    if status >= 500:
        LOG.error("fhir_failed", error=str(error))
    words = error.detail if isinstance(error, RefusedError) else str(error)
    return outcome_answer(status, words)


def outcome_answer(status: int, words: str, reason: str = "", expression: str = "") -> Response:
    """A refusal as an OperationOutcome; ``reason`` is its code here, ``expression`` the place as FHIRPath."""
    code = _CODES.get(status, "exception" if status >= 500 else "processing")
    made = outcome("error", code, " ".join(words.split()), reason)
    if expression:
        made["issue"][0]["expression"] = [expression]
    return answer(made, status)
