"""Stand-ins for what the pages are served from: a ward, a reader of stored samples, facts, a clock.

They are real code in miniature: samples are a pure function of stream, lead and index (``heart``), so whoever
gets a column can be checked without having kept what was sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import StoreDamagedError
from einthoven.base.ids import StreamId
from einthoven.base.instants import SECOND, Instant
from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.base.spans import Span, SpanSet
from einthoven.center.found import Withdrawal
from einthoven.center.live_findings import FindingState, LiveFinding, Priority
from einthoven.center.ports import ClockFix, Envelope, StreamEvent, StreamFacts, Window
from einthoven.ecg.beats import BEAT, GRADE_BITS, GRADE_UNKNOWN, GRADES, order
from einthoven.ecg.kinds import BY_CODE

EPOCH: Instant = 1_700_000_000 * SECOND


def heart(stream: StreamId, start: int, stop: int, leads: int) -> NDArray[np.int16]:
    """Samples ``[start, stop)`` of the test heart, int16[n, leads]: a saw with a spike, never
    INVALID_SAMPLE."""
    index = np.arange(start, stop, dtype=np.int64)[:, None]
    lead = np.arange(leads, dtype=np.int64)[None, :]
    saw = (index * (7 + 2 * lead) + stream * 131 + lead * 57) % 401 - 200
    spike = np.where((index + stream * 37) % 250 == 0, 1500 + 100 * lead, 0)
    return (saw + spike).astype(np.int16)


def plain_layout(rate_hz: float = 250.0, leads: int = 2) -> Layout:
    """A layout with leads II, V1, V2, …, 200 units per millivolt."""
    names = ("II", "V1", "V2", "V3", "V4", "V5", "V6", "I", "III", "aVR", "aVL", "aVF")
    return Layout(rate_hz, tuple(Lead(name) for name in names[:leads]))


def facts_of(stream: StreamId, layout: Layout | None = None, *, still_open: bool = True) -> StreamFacts:
    """Facts of a stream whose patient and transmitter are named after it."""
    return StreamFacts(
        stream=stream,
        transmitter=f"T-{stream}",
        public_key=bytes(32),
        layout=layout or plain_layout(),
        declared=True,
        recording=1,
        origin=None,
        patient=f"Patient, {stream}",
        open=still_open,
    )


@dataclass(slots=True)
class HandClock:
    """A clock that a test moves by hand; implements ``Clock``."""

    now: int = 0
    epoch: Instant = EPOCH

    def wall(self) -> Instant:
        """Center time."""
        return self.epoch + self.now

    def monotonic(self) -> int:
        """Nanoseconds since the start of the test."""
        return self.now

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.now += round(seconds * SECOND)


@dataclass(frozen=True, slots=True)
class FakeVitals:
    """What the fake ward says of a stream."""

    heart_rate_bpm: float | None = 72.0
    quality: tuple[int, ...] = (0, 0)
    stored: bool = True


@dataclass(slots=True)
class FakeWard:
    """Holds which samples of each stream came; their values are ``heart``'s."""

    layouts: dict[StreamId, Layout] = field(default_factory=dict)
    present: dict[StreamId, SpanSet] = field(default_factory=dict)
    signs: dict[StreamId, FakeVitals] = field(default_factory=dict)
    unsealed: dict[StreamId, list[int]] = field(default_factory=dict)
    classed: dict[StreamId, NDArray[np.void]] = field(default_factory=dict)
    graded: dict[StreamId, NDArray[np.void]] = field(default_factory=dict)
    reads: int = 0

    def take(self, stream: StreamId, start: int, stop: int) -> None:
        """Samples ``[start, stop)`` came."""
        self.present.setdefault(stream, SpanSet()).add(start, stop)

    def recent(self, stream: StreamId, start: int, stop: int) -> Window:
        """What came of ``[start, stop)``; holes hold ``INVALID_SAMPLE``."""
        self.reads += 1
        return windowed(stream, self.layouts[stream], self.present.get(stream, SpanSet()), start, stop)

    def vitals(self, stream: StreamId) -> FakeVitals | None:
        """72 a minute and good signal, unless a test says otherwise."""
        return self.signs.get(stream, FakeVitals()) if stream in self.layouts else None

    def beats(self, stream: StreamId, start: int, stop: int) -> NDArray[np.void]:
        """The beats a test put into ``unsealed``, or the rows it put into ``classed``."""
        rows = self.classed.get(stream)
        if rows is not None:
            return rows[(rows["sample"] >= start) & (rows["sample"] < stop)]
        return beat_rows(sample for sample in self.unsealed.get(stream, ()) if start <= sample < stop)

    def rows(self, stream: StreamId, start: int, stop: int) -> NDArray[np.void]:
        """The same, and the grades a test put into ``graded``."""
        return with_grades(self.beats(stream, start, stop), self.graded.get(stream), start, stop)


