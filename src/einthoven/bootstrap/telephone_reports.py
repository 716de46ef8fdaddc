"""Reports of strips by telephone at a running center: the desk's calls, the store's samples (R6, R7, R26)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

from einthoven.answering.call import Call, Strip
from einthoven.base.errors import InputError, NotFoundError
from einthoven.base.ids import StreamId
from einthoven.base.instants import SECOND
from einthoven.base.layout import INVALID_SAMPLE
from einthoven.base.thresholds import Thresholds
from einthoven.bootstrap.report_reading import Known, StreamFiles, read_study
from einthoven.center.desk_books import Books
from einthoven.center.report_standing import strip_named, what_of
from einthoven.ecg.analyze import made_by
from einthoven.ecg.beats import ARTEFACT
from einthoven.enrollment.register import Enrolled
from einthoven.reports.compose import Asked
from einthoven.reports.life_states import About, Kind
from einthoven.reports.report import Report
from einthoven.reports.review_labels import Labels
from einthoven.reports.telephone import Telephoned, Tracing
from einthoven.reports.telephone_period import Heard, period_report
from einthoven.reports.telephone_strip import Episode, ForWhom, strip_report


class Facts(Protocol):
    """The part of the facts that is asked."""

    def enrolled(self, stream: StreamId) -> Enrolled:
        """Patient, period and physician of a stream; NotFoundError where there is no such."""
        ...

    def finding_stamp(self, stream: StreamId, start: int, stop: int) -> tuple[int, int]:
        """Two numbers that change when a finding that touches ``[start, stop)`` comes, changes or goes."""
        ...


@dataclass(frozen=True, slots=True)
class _Told:
    """What the desk says of a patient's calls.

    Attributes:
        heard: calls in order.
        strips: with who took their call.
        limit_s: within which a call is to be taken.
        labels: of beats, in force.
    """

    heard: tuple[Heard, ...]
    strips: tuple[tuple[Call, Strip, str], ...]
    limit_s: float
    labels: Labels


class TelephoneReports:
    """Makes them.

    Args:
        files: samples and rows of streams.
        facts: of enrollment.
        ask: what the desk's books say, asked on the event loop.
        labels: of beats of a stream, in force, by the books.
        limits: with which strips were analysed.
    """

    def __init__(
        self,
        files: StreamFiles,
        facts: Facts,
        ask: Callable[[Callable[[Books], Any]], Any],
        labels: Callable[[StreamId], Labels],
        limits: Thresholds,
    ) -> None:
        self._files, self._facts, self._ask, self._limits = files, facts, ask, limits
        self._labels = labels

    def stamp(self, about: About) -> str:
        """A digest of what there is now: calls as they stand, labels, the analysis."""
        told: _Told = self._ask(lambda books: self._of(books, about))
        labels = [told.labels.sample.tolist(), told.labels.code.tolist(), told.labels.added.tolist()]
        found = [
            self._facts.finding_stamp(about.stream, strip.start, strip.stop)
            for _, strip, _ in told.strips
            if strip.stream == about.stream and strip.start is not None and strip.stop is not None
        ]
        parts = (made_by(self._limits), told.heard, told.strips, told.limit_s, labels, found)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]

    def make(self, about: About, asked: Asked) -> Report:
        """A report's values.

        Raises:
            InputError: the strip is not there any more.
        """
        told: _Told = self._ask(lambda books: self._of(books, about))
        period = self._facts.enrolled(about.stream).period
        stop = period.limit if period.ended is None else period.ended
        if about.kind is Kind.PERIOD:
            stop = about.stop
        wanted = ForWhom(
            asked.person,
            asked.service,
            Episode(period.started, stop, period.ended is not None),
            made_by(self._limits),
            asked.notes,
        )
        strips = [self._telephoned(about.stream, told.labels, *one) for one in told.strips]
        if about.kind is Kind.PERIOD:
            return period_report(told.heard, strips, told.limit_s, wanted)
        if not strips:
            raise InputError(f"strip {about.name} is not there any more")
        (one,) = strips
        began = None
        if one.tracing is not None and one.tracing.start is not None:
            began = self._files.time_of(about.stream, one.tracing.start)
        return strip_report(one, wanted, began)

    def _of(self, books: Books, about: About) -> _Told:
        """Asked on the event loop."""
        held, stream = books.calls, about.stream
        calls = [one for one in held.theirs(stream) if about.kind is Kind.STRIP or _within(one, about)]
        strips = [
            (call, strip, _name(books, call))
            for call in calls
            for strip in call.strips
            if call.stream_of(strip) == stream and strip.closed_at is not None
        ]
        if about.kind is Kind.STRIP:
            strips, calls = list(_named(books, about)), []
        heard = tuple(Heard(one, _name(books, one)) for one in calls)
        return _Told(heard, tuple(strips), float(held.limits.answer), self._labels(stream))

    def _telephoned(self, stream: StreamId, labels: Labels, call: Call, strip: Strip, by: str) -> Telephoned:
        return Telephoned(call, strip, by, self._tracing(stream, labels, strip))

    def _tracing(self, stream: StreamId, labels: Labels, strip: Strip) -> Tracing | None:
        """The samples of a strip that lies in the patient's ECG."""
        if strip.stream != stream or strip.start is None or strip.stop is None:
            return None
        layout = self._files.layout(stream)
        span = strip.start, strip.stop
        column = self._files.reading(stream, strip.start)(0, strip.stop - strip.start)[:, 0]
        values = tuple(None if value == INVALID_SAMPLE else value for value in column.tolist())
        try:
            study = read_study(self._files, stream, span, Known(labels), self._limits)
        except (InputError, NotFoundError):
            beats = None
        else:
            rows = study.beats[study.beats["code"] != ARTEFACT]
            beats = tuple(int(at) for at in rows["sample"])
        lead = layout.leads[0]
        return Tracing(strip.start, layout.rate_hz, lead.name, lead.gain, lead.baseline, values, beats)


def _named(books: Books, about: About) -> Iterator[tuple[Call, Strip, str]]:
    """The strip that a report names; one that was moved to whose it is counts no more for whose it is not."""
    strip = strip_named(books, about.name)
    if strip is None:
        return
    call = books.calls.call(int(about.name.partition(".")[0]))
    if call.stream_of(strip) != about.stream:
        why = next((one.why for one in reversed(strip.before) if one.stream == about.stream), "")
        words = f"it is not this patient's{f': {why}' if why else ''}"
        strip = replace(strip, struck=words, stream=None, start=None, stop=None)
    yield call, strip, _name(books, call)


def _within(call: Call, about: About) -> bool:
    """Whether a call rang within the stretch of a report."""
    return about.start <= call.rang_at < about.stop + SECOND


def _name(books: Books, call: Call) -> str:
    """Who took a call first, as people write it."""
    first = call.takes[0].person if call.takes else None
    return "" if first is None else f"{books.name(first)}{what_of(books, first)}"
