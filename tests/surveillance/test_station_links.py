"""Links by which a browser becomes a station: once, soon, at the site; no other screen keeps the number."""

from __future__ import annotations

import pytest
from tests.surveillance.floor import ADDRESS, Floor, key

from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.instants import SECOND
from einthoven.surveillance import station_links, stations
from einthoven.surveillance.stations import StationBook, StationKind

LINK, OTHER, OWN = key(100), key(101), key(200)


@pytest.fixture
def floor() -> Floor:
    floor = Floor()
    floor.site()
    return floor


def issue(floor: Floor, link: str = LINK, station: int | None = None, name: str = "Desk one") -> None:
    floor.do(station_links.issue(floor.places, name, 1, "desk", link, floor.now, station))


def use(floor: Floor, link: str = LINK, own: str = OWN, address: str = ADDRESS) -> None:
    floor.do(station_links.use(floor.places, link, own, address, floor.now))


def test_a_link_makes_one_screen_a_station_and_is_used_up(floor: Floor) -> None:
    issue(floor)
    assert floor.places.stations == {}
    use(floor)
    station = floor.places.stations[1]
    assert (station.name, station.site, station.kind, station.active) == (
        "Desk one",
        1,
        StationKind.DESK,
        True,
    )
    assert floor.places.keys == {OWN: 1}
    with pytest.raises(RefusedError, match="was used, has expired, or is misspelt"):
        use(floor, own=key(201))


def test_links_that_wait_have_numbers_of_their_own(floor: Floor) -> None:
    issue(floor)
    issue(floor, OTHER, name="Desk two")
    use(floor, OTHER, key(202))
    use(floor, LINK, key(201))
    assert {one.number: one.name for one in floor.places.stations.values()} == {1: "Desk one", 2: "Desk two"}
    assert floor.station() == 3


def test_a_link_is_over_to_the_nanosecond(floor: Floor) -> None:
    issue(floor)
    floor.now += station_links.LASTS - 1
    assert station_links.look(floor.places, LINK, floor.now).station == 1
    floor.now += 1
    with pytest.raises(RefusedError, match="has expired"):
        use(floor)
    assert floor.places.stations == {}


@pytest.mark.parametrize("address", ["198.51.100.7", "", "192.0.2.10 "])
def test_a_screen_elsewhere_does_not_become_a_station_and_the_link_stays(floor: Floor, address: str) -> None:
    issue(floor)
    with pytest.raises(RefusedError, match="in no network of site Main house"):
        use(floor, address=address)
    use(floor)
    assert floor.places.keys == {OWN: 1}


def test_a_new_screen_takes_the_place_of_the_old(floor: Floor) -> None:
    number = floor.station()
    issue(floor, station=number)
    assert floor.places.keys == {key(1): number}
    use(floor)
    assert floor.places.keys == {OWN: number}


def test_another_link_for_the_same_station_ends_the_first(floor: Floor) -> None:
    number = floor.station()
    issue(floor, LINK, number)
    floor.now += SECOND
    issue(floor, OTHER, number)
    with pytest.raises(RefusedError):
        use(floor, LINK)
    use(floor, OTHER)


def test_a_link_brings_a_retired_station_back_and_retiring_ends_its_links(floor: Floor) -> None:
    number = floor.station()
    issue(floor, LINK, number)
    floor.do(stations.retire_station(floor.places, number, "broken"))
    with pytest.raises(RefusedError):
        use(floor, LINK)
    issue(floor, OTHER, number)
    use(floor, OTHER)
    assert floor.places.stations[number].active


def test_links_do_not_heap_up(floor: Floor) -> None:
    for number in range(station_links.OPEN_MAX):
        issue(floor, key(1000 + number))
    with pytest.raises(RefusedError, match="100 links wait already"):
        issue(floor)
    floor.now += station_links.LASTS
    issue(floor)
    assert len(floor.places.links) == 1


def test_a_link_needs_an_open_site_and_a_station_that_is_there(floor: Floor) -> None:
    with pytest.raises(NotFoundError, match="station 7: there is none"):
        issue(floor, station=7)
    with pytest.raises(InputError, match="is no kind of station"):
        station_links.issue(floor.places, "Desk", 1, "sofa", LINK, floor.now)
    issue(floor)
    floor.do(stations.close_site(floor.places, 1, "sold"))
    with pytest.raises(NotFoundError, match="no open site 1"):
        use(floor)


def test_the_key_of_one_station_is_not_taken_by_another(floor: Floor) -> None:
    floor.station()
    issue(floor)
    with pytest.raises(InputError, match="station 1 has this key"):
        use(floor, own=key(1))


def test_a_restart_knows_the_links(floor: Floor) -> None:
    issue(floor)
    issue(floor, OTHER, name="Desk two")
    use(floor)
    again = StationBook()
    for deed in floor.journal:
        again.apply(deed)
    assert again == floor.places
