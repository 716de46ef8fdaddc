"""What may be done with a correction, as deeds: proposed, confirmed by a second person, followed up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, cast

from einthoven.base.deeds import Body, Draft, Json
from einthoven.base.errors import InputError, RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.enrollment import correction_book as kinds
from einthoven.enrollment.correction_book import CorrectionBook
from einthoven.enrollment.corrections import (
    KINDS,
    TRANSITIONS,
    WORK,
    Correction,
    Event,
    Item,
    Part,
    Worked,
)

WHY_MAX: Final = 500
ITEMS_MAX: Final = 200
"""Items that are done in one act."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody says is right (the fields of ``corrections.Correction``)."""

    stream: StreamId
    swap: StreamId | None
    patient: int | None
    person: Mapping[str, Any] | None
    practice: int | None
    physician: Mapping[str, Any] | None
    since: Instant
    why: str


@dataclass(frozen=True, slots=True)
class Out:
    """Something that went out: key, kind of ``KINDS``, stream, what it is, who must be told."""

    key: str
    kind: str
    stream: StreamId
    words: str
    tell: str


def _subject(number: int) -> str:
    return f"correction {number}"


def propose(book: CorrectionBook, wanted: Wanted) -> list[Draft]:
    """Somebody says that a period is another person's; nothing changes before a second person confirms it.

    Raises:
        RefusedError: another correction of the stream, or of the other of a swap, waits (``open``).
        InputError: it names no right person, or two.
    """
    named = [wanted.swap is not None, wanted.patient is not None, wanted.person is not None]
    if sum(named) != 1:
        raise InputError("to: want a patient's number, or a new patient's fields, or swap: a stream")
    if wanted.swap == wanted.stream:
        raise InputError("swap: is the same stream")
    for stream in (wanted.stream, wanted.swap):
        waits = None if stream is None else book.waits(stream)
        if waits is not None and stream is not None:
            raise RefusedError("open", f"correction {waits.number} of {stream_name(stream)} is not done yet")
    number = book.next_correction
    body: dict[str, Json] = {"correction": number, **cast("dict[str, Json]", asdict(wanted))}
    return [Draft(kinds.PROPOSED, stream_name(wanted.stream), body)]


def may_confirm(one: Correction, actor: str) -> None:
    """Whether somebody may be the second person.

    Raises:
        RefusedError: it does not wait for one (``state``), or they proposed it (``two_persons``).
    """
    if (one.state, Event.CONFIRM) not in TRANSITIONS:
        raise RefusedError("state", f"correction {one.number} is {one.state}")
    if one.by == actor:
        raise RefusedError("two_persons", "you proposed it: a second person confirms it")


def confirm(book: CorrectionBook, number: int, actor: str) -> list[Draft]:
    """A second person says so too; refused as ``may_confirm``."""
    one = book.correction(number)
    may_confirm(one, actor)
    return [Draft(kinds.CONFIRMED, _subject(number), {"correction": number, "stream": one.stream})]


def drop(book: CorrectionBook, number: int, why: str) -> list[Draft]:
    """It was a mistake.

    Raises:
        RefusedError: it is applied: another correction puts it right (``state``).
    """
    one = book.correction(number)
    if (one.state, Event.DROP) not in TRANSITIONS:
        raise RefusedError("state", f"correction {number} is {one.state}: correct it by another one")
    body: Body = {"correction": number, "stream": one.stream, "why": why}
    return [Draft(kinds.DROPPED, _subject(number), body)]


def applied(
    book: CorrectionBook, number: int, parts: Sequence[Part], out: Sequence[Out], now: Instant
) -> list[Draft]:
    """The facts follow it: who was on record, who is, and what went out meanwhile."""
    one = book.correction(number)
    told = [{"stream": part.stream, "was": asdict(part.was), "now": asdict(part.now)} for part in parts]
    body: dict[str, Json] = {
        "correction": number,
        "stream": one.stream,
        "parts": cast("Json", told),
        "items": _listed(book, number, out, now),
    }
    return [Draft(kinds.APPLIED, _subject(number), body)]


def found(book: CorrectionBook, number: int, out: Sequence[Out], now: Instant) -> list[Draft]:
    """More that went out under the wrong name; nothing where all of it is listed."""
    listed = _listed(book, number, out, now)
    if not listed:
        return []
    body: dict[str, Json] = {
        "correction": number,
        "stream": book.correction(number).stream,
        "items": listed,
    }
    return [Draft(kinds.FOUND, _subject(number), body)]


def _listed(book: CorrectionBook, number: int, out: Sequence[Out], now: Instant) -> list[Json]:
    fresh = {one.key: one for one in out if (number, one.key) not in book.keys}
    return [
        {
            "item": book.next_item + place,
            "key": one.key,
            "kind": one.kind,
            "stream": one.stream,
            "words": one.words,
            "tell": one.tell,
            "due": now + KINDS[one.kind].within,
        }
        for place, one in enumerate(fresh.values())
    ]


def done(book: CorrectionBook, items: Sequence[int], how: str) -> list[Draft]:
    """Items were followed up; all of one correction.

    Raises:
        RefusedError: one is done already (``state``), or they are of several corrections (``several``).
    """
    return _worked(book, items, how, Worked.DO)


def reopen(book: CorrectionBook, items: Sequence[int], why: str) -> list[Draft]:
    """Items were not done after all; refused as ``done``."""
    return _worked(book, items, why, Worked.REOPEN)


def _worked(book: CorrectionBook, items: Sequence[int], how: str, event: Worked) -> list[Draft]:
    those: list[Item] = [book.item(number) for number in dict.fromkeys(items)]
    if not those or len(those) > ITEMS_MAX:
        raise InputError(f"item: want 1 to {ITEMS_MAX} items")
    if len({one.correction for one in those}) > 1:
        raise RefusedError("several", "these items are of several corrections: one after the other")
    for one in those:
        if (one.state, event) not in WORK:
            raise RefusedError("state", f"item {one.number} is {one.state}")
    number = those[0].correction
    body: dict[str, Json] = {
        "correction": number,
        "stream": book.correction(number).stream,
        "items": [one.number for one in those],
        "how": how,
    }
    kind = kinds.DONE if event is Worked.DO else kinds.REOPENED
    return [Draft(kind, _subject(number), body)]
