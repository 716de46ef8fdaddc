"""The reports of a running center: days, events and periods out of what is stored (R13, R25, R26)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from einthoven.base.errors import EinthovenError, InputError, StoreError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.base.thresholds import Thresholds
from einthoven.bootstrap.core import Core
from einthoven.bootstrap.report_reading import Known, StreamFiles, read_study
from einthoven.bootstrap.reports import ReportEvents
from einthoven.bootstrap.telephone_reports import TelephoneReports
from einthoven.center.desk import Desk
from einthoven.center.desk_books import Books
from einthoven.center.report_ports import Made
from einthoven.center.review_office import ReviewOffice
from einthoven.ecg.analyze import made_by
from einthoven.edges.store.day_files import DayFiles
from einthoven.edges.typeset.pdf import typeset
from einthoven.enrollment.periods import by_telephone
from einthoven.reports import urgent as event
from einthoven.reports.compose import Asked, daily, face_of, final
from einthoven.reports.day import day_of
from einthoven.reports.kept import KeptDay, from_bytes, to_bytes
from einthoven.reports.life_due import Cutting, days
from einthoven.reports.life_due import day_of as day_date
from einthoven.reports.life_states import TECHNICAL, About, Kind
from einthoven.reports.read import report_from
from einthoven.reports.report import PLAIN, Person, Report, Service, content
from einthoven.reports.standing import Standing
from einthoven.reports.strips import choose, cut
from einthoven.reports.telephone import NOT_TELEMETRY
from einthoven.reports.totals import totals_of
from einthoven.reports.words import count
from einthoven.review.case import Case, Verdict
from einthoven.review.facts import FindingFact, Tier

T = TypeVar("T")
ASK_TURN_S, ASK_TURNS = 0.2, 300
"""The desk is asked on the event loop; one that does not answer for a minute is in trouble of its own."""
LABELS_REACH_S = 3600.0
"""A label changes findings no farther away than this."""
HEADLINE_MOST = 200
RANKS: dict[Tier | None, int] = {tier: tier.rank for tier in Tier} | {None: 99}
TOLD = frozenset({Tier.EMERGENT, Tier.URGENT})
"""Tiers that a physician is telephoned for."""
VERDICTS: dict[Verdict, str] = {
    Verdict.TRUE: "confirmed",
    Verdict.NOT_MEETING: "confirmed",
    Verdict.RELABEL: "relabelled",
    Verdict.ARTEFACT: "rejected",
}
"""What a verdict on a case says of its findings."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where reports are made: its clocks, thresholds, name."""

    cutting: Cutting
    limits: Thresholds
    center: str


