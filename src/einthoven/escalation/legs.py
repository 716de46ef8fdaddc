"""From criterion met to action, leg by leg: what each took, what missed its limit, what is about to (R22).

Everything is computed from the instants that deeds and findings carry. The shipped limits are those of the
domain's table G.2 where it names one, else ours; a center sets its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from einthoven.base.errors import FaultsError
from einthoven.base.instants import DAY, HOUR, MINUTE, SECOND, Duration, Instant
from einthoven.escalation.criteria import rank

MET, FOUND, DISPLAYED, HELD = "met", "found", "displayed", "held"
VERDICT, CALL_STARTED, REACHED, ACTION = "verdict", "call_started", "reached", "action"
STAGES = (MET, FOUND, DISPLAYED, HELD, VERDICT, CALL_STARTED, REACHED, ACTION)
"""In the order in which they come."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A leg: its name, from which stage to which, and whether it goes on only when a call is to be made."""

    name: str
    start: str
    stop: str
    telling: bool = False


LEGS: tuple[Leg, ...] = (
    Leg("criterion met to finding", MET, FOUND),
    Leg("finding to displayed", FOUND, DISPLAYED),
    Leg("displayed to held", DISPLAYED, HELD),
    Leg("held to verdict", HELD, VERDICT),
    Leg("verdict to call started", VERDICT, CALL_STARTED, True),
    Leg("call started to reached", CALL_STARTED, REACHED, True),
    Leg("reached to action", REACHED, ACTION, True),
    Leg("criterion met to call started", MET, CALL_STARTED, True),
    Leg("criterion met to reached", MET, REACHED, True),
)
BY_NAME = {leg.name: leg for leg in LEGS}
LIMIT_LEAST, LIMIT_MOST = SECOND, 7 * DAY

SHIPPED: dict[str, dict[str, Duration]] = {
    "emergent": {
        "criterion met to finding": 10 * SECOND,
        "finding to displayed": 5 * SECOND,
        "displayed to held": 2 * MINUTE,
        "held to verdict": 3 * MINUTE,
        "verdict to call started": 2 * MINUTE,
        "call started to reached": 15 * MINUTE,
        "reached to action": 15 * MINUTE,
        "criterion met to call started": 10 * MINUTE,
        "criterion met to reached": 25 * MINUTE,
    },
    "urgent": {
        "criterion met to finding": 10 * SECOND,
        "finding to displayed": 5 * SECOND,
        "displayed to held": 10 * MINUTE,
        "held to verdict": 10 * MINUTE,
        "verdict to call started": 10 * MINUTE,
        "call started to reached": HOUR,
        "reached to action": HOUR,
        "criterion met to call started": 30 * MINUTE,
        "criterion met to reached": 90 * MINUTE,
    },
    "daily": {
        "criterion met to finding": MINUTE,
        "finding to displayed": 5 * SECOND,
        "displayed to held": 8 * HOUR,
        "held to verdict": HOUR,
        "verdict to call started": 24 * HOUR,
        "call started to reached": 24 * HOUR,
        "reached to action": 24 * HOUR,
        "criterion met to call started": 36 * HOUR,
        "criterion met to reached": 48 * HOUR,
    },
}
"""Limits by tier and leg."""
ABOUT_TO: float = 0.25
"""A leg is about to miss its limit when so small a share of it is left."""


@dataclass(frozen=True, slots=True)
class Times:
    """When a case was where.

    Attributes:
        case: its number.
        tier: its tier.
        at: instants by stage; a stage that is not there has not come.
        telling: a call is to be made: False once a verdict says that there is nothing to tell.
        closed: the case is closed: nothing more is awaited.
    """

    case: int
    tier: str
    at: Mapping[str, Instant]
    telling: bool = True
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """What a leg of a case took so far.

    Attributes:
        case, tier: whose.
        leg: name of the leg.
        took: its time; while it runs, the time so far.
        limit: what it may take.
        done: when it ended; None while it runs.
    """

    case: int
    tier: str
    leg: str
    took: Duration
    limit: Duration
    done: Instant | None

    @property
    def missed(self) -> bool:
        """Longer than its limit."""
        return self.took > self.limit

    @property
    def left(self) -> Duration:
        """What is left of its limit; negative when it is missed."""
        return self.limit - self.took


@dataclass(frozen=True, slots=True)
class Summary:
    """A leg over a window.

    Attributes:
        tier, leg: which.
        limit: in force.
        count: passages that ended in the window.
        p50, p95: exact percentiles (nearest rank) of what those took; None where there was none.
        missed: of the passages that ended in the window or run at its end, those over the limit.
    """

    tier: str
    leg: str
    limit: Duration
    count: int
    p50: Duration | None
    p95: Duration | None
    missed: int


