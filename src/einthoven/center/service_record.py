"""A service period as it was measured, read out of the books and of what is stored (R36, R39, R40).

Pure reading: the same of a running center's books, on its loop, and of books that a data folder's deeds make
again. What nobody measured is None.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from einthoven.base.ids import StreamId
from einthoven.base.instants import HOUR, MINUTE, SECOND, Duration, Instant
from einthoven.base.spans import SpanSet
from einthoven.billing.service import (
    Attendance,
    Earlier,
    Gap,
    Interruption,
    Notifications,
    Reports,
    ServiceRecord,
    Transmission,
    Watcher,
)
from einthoven.center import call_record
from einthoven.center.desk_books import Books
from einthoven.center.earlier import earlier, ordered_tests
from einthoven.center.hospital import Stay
from einthoven.enrollment.order import TERRITORIES
from einthoven.enrollment.periods import ServicePeriod
from einthoven.enrollment.register import Enrolled, KnownPeriod
from einthoven.escalation.calendar import local
from einthoven.escalation.calls import Notification, Outcome
from einthoven.reports.life_due import LEAST, Cutting, days
from einthoven.reports.life_states import Kind, State
from einthoven.reports.life_states import Report as LifeReport
from einthoven.surveillance.continuity import Watched
from einthoven.surveillance.qualification import Recognised, qualified, qualified_spans
from einthoven.surveillance.staff import Member

MACHINES: Final = frozenset({Outcome.VOICEMAIL, Outcome.ANSWERING_SERVICE})
PROVED_LATE: Duration = MINUTE
"""So long after something was on display its proof is there."""
QUERY_HOLE: Duration = HOUR
"""One query answers over a stretch of time whose holes are shorter than this, and names them."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What facts and store say of a service period, read on a thread.

    Attributes:
        enrolled: patient, period, physician.
        began, ended: of the recording where it tells that itself, else of the period; ``ended`` None while it
            goes on.
        recorded_s, longest_s: as of ``ServiceRecord``.
        others: the other periods of its patient and of its transmitter, in order.
        transmission: how soon samples were durable; None: not measured.
    """

    enrolled: Enrolled
    began: Instant
    ended: Instant | None
    recorded_s: float
    longest_s: float
    others: tuple[KnownPeriod, ...] = ()
    transmission: Transmission | None = None

    @property
    def stream(self) -> StreamId:
        """Whose samples."""
        return self.enrolled.stream


@dataclass(frozen=True, slots=True)
class Reading:
    """At what moment, and by which clocks, books are read.

    Attributes:
        now: center time.
        proved: up to when what is on display is proved; of a center that does not run its last sign of life.
        cutting: where days of wear are cut; its zone is the center's.
        recognised: what counts as a credential here.
    """

    now: Instant
    proved: Instant
    cutting: Cutting = field(default_factory=Cutting)
    recognised: Recognised = field(default_factory=Recognised)


def service_record(books: Books, stored: Stored, reading: Reading) -> ServiceRecord:
    """Everything that was measured of a service period."""
    period, stream = stored.enrolled.period, stored.stream
    until = max(stored.began, reading.now if stored.ended is None else min(stored.ended, reading.now))
    zone = reading.cutting.zone
    everybody = watchers(books, stream, stored.began, until, reading)
    came = call_record.came(books, stream) if period.telephone else None
    return ServiceRecord(
        stream=stream,
        period=period.number,
        order=_order(books, stream),
        patient=stored.enrolled.patient.name,
        started=stored.began,
        ended=stored.ended,
        zone=zone,
        first_day=day(zone, stored.began),
        last_day=day(zone, max(stored.began, until - 1)),
        recorded_s=stored.recorded_s,
        longest_s=stored.longest_s,
        transmission=stored.transmission,
        attendance=call_record.attendance(books, stored.began, until)
        if period.telephone
        else attendance(books, stream, stored.began, until, reading),
        notifications=notifications(books, stream),
        reports=reports(books, stored, until, reading.cutting),
        exclusive=None if period.telephone else _exclusive(stored),
        watchers=everybody,
        interruptions=tuple(stays(books, stored, until)),
        earlier=_before(books, stored, zone),
        telephone=period.telephone,
        strips=None if came is None else came.strips,
        struck=0 if came is None else came.struck,
        looped=0 if came is None else came.looped,
        calls=0 if came is None else came.calls,
        extended=_extended(books, stream),
        in_us=_all_in_us(everybody),
        supervisor=_supervisor(books, until),
        plans=tuple(
            (str(kind), one.version)
            for kind in books.house.plans
            if (one := books.house.plan(kind, max(stored.began, until - 1))) is not None
        ),
    )


def day(zone: str, at: Instant) -> str:
    """The local date of an instant, ``YYYY-MM-DD``."""
    return local(zone, at).date().isoformat()


def longest_s(spans: SpanSet, rate_hz: float) -> float:
    """The longest stretch of time, seconds, over which one query answers: its holes are under an hour."""
    hole = QUERY_HOLE / SECOND * rate_hz
    best = first = None
    every = list(spans)
    for before, after in pairwise([*every, None]):
        assert before is not None
        first = before.start if first is None else first
        if after is None or after.start - before.stop >= hole:
            best = max(best or 0, before.stop - first)
            first = None
    return (best or 0) / rate_hz


# ---- watching ----------------------------------------------------------------------------------------------


def attendance(
    books: Books, stream: StreamId, start: Instant, stop: Instant, reading: Reading
) -> Attendance | None:
    """Who watched, as the proof of continuity has it; None where nothing of it is on record."""
    book = books.continuity
    if book.missed is not None:
        return Attendance(0.0, 0.0, (), f"deed {book.missed.number} could not be taken into the proof")
    shares = book.shares(stream, start, stop, reading.proved)
    if shares is None or not shares.service:
        return None
    report = book.report(start, stop, reading.proved, [stream])
    gaps = [Gap(one.start, one.stop, one.cause) for row in report.rows for one in row.lapses]
    late = min(shares.stop, reading.proved) < stop - PROVED_LATE
    unproved = "the proof ends before the service does" if late else ""
    return Attendance(shares.held / shares.service, shares.shown / shares.service, tuple(gaps), unproved)


def watched(
    books: Books, stream: StreamId, start: Instant, stop: Instant, reading: Reading
) -> tuple[Watched, ...]:
    """Every stretch in which somebody was responsible; none where the proof missed a deed. Of a service by
    telephone those in which somebody had a call of it."""
    if books.continuity.missed is not None:
        return ()
    if books.callers.of(stream) is not None:
        return call_record.answered(books, stream, start, stop)
    found = books.continuity.report(start, stop, reading.proved, [stream])
    return tuple(one for row in found.rows for one in row.watched)


def watchers(
    books: Books, stream: StreamId, start: Instant, stop: Instant, reading: Reading
) -> tuple[Watcher, ...]:
    """Everybody who held a watch, by number; those of other centers (below 0) as their center states them."""
    held: dict[tuple[int, str], list[Watched]] = {}
    for one in watched(books, stream, start, stop, reading):
        held.setdefault((one.person, one.name), []).append(one)
    return tuple(
        _watcher(books.continuity.staff.members.get(person), person, name, parts, reading.recognised)
        for (person, name), parts in sorted(held.items())
    )


def _watcher(
    member: Member | None, person: int, name: str, parts: Sequence[Watched], recognised: Recognised
) -> Watcher:
    in_us = _in_us(parts)
    if member is None:
        papers = tuple(dict.fromkeys(paper for one in parts for paper in one.credentials))
        lacks = "" if papers else "no credential was stated"
        return Watcher(person, name, papers, bool(papers), lacks, in_us)
    lacks = lacking(member, parts, recognised)
    return Watcher(person, name, papers_on(member, parts, recognised), not lacks, lacks, in_us)


def papers_on(member: Member, parts: Iterable[Watched], recognised: Recognised) -> tuple[str, ...]:
    """The recognised credentials of somebody that counted at some moment of these stretches, in words."""
    stretches = list(parts)
    return tuple(
        f"{one.kind} {one.number} ({one.issuer}), {day('UTC', one.since)} to {day('UTC', one.stop - 1)}"
        for one in member.credentials
        if one.kind in recognised.kinds
        and any(part.start < one.stop and one.since < part.stop for part in stretches)
    )


def lacking(member: Member, parts: Iterable[Watched], recognised: Recognised) -> str:
    """What papers somebody lacked, first, in these stretches; ``""`` where all were in order throughout."""
    good = qualified_spans(member, recognised)
    for part in parts:
        holes = good.missing(part.start, part.stop)
        if holes:
            judged = qualified(member, holes[0].start, recognised)
            words = "; ".join(judged.reasons) if not judged.ok else "papers were not in order"
            return f"{day('UTC', holes[0].start)}: {words}"
    return ""


def _in_us(parts: Iterable[Watched]) -> bool | None:
    where = {one.territory for one in parts}
    if any(one and one not in TERRITORIES for one in where):
        return False
    return None if not where or "" in where else True


def _all_in_us(everybody: Iterable[Watcher]) -> bool | None:
    told = [one.in_us for one in everybody]
    if False in told:
        return False
    return None if not told or None in told else True


def _supervisor(books: Books, until: Instant) -> str:
    one = books.house.supervisor(until - 1)
    return "" if one is None else one.words


# ---- telling the physician ---------------------------------------------------------------------------------


def notifications(books: Books, stream: StreamId) -> Notifications:
    """How often a physician was to be told, and what came of it; those withdrawn are not counted."""
    told = [one for one in told_of(books, stream) if not one.withdrawn]
    reached = [one for one in told if one.reached is not None]
    outcomes = [
        {call.outcome for call in books.notify.calls.calls_of(one.number) if call.outcome is not None}
        for one in told
        if one.reached is None
    ]
    return Notifications(
        len(told),
        len(reached),
        sum(bool(action_of(books, one)) for one in reached),
        sum(bool(one) and one <= MACHINES for one in outcomes),
    )


def told_of(books: Books, stream: StreamId) -> list[Notification]:
    """The notifications of a patient, in order."""
    return [one for one in books.notify.calls.notifications.values() if one.stream == stream]


def action_of(books: Books, one: Notification) -> str:
    """What the physician did, as said when the notification was closed, or in the call that reached them."""
    if one.action or one.reached_call is None:
        return one.action
    return books.notify.calls.calls[one.reached_call].action


# ---- reports -----------------------------------------------------------------------------------------------


def reports(books: Books, stored: Stored, until: Instant, cutting: Cutting) -> Reports:
    """Reports that were due, made and signed."""
    made: dict[Kind, dict[str, LifeReport]] = {kind: {} for kind in Kind}
    for number in books.reports.of_stream.get(stored.stream, ()):
        one = books.reports.reports[number]
        if one.state is not State.WITHDRAWN and one.misfiled is None:
            made[one.about.kind][one.about.name] = one
    over = [
        name
        for name, start, stop in days(cutting, stored.began, until)
        if stop - start >= LEAST and (stop < until or stored.ended is not None)
    ]
    strips: list[str] = []
    if stored.enrolled.period.telephone:  # strips and their period are reported, and no day (R7)
        over, made[Kind.END] = [], made[Kind.PERIOD]
        strips = [f"{call.number}.{one.number}" for call, one in call_record.due(books, stored.stream)]
    urgent = {str(one.case) for one in told_of(books, stored.stream) if one.reached is not None}
    [*ends] = made[Kind.END].values()
    signed = {kind: sum(one.state is State.SIGNED for one in of.values()) for kind, of in made.items()}
    [*issued] = (
        one.releases[-1].at for one in ends if one.state in (State.ISSUED, State.SIGNED) and one.releases
    )
    return Reports(
        len(set(over) | made[Kind.DAILY].keys()),
        len(made[Kind.DAILY]),
        signed[Kind.DAILY],
        len(urgent | made[Kind.URGENT].keys()),
        len(made[Kind.URGENT]),
        signed[Kind.URGENT],
        bool(ends),
        next((one.signatures[-1].at for one in ends if one.state is State.SIGNED and one.signatures), None),
        len(strips),
        sum(name in made[Kind.STRIP] for name in strips),
        next(iter(issued), None),
    )


# ---- the patient -------------------------------------------------------------------------------------------


def stays(books: Books, stored: Stored, until: Instant) -> Iterable[Interruption]:
    """Stays in a facility: those on record for the period, and one that a hospital tells of and nobody put on
    record yet."""
    kept = books.service.of(stored.stream).stays
    for one in kept:
        yield Interruption(one.start, one.stop, one.where, one.why)
    stay = books.hospital.of(stored.enrolled.period.patient).stay
    if stay is not None and stay.inside and stay.since < until and not any(one.stop is None for one in kept):
        yield Interruption(max(stored.began, stay.since), None, _where(stay), "told by the hospital")


def _order(books: Books, stream: StreamId) -> int | None:
    order = books.orders.of_stream(stream)
    return books.service.of(stream).order if order is None else order.number


def _extended(books: Books, stream: StreamId) -> str:
    """The physicians' own words for each extension beyond the first limit."""
    told = books.service.of(stream).extensions
    return "; ".join(f"{one.words} ({one.said_by}, {one.days} days)" for one in told)


def _where(stay: Stay) -> str:
    return ", ".join(filter(None, (stay.by.replace("|", " "), stay.place)))


def _before(books: Books, stored: Stored, zone: str) -> tuple[Earlier, ...]:
    """Earlier service periods of the same patient at this center."""
    period = stored.enrolled.period
    before = [
        one for one in stored.others if one.period.patient == period.patient and _since(one) < period.started
    ]
    return earlier(call_record.rendered(books, before), ordered_tests(books.orders.orders), zone)


def _exclusive(stored: Stored) -> bool:
    """Whether the transmitter served nobody else meanwhile (R5)."""
    period = stored.enrolled.period
    same = (one.period for one in stored.others if one.period.transmitter == period.transmitter)
    return not any(_overlap(period, one) for one in same)


def _since(one: KnownPeriod) -> Instant:
    """When it began: of a recording that was brought in, when that was made."""
    return one.period.started if one.origin is None else one.origin


def _overlap(one: ServicePeriod, other: ServicePeriod) -> bool:
    """Whether two periods share a moment (R5)."""
    ends = [one.ended, other.ended]
    return (ends[1] is None or one.started < ends[1]) and (ends[0] is None or other.started < ends[0])
