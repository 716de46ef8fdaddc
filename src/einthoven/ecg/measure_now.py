"""The measurements of a patient who is being watched: now, in the last hour, today (R25).

The figures are those of ``measure_summary``, over three windows that end with the newest sample. PR, QRS, QT
and ST come from short *looks* at the stored samples, spread over the windows, so that the work is bounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import Layout
from einthoven.base.spans import Span, SpanSet
from einthoven.ecg.beats import UNKNOWN
from einthoven.ecg.hrv import BANDS
from einthoven.ecg.measure import (
    Intervals,
    Measure,
    Trends,
    analysed_spans,
    beat_rate,
    burden,
    intervals,
    mean_rate,
    rr_summary,
    undetermined,
)
from einthoven.ecg.measure_record import told
from einthoven.ecg.measure_summary import LETTERS, ectopics, no_ectopics, rates, variability
from einthoven.ecg.measure_trends import trends_of

I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
HOUR_S, HRV_S, NEWEST_S, LOOK_S = 3600, 300, 10, 40
"""The last hour; what variability of now rests on; how old an interval of now may be; length of a look."""
LOOKS_AN_HOUR, LOOKS_A_DAY = 6, 24
SHORT_HOUR_S = 600
"""Counts an hour are told from so much analysed time on."""
SPECTRAL = (*BANDS, "lf_hf")
"""Told of five minutes alone."""
WAVES = ("pr", "qrs", "qt", "qtc_fridericia", "qtc_bazett")
NO_LOOK = "no average beat: too few normal beats in good signal"


@dataclass(frozen=True, slots=True)
class Known:
    """What the live analysis kept of a stream.

    Attributes:
        layout: rate and leads.
        start, end: the samples spoken of, ``[start, end)``: today's, up to the newest.
        rows: beats in it, ``beats.BEAT``, in order.
        grade_at, grades: int64[n], uint8[n, leads]: of which quality each lead is, from which sample on.
        stored: what is stored of it.
        fibrillation: where the atria fibrillate or flutter.
        blind: where beats mean nothing: ventricular fibrillation, analysis lost.
        rhythms: where kinds in ``measure_trends.SILENCED`` were found: there is no PR, or no QT.
        episodes: closed findings of it: (kind, start, end).
    """

    layout: Layout
    start: int
    end: int
    rows: NDArray[np.void]
    grade_at: I64
    grades: U8
    stored: SpanSet
    fibrillation: SpanSet
    episodes: Sequence[tuple[str, int, int]] = ()
    blind: SpanSet = field(default_factory=SpanSet)
    rhythms: Mapping[str, SpanSet] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the samples told: the average beat at its end.

    Attributes:
        start: first sample of the look.
        measures: by name; ``st_II`` and so on for the leads.
    """

    start: int
    measures: Mapping[str, Measure]


def windows(known: Known) -> dict[str, Span]:
    """The last hour and today."""
    hour = round(HOUR_S * known.layout.rate_hz)
    return {
        "hour": Span(max(known.start, known.end - hour), known.end),
        "today": Span(known.start, known.end),
    }


