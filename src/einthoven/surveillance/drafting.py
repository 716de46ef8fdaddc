"""Drafting deeds of watches: the bodies in one place, numbers handed out, and what follows from a loss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from einthoven.base.deeds import Body, Draft, staff_actor
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.surveillance.display import Proofs
from einthoven.surveillance.incidents import UNWATCHED
from einthoven.surveillance.limits import Limits
from einthoven.surveillance.watches import EVERYBODY, OfferedTo, State, Watch, WatchBook


class Cause(StrEnum):
    """Why a watch or a display ended that nobody ended, or never began."""

    NOT_TAKEN = "in service and not taken by anybody yet"
    SILENT = "the station is silent"
    CLOSED = "the station closed its connection"
    LEFT = "the page was closed or left"
    HIDDEN = "the page is hidden"
    NOT_PAINTED = "the tile is not painted"
    SIGNED_OUT = "signed out"
    NOT_QUALIFIED = "not qualified any more"
    NOT_IN_PLACE = "not in a place for surveillance any more"
    CENTER_DOWN = "the center was down"
    SERVICE_ENDED = "the service ended"
    NO_ANSWER = "the offer was not answered in time"
    LOST_BEFORE = "the watch it was to follow was lost"
    CENTER_SILENT = "the other center is silent"
    NOT_TRUSTED = "the other center is not trusted any more"


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told of a loss: supervisors on duty (staff numbers), standby and supervisors' stations."""

    supervisors: tuple[int, ...] = ()
    stations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Fall:
    """The end of a watch that nobody ended: the last moment that counts, and the cause in words."""

    since: Instant
    cause: str


