"""Deeds: what was done about patients, one after another, as plain facts (R14, R24, R42).

Watches, cases, calls, criteria and staff are kept as the deeds that made them: a room decides whether a thing
may be done and *drafts* the deeds, the journal keeps them (with an audit line each, in one transaction), and
every state is what comes of applying them in order. So a restarted center stands where it stood, and what is
proved afterwards is proved from the very facts that were acted on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from einthoven.base.instants import Instant

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None
"""What a deed's body is made of; instants are whole nanoseconds."""
Body: TypeAlias = Mapping[str, Json]
CENTER = "center"
"""The actor of what the center does by itself: a watch that is lost, a case that opens."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A deed that was decided and is not yet in the journal.

    Attributes:
        kind: ``room.what``, e.g. ``watch.accepted``; a kind's body never changes its meaning.
        subject: what it is about: ``s000001``, ``case 5``, ``staff 3``.
        body: its fields.
    """

    kind: str
    subject: str
    body: Body = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deed:
    """A deed of the journal.

    Attributes:
        number: its place, from 1 without holes.
        at: center time.
        actor: ``staff 12``, ``transmitter T-100``, ``console`` or ``center``.
        kind, subject, body: as drafted.
    """

    number: int
    at: Instant
    actor: str
    kind: str
    subject: str
    body: Body


def numbered(drafts: Sequence[Draft], after: int, actor: str, at: Instant) -> list[Deed]:
    """The deeds that drafts become behind deed ``after``."""
    return [
        Deed(after + place, at, actor, draft.kind, draft.subject, draft.body)
        for place, draft in enumerate(drafts, 1)
    ]


def staff_actor(number: int) -> str:
    """How a member of staff is written as actor or subject: ``staff 12``."""
    return f"staff {number}"
