"""Instants of center time: integer nanoseconds since 1970-01-01T00:00:00Z.

Integers, so that equality is exact and a restart computes the same. The package never reads a clock outside
``bootstrap``: time is an argument.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeAlias

from einthoven.base.errors import InputError

Instant: TypeAlias = int
"""Nanoseconds since the Unix epoch, UTC."""
Duration: TypeAlias = int
"""Nanoseconds."""

MICROSECOND: Duration = 1_000
MILLISECOND: Duration = 1_000_000
SECOND: Duration = 1_000_000_000
MINUTE: Duration = 60 * SECOND
HOUR: Duration = 60 * MINUTE
DAY: Duration = 24 * HOUR


def to_iso(instant: Instant) -> str:
    """RFC 3339 text in UTC with milliseconds, e.g. ``2026-11-21T04:05:06.789Z``."""
    seconds, rest = divmod(instant, SECOND)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest // MILLISECOND:03d}Z"


def from_iso(text: str) -> Instant:
    """The instant that an ISO 8601 text names; a text without zone is read as UTC.

    Raises:
        InputError: the text is not a date and time.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"not a date and time (want e.g. 2026-11-21T04:05:06Z): {text!r}") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    whole = moment.replace(microsecond=0)
    return round(whole.timestamp()) * SECOND + moment.microsecond * MICROSECOND