@dataclass(slots=True)
class Pen:
    """Deeds of one command as they are drafted; the book itself does not change meanwhile."""

    book: WatchBook
    now: Instant
    limits: Limits
    proofs: Proofs | None = None
    told: Told = field(default_factory=Told)
    drafts: list[Draft] = field(default_factory=list)
    _watches: int = 0
    _incidents: int = 0

    def offered(
        self,
        stream: StreamId,
        to: OfferedTo,
        why: str,
        by: int | None = None,
        before: int | None = None,
    ) -> int:
        """``watch.offered``; the number of the new watch."""
        number = self.book.next_watch + self._watches
        self._watches += 1
        body: Body = {"watch": number, "stream": stream, "to": to, "by": by, "before": before, "why": why}
        self.drafts.append(Draft("watch.offered", stream_name(stream), body))
        return number

    def accepted(self, number: int, stream: StreamId, by: int, station: int) -> None:
        """``watch.accepted``."""
        body: Body = {"watch": number, "stream": stream, "by": by, "station": station}
        self.drafts.append(Draft("watch.accepted", stream_name(stream), body))

    def ended_offer(self, kind: str, watch: Watch, why: str) -> None:
        """``watch.declined``, ``watch.withdrawn``, ``watch.expired``."""
        body: Body = {"watch": watch.number, "stream": watch.stream, "by": watch.by, "why": why}
        self.drafts.append(Draft(kind, stream_name(watch.stream), body))

    def held(self, watch: Watch, since: Instant) -> None:
        """``watch.held``."""
        body: Body = {
            "watch": watch.number,
            "stream": watch.stream,
            "by": watch.by,
            "station": watch.station,
            "since": since,
        }
        self.drafts.append(Draft("watch.held", stream_name(watch.stream), body))

    def released(self, watch: Watch, until: Instant, to: Watch | None, why: str) -> None:
        """``watch.released``: to the one that follows, or with the service."""
        body: Body = {
            "watch": watch.number,
            "stream": watch.stream,
            "by": watch.by,
            "station": watch.station,
            "until": until,
            "to": None if to is None else to.number,
            "why": why,
        }
        self.drafts.append(Draft("watch.released", stream_name(watch.stream), body))

    def lost(self, watch: Watch, fall: Fall) -> None:
        """``watch.lost``, with whom it is told."""
        body: Body = {
            "watch": watch.number,
            "stream": watch.stream,
            "by": watch.by,
            "station": watch.station,
            "since": fall.since,
            "cause": fall.cause,
            "supervisors": list(self.told.supervisors),
            "stations": list(self.told.stations),
        }
        self.drafts.append(Draft("watch.lost", stream_name(watch.stream), body))

    def incident(self, stream: StreamId, cause: str, since: Instant, until: Instant | None = None) -> None:
        """``incident.opened``, and ``incident.ended`` with it where its end is known already."""
        number = self.book.incidents.next_incident + self._incidents
        self._incidents += 1
        body: Body = {"incident": number, "stream": stream, "kind": UNWATCHED, "cause": cause, "since": since}
        self.drafts.append(Draft("incident.opened", stream_name(stream), body))
        if until is not None:
            self.over(number, stream, until)

    def over(self, number: int, stream: StreamId, until: Instant) -> None:
        """``incident.ended``."""
        body: Body = {"incident": number, "stream": stream, "until": until}
        self.drafts.append(Draft("incident.ended", stream_name(stream), body))

    def shown(self, stream: StreamId, station: int, since: Instant) -> None:
        """``display.shown``."""
        body: Body = {"stream": stream, "station": station, "since": since}
        self.drafts.append(Draft("display.shown", stream_name(stream), body))

    def dark(self, stream: StreamId, station: int, until: Instant, cause: str) -> None:
        """``display.ended``."""
        body: Body = {"stream": stream, "station": station, "until": until, "cause": cause}
        self.drafts.append(Draft("display.ended", stream_name(stream), body))

    def duty(self, kind: str, person: int, **body: str | int) -> None:
        """``duty.began``, ``duty.ended``."""
        self.drafts.append(Draft(kind, staff_actor(person), {"person": person, **body}))

    def first_proof(self, following: Watch | None) -> Instant | None:
        """Since when the tile of an accepted watch is painted without a break; None if it is not now."""
        if self.proofs is None or following is None or following.station is None:
            return None
        first = self.proofs.first.get(following.number)
        tile = self.proofs.tiles.get(following.station, {}).get(following.stream)
        if first is None or tile is None or tile < self.now - self.limits.silence:
            return None
        return first

    def begin_watch(self, following: Watch, since: Instant) -> None:
        """Nobody watched, and now somebody does: held, and the incident that went on is over."""
        self.held(following, since)
        if (number := self.book.incidents.going_on.get(following.stream)) is not None:
            opened = self.book.incidents.live[number].since
            self.over(number, following.stream, max(opened, since))

    def settle(self, falls: Mapping[int, Fall]) -> None:
        """Everything that follows from the fall of watches, patient by patient.

        A responsible watch that falls is lost; if the next person's station has painted the patient by then,
        that watch is held from its first proof, else the patient is offered to everybody at once. The moment
        between is an incident. An offer that falls leaves the patient with whom it was.
        """
        streams = dict.fromkeys(self.book.live[number].stream for number in falls)
        for stream in streams:
            holder, following = self.book.holding(stream), self.book.to_follow(stream)
            if following is not None and (fall := falls.get(following.number)) is not None:
                self.ended_offer("watch.expired", following, fall.cause)
                following = None
            if holder is not None and (fall := falls.get(holder.number)) is not None:
                self._lose(holder, following, Fall(max(holder.since, fall.since), fall.cause))
            elif holder is None and following is None:
                self.offered(stream, EVERYBODY, "nobody watches this patient")

    def _lose(self, holder: Watch, following: Watch | None, fall: Fall) -> None:
        stream = holder.stream
        self.lost(holder, fall)
        first = self.first_proof(following)
        served = self.book.services.get(stream)
        start = None if served is None else max(served, fall.since, self.book.watched_until.get(stream, 0))
        if following is not None and first is not None:
            self.held(following, first)
            if start is not None and start < first:
                self.incident(stream, fall.cause, start, first)
            return
        if start is not None:
            self.incident(stream, fall.cause, start)
        if following is not None and following.offered_to != EVERYBODY and following.state is State.OFFERED:
            self.ended_offer("watch.withdrawn", following, Cause.LOST_BEFORE.value)
            following = None
        if following is None:
            self.offered(stream, EVERYBODY, f"the watch was lost: {fall.cause}")


def fallen(watches: Iterable[Watch], since: Instant, cause: str) -> dict[int, Fall]:
    """One fall for many watches."""
    return {watch.number: Fall(since, cause) for watch in watches}