@dataclass(frozen=True, slots=True)
class FakeFinding:
    """A finding as a test has it; implements ``LiveFinding``. By default ventricular tachycardia."""

    id: str = "1"
    kind: str = "ventricular-tachycardia"
    words: str = "Ventricular tachycardia"
    priority: Priority = "high"
    start: int = 1000
    end: int | None = None
    told: int = 1250
    state: FindingState = "open"
    values: Mapping[str, float | str | None] = field(
        default_factory=lambda: {"beats": 5.0, "rate_bpm": 182.4, "fastest_rr_ms": None}
    )
    strip: tuple[int, int] = (250, 3500)
    rule: str = "vt"
    version: str = "1/live-1.0/2026.1"
    limits: Mapping[str, float] = field(default_factory=lambda: {"beats": 4.0, "rate_bpm": 100.0})
    withdrawal: Withdrawal | None = None
    told_as: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FakeRhythm:
    """A rhythm; implements ``RhythmNow``."""

    aux: str = "(AFIB"
    words: str = "AF"
    since: int = 500


@dataclass(slots=True)
class FakeFindings:
    """What a test says was found; implements ``FindingSource`` and ``FindingHistory``."""

    found: dict[StreamId, dict[str, FakeFinding]] = field(default_factory=dict)
    rhythms: dict[StreamId, FakeRhythm] = field(default_factory=dict)
    changed: set[StreamId] = field(default_factory=set)
    asked: int = 0

    def say(self, stream: StreamId, *findings: FakeFinding) -> None:
        """These are new, or have changed."""
        for finding in findings:
            self.found.setdefault(stream, {})[finding.id] = finding
        self.changed.add(stream)

    def findings(self, stream: StreamId) -> list[FakeFinding]:
        """All of a stream, newest first."""
        self.asked += 1
        return sorted(self.found.get(stream, {}).values(), key=lambda finding: -finding.start)

    def rhythm(self, stream: StreamId) -> FakeRhythm | None:
        """What a test says."""
        return self.rhythms.get(stream)

    def take_changed_findings(self) -> list[StreamId]:
        """Streams that something was said of since the last call."""
        changed, self.changed = self.changed, set()
        return sorted(changed)

    def between(
        self, stream: StreamId, start: int, stop: int, limit: int, kinds: Collection[int] | None = None
    ) -> Sequence[LiveFinding]:
        """Those that touch ``[start, stop)``, by start."""
        names = None if kinds is None else {BY_CODE[code].name for code in kinds}
        found = [
            one
            for one in self.findings(stream)
            if one.start < stop
            and (one.end is None or one.end >= start)
            and (names is None or one.kind in names)
        ]
        return sorted(found, key=lambda one: one.start)[:limit]


