"""A call of a patient: its states as a table, and what is known of it (R6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from einthoven.base.errors import OursError
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant


class Line(StrEnum):
    """What a call came over."""

    SIP = "sip"
    MEDIA = "media"
    """A media stream of a telephony service: its provider has answered already."""
    FILE = "file"
    """A recording that somebody handed in."""


class State(StrEnum):
    """State of a call."""

    RINGING = "ringing"
    """Nobody has taken it; where the line can wait, it is not answered."""
    WAITING = "waiting"
    """Nobody has taken it, and its sound comes already."""
    TAKEN = "taken"
    """A person speaks with the patient."""
    LEFT = "left"
    """Whoever had it is gone; the line is still open."""
    MISSED = "missed"
    """The caller hung up before anybody took it: to be called back."""
    ENDED = "ended"
    """The line is down; who has it, or calls back, has yet to close it."""
    UNFINISHED = "unfinished"
    """The line is down, and who had it is gone before it was closed: another goes on."""
    CLOSED = "closed"


class Event(StrEnum):
    """What moves a call."""

    HEARD = "heard"
    """Its sound comes although nobody took it."""
    TAKEN = "taken"
    LEFT = "left"
    HUNG_UP = "hung up"
    """By either side, or the line failed."""
    CLOSED = "closed"


TRANSITIONS: Final[Mapping[tuple[State, Event], State]] = {
    (State.RINGING, Event.HEARD): State.WAITING,
    (State.RINGING, Event.TAKEN): State.TAKEN,
    (State.RINGING, Event.HUNG_UP): State.MISSED,
    (State.WAITING, Event.TAKEN): State.TAKEN,
    (State.WAITING, Event.HUNG_UP): State.MISSED,
    (State.TAKEN, Event.TAKEN): State.TAKEN,
    (State.TAKEN, Event.LEFT): State.LEFT,
    (State.TAKEN, Event.HUNG_UP): State.ENDED,
    (State.LEFT, Event.TAKEN): State.TAKEN,
    (State.LEFT, Event.HUNG_UP): State.MISSED,
    (State.MISSED, Event.TAKEN): State.ENDED,
    (State.ENDED, Event.TAKEN): State.ENDED,
    (State.ENDED, Event.LEFT): State.UNFINISHED,
    (State.UNFINISHED, Event.TAKEN): State.ENDED,
    (State.ENDED, Event.CLOSED): State.CLOSED,
}
"""Every transition there is. What was missed is taken by whoever calls back, and only then closed."""

UNATTENDED: Final = frozenset({State.RINGING, State.WAITING, State.LEFT, State.MISSED, State.UNFINISHED})
"""Nobody is there: it sounds, and escalates."""
HELD: Final = frozenset({State.TAKEN, State.ENDED})
"""A person has it."""
ON_LINE: Final = frozenset({State.RINGING, State.WAITING, State.TAKEN, State.LEFT})


def after(state: State, event: Event) -> State:
    """The state after an event; OursError where the table has none."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise OursError(f"a call that is {state.value} cannot be {event.value}") from None


class Outcome(StrEnum):
    """What a call came to, as who closes it says."""

    STRIP = "strip taken"
    NO_STRIP = "no strip"
    """A patient who sent none that counts; the note says why."""
    CALLED_BACK = "called back"
    """What was missed: who called was reached, and there is nothing more to do."""
    CALLED_AGAIN = "called again"
    """What was missed: they rang once more, and that call was taken."""
    NOT_REACHED = "not reached"
    """What was missed: nobody was reached in as many tries as the center asks for."""
    WRONG_NUMBER = "wrong number"
    TEST = "test call"


class Memory(StrEnum):
    """When a strip was recorded, beside the symptom, as the patient or the recorder says."""

    POST = "post-symptom"
    """Recorded after the symptom; the recorder has no memory."""
    BEFORE = "pre-event memory"
    AFTER = "post-event memory"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the patient said; ``""`` and None where that was not asked or not known.

    Attributes:
        symptom: what was felt, of the words of a mark (``review.facts.Symptom``).
        severity: 0 unknown … 3 severe.
        activity: doing what.
        text: in own words.
        symptom_at: when it was felt.
        memory: what the strip is beside the symptom.
        medication: what is taken, and what was taken for it.
    """

    symptom: str = ""
    severity: int = 0
    activity: str = ""
    text: str = ""
    symptom_at: Instant | None = None
    memory: Memory = Memory.UNKNOWN
    medication: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a strip lay in the ECG of somebody whose it was not.

    Attributes:
        stream, start, stop: its samples there, ``[start, stop)``; they stay, and count for nothing.
        why: as who moved it said.
        at: when.
    """

    stream: StreamId
    start: int
    stop: int
    why: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Follow:
    """Something that went out because of a strip that does not count: somebody must be told.

    Attributes:
        number: from 1, in its strip.
        kind: ``case``, ``notification``, ``call``, ``notice``, ``emergency``, ``report``.
        words: what it was.
        tell: who has it.
        how: how that was followed up, ``""`` until it is.
        by: actor of who did.
    """

    number: int
    kind: str
    words: str
    tell: str
    how: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Played:
    """Which recorder played the strips of a call, as a person says where the sound does not tell it.

    Attributes:
        profile: kind of the recorder (``telephone.profiles``), ``""``: the patient's own.
        speed: times as fast as recorded; 0: as the sound tells it.
        why: how that is known, in words.
        by: actor who said so.
    """

    profile: str
    speed: int
    why: str
    by: str


