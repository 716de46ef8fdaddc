"""Watches: who is responsible for which patient; a state machine, and the book of its deeds (R14, R15, R18).

A patient has at most one watch that is responsible (held, or held and offered on) and at most one that is to
follow it (offered or accepted). The responsible one ends by hand only in the same deeds in which the next one
is held, or with the service; any other end opens an incident from the last moment that was proved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, cast

from einthoven.base.deeds import Deed
from einthoven.base.errors import OursError
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.surveillance.display import DisplayBook
from einthoven.surveillance.incidents import IncidentBook

EVERYBODY: Literal["all"] = "all"
OfferedTo: TypeAlias = int | Literal["all"]


class State(StrEnum):
    """Of a watch."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    HELD = "held"
    OFFERED_ON = "offered_on"
    RELEASED = "released"
    LOST = "lost"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Event(StrEnum):
    """What happens to a watch."""

    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    PROVE = "prove"
    """Its tile is painted on the station of the person who accepted, and the one before it may go."""
    OFFER_ON = "offer on"
    KEEP = "keep"
    """The offer to another came to nothing."""
    RELEASE = "release"
    LOSE = "lose"


TRANSITIONS: Mapping[tuple[State, Event], State] = MappingProxyType(
    {
        (State.OFFERED, Event.ACCEPT): State.ACCEPTED,
        (State.OFFERED, Event.DECLINE): State.DECLINED,
        (State.OFFERED, Event.WITHDRAW): State.WITHDRAWN,
        (State.OFFERED, Event.EXPIRE): State.EXPIRED,
        (State.ACCEPTED, Event.PROVE): State.HELD,
        (State.ACCEPTED, Event.WITHDRAW): State.WITHDRAWN,
        (State.ACCEPTED, Event.EXPIRE): State.EXPIRED,
        (State.HELD, Event.OFFER_ON): State.OFFERED_ON,
        (State.HELD, Event.RELEASE): State.RELEASED,
        (State.HELD, Event.LOSE): State.LOST,
        (State.OFFERED_ON, Event.KEEP): State.HELD,
        (State.OFFERED_ON, Event.RELEASE): State.RELEASED,
        (State.OFFERED_ON, Event.LOSE): State.LOST,
    }
)
RESPONSIBLE = frozenset({State.HELD, State.OFFERED_ON})
TO_FOLLOW = frozenset({State.OFFERED, State.ACCEPTED})
LIVE = RESPONSIBLE | TO_FOLLOW
_EVENTS: Mapping[str, Event] = MappingProxyType(
    {
        "watch.accepted": Event.ACCEPT,
        "watch.declined": Event.DECLINE,
        "watch.withdrawn": Event.WITHDRAW,
        "watch.expired": Event.EXPIRE,
        "watch.held": Event.PROVE,
        "watch.released": Event.RELEASE,
        "watch.lost": Event.LOSE,
    }
)


@dataclass(frozen=True, slots=True)
class Watch:
    """One watch of one patient.

    Attributes:
        number: from 1.
        stream: the patient's stream.
        state: one of ``LIVE``; a book forgets watches that ended.
        offered_to: a member of staff, ``all``.
        offered_by: a member of staff, None for the center.
        before: the watch that it is to follow, None for a patient whom nobody watches.
        why: words of the offer.
        since: when the state began: of the deed, or of the first proof for a watch that is held.
        by: who accepted, None before.
        station: where.
    """

    number: int
    stream: StreamId
    state: State
    offered_to: OfferedTo
    offered_by: int | None
    before: int | None
    why: str
    since: Instant
    by: int | None = None
    station: int | None = None

    @property
    def held_since(self) -> Instant | None:
        """Since when somebody is responsible by this watch; None while nobody is."""
        return self.since if self.state in RESPONSIBLE else None


@dataclass(frozen=True, slots=True)
class Duty:
    """Somebody signed in at a station, from a network address, since an instant."""

    station: int
    address: str
    since: Instant


