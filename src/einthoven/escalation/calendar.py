"""Who covers when, and by which number: weekly rules in a time zone, holidays, exceptions (R21–R23).

A rule names local times of day; it is turned into instants date by date, so that a night of 23 or 25 hours is
covered to its end. The database of time zones is read through ``zoneinfo``, by the zone's name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from einthoven.base.errors import InputError
from einthoven.base.instants import SECOND, Instant

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAY = "holiday"
"""A day of a rule: the listed holidays, which are no weekdays then."""
WHOLE_DAY = 24 * 60
NIGHT_FROM, NIGHT_TO = 22 * 60, 6 * 60
"""Minutes of the local day between which a patient is taken to sleep."""
OFFICE, MOBILE, HOME, SERVICE = "office", "mobile", "home", "answering-service"
NUMBER_KINDS = (OFFICE, MOBILE, HOME, SERVICE)


@dataclass(frozen=True, slots=True)
class Hours:
    """Times of a week.

    Attributes:
        days: of ``DAYS`` and ``HOLIDAY``, on which they begin.
        start: minutes of the local day, 0 … 1440; 1440 is midnight at its end.
        stop: minutes, 1 … 1440; not after ``start`` means: on the next day.
    """

    days: frozenset[str]
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Number:
    """A telephone number of a person.

    Attributes:
        kind: of ``NUMBER_KINDS``.
        number: as dialled.
        hours: when it is used; none for always.
    """

    kind: str
    number: str
    hours: tuple[Hours, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be called: a key unique in the plan, a name, a role, numbers in order."""

    key: str
    name: str
    role: str
    numbers: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class Cover:
    """A weekly rule: this person covers at these hours."""

    hours: Hours
    person: str


