"""What a page of the record on request is made of: plain blocks, set by ``edges.typeset`` (R28, R36)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from einthoven.base.instants import Instant
from einthoven.center.desk_books import Books
from einthoven.escalation.calendar import local


class State(StrEnum):
    """How far a part of the record is there."""

    COMPLETE = "complete"
    PARTLY = "partly"
    MISSING = "missing"
    NONE = "nothing to show"
    """There was nothing of it in this period, and nothing was due."""


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a page.

    Attributes:
        kind: ``head`` (in the contents), ``small`` (a lesser heading), ``text``, ``warn``, ``facts`` (rows of
            label and value), ``table``, ``strip``, ``plan`` (a text of several paragraphs).
        text: of it; of a strip what stands over it.
        rows: of facts and tables; of a table the first is its head.
        widths: of a table's columns: shares of the width.
        strip: key of a strip.
    """

    kind: str
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    widths: tuple[float, ...] = ()
    strip: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A PDF or picture that is joined to a section as it is: title, SHA-256, where it lies (``reports`` or
    ``documents``), and a mark on each of its pages, ``""`` for none."""

    title: str
    digest: str
    shelf: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the record, as L34997 lists them.

    Attributes:
        key: short name, that of its files.
        title: as printed; ``source`` the sentence that asks for it, in short.
        state: how far it is there; ``reasons`` what is missing and why, a line each.
        blocks: its own pages.
        attached: what is joined behind them.
    """

    key: str
    title: str
    source: str
    state: State
    reasons: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    attached: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Clock:
    """How instants are printed: on the clocks of the center's zone.

    Attributes:
        zone: IANA name.
    """

    zone: str = "UTC"

    def at(self, instant: Instant | None) -> str:
        """``2026-11-23 08:14:03 EST``; ``–`` for none."""
        return "–" if instant is None else local(self.zone, instant).strftime("%Y-%m-%d %H:%M:%S %Z")

    def day(self, instant: Instant) -> str:
        """``2026-11-23``."""
        return local(self.zone, instant).strftime("%Y-%m-%d")

    def lasting(self, start: Instant, stop: Instant | None) -> str:
        """``1 h 02 min 03 s``; ``goes on`` without an end."""
        if stop is None:
            return "goes on"
        seconds = round((stop - start) / 1e9, 1)
        hours, rest = divmod(seconds, 3600)
        minutes, left = divmod(rest, 60)
        told = [f"{hours:.0f} h"] if hours else []
        told += [f"{minutes:02.0f} min" if hours else f"{minutes:.0f} min"] if hours or minutes else []
        return " ".join([*told, f"{left:.0f} s" if left == int(left) else f"{left:.1f} s"])


def head(text: str) -> Block:
    """A heading that stands in the contents."""
    return Block("head", text)


def small(text: str) -> Block:
    """A lesser heading."""
    return Block("small", text)


def text(words: str) -> Block:
    """A paragraph."""
    return Block("text", words)


def warn(words: str) -> Block:
    """A line that says what is missing."""
    return Block("warn", words)


def facts(rows: Mapping[str, str]) -> Block:
    """Labels with values; those without a value are left out."""
    return Block("facts", rows=tuple((label, value) for label, value in rows.items() if value))


def table(widths: Sequence[float], columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Block:
    """A table with its head, which is repeated on every page."""
    return Block("table", rows=(tuple(columns), *(tuple(row) for row in rows)), widths=tuple(widths))


def plan(words: str) -> Block:
    """A text of several paragraphs, as it was written."""
    return Block("plan", words)


def strip(key: str, words: str) -> Block:
    """A strip of ECG."""
    return Block("strip", words, strip=key)


@dataclass(slots=True)
class Lacks:
    """What of a section is there and what is not, while it is put together."""

    missing: list[str] = field(default_factory=list)

    def add(self, words: str) -> Block:
        """Something is missing."""
        self.missing.append(words)
        return warn(words)

    def state(self, there: bool) -> State:
        """How far the section is there."""
        if not self.missing:
            return State.COMPLETE
        return State.PARTLY if there else State.MISSING


def person(books: Books, actor: str) -> str:
    """An actor of a deed as people read it; the center itself as such."""
    return "the center" if actor == "center" else books.actor(actor)
