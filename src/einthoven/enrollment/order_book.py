"""All orders, as the deeds say it (R29)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, cast

from einthoven.base.deeds import Deed
from einthoven.base.errors import NotFoundError, OursError
from einthoven.base.ids import StreamId
from einthoven.enrollment.order_missing import Missing
from einthoven.enrollment.order_read import Fault, parse
from einthoven.enrollment.order_states import (
    OPEN,
    TRANSITIONS,
    Entry,
    Event,
    OrderRecord,
    Returned,
    Source,
    State,
    Void,
    Wish,
)

RECEIVED, EDITED, SIGNED, PAPER_SIGNED = (
    "order.received",
    "order.edited",
    "order.signed",
    "order.paper_signed",
)
RETURNED, REFUSED, WITHDRAWN = "order.returned", "order.refused", "order.withdrawn"
NOTED, ASSIGNED, WISHED = "order.noted", "order.assigned", "order.wished"
ENROLLED, PLACED = "order.enrolled", "order.placed"
VERSIONS = (RECEIVED, EDITED, SIGNED, PAPER_SIGNED)
"""Deeds that carry a version of an order whole."""


@dataclass
class OrderBook:
    """Every order; changes by ``apply`` alone.

    Attributes:
        orders: by number.
        placers: (sender, its number of the order) → ours.
        streams: stream → the order of its service.
        counts: how many there are of each state.
    """

    KINDS: ClassVar[frozenset[str]] = frozenset(
        {*VERSIONS, RETURNED, REFUSED, WITHDRAWN, NOTED, ASSIGNED, WISHED, ENROLLED, PLACED}
    )
    orders: dict[int, OrderRecord] = field(default_factory=dict)
    placers: dict[tuple[str, str], int] = field(default_factory=dict)
    streams: dict[StreamId, int] = field(default_factory=dict)
    counts: Counter[State] = field(default_factory=Counter)
    next_order: int = 1

    # ---- questions ---------------------------------------------------------------------------------------

    def order(self, number: int) -> OrderRecord:
        """An order; NotFoundError where there is none of that number."""
        found = self.orders.get(number)
        if found is None:
            raise NotFoundError(f"there is no order {number}")
        return found

    def of_stream(self, stream: StreamId) -> OrderRecord | None:
        """The order under which a service runs or ran; None where it has none."""
        number = self.streams.get(stream)
        return None if number is None else self.orders[number]

    def of_placer(self, sender: str, placer: str) -> OrderRecord | None:
        """The order that a sender calls by this number; None where it never came."""
        number = self.placers.get((sender, placer))
        return None if number is None else self.orders[number]

    def waiting(self) -> Iterator[OrderRecord]:
        """Orders for which a person has something to do, the oldest first."""
        for record in self.orders.values():
            if record.state in OPEN or record.wish is not None:
                yield record

    # ---- deeds -------------------------------------------------------------------------------------------

    def apply(self, deed: Deed) -> None:
        """Take one deed; kinds of others change nothing."""
        body = cast("Mapping[str, Any]", deed.body)
        if deed.kind == RECEIVED:
            self._keep(_received(deed, body))
        elif deed.kind in self.KINDS:
            self._keep(_moved(self.orders[body["order"]], deed, body))

    def _keep(self, record: OrderRecord) -> None:
        before = self.orders.get(record.number)
        if before is not None:
            self.counts[before.state] -= 1
            if before.stream not in (None, record.stream) and self.streams[before.stream] == record.number:
                del self.streams[before.stream]
        self.counts[record.state] += 1
        self.orders[record.number] = record
        if record.placer:
            self.placers[record.sender, record.placer] = record.number
        if record.stream is not None:
            self.streams[record.stream] = record.number
        self.next_order = max(self.next_order, record.number + 1)


def after(record: OrderRecord, event: Event) -> State:
    """Where an event leads; OursError where it does not apply: no deed that was drafted here does that."""
    to = TRANSITIONS.get((record.state, event))
    if to is None:
        raise OursError(f"order {record.number} is {record.state}: {event} does not apply")
    return to


def faults_of(body: Mapping[str, Any]) -> tuple[Fault, ...]:
    """The faults that a deed tells."""
    return tuple(Fault(one["where"], one["words"], one.get("origin", "")) for one in body["faults"])


def missing_of(body: Mapping[str, Any]) -> tuple[Missing, ...]:
    """What a deed says is missing."""
    return tuple(Missing(one["where"], one["words"]) for one in body["missing"])


def _received(deed: Deed, body: Mapping[str, Any]) -> OrderRecord:
    order, _ = parse(body["content"], deed.at)
    lacking = body["faults"] or body["missing"]
    return OrderRecord(
        number=body["order"],
        source=Source(body["source"]),
        sender=body["sender"],
        placer=body["placer"],
        practice=body["practice"],
        received=deed.at,
        by=deed.actor,
        version=1,
        order=order,
        content=body["digest"],
        faults=faults_of(body),
        missing=missing_of(body),
        given=body["given"],
        state=State.HELD if lacking else State.READY,
        since=deed.at,
        signed_version=1 if order.signature is not None else 0,
        log=(Entry(deed.at, deed.actor, deed.kind, ""),),
    )


def _moved(record: OrderRecord, deed: Deed, body: Mapping[str, Any]) -> OrderRecord:
    entry = Entry(deed.at, deed.actor, deed.kind, _words(deed, body))
    record = replace(record, log=(*record.log, entry))
    if deed.kind in VERSIONS:
        return _versioned(record, deed, body)
    match deed.kind:
        case "order.returned":
            told = Returned(body["why"], deed.at, deed.actor)
            return _to(record, Event.RETURNED, deed, returned=told)
        case "order.refused":
            return _to(record, Event.REFUSED, deed, ended=body["why"])
        case "order.withdrawn":
            return _to(record, Event.WITHDRAWN, deed, ended=body["why"])
        case "order.enrolled":
            if record.state is State.HELD:
                # It was ready by the rules of its day; later ones want more of an order, and undo no service.
                record = replace(record, state=State.READY)
            return _to(record, Event.ENROLLED, deed, stream=body["stream"], period=body["period"])
        case "order.placed":
            return _to(record, Event.PLACED, deed, stream=body["stream"], period=body["period"])
        case "order.assigned":
            return replace(record, practice=body["practice"])
        case "order.wished":
            return replace(record, wish=Wish(body["what"], body["words"], body["document"], deed.at))
        case _:
            return replace(record, wish=None)


def _words(deed: Deed, body: Mapping[str, Any]) -> str:
    """What the log says beside a deed."""
    if deed.kind == EDITED:
        told = ", ".join(body["changed"]) or "as it was"
        return f"version {body['version']}: {told}"
    for name in ("why", "text", "words", "name"):
        if body.get(name):
            return str(body[name])
    return ""


def _versioned(record: OrderRecord, deed: Deed, body: Mapping[str, Any]) -> OrderRecord:
    order, _ = parse(body["content"], deed.at)
    event = Event.LACKING if body["faults"] or body["missing"] else Event.COMPLETE
    change: dict[str, Any] = {
        "version": body["version"],
        "order": order,
        "content": body["digest"],
        "faults": faults_of(body),
        "missing": missing_of(body),
        "given": body.get("given"),
        "returned": None,
    }
    if deed.kind in (SIGNED, PAPER_SIGNED):
        change |= {"signed": body.get("signature"), "signed_version": body["version"], "void": None}
    elif order.signature is None and record.order.signature is not None:
        was = record.order.signature
        void = Void(was.name, was.at, was.how, record.signed_version, deed.at, deed.actor)
        change |= {"signed": None, "signed_version": 0, "void": void}
    elif body.get("signed"):
        change |= {"signed": None, "signed_version": body["version"], "void": None}
    return _to(record, event, deed, **change)


def _to(record: OrderRecord, event: Event, deed: Deed, **change: Any) -> OrderRecord:
    state = after(record, event)
    since = deed.at if state is not record.state else record.since
    return replace(record, state=state, since=since, **change)
