"""Every leg of every case as it happens: what it took, over the last hour, the shift and the day (R22).

The instants are those of the deeds; a leg that ends is counted once, so that thousands of open cases and a
day of them cost the same for each deed. Cases of the equipment alone have waiting times and no legs.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from einthoven.base.deeds import Deed, Draft, Json
from einthoven.base.errors import InputError
from einthoven.base.ids import StreamId
from einthoven.base.instants import DAY, HOUR, Duration, Instant
from einthoven.escalation.criteria import rank
from einthoven.escalation.legs import (
    ABOUT_TO,
    ACTION,
    CALL_STARTED,
    DISPLAYED,
    FOUND,
    HELD,
    LEGS,
    MET,
    REACHED,
    SHIPPED,
    STAGES,
    VERDICT,
    Leg,
    limits_of,
    percentile,
)

SHOWN, LIMITS = "legs.displayed", "legs.limits"
HISTORY_MAX = 200_000
"""Legs that ended and are remembered for questions: a month of 500 patients, a day and more of 10,000."""
HOUR_WINDOW, SHIFT_WINDOW, DAY_WINDOW = "hour", "shift", "day"
_AFTER = {stage: STAGES[place + 1 :] for place, stage in enumerate(STAGES)}
_ENDING: dict[str, tuple[Leg, ...]] = {
    stage: tuple(leg for leg in LEGS if leg.stop == stage) for stage in STAGES
}


@dataclass(slots=True)
class Track:
    """A case on its way.

    Attributes:
        at: instants by stage; a stage that is not there has not come.
        telling: a call is to be made, as far as known.
        closed: nothing more is awaited.
        held: somebody holds it now.
        said: what the physician did was said in the call that reached them.
    """

    case: int
    stream: StreamId
    tier: str
    at: dict[str, Instant]
    telling: bool = True
    closed: bool = False
    held: bool = False
    said: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """A leg that ended: whose, which, from when to when, and what it might take then."""

    case: int
    tier: str
    leg: str
    start: Instant
    stop: Instant
    limit: Duration

    @property
    def took(self) -> Duration:
        """Its time."""
        return max(0, self.stop - self.start)


@dataclass(frozen=True, slots=True)
class Running:
    """A leg that runs: whose, which, since when, and by when it is to end."""

    case: int
    stream: StreamId
    tier: str
    leg: str
    start: Instant
    due: Instant

    def about_to_miss(self, now: Instant) -> bool:
        """Whether a quarter of its limit or less is left."""
        return self.due - now <= ABOUT_TO * (self.due - self.start)


@dataclass(frozen=True, slots=True)
class Figures:
    """A leg over a window.

    Attributes:
        limit: in force now.
        count: how many ended.
        p50, p90, p95, p99: exact percentiles (nearest rank); None where none ended.
        missed: of those, how many took longer than they might then.
    """

    tier: str
    leg: str
    limit: Duration
    count: int
    p50: Duration | None
    p90: Duration | None
    p95: Duration | None
    p99: Duration | None
    missed: int

    @property
    def within(self) -> float | None:
        """Share within the limit, in percent, cut off and never rounded up; None where none ended."""
        return (self.count - self.missed) * 100_000 // self.count / 1000 if self.count else None


@dataclass(slots=True)
class Window:
    """Legs that ended since an instant; the times of each kept sorted."""

    since: Instant = 0
    ended: deque[Ended] = field(default_factory=deque)
    times: dict[tuple[str, str], list[Duration]] = field(default_factory=dict)
    missed: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, one: Ended) -> None:
        """One ended."""
        if one.stop < self.since:
            return
        key = one.tier, one.leg
        self.ended.append(one)
        insort(self.times.setdefault(key, []), one.took)
        self.missed[key] = self.missed.get(key, 0) + (one.took > one.limit)

    def move(self, since: Instant) -> None:
        """Let go of what ended before ``since``."""
        self.since = since
        while self.ended and self.ended[0].stop < since:
            one = self.ended.popleft()
            key = one.tier, one.leg
            times = self.times[key]
            del times[bisect_left(times, one.took)]
            self.missed[key] -= one.took > one.limit

    def figures(self, limits: Mapping[str, Mapping[str, Duration]]) -> list[Figures]:
        """Each leg by tier, the gravest first."""
        return [
            _figures(tier, leg.name, limits, self.times.get((tier, leg.name), []), self.missed)
            for tier in sorted(limits, key=rank, reverse=True)
            for leg in LEGS
        ]


def _figures(
    tier: str,
    leg: str,
    limits: Mapping[str, Mapping[str, Duration]],
    times: list[Duration],
    missed: Mapping[tuple[str, str], int],
) -> Figures:
    p50, p90, p95, p99 = (percentile(times, share) for share in (50, 90, 95, 99))
    over = missed.get((tier, leg), 0)
    return Figures(tier, leg, limits[tier][leg], len(times), p50, p90, p95, p99, over)


@dataclass
class LegBook:
    """Where every case is on its way, and what its legs took; changes by ``apply``, windows by ``turn``.

    Attributes:
        tracks: of cases that are not archived, by number.
        open: numbers of those not closed.
        undisplayed: of those, numbers that no screen has been proved to show since they were found.
        limits: in force.
        overrides: what of them is the center's own, in seconds.
        history: legs that ended, the newest last.
        windows: the last hour, the shift, the last day.
    """

    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"case.opened", "case.raised", "case.joined", "case.finding", "case.taken", "case.released"}
        | {"case.returned", "case.verdict", "case.undone", "case.reopened", "case.closed", "case.archived"}
        | {"call.started", "call.ended", "notification.reached", "notification.closed", SHOWN, LIMITS}
    )
    tracks: dict[int, Track] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)
    undisplayed: set[int] = field(default_factory=set)
    limits: dict[str, dict[str, Duration]] = field(default_factory=lambda: limits_of({}))
    overrides: dict[str, Json] = field(default_factory=dict)
    history: deque[Ended] = field(default_factory=lambda: deque(maxlen=HISTORY_MAX))
    windows: dict[str, Window] = field(
        default_factory=lambda: {name: Window() for name in (HOUR_WINDOW, SHIFT_WINDOW, DAY_WINDOW)}
    )
    _met: dict[int, Instant] = field(default_factory=dict)
    _now: Instant = 0

    def apply(self, deed: Deed) -> None:
        """Take one deed; those of other kinds, and of cases without legs, change nothing."""
        if deed.kind not in self.KINDS:
            return
        self._now = max(self._now, deed.at)
        body = cast("Mapping[str, Any]", deed.body)
        if deed.kind == LIMITS:
            self.overrides = dict(body["limits"])
            self.limits = limits_of(self.overrides)
            return
        if deed.kind == "case.archived":
            for gone in body["cases"]:
                self._forget(gone)
            return
        number: int = body["case"]
        if deed.kind in ("case.opened", "case.joined", "case.finding"):
            met = body["finding"].get("met_at")
            self._met[number] = deed.at if met is None else min(met, deed.at)
        if deed.kind == "case.opened":
            self._begin(number, body["stream"], body["tier"], deed.at)
        elif deed.kind == "case.raised":
            self._raised(number, body, deed)
        elif number in self.tracks:
            self._step(self.tracks[number], deed, body)

    def _begin(self, number: int, stream: StreamId, tier: str, at: Instant) -> None:
        if tier not in SHIPPED:
            # Of the equipment; it has legs once something of the heart joins it.
            self._forget(number)
            self.tracks[number] = Track(number, stream, tier, {})
            return
        track = self.tracks.setdefault(number, Track(number, stream, tier, {}))
        track.tier, track.telling, track.closed, track.said = tier, True, False, False
        track.at = {MET: self._met.get(number, at)}
        self.open.add(number)
        self.undisplayed.add(number)
        self._reach(track, FOUND, at)
        if track.held:
            self._reach(track, HELD, at)

    def _raised(self, number: int, body: Mapping[str, Any], deed: Deed) -> None:
        """Something graver, or something that the verdict does not cover: it is found, and judged, anew."""
        track = self.tracks.get(number)
        if track is not None:
            self._begin(number, track.stream, body["tier"], deed.at)

    def _step(self, track: Track, deed: Deed, body: Mapping[str, Any]) -> None:
        at = deed.at
        match deed.kind:
            case "case.taken":
                track.held = True
                self._reach(track, HELD, at)
            case "case.released" | "case.returned":
                track.held = False
            case _ if track.tier not in SHIPPED:
                return
            case "legs.displayed":
                self._reach(track, DISPLAYED, body["at"])
            case "case.verdict":
                track.telling = body["verdict"] == "true" and track.tier in ("emergent", "urgent")
                self._reach(track, VERDICT, at)
            case "case.undone":
                self._back(track, HELD)
            case "case.reopened":
                track.held, track.closed = False, False
                self.open.add(track.case)
                self._back(track, DISPLAYED)
            case "case.closed":
                track.closed, track.held = True, False
                self.open.discard(track.case)
                self.undisplayed.discard(track.case)
            case _:
                self._told(track, deed, body)

    def _told(self, track: Track, deed: Deed, body: Mapping[str, Any]) -> None:
        match deed.kind:
            case "call.started":
                if not body["incoming"]:
                    self._reach(track, CALL_STARTED, deed.at)
            case "call.ended":
                track.said = bool(body["action"])
            case "notification.reached":
                # A call that came in before anybody was called is the call.
                self._reach(track, CALL_STARTED, deed.at)
                self._reach(track, REACHED, deed.at)
                if track.said:
                    self._reach(track, ACTION, deed.at)
            case "notification.closed":
                if REACHED in track.at:
                    self._reach(track, ACTION, deed.at)

    def _reach(self, track: Track, stage: str, at: Instant) -> None:
        """A stage came, the first time; whoever holds a case has it before them."""
        if stage in track.at or (FOUND not in track.at and stage != FOUND):
            return
        if stage == HELD and DISPLAYED not in track.at:
            self._reach(track, DISPLAYED, at)
        if stage == DISPLAYED:
            self.undisplayed.discard(track.case)
        track.at[stage] = at
        for leg in _ENDING[stage]:
            start = track.at.get(leg.start)
            if start is not None:
                limit = self.limits[track.tier][leg.name]
                self._ended(Ended(track.case, track.tier, leg.name, start, at, limit))

    @staticmethod
    def _back(track: Track, stage: str) -> None:
        """What came behind a stage does not count."""
        track.telling, track.said = True, False
        for later in _AFTER[stage]:
            track.at.pop(later, None)

    def _ended(self, one: Ended) -> None:
        self.history.append(one)
        for window in self.windows.values():
            window.add(one)

    def _forget(self, number: int) -> None:
        self.tracks.pop(number, None)
        self._met.pop(number, None)
        self.open.discard(number)
        self.undisplayed.discard(number)

    # ---- questions ---------------------------------------------------------------------------------------

    def turn(self, now: Instant, shift: Instant) -> None:
        """Move the windows: to an hour, to the shift that began at ``shift``, and to a day before now."""
        starts = {HOUR_WINDOW: now - HOUR, SHIFT_WINDOW: shift, DAY_WINDOW: now - DAY}
        for name, start in starts.items():
            if start < self.windows[name].since:  # a shift of another length than before
                self.windows[name] = self._anew(start)
            self.windows[name].move(start)

    def _anew(self, since: Instant) -> Window:
        made = Window(since)
        for one in self.history:
            made.add(one)
        return made

    def running(self, most: int) -> list[Running]:
        """Of every open case the leg that has the least time left; the least first, ``most`` of them."""
        found = []
        for number in self.open:
            legs = self.legs_of(number)
            first = min((one for one in legs if isinstance(one, Running)), key=_due, default=None)
            if first is not None:
                found.append(first)
        return sorted(found, key=lambda one: (one.due, -rank(one.tier), one.case))[:most]

    def legs_of(self, number: int) -> list[Ended | Running]:
        """Every leg of a case that has begun, in the order of ``LEGS``."""
        track = self.tracks.get(number)
        if track is None or track.tier not in SHIPPED:
            return []
        made: list[Ended | Running] = []
        for leg in LEGS:
            start, stop = track.at.get(leg.start), track.at.get(leg.stop)
            if start is None or (stop is None and (track.closed or (leg.telling and not track.telling))):
                continue
            limit = self.limits[track.tier][leg.name]
            if stop is None:
                made.append(Running(number, track.stream, track.tier, leg.name, start, start + limit))
            else:
                made.append(Ended(number, track.tier, leg.name, start, stop, limit))
        return made

    def over(self, start: Instant, stop: Instant) -> tuple[list[Figures], list[Ended]]:
        """Each leg of those that ended in ``[start, stop)``, and those that missed, the worst first."""
        window = Window(start)
        for one in self.history:
            if one.stop < stop:
                window.add(one)
        late = sorted(
            (one for one in window.ended if one.took > one.limit),
            key=lambda one: (-rank(one.tier), one.limit - one.took, one.case),
        )
        return window.figures(self.limits), late

    @property
    def kept_since(self) -> Instant | None:
        """From when on everything is remembered; None where nothing was let go yet."""
        full = len(self.history) == self.history.maxlen
        return self.history[0].stop if full else None


def _due(one: Running) -> Instant:
    return one.due


def shown(book: LegBook, number: int, at: Instant) -> Draft:
    """A screen is proved to have painted the patient of a case since the case was found."""
    stream = book.tracks[number].stream
    return Draft(SHOWN, f"case {number}", {"case": number, "stream": stream, "at": at})


def set_limits(book: LegBook, limits: object, why: str) -> list[Draft]:
    """The center's own limits, all of them: ``{"emergent.displayed to held": 90}``, in seconds.

    Raises:
        InputError: no object, or no reason.
        FaultsError: unknown legs, values out of range, or a graver tier with more time; a line each.
    """
    if not isinstance(limits, Mapping):
        raise InputError('limits: want an object such as {"emergent.displayed to held": 90}')
    made: dict[str, Json] = {str(key): value for key, value in limits.items()}
    limits_of(made)
    return [Draft(LIMITS, "legs", {"limits": made, "was": book.overrides, "why": why})]
