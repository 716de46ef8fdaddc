"""The running watch: what stations prove, who signs in and out, what is due by now (R9, R14, R18).

The center calls ``due`` once a second and journals its deeds before anything else of that second;
``painted`` for every report of a station; the others when they happen.
"""

from __future__ import annotations

from collections.abc import Mapping

from einthoven.base.deeds import Draft
from einthoven.base.errors import RefusedError
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.surveillance.display import Painted, Proofs
from einthoven.surveillance.drafting import Cause, Fall, Pen, Told
from einthoven.surveillance.handing import Seat
from einthoven.surveillance.limits import Limits
from einthoven.surveillance.qualification import Recognised, qualified, unqualified_since
from einthoven.surveillance.roles import Role
from einthoven.surveillance.staff import StaffBook
from einthoven.surveillance.stations import StationBook, StationKind, in_place
from einthoven.surveillance.watches import RESPONSIBLE, State, Watch, WatchBook


def painted(
    book: WatchBook, proofs: Proofs, report: Painted, limits: Limits, now: Instant, told: Told
) -> list[Draft]:
    """Take a station's proof of its picture in; deeds only where something begins or, page hidden, ends.

    A proof that comes more than ``limits.silence`` behind the one before it does not go on from that: ``due``
    ends the display at the old one, and the next proof begins anew.

    Args:
        proofs: changed in place.
    """
    if not report.visible:
        return gone(book, proofs, report.station, Cause.HIDDEN, limits, now, told)
    station, at = report.station, min(report.at, now)
    shown = book.displays.on.get(station, {})
    tiles = proofs.tiles.setdefault(station, {})
    edge = at - limits.silence
    proved = {stream for stream in report.streams if tiles.get(stream, at) >= edge or stream not in shown}
    for stream in proved:
        tiles[stream] = max(at, tiles.get(stream, at))
    proofs.seen[station] = max(at, proofs.seen.get(station, at))
    proofs.left.discard(station)
    proofs.doubts[station] = dict(report.doubts)
    pen = Pen(book, now, limits, proofs, told)
    for stream in sorted(proved - shown.keys()):
        pen.shown(stream, station, at)
    for stream in sorted(book.accepted.keys() & proved):
        _proved(pen, proofs, book.live[book.accepted[stream]], station, at)
    return pen.drafts


def _proved(pen: Pen, proofs: Proofs, following: Watch, station: int, at: Instant) -> None:
    """A proof of a patient who is accepted: by the next screen, by the one that hands on, or by another."""
    if station == following.station and at >= following.since:
        proofs.first.setdefault(following.number, at)
    first = pen.first_proof(following)
    if first is None:
        return
    holder = pen.book.holding(following.stream)
    if holder is None:
        pen.begin_watch(following, first)
    elif holder.station == station and at >= first:
        # both screens have proved this patient, so the one before may go: a hand-over overlaps, never abuts
        pen.held(following, first)
        pen.released(holder, at, following, "handed on")


def _falls_on(book: WatchBook, proofs: Proofs, station: int, cause: str) -> dict[int, Fall]:
    falls = {}
    for number in book.by_station.get(station, ()):
        watch = book.live[number]
        last = proofs.last(book.displays, station, watch.stream)
        falls[number] = Fall(watch.since if last is None else last, cause)
    return falls


def gone(
    book: WatchBook, proofs: Proofs, station: int, cause: Cause, limits: Limits, now: Instant, told: Told
) -> list[Draft]:
    """A station known to show nothing any more (hidden, closed): what it showed ended with its last proof.

    Args:
        proofs: left as they are until the deeds have taken effect, but the station is no longer alive.
    """
    proofs.seen.pop(station, None)
    pen = Pen(book, now, limits, proofs, told)
    tiles = proofs.tiles.get(station, {})
    for stream, known in book.displays.on.get(station, {}).items():
        pen.dark(stream, station, max(known, tiles.get(stream, known)), cause.value)
    pen.settle(_falls_on(book, proofs, station, cause.value))
    return pen.drafts


