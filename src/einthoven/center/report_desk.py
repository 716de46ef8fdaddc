"""Reports are made, looked at again and issued: what is next, one at a time, and what came of it (R25–R27).

Making and setting take seconds and read the store, so they happen elsewhere: ``next`` says what to do, its
``work`` is done on the maker's thread, and ``took`` brings what came of it onto the record. All that is kept
is in the book; after a restart the same things are due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, TypeAlias

from einthoven.base.deeds import CENTER, Draft
from einthoven.base.errors import EinthovenError
from einthoven.base.ids import StreamId
from einthoven.base.instants import DAY, MINUTE, Duration, Instant
from einthoven.center.desk import Desk
from einthoven.center.desk_books import Books
from einthoven.center.report_ports import Made, ReportFacts, ReportMaker, ReportStore
from einthoven.center.report_standing import standing_of, strip_named
from einthoven.enrollment.corrections import Segment
from einthoven.reports import life_deeds as life
from einthoven.reports.life_due import (
    Cutting,
    Due,
    Played,
    Service,
    Told,
    looked_at_again,
    missing,
    reports_due,
)
from einthoven.reports.life_states import TECHNICAL, About, Key, Kind, Report

ROUND: Final[Duration] = MINUTE
"""What is in service is asked again this often."""
AGAIN_AFTER: Final[Duration] = 10 * MINUTE
"""What could not be made is tried again after this."""
PAST: Final[Duration] = 7 * DAY
"""Periods that ended, and calls that reached somebody, longer ago than this make no reports any more."""
LONG_AGO: Final[Duration] = 400 * DAY
"""A period that ended longer before its correction gets no reports for the right person by itself."""
LOOKS: Final = 200
"""Reports looked at again in one round."""

Took: TypeAlias = Callable[["ReportDesk", Instant], None]
"""What came of work, brought onto the record; on the event loop."""


@dataclass(frozen=True, slots=True)
class World:
    """What a desk of reports is made on.

    Attributes:
        maker: makes and sets them.
        store: where contents and PDFs lie.
        facts: who is in service.
        cutting: where days are cut.
    """

    maker: ReportMaker
    store: ReportStore
    facts: ReportFacts
    cutting: Cutting = field(default_factory=Cutting)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do on the maker's thread.

    Attributes:
        about: of what, None where it is of no one report.
        work: does it, and says how to bring it onto the record.
        survey: it asks which reports are due.
    """

    about: About | None
    work: Callable[[], Took]
    survey: bool = False


