"""Other centers: whom we trust, what we lent them, who watches it there; and what they lent us (R15, R16).

In the deeds of watches, displays and offers another center ``N`` is the person and the station ``-N``: one
more screen and one more person on duty, so that the machine of the watch is the same (decision 0008).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, cast
from urllib.parse import SplitResult, urlsplit

from einthoven.base.deeds import Body, Deed, Draft
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.surveillance import fields

PeerId: TypeAlias = int
"""A center's number here, from 1."""
PEERS_MAX = 16
CERTIFICATE_MAX = 16_384
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def as_person(peer: PeerId) -> int:
    """How another center stands in deeds, as person and as station."""
    return -peer


def peer_of(person: int | None) -> PeerId | None:
    """The center that a person or station of a deed stands for; None for one of our own."""
    return -person if person is not None and person < 0 else None


def actor_of(peer: PeerId) -> str:
    """How a center is written as actor or subject: ``peer 2``."""
    return f"peer {peer}"


@dataclass(frozen=True, slots=True)
class Peer:
    """A center that is trusted.

    Attributes:
        number: from 1.
        name: as people here call it.
        key: its Ed25519 public key, 64 hexadecimal digits.
        url: of its pages, ``https://…``.
        certificate: PEM that its pages are recognised by; ``""``: as the public authorities certify them.
        since: when it was entered.
    """

    number: PeerId
    name: str
    key: str
    url: str
    certificate: str
    since: Instant


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who watches a patient of ours there, as that center states it.

    Attributes:
        since: from when on, by our clock.
        number, name: of the person there.
        credentials: in words, with number and issuer.
        station, site: names.
    """

    since: Instant
    number: int
    name: str
    credentials: tuple[str, ...]
    station: str
    site: str

    def same(self, other: Watcher) -> bool:
        """Whether nothing but the instant differs."""
        return replace(self, since=other.since) == other


@dataclass(frozen=True, slots=True)
class Guest:
    """A patient of another center whom we show.

    Attributes:
        peer: whose patient.
        theirs: the stream there.
        stream: the stream here.
        since: when they came.
    """

    peer: PeerId
    theirs: StreamId
    stream: StreamId
    since: Instant


@dataclass(slots=True)
class PeerBook:
    """What the deeds say of other centers.

    Attributes:
        peers: trusted now, by number.
        names: of every center there ever was.
        lent: our stream → the center that has it now.
        watchers: our stream that is lent → who watches it there.
        guests: stream here → whose.
        foreign: every stream here that ever was a guest: its service is never ours to begin.
    """

    peers: dict[PeerId, Peer] = field(default_factory=dict)
    names: dict[PeerId, str] = field(default_factory=dict)
    lent: dict[StreamId, PeerId] = field(default_factory=dict)
    watchers: dict[StreamId, Watcher] = field(default_factory=dict)
    guests: dict[StreamId, Guest] = field(default_factory=dict)
    foreign: set[StreamId] = field(default_factory=set)
    next_peer: PeerId = 1

    KINDS = frozenset(
        {
            "peer.trusted",
            "peer.distrusted",
            "peer.lent",
            "peer.returned",
            "peer.watcher",
            "peer.guest",
            "peer.guest_left",
        }
    )

    def apply(self, deed: Deed) -> None:
        """Take a deed in; other kinds are nothing to this book."""
        if deed.kind not in self.KINDS:
            return
        body, number = cast(Mapping[str, Any], deed.body), cast(int, deed.body["peer"])
        stream = body.get("stream", 0)
        match deed.kind:
            case "peer.trusted":
                self.peers[number] = Peer(
                    number, body["name"], body["key"], body["url"], body["certificate"], deed.at
                )
                self.names[number] = body["name"]
                self.next_peer = max(self.next_peer, number + 1)
            case "peer.distrusted":
                del self.peers[number]
            case "peer.lent":
                self.lent[stream] = number
            case "peer.returned":
                del self.lent[stream]
                self.watchers.pop(stream, None)
            case "peer.watcher":
                self.watchers[stream] = watcher_of(body)
            case "peer.guest":
                self.guests[stream] = Guest(number, body["theirs"], stream, deed.at)
                self.foreign.add(stream)
            case _:
                del self.guests[stream]

    def of_key(self, key: str) -> Peer | None:
        """The trusted center with this key."""
        return next((one for one in self.peers.values() if one.key == key), None)

    def lent_to(self, peer: PeerId) -> list[StreamId]:
        """Our streams that a center has, in order."""
        return sorted(stream for stream, whose in self.lent.items() if whose == peer)

    def guests_of(self, peer: PeerId) -> dict[StreamId, Guest]:
        """Its stream → the guest."""
        return {one.theirs: one for one in self.guests.values() if one.peer == peer}

    def words(self, peer: PeerId, stream: StreamId | None = None) -> str:
        """A center in words, with whoever watches a stream there."""
        name = self.names.get(peer, f"center {peer}")
        who = None if stream is None else self.watchers.get(stream)
        return name if who is None else f"{who.name} at {name}"


def watcher_of(body: Mapping[str, Any]) -> Watcher:
    """The watcher that a deed of ``peer.watcher`` tells."""
    papers = tuple(body["credentials"])
    return Watcher(body["since"], body["person"], body["name"], papers, body["station"], body["site"])


# ---- trust -----------------------------------------------------------------------------------------------


def trust(
    book: PeerBook, own: str, name: object, key: object, url: object, certificate: object = ""
) -> list[Draft]:
    """Enter a center.

    Args:
        own: our own public key.

    Raises:
        InputError: a field is wrong; says which.
        RefusedError: the key is our own, or of a center that is trusted already.
    """
    known = fields.key("key", key)
    address = _url(url)
    called = fields.name("name", name)
    if known == own:
        raise RefusedError("own_key", "key: that is this center's own key")
    if (other := book.of_key(known)) is not None:
        raise RefusedError("known", f"key: is that of {other.name} (center {other.number}): remove it first")
    if any(one.name.casefold() == called.casefold() for one in book.peers.values()):
        raise RefusedError("known", f"name: a center is called {called} already")
    if len(book.peers) >= PEERS_MAX:
        raise RefusedError("full", f"{PEERS_MAX} centers are trusted already")
    pem = certificate if isinstance(certificate, str) else ""
    if len(pem) > CERTIFICATE_MAX or (pem and "BEGIN CERTIFICATE" not in pem):
        raise InputError("certificate: want one in PEM")
    body: Body = {"peer": book.next_peer, "name": called, "key": known, "url": address, "certificate": pem}
    return [Draft("peer.trusted", actor_of(book.next_peer), body)]


def _url(value: object) -> str:
    text = fields.line("url", value, 300).rstrip("/")
    parts = address("url", text, "https", "http")
    if parts.username or parts.path or parts.query:
        raise InputError("url: want the other center's pages, e.g. https://heart.example:8093")
    return text


def address(where: str, text: str, secure: str, plain: str) -> SplitResult:
    """The address of a connection between centers: encrypted, but for one that stays on this machine.

    Args:
        where: the field, for messages.
        secure, plain: the two schemes, ``https`` and ``http`` or ``wss`` and ``ws``.

    Raises:
        InputError: it is none, of another scheme, or plain and not of loopback.
    """
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise InputError(f"{where}: {text!r} is no address") from error
    if not host or parts.scheme not in (secure, plain):
        raise InputError(f"{where}: {text!r} is no address: want {secure}://…")
    if parts.scheme == plain and host not in LOOPBACK:
        raise InputError(f"{where}: only {secure} leaves this machine, {text!r} is not encrypted")
    return parts


def distrust(book: PeerBook, number: PeerId, why: object) -> list[Draft]:
    """A center is trusted no more: what it watches of ours is lost with the next second.

    Raises:
        NotFoundError: there is no such center.
        InputError: no reason is given.
    """
    trusted(book, number)
    body: Body = {"peer": number, "why": fields.line("why", why, 500)}
    return [Draft("peer.distrusted", actor_of(number), body)]


def trusted(book: PeerBook, number: PeerId) -> Peer:
    """A center by number; NotFoundError where it is not trusted."""
    peer = book.peers.get(number)
    if peer is None:
        raise NotFoundError(f"center {number}: there is none that is trusted")
    return peer


def lent_draft(peer: PeerId, stream: StreamId) -> Draft:
    """``peer.lent``: name, contacts, criteria, open cases and ECG go to that center from now on."""
    return Draft("peer.lent", stream_name(stream), {"peer": peer, "stream": stream})


def returned_draft(peer: PeerId, stream: StreamId, why: str) -> Draft:
    """``peer.returned``."""
    return Draft("peer.returned", stream_name(stream), {"peer": peer, "stream": stream, "why": why})


def watcher_draft(peer: PeerId, stream: StreamId, who: Watcher) -> Draft:
    """``peer.watcher``."""
    body: Body = {
        "peer": peer,
        "stream": stream,
        "since": who.since,
        "person": who.number,
        "name": who.name,
        "credentials": list(who.credentials),
        "station": who.station,
        "site": who.site,
    }
    return Draft("peer.watcher", stream_name(stream), body)
