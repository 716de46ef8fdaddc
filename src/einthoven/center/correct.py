"""Use-case: a period is another person's (R5): the facts follow a correction that two people decided.

What a correction did once it does not do again: its number stands beside what it changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from einthoven.base.errors import EnrollmentError, NotFoundError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.center.enroll import Corrected, EnrollmentUnit
from einthoven.enrollment import people
from einthoven.enrollment.corrections import Correction
from einthoven.enrollment.people import Patient
from einthoven.enrollment.periods import ServicePeriod


@dataclass(frozen=True, slots=True)
class Change:
    """What changed of one stream: the numbers, and the two people."""

    stream: StreamId
    numbers: Corrected
    was: Patient
    now: Patient


def apply(unit: EnrollmentUnit, one: Correction, now: Instant) -> list[Change]:
    """Inside a transaction: the facts follow a correction; nothing twice.

    Raises:
        NotFoundError: there is no such stream or patient.
        EnrollmentError: the right person has another open period, or is on record already.
    """
    periods = [_period(unit, stream) for stream in one.streams]
    made = [unit.corrected(one.number, period.number) for period in periods]
    known = [each for each in made if each is not None]
    if len(known) < len(periods):
        known = (
            _swapped(unit, one, periods) if one.swap is not None else [_changed(unit, one, periods[0], now)]
        )
        for each in known:
            unit.correct_period(each)
    return [
        Change(period.stream, each, unit.patient(each.was), unit.patient(each.patient))
        for period, each in zip(periods, known, strict=True)
    ]


def _period(unit: EnrollmentUnit, stream: StreamId) -> ServicePeriod:
    period = unit.period_of(stream)
    if period is None:
        raise NotFoundError(f"there is no stream {stream_name(stream)}")
    return period


def _swapped(unit: EnrollmentUnit, one: Correction, periods: Sequence[ServicePeriod]) -> list[Corrected]:
    first, second = periods
    if first.patient == second.patient:
        raise EnrollmentError("swap: both are on record for the same person")
    ordered = [unit.physician_of(period.number) for period in periods]
    return [
        Corrected(one.number, mine.number, mine.patient, by, other.patient, theirs, one.since)
        for mine, other, by, theirs in (
            (first, second, ordered[0], ordered[1]),
            (second, first, ordered[1], ordered[0]),
        )
    ]


def _changed(unit: EnrollmentUnit, one: Correction, period: ServicePeriod, now: Instant) -> Corrected:
    number = _right(unit, one, now)
    if number == period.patient:
        raise EnrollmentError(f"to: patient {number} is on record for {stream_name(period.stream)} already")
    other = unit.open_period_of(number)
    if period.ended is None and other is not None:
        raise EnrollmentError(
            f"to: patient {number} is in open period {other.number} (stream {stream_name(other.stream)}): "
            "end it first, or swap the two"
        )
    ordered = None if one.physician is None else unit.add_physician(people.physician(one.physician))
    before = unit.physician_of(period.number)
    return Corrected(one.number, period.number, period.patient, before, number, ordered, one.since)


def _right(unit: EnrollmentUnit, one: Correction, now: Instant) -> int:
    """Number of the right person; a new one is added, or found where they are on file."""
    if one.patient is not None:
        unit.patient(one.patient)
        return one.patient
    told = people.patient(one.person, now)
    for number in unit.patients_named(told.name) if told.birth_date else ():
        if unit.patient(number).birth_date == told.birth_date:
            return number
    return unit.add_patient(told)
