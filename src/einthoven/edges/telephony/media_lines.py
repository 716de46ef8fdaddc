"""Who may bring a media stream: a secret in the path or a header, and the service's own signature of its URL.

Services differ in what they can send: some can set no header and allow no query string, so the secret may
stand in the path; some sign the URL that they were given with a key both sides know. Everything that a line
names must be right. Compared without telling by time how much of it was.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from einthoven.base.networks import Network, within

PATH: Final = "/media"
SECRET_LEAST: Final = 24
"""Characters of a secret: what is in a path is tried by strangers."""
HASHES: Final[Mapping[str, Callable[[], Any]]] = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}
FORMS: Final = frozenset({"base64", "hex"})


@dataclass(frozen=True, slots=True)
class Signature:
    """How a service signs: HMAC over the URL as it was given to the service.

    Attributes:
        header: that carries it, in small letters.
        key: both sides know.
        url: as the service was given it, ``wss://…``.
        algorithm: of ``HASHES``.
        form: of ``FORMS``.
    """

    header: str
    key: bytes = field(repr=False)
    url: str = field(repr=False)
    algorithm: str = "sha1"
    form: str = "base64"

    def fits(self, given: str) -> bool:
        """Whether a header's text is the signature of the URL, however the service wrote its port and end."""
        digests = (
            hmac.new(self.key, url.encode(), HASHES[self.algorithm]).digest() for url in written(self.url)
        )
        wanted = (
            base64.b64encode(one).decode("ascii") if self.form == "base64" else one.hex() for one in digests
        )
        told = given.strip() if self.form == "base64" else given.strip().lower()
        return sum(_same(told, one) for one in wanted) > 0


@dataclass(frozen=True, slots=True)
class MediaLine:
    """One line.

    Attributes:
        name: in logs.
        secret: in the path (``/media/SECRET``) or in the header; ``""``: none, then it is signed.
        header: that may carry the secret, in small letters; ``authorization`` carries ``Bearer SECRET``.
        signature: None where the service signs nothing.
        called: the number that was dialled, where the service does not tell it.
        caller_parameter, called_parameter: of the stream's own parameters, which hold the numbers.
        sources: networks that may bring it; empty: all.
    """

    name: str
    secret: str = field(default="", repr=False)
    header: str = "authorization"
    signature: Signature | None = None
    called: str = ""
    caller_parameter: str = ""
    called_parameter: str = ""
    sources: tuple[Network, ...] = ()

    def comes_from(self, peer: str) -> bool:
        """Whether an address may bring it."""
        return not self.sources or within(peer, self.sources)

    def admits(self, path: str, headers: Mapping[str, str]) -> bool:
        """Whether a request is of this line.

        Args:
            path: as it came, without a query.
            headers: names in small letters.
        """
        if self.secret:
            told = headers.get(self.header, "")
            if self.header == "authorization":
                scheme, _, told = told.partition(" ")
                told = told.strip() if scheme.lower() == "bearer" else ""
            by_path = path.removeprefix(PATH + "/") if path.startswith(PATH + "/") else ""
            if not (_same(by_path, self.secret) | _same(told, self.secret)):
                return False
        elif path.rstrip("/") not in (PATH, f"{PATH}/{self.name}"):
            return False
        return self.signature is None or self.signature.fits(headers.get(self.signature.header, ""))


def line_of(lines: Sequence[MediaLine], path: str, headers: Mapping[str, str]) -> MediaLine | None:
    """The line that a request is of; None: of none."""
    found = [line for line in lines if line.admits(path, headers)]
    return found[0] if found else None


def written(url: str) -> list[str]:
    """A URL with and without the port of its scheme, with and without a stroke at its end."""
    parts = urlsplit(url)
    usual = {"wss": 443, "https": 443, "ws": 80, "http": 80}.get(parts.scheme)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    places = [parts.netloc]
    if usual is not None and parts.port in (None, usual):
        places = [host, f"{host}:{usual}"]
    paths = dict.fromkeys((parts.path.rstrip("/"), parts.path.rstrip("/") + "/"))
    return [urlunsplit(parts._replace(netloc=place, path=path)) for place in places for path in paths]


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
