"""What is compared: the values of a finding as bounds, and the circumstances it fell in (R21).

A value that was measured has equal bounds, one that was not has none; a comparison is true, false, or *not
known* (None), and what is not known never counts as not met.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from einthoven.base.thresholds import Thresholds, shipped
from einthoven.escalation.rules import Limit

ONE_S_MS = 1000.0
PACED_CAUSE, NO_CAUSE = "paced rhythm", "unknown"
"""Words of the cause of a pause."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A number known to lie between two bounds, both included."""

    low: float
    high: float

    def against(self, limit: Limit, bound: float) -> bool | None:
        """Whether the comparison holds: None where the bounds do not say."""
        if limit.compare == "less than":
            return True if self.high < bound else (False if self.low >= bound else None)
        if limit.compare == "more than":
            return True if self.low > bound else (False if self.high <= bound else None)
        return True if self.low >= bound else (False if self.high < bound else None)

    def told(self, limit: Limit) -> float | None:
        """The number to show: the bound that makes it hold; None where it is not known."""
        value = self.high if limit.compare == "less than" else self.low
        return value if math.isfinite(value) else None


UNKNOWN = Measure(-math.inf, math.inf)


def exactly(value: float) -> Measure:
    """A number that was measured."""
    return Measure(value, value)


SHIPPED: Mapping[str, float] = MappingProxyType(shipped().values())


@dataclass(frozen=True, slots=True)
class Found:
    """A finding as it stands.

    Attributes:
        kind: its name (``ecg/kinds.py``).
        values: its evidence by name as told last, all that its kind tells; None for what is not known. The
            cause of a pause is a word.
        duration_s: from its onset to its end, or to the last sample analysed while it is open.
        open: it goes on.
        interrupted: its end is not known, since the signal was lost: it may have lasted longer.
        low_bpm, high_bpm: the least and greatest rate of eight intervals since its onset where the center
            follows it; None where only ``values`` tell.
        measured: limits that the analysis measured with, by key: below which rates ``below_urgent_s`` and
            ``below_emergent_s`` are the times. The shipped ones where the center has no table of its own.
    """

    kind: str
    values: Mapping[str, float | str | None]
    duration_s: float
    open: bool = False
    interrupted: bool = False
    low_bpm: float | None = None
    high_bpm: float | None = None
    measured: Mapping[str, float] = field(default_factory=lambda: SHIPPED)

    def hides(self, name: str) -> bool:
        """Whether its kind tells a value of that name, and it is not known."""
        return name in self.values and self.number(name) is None

    @property
    def lasted(self) -> Measure:
        """How long it lasted, in seconds."""
        return Measure(self.duration_s, math.inf if self.interrupted else self.duration_s)

    def number(self, name: str) -> float | None:
        """A value of the evidence; None where it is not known or no number."""
        value = self.values.get(name)
        if not isinstance(value, int | float) or math.isnan(value):
            return None
        return float(value)


@dataclass(frozen=True, slots=True)
class Context:
    """What else is known about the patient at that time; None wherever it is not known.

    Attributes:
        symptom: the patient marked a symptom near it.
        night: it was night where the patient lives (``calendar.is_night``); not known is taken as day.
        known_af: atrial fibrillation was known before the service.
        first_af: it is the first ever; None where that is not known.
        at_risk: the wearer is at risk when no data come.
        has_pacer: the patient has a pacemaker.
        arrhythmia: something of the analysis lies near a symptom.
        longest_pause_ms: the longest pause near it; 0 where there was none.
        runs_last_hour: ventricular runs in the hour up to it, with it.
    """

    symptom: bool | None = None
    night: bool | None = None
    known_af: bool | None = None
    first_af: bool | None = None
    at_risk: bool | None = None
    has_pacer: bool | None = None
    arrhythmia: bool | None = None
    longest_pause_ms: float | None = None
    runs_last_hour: int | None = None


def number(value: float | None) -> Measure:
    """A number that is exact where it is known."""
    return UNKNOWN if value is None else exactly(value)


def in_ms(seconds: float) -> float:
    """Milliseconds, to the nanosecond: 4.004 s are 4004 ms and not a bit of a float less."""
    return round(seconds * ONE_S_MS, 6)


def beats_within(seconds: float, rate: float) -> float:
    """How many beats fit, the first at the begin; one that falls on the end does, whatever is rounded."""
    return math.floor(seconds * rate / 60.0 + 1e-9) + 1.0


def measures(found: Found, context: Context, table: Thresholds) -> dict[str, Measure]:
    """Everything that a row may compare, by name."""
    rate = found.number("rate_bpm")
    return {
        "unmeasured": UNKNOWN,
        "duration_s": found.lasted,
        "interval_ms": _interval(found),
        "longest_pause_ms": number(context.longest_pause_ms),
        "rate_bpm": number(rate),
        "lowest_rate_bpm": _lowest(found, rate),
        "highest_rate_bpm": _highest(found, rate),
        "below_urgent_s": below_s(found, table, "urgent"),
        "below_emergent_s": below_s(found, table, "emergent"),
        "beats": beats_so_far(found),
        "runs_per_h": number(context.runs_last_hour),
        "away_uv": number(_size(found.number("level_uv"))),
    }


