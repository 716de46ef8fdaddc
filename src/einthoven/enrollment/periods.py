"""Service periods, and the rule that a transmitter serves one patient in each (R5, R33)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from einthoven.base.errors import OursError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import DAY, Duration, Instant, to_iso

PERIOD_MAX: Duration = 30 * DAY
"""Longest service period (R33)."""
TELEPHONE = "telephone/"
"""What stands in a transmitter's place where ECG comes over the telephone: this and a number of its own. No
transmitter can be named so (``checks.transmitter``)."""
RULE = "R5 one transmitter, one patient, one period"
RULE_VERSION = 1


def by_telephone(transmitter: str) -> bool:
    """Whether this stands for strips over the telephone, and for no transmitter."""
    return transmitter.startswith(TELEPHONE)


class State(StrEnum):
    """State of a service period."""

    OPEN = "open"
    ENDED = "ended"


class Ending(StrEnum):
    """What ends a service period; kept as its cause."""

    RENEWED = "renewed"
    """The same patient was enrolled anew with the same transmitter."""
    REASSIGNED = "reassigned"
    """The transmitter was given to another patient on purpose."""
    CLOSED = "closed"
    """Somebody closed it."""
    EXPIRED = "expired"
    """Its 30 days were over."""


TRANSITIONS: dict[tuple[State, Ending], State] = {
    (State.OPEN, Ending.RENEWED): State.ENDED,
    (State.OPEN, Ending.REASSIGNED): State.ENDED,
    (State.OPEN, Ending.CLOSED): State.ENDED,
    (State.OPEN, Ending.EXPIRED): State.ENDED,
}
"""Every transition there is; an ended period never opens again."""


@dataclass(frozen=True, slots=True)
class ServicePeriod:
    """From enrollment to the end of monitoring, at most 30 days.

    Attributes:
        number: its number.
        patient: number of the patient.
        transmitter: identifier of the transmitter.
        stream: the stream of its samples.
        started: when it was opened.
        limit: when it ends at the latest, ``started`` + 30 days.
        ended: when it ended, or None.
        cause: what ended it, or None.
    """

    number: int
    patient: int
    transmitter: str
    stream: StreamId
    started: Instant
    limit: Instant
    ended: Instant | None = None
    cause: Ending | None = None

    @property
    def state(self) -> State:
        """Open until it was ended."""
        return State.OPEN if self.ended is None else State.ENDED

    @property
    def telephone(self) -> bool:
        """Whether its ECG comes as strips over the telephone (R6): there is no transmitter."""
        return by_telephone(self.transmitter)

    def due(self, now: Instant) -> bool:
        """Whether its 30 days are over and nothing has ended it yet."""
        return self.state is State.OPEN and now >= self.limit


def end(period: ServicePeriod, cause: Ending, at: Instant) -> ServicePeriod:
    """The period ended: never before it started, never after its limit.

    Raises:
        OursError: the table has no such transition.
    """
    if (period.state, cause) not in TRANSITIONS:
        raise OursError(f"period {period.number} is {period.state}: {cause} does not apply")
    return replace(period, ended=min(max(at, period.started), period.limit), cause=cause)


class Outcome(StrEnum):
    """What an assignment comes to."""

    OPENED = "opened"
    """The transmitter was free."""
    RENEWED = "renewed"
    """The open period of the same patient ended, a new one opened."""
    REASSIGNED = "reassigned"
    """The open period of another patient was ended on purpose, a new one opened."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision with what it was made from (house rule 5).

    Attributes:
        rule, version: which rule, and which version of it.
        inputs: the facts used, as (name, value).
        outcome: what it came to.
        reasons: why, a sentence each.
        ends: the open period that ends by it and why, if any.
    """

    rule: str
    version: int
    inputs: tuple[tuple[str, str], ...]
    outcome: Outcome
    reasons: tuple[str, ...]
    ends: tuple[ServicePeriod, Ending] | None = None

    @property
    def refused(self) -> bool:
        """Whether nothing may be enrolled."""
        return self.outcome is Outcome.REFUSED


def assign(
    transmitter: str,
    holder: ServicePeriod | None,
    same_patient: bool,
    end_previous: bool,
    now: Instant,
) -> Decision:
    """Whether a transmitter may serve a patient from ``now`` on (R5).

    Args:
        transmitter: its identifier.
        holder: the transmitter's open service period, or None.
        same_patient: whether that period's patient is the one to be enrolled.
        end_previous: whether the sender asks for the open period to be ended.
        now: the moment of enrollment.
    """
    inputs = [("transmitter", transmitter), ("now", to_iso(now)), ("end_previous", str(end_previous).lower())]
    if holder is None:
        reason = f"transmitter {transmitter} is in no open service period"
        return Decision(RULE, RULE_VERSION, tuple(inputs), Outcome.OPENED, (reason,))
    named = f"period {holder.number} (stream {stream_name(holder.stream)}, since {to_iso(holder.started)})"
    inputs += [("open_period", named), ("same_patient", str(same_patient).lower())]
    facts = tuple(inputs)
    if holder.due(now):
        why = f"{named} reached its limit of 30 days at {to_iso(holder.limit)}"
        return Decision(RULE, RULE_VERSION, facts, Outcome.OPENED, (why,), (holder, Ending.EXPIRED))
    if same_patient:
        why = f"{named} of the same patient ends, a new one opens"
        return Decision(RULE, RULE_VERSION, facts, Outcome.RENEWED, (why,), (holder, Ending.RENEWED))
    if end_previous:
        why = f"{named} of another patient ends because the request asks for it"
        return Decision(RULE, RULE_VERSION, facts, Outcome.REASSIGNED, (why,), (holder, Ending.REASSIGNED))
    why = (
        f"transmitter {transmitter} belongs to another patient in open {named}: end that period first, "
        "or give end_previous"
    )
    return Decision(RULE, RULE_VERSION, facts, Outcome.REFUSED, (why,))
