"""A case: findings of one patient that a person is to judge, and its states as a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.review.facts import FindingFact, Met, Priority, Symptom, Tier
from einthoven.review.grouping import Group


class State(StrEnum):
    """State of a case."""

    OPEN = "open"
    """Nobody holds it."""
    HELD = "held"
    """One person works on it."""
    DECIDED = "decided"
    """A verdict was given."""
    NOTIFYING = "notifying"
    """The physician is being told."""
    CLOSED = "closed"


class Event(StrEnum):
    """What moves a case."""

    TAKEN = "taken"
    RELEASED = "released"
    RETURNED = "returned"
    """Its holder is gone, or held it too long."""
    RAISED = "raised"
    """Something graver came, or something that the verdict does not cover."""
    JUDGED = "judged"
    UNDONE = "undone"
    TELLING = "telling"
    """The physician is to be told."""
    CLOSED = "closed"
    OVER = "over"
    """Nobody has looked, and there is nothing left to judge."""
    REOPENED = "reopened"
    """A second reader disagrees."""


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.OPEN, Event.TAKEN): State.HELD,
    (State.OPEN, Event.RAISED): State.OPEN,
    (State.OPEN, Event.OVER): State.CLOSED,
    (State.HELD, Event.RELEASED): State.OPEN,
    (State.HELD, Event.RETURNED): State.OPEN,
    (State.HELD, Event.RAISED): State.HELD,
    (State.HELD, Event.JUDGED): State.DECIDED,
    (State.DECIDED, Event.TAKEN): State.DECIDED,
    (State.DECIDED, Event.RELEASED): State.DECIDED,
    (State.DECIDED, Event.RETURNED): State.DECIDED,
    (State.DECIDED, Event.RAISED): State.HELD,
    (State.DECIDED, Event.UNDONE): State.HELD,
    (State.DECIDED, Event.TELLING): State.NOTIFYING,
    (State.DECIDED, Event.CLOSED): State.CLOSED,
    (State.DECIDED, Event.REOPENED): State.OPEN,
    (State.NOTIFYING, Event.TAKEN): State.NOTIFYING,
    (State.NOTIFYING, Event.RELEASED): State.NOTIFYING,
    (State.NOTIFYING, Event.RETURNED): State.NOTIFYING,
    (State.NOTIFYING, Event.RAISED): State.HELD,
    (State.NOTIFYING, Event.UNDONE): State.HELD,
    (State.NOTIFYING, Event.CLOSED): State.CLOSED,
    (State.NOTIFYING, Event.REOPENED): State.OPEN,
    (State.CLOSED, Event.REOPENED): State.OPEN,
}
"""Every transition there is. A raised case that nobody holds (any more) is open: ``after`` sees to it."""


def after(state: State, event: Event, held: bool) -> State | None:
    """Where an event leads, or None where it does not apply.

    Args:
        state: before.
        event: what happens.
        held: whether somebody holds the case; without a holder nothing goes to ``HELD`` by being raised.
    """
    to = TRANSITIONS.get((state, event))
    if to is State.HELD and event is Event.RAISED and not held:
        return State.OPEN
    return to


class AlarmState(StrEnum):
    """State of the alarm of one case (IEC 60601-1-8)."""

    ACTIVE = "active"
    """Its condition lasts, and nobody has acknowledged it."""
    LATCHED = "latched"
    """Its condition is over, and nobody has acknowledged it: it goes on."""
    ACKNOWLEDGED = "acknowledged"
    CLEARED = "cleared"
    """A condition that does not latch is over."""


class AlarmEvent(StrEnum):
    """What moves an alarm."""

    AGAIN = "again"
    """A new or graver condition."""
    MISSED = "missed"
    """A new condition that is over already, or nobody came though it was acknowledged."""
    OVER = "over"
    PASSED = "passed"
    """Over, and of a kind that does not latch."""
    ACKNOWLEDGE = "acknowledge"


ALARM_TRANSITIONS: dict[tuple[AlarmState, AlarmEvent], AlarmState] = {
    (AlarmState.ACTIVE, AlarmEvent.AGAIN): AlarmState.ACTIVE,
    (AlarmState.ACTIVE, AlarmEvent.MISSED): AlarmState.ACTIVE,
    (AlarmState.ACTIVE, AlarmEvent.OVER): AlarmState.LATCHED,
    (AlarmState.ACTIVE, AlarmEvent.PASSED): AlarmState.CLEARED,
    (AlarmState.ACTIVE, AlarmEvent.ACKNOWLEDGE): AlarmState.ACKNOWLEDGED,
    (AlarmState.LATCHED, AlarmEvent.AGAIN): AlarmState.ACTIVE,
    (AlarmState.LATCHED, AlarmEvent.MISSED): AlarmState.LATCHED,
    (AlarmState.LATCHED, AlarmEvent.OVER): AlarmState.LATCHED,
    (AlarmState.LATCHED, AlarmEvent.ACKNOWLEDGE): AlarmState.ACKNOWLEDGED,
    (AlarmState.ACKNOWLEDGED, AlarmEvent.AGAIN): AlarmState.ACTIVE,
    (AlarmState.ACKNOWLEDGED, AlarmEvent.MISSED): AlarmState.LATCHED,
    (AlarmState.ACKNOWLEDGED, AlarmEvent.OVER): AlarmState.ACKNOWLEDGED,
    (AlarmState.ACKNOWLEDGED, AlarmEvent.PASSED): AlarmState.CLEARED,
    (AlarmState.CLEARED, AlarmEvent.AGAIN): AlarmState.ACTIVE,
    (AlarmState.CLEARED, AlarmEvent.MISSED): AlarmState.LATCHED,
    (AlarmState.CLEARED, AlarmEvent.PASSED): AlarmState.CLEARED,
}
"""Every transition of an alarm. Only a person, or the end of what does not latch, ends a signal."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """The alarm of a case.

    Attributes:
        state: now.
        since: when it began to sound, the last time.
        by, at: who acknowledged it (a member of staff) and when; None while nobody has.
    """

    state: AlarmState
    since: Instant
    by: int | None = None
    at: Instant | None = None


class Verdict(StrEnum):
    """What a reader says of a case."""

    TRUE = "true"
    ARTEFACT = "artefact"
    NOT_MEETING = "not_meeting"
    """Real, and no criterion is met."""
    RELABEL = "relabel"
    """The beats shown are of another class than the analysis said."""


@dataclass(frozen=True, slots=True)
class Relabel:
    """A beat shown: its sample, the class that it had (``""``: not known), the one that it has, its shape.

    Attributes:
        shape: number of its shape in the run of samples it lies in; 0 where that is not known.
        run: first sample of that run; −1 where that is not known.
    """

    sample: int
    was: str
    now: str
    shape: int = 0
    run: int = -1


class ShownBeat(NamedTuple):
    """A beat that was shown: class as WFDB writes it, number of its shape (0: not known) and its run (−1)."""

    name: str
    shape: int = 0
    run: int = -1


@dataclass(frozen=True, slots=True)
class Given:
    """A verdict as it was given.

    Attributes:
        verdict: what.
        by: who, a member of staff.
        at: when.
        note: of the reader.
        relabels: beats that are of another class.
        strips: (start, stop) samples chosen for the report.
    """

    verdict: Verdict
    by: int
    at: Instant
    note: str = ""
    relabels: tuple[Relabel, ...] = ()
    strips: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Overread:
    """The second reading of a case.

    Attributes:
        reader: who gave the verdict that is read again; never the second reader.
        first: the verdict that is read again.
        why: emergent, or drawn, with the share and what was drawn.
        due_at: by when.
        late: whether that is known to have passed.
        by, at, verdict, note: of the second reader; None and ``""`` while it is due.
    """

    reader: int
    first: Verdict
    why: str
    due_at: Instant
    late: bool = False
    by: int | None = None
    at: Instant | None = None
    verdict: Verdict | None = None
    note: str = ""

    @property
    def done(self) -> bool:
        """Whether somebody has read it."""
        return self.by is not None

    @property
    def agrees(self) -> bool:
        """Whether both readers say the same; True while it is due."""
        return self.verdict is None or self.verdict is self.first


@dataclass(frozen=True, slots=True)
class Case:
    """One case as it stands.

    Attributes:
        number: its number.
        stream: whose.
        group: of its findings.
        title: of the gravest finding.
        tier, priority: the gravest of its findings'; they never sink.
        onset_at: earliest onset.
        opened_at: when it was made.
        due_at: when it escalates next, or None.
        waiting_since: since when nobody holds it, or it was judged.
        state: now.
        findings: as told last, in the order they came.
        late: something of it was found from late samples.
        escalated: how often it escalated.
        held_by, station, held_at: who holds it, at which station, since when.
        warned: its holder was told that it takes long.
        touched: somebody has held it at some time.
        given: the verdict in force, or None.
        verdicts: all that were given, taken back ones too.
        notification: number of what tells the physician, once begun.
        alarm: its alarm.
        overread: its second reading, or None.
        barred: whose verdict a second reader disagreed with: somebody else decides.
        emergency: number of the emergency procedure that runs, or None.
        closed_at, closing: when it closed, and what closed it: ``verdict``, ``withdrawn`` or ``over``.
    """

    number: int
    stream: StreamId
    group: Group
    title: str
    tier: Tier
    priority: Priority
    onset_at: Instant
    opened_at: Instant
    due_at: Instant | None
    waiting_since: Instant
    alarm: Alarm
    state: State = State.OPEN
    findings: tuple[FindingFact, ...] = ()
    late: bool = False
    escalated: int = 0
    held_by: int | None = None
    station: int | None = None
    held_at: Instant | None = None
    warned: bool = False
    touched: bool = False
    given: Given | None = None
    verdicts: tuple[Given, ...] = ()
    notification: int | None = None
    overread: Overread | None = None
    barred: int | None = None
    emergency: int | None = None
    closed_at: Instant | None = None
    closing: str = ""

    @property
    def last_at(self) -> Instant | None:
        """The latest end of its findings; None where one lasts."""
        ends = [fact.end_at for fact in self.findings]
        return None if None in ends else max(end for end in ends if end is not None)

    @property
    def met(self) -> tuple[Met, ...]:
        """Criteria that its findings meet, the gravest first; of withdrawn ones none."""
        every = {met: None for fact in self.findings if not fact.withdrawn for met in fact.met}
        return tuple(sorted(every, key=lambda met: met.tier.rank))

    @property
    def symptom(self) -> Symptom | None:
        """What the patient marked last, in a case of symptoms."""
        marks = [fact.symptom for fact in self.findings if fact.symptom is not None]
        return marks[-1] if marks else None

    @property
    def looked(self) -> bool:
        """Whether somebody has seen it: held it, or acknowledged its alarm."""
        return self.touched or self.alarm.by is not None

    @property
    def over(self) -> bool:
        """Whether nothing of it is known to last."""
        return all(fact.over for fact in self.findings)

    @property
    def withdrawn(self) -> bool:
        """Whether the analysis took all of it back."""
        return all(fact.withdrawn for fact in self.findings)

    def finding(self, key: str) -> FindingFact | None:
        """The finding of that name, or None."""
        return next((fact for fact in self.findings if fact.key == key), None)


@dataclass(frozen=True, slots=True)
class Quality:
    """How one reader's verdicts stood up to second readers.

    Attributes:
        verdicts: given, by verdict.
        read: of them, how often a second reader looked.
        agreed: how often the second said the same.
        missed: said not true, and the second said true.
        overcalled: said true, and the second said not.
    """

    verdicts: dict[str, int] = field(default_factory=dict)
    read: int = 0
    agreed: int = 0
    missed: int = 0
    overcalled: int = 0

    @property
    def agreement(self) -> float | None:
        """Share of agreement, or None where nothing was read twice."""
        return self.agreed / self.read if self.read else None


@dataclass(frozen=True, slots=True)
class AudioPause:
    """Sound is paused at a station: since, until, by whom, and up to which priority what sounded then."""

    at: Instant
    until: Instant
    by: int
    covers: Priority


@dataclass(frozen=True, slots=True)
class AlarmPause:
    """Alarms of one patient are paused: since, until, by whom and why."""

    at: Instant
    until: Instant
    by: int
    why: str


@dataclass(frozen=True, slots=True)
class KnownAf:
    """Why atrial fibrillation counts as known, and the case that showed it, if one did."""

    why: str
    case: int | None
