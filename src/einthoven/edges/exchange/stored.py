"""A stored stream, or a part of it, as the recording that every exchange format takes (R11, R41)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError, NotFoundError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.base.spans import Span, SpanSet
from einthoven.base.timeline import Timeline
from einthoven.center.found import NEAR_S, Asked, LiveFinding
from einthoven.center.on_record import as_told
from einthoven.center.ports import SampleReader, StreamEvent, StreamFacts
from einthoven.ecg.beats import ARTEFACT, BEAT
from einthoven.ecg.findings import Finding, rhythm_changes
from einthoven.ecg.words import in_full
from einthoven.edges.exchange.relabelled import Said, Told, findings_said
from einthoven.enrollment.holes import Hole, explain
from einthoven.enrollment.register import Enrolled
from einthoven.interop.recording import Mark, Recording, Subject
from einthoven.reports.review_again import AROUND_S
from einthoven.reports.review_labels import labelled

DAMAGED = "damaged on the center's disk"
"""The cause of a hole where stored bytes fail their checksum: never given out as good, and told apart."""
BEATS_AT_A_TIME = 1 << 24
"""Samples whose beats are read in one go: 18 hours at 250 Hz."""
FINDINGS_AT_A_TIME = 10_000
BeatsIn = Callable[[StreamId, int, int], NDArray[np.void]]
"""``BEAT`` rows of samples ``[start, stop)`` of a stream, in order."""


class StoredFacts(Protocol):
    """What is asked of the facts (``edges.store.facts_reader.FactsReader`` answers it)."""

    def stream(self, stream: StreamId) -> StreamFacts | None:
        """A stream, or None where there is no such."""
        ...

    def enrolled(self, stream: StreamId) -> Enrolled:
        """Patient and period of a stream."""
        ...

    def timeline(self, stream: StreamId) -> Timeline:
        """Sample index against center time."""
        ...

    def holes(self, stream: StreamId) -> list[tuple[int, int, str]]:
        """(start, stop, cause) of each declared hole."""
        ...

    def events(
        self, stream: StreamId, kinds: Iterable[str] = ..., start: int = ..., stop: int = ...
    ) -> list[StreamEvent]:
        """Events of some kinds tied to samples ``[start, stop)``, by sample."""
        ...

    def asked_findings(self, stream: StreamId, asked: Asked) -> list[LiveFinding]:
        """The findings of a stream that are asked for, by onset and key."""
        ...


@dataclass(frozen=True, slots=True)
class StoredRecording:
    """A part of a stored stream that leaves.

    Attributes:
        recording: as the formats take it; its ``read`` takes what turns out to be damaged out of ``found``.
        stream: the stream.
        first: its sample index of the recording's sample 0.
        found: what is stored and was not found damaged so far, in the stream's sample indices.
        missing: what is not stored, with causes, in the stream's sample indices.
    """

    recording: Recording
    stream: StreamId
    first: int
    found: SpanSet
    missing: tuple[Hole, ...]

    def holes(self) -> tuple[Hole, ...]:
        """What is missing, in the stream's sample indices, with causes; what was damaged so far among it."""
        spoilt = [
            Hole(*span, DAMAGED, False)
            for part in self.recording.present
            for span in self.found.missing(part.start + self.first, part.stop + self.first)
        ]
        return tuple(sorted([*self.missing, *spoilt], key=lambda hole: hole.start))

    def damaged(self) -> list[Hole]:
        """What was stored and could not be read, so far."""
        return [hole for hole in self.holes() if hole.cause == DAMAGED]