@dataclass(slots=True)
class WatchBook:
    """What the deeds say of watches, services, duties, displays and incidents.

    Attributes:
        services: stream → since when it must be watched; None: expected, may be offered and accepted before.
        live: watches that have not ended, by number.
        holder: stream → the watch that is responsible.
        following: stream → the watch that is offered or accepted.
        accepted: stream → the watch that is accepted and not yet held (part of ``following``).
        by_person, by_station: the watches accepted or held by a person, on a station.
        duties: person → where they are signed in.
        watched_until: stream in service → the end of the last watch that was responsible.
        displays, incidents: the books that go with it.
    """

    services: dict[StreamId, Instant | None] = field(default_factory=dict)
    live: dict[int, Watch] = field(default_factory=dict)
    holder: dict[StreamId, int] = field(default_factory=dict)
    following: dict[StreamId, int] = field(default_factory=dict)
    accepted: dict[StreamId, int] = field(default_factory=dict)
    by_person: dict[int, set[int]] = field(default_factory=dict)
    by_station: dict[int, set[int]] = field(default_factory=dict)
    duties: dict[int, Duty] = field(default_factory=dict)
    watched_until: dict[StreamId, Instant] = field(default_factory=dict)
    displays: DisplayBook = field(default_factory=DisplayBook)
    incidents: IncidentBook = field(default_factory=IncidentBook)
    next_watch: int = 1

    KINDS = (
        frozenset(
            {
                "service.expected",
                "service.began",
                "service.ended",
                "duty.began",
                "duty.ended",
                "watch.offered",
            }
        )
        | frozenset(_EVENTS)
        | DisplayBook.KINDS
        | IncidentBook.KINDS
    )

    def apply(self, deed: Deed) -> None:
        """Take a deed in; other kinds are nothing to this book.

        Raises:
            OursError: the table does not know the step; the journal is not of this program.
        """
        if deed.kind not in self.KINDS:
            return
        body = cast(Mapping[str, Any], deed.body)
        room, _, what = deed.kind.partition(".")
        if room == "watch":
            if what == "offered":
                self._offered(body, deed.at)
            else:
                self._step(_EVENTS[deed.kind], body, deed.at)
        elif room == "display":
            self.displays.apply(deed)
        elif room == "incident":
            self.incidents.apply(deed)
        elif room == "service":
            self._service(what, body)
        elif what == "began":
            self.duties[body["person"]] = Duty(body["station"], body["address"], deed.at)
        else:
            del self.duties[body["person"]]

    def _service(self, what: str, body: Mapping[str, Any]) -> None:
        if what == "ended":
            del self.services[body["stream"]]
            self.watched_until.pop(body["stream"], None)
        else:
            self.services[body["stream"]] = body["since"] if what == "began" else None

    def _offered(self, body: Mapping[str, Any], at: Instant) -> None:
        number, before = body["watch"], body["before"]
        if before is not None:
            self._become(self.live[before], Event.OFFER_ON, None)
        watch = Watch(number, body["stream"], State.OFFERED, body["to"], body["by"], before, body["why"], at)
        self.live[number] = watch
        self.following[watch.stream] = number
        self.next_watch = max(self.next_watch, number + 1)

    def _step(self, event: Event, body: Mapping[str, Any], at: Instant) -> None:
        watch = self.live[body["watch"]]
        if event is Event.ACCEPT:
            taken = replace(watch, by=body["by"], station=body["station"])
            self._become(taken, event, at)
            self.accepted[watch.stream] = watch.number
            self.by_person.setdefault(body["by"], set()).add(watch.number)
            self.by_station.setdefault(body["station"], set()).add(watch.number)
        elif event is Event.PROVE:
            self._become(watch, event, body["since"])
            del self.following[watch.stream]
            del self.accepted[watch.stream]
            # the one before it, if there is one, is released by the very next deed and then forgets itself
            self.holder[watch.stream] = watch.number
            self.displays.prove(body["station"], watch.stream, body["since"])
        else:
            if watch.state in RESPONSIBLE:
                end = body["since" if event is Event.LOSE else "until"]
                self.watched_until[watch.stream] = max(end, self.watched_until.get(watch.stream, end))
                self.displays.prove(body["station"], watch.stream, end)
            self._become(watch, event, at)
            self._forget(watch)

    def _forget(self, watch: Watch) -> None:
        del self.live[watch.number]
        if watch.state in TO_FOLLOW:
            del self.following[watch.stream]
            self.accepted.pop(watch.stream, None)
            if watch.before is not None and watch.before in self.live:
                self._become(self.live[watch.before], Event.KEEP, None)
        elif self.holder.get(watch.stream) == watch.number:
            del self.holder[watch.stream]
        if watch.by is not None and watch.station is not None:
            for index, key in ((self.by_person, watch.by), (self.by_station, watch.station)):
                index[key].discard(watch.number)
                if not index[key]:
                    del index[key]

    def _become(self, watch: Watch, event: Event, since: Instant | None) -> None:
        self.live[watch.number] = replace(
            watch, state=after(watch.state, event), since=watch.since if since is None else since
        )

    def holding(self, stream: StreamId) -> Watch | None:
        """The watch that is responsible for a stream."""
        number = self.holder.get(stream)
        return None if number is None else self.live[number]

    def to_follow(self, stream: StreamId) -> Watch | None:
        """The watch of a stream that is offered or accepted."""
        number = self.following.get(stream)
        return None if number is None else self.live[number]

    def load(self, person: int) -> int:
        """For how many patients somebody is responsible, or is about to be."""
        return len(self.by_person.get(person, ()))

    def held_by(self, person: int) -> list[Watch]:
        """The watches by which somebody is responsible, in order of their numbers: their shift."""
        mine = (self.live[number] for number in sorted(self.by_person.get(person, ())))
        return [watch for watch in mine if watch.state in RESPONSIBLE]


def after(state: State, event: Event) -> State:
    """The state after an event; OursError where the table has none."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise OursError(f"a watch that is {state.value} cannot {event.value}") from None
