"""Posting messages to other centers over HTTPS; their certificate pinned, or certified publicly."""

from __future__ import annotations

import asyncio
import json
import ssl
from typing import Final

import httpx

from einthoven.base.errors import RefusedError
from einthoven.center.peer_message import MESSAGE_MAX
from einthoven.edges.messaging.answers import plain, words_of
from einthoven.surveillance.peer_book import Peer

PATH: Final = "/api/peer"
TIMEOUT_S: Final = 4.0
"""An answer that comes later proves nothing that counts."""


class PeerPoster:
    """Posts messages; connections are kept open between them.

    Args:
        timeout_s: for one message and its answer.
    """

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._clients: dict[tuple[str, str], httpx.AsyncClient] = {}

    async def post(self, peer: Peer, raw: bytes) -> bytes:
        """What the other center answers, not yet believed.

        Raises:
            RefusedError: it cannot be reached in time, or refused the message; in words.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._post(self._client(peer), f"{peer.url}{PATH}", raw)
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, TimeoutError) as error:
            words = "no answer in time" if isinstance(error, TimeoutError) else words_of(error)
            raise RefusedError("unreachable", words) from error

    async def _post(self, client: httpx.AsyncClient, url: str, raw: bytes) -> bytes:
        headers = {"content-type": "application/json", "user-agent": "einthoven"}
        async with client.stream("POST", url, content=raw, headers=headers) as answer:
            said = bytearray()
            async for piece in answer.aiter_bytes():
                said += piece
                if len(said) > MESSAGE_MAX:
                    raise RefusedError("too_large", f"an answer of more than {MESSAGE_MAX} bytes")
        if answer.status_code != 200:
            raise RefusedError("refused", _words(answer.status_code, bytes(said)))
        return bytes(said)

    def _client(self, peer: Peer) -> httpx.AsyncClient:
        key = peer.url, peer.certificate
        if key not in self._clients:
            self._clients[key] = httpx.AsyncClient(
                verify=_context(peer), timeout=self._timeout_s, follow_redirects=False, trust_env=False
            )
        return self._clients[key]

    async def close(self) -> None:
        """Close every connection."""
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.aclose()


def _context(peer: Peer) -> ssl.SSLContext:
    """TLS 1.2 or newer; a certificate that was entered is the only one, whatever name it is for."""
    if not peer.certificate:
        return ssl.create_default_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    try:
        context.load_verify_locations(cadata=peer.certificate)
    except ssl.SSLError as error:
        raise RefusedError("certificate", f"the certificate of {peer.name} cannot be read") from error
    return context


def _words(status: int, said: bytes) -> str:
    try:
        told = json.loads(said)
        words = f"{told['reason']}: {told['error']}"
    except (ValueError, KeyError, TypeError, RecursionError):
        words = f"status {status}"
    return plain(words)[:300]
