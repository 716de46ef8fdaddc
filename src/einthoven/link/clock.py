"""Sample index ↔ center time of one stream from clock exchanges (R4).

An exchange says: the transmitter stood at sample position p at some center time between ``sent`` and
``received``. Whatever the two delays were, the true line

    time(p) = offset + (1 + drift) · p / rate

passes through that interval. With |drift| bounded, all exchanges together leave a small convex polygon of
(offset, drift); its middle at the newest position is the estimate, half its width the uncertainty. No delay
is assumed to be symmetric, so the uncertainty is honest: it contains the truth as long as the crystal keeps
its bound and positions are true.

An exchange that contradicts the older ones (the index was continued after a restart without counting the
pause; the center's clock was set) is believed, and the older ones are dropped until none contradicts.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from einthoven.base.errors import InputError
from einthoven.base.instants import MILLISECOND, MINUTE, SECOND, Duration, Instant

DRIFT_MAX: Final = 200e-6
"""Bound on the transmitter's crystal; twice the ±100 ppm of a cheap one over temperature."""
BURST: Final = 8
"""Queries at the start of a connection, ``BURST_GAP`` apart: enough that one is quick."""
BURST_GAP: Final[Duration] = 500 * MILLISECOND
QUERY_GAP: Final[Duration] = MINUTE
"""Between queries after the burst: 200 ppm drift 12 ms a minute."""
BUCKET: Final[Duration] = 5 * MINUTE
BUCKETS: Final = 24
"""The quickest exchange of each of the last 24 stretches of 5 minutes is kept: two hours, in which the drift
of a crystal itself changes by little."""
NEWEST: Final = 8
"""The newest exchanges are kept besides, quick or not."""
SLACK: Final[Duration] = 2 * MILLISECOND
"""Added to both ends of every interval: positions are quantised, and drift is not quite constant."""


class Exchange(NamedTuple):
    """Position ``position`` (samples, fractional) was reached between ``sent`` and ``received``."""

    position: float
    sent: Instant
    received: Instant

    @property
    def round_trip(self) -> Duration:
        """``received − sent``."""
        return self.received - self.sent


class Fix(NamedTuple):
    """``sample`` was acquired at ``at``, give or take ``uncertainty`` (ns)."""

    sample: float
    at: Instant
    uncertainty: Duration


