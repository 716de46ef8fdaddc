"""A small center where people sign in and a real desk decides: patient 17 of practice 1, 18 of nobody's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from tests.center.desk_house import BelievingDisplays
from tests.edges.web.signed_center import SignedCenter

from einthoven.base.deeds import CENTER
from einthoven.base.errors import EinthovenError
from einthoven.center.desk import Desk, DeskWorld
from einthoven.center.desk_books import Books, PatientCard
from einthoven.center.desk_door import DeskDoor
from einthoven.center.desk_seat import DeskRoom
from einthoven.center.patient_notes import note
from einthoven.center.report_desk import ReportDesk, World
from einthoven.reports.life_due import Cutting
from einthoven.surveillance import stations
from einthoven.testing.reports import MemoryReports, PaperMaker, PaperServices

NUMBER = "+1 555 010 0001"


class Later:
    """A desk that is made after the center around it."""

    room: DeskRoom

    def __getattr__(self, name: str) -> Any:
        return getattr(self.room, name)


class PaperReports:
    """``ReportDoor`` over a maker, files and services that a test tells; days are cut at midnight."""

    desk: ReportDesk

    def __init__(self) -> None:
        self.maker, self.files, self.worn = PaperMaker(), MemoryReports(), PaperServices()

    def open(self, desk: Desk) -> None:
        """Reports are made for this desk from now on."""
        self.desk = ReportDesk(desk, World(self.maker, self.files, self.worn, Cutting("UTC", 0)))
        desk.books.making = self.desk

    def work(self, now: int) -> None:
        """Do what is next until nothing is."""
        while (job := self.desk.next(now)) is not None:
            try:
                job.work()(self.desk, now)
            except EinthovenError as error:
                self.desk.failed(job, error, now)

    def get(self, digest: str) -> bytes:
        return self.files.get(digest)

    def preliminary(self, number: int) -> Callable[[], bytes]:
        return self.desk.preliminary(number)


class SigningCenter(SignedCenter):
    """Its desk stands on the house's journal, after everybody was taken on."""

    def __init__(self, static: Path, **options: Any) -> None:
        later = Later()
        self.paper = PaperReports()
        super().__init__(static, desk=cast("DeskDoor", later), reports=self.paper, **options)
        self.house.everybody()
        self.books = Books(lambda stream: PatientCard(f"Patient, {stream}", physician="Dr. Weber"))
        desk = Desk(DeskWorld(self.house.facts.journal, BelievingDisplays(), [], "boot"), self.books)
        now = self.clock.wall()
        desk.start(now)
        self.paper.open(desk)
        self.room = later.room = DeskRoom(desk, self.clock, "Boston")
        for stream in (17, 18):
            self.books.notify.plans.orders[stream] = ("Dr. Weber", NUMBER, "America/New_York")
        self.room.desk.commit(note(self.books.notes, 17, {"practice": 1}), CENTER, now)
        site = stations.add_site(self.books.surveil.stations, "Boston", "1 Main St", "US", ["10.0.0.0/8"])
        self.room.desk.commit(site, CENTER, now)
        place = stations.register_station(self.books.surveil.stations, "Desk 1", 1, "a" * 64, "desk")
        self.room.desk.commit(place, CENTER, now)
        self.room.desk.serve((17, 18), (), now)
