"""What people said of beats, laid over what leaves: classes, and the findings that follow from them (R25)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from einthoven.base.ids import StreamId
from einthoven.base.layout import Layout
from einthoven.base.spans import Span
from einthoven.base.thresholds import Thresholds, shipped
from einthoven.center.found import LiveFinding
from einthoven.center.ports import SampleReader
from einthoven.ecg.beats import GRADES, GRADES_EVERY_S, grades_of
from einthoven.ecg.findings import Finding
from einthoven.ecg.kinds import (
    ATRIAL_FIBRILLATION,
    ATRIAL_FLUTTER,
    VENTRICULAR_FIBRILLATION,
    VENTRICULAR_FLUTTER,
)
from einthoven.reports.review_again import around, difference, laid_over
from einthoven.reports.review_labels import Labels, labelled
from einthoven.reports.review_retold import Around, retold

ATRIA = frozenset({ATRIAL_FIBRILLATION, ATRIAL_FLUTTER})
VENTRICLES = frozenset({VENTRICULAR_FIBRILLATION, VENTRICULAR_FLUTTER})


@dataclass(frozen=True, slots=True)
class Said:
    """What people said of a stream's beats.

    Attributes:
        labels: those in force.
        thresholds: of the site: from what on something is a finding.
    """

    labels: Labels = field(default_factory=Labels)
    thresholds: Thresholds = field(default_factory=shipped)


@dataclass(frozen=True, slots=True)
class Told:
    """The part of a store that is asked.

    Attributes:
        reader: its rows of grades.
        stream, layout: whose.
        held: the findings that hold and touch the part.
    """

    reader: SampleReader
    stream: StreamId
    layout: Layout
    held: Sequence[LiveFinding]


def findings_said(told: Told, said: Said, part: Span, beats: NDArray[np.void]) -> list[Finding]:
    """The findings of a part as they are with the labels in force, by onset.

    Args:
        told: what the analysis told.
        said: what people said.
        part: samples of the stream.
        beats: ``BEAT`` rows as the analysis told them, of the part and of ten minutes on both sides.
    """
    gone: set[str] = set()
    fresh: list[Finding] = []
    rate = told.layout.rate_hz
    for span in around(said.labels, rate, *part):
        rows = beats[(beats["sample"] >= span.start) & (beats["sample"] < span.stop)]
        known = _around(told, span)
        before, after = (
            retold(one, told.layout.rate_mhz, *span, said.thresholds, known)
            for one in (rows, labelled(rows, said.labels, rate))
        )
        over, new = laid_over(list(told.held), difference(before, after))
        gone |= {one.id for one in over}
        fresh += [one for one in new if part.start <= one.start < part.stop]
    stay = [one.finding for one in told.held if one.id not in gone]
    return sorted([*stay, *fresh], key=lambda one: (one.start, one.kind.code))


def _around(told: Told, span: Span) -> Around:
    start = max(0, span.start - round((GRADES_EVERY_S + 1) * told.layout.rate_hz) - 1)
    rows = told.reader.rows(told.stream, start, span.stop)
    at, grades = grades_of(rows[rows["code"] == GRADES], len(told.layout.leads))
    return Around(at, grades, _spans(told, ATRIA, span.stop), _spans(told, VENTRICLES, span.stop))


def _spans(told: Told, kinds: frozenset[int], stop: int) -> list[Span]:
    return [
        Span(one.start, max(one.start, stop if one.end is None else one.end))
        for one in told.held
        if one.finding.kind.code in kinds
    ]
