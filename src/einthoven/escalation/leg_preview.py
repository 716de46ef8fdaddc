"""What other limits of legs would have made of the last day, and make of what is open now (R22)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from einthoven.base.instants import Duration, Instant
from einthoven.escalation.criteria import rank
from einthoven.escalation.leg_book import DAY_WINDOW, LegBook
from einthoven.escalation.legs import BY_NAME, LEGS, limits_of


@dataclass(frozen=True, slots=True)
class LegChange:
    """A limit that would be another.

    Attributes:
        tier, leg: of which.
        was, limit: in force, and then.
        ended: legs of it that ended in the last day.
        missed, would_miss: of those, longer than the one and than the other.
        over: open cases whose leg runs already for longer than the new limit.
    """

    tier: str
    leg: str
    was: Duration
    limit: Duration
    ended: int
    missed: int
    would_miss: int
    over: int


def preview(book: LegBook, overrides: Mapping[str, object], now: Instant) -> list[LegChange]:
    """Every limit that would change, the gravest tier first, in the order of ``LEGS``.

    Raises:
        FaultsError: as ``limits_of``.
    """
    limits, times = limits_of(overrides), book.windows[DAY_WINDOW].times
    changes = []
    for tier in sorted(limits, key=rank, reverse=True):
        for leg in LEGS:
            was, then = book.limits[tier][leg.name], limits[tier][leg.name]
            if was == then:
                continue
            took = times.get((tier, leg.name), [])
            missed, would = (len(took) - bisect_right(took, limit) for limit in (was, then))
            over = _over(book, tier, leg.name, then, now)
            changes.append(LegChange(tier, leg.name, was, then, len(took), missed, would, over))
    return changes


def _over(book: LegBook, tier: str, name: str, limit: Duration, now: Instant) -> int:
    leg, count = BY_NAME[name], 0
    for number in book.open:
        track = book.tracks[number]
        start = track.at.get(leg.start)
        if track.tier != tier or start is None or leg.stop in track.at or (leg.telling and not track.telling):
            continue
        count += now - start > limit
    return count
