"""Incidents: every moment in which a patient in service was not watched, with start, end, cause (R14)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from einthoven.base.deeds import Body, Deed, Draft
from einthoven.base.errors import NotFoundError, RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.surveillance import fields

UNWATCHED = "unwatched"
CLOSED_KEPT = 500
"""So many closed incidents stay in memory for the pages; the journal has them all."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One of them.

    Attributes:
        number: from 1.
        stream: the patient concerned.
        kind: ``unwatched``.
        cause: as the center found it; a person may put it right when closing.
        since: first moment without a watch.
        until: when a watch was held again or the service ended, None while it goes on.
        closed_by: actor of the closing deed, ``""`` until then.
        closed_at, note: of that.
    """

    number: int
    stream: StreamId
    kind: str
    cause: str
    since: Instant
    until: Instant | None = None
    closed_by: str = ""
    closed_at: Instant | None = None
    note: str = ""


@dataclass(slots=True)
class IncidentBook:
    """Incidents by the deeds.

    Attributes:
        live: those that nobody closed yet, by number.
        going_on: stream → the incident that goes on.
        closed: the last ``CLOSED_KEPT`` that were closed.
    """

    live: dict[int, Incident] = field(default_factory=dict)
    going_on: dict[StreamId, int] = field(default_factory=dict)
    closed: OrderedDict[int, Incident] = field(default_factory=OrderedDict)
    next_incident: int = 1

    KINDS = frozenset({"incident.opened", "incident.ended", "incident.closed"})

    def apply(self, deed: Deed) -> None:
        """Take a deed in; other kinds are nothing to this book."""
        if deed.kind not in self.KINDS:
            return
        body = cast(Mapping[str, Any], deed.body)
        number = body["incident"]
        if deed.kind == "incident.opened":
            stream = body["stream"]
            self.live[number] = Incident(number, stream, body["kind"], body["cause"], body["since"])
            self.going_on[stream] = number
            self.next_incident = max(self.next_incident, number + 1)
        elif deed.kind == "incident.ended":
            self.live[number] = replace(self.live[number], until=body["until"])
            del self.going_on[self.live[number].stream]
        else:
            self.closed[number] = replace(
                self.live.pop(number),
                cause=body["cause"],
                note=body["note"],
                closed_by=deed.actor,
                closed_at=deed.at,
            )
            while len(self.closed) > CLOSED_KEPT:
                self.closed.popitem(last=False)


def close(book: IncidentBook, numbers: Sequence[int], cause: str, note: str) -> list[Draft]:
    """A person looked into incidents and says what the cause was; all of them or none.

    Args:
        cause: ``""`` leaves the one that the center found.
        note: may be empty.

    Raises:
        RefusedError: one still goes on, or was closed before.
        NotFoundError: there is none of that number.
    """
    drafts = []
    for number in dict.fromkeys(numbers):
        incident = book.live.get(number)
        if incident is None:
            if 0 < number < book.next_incident:
                raise RefusedError("closed", f"incident {number} is closed")
            raise NotFoundError(f"incident {number}: there is none")
        if incident.until is None:
            raise RefusedError(
                "going_on", f"incident {number} goes on: {stream_name(incident.stream)} is not watched"
            )
        body: Body = {
            "incident": number,
            "stream": incident.stream,
            "cause": fields.line("cause", cause, 200, required=False) or incident.cause,
            "note": fields.line("note", note, 2000, required=False),
        }
        drafts.append(Draft("incident.closed", stream_name(incident.stream), body))
    return drafts
