"""What the center holds of each stream in memory, beyond any one connection: ledger, clock, facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from einthoven.base.ids import StreamId
from einthoven.base.instants import MINUTE, SECOND, Duration, Instant
from einthoven.base.layout import Layout
from einthoven.base.spans import SpanSet
from einthoven.center.ports import ClockFix, StreamFacts
from einthoven.link.clock import ClockFit, Fix
from einthoven.link.ledger import Ledger

FIX_EVERY = 300 * SECOND
"""A clock fix is stored at least this often: what is dated from the last one, after a restart, is 30 ms
off at most with a crystal that is 100 ppm off."""
FIX_MOVED = 5_000_000
"""… or when the line moved by 5 ms, a tenth of what the mapping may be off (50 ms)."""

DATED: Duration = 55 * MINUTE
"""Half of how far back the live fit is trusted: it keeps its exchanges for two hours."""
DATED_SLACK_S = 60
"""Seconds before its oldest exchange that the live fit still dates: at 200 ppm 12 ms."""


@dataclass(slots=True)
class StreamState:
    """One stream at the center.

    Attributes:
        facts: as last read; replaced when a layout is declared or the period ends.
        ledger: what is accepted and durable.
        fit: sample index ↔ center time.
        last_event: highest event number that is durable with all below it.
        exists_until: one past the highest sample that the transmitter is known to have acquired.
        never: spans that the transmitter declared never recorded.
        last_fix: the fix stored last.
        dated_from: the sample of an exchange that the live fit still rests on, or rested on minutes ago;
            before it only stored fixes tell the time.
    """

    facts: StreamFacts
    ledger: Ledger
    fit: ClockFit
    last_event: int = 0
    exists_until: int = 0
    never: SpanSet = field(default_factory=SpanSet)
    last_fix: Fix | None = None
    fixes_due: list[ClockFix] = field(default_factory=list)
    dated_from: float = 0.0
    _dated_next: float = 0.0
    _dated_next_at: Instant = 0

    @property
    def layout(self) -> Layout:
        """Sampling rate and leads."""
        return self.facts.layout

    def waiting_s(self) -> float:
        """Seconds of samples known to exist and not stored: the backlog."""
        durable = self.ledger.durable
        lost = sum(span.length for hole in self.never for span in durable.missing(*hole))
        return max(0, self.exists_until - durable.total - lost) / self.layout.rate_hz

    def observe(self, position: float, sent: Instant, received: Instant) -> None:
        """Take a clock exchange; queue a fix for the facts when it says something new."""
        breaks = self.fit.breaks
        fix = self.fit.observe(position, sent, received)
        if fix is None or self.facts.origin is not None:
            return
        self._date_from(position, received, anew=self.fit.breaks != breaks or self.fit.exchanges == 1)
        last = self.last_fix
        if last is not None and fix.at - last.at < FIX_EVERY:
            expected = last.at + round((fix.sample - last.sample) / self.layout.rate_hz * SECOND)
            moved = abs(fix.at - expected) > FIX_MOVED
            sharper = fix.uncertainty * 2 < last.uncertainty
            if not (moved or sharper):
                return
        self.last_fix = fix
        self.fixes_due.append(ClockFix(self.facts.stream, fix.sample, fix.at, fix.uncertainty))

    def dates(self, sample: float) -> bool:
        """Whether the live fit can say when a sample was acquired: not from before its exchanges."""
        if self.facts.origin is not None:
            return self.fit.known
        slack = DATED_SLACK_S * self.layout.rate_hz
        return self.fit.known and sample >= self.dated_from - slack

    def _date_from(self, position: float, received: Instant, *, anew: bool) -> None:
        """Follow the oldest exchange at a distance of one to two times ``DATED``."""
        since = received - self._dated_next_at
        if anew or not 0 <= since <= 2 * DATED:
            self.dated_from = position
        elif since > DATED:
            self.dated_from = self._dated_next
        else:
            return
        self._dated_next, self._dated_next_at = position, received


class Streams:
    """Every stream of an open period, built from facts and store when first asked for.

    Args:
        load: the facts of a stream, the number of its last durable event and its declared holes, or None.
        stored: durable spans of a stream.
    """

    def __init__(
        self,
        load: Callable[[StreamId], tuple[StreamFacts, int, SpanSet] | None],
        stored: Callable[[StreamId], Iterable[tuple[int, int]]],
    ) -> None:
        self._load = load
        self._stored = stored
        self._held: dict[StreamId, StreamState] = {}

    def get(self, stream: StreamId) -> StreamState | None:
        """The stream's state, or None where the facts know no such stream."""
        held = self._held.get(stream)
        if held is None:
            found = self._load(stream)
            if found is None:
                return None
            facts, last_event, never = found
            ledger = Ledger(self._stored(stream))
            fit = ClockFit(facts.layout.rate_mhz, facts.origin)
            held = StreamState(facts, ledger, fit, last_event, ledger.durable.stop, never)
            if facts.open:  # one that has ended takes no samples: whoever knocks again gets a passing answer
                self._held[stream] = held
        return held

    def discharge(self, stream: StreamId) -> None:
        """Hold the stream no longer; it is built anew when somebody asks again."""
        self._held.pop(stream, None)

    def peek(self, stream: StreamId) -> StreamState | None:
        """The stream's state if it is in memory already; any thread may ask."""
        return self._held.get(stream)

    def held(self) -> Iterable[StreamState]:
        """Every state in memory."""
        return self._held.values()

    def refresh(self, facts: StreamFacts) -> StreamState | None:
        """Put newer facts of a stream in place; a new layout starts a new clock fit."""
        held = self._held.get(facts.stream)
        if held is None:
            return None
        if facts.layout.rate_mhz != held.facts.layout.rate_mhz or facts.origin != held.facts.origin:
            held.fit = ClockFit(facts.layout.rate_mhz, facts.origin)
        held.facts = facts
        return held
