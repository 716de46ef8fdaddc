"""Addresses for people: what of a URL may be shown where its path can be a secret of its receiver."""

from __future__ import annotations

import re
from typing import Final

HIDDEN: Final = "…"
SHORT: Final = 8
"""Parts of a path that are shorter are no secret: ``v1``, ``hooks``."""
_PLACE: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:\d{1,5})?")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")


def place(url: str) -> str:
    """Scheme, host and port of a URL: never user, password, path, query or fragment."""
    scheme, _, rest = url.partition("://")
    host = re.split(r"[/?#\\]", rest, maxsplit=1)[0].rpartition("@")[2]
    if _SCHEME.fullmatch(scheme) is None or _PLACE.fullmatch(host) is None:
        return HIDDEN
    return f"{scheme}://{host}"


def without(words: str, url: str) -> str:
    """Words that may repeat a URL (an answer: ``cannot POST /hook/…``), without what is behind its host."""
    rest = url.partition("://")[2]
    begins = re.search(r"[/?#]", rest)
    behind = "" if begins is None else rest[begins.end() :]
    parts = [one for one in re.split(r"[/?#&=]", behind) if len(one) >= SHORT]
    for part in sorted({behind, behind.rstrip("/"), *parts} - {""}, key=len, reverse=True):
        words = words.replace(part, HIDDEN)
    return words
