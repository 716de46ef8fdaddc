"""A study out of what a center keeps of a stretch of a stream (R13): rows of beats and grades, findings,
holes, marks and the labels that people gave."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.base.instants import Instant
from einthoven.base.layout import Layout
from einthoven.base.spans import Span, SpanSet
from einthoven.base.thresholds import Thresholds
from einthoven.ecg.analyze import Analysis
from einthoven.ecg.beats import UNKNOWN, beats_of, grades_of
from einthoven.ecg.findings import Finding, named_values
from einthoven.ecg.measure import Trends
from einthoven.ecg.measure_st import st_findings
from einthoven.ecg.measure_trends import SILENCED, trends_of
from einthoven.reports.review_labels import Labels, labelled
from einthoven.reports.study import Found, Gap, Study, Symptom

I16 = NDArray[np.int16]
U8 = NDArray[np.uint8]
Rows = NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of samples ``[start, stop)`` of a stream; sample numbers are the stream's.

    Attributes:
        layout: rate and leads.
        start, stop: the stretch.
        samples: int16[stop − start, leads]; ``INVALID_SAMPLE`` where nothing is stored.
        stored: what is stored of the stream.
        rows: ``BEAT`` rows, those of grades among them, from before ``start`` on.
        findings: those that hold, as the analysis told them and people's labels left them.
        gaps: what is not stored, with causes.
        symptoms: what the patient marked.
        labels: of people, in force.
        time_of: center time of a sample of the stream.
        made_by: version of the analysis and of the thresholds.
        limits: the thresholds.
    """

    layout: Layout
    start: int
    stop: int
    samples: I16
    stored: SpanSet
    rows: Rows
    findings: Sequence[Found]
    gaps: Sequence[Gap]
    symptoms: Sequence[Symptom]
    labels: Labels
    time_of: Callable[[float], Instant | None]
    made_by: str
    limits: Thresholds


def stored_study(kept: Kept) -> Study:
    """The study of a stretch; ST is followed through its samples here, for the live analysis does not."""
    rate, start, stop = kept.layout.rate_hz, kept.start, kept.stop
    beats = labelled(beats_of(kept.rows), kept.labels, rate)
    beats = beats[(beats["sample"] >= start) & (beats["sample"] < stop)].copy()
    beats["sample"] -= start
    quality = graded(kept)
    found = tuple(_moved(one, start) for one in kept.findings if not one.kind.startswith("st-"))
    trends = _trends(kept, beats, quality, found)
    ended = Analysis(beats, quality, [], [], [])
    st = [
        Found(one["kind"], one["start_sample"], one["end_sample"], one["evidence"]["values"])
        for one in st_findings(trends, kept.layout, ended, stop - start, kept.limits)
    ]
    return Study(
        layout=kept.layout,
        samples=stop - start,
        origin=start,
        time_of=_Shifted(kept.time_of, start),
        beats=beats,
        quality=quality,
        findings=tuple(sorted([*found, *st], key=lambda one: (one.start, one.kind))),
        trends=trends,
        gaps=tuple(
            Gap(max(gap.start, start) - start, min(gap.stop, stop) - start, gap.cause)
            for gap in kept.gaps
            if gap.start < stop and gap.stop > start
        ),
        symptoms=tuple(
            Symptom(mark.sample - start, mark.symptoms, mark.severity, mark.activity)
            for mark in kept.symptoms
            if start <= mark.sample < stop
        ),
        made_by=kept.made_by,
        relabelled=len(kept.labels.within(start, stop)),
    )


@dataclass(frozen=True, slots=True)
class _Shifted:
    """The clock of a stream, counted from another sample."""

    time_of: Callable[[float], Instant | None]
    start: int

    def __call__(self, sample: int) -> Instant | None:
        return self.time_of(self.start + sample)


def graded(kept: Kept) -> U8:
    """Quality of each lead and second from ``start`` on: uint8[seconds, leads]; unknown where the second is
    not wholly stored, or nothing was said since the samples began."""
    rate = kept.layout.rate_hz
    seconds = max(1, int(np.ceil((kept.stop - kept.start) / rate)))
    edges = np.ceil(kept.start + np.arange(seconds + 1) * rate).astype(np.int64)
    edges[-1] = min(int(edges[-1]), kept.stop)
    first, last = edges[:-1], edges[1:]
    at, grades = grades_of(kept.rows, len(kept.layout.leads))
    quality = np.full((seconds, len(kept.layout.leads)), UNKNOWN, np.uint8)
    spans = np.array([(-2, -1), *kept.stored], np.int64)
    inside = np.searchsorted(spans[:, 0], first, side="right") - 1
    place = np.searchsorted(at, first, side="right") - 1
    # A second that the stretch ends in is not whole.
    known = (place >= 0) & (spans[inside, 1] >= last) & (last - first >= int(rate))
    known[known] &= at[place[known]] >= spans[inside[known], 0]
    quality[known] = grades[place[known]]
    return quality


def _trends(kept: Kept, beats: Rows, quality: U8, found: Iterable[Found]) -> Trends:
    at, code, rr = (beats[name].astype(np.int64) for name in ("sample", "code", "rr_ms"))
    length = kept.stop - kept.start
    rhythms: Mapping[str, list[Span]] = {kind: _spans(found, kind, length) for kind in SILENCED}
    return trends_of(kept.samples, kept.layout, at, code, rr, quality, rhythms)


def _spans(found: Iterable[Found], kind: str, length: int) -> list[Span]:
    spans = SpanSet()
    for one in found:
        if one.kind == kind:
            spans.add(max(0, one.start), length if one.end is None else min(one.end, length))
    return list(spans)


def _moved(one: Found, by: int) -> Found:
    end = None if one.end is None else one.end - by
    return Found(one.kind, max(0, one.start - by), end, one.values, one.late, one.verdict, one.start < by)


def told_again(one: Finding) -> Found:
    """A finding that labels brought about."""
    return Found(one.kind.name, one.start, one.end, dict(named_values(one)))
