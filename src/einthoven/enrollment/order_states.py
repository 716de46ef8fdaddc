"""The life of an order as a table: held until nothing is missing, then ready, then a service (R29).

An order is never thrown away for what it lacks: it is held, with a list of what is missing. What comes of it
is a state of its own: a service period, a refusal of the center, or that whoever ordered it took it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from einthoven.base.deeds import Json
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.enrollment.order import Order
from einthoven.enrollment.order_missing import Missing
from einthoven.enrollment.order_read import Fault


class State(StrEnum):
    """State of an order."""

    HELD = "held"
    """Something is missing, faulty, or the center gave it back: the ordering office has something to do."""
    READY = "ready"
    """Nothing is missing: a service can begin under it."""
    ENROLLED = "enrolled"
    """A service period began under it."""
    REFUSED = "refused"
    """The center does not take it, with its reason."""
    WITHDRAWN = "withdrawn"
    """Whoever ordered it took it back before a service began."""


class Event(StrEnum):
    """What moves an order."""

    LACKING = "lacking"
    """A version of it (as it came, edited, signed) in which something is missing or faulty."""
    COMPLETE = "complete"
    """A version of it in which nothing is."""
    RETURNED = "returned"
    """The center gives it back to the ordering office, with the reason."""
    ENROLLED = "enrolled"
    PLACED = "placed"
    """It is the order of a service that was corrected to its patient."""
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


TRANSITIONS: Mapping[tuple[State, Event], State] = {
    (State.HELD, Event.LACKING): State.HELD,
    (State.HELD, Event.COMPLETE): State.READY,
    (State.HELD, Event.RETURNED): State.HELD,
    (State.HELD, Event.REFUSED): State.REFUSED,
    (State.HELD, Event.WITHDRAWN): State.WITHDRAWN,
    (State.READY, Event.LACKING): State.HELD,
    (State.READY, Event.COMPLETE): State.READY,
    (State.READY, Event.RETURNED): State.HELD,
    (State.READY, Event.ENROLLED): State.ENROLLED,
    (State.READY, Event.PLACED): State.ENROLLED,
    (State.ENROLLED, Event.PLACED): State.ENROLLED,
    (State.READY, Event.REFUSED): State.REFUSED,
    (State.READY, Event.WITHDRAWN): State.WITHDRAWN,
}
"""Every transition there is."""
OPEN = frozenset({State.HELD, State.READY})
"""Orders that wait for a person."""
ENDED = frozenset({State.REFUSED, State.WITHDRAWN})


class Source(StrEnum):
    """How an order came."""

    FORM = "form"
    HL7 = "hl7"
    FHIR = "fhir"


@dataclass(frozen=True, slots=True)
class Void:
    """A signature that no longer holds, because the order was changed after it.

    Attributes:
        name, signed: of the signature.
        how: ``electronic``, ``paper``, ``message``.
        version: that it was under.
        at, by: when and by whom the order was changed.
    """

    name: str
    signed: str
    how: str
    version: int
    at: Instant
    by: str


@dataclass(frozen=True, slots=True)
class Returned:
    """That the center gave an order back: why, when, who."""

    why: str
    at: Instant
    by: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What the ordering system asks of an order under which a service runs: people decide it.

    Attributes:
        what: ``cancel`` or ``change``.
        words: what it says.
        document: SHA-256 of the message on file.
        at: when it came.
    """

    what: str
    words: str
    document: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of an order's log: when, who, the kind of deed, what is to be said beside it."""

    at: Instant
    by: str
    kind: str
    words: str


Lack: TypeAlias = Fault | Missing
"""What holds an order."""


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An order at the center, with all that was done to it.

    Attributes:
        number: its own.
        source, sender: how it came; who sent it: an actor, or application and facility of a message.
        placer: the ordering system's number of it as the center tells orders of one sender apart, ``""``
            for none.
        practice: whose it is; None: the center's alone.
        received: when; ``by`` whom.
        version: from 1 on; every one of them is a deed.
        order: as it stands; ``content`` is the SHA-256 of what a signature is bound to.
        faults: what of it could not be read; ``missing``: what it lacks.
        given: the JSON as it came, where something of it could not be read; None otherwise.
        state: see ``State``; ``since`` when.
        signed: the electronic signature as the deed tells it, while it holds; ``signed_version`` the version
            that any signature is under, 0 for none.
        void: the signature that no longer holds, until it is signed again.
        returned: while the center waits for the office; ``ended`` why it was refused or withdrawn.
        wish: what the ordering system asks of it while a service runs, until somebody answers with a note.
        stream, period: of the service under it, None before.
        log: what was done, in order.
    """

    number: int
    source: Source
    sender: str
    placer: str
    practice: int | None
    received: Instant
    by: str
    version: int
    order: Order
    content: str
    faults: tuple[Fault, ...]
    missing: tuple[Missing, ...]
    given: Mapping[str, Json] | None
    state: State
    since: Instant
    signed: Mapping[str, Json] | None = None
    signed_version: int = 0
    void: Void | None = None
    returned: Returned | None = None
    ended: str = ""
    wish: Wish | None = None
    stream: StreamId | None = None
    period: int | None = None
    log: tuple[Entry, ...] = ()

    @property
    def lacks(self) -> list[Lack]:
        """Faults, then what is missing, in the order of the form."""
        return [*self.faults, *self.missing]

    @property
    def lacking(self) -> bool:
        """Whether something has to be done before a service can begin under it."""
        return bool(self.lacks or self.returned is not None)