def sign_on(
    book: WatchBook, person: int, station: int, address: str, limits: Limits, now: Instant
) -> list[Draft]:
    """Somebody is at a station from now on; again at the same one from the same address is nothing."""
    duty = book.duties.get(person)
    if duty is not None:
        if (duty.station, duty.address) == (station, address):
            return []
        raise RefusedError("on_duty", f"staff {person} is signed in at station {duty.station}")
    pen = Pen(book, now, limits)
    pen.duty("duty.began", person, station=station, address=address)
    return pen.drafts


def sign_off(
    book: WatchBook,
    proofs: Proofs,
    person: int,
    limits: Limits,
    now: Instant,
    told: Told,
    *,
    cause: str = "",
) -> list[Draft]:
    """Somebody leaves the station.

    Args:
        cause: words where it is not by hand (session over, ended by somebody else): the watches are lost.

    Raises:
        RefusedError: by hand while responsible for patients; they are to be offered on first (R15).
    """
    if person not in book.duties:
        return []
    numbers = book.by_person.get(person, set())
    held = sum(book.live[number].state in RESPONSIBLE for number in numbers)
    if held and not cause:
        raise RefusedError("still_watching", f"you watch {held} patients: hand them on first")
    pen = Pen(book, now, limits, proofs, told)
    falls = {}
    for number in numbers:
        watch = book.live[number]
        last = None if watch.station is None else proofs.last(book.displays, watch.station, watch.stream)
        falls[number] = Fall(watch.since if last is None else min(last, now), cause or Cause.SIGNED_OUT.value)
    pen.settle(falls)
    pen.duty("duty.ended", person, cause=cause or Cause.SIGNED_OUT.value)
    return pen.drafts


def due(
    book: WatchBook, proofs: Proofs, unfit: Mapping[int, Fall], limits: Limits, now: Instant, told: Told
) -> list[Draft]:
    """What time has done by now: displays whose proofs stopped, people no longer fit, offers too old.

    Costs two dictionary look-ups a tile on display and less for the rest.

    Args:
        unfit: person → since when and why they may not watch any more (``no_longer_fit``).
    """
    pen = Pen(book, now, limits, proofs, told)
    falls: dict[int, Fall] = {}
    edge = now - limits.silence
    for station, shown in book.displays.on.items():
        tiles = proofs.tiles.get(station, {})
        stale = [stream for stream, known in shown.items() if tiles.get(stream, known) < edge]
        if stale:
            _go_dark(pen, proofs, station, stale, falls)
    for person in unfit.keys() & book.by_person.keys():
        _drop_person(pen, proofs, person, unfit[person], falls)
    _too_old(pen, falls)
    pen.settle(falls)
    _prune(book, proofs, edge)
    return pen.drafts


def _go_dark(pen: Pen, proofs: Proofs, station: int, stale: list[StreamId], falls: dict[int, Fall]) -> None:
    book = pen.book
    # What a center proves is older than its answer, so a silent one is older than half the limit by then.
    patience = pen.limits.silence if station > 0 else pen.limits.silence // 2
    silent = not proofs.alive(station, pen.now, patience)
    dumb = Cause.SILENT if station > 0 else Cause.CENTER_SILENT
    if station in proofs.left:
        dumb = Cause.LEFT
    doubts = proofs.doubts.get(station, {})
    for stream in stale:
        until = proofs.last(book.displays, station, stream)
        cause = dumb.value if silent else doubts.get(stream, Cause.NOT_PAINTED.value)
        until = pen.now if until is None else until
        pen.dark(stream, station, until, cause)
        for number in (book.holder.get(stream), book.accepted.get(stream)):
            if (
                number is not None
                and book.live[number].station == station
                and _counted(book.live[number], proofs)
            ):
                falls[number] = Fall(until, cause)


def _counted(watch: Watch, proofs: Proofs) -> bool:
    """Whether a watch rests on a picture: an accepted one does once its tile was painted."""
    return watch.state in RESPONSIBLE or watch.number in proofs.first


def _drop_person(pen: Pen, proofs: Proofs, person: int, fall: Fall, falls: dict[int, Fall]) -> None:
    for number in pen.book.by_person[person]:
        watch = pen.book.live[number]
        last = None if watch.station is None else proofs.last(pen.book.displays, watch.station, watch.stream)
        since = fall.since if last is None else min(last, fall.since)
        before = falls.get(number)
        if before is None or since < before.since:
            falls[number] = Fall(since, fall.cause)


