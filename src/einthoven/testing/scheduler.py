"""Virtual time: work runs in order of its instant, as fast as the machine can."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from itertools import count

from einthoven.base.errors import OursError

Act = Callable[[], None]


class VirtualScheduler:
    """``center.ports.Scheduler`` whose time jumps from one piece of work to the next.

    Work due at one and the same instant runs in an order drawn from the seed, so that no test leans on one
    that real time would not promise; the same seed gives the same run.

    Args:
        seed: of the order among equals.
    """

    def __init__(self, seed: int = 0) -> None:
        self._now = 0
        self._chance = random.Random(seed)
        self._number = count()
        self._due: list[tuple[int, float, int, list[Act]]] = []
        self.steps = 0

    @property
    def now(self) -> int:
        """Nanoseconds of virtual time since the start."""
        return self._now

    def call_later(self, delay: int, act: Act) -> Act:
        """Run ``act`` after ``delay`` ≥ 0 nanoseconds; the returned callable cancels it."""
        return self.call_at(self._now + max(0, delay), act)

    def call_at(self, at: int, act: Act) -> Act:
        """Run ``act`` at virtual time ``at``; raises ``OursError`` for the past."""
        if at < self._now:
            raise OursError(f"virtual time {at} is {self._now - at} ns in the past")
        holder = [act]
        heapq.heappush(self._due, (at, self._chance.random(), next(self._number), holder))
        return holder.clear

    def step(self) -> bool:
        """Run the next piece of work; False when there is none left."""
        while self._due:
            at, _, _, holder = heapq.heappop(self._due)
            if holder:
                self._now = at
                self.steps += 1
                holder[0]()
                return True
        return False

    def run_until(self, at: int) -> None:
        """Run everything due up to and including ``at``; time is ``at`` afterwards."""
        while self._due and self._due[0][0] <= at:
            if not self._due[0][3]:
                heapq.heappop(self._due)
                continue
            self.step()
        self._now = max(self._now, at)

    def run_for(self, duration: int) -> None:
        """Run the next ``duration`` nanoseconds."""
        self.run_until(self._now + duration)

    def run_while(self, busy: Callable[[], bool], limit: int) -> bool:
        """Run until ``busy()`` is false, at most ``limit`` nanoseconds; whether it became false."""
        end = self._now + limit
        while busy():
            while self._due and not self._due[0][3]:
                heapq.heappop(self._due)
            if not self._due or self._due[0][0] > end:
                self._now = max(self._now, end)
                return not busy()
            self.step()
        return True
