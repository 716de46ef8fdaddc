"""What the room is told: a finding, a symptom or a technical condition of one patient, as a plain value.

The analysis says what was found, the physician's criteria say of which tier it is and what was compared; the
center puts both into one ``FindingFact`` and tells it anew whenever something of it changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, cast

from einthoven.base.deeds import Body, Json
from einthoven.base.ids import StreamId
from einthoven.base.instants import SECOND, Duration, Instant

SYMPTOM_BEFORE: Duration = 60 * SECOND
SYMPTOM_AFTER: Duration = 30 * SECOND
"""What of the ECG belongs to a symptom that was marked (issue: 60 s before and 30 s after)."""
SYMPTOM = "symptom"
"""The kind of a mark of the patient."""


class Tier(StrEnum):
    """How soon somebody is to be told, by the physician's criteria (domain G.2); the gravest first."""

    EMERGENT = "emergent"
    URGENT = "urgent"
    TECHNICAL = "technical"
    DAILY = "daily"

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return _TIERS[self]

    def graver(self, other: Tier) -> bool:
        """Whether this one presses more."""
        return self.rank < other.rank


_TIERS = {tier: rank for rank, tier in enumerate(Tier)}


class Priority(StrEnum):
    """Of an alarm (IEC 60601-1-8); ``NONE`` raises none."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"

    @property
    def rank(self) -> int:
        """0 for high."""
        return _PRIORITIES[self]


_PRIORITIES = {priority: rank for rank, priority in enumerate(Priority)}


class FindingState(StrEnum):
    """State of a finding, as the analysis tells it."""

    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    """It was told and is not so."""
    INTERRUPTED = "interrupted"
    """Its end is not known."""


@dataclass(frozen=True, slots=True)
class Met:
    """One criterion that was met.

    Attributes:
        criterion: its name, e.g. ``pause.urgent.interval_ms``.
        tier: the tier it asks for.
        value, limit, unit: what was compared with what; both None, or the unit ``flag``, where nothing is
            measured.
        words: a sentence for people.
    """

    criterion: str
    tier: Tier
    value: float | None
    limit: float | None
    unit: str
    words: str

    @property
    def presence(self) -> bool:
        """Whether it says only that something is there, not how fast, slow or long it is."""
        unmeasured = self.value is None and self.limit is None
        return unmeasured or self.unit == "flag" or self.criterion.rsplit(".", 1)[-1] in ("first", "any")


@dataclass(frozen=True, slots=True)
class Symptom:
    """What the patient marked: symptom, how bad (0 unknown … 3 severe), doing what, in own words."""

    symptom: str
    severity: int = 0
    activity: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class FindingFact:
    """A finding, a mark or a technical condition as it is now.

    Attributes:
        key: its name, unique within the stream; stays when the kind changes.
        stream: whose.
        kind: name of the kind (``ecg/kinds.py``), ``symptom``, or a technical kind of ``grouping.py``.
        title: the kind as people write it.
        state: as told.
        start_at: instant of its onset.
        end_at: of its end, or None while it is open.
        tier: by the physician's criteria; None where it meets none.
        priority: of the kind, before the criteria have their say.
        met: the criteria it meets.
        late: found from samples that came late.
        in_af: whether a rate was counted in atrial fibrillation or flutter.
        start, stop: samples of the strip that shows it, or None.
        reason: why it was withdrawn.
        symptom: of a mark.
        taught: what people judged of the beats it rests on, where that speaks against it; else ``""``.
        met_at: from when on it met what it meets now, as far as that is known.
        criteria_at: when the criteria that it meets came into force; None: before its onset.
    """

    key: str
    stream: StreamId
    kind: str
    title: str
    state: FindingState
    start_at: Instant
    end_at: Instant | None = None
    tier: Tier | None = None
    priority: Priority = Priority.NONE
    met: tuple[Met, ...] = ()
    late: bool = False
    in_af: bool = False
    start: int | None = None
    stop: int | None = None
    reason: str = ""
    symptom: Symptom | None = None
    taught: str = ""
    met_at: Instant | None = None
    criteria_at: Instant | None = None

    @property
    def over(self) -> bool:
        """Whether it is not known to last."""
        return self.state is not FindingState.OPEN

    @property
    def withdrawn(self) -> bool:
        """Whether the analysis took it back."""
        return self.state is FindingState.WITHDRAWN

    def lasts(self, now: Instant) -> Duration:
        """How long it lasted, or lasts so far."""
        return max(0, (now if self.end_at is None else self.end_at) - self.start_at)


def symptom_fact(
    stream: StreamId,
    number: int,
    at: Instant,
    symptom: Symptom,
    tier: Tier | None = None,
    met: Sequence[Met] = (),
    late: bool = False,
) -> FindingFact:
    """A mark of the patient as a fact: 60 s before the press and 30 s after it.

    Args:
        stream: whose.
        number: of the mark in its stream.
        at: when the button was pressed, by the ECG's own clock.
        symptom: what was marked.
        tier, met: what the criteria say of it.
        late: it came through the backlog.
    """
    title = symptom.symptom.replace("-", " ").capitalize() or "Symptom"
    return FindingFact(
        f"mark {number}",
        stream,
        SYMPTOM,
        title,
        FindingState.CLOSED,
        at - SYMPTOM_BEFORE,
        at + SYMPTOM_AFTER,
        tier,
        Priority.LOW,
        tuple(met),
        late,
        symptom=symptom,
        met_at=at,
    )


def fact_body(fact: FindingFact) -> Body:
    """A fact as the body of a deed; ``fact_from`` is its inverse."""
    made: dict[str, Json] = {
        "key": fact.key,
        "stream": fact.stream,
        "kind": fact.kind,
        "title": fact.title,
        "state": fact.state.value,
        "start_at": fact.start_at,
        "end_at": fact.end_at,
        "tier": None if fact.tier is None else fact.tier.value,
        "priority": fact.priority.value,
        "late": fact.late,
        "in_af": fact.in_af,
        "start": fact.start,
        "stop": fact.stop,
        "reason": fact.reason,
    }
    made["met"] = [
        [met.criterion, met.tier.value, met.value, met.limit, met.unit, met.words] for met in fact.met
    ]
    if fact.symptom is not None:
        mark = fact.symptom
        made["symptom"] = [mark.symptom, mark.severity, mark.activity, mark.text]
    if fact.met_at is not None:
        made["met_at"] = fact.met_at
    if fact.criteria_at is not None:
        made["criteria_at"] = fact.criteria_at
    if fact.taught:
        made["taught"] = fact.taught
    return made


def fact_from(body: Body) -> FindingFact:
    """The fact that a deed's body holds."""
    told = cast("Mapping[str, Any]", body)
    fact = FindingFact(
        told["key"],
        told["stream"],
        told["kind"],
        told["title"],
        FindingState(told["state"]),
        told["start_at"],
        told["end_at"],
        None if told["tier"] is None else Tier(told["tier"]),
        Priority(told["priority"]),
        tuple(Met(met[0], Tier(met[1]), *met[2:]) for met in told["met"]),
        told["late"],
        told["in_af"],
        told["start"],
        told["stop"],
        told["reason"],
        taught=told.get("taught", ""),
        met_at=told.get("met_at"),
        criteria_at=told.get("criteria_at"),
    )
    return replace(fact, symptom=Symptom(*told["symptom"])) if "symptom" in told else fact