def _too_old(pen: Pen, falls: dict[int, Fall]) -> None:
    book, limits = pen.book, pen.limits
    for number in book.following.values():
        watch = book.live[number]
        if watch.state is State.ACCEPTED:
            if watch.since < pen.now - limits.paint and pen.first_proof(watch) is None:
                falls.setdefault(number, Fall(watch.since, Cause.NOT_PAINTED.value))
        elif watch.since < pen.now - limits.offer and watch.stream in book.holder:
            falls.setdefault(number, Fall(watch.since, Cause.NO_ANSWER.value))


def _prune(book: WatchBook, proofs: Proofs, edge: Instant) -> None:
    """Forget proofs of what is not on display any more."""
    waiting = set(book.accepted.values())
    for number in proofs.first.keys() - waiting:
        del proofs.first[number]
    for station in [number for number, tiles in proofs.tiles.items() if not tiles]:
        del proofs.tiles[station]
        proofs.doubts.pop(station, None)
    for station, tiles in proofs.tiles.items():
        shown = book.displays.on.get(station, {})
        for stream in tiles.keys() - shown.keys():
            if tiles[stream] < edge:
                del tiles[stream]


def overdue(watch: Watch, limits: Limits, now: Instant) -> bool:
    """Whether an offer waits longer for an answer than it should."""
    return watch.state is State.OFFERED and watch.since < now - limits.answer


def no_longer_fit(
    book: WatchBook, staff: StaffBook, stations: StationBook, recognised: Recognised, now: Instant
) -> dict[int, Fall]:
    """Who watches and may not any more: not qualified, not in place, not signed in; since when, and why."""
    found = {}
    for person in book.by_person:
        if person < 0:
            continue  # another center, which judges its own people (``peer_lending.fallen``)
        member, duty = staff.members.get(person), book.duties.get(person)
        if member is None or duty is None:
            found[person] = Fall(now, Cause.SIGNED_OUT.value)
            continue
        falls = []
        since = unqualified_since(member, now, recognised)
        if since is not None:
            words = qualified(member, now, recognised).words
            falls.append(Fall(since, f"{Cause.NOT_QUALIFIED.value}: {words}"))
        station = stations.stations.get(duty.station)
        site = None if station is None else stations.sites.get(station.site)
        place = in_place(station, site, duty.address)
        if not place.ok:
            changed = max((one.changed for one in (station, site) if one is not None), default=now)
            falls.append(Fall(changed, f"{Cause.NOT_IN_PLACE.value}: {place.words}"))
        if falls:
            found[person] = min(falls, key=lambda fall: fall.since)
    return found


def seat(
    book: WatchBook,
    proofs: Proofs,
    staff: StaffBook,
    stations: StationBook,
    recognised: Recognised,
    limits: Limits,
    person: int,
    now: Instant,
) -> Seat:
    """Where somebody is signed in, and whether they may watch there now.

    Raises:
        RefusedError: not signed in at a station.
    """
    member, duty = staff.members.get(person), book.duties.get(person)
    if member is None or duty is None:
        raise RefusedError("not_on_duty", "you are not signed in at a station")
    station = stations.stations.get(duty.station)
    site = None if station is None else stations.sites.get(station.site)
    return Seat(
        person,
        duty.station,
        qualified(member, now, recognised),
        in_place(station, site, duty.address),
        proofs.alive(duty.station, now, limits.silence),
    )


def told_of(book: WatchBook, staff: StaffBook, stations: StationBook) -> Told:
    """Who is told of losses now: supervisors on duty, active stations that stand by or are supervisors'."""
    people = [number for number in book.duties if Role.SUPERVISOR in staff.members[number].roles]
    places = [
        one.number
        for one in stations.stations.values()
        if one.active and one.kind in (StationKind.STANDBY, StationKind.SUPERVISOR)
    ]
    return Told(tuple(sorted(people)), tuple(sorted(places)))
