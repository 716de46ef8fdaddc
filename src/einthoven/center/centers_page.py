"""Other centers as those who answer for the service see them: trust, link, loans and guests (R15, R16)."""

from __future__ import annotations

from typing import Any, TypeAlias

from einthoven.base.ids import stream_name
from einthoven.base.instants import Instant
from einthoven.center.desk_books import Books, Exchange
from einthoven.center.desk_shapes import ms
from einthoven.surveillance import peer_lending
from einthoven.surveillance.peer_book import Peer, as_person

Shape: TypeAlias = dict[str, Any]


def page(books: Books, now: Instant) -> Shape:
    """``GET /api/desk/centers``: this center's public key, and every center that is trusted. Patients stand
    there by their streams: names are for those who care for them.
    """
    exchange, peers = books.exchange, books.surveil.peers.peers
    return {
        "key": "" if exchange is None else exchange.key,
        "centers": [_center(books, one, exchange, now) for _, one in sorted(peers.items())],
    }


def _center(books: Books, one: Peer, exchange: Exchange | None, now: Instant) -> Shape:
    surveil = books.surveil
    alive = peer_lending.alive(surveil.proofs, one.number, surveil.limits, now)
    heard, answered, trouble = (None, None, "") if exchange is None else exchange.spoken(one.number)
    watching = {stream for stream in surveil.peers.lent_to(one.number) if _holds(books, one, stream)}
    return {
        "id": one.number,
        "name": one.name,
        "key": one.key,
        "url": one.url,
        "pinned": bool(one.certificate),
        "since_ms": ms(one.since),
        "alive": alive,
        "heard_ms": ms(heard),
        "answered_ms": ms(answered),
        "trouble": trouble,
        "lent": [_lent(books, stream, stream in watching) for stream in surveil.peers.lent_to(one.number)],
        "guests": [
            {"stream": stream_name(guest.stream), "theirs": stream_name(theirs), "since_ms": ms(guest.since)}
            for theirs, guest in sorted(surveil.peers.guests_of(one.number).items())
        ],
    }


def _holds(books: Books, one: Peer, stream: int) -> bool:
    watch = books.surveil.watches.holding(stream)
    return watch is not None and watch.by == as_person(one.number)


def _lent(books: Books, stream: int, watching: bool) -> Shape:
    who = books.surveil.peers.watchers.get(stream)
    return {
        "stream": stream_name(stream),
        "watched": watching,
        "by": "" if who is None or not watching else f"{who.name}, {who.station}, {who.site}",
    }