@dataclass(slots=True)
class FakeReader:
    """A store of ``heart``'s samples; implements ``SampleReader``. ``damaged`` spans cannot be read."""

    layouts: dict[StreamId, Layout] = field(default_factory=dict)
    spans: dict[StreamId, SpanSet] = field(default_factory=dict)
    damaged: dict[StreamId, SpanSet] = field(default_factory=dict)
    sealed: dict[StreamId, list[int]] = field(default_factory=dict)
    classed: dict[StreamId, NDArray[np.void]] = field(default_factory=dict)
    graded: dict[StreamId, NDArray[np.void]] = field(default_factory=dict)

    def streams(self) -> list[StreamId]:
        """Every stream with a stored sample."""
        return sorted(stream for stream, spans in self.spans.items() if spans)

    def stored(self, stream: StreamId) -> SpanSet:
        """What is stored of a stream."""
        return self.spans.get(stream, SpanSet()).copy()

    def read(self, stream: StreamId, start: int, stop: int) -> Window:
        """Samples ``[start, stop)``; raises StoreDamagedError over damage."""
        self._check(stream, start, stop)
        return windowed(stream, self.layouts[stream], self.spans.get(stream, SpanSet()), start, stop)

    def envelope(self, stream: StreamId, start: int, stop: int, bins: int) -> Envelope:
        """``bins`` bins of equal length."""
        self._check(stream, start, stop)
        size = max(1, -(-(stop - start) // bins))
        count = -(-(stop - start) // size)
        leads = len(self.layouts[stream].leads)
        low = np.full((count, leads), 1, np.int16)
        high = np.full((count, leads), 0, np.int16)
        coverage = np.zeros(count, np.float32)
        held = self.stored(stream)
        for index in range(count):
            left = start + index * size
            for span in held.within(left, left + size):
                samples = heart(stream, span.start, span.stop, leads)
                if coverage[index] == 0:
                    low[index], high[index] = samples.min(0), samples.max(0)
                else:
                    low[index] = np.minimum(low[index], samples.min(0))
                    high[index] = np.maximum(high[index], samples.max(0))
                coverage[index] += span.length / size
        return Envelope(start, size, low, high, np.full(count, np.nan, np.float32), coverage)

    def beats(self, stream: StreamId, start: int, stop: int) -> NDArray[np.void]:
        """The beats a test put into ``sealed``, or the rows it put into ``classed``."""
        self._check(stream, start, stop)
        rows = self.classed.get(stream)
        if rows is not None:
            return rows[(rows["sample"] >= start) & (rows["sample"] < stop)]
        return beat_rows(sample for sample in self.sealed.get(stream, ()) if start <= sample < stop)

    def rows(self, stream: StreamId, start: int, stop: int) -> NDArray[np.void]:
        """The same, and the grades a test put into ``graded``."""
        return with_grades(self.beats(stream, start, stop), self.graded.get(stream), start, stop)

    def _check(self, stream: StreamId, start: int, stop: int) -> None:
        if self.damaged.get(stream, SpanSet()).within(start, stop):
            raise StoreDamagedError(f"streams/s{stream:06d}: checksum")


@dataclass(slots=True)
class FakeFacts:
    """Events and clock fixes of streams."""

    noted: list[StreamEvent] = field(default_factory=list)
    fixed: list[ClockFix] = field(default_factory=list)

    def events(self, stream: StreamId) -> list[StreamEvent]:
        """Every event of a stream, by number."""
        return [event for event in self.noted if event.stream == stream]

    def fixes(self, stream: StreamId) -> list[ClockFix]:
        """Every clock fix of a stream, by sample."""
        return [fix for fix in self.fixed if fix.stream == stream]


def windowed(stream: StreamId, layout: Layout, held: SpanSet, start: int, stop: int) -> Window:
    """``heart``'s samples where ``held``, holes elsewhere."""
    leads = len(layout.leads)
    samples = np.full((stop - start, leads), INVALID_SAMPLE, np.int16)
    present: list[Span] = held.within(start, stop)
    for span in present:
        samples[span.start - start : span.stop - start] = heart(stream, span.start, span.stop, leads)
    return Window(start, samples, present)


def beat_rows(samples: Iterable[int], code: int = 1, conf: int = 0) -> NDArray[np.void]:
    """Beats of a class at ``samples``, normal ones by default."""
    at = list(samples)
    rows = np.zeros(len(at), BEAT)
    rows["sample"], rows["code"], rows["conf"] = at, code, conf
    return rows


def grade_rows(told: Iterable[tuple[int, Sequence[int]]]) -> NDArray[np.void]:
    """Rows of grades: from each sample on the leads are of these qualities (five leads at most)."""
    each = list(told)
    rows = np.zeros(len(each), BEAT)
    rows["sample"], rows["code"] = [sample for sample, _ in each], GRADES
    for row, (_, codes) in zip(rows, each, strict=True):
        row["leads"] = sum(min(code, GRADE_UNKNOWN) << GRADE_BITS * lead for lead, code in enumerate(codes))
    return rows


def with_grades(
    beats: NDArray[np.void], grades: NDArray[np.void] | None, start: int, stop: int
) -> NDArray[np.void]:
    """Beats and the grades of ``[start, stop)`` in order."""
    if grades is None:
        return beats
    rows = np.concatenate([beats, grades[(grades["sample"] >= start) & (grades["sample"] < stop)]])
    return rows[np.argsort(order(rows))]
