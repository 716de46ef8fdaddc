"""A period was on record for the wrong person: who is it, since when, and what went out meanwhile (R5, R28).

Nothing is overwritten. The stream keeps its samples and findings; a correction says whose they are from an
instant on, and what was on record before stays readable. Two people decide it. What went out under the wrong
name becomes items, each with who must be told and by when, until somebody says how it was done.

The tables are those of ``docs/wrong-patient.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from einthoven.base.ids import StreamId
from einthoven.base.instants import DAY, HOUR, Duration, Instant


class State(StrEnum):
    """State of a correction."""

    PROPOSED = "proposed"
    """Somebody says that the period is another person's; nothing has changed."""
    CONFIRMED = "confirmed"
    """A second person says so too; the facts are about to change."""
    APPLIED = "applied"
    """The facts, criteria, ladder and reports follow it; what went out is on the list."""
    DROPPED = "dropped"
    """It was a mistake; nothing changed."""


class Event(StrEnum):
    """What moves a correction."""

    CONFIRM = "confirm"
    APPLY = "apply"
    DROP = "drop"


TRANSITIONS: Mapping[tuple[State, Event], State] = MappingProxyType(
    {
        (State.PROPOSED, Event.CONFIRM): State.CONFIRMED,
        (State.PROPOSED, Event.DROP): State.DROPPED,
        (State.CONFIRMED, Event.APPLY): State.APPLIED,
        (State.CONFIRMED, Event.DROP): State.DROPPED,
    }
)
"""Every transition there is: what is applied is undone by another correction, never taken back."""


class Work(StrEnum):
    """State of an item of the list."""

    OPEN = "open"
    DONE = "done"


class Worked(StrEnum):
    """What moves an item."""

    DO = "do"
    REOPEN = "reopen"
    """Somebody finds that it was not done, or not well."""


WORK: Mapping[tuple[Work, Worked], Work] = MappingProxyType(
    {(Work.OPEN, Worked.DO): Work.DONE, (Work.DONE, Worked.REOPEN): Work.OPEN}
)
"""Every transition of an item; none takes it off the list."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that went out.

    Attributes:
        words: what it is, for a heading.
        within: how long there is to follow it up; the center's own choice but for ``breach``.
    """

    words: str
    within: Duration


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "emergency": Kind("emergency procedure with the wrong person's address", 0),
        "call": Kind("call about the wrong person", HOUR),
        "tell": Kind("the right person's physician knows nothing of it yet", HOUR),
        "criteria": Kind("criteria of the right person", HOUR),
        "notification": Kind("notification opened under the wrong name", HOUR),
        "notice": Kind("notice sent under the wrong name", 4 * HOUR),
        "report": Kind("report delivered under the wrong name", DAY),
        "peer": Kind("another center watches under the wrong name", HOUR),
        "export": Kind("record taken away under the wrong name", DAY),
        "read": Kind("read by people who may not see it now", DAY),
        "case": Kind("case judged under the wrong name", DAY),
        "strip": Kind("strip kept under the wrong name", DAY),
        "contact": Kind("the wrong person was spoken with", DAY),
        "sheet": Kind("code and numbers of the wrong person", DAY),
        "claim": Kind("claim for the wrong person", DAY),
        "order": Kind("order of the period", 3 * DAY),
        "breach": Kind("is it a breach of protected health information?", 60 * DAY),
    }
)
"""Kinds of items. The last limit is the outer one of 45 CFR 164.404(b): 60 calendar days from discovery."""
ORDER: Final = tuple(KINDS)


@dataclass(frozen=True, slots=True)
class Whose:
    """A person as a period's patient.

    Attributes:
        patient: their number; 0 while a new person has none.
        name, birth_date: as on record then.
        practice: number of their practice, None for none.
        physician: who ordered the service, ``""`` for nobody.
    """

    patient: int
    name: str
    birth_date: str = ""
    practice: int | None = None
    physician: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """Whose a stretch of a stream is.

    Attributes:
        start: from when on; 0 for the beginning.
        stop: until when; None while it goes on.
        whose: the person.
        correction: the one that said so; 0 for the enrollment itself.
        cut: the correction that ended it, 0 for none.
    """

    start: Instant
    stop: Instant | None
    whose: Whose
    correction: int = 0
    cut: int = 0

    @property
    def mark(self) -> str:
        """By which reports of this stretch are told from others of the same day: ``~3``, ``""`` for none."""
        return f"~{self.correction}" if self.correction else ""

    @property
    def cut_mark(self) -> str:
        """The same of a day, or a period, that a correction cut short: ``~3a``."""
        return f"~{self.cut}a" if self.cut else self.mark


@dataclass(frozen=True, slots=True)
class Part:
    """What a correction does to one stream.

    Attributes:
        stream: which.
        was: on record until now.
        now: on record from now on.
    """

    stream: StreamId
    was: Whose
    now: Whose


@dataclass(frozen=True, slots=True)
class Done:
    """What was done about an item: when, by whom, how; ``open`` where it was opened again."""

    at: Instant
    by: str
    how: str
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """Something that went out under the wrong name, or that has to be done about it.

    Attributes:
        number: its own, over all corrections.
        correction: of which.
        key: what it is, the same for ever: no correction lists it twice.
        kind: of ``KINDS``.
        stream: under which stream it went out.
        words: what it is, in a line.
        tell: who must be told, or must look.
        since: when it was put on the list.
        due: by when it is to be done.
        log: what was done about it, in order.
    """

    number: int
    correction: int
    key: str
    kind: str
    stream: StreamId
    words: str
    tell: str
    since: Instant
    due: Instant
    log: tuple[Done, ...] = ()

    @property
    def state(self) -> Work:
        """Open until the last that was said of it is that it was done."""
        return Work.DONE if self.log and not self.log[-1].opened else Work.OPEN

    def overdue(self, now: Instant) -> bool:
        """Whether it is open and late."""
        return self.state is Work.OPEN and now > self.due


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction.

    Attributes:
        number: its own.
        stream: whose patient is wrong.
        swap: the other stream, where two people were mistaken for one another; None for none.
        patient: number of the right person where they are known; None for a new one, and of a swap.
        person: the right person as given, where they are new (``people.patient`` reads it); None otherwise.
        practice: the right person's practice.
        physician: who ordered it for the right person, as given (``people.physician``); None for nobody.
        since: from when on the samples are theirs; 0 for the whole period.
        why: what was wrong, in words.
        by, at: who proposed it, when.
        state: see ``State``.
        confirmed_by, confirmed_at: the second person.
        dropped_why: why it was dropped.
        applied_at: when everything followed it.
        parts: what it did, one for each stream; empty before it is applied.
        items: numbers of what is to be followed up.
    """

    number: int
    stream: StreamId
    swap: StreamId | None
    patient: int | None
    person: Mapping[str, object] | None
    practice: int | None
    physician: Mapping[str, object] | None
    since: Instant
    why: str
    by: str
    at: Instant
    state: State = State.PROPOSED
    confirmed_by: str = ""
    confirmed_at: Instant | None = None
    dropped_why: str = ""
    applied_at: Instant | None = None
    parts: tuple[Part, ...] = ()
    items: tuple[int, ...] = ()

    @property
    def streams(self) -> tuple[StreamId, ...]:
        """What it is about."""
        return (self.stream,) if self.swap is None else (self.stream, self.swap)
