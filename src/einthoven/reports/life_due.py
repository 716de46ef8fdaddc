"""Which reports are due: of each day of wear, each event that was told, each period that ended (R25, R26).

A day of wear is cut at the site's hour on the site's clocks, so that it is 23 or 25 hours long where the
clocks change. Which reports there are is in the book, so after a restart it goes on where it stood.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TypeAlias

from einthoven.base.ids import StreamId
from einthoven.base.instants import HOUR, MINUTE, Duration, Instant, to_iso
from einthoven.escalation.calendar import instant_of, local
from einthoven.reports.life_states import PRELIMINARY, About, Key, Kind, Report, State

CUT_DEFAULT = 8 * 60
"""Minutes after midnight: the day's report is there when the practice opens."""
GRACE: Duration = 2 * HOUR
"""So long a day that is over waits for samples that are still to come."""
AGAIN: Duration = 10 * MINUTE
"""A report is looked at anew this often at the most: late samples come in many small pieces."""
SIGN_WITHIN: dict[Kind, Duration] = {
    Kind.URGENT: 12 * HOUR,
    Kind.DAILY: 24 * HOUR,
    Kind.END: 72 * HOUR,
    Kind.STRIP: 2 * HOUR,
    Kind.PERIOD: 72 * HOUR,
}
"""A report that waits longer for its signature, a technical one for being issued, is overdue."""
LEAST: Duration = MINUTE
"""A day of less wear than this has no report: nothing can be said of it."""


@dataclass(frozen=True, slots=True)
class Cutting:
    """Where days are cut.

    Attributes:
        zone: of the site, as IANA names it.
        minute: after midnight, on the clocks there.
        grace: how long a day that is over waits for its samples.
    """

    zone: str = "UTC"
    minute: int = CUT_DEFAULT
    grace: Duration = GRACE


@dataclass(frozen=True, slots=True)
class Service:
    """A service period as far as reports ask.

    Attributes:
        stream: its samples.
        start: when it began.
        stop: when it ended, None while it goes on.
        mark: by which its reports are told from those that were made for the wrong person.
        cut_mark: the same of the day that a correction cut short, and of the whole.
        cut: a correction ended it: what follows is another person's.
        telephone: of strips by telephone: no day of it is worn, and its summary is that of the period.
    """

    stream: StreamId
    start: Instant
    stop: Instant | None = None
    mark: str = ""
    cut_mark: str = ""
    cut: bool = False
    telephone: bool = False


Complete: TypeAlias = Callable[[Service], Instant | None]
"""Every sample of a period acquired before this is stored, or declared lost; None: not known. Asked only of
periods of which a report is due otherwise."""


