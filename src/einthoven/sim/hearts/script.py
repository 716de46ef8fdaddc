"""What a heart is told to do: rhythms, incidents and disturbances at times of the script.

Times are seconds from sample 0. With a ``period_s`` the script starts again each period, for ever.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, field

from einthoven.base.errors import InputError

RHYTHMS: dict[str, str] = {
    "sinus": "(N",
    "bigeminy": "(B",
    "trigeminy": "(T",
    "afib": "(AFIB",
    "flutter": "(AFL",
    "svt": "(SVTA",
    "vt": "(VT",
    "torsade": "(VT",
    "junctional": "(NOD",
    "idioventricular": "(IVR",
    "vf": "(VFIB",
    "asystole": "(ASYS",
    "block1": "(BI",
    "wenckebach": "(BII",
    "mobitz2": "(BII",
    "block3": "(B3",
    "paced": "(P",
}
"""Every rhythm a script may name, and the WFDB rhythm label it is kept under."""

INCIDENTS = ("pvc", "couplet", "run", "pac", "pause")
DISTURBANCES = ("wander", "muscle", "mains", "motion", "lead_off")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A rhythm from ``at_s`` until the next one.

    Attributes:
        at_s: when it starts.
        kind: a key of ``RHYTHMS``.
        rate_bpm: mean ventricular rate at its start (the escape rate of a third-degree block).
        to_bpm: mean rate at its end, reached in a straight line; None: constant.
        variability: 1 for the heart-rate variability of a healthy adult, 0 for a metronome.
        pvc_per_hour, pac_per_hour: mean rate of single premature beats strewn in by chance.
        couplet_share: share of those ventricular beats that come as pairs.
        foci: 1 or 2 shapes of ventricular beats.
    """

    at_s: float = 0.0
    kind: str = "sinus"
    rate_bpm: float = 70.0
    to_bpm: float | None = None
    variability: float = 1.0
    pvc_per_hour: float = 0.0
    pac_per_hour: float = 0.0
    couplet_share: float = 0.0
    foci: int = 1


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that happens once, at the first beat after ``at_s``.

    Attributes:
        at_s: earliest time.
        kind: one of ``INCIDENTS``.
        beats: ventricular beats of a ``run``.
        seconds: RR interval of a ``pause``.
        rate_bpm: rate within a ``run``.
    """

    at_s: float
    kind: str
    beats: int = 5
    seconds: float = 3.0
    rate_bpm: float = 160.0


@dataclass(frozen=True, slots=True)
class Disturbance:
    """Something between the heart and the converter, for a while.

    Attributes:
        at_s, for_s: start and length.
        kind: one of ``DISTURBANCES``; ``lead_off`` gives ``INVALID_SAMPLE``.
        amount_mv: root mean square, about (peak for ``mains``).
        leads: the leads concerned; empty: all.
        mains_hz: 50 or 60.
    """

    at_s: float
    for_s: float
    kind: str
    amount_mv: float = 0.2
    leads: tuple[str, ...] = ()
    mains_hz: float = 60.0


@dataclass(frozen=True, slots=True)
class Script:
    """A heart's script.

    Attributes:
        rhythms: in order of time, the first at 0.
        incidents, disturbances: in any order.
        period_s: length after which the script begins again; None: the last rhythm goes on.
    """

    rhythms: tuple[Rhythm, ...] = (Rhythm(),)
    incidents: tuple[Incident, ...] = ()
    disturbances: tuple[Disturbance, ...] = ()
    period_s: float | None = None
    _starts: tuple[float, ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        self.check()
        object.__setattr__(self, "_starts", tuple(rhythm.at_s for rhythm in self.rhythms))

    def check(self) -> None:
        """Raise ``InputError`` that names the first entry which cannot be played."""
        if not self.rhythms or self.rhythms[0].at_s != 0:
            raise InputError("script: the first rhythm must start at 0")
        if any(b.at_s <= a.at_s for a, b in zip(self.rhythms, self.rhythms[1:], strict=False)):
            raise InputError("script: rhythms must be in order of time")
        if self.period_s is not None and self.period_s <= self.rhythms[-1].at_s + 1:
            raise InputError(f"script: period {self.period_s:g} s ends before the last rhythm does")
        for number, rhythm in enumerate(self.rhythms):
            _check_rhythm(f"rhythm {number + 1}", rhythm)
        for number, incident in enumerate(self.incidents):
            if incident.kind not in INCIDENTS or incident.at_s < 0 or not 1 <= incident.beats <= 1000:
                raise InputError(f"incident {number + 1}: {incident.kind!r} cannot be played")
            if not (0.3 <= incident.seconds <= 60 and 20 <= incident.rate_bpm <= 300):
                raise InputError(f"incident {number + 1}: {incident.kind} is out of range")
        for number, item in enumerate(self.disturbances):
            if item.kind not in DISTURBANCES or item.at_s < 0 or item.for_s <= 0 or item.amount_mv < 0:
                raise InputError(f"disturbance {number + 1}: {item.kind!r} cannot be played")

    def passage(self, t: float) -> tuple[Rhythm, float, float]:
        """The rhythm at time ``t``, and the times at which it started and will end (may be infinite)."""
        cycle, within = self._cycle(t)
        index = bisect_right(self._starts, within) - 1
        last = index + 1 == len(self.rhythms)
        end = self.period_s if last else self._starts[index + 1]
        return self.rhythms[index], cycle + self._starts[index], math.inf if end is None else cycle + end

    def incident(self, after: float, until: float) -> tuple[Incident, float] | None:
        """The first incident in ``(after, until]`` and its time."""
        found: tuple[Incident, float] | None = None
        for cycle in {self._cycle(after)[0], self._cycle(until)[0]}:
            for incident in self.incidents:
                at = cycle + incident.at_s
                if after < at <= until and (found is None or at < found[1]):
                    found = (incident, at)
        return found

    def disturbed(self, start: float, stop: float) -> list[tuple[Disturbance, float]]:
        """The disturbances that touch ``[start, stop)``, each with the time at which it begins."""
        found = []
        cycle = self._cycle(max(start, 0.0))[0]
        step = self.period_s or 0.0
        for offset in {cycle - step, cycle, cycle + step}:
            for item in self.disturbances:
                at = offset + item.at_s
                if offset >= 0 and at < stop and at + item.for_s > start:
                    found.append((item, at))
        return sorted(found, key=lambda pair: (pair[1], self.disturbances.index(pair[0])))

    def _cycle(self, t: float) -> tuple[float, float]:
        if self.period_s is None:
            return 0.0, t
        cycle = math.floor(t / self.period_s) * self.period_s
        return cycle, t - cycle


def _check_rhythm(where: str, rhythm: Rhythm) -> None:
    if rhythm.kind not in RHYTHMS:
        raise InputError(f"{where}: no such rhythm {rhythm.kind!r} (want one of {', '.join(RHYTHMS)})")
    for rate in (rhythm.rate_bpm, rhythm.to_bpm or rhythm.rate_bpm):
        if not 20 <= rate <= 300:
            raise InputError(f"{where}: rate {rate:g}/min is outside 20–300")
    if min(rhythm.variability, rhythm.pvc_per_hour, rhythm.pac_per_hour, rhythm.couplet_share) < 0:
        raise InputError(f"{where}: a share or rate is below 0")
    if rhythm.foci not in (1, 2):
        raise InputError(f"{where}: foci must be 1 or 2")
