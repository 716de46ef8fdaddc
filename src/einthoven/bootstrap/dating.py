"""Center time of any sample of any stream, cheap for the newest and right for old ones (R4).

Four ways, the first that applies:

1. the declared origin of a replayed recording;
2. the live clock fit, from its oldest exchange on: asked ten times a second, never touches the disk;
3. the last fix that is stored from before that, and the straight line from it: one look into the facts, kept;
4. the whole stored timeline, for what is older: milliseconds to build, so only a few are kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from einthoven.base.errors import StoreError
from einthoven.base.ids import StreamId
from einthoven.base.instants import HOUR, MINUTE, SECOND, Duration, Instant
from einthoven.base.timeline import Timeline
from einthoven.center.ports import ClockFix, StreamFacts
from einthoven.center.streams import StreamState

TIMELINES_MAX = 32
"""Timelines kept: 316 kB and 5 ms each after 30 days. Who scrolls through the past reads few streams."""
NEAR: Duration = 5 * MINUTE
"""A sample this much before the last stored fix is dated from it: at 100 ppm that is off by 30 ms at most."""
BEGAN_FRESH: Duration = 6 * HOUR
"""The time of sample 0, which every sealed segment asks for, is looked up again after so much signal."""


class StoredFixes(Protocol):
    """What is read of the facts."""

    def fix_before(self, stream: StreamId, sample: float = ...) -> ClockFix | None:
        """The last clock fix before a sample."""

    def timeline(self, stream: StreamId) -> Timeline:
        """Sample index against center time."""


class Dating:
    """When samples were acquired. Any thread may ask.

    Args:
        peek: the state of a stream that is in memory, else None.
        facts: the facts of a stream, from memory.
        stored: clock fixes.
    """

    def __init__(
        self,
        peek: Callable[[StreamId], StreamState | None],
        facts: Callable[[StreamId], StreamFacts | None],
        stored: StoredFixes,
    ) -> None:
        self._peek = peek
        self._facts = facts
        self._stored = stored
        self._lock = threading.Lock()
        self._before: dict[StreamId, tuple[float | None, ClockFix | None]] = {}
        self._began: dict[StreamId, tuple[Instant, Instant]] = {}
        self._timelines: OrderedDict[StreamId, tuple[object, Timeline]] = OrderedDict()

    def time_of(self, stream: StreamId, sample: float) -> Instant | None:
        """Center time of a sample; None where nobody knows, or the facts cannot be asked.

        Raises:
            StoreError: the facts of a sample of long ago cannot be read; never for the newest one, so that
                the picture goes on.
        """
        state = self._peek(stream)
        if state is not None and state.dates(sample):
            return state.fit.at(sample)
        facts = self._facts(stream)
        if facts is None:
            return None
        period = SECOND / facts.layout.rate_hz
        if facts.origin is not None:
            return facts.origin + round(sample * period)
        since = state.dated_from if state is not None and state.fit.known else None
        try:
            fix = self._fix_before(stream, since)
        except StoreError:
            return None
        if fix is None:  # nothing older is known than what the live fit says, if that
            return None if state is None else state.fit.at(sample)
        if sample >= fix.sample - NEAR / period:
            at = self._beside(fix, state if since is not None else None, sample, period)
            if at is not None:
                return at
        return self._long_ago(stream, sample, state)

    def forget(self, stream: StreamId) -> None:
        """The stream has left: nothing of it is kept."""
        with self._lock:
            self._before.pop(stream, None)
            self._began.pop(stream, None)
            self._timelines.pop(stream, None)

    def _fix_before(self, stream: StreamId, since: float | None) -> ClockFix | None:
        """The last stored fix before the live fit begins; the last there is without a live fit."""
        known = self._before.get(stream)
        if known is None or known[0] != since:
            fix = self._stored.fix_before(stream) if since is None else self._stored.fix_before(stream, since)
            known = self._before[stream] = (since, fix)
        return known[1]

    @staticmethod
    def _beside(fix: ClockFix, state: StreamState | None, sample: float, period: float) -> Instant | None:
        """The line from a fix: to the live fit where there is one behind it; None where they contradict."""
        if state is None or sample <= fix.sample:
            return fix.at + round((sample - fix.sample) * period)
        first = state.fit.at(state.dated_from)
        span = state.dated_from - fix.sample
        if first is None or span <= 0 or first - fix.at < 0.5 * span * period:
            return None
        return fix.at + round((sample - fix.sample) / span * (first - fix.at))

    def _long_ago(self, stream: StreamId, sample: float, state: StreamState | None) -> Instant | None:
        """By the stored timeline, which is read again once the live center has stored more."""
        newest = None if state is None else state.last_fix
        reached = 0 if newest is None else newest.at
        if sample == 0:
            began = self._began.get(stream)
            if began is not None and reached - began[0] < BEGAN_FRESH:
                return began[1]
        with self._lock:
            kept = self._timelines.get(stream)
            if kept is not None:
                self._timelines.move_to_end(stream)
        if kept is None or kept[0] is not newest:
            kept = (newest, self._stored.timeline(stream))
            with self._lock:
                self._timelines[stream] = kept
                self._timelines.move_to_end(stream)
                while len(self._timelines) > TIMELINES_MAX:
                    self._timelines.popitem(last=False)
        at = kept[1].instant_of(sample)
        if sample == 0 and at is not None:
            self._began[stream] = (reached, at)
        return at