@dataclass(frozen=True, slots=True)
class Told:
    """A case whose physician was told: a person who can act was reached, or it was closed as told.

    ``mark``: as of a ``Service``.
    """

    case: int
    stream: StreamId
    start: Instant
    stop: Instant
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Played:
    """A strip by telephone that lies in the patient's ECG and whose call was closed.

    Attributes:
        name: ``12.1``: call and strip.
        stream, start, stop: where it lies, in time.
        mark: as of a ``Service``.
    """

    name: str
    stream: StreamId
    start: Instant
    stop: Instant
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A report that is to be made, and what will be missing in it (``""``: nothing)."""

    about: About
    note: str = ""


def day_of(cutting: Cutting, at: Instant) -> date:
    """The date that names the day of wear at ``at``: that on which it began."""
    there = local(cutting.zone, at).date()
    return there if at >= instant_of(cutting.zone, there, cutting.minute) else there - timedelta(days=1)


def days(cutting: Cutting, start: Instant, stop: Instant) -> Iterator[tuple[str, Instant, Instant]]:
    """Days of wear over ``[start, stop)``: date, and the part of it that was worn."""
    if stop <= start:
        return
    first, last = day_of(cutting, start).toordinal(), day_of(cutting, stop - 1).toordinal()
    for ordinal in range(first, last + 1):
        name, begin, end = _day(cutting.zone, cutting.minute, ordinal)
        yield name, max(begin, start), min(end, stop)


@lru_cache(maxsize=4096)
def _day(zone: str, minute: int, ordinal: int) -> tuple[str, Instant, Instant]:
    """A day by its number: date, and from when until when it is."""
    day = date.fromordinal(ordinal)
    following = day + timedelta(days=1)
    return day.isoformat(), instant_of(zone, day, minute), instant_of(zone, following, minute)


def reports_due(
    services: Iterable[Service],
    told: Iterable[Told],
    known: Container[Key],
    cutting: Cutting,
    now: Instant,
    complete: Complete,
    played: Iterable[Played] = (),
) -> list[Due]:
    """Reports that nobody has made yet and that are due: urgent ones first, then strips by telephone, then
    days, oldest first.

    Args:
        known: keys of the reports that there are.
        complete: until when samples are in.
        played: strips by telephone whose calls were closed.
    """
    urgent = [
        Due(About(Kind.URGENT, one.stream, f"{one.case}{one.mark}", one.start, one.stop))
        for one in sorted(told, key=lambda one: one.case)
        if (Kind.URGENT, one.stream, f"{one.case}{one.mark}") not in known
    ]
    strips = [
        Due(about)
        for one in sorted(played, key=lambda one: (one.stop, one.name))
        if (about := About(Kind.STRIP, one.stream, one.name + one.mark, one.start, one.stop)).key not in known
    ]
    others = [due for one in services for due in _of_service(one, known, cutting, now, complete)]
    return (
        urgent + strips + sorted(others, key=lambda due: (due.about.stop, due.about.kind, due.about.stream))
    )


def _of_service(
    one: Service, known: Container[Key], cutting: Cutting, now: Instant, complete: Complete
) -> Iterator[Due]:
    if one.telephone:
        yield from _of_telephone(one, known, now)
        return
    end = now if one.stop is None else min(one.stop, now)
    for day, start, stop in days(cutting, one.start, end):
        short = one.cut and stop == one.stop
        about = About(Kind.DAILY, one.stream, day + (one.cut_mark if short else one.mark), start, stop)
        if about.key in known:
            continue
        over = stop < end or stop == one.stop or _is_cut(cutting, day, stop)
        if over and stop - start >= LEAST:
            note = missing(complete(one), about, cutting, now)
            if note is not None:
                yield Due(about, note)
    if one.stop is not None and one.stop <= now and one.stop - one.start >= LEAST:
        about = About(Kind.END, one.stream, one.cut_mark, one.start, one.stop)
        note = None if about.key in known else missing(complete(one), about, cutting, now)
        if note is not None:
            yield Due(about, note)


def _of_telephone(one: Service, known: Container[Key], now: Instant) -> Iterator[Due]:
    """No day of it is worn: one report when it has ended."""
    if one.stop is not None and one.stop <= now:
        about = About(Kind.PERIOD, one.stream, one.cut_mark, one.start, one.stop)
        if about.key not in known:
            yield Due(about)


def _is_cut(cutting: Cutting, day: str, stop: Instant) -> bool:
    following = date.fromisoformat(day) + timedelta(days=1)
    return stop == instant_of(cutting.zone, following, cutting.minute)


def missing(complete: Instant | None, about: About, cutting: Cutting, now: Instant) -> str | None:
    """What is missing in a report that is made now, ``""`` for nothing; None: it waits for its samples."""
    if complete is not None and complete >= about.stop:
        return ""
    if now < about.stop + cutting.grace:
        return None
    if complete is None:
        return "when this was made it was not known whether all samples had come"
    since = to_iso(max(complete, about.start))
    return f"when this was made, samples from {since} on had not all come"


def looked_at_again(report: Report, stamp: str, tried: Instant, now: Instant) -> bool:
    """Whether a report is to be made again: what it was made from is not what there is now.

    Args:
        stamp: of what there is now.
        tried: when it was made, or made again in vain, last.
    """
    if report.state is State.WITHDRAWN or report.misfiled is not None or stamp == report.stamp:
        return False
    return now - tried >= AGAIN


def overdue(report: Report, now: Instant) -> bool:
    """Whether it waits too long for its signature."""
    waits = report.state in PRELIMINARY or report.state is State.COSIGN
    waits = waits and report.misfiled is None
    return waits and now - report.made > SIGN_WITHIN[report.about.kind]


def waiting(reports: Iterable[Report]) -> Sequence[Report]:
    """Those that wait for a person: urgent ones first, then strips by telephone, then the oldest."""
    order = {Kind.URGENT: 0, Kind.STRIP: 1}
    return sorted(reports, key=lambda one: (order.get(one.about.kind, 2), one.made, one.number))
