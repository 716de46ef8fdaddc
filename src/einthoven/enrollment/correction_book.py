"""All corrections of whose a period is, as the deeds say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, cast

from einthoven.base.deeds import Deed
from einthoven.base.errors import NotFoundError, OursError
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.enrollment.corrections import (
    TRANSITIONS,
    WORK,
    Correction,
    Done,
    Event,
    Item,
    Part,
    Segment,
    State,
    Whose,
    Work,
    Worked,
)

PROPOSED, CONFIRMED, DROPPED, APPLIED = (
    "correction.proposed",
    "correction.confirmed",
    "correction.dropped",
    "correction.applied",
)
FOUND, DONE, REOPENED = "correction.found", "correction.done", "correction.reopened"


@dataclass
class CorrectionBook:
    """Every correction and every item; changes by ``apply`` alone.

    Attributes:
        corrections: by number.
        items: by number.
        keys: (correction, key) → item.
        waiting: numbers of those that are proposed or confirmed.
        segments: stream → whose each stretch of it is; only of streams that were corrected.
        open: numbers of the items that are open.
    """

    KINDS: ClassVar[frozenset[str]] = frozenset(
        {PROPOSED, CONFIRMED, DROPPED, APPLIED, FOUND, DONE, REOPENED}
    )
    corrections: dict[int, Correction] = field(default_factory=dict)
    items: dict[int, Item] = field(default_factory=dict)
    keys: dict[tuple[int, str], int] = field(default_factory=dict)
    waiting: set[int] = field(default_factory=set)
    segments: dict[StreamId, tuple[Segment, ...]] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)
    next_correction: int = 1
    next_item: int = 1

    # ---- questions ---------------------------------------------------------------------------------------

    def correction(self, number: int) -> Correction:
        """A correction; NotFoundError where there is none of that number."""
        found = self.corrections.get(number)
        if found is None:
            raise NotFoundError(f"there is no correction {number}")
        return found

    def item(self, number: int) -> Item:
        """An item; NotFoundError where there is none of that number."""
        found = self.items.get(number)
        if found is None:
            raise NotFoundError(f"there is no item {number}")
        return found

    def of_stream(self, stream: StreamId) -> list[Correction]:
        """Every correction of a stream, in order."""
        return [one for one in self.corrections.values() if stream in one.streams]

    def waits(self, stream: StreamId) -> Correction | None:
        """The correction of a stream that is not applied yet."""
        found = (self.corrections[number] for number in sorted(self.waiting))
        return next((one for one in found if stream in one.streams), None)

    def at(self, stream: StreamId, at: Instant) -> Segment | None:
        """Whose a stream was at an instant, as is known now; None: it was never corrected."""
        return next((one for one in reversed(self.segments.get(stream, ())) if one.start <= at), None)

    def items_of(self, correction: Correction) -> list[Item]:
        """Its items, in the order in which they were found."""
        return [self.items[number] for number in correction.items]

    def was(self, stream: StreamId) -> Iterator[tuple[Correction, Part]]:
        """Who was on record for a stream before, oldest first."""
        for one in self.corrections.values():
            for part in one.parts:
                if part.stream == stream:
                    yield one, part

    def moved(self, stream: StreamId) -> Part | None:
        """For whom a period was begun, and who is on record for it now; None where that is one person."""
        found = [part for _, part in self.was(stream)]
        if not found or found[0].was.patient == found[-1].now.patient:
            return None
        return Part(stream, found[0].was, found[-1].now)

    # ---- deeds -------------------------------------------------------------------------------------------

    def apply(self, deed: Deed) -> None:
        """Take one deed; kinds of others change nothing."""
        body = cast("Mapping[str, Any]", deed.body)
        if deed.kind == PROPOSED:
            self._proposed(deed, body)
        elif deed.kind in (DONE, REOPENED):
            self._worked(deed, body)
        elif deed.kind == FOUND:
            self._listed(body["correction"], deed.at, body["items"])
        elif deed.kind in self.KINDS:
            self._moved(deed, body)

    def _proposed(self, deed: Deed, body: Mapping[str, Any]) -> None:
        one = Correction(
            body["correction"],
            body["stream"],
            body["swap"],
            body["patient"],
            body["person"],
            body["practice"],
            body["physician"],
            body["since"],
            body["why"],
            deed.actor,
            deed.at,
        )
        self.corrections[one.number] = one
        self.waiting.add(one.number)
        self.next_correction = max(self.next_correction, one.number + 1)

    def _moved(self, deed: Deed, body: Mapping[str, Any]) -> None:
        one = self.corrections[body["correction"]]
        if deed.kind == CONFIRMED:
            state = _after(one, Event.CONFIRM)
            self.corrections[one.number] = replace(
                one, state=state, confirmed_by=deed.actor, confirmed_at=deed.at
            )
            return
        self.waiting.discard(one.number)
        if deed.kind == DROPPED:
            state = _after(one, Event.DROP)
            self.corrections[one.number] = replace(one, state=state, dropped_why=body["why"])
            return
        parts = tuple(
            Part(each["stream"], Whose(**each["was"]), Whose(**each["now"])) for each in body["parts"]
        )
        state = _after(one, Event.APPLY)
        self.corrections[one.number] = replace(one, state=state, applied_at=deed.at, parts=parts)
        for part in parts:
            self.segments[part.stream] = corrected(
                self.segments.get(part.stream, ()), part, one.number, one.since
            )
        self._listed(one.number, deed.at, body["items"])

    def _listed(self, number: int, at: Instant, listed: list[Mapping[str, Any]]) -> None:
        for each in listed:
            item = Item(
                each["item"],
                number,
                each["key"],
                each["kind"],
                each["stream"],
                each["words"],
                each["tell"],
                at,
                each["due"],
            )
            self.items[item.number] = item
            self.keys[number, item.key] = item.number
            self.open.add(item.number)
            self.next_item = max(self.next_item, item.number + 1)
            one = self.corrections[number]
            self.corrections[number] = replace(one, items=(*one.items, item.number))

    def _worked(self, deed: Deed, body: Mapping[str, Any]) -> None:
        for number in body["items"]:
            item = self.items[number]
            event = Worked.DO if deed.kind == DONE else Worked.REOPEN
            if (item.state, event) not in WORK:
                raise OursError(f"item {number} is {item.state}: {event} does not apply")
            made = Done(deed.at, deed.actor, body["how"], event is Worked.REOPEN)
            self.items[number] = item = replace(item, log=(*item.log, made))
            (self.open.add if item.state is Work.OPEN else self.open.discard)(number)


def _after(one: Correction, event: Event) -> State:
    to = TRANSITIONS.get((one.state, event))
    if to is None:
        raise OursError(f"correction {one.number} is {one.state}: {event} does not apply")
    return to


def corrected(before: tuple[Segment, ...], part: Part, number: int, since: Instant) -> tuple[Segment, ...]:
    """Whose each stretch of a stream is after a correction: before ``since`` nothing changes.

    Args:
        before: as it was; empty: the whole of it was ``part.was``.
    """
    held = before or (Segment(0, None, part.was),)
    kept = [one for one in held if one.start < since]
    if kept and (kept[-1].stop is None or kept[-1].stop > since):
        kept[-1] = replace(kept[-1], stop=since, cut=number)
    return (*kept, Segment(since, None, part.now, number))
