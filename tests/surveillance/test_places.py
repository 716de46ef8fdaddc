from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.surveillance.floor import Floor, key

from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.surveillance import stations
from einthoven.surveillance.stations import TERRITORIES, Site, Station, StationKind, in_place, networks_of

SITE = Site(1, "Main house", "1 Main Street", "US", ("192.0.2.0/24", "2001:db8::/32"), True, 0)
DESK = Station(1, "desk 1", 1, key(1), StationKind.DESK, True, 0)


@pytest.mark.parametrize("address", ["192.0.2.1", "192.0.2.255", "::ffff:192.0.2.7", "2001:db8::5"])
def test_addresses_of_the_site(address: str) -> None:
    judgement = in_place(DESK, SITE, address)
    assert judgement.ok
    assert judgement.reasons == ("station desk 1 at Main house, United States", f"from {address}")
    assert (judgement.rule, judgement.version) == ("in place", 1)


@pytest.mark.parametrize(
    "address", ["192.0.3.1", "::ffff:198.51.100.7", "2001:db9::5", "localhost", "", "192.0.2"]
)
def test_addresses_from_outside(address: str) -> None:
    judgement = in_place(DESK, SITE, address)
    assert (judgement.ok, judgement.words) == (
        False,
        f"address {address} is in no network of site Main house",
    )


def test_every_fault_is_told() -> None:
    old = Station(1, "desk 1", 1, key(1), StationKind.DESK, False, 0)
    abroad = Site(1, "Elsewhere", "2 Rue Haute", "FR", ("192.0.2.0/24",), False, 0)
    assert in_place(old, abroad, "192.0.2.1").reasons == (
        "station desk 1 was retired",
        "site Elsewhere was closed",
        "site Elsewhere is in FR, not in the United States or its territories",
    )
    assert in_place(None, SITE, "192.0.2.1").words == "this screen is no registered station"


def test_the_territories() -> None:
    assert set(TERRITORIES) == {"US", "PR", "GU", "VI", "AS", "MP"}


@pytest.mark.parametrize(
    ("networks", "words"),
    [
        ([], "networks: at least one is needed"),
        (["192.0.2.1/24"], "networks: '192.0.2.1/24' is no network"),
        (["here"], "networks: 'here' is no network"),
        (["0.0.0.0/0"], "networks: 0.0.0.0/0 is too wide to be a place"),
        (["2000::/8"], "networks: 2000::/8 is too wide to be a place"),
        ([f"10.{n}.0.0/16" for n in range(33)], "networks: 33 of them, at most 32"),
    ],
)
def test_bad_networks(networks: list[str], words: str) -> None:
    with pytest.raises(InputError) as caught:
        networks_of(networks)
    assert str(caught.value).startswith(words)


@given(st.lists(st.ip_addresses(network="10.0.0.0/8"), min_size=1, max_size=5), st.ip_addresses(v=4))
def test_membership_is_that_of_the_numbers(
    hosts: list[ipaddress.IPv4Address], spoken: ipaddress.IPv4Address
) -> None:
    networks = networks_of([str(ipaddress.ip_network(f"{host}/20", strict=False)) for host in hosts])
    site = Site(1, "Main", "1 Main Street", "GU", tuple(networks), True, 0)
    near = any(int(host) >> 12 == int(spoken) >> 12 for host in hosts)
    assert in_place(DESK, site, str(spoken)).ok == near


def test_registering_moving_and_retiring() -> None:
    floor = Floor()
    number = floor.station("standby")
    places = floor.places
    assert places.keys == {key(1): number}
    floor.do(stations.change_station(places, number, "desk one", 1, key(9), "desk"))
    assert (places.keys, places.stations[1].name) == ({key(9): number}, "desk one")
    floor.do(stations.retire_station(places, number, "broken"))
    assert (places.keys, places.stations[1].active) == ({}, False)
    floor.do(stations.close_site(places, 1, "sold"))
    assert not places.sites[1].active
    with pytest.raises(NotFoundError, match="site: there is no open site 1"):
        stations.register_station(places, "desk", 1, key(3), "desk")
    with pytest.raises(RefusedError, match="closed"):
        stations.close_site(places, 1, "sold")
    with pytest.raises(RefusedError, match="retired"):
        stations.retire_station(places, 1, "broken")
    floor.do(stations.change_site(places, 1, "Main", "1 Main Street", "PR", ["192.0.2.0/24"]))
    floor.do(stations.change_station(places, 1, "desk one", 1, key(9), "desk"))
    assert in_place(places.stations[1], places.sites[1], "192.0.2.3").ok


BAD_STATIONS = [
    (("", 1, key(2), "desk"), "name: is missing"),
    (("desk", 7, key(2), "desk"), "site: there is no open site 7"),
    (("desk", 1, "abc", "desk"), "key: want 64 hexadecimal digits"),
    (("desk", 1, key(1), "desk"), "key: station 1 has this key"),
    (
        ("desk", 1, key(2), "throne"),
        "kind: 'throne' is no kind of station (want of: wall, desk, ",
    ),
]


@pytest.mark.parametrize(("given_", "words"), BAD_STATIONS)
def test_bad_stations(given_, words: str) -> None:
    floor = Floor()
    floor.station()
    with pytest.raises(InputError) as caught:
        stations.register_station(floor.places, *given_)
    assert str(caught.value).startswith(words)


def test_a_site_abroad_is_refused() -> None:
    with pytest.raises(InputError, match="territory: 'FR' is not in the United States or its territories"):
        stations.add_site(Floor().places, "Elsewhere", "2 Rue Haute", "fr", ["192.0.2.0/24"])


@pytest.mark.parametrize("act", [stations.change_site, stations.change_station])
def test_what_is_not_there_cannot_change(act) -> None:
    given_ = (
        ("Main", "1 Main Street", "US", ["192.0.2.0/24"])
        if act is stations.change_site
        else ("d", 1, key(1), "desk")
    )
    with pytest.raises(NotFoundError, match="there is none"):
        act(Floor().places, 5, *given_)
    for end in (stations.close_site, stations.retire_station):
        with pytest.raises(NotFoundError, match="there is none"):
            end(Floor().places, 5, "gone")
