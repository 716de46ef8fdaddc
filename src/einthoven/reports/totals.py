"""The days of a report taken together: one day for a daily report, all of them at the end of the service."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from einthoven.reports.day import Band, Day, Felt
from einthoven.reports.episodes import Episodes, Event, of_kind
from einthoven.reports.figures import PLACES, Figure, least, most

JOIN_S = 2.0
"""An episode that ends this near to the end of a day, and one of its kind that begins this near to the start
of the next, are one."""
SUMS = (
    "supraventricular_beats",
    "supraventricular_couplets",
    "supraventricular_runs",
    "ventricular_beats",
    "ventricular_couplets",
    "ventricular_runs",
    "af_seconds",
    "analysed_seconds",
)
MOST = (
    "rate_most_8_beats",
    "rate_most_beat",
    "rate_most_minute",
    "rr_longest",
    "nn_longest",
    "supraventricular_most_an_hour",
    "supraventricular_run_longest",
    "supraventricular_run_fastest",
    "ventricular_most_an_hour",
    "ventricular_run_longest",
    "ventricular_run_fastest",
)
LEAST = (
    "rate_least_8_beats",
    "rate_least_beat",
    "rate_least_minute",
    "supraventricular_run_slowest",
    "ventricular_run_slowest",
)


@dataclass(frozen=True, slots=True)
class Totals:
    """Days taken together.

    Attributes:
        days: in order, at least one.
        beats: how many of each class.
        figures: by name; what cannot be taken together (variability, medians) is there of one day alone.
        episodes: by kind, those over midnight joined.
        bands, symptoms: in order.
    """

    days: tuple[Day, ...]
    beats: dict[str, int]
    figures: dict[str, Figure]
    episodes: dict[str, Episodes]
    bands: tuple[Band, ...]
    symptoms: tuple[Felt, ...]

    @property
    def first(self) -> Day:
        """The first day."""
        return self.days[0]

    @property
    def last(self) -> Day:
        """The last day."""
        return self.days[-1]

    @property
    def seconds(self) -> float:
        """From the first sample to the last, gaps included."""
        return sum(day.end - day.start for day in self.days) / self.first.rate_hz

    @property
    def stored_s(self) -> float:
        """Seconds received."""
        return sum(day.stored_s for day in self.days)

    @property
    def analysed_s(self) -> float:
        """Seconds with a lead to go by."""
        return sum(day.analysed_s for day in self.days)

    @property
    def lost_s(self) -> float:
        """Of those, seconds in which beats could not be told from noise."""
        return sum(day.lost_s for day in self.days)

    def of(self, *kinds: str) -> list[Episodes]:
        """Those of some kinds that were found, in the order asked."""
        return [self.episodes[kind] for kind in kinds if kind in self.episodes]

    def value(self, name: str) -> float | None:
        """Value of a figure; None where it is not told."""
        found = self.figures.get(name)
        return None if found is None else found.value


def totals_of(days: Sequence[Day]) -> Totals:
    """Days of one stream, in order, apart, taken together."""
    beats = {name: sum(day.beats.get(name, 0) for day in days) for name in days[0].beats}
    figures = dict(days[0].figures) if len(days) == 1 else _figures(days, beats)
    return Totals(
        days=tuple(days),
        beats=beats,
        figures=figures,
        episodes=_episodes(days),
        bands=_bands(days),
        symptoms=tuple(mark for day in days for mark in day.symptoms),
    )


def _bands(days: Sequence[Day]) -> tuple[Band, ...]:
    """All of them; what was cut where a day ends is one."""
    joined: list[Band] = []
    for band in (band for day in days for band in day.bands):
        same = [
            one
            for one in joined[-4:]
            if (one.kind, one.cause, one.end) == (band.kind, band.cause, band.start)
        ]
        if same:
            place = joined.index(same[-1])
            joined[place] = replace(same[-1], end=band.end, end_ms=band.end_ms)
        else:
            joined.append(band)
    return tuple(joined)


def _figures(days: Sequence[Day], beats: dict[str, int]) -> dict[str, Figure]:
    out: dict[str, Figure] = {}
    for name in SUMS:
        values = [day.figures[name].value for day in days]
        total = sum(value for value in values if value is not None)
        out[name] = _over(
            days, name, total, days[0].figures[name].unit, known=any(v is not None for v in values)
        )
    for names, pick in ((MOST, most), (LEAST, least)):
        for name in names:
            every = [day.figures[name] for day in days]
            out[name] = pick(every) or every[0]
    count, total_ms = sum(day.rr_count for day in days), sum(day.rr_total_ms for day in days)
    out["rate_mean"] = _ratio(days, "rate_mean", 60_000.0 * count, total_ms, "1/min", count)
    afib, afib_ms = sum(day.afib_count for day in days), sum(day.afib_total_ms for day in days)
    out["af_rate_mean"] = _ratio(days, "af_rate_mean", 60_000.0 * afib, afib_ms, "1/min", afib)
    for name, among in (("supraventricular", "counted_atrial"), ("ventricular", "counted")):
        over, under = 100.0 * beats[f"{name}_ectopic"], beats[among]
        out[f"{name}_share"] = _ratio(days, f"{name}_share", over, under, "%", under)
    analysed = sum(day.analysed_s for day in days)
    weighed = sum((day.figures["af_burden"].value or 0.0) * day.analysed_s for day in days)
    out["af_burden"] = _ratio(days, "af_burden", weighed, analysed, "%", 0)
    return out


def _over(
    days: Sequence[Day], name: str, value: float, unit: str, count: int = 0, known: bool = True
) -> Figure:
    told = round(value, PLACES) if known else None
    why = "" if known else days[0].figures[name].reason
    return Figure(name, told, unit, days[0].start, days[-1].end, count, days[0].start_ms, why)


def _ratio(days: Sequence[Day], name: str, over: float, under: float, unit: str, count: int) -> Figure:
    if under > 0:
        return _over(days, name, over / under, unit, count)
    told = days[0].figures[name]
    return replace(told, end=days[-1].end)


def _episodes(days: Sequence[Day]) -> dict[str, Episodes]:
    kinds = sorted({one.kind for day in days for one in day.episodes})
    return {kind: _joined(kind, days) for kind in kinds}


def _joined(kind: str, days: Sequence[Day]) -> Episodes:
    """All of a kind. Episodes counted and not listed stay counted."""
    parts = [one for day in days for one in day.episodes if one.kind == kind]
    if len(parts) == 1:
        return parts[0]
    rate = days[0].rate_hz
    listed: list[Event] = []
    joins = 0
    for one in (event for part in parts for event in part.listed):
        if listed and _goes_on(listed[-1], one, days, rate):
            listed[-1] = replace(listed[-1], end=one.end, end_ms=one.end_ms, open=one.open)
            joins += 1
        else:
            listed.append(one)
    whole = of_kind(listed, rate)
    # What is cut where a day ends is joined in the whole; of what is not listed the days know.
    rated = [*_some([whole.fastest]), *_uncut(part.fastest for part in parts)]
    slow = [*_some([whole.slowest]), *_uncut(part.slowest for part in parts)]
    return replace(
        whole,
        count=sum(part.count for part in parts) - joins,
        total_s=round(sum(part.total_s for part in parts), 3),
        fastest=max(rated, key=lambda one: (one.rate or 0.0, -one.start), default=None),
        slowest=min(slow, key=lambda one: (one.rate or 0.0, one.start), default=None),
    )


def _some(events: Iterable[Event | None]) -> list[Event]:
    return [one for one in events if one is not None]


def _uncut(events: Iterable[Event | None]) -> list[Event]:
    return [one for one in _some(events) if not one.open and not one.early]


def _goes_on(one: Event, other: Event, days: Sequence[Day], rate_hz: float) -> bool:
    """Whether two episodes of a kind are one that was cut where a day ends."""
    near = JOIN_S * rate_hz
    return any(
        one.end >= day.end - near and one.start < day.end and 0 <= other.start - one.end <= near
        for day in days[:-1]
        if other.start >= day.end - near
    )
