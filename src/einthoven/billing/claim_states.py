"""The life of a claim as a table: made, checked, released, handed in, answered, asked again (R40).

A claim is checked anew for each version of it; what was released does not change, and what was handed in is
put right by another claim that replaces it or asks the payer to void it: a chain, of which nothing is
overwritten. What goes back to a payer is a refund, with a table of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.billing.claim import Claim, Part
from einthoven.billing.claim_check import Check
from einthoven.billing.remittance import Answer, Outcome


class State(StrEnum):
    """State of a claim."""

    CHECKING = "checking"
    """Made or changed; its checks are under way."""
    HELD = "held"
    """A check is not met."""
    READY = "ready"
    """Every check is met; nobody released it yet."""
    RELEASED = "released"
    """Somebody said that it goes out."""
    FILED = "filed"
    """It stands in a file."""
    SENT = "sent"
    """The file was handed in."""
    REJECTED = "rejected"
    """The receiver turned it down (999, 997, 277CA): no payer has seen it."""
    PAID = "paid"
    PARTLY = "partly paid"
    DENIED = "denied"
    APPEALED = "appealed"
    """A redetermination was asked for."""
    REVERSED = "reversed"
    """The payer took its payment back."""
    VOID = "void"
    """It never goes out."""
    REPLACED = "replaced"
    """The payer decided the claim that replaces it."""
    CANCELLED = "cancelled"
    """The payer voided it, as it was asked to."""
    REFUNDED = "refunded"
    """All that was paid of it went back to the payer."""
    DONE = "carried out"
    """Of a void: the payer did as it was asked."""


class Kind(StrEnum):
    """What a claim asks of the payer; each has its claim frequency code (CLM05-3, 005010X222A1) [M!]."""

    ORIGINAL = "original"
    REPLACEMENT = "replacement"
    """Takes the place of one that was handed in: code 7."""
    VOID = "void"
    """Asks that one that was handed in be voided: code 8."""


class Event(StrEnum):
    """What moves a claim."""

    PASSED = "passed"
    FAILED = "failed"
    CHANGED = "changed"
    """Changed, or to be checked anew."""
    RELEASED = "released"
    TAKEN_BACK = "taken back"
    FILED = "filed"
    SENT = "sent"
    REJECTED = "rejected"
    PAID = "paid"
    PARTLY = "partly paid"
    DENIED = "denied"
    REVERSED = "reversed"
    APPEALED = "appealed"
    VOIDED = "voided"
    REPLACED = "replaced"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    DONE = "carried out"


OPEN = (State.CHECKING, State.HELD, State.READY)
"""A claim that can be changed."""
OUT = (State.FILED, State.SENT)
"""A claim to which an answer is due."""
ANSWERED = (State.PAID, State.PARTLY, State.DENIED, State.APPEALED, State.REVERSED)
HANDED_IN = (State.SENT, *ANSWERED)
"""A claim that the payer may have: it is replaced, voided, paid back."""
ENDED = (State.VOID, State.REPLACED, State.CANCELLED, State.REFUNDED, State.DONE)
"""A claim that stands for nothing any more."""

TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.CHECKING, Event.PASSED): State.READY,
    (State.CHECKING, Event.FAILED): State.HELD,
    (State.HELD, Event.PASSED): State.READY,
    (State.HELD, Event.FAILED): State.HELD,
    (State.READY, Event.PASSED): State.READY,
    (State.READY, Event.FAILED): State.HELD,
    **{(state, Event.CHANGED): State.CHECKING for state in (*OPEN, State.REJECTED)},
    (State.HELD, Event.RELEASED): State.RELEASED,
    (State.READY, Event.RELEASED): State.RELEASED,
    (State.RELEASED, Event.TAKEN_BACK): State.CHECKING,
    (State.RELEASED, Event.FILED): State.FILED,
    (State.FILED, Event.SENT): State.SENT,
    **{(state, Event.REJECTED): State.REJECTED for state in OUT},
    **{
        (state, event): to
        for state in (*OUT, *ANSWERED)
        for event, to in (
            (Event.PAID, State.PAID),
            (Event.PARTLY, State.PARTLY),
            (Event.DENIED, State.DENIED),
            (Event.REVERSED, State.REVERSED),
        )
    },
    (State.DENIED, Event.APPEALED): State.APPEALED,
    (State.PARTLY, Event.APPEALED): State.APPEALED,
    **{(state, Event.VOIDED): State.VOID for state in (*OPEN, State.RELEASED, State.REJECTED)},
    **{(state, Event.REPLACED): State.REPLACED for state in HANDED_IN},
    **{(state, Event.CANCELLED): State.CANCELLED for state in HANDED_IN},
    **{(state, Event.REFUNDED): State.REFUNDED for state in ANSWERED},
    # A payer may take its payment back long after it did what it was asked.
    **{(one, Event.REVERSED): one for one in (State.REPLACED, State.CANCELLED, State.REFUNDED)},
    **{(state, Event.DONE): State.DONE for state in (*OUT, State.DENIED, State.DONE)},
}
"""Every transition there is."""
OF_BILL = frozenset(
    {
        *(Event.PAID, Event.PARTLY, Event.REVERSED, Event.APPEALED),
        *(Event.REPLACED, Event.CANCELLED, Event.REFUNDED),
    }
)
"""What happens to a claim that asks for money, and never to a void."""
OF_OUTCOME = {
    Outcome.PAID: Event.PAID,
    Outcome.PARTLY: Event.PARTLY,
    Outcome.DENIED: Event.DENIED,
    Outcome.REVERSED: Event.REVERSED,
}
"""Where an answer leads; a pended one leads nowhere."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to a claim: of which remittance, at which place in it, when it came, its notice's date."""

    remit: int
    place: int
    at: Instant
    day: str
    outcome: Outcome
    answer: Answer


