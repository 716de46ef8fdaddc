"""Of the record on request: what of a period that was on record for another person is theirs (R37, R42).

Who asks for the record of one patient is told nothing of another. Lines of the audit keep number, instant,
actor, act and both hashes; their details are left out where they are, or may be, another person's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.center.desk_books import Books
from einthoven.enrollment.order_states import OrderRecord

TELLING = ("correction.", "period.patient")
"""Acts that name both persons, whenever they were done."""
PART = 3
"""Letters of a part of a name that is looked for."""


HIDDEN = "[another person]"


class Line(Protocol):
    """A line of the audit."""

    @property
    def seq(self) -> int:
        """Its number."""
        ...

    @property
    def at(self) -> Instant:
        """When."""
        ...

    @property
    def action(self) -> str:
        """What was done."""
        ...

    @property
    def detail(self) -> str:
        """What about it, as text."""
        ...


def words(name: str) -> list[str]:
    """The words of a name, whatever their order: ``Doe, Jane`` and ``Jane Doe`` are one."""
    return sorted(name.casefold().replace(",", " ").split())


def others(books: Books, stream: StreamId) -> Iterator[tuple[str, str]]:
    """Name and birth date of each person who was on record for a stream and is not now."""
    now = books.card(stream)
    for _correction, part in books.corrections.was(stream):
        if (words(part.was.name), part.was.birth_date) != (words(now.name), now.birth_date):
            yield part.was.name, part.was.birth_date


def withheld(books: Books, stream: StreamId, lines: Iterable[Line]) -> frozenset[int]:
    """Numbers of the lines whose details are left out: all of the time until the last correction was applied,
    and of those after it what tells of the correction, or has a part of the other person's name or the birth
    date in it."""
    until = max((one.applied_at or one.at for one, _part in books.corrections.was(stream)), default=None)
    if until is None:
        return frozenset()
    marks = set[str]()
    for name, born in others(books, stream):
        marks |= {part for part in words(name) if len(part) >= PART} | ({born} if born else set())
    mine = set(words(books.card(stream).name))
    return frozenset(
        one.seq
        for one in lines
        if one.at <= until or one.action.startswith(TELLING) or _names(one.detail, marks - mine)
    )


def _names(detail: str, marks: set[str]) -> bool:
    text = detail.casefold()
    return any(mark in text for mark in marks)


def masked(books: Books, stream: StreamId, said: str) -> str:
    """What was said, without the names of those who were on record by mistake."""
    for name, _born in others(books, stream):
        last, comma, first = name.partition(",")
        forms = {name, f"{first.strip()} {last.strip()}" if comma else name}
        for form in forms:
            said = re.sub(re.escape(form), HIDDEN, said, flags=re.IGNORECASE)
    return said


def theirs(books: Books, stream: StreamId, order: OrderRecord) -> bool:
    """Whether an order is of somebody who was on record for the stream, and not of its patient."""
    named = words(order.order.patient.name)
    if named == words(books.card(stream).name):
        return False
    return any(named == words(name) for name, _born in others(books, stream))
