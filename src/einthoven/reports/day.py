"""One day of a service period as figures, small enough to keep: what daily and final reports are made of.

A day is made once from what was found in its samples and kept; any report that it is part of can be made from
it again, byte for byte (R13, R25).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.base.spans import Span
from einthoven.ecg.beats import ARTEFACT, FUSION, NORMAL, PACED, SUPRAVENTRICULAR, UNCLASSED, VENTRICULAR
from einthoven.ecg.measure import (
    Intervals,
    intervals,
    mean_rate,
    minute_rate,
    touching,
    usable_seconds,
)
from einthoven.ecg.measure_record import BLIND, FIBRILLATION
from einthoven.ecg.measure_summary import ectopics, summarize
from einthoven.reports.episodes import Episodes, episodes_of
from einthoven.reports.figures import Figure, figure, plain
from einthoven.reports.hours import Hour, hours_of
from einthoven.reports.repolarisation import Lead, leads_of
from einthoven.reports.study import REJECTED, Study, Symptom

I64 = NDArray[np.int64]
CLASSES = {
    NORMAL: "normal",
    SUPRAVENTRICULAR: "supraventricular",
    VENTRICULAR: "ventricular",
    FUSION: "fusion",
    PACED: "paced",
    UNCLASSED: "unclassed",
}
STILL_S = 10
"""A stretch without a lead to go by is marked on the trend when it is at least so long."""


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of the day that is marked on its trends.

    Attributes:
        kind: a kind of finding, ``gap`` (its cause in ``cause``) or ``noise``.
        start, end: samples of the stream.
        at_ms, end_ms: when.
        cause: why, of a gap.
    """

    kind: str
    start: int
    end: int
    at_ms: int | None
    end_ms: int | None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Felt:
    """A symptom as reported: what the patient pressed, the rhythm and the rate then.

    Attributes:
        sample: of the stream.
        at_ms: when.
        symptoms, severity, activity: as marked.
        rhythm: kinds of finding that held then.
        unknown: why nothing can be said of the rhythm then, else empty.
        rate: heart rate of the eight intervals round it, 1/min; None where it cannot be told.
    """

    sample: int
    at_ms: int | None
    symptoms: tuple[str, ...]
    severity: str
    activity: str
    rhythm: tuple[str, ...]
    rate: float | None
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Minutes:
    """Heart rate of each minute from the day's first sample on, 1/min: mean, lowest and highest of eight
    intervals; None where it cannot be told."""

    mean: tuple[float | None, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A day (R25).

    Attributes:
        start, end: samples of the stream.
        start_ms, end_ms: when.
        rate_hz, leads: of the recording.
        stored_s, analysed_s: seconds received, and seconds with a lead to go by.
        lost_s: of those, seconds in which beats could not be told from noise.
        deaf_times, deaf_s, deaf_longest_s: stretches that were received and have no lead to go by.
        beats: how many of each class; ``counted`` where beats mean something, ``counted_atrial`` of these
            outside fibrillation and flutter of the atria, ``…_ectopic`` as ectopy is counted.
        rr_count, rr_total_ms: intervals that count for the mean rate.
        minutes_fast, minutes_slow, minutes_told: minutes over 100, under 50, and with a rate.
        figures: by name, as ``ecg.measure_summary`` names them.
        hours, minutes, bands, symptoms, leads_st: see there.
        episodes: what was found.
        afib_ms: total of the intervals in atrial fibrillation or flutter, and their number.
        made_by: version of the analysis.
        relabelled: beats that carry a technician's label.
        rejected: findings that a technician rejected: they count nowhere.
    """

    start: int
    end: int
    start_ms: int | None
    end_ms: int | None
    rate_hz: float
    leads: tuple[str, ...]
    stored_s: float
    analysed_s: float
    lost_s: float
    deaf_times: int
    deaf_s: float
    deaf_longest_s: float
    beats: dict[str, int]
    rr_count: int
    rr_total_ms: float
    minutes_fast: int
    minutes_slow: int
    minutes_told: int
    figures: dict[str, Figure]
    hours: tuple[Hour, ...]
    minutes: Minutes
    bands: tuple[Band, ...]
    symptoms: tuple[Felt, ...]
    leads_st: tuple[Lead, ...]
    episodes: tuple[Episodes, ...]
    afib_count: int
    afib_total_ms: float
    made_by: str
    relabelled: int
    rejected: int


FAST_BPM, SLOW_BPM = 100.0, 50.0
"""Minutes over the one and under the other are counted (tachycardia; night bradycardia, domain G.2)."""


def day_of(study: Study) -> Day:
    """The figures of a stretch of a day at the most."""
    at, code, rr_ms = study.column("sample"), study.column("code"), study.column("rr_ms")
    atria, blind = study.spans(FIBRILLATION), study.spans(BLIND)
    trusted = intervals(at, code, rr_ms, study.rate_hz, study.quality, blind)
    every = summarize(
        at, code, rr_ms, study.rate_hz, study.samples, study.quality, atria, study.trends, blind
    )
    ectopic = study.ectopy_codes(atria, blind)
    if study.samples and usable_seconds(study.quality).any():
        every |= ectopics(at, ectopic, rr_ms, study.rate_hz, study.samples)
    figures = {name: figure(study, name, measure) for name, measure in every.items()}
    counts, hours = _counts(study, ectopic, atria, blind), hours_of(study, trusted, atria, ectopic)
    figures |= _of_ectopy(study, counts, hours)
    deaf = _deaf(study)
    minutes = _minutes(study, trusted)
    told = [value for value in minutes.mean if value is not None]
    af = _inside(trusted, atria)
    stored = study.samples - sum(gap.stop - gap.start for gap in study.gaps)
    analysed = int(usable_seconds(study.quality).sum())
    figures |= _shares(study, atria, analysed, trusted, af)
    kept = [one for one in study.findings if one.verdict != REJECTED]
    return Day(
        start=study.origin,
        end=study.origin + study.samples,
        start_ms=study.ms(0),
        end_ms=study.ms(study.samples),
        rate_hz=study.rate_hz,
        leads=study.layout.names,
        stored_s=round(stored / study.rate_hz, 3),
        analysed_s=float(analysed),
        lost_s=_lost(study),
        deaf_times=len(deaf),
        deaf_s=round(sum(span.length for span in deaf) / study.rate_hz, 1),
        deaf_longest_s=round(max((span.length for span in deaf), default=0) / study.rate_hz, 1),
        beats=counts,
        rr_count=len(trusted),
        rr_total_ms=round(float(trusted.rr_ms.sum()), 3),
        minutes_fast=sum(value > FAST_BPM for value in told),
        minutes_slow=sum(value < SLOW_BPM for value in told),
        minutes_told=len(told),
        figures=figures,
        hours=hours,
        minutes=minutes,
        bands=_bands(study, deaf),
        symptoms=tuple(_felt(study, one, trusted) for one in study.symptoms),
        leads_st=leads_of(study),
        episodes=episodes_of(study, kept),
        afib_count=int(af.sum()),
        afib_total_ms=round(float(trusted.rr_ms[af].sum()), 3),
        made_by=study.made_by,
        relabelled=study.relabelled,
        rejected=len(study.findings) - len(kept),
    )


def _counts(study: Study, ectopic: I64, atria: list[Span], blind: list[Span]) -> dict[str, int]:
    """Beats by class as the analysis has them, and as ectopy is counted."""
    at, code = study.column("sample"), study.column("code")
    counts = {name: int((code == number).sum()) for number, name in CLASSES.items()}
    known = sum(counts.values())
    real = code != ARTEFACT
    sound = real & ~touching(at, at, blind)
    told = {
        "all": int(real.sum()),
        "other": int(real.sum()) - known,
        "counted": int(sound.sum()),
        "counted_atrial": int((sound & ~touching(at, at, atria)).sum()),
    }
    kinds = (SUPRAVENTRICULAR, VENTRICULAR)
    return counts | told | {f"{CLASSES[kind]}_ectopic": int((ectopic == kind).sum()) for kind in kinds}


def _of_ectopy(study: Study, counts: dict[str, int], hours: tuple[Hour, ...]) -> dict[str, Figure]:
    """Share of the beats that count, and the busiest whole hour."""
    out = []
    whole = [hour for hour in hours if hour.end - hour.start >= round(3600 * study.rate_hz)]
    for name, among in (("ventricular", "counted"), ("supraventricular", "counted_atrial")):
        count, total = counts[f"{name}_ectopic"], counts[among]
        share = 100.0 * count / total if total else None
        out.append(plain(study, f"{name}_share", share, "%", total, "" if total else "no beat that counts"))
        most = max(whole, key=lambda hour: (getattr(hour, name), -hour.start), default=None)
        if most is None:
            why = "less than an hour"
            out.append(plain(study, f"{name}_most_an_hour", None, "1/h", why=why))
            continue
        value = float(getattr(most, name))
        out.append(Figure(f"{name}_most_an_hour", value, "1/h", most.start, most.end, int(value), most.at_ms))
    return {one.name: one for one in out}


def _inside(rr: Intervals, spans: list[Span]) -> NDArray[np.bool_]:
    """Which intervals lie wholly in one of the spans (in order, apart)."""
    if not spans:
        return np.zeros(len(rr), np.bool_)
    first, stop = np.array(spans, np.int64).T
    place = np.searchsorted(first, rr.start, side="right") - 1
    inside: NDArray[np.bool_] = (place >= 0) & (rr.end <= stop[np.maximum(place, 0)])
    return inside


def _shares(
    study: Study, atria: list[Span], analysed_s: int, rr: Intervals, af: NDArray[np.bool_]
) -> dict[str, Figure]:
    """Figures that are not the analysis' own: time and rate in fibrillation or flutter of the atria."""
    seconds = sum(span.length for span in atria) / study.rate_hz
    count = int(af.sum())
    rate = 60_000.0 * count / float(rr.rr_ms[af].sum()) if count else None
    why = "" if count else "no interval in atrial fibrillation or flutter"
    out = [
        plain(study, "af_seconds", seconds, "s", len(atria)),
        plain(study, "af_rate_mean", rate, "1/min", count, why),
        plain(study, "analysed_seconds", float(analysed_s), "s"),
    ]
    return {one.name: one for one in out}


def _minutes(study: Study, rr: Intervals) -> Minutes:
    mean = minute_rate(rr, study.rate_hz, study.samples)
    eights = mean_rate(rr)
    edges = np.searchsorted(eights.end_sample, mean.end_sample)
    low: list[float | None] = []
    high: list[float | None] = []
    first = 0
    for last in edges.tolist():
        part = eights.value[first:last]
        low.append(round(float(part.min()), 1) if len(part) else None)
        high.append(round(float(part.max()), 1) if len(part) else None)
        first = last
    told = tuple(None if np.isnan(value) else round(value, 1) for value in mean.value.tolist())
    return Minutes(told, tuple(low), tuple(high))


def _bands(study: Study, deaf: list[Span]) -> tuple[Band, ...]:
    """Fibrillation and flutter of the atria, what is not there, and what cannot be analysed."""
    rows = [(kind, *span, "") for kind in sorted(FIBRILLATION) for span in study.spans({kind})]
    rows += [("gap", gap.start, gap.stop, gap.cause) for gap in study.gaps]
    rows += [("noise", *span, "") for span in deaf if span.length >= STILL_S * study.rate_hz]
    rows.sort(key=lambda row: (row[1], row[0]))
    return tuple(
        Band(kind, study.origin + start, study.origin + stop, study.ms(start), study.ms(stop), cause)
        for kind, start, stop, cause in rows
    )


def _deaf(study: Study) -> list[Span]:
    """Stretches that were received and have no lead to go by."""
    lost = ~usable_seconds(study.quality)
    rate = study.rate_hz
    for gap in study.gaps:
        lost[int(gap.start / rate) : -int(-gap.stop // rate)] = False
    if study.samples < len(lost) * rate:
        lost[-1:] = False  # a last second that is not whole is not graded
    edges = np.flatnonzero(np.diff(lost.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    return [Span(round(a * rate), min(round(b * rate), study.samples)) for a, b in edges.tolist()]


def _lost(study: Study) -> float:
    """Of the seconds with a lead to go by, those in which beats could not be told from noise."""
    usable, rate = usable_seconds(study.quality), study.rate_hz
    lost = np.zeros(len(usable), np.bool_)
    for start, stop in study.spans({"analysis-lost"}):
        lost[int(start / rate) : int(np.ceil(stop / rate))] = True
    return float((lost & usable).sum())


NEAR_S = 10
"""Seconds round a symptom in which its rate is looked for."""


def _felt(study: Study, mark: Symptom, rr: Intervals) -> Felt:
    near = NEAR_S * study.rate_hz
    close = (rr.end >= mark.sample - near) & (rr.start <= mark.sample + near)
    total = float(rr.rr_ms[close].sum())
    rate = round(60_000.0 * int(close.sum()) / total, 1) if close.sum() >= 4 else None
    held = {
        one.kind
        for one in study.findings
        if one.verdict != REJECTED
        and one.start <= mark.sample + near
        and (one.end is None or one.end >= mark.sample - near)
        and not one.kind.startswith(("quality-", "gap"))
    }
    at, seconds = study.origin + mark.sample, int(mark.sample / study.rate_hz)
    usable = usable_seconds(study.quality[max(0, seconds - NEAR_S) : seconds + NEAR_S])
    missing = any(gap.start <= mark.sample + near and gap.stop >= mark.sample - near for gap in study.gaps)
    unknown = "" if usable.all() else "not received" if missing else "not analysed: too noisy"
    if "analysis-lost" in held:
        unknown = unknown or "not analysed: too noisy"
    kinds = tuple(sorted(held - {"analysis-lost"}))
    return Felt(at, study.ms(mark.sample), mark.symptoms, mark.severity, mark.activity, kinds, rate, unknown)