@dataclass(frozen=True, slots=True)
class Instead:
    """An exception: over ``[start, stop)`` this person covers whatever the rules say; None: nobody does."""

    start: Instant
    stop: Instant
    person: str | None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Who covers when.

    Attributes:
        zone: name in the database of time zones, ``America/New_York``.
        persons: by key.
        covers: weekly rules.
        holidays: local dates that are ``HOLIDAY`` instead of their weekday.
        exceptions: the later in the list wins.
    """

    zone: str
    persons: tuple[Person, ...]
    covers: tuple[Cover, ...] = ()
    holidays: frozenset[date] = frozenset()
    exceptions: tuple[Instead, ...] = ()

    def person(self, key: str) -> Person | None:
        """The person of that key."""
        return next((one for one in self.persons if one.key == key), None)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Who covers over ``[start, stop)``: keys of persons; ``kind`` of its ``Flaw``, ``""`` for none."""

    start: Instant
    stop: Instant
    who: tuple[str, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Flaw:
    """A stretch of a calendar that will hurt.

    Attributes:
        kind: ``nobody`` covers, ``several`` cover, or ``no-number`` of who covers is in use then.
        start, stop: from when to when.
        who: keys of the persons concerned.
        words: a sentence with local times.
    """

    kind: str
    start: Instant
    stop: Instant
    who: tuple[str, ...]
    words: str


@cache
def zone_of(name: str) -> ZoneInfo:
    """The time zone of a name.

    Raises:
        InputError: there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise InputError(f"zone: {name[:60]!r} is no time zone (want e.g. America/New_York)") from error


def local(zone: str, at: Instant) -> datetime:
    """Date and time of day on the clocks there."""
    return datetime.fromtimestamp(at // SECOND, UTC).astimezone(zone_of(zone))


@lru_cache(maxsize=1 << 14)
def instant_of(zone: str, day: date, minute: int) -> Instant:
    """When a local time of a date is; 1440 is midnight at its end.

    A time that the clocks skip is the moment they skip it; one that they repeat is its first.
    """
    day, minute = (day + timedelta(days=1), minute - WHOLE_DAY) if minute >= WHOLE_DAY else (day, minute)
    naive = datetime(day.year, day.month, day.day, minute // 60, minute % 60)  # noqa: DTZ001 - local on purpose
    at = naive.replace(tzinfo=zone_of(zone), fold=0).astimezone(UTC)
    back = at.astimezone(zone_of(zone)).replace(tzinfo=None)
    if back != naive:
        return _skip_of(zone, at)
    return round(at.timestamp()) * SECOND


def is_night(zone: str, at: Instant, start: int = NIGHT_FROM, stop: int = NIGHT_TO) -> bool:
    """Whether it is night on the clocks there: from ``start`` to ``stop``, minutes of the local day."""
    there = local(zone, at)
    minute = there.hour * 60 + there.minute
    return start <= minute < stop if start < stop else minute >= start or minute < stop


def within(calendar: Calendar, hours: Sequence[Hours], at: Instant) -> bool:
    """Whether one of the hours holds at ``at``; none at all mean always."""
    if not hours:
        return True
    today = local(calendar.zone, at).date()
    return any(
        start <= at < stop
        for each in hours
        for start, stop in _spans(calendar, each, today - timedelta(days=1), today)
    )


def covering(calendar: Calendar, at: Instant) -> tuple[Person, ...]:
    """Who covers at ``at``, in the order of the rules; more than one where rules overlap."""
    for instead in reversed(calendar.exceptions):
        if instead.start <= at < instead.stop:
            person = calendar.person(instead.person) if instead.person else None
            return (person,) if person else ()
    found = {}
    for cover in calendar.covers:
        person = calendar.person(cover.person)
        if person is not None and within(calendar, (cover.hours,), at):
            found[person.key] = person
    return tuple(found.values())


def numbers_at(calendar: Calendar, person: Person, at: Instant) -> tuple[Number, ...]:
    """The numbers by which a person is called at ``at``, in order."""
    return tuple(one for one in person.numbers if within(calendar, one.hours, at))


def stretches(calendar: Calendar, start: Instant, stop: Instant) -> list[Stretch]:
    """Who covers from when to when, all of ``[start, stop)`` in order, what is wrong with it beside."""
    found: list[Stretch] = []
    for begin, end in pairwise(_edges(calendar, start, stop)):
        kind, who = _flaw(calendar, begin)
        goes_on = found and (found[-1].kind, found[-1].who) == (kind, who)
        since = found.pop().start if goes_on else begin
        found.append(Stretch(since, end, who, kind))
    return found


def gaps(calendar: Calendar, start: Instant, stop: Instant) -> list[Flaw]:
    """Every stretch of ``[start, stop)`` that nobody covers, several do, or no number is in use in."""
    return [
        Flaw(one.kind, one.start, one.stop, one.who, _words(calendar, one.kind, one.who, one.start, one.stop))
        for one in stretches(calendar, start, stop)
        if one.kind
    ]


def _flaw(calendar: Calendar, at: Instant) -> tuple[str, tuple[str, ...]]:
    who = covering(calendar, at)
    keys = tuple(one.key for one in who)
    if not who:
        return "nobody", ()
    if len(who) > 1:
        return "several", keys
    return ("" if numbers_at(calendar, who[0], at) else "no-number"), keys


def _words(calendar: Calendar, kind: str, who: Sequence[str], start: Instant, stop: Instant) -> str:
    when = (
        f"{local(calendar.zone, start):%a %Y-%m-%d %H:%M} to {local(calendar.zone, stop):%a %Y-%m-%d %H:%M}"
    )
    names = [person.name for person in calendar.persons if person.key in who]
    said = {
        "nobody": "nobody covers",
        "several": f"{' and '.join(names)} cover at once",
        "no-number": f"no number of {' and '.join(names)} is in use",
    }[kind]
    return f"{when} ({calendar.zone}): {said}"


def _edges(calendar: Calendar, start: Instant, stop: Instant) -> list[Instant]:
    """Every instant at which somebody's cover or number may begin or end, with both ends."""
    first = local(calendar.zone, start).date() - timedelta(days=1)
    last = local(calendar.zone, stop).date()
    edges = {start, stop}
    every = [cover.hours for cover in calendar.covers]
    every += [hours for person in calendar.persons for number in person.numbers for hours in number.hours]
    for hours in every:
        for span in _spans(calendar, hours, first, last):
            edges |= set(span)
    for instead in calendar.exceptions:
        edges |= {instead.start, instead.stop}
    return sorted(edge for edge in edges if start <= edge <= stop)


def _spans(calendar: Calendar, hours: Hours, first: date, last: date) -> Iterator[tuple[Instant, Instant]]:
    """The hours as instants, of those that begin on the dates from ``first`` to ``last``."""
    day = first
    while day <= last:
        name = HOLIDAY if day in calendar.holidays else DAYS[day.weekday()]
        if name in hours.days:
            till = hours.stop if hours.stop > hours.start else hours.stop + WHOLE_DAY
            yield instant_of(calendar.zone, day, hours.start), _till(calendar.zone, day, till)
        day += timedelta(days=1)


def _till(zone: str, day: date, minute: int) -> Instant:
    """As ``instant_of``, for minutes up to the end of the next day."""
    if minute > WHOLE_DAY:
        return instant_of(zone, day + timedelta(days=1), minute - WHOLE_DAY)
    return instant_of(zone, day, minute)


def _skip_of(zone: str, near: datetime) -> Instant:
    """The moment at which the clocks skip: sought to the second within a day and a half around."""
    low, high = round(near.timestamp()) - 36 * 3600, round(near.timestamp()) + 36 * 3600
    there = zone_of(zone)

    def offset(second: int) -> timedelta | None:
        return datetime.fromtimestamp(second, UTC).astimezone(there).utcoffset()

    before = offset(low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset(middle) == before else (low, middle)
    return high * SECOND
