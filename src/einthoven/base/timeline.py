"""Which sample was acquired when: a stream's index against center time, both ways."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from einthoven.base.instants import MILLISECOND, MINUTE, SECOND, Duration, Instant

DRIFT_MAX = 1e-3
"""Rate error allowed between two fixes that agree: ten times that of a poor crystal (100 ppm)."""
SLACK: Duration = 5 * MILLISECOND
"""What two fixes may disagree by beyond their stated uncertainties."""
KNOT_SPACING: Duration = MINUTE
"""Fixes closer than this share one knot, the least uncertain: over a minute, 100 ppm are 6 ms."""
CHAINS_MAX = 32
"""Most clock levels looked at; each step of the center's clock makes one."""


class Fix(NamedTuple):
    """Sample ``sample`` was acquired at center time ``at``, give or take ``uncertainty``."""

    sample: float
    at: Instant
    uncertainty: Duration = 0


class Timeline:
    """A monotone, piecewise linear map between sample index and center time (R4).

    With a declared origin (a replayed recording) it is the straight line from there. Otherwise it runs
    through the clock fixes and goes on at the nominal rate outside them. Fixes that say the clock ran
    backwards contradict each other: those of the clock level with the longest stretch of samples are kept.
    A jump forward is kept, because a transmitter that was without power makes one.

    Attributes:
        dropped: how many fixes contradicted the ones that were kept.

    Args:
        rate_hz: nominal samples per second.
        origin: center time of sample 0, if declared.
        fixes: what clock exchange found, in any order.
    """

    __slots__ = ("_instants", "_period", "_samples", "dropped")

    def __init__(self, rate_hz: float, origin: Instant | None = None, fixes: Iterable[Fix] = ()) -> None:
        self._period = SECOND / rate_hz
        self._samples: list[float] = []
        self._instants: list[Instant] = []
        self.dropped = 0
        if origin is not None:
            self._samples.append(0.0)
            self._instants.append(origin)
            return
        ordered = sorted(fixes)
        kept = _best(_chains(ordered, self._period))
        for fix in self._knots(kept):
            self._samples.append(fix.sample)
            self._instants.append(fix.at)
        self.dropped = len(ordered) - len(kept)

    @property
    def known(self) -> bool:
        """Whether anything ties this stream to center time."""
        return bool(self._samples)

    def instant_of(self, sample: float) -> Instant | None:
        """The center time at which a sample was acquired; None while nothing is known."""
        samples, instants = self._samples, self._instants
        if not samples:
            return None
        right = bisect_right(samples, sample)
        if right in {0, len(samples)}:
            near = max(right - 1, 0)
            return instants[near] + round((sample - samples[near]) * self._period)
        left = right - 1
        share = (sample - samples[left]) / (samples[right] - samples[left])
        return instants[left] + round(share * (instants[right] - instants[left]))

    def sample_of(self, instant: Instant) -> float | None:
        """The (fractional) sample index at a center time; None while nothing is known."""
        samples, instants = self._samples, self._instants
        if not samples:
            return None
        right = bisect_right(instants, instant)
        if right in {0, len(samples)}:
            near = max(right - 1, 0)
            return samples[near] + (instant - instants[near]) / self._period
        left = right - 1
        share = (instant - instants[left]) / (instants[right] - instants[left])
        return samples[left] + share * (samples[right] - samples[left])

    def _knots(self, fixes: list[Fix]) -> list[Fix]:
        knots: list[Fix] = []
        for fix in fixes:
            if not knots:
                knots.append(fix)
                continue
            last = knots[-1]
            nominal = (fix.sample - last.sample) * self._period
            if nominal < KNOT_SPACING and abs(fix.at - last.at - nominal) <= _slack(last, fix, nominal):
                if fix.uncertainty < last.uncertainty and _rising(knots[-2:-1], fix, self._period):
                    knots[-1] = fix
            elif _rising(knots[-1:], fix, self._period):
                knots.append(fix)
        return knots


def _rising(before: list[Fix], fix: Fix, period: float) -> bool:
    """Whether time goes on from the knot before at no less than half its nominal pace."""
    return all(
        fix.sample > knot.sample and fix.at - knot.at >= max(0.5 * (fix.sample - knot.sample) * period, 1)
        for knot in before
    )


def _slack(one: Fix, other: Fix, nominal: float) -> float:
    return DRIFT_MAX * nominal + one.uncertainty + other.uncertainty + SLACK


def _chains(fixes: list[Fix], period: float) -> list[list[Fix]]:
    """Fixes grouped into clock levels: each agrees with the one before it in its group."""
    chains: list[list[Fix]] = []
    for fix in fixes:
        for chain in reversed(chains[-CHAINS_MAX:]):
            last = chain[-1]
            nominal = (fix.sample - last.sample) * period
            if abs(fix.at - last.at - nominal) <= _slack(last, fix, nominal):
                chain.append(fix)
                break
        else:
            chains.append([fix])
    return chains


def _best(chains: list[list[Fix]]) -> list[Fix]:
    """The sequence of levels, each later than the one before in samples and in time, that covers most."""
    if len(chains) > CHAINS_MAX:
        chains = sorted(sorted(chains, key=_weight)[-CHAINS_MAX:])
    totals: list[tuple[float, int]] = []
    previous: list[int] = []
    for index, chain in enumerate(chains):
        span, count = _weight(chain)
        best, link = (0.0, 0), -1
        for other in range(index):
            end = chains[other][-1]
            if end.sample < chain[0].sample and end.at < chain[0].at and totals[other] > best:
                best, link = totals[other], other
        totals.append((best[0] + span, best[1] + count))
        previous.append(link)
    if not chains:
        return []
    at = max(range(len(chains)), key=lambda index: (totals[index], index))
    picked: list[int] = []
    while at >= 0:
        picked.append(at)
        at = previous[at]
    return [fix for index in reversed(picked) for fix in chains[index]]


def _weight(chain: list[Fix]) -> tuple[float, int]:
    return chain[-1].sample - chain[0].sample, len(chain)