def passages(
    cases: Iterable[Times], limits: Mapping[str, Mapping[str, Duration]], now: Instant
) -> list[Passage]:
    """Every leg of every case that has begun, ended or not."""
    found = []
    for case in cases:
        for leg in LEGS:
            start, stop = case.at.get(leg.start), case.at.get(leg.stop)
            if start is None:
                continue
            if stop is None and (case.closed or (leg.telling and not case.telling)):
                continue
            limit = limits[case.tier][leg.name]
            took = max(0, (now if stop is None else stop) - start)
            found.append(Passage(case.case, case.tier, leg.name, took, limit, stop))
    return found


def summaries(
    cases: Iterable[Times],
    limits: Mapping[str, Mapping[str, Duration]],
    start: Instant,
    now: Instant,
) -> list[Summary]:
    """Each leg by tier over ``[start, now]``, the gravest tier first, in the order of ``LEGS``."""
    ended: dict[tuple[str, str], list[Duration]] = {}
    missed: dict[tuple[str, str], int] = {}
    for each in passages(cases, limits, now):
        key = each.tier, each.leg
        if each.done is not None and not start <= each.done <= now:
            continue
        if each.done is not None:
            ended.setdefault(key, []).append(each.took)
        missed[key] = missed.get(key, 0) + each.missed
    found = []
    for tier in sorted(limits, key=rank, reverse=True):
        for leg in LEGS:
            took = sorted(ended.get((tier, leg.name), []))
            key = tier, leg.name
            found.append(
                Summary(
                    tier,
                    leg.name,
                    limits[tier][leg.name],
                    len(took),
                    percentile(took, 50),
                    percentile(took, 95),
                    missed.get(key, 0),
                )
            )
    return found


def about_to_miss(
    cases: Iterable[Times],
    limits: Mapping[str, Mapping[str, Duration]],
    now: Instant,
    share: float = ABOUT_TO,
) -> list[Passage]:
    """Legs that run and have little left of their limit, or nothing: the gravest and least left first."""
    found = [
        each for each in passages(cases, limits, now) if each.done is None and each.left <= share * each.limit
    ]
    return sorted(found, key=lambda each: (-rank(each.tier), each.left, each.case, each.leg))


def missed(
    cases: Iterable[Times], limits: Mapping[str, Mapping[str, Duration]], start: Instant, now: Instant
) -> list[Passage]:
    """Every passage over its limit that ended in ``[start, now]`` or still runs, the worst first."""
    found = [
        each
        for each in passages(cases, limits, now)
        if each.missed and (each.done is None or start <= each.done <= now)
    ]
    return sorted(found, key=lambda each: (-rank(each.tier), each.left, each.case, each.leg))


def percentile(ordered: list[Duration], share: int) -> Duration | None:
    """The least value that at least ``share`` percent of a sorted list do not exceed (nearest rank)."""
    if not ordered:
        return None
    place = -(-share * len(ordered) // 100)
    return ordered[max(place, 1) - 1]


def limits_of(overrides: Mapping[str, object]) -> dict[str, dict[str, Duration]]:
    """The shipped limits with a center's own: ``{"emergent.displayed to held": 90}``, in seconds.

    Raises:
        FaultsError: unknown legs, values out of range, or a leg that a graver tier may take longer for; a
            line each.
    """
    made = {tier: dict(legs) for tier, legs in SHIPPED.items()}
    faults = []
    for key, value in overrides.items():
        tier, _, leg = key.partition(".")
        if tier not in made or leg not in BY_NAME:
            faults.append(f"{key}: no such leg (want tier.leg, such as emergent.displayed to held)")
        elif isinstance(value, bool) or not isinstance(value, int | float):
            faults.append(f"{key}: want seconds")
        elif not LIMIT_LEAST <= value * SECOND <= LIMIT_MOST:
            faults.append(
                f"{key}: {value:g} s is not within {LIMIT_LEAST // SECOND} … {LIMIT_MOST // SECOND} s"
            )
        else:
            made[tier][leg] = round(value * SECOND)
    for leg in BY_NAME:
        for graver, milder in (("emergent", "urgent"), ("urgent", "daily")):
            if made[graver][leg] > made[milder][leg]:
                faults.append(f"{graver}.{leg}: longer than {milder}: the graver has less time")
    if faults:
        raise FaultsError("\n".join(faults))
    return made
