"""The bodies of turns and answers between two centers, read strictly (decision 0008)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from einthoven.base.errors import InputError, RefusedError
from einthoven.base.ids import StreamId
from einthoven.base.instants import MINUTE, Duration, Instant
from einthoven.center import peer_details
from einthoven.center.peer_details import Details
from einthoven.center.peer_message import MESSAGE_MAX, canonical
from einthoven.surveillance.peer_book import Watcher, address
from einthoven.surveillance.peer_lending import LENT_MAX, Stated, There

DETAILS_MAX: Final = MESSAGE_MAX // 2
"""Bytes of details in one turn; those of further patients come with the next."""
TEXT_MAX: Final = 300
PAPERS_MAX: Final = 10
AGE_MAX: Duration = MINUTE
"""A proof older than this is none, and is not stated."""
_DIGEST: Final = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Lent:
    """What a turn says of one patient who is lent.

    Attributes:
        stream: the giver's.
        responsible: whether the recipient is, by the giver's books.
        digest: of the details.
        details: where the recipient has others.
    """

    stream: StreamId
    responsible: bool
    digest: str
    details: Details | None


@dataclass(frozen=True, slots=True)
class Link:
    """Where the samples of a guest go.

    Attributes:
        stream: of the taker.
        transmitter: as enrolled there.
        url, certificate: of the taker's link.
    """

    stream: StreamId
    transmitter: str
    url: str
    certificate: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer says: by the giver's streams.

    Attributes:
        stated: how each stands there.
        known: digests of the details that the taker has.
        links: where samples are to be sent.
    """

    stated: Mapping[StreamId, Stated] = field(default_factory=dict)
    known: Mapping[StreamId, str] = field(default_factory=dict)
    links: Mapping[StreamId, Link] = field(default_factory=dict)