class ClockFit:
    """The clock of one stream; small enough to keep for thousands (at most 32 exchanges).

    Args:
        rate_mhz: nominal samples per second in millihertz.
        origin: center time of sample 0 of a replayed recording: then that is the answer, and exchanges are
            only counted.

    Attributes:
        drift: estimated (true − nominal) / nominal duration of a sample.
        breaks: how often the newest exchange contradicted older ones.
    """

    __slots__ = (
        "_anchor_at",
        "_anchor_position",
        "_exchanges",
        "_offset",
        "_origin",
        "_period",
        "_polygon",
        "breaks",
        "drift",
    )

    def __init__(self, rate_mhz: int, origin: Instant | None = None) -> None:
        if rate_mhz <= 0:
            raise InputError(f"sampling rate {rate_mhz} mHz")
        self._period = 1e12 / rate_mhz
        self._origin = origin
        self._exchanges: list[Exchange] = []
        self._anchor_position = 0.0
        self._anchor_at: Instant = 0
        self._offset = 0.0
        self._polygon: list[tuple[float, float]] = []
        self.drift = 0.0
        self.breaks = 0

    @property
    def known(self) -> bool:
        """Whether samples can be dated at all."""
        return self._origin is not None or bool(self._exchanges)

    @property
    def exchanges(self) -> int:
        """How many exchanges the estimate rests on."""
        return len(self._exchanges)

    def observe(self, position: float, sent: Instant, received: Instant) -> Fix | None:
        """Take one exchange; the fix at its position, or None when it is impossible (``received < sent``)."""
        if received < sent:
            return None
        if self._origin is None:
            self._keep(Exchange(position, sent, received))
            self._solve()
        return self.fix(position)

    def restart(self) -> None:
        """Forget every exchange: the transmitter said that its index was continued after a pause."""
        self._exchanges.clear()
        self._polygon = []

    def fix(self, sample: float) -> Fix | None:
        """When ``sample`` was acquired; None while nothing is known."""
        if self._origin is not None:
            return Fix(sample, self._origin + round(sample * self._period), 0)
        if not self._polygon:
            return None
        nominal = (sample - self._anchor_position) * self._period
        ends = [offset + drift * nominal for offset, drift in self._polygon]
        low, high = min(ends), max(ends)
        at = self._anchor_at + round(nominal + (low + high) / 2)
        return Fix(sample, at, round((high - low) / 2))

    def at(self, sample: float) -> Instant | None:
        """Center time of a sample, or None while nothing is known."""
        fix = self.fix(sample)
        return None if fix is None else fix.at

    def position(self, instant: Instant) -> float | None:
        """The sample position at a center time, or None while nothing is known."""
        if self._origin is not None:
            return (instant - self._origin) / self._period
        if not self._polygon:
            return None
        elapsed = instant - self._anchor_at - self._offset
        return self._anchor_position + elapsed / (self._period * (1 + self.drift))

    def _keep(self, exchange: Exchange) -> None:
        """Put the exchange in; keep the newest ones and the quickest of every five minutes before."""
        kept = [*self._exchanges, exchange]
        best: dict[int, Exchange] = {}
        for old in kept[:-NEWEST]:
            bucket = old.received // BUCKET
            if bucket not in best or old.round_trip < best[bucket].round_trip:
                best[bucket] = old
        newest_bucket = exchange.received // BUCKET
        older = [old for bucket, old in best.items() if 0 <= newest_bucket - bucket < BUCKETS]
        self._exchanges = older[-BUCKETS:] + kept[-NEWEST:]

    def _solve(self) -> None:
        """The polygon of everything kept; the oldest are dropped while it is empty."""
        newest = self._exchanges[-1]
        self._anchor_position, self._anchor_at = newest.position, newest.sent
        polygon = self._feasible(0)
        if not polygon:
            self.breaks += 1
            first = self._first_consistent()
            polygon = self._feasible(first)
            del self._exchanges[:first]
        self._polygon = polygon
        drifts = [drift for _, drift in polygon]
        offsets = [offset for offset, _ in polygon]
        self.drift = (min(drifts) + max(drifts)) / 2
        self._offset = (min(offsets) + max(offsets)) / 2

    def _first_consistent(self) -> int:
        """The smallest index from which on the exchanges do not contradict one another, by halving."""
        low, high = 0, len(self._exchanges) - 1
        while low < high:
            middle = (low + high) // 2
            if self._feasible(middle):
                high = middle
            else:
                low = middle + 1
        return low

    def _feasible(self, first: int) -> list[tuple[float, float]]:
        """Corners of the (offset ns, drift) that the exchanges from ``first`` on allow; newest first."""
        newest = self._exchanges[-1]
        late = float(newest.round_trip + SLACK)
        polygon = [
            (-float(SLACK), -DRIFT_MAX),
            (late, -DRIFT_MAX),
            (late, DRIFT_MAX),
            (-float(SLACK), DRIFT_MAX),
        ]
        for exchange in reversed(self._exchanges[first:-1]):
            nominal = (exchange.position - self._anchor_position) * self._period
            early = exchange.sent - self._anchor_at - nominal - SLACK
            late = exchange.received - self._anchor_at - nominal + SLACK
            polygon = _clip(polygon, 1.0, nominal, early)
            polygon = _clip(polygon, -1.0, -nominal, -late)
            if not polygon:
                break
        return polygon


def _clip(polygon: list[tuple[float, float]], a: float, b: float, low: float) -> list[tuple[float, float]]:
    """The part of a convex polygon where ``a · x + b · y ≥ low``."""
    sides = [a * x + b * y - low for x, y in polygon]
    if all(side >= 0 for side in sides):
        return polygon
    clipped: list[tuple[float, float]] = []
    for index, (x, y) in enumerate(polygon):
        before_x, before_y = polygon[index - 1]
        before, here = sides[index - 1], sides[index]
        if (before >= 0) != (here >= 0):
            share = before / (before - here)
            clipped.append((before_x + share * (x - before_x), before_y + share * (y - before_y)))
        if here >= 0:
            clipped.append((x, y))
    return clipped


def next_query(opened: Instant, sent: int, spread: float = 0.0) -> Instant:
    """When the next CLOCK_QUERY of a connection is due.

    Args:
        opened: when the LAYOUT was taken.
        sent: queries sent on this connection so far.
        spread: 0–1, different for each connection: a storm of reconnects must not ask in step for ever.

    Returns:
        ``BURST`` queries half a second apart, then one a minute.
    """
    if sent < BURST:
        return opened + sent * BURST_GAP
    return opened + BURST * BURST_GAP + (sent - BURST) * QUERY_GAP + round(spread * (QUERY_GAP - SECOND))
