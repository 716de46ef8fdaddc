"""The life of a report as tables: from a draft to what is signed, added and delivered (R26, R27).

A report that is signed never changes: what comes later is an addendum, with its own signature. A draft whose
figures changed is not changed either: a newer draft takes its place, and the old one is withdrawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.escalation.signature import Signature


class Kind(StrEnum):
    """What a report is about."""

    DAILY = "daily"
    """24 hours of wear, cut at the site's hour (R25)."""
    URGENT = "urgent"
    """One event that a physician was told of (R26)."""
    END = "end"
    """The whole service period (R26)."""
    STRIP = "strip"
    """One strip that came by telephone (R6, R7)."""
    PERIOD = "period"
    """A whole service period of strips by telephone (R7, R26)."""


TECHNICAL = frozenset({Kind.STRIP, Kind.PERIOD})
"""Kinds that hold tracing and counts alone: who watches issues them, no physician's impression is needed."""


class State(StrEnum):
    """State of a report."""

    DRAFTED = "drafted"
    """Made by the center; nobody has said that it is ready. Preliminary."""
    PREPARED = "prepared"
    """Somebody made it ready for the physician's signature. Preliminary."""
    COSIGN = "cosign"
    """Signed, and a second signature is awaited. Its content is final."""
    SIGNED = "signed"
    """Final."""
    ISSUED = "issued"
    """A technical report that was issued; a physician may still review and sign it."""
    WITHDRAWN = "withdrawn"
    """A newer draft took its place before anybody signed it, or it was of the wrong person."""


class Event(StrEnum):
    """What moves a report."""

    EDITED = "edited"
    """The impression was written anew."""
    READIED = "readied"
    RETURNED = "returned"
    """The physician gives it back, with the reason."""
    SIGNED = "signed"
    SIGNED_FIRST = "signed_first"
    """Signed by the first of two."""
    COSIGNED = "cosigned"
    ADDED = "added"
    """An addendum was signed."""
    RELEASED = "released"
    """A technician or supervisor looked at a technical report and issues it."""
    OUTDATED = "outdated"
    """Made again, its figures differ: an addendum is due."""
    REPLACED = "replaced"
    """A newer draft takes its place."""
    MISFILED = "misfiled"
    """It was made for the wrong person: a draft is withdrawn; what is signed stays, and every page of
    another edition says so."""


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.DRAFTED, Event.EDITED): State.DRAFTED,
    (State.DRAFTED, Event.READIED): State.PREPARED,
    (State.DRAFTED, Event.SIGNED): State.SIGNED,
    (State.DRAFTED, Event.SIGNED_FIRST): State.COSIGN,
    (State.DRAFTED, Event.REPLACED): State.WITHDRAWN,
    (State.PREPARED, Event.EDITED): State.PREPARED,
    (State.PREPARED, Event.RETURNED): State.DRAFTED,
    (State.PREPARED, Event.SIGNED): State.SIGNED,
    (State.PREPARED, Event.SIGNED_FIRST): State.COSIGN,
    (State.PREPARED, Event.REPLACED): State.WITHDRAWN,
    (State.COSIGN, Event.COSIGNED): State.SIGNED,
    (State.COSIGN, Event.ADDED): State.COSIGN,
    (State.COSIGN, Event.OUTDATED): State.COSIGN,
    (State.DRAFTED, Event.MISFILED): State.WITHDRAWN,
    (State.PREPARED, Event.MISFILED): State.WITHDRAWN,
    (State.COSIGN, Event.MISFILED): State.COSIGN,
    (State.DRAFTED, Event.RELEASED): State.ISSUED,
    (State.PREPARED, Event.RELEASED): State.ISSUED,
    (State.ISSUED, Event.RELEASED): State.ISSUED,
    (State.ISSUED, Event.EDITED): State.ISSUED,
    (State.ISSUED, Event.SIGNED): State.SIGNED,
    (State.ISSUED, Event.SIGNED_FIRST): State.COSIGN,
    (State.ISSUED, Event.OUTDATED): State.ISSUED,
    (State.ISSUED, Event.MISFILED): State.ISSUED,
    (State.SIGNED, Event.MISFILED): State.SIGNED,
    (State.SIGNED, Event.ADDED): State.SIGNED,
    (State.SIGNED, Event.OUTDATED): State.SIGNED,
}
"""Every transition there is."""
PRELIMINARY = frozenset({State.DRAFTED, State.PREPARED})
FINAL = frozenset({State.COSIGN, State.SIGNED})


class Delivery(StrEnum):
    """How far a report is on its way to one recipient."""

    WAITING = "waiting"
    FAILED = "failed"
    """Not taken; it is tried again."""
    UNDELIVERED = "undelivered"
    """Given up."""
    SENT = "sent"
    VIEWED = "viewed"
    """Opened in the portal."""
    ACKNOWLEDGED = "acknowledged"


class Carried(StrEnum):
    """What moves a delivery."""

    SENT = "sent"
    FAILED = "failed"
    GIVEN_UP = "given_up"
    VIEWED = "viewed"
    ACKNOWLEDGED = "acknowledged"


DELIVERIES: dict[tuple[Delivery, Carried], Delivery] = {
    (Delivery.WAITING, Carried.SENT): Delivery.SENT,
    (Delivery.WAITING, Carried.FAILED): Delivery.FAILED,
    (Delivery.WAITING, Carried.GIVEN_UP): Delivery.UNDELIVERED,
    (Delivery.FAILED, Carried.SENT): Delivery.SENT,
    (Delivery.FAILED, Carried.FAILED): Delivery.FAILED,
    (Delivery.FAILED, Carried.GIVEN_UP): Delivery.UNDELIVERED,
    (Delivery.SENT, Carried.VIEWED): Delivery.VIEWED,
    (Delivery.VIEWED, Carried.ACKNOWLEDGED): Delivery.ACKNOWLEDGED,
}
"""Every transition of a delivery; what would not move it leaves it where it is."""

