"""What a station of a big center is told: what concerns its person; in a small one everybody is told all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.center.desk_house import DeskHouse

from einthoven.center import desk_interest, desk_news
from einthoven.center.desk_door import Who
from einthoven.center.desk_seat import DeskSeat
from einthoven.center.displays import Checked, Sight
from einthoven.center.patient_notes import note
from einthoven.review.facts import Tier
from einthoven.surveillance import staff_changes


class Page:
    """What a page at the desk knows, by what it was told."""

    def __init__(self, house: DeskHouse, person: int) -> None:
        self.house = house
        who = Who(person, person, "192.0.2.7")
        self.seat: DeskSeat = house.room.open(who, lambda: {"staff": {"id": person}})
        self.known: dict[str, Any] = {}

    def listen(self) -> None:
        for _ in range(50):
            text = self.seat.next(self.house.clock.monotonic(), self.house.clock.wall())
            told = json.loads(text or '{"type": "tick"}')
            if told["type"] == "tick":
                return
            if told["type"] == "snapshot":
                self.known = {}
            self.known |= told["put"]
            for key in told["drop"]:
                self.known.pop(key, None)

    def keys(self, kind: str) -> set[str]:
        return {key for key in self.known if key.startswith(kind)}


def big(monkeypatch: pytest.MonkeyPatch, whole_max: int = 2) -> tuple[DeskHouse, int, int, int]:
    """Four patients; Kim watches 1 and 2, Lee watches 3, nobody watches 4."""
    monkeypatch.setattr(desk_interest, "WHOLE_MAX", whole_max)
    house = DeskHouse(patients=4)
    kim, lee, ann = house.hire("Kim, A"), house.hire("Lee, R"), house.hire("Ann, S", "supervisor")
    house.begin()
    for person, streams in ((kim, [1, 2]), (lee, [3])):
        watching(house, person, streams)
    return house, kim, lee, ann


def watching(house: DeskHouse, person: int, streams: list[int]) -> None:
    """Somebody takes patients, and their screen paints them."""
    who = Who(person, person, "192.0.2.7")
    surveil = house.books.surveil
    house.room.open(who, lambda: {"staff": {"id": person}})
    surveil.proofs.seen[person] = house.clock.wall()
    told: list[object] = []
    names = [f"s{stream:06d}" for stream in streams]
    house.room.act(who, "watch.take", {"streams": names}, lambda _made, error: told.append(error))
    assert told == [None]
    checked = Checked(house.clock.wall(), [Sight(stream, None) for stream in streams])
    now = house.clock.wall()
    house.room.desk.commit(surveil.painted(person, checked, True, now), "center", now)


def test_a_technician_of_a_big_center_is_told_of_their_own_and_of_nobodys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house, kim, _lee, ann = big(monkeypatch)
    for stream in (1, 3, 4):
        house.finds(stream, "pause", Tier.URGENT)
    house.run(1)
    told: list[object] = []
    lee = Who(2, 2, "192.0.2.7")
    house.room.act(lee, "case.take", {"case": 2}, lambda _made, error: told.append(error))
    assert told == [None]
    page, supervisor = Page(house, kim), Page(house, ann)
    page.listen()
    supervisor.listen()
    assert page.known["center"]["interest"] == "own"
    assert page.keys("patient:") == {"patient:s000001", "patient:s000002", "patient:s000004"}
    assert {page.known[key]["stream"] for key in page.keys("watch:")} >= {"s000001", "s000002", "s000004"}
    assert all(page.known[key]["stream"] != "s000003" for key in page.keys("watch:"))
    # what another holds of another's patient concerns nobody else; what nobody holds everybody
    assert page.keys("case:") == {"case:1", "case:3"}
    assert page.keys("incident:") == set()
    assert supervisor.known["center"]["interest"] == "all"
    assert len(supervisor.keys("patient:")) == 4
    assert len(supervisor.keys("case:")) == 3
    assert supervisor.keys("incident:") != set()


def test_whoever_takes_a_patient_is_told_of_them_and_of_their_cases_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house, kim, lee, _ann = big(monkeypatch)
    house.finds(4, "pause", Tier.URGENT)
    house.run(1)
    page, other = Page(house, kim), Page(house, lee)
    page.listen()
    other.listen()
    told: list[object] = []
    house.room.act(Who(lee, lee, "192.0.2.7"), "case.take", {"case": 1}, lambda _m, error: told.append(error))
    watching(house, kim, [4])
    house.clock.move(1)
    page.listen()
    other.listen()
    assert told == [None]
    assert "case:1" in page.keys("case:")
    assert page.known["patient:s000004"]["watched"] is True
    # to the other it is somebody's now: no longer theirs to see to
    assert "patient:s000004" not in other.known
    assert "case:1" in other.known


def test_in_a_small_center_everybody_is_told_of_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    house, kim, _lee, _ann = big(monkeypatch, whole_max=600)
    page = Page(house, kim)
    page.listen()
    assert page.known["center"]["interest"] == "all"
    assert len(page.keys("patient:")) == 4


@pytest.mark.parametrize("role", ["physician", "office"])
def test_a_practice_is_told_whether_its_own_patients_are_watched_and_neither_by_whom_nor_of_others(
    monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    house, *_ = big(monkeypatch, whole_max=600)
    surveil, now = house.books.surveil, house.clock.wall()
    house.room.desk.commit(staff_changes.add_practice(surveil.staff, "Heart practice"), "center", now)
    for stream in (1, 4):
        house.room.desk.commit(note(house.books.notes, stream, {"practice": 1}), "center", now)
    person = surveil.staff.next_member
    joined = staff_changes.join(surveil.staff, "Poe, Dr. Ann", "poe", [role], 1)
    house.room.desk.commit(joined, "center", now)
    house.run(1)
    page = Page(house, person)
    page.listen()
    assert page.keys("patient:") == {"patient:s000001", "patient:s000004"}
    assert [page.known[f"patient:s00000{stream}"]["watched"] for stream in (1, 4)] == [True, False]
    assert not page.keys("watch:") | page.keys("person:") | page.keys("incident:")


def test_a_snapshot_that_ends_with_nothing_for_this_page_says_that_it_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of thousands of entities of others a page may see none on its last pages."""
    monkeypatch.setattr(desk_news, "STRIDE", 3)
    news = desk_news.DeskNews("boot")
    for number in range(20):
        news.put(f"case:{number}", {"id": number})
    reader = news.reader(lambda key, _entity: key == "case:0")
    said = [json.loads(text) for text in (news.next(reader, 0, 0, {}, str) for _ in range(9)) if text]
    news_of = [one for one in said if one["type"] != "tick"]
    assert [one["more"] for one in news_of] == [True, False]
    assert list(news_of[0]["put"]) == ["case:0"]