@dataclass(frozen=True, slots=True)
class Noted:
    """A line of what happened to a claim."""

    at: Instant
    by: str
    words: str


@dataclass(frozen=True, slots=True)
class Appeal:
    """A redetermination that was asked for: when, how, and the digest of the packet."""

    at: Instant
    how: str
    packet: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """Something that was handed in is to be put right: why, since when, and what people made of it.

    Attributes:
        day: local date on which it became known.
        person: it is a claim for another person than the one who was monitored.
        settled: why nothing is to be done, ``""`` while nobody said so.
    """

    at: Instant
    day: str
    why: str
    person: bool = False
    settled: str = ""


class Back(StrEnum):
    """State of a refund."""

    OWED = "owed"
    PAID = "paid back"
    DROPPED = "not owed"


class BackEvent(StrEnum):
    """What moves a refund."""

    PAY = "paid back"
    DROP = "not owed"


REFUNDS: dict[tuple[Back, BackEvent], Back] = {
    (Back.OWED, BackEvent.PAY): Back.PAID,
    (Back.OWED, BackEvent.DROP): Back.DROPPED,
}
"""Every transition of a refund."""


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that is to go back to the payer.

    Attributes:
        known: date on which the overpayment was identified; its duty runs from then on.
        why: it is owed.
        day, how: of its going back, or why it is not owed after all.
    """

    cents: int
    known: str
    why: str
    at: Instant
    by: str
    state: Back = Back.OWED
    day: str = ""
    how: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A claim as the deeds say it.

    Attributes:
        number: its own; ``E`` and it are what the payer gives back (CLM01).
        part, stream: what it is for.
        state, since: see ``State``.
        version: of ``claim``, 0 before it was made.
        claim: None before it was made.
        checks: of this version, those said last; ``checked`` the version that they are of.
        modifiers: proposed ones, each with why.
        proof: what was measured and determined when it was checked, as JSON: the page shows it.
        over: rule → reason for which it was released all the same.
        file: number of the file that it stands in, 0 for none; ``set`` its control number in it.
        accepted: whether the receiver took it as a file; None: nothing came back.
        answers: in the order in which they came.
        appeal: see ``Appeal``.
        log: what happened, in order.
        kind: see ``Kind``.
        replaces: number of the claim that it replaces or voids, 0 for none; ``why`` it does.
        dues: what was to be put right of it, the last one last.
        refunds: in the order in which they were owed; one at a time is open.
        anew: voided for being another person's: one for the right person is proposed.
    """

    number: int
    part: Part
    stream: StreamId
    since: Instant
    state: State = State.CHECKING
    version: int = 0
    claim: Claim | None = None
    checks: tuple[Check, ...] = ()
    checked: int = 0
    modifiers: tuple[tuple[str, str], ...] = ()
    proof: dict[str, Any] = field(default_factory=dict)
    over: tuple[tuple[str, str], ...] = ()
    file: int = 0
    set: str = ""
    accepted: bool | None = None
    rejected: str = ""
    answers: tuple[Answered, ...] = ()
    appeal: Appeal | None = None
    void: str = ""
    log: tuple[Noted, ...] = ()
    kind: Kind = Kind.ORIGINAL
    replaces: int = 0
    why: str = ""
    dues: tuple[Due, ...] = ()
    refunds: tuple[Refund, ...] = ()
    anew: bool = False

    @property
    def due(self) -> Due | None:
        """What is to be put right of it now; None: nothing is."""
        left = () if self.state in ENDED else [one for one in self.dues if not one.settled]
        return left[-1] if left else None

    @property
    def wrong(self) -> bool:
        """Whether it is known to be another person's."""
        return self.due is not None and any(one.person and not one.settled for one in self.dues)

    @property
    def owed(self) -> Refund | None:
        """The refund that is owed; None: none is."""
        found = self.refunds[-1] if self.refunds else None
        return found if found is not None and found.state is Back.OWED else None

    @property
    def returned(self) -> int:
        """Cents that went back to the payer."""
        return sum(one.cents for one in self.refunds if one.state is Back.PAID)

    @property
    def payer_number(self) -> str:
        """The payer's own number of it, as it was told last; ``""``: it never was."""
        return next((one.answer.payer_number for one in self.answers[::-1] if one.answer.payer_number), "")

    @property
    def id(self) -> str:
        """The center's number of it as payers know it (CLM01)."""
        return claim_id(self.number)

    @property
    def paid(self) -> int:
        """Cents paid, of all answers."""
        return sum(one.answer.paid for one in self.answers)

    @property
    def denied(self) -> Answered | None:
        """The answer that denied it, wholly or in part, where that still stands."""
        if self.state not in (State.DENIED, State.PARTLY, State.APPEALED):
            return None
        bad = [one for one in self.answers if one.outcome in (Outcome.DENIED, Outcome.PARTLY)]
        return bad[-1] if bad else None


