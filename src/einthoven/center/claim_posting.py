"""Files of answers going on record a portion at a time: ten thousand answers hold nobody's alarm up (R40).

A portion is one transaction. What a crash in the middle leaves is a remittance of which so many answers
are on record, each whole; the same file taken in again gives the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from einthoven.base.deeds import Draft
from einthoven.billing.claim_answers import Ordered, in_order, take
from einthoven.billing.claim_book import ClaimBook
from einthoven.billing.remittance import Remittance
from einthoven.interop.x12_check import Acknowledged

PORTION: Final = 200
"""Answers in one transaction: some 20 ms of the loop."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file that came in, read on a thread: remittances, or what a receiver says of our files.

    Attributes:
        remits: in order, each once, with the order in which its answers go on record.
    """

    name: str
    remits: tuple[tuple[Remittance, Ordered], ...] = ()
    said: tuple[Acknowledged, ...] = ()


def parsed_of(name: str, remits: Sequence[Remittance]) -> Parsed:
    """Remittances as they go on record; on a thread, for a large file takes a while."""
    return Parsed(name, tuple((one, in_order(one)) for one in dict.fromkeys(remits)))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A remittance of which not everything is on record yet; ``actor`` took it in."""

    digest: str
    found: Remittance
    ordered: Ordered
    name: str
    actor: str


@dataclass(slots=True)
class Postings:
    """Remittances under way, the first one first."""

    waiting: list[Waiting] = field(default_factory=list)

    def begin(self, book: ClaimBook, digest: str, parsed: Parsed, actor: str) -> list[Draft]:
        """The first portion of a file; the others wait."""
        for at, (found, ordered) in enumerate(parsed.remits):
            key = digest if len(parsed.remits) == 1 else f"{digest}-{at}"
            self.waiting.append(Waiting(key, found, ordered, parsed.name, actor))
        own = [one for one in self.waiting if one.digest.partition("-")[0] == digest]
        for one in own:
            drafts = self._portion(book, one)
            if drafts:
                return drafts
        return []

    def more(self, book: ClaimBook) -> tuple[list[Draft], str] | None:
        """The next portion and who took its file in; None: everything is on record."""
        while self.waiting:
            one = self.waiting[0]
            drafts = self._portion(book, one)
            if drafts:
                return drafts, one.actor
        return None

    def _portion(self, book: ClaimBook, one: Waiting) -> list[Draft]:
        drafts = take(book, one.found, one.digest, one.name, PORTION, one.ordered)
        if not drafts:
            self.waiting.remove(one)
        return drafts
