"""Of a service by telephone: who had its calls, whether somebody was there to take them, what came (R6, R7).

Pure reading of the books, as ``service_record`` does of a service with a transmitter. That nothing was
watched or displayed between strips is no fault of such a service: what it asks is somebody at the telephone,
day and night.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from einthoven.answering.call import Call, Memory, State, Strip
from einthoven.answering.lapses import KEPT, Lapse
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.billing.service import Attendance, Gap
from einthoven.center.desk_books import Books
from einthoven.enrollment.register import KnownPeriod
from einthoven.surveillance.continuity import Watched

FORGOTTEN = "older moments in which nobody was there are no longer listed"


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a service by telephone.

    Attributes:
        calls: how many calls there were.
        strips, struck: how many strips count and can be read as an ECG, and how many were struck.
        looped: how many of those that count a recorder kept from before the symptom.
    """

    calls: int
    strips: int
    struck: int
    looped: int


def came(books: Books, stream: StreamId) -> Came:
    """Calls and strips of a patient, counted."""
    calls = books.calls.theirs(stream)
    every = [(call, one) for call in calls for one in call.strips if call.stream_of(one) == stream]
    good = [(call, one) for call, one in every if one.counts and not one.unfit]
    looped = sum(call.asked.memory is Memory.BEFORE for call, _ in good)
    return Came(len(calls), len(good), sum(not one.counts for _, one in every), looped)


def nothing_rendered(books: Books, stream: StreamId) -> bool:
    """Whether strips came and none of them counts: struck, or another patient's. No service was rendered, and
    none is counted (R7)."""
    return bool(books.calls.not_theirs(stream)) and not came(books, stream).strips


def empty(books: Books) -> frozenset[StreamId]:
    """Every period of which that is so."""
    return frozenset(one for one in books.calls.by_stream if nothing_rendered(books, one))


def rendered(books: Books, periods: Iterable[KnownPeriod]) -> list[KnownPeriod]:
    """Periods without those that ended and in which nothing was rendered."""
    return [
        one for one in periods if one.period.ended is None or not nothing_rendered(books, one.period.stream)
    ]


def due(books: Books, stream: StreamId) -> list[tuple[Call, Strip]]:
    """Strips of which a report is made: they count, lie in the patient's ECG, and their call is closed."""
    return [
        (call, strip)
        for call, strip in books.calls.strips_of(stream)
        if strip.placed and call.state is State.CLOSED
    ]


def answered(books: Books, stream: StreamId, start: Instant, stop: Instant) -> tuple[Watched, ...]:
    """Every stretch in which somebody had a call of the patient, in order."""
    return tuple(sorted(_answered(books, stream, start, stop), key=lambda one: one.start))


def _answered(books: Books, stream: StreamId, start: Instant, stop: Instant) -> Iterator[Watched]:
    for call in books.calls.theirs(stream):
        for take in call.takes:
            low, high = max(take.at, start), min(stop if take.until is None else take.until, stop)
            if take.person is not None and low < high:
                yield books.continuity.at_station(take.person, take.station, low, high)


def lapses(books: Books, start: Instant, stop: Instant) -> list[Lapse]:
    """Moments within ``[start, stop)`` in which nobody was there to take a call, in order."""
    book = books.calls.lapses
    found = [
        one
        for one in (*book.explained.values(), *book.live.values())
        if one.since < stop and (one.until is None or one.until > start)
    ]
    return sorted(found, key=lambda one: one.since)


def attendance(books: Books, start: Instant, stop: Instant) -> Attendance | None:
    """The share of the time in which somebody was there to take a call; None where no station ever was."""
    if not books.surveil.attended:
        return None
    gaps = tuple(
        Gap(max(start, one.since), min(stop, stop if one.until is None else one.until), one.cause)
        for one in lapses(books, start, stop)
    )
    away = sum(one.stop - one.start for one in gaps)
    unproved = FORGOTTEN if len(books.calls.lapses.explained) >= KEPT else ""
    return Attendance(1 - away / max(1, stop - start), 0.0, gaps, unproved)
