"""What people do about a service period, drafted as deeds: extend, interrupt, go on, end, call (R32, R33)."""

from __future__ import annotations

from collections.abc import Sequence

from einthoven.base.deeds import Body, Draft
from einthoven.base.errors import InputError, RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import DAY, Duration, Instant, to_iso
from einthoven.enrollment import service_book as kinds
from einthoven.enrollment.periods import ServicePeriod
from einthoven.enrollment.service_book import ServiceBook, What

EXTENSION_DAYS = 30
"""Most days of one extension: another one wants the physician's word again."""
PUT_OFF: Duration = 14 * DAY
"""A call is put off at most so long."""
HOSPITAL = "hospital"


def began(order: int, period: ServicePeriod) -> Draft:
    """A period was opened under an order."""
    body: Body = {
        "stream": period.stream,
        "period": period.number,
        "order": order,
        "transmitter": period.transmitter,
        "started": period.started,
        "limit": period.limit,
    }
    return Draft(kinds.BEGAN, stream_name(period.stream), body)


def allow(order: int, why: str) -> Draft:
    """A supervisor allows a period that a rule refuses: the service goes on, a payer may not pay it."""
    return Draft(kinds.ALLOWED, f"order {order}", {"order": order, "why": why})


def longer(period: ServicePeriod, days: int) -> Instant:
    """The limit of a period that is extended.

    Raises:
        InputError: not 1 to ``EXTENSION_DAYS`` days.
        RefusedError: it has ended (``state``).
    """
    if not 1 <= days <= EXTENSION_DAYS:
        raise InputError(f"days: want 1 to {EXTENSION_DAYS}")
    if period.ended is not None:
        raise RefusedError("state", over_words(period))
    return period.limit + days * DAY


def over_words(period: ServicePeriod) -> str:
    """That a period has ended, and how its service can go on."""
    assert period.ended is not None
    return (
        f"{stream_name(period.stream)} ended at {to_iso(period.ended)}, and nobody is watched since: a "
        "period that has ended does not open again; what goes on is enrolled anew, under a new order"
    )


def extended(stream: StreamId, days: int, limit: Instant, words: str, said_by: str, document: str) -> Draft:
    """The limit was moved."""
    body: Body = {
        "stream": stream,
        "days": days,
        "limit": limit,
        "words": words,
        "said_by": said_by,
        "document": document,
    }
    return Draft(kinds.EXTENDED, stream_name(stream), body)


def interrupt(
    book: ServiceBook, stream: StreamId, since: Instant, where: str, why: str, said_by: str = ""
) -> list[Draft]:
    """The patient is in a facility.

    Args:
        since: at the earliest where the last stay ended.
        said_by: ``hospital`` where a message says so; ``""``: whoever does it.

    Raises:
        RefusedError: it is interrupted already (``state``).
    """
    service = book.of(stream)
    if service.interrupted is not None:
        stay = service.interrupted
        raise RefusedError("state", f"interrupted since {to_iso(stay.start)}: the patient is in {stay.where}")
    since = max([since, *(one.stop for one in service.stays if one.stop is not None)])
    body: Body = {"stream": stream, "since": since, "where": where, "why": why, "said_by": said_by}
    return [Draft(kinds.INTERRUPTED, stream_name(stream), body)]


def resume(book: ServiceBook, stream: StreamId, at: Instant, said_by: str = "") -> list[Draft]:
    """The patient is at home again.

    Raises:
        RefusedError: it is not interrupted (``state``).
    """
    if book.of(stream).interrupted is None:
        raise RefusedError("state", f"{stream_name(stream)} is not interrupted")
    body: Body = {"stream": stream, "at": at, "said_by": said_by}
    return [Draft(kinds.RESUMED, stream_name(stream), body)]


def ended(stream: StreamId, at: Instant, why: str) -> Draft:
    """Somebody ended the period, with the reason."""
    return Draft(kinds.ENDED, stream_name(stream), {"stream": stream, "at": at, "why": why})


def ending(stream: StreamId, limit: Instant) -> Draft:
    """It is told that the period will end by itself."""
    return Draft(kinds.ENDING, stream_name(stream), {"stream": stream, "limit": limit})


def over(stream: StreamId, at: Instant, cases: Sequence[int]) -> Draft:
    """The period reached its limit; cases that were open then."""
    return Draft(kinds.OVER, stream_name(stream), {"stream": stream, "at": at, "cases": list(cases)})


def called(stream: StreamId, what: What, reached: bool, said: str) -> Draft:
    """The patient, or of the end the practice, was called."""
    body: Body = {"stream": stream, "what": str(what), "reached": reached, "said": said}
    return Draft(kinds.CALLED, stream_name(stream), body)


def put_off(stream: StreamId, what: What, until: Instant, why: str, now: Instant) -> Draft:
    """A call is made later, with the reason.

    Raises:
        InputError: ``until`` is past, or more than ``PUT_OFF`` from now.
    """
    if not now < until <= now + PUT_OFF:
        raise InputError(f"until_ms: want a time within {PUT_OFF // DAY} days from now")
    body: Body = {"stream": stream, "what": str(what), "until": until, "why": why}
    return Draft(kinds.MOVED, stream_name(stream), body)
