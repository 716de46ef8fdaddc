"""All figures of a record in one table of ``Measure``: what a report and ``--json`` list (R25)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from einthoven.base.spans import Span
from einthoven.ecg.beats import ARTEFACT, SUPRAVENTRICULAR, VENTRICULAR
from einthoven.ecg.hrv import frequency_domain, nn_intervals, time_domain
from einthoven.ecg.measure import (
    Bool,
    Intervals,
    Measure,
    Trends,
    analysed_spans,
    beat_rate,
    burden,
    hourly,
    intervals,
    mean_rate,
    minute_rate,
    rr_summary,
    runs,
    touching,
    undetermined,
)

I64 = NDArray[np.int64]

NOTHING = "nothing analysed"
RUN_BEATS = 3
COUPLET_BEATS = 2
LETTERS = {SUPRAVENTRICULAR: "supraventricular", VENTRICULAR: "ventricular"}


def summarize(
    sample: I64,
    code: I64,
    rr_ms: I64,
    rate_hz: float,
    samples: int,
    quality: NDArray[np.uint8] | None = None,
    fibrillation: list[Span] | None = None,
    trends: Trends | None = None,
    blind: list[Span] | None = None,
) -> dict[str, Measure]:
    """Figures of a record, by name.

    Args:
        sample, code, rr_ms: of each beat, in order, as ``beats.BEAT``.
        rate_hz: sampling rate.
        samples: length of the record.
        quality: uint8[seconds, leads], or None: all good.
        fibrillation: spans of atrial fibrillation or flutter: burden, and what variability leaves out.
        trends: of the live average beats, or None.
        blind: spans in which beats mean nothing, in order, apart.
    """
    spans = fibrillation or []
    rr = intervals(sample, code, rr_ms, rate_hz, quality, blind)
    out = rates(rr, rate_hz, samples) | rr_summary(rr)
    analysed = [Span(0, samples)] if samples > 0 else []
    if quality is not None:
        analysed = analysed_spans(quality, rate_hz, samples)
    out |= ectopics(sample, code, rr_ms, rate_hz, samples) if analysed else no_ectopics()
    out["af_burden"] = burden(spans, analysed)
    out |= variability(rr, spans, rate_hz)
    if trends is not None:
        out |= trends.summary()
    return out


def inside(rr: Intervals, spans: list[Span]) -> Bool:
    """Which intervals touch one of the spans (in order, apart): bool[len(rr)]."""
    return touching(rr.start, rr.end, spans)


def variability(rr: Intervals, fibrillation: list[Span], rate_hz: float) -> dict[str, Measure]:
    """Variability of the normal intervals outside ``fibrillation``; where that leaves too few, the reason
    says how much of the intervals lies in it."""
    left_out = inside(rr, fibrillation)
    nn = nn_intervals(rr, left_out)
    out = time_domain(nn, rate_hz) | frequency_domain(nn, rate_hz)
    if left_out.any():
        share = f"{100 * left_out.mean():.0f} % of the intervals lie in atrial fibrillation or flutter"
        out = {
            name: replace(one, why=f"{share}, left out; {one.why}") if one.why else one
            for name, one in out.items()
        }
    return out


def rates(rr: Intervals, rate_hz: float, samples: int) -> dict[str, Measure]:
    """Mean rate of the record, and the extremes of the beat-to-beat, the 8-beat and the minute rate."""
    out: dict[str, Measure] = {}
    if len(rr):
        value = 60_000.0 * len(rr) / float(rr.rr_ms.sum())
        out["rate_mean"] = Measure(value, "1/min", int(rr.start[0]), int(rr.end[-1]), len(rr))
    else:
        out["rate_mean"] = undetermined("1/min", "no interval")
    by_beat, by_minute = beat_rate(rr), minute_rate(rr, rate_hz, samples)
    for name, series in (("beat", by_beat), ("8_beats", mean_rate(rr)), ("minute", by_minute)):
        out[f"rate_most_{name}"], out[f"rate_least_{name}"] = series.most(), series.least()
    return out


def ectopics(sample: I64, code: I64, rr_ms: I64, rate_hz: float, samples: int) -> dict[str, Measure]:
    """Counts, share, busiest hour, couplets and runs of both kinds of ectopic beats."""
    out: dict[str, Measure] = {}
    beats = int((code != ARTEFACT).sum())
    busy = hourly(sample, code, rate_hz, samples)
    for kind, name in LETTERS.items():
        count = int((code == kind).sum())
        out[f"{name}_beats"] = Measure(float(count), "beats", 0, samples, count)
        share = Measure(100.0 * count / max(beats, 1), "%", 0, samples, beats)
        out[f"{name}_share"] = share if beats else undetermined("%", "no beats")
        out[f"{name}_most_an_hour"] = busy[name].most()
        found = runs(sample, code, rr_ms, kind, rate_hz)
        couplets = int((found.length == COUPLET_BEATS).sum())
        out[f"{name}_couplets"] = Measure(float(couplets), "couplets", 0, samples, 2 * couplets)
        long = found.length >= RUN_BEATS
        out[f"{name}_runs"] = Measure(float(long.sum()), "runs", 0, samples, int(found.length[long].sum()))
        for by in ("longest", "shortest", "fastest", "slowest"):
            out[f"{name}_run_{by}"] = found.pick(RUN_BEATS, by)
    return out


def no_ectopics() -> dict[str, Measure]:
    """The same figures where nothing was analysed: no beat seen is not no beat."""
    nothing = np.zeros(0, np.int64)
    return {
        name: undetermined(one.unit, NOTHING)
        for name, one in ectopics(nothing, nothing, nothing, 1.0, 0).items()
    }
