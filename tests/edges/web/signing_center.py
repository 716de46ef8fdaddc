"""A small center where people sign in and a real desk decides: patient 17 of practice 1, 18 of nobody's."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from tests.center.desk_house import BelievingDisplays
from tests.edges.web.signed_center import SignedCenter

from einthoven.base.deeds import CENTER
from einthoven.center.desk import Desk, DeskWorld
from einthoven.center.desk_books import Books, PatientCard
from einthoven.center.desk_door import DeskDoor
from einthoven.center.desk_seat import DeskRoom
from einthoven.center.patient_notes import note
from einthoven.surveillance import stations

NUMBER = "+1 555 010 0001"


class Later:
    """A desk that is made after the center around it."""

    room: DeskRoom

    def __getattr__(self, name: str) -> Any:
        return getattr(self.room, name)


class SigningCenter(SignedCenter):
    """Its desk stands on the house's journal, after everybody was taken on."""

    def __init__(self, static: Path, **options: Any) -> None:
        later = Later()
        super().__init__(static, desk=cast("DeskDoor", later), **options)
        self.house.everybody()
        self.books = Books(lambda stream: PatientCard(f"Patient, {stream}", physician="Dr. Weber"))
        desk = Desk(DeskWorld(self.house.facts.journal, BelievingDisplays(), [], "boot"), self.books)
        now = self.clock.wall()
        desk.start(now)
        self.room = later.room = DeskRoom(desk, self.clock, "Boston")
        for stream in (17, 18):
            self.books.notify.plans.orders[stream] = ("Dr. Weber", NUMBER, "America/New_York")
        self.room.desk.commit(note(self.books.notes, 17, {"practice": 1}), CENTER, now)
        site = stations.add_site(self.books.surveil.stations, "Boston", "1 Main St", "US", ["10.0.0.0/8"])
        self.room.desk.commit(site, CENTER, now)
        place = stations.register_station(self.books.surveil.stations, "Desk 1", 1, "a" * 64, "desk")
        self.room.desk.commit(place, CENTER, now)
        self.room.desk.serve((17, 18), (), now)
