"""What is begun in one request and ended in another: challenges, tickets. Short-lived, used once."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Final

from einthoven.base.instants import Instant

OPEN_MAX: Final = 1_000
"""Beyond, the oldest is forgotten: whoever began it begins again."""
NAME_BYTES: Final = 16


class Ceremonies:
    """Things begun, by a name that cannot be guessed. Owned by the sign-in thread."""

    def __init__(self, random: Callable[[int], bytes], lasts: int) -> None:
        self._random = random
        self._lasts = lasts
        self._open: dict[str, tuple[str, object, Instant]] = {}

    def begin(self, kind: str, kept: object, now: Instant) -> str:
        """Keep something; the name to come back with."""
        while len(self._open) >= OPEN_MAX:
            del self._open[next(iter(self._open))]
        name = base64.urlsafe_b64encode(self._random(NAME_BYTES)).decode().rstrip("=")
        self._open[name] = (kind, kept, now + self._lasts)
        return name

    def look(self, kind: str, name: str, now: Instant) -> object | None:
        """What was kept, and still is; None where it is over, unknown or of another kind."""
        found = self._open.get(name)
        if found is None or found[0] != kind or now >= found[2]:
            return None
        return found[1]

    def take(self, kind: str, name: str, now: Instant) -> object | None:
        """The same, once."""
        kept = self.look(kind, name, now)
        if kept is not None:
            self.end(name)
        return kept

    def end(self, name: str) -> None:
        """Forget it."""
        self._open.pop(name, None)
