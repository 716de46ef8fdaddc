"""A journal for tests: drafts become deeds, deeds are applied, a replay is compared with the live book."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from einthoven.base.deeds import Deed, Draft, numbered


class Book(Protocol):
    def apply(self, deed: Deed) -> None: ...


B = TypeVar("B", bound=Book)


class Journal:
    """Live books take deeds as they are drafted; the store keeps them as JSON, and a replay reads that."""

    def __init__(self, *books: Book) -> None:
        self.books = books
        self.deeds: list[Deed] = []

    def do(self, drafts: Sequence[Draft], actor: str, at: int) -> None:
        for deed in numbered(drafts, len(self.deeds), actor, at):
            body = json.loads(json.dumps(deed.body))
            self.deeds.append(Deed(deed.number, deed.at, deed.actor, deed.kind, deed.subject, body))
            for book in self.books:
                book.apply(deed)

    def replayed(self, make: Callable[[], B]) -> B:
        book = make()
        for deed in self.deeds:
            book.apply(copy.deepcopy(deed))
        return book
