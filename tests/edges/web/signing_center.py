"""A small center where people sign in and a real desk decides: patient 17 of practice 1, 18 of nobody's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.center.desk_house import BelievingDisplays
from tests.edges.web.signed_center import SignedCenter

from einthoven.base.deeds import CENTER
from einthoven.base.instants import Instant
from einthoven.center.desk import Desk, DeskWorld
from einthoven.center.desk_books import Books, PatientCard
from einthoven.center.desk_seat import DeskRoom
from einthoven.center.patient_notes import note
from einthoven.surveillance import stations
from einthoven.testing.web import EPOCH, HandClock

NUMBER = "+1 555 010 0001"


class HouseClock(HandClock):
    """The clock of the center that is not made yet."""

    center: SigningCenter | None = None

    def wall(self) -> Instant:
        return EPOCH if self.center is None else self.center.clock.wall()

    def monotonic(self) -> int:
        return 0 if self.center is None else self.center.clock.monotonic()


class SigningCenter(SignedCenter):
    """Its desk stands on the house's journal, after everybody was taken on."""

    def __init__(self, static: Path, **options: Any) -> None:
        clock = HouseClock()
        self.books = Books(lambda stream: PatientCard(f"Patient, {stream}", physician="Dr. Weber"))
        self.room = DeskRoom(None, clock, "Boston")  # type: ignore[arg-type]  # given below
        super().__init__(static, desk=self.room, **options)
        self.house.everybody()
        self.room.desk = Desk(
            DeskWorld(self.house.facts.journal, BelievingDisplays(), [], "boot"), self.books
        )
        clock.center = self
        now = self.clock.wall()
        self.room.desk.start(now)
        for stream in (17, 18):
            self.books.notify.plans.orders[stream] = ("Dr. Weber", NUMBER, "America/New_York")
        self.room.desk.commit(note(self.books.notes, 17, {"practice": 1}), CENTER, now)
        site = stations.add_site(self.books.surveil.stations, "Boston", "1 Main St", "US", ["10.0.0.0/8"])
        self.room.desk.commit(site, CENTER, now)
        place = stations.register_station(self.books.surveil.stations, "Desk 1", 1, "a" * 64, "desk")
        self.room.desk.commit(place, CENTER, now)
        self.room.desk.serve((17, 18), (), now)