def applies(kept: Kept, event: Event) -> bool:
    """Whether an event may happen to a claim."""
    barred = OF_BILL if kept.kind is Kind.VOID else frozenset({Event.DONE})
    return event not in barred and (kept.state, event) in TRANSITIONS


def event_of(kept: Kept, outcome: Outcome) -> Event | None:
    """Where an answer would lead; None: nowhere (it is pended).

    What a payer takes back for a void is the void carried out.
    """
    if kept.kind is Kind.VOID and outcome is Outcome.REVERSED:
        return Event.DONE
    return OF_OUTCOME.get(outcome)


def claim_id(number: int) -> str:
    """``E000012``."""
    return f"E{number:06d}"


def claim_number(told: str) -> int | None:
    """The number in ``E000012``, however a payer wrote it; None where it is none of ours."""
    text = told.strip().upper()
    digits = text[1:] if text[:1] == "E" else ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 12 else None


@dataclass(frozen=True, slots=True)
class File:
    """An 837P file: its number is its control number.

    Attributes:
        claims: those in it, by control number of the transaction set.
        text: as it was made, never changed.
        made, sent: when; ``sent`` None while nobody handed it in.
        accepted: what the receiver said of all of it; None: nothing.
    """

    number: int
    claims: tuple[tuple[str, int], ...]
    text: str
    made: Instant
    sent: Instant | None = None
    accepted: bool | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Unmatched:
    """An answer that fits no claim here, kept until somebody says what it is.

    Attributes:
        claim: the claim that somebody matched it with, 0 for none.
        aside: why it was put aside, ``""`` while it was not.
    """

    remit: int
    place: int
    answer: Answer
    why: str
    claim: int = 0
    aside: str = ""

    @property
    def waits(self) -> bool:
        """Whether somebody has to look at it."""
        return not self.claim and not self.aside


@dataclass(frozen=True, slots=True)
class Remit:
    """A remittance that was taken in; ``digest`` of its text, so that it is taken once.

    Attributes:
        answers: that it holds; ``posted`` of them are on record (fewer: it is under way, or was cut short).
    """

    number: int
    digest: str
    kind: str
    name: str
    payer: str
    trace: str
    day: str
    cents: int
    answers: int
    at: Instant
    by: str
    faults: tuple[str, ...] = ()
    settled: tuple[tuple[str, int], ...] = ()
    posted: int = 0
