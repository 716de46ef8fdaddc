"""Growing waits between failed attempts to sign in, per account and per address (R42). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from einthoven.base.instants import SECOND, Instant

Key: TypeAlias = tuple[str, str]
"""``("account", login)`` or ``("address", peer)``."""
KEYS_MAX: Final = 20_000
"""Keys remembered; beyond, those that failed longest ago are forgotten first."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How waits grow.

    Attributes:
        free: failures that cost no wait.
        first: the first wait, ns; each further failure doubles it.
        most: the longest, ns.
        forget: after so long without a failure the count starts anew, ns.
    """

    free: int
    first: int
    most: int
    forget: int

    def after(self, failures: int) -> int:
        """The wait after so many failures in a row, ns."""
        if failures <= self.free:
            return 0
        return min(self.most, self.first << min(failures - self.free - 1, 40))


ACCOUNT: Final = Waits(free=3, first=SECOND, most=60 * SECOND, forget=3600 * SECOND)
"""A minute at the most: whoever knows a login must not be able to keep its owner from the wall."""
ADDRESS: Final = Waits(free=10, first=SECOND, most=900 * SECOND, forget=3600 * SECOND)
"""More free attempts: a station has many people."""
WAITS: Final = {"account": ACCOUNT, "address": ADDRESS}


@dataclass(slots=True)
class _Count:
    failures: int
    last: Instant
    until: Instant


class Attempts:
    """Failures by key. Not thread-safe: the sign-in thread owns it."""

    def __init__(self) -> None:
        self._counts: dict[Key, _Count] = {}

    def __len__(self) -> int:
        return len(self._counts)

    def wait(self, keys: Iterable[Key], now: Instant) -> int:
        """How long the next attempt with these keys has to wait, ns; 0: none."""
        counts = [self._counts.get(key) for key in keys]
        return max(0, *(count.until - now for count in counts if count is not None), 0)

    def failed(self, keys: Iterable[Key], now: Instant) -> int:
        """An attempt failed; the wait that begins, ns."""
        longest = 0
        for key in keys:
            waits, count = WAITS[key[0]], self._counts.pop(key, None)
            failures = 1 if count is None or now - count.last > waits.forget else count.failures + 1
            wait = waits.after(failures)
            self._counts[key] = _Count(failures, now, now + wait)
            longest = max(longest, wait)
        while len(self._counts) > KEYS_MAX:
            del self._counts[next(iter(self._counts))]
        return longest

    def succeeded(self, key: Key) -> None:
        """The count of this key starts anew."""
        self._counts.pop(key, None)
