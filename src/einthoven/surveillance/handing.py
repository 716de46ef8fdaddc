"""Watches by hand: offer, accept, decline, withdraw, take; one patient, a list, a whole shift (R15).

Each is all or nothing: the deeds for every patient named, or a refusal that says which one and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from einthoven.base.deeds import Draft
from einthoven.base.errors import NotFoundError, RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.surveillance.drafting import Pen
from einthoven.surveillance.judgement import Judgement
from einthoven.surveillance.limits import Limits
from einthoven.surveillance.watches import EVERYBODY, OfferedTo, State, Watch, WatchBook


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody who would watch, where, and whether they may.

    Attributes:
        person, station: their numbers.
        qualified: ``qualification.qualified`` of the person, now.
        place: ``stations.in_place`` of the station, now.
        alive: whether the station has reported its picture within the limit.
    """

    person: int
    station: int
    qualified: Judgement
    place: Judgement
    alive: bool

    def check(self) -> None:
        """RefusedError with the reasons where a condition fails."""
        if not self.qualified.ok:
            raise RefusedError("not_qualified", self.qualified.words)
        if not self.place.ok:
            raise RefusedError("not_in_place", self.place.words)
        if not self.alive:
            raise RefusedError("station_silent", f"station {self.station} does not prove what it paints")


def _watch(book: WatchBook, number: int) -> Watch:
    watch = book.live.get(number)
    if watch is None:
        if 0 < number < book.next_watch:
            raise RefusedError("over", f"watch {number} is over")
        raise NotFoundError(f"watch {number}: there is none")
    return watch


def _named(book: WatchBook, numbers: Iterable[int]) -> list[Watch]:
    found = [_watch(book, number) for number in dict.fromkeys(numbers)]
    if not found:
        raise RefusedError("none", "no patient is named")
    return found


def _words(watch: Watch) -> str:
    return f"watch {watch.number} of {stream_name(watch.stream)}"


def _who(number: OfferedTo | None) -> str:
    return f"center {-number}" if isinstance(number, int) and number < 0 else f"staff {number}"


def _elsewhere(watch: Watch) -> bool:
    """Whether another center holds it: anybody here may begin to take such a patient back."""
    return watch.by is not None and watch.by < 0


def _room(book: WatchBook, seat: Seat, more: int, limits: Limits) -> None:
    person = book.load(seat.person) + more
    if person > limits.person:
        raise RefusedError(
            "limit_person", f"that would be {person} patients, the limit of a person is {limits.person}"
        )
    screen = len(book.by_station.get(seat.station, ())) + more
    if screen > limits.screen:
        raise RefusedError(
            "limit_screen", f"that would be {screen} patients, the limit of a screen is {limits.screen}"
        )


def offer(
    book: WatchBook,
    numbers: Sequence[int] | None,
    to: OfferedTo,
    by: int,
    limits: Limits,
    now: Instant,
    *,
    may_assign: bool = False,
) -> list[Draft]:
    """Offer on watches that somebody holds; they stay responsible until the next person is.

    Args:
        numbers: of the watches; None for the whole shift of ``by``.
        to: a member of staff who is on duty, ``all``, or another center (``-N``, by ``peer_lending.offer``).
        by: who offers.
        may_assign: whether they may offer on the watches of others (``Permission.WATCH_ASSIGN``).
    """
    chosen = [watch.number for watch in book.held_by(by)] if numbers is None else numbers
    pen = Pen(book, now, limits)
    if to != EVERYBODY and to > 0 and to not in book.duties:
        raise RefusedError("not_on_duty", f"staff {to} is not signed in at a station")
    for watch in _named(book, chosen):
        if watch.by != by and not may_assign and not _elsewhere(watch):
            raise RefusedError("not_yours", f"{_words(watch)} is not yours")
        if watch.state is State.OFFERED_ON:
            if numbers is None:
                continue
            raise RefusedError("offered_already", f"{_words(watch)} is offered already")
        if watch.state is not State.HELD:
            raise RefusedError("not_held", f"{_words(watch)} is {watch.state.value}, not held")
        if to == watch.by:
            raise RefusedError("same_person", f"{_words(watch)} is held by staff {to}")
        pen.offered(watch.stream, to, "handed on", by, watch.number)
    if not pen.drafts:
        raise RefusedError("offered_already", "all of them are offered already")
    return pen.drafts


