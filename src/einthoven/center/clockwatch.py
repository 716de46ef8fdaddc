"""The center's own clock is watched: a step or a drift of the wall clock is a finding, never silent (R44).

The wall clock is compared with the monotonic clock at every look. Time synchronisation slews by at most
500 parts per million (the Linux kernel's limit), so a difference that grows faster is a step: somebody or
something set the clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from einthoven.base.instants import MILLISECOND, MINUTE, Duration, Instant

SLEW_PPM = 500
STEP_MIN: Duration = 200 * MILLISECOND
"""Less than this is never called a step: one look may be delayed by a busy machine."""
SHOWN_FOR: Duration = 10 * MINUTE
"""How long a step stays on the screens after it happened."""


@dataclass(frozen=True, slots=True)
class ClockWatch:
    """What the watch knows; a value, replaced at every look.

    Attributes:
        wall, monotonic: both clocks at the last look, nanoseconds; None before the first.
        stepped_at: wall time right after the last step, or None.
        stepped_by: how far it stepped, nanoseconds, positive forward.
        steps: how many steps were seen.
    """

    wall: Instant | None = None
    monotonic: int = 0
    stepped_at: Instant | None = None
    stepped_by: Duration = 0
    steps: int = 0

    def look(self, wall: Instant, monotonic: int) -> ClockWatch:
        """The watch after one look at both clocks."""
        if self.wall is None:
            return replace(self, wall=wall, monotonic=monotonic)
        passed = monotonic - self.monotonic
        gone = (wall - self.wall) - passed
        if abs(gone) <= max(STEP_MIN, passed * SLEW_PPM // 1_000_000):
            return replace(self, wall=wall, monotonic=monotonic)
        return ClockWatch(wall, monotonic, stepped_at=wall, stepped_by=gone, steps=self.steps + 1)

    def state(self, wall: Instant) -> str:
        """``"ok"``, or what happened in words for the wall's header."""
        if self.stepped_at is None or not 0 <= wall - self.stepped_at < SHOWN_FOR:
            return "ok"
        way = "forward" if self.stepped_by > 0 else "back"
        return f"the center's clock was set {way} by {abs(self.stepped_by) / 1e9:.1f} s"
