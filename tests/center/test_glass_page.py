"""Broken glass at the desk: who is told what before it, who may break it, and what closes after the hour."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.center.desk_house import DeskHouse
from tests.center.test_desk import asked

from einthoven.base.deeds import Draft
from einthoven.base.errors import EinthovenError, InputError, NotFoundError, RefusedError
from einthoven.base.instants import DAY, MILLISECOND, MINUTE, SECOND
from einthoven.center.desk_books import PatientCard
from einthoven.center.desk_door import Who
from einthoven.center.patient_notes import note
from einthoven.review.facts import Tier
from einthoven.surveillance import staff_changes

WHY = "covering for Dr Abe tonight"
OTHERS, OWN, NOBODYS, UNKNOWN = "s000002", "s000001", "s000003", "s000009"


class Clinic:
    """Practice 1 with patient 1, a physician, an office; practice 2 with patient 2; patient 3 is nobody's."""

    def __init__(self) -> None:
        self.house = house = DeskHouse(patients=3)
        staff, self.books = house.books.surveil.staff, house.books
        self.do(staff_changes.add_practice(staff, "Heart practice"))
        self.do(staff_changes.add_practice(staff, "Rhythm House"))
        self.kim = self.join("Kim, Dr. Ann", "kim", "physician", 1)
        self.office = self.join("Fry, Flo", "flo", "office", 1)
        self.abe = self.join("Abe, Dr. Bo", "abe", "physician", 2)
        self.auditor = self.join("Ody, Una", "una", "auditor", None)
        self.technician = house.hire("Ruiz, Tom")
        house.begin()
        for stream in (1, 2):
            self.do(note(house.books.notes, stream, {"practice": stream}))
        card = house.books.card
        house.books.card = lambda stream: card(stream) if stream <= 3 else PatientCard("")

    def do(self, drafts: list[Draft]) -> None:
        self.house.room.desk.commit(drafts, "center", self.house.clock.wall())

    def join(self, name: str, login: str, role: str, practice: int | None) -> int:
        staff = self.house.books.surveil.staff
        number = staff.next_member
        self.do(staff_changes.join(staff, name, login, [role], practice))
        return number

    def glass(self, person: int, stream: str, **params: str) -> Any:
        return self.house.room.ask(Who(person, None, "192.0.2.9"), "glass", {"id": stream, **params})

    def break_(self, person: int, stream: str = OTHERS, why: str = WHY) -> EinthovenError | None:
        return asked(
            self.house, Who(person, None, "192.0.2.9"), "break_glass", {"stream": stream, "why": why}
        )


@pytest.fixture
def clinic() -> Clinic:
    return Clinic()


def test_nothing_of_a_patient_of_another_practice_is_told_before_the_glass_is_broken(clinic: Clinic) -> None:
    for stream in (OTHERS, NOBODYS):
        told = clinic.glass(clinic.kim, stream)
        assert (told["sees"], told["may_break"], told["until_ms"]) == (False, True, None)
        assert (told["minutes"], told["least"], told["looks"]) == (60, 10, [])
        assert "Patient" not in json.dumps(told)


def test_whoever_may_not_break_it_learns_not_even_whether_there_is_such_a_patient(clinic: Clinic) -> None:
    assert clinic.glass(clinic.office, OTHERS) == clinic.glass(clinic.office, UNKNOWN)
    assert not clinic.glass(clinic.office, OTHERS)["may_break"]
    with pytest.raises(NotFoundError, match=f"no stream {UNKNOWN}"):
        clinic.glass(clinic.kim, UNKNOWN)


def test_ones_own_patients_and_those_who_see_everybody_have_no_glass_before_them(clinic: Clinic) -> None:
    assert clinic.glass(clinic.kim, OWN)["sees"]
    assert clinic.glass(clinic.office, OWN)["sees"]
    assert clinic.glass(clinic.technician, OTHERS)["sees"]
    assert clinic.glass(clinic.auditor, OTHERS, page="criteria")["sees"]


def test_a_page_that_is_for_no_role_of_theirs_is_refused_and_one_that_there_is_not(clinic: Clinic) -> None:
    with pytest.raises(RefusedError, match="not for your roles"):
        clinic.glass(clinic.auditor, OTHERS)
    with pytest.raises(InputError, match="page: want one of patient, criteria, ladder"):
        clinic.glass(clinic.kim, OTHERS, page="wall")


