"""What was found in a day, kind by kind: how often, how long, the longest, the fastest, each one (R25)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from einthoven.ecg.measure_record import NOT_OF_THE_HEART
from einthoven.reports.study import Found, Study, Value

LISTED_MOST = 200
"""Episodes of one kind that a day keeps one by one: the first, the last and the longest; the others are
counted, and the report says so."""


@dataclass(frozen=True, slots=True)
class Event:
    """One episode.

    Attributes:
        kind: its name (``ecg.kinds``).
        start, end: samples of the stream; ``end`` is that of the day where it goes on.
        at_ms, end_ms: when.
        values: its evidence.
        open: it went on behind the day's last sample.
        early: it went on before the day's first sample.
        late: found in samples that came late (R12).
        verdict: what a technician said of it, or ``""``.
    """

    kind: str
    start: int
    end: int
    at_ms: int | None
    end_ms: int | None
    values: Mapping[str, Value]
    open: bool = False
    late: bool = False
    verdict: str = ""
    early: bool = False

    @property
    def seconds(self) -> float:
        """How long, by the clock; 0 where there is none."""
        known = self.at_ms is not None and self.end_ms is not None
        return ((self.end_ms or 0) - (self.at_ms or 0)) / 1000.0 if known else 0.0

    @property
    def length(self) -> int:
        """In samples."""
        return self.end - self.start

    def number(self, name: str) -> float | None:
        """One of its values, where it is a number that is known."""
        value = self.values.get(name)
        return value if isinstance(value, float | int) and math.isfinite(value) else None

    @property
    def rate(self) -> float | None:
        """Its rate, 1/min, where its kind has one."""
        return self.number("rate_bpm")


@dataclass(frozen=True, slots=True)
class Episodes:
    """All of one kind.

    Attributes:
        kind: its name.
        count: how many.
        total_s: how long together.
        longest: the longest.
        fastest, slowest: by their rate, where the kind has one.
        listed: by onset; of more than ``LISTED_MOST`` the first, the last and the longest.
    """

    kind: str
    count: int
    total_s: float
    longest: Event
    fastest: Event | None
    slowest: Event | None
    listed: tuple[Event, ...]

    @property
    def left_out(self) -> int:
        """How many are counted and not listed."""
        return self.count - len(self.listed)


def event(study: Study, one: Found) -> Event:
    """A finding as an episode of the stream."""
    end = study.samples if one.end is None else one.end
    return Event(
        one.kind,
        study.origin + one.start,
        study.origin + end,
        study.ms(one.start),
        study.ms(end),
        {name: _clean(value) for name, value in one.values.items()},
        one.end is None,
        one.late,
        one.verdict,
        one.early,
    )


def episodes_of(study: Study, findings: Iterable[Found]) -> tuple[Episodes, ...]:
    """The findings of the heart, by kind."""
    by_kind: dict[str, list[Event]] = {}
    for one in findings:
        if not one.kind.startswith(NOT_OF_THE_HEART):
            by_kind.setdefault(one.kind, []).append(event(study, one))
    return tuple(of_kind(found, study.rate_hz) for _, found in sorted(by_kind.items()))


def of_kind(found: list[Event], rate_hz: float) -> Episodes:
    """Episodes of one kind, at least one, by onset."""
    rated = [one for one in found if one.rate is not None]
    return Episodes(
        kind=found[0].kind,
        count=len(found),
        total_s=round(sum(one.length for one in found) / rate_hz, 3),
        longest=max(found, key=lambda one: (weight(one), -one.start)),
        fastest=max(rated, key=lambda one: (one.rate or 0.0, -one.start), default=None),
        slowest=min(rated, key=lambda one: (one.rate or 0.0, one.start), default=None),
        listed=_listed(found),
    )


def weight(one: Event) -> float:
    """What makes an episode the longest, seconds: a pause by its interval, others by their time."""
    return (one.number("rr_ms") or 0.0) / 1000.0 if one.kind == "pause" else one.seconds


def _listed(found: list[Event]) -> tuple[Event, ...]:
    if len(found) <= LISTED_MOST:
        return tuple(found)
    ends = [found[0], found[-1]]
    rest = sorted(found[1:-1], key=lambda one: (-weight(one), one.start))[: LISTED_MOST - 2]
    return tuple(sorted(ends + rest, key=lambda one: one.start))


def _clean(value: Value) -> Value:
    """What JSON can hold and gives back the same: numbers as floats, none that is not one."""
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    return value
