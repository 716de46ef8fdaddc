"""By which names the pages may be asked for; any other is a name that somebody bound to this machine."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""These cannot be rebound, whatever the port, so a forwarded port works."""
HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::(\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class Hosts:
    """The names that are taken.

    Attributes:
        names: beyond loopback, in lower case; IPv6 addresses in brackets.
        secure: whether the pages are served with TLS.
    """

    names: frozenset[str] = field(default_factory=frozenset)
    secure: bool = False

    @classmethod
    def of(cls, names: Iterable[str], *, secure: bool) -> Hosts:
        """For configured names and addresses."""
        return cls(frozenset(f"[{name}]" if ":" in name else name.lower() for name in names), secure)

    @property
    def scheme(self) -> str:
        """``http`` or ``https``."""
        return "https" if self.secure else "http"

    def name_of(self, host: str) -> str | None:
        """The name in a ``Host`` header, None where it is not taken."""
        match = HOST.fullmatch(host)
        if match is None:
            return None
        name = match[1].lower()
        return name if name in LOOPBACK or name in self.names else None

    def origins(self, host: str) -> frozenset[str]:
        """The origins of pages that were got by this ``Host``; a proxy on this machine may add TLS."""
        return frozenset({f"https://{host}"} if self.secure else {f"http://{host}", f"https://{host}"})