@dataclass(frozen=True, slots=True)
class Try:
    """Somebody called back.

    Attributes:
        at: when.
        person: who.
        reached: whether anybody answered.
        note: what was said.
    """

    at: Instant
    person: int | None
    reached: bool
    note: str


@dataclass(frozen=True, slots=True)
class Take:
    """Somebody had a call.

    Attributes:
        person, station: who, and where; None: a person, or a station, that is not known.
        at, until: from when to when; ``until`` None while they have it.
        escalated: how often it had escalated before they took it, since it rang or was left.
    """

    person: int | None
    station: int | None
    at: Instant
    until: Instant | None = None
    escalated: int = 0


@dataclass(frozen=True, slots=True)
class Strip:
    """One strip of a call.

    Attributes:
        number: from 1, as it came in the call.
        opened_at, closed_at: center time of its first and last sound.
        samples: how many at 250 Hz; 0 while it comes.
        quality: as ``telephone.quality.as_json`` tells it, complete once it is closed.
        found: what a quick look at it found: ``kind``, ``words``, ``start_s``, ``stop_s``, ``tier``.
        stream, start, stop: where its samples lie in the patient's ECG; None before it is tied.
        whose: the patient whose it is where that is another than the call's; None: the call's.
        before: where it lay before it was moved to whose it is.
        follow: what went out because of it before it was struck or moved.
        struck: why it counts no more (a test, unreadable); ``""``: it counts.
    """

    number: int
    opened_at: Instant
    closed_at: Instant | None = None
    samples: int = 0
    quality: Mapping[str, object] | None = None
    found: tuple[Mapping[str, object], ...] = ()
    stream: StreamId | None = None
    start: int | None = None
    stop: int | None = None
    whose: StreamId | None = None
    before: tuple[Placed, ...] = ()
    follow: tuple[Follow, ...] = ()
    struck: str = ""

    @property
    def unfit(self) -> str:
        """Why it cannot be read as an ECG and lies nowhere, ``""`` where it can be, or still comes."""
        if self.quality is None:
            return ""
        if self.quality.get("hz_per_mv") is None:
            return "its size in millivolts is not known"
        if not self.quality.get("speed"):
            return "the speed it was played at is not known"
        return "there is no ECG in it" if self.quality.get("flat") else ""

    @property
    def counts(self) -> bool:
        """Whether it was not struck."""
        return not self.struck

    @property
    def waits(self) -> bool:
        """Whether it is complete, counts, and lies in no ECG."""
        return self.closed_at is not None and self.counts and not self.placed

    @property
    def to_follow(self) -> list[Follow]:
        """What went out because of it and was not followed up yet."""
        return [one for one in self.follow if not one.how]

    @property
    def placed(self) -> bool:
        """Whether its samples lie in a patient's ECG."""
        return self.start is not None


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it stands.

    Attributes:
        number: from 1.
        line: what it came over.
        caller, called: numbers as the line says them, ``""`` where it says none; of a file ``called`` is its
            name.
        trace: what the line's own log calls it.
        rang_at: when it came.
        state: now.
        due_at: when it escalates next; of one that ended and that somebody has: when it is taken from them,
            unless they close it before; None while somebody speaks with the patient.
        escalated: how often it did.
        taken_by, station, taken_at: who has, or had it last, and since when.
        offered_to: whom its holder asks to take it over.
        left: why nobody has it any more, ``""`` where somebody does, or nobody ever did.
        first_taken_at: when somebody took it first.
        takes: everybody who had it, in order.
        ended_at, why: when the line went down, and why.
        missed: whether it went down while nobody had the call: who called is to be called back.
        digits: keys the patient pressed.
        stream: whose it is, None before it is tied.
        tied: how that was known: ``number``, ``code``, ``asked``.
        asked: what the patient said.
        played: which recorder played, where a person said so.
        strips: in order.
        tries: to call back.
        closed_at, closed_by, outcome, note: how it was closed.
    """

    number: int
    line: Line
    caller: str
    called: str
    rang_at: Instant
    state: State
    due_at: Instant | None
    trace: str = ""
    escalated: int = 0
    taken_by: int | None = None
    station: int | None = None
    taken_at: Instant | None = None
    offered_to: int | None = None
    left: str = ""
    first_taken_at: Instant | None = None
    takes: tuple[Take, ...] = ()
    ended_at: Instant | None = None
    why: str = ""
    missed: bool = False
    digits: str = ""
    stream: StreamId | None = None
    tied: str = ""
    asked: Asked = Asked()
    played: Played | None = None
    strips: tuple[Strip, ...] = ()
    tries: tuple[Try, ...] = ()
    closed_at: Instant | None = None
    closed_by: int | None = None
    outcome: str = ""
    note: str = ""

    @property
    def unattended(self) -> bool:
        """Whether nobody is there: it sounds, and escalates."""
        return self.state in UNATTENDED

    @property
    def held(self) -> bool:
        """Whether a person has it."""
        return self.state in HELD

    @property
    def on_line(self) -> bool:
        """Whether the line is up."""
        return self.state in ON_LINE

    @property
    def escalations(self) -> int:
        """How often it escalated in all, since it rang."""
        return self.escalated + sum(one.escalated for one in self.takes)

    @property
    def reached(self) -> bool:
        """Whether who called was reached when they were called back."""
        return any(one.reached for one in self.tries)

    def strip(self, number: int) -> Strip | None:
        """One of its strips."""
        return next((one for one in self.strips if one.number == number), None)

    def stream_of(self, strip: Strip) -> StreamId | None:
        """Whose a strip is, as far as is known."""
        return self.stream if strip.whose is None else strip.whose
