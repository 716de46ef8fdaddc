"""Lending patients to another center: offering, taking its statements in, taking back (R15, R16).

What a statement proves becomes a proof of display of the station ``-N``; everything that follows from proofs,
and from their absence, is the machine of the watch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from einthoven.base.deeds import Draft
from einthoven.base.errors import RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Duration, Instant
from einthoven.surveillance import handing
from einthoven.surveillance.display import Painted, Proofs
from einthoven.surveillance.drafting import Cause, Fall, Pen
from einthoven.surveillance.limits import Limits
from einthoven.surveillance.peer_book import (
    PeerBook,
    PeerId,
    Watcher,
    as_person,
    lent_draft,
    returned_draft,
    watcher_draft,
)
from einthoven.surveillance.watches import EVERYBODY, State, Watch, WatchBook

LENT_MAX = 200
"""Patients lent to one center at once: what fits in a message."""


class There(StrEnum):
    """How a patient of ours stands at the other center."""

    COMING = "coming"
    """Heard of, not shown to anybody yet."""
    OFFERED = "offered"
    """On its people's list, and accepted by nobody."""
    ACCEPTED = "accepted"
    HELD = "held"
    RETURNING = "returning"
    """Held, and handed back to us."""
    DECLINED = "declined"
    """It cannot take them; ``why`` says so."""


WATCHING_THERE = frozenset({There.ACCEPTED, There.HELD, There.RETURNING})


@dataclass(frozen=True, slots=True)
class Stated:
    """What the other center states of one patient.

    Attributes:
        state: how the patient stands there.
        age: of the last proof of display on the station of whoever accepted, when the statement was made.
        who: who accepted or holds, ``since`` by our clock; None before.
        why: words of a decline, or why the tile is not proved now.
    """

    state: There
    age: Duration | None = None
    who: Watcher | None = None
    why: str = ""


def offer(
    book: WatchBook,
    peers: PeerBook,
    numbers: Sequence[int] | None,
    peer: PeerId,
    by: int,
    limits: Limits,
    now: Instant,
    *,
    alive: bool,
    may_assign: bool = False,
) -> list[Draft]:
    """Offer watches to another center: ours are lent to it, its own guests are handed back.

    Args:
        numbers: of the watches; None for the whole shift of ``by``.
        alive: whether the center has answered within the limit of silence.

    Raises:
        RefusedError: as ``handing.offer``; it does not answer (``center_silent``), a patient is another
            center's guest (``guest``), or still lent to a third (``lent``), or they would have more than
            ``LENT_MAX`` of ours (``full``).
    """
    if not alive:
        raise RefusedError("center_silent", f"{peers.words(peer)} does not answer")
    drafts = handing.offer(book, numbers, as_person(peer), by, limits, now, may_assign=may_assign)
    made = []
    for draft in drafts:
        stream = draft.body["stream"]
        assert isinstance(stream, int)
        guest, lent = peers.guests.get(stream), peers.lent.get(stream)
        if guest is not None and guest.peer != peer:
            whose = peers.words(guest.peer)
            raise RefusedError("guest", f"{stream_name(stream)} is a patient of {whose}: hand back to them")
        if lent is not None and lent != peer:
            raise RefusedError("lent", f"{stream_name(stream)} is lent to {peers.words(lent)}")
        if guest is None and lent is None:
            made.append(lent_draft(peer, stream))
    if len(peers.lent_to(peer)) + len(made) > LENT_MAX:
        raise RefusedError("full", f"{peers.words(peer)} would have more than {LENT_MAX} patients of ours")
    return made + drafts


def answered(
    book: WatchBook,
    peers: PeerBook,
    peer: PeerId,
    stated: Mapping[StreamId, Stated],
    limits: Limits,
    now: Instant,
) -> list[Draft]:
    """What a statement changes besides proofs: accepted there, declined, handed back, another person."""
    pen, there = Pen(book, now, limits), as_person(peer)
    for stream in peers.lent_to(peer):
        one = stated.get(stream)
        if one is None:
            continue
        holder, following = book.holding(stream), book.to_follow(stream)
        if one.state in WATCHING_THERE and one.who is not None:
            known = peers.watchers.get(stream)
            if known is None or not one.who.same(known):
                pen.drafts.append(watcher_draft(peer, stream, one.who))
        if following is not None and following.state is State.OFFERED:
            _answer(pen, one, holder, following, there)
        elif holder is not None and _handed_back(one, holder, following, there):
            why = f"handed back by {peers.words(peer)}"
            pen.offered(stream, EVERYBODY, why, there, holder.number)
    return pen.drafts


