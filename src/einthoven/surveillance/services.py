"""When a patient must be watched: service expected, begun, ended; and what a restart of the center ends."""

from __future__ import annotations

from einthoven.base.deeds import Draft
from einthoven.base.errors import RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.surveillance.display import Proofs
from einthoven.surveillance.drafting import Cause, Fall, Pen, Told
from einthoven.surveillance.limits import Limits
from einthoven.surveillance.watches import EVERYBODY, RESPONSIBLE, WatchBook


def expect(
    book: WatchBook, stream: StreamId, limits: Limits, now: Instant, why: str = "enrolled, service not begun"
) -> list[Draft]:
    """A patient is enrolled, not in service: offered and accepted already, so that service begins watched."""
    if stream in book.services:
        raise RefusedError("known", f"{stream_name(stream)} is expected or in service")
    pen = Pen(book, now, limits)
    pen.drafts.append(Draft("service.expected", stream_name(stream), {"stream": stream}))
    pen.offered(stream, EVERYBODY, why)
    return pen.drafts


def begin(book: WatchBook, stream: StreamId, limits: Limits, now: Instant) -> list[Draft]:
    """From now on the patient must be watched; where nobody does, the incident opens with this very deed."""
    if book.services.get(stream) is not None:
        raise RefusedError("known", f"{stream_name(stream)} is in service")
    pen = Pen(book, now, limits)
    pen.drafts.append(Draft("service.began", stream_name(stream), {"stream": stream, "since": now}))
    if book.holding(stream) is None:
        pen.incident(stream, Cause.NOT_TAKEN.value, now)
        if book.to_follow(stream) is None:
            pen.offered(stream, EVERYBODY, "service began")
    return pen.drafts


def end(book: WatchBook, proofs: Proofs, stream: StreamId, limits: Limits, now: Instant) -> list[Draft]:
    """The patient need not be watched any more: what is live ends, an incident that goes on is over.

    Service that is watched ends with the last proof of its display, at most ``limits.silence`` before now:
    what came after would never be proved, since a patient who left is not painted.
    """
    if stream not in book.services:
        raise RefusedError("not_in_service", f"{stream_name(stream)} is not in service")
    pen = Pen(book, now, limits)
    until = now
    if (following := book.to_follow(stream)) is not None:
        pen.ended_offer("watch.withdrawn", following, Cause.SERVICE_ENDED.value)
    if (holder := book.holding(stream)) is not None:
        proved = None if holder.station is None else proofs.last(book.displays, holder.station, stream)
        last = now if proved is None else min(now, proved)
        until = max(holder.since, book.services[stream] or 0, last)
        pen.released(holder, until, None, Cause.SERVICE_ENDED.value)
    if (number := book.incidents.going_on.get(stream)) is not None:
        pen.over(number, stream, until)
    pen.drafts.append(Draft("service.ended", stream_name(stream), {"stream": stream, "until": until}))
    return pen.drafts


def restart(book: WatchBook, alive_until: Instant, limits: Limits, now: Instant, told: Told) -> list[Draft]:
    """What a new life of the center finds: displays and watches of the last one ended when it was last alive.

    Args:
        alive_until: the last instant up to which the last life said that all displays were proved
            (``Proofs.proved_until``, kept once a second); nothing is known of what came after.
    """
    pen = Pen(book, now, limits, told=told)
    cause = Cause.CENTER_DOWN.value
    for station, shown in book.displays.on.items():
        for stream, known in shown.items():
            pen.dark(stream, station, max(known, alive_until), cause)
    pen.settle(
        {
            number: Fall(alive_until, cause)
            for number, watch in book.live.items()
            if watch.state in RESPONSIBLE or watch.station is not None
        }
    )
    for person in book.duties:
        pen.duty("duty.ended", person, cause=cause)
    return pen.drafts
