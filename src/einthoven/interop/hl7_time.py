"""Times of HL7 v2: ``YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]`` (HL7 v2.5.1 chapter 2.A.22, DTM)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from einthoven.base.instants import MICROSECOND, MILLISECOND, SECOND, Instant

_TIME = re.compile(
    r"([0-9]{4})(?:([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})([0-9]{2})?(?:([0-9]{2})(?:\.([0-9]{1,4}))?)?)?)?)?"
    r"([+-][0-9]{4})?\Z"
)


def stamp(at: Instant, zone: tzinfo) -> str:
    """An instant with milliseconds and its offset from UTC: ``20261121050607.123+0100``."""
    seconds, rest = divmod(at, SECOND)
    moment = datetime.fromtimestamp(seconds, zone)
    return f"{moment:%Y%m%d%H%M%S}.{rest // MILLISECOND:03d}{moment:%z}"[:24]


def instant(text: str, zone: tzinfo) -> Instant:
    """The instant that a time means; what it leaves out is its beginning.

    Args:
        zone: of times that name no offset.

    Raises:
        ValueError: it is no time.
    """
    found = _TIME.match(text.strip())
    if found is None:
        raise ValueError(f"{text[:30]!r} is no time (want YYYYMMDDHHMMSS)")
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    where = zone if offset is None else _offset(offset)
    try:
        moment = datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0),
            int((fraction or "0").ljust(6, "0")), tzinfo=where,
        ).astimezone(UTC)  # fmt: skip
        whole = moment.replace(microsecond=0)
        return round(whole.timestamp()) * SECOND + moment.microsecond * MICROSECOND
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text[:30]!r} is no time: {error}") from error


def day(text: str) -> str:
    """The date that a date or time means as ``YYYY-MM-DD``; ``""`` where it says no day.

    Raises:
        ValueError: it is no date.
    """
    found = _TIME.match(text.strip())
    if found is None:
        raise ValueError(f"{text[:30]!r} is no date (want YYYYMMDD)")
    year, month, of = found.groups()[:3]
    if of is None:
        return ""
    return date(int(year), int(month), int(of)).isoformat()


def _offset(text: str) -> timezone:
    hours, minutes = int(text[1:3]), int(text[3:5])
    if hours > 14 or minutes > 59:
        raise ValueError(f"{text!r} is no offset from UTC")
    away = timedelta(hours=hours, minutes=minutes)
    return timezone(-away if text[0] == "-" else away)
