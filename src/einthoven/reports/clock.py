"""Times as a report prints them: in the site's zone, with the date where it is not plain which day it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from einthoven.base.errors import InputError

SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS = 1000, 60_000, 3_600_000, 86_400_000
AS_RECORDED = "as recorded"
"""Instead of a zone: what the recorder's own clock showed; of which zone is not known."""
_EPOCH = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))


@dataclass(frozen=True, slots=True)
class ClockFace:
    """How instants are written.

    Attributes:
        zone: name of the time zone, or ``AS_RECORDED``; ``""`` where the record is tied to no clock.
        start_ms: the first moment; without a zone, times are counted from it.
        several: whether the report is over more than one day, so that a time needs its date.
        end_ms: the last moment.
    """

    zone: str
    start_ms: int
    end_ms: int
    several: bool = False

    def local(self, ms: int) -> datetime:
        """The time on the wall."""
        return (_EPOCH + timedelta(milliseconds=ms)).astimezone(zone_of(self.zone))

    def time(self, ms: int | None, seconds: bool = True) -> str:
        """A moment: ``03:12:04``, over several days ``24 Nov 03:12:04``; without a clock ``1:03:12`` from the
        start; a dash where it is not known."""
        if ms is None:
            return "–"
        if not self.zone:
            return lasting((ms - self.start_ms) / SECOND_MS, clock=True)
        at = self.local(ms)
        text = at.strftime("%H:%M:%S" if seconds else "%H:%M")
        if at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset():
            text += f" {at:%Z}"  # an hour that comes twice
        return f"{at.day} {at:%b} {text}" if self.several else text

    def hour(self, ms: int | None, number: int) -> str:
        """The label of an hour that begins at ``ms``, the ``number``-th from 0."""
        if ms is None or not self.zone:
            return f"{number} h"
        return self.local(ms).strftime("%H:%M")

    def day(self, ms: int | None, number: int) -> str:
        """The label of a day."""
        if ms is None or not self.zone:
            return f"day {number}"
        at = self.local(ms)
        return f"{at:%a}\u00a0{at.day}\u00a0{at:%b}"

    def moment(self, ms: int) -> str:
        """A moment with its date: ``24 Nov 2026 08:00``."""
        at = self.local(ms)
        return f"{at.day} {at:%b %Y %H:%M}"

    def dates(self) -> str:
        """The stretch as dates of service: ``24 Nov 2026 08:00 – 25 Nov 2026 08:00 (America/New_York)``."""
        if not self.zone:
            return f"{lasting((self.end_ms - self.start_ms) / SECOND_MS)}, date not given"
        return f"{self.moment(self.start_ms)} – {self.moment(self.end_ms)} ({self.zone})"


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name; UTC where it is not known.

    Raises:
        InputError: there is no such zone.
    """
    try:
        return ZoneInfo("UTC" if name in ("", AS_RECORDED) else name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InputError(f"there is no time zone {name!r} (want e.g. America/New_York)") from error


def lasting(seconds: float, clock: bool = False) -> str:
    """How long: ``6 h 12 min``, ``3 min 20 s``, ``12 s``; as a clock ``6:12:04``."""
    whole = int(seconds + 0.5) if seconds >= 10 or clock else seconds
    hours, rest = divmod(int(whole), 3600)
    minutes, left = divmod(rest, 60)
    if clock:
        return f"{hours}:{minutes:02d}:{left:02d}"
    if hours:
        # To the nearest minute, so that 59 min 40 s are an hour.
        hours, minutes = divmod((int(whole) + 30) // 60, 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {left} s" if left else f"{minutes} min"
    return f"{left} s" if isinstance(whole, int) else f"{seconds:.1f} s"


def cuts(start_ms: int, end_ms: int, zone: str, hour: int) -> list[int]:
    """Where days are cut: at ``hour`` o'clock of the zone, every day, within ``(start, end)``; milliseconds.

    A day on which the clocks change has 23 or 25 hours. Where that hour does not exist on a day it is taken
    as the moment to which the clocks were put forward.
    """
    face = zone_of(zone)
    first = (_EPOCH + timedelta(milliseconds=start_ms)).astimezone(face).date()
    found: list[int] = []
    for number in range((end_ms - start_ms) // DAY_MS + 3):
        date = first + timedelta(days=number)
        wall = datetime(date.year, date.month, date.day, hour, tzinfo=face)
        at = round((wall - _EPOCH) / timedelta(milliseconds=1))
        if start_ms < at < end_ms:
            found.append(at)
    return found
