"""The real clocks."""

from __future__ import annotations

import time

from einthoven.base.instants import Instant


class RealClock:
    """``center.ports.Clock`` on the machine's own clocks."""

    def wall(self) -> Instant:
        """Nanoseconds since the Unix epoch."""
        return time.time_ns()

    def monotonic(self) -> int:
        """Nanoseconds since an arbitrary origin."""
        return time.monotonic_ns()
