"""How the center does right now: legs, what is about to miss its limit, continuity, incidents (R14, R22).

Looked at every few seconds, since it counts over all patients; what a station is told of it is one entity.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from einthoven.base.deeds import Draft
from einthoven.base.errors import InputError
from einthoven.base.ids import stream_name
from einthoven.base.instants import MILLISECOND, SECOND, Duration, Instant
from einthoven.center.desk_books import Books
from einthoven.center.desk_shapes import Shape, ms, seconds
from einthoven.escalation import leg_book
from einthoven.escalation.leg_book import Ended, Figures, Running
from einthoven.escalation.legs import FOUND

LEGS_EVERY = 3
CONTINUITY_EVERY = 10
"""Seconds between two looks."""
PATIENTS_A_STEP = 400
"""Counted in one step, some 10 ms; a center of fewer has its shares at once."""
RUNNING_MAX = 30
"""Cases that are told by the time they have left; the others have more."""
MISSED_MAX = 500
"""Legs over their limit that one answer names."""


@dataclass(frozen=True, slots=True)
class Shifts:
    """When shifts begin.

    Attributes:
        begins: local times of the day, in order.
        zone: where the center is.
    """

    begins: tuple[time, ...] = (time(7), time(19))
    zone: str = "UTC"

    def began(self, now: Instant) -> Instant:
        """When the shift of ``now`` began; it follows the clock changes."""
        day = self._local(now).date()
        found = [
            self._instant(datetime.combine(day - timedelta(days=back), begin))
            for back in (0, 1)
            for begin in self.begins
        ]
        return max(at for at in found if at <= now)

    def today(self, now: Instant) -> Instant:
        """The last midnight there."""
        return self._instant(datetime.combine(self._local(now).date(), time(0)))

    def _local(self, now: Instant) -> datetime:
        return datetime.fromtimestamp(now // SECOND, ZoneInfo(self.zone))

    def _instant(self, local: datetime) -> Instant:
        return int(local.replace(tzinfo=ZoneInfo(self.zone)).timestamp()) * SECOND


def shifts_of(begins: str, zone: str) -> Shifts:
    """The shifts that settings tell: ``07:00, 19:00`` and a zone.

    Raises:
        InputError: no such times, or no such zone.
    """
    try:
        made = sorted(time.fromisoformat(part.strip()) for part in begins.split(","))
    except ValueError:
        made = []
    if not made or len(set(made)) < len(made) or any(each.tzinfo for each in made):
        raise InputError(f"shifts: {begins[:40]!r}: want times of the day such as 07:00, 19:00")
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError) as error:
        raise InputError(f"zone: {zone[:40]!r}: want one such as America/New_York") from error
    return Shifts(tuple(made), zone)


@dataclass(slots=True)
class Pulse:
    """What is looked at every few seconds.

    Attributes:
        books: of the desk.
        shifts: when they begin.
        continuity: of ``center``; None where nobody is expected to watch.
    """

    books: Books
    shifts: Shifts = field(default_factory=Shifts)
    continuity: Shape | None = None
    _counting: Generator[None, None, Shape | None] | None = None

    def displayed(self) -> list[Draft]:
        """Cases whose patient a screen is proved to have painted since they were found."""
        surveil, book = self.books.surveil, self.books.legs
        displays, drafts = surveil.watches.displays, []
        for number in sorted(book.undisplayed):
            track = book.tracks[number]
            proofs = [
                surveil.proofs.last(displays, station, track.stream)
                for station in displays.where.get(track.stream, ())
            ]
            good = [at for at in proofs if at is not None and at >= track.at[FOUND]]
            if good:
                drafts.append(leg_book.shown(book, number, min(good)))
        return drafts

    def look(self, now: Instant, second: int) -> Shape | None:
        """The ``legs`` entity where it is time for it; begins to count ``continuity``, too."""
        if self._counting is None and (self.continuity is None or second % CONTINUITY_EVERY == 0):
            self._counting = self._continuity(now)
            self.count()
        return self.legs(now) if second % LEGS_EVERY == 0 else None

    def count(self) -> None:
        """Count ``continuity`` of some more patients: nobody waits until all are counted."""
        counting, self._counting = self._counting, None
        if counting is None:
            return
        try:
            next(counting)
        except StopIteration as done:
            self.continuity = done.value
        else:
            self._counting = counting

    def _continuity(self, now: Instant) -> Generator[None, None, Shape | None]:
        surveil = self.books.surveil
        if not surveil.attended:
            return None
        proved, shift, today = surveil.alive_until(now), self.shifts.began(now), self.shifts.today(now)
        return {
            "shift_pct": (yield from self._pct(shift, now, proved)),
            "since_ms": ms(shift),
            "today_pct": (yield from self._pct(today, now, proved)),
            "today_since_ms": ms(today),
            "incidents": len(surveil.watches.incidents.live),
        }

    def _pct(self, start: Instant, now: Instant, proved: Instant) -> Generator[None, None, float | None]:
        covered, whole = yield from self.books.continuity.counting(start, now, proved, PATIENTS_A_STEP)
        if whole == 0:
            return None
        # 100 for nothing missing alone: what is lost in a float's last digits is not rounded to it.
        return 100.0 if covered == whole else min(covered / whole * 100.0, 99.9999)

    def legs(self, now: Instant) -> Shape:
        """Percentiles by window, and the open cases that have the least time left."""
        book = self.books.legs
        book.turn(now, self.shifts.began(now))
        return {
            "windows": [
                {"name": name, "since_ms": ms(window.since), "legs": figures(window.figures(book.limits))}
                for name, window in book.windows.items()
            ],
            "running": [self._running(one, now) for one in book.running(RUNNING_MAX)],
            "open": len(book.open),
        }

    def _running(self, one: Running, now: Instant) -> Shape:
        return {
            "case": one.case,
            "stream": stream_name(one.stream),
            "patient": self.books.card(one.stream).name,
            "tier": one.tier,
            "leg": one.leg,
            "since_ms": ms(one.start),
            "due_ms": ms(one.due),
            "about": one.about_to_miss(now),
        }

    def answer(self, params: Mapping[str, str], now: Instant) -> Shape:
        """``GET /api/desk/legs?from_ms&to_ms``: the record of a period.

        Raises:
            InputError: the period is none.
        """
        start, stop = (_whole(params, name) * MILLISECOND for name in ("from_ms", "to_ms"))
        if not 0 <= start < stop:
            raise InputError("from_ms must be before to_ms")
        book = self.books.legs
        found, late = book.over(start, min(stop, now + 1))
        since = book.kept_since
        return {
            "legs": figures(found),
            "missed": [ended(one) for one in late[:MISSED_MAX]],
            "truncated": len(late) > MISSED_MAX,
            "kept_from_ms": ms(since if since is not None and since > start else None),
        }


def figures(found: list[Figures]) -> list[Shape]:
    """Figures for a page; legs of which none ended are left out."""
    return [
        {
            "tier": one.tier,
            "name": one.leg,
            "limit_s": seconds(one.limit),
            "n": one.count,
            "p50_s": seconds(one.p50),
            "p90_s": seconds(one.p90),
            "p95_s": seconds(one.p95),
            "p99_s": seconds(one.p99),
            "missed": one.missed,
            "within_pct": one.within,
        }
        for one in found
        if one.count
    ]


def ended(one: Ended) -> Shape:
    """A leg that ended, for a page."""
    return {
        "case": one.case,
        "tier": one.tier,
        "leg": one.leg,
        "start_ms": ms(one.start),
        "end_ms": ms(one.stop),
        "took_s": seconds(one.took),
        "limit_s": seconds(one.limit),
    }


def legs_of_case(books: Books, number: int) -> list[dict[str, Any]]:
    """Every leg of one case that has begun: instants, what it took, what it may take."""
    made = []
    for one in books.legs.legs_of(number):
        if isinstance(one, Ended):
            made.append(ended(one) | {"missed": one.took > one.limit})
        else:
            limit: Duration = one.due - one.start
            told: dict[str, Any] = {"case": number, "tier": one.tier, "leg": one.leg}
            told |= {"start_ms": ms(one.start), "end_ms": None, "took_s": None, "limit_s": seconds(limit)}
            made.append(told)
    return made


def _whole(params: Mapping[str, str], name: str) -> int:
    text = params.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        raise InputError(f"{name}: want a whole number")
    return int(text)
