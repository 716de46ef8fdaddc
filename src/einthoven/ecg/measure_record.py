"""Every measurement of an analysed record, ready for ``--json`` (R25); the form is told in
``docs/analysis.md``."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import Layout
from einthoven.base.spans import Span, SpanSet
from einthoven.ecg.analyze import Analysis, version
from einthoven.ecg.measure import (
    MINUTE_LEAST,
    Intervals,
    Measure,
    Series,
    Trends,
    hourly,
    intervals,
    mean_rate,
    minute_rate,
    undetermined,
    usable_seconds,
)
from einthoven.ecg.measure_beats import beats_table
from einthoven.ecg.measure_summary import LETTERS, summarize
from einthoven.ecg.measure_trends import SILENCED, trends_of

I16 = NDArray[np.int16]
I64 = NDArray[np.int64]
FIBRILLATION = frozenset({"atrial-fibrillation", "atrial-flutter"})
BLIND = frozenset({"ventricular-fibrillation", "ventricular-flutter", "analysis-lost"})
"""Where beats mean nothing."""
NOT_OF_THE_HEART = ("quality-", "gap", "analysis-lost")
FEW = f"fewer than {MINUTE_LEAST} intervals in this minute"
NO_ST = "no average beat of this lead: too few normal beats while it was good"
PLACES = 4


def record_trends(samples: I16, layout: Layout, result: Analysis) -> Trends:
    """The average beat of an analysed record every ten seconds; arguments as for ``measure_record``."""
    at, code, rr = (result.beats[name].astype(np.int64) for name in ("sample", "code", "rr_ms"))
    rhythms = {kind: _spans(result, {kind}, len(samples)) for kind in SILENCED}
    return trends_of(samples, layout, at, code, rr, result.quality, rhythms)


def measure_record(
    samples: I16, layout: Layout, result: Analysis, trends: Trends | None = None
) -> dict[str, Any]:
    """All measurements, JSON-ready; each with the samples it came from, or ``null`` and the reason.

    Args:
        samples: int16[n, leads].
        layout: rate and leads.
        result: of ``analyze`` over them.
        trends: ``record_trends``, where they are known already.
    """
    beats, rate = result.beats, layout.rate_hz
    at, code, rr = (beats[name].astype(np.int64) for name in ("sample", "code", "rr_ms"))
    if trends is None:
        trends = record_trends(samples, layout, result)
    atria, blind = (_spans(result, kinds, len(samples)) for kinds in (FIBRILLATION, BLIND))
    every = summarize(at, code, rr, rate, len(samples), result.quality, atria, trends, blind)
    trusted = intervals(at, code, rr, rate, result.quality, blind)
    return {
        "version": version(),
        "rate_hz": rate,
        "samples": len(samples),
        "leads": list(layout.names),
        "usable_seconds": int(usable_seconds(result.quality).sum()),
        "measures": {name: told(measure) for name, measure in every.items()},
        "heart_rate_by_minute": _minutes(trusted, rate, len(samples)),
        "ectopic_beats_by_hour": {
            name: [told(series.at(hour)) for hour in range(len(series))]
            for name, series in hourly(at, code, rate, len(samples)).items()
            if name in LETTERS.values()
        },
        "st": {lead.name: _st(trends, number) for number, lead in enumerate(layout.leads)},
        "episodes": _episodes(result, rate),
        "beats": beats_table(result),
    }


def told(measure: Measure) -> dict[str, Any]:
    """One figure; its value is None where it could not be told, and ``reason`` says why."""
    out: dict[str, Any] = {
        "value": None if measure.why else round(measure.value, PLACES),
        "unit": measure.unit,
        "start_sample": measure.start_sample,
        "end_sample": measure.end_sample,
        "count": measure.beats_used,
    }
    return out | {"reason": measure.why} if measure.why else out


def _spans(result: Analysis, kinds: Collection[str], samples: int) -> list[Span]:
    """Where one of ``kinds`` was found, in order and apart."""
    found = [finding for finding in result.findings if finding["kind"] in kinds]
    ends = [samples if f["end_sample"] is None else min(samples, f["end_sample"]) for f in found]
    return list(
        SpanSet(
            (f["start_sample"], end) for f, end in zip(found, ends, strict=True) if end > f["start_sample"]
        )
    )


def _minutes(rr: Intervals, rate_hz: float, samples: int) -> list[dict[str, Any]]:
    """Of each minute: mean rate, and the lowest and highest rate of eight intervals that end in it."""
    whole, eights = minute_rate(rr, rate_hz, samples), mean_rate(rr)
    edges = np.searchsorted(eights.end_sample, [0, *whole.end_sample.tolist()])
    rows = []
    for minute, (first, last) in enumerate(pairwise(edges.tolist())):
        span = int(whole.start_sample[minute]), int(whole.end_sample[minute])
        mean = undetermined("1/min", FEW, *span) if np.isnan(whole.value[minute]) else whole.at(minute)
        part = Series(
            eights.value[first:last],
            eights.unit,
            eights.start_sample[first:last],
            eights.end_sample[first:last],
            eights.beats_used[first:last],
        )
        none = undetermined("1/min", "no eight intervals in a row end in this minute", *span)
        ends = (part.least(), part.most()) if len(part) else (none, none)
        rows.append({"mean": told(mean), "min": told(ends[0]), "max": told(ends[1])})
    return rows


def _st(trends: Trends, lead: int) -> dict[str, Any]:
    """ST of one lead: level 60 and 80 ms behind the J point, slope, and drift of the level from the record's
    first half minute that could be measured: lowest, median, highest."""
    out: dict[str, Any] = {}
    for name, series in trends.st(lead).items():
        if not len(series):
            none = undetermined(series.unit, NO_ST)
            out[name] = {"min": told(none), "median": told(none), "max": told(none)}
            continue
        start, end = int(series.start_sample[0]), int(series.end_sample[-1])
        used = trends.used_of_lead(lead, name)
        middle = Measure(float(np.median(series.value)), series.unit, start, end, used)
        out[name] = {"min": told(series.least()), "median": told(middle), "max": told(series.most())}
    return out


def _episodes(result: Analysis, rate_hz: float) -> dict[str, Any]:
    """Of each kind of finding: how many, how long together, the longest and the shortest, in seconds."""
    kinds: dict[str, list[dict[str, Any]]] = {}
    for finding in result.findings:
        if not finding["kind"].startswith(NOT_OF_THE_HEART):
            kinds.setdefault(finding["kind"], []).append(finding)
    return {kind: _of_kind(found, rate_hz) for kind, found in sorted(kinds.items())}


def _of_kind(found: list[dict[str, Any]], rate_hz: float) -> dict[str, Any]:
    closed = [f for f in found if f["end_sample"] is not None]
    if not closed:
        first = found[0]["start_sample"]
        none = told(undetermined("s", "still open at the end of the record", first, first))
        return {"count": len(found), "total": none, "longest": none, "shortest": none}
    lengths = [f["end_sample"] - f["start_sample"] for f in closed]

    def seconds(samples: int, first: int, last: int, count: int) -> dict[str, Any]:
        return told(Measure(samples / rate_hz, "s", first, last, count))

    longest, shortest = closed[int(np.argmax(lengths))], closed[int(np.argmin(lengths))]
    total = seconds(
        sum(lengths), closed[0]["start_sample"], max(f["end_sample"] for f in closed), len(closed)
    )
    one = [
        seconds(f["end_sample"] - f["start_sample"], f["start_sample"], f["end_sample"], 1)
        for f in (longest, shortest)
    ]
    return {"count": len(found), "total": total, "longest": one[0], "shortest": one[1]}
