"""What both messengers share: who is this machine, and how another's words are kept."""

from __future__ import annotations

import ipaddress

RECEIPT_MAX = 300
"""Characters of another's answer that are kept."""


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be this machine."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def plain(words: str) -> str:
    """Another's words on one line, printable, cut to ``RECEIPT_MAX``."""
    line = " ".join(words.split())
    return "".join(char if char.isprintable() else "?" for char in line)[:RECEIPT_MAX]


def words_of(error: BaseException) -> str:
    """What an error says, or at least its name."""
    return plain(str(error)) or type(error).__name__
