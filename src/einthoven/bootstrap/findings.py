"""Findings between the ward, which makes them, the facts, which keep them, and the pages, which show them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from einthoven.base.errors import StoreError
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.center.tally import Tally
from einthoven.center.ward_findings import Boards, LiveFinding, News


class FindingFacts(Protocol):
    """The part of the facts that keeps findings."""

    def record_findings(
        self, news: Iterable[News], version: str, at: Instant, done: Callable[[StoreError | None], None]
    ) -> None:
        """Keep news, all or none; ``done`` once durable or failed."""
        ...


class FindingReading(Protocol):
    """The part of the facts that tells findings."""

    def findings(
        self, stream: StreamId, start: int = ..., stop: int = ..., limit: int = ...
    ) -> Sequence[LiveFinding]:
        """A stream's findings that overlap a stretch, by onset."""
        ...


@dataclass(slots=True)
class FindingsKeeper:
    """Brings what changes on the boards into the facts, in order, one batch at a time.

    ``keep`` is called by the ward's thread; what the facts do not take is tried again.
    """

    boards: Boards
    facts: FindingFacts
    tally: Tally
    _under_way: bool = False
    _again: list[News] = field(default_factory=list)

    def keep(self, now: Instant) -> None:
        """Hand over what changed, unless a batch is under way."""
        if self._under_way:
            return
        news, self._again = [*self._again, *self.boards.take_news()], []
        if not news:
            return
        self._under_way = True

        def done(error: StoreError | None) -> None:
            if error is not None:
                self._again = news
                self.tally.add("findings_unsaved")
            self._under_way = False

        self.facts.record_findings(news, self.boards.maker.by, now, done)


class FindingsHistory:
    """All findings of a stream: what is kept, and in its place what the ward knows better."""

    def __init__(self, boards: Boards, facts: FindingReading) -> None:
        self._boards = boards
        self._facts = facts

    def between(self, stream: StreamId, start: int, stop: int, limit: int) -> list[LiveFinding]:
        """Findings that overlap samples ``[start, stop)``, by onset; the first ``limit``.

        Raises:
            StoreError: the facts cannot be read.
        """
        kept = {one.key: one for one in self._facts.findings(stream, start, stop, limit)}
        last = max((one.start for one in kept.values()), default=start) if len(kept) >= limit else stop
        for one in self._boards.findings(stream):
            if one.start < stop and (one.end is None or one.end >= start) and one.start <= last:
                kept[one.key] = one
        return sorted(kept.values(), key=lambda one: (one.start, one.key))[:limit]