def test_broken_it_is_open_for_an_hour_for_one_person_and_one_patient_and_changes_nothing(
    clinic: Clinic,
) -> None:
    now = clinic.house.clock.wall()
    assert clinic.break_(clinic.kim) is None
    told = clinic.glass(clinic.kim, OTHERS)
    assert (told["sees"], told["why"]) == (True, WHY)
    assert told["until_ms"] == (now + 60 * MINUTE) / MILLISECOND
    assert not clinic.glass(clinic.kim, NOBODYS)["sees"]
    assert not clinic.glass(clinic.office, OTHERS)["sees"]
    who = Who(clinic.kim, None, "192.0.2.9")
    form = {"stream": OTHERS, "overrides": {"pause.urgent.interval_ms": 3500.0}, "why": WHY}
    refused = asked(clinic.house, who, "criteria.propose", form)
    assert isinstance(refused, RefusedError)
    assert refused.reason == "practice"
    assert clinic.house.room.ask(who, "criteria", {"id": OTHERS})["may"]["propose"] is False
    clinic.house.clock.move(60 * 60 - 1)
    assert clinic.glass(clinic.kim, OTHERS)["sees"]
    clinic.house.clock.move(1)
    assert not clinic.glass(clinic.kim, OTHERS)["sees"]


REFUSED = [
    ("office", OTHERS, WHY, "break_glass is not for your roles"),
    ("technician", OTHERS, WHY, "break_glass is not for your roles"),
    ("kim", OWN, WHY, "yours to see"),
    ("kim", UNKNOWN, WHY, f"no stream {UNKNOWN}"),
    ("kim", OTHERS, "why not", "why: 'why not' explains nothing"),
    ("kim", OTHERS, "   ", "why: must be said"),
]


@pytest.mark.parametrize(("who", "stream", "why", "words"), REFUSED)
def test_what_is_no_reason_to_open_it_opens_nothing(
    clinic: Clinic, who: str, stream: str, why: str, words: str
) -> None:
    person = getattr(clinic, who)
    error = clinic.break_(person, stream, why)
    assert error is not None
    assert words in str(error)
    assert clinic.books.surveil.staff.glass == {}


def test_their_own_practice_reads_who_looked_and_why_for_a_month(clinic: Clinic) -> None:
    clinic.break_(clinic.kim, why="called by the emergency room")
    clinic.house.clock.move(2 * 60 * 60)
    clinic.break_(clinic.kim)
    looks = clinic.glass(clinic.abe, OTHERS)["looks"]
    assert [(one["by"], one["practice"], one["why"]) for one in looks] == [
        ("Kim, Dr. Ann", "Heart practice", WHY),
        ("Kim, Dr. Ann", "Heart practice", "called by the emergency room"),
    ]
    assert looks[0]["at_ms"] - looks[1]["at_ms"] == 2 * 60 * 60 * 1000
    assert clinic.glass(clinic.kim, OTHERS)["looks"] == []
    clinic.house.clock.move(30 * DAY / SECOND)
    assert clinic.glass(clinic.abe, OTHERS)["looks"] == []


def told(clinic: Clinic, seat: Any, what: str) -> set[str]:
    """Keys that a page is told, or told to drop, in all its messages that are due."""
    found: set[str] = set()
    while (text := seat.next(clinic.house.clock.monotonic(), clinic.house.clock.wall())) is not None:
        found |= set(json.loads(text).get(what, ()))
    return found


def test_a_page_at_the_desk_is_told_of_the_case_for_the_hour_and_no_longer(clinic: Clinic) -> None:
    house = clinic.house
    house.finds(2, "ventricular-tachycardia", Tier.EMERGENT)
    house.run(1)
    seat = house.room.open(Who(clinic.kim, None, "192.0.2.9"), lambda: {"staff": {"id": clinic.kim}})
    assert "case:1" not in told(clinic, seat, "put")
    assert clinic.break_(clinic.kim) is None
    house.run(1)
    assert "case:1" in told(clinic, seat, "put")
    house.clock.move(60 * 60)
    assert "case:1" in told(clinic, seat, "drop")


def test_a_replay_knows_every_look(clinic: Clinic) -> None:
    clinic.break_(clinic.kim)
    before = clinic.house.books.surveil.staff.looks
    clinic.house.kill()
    assert clinic.house.books.surveil.staff.looks == before
    assert [one.person for one in before[2]] == [clinic.kim]
