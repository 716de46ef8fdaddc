"""The book of codes: looking one up, whether it is valid on a day, what it may not go with (R38).

Every answer is three-valued: what is not known is said to be not known, and an answer carries the mark of the
least sure fact that it stands on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Final

from einthoven.base.errors import NotFoundError
from einthoven.billing.codes.code import (
    Code,
    CodeFamily,
    Edge,
    Exclusion,
    Mark,
    Pairing,
    Part,
    Replaced,
    Together,
    Valid,
    Validity,
    weakest,
)

GATHERED: Final = "November 2026"
"""When the facts of the shipped book were gathered: an end that came later is not in it."""
NEAR_MOST: Final = 4


@dataclass(frozen=True, slots=True)
class Codes:
    """Every code known.

    Attributes:
        codes: by number.
        families: by id, in the order of the picture.
        exclusions: pairs that do not go together.
        sources: id → title.
    """

    codes: Mapping[str, Code]
    families: Mapping[str, CodeFamily]
    exclusions: tuple[Exclusion, ...]
    sources: Mapping[str, str]

    def lookup(self, code: str) -> Code:
        """A code by its number; spaces around it and small letters do not matter.

        Raises:
            NotFoundError: it is not in the book; the line names near ones.
        """
        known = self.codes.get(code.strip().upper())
        if known is None:
            near = self.near(code)
            told = f"; near ones are {', '.join(near)}" if near else ""
            raise NotFoundError(f"no code {code.strip()[:40]!r} is known here{told}")
        return known

    def near(self, code: str) -> tuple[str, ...]:
        """Codes that look like it, or whose words hold it, the likeliest first."""
        asked = code.strip()[:40].upper()
        if not asked:
            return ()
        if any(sign.isdigit() for sign in asked):
            found = sorted(
                (one for one in self.codes if one[:3] == asked[:3]), key=lambda one: _far(one, asked)
            )
            found = found or get_close_matches(asked, list(self.codes), NEAR_MOST, 0.6)
        else:
            words = asked.casefold().split()
            found = [
                one.code
                for one in self.codes.values()
                if all(word in f"{one.words} {self.families[one.family].name}".casefold() for word in words)
            ]
        return tuple(found[:NEAR_MOST])

    def valid_on(self, code: str, on: date) -> Validity:
        """Whether a code is valid on a day, and what stands in its place where it is not.

        Raises:
            NotFoundError: it is not in the book.
        """
        one = self.lookup(code)
        begun, ended = _begun(one, on), _ended(one, on)
        if begun is None or ended is None:
            return _not_known(one, on, one.start if begun is None or one.end is None else one.end)
        if not begun:
            words = f"{one.code} is not valid on {on}; its first day: {edge_words(one.start)}"
            return Validity(Valid.NO, words, one.start.mark, (), one.start.sources)
        return _no_more(one, on) if ended else _valid(one, on)

    def may_not_go_with(self, code: str, other: str, on: date) -> Pairing:
        """Whether two codes go together for one patient on a day, by what the book holds.

        Raises:
            NotFoundError: one of them is not in the book.
        """
        first, second = self.lookup(code), self.lookup(other)
        held = [
            each
            for each in self.exclusions
            if {each.code, each.other} == {first.code, second.code} and each.holds(on)
        ]
        return paired(first, second, _whole(first, second) + tuple(held))

    def exclusions_of(self, code: str) -> tuple[Exclusion, ...]:
        """Every pair of a code there ever was, those within its set first."""
        one = self.lookup(code)
        whole = [pair for each in self.codes.values() for pair in _whole(one, each)]
        return (*whole, *(each for each in self.exclusions if one.code in (each.code, each.other)))

    def of_family(self, family: str) -> tuple[Code, ...]:
        """The codes of a family, in the order of the files."""
        return tuple(one for one in self.codes.values() if one.family == family)


def paired(first: Code, second: Code, held: tuple[Exclusion, ...], covered: bool = False) -> Pairing:
    """The answer for two codes out of the exclusions that hold.

    Args:
        covered: whether a quarterly file says everything there is about the pair on that day.
    """
    both = f"{first.code} and {second.code}"
    if not held:
        if covered:
            return Pairing(Together.YES, f"{both}: the quarterly file has no edit of the pair")
        return Pairing(Together.UNKNOWN, f"{both}: nothing is held against it; no quarterly file says so")
    indicators = {each.indicator for each in held}
    answer = Together.NOT
    if any(each.kind == "whole" for each in held) or "0" in indicators:
        answer = Together.NEVER
    elif indicators == {"1"}:
        answer = Together.MODIFIER
    return Pairing(answer, f"{both}: {held[0].words}", held)


def _whole(first: Code, second: Code) -> tuple[Exclusion, ...]:
    """A global code and a part of its own set."""
    if first.set != second.set or first.code == second.code or first.part is second.part:
        return ()
    whole = next((one for one in (first, second) if one.part is Part.GLOBAL), None)
    if whole is None:
        return ()
    part = second if whole is first else first
    words = f"{whole.code} is the whole service, {part.code} a part of it"
    return (Exclusion(whole.code, part.code, "whole", words, Mark.INFERRED, "same period", indicator="0"),)


def _far(code: str, asked: str) -> tuple[int, str]:
    """How far one number is from another; those of another kind behind."""
    if code.isdigit() and asked.isdigit():
        return abs(int(code) - int(asked[:5].ljust(5, "0"))), code
    return sum(a != b for a, b in zip(code, asked.ljust(5), strict=False)) * 100, code


def _begun(one: Code, on: date) -> bool | None:
    """Whether it had become valid by a day; None: not known."""
    start = one.start
    if start.last is not None and on >= start.last:
        return True
    if start.first is not None and on < start.first:
        return False
    return None


def _ended(one: Code, on: date) -> bool | None:
    """Whether its last day was before a day; None: not known."""
    end = one.end
    if end is None or (end.first is not None and on <= end.first):
        return False
    if end.last is not None and on > end.last:
        return True
    # Before it can have begun it cannot have ended.
    return False if one.start.first is not None and on <= one.start.first else None


def _valid(one: Code, on: date) -> Validity:
    edges = [one.start] if one.end is None else [one.start, one.end]
    until = f"none known in {GATHERED}" if one.end is None else edge_words(one.end)
    words = f"{one.code} is valid on {on}; its first day: {edge_words(one.start)}; its last day: {until}"
    return Validity(Valid.YES, words, weakest(*(edge.mark for edge in edges)), (), _cited(*edges))


def _no_more(one: Code, on: date) -> Validity:
    assert one.end is not None
    words = f"{one.code} is not valid on {on}; its last day: {edge_words(one.end)}"
    if one.replaced is None:
        return Validity(Valid.NO, words, one.end.mark, (), one.end.sources)
    words += f"; in its place: {', '.join(one.replaced.codes)}"
    words += f" ({one.replaced.words})" if one.replaced.words else ""
    mark = weakest(one.end.mark, one.replaced.mark)
    return Validity(Valid.NO, words, mark, one.replaced.codes, _cited(one.end, one.replaced))


def _not_known(one: Code, on: date, edge: Edge) -> Validity:
    which = "first" if edge is one.start else "last"
    words = f"it is not known whether {one.code} is valid on {on}; its {which} day: {edge_words(edge)}"
    instead = one.replaced.codes if which == "last" and one.replaced is not None else ()
    return Validity(Valid.UNKNOWN, words, edge.mark, instead, edge.sources)


def _cited(*facts: Edge | Replaced) -> tuple[str, ...]:
    return tuple(dict.fromkeys(source for fact in facts for source in fact.sources))


def edge_words(edge: Edge) -> str:
    """A first or last day as a reader sees it."""
    if edge.exact is not None:
        return str(edge.exact)
    if edge.words:
        return edge.words
    first = f"{edge.first} or later" if edge.first is not None else ""
    last = f"{edge.last} or before" if edge.last is not None else ""
    return ", ".join(part for part in (first, last) if part) or "not known"
