"""Links by which a browser becomes a station (R17): issued by whoever keeps the places, used once, soon over.

A link is a secret that was handed to whoever stands before the screen. What is kept of it is its digest; what
the screen proves itself by afterwards is another secret, made when the link is used.
"""

from __future__ import annotations

from einthoven.base.deeds import Body, Draft
from einthoven.base.errors import NotFoundError, RefusedError
from einthoven.base.instants import MINUTE, Duration, Instant
from einthoven.surveillance import fields
from einthoven.surveillance.stations import (
    Link,
    StationBook,
    change_station,
    described,
    end_link,
    not_at,
    register_station,
)

LASTS: Duration = 30 * MINUTE
"""How long a link can be used: time to walk to the screen."""
OPEN_MAX = 100
"""Links that wait at once."""
NO_LINK = "this link is not known: it was used, has expired, or is misspelt; ask for a new one"


def issue(
    book: StationBook, name: str, site: int, kind: str, digest: str, now: Instant, station: int | None = None
) -> list[Draft]:
    """A link for a new station, with the next number, or for another screen of one that there is.

    Args:
        digest: SHA-256 of the link's secret, 64 hexadecimal digits.
        station: whose screen is replaced; None: a new station. Links that waited for it end.
    """
    if station is not None and station not in book.stations:
        raise NotFoundError(f"station {station}: there is none")
    ended = [
        end_link(one.station, one.digest, "another link was issued" if one.expires > now else "expired")
        for one in book.links.values()
        if one.station == station or one.expires <= now
    ]
    if len(book.links) - len(ended) >= OPEN_MAX:
        raise RefusedError("too_many", f"{OPEN_MAX} links wait already: use them, or let them expire")
    number = book.next_station if station is None else station
    body: Body = {
        "station": number,
        "link": fields.digest("link", digest),
        "expires": fields.instant("expires", now + LASTS),
        **described(book, name, site, kind),
    }
    return [*ended, Draft("station.link_issued", f"station {number}", body)]


def look(book: StationBook, digest: str, now: Instant) -> Link:
    """The link of this digest, if it can be used now; RefusedError ``link`` if not."""
    link = book.links.get(digest)
    if link is None or now >= link.expires:
        raise RefusedError("link", NO_LINK)
    return link


def use(book: StationBook, digest: str, key: str, address: str, now: Instant) -> list[Draft]:
    """The screen at this address is the link's station from now on.

    Args:
        key: of the screen, 64 hexadecimal digits.

    Raises:
        RefusedError: ``link``, it cannot be used; ``not_in_place``, the screen is not at the link's site.
    """
    link = look(book, digest, now)
    changed = become(book, link.station, link.name, link.site, link.kind.value, key, address)
    return [*changed, end_link(link.station, digest, "used")]


def become(
    book: StationBook, station: int | None, name: str, site: int, kind: str, key: str, address: str
) -> list[Draft]:
    """The screen at this address is a station from now on; whichever screen was it before is none any more.

    Args:
        station: its number; None: the next.

    Raises:
        RefusedError: ``not_in_place``: the screen is not at that site.
    """
    known = station is not None and station in book.stations
    if station is not None and known:
        drafts = change_station(book, station, name, site, key, kind)
    else:
        drafts = register_station(book, name, site, key, kind, station)
    if wrong := not_at(book.sites[site], address):
        raise RefusedError("not_in_place", "; ".join(wrong))
    return drafts
