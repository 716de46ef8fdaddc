"""A desk whose reports have the content that is kept, and what sends them as HL7."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from tests.center.report_house import ReportOffice
from tests.interop.kept import kept
from tests.interop.messages import JANE, POE

from einthoven.base.errors import NotFoundError
from einthoven.base.instants import DAY, HOUR
from einthoven.center.desk_ports import HL7
from einthoven.center.hl7_office import Hl7Office
from einthoven.center.hl7_sender import Hl7Sender, Route, held_back
from einthoven.center.outbox import Outbox, Retry
from einthoven.center.report_ports import Made
from einthoven.center.report_shelf import LifeShelf
from einthoven.edges.exchange.mllp import MllpMessenger, Receiver
from einthoven.enrollment.periods import ServicePeriod
from einthoven.enrollment.register import Enrolled
from einthoven.interop.hl7_oru import Between
from einthoven.reports.life_book import LifeBook
from einthoven.reports.life_states import About
from einthoven.testing.reports import PaperMaker


def enrolled(stream: int) -> Enrolled:
    if stream != 1:
        raise NotFoundError(f"there is no stream {stream}")
    return Enrolled(stream, ServicePeriod(1, 3, "T-1", stream, 0, 30 * DAY), JANE, POE)


class KeptMaker(PaperMaker):
    """Makes contents as they are kept; ``beats`` makes others of them."""

    beats: int = 0

    def make(self, about: About, note: str) -> Made:
        told = PaperMaker.make(self, about, note)
        return Made(kept(about.start, beats=self.beats), told.analysis, told.headline)


class Office(ReportOffice):
    """Reports of real contents, and what sends them."""

    def __init__(self) -> None:
        super().__init__()
        self.maker = KeptMaker()
        self.begin_reports()
        self.port = 0
        self.open()

    @property
    def books(self) -> Any:
        return self.house.books

    def open(self) -> None:
        """As at a start."""
        book: LifeBook = self.books.reports
        self.shelf = LifeShelf(book, self.files, enrolled)
        route = Route("mllp://127.0.0.1", Between(to_application="LAB"), UTC)
        known = lambda patient: self.books.hospital.of(patient).identifiers  # noqa: E731
        self.sender = Hl7Sender(book, self.shelf.one, route, known)
        self.house.room.desk.listeners.append(self.sender.heard)

        def settle(draft: Any, tried: Any, done: Any) -> None:
            self.house.room.desk.settle(draft, tried, self.now, lambda: done(None))

        journal = self.house.kept.journal
        self.messenger = MllpMessenger(Receiver("127.0.0.1", self.port), self.files.get)
        waits = lambda notice: held_back(self.books.notices.notices, notice.id)  # noqa: E731
        self.outbox = Outbox(journal, {HL7: self.messenger}, settle, Retry(age=24 * HOUR), HL7, waits)

        def decide(decided: Any, actor: str, at: int) -> None:
            drafts, notices = decided()
            self.house.room.desk.record.commit(drafts, actor, at, outbox=notices)

        self.letters = Hl7Office(self.books, self.house.kept, journal, decide, lambda: [enrolled(1)])

    def restart(self) -> None:
        """The center starts anew on what it kept."""
        self.house.room = self.house._opened()
        self.begin_reports()
        self.open()

    def issues(self) -> None:
        """A day's report is written, signed and issued."""
        self.work()
        self.write(self.physician, "Sinus rhythm with | and ^.")
        assert self.signs(self.physician) is None
        self.work()

    def adds(self) -> None:
        """An addendum is written, signed and issued."""
        base = self.report().writing.version
        self.must(self.physician, "report.write_addendum", report=1, text="Also AF.", base=base)
        assert self.signs(self.physician, "report.add") is None
        self.work()

    def queues(self) -> list[int]:
        """Queue what is to be sent."""
        queued = []
        while (number := self.sender.next(self.now)) is not None:
            draft, notice = self.sender.message(number, self.now)
            self.house.room.desk.post([draft], [notice], self.now)
            self.sender.kept(number)
            queued.append(number)
        return queued

    async def tries(self) -> int:
        """Try what is due; how much that was."""
        due = self.outbox.due(self.now)
        for one in due:
            await self.outbox.send(one, lambda: self.now)
        return len(due)

    def delivered(self) -> list[tuple[int, str, str]]:
        return [(one.edition, str(one.state), one.words) for one in self.report().sent if one.way == "hl7"]

    def dead(self) -> list[Any]:
        told: Any = self.letters.letters({}, self.now)["dead"]
        return list(told)