def accept(book: WatchBook, numbers: Sequence[int], seat: Seat, limits: Limits, now: Instant) -> list[Draft]:
    """Accept offers made to this person or to everybody; responsible from the first proof of display."""
    offers = _named(book, numbers)
    pen = Pen(book, now, limits)
    for watch in offers:
        if watch.state is not State.OFFERED:
            who = "you" if watch.by == seat.person else _who(watch.by)
            raise RefusedError("taken", f"{_words(watch)} was accepted by {who}")
        if watch.offered_to not in (EVERYBODY, seat.person):
            raise RefusedError("not_yours", f"{_words(watch)} is offered to {_who(watch.offered_to)}")
        holder = book.holding(watch.stream)
        if holder is not None and holder.by == seat.person:
            raise RefusedError(
                "same_person", f"you hold {stream_name(watch.stream)}; withdraw the offer to keep it"
            )
        pen.accepted(watch.number, watch.stream, seat.person, seat.station)
    seat.check()
    _room(book, seat, len(offers), limits)
    return pen.drafts


def take(
    book: WatchBook, streams: Sequence[StreamId], seat: Seat, limits: Limits, now: Instant
) -> list[Draft]:
    """Take patients whom nobody watches."""
    pen = Pen(book, now, limits)
    chosen = list(dict.fromkeys(streams))
    if not chosen:
        raise RefusedError("none", "no patient is named")
    for stream in chosen:
        if stream not in book.services:
            raise NotFoundError(f"{stream_name(stream)} is not in service")
        holder, following = book.holding(stream), book.to_follow(stream)
        if holder is not None:
            raise RefusedError("watched", f"{stream_name(stream)} is watched by {_who(holder.by)}")
        if following is not None and following.state is State.ACCEPTED:
            raise RefusedError("taken", f"{stream_name(stream)} was accepted by {_who(following.by)}")
        if following is None:
            number = pen.offered(stream, EVERYBODY, "nobody watches this patient")
        else:
            number = following.number
        pen.accepted(number, stream, seat.person, seat.station)
    seat.check()
    _room(book, seat, len(chosen), limits)
    return pen.drafts


def decline(
    book: WatchBook, numbers: Sequence[int], person: int, why: str, limits: Limits, now: Instant
) -> list[Draft]:
    """Say no to offers made to this person; what is offered to everybody need not be declined."""
    pen = Pen(book, now, limits)
    for watch in _named(book, numbers):
        if watch.state is not State.OFFERED:
            raise RefusedError("not_offered", f"{_words(watch)} is {watch.state.value}")
        if watch.offered_to == EVERYBODY:
            raise RefusedError(
                "offered_to_all", f"{_words(watch)} is offered to everybody: leave it to others"
            )
        if watch.offered_to != person:
            raise RefusedError("not_yours", f"{_words(watch)} is offered to staff {watch.offered_to}")
        pen.ended_offer("watch.declined", watch, why)
        if book.holding(watch.stream) is None:
            pen.offered(watch.stream, EVERYBODY, "nobody watches this patient")
    return pen.drafts


def withdraw(
    book: WatchBook,
    numbers: Sequence[int],
    by: int,
    limits: Limits,
    now: Instant,
    *,
    may_assign: bool = False,
) -> list[Draft]:
    """Take offers back while nobody else is responsible; an offer of a patient whom nobody watches stays.

    Args:
        numbers: of the offers, or of the watches that are offered on.
    """
    pen = Pen(book, now, limits)
    for named in _named(book, numbers):
        watch = book.to_follow(named.stream) if named.state is State.OFFERED_ON else named
        if watch is None or watch.state not in (State.OFFERED, State.ACCEPTED):
            raise RefusedError("not_offered", f"{_words(named)} is {named.state.value}")
        holder = book.holding(watch.stream)
        if holder is None:
            raise RefusedError("unwatched", f"nobody watches {stream_name(watch.stream)}: the offer stays")
        if by not in (watch.offered_by, holder.by) and not may_assign:
            raise RefusedError("not_yours", f"{_words(watch)} was not offered by you")
        pen.ended_offer("watch.withdrawn", watch, "taken back")
    return pen.drafts
