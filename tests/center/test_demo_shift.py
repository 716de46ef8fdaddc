"""The simulated shift of the demo on virtual time: nobody is unwatched, and a visitor may work beside it."""

from __future__ import annotations

from functools import partial
from random import Random

import pytest
from tests.center.desk_house import DeskHouse, WordPainter

from einthoven.bootstrap.demo_duty import HABITS, plausible
from einthoven.center.desk_door import Who
from einthoven.review.facts import Tier
from einthoven.sim.colleagues import OFFERED, Colleague, SecondReader, Shift
from einthoven.sim.night_player import SeatOf
from einthoven.sim.station import HeadlessStation


class Demo:
    """Two simulated technicians, a second reader, and a visitor who has not sat down yet."""

    def __init__(self, patients: int = 8, seed: int = 1) -> None:
        self.house = DeskHouse(patients, seed)
        self.people = [self.house.hire(name) for name in ("Ames, A", "Boyd, B")]
        self.reader = self.house.hire("Reader, R", role="supervisor")
        self.visitor = self.house.hire("Visitor, V")
        self.shift = Shift(frozenset([*self.people, self.reader]))
        for person in self.people:
            chance = Random(self.house.chance.randrange(1 << 30))
            truth = partial(plausible, chance)
            self.house.technicians.append(
                Colleague(
                    self.station(person),
                    chance,
                    lambda _number: self.house.physician,
                    truth=truth,
                    habits=HABITS,
                    usual=-(-patients // 2),
                    patience_s=4.0,
                    shift=self.shift,
                )
            )
        reader = SecondReader(self.station(self.reader), Random(seed), lambda _number: self.house.physician)
        self.house.technicians.append(reader)
        self.house.room.desk.expect(range(1, patients + 1), self.house.clock.wall())
        self.house.run(15)
        self.began = self.house.clock.wall()
        self.house.begin()

    def station(self, person: int) -> HeadlessStation:
        return HeadlessStation(SeatOf(self.house.room, Who(person, person, "192.0.2.7")), WordPainter())

    def visit(self) -> HeadlessStation:
        """The visitor's page opens; from now on it lives as the others do."""
        self.page = self.station(self.visitor)
        self.house.technicians.append(self.page)  # type: ignore[arg-type]
        return self.page

    def held(self, person: int) -> list[int]:
        watches = self.house.books.surveil.watches
        return sorted(s for s, number in watches.holder.items() if watches.live[number].by == person)

    def all_watched(self) -> bool:
        now = self.house.clock.wall()
        return self.house.continuity(self.began, now).percent == "100.000"

    def take_offer(self) -> list[int]:
        self.house.run(12)
        offers = [
            one["id"]
            for one in self.page.of("watch:")
            if one["state"] == "offered"
            and (one["offered_to"] or {}) == {"id": self.visitor, "name": "Visitor, V"}
        ]
        self.page.act("watch.accept", {"watches": offers})
        self.house.run(4)
        return self.held(self.visitor)


@pytest.mark.parametrize("seed", range(12))
def test_everybody_is_watched_from_the_first_sample_while_they_work(seed: int) -> None:
    demo = Demo(seed=seed)
    for minute in range(5):
        demo.house.finds(1 + minute % 8, "asystole", Tier.EMERGENT, key=f"{minute}-0-0")
        demo.house.run(90)
    demo.house.run(420)
    assert demo.all_watched()
    assert demo.house.books.surveil.watches.incidents.live == {}
    cases = demo.house.books.triage.cases.cases.values()
    assert all(one.closed_at is not None for one in cases)
    assert all(one.overread is None or one.overread.done for one in cases)


def test_the_patients_are_shared() -> None:
    demo = Demo()
    assert [len(demo.held(person)) for person in demo.people] == [4, 4]
    assert demo.held(demo.reader) == []


@pytest.mark.parametrize("seed", range(6))
def test_a_visitor_takes_over_and_gives_back_without_a_gap(seed: int) -> None:
    demo = Demo(seed=seed)
    demo.shift.offered = ("s000003", "s000006")
    demo.visit()
    mine = demo.take_offer()
    assert len(mine) == OFFERED
    assert set(mine) & {3, 6}
    watches = demo.house.books.surveil.watches
    demo.page.act("watch.offer", {"watches": "all", "to": "all"})
    demo.house.run(30)
    assert demo.held(demo.visitor) == []
    assert set(watches.holder) == set(range(1, 9))
    assert demo.all_watched()


def test_whoever_watches_those_who_are_offered_first_offers_them() -> None:
    for chosen in ((1, 2, 3), (6, 7, 8)):
        demo = Demo()
        demo.shift.offered = tuple(f"s{stream:06d}" for stream in chosen)
        demo.visit()
        assert set(demo.take_offer()) > set(chosen)


def test_who_leaves_is_taken_back_and_the_gap_is_on_record() -> None:
    demo = Demo()
    page = demo.visit()
    mine = demo.take_offer()
    demo.house.technicians.remove(page)  # type: ignore[arg-type]
    page.leave("closed")
    demo.house.run(30)
    assert demo.held(demo.visitor) == []
    assert set(demo.house.books.surveil.watches.holder) == set(range(1, 9))
    incidents = demo.house.books.surveil.watches.incidents.live.values()
    assert sorted(one.stream for one in incidents) == mine


def test_cases_of_the_visitors_patients_are_left_to_them_and_the_others_are_worked() -> None:
    demo = Demo()
    demo.visit()
    mine = demo.take_offer()
    other = next(stream for stream in range(1, 9) if stream not in mine)
    demo.house.finds(mine[0], "asystole", Tier.EMERGENT, key="1-0-0")
    demo.house.finds(other, "asystole", Tier.EMERGENT, key="2-0-0")
    demo.house.run(100)
    cases = {one.stream: one for one in demo.house.books.triage.cases.cases.values()}
    assert cases[mine[0]].given is None
    assert cases[mine[0]].held_by is None
    assert cases[other].given is not None


def test_who_asks_is_offered_more_and_nobody_is_offered_twice_unasked() -> None:
    demo = Demo()
    demo.visit()
    assert len(demo.take_offer()) == OFFERED
    demo.house.run(60)
    assert not [one for one in demo.page.of("watch:") if one["state"] == "offered"]
    demo.shift.asked[demo.visitor] = 2
    assert len(demo.take_offer()) == OFFERED + 2


def test_the_supervisor_of_the_shift_takes_no_patients() -> None:
    demo = Demo()
    demo.visit()
    mine = demo.take_offer()
    demo.page.act("watch.offer", {"watches": "all", "to": demo.reader})
    demo.house.run(20)
    assert demo.held(demo.visitor) == mine
    assert demo.held(demo.reader) == []


def test_pages_hear_at_once_who_is_there_and_to_whom_a_watch_is_offered_on() -> None:
    demo = Demo()
    demo.visit()
    demo.house.run(3)
    me = demo.page.held[f"person:{demo.visitor}"]
    assert me["alive"]
    demo.house.run(9)
    offer = next(one for one in demo.page.of("watch:") if one["state"] == "offered")
    given = next(
        one for one in demo.page.of("watch:") if one["stream"] == offer["stream"] and one is not offer
    )
    assert given["state"] == "offered_on"
    assert given["offered_to"] == offer["offered_to"] == {"id": demo.visitor, "name": "Visitor, V"}
    assert offer["from"] == given["by"]


def test_a_watch_tells_its_last_proof_only_where_it_is_not_displayed() -> None:
    demo = Demo()
    demo.visit()
    stream = f"s{demo.take_offer()[0]:06d}"
    demo.page.step(demo.house.clock.monotonic(), demo.house.clock.wall())
    held = next(one for one in demo.page.of("watch:") if one["stream"] == stream)
    assert held["proof_ms"] is None
