"""The real clocks, and center time: the system's wall clock without its steps."""

from __future__ import annotations

import time

from einthoven.base.instants import Instant

SLEW_PER_S = 100_000
"""Center time follows the system's clock by at most 100 µs a second (100 ppm): slower than the drift that the
clock exchange with transmitters allows for, so following never looks like a contradiction."""


class RealClock:
    """The machine's own clocks, as they are."""

    def wall(self) -> Instant:
        """Nanoseconds since the Unix epoch; steps when somebody sets the clock."""
        return time.time_ns()

    def monotonic(self) -> int:
        """Nanoseconds since an arbitrary origin."""
        return time.monotonic_ns()


class CenterClock:
    """``center.ports.Clock`` for a running center: starts at the wall clock and never steps.

    A step of the system's clock must not move the time of samples, deadlines and acknowledgements; it is
    shown (``center.clockwatch``) and followed slowly.
    """

    def __init__(self) -> None:
        self._monotonic = time.monotonic_ns
        self._base = time.time_ns() - time.monotonic_ns()
        self._followed = time.monotonic_ns()

    def wall(self) -> Instant:
        """Center time, nanoseconds since the Unix epoch."""
        return self._base + self._monotonic()

    def monotonic(self) -> int:
        """Nanoseconds since an arbitrary origin."""
        return self._monotonic()

    def follow(self) -> int:
        """Move a little towards the system's clock; call about once a second.

        Returns:
            How far the system's clock is ahead of center time, nanoseconds.
        """
        now = time.monotonic_ns()
        ahead = time.time_ns() - (self._base + now)
        most = SLEW_PER_S * max(0, now - self._followed) // 1_000_000_000
        self._followed = now
        self._base += max(-most, min(most, ahead))
        return ahead
