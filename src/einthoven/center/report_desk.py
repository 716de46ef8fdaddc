"""Reports are made, looked at again and issued: what is next, one at a time, and what came of it (R25–R27).

Making and setting take seconds and read the store, so they happen elsewhere: ``next`` says what to do, its
``work`` is done on the maker's thread, and ``took`` brings what came of it onto the record. All that is kept
is in the book; after a restart the same things are due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, TypeAlias

from einthoven.base.deeds import CENTER
from einthoven.base.errors import EinthovenError
from einthoven.base.instants import DAY, MINUTE, Duration, Instant
from einthoven.center.desk import Desk
from einthoven.center.desk_books import Books
from einthoven.center.report_ports import Made, ReportFacts, ReportMaker, ReportStore
from einthoven.center.report_standing import standing_of
from einthoven.reports import life_deeds as life
from einthoven.reports.life_due import Cutting, Due, Service, Told, looked_at_again, missing, reports_due
from einthoven.reports.life_states import About, Key, Kind, Report

ROUND: Final[Duration] = MINUTE
"""What is in service is asked again this often."""
AGAIN_AFTER: Final[Duration] = 10 * MINUTE
"""What could not be made is tried again after this."""
PAST: Final[Duration] = 7 * DAY
"""Periods that ended, and calls that reached somebody, longer ago than this make no reports any more."""
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
            if (Kind.URGENT, one.stream, str(one.case)) in books.reports.newest:
                continue
            case = books.triage.cases.cases.get(one.case)
            start = one.opened if case is None else min(case.onset_at, one.opened)
            yield Told(one.case, one.stream, start, one.reached)

    def _of_interest(self) -> list[int]:
        """Newest reports whose figures may still change: of periods that go on, or ended lately."""
        streams, books = {one.stream for one in self.services}, self._books.reports
        return [number for (_, stream, _), number in books.newest.items() if stream in streams]

    # ---- work on the maker's thread ----------------------------------------------------------------------

    def _survey(self, now: Instant) -> Callable[[], Took]:
        facts, cutting = self.world.facts, self.world.cutting
        # Of the book's index is only asked what is in it, which the maker's thread may do as well: a copy of
        # hundreds of thousands of keys would keep the loop waiting.
        told, known = list(self._told(now)), self._books.reports.newest

        def work() -> Took:
            found = facts.services(now - PAST)
            due = reports_due(found, told, known, cutting, now, facts.complete)
            wanted = {one.about.key for one in due}

            def took(self: ReportDesk, _now: Instant) -> None:
                self.services, self._due, self.stalled = found, due, None
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
        service = next((one for one in self.services if one.stream == about.stream), None)

        def told() -> str:
            if service is None or about.kind is Kind.URGENT:
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

        def work() -> Took:
            pdf = world.store.put(world.maker.typeset(world.store.get(report.content), standing))
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
        self._tried[about.key] = now, stamp
        assert digest == sha256(made.content).hexdigest()
        told = made.analysis, made.headline, due.note, stamp
        self.desk.commit(life.draft(book, about, digest, *told), CENTER, now)

    def _issued(self, report: Report, pdf: str, now: Instant) -> None:
        self._failed.pop(report.about.key, None)
        practice = self._books.surveil.staff.practices.get(self._books.practice(report.about.stream) or 0)
        to = "the practice" if practice is None else practice.name
        self.desk.commit(life.issue(self._books.reports, report.number, pdf, to), CENTER, now)

    def failed(self, job: Job, error: EinthovenError | OSError, now: Instant) -> None:
        """What was to be done could not be; it is tried again."""
        if job.about is None and not job.survey:
            return
        if job.about is None:
            self.stalled = (now if self.stalled is None else self.stalled[0]), str(error)
            return
        since = self._failed[job.about.key][1] if job.about.key in self._failed else now
        self._failed[job.about.key] = job.about, since, now, str(error)