def looks_at(known: Known) -> list[Span]:
    """Which samples to look at: the newest, and at whole ten minutes of the last hour and hours of today,
    counted from sample 0; by start."""
    rate, length = known.layout.rate_hz, round(LOOK_S * known.layout.rate_hz)
    hour, day = windows(known).values()
    begins = {known.end - length}
    for span, every_s in ((hour, HOUR_S / LOOKS_AN_HOUR), (day, 24 * HOUR_S / LOOKS_A_DAY)):
        every = round(every_s * rate)
        begins |= set(range(-(-span.start // every) * every, span.stop - length, every))
    found = [Span(at, at + length) for at in sorted(begins) if at >= known.start]
    return [span for span in found if known.stored.covers(*span)]


def look(samples: NDArray[np.int16], start: int, known: Known) -> Look:
    """Measure the average beat of one look.

    Args:
        samples: int16[n, leads], from sample ``start`` on.
        start: their first index.
        known: what is known of the stream.
    """
    layout, stop = known.layout, start + len(samples)
    at, code, rr = _columns(known.rows, start, stop)
    rhythms = {kind: _moved(spans.within(start, stop), start) for kind, spans in known.rhythms.items()}
    trends = trends_of(samples, layout, at - start, code, rr, seconds(known, start, stop), rhythms)
    out = _newest(trends, start)
    for number, lead in enumerate(layout.leads):
        series = trends.st(number)["st60"]
        level = series.at(len(series) - 1) if len(series) else undetermined("µV", NO_LOOK)
        out[f"st_{lead.name}"] = _shifted(level, start)
    return Look(start, out)


def _newest(trends: Trends, start: int) -> dict[str, Measure]:
    """PR, QRS, QT and QTc of the last row that has each."""
    out: dict[str, Measure] = {}
    for name in WAVES:
        why, silent = trends.silent.get("qt" if name.startswith("qt") else name, ("", 0))
        out[name] = undetermined("ms", why if silent else NO_LOOK)
        for row in reversed(range(len(trends.rows))):
            part = slice(row, row + 1)
            bounds = trends.start[part], trends.end[part], trends.beats[part], trends.rows[part]
            found = Trends(*bounds, silent=trends.silent).summary()[name]
            if not found.why:
                out[name] = _shifted(found, start)
                break
    return out


def measure_now(known: Known, looks: Sequence[Look]) -> dict[str, Any]:
    """All of it, JSON-ready: ``now``, ``hour`` and ``today``, each a table of ``measure_record.told``, and
    ``episodes`` of today."""
    spans = windows(known)
    out: dict[str, Any] = {"now": _now(known, looks)}
    for name, span in spans.items():
        out[name] = _over(known, span) | _spread(known, looks, span)
    out = {name: {key: told(one) for key, one in table.items()} for name, table in out.items()}
    return {
        "start": known.start,
        "end": known.end,
        "hour_start": spans["hour"].start,
        **out,
        "episodes": _episodes(known),
    }


def _now(known: Known, looks: Sequence[Look]) -> dict[str, Measure]:
    """What holds now: the newest intervals, variability of five minutes, the newest look."""
    rate = known.layout.rate_hz
    base = max(known.start, known.end - round(HRV_S * rate))
    rr, atria = _intervals(known, base, known.end)
    newest = known.end - base - NEWEST_S * rate
    out: dict[str, Measure] = {}
    for name, series in (("rate_beat", beat_rate(rr)), ("rate", mean_rate(rr))):
        fresh = len(series) and series.end_sample[-1] >= newest
        none = undetermined("1/min", f"no whole interval in the last {NEWEST_S} s")
        out[name] = series.at(len(series) - 1) if fresh else none
    minute = rr.where(rr.end >= known.end - base - 60 * rate)
    out["rate_minute"] = rates(minute, rate, known.end - base)["rate_mean"]
    out["rr"] = undetermined("ms", out["rate_beat"].why)
    if not out["rate_beat"].why:
        out["rr"] = replace(out["rate_beat"], value=float(rr.rr_ms[-1]), unit="ms")
    varied = variability(rr, atria, rate)
    out |= {name: varied[name] for name in ("sdnn", "rmssd", "pnn50", "lf", "hf", "lf_hf")}
    out = {name: _shifted(one, base) for name, one in out.items()}
    last = looks[-1] if looks and looks[-1].start >= known.end - 2 * LOOK_S * rate else None
    names = (*WAVES, *(f"st_{lead.name}" for lead in known.layout.leads))
    for name in names:
        out[name] = undetermined("ms", NO_LOOK) if last is None else last.measures[name]
    return out


def _over(known: Known, span: Span) -> dict[str, Measure]:
    """Rates, intervals, ectopic beats, burden and variability of a window."""
    rate, base = known.layout.rate_hz, span.start
    rr, atria = _intervals(known, base, span.stop)
    at, code, gap = _columns(known.rows, base, span.stop)
    out = rates(rr, rate, span.length) | rr_summary(rr)
    out |= {name: one for name, one in variability(rr, atria, rate).items() if name not in SPECTRAL}
    analysed = _analysed(known, span)
    out |= ectopics(at - base, code, gap, rate, span.length) if analysed else no_ectopics()
    hours = sum(part.length for part in analysed) / rate / HOUR_S
    for name in LETTERS.values():
        count = out[f"{name}_beats"]
        out[f"{name}_an_hour"] = undetermined("1/h", f"less than {SHORT_HOUR_S // 60} min analysed")
        if hours * HOUR_S >= SHORT_HOUR_S and not count.why:
            out[f"{name}_an_hour"] = replace(count, value=count.value / hours, unit="1/h")
    out = {name: _shifted(one, base) for name, one in out.items()}
    out["af_burden"] = burden(known.fibrillation.within(span.start, span.stop), analysed)
    return out


def _spread(known: Known, looks: Sequence[Look], span: Span) -> dict[str, Measure]:
    """Of each wave and lead: lowest, median and highest of the looks in a window; of ST the drift too, its
    newest level less the first of the window."""
    out: dict[str, Measure] = {}
    within = [look for look in looks if look.start >= span.start]
    names = (*WAVES, *(f"st_{lead.name}" for lead in known.layout.leads))
    for name in names:
        seen = [one.measures[name] for one in within if not one.measures[name].why]
        unit = "µV" if name.startswith("st_") else "ms"
        if not seen:
            none = undetermined(unit, NO_LOOK)
            out |= {f"{name}_{which}": none for which in ("least", "median", "most")}
            continue
        by_value = sorted(seen, key=lambda one: one.value)
        out[f"{name}_least"], out[f"{name}_most"] = by_value[0], by_value[-1]
        used = sum(one.beats_used for one in seen)
        middle = float(np.median([one.value for one in seen]))
        start, end = seen[0].start_sample, seen[-1].end_sample
        out[f"{name}_median"] = Measure(middle, unit, start, end, used)
        if name.startswith("st_") and len(seen) > 1:
            out[f"{name}_drift"] = Measure(seen[-1].value - seen[0].value, unit, start, end, used)
    return out


def _episodes(known: Known) -> list[dict[str, Any]]:
    """Of each kind of closed finding of today: how many, how long together, the longest and the shortest."""
    kinds: dict[str, list[Span]] = {}
    for kind, start, end in known.episodes:
        kinds.setdefault(kind, []).append(Span(start, end))
    rate = known.layout.rate_hz
    rows = []
    for kind, spans in sorted(kinds.items()):
        by_length = sorted(spans, key=lambda span: span.length)
        total = sum(span.length for span in spans)
        first, last = min(span.start for span in spans), max(span.stop for span in spans)
        ends = (by_length[-1], by_length[0])
        longest, shortest = (told(Measure(span.length / rate, "s", *span, 1)) for span in ends)
        whole = told(Measure(total / rate, "s", first, last, len(spans)))
        rows.append(
            {"kind": kind, "count": len(spans), "total": whole, "longest": longest, "shortest": shortest}
        )
    return rows


def _analysed(known: Known, span: Span) -> list[Span]:
    """What is stored of a window and had a lead fit for detection."""
    usable = analysed_spans(seconds(known, *span), known.layout.rate_hz, span.length)
    found = SpanSet((low + span.start, high + span.start) for low, high in usable)
    return [part for stored in known.stored.within(*span) for part in found.within(*stored)]


def _moved(spans: Sequence[Span], by: int) -> list[Span]:
    """Spans counted from sample ``by``."""
    return [Span(low - by, high - by) for low, high in spans]


def _intervals(known: Known, start: int, stop: int) -> tuple[Intervals, list[Span]]:
    """Trusted intervals of ``[start, stop)`` counted from ``start``, and where the atria fibrillate."""
    at, code, rr_ms = _columns(known.rows, start, stop)
    if len(rr_ms):
        rr_ms[0] = 0  # the beat before is not in the window
    blind = _moved(known.blind.within(start, stop), start)
    rr = intervals(at - start, code, rr_ms, known.layout.rate_hz, seconds(known, start, stop), blind)
    return rr, _moved(known.fibrillation.within(start, stop), start)


def seconds(known: Known, start: int, stop: int) -> U8:
    """Quality of each second of ``[start, stop)`` counted from ``start``: the worst that touches it,
    uint8[seconds, leads]; unknown where nothing is stored."""
    rate, leads = known.layout.rate_hz, len(known.layout.leads)
    count = int((stop - start) / rate) + 1
    first = start + np.arange(count) * rate
    quality = np.full((count, leads), UNKNOWN, np.uint8)
    if len(known.grade_at):
        for at in (first, first + rate - 1):
            row = np.searchsorted(known.grade_at, at, side="right") - 1
            found = np.where((row >= 0)[:, None], known.grades[np.maximum(row, 0)], UNKNOWN)
            quality = found if at is first else np.maximum(quality, found)
    return quality.astype(np.uint8)


def _columns(rows: NDArray[np.void], start: int, stop: int) -> tuple[I64, I64, I64]:
    """Samples, codes and intervals of the beats in ``[start, stop)``."""
    low, high = np.searchsorted(rows["sample"], (start, stop))
    at, code, rr = (rows[name][low:high].astype(np.int64) for name in ("sample", "code", "rr_ms"))
    return at, code, rr


def _shifted(measure: Measure, by: int) -> Measure:
    if measure.why and measure.start_sample == measure.end_sample == 0:
        return measure
    return replace(measure, start_sample=measure.start_sample + by, end_sample=measure.end_sample + by)
