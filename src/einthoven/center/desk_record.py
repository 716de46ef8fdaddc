"""The desk's record: deeds are numbered, take effect at once, and are kept in order until they are durable.

What a center decides about people must go on when the disk does not: a watch that is lost is lost whether or
not it can be written. So a deed changes the books first, and stays in a queue until the journal has it; what
waits there is told (``waiting``), and whoever asked for it hears that it is not on record yet.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from einthoven.base.deeds import Deed, Draft, numbered
from einthoven.base.errors import OursError, StoreError, UnfitError
from einthoven.base.exact import exact_json
from einthoven.base.instants import SECOND, Duration, Instant
from einthoven.center.desk_ports import Tried

N_contra = TypeVar("N_contra", contravariant=True)
N = TypeVar("N")
RETRY: Duration = SECOND
"""Between two tries to write what the journal did not take."""
BATCH_MAX = 500
"""Deeds given to the journal at once: what a lost station of 40 patients makes, ten times over."""

Done = Callable[[StoreError | None], None]


class Book(Protocol):
    """A state that comes of deeds."""

    @property
    def KINDS(self) -> Collection[str]:  # noqa: N802 - a constant of every book
        """The kinds of deeds that change it."""
        ...

    def apply(self, deed: Deed) -> None:
        """Take one deed into account; those of other kinds change nothing."""
        ...


class DeedJournal(Protocol[N_contra]):
    """Where deeds are kept (``center.desk_ports.Journal``)."""

    def append(
        self, deeds: Sequence[Deed], outbox: Sequence[N_contra], done: Done, tried: Sequence[Tried] = ()
    ) -> None:
        """Write them in one transaction; ``done`` on the calling thread once durable, or why not."""
        ...

    def last(self) -> int:
        """Number of the last durable deed."""
        ...


@dataclass(slots=True)
class _Batch(Generic[N]):
    deeds: list[Deed]
    outbox: Sequence[N]
    done: Done | None = None
    tried: Sequence[Tried] = ()
    kept: Callable[[], None] | None = None
    told: bool = False


@dataclass(slots=True)
class DeskRecord(Generic[N]):
    """Numbers deeds, lets them take effect, and sees that they are written.

    Attributes:
        journal: where they are kept.
        books: what they change, each by the kinds it names.
        number: of the last deed.
        listen: called with every deed after the books know it.
        failed: hears of a defect of a book that only counts: it alone misses the deed.
        counting: books that decide nothing: figures.
        unsaved: since when deeds wait because writing failed; None while it works.
    """

    journal: DeedJournal[N]
    books: Sequence[Book]
    number: int = 0
    listen: Callable[[Deed], None] = lambda _deed: None
    unsaved: Instant | None = None
    counting: Sequence[Book] = ()
    failed: Callable[[str, Exception], None] = lambda _what, _error: None
    _takers: dict[str, list[Book]] = field(default_factory=dict)
    _queue: deque[_Batch[N]] = field(default_factory=deque)
    _writing: bool = False
    _tried: Instant | None = None

    def __post_init__(self) -> None:
        for book in self.books:
            for kind in book.KINDS:
                self._takers.setdefault(kind, []).append(book)

    @property
    def waiting(self) -> int:
        """Deeds that are not durable yet."""
        return sum(len(batch.deeds) for batch in self._queue)

    def replay(self, deeds: Iterable[Deed]) -> int:
        """Bring the books to where the journal stands, at a start; how many deeds there were.

        Raises:
            OursError: a number is missing: the journal is not whole.
        """
        count = 0
        for deed in deeds:
            if deed.number != self.number + 1:
                raise OursError(f"deed {deed.number} follows deed {self.number}")
            self.number = deed.number
            self._apply(deed)
            count += 1
        return count

    def _apply(self, deed: Deed) -> None:
        for book in self._takers.get(deed.kind, ()):
            try:
                book.apply(deed)
            except Exception as error:
                if not any(book is one for one in self.counting):
                    raise
                self.failed("figures", error)

    def commit(
        self,
        drafts: Sequence[Draft],
        actor: str,
        at: Instant,
        done: Done | None = None,
        outbox: Sequence[N] = (),
        tried: Sequence[Tried] = (),
        kept: Callable[[], None] | None = None,
    ) -> list[Deed]:
        """Let what was decided take effect, and write it.

        Args:
            drafts: what was decided, in order; all or none of it is on record.
            actor: who decided it.
            done: hears once that it is durable, or that it could not be written so far; it is tried again.
            outbox: notices that leave the center because of it, written in the same transaction.
            tried: what came of tries of notices, likewise.
            kept: called once, when all of it is durable, however long that takes.

        Returns:
            The deeds; their effect is in the books already.

        Raises:
            UnfitError: no journal can take one of them: nothing is decided. In the queue it would keep back
                everything behind it for good.
        """
        for draft in drafts:
            _fits(draft)
        deeds = numbered(drafts, self.number, actor, at)
        if not deeds and not outbox:
            if done is not None:
                done(None)
            return deeds
        before = self.number
        self.number += len(deeds)
        try:
            for deed in deeds:
                self._apply(deed)
        except Exception:
            # A defect: none of them is on record, and their numbers are the next ones', or no start would do.
            self.number = before
            raise
        self._queue.append(_Batch(deeds, outbox, done, tried, kept))
        self._write(at)
        for deed in deeds:
            self.listen(deed)
        return deeds

    def turn(self, now: Instant) -> None:
        """Try again what could not be written."""
        if self._tried is not None and now - self._tried < RETRY:
            return
        self._write(now)

    def _write(self, now: Instant) -> None:
        if self._writing or not self._queue:
            return
        batch: list[_Batch[N]] = []
        for one in self._queue:
            if batch and sum(len(each.deeds) for each in batch) + len(one.deeds) > BATCH_MAX:
                break
            batch.append(one)
        deeds = [deed for one in batch for deed in one.deeds]
        outbox = [notice for one in batch for notice in one.outbox]
        tried = [each for one in batch for each in one.tried]
        self._writing, self._tried = True, None
        self.journal.append(deeds, outbox, lambda error: self._written(batch, now, error), tried)

    def _is_there(self, batch: list[_Batch[N]]) -> bool:
        """Whether what failed was written all the same: a disk may fail after it took everything."""
        last = max((deed.number for one in batch for deed in one.deeds), default=None)
        try:
            return last is not None and self.journal.last() >= last
        except StoreError:
            return False

    def _written(self, batch: list[_Batch[N]], now: Instant, error: StoreError | None) -> None:
        self._writing = False
        if error is not None and self._is_there(batch):
            error = None
        if error is None:
            for _ in batch:
                self._queue.popleft()
            self.unsaved = None
        else:
            self._tried = now
            self.unsaved = now if self.unsaved is None else self.unsaved
        for one in batch if error is None else list(self._queue):
            if one.done is not None and not one.told:
                one.told = True
                one.done(error)
            if error is None and one.kept is not None:
                one.kept()
        if error is None:
            self._write(now)


def _fits(draft: Draft) -> None:
    try:
        exact_json([draft.kind, draft.subject, draft.body])
    except (TypeError, ValueError) as error:
        raise UnfitError(f"{draft.kind} cannot be put on record: {error}") from error
