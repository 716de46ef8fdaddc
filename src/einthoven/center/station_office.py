"""Where surveillance happens, set up: sites, stations, and how a browser becomes one (R17).

A browser becomes a station by a link that somebody who keeps the places handed to whoever stands before it,
or by an administrator who is signed in there. It is given a secret, in a cookie that scripts cannot read; the
station's key is the SHA-256 of it. All is called on the sign-in thread, ``station_of`` on the event loop.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

from einthoven.base.deeds import Draft
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.instants import MILLISECOND, Instant, to_iso
from einthoven.center.sign_in import SignIn
from einthoven.center.sign_in_ports import Audit, Where
from einthoven.surveillance import station_links, stations
from einthoven.surveillance.stations import Site, Station, StationBook

Thing = TypeVar("Thing")
Answer: TypeAlias = dict[str, object]
Body: TypeAlias = Mapping[str, object]
Decide: TypeAlias = Callable[[Callable[[], Sequence[Draft]], str, Instant], None]
"""Decides where the books change, keeps the drafts as deeds; durable on return, or raises what was raised."""
SECRET_BYTES: Final = 32
SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")
"""256 random bits in base64url: of a link, of a station."""
PATH: Final = "/station"
NOBODY: Final = (
    "there is no administrator yet, so nobody can sign in at a station: begin with einthoven administrator"
)


@dataclass(frozen=True, slots=True)
class Registered:
    """A browser is a station now: its secret, told once, and its number."""

    secret: str
    station: int


class StationOffice:
    """The commands, and what the pages of stations ask.

    Args:
        book: of sites and stations; read here, changed by ``decide`` alone.
        decide: where and how deeds are decided and kept.
        sign_in: says who is administrator, and makes an address that guesses wait.
        audit: where links that were refused are noted.
        random: so many random bytes, fit for keys.
        base: address of the pages, e.g. ``https://center.example``.
    """

    def __init__(
        self,
        book: StationBook,
        decide: Decide,
        sign_in: SignIn,
        audit: Audit,
        random: Callable[[int], bytes],
        base: Callable[[], str],
    ) -> None:
        self.book = book
        self._decide = decide
        self._sign_in = sign_in
        self._audit = audit
        self._random = random
        self._base = base

    def commands(self) -> dict[str, Callable[[Body, Instant], Answer]]:
        """Those of the console, by their names."""
        return {
            "site.add": self.add_site,
            "site.list": self.list_sites,
            "site.change": self.change_site,
            "site.close": self.close_site,
            "station.add": self.add,
            "station.list": self.list_stations,
            "station.link": self.link,
            "station.change": self.change,
            "station.retire": self.retire,
        }

    # ---- sites -------------------------------------------------------------------------------------------

    def add_site(self, body: Body, now: Instant, actor: str = "console") -> Answer:
        """A site. Fields: ``name``, ``address``, ``territory``, ``networks``."""
        name, address, territory = (_text(body, field) for field in ("name", "address", "territory"))
        networks = _texts(body, "networks")
        number = 0

        def decide() -> list[Draft]:
            nonlocal number
            number = self.book.next_site
            return stations.add_site(self.book, name, address, territory, networks)

        self._decide(decide, actor, now)
        return {"site": number}

    def list_sites(self, _body: Body, _now: Instant) -> Answer:
        """Every site, closed ones too."""
        return {"sites": [_site(one) for _, one in sorted(self.book.sites.copy().items())]}

    def change_site(self, body: Body, now: Instant, actor: str = "console") -> Answer:
        """What is given of ``name``, ``address``, ``territory``, ``networks`` of ``site``; a closed one
        opens again."""
        number = _whole(body, "site")
        given = {field: _text(body, field) for field in ("name", "address", "territory") if _has(body, field)}
        networks = _texts(body, "networks") if _has(body, "networks") else None

        def decide() -> list[Draft]:
            site = _known(self.book.sites, number, "site")
            told = {"name": site.name, "address": site.address, "territory": site.territory} | given
            wanted = site.networks if networks is None else networks
            return stations.change_site(
                self.book, number, told["name"], told["address"], told["territory"], wanted
            )

        self._decide(decide, actor, now)
        return {"site": number}

    def close_site(self, body: Body, now: Instant, actor: str = "console") -> Answer:
        """Nobody watches from there any more. Fields: ``site``, ``why``."""
        number, why = _whole(body, "site"), _text(body, "why")
        self._decide(lambda: stations.close_site(self.book, number, why), actor, now)
        return {"site": number}

    # ---- stations ----------------------------------------------------------------------------------------

    def add(self, body: Body, now: Instant, actor: str = "console") -> Answer:
        """A new station: the link that makes a browser one. Fields: ``name``, ``site``, ``kind``."""
        name, site, kind = _text(body, "name"), _whole(body, "site"), _text(body, "kind")
        secret = self._secret()
        number = 0

        def decide() -> list[Draft]:
            nonlocal number
            number = self.book.next_station
            return station_links.issue(self.book, name, site, kind, digest_of(secret), now)

        self._sign_in_on()
        self._decide(decide, actor, now)
        return self._linked(number, secret, now)

    def link(self, body: Body, now: Instant, actor: str = "console") -> Answer:
        """A link for another screen of a station that there is. Field: ``station``."""
        number, secret = _whole(body, "station"), self._secret()

        def decide() -> list[Draft]:
            one = self._known(number)
            return station_links.issue(
                self.book, one.name, one.site, one.kind.value, digest_of(secret), now, number
            )

        self._sign_in_on()
        self._decide(decide, actor, now)
        return self._linked(number, secret, now)

    def list_stations(self, _body: Body, now: Instant) -> Answer:
        """Every station, retired ones too, and those whose link waits for its screen."""
        waiting = [link for link in self.book.links.copy().values() if link.expires > now]
        return {
            "stations": [_station(one) for _, one in sorted(self.book.stations.copy().items())],
            "links": [
                {"station": one.station, "name": one.name, "site": one.site, "kind": one.kind.value}
                | {"expires": to_iso(one.expires)}
                for one in waiting
            ],
        }

    def change(self, body: Body, now: Instant, actor: str = "console") -> Answer:
        """What is given of ``name``, ``site``, ``kind`` of an active ``station``; its screen stays."""
        number = _whole(body, "station")
        given = {field: _text(body, field) for field in ("name", "kind") if _has(body, field)}
        site = _whole(body, "site") if _has(body, "site") else None

        def decide() -> list[Draft]:
            one = self._known(number)
            if not one.active:
                raise RefusedError(
                    "retired", f"station {one.name} is retired: a link brings it back (station link)"
                )
            name, kind = given.get("name", one.name), given.get("kind", one.kind.value)
            place = one.site if site is None else site
            return stations.change_station(self.book, number, name, place, one.public_key, kind)

        self._decide(decide, actor, now)
        return {"station": number}

    def retire(self, body: Body, now: Instant, actor: str = "console") -> Answer:
        """A screen is no station any more: what is watched there is lost. Fields: ``station``, ``why``."""
        number, why = _whole(body, "station"), _text(body, "why")
        self._decide(lambda: stations.retire_station(self.book, number, why), actor, now)
        return {"station": number}

    # ---- a browser becomes one ---------------------------------------------------------------------------

    def station_of(self, secret: str | None) -> int | None:
        """The active station that a browser with this secret is; None: it is none."""
        if secret is None or not SECRET.fullmatch(secret):
            return None
        return self.book.keys.get(digest_of(secret))

    def look(self, secret: str, where: Where, now: Instant) -> Answer:
        """What a link would make of this browser, and why not, where it would not.

        Raises:
            RefusedError: ``link`` it cannot be used; ``wait`` too many were tried from there.
        """
        link = self._link(secret, where, now)
        site = self.book.sites[link.site]
        return {
            "station": link.station,
            "name": link.name,
            "kind": link.kind.value,
            "site": _site(site),
            "replaces": link.station in self.book.stations,
            "expires_ms": link.expires // MILLISECOND,
            "address": where.address,
            "against": self._against(link.station, where) + stations.not_at(site, where.address),
        }

    def use(self, secret: str, where: Where, now: Instant) -> Registered:
        """Make this browser the link's station.

        Raises:
            RefusedError: ``link``, ``wait``, ``not_in_place``, ``is_station``.
        """
        self._sign_in_on()
        link, own = self._link(secret, where, now), self._secret()
        self._free(link.station, where)

        def decide() -> list[Draft]:
            return station_links.use(self.book, link.digest, digest_of(own), where.address, now)

        self._decide(decide, f"station {link.station}", now)
        return Registered(own, link.station)

    def here(self, body: Body, where: Where, actor: str, now: Instant) -> Registered:
        """Make the browser of an administrator a station. Fields: ``station`` of which it becomes the screen,
        or ``name``, ``site``, ``kind`` of a new one.

        Raises:
            RefusedError: ``not_in_place``, ``is_station``.
        """
        own, number = self._secret(), _whole(body, "station") if _has(body, "station") else None
        self._sign_in_on()
        self._free(number, where)
        if number is None:
            name, site, kind = _text(body, "name"), _whole(body, "site"), _text(body, "kind")
        else:
            one = self._known(number)
            name, site, kind = one.name, one.site, one.kind.value
        became = number or 0

        def decide() -> list[Draft]:
            nonlocal became
            became = number or self.book.next_station
            return station_links.become(self.book, number, name, site, kind, digest_of(own), where.address)

        self._decide(decide, actor, now)
        return Registered(own, became)

    def _link(self, secret: str, where: Where, now: Instant) -> stations.Link:
        self._sign_in.admit("", where, now)
        try:
            return station_links.look(self.book, digest_of(secret), now)
        except RefusedError:
            self._sign_in.attempts.failed((("address", where.address),), now)
            self._audit.note("nobody", "station.link_refused", "station", {"address": where.address}, now)
            raise

    def _against(self, becomes: int | None, where: Where) -> list[str]:
        own = self.book.stations.get(where.station or 0)
        if own is None or own.number == becomes:
            return []
        return [f"this browser is station {own.number}, {own.name}: retire that station first"]

    def _free(self, becomes: int | None, where: Where) -> None:
        if against := self._against(becomes, where):
            raise RefusedError("is_station", against[0])

    def _sign_in_on(self) -> None:
        # From the first station on every moment without a watch counts: somebody must be able to sign in.
        if self._sign_in.people.administrators() == 0:
            raise RefusedError("no_administrator", NOBODY)

    def _known(self, number: int) -> Station:
        return _known(self.book.stations, number, "station")

    def _secret(self) -> str:
        return base64.urlsafe_b64encode(self._random(SECRET_BYTES)).decode().rstrip("=")

    def _linked(self, number: int, secret: str, now: Instant) -> Answer:
        # Behind the #: what stands there is never sent, so it is in no log of a server or proxy.
        address = f"{self._base()}{PATH}#{secret}"
        return {"station": number, "link": address, "expires": to_iso(now + station_links.LASTS)}


def digest_of(secret: str) -> str:
    """What is kept of a secret: its SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _site(one: Site) -> Answer:
    return {
        "site": one.number,
        "name": one.name,
        "address": one.address,
        "territory": one.territory,
        "networks": list(one.networks),
        "active": one.active,
    }


def _station(one: Station) -> Answer:
    return {
        "station": one.number,
        "name": one.name,
        "site": one.site,
        "kind": one.kind.value,
        "active": one.active,
        "since": to_iso(one.changed),
    }


def _known(table: Mapping[int, Thing], number: int, what: str) -> Thing:
    one = table.get(number)
    if one is None:
        raise NotFoundError(f"{what} {number}: there is none")
    return one


def _has(body: Body, name: str) -> bool:
    return body.get(name) is not None


def _text(body: Body, name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise InputError(f"{name}: want a text")
    return value


def _texts(body: Body, name: str) -> list[str]:
    value = body.get(name)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise InputError(f"{name}: want a list of texts")
    return value


def _whole(body: Body, name: str) -> int:
    value = body.get(name)
    if type(value) is not int or value <= 0:
        raise InputError(f"{name}: want a whole number")
    return value