def recording_of(
    reader: SampleReader,
    facts: StoredFacts,
    stream: StreamId,
    from_: Instant | None = None,
    to: Instant | None = None,
    *,
    beats: BeatsIn | None = None,
    bare: bool = False,
    utc_offset_minutes: int = 0,
    said: Said | None = None,
) -> StoredRecording:
    """A stream, or the part of it in ``[from_, to)``, as a recording named after it.

    Samples stay on the disk until they are asked for; beats are held, 24 bytes each (75 MB in 30 days).
    Findings are those that hold; withdrawn and overruled ones are left out. What people said of beats is laid
    over both.

    Args:
        reader: the stored samples.
        facts: layout, clock, patient, declared holes, marks and findings.
        stream: which.
        from_, to: center time; all that is stored where left out.
        beats: beats of the stream; those that are sealed (``reader.beats``) if not given.
        bare: the samples and their gaps alone: no beats, rhythm, episodes and symptoms.
        utc_offset_minutes: what the clock on the wall is ahead of UTC, for formats that know only its time.
        said: labels of beats in force; none if not given.

    Raises:
        NotFoundError: no such stream, or nothing of it is stored in that time.
        InputError: a time is given, but nothing ties the stream to a clock.
        StoreError: the store or the facts cannot be read.
    """
    known = facts.stream(stream)
    if known is None:
        raise NotFoundError(f"there is no stream {stream_name(stream)}")
    stored, timeline = reader.stored(stream), facts.timeline(stream)
    first, stop = _range(stream, stored, timeline, from_, to)
    found = SpanSet(stored.within(first, stop))
    missing = tuple(explain(stored.missing(first, stop), facts.holes(stream)))
    asked = _Asked(reader, facts, beats or reader.beats, known, said or Said())
    found_in = _Found() if bare else _what_was_found(asked, Span(first, stop))
    recording = Recording(
        name=stream_name(stream),
        layout=known.layout,
        samples=stop - first,
        present=tuple(Span(a - first, b - first) for a, b in found),
        read=_reading(reader, stream, first, found),
        start=timeline.instant_of(first),
        utc_offset_minutes=utc_offset_minutes,
        subject=_subject(facts.enrolled(stream)),
        transmitter="" if known.telephone else known.transmitter,
        beats=found_in.beats,
        rhythm=tuple(found_in.rhythm),
        marks=tuple(sorted([*_gaps(missing, first), *found_in.marks], key=lambda mark: mark.start)),
        made_by=found_in.made_by,
        comments=(f"einthoven stream {stream_name(stream)}, samples {first} to {stop}",),
        dated=lambda sample: timeline.instant_of(first + sample),
    )
    return StoredRecording(recording, stream, first, found, missing)