def _size(value: float | None) -> float | None:
    return None if value is None else abs(value)


def _interval(found: Found) -> Measure:
    """A pause that lasts is at least as long as it has lasted."""
    told = found.number("rr_ms")
    lasted = in_ms(found.duration_s)
    if found.interrupted:
        return Measure(max(lasted, told or 0.0), math.inf)
    if found.open:
        return Measure(lasted, math.inf) if told is None else exactly(max(lasted, told))
    return number(told)


def beats_so_far(found: Found) -> Measure:
    """A run that goes on has as many beats as fit into it at its rate: it is told anew only at its end."""
    told, rate = found.number("beats"), found.number("rate_bpm")
    if told is None or not (found.open or found.interrupted):
        return number(told)
    fit = 0.0 if rate is None else beats_within(found.duration_s, rate)
    return Measure(max(told, fit), math.inf if found.interrupted else max(told, fit))


def _lowest(found: Found, rate: float | None) -> Measure:
    """The least rate; of a kind that tells one and does not know it, that of now or less."""
    values = [v for v in (found.number("lowest_rate_bpm"), rate, found.low_bpm) if v is not None]
    if not values:
        return UNKNOWN
    return Measure(-math.inf if found.hides("lowest_rate_bpm") else min(values), min(values))


def _highest(found: Found, rate: float | None) -> Measure:
    """From the rate that lasted to the greatest there was: how long that one lasted is not measured."""
    values = [v for v in (found.number("highest_rate_bpm"), rate, found.high_bpm) if v is not None]
    if not values:
        return UNKNOWN
    most = math.inf if found.hides("highest_rate_bpm") else max(values)
    return Measure(-math.inf if rate is None else rate, most)


def below_s(found: Found, table: Thresholds, tier: str) -> Measure:
    """Seconds below the rate of a tier of the patient's table.

    The analysis measures them below its own rate (``Found.measured``): with the same one they are exact, with
    another they are bounds. A rhythm whose rate is one number was below it throughout or never.
    """
    key = f"bradycardia.{tier}.rate_bpm"
    limit, most = table[key], found.lasted.high
    lowest = _lowest(found, found.number("rate_bpm"))
    told = found.number(f"below_{tier}_s")
    if told is None:
        if "lowest_rate_bpm" not in found.values and lowest is not UNKNOWN:
            return found.lasted if lowest.high < limit else exactly(0.0)
        return exactly(0.0) if lowest.low >= limit else Measure(0.0, most)
    with_rate = found.measured.get(key, limit)
    told = min(told, found.duration_s)
    if with_rate < limit:
        followed = not found.open or found.low_bpm is not None
        return exactly(0.0) if lowest.low >= limit and followed else Measure(told, most)
    # Below a lower rate no longer than below a higher one.
    return Measure(told if with_rate == limit else 0.0, _told_most(found, table, tier, told))


def _told_most(found: Found, table: Thresholds, tier: str, told: float) -> float:
    """The most seconds that the analysis can have measured by now, which tells them anew at its own limit."""
    if found.interrupted:
        return math.inf
    if not found.open:
        return told
    key = f"bradycardia.{tier}.duration_s"
    awaited = found.measured.get(key, table[key])
    least = found.duration_s if told >= awaited else math.nextafter(awaited, 0.0)
    return max(told, min(found.duration_s, least))


def circumstances(found: Found | None, context: Context) -> dict[str, bool | None]:
    """Everything that a row may ask for, by name; None where it is not known."""
    in_af: bool | None = None
    pacing_failed: bool | None = False
    if found is not None:
        in_af = _in_af(found)
        pacing_failed = _pacing_failed(found, context)
    awake = None if context.night is None else not context.night
    first = False if context.known_af else context.first_af
    return {
        "symptom": context.symptom,
        # Not known whether it was night: taken as day, the graver.
        "awake_or_symptom": True if awake is not False else context.symptom,
        "in_af": in_af,
        "not in_af": None if in_af is None else not in_af,
        "first_af": first,
        "at_risk": context.at_risk,
        "arrhythmia": context.arrhythmia,
        "pacing_failed": pacing_failed,
    }


CIRCUMSTANCES = tuple(circumstances(None, Context()))
"""What a row may ask for."""


def _in_af(found: Found) -> bool | None:
    if found.kind in ("atrial-fibrillation", "atrial-flutter"):
        return True
    told = found.number("in_atrial_fibrillation")
    if told is not None:
        return told >= 1.0
    # Kinds that do not tell it are rhythms of their own.
    return None if "in_atrial_fibrillation" in found.values else False


def _pacing_failed(found: Found, context: Context) -> bool | None:
    """Whether a pause is one of a pacemaker; with a pacemaker and no known cause, that is not known."""
    cause = found.values.get("cause")
    if cause == PACED_CAUSE:
        return True
    if context.has_pacer and cause in (None, NO_CAUSE):
        return None
    return False
