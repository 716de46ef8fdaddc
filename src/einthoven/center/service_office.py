"""What follows of service periods by itself: kits follow periods, stays follow hospitals, calls become due.

The rows of the facts say which periods are open. This looks at them and makes the deeds that tell it: also
those that were lost because the center was killed between the two (``desk_steps``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from einthoven.base.deeds import Draft
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import DAY, Duration, Instant
from einthoven.center import service_acts
from einthoven.center.desk_books import Books
from einthoven.center.desk_shapes import Shape, ms
from einthoven.enrollment import kit_deeds, service_deeds
from einthoven.enrollment.kit_states import RETURN_WITHIN, Kit, State
from einthoven.enrollment.periods import ServicePeriod
from einthoven.enrollment.service_book import FIRST_CALL_LATE, What, notice_at
from einthoven.enrollment.service_deeds import HOSPITAL
from einthoven.enrollment.telephone import Recorder

OVER_SHOWN: Duration = 7 * DAY
"""A period that ended by itself stays on the lists for so long, unless somebody puts it on record before."""


def unfinished(books: Books, ordered: Iterable[tuple[int, ServicePeriod]]) -> list[Draft]:
    """At a start: deeds of periods that were opened under an order and whose deeds were not written."""
    made: list[Draft] = []
    for number, period in ordered:
        record = books.orders.orders.get(number)
        if record is not None and (record.stream is None or books.service.of(period.stream).order is None):
            made += service_acts.enrolled(books, number, period)
    return made


def codes(books: Books, recorders: Iterable[tuple[ServicePeriod, Recorder]], now: Instant) -> list[Draft]:
    """Codes of open periods by telephone that have none: opened elsewhere, or right before a center was
    killed. One at a time: the next is drawn where this one is taken."""
    for period, recorder in recorders:
        made = service_acts.code(books, period, recorder, now)
        if made:
            return made
    return []


def followed(
    books: Books,
    periods: Sequence[ServicePeriod],
    is_open: Callable[[StreamId], bool],
    begun: Callable[[StreamId], bool],
) -> list[Draft]:
    """Kits as the periods have them: one that was enrolled elsewhere, one that sends, one that is due back.

    Args:
        periods: open ones, as read a moment ago.
        is_open: whether a stream's period is open now.
        begun: whether samples of a stream came.
    """
    made: list[Draft] = []
    taken = set[str]()
    for period in periods:
        kit = books.kits.kits.get(period.transmitter)
        if kit is not None and kit.stream != period.stream and is_open(period.stream):
            made.append(kit_deeds.follow(kit, period.stream))
            taken.add(kit.transmitter)
    for kit in books.kits.kits.values():
        if kit.stream is None or kit.transmitter in taken:
            continue
        if kit.state in (State.ASSIGNED, State.WORN) and not is_open(kit.stream):
            made.append(kit_deeds.due(kit))
        elif kit.state is State.ASSIGNED and begun(kit.stream):
            made.append(kit_deeds.sent(kit))
    return made


def stays(books: Books, periods: Sequence[ServicePeriod], is_open: Callable[[StreamId], bool]) -> list[Draft]:
    """Interruptions as hospitals tell them (ADT): a stay begins one, its end ends the one that it began.

    A stay that a person put on record, or ended, is left alone; a discharge that is taken back goes on where
    it was thought to end.
    """
    made: list[Draft] = []
    for period in periods:
        stay = books.hospital.of(period.patient).stay
        if stay is None or not is_open(period.stream):
            continue
        service = books.service.of(period.stream)
        held, last = service.interrupted, service.stays[-1] if service.stays else None
        since = max(stay.since, period.started)
        # Somebody who knows better has ended the stay that a message still tells of.
        ended = last is not None and last.over_by not in ("", HOSPITAL) and (last.stop or 0) >= stay.since
        if stay.inside and held is None and not ended:
            where, why = stay.place or stay.by or "a hospital", f"admitted, says {stay.by}"
            made += service_deeds.interrupt(books.service, period.stream, since, where, why, HOSPITAL)
        elif not stay.inside and held is not None and held.by == HOSPITAL:
            made += service_deeds.resume(books.service, period.stream, max(stay.since, held.start), HOSPITAL)
    return made


# ---- the end that comes by itself --------------------------------------------------------------------------


def endings(books: Books, periods: Sequence[ServicePeriod], now: Instant) -> list[Draft]:
    """Periods that end within a day, each told once for each limit (R33).

    Guests of other centers are theirs to end.
    """
    made = []
    for period in periods:
        service = books.service.of(period.stream)
        limit = limit_of(books, period)
        if service.ending == limit or period.stream in books.surveil.peers.foreign:
            continue
        if notice_at(period.started, limit) <= now < limit:
            made.append(service_deeds.ending(period.stream, limit))
    return made


def overs(books: Books, expired: Iterable[ServicePeriod]) -> list[Draft]:
    """Periods that ended by themselves and of which nothing tells it yet, with the cases that stay open."""
    made = []
    for period in expired:
        if books.service.of(period.stream).over is not None or period.stream in books.surveil.peers.foreign:
            continue
        assert period.ended is not None
        cases = [one.number for one in books.triage.cases.open_cases() if one.stream == period.stream]
        made.append(service_deeds.over(period.stream, period.ended, sorted(cases)))
    return made


def limit_of(books: Books, period: ServicePeriod) -> Instant:
    """When an open period ends by itself; what extended it a moment ago counts, too."""
    return max([period.limit, *(one.limit for one in books.service.of(period.stream).extensions)])


def ending(books: Books, stream: StreamId, now: Instant) -> Shape | None:
    """``ending:<stream>``: a service that ends by itself within a day, or did so and nobody has put it on
    record: nobody is no longer watched without a word (R14, R33)."""
    service, period = books.service.of(stream), books.periods.get(stream)
    told = {"stream": stream_name(stream), "patient": books.card(stream).name}
    if service.over is not None:
        if not service.over_unasked or now - service.over.at > OVER_SHOWN:
            return None
        live = [number for number in service.over.cases if number in books.triage.cases.worklist]
        return {**told, "limit_ms": ms(service.over.at), "over": True, "asked": False, "cases": live}
    if period is None or service.ended is not None:
        return None
    limit = limit_of(books, period)
    if service.ending != limit:
        return None
    asked = service.end_call_due(period.started, limit) is None
    return {**told, "limit_ms": ms(limit), "over": False, "asked": asked, "cases": []}


def endings_told(books: Books) -> list[StreamId]:
    """Streams of which ``ending`` may tell something."""
    services = books.service.services
    return [one.stream for one in services.values() if one.ending or one.over is not None]


# ---- calls -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Due:
    """A call that is to be made: to a patient, or to the practice about the end of a service.

    Attributes:
        stream: whose.
        what: what about.
        at: when it became, or becomes, due.
        overdue: whether it is late.
        kit: the kit that has not come back, for a call about it.
    """

    stream: StreamId
    what: What
    at: Instant
    overdue: bool
    kit: str = ""


def calls_due(books: Books, is_open: Callable[[StreamId], bool], now: Instant) -> list[Due]:
    """Calls that are due now, the longest first: of the first day, about the end, about kits not back."""
    made = []
    for stream, service in books.service.services.items():
        at = service.first_call_due()
        if at is not None and at <= now and is_open(stream):
            made.append(Due(stream, What.FIRST, at, now - at > FIRST_CALL_LATE))
        if service.over is not None and (due := end_due(books, stream, now)) is not None:
            made.append(due)
    for stream in books.periods:
        due = end_due(books, stream, now)
        if due is not None and is_open(stream) and books.service.of(stream).over is None:
            made.append(due)
    for kit in books.kits.kits.values():
        due = return_due(books, kit, now)
        if due is not None:
            made.append(due)
    return sorted(made, key=lambda one: (one.at, one.stream))


def end_due(books: Books, stream: StreamId, now: Instant) -> Due | None:
    """The question to the practice whether a service goes on; None while, or once, nobody is to ask it."""
    service, period = books.service.of(stream), books.periods.get(stream)
    if service.over is not None:
        shown = service.over_unasked and now - service.over.at <= OVER_SHOWN
        return Due(stream, What.END, service.over.at, True) if shown else None
    if period is None or service.ended is not None or stream in books.surveil.peers.foreign:
        return None
    at = service.end_call_due(period.started, limit_of(books, period))
    if at is None or at > now:
        return None
    return Due(stream, What.END, at, now - at > FIRST_CALL_LATE)


def return_due(books: Books, kit: Kit, now: Instant) -> Due | None:
    """The call about a kit that has not come back; None while nobody is to be called."""
    if kit.stream is None or not kit.overdue(now):
        return None
    at = books.service.of(kit.stream).return_call_due(kit.since + RETURN_WITHIN)
    return (
        Due(kit.stream, What.RETURN, at, now - at > FIRST_CALL_LATE, kit.transmitter) if at <= now else None
    )
