"""Cookies of sessions: read without guessing, written as strictly as browsers have it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

NAME: Final = "einthoven"
SECURE_NAME: Final = "__Host-einthoven"
"""Browsers take this name only with Secure, Path=/ and no Domain, so no other host can set it."""
OIDC: Final = "einthoven-oidc"
SECURE_OIDC: Final = "__Host-einthoven-oidc"
STATION: Final = "einthoven_station"
STATION_COOKIE_S: Final = 400 * 86_400
"""The longest that browsers keep a cookie; given anew with every sign-in."""
HEADER_MAX: Final = 8192
BEARER: Final = re.compile(r"[Bb]earer ([A-Za-z0-9_-]{43})")


def session_name(secure: bool) -> str:
    """The cookie of the session."""
    return SECURE_NAME if secure else NAME


def oidc_name(secure: bool) -> str:
    """The cookie that ties a return from the provider to the browser that was sent there."""
    return SECURE_OIDC if secure else OIDC


def value_of(headers: Iterable[str], name: str) -> str | None:
    """The value of a cookie; None where it is not there, or there twice: then nobody knows whose it is."""
    found: list[str] = []
    for header in headers:
        if len(header) > HEADER_MAX:
            return None
        for part in header.split(";"):
            key, equals, value = part.partition("=")
            if equals and key.strip(" \t") == name:
                found.append(value.strip(" \t"))
    return found[0] if len(found) == 1 else None


def bearer(header: str) -> str | None:
    """The token of an ``Authorization`` header, None where it is another kind."""
    match = BEARER.fullmatch(header)
    return match[1] if match else None


def kept(
    name: str, value: str, *, secure: bool, same_site: str = "Strict", seconds: int | None = None
) -> str:
    """A ``Set-Cookie``: not for scripts, not for other sites; until the browser closes if no ``seconds``."""
    age = "" if seconds is None else f"; Max-Age={seconds}"
    return f"{name}={value}; Path=/; HttpOnly; SameSite={same_site}{age}{'; Secure' if secure else ''}"


def dropped(name: str, *, secure: bool) -> str:
    """A ``Set-Cookie`` that takes one away."""
    return kept(name, "", secure=secure, seconds=0)