def _fields(where: str, value: object, known: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RefusedError("malformed", f"{where}: want an object")
    if unknown := value.keys() - known:
        raise RefusedError("malformed", f"{where}: {min(unknown)[:40]!r} is no field of it")
    return value


def _list(where: str, value: object) -> list[object]:
    if not isinstance(value, list) or len(value) > LENT_MAX:
        raise RefusedError("malformed", f"{where}: want a list of at most {LENT_MAX}")
    return value


def _whole(where: str, value: object, most: int = 1 << 62) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise RefusedError("malformed", f"{where}: want a whole number")
    return value


def _text(where: str, value: object, most: int = TEXT_MAX) -> str:
    if not isinstance(value, str) or len(value) > most or not (value.isprintable() or most > TEXT_MAX):
        raise RefusedError("malformed", f"{where}: want a text of at most {most} characters on one line")
    return value


def _digest(where: str, value: object) -> str:
    text = _text(where, value)
    if not _DIGEST.match(text):
        raise RefusedError("malformed", f"{where}: want 64 hexadecimal digits")
    return text


def read_turn(body: Mapping[str, Any]) -> dict[StreamId, Lent]:
    """What a giver lends us, by its streams; RefusedError ``malformed`` names the field."""
    found = {}
    for value in _list("lent", _fields("body", dict(body), {"lent"}).get("lent")):
        one = _fields("lent", value, {"stream", "responsible", "digest", "details"})
        stream = _whole("lent.stream", one.get("stream"), 2**32 - 1)
        if not isinstance(one.get("responsible"), bool):
            raise RefusedError("malformed", "lent.responsible: want true or false")
        told = None if one.get("details") is None else peer_details.read(one["details"])
        digest = _digest("lent.digest", one.get("digest"))
        if told is not None and peer_details.digest(told) != digest:
            raise RefusedError("malformed", "lent.details: not those of the digest")
        found[stream] = Lent(stream, one["responsible"], digest, told)
    return found


def fitting(lent: list[Lent], most: int = DETAILS_MAX) -> list[Lent]:
    """The same with as many details as fit, at least one patient's: who is lent is always told of all."""
    room, made = most, []
    for one in lent:
        size = 0 if one.details is None else len(canonical(one.details))
        fits = size <= room or room == most
        made.append(one if fits else replace(one, details=None))
        room -= size if fits else 0
    return made


def turn_body(lent: list[Lent]) -> dict[str, Any]:
    """The body of a turn."""
    return {
        "lent": [
            {
                "stream": one.stream,
                "responsible": one.responsible,
                "digest": one.digest,
                "details": one.details,
            }
            for one in lent
        ]
    }


@dataclass(frozen=True, slots=True)
class GuestTold:
    """One guest of an answer.

    Attributes:
        held_for: since how long the watcher has been responsible.
        known: digest of the details, ``""`` for none.
    """

    stream: StreamId
    stated: Stated
    held_for: Duration = 0
    known: str = ""
    link: Link | None = None


def answer_body(guests: list[GuestTold]) -> dict[str, Any]:
    """The body of an answer."""
    return {"guests": [_guest_body(one) for one in guests]}


def _guest_body(one: GuestTold) -> dict[str, Any]:
    who, link = one.stated.who, one.link
    return {
        "stream": one.stream,
        "state": one.stated.state.value,
        "age": one.stated.age,
        "why": one.stated.why,
        "known": one.known,
        "who": None
        if who is None
        else {
            "number": who.number,
            "name": who.name,
            "credentials": list(who.credentials),
            "station": who.station,
            "site": who.site,
            "held_for": one.held_for,
        },
        "link": None
        if link is None
        else {
            "stream": link.stream,
            "transmitter": link.transmitter,
            "url": link.url,
            "certificate": link.certificate,
        },
    }


def read_answer(body: Mapping[str, Any], asked: Instant) -> Answer:
    """What a taker answers; RefusedError ``malformed`` names the field.

    Args:
        asked: when we asked, by our clock.
    """
    stated, known, links = {}, {}, {}
    for value in _list("guests", _fields("body", dict(body), {"guests"}).get("guests")):
        one = _fields("guests", value, {"stream", "state", "age", "why", "known", "who", "link"})
        stream = _whole("guests.stream", one.get("stream"), 2**32 - 1)
        if one.get("state") not in set(There):
            raise RefusedError("malformed", "guests.state: not one that is known")
        age = None if one.get("age") is None else _whole("guests.age", one["age"])
        who = None if one.get("who") is None else _watcher(one["who"], asked)
        why = _text("guests.why", one.get("why"))
        proof = age if age is not None and age <= AGE_MAX else None
        stated[stream] = Stated(There(one["state"]), proof, who, why)
        if one.get("known"):
            known[stream] = _digest("guests.known", one["known"])
        if one.get("link") is not None:
            links[stream] = _link(one["link"])
    return Answer(stated, known, links)


def _watcher(value: object, asked: Instant) -> Watcher:
    one = _fields("who", value, {"number", "name", "credentials", "station", "site", "held_for"})
    papers = one.get("credentials")
    if not isinstance(papers, list) or not 1 <= len(papers) <= PAPERS_MAX:
        raise RefusedError("malformed", f"who.credentials: want 1 to {PAPERS_MAX}: nobody watches without")
    name = _text("who.name", one.get("name"))
    if not name.strip():
        raise RefusedError("malformed", "who.name: is missing: nobody watches anonymously")
    return Watcher(
        asked - _whole("who.held_for", one.get("held_for"), asked),
        _whole("who.number", one.get("number"), 2**31),
        name,
        tuple(_text("who.credentials", each) for each in papers),
        _text("who.station", one.get("station")),
        _text("who.site", one.get("site"), TEXT_MAX),
    )


def _link(value: object) -> Link:
    one = _fields("link", value, {"stream", "transmitter", "url", "certificate"})
    url = _text("link.url", one.get("url"))
    try:
        address("link.url", url, "wss", "ws")
    except InputError as error:
        raise RefusedError("malformed", str(error)) from error
    return Link(
        _whole("link.stream", one.get("stream"), 2**32 - 1),
        _text("link.transmitter", one.get("transmitter"), 64),
        url,
        _text("link.certificate", one.get("certificate"), 16_384),
    )
