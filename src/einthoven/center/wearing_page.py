"""Hours worn, gaps by cause, and whom to call about them, as pages ask for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Protocol

from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import HOUR, SECOND, Duration, Instant
from einthoven.center.desk_books import Books
from einthoven.center.desk_shapes import Shape, contact_log, ms
from einthoven.escalation.calendar import instant_of, local
from einthoven.surveillance.wearing import CallRule, Recorded, Standing, gaps, joined, standing, stretch

DAYS = 31
"""Days told of one patient, the newest: a service period and a day."""
GAPS_MAX = 200
"""Gaps told of one patient, the newest."""
NO_ZONE = "UTC"


class Wearing(Protocol):
    """What is stored of who wore what."""

    def services(self) -> Sequence[tuple[StreamId, Instant]]:
        """Streams in service and since when; on the event loop."""
        ...

    def recorded(self, stream: StreamId, since: Instant, start: Instant, *, off: bool) -> Recorded:
        """What is known of a stream from ``start`` on; on a reading thread.

        Args:
            since: when its service began.
            off: whether it is asked, too, when all leads were off.
        """
        ...


@dataclass(frozen=True, slots=True)
class Wearer:
    """A patient in service with what the list needs of the desk.

    Attributes:
        contacted: when somebody spoke with them last.
    """

    stream: StreamId
    since: Instant
    contacted: Instant | None


def wearers(books: Books, services: Iterable[tuple[StreamId, Instant]]) -> list[Wearer]:
    """Those in service, with when they were spoken with; on the event loop."""
    found = []
    for stream, since in services:
        log = books.notes.contacts.get(stream, ())
        found.append(Wearer(stream, since, log[-1].at if log else None))
    return found


def standings(
    source: Wearing, patients: Sequence[Wearer], now: Instant, rule: CallRule
) -> list[tuple[Wearer, Recorded, Standing]]:
    """How each stands by the rule; on a reading thread."""
    found = []
    for one in patients:
        told = source.recorded(one.stream, one.since, now - rule.day, off=False)
        found.append((one, told, standing(told, one.contacted, now, rule)))
    return found


def list_page(books: Books, found: Sequence[tuple[Wearer, Recorded, Standing]], rule: CallRule) -> Shape:
    """``GET /api/desk/compliance``: those to be called first, then everybody by hours, fewest first."""
    ordered = sorted(
        found, key=lambda row: (not row[2].reasons or row[2].settled, not row[2].reasons, row[2].worn)
    )
    return {
        "rule": {name: value / SECOND for name, value in asdict(rule).items()},
        "patients": [
            {
                "stream": stream_name(one.stream),
                "patient": books.card(one.stream).name,
                "telephone": books.card(one.stream).telephone,
                "service_ms": ms(one.since),
                "last_ms": ms(told.last),
                "worn_h": _hours(stands.worn),
                "of_h": _hours(stands.of),
                "reasons": list(stands.reasons),
                "since_ms": ms(stands.since),
                "settled": stands.settled,
                "contacted_ms": ms(one.contacted),
            }
            for one, told, stands in ordered
        ],
    }


def days_of(zone: str, since: Instant, now: Instant) -> list[tuple[str, Instant, Instant]]:
    """Days on the clocks of a zone, from that of ``since`` through that of ``now``: date, start, end."""
    day, last = local(zone, since).date(), local(zone, now).date()
    day = max(day, last - timedelta(days=DAYS - 1))
    found = []
    while day <= last:
        following = day + timedelta(days=1)
        found.append((day.isoformat(), instant_of(zone, day, 0), instant_of(zone, following, 0)))
        day = following
    return found


def patient_page(books: Books, stream: StreamId, told: Recorded, now: Instant) -> Shape:
    """``GET /api/desk/compliance/sNNNNNN``: each day with its hours, the gaps, who spoke with the patient."""
    zone = books.notes.of(stream).zone or NO_ZONE
    days = days_of(zone, told.since, now)
    pieces = joined(gaps(told, days[0][1], now))
    return {
        "stream": stream_name(stream),
        "patient": books.card(stream).name,
        "telephone": books.card(stream).telephone,
        "zone": zone,
        "service_ms": ms(told.since),
        "last_ms": ms(told.last),
        "days": [_day(name, told, start, min(stop, now)) for name, start, stop in days],
        "gaps": [
            {"start_ms": ms(gap.start), "end_ms": ms(gap.stop), "cause": gap.cause}
            for gap in pieces[-GAPS_MAX:]
        ],
        "log": contact_log(books, stream),
    }


def _day(name: str, told: Recorded, start: Instant, stop: Instant) -> Shape:
    found = stretch(told, start, stop)
    by_cause: Mapping[str, Duration] = found.gaps
    return {
        "day": name,
        "of_h": _hours(found.stop - found.start),
        "worn_h": _hours(found.worn),
        "gaps": [
            {"cause": cause, "h": _hours(lasted)}
            for cause, lasted in sorted(by_cause.items(), key=lambda row: -row[1])
        ],
    }


def _hours(value: Duration) -> float:
    return value / HOUR
