"""Corrections are carried out: the facts change, then everything that follows, then what is found later.

A correction that two people decided is done within a second, and again after a crash until it is: the facts
know by its number what they did, the journal takes all that follows in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias, TypeVar

from einthoven.base.deeds import CENTER
from einthoven.base.errors import EinthovenError
from einthoven.base.ids import StreamId
from einthoven.base.instants import DAY, MINUTE, Duration, Instant
from einthoven.center import correct, correction_follow
from einthoven.center.audited import AuditAsked, AuditFound
from einthoven.center.correct import Change
from einthoven.center.correction_reach import LOOKED
from einthoven.center.desk import Desk
from einthoven.center.enroll import EnrollmentUnit
from einthoven.enrollment.corrections import Correction, State
from einthoven.enrollment.register import AuditLine

T = TypeVar("T")
AGAIN: Final[Duration] = MINUTE
"""Between two tries of what could not be done, and two looks for what came late."""
LATELY: Final[Duration] = DAY
"""So long after a correction the audit is looked through for what came late."""
PAGE: Final = 500
LINES_MOST: Final = 50_000
"""Lines of the audit about one stream that are looked through: a month in which everybody looks."""

Lines: TypeAlias = Mapping[StreamId, Sequence[AuditLine]]
Took: TypeAlias = Callable[["CorrectionDesk", Instant], None]
"""What came of work, brought onto the record; on the event loop."""


class Facts(Protocol):
    """The part of the facts that a correction changes; called on a thread."""

    def unit(self, act: Callable[[EnrollmentUnit], T], actor: str, at: Instant) -> T:
        """Run ``act`` in one transaction."""
        ...


class Audit(Protocol):
    """The part of the journal that is asked; called on a thread."""

    def audit(self, asked: AuditAsked) -> AuditFound:
        """Lines of the audit, newest first."""
        ...


@dataclass(slots=True)
class CorrectionDesk:
    """What is to be done about corrections.

    Attributes:
        desk: where deeds are kept; used on the event loop.
        facts, audit: used on a thread.
        changed: hears of streams whose enrollment is another person's now; on the event loop.
        troubles: correction → why it could not be carried out so far.
    """

    desk: Desk
    facts: Facts
    audit: Audit
    changed: Callable[[Sequence[StreamId]], None] = lambda _streams: None
    troubles: dict[int, str] = field(default_factory=dict)
    _tried: dict[int, Instant] = field(default_factory=dict)

    def next(self, now: Instant) -> tuple[int, Callable[[], Took]] | None:
        """A correction and work for it, to be done on a thread; None: nothing is to be done."""
        book = self.desk.books.corrections
        for number in sorted(book.waiting):
            one = book.corrections[number]
            if one.state is State.CONFIRMED and now - self._tried.get(number, -AGAIN) >= AGAIN:
                self._tried[number] = now
                return number, self._apply(one, now)
        for number, one in reversed(book.corrections.items()):
            at = one.applied_at
            if at is None or now - at > LATELY:
                continue
            if now - max(at, self._tried.get(number, 0)) >= AGAIN:
                self._tried[number] = now
                return number, self._look(one, now)
        return None

    def _apply(self, one: Correction, now: Instant) -> Callable[[], Took]:
        facts = self.facts

        def work() -> Took:
            changes = facts.unit(lambda unit: correct.apply(unit, one, now), one.confirmed_by, now)
            lines = self._lines(one)
            return lambda self, at: self._applied(one, changes, lines, at)

        return work

    def _look(self, one: Correction, _now: Instant) -> Callable[[], Took]:
        def work() -> Took:
            lines = self._lines(one)

            def took(self: CorrectionDesk, at: Instant) -> None:
                books = self.desk.books
                held = books.corrections.corrections[one.number]
                self.desk.commit(correction_follow.more(books, held, lines, at), CENTER, at)

            return took

        return work

    def _lines(self, one: Correction) -> Lines:
        return {stream: self._about(stream) for stream in one.streams}

    def _about(self, stream: StreamId) -> list[AuditLine]:
        found: list[AuditLine] = []
        below: int | None = None
        while len(found) < LINES_MOST:
            told = self.audit.audit(AuditAsked(below, PAGE, stream, kinds=LOOKED))
            found += told.lines
            below = told.next
            if below is None:
                break
        return found

    def _applied(self, one: Correction, changes: Sequence[Change], lines: Lines, now: Instant) -> None:
        held = self.desk.books.corrections.corrections[one.number]
        if held.state is not State.CONFIRMED:
            return
        ordered = {change.stream: self.desk.books.card(change.stream).physician for change in changes}
        self.changed([change.stream for change in changes])
        drafts = correction_follow.follow(self.desk.books, held, changes, lines, ordered, now)
        self.desk.commit(drafts, CENTER, now)
        # Ladders from the order, tiles and cards are of the right person from here on.
        self.changed([change.stream for change in changes])
        self.troubles.pop(one.number, None)

    def failed(self, number: int, error: EinthovenError | OSError) -> None:
        """It could not be carried out; it is tried again."""
        self.troubles[number] = str(error)
