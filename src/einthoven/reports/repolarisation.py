"""ST of each lead and the intervals of the average beat over a day: figures and ten-minute trends (R25)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.measure import Measure, Series, undetermined
from einthoven.reports.figures import Figure, figure
from einthoven.reports.study import Study

STEP_S = 600
"""Seconds of a point of the trend."""
NO_ST = "no average beat of this lead: too few normal beats while it was good"


@dataclass(frozen=True, slots=True)
class Lead:
    """ST of one lead, 80 ms behind the J point against the PR segment, µV.

    Attributes:
        name: of the lead.
        least, middle, most: lowest, median and highest of the day.
        trend: median of each ten minutes from the day's first sample on; None where not measured.
    """

    name: str
    least: Figure
    middle: Figure
    most: Figure
    trend: tuple[float | None, ...]


def leads_of(study: Study) -> tuple[Lead, ...]:
    """ST of every lead of a study."""
    return tuple(_lead(study, number, name) for number, name in enumerate(study.layout.names))


def _lead(study: Study, number: int, name: str) -> Lead:
    every = study.trends.st(number)
    level = every["st80"]
    used = study.trends.used_of_lead(number, "st80")
    return Lead(
        name,
        figure(study, "st80_least", _one(level.least(), level)),
        figure(study, "st80_median", _median(level, used)),
        figure(study, "st80_most", _one(level.most(), level)),
        _trend(level, study),
    )


def _one(measure: Measure, series: Series) -> Measure:
    return measure if len(series) else undetermined(series.unit, NO_ST)


def _median(series: Series, used: int) -> Measure:
    if not len(series):
        return undetermined(series.unit, NO_ST)
    start, end = int(series.start_sample[0]), int(series.end_sample[-1])
    return Measure(float(np.median(series.value)), series.unit, start, end, used)


def _trend(series: Series, study: Study) -> tuple[float | None, ...]:
    step = STEP_S * study.rate_hz
    points = max(1, int(np.ceil(study.samples / step)))
    which: NDArray[np.int64] = np.minimum((series.end_sample / step).astype(np.int64), points - 1)
    told: list[float | None] = []
    for point in range(points):
        part = series.value[which == point]
        told.append(round(float(np.median(part)), 1) if len(part) else None)
    return tuple(told)
