"""Moments in which nobody was there to answer the telephone: begun and ended by deeds, never hidden (R6)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final, cast

from einthoven.base.deeds import Body, Deed, Draft
from einthoven.base.errors import NotFoundError, RefusedError
from einthoven.base.instants import Instant

UNATTENDED: Final = "telephone.unattended"
ATTENDED: Final = "telephone.attended"
EXPLAINED: Final = "telephone.explained"
KEPT: Final = 500
"""So many that were explained stay in memory for the pages; the journal has them all."""


@dataclass(frozen=True, slots=True)
class Lapse:
    """While post-symptom service ran, no qualified person was signed in at a station.

    Attributes:
        number: from 1.
        cause: as the center found it.
        since: its first moment.
        until: its end; None while it goes on.
        explained_by: actor of who looked into it, ``""`` until then.
        explained_at, note: when, and what they found.
    """

    number: int
    cause: str
    since: Instant
    until: Instant | None = None
    explained_by: str = ""
    explained_at: Instant | None = None
    note: str = ""


@dataclass(slots=True)
class Lapses:
    """Lapses by the deeds.

    Attributes:
        live: those that nobody explained yet, by number.
        going_on: the number of the one that goes on.
        explained: the last ones that were.
        next_lapse: the number of the next one.
    """

    KINDS: ClassVar[frozenset[str]] = frozenset({UNATTENDED, ATTENDED, EXPLAINED})
    live: dict[int, Lapse] = field(default_factory=dict)
    going_on: int | None = None
    explained: OrderedDict[int, Lapse] = field(default_factory=OrderedDict)
    next_lapse: int = 1

    def apply(self, deed: Deed) -> None:
        """Take one deed in."""
        body = cast("Mapping[str, Any]", deed.body)
        number: int = body["lapse"]
        if deed.kind == UNATTENDED:
            self.live[number] = Lapse(number, body["cause"], body["since"])
            self.going_on, self.next_lapse = number, number + 1
        elif deed.kind == ATTENDED:
            self.live[number] = replace(self.live[number], until=body["until"])
            self.going_on = None
        else:
            known = self.live.pop(number)
            told = replace(known, explained_by=deed.actor, explained_at=deed.at, note=body["note"])
            self.explained[number] = told
            while len(self.explained) > KEPT:
                self.explained.popitem(last=False)


def look(book: Lapses, missing: str | None, now: Instant) -> list[Draft]:
    """What begins or ends a lapse now.

    Args:
        missing: why nobody is there; None where somebody is, or where nobody need be.
    """
    if missing is not None and book.going_on is None:
        body: Body = {"lapse": book.next_lapse, "cause": missing, "since": now}
        return [Draft(UNATTENDED, "telephone", body)]
    if missing is None and book.going_on is not None:
        return [Draft(ATTENDED, "telephone", {"lapse": book.going_on, "until": now})]
    return []


def passed(book: Lapses, cause: str, since: Instant, until: Instant) -> list[Draft]:
    """A lapse that was over when it was found; one that went on already is over with it."""
    over = look(book, None, until)
    if over:
        return over
    number = book.next_lapse
    return [
        *look(book, cause, since),
        Draft(ATTENDED, "telephone", {"lapse": number, "until": until}),
    ]


def explain(book: Lapses, number: int, note: str) -> list[Draft]:
    """Somebody looked into it.

    Raises:
        NotFoundError: there is none of that number.
        RefusedError: it goes on (``going_on``), or was explained (``closed``).
    """
    known = book.live.get(number)
    if known is None:
        if 0 < number < book.next_lapse:
            raise RefusedError("closed", f"lapse {number} is explained")
        raise NotFoundError(f"there is no lapse {number}")
    if known.until is None:
        raise RefusedError("going_on", "nobody is there to answer the telephone still")
    return [Draft(EXPLAINED, "telephone", {"lapse": number, "note": note})]
