"""What the demo sets up for surveillance: everything that is needed, once, and nothing a second time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from tests.center.desk_house import DeskHouse

from einthoven.base.deeds import CENTER, Draft
from einthoven.base.instants import DAY, Instant
from einthoven.bootstrap.demo_people import NAMES, ROLES
from einthoven.bootstrap.demo_watch import VISITORS, DemoPosts, circumstances, set_up_watch
from einthoven.bootstrap.people import DEMO_LOGIN
from einthoven.center.desk_books import Books
from einthoven.center.desk_seat import DeskRoom
from einthoven.surveillance import staff_changes
from einthoven.surveillance.stations import in_place


class Running:
    """What ``set_up_watch`` needs of a desk that runs."""

    def __init__(self, house: DeskHouse) -> None:
        self.room: DeskRoom = house.room

    def keep(self, drafts: Sequence[Draft], actor: str, at: Instant) -> None:
        self.room.desk.commit(drafts, actor, at)


def begun() -> DeskHouse:
    """A folder with the people whom a visitor becomes."""
    house = DeskHouse()
    staff = house.books.surveil.staff
    now = house.clock.wall()
    house.room.desk.commit(staff_changes.add_practice(staff, "Practice of the demo"), CENTER, now)
    for role, name in zip(ROLES, NAMES, strict=True):
        of = 1 if role == "physician" else None
        house.room.desk.commit(
            staff_changes.join(staff, name, f"{DEMO_LOGIN}{role}", [role], of), CENTER, now
        )
    return house


def set_up(house: DeskHouse, folder: Path, patients: int = 16) -> DemoPosts:
    return set_up_watch(Running(house), folder, patients, house.clock.wall())  # type: ignore[arg-type]


def stands(house: DeskHouse, station: int, address: str) -> bool:
    book = house.books.surveil.stations
    one = book.stations[station]
    return in_place(one, book.sites[one.site], address).ok


def deeds(house: DeskHouse) -> int:
    return house.room.desk.record.number


def test_everybody_who_watches_is_qualified_and_in_place(tmp_path: Path) -> None:
    house = begun()
    posts = set_up(house, tmp_path)
    surveil, now = house.books.surveil, house.clock.wall()
    assert surveil.attended
    assert len(posts.technicians) == 2
    for post in (*posts.technicians, posts.reader):
        assert surveil.fit(post.person, now).ok
        assert stands(house, post.station, "127.0.0.1")
    for role in VISITORS:
        visitor = surveil.staff.logins[f"{DEMO_LOGIN}{role}"]
        token, station = posts.visitors[role]
        assert visitor not in posts.simulated
        assert surveil.fit(visitor, now).ok
        key = hashlib.sha256(token.encode()).hexdigest()
        assert surveil.stations.stations[station].public_key == key


def test_from_another_machine_nobody_is_in_place(tmp_path: Path) -> None:
    house = begun()
    posts = set_up(house, tmp_path)
    assert not stands(house, posts.technicians[0].station, "192.0.2.7")


def test_a_folder_that_is_kept_grows_no_second_set(tmp_path: Path) -> None:
    house = begun()
    posts, before = set_up(house, tmp_path), deeds(house)
    assert set_up(house, tmp_path) == posts
    assert deeds(house) == before


def test_papers_that_run_out_are_renewed(tmp_path: Path) -> None:
    house = begun()
    posts = set_up(house, tmp_path)
    house.clock.move(390 * DAY / 1e9)
    assert set_up(house, tmp_path) == posts
    assert house.books.surveil.fit(posts.reader.person, house.clock.wall() + 390 * DAY).ok


def test_another_folder_has_another_secret(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    first, second = (set_up(begun(), tmp_path / name) for name in "ab")
    assert first.visitors["technician"][0] != second.visitors["technician"][0]
    assert (tmp_path / "a" / "demo-stations").stat().st_mode & 0o077 == 0


def test_many_patients_have_more_technicians(tmp_path: Path) -> None:
    assert len(set_up(begun(), tmp_path, 64).technicians) == 3


def test_the_physician_can_be_called_about_every_patient(tmp_path: Path) -> None:
    house = begun()
    posts = set_up(house, tmp_path)
    books: Books = house.books
    now = house.clock.wall()
    house.room.desk.commit(circumstances(books, [1, 2], posts.practice), CENTER, now)
    assert [books.practice(stream) for stream in (1, 2, 3)] == [posts.practice, posts.practice, None]
    plan = books.notify.plans.plan_for(1, posts.practice)
    numbers = [one.number for person in plan.calendar.persons for one in person.numbers]
    assert numbers
    assert all("555 01" in number for number in numbers)
    before = deeds(house)
    house.room.desk.commit(circumstances(books, [1, 2], posts.practice), CENTER, now)
    assert deeds(house) == before
