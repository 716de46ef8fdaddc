"""Notices to a webhook: one signed POST over HTTPS, never redirected, limited in time and size (R23).

Headers follow Standard Webhooks 1.0.0: ``webhook-id`` (the notice's id, the same in every try),
``webhook-timestamp`` (seconds since 1970 UTC, of this try) and ``webhook-signature``: ``v1,`` and the Base64
of HMAC-SHA256 (RFC 2104) over ``id.timestamp.body``. ``idempotency-key`` carries the id again, as a string of
RFC 8941, for servers that know that header.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import httpx

from einthoven.base.errors import DeliveryUnknownError, InputError, RefusedError
from einthoven.base.instants import SECOND, Instant
from einthoven.base.urls import place
from einthoven.center.desk_ports import FOR_GOOD, FOR_NOW, Notice
from einthoven.edges.messaging.answers import is_loopback, plain, words_of

SECRET_MIN = 24
"""Bytes of the shared key, at least (Standard Webhooks: 24 to 64)."""
ANSWER_MAX = 16_384
"""Bytes of an answer that are read; the rest is nobody's business."""
_ID = re.compile(r"[!#-\[\]-~]{1,200}")  # visible ASCII without quote and backslash
_LATER = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """How webhooks are called.

    Attributes:
        secret: key of the signatures, shared with the receivers.
        timeout_s: for the whole call.
        trust: certificates to trust instead of the system's, PEM.

    Raises:
        InputError: the secret is too short.
    """

    secret: bytes = field(repr=False)
    timeout_s: float = 10.0
    trust: Path | None = None

    def __post_init__(self) -> None:
        if len(self.secret) < SECRET_MIN:
            raise InputError(f"webhooks: a secret has at least {SECRET_MIN} bytes")


def signature(secret: bytes, id_: str, seconds: int, body: bytes) -> str:
    """What ``webhook-signature`` holds."""
    signed = hmac.digest(secret, f"{id_}.{seconds}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed).decode()}"


def checked(url: str) -> httpx.URL:
    """The URL, if a notice may go there; RefusedError for good otherwise."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise RefusedError(FOR_GOOD, "what it is sent to is no URL") from error
    if not parsed.host or parsed.scheme not in ("http", "https") or not 0 < (parsed.port or 443) < 65536:
        raise RefusedError(FOR_GOOD, f"{place(url)} is no URL of a webhook")
    if parsed.userinfo:
        raise RefusedError(FOR_GOOD, "a webhook's URL holds no password")
    if parsed.scheme != "https" and not is_loopback(parsed.host):
        raise RefusedError(FOR_GOOD, f"{parsed.host}: only https leaves this machine")
    return parsed


class WebhookMessenger:
    """Calls webhooks (``center.desk_ports.Messenger``); proxies of the environment are not used.

    Args:
        settings: how.
        wall: center time, for the timestamp that is signed.

    Raises:
        InputError: the certificates to trust cannot be read.
    """

    def __init__(self, settings: WebhookSettings, wall: Callable[[], Instant]) -> None:
        self._settings = settings
        self._wall = wall
        try:
            self._trust = ssl.create_default_context(cafile=settings.trust)
        except (OSError, ssl.SSLError) as error:
            raise InputError(f"{settings.trust}: no certificates to trust: {error}") from error

    async def send(self, notice: Notice) -> str:
        """Post it; status and beginning of the answer.

        Raises:
            RefusedError: not taken, for good or for now.
            DeliveryUnknownError: the receiver had it and did not answer in time, or not in full.
        """
        url = checked(notice.to)
        if not _ID.fullmatch(notice.id):
            raise RefusedError(FOR_GOOD, f"{notice.id[:80]!r} is no id for a header")
        body = json.dumps(dict(notice.content), ensure_ascii=False, separators=(",", ":")).encode()
        seconds = self._wall() // SECOND
        headers = {
            "content-type": "application/json",
            "user-agent": "einthoven",
            "accept-encoding": "identity",
            "webhook-id": notice.id,
            "webhook-timestamp": str(seconds),
            "webhook-signature": signature(self._settings.secret, notice.id, seconds, body),
            "idempotency-key": f'"{notice.id}"',
        }
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                return await self._post(url, body, headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise RefusedError(FOR_NOW, words_of(error)) from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise DeliveryUnknownError(f"the receiver may have it: {words_of(error)}") from error

    async def _post(self, url: httpx.URL, body: bytes, headers: dict[str, str]) -> str:
        limits = httpx.Timeout(self._settings.timeout_s, connect=self._settings.timeout_s / 2)
        client = httpx.AsyncClient(
            verify=self._trust, timeout=limits, follow_redirects=False, trust_env=False
        )
        async with client, client.stream("POST", url, content=body, headers=headers) as answer:
            said = bytearray()
            async for piece in answer.aiter_raw():
                said += piece
                if len(said) > ANSWER_MAX:
                    break
            return _judged(answer.status_code, bytes(said))


def _judged(status: int, said: bytes) -> str:
    receipt = plain(f"{status} {said.decode('utf-8', 'replace')}")
    if 200 <= status <= 299:
        return receipt
    if 300 <= status <= 399:
        raise RefusedError(FOR_GOOD, f"{receipt}: redirected, and notices go nowhere else")
    raise RefusedError(FOR_NOW if status >= 500 or status in _LATER else FOR_GOOD, receipt)
