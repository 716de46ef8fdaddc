"""Every deed of this room is on the page with the fields of its body, and no other is."""

from __future__ import annotations

import re
from pathlib import Path

from tests.surveillance.floor import Floor, key, watched

from einthoven.base.instants import DAY
from einthoven.surveillance import staff_changes, station_links, stations
from einthoven.surveillance.staff import StaffBook
from einthoven.surveillance.stations import StationBook
from einthoven.surveillance.watches import WatchBook

PAGE = Path(__file__).resolve().parents[2] / "docs" / "surveillance.md"
ROW = re.compile(r"^\| `([a-z_]+\.[a-z_]+)` \| ([a-z ]+) \|", re.M)


def everything() -> Floor:
    """A floor on which each kind of deed was done once at least."""
    floor, giver = watched(3)
    taker = floor.on_duty()
    floor.expect(9)
    for act in (floor.decline, floor.withdraw, floor.accept):
        floor.offer(giver, taker, 1)
        act(giver if act == floor.withdraw else taker, 1)
    floor.run(2, {giver: [1, 2, 3], taker: [1]})
    floor.end(1)
    floor.run(6)
    floor.paint(taker, [])
    floor.take(taker, 2)
    floor.run(16, {taker: []})
    floor.take(taker, 2)
    floor.run(1, {taker: [2]})
    floor.close_incident(giver, 2)
    floor.sign_off(giver)
    people(floor, giver)
    return floor


def people(floor: Floor, person: int) -> None:
    staff, places = floor.staff, floor.places
    floor.do(staff_changes.change(staff, person, "Tech One", "one", ["technician"]))
    floor.do(staff_changes.end_credential(staff, person, "CCT", f"C-{person}", "revoked", floor.now))
    floor.do(staff_changes.works_from(staff, person, 1))
    floor.do(staff_changes.leave(staff, person, "moved"))
    floor.do(staff_changes.come_back(staff, person))
    floor.do(staff_changes.add_practice(staff, "Heart House"))
    floor.do(staff_changes.rename_practice(staff, 1, "Heart Home"))
    number = staff.next_member
    floor.do(staff_changes.join(staff, "Dr Kim", "kim", ["physician"], 1))
    floor.do(staff_changes.credential(staff, number, "RN", "R-1", "State", floor.now, floor.now + DAY))
    floor.do(staff_changes.break_glass(staff, number, 2, "covering for Dr Abe tonight", floor.now))
    floor.do(station_links.issue(places, "desk two", 1, "desk", key(77), floor.now))
    floor.do(station_links.use(places, key(77), key(78), "192.0.2.7", floor.now))
    floor.do(stations.change_station(places, 1, "desk one", 1, key(1), "desk"))
    floor.do(stations.retire_station(places, 1, "broken"))
    floor.do(stations.change_site(places, 1, "Main", "1 Main Street", "US", ["192.0.2.0/24"]))
    floor.do(stations.close_site(places, 1, "sold"))


def test_the_page_has_every_deed_with_its_fields() -> None:
    page = {kind: set(fields.split()) for kind, fields in ROW.findall(PAGE.read_text())}
    done: dict[str, set[str]] = {}
    for deed in everything().journal:
        assert done.setdefault(deed.kind, set(deed.body)) == set(deed.body)
    assert done == page


def test_the_books_take_what_is_on_the_page() -> None:
    kinds = {kind for kind, _ in ROW.findall(PAGE.read_text())}
    assert kinds == StaffBook.KINDS | StationBook.KINDS | WatchBook.KINDS
