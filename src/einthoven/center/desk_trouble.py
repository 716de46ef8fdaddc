"""What is wrong with the desk itself, told to people and not to a log alone: silence is a finding (R44)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from einthoven.base.instants import MINUTE, SECOND, Duration, Instant
from einthoven.center.ports import Clock

STANDS: Duration = MINUTE
"""A defect is told for as long after it was met last: one that comes each second is told without a break."""
STALL: Duration = 3 * SECOND
"""The desk turns several times a second."""


@dataclass(frozen=True, slots=True)
class Defect:
    """A defect that was met: in what, since when, when last, how often."""

    what: str
    since: Instant
    last: Instant
    times: int


class Trouble:
    """Keeps the defect that was met last, and when the desk turned last. All calls on the event loop.

    Args:
        clock: the center's clocks.
        heard: hears of every defect.
    """

    def __init__(self, clock: Clock, heard: Callable[[str, Exception], None]) -> None:
        self._clock = clock
        self._heard = heard
        self._defect: Defect | None = None
        self._turned: int | None = None

    def failed(self, what: str, error: Exception) -> None:
        """A defect was met, and what it was met in was left out."""
        now = self._clock.wall()
        before = self.defect(now)
        if before is None:
            self._defect = Defect(what, now, now, 1)
        else:
            self._defect = Defect(what, before.since, now, before.times + 1)
        self._heard(what, error)

    def turned(self) -> None:
        """The desk has turned."""
        self._turned = self._clock.monotonic()

    def defect(self, now: Instant) -> Defect | None:
        """The defect that is to be told; None where none was met lately."""
        met = self._defect
        return None if met is None or now - met.last > STANDS else met

    def reasons(self, unsaved: Instant | None) -> list[str]:
        """Why the desk is not fit to watch patients by, a line each (``/readyz``).

        Args:
            unsaved: since when deeds wait to be written; None while they do not.
        """
        told, now = list[str](), self._clock.wall()
        met = self.defect(now)
        if met is not None:
            ago = (now - met.last) / SECOND
            told.append(
                f"desk: a defect in {met.what!r}, {met.times} times, last {ago:.0f} s ago; see the log"
            )
        if unsaved is not None:
            told.append(f"desk: what people decide is not on record since {(now - unsaved) / SECOND:.0f} s")
        if self._turned is not None and self._clock.monotonic() - self._turned > STALL:
            told.append(f"desk: last turn {(self._clock.monotonic() - self._turned) / SECOND:.1f} s ago")
        return told
