"""All figures of a record in one table of ``Measure``: what a report and ``--json`` list (R25)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.base.spans import Span
from einthoven.ecg.hrv import frequency_domain, nn_intervals, time_domain
from einthoven.ecg.measure import (
    ARTEFACT,
    SUPRAVENTRICULAR,
    VENTRICULAR,
    Bool,
    Intervals,
    Measure,
    Trends,
    burden,
    hourly,
    intervals,
    mean_rate,
    minute_rate,
    rr_summary,
    runs,
    undetermined,
)

I64 = NDArray[np.int64]

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
) -> dict[str, Measure]:
    """Figures of a record, by name.

    Args:
        sample, code, rr_ms: of each beat, in order, as ``beats.BEAT``.
        rate_hz: sampling rate.
        samples: length of the record.
        quality: uint8[seconds, leads], or None: all good.
        fibrillation: spans of atrial fibrillation or flutter: burden, and what variability leaves out.
        trends: of the live average beats, or None.
    """
    spans = fibrillation or []
    rr = intervals(sample, code, rr_ms, rate_hz, quality)
    out = rates(rr, rate_hz, samples) | rr_summary(rr)
    out |= ectopics(sample, code, rr_ms, rate_hz, samples)
    analysed = [Span(0, samples)] if samples > 0 else []
    out["af_burden"] = burden(spans, analysed)
    nn = nn_intervals(rr, inside(rr, spans))
    out |= time_domain(nn, rate_hz) | frequency_domain(nn, rate_hz)
    if trends is not None:
        out |= trends.summary()
    return out


def inside(rr: Intervals, spans: list[Span]) -> Bool:
    """Which intervals touch one of the spans (in order, apart): bool[len(rr)]."""
    if not spans:
        return np.zeros(len(rr), np.bool_)
    start, stop = np.array(spans, np.int64).T
    before = np.searchsorted(start, rr.end, side="left")
    over = np.searchsorted(stop, rr.start, side="right")
    return np.asarray(before > over, np.bool_)


def rates(rr: Intervals, rate_hz: float, samples: int) -> dict[str, Measure]:
    """Mean rate of the record, and the extremes of the 8-beat and the minute rate."""
    out: dict[str, Measure] = {}
    if len(rr):
        value = 60_000.0 * len(rr) / float(rr.rr_ms.sum())
        out["rate_mean"] = Measure(value, "1/min", int(rr.start[0]), int(rr.end[-1]), len(rr))
    else:
        out["rate_mean"] = undetermined("1/min", "no interval")
    for name, series in (("8_beats", mean_rate(rr)), ("minute", minute_rate(rr, rate_hz, samples))):
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
