"""A service period as claims, determinations and the record on request see it (R36, R39, R40).

Everything here comes from stored samples, facts and deeds; what was not measured is None and never taken for
good.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from einthoven.base.instants import DAY, Instant
from einthoven.escalation.calendar import local

REGISTER: Final = "register of this center"
"""Where a fact stands that the center itself has on record of a patient's services."""


@dataclass(frozen=True, slots=True)
class Transmission:
    """How soon samples were durable at the center, counted by sample (R39).

    Attributes:
        samples: how many were measured.
        immediate: share of them that were durable within ``within_s`` of their acquisition, 0–1.
        within_s: the limit, seconds.
        p50_s, p99_s: percentiles of acquired → durable, seconds.
    """

    samples: int
    immediate: float
    within_s: float
    p50_s: float
    p99_s: float


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without a watch, or not displayed, and its cause."""

    start: Instant
    stop: Instant
    cause: str


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who watched, from the proof of continuity (R9, R14).

    Attributes:
        watched, displayed: share of the time in service, 0–1.
        gaps: moments in which nobody watched, each an incident.
        unproved: why the proof has a hole, ``""`` where it has none.
    """

    watched: float
    displayed: float
    gaps: tuple[Gap, ...] = ()
    unproved: str = ""


@dataclass(frozen=True, slots=True)
class Watcher:
    """Somebody who held a watch of the patient.

    Attributes:
        person: staff number; ``name``.
        credentials: kind, number, issuer and expiry of those valid on the days of watching, in words.
        qualified: whether they were qualified in every moment of it; ``lacks`` says what was missing.
        in_us: whether they and their station were in the United States or a territory (R17); None: not known.
    """

    person: int
    name: str
    credentials: tuple[str, ...]
    qualified: bool
    lacks: str = ""
    in_us: bool | None = None


@dataclass(frozen=True, slots=True)
class Notifications:
    """Telling the physician (R22–R24).

    Attributes:
        due: notifications that were begun.
        reached: those in which a person who can act was reached.
        with_action: of those, where the physician's action is on record, "no action necessary" too.
        machine_only: those that ended with nobody but a machine or an answering service.
    """

    due: int
    reached: int
    with_action: int
    machine_only: int


@dataclass(frozen=True, slots=True)
class Reports:
    """Reports of the period (R25–R27): those due, those made, those signed.

    Of a service by telephone ``strips_due`` of its strips have a report to be made, and ``summary_issued`` is
    when somebody of the center issued the report of the period: it is technical, and no physician signs it.
    """

    daily_due: int
    daily_made: int
    daily_signed: int
    urgent_due: int
    urgent_made: int
    urgent_signed: int
    summary_made: bool
    summary_signed: Instant | None = None
    strips_due: int = 0
    strips_made: int = 0
    summary_issued: Instant | None = None


@dataclass(frozen=True, slots=True)
class Interruption:
    """From when to when the patient was in a hospital or another facility: no service is counted (R32)."""

    start: Instant
    stop: Instant | None
    where: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier service period of the same person here or elsewhere (R33); dates ``YYYY-MM-DD``.

    Attributes:
        first_day: its first day.
        last_day: its last; ``""`` while it goes on, or where it is not known.
        test: which test it was, as orders name theirs and earlier tests (``telemetry``, ``holter``).
        found: what it found.
        where: where that stands: ``register of this center, s000012``; ``""`` not known.
    """

    first_day: str
    last_day: str
    test: str
    found: str = ""
    where: str = ""

    @property
    def words(self) -> str:
        """``telemetry 2026-10-01 to 2026-10-20``."""
        return f"{self.test} {self.first_day}" + (f" to {self.last_day}" if self.last_day else " on")


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """One service period, measured.

    Attributes:
        stream: number of its stream; ``period`` its number; ``order`` the number of its order, None without.
        patient: complete name.
        started, ended: instants; ``ended`` None while it goes on.
        zone: IANA zone whose days count.
        first_day, last_day: local dates of start and end (of the last moment so far).
        recorded_s: seconds of ECG that are stored and can be asked for.
        longest_s: the longest stretch of time over which one query answers, seconds.
        transmission, attendance, notifications, reports: measured; None: not measured. Of a service by
            telephone ``attendance.watched`` is the share of the time in which somebody was there to take a
            call, and nothing is displayed.
        exclusive: whether the transmitter served this patient alone (R5); None: not known, or by telephone.
        watchers: everybody who held a watch; by telephone everybody who had one of its calls.
        interruptions: stays in a facility.
        earlier: service periods before it.
        extended: why it lasts more than 30 days, in the physician's words; ``""``: nobody said.
        in_us: whether surveillance was in the United States or its territories throughout (R17).
        supervisor: supervising physician and specialty, ``""`` for none (R34).
        plans: kind of plan (``quality``, ``emergency``, ``continuity``) → version in force (R36).
        telephone: whether its ECG came as strips over a telephone after symptoms (R6): never telemetry (R7).
        strips: how many of those count; None: not counted.
        struck: how many were struck: they count for nothing.
        looped: how many of those that count a recorder kept in its memory from before the symptom.
        calls: how many calls there were.
    """

    stream: int
    period: int
    order: int | None
    patient: str
    started: Instant
    ended: Instant | None
    zone: str
    first_day: str
    last_day: str
    recorded_s: float
    longest_s: float
    transmission: Transmission | None = None
    attendance: Attendance | None = None
    notifications: Notifications | None = None
    reports: Reports | None = None
    exclusive: bool | None = None
    watchers: tuple[Watcher, ...] = ()
    interruptions: tuple[Interruption, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    extended: str = ""
    in_us: bool | None = None
    supervisor: str = ""
    plans: tuple[tuple[str, int], ...] = ()
    telephone: bool = False
    strips: int | None = None
    struck: int = 0
    looped: int = 0
    calls: int = 0


def days_served(record: ServiceRecord) -> int:
    """Days from start to end as the 30 of a service are counted (R33), at least 1.

    30 times 24 hours touch 31 dates unless they begin at midnight, and are 30 days; so are 30 days from a
    time of day to the same by the clock on the wall, through the hour that summer time adds or takes.
    """
    nights = (date.fromisoformat(record.last_day) - date.fromisoformat(record.first_day)).days
    if record.ended is None:
        return max(1, nights)
    clock = local(record.zone, record.ended).time() <= local(record.zone, record.started).time()
    whole = clock or record.ended - record.started <= nights * DAY
    return max(1, nights if whole else nights + 1)


def last_served(record: ServiceRecord) -> Instant | None:
    """When monitoring concluded; None while it goes on. Where the patient was in a facility from some moment
    to the end, that moment: nothing was served after it (R32)."""
    if record.ended is None:
        return None
    last = record.ended
    for stay in sorted(record.interruptions, key=lambda one: one.start, reverse=True):
        if stay.stop is None or stay.stop >= last:
            last = min(last, stay.start)
    return max(record.started, last)
