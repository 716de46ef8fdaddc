"""A desk whose reports are made on paper: people of two practices, a maker that a test steers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.center.test_desk_criteria import DEMANDED, Office

from einthoven.base.errors import EinthovenError
from einthoven.base.instants import DAY
from einthoven.center import report_page
from einthoven.center.desk_door import Who
from einthoven.center.report_desk import ReportDesk, World
from einthoven.center.sign_in_ports import Confirmed
from einthoven.reports.life_due import Cutting, Service
from einthoven.reports.life_states import Report
from einthoven.testing.reports import MemoryReports, PaperMaker, PaperServices


class ReportOffice(Office):
    """Patient 1 of practice 1 has worn a transmitter for a day and a bit, cut at this very hour."""

    def __init__(self) -> None:
        super().__init__()
        self.colleague = self.sit("Dr. Second", "physician", 1)
        self.auditor = self.sit("Roe, Pat", "auditor")
        self.maker, self.files, self.worn = PaperMaker(), MemoryReports(), PaperServices()
        self.begin_reports()
        self.worn.told = [Service(1, self.now - DAY)]

    def begin_reports(self) -> None:
        """As at a start of the center."""
        minute = self.now // 60_000_000_000 % 1440
        world = World(self.maker, self.files, self.worn, Cutting("UTC", minute))
        self.reports = ReportDesk(self.house.room.desk, world)
        self.house.books.making = self.reports

    def work(self, most: int = 50) -> list[str]:
        """Do what is next until nothing is; what was about a report."""
        done = []
        for _ in range(most):
            job = self.reports.next(self.now)
            if job is None:
                return done
            if job.about is not None:
                done.append(job.about.words)
            try:
                job.work()(self.reports, self.now)
            except (EinthovenError, OSError) as error:
                self.reports.failed(job, error, self.now)
        raise AssertionError("there is always more to do")

    def later(self, seconds: float) -> None:
        """Time passes."""
        self.house.clock.move(seconds)

    def report(self, number: int = 1) -> Report:
        return self.house.books.reports.report(number)

    def must(self, who: Who, act: str, **fields: Any) -> dict[str, Any]:
        """Do it, or fail."""
        error = self.ask(who, act, **fields)
        if error is not None:
            raise error
        return self.told

    def write(self, who: Who, text: str = "Sinus rhythm.", number: int = 1) -> EinthovenError | None:
        base = self.report(number).impression.version
        return self.ask(who, "report.edit", report=number, text=text, base=base)

    def shown(self, who: Who, number: int = 1) -> dict[str, Any]:
        """The page of a report."""
        return dict(self.house.room.ask(who, "report", {"id": str(number)}))

    def inbox(self, who: Who, **params: str) -> dict[str, Any]:
        return report_page.inbox(self.house.books, who, params, self.now)

    def signs(
        self, who: Who, act: str = "report.sign", number: int = 1, **fields: Any
    ) -> EinthovenError | None:
        """Sign what the page shows, having proved who one is."""
        told = self.shown(who, number)
        content = told["writing"]["to_sign"] if act == "report.add" else told["to_sign"]
        proof = Confirmed(who.staff, b"session", content, DEMANDED, self.now)
        return self.ask(replace(who, confirmed=proof), act, report=number, content=content, **fields)
