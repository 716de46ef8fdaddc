"""A stretch of a study as a study of its own: how a record or a stream is cut into days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.base.spans import Span
from einthoven.ecg.measure import Trends
from einthoven.reports.study import Found, Gap, Study, Symptom


def window(study: Study, start: int, stop: int) -> Study:
    """The part of a study in ``[start, stop)``, samples of the study.

    Findings that reach into it are cut at its edges: what goes on behind it is open.
    """
    at = study.column("sample")
    first, last = np.searchsorted(at, [start, stop])
    beats = study.beats[first:last].copy()
    beats["sample"] -= start
    seconds = int(start / study.rate_hz), int(np.ceil(stop / study.rate_hz))
    inside = Span(start, stop)
    return Study(
        layout=study.layout,
        samples=stop - start,
        origin=study.origin + start,
        time_of=_Shifted(study, start),
        beats=beats,
        quality=study.quality[seconds[0] : seconds[1]],
        findings=tuple(_found(one, inside) for one in study.findings if _touches(one, inside)),
        trends=_trends(study.trends, inside),
        gaps=tuple(
            Gap(max(gap.start, start) - start, min(gap.stop, stop) - start, gap.cause)
            for gap in study.gaps
            if gap.start < stop and gap.stop > start
        ),
        symptoms=tuple(
            Symptom(mark.sample - start, mark.symptoms, mark.severity, mark.activity)
            for mark in study.symptoms
            if start <= mark.sample < stop
        ),
        made_by=study.made_by,
        relabelled=study.relabelled,
    )


@dataclass(frozen=True, slots=True)
class _Shifted:
    """The clock of a study, counted from another sample."""

    study: Study
    start: int

    def __call__(self, sample: int) -> int | None:
        return self.study.time_of(self.start + sample)


def _touches(one: Found, inside: Span) -> bool:
    return one.start < inside.stop and (one.end is None or one.end > inside.start)


def _found(one: Found, inside: Span) -> Found:
    goes_on = one.end is None or one.end > inside.stop
    end = None if goes_on or one.end is None else one.end - inside.start
    values: Mapping[str, float | str | None] = one.values
    early = one.early or one.start < inside.start
    return Found(one.kind, max(0, one.start - inside.start), end, values, one.late, one.verdict, early)


def _trends(trends: Trends, inside: Span) -> Trends:
    """Rows whose average ends within; it may rest on beats before."""
    keep: NDArray[np.bool_] = (trends.end > inside.start) & (trends.end <= inside.stop)
    return Trends(
        trends.start[keep] - inside.start,
        trends.end[keep] - inside.start,
        trends.beats[keep],
        trends.rows[keep],
        None if trends.taken is None else trends.taken[keep],
        trends.silent,
    )
