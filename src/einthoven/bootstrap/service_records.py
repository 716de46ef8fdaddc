"""Service periods as measured: of a center that runs, and of a data folder, served or not (R36, R39).

What lies in facts and store is read on a thread (``StoredPeriods``), the books on the loop of a running
center (``RunningRecords``); of a folder the books are made again from its deeds (``open_books``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol, cast

from einthoven.base.deeds import Deed
from einthoven.base.errors import InputError, NotFoundError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import HOUR, Duration, Instant
from einthoven.base.layout import Layout
from einthoven.base.spans import SpanSet
from einthoven.billing.service import ServiceRecord, Transmission
from einthoven.bootstrap.desk import Cards
from einthoven.bootstrap.limits import thresholds_of
from einthoven.bootstrap.reports import cutting_of
from einthoven.center.desk_books import Books
from einthoven.center.desk_record import DeskRecord
from einthoven.center.ports import StreamFacts
from einthoven.center.service_record import Reading, Stored, longest_s, service_record
from einthoven.center.transmission import transmission
from einthoven.edges.store.facts_desk import SqlJournalReader
from einthoven.edges.store.facts_reader import FactsReader
from einthoven.edges.store.facts_service import related, stream_named
from einthoven.edges.store.facts_transmission import of_stream
from einthoven.edges.store.reader import StoreReader
from einthoven.edges.store.store import open_reader
from einthoven.enrollment.register import Enrolled
from einthoven.escalation.prescribing import CriteriaBook
from einthoven.review.case import Case
from einthoven.settings import Settings, load

FACTS_FILE = "facts.sqlite"
PAGE = 5000
PENDING_S: Final = 60
"""Seconds of samples that may be stored and not counted yet: counts are written half a minute at a time."""
LATE: Final[Duration] = HOUR
"""What was on its way at the end of a period is counted with it."""
ARCHIVED = "case.archived"


class PeriodFacts(Protocol):
    """The part of the facts that is asked."""

    def ask(self, sql: str, *values: object) -> list[Any]:
        """The rows that a statement gives."""
        ...

    def enrolled(self, stream: StreamId) -> Enrolled:
        """Patient, period and physician of a stream; NotFoundError where there is no such."""
        ...

    def stream(self, stream: StreamId) -> StreamFacts | None:
        """A stream, or None where there is no such."""
        ...


class PeriodStore(Protocol):
    """The part of the store that is asked."""

    def stored(self, stream: StreamId) -> SpanSet:
        """What is stored of a stream."""
        ...


class StoredPeriods:
    """What facts and store say of service periods; on any thread.

    Args:
        facts, reader: of the data folder.
    """

    def __init__(self, facts: PeriodFacts, reader: PeriodStore) -> None:
        self._facts, self._reader = facts, reader

    def named(self, name: str) -> StreamId:
        """The stream of a period called by its stream (``s000017``) or by its number; NotFoundError."""
        return stream_named(self._facts.ask, name)

    def read(self, stream: StreamId) -> Stored:
        """One period; NotFoundError where there is no such stream."""
        told, known = self._facts.enrolled(stream), self._facts.stream(stream)
        if known is None:
            raise NotFoundError(f"there is no stream {stream_name(stream)}")
        spans, rate = self._reader.stored(stream), known.layout.rate_hz
        began, ended = told.period.started, told.period.ended
        # Made before and sent later: it tells itself when it was worn; one by telephone is its period.
        if known.origin is not None and not told.period.telephone:
            began = known.origin
            last = began + round(spans.stop / rate * 1e9) if spans else began
            ended = None if ended is None else max(began + 1, last)
        return Stored(
            told,
            began,
            ended,
            spans.total / rate,
            longest_s(spans, rate),
            related(self._facts.ask, told.period),
            self._transmission(stream, told, spans.total - round(PENDING_S * rate)),
        )

    def _transmission(self, stream: StreamId, told: Enrolled, stored: int) -> Transmission | None:
        """How soon its samples were durable; samples that were not counted are not taken for good."""
        period = told.period
        until = (period.limit if period.ended is None else period.ended) + LATE
        found = of_stream(self._facts.ask, stream, period.started, until)
        return transmission((counts for _, counts in found), stored)


class RunningRecords:
    """Service periods of a running center.

    Args:
        periods: what is stored.
        books: the desk's, read on the loop.
        settings: the center's.
    """

    def __init__(self, periods: StoredPeriods, books: Books, settings: Settings) -> None:
        self.periods = periods
        self._books = books
        self._cutting = cutting_of(settings)

    def stored(self, stream: StreamId) -> Stored:
        """What is stored; on a reading thread."""
        return self.periods.read(stream)

    def record(self, stored: Stored, now: Instant) -> ServiceRecord:
        """The period as measured; on the loop, milliseconds."""
        proved = self._books.surveil.alive_until(now)
        return service_record(self._books, stored, Reading(now, proved, self._cutting, self._recognised()))

    def _recognised(self) -> Any:
        return self._books.surveil.recognised


@dataclass(slots=True)
class OpenFolder:
    """A data folder opened for reading, its books as its deeds make them.

    Attributes:
        folder, settings, facts, journal, reader: of it.
        books: every book, where the last deed left it.
        cases: every case of the streams that were asked for, archived ones too, by number.
        alive: the center's last sign of life.
        faults: deeds that a book could not take, a line each.
    """

    folder: Path
    settings: Settings
    facts: FactsReader
    journal: SqlJournalReader
    reader: StoreReader
    books: Books
    cases: dict[int, Case] = field(default_factory=dict)
    alive: Instant = 0
    faults: list[str] = field(default_factory=list)

    @property
    def periods(self) -> StoredPeriods:
        """Its service periods."""
        return StoredPeriods(self.facts, self.reader)

    def reading(self, now: Instant) -> Reading:
        """How its books are read at ``now``."""
        return Reading(now, min(now, self.alive), cutting_of(self.settings))

    def record(self, stream: StreamId, now: Instant) -> ServiceRecord:
        """A period as measured."""
        return service_record(self.books, self.periods.read(stream), self.reading(now))

    def close(self) -> None:
        """Let go of the facts."""
        self.facts.close()


def open_books(
    folder: Path, streams: Collection[StreamId] = (), heard: Callable[[Deed], None] | None = None
) -> OpenFolder:
    """Open a data folder and make its books again from every deed, also while a center serves it.

    Args:
        folder: the data folder.
        streams: whose cases are kept although they were archived.
        heard: hears every deed before the books take it.

    Raises:
        InputError: it is no data folder.
        StoreError: it cannot be read.
    """
    path = folder / FACTS_FILE
    if not path.is_file():
        raise InputError(f"{folder}: is no data folder (it has no {FACTS_FILE})")
    settings = load(folder)
    facts = FactsReader(path)
    try:
        thresholds = thresholds_of(folder / settings.thresholds if settings.thresholds else None)
        books = Books(Cards(facts), criteria=CriteriaBook(thresholds))
        journal = SqlJournalReader(facts.ask)
        opened = OpenFolder(
            folder, settings, facts, journal, open_reader(folder, partial(_layout, facts)), books
        )
        _replay(opened, frozenset(streams), heard)
        opened.alive = journal.last_alive() or 0
    except BaseException:
        facts.close()
        raise
    return opened


def _replay(opened: OpenFolder, streams: frozenset[StreamId], heard: Callable[[Deed], None] | None) -> None:
    books = opened.books
    cases = books.triage.cases
    record: DeskRecord[object] = DeskRecord(_NoJournal(), books.all(), counting=books.counting())
    record.failed = lambda what, error: opened.faults.append(f"{what}: {error!r}")
    while deeds := opened.journal.read(record.number, PAGE):
        for deed in deeds:
            if heard is not None:
                heard(deed)
            if deed.kind == ARCHIVED:
                numbers = cast("Mapping[str, Any]", deed.body)["cases"]
                gone = (cases.cases.get(number) for number in numbers)
                opened.cases |= {one.number: one for one in gone if one is not None and one.stream in streams}
            record.replay((deed,))
    opened.cases |= {one.number: one for one in cases.cases.values() if one.stream in streams}


class _NoJournal:
    """Where nothing is written: books that are read alone."""

    def append(self, *_told: object, **_more: object) -> None:
        """Refuse."""
        raise AssertionError("these books are read, and never decide")

    def last(self) -> int:
        """Nothing was written."""
        return 0


def _layout(facts: FactsReader, stream: StreamId) -> Layout | None:
    known = facts.stream(stream)
    return known.layout if known is not None else None