@dataclass(slots=True)
class ReportDesk:
    """What becomes of reports at a running center.

    Attributes:
        services: who was in service when that was asked last.
        stalled: since when, and why, it cannot be known which reports are due; None where it can.
    """

    desk: Desk
    world: World
    services: Sequence[Service] = ()
    stalled: tuple[Instant, str] | None = None
    _asked: Instant | None = None
    _failed: dict[Key, tuple[About, Instant, Instant, str]] = field(default_factory=dict)
    """Key → what, since when it cannot be made, when it was tried last, why."""
    _tried: dict[Key, tuple[Instant, str]] = field(default_factory=dict)
    """Key → when a report was made (again) last, and of which stamp."""
    _due: list[Due] = field(default_factory=list)
    _looks: list[int] = field(default_factory=list)
    _changed: list[tuple[About, str]] = field(default_factory=list)

    @property
    def makes(self) -> bool:
        """Reports are made here."""
        return True

    @property
    def cut(self) -> str:
        """``08:00 America/New_York``."""
        cutting = self.world.cutting
        return f"{cutting.minute // 60:02d}:{cutting.minute % 60:02d} {cutting.zone}"

    @property
    def _books(self) -> Books:
        return self.desk.books

    def troubles(self) -> Iterator[tuple[About, Instant, str]]:
        """Reports that are due and could not be made."""
        for about, since, _, words in self._failed.values():
            yield about, since, words

    # ---- what is next ------------------------------------------------------------------------------------

    def next(self, now: Instant) -> Job | None:
        """The next thing to do; None: nothing is."""
        if self._asked is None or now - self._asked >= ROUND:
            self._asked = now
            self._looks = self._looks or self._of_interest()
            return Job(None, self._survey(now), survey=True)
        for number in sorted(self._books.reports.unissued):
            report = self._books.reports.report(number)
            if self._may_try(report.about.key, now):
                return Job(report.about, self._issue(report))
        while self._due:
            due = self._due.pop(0)
            if due.about.key not in self._books.reports.newest and self._may_try(due.about.key, now):
                return Job(due.about, self._make(due))
        if self._changed:
            about, _ = self._changed.pop()
            return Job(about, self._make(Due(about), self._lacks(about, now)))
        if self._looks:
            some, self._looks = self._looks[:LOOKS], self._looks[LOOKS:]
            return Job(None, self._look(some, now))
        return None

    def _may_try(self, key: Key, now: Instant) -> bool:
        failed = self._failed.get(key)
        return failed is None or now - failed[2] >= AGAIN_AFTER

    def _told(self, now: Instant) -> Iterator[Told]:
        books = self._books
        for one in books.notify.calls.notifications.values():
            if one.reached is None or one.reached < now - PAST:
                continue
            case = books.triage.cases.cases.get(one.case)
            start = one.opened if case is None else min(case.onset_at, one.opened)
            held = books.corrections.at(one.stream, start)
            yield Told(one.case, one.stream, start, one.reached, "" if held is None else held.mark)

    def _played(self, now: Instant) -> Iterator[Played]:
        """Strips by telephone of calls that were closed lately: those that count and lie in an ECG, or never
        will, because their size is not known."""
        books = self._books
        for number in range(books.calls.next_call - 1, 0, -1):
            call = books.calls.calls[number]
            if call.rang_at < now - PAST:
                return
            for strip in call.strips if call.closed_at is not None else ():
                stream = call.stream_of(strip)
                if stream is None or strip.closed_at is None or not strip.counts:
                    continue
                if strip.placed or not (strip.quality or {}).get("millivolts"):
                    held = books.corrections.at(stream, strip.closed_at)
                    mark = "" if held is None else held.mark
                    name = f"{call.number}.{strip.number}"
                    yield Played(name, stream, strip.opened_at, strip.closed_at, mark)

    def _withdraw(self, now: Instant) -> None:
        """Drafts of strips that were struck out, or are another patient's, are withdrawn."""
        book, calls = self._books.reports, self._books.calls
        gone: list[Draft] = []
        for number in sorted(book.open):
            about = book.report(number).about
            strip = strip_named(self._books, about.name) if about.kind is Kind.STRIP else None
            if strip is not None:
                whose = calls.call(int(about.name.partition(".")[0])).stream_of(strip)
                if not strip.counts or whose != about.stream:
                    gone += life.withdraw(book, number)
        if gone:
            self.desk.commit(gone, CENTER, now)

    def _of_interest(self) -> list[int]:
        """Newest reports whose figures may still change: of periods that go on, or ended lately."""
        streams, books = {one.stream for one in self.services}, self._books.reports
        return [number for (_, stream, _), number in books.newest.items() if stream in streams]

    # ---- work on the maker's thread ----------------------------------------------------------------------

    def _survey(self, now: Instant) -> Callable[[], Took]:
        facts, cutting, corrections = self.world.facts, self.world.cutting, self._books.corrections
        segments = dict(corrections.segments)
        # Reports of the right person are due however long ago the period ended.
        since = min([now - PAST, *(one.start for one in self._of_corrected(now))])
        # Of the book's index is only asked what is in it, which the maker's thread may do as well: a copy of
        # hundreds of thousands of keys would keep the loop waiting.
        told, known = list(self._told(now)), self._books.reports.newest
        played = list(self._played(now))

        def work() -> Took:
            found = whose(facts.services(since), segments, now - PAST)
            due = reports_due(found, told, known, cutting, now, facts.complete, played)
            wanted = {one.about.key for one in due}

            def took(self: ReportDesk, now: Instant) -> None:
                self.services, self._due, self.stalled = found, due, None
                self._withdraw(now)
                # What is no longer due is no trouble any more.
                self._failed = {
                    key: told for key, told in self._failed.items() if key in wanted or key in known
                }

            return took

        return work

    def _make(self, due: Due, lacks: Callable[[], str] | None = None) -> Callable[[], Took]:
        world, about = self.world, due.about

        def work() -> Took:
            note = due.note if lacks is None else lacks()
            stamp = world.maker.stamp(about)
            made = world.maker.make(about, note)
            digest = world.store.put(made.content)
            return lambda self, now: self._made(Due(about, note), stamp, made, digest, now)

        return work

    def _lacks(self, about: About, now: Instant) -> Callable[[], str]:
        """What is still missing in a report that is made again; asked on the maker's thread."""
        world, known = self.world, self._books.reports.of(about.key)
        before = "" if known is None else known.note
        of = (one for one in self.services if one.stream == about.stream)
        service = next((one for one in of if one.start <= about.start < (one.stop or now)), None)

        def told() -> str:
            if service is None or about.kind in (Kind.URGENT, *TECHNICAL):
                return before
            note = missing(world.facts.complete(service), about, world.cutting, now)
            return before if note is None else note

        return told

    def _look(self, numbers: Sequence[int], now: Instant) -> Callable[[], Took]:
        reports = [self._books.reports.report(number) for number in numbers]
        tried = [self._tried.get(one.about.key, (one.made, one.stamp)) for one in reports]
        maker = self.world.maker

        def work() -> Took:
            changed = []
            for one, (at, seen) in zip(reports, tried, strict=True):
                try:
                    stamp = maker.stamp(one.about)
                except (EinthovenError, OSError):
                    continue  # told where it is to be made; the others are looked at
                if stamp != seen and looked_at_again(one, stamp, at, now):
                    changed.append((one.about, stamp))

            def took(self: ReportDesk, _now: Instant) -> None:
                known = {about.key for about, _ in self._changed}
                self._changed += [each for each in changed if each[0].key not in known]

            return took

        return work

    def _issue(self, report: Report) -> Callable[[], Took]:
        world, edition = self.world, len(report.pdfs) + 1
        standing = standing_of(self._books, report, edition, world.cutting.zone)
        released = edition <= len(report.releases)
        content = report.releases[edition - 1].content if released else report.content

        def work() -> Took:
            pdf = world.store.put(world.maker.typeset(world.store.get(content), standing))
            return lambda self, now: self._issued(report, pdf, now)

        return work

    def preliminary(self, number: int) -> Callable[[], bytes]:
        """How to set a report as it stands now; what is called is called on another thread."""
        report, world = self._books.reports.report(number), self.world
        standing = standing_of(self._books, report, len(report.pdfs), world.cutting.zone)
        return lambda: world.maker.typeset(world.store.get(report.content), standing)

    # ---- what came of it ---------------------------------------------------------------------------------

    def _made(self, due: Due, stamp: str, made: Made, digest: str, now: Instant) -> None:
        book, about = self._books.reports, due.about
        self._failed.pop(about.key, None)
        if not self._holds(about):
            return  # meanwhile the stretch was found to be another person's
        self._tried[about.key] = now, stamp
        assert digest == sha256(made.content).hexdigest()
        told = made.analysis, made.headline, due.note, stamp
        self.desk.commit(life.draft(book, about, digest, *told), CENTER, now)

    def _issued(self, report: Report, pdf: str, now: Instant) -> None:
        self._failed.pop(report.about.key, None)
        practice = self._books.surveil.staff.practices.get(self._books.practice_of(report) or 0)
        to = "the practice" if practice is None else practice.name
        self.desk.commit(life.issue(self._books.reports, report.number, pdf, to), CENTER, now)

    def _holds(self, about: About) -> bool:
        """Whether a stretch is still whose it was when its report was begun."""
        held = self._books.corrections.segments.get(about.stream, ())
        if not held:
            return True
        one = self._books.corrections.at(about.stream, about.start)
        if one is None or (one.stop is not None and about.stop > one.stop):
            return False
        mark = about.which.partition("~")[2]
        return f"~{mark}" in (one.mark, one.cut_mark) if mark else not one.correction

    def _of_corrected(self, now: Instant) -> Iterator[Service]:
        """Streams that were corrected lately, as long ago as their periods may have begun."""
        for one in self._books.corrections.corrections.values():
            if one.applied_at is not None and now - one.applied_at <= PAST:
                yield Service(one.stream, one.at - LONG_AGO)

    def failed(self, job: Job, error: EinthovenError | OSError, now: Instant) -> None:
        """What was to be done could not be; it is tried again."""
        if job.about is None and not job.survey:
            return
        if job.about is None:
            self.stalled = (now if self.stalled is None else self.stalled[0]), str(error)
            return
        since = self._failed[job.about.key][1] if job.about.key in self._failed else now
        self._failed[job.about.key] = job.about, since, now, str(error)


def whose(
    services: Sequence[Service], segments: Mapping[StreamId, tuple[Segment, ...]], ended_since: Instant
) -> list[Service]:
    """Periods, those of which a part is another person's in as many pieces as there are people.

    Args:
        segments: whose each stretch of a corrected stream is.
        ended_since: others that ended before are left out.
    """
    told: list[Service] = []
    for one in services:
        held = segments.get(one.stream)
        if held is None:
            if one.stop is None or one.stop >= ended_since:
                told.append(one)
            continue
        for part in held:
            start = max(one.start, part.start)
            ends = [at for at in (one.stop, part.stop) if at is not None]
            stop = min(ends) if ends else None
            cut = part.stop is not None and stop == part.stop
            if stop is None or start < stop:
                cut_mark = part.cut_mark if cut else part.mark
                told.append(Service(one.stream, start, stop, part.mark, cut_mark, cut, one.telephone))
    return told
