"""Patients of other centers whom we watch: they come, they are ours, they go; what we state (R15, R16)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from einthoven.base.deeds import Body, Draft
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Duration, Instant
from einthoven.surveillance import services
from einthoven.surveillance.display import Proofs
from einthoven.surveillance.limits import Limits
from einthoven.surveillance.peer_book import Guest, PeerBook, PeerId, as_person
from einthoven.surveillance.peer_lending import There
from einthoven.surveillance.watches import RESPONSIBLE, State, Watch, WatchBook


@dataclass(frozen=True, slots=True)
class Shown:
    """How a guest stands here.

    Attributes:
        state: as the other center is told.
        watch: the watch that this rests on; None where nobody accepted.
        age: of the last proof of the tile on that watch's station, None where it is not displayed.
        held_for: since how long that person has been responsible, 0 before.
    """

    state: There
    watch: Watch | None = None
    age: Duration | None = None
    held_for: Duration = 0


def come(book: WatchBook, guest: Guest, why: str, limits: Limits, now: Instant) -> list[Draft]:
    """A patient of another center is here: expected, and offered to everybody with these words."""
    name = stream_name(guest.stream)
    body: Body = {"peer": guest.peer, "theirs": guest.theirs, "stream": guest.stream}
    expected = [] if guest.stream in book.services else services.expect(book, guest.stream, limits, now, why)
    return [Draft("peer.guest", name, body), *expected]


def ours(book: WatchBook, stream: StreamId, limits: Limits, now: Instant) -> list[Draft]:
    """The other center says that we are responsible: from now on a moment without a watch is an incident."""
    if stream not in book.services or book.services[stream] is not None:
        return []
    return services.begin(book, stream, limits, now)


def leave(
    book: WatchBook, proofs: Proofs, guest: Guest, why: str, limits: Limits, now: Instant
) -> list[Draft]:
    """The other center has its patient back, or ended the service."""
    drafts: list[Draft] = []
    if guest.stream in book.services:
        drafts = services.end(book, proofs, guest.stream, limits, now)
    body: Body = {"peer": guest.peer, "theirs": guest.theirs, "stream": guest.stream, "why": why}
    return [*drafts, Draft("peer.guest_left", stream_name(guest.stream), body)]


def gone(peers: PeerBook, peer: PeerId, lent: Collection[StreamId]) -> list[Guest]:
    """Guests of a center whom it no longer lends."""
    return [guest for theirs, guest in sorted(peers.guests_of(peer).items()) if theirs not in lent]


def shown(book: WatchBook, proofs: Proofs, guest: Guest, now: Instant) -> Shown:
    """How a guest stands here now."""
    holder, following = book.holding(guest.stream), book.to_follow(guest.stream)
    if holder is not None:
        back = following is not None and following.offered_to == as_person(guest.peer)
        state = There.RETURNING if back else There.HELD
        return Shown(state, holder, _age(book, proofs, holder, now), max(0, now - holder.since))
    if following is not None and following.state is State.ACCEPTED:
        return Shown(There.ACCEPTED, following, _age(book, proofs, following, now))
    return Shown(There.OFFERED)


def _age(book: WatchBook, proofs: Proofs, watch: Watch, now: Instant) -> Duration | None:
    """Of the last proof; what comes after it is not stated, so that it cannot be believed."""
    if watch.station is None:
        return None
    if watch.state not in RESPONSIBLE and watch.number not in proofs.first:
        return None
    last = proofs.last(book.displays, watch.station, watch.stream)
    return None if last is None else max(0, now - last)