Key: TypeAlias = tuple[Kind, StreamId, str]
"""What a report is about: kind, stream, and the day (``2026-11-23``), the case (``5``) or ``""``."""
PORTAL = "portal"
"""The way of every report to the patient's practice: it lies in their inbox."""


@dataclass(frozen=True, slots=True)
class About:
    """What a report is about.

    Attributes:
        kind: see ``Kind``.
        stream: whose.
        which: local date of the day, number of the case, or ``""``.
        start, stop: the stretch that it tells of.
    """

    kind: Kind
    stream: StreamId
    which: str
    start: Instant
    stop: Instant

    @property
    def key(self) -> Key:
        """The same for every draft of the same thing."""
        return self.kind, self.stream, self.which

    @property
    def name(self) -> str:
        """``which`` without the mark of a correction (``2026-11-23~4``): the day, or the case."""
        return self.which.partition("~")[0]

    @property
    def words(self) -> str:
        """``daily s000001 2026-11-23``."""
        return " ".join(filter(None, (str(self.kind), stream_name(self.stream), self.which)))


@dataclass(frozen=True, slots=True)
class Impression:
    """What a person makes of the figures: version 0 is nobody's and empty.

    Attributes:
        version: from 1 on; every one of them is a deed.
        text: as it stands.
        by: actor who wrote it.
        at: when.
    """

    version: int = 0
    text: str = ""
    by: str = ""
    at: Instant = 0


@dataclass(frozen=True, slots=True)
class Addendum:
    """What was added to a signed report: text, and the signature under it."""

    number: int
    text: str
    signature: Signature


@dataclass(frozen=True, slots=True)
class Comment:
    """What people of center and practice tell each other about a report; no part of it."""

    at: Instant
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A report on its way to one recipient.

    Attributes:
        edition: what is delivered: 1 as signed, one more with each addendum.
        way: ``portal``, ``e-mail``, ``webhook``, ``hl7``.
        to: the recipient.
        state: how far it is.
        at: since when.
        words: what the other side said, or who viewed and acknowledged it.
    """

    edition: int
    way: str
    to: str
    state: Delivery
    at: Instant
    words: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """A technical report was issued: when, by which actor, and the digest of what it said then."""

    at: Instant
    by: str
    content: str


@dataclass(frozen=True, slots=True)
class Misfiled:
    """A report was made for the wrong person.

    Attributes:
        correction: number of the correction that found it.
        at: when.
        patient: number of the person for whom it was made; ``name``: as it stands on its pages.
        practice: whose report it was, and which may read it still; None for none.
    """

    correction: int
    at: Instant
    patient: int
    name: str
    practice: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """A report.

    Attributes:
        number: its own.
        about: what it is about.
        content: SHA-256 of its content JSON, 64 hexadecimal digits.
        analysis: version of the analysis that made it.
        headline: what stands out, one line.
        note: what is missing in it, ``""`` for nothing.
        stamp: what it was made from; another one means that its figures may differ.
        made: when.
        replaces: number of the draft whose place it took, None for none.
        state: see ``State``; ``since`` when.
        impression: as it stands; ``authors`` wrote it, each once, in the order they came.
        prepared: who made it ready last, ``""`` for nobody.
        returned: why the physician gave it back, ``""`` where it was not.
        cosigner: staff number of who is asked to co-sign; None: any physician of the practice.
        signatures: one, or two.
        writing: the addendum that is being written.
        addenda: those signed.
        outdated: since when its figures differ from what the same stretch gives now; None: they do not, or an
            addendum was signed since.
        outdated_why, outdated_content: what came; digest of what it gives now.
        pdfs: digest of the PDF of each edition, from edition 1 on.
        comments: in order.
        sent: deliveries, in the order in which they began.
        misfiled: it was made for the wrong person, None where it was not.
        releases: of a technical report, in order; the second and later ones are corrected.
    """

    number: int
    about: About
    content: str
    analysis: str
    headline: str
    note: str
    stamp: str
    made: Instant
    since: Instant
    replaces: int | None = None
    state: State = State.DRAFTED
    impression: Impression = Impression()
    authors: tuple[str, ...] = ()
    prepared: str = ""
    returned: str = ""
    cosigner: int | None = None
    signatures: tuple[Signature, ...] = ()
    writing: Impression = Impression()
    addenda: tuple[Addendum, ...] = ()
    outdated: Instant | None = None
    outdated_why: str = ""
    outdated_content: str = ""
    pdfs: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()
    sent: tuple[Sent, ...] = ()
    misfiled: Misfiled | None = None
    releases: tuple[Release, ...] = ()

    @property
    def editions(self) -> int:
        """How often it was issued or is to be: once when final, once more for each addendum, and once more,
        marked, where it was made for the wrong person; a technical one also each time it was released."""
        if self.state is not State.SIGNED:
            return len(self.releases) + (self.misfiled is not None) if self.releases else 0
        return len(self.releases) + 1 + len(self.addenda) + (self.misfiled is not None)

    @property
    def standing(self) -> str:
        """``preliminary``, ``issued``, ``signed``, ``addendum``, ``withdrawn``, ``wrong patient``: what every
        page of it says (R27)."""
        if self.misfiled is not None:
            return "wrong patient"
        if self.state is State.WITHDRAWN:
            return "withdrawn"
        if self.state in PRELIMINARY:
            return "preliminary"
        if self.releases and self.state is not State.SIGNED:
            return "issued"
        return "addendum" if self.addenda else "signed"
