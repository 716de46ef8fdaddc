"""The hours of a day, counted from its first sample: the table of a Holter report (R25)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from einthoven.base.spans import Span
from einthoven.ecg.beats import ARTEFACT, SUPRAVENTRICULAR, VENTRICULAR
from einthoven.ecg.measure import Intervals, mean_rate, runs, usable_seconds
from einthoven.reports.study import Study

HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of a day; the last may be shorter.

    Attributes:
        start, end: samples of the stream.
        at_ms: when it began.
        analysed_s: seconds with a lead to go by.
        beats: how many.
        rate_mean: of all intervals that end in it, 1/min; ``rate_low``, ``rate_high`` of eight in a row; None
            where they cannot be told.
        ventricular, supraventricular: beats; ``…_couplets`` pairs and ``…_runs`` of three or more that begin
            in it.
        pauses: found in it.
        rr_longest_ms: the longest interval that ends in it.
        af_s: seconds of fibrillation or flutter of the atria.
    """

    start: int
    end: int
    at_ms: int | None
    analysed_s: float
    beats: int
    rate_mean: float | None
    rate_low: float | None
    rate_high: float | None
    ventricular: int
    ventricular_couplets: int
    ventricular_runs: int
    supraventricular: int
    supraventricular_couplets: int
    supraventricular_runs: int
    pauses: int
    rr_longest_ms: float | None
    af_s: float


def hours_of(study: Study, rr: Intervals, atria: list[Span], ectopic: NDArray[np.int64]) -> tuple[Hour, ...]:
    """Every hour of a study.

    Args:
        study: of it.
        rr: its trusted intervals.
        atria: where the atria fibrillate or flutter, in order, apart.
        ectopic: class of each beat as ectopy is counted.
    """
    rate, end = study.rate_hz, study.samples
    hours = max(1, int(np.ceil(end / (HOUR_S * rate))))
    edges = [min(round(hour * HOUR_S * rate), end) for hour in range(hours + 1)]
    at, code = study.column("sample"), study.column("code")
    counts = {
        "beats": _count(at[code != ARTEFACT], edges),
        "ventricular": _count(at[ectopic == VENTRICULAR], edges),
        "supraventricular": _count(at[ectopic == SUPRAVENTRICULAR], edges),
        "pauses": _count(_pauses(study), edges),
    }
    for name, kind in (("ventricular", VENTRICULAR), ("supraventricular", SUPRAVENTRICULAR)):
        found = runs(at, ectopic, study.column("rr_ms"), kind, rate)
        counts[f"{name}_couplets"] = _count(found.start_sample[found.length == 2], edges)
        counts[f"{name}_runs"] = _count(found.start_sample[found.length >= 3], edges)
    eights = mean_rate(rr)
    cuts = np.searchsorted(rr.end, edges), np.searchsorted(eights.end_sample, edges)
    usable = usable_seconds(study.quality)
    rows = []
    for hour, (first, stop) in enumerate(pairwise(edges)):
        intervals_ms = rr.rr_ms[cuts[0][hour] : cuts[0][hour + 1]]
        eight = eights.value[cuts[1][hour] : cuts[1][hour + 1]]
        rows.append(
            Hour(
                start=study.origin + first,
                end=study.origin + stop,
                at_ms=study.ms(first),
                analysed_s=float(usable[round(first / rate) : round(stop / rate)].sum()),
                rate_mean=_rounded(60_000.0 / intervals_ms.mean()) if len(intervals_ms) else None,
                rate_low=_rounded(eight.min()) if len(eight) else None,
                rate_high=_rounded(eight.max()) if len(eight) else None,
                rr_longest_ms=_rounded(intervals_ms.max()) if len(intervals_ms) else None,
                af_s=round(sum(max(0, min(b, stop) - max(a, first)) for a, b in atria) / rate, 1),
                **{name: int(values[hour]) for name, values in counts.items()},
            )
        )
    return tuple(rows)


def _pauses(study: Study) -> NDArray[np.int64]:
    found = [one.start for one in study.findings if one.kind == "pause" and one.verdict != "rejected"]
    return np.array(found, np.int64)


def _count(at: NDArray[np.int64], edges: list[int]) -> NDArray[np.int64]:
    """How many of ``at`` lie in each hour; what lies on the last edge is the last hour's."""
    ends = [*edges[:-1], max(edges[-1], int(at.max()) + 1 if len(at) else 0)]
    counted: NDArray[np.int64] = np.diff(np.searchsorted(np.sort(at), ends))
    return counted


def _rounded(value: float) -> float:
    return round(float(value), 1)
