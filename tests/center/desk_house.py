"""A desk on virtual time: real books, a journal in memory, screens that are believed, people at stations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

from einthoven.base.deeds import CENTER, Draft
from einthoven.base.errors import EinthovenError
from einthoven.base.instants import DAY, SECOND, Instant
from einthoven.center.desk import Desk, DeskWorld
from einthoven.center.desk_books import Books, PatientCard
from einthoven.center.desk_door import Who
from einthoven.center.desk_seat import DeskRoom
from einthoven.center.displays import Checked, Glass, Report, Sight
from einthoven.review.facts import FindingFact, FindingState, Met, Priority, Tier
from einthoven.sim.night_player import SeatOf
from einthoven.sim.people import Habits, Physician, Technician
from einthoven.sim.station import HeadlessStation
from einthoven.surveillance import staff_changes, stations
from einthoven.testing.facts import MemoryFacts
from einthoven.testing.web import EPOCH, HandClock

TURN = SECOND // 5
NUMBER = "+1 555 0100"
TOPICS = ("reading ECGs", "directing a patient in an emergency")


class BelievingDisplays:
    """Screens are taken at their word, but for the nonce: it must be one of the last three of this screen."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._at: Instant = 0
        self._beats: dict[str, Instant] = {}

    def beat(self, at: Instant) -> None:
        self._at = at

    def open(self) -> Glass:
        return Glass()

    def nonce(self, glass: Glass) -> str:
        made = f"{next(self._numbers):x}"
        glass.nonces[made] = 0
        self._beats[made] = self._at
        while len(glass.nonces) > 3:
            gone = next(iter(glass.nonces))
            del glass.nonces[gone]
            del self._beats[gone]
        return made

    def check(self, glass: Glass, report: Report) -> Checked:
        if report.nonce not in glass.nonces:
            return Checked(None, [])
        del glass.nonces[report.nonce]
        at = self._beats.pop(report.nonce)
        return Checked(at, [Sight(tile.stream, None) for tile in report.tiles])


class WordPainter:
    """Reports tiles as painted, with no column in them."""

    def report(self, streams: Sequence[str], nonce: str, _wall: Instant) -> str:
        tiles = [[stream, 0, 1.0, 0, -1, 0, 0, 0] for stream in streams]
        return json.dumps({"type": "painted", "nonce": nonce, "visible": True, "tiles": tiles})


@dataclass
class Facts:
    """Findings that a test tells."""

    waiting: list[FindingFact] = field(default_factory=list)

    def take(self, _now: Instant) -> list[FindingFact]:
        taken, self.waiting = self.waiting, []
        return taken


class DeskHouse:
    """One center with patients 1 … n, a site in Boston, and whoever a test hires."""

    def __init__(self, patients: int = 3, seed: int = 1) -> None:
        self.clock = self.hand_clock()
        self.facts = Facts()
        self.kept = MemoryFacts()
        self.patients = patients
        self.chance = Random(seed)
        self.defects: list[tuple[str, Exception]] = []
        self.physician = Physician("Dr. Weber", answers=1.0)
        self.technicians: list[Technician] = []
        self.room = self._opened()
        self._found(
            stations.add_site(self.books.surveil.stations, "Boston", "1 Main St", "US", ["192.0.2.0/24"])
        )

    def hand_clock(self) -> HandClock:
        """The clock of the center."""
        return HandClock()

    def _opened(self) -> DeskRoom:
        books = Books(lambda stream: PatientCard(f"Patient, {stream}", physician="Dr. Weber"))
        for stream in range(1, self.patients + 1):
            books.notify.plans.orders[stream] = ("Dr. Weber", NUMBER, "America/New_York")
        world = DeskWorld(self.kept.journal, self.displays(), [self.facts], "boot")
        desk = Desk(world, books, lambda what, error: self.defects.append((what, error)))
        desk.start(self.clock.wall())
        return DeskRoom(desk, self.clock, "Boston")

    def displays(self) -> Any:
        """What judges the reports of screens."""
        return BelievingDisplays()

    @property
    def books(self) -> Books:
        return self.room.desk.books

    def _found(self, drafts: Sequence[Draft]) -> None:
        self.room.desk.commit(drafts, CENTER, self.clock.wall())

    def act_at_desk(self, person: int, act: str, fields: Mapping[str, Any]) -> Mapping[str, object]:
        """Somebody does something at their own station, of the same number; what is refused is raised."""
        told: list[tuple[Mapping[str, object] | None, EinthovenError | None]] = []
        who = Who(person, person, "192.0.2.7")
        self.room.act(who, act, fields, lambda made, error: told.append((made, error)))
        assert len(told) == 1, "no answer yet"
        made, error = told[0]
        if error is not None:
            raise error
        assert made is not None
        return made

    def hire(self, name: str, role: str = "technician", kind: str = "CCT") -> int:
        """A qualified member of staff with a station of their own, the same number."""
        staff, places = self.books.surveil.staff, self.books.surveil.stations
        number = staff.next_member
        self._found(staff_changes.join(staff, name, name.casefold().split(",")[0], [role]))
        until = EPOCH + 400 * DAY
        self._found(staff_changes.credential(staff, number, kind, f"N-{number}", "CCI", EPOCH - DAY, until))
        for topic in TOPICS:
            self._found(staff_changes.training(staff, number, topic, EPOCH - DAY, until, "the center"))
        self._found(stations.register_station(places, f"Desk {number}", 1, f"{number:064x}", "desk"))
        return number

    def station_is(self, number: int, kind: str) -> None:
        """A station is of another kind than it was."""
        places = self.books.surveil.stations
        one = places.stations[number]
        self._found(stations.change_station(places, number, one.name, one.site, one.public_key, kind))

    def seat(self, person: int, **habits: float) -> Technician:
        """They sit down at their station."""
        who = Who(person, person, "192.0.2.7")
        station = HeadlessStation(SeatOf(self.room, who), WordPainter())
        one = Technician(
            station,
            Random(self.chance.randrange(1 << 30)),
            lambda _number: self.physician,
            habits=Habits(**habits),
        )
        self.technicians.append(one)
        return one

    def begin(self) -> None:
        """Every patient is in service."""
        self.room.desk.serve(range(1, self.patients + 1), (), self.clock.wall())

    def run(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(round(seconds * SECOND / TURN)):
            self.clock.move(TURN / SECOND)
            now, wall = self.clock.monotonic(), self.clock.wall()
            self.room.desk.turn(wall)
            self.room.sweep(wall)
            for one in self.technicians:
                one.step(now, wall)
        assert self.defects == []

    def kill(self) -> None:
        """The center dies and comes back on what the journal holds; the pages must open anew."""
        self.technicians = []
        self.room = self._opened()

    def finds(self, stream: int, kind: str, tier: Tier, key: str = "1-0-0", **change: Any) -> None:
        """The analysis finds something that meets a criterion."""
        now = self.clock.wall()
        met = (Met(f"{kind}.{tier}.any", tier, 1.0, 1.0, "flag", f"{kind} is {tier}"),)
        fact = FindingFact(
            key, stream, kind, kind.replace("-", " "), FindingState.CLOSED, now - 5 * SECOND, now, tier
        )
        made = {"priority": Priority.HIGH, "met": met} | change
        self.facts.waiting.append(FindingFact(**{**_fields(fact), **made}))

    def continuity(self, start: Instant, stop: Instant) -> Any:
        """The report of a period."""
        return self.books.continuity.report(start, stop, self.books.surveil.alive_until(self.clock.wall()))


def _fields(fact: FindingFact) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in FindingFact.__dataclass_fields__}
