"""What reports read of a stream: samples, rows, findings, marks and holes; on the maker's thread."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError, NotFoundError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.base.layout import INVALID_SAMPLE, Layout
from einthoven.base.spans import Span, SpanSet
from einthoven.base.thresholds import Thresholds
from einthoven.bootstrap.core import Core, FactsReading
from einthoven.center.found import LiveFinding
from einthoven.ecg.analyze import made_by
from einthoven.ecg.beats import beats_of, grades_of
from einthoven.ecg.measure_record import FIBRILLATION
from einthoven.edges.web.quality import known_rows, look_back
from einthoven.edges.web.stored import Damage, whole_window
from einthoven.enrollment.holes import explain
from einthoven.reports.review_again import around, difference, laid_over
from einthoven.reports.review_labels import Labels, labelled
from einthoven.reports.review_retold import Around, retold
from einthoven.reports.stored import Kept, stored_study, told_again
from einthoven.reports.strips import BY_HAND, Choice, Read
from einthoven.reports.study import Found, Gap, Study, Symptom
from einthoven.review.case import Case
from einthoven.review.strips import Strip

Rows = NDArray[np.void]
CHUNK = 1 << 18
"""Samples read at once."""
FINDINGS_MOST = 100_000
WAVES = frozenset({"ventricular-fibrillation", "ventricular-flutter"})
DAMAGED = "damaged on the center's disk"


@dataclass(frozen=True, slots=True)
class Known:
    """What people decided about a stream.

    Attributes:
        labels: of beats, in force.
        strips: the cart.
        verdicts: what was said of findings, by their id.
        case: the case that is reported.
    """

    labels: Labels = field(default_factory=Labels)
    strips: tuple[Strip, ...] = ()
    verdicts: Mapping[str, str] = field(default_factory=dict)
    case: Case | None = None

    def cart(self, start: int, stop: int) -> list[Choice]:
        """The strips of the cart that begin in ``[start, stop)``; a longer one gives its first seconds."""
        return [
            Choice(
                one.start,
                BY_HAND,
                float(-one.start),
                one.caption or "Chosen by a technician",
                "chosen by hand",
                leads=tuple(one.leads),
            )
            for one in self.strips
            if start <= one.start < stop
        ]


class StreamFiles:
    """Samples and facts of streams.

    Args:
        core: the store, the ward's newest rows, the findings.
        facts: holes, marks, clocks.
    """

    def __init__(self, core: Core, facts: FactsReading) -> None:
        self._core = core
        self._facts = facts

    def layout(self, stream: StreamId) -> Layout:
        """Rate and leads; NotFoundError where there is no such stream."""
        known = self._core.facts.stream(stream)
        if known is None:
            raise NotFoundError(f"there is no stream {stream_name(stream)}")
        return known.layout

    def rate_hz(self, stream: StreamId) -> float:
        """Samples per second and lead."""
        return self.layout(stream).rate_hz

    def began(self, stream: StreamId, since: Instant) -> Instant:
        """When a period began, or the recording that tells itself when it was made."""
        known = self._core.facts.stream(stream)
        return since if known is None or known.origin is None else known.origin

    def stored(self, stream: StreamId) -> SpanSet:
        """What is stored."""
        return self._core.store.reader.stored(stream)

    def sample(self, stream: StreamId, at: Instant) -> int:
        """The first sample at or after an instant, not before the first.

        Raises:
            InputError: nothing ties the stream to a clock yet.
        """
        found = self._facts.timeline(stream).sample_of(at)
        if found is None:
            raise InputError(f"{stream_name(stream)}: its samples are not tied to a clock yet")
        return max(0, math.ceil(round(found, 3)))

    def span(self, stream: StreamId, start: Instant, stop: Instant) -> tuple[int, int]:
        """Samples of ``[start, stop)``, at least one."""
        first = self.sample(stream, start)
        return first, max(first + 1, self.sample(stream, stop))

    def time_of(self, stream: StreamId, sample: int) -> Instant | None:
        """When a sample was acquired."""
        return self._facts.timeline(stream).instant_of(sample)

    def causes(self, stream: StreamId, start: int, stop: int) -> list[tuple[int, int, str]]:
        """What is not stored of samples ``[start, stop)``, and why."""
        return [
            (one.start, one.stop, one.cause) for one in self._holes(stream, self.stored(stream), start, stop)
        ]

    def marks(self, stream: StreamId, start: int, stop: int) -> list[Symptom]:
        """What the patient marked in samples ``[start, stop)``."""
        return [
            Symptom(
                one.sample,
                tuple(
                    word
                    for word in (str(one.body.get("symptom") or ""), str(one.body.get("text") or ""))
                    if word
                ),
                "" if one.body.get("severity") in (None, "unknown") else str(one.body["severity"]),
                str(one.body.get("activity") or ""),
            )
            for one in self._facts.events(stream, ("mark",))
            if start <= one.sample < stop
        ]

    def reading(self, stream: StreamId, first: int) -> Read:
        """Samples by their place behind ``first``; what is not there or damaged is ``INVALID_SAMPLE``."""
        reader, leads = self._core.store.reader, len(self.layout(stream).leads)

        def read(start: int, stop: int) -> NDArray[np.int16]:
            return whole_window(reader, stream, leads, first + start, first + stop, Damage()).samples

        return read

    def kept(self, stream: StreamId, span: tuple[int, int], known: Known, limits: Thresholds) -> Kept:
        """Everything that a study of a stretch is made of."""
        layout, (start, stop) = self.layout(stream), span
        samples = np.full((stop - start, len(layout.leads)), INVALID_SAMPLE, np.int16)
        reader, damage = self._core.store.reader, Damage()
        stored = self.stored(stream)
        for low, high in stored.within(start, stop):
            for at in range(low, high, CHUNK):
                end = min(at + CHUNK, high)
                window = whole_window(reader, stream, len(layout.leads), at, end, damage)
                samples[at - start : end - start] = window.samples
        back = max(0, start - look_back(layout))
        rows = known_rows(reader, stream, back, stop, self._core.ward.rows(stream, back, stop), pick=None)
        gaps = [Gap(one.start, one.stop, one.cause) for one in self._holes(stream, stored, start, stop)]
        gaps += [Gap(one.start, one.stop, DAMAGED) for one in damage.spans]
        timeline = self._facts.timeline(stream)
        return Kept(
            layout=layout,
            start=start,
            stop=stop,
            samples=samples,
            stored=stored,
            rows=rows,
            findings=self._found(stream, layout, span, known, limits),
            gaps=sorted(gaps, key=lambda gap: gap.start),
            symptoms=self.marks(stream, start, stop),
            labels=known.labels.within(start, stop),
            time_of=timeline.instant_of,
            made_by=made_by(limits),
            limits=limits,
        )

    def _holes(self, stream: StreamId, stored: SpanSet, start: int, stop: int) -> Sequence[Gap]:
        found = explain(stored.missing(start, stop), self._facts.holes(stream))
        return [Gap(one.start, one.stop, one.cause) for one in found]

    def _found(
        self,
        stream: StreamId,
        layout: Layout,
        span: tuple[int, int],
        known: Known,
        limits: Thresholds,
    ) -> list[Found]:
        """Findings that hold, with the verdicts on them, as labels left them."""
        start, stop = span
        own = [
            one
            for one in self._core.findings.between(stream, start, stop, FINDINGS_MOST)
            if one.withdrawal is None
        ]
        over: set[str] = set()
        fresh: list[Found] = []
        for part in around(known.labels, layout.rate_hz, start, stop):
            gone, new = self._again(stream, layout, part, known.labels, limits, own)
            over |= gone
            fresh += [one for one in new if start <= one.start < stop]
        held = [_as_found(one, known.verdicts, stop) for one in own if one.id not in over]
        return sorted([*held, *fresh], key=lambda one: (one.start, one.kind))

    def _again(
        self,
        stream: StreamId,
        layout: Layout,
        part: Span,
        labels: Labels,
        limits: Thresholds,
        own: Sequence[LiveFinding],
    ) -> tuple[set[str], list[Found]]:
        """Ids of ``own`` that hold no more as the beats of a part are labelled, and what is found instead.

        The part reaches beyond the stretch that is reported, and is read whole: what follows from labels does
        not depend on where days are cut.
        """
        first, stop = max(0, part.start - look_back(layout)), min(part.stop, self.stored(stream).stop)
        fresh = self._core.ward.rows(stream, first, stop)
        rows = known_rows(self._core.store.reader, stream, first, stop, fresh, pick=None)
        near = [
            one
            for one in self._core.findings.between(stream, part.start, stop, FINDINGS_MOST)
            if one.withdrawal is None
        ]
        at, grades = grades_of(rows, len(layout.leads))
        context = Around(at, grades, _where(near, FIBRILLATION, stop), _where(near, WAVES, stop))
        beats = beats_of(rows)
        beats = beats[beats["sample"] >= part.start]
        before, after = (
            retold(one, layout.rate_mhz, part.start, stop, limits, context)
            for one in (beats, labelled(beats, labels, layout.rate_hz))
        )
        over, new = laid_over(own, difference(before, after))
        return {one.id for one in over}, [told_again(one) for one in new]


def _as_found(one: LiveFinding, verdicts: Mapping[str, str], stop: int) -> Found:
    end = None if one.end is None or one.end > stop else one.end
    return Found(one.kind, one.start, end, dict(one.values), one.late, verdicts.get(one.id, ""))


def _where(own: Sequence[LiveFinding], kinds: frozenset[str], end: int) -> list[Span]:
    return [
        Span(one.start, max(one.start, end if one.end is None else one.end))
        for one in own
        if one.kind in kinds
    ]


def read_study(
    files: StreamFiles, stream: StreamId, span: tuple[int, int], known: Known, limits: Thresholds
) -> Study:
    """The study of a stretch of a stream."""
    return stored_study(files.kept(stream, span, known, limits))
