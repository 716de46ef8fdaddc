"""Clocks that are not the machine's: virtual, stepped, and wrong by so many parts in a million."""

from __future__ import annotations

from typing import TYPE_CHECKING

from einthoven.base.instants import DAY, Instant
from einthoven.testing.scheduler import VirtualScheduler

if TYPE_CHECKING:
    from einthoven.center.ports import Clock

EPOCH: Instant = 20_454 * DAY
"""Where virtual wall time starts unless told: 2026-01-01T00:00:00Z."""


class VirtualClock:
    """``center.ports.Clock`` on virtual time.

    Args:
        scheduler: whose time it shows.
        epoch: wall time at virtual time 0.
    """

    def __init__(self, scheduler: VirtualScheduler, epoch: Instant = EPOCH) -> None:
        self._scheduler = scheduler
        self._offset = epoch

    def wall(self) -> Instant:
        """Wall time in nanoseconds since 1970; moves with ``step``."""
        return self._scheduler.now + self._offset

    def monotonic(self) -> int:
        """Virtual nanoseconds since the start; never stepped."""
        return self._scheduler.now

    def step(self, by: int) -> None:
        """Set wall time forward or back by ``by`` nanoseconds, as a bad time server would."""
        self._offset += by


class DriftingClock:
    """A clock that runs fast or slow beside another one: a transmitter's own.

    Args:
        true: the clock it drifts from (virtual or real).
        ppm: parts in a million it runs fast; negative: slow.
        offset: nanoseconds its wall time was wrong by at the start.
    """

    def __init__(self, true: Clock, ppm: float = 0.0, offset: int = 0) -> None:
        self._true = true
        self._ppb = round(ppm * 1000)
        self._wall = true.wall() + offset
        self._start = true.monotonic()

    def wall(self) -> Instant:
        """Its own idea of wall time; never steps by itself."""
        return self._wall + self._elapsed()

    def monotonic(self) -> int:
        """Nanoseconds since it was started, as it counts them."""
        return self._elapsed()

    def step(self, by: int) -> None:
        """Set its wall time forward or back."""
        self._wall += by

    def delay(self, own: int) -> int:
        """True nanoseconds that pass while this clock counts ``own``."""
        return own * 1_000_000_000 // (1_000_000_000 + self._ppb)

    def _elapsed(self) -> int:
        true = self._true.monotonic() - self._start
        return true + true * self._ppb // 1_000_000_000
