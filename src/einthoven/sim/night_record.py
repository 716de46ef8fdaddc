"""What truly happened in a simulated night, as those who did it know it: the ground of the second reading.

Nothing here comes from the center's books: stations write what they painted, people what they accepted, the
telephone which number rang, and whoever pulls plugs writes when.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant


class Reported(NamedTuple):
    """A station painted, and its report left it.

    Attributes:
        at: when.
        station: its number.
        newest: the newest second in the picture, counted from the start of the night.
        streams: whose tiles.
        visible: False where it said that it is out of sight.
    """

    at: Instant
    station: int
    newest: int
    streams: tuple[StreamId, ...]
    visible: bool = True


class Accepted(NamedTuple):
    """Somebody accepted to watch a patient, and the center took it."""

    at: Instant
    person: int
    station: int
    stream: StreamId


class Rang(NamedTuple):
    """A telephone rang: when, which number, and what came of it."""

    at: Instant
    number: str
    outcome: str


@dataclass(slots=True)
class Down:
    """The center was dead in ``[start, stop)``; ``stop`` is None while it is."""

    start: Instant
    stop: Instant | None = None


class Happened(NamedTuple):
    """Something of the script took place: when, what, to whom."""

    at: Instant
    what: str
    who: str = ""


@dataclass(slots=True)
class Record:
    """A night's own record.

    Attributes:
        began: patients in service from when.
        reports, accepts, calls, happened: in order of time.
        downs: when the center was dead.
        seen: case → when a station was told of it first.
        refused: acts that were refused: when, login, act, reason.
    """

    began: dict[StreamId, Instant] = field(default_factory=dict)
    reports: list[Reported] = field(default_factory=list)
    accepts: list[Accepted] = field(default_factory=list)
    calls: list[Rang] = field(default_factory=list)
    happened: list[Happened] = field(default_factory=list)
    downs: list[Down] = field(default_factory=list)
    seen: dict[int, Instant] = field(default_factory=dict)
    refused: list[tuple[Instant, str, str, str]] = field(default_factory=list)