@dataclass(slots=True)
class _Found:
    """What was found in a part of a stream, in sample indices of the part."""

    beats: NDArray[np.void] = field(default_factory=lambda: np.zeros(0, BEAT))
    rhythm: list[tuple[int, str]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    made_by: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who is asked about which stream."""

    reader: SampleReader
    facts: StoredFacts
    beats: BeatsIn
    known: StreamFacts
    said: Said


def _what_was_found(asked: _Asked, part: Span) -> _Found:
    first, stop = part
    stream, layout, said = asked.known.stream, asked.known.layout, asked.said
    held = holding(asked.facts, stream, first, stop)
    if len(said.labels):
        pad = round(2 * AROUND_S * layout.rate_hz)
        wide = _beats(asked.beats, stream, max(0, first - pad), stop + pad)
        told = Told(asked.reader, stream, layout, held)
        findings = findings_said(told, said, part, wide)
        rows = labelled(wide, said.labels, layout.rate_hz)
        rows = rows[(rows["sample"] >= first) & (rows["sample"] < stop)].copy()
    else:
        findings, rows = [one.finding for one in held], _beats(asked.beats, stream, first, stop)
    true = rows["sample"][rows["code"] != ARTEFACT]
    changes = rhythm_changes(findings, true, stop - 1)
    marks = [_episode(one, first, stop) for one in findings]
    marks += [_symptom(one, first) for one in asked.facts.events(stream, ("mark",), first, stop)]
    made_by = max(((one.told, one.made.by) for one in held), default=(0, ""))[1]
    rows["sample"] -= first
    # Where no beat is known, a rhythm is told from its onset on, which may lie before the part.
    rhythm = {max(0, sample - first): aux for sample, aux in changes}
    return _Found(rows, list(rhythm.items()), marks, made_by)


def holding(facts: StoredFacts, stream: StreamId, start: int, stop: int) -> list[LiveFinding]:
    """The findings of a stream that hold and touch samples ``[start, stop)``, by onset.

    What overrules them is looked for as far as they reach.
    """
    inside = _asked(facts, stream, start, stop)
    if not inside:
        return []
    near = round(NEAR_S * inside[0].rate_hz)
    low = min(start, inside[0].start) - near
    high = max([stop, *(one.end for one in inside if one.end is not None)]) + near
    keys = {one.key for one in inside}
    every = as_told(_asked(facts, stream, low, high))
    return [one for one in every if one.key in keys and one.withdrawal is None]


def _asked(facts: StoredFacts, stream: StreamId, start: int, stop: int) -> list[LiveFinding]:
    found: list[LiveFinding] = []
    asked = Asked(start, stop, FINDINGS_AT_A_TIME)
    while True:
        page = facts.asked_findings(stream, asked)
        found += page
        if len(page) < asked.limit:
            return found
        asked = asked._replace(after=(page[-1].start, page[-1].key))


def _range(
    stream: StreamId, stored: SpanSet, timeline: Timeline, from_: Instant | None, to: Instant | None
) -> tuple[int, int]:
    first, stop = stored.start, stored.stop
    if from_ is not None:
        first = max(first, _index(stream, timeline, from_))
    if to is not None:
        stop = min(stop, _index(stream, timeline, to))
    present = stored.within(first, stop) if first < stop else []
    if not present:
        when = "" if from_ is None and to is None else " in that time"
        raise NotFoundError(f"nothing is stored of {stream_name(stream)}{when}")
    return (first if from_ is not None else present[0].start), (stop if to is not None else present[-1].stop)


def _index(stream: StreamId, timeline: Timeline, at: Instant) -> int:
    """The first sample at or after an instant."""
    sample = timeline.sample_of(at)
    if sample is None:
        raise InputError(f"{stream_name(stream)}: its samples are not tied to a clock yet: export it whole")
    return math.ceil(round(sample, 3))


def _reading(
    reader: SampleReader, stream: StreamId, first: int, found: SpanSet
) -> Callable[[int, int], NDArray[np.int16]]:
    def read(start: int, stop: int) -> NDArray[np.int16]:
        window = reader.read(stream, start + first, stop + first)
        for span in SpanSet(window.present).missing(start + first, stop + first):
            found.remove(*span)
        return window.samples

    return read


def _beats(beats: BeatsIn, stream: StreamId, first: int, stop: int) -> NDArray[np.void]:
    parts = [
        beats(stream, start, min(start + BEATS_AT_A_TIME, stop))
        for start in range(first, stop, BEATS_AT_A_TIME)
    ]
    return np.concatenate([np.zeros(0, BEAT), *parts])


def _gaps(missing: Iterable[Hole], first: int) -> list[Mark]:
    return [Mark("gap", hole.start - first, hole.stop - first, hole.cause, hole.cause) for hole in missing]


def _episode(one: Finding, first: int, stop: int) -> Mark:
    """A finding, cut to the recording; without an end where it goes on behind it."""
    start = max(one.start, first)
    end = None if one.end is None or one.end >= stop or one.end <= start else one.end - first
    return Mark("episode", start - first, end, one.kind.name, in_full(one.kind))


def _symptom(event: StreamEvent, first: int) -> Mark:
    words = {key: str(event.body.get(key) or "").strip() for key in ("symptom", "activity", "text")}
    told = "; ".join(word for word in words.values() if word)
    return Mark("symptom", event.sample - first, None, words["symptom"], told or "symptom")


def _subject(enrolled: Enrolled) -> Subject:
    patient = enrolled.patient
    return Subject(patient.name, patient.birth_date, patient.sex, f"P{enrolled.period.patient:06d}")
