"""Sites and stations: where surveillance happens, and whether that is a place where it may (R17; L34997).

A station is a screen with a secret of its own, bound to a site; a site is an address in the United States or
its territories with the networks that its stations speak from. Neither is a field that somebody fills in when
signing in.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeAlias, cast

from einthoven.base.deeds import Body, Deed, Draft
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.instants import Instant
from einthoven.surveillance import fields
from einthoven.surveillance.judgement import Judgement, judged

RULE = "in place"
TERRITORIES: Mapping[str, str] = {
    "US": "United States",
    "PR": "Puerto Rico",
    "GU": "Guam",
    "VI": "U.S. Virgin Islands",
    "AS": "American Samoa",
    "MP": "Northern Mariana Islands",
}
"""ISO 3166-1 codes of the places where surveillance may happen."""
WIDEST = {4: 8, 6: 16}
"""The shortest prefix of a network that still says something of where an address is, by IP version."""
NETWORKS_MAX = 32
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


class StationKind(StrEnum):
    """What a station is for."""

    WALL = "wall"
    DESK = "desk"
    STANDBY = "standby"
    """Told of every watch that is lost."""
    SUPERVISOR = "supervisor"
    """Told of every watch that is lost."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where stations stand.

    Attributes:
        territory: ISO 3166-1 code of the country or territory.
        networks: in CIDR writing.
        active: False once closed.
        changed: when one of these changed last.
    """

    number: int
    name: str
    address: str
    territory: str
    networks: tuple[str, ...]
    active: bool
    changed: Instant


@dataclass(frozen=True, slots=True)
class Station:
    """A screen with its own key, at a site; ``changed`` as of a site.

    Attributes:
        public_key: what a screen proves itself by, 64 hexadecimal digits: the SHA-256 of the secret that its
            browser alone holds.
    """

    number: int
    name: str
    site: int
    public_key: str
    kind: StationKind
    active: bool
    changed: Instant


@dataclass(frozen=True, slots=True)
class Link:
    """A link that makes the browser in which it is opened a station, once (``station_links``).

    Attributes:
        digest: SHA-256 of its secret, 64 hexadecimal digits; the secret itself is kept nowhere.
        station: the number that the station has, or will have.
        expires: from then on it opens nothing.
    """

    digest: str
    station: int
    name: str
    site: int
    kind: StationKind
    expires: Instant


@dataclass(slots=True)
class StationBook:
    """What the deeds say of sites and stations.

    Attributes:
        keys: key of an active station → its number.
        links: those issued and not yet ended, by digest.
    """

    sites: dict[int, Site] = field(default_factory=dict)
    stations: dict[int, Station] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    next_site: int = 1
    next_station: int = 1

    KINDS = frozenset(
        {"site.added", "site.changed", "site.closed", "station.registered", "station.changed"}
    ) | {"station.retired", "station.link_issued", "station.link_ended"}

    def apply(self, deed: Deed) -> None:
        """Take a deed in; other kinds are nothing to this book."""
        if deed.kind not in self.KINDS:
            return
        body = cast(Mapping[str, Any], deed.body)
        if deed.kind == "site.closed":
            number = body["site"]
            self.sites[number] = replace(self.sites[number], active=False, changed=deed.at)
        elif deed.kind.startswith("site."):
            number = body["site"]
            networks = tuple(body["networks"])
            self.sites[number] = Site(
                number, body["name"], body["address"], body["territory"], networks, True, deed.at
            )
            self.next_site = max(self.next_site, number + 1)
        elif deed.kind == "station.link_issued":
            number, kind = body["station"], StationKind(body["kind"])
            link = Link(body["link"], number, body["name"], body["site"], kind, body["expires"])
            self.links[link.digest] = link
            self.next_station = max(self.next_station, number + 1)
        elif deed.kind == "station.link_ended":
            self.links.pop(body["link"], None)
        elif deed.kind == "station.retired":
            station = self.stations[body["station"]]
            self.stations[station.number] = replace(station, active=False, changed=deed.at)
            self.keys.pop(station.public_key, None)
        else:
            number = body["station"]
            before = self.stations.get(number)
            if before is not None:
                self.keys.pop(before.public_key, None)
            self.stations[number] = Station(
                number, body["name"], body["site"], body["key"], StationKind(body["kind"]), True, deed.at
            )
            self.keys[body["key"]] = number
            self.next_station = max(self.next_station, number + 1)


def in_place(station: Station | None, site: Site | None, address: str) -> Judgement:
    """Whether a station that speaks from this address stands where surveillance may happen (R17).

    Args:
        address: of the peer, IPv4 or IPv6; an IPv4 address written in IPv6 counts as what it is.
    """
    if station is None or site is None:
        return judged(RULE, ["this screen is no registered station"], [])
    wrong = [] if station.active else [f"station {station.name} was retired"]
    wrong += not_at(site, address)
    right = [
        f"station {station.name} at {site.name}, {TERRITORIES.get(site.territory, '')}",
        f"from {address}",
    ]
    return judged(RULE, wrong, right)


def not_at(site: Site, address: str) -> list[str]:
    """Why this address is not where surveillance may happen at this site; empty where it is."""
    wrong = []
    if not site.active:
        wrong.append(f"site {site.name} was closed")
    if site.territory not in TERRITORIES:
        wrong.append(f"site {site.name} is in {site.territory}, not in the United States or its territories")
    if not _within(address, site.networks):
        wrong.append(f"address {address[:60]} is in no network of site {site.name}")
    return wrong


@lru_cache(maxsize=4096)
def _within(address: str, networks: tuple[str, ...]) -> bool:
    try:
        spoken = ipaddress.ip_address(address)
    except ValueError:
        return False
    plain = getattr(spoken, "ipv4_mapped", None) or spoken
    return any(plain in ipaddress.ip_network(network) for network in networks)


def networks_of(value: Iterable[str]) -> list[str]:
    """Networks in CIDR writing, checked; InputError for none, too many, too wide ones, host bits set."""
    found: list[str] = []
    for text in value:
        try:
            network: Network = ipaddress.ip_network(str(text).strip())
        except ValueError as error:
            raise InputError(
                f"networks: {str(text)[:60]!r} is no network (want e.g. 192.0.2.0/24)"
            ) from error
        if network.prefixlen < WIDEST[network.version]:
            raise InputError(f"networks: {network} is too wide to be a place")
        found.append(str(network))
    if not found:
        raise InputError("networks: at least one is needed")
    if len(found) > NETWORKS_MAX:
        raise InputError(f"networks: {len(found)} of them, at most {NETWORKS_MAX}")
    return sorted(set(found))


def _site(name: str, address: str, territory: str, networks: Iterable[str]) -> dict[str, Any]:
    code = fields.line("territory", territory, 2).upper()
    if code not in TERRITORIES:
        raise InputError(
            f"territory: {code!r} is not in the United States or its territories ({', '.join(TERRITORIES)})"
        )
    return {
        "name": fields.name("name", name),
        "address": fields.line("address", address, 500),
        "territory": code,
        "networks": networks_of(networks),
    }


def add_site(
    book: StationBook, name: str, address: str, territory: str, networks: Iterable[str]
) -> list[Draft]:
    """A site, with the next number (``book.next_site``)."""
    number = book.next_site
    body: Body = {"site": number, **_site(name, address, territory, networks)}
    return [Draft("site.added", f"site {number}", body)]


def change_site(
    book: StationBook, number: int, name: str, address: str, territory: str, networks: Iterable[str]
) -> list[Draft]:
    """All of a site given anew; a closed one opens again."""
    if number not in book.sites:
        raise NotFoundError(f"site {number}: there is none")
    body: Body = {"site": number, **_site(name, address, territory, networks)}
    return [Draft("site.changed", f"site {number}", body)]


def close_site(book: StationBook, number: int, why: str) -> list[Draft]:
    """Nobody watches from there any more."""
    site = book.sites.get(number)
    if site is None:
        raise NotFoundError(f"site {number}: there is none")
    if not site.active:
        raise RefusedError("closed", f"site {site.name} is closed")
    return [Draft("site.closed", f"site {number}", {"site": number, "why": fields.line("why", why)})]


def register_station(
    book: StationBook, name: str, site: int, public_key: str, kind: str, number: int | None = None
) -> list[Draft]:
    """A screen with its key, with the next number (``book.next_station``) or one that a link has reserved."""
    if number is None:
        number = book.next_station
    elif number in book.stations:
        raise RefusedError("known", f"station {number} is registered")
    body = {"station": number, **_station(book, None, name, site, public_key, kind)}
    return [Draft("station.registered", f"station {number}", body)]


def change_station(
    book: StationBook, number: int, name: str, site: int, public_key: str, kind: str
) -> list[Draft]:
    """All of a station given anew: it moved, or has a new key; a retired one comes back."""
    if number not in book.stations:
        raise NotFoundError(f"station {number}: there is none")
    body = {"station": number, **_station(book, number, name, site, public_key, kind)}
    return [Draft("station.changed", f"station {number}", body)]


def retire_station(book: StationBook, number: int, why: str) -> list[Draft]:
    """A screen that is no station any more; its key and the links to it open nothing."""
    station = book.stations.get(number)
    if station is None:
        raise NotFoundError(f"station {number}: there is none")
    if not station.active:
        raise RefusedError("retired", f"station {station.name} is retired")
    words = fields.line("why", why)
    ended = [link.digest for link in book.links.values() if link.station == number]
    return [
        Draft("station.retired", f"station {number}", {"station": number, "why": words}),
        *(end_link(number, digest, "the station was retired") for digest in ended),
    ]


def end_link(station: int, digest: str, why: str) -> Draft:
    """The deed by which a link opens nothing any more."""
    return Draft("station.link_ended", f"station {station}", {"station": station, "link": digest, "why": why})


def _station(book: StationBook, own: int | None, name: str, site: int, public_key: str, kind: str) -> Body:
    key = fields.key("key", public_key)
    if book.keys.get(key, own) != own:
        raise InputError(f"key: station {book.keys[key]} has this key")
    return {**described(book, name, site, kind), "key": key}


def described(book: StationBook, name: str, site: int, kind: str) -> dict[str, Any]:
    """Name, site and kind of a station, checked.

    Raises:
        InputError: names the field that is wrong.
        NotFoundError: there is no such open site.
    """
    place = book.sites.get(site)
    if place is None or not place.active:
        raise NotFoundError(f"site: there is no open site {site}")
    try:
        purpose = StationKind(kind)
    except ValueError:
        known = ", ".join(one.value for one in StationKind)
        raise InputError(f"kind: {str(kind)[:40]!r} is no kind of station (want of: {known})") from None
    return {"name": fields.name("name", name), "site": site, "kind": purpose.value}
