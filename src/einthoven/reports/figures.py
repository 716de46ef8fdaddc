"""One figure of a report: a value, its unit, and the samples it came from (R13)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from einthoven.ecg.measure import Measure
from einthoven.reports.study import Study

PLACES = 4
"""Decimals kept of a value; what is printed has fewer."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        name: what it is, kebab-free, as ``ecg.measure_summary`` names it.
        value: None where it could not be told.
        unit: of the value, ``""`` for a bare number.
        start, end: samples of the stream it came from, from the first up to but not including the last.
        count: how many beats or intervals it rests on.
        at_ms: center time of ``start``, milliseconds since 1970; None where nothing ties it to a clock.
        reason: why it could not be told, else empty.
    """

    name: str
    value: float | None
    unit: str
    start: int
    end: int
    count: int
    at_ms: int | None = None
    reason: str = ""

    def called(self, name: str) -> Figure:
        """The same under another name."""
        return replace(self, name=name)


def figure(study: Study, name: str, measure: Measure) -> Figure:
    """A measure over a study as a figure: its samples are those of the stream."""
    told = not measure.why and math.isfinite(measure.value)
    return Figure(
        name,
        round(measure.value, PLACES) if told else None,
        measure.unit,
        study.origin + measure.start_sample,
        study.origin + measure.end_sample,
        measure.beats_used,
        study.ms(measure.start_sample),
        measure.why if measure.why or told else "no value",
    )


def plain(study: Study, name: str, value: float | None, unit: str, count: int = 0, why: str = "") -> Figure:
    """A figure over the whole stretch."""
    given = None if value is None else round(value, PLACES)
    end = study.origin + study.samples
    return Figure(name, given, unit, study.origin, end, count, study.ms(0), why)


def most(figures: Iterable[Figure]) -> Figure | None:
    """The one with the largest value; None where none has one. The earlier of two that are equal."""
    told = [one for one in figures if one.value is not None]
    return max(told, key=lambda one: (one.value, -one.start), default=None)


def least(figures: Iterable[Figure]) -> Figure | None:
    """The one with the smallest value; None where none has one. The earlier of two that are equal."""
    told = [one for one in figures if one.value is not None]
    return min(told, key=lambda one: (one.value, one.start), default=None)