def _handed_back(one: Stated, holder: Watch, following: Watch | None, there: int) -> bool:
    return one.state is There.RETURNING and holder.by == there and following is None


def _answer(pen: Pen, one: Stated, holder: Watch | None, following: Watch, there: int) -> None:
    """An offer that waits: theirs to accept or decline; handed back by them, and perhaps kept after all."""
    ours = following.offered_to == there or (following.offered_to == EVERYBODY and holder is None)
    if one.state in WATCHING_THERE and ours:
        pen.accepted(following.number, following.stream, there, there)
    elif one.state is There.DECLINED and following.offered_to == there:
        pen.ended_offer("watch.declined", following, one.why)
        if holder is None:
            pen.offered(following.stream, EVERYBODY, "nobody watches this patient")
    elif one.state is There.HELD and following.offered_by == there and holder is not None:
        pen.ended_offer("watch.withdrawn", following, "kept there")


def proved(peers: PeerBook, peer: PeerId, stated: Mapping[StreamId, Stated], asked: Instant) -> list[Painted]:
    """What a statement proves, oldest first: each for ``watching.painted``, one after another.

    Args:
        asked: when we asked, by our clock: no proof in the answer is later than this less its age.
    """
    station = as_person(peer)
    by_age: dict[Duration, list[StreamId]] = {}
    doubts = {}
    for stream in peers.lent_to(peer):
        one = stated.get(stream)
        if one is None or one.state not in WATCHING_THERE:
            continue
        if one.age is not None:
            by_age.setdefault(one.age, []).append(stream)
        if one.why:
            doubts[stream] = one.why
    pictures = [
        Painted(station, asked - age, by_age[age], True, doubts) for age in sorted(by_age, reverse=True)
    ]
    # That it answered at all is a sign of life, whatever it shows.
    return [*pictures, Painted(station, asked, (), True, doubts)]


def fallen(book: WatchBook, peers: PeerBook, now: Instant) -> dict[int, Fall]:
    """Centers that hold or accepted watches and are not trusted any more, as ``watching.due`` wants them."""
    cause = Cause.NOT_TRUSTED.value
    return {
        person: Fall(now, cause) for person in book.by_person if person < 0 and -person not in peers.peers
    }


def due(book: WatchBook, peers: PeerBook, limits: Limits, now: Instant) -> list[Draft]:
    """What is lent and need not be any more: held here again, never taken there, out of service, distrusted.

    Whom nobody watches stays lent, so that whoever is there first, here or there, takes them.
    """
    pen = Pen(book, now, limits)
    for stream, peer in sorted(peers.lent.items()):
        why = _over(book, peers, stream, peer)
        if why:
            following = book.to_follow(stream)
            if following is not None and following.offered_to == as_person(peer):
                pen.ended_offer("watch.withdrawn", following, why)
            pen.drafts.append(returned_draft(peer, stream, why))
    return pen.drafts


def _over(book: WatchBook, peers: PeerBook, stream: StreamId, peer: PeerId) -> str:
    there = as_person(peer)
    if stream not in book.services:
        return "the service ended"
    holder, following = book.holding(stream), book.to_follow(stream)
    if peer not in peers.peers:
        return "" if holder is not None and holder.by == there else Cause.NOT_TRUSTED.value
    if holder is None or holder.by == there:
        return ""
    if following is not None and there in (following.offered_to, following.by):
        return ""
    return "watched here"


def alive(proofs: Proofs, peer: PeerId, limits: Limits, now: Instant) -> bool:
    """Whether a center has answered within the limit of silence."""
    return proofs.alive(as_person(peer), now, limits.silence)