class StoredReports:
    """``center.report_ports.ReportMaker`` over the store, the facts and the desk.

    Args:
        core: store, ward and clock of each stream.
        facts: of patients, holes, marks, findings.
        desk: what people decided; only looked at on the event loop.
        on_loop: runs a callable on the event loop.
        shelf: days as they were made.
        place: where this is.
        going: whether the event loop goes on; once it does not, nobody answers.
    """

    def __init__(
        self,
        core: Core,
        facts: ReportEvents,
        desk: Desk,
        on_loop: Callable[[Callable[[], None]], object],
        shelf: DayFiles,
        place: Place,
        going: Callable[[], bool] = lambda: True,
    ) -> None:
        self._going = going
        self._files = StreamFiles(core, core.facts.reader)
        self._facts = facts
        self._desk = desk
        self._review = ReviewOffice(desk.books)
        self._on_loop = on_loop
        self._shelf = shelf
        self._place = place
        self._telephone = TelephoneReports(
            self._files, self._facts, self._told, lambda of: self._review.labels(of)[1], place.limits
        )

    # ---- what the maker's thread is asked ----------------------------------------------------------------

    def stamp(self, about: About) -> str:
        """A digest of what there is now: stored samples, findings, labels, strips, verdicts."""
        if about.kind in TECHNICAL:
            return self._telephone.stamp(about)
        try:
            span = self._files.span(about.stream, about.start, about.stop)
        except InputError:
            return "no clock"
        known = self._known(about)
        return self._stamp(about.stream, *span, known)

    def make(self, about: About, note: str) -> Made:
        """A report's content."""
        if about.kind in TECHNICAL:
            report = self._telephone.make(about, self._asked(about, note))
        elif about.kind is Kind.URGENT:
            report = self._urgent(about, note)
        elif about.kind is Kind.DAILY:
            kept = self._day(about.stream, about.which, about.start, about.stop)
            report = daily(kept.day, kept.cuts, kept.left_out, self._asked(about, note))
        else:
            report = self._end(about, note)
        return Made(content(report), report.made_by, headline(report))

    def typeset(self, content: bytes, standing: Standing) -> bytes:
        """Its PDF."""
        return typeset(report_from(content), standing)

    # ---- days, events, periods ---------------------------------------------------------------------------

    def _day(self, stream: StreamId, which: str, start: Instant, stop: Instant) -> KeptDay:
        """A day: off the shelf where nothing changed, else out of its samples."""
        span = self._files.span(stream, start, stop)
        known = self._known(About(Kind.DAILY, stream, which, start, stop))
        stamp = self._stamp(stream, *span, known)
        kept = self._shelf.get(stream, which)
        before = None if kept is None else _or_none(kept, f"{stream_name(stream)} {which}")
        if before is not None and before.stamp == stamp:
            return before
        study = read_study(self._files, stream, span, known, self._place.limits)
        day = day_of(study)
        face = face_of(totals_of([day]), self._place.cutting.zone)
        chosen, left_out = choose(day, study, extra=known.cart(*span))
        read = self._files.reading(stream, span[0])
        made = KeptDay(day, tuple(cut(one, study, read, face) for one in chosen), left_out, stamp)
        try:
            self._shelf.put(stream, which, to_bytes(made))
        except OSError as error:
            raise StoreError(f"a day of a report cannot be kept: {error.strerror or error}") from error
        return made

    def _end(self, about: About, note: str) -> Report:
        made = [
            self._day(about.stream, which, start, stop)
            for which, start, stop in days(self._place.cutting, about.start, about.stop)
        ]
        cuts = [one for kept in made for one in kept.cuts]
        left_out = sum(kept.left_out for kept in made)
        return final([kept.day for kept in made], cuts, self._asked(about, note), left_out)

    def _urgent(self, about: About, note: str) -> Report:
        known = self._known(about)
        case = known.case
        if case is None:
            raise InputError(f"case {about.which} is not there any more")
        fact = gravest(case)
        onset = self._files.sample(about.stream, case.onset_at if fact is None else fact.start_at)
        ended_at = case.last_at if fact is None else fact.end_at
        ended = None if ended_at is None else self._files.sample(about.stream, ended_at)
        rate_hz, stored = self._files.rate_hz(about.stream), self._files.stored(about.stream).stop
        span = event.stretch(onset, ended, rate_hz, stored)
        study = read_study(self._files, about.stream, span, known, self._place.limits)
        day = day_of(study)
        face = face_of(totals_of([day]), self._place.cutting.zone)
        read = self._files.reading(about.stream, span[0])
        verdict = "" if case.given is None else VERDICTS[case.given.verdict]
        title = case.title if fact is None else fact.title
        rows = event.choices(onset, ended, title, rate_hz, day, verdict)
        cuts = [cut(one, study, read, face) for one in rows]
        return event.urgent(day, cuts, about.name, title, criteria(case), self._asked(about, note))

    # ---- what is asked for it ----------------------------------------------------------------------------

    def _asked(self, about: About, note: str) -> Asked:
        enrolled = self._facts.enrolled(about.stream)
        patient, period = enrolled.patient, enrolled.period
        held = self._ask(lambda: self._desk.books.corrections.at(about.stream, about.start))
        of, ordered = period.patient, enrolled.physician
        if held is not None and held.stop is not None:  # the stretch before a correction is another person's
            of, patient, ordered = held.whose.patient, self._facts.patient(held.whose.patient), None
        number = 0
        if about.kind is Kind.DAILY:
            began = self._files.began(about.stream, period.started)
            number = (date.fromisoformat(about.name) - day_date(self._place.cutting, began)).days + 1
        named = "" if ordered is None else f"{ordered.name}, NPI {ordered.npi}"
        if held is not None and held.stop is not None:
            named = held.whose.physician
        return Asked(
            Person(patient.name, patient.birth_date, patient.sex, f"P{of:06d}"),
            Service(
                "",
                zone=self._place.cutting.zone,
                number=number,
                stream=stream_name(about.stream),
                transmitter="" if by_telephone(period.transmitter) else period.transmitter,
                physician=named,
                center=self._place.center,
            ),
            self._place.limits,
            tuple(_notes(note, strips=by_telephone(period.transmitter) and about.kind is Kind.URGENT)),
        )

    def _told(self, what: Callable[[Books], T]) -> T:
        return self._ask(lambda: what(self._desk.books))

    def _known(self, about: About) -> Known:
        """What people decided about the stretch of a report, as the desk has it now."""
        return self._ask(lambda: self._of_desk(about))

    def _of_desk(self, about: About) -> Known:
        books, stream = self._desk.books, about.stream
        case: Case | None = None
        if about.kind is Kind.URGENT:
            case = books.triage.cases.cases.get(int(about.name))
        verdicts = {
            fact.key: VERDICTS[one.given.verdict]
            for one in books.triage.cases.of_stream(stream)
            if one.given is not None
            for fact in books.triage.cases.own(one)
            if fact.start_at < about.stop and (fact.end_at is None or fact.end_at >= about.start)
        }
        _, labels = self._review.labels(stream)
        return Known(labels, tuple(books.strips.of(stream)), verdicts, case)

    def _ask(self, what: Callable[[], T]) -> T:
        answer: Future[T] = Future()

        def run() -> None:
            try:
                answer.set_result(what())
            except BaseException as error:
                answer.set_exception(error)
                if not isinstance(error, Exception):
                    raise

        self._on_loop(run)
        for _ in range(ASK_TURNS):
            try:
                return answer.result(ASK_TURN_S)
            except FutureTimeoutError:
                if not self._going():
                    break
        raise EinthovenError("the desk does not answer")

    def _stamp(self, stream: StreamId, start: int, stop: int, known: Known) -> str:
        stored = self._files.stored(stream).within(start, stop)
        near = round(LABELS_REACH_S * self._files.rate_hz(stream))
        labels = known.labels.within(start - near, stop + near)
        parts = [
            made_by(self._place.limits),
            start,
            stop,
            sum(span.length for span in stored),
            len(stored),
            self._files.causes(stream, start, stop),
            self._files.time_of(stream, start),
            self._files.time_of(stream, stop),
            self._place.cutting.zone,
            *self._facts.finding_stamp(stream, start, stop),
            len(self._files.marks(stream, start, stop)),
            [labels.sample.tolist(), labels.code.tolist(), labels.added.tolist()],
            [
                [one.number, one.start, one.stop, one.caption, one.leads]
                for one in known.strips
                if start <= one.start < stop
            ],
            sorted(known.verdicts.items()),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _notes(note: str, *, strips: bool) -> Iterator[str]:
    """What stands before the other notes: what is missing, and that strips are no telemetry."""
    if note:
        yield f"{note[:1].upper()}{note[1:]}."
    if strips:
        yield NOT_TELEMETRY


def _or_none(data: bytes, name: str) -> KeptDay | None:
    try:
        return from_bytes(data, name)
    except StoreError:
        return None  # a shelf may be emptied: it is made again


def gravest(case: Case) -> FindingFact | None:
    """The finding that its physician was called for: of the gravest tier the first; None where all went."""
    held = [one for one in case.findings if not one.withdrawn and one.tier is not None]
    return min(held, key=lambda one: (RANKS[one.tier], one.start_at), default=None)


def criteria(case: Case) -> list[str]:
    """The criteria it met, each once: those to be told at once in words, the daily ones by number."""
    first: dict[str, str] = {}
    for met in case.met:
        if met.tier in TOLD:
            first.setdefault(met.criterion, met.words)
    others = {met.criterion for met in case.met if met.tier not in TOLD}
    more = [count(len(others), "criterion", "criteria") + " for the daily report"] if others else []
    return [*first.values(), *more]


def headline(report: Report) -> str:
    """What stands out, one line: the gravest sentences of the conclusion."""
    told = [line.text.rstrip(".") for line in report.conclusion if line.gravity != PLAIN][:2]
    text = "; ".join(told)
    return text if len(text) <= HEADLINE_MOST else f"{text[: HEADLINE_MOST - 1]}…"
