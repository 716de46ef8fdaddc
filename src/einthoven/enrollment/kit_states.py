"""The life of a kit as a table: a transmitter and what belongs to it, from the shelf to a patient and back.

A kit goes to the next patient only from the shelf, and comes on the shelf only cleaned: that is how a patient
has a transmitter for their own exclusive use throughout a service period (R5).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from einthoven.base.errors import OursError
from einthoven.base.ids import StreamId
from einthoven.base.instants import DAY, Duration, Instant
from einthoven.base.layout import Layout

RETURN_WITHIN: Duration = 7 * DAY
"""So long after the end of a period a kit may be on its way back [inference: no source gives a limit]."""


class State(StrEnum):
    """Where a kit is."""

    STOCK = "in stock"
    """Clean and on the shelf: it can be assigned."""
    ASSIGNED = "assigned"
    """A period was opened with it; nothing came from it yet."""
    WORN = "worn"
    """Samples come, or came, from it in a period that is open."""
    DUE = "due back"
    """The period is over: the patient sends it back."""
    RETURNED = "returned"
    """Here again, and not clean."""
    CLEANING = "cleaning"
    LOST = "lost"
    RETIRED = "retired"
    """Never assigned again."""


class Event(StrEnum):
    """What moves a kit."""

    ASSIGNED = "assigned"
    """A period was opened with it, by an order."""
    FOLLOWED = "followed"
    """A period was opened with it elsewhere (``POST /api/enroll``): the book follows the facts."""
    SENT = "sent"
    """The first sample came."""
    ENDED = "ended"
    """Its period is over."""
    RETURNED = "returned"
    CLEANING = "cleaning"
    CLEANED = "cleaned"
    LOST = "lost"
    FOUND = "found"
    RETIRED = "retired"


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.STOCK, Event.ASSIGNED): State.ASSIGNED,
    (State.STOCK, Event.LOST): State.LOST,
    (State.STOCK, Event.RETIRED): State.RETIRED,
    (State.ASSIGNED, Event.SENT): State.WORN,
    (State.ASSIGNED, Event.ENDED): State.DUE,
    (State.WORN, Event.ENDED): State.DUE,
    (State.DUE, Event.RETURNED): State.RETURNED,
    (State.DUE, Event.LOST): State.LOST,
    (State.RETURNED, Event.CLEANING): State.CLEANING,
    (State.RETURNED, Event.CLEANED): State.STOCK,
    (State.RETURNED, Event.LOST): State.LOST,
    (State.RETURNED, Event.RETIRED): State.RETIRED,
    (State.CLEANING, Event.CLEANED): State.STOCK,
    (State.CLEANING, Event.LOST): State.LOST,
    (State.CLEANING, Event.RETIRED): State.RETIRED,
    (State.LOST, Event.FOUND): State.RETURNED,
    (State.LOST, Event.RETIRED): State.RETIRED,
    **{(state, Event.FOLLOWED): State.ASSIGNED for state in State},
}
"""Every transition there is. One that is worn is not lost: its period ends first, and it is due back. What
was enrolled elsewhere is with that patient, whatever was thought of it here."""


@dataclass(frozen=True, slots=True)
class Kit:
    """A kit.

    Attributes:
        transmitter: identifier on its label; the kit is named by it.
        layout: rate and leads as it sends.
        public_key: its own Ed25519 key, 32 bytes.
        model, serial: as the maker calls it.
        state: where it is; ``since`` when.
        stream: the stream of the period that it is, or was last, assigned to; None before the first.
        unclean: whether it went to that patient without having been cleaned here before.
        shipping: number under which it was sent or comes back, ``""`` for none.
        said: why it is lost or retired.
    """

    transmitter: str
    layout: Layout
    public_key: bytes
    model: str
    serial: str
    since: Instant
    state: State = State.STOCK
    stream: StreamId | None = None
    unclean: bool = False
    shipping: str = ""
    said: str = ""

    def overdue(self, now: Instant) -> bool:
        """Whether it should be back by now."""
        return self.state is State.DUE and now - self.since > RETURN_WITHIN

    @property
    def with_patient(self) -> bool:
        """Whether a patient has it."""
        return self.state in (State.ASSIGNED, State.WORN, State.DUE)


def can(kit: Kit, event: Event) -> bool:
    """Whether the table has such a transition."""
    return (kit.state, event) in TRANSITIONS


def moved(kit: Kit, event: Event, at: Instant) -> Kit:
    """The kit after an event.

    Raises:
        OursError: the table has no such transition.
    """
    after = TRANSITIONS.get((kit.state, event))
    if after is None:
        raise OursError(f"kit {kit.transmitter} is {kit.state}: {event} does not apply")
    return replace(kit, state=after, since=at)
