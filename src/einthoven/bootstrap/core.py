"""The center without threads, sockets or clocks of its own: the same in a process and in a simulation.

``Core`` builds the parts on a disk and a facts file, brings the live analysis back to where the stored
samples are, and offers each thread's work as a plain call.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, TypeVar

import numpy as np
import structlog

from einthoven.base.errors import StoreError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import DAY, HOUR, SECOND, Duration, Instant
from einthoven.base.layout import Layout
from einthoven.base.spans import Span, SpanSet
from einthoven.base.thresholds import Thresholds, shipped
from einthoven.base.timeline import Timeline
from einthoven.bootstrap.dating import Dating
from einthoven.bootstrap.findings import (
    FindingFacts,
    FindingReading,
    FindingsHistory,
    FindingsKeeper,
    gone_through_again,
)
from einthoven.center.census import Census
from einthoven.center.enroll import EnrollmentUnit
from einthoven.center.intake import Intake
from einthoven.center.intake_world import IntakeConfig, IntakeWorld, Refusal
from einthoven.center.live import LiveHub
from einthoven.center.live_picture import LivePicture
from einthoven.center.ports import BlockStore, Clock, ClockFix, StreamDirectory, StreamEvent, StreamFacts
from einthoven.center.streams import Streams
from einthoven.center.tally import Tally
from einthoven.center.ward import LiveWard
from einthoven.center.ward_bay import WHOLE
from einthoven.center.ward_beats import FOR_EVER
from einthoven.center.ward_catchup import SETTLE_MS
from einthoven.center.ward_steps import StepFiles
from einthoven.edges.store.beats import Beats
from einthoven.edges.store.disk import Disk
from einthoven.edges.store.log import LogWriter
from einthoven.edges.store.sealed import Sources
from einthoven.edges.store.stats import StoreStats
from einthoven.edges.store.store import Store, StoreSettings
from einthoven.link.blocks import SampleBatch

LOG = structlog.get_logger("center")
T = TypeVar("T")
ENDED_SHOWN: Duration = DAY
"""How long a stream stays on the list after its period ended: whoever renewed it today still finds it."""
ENDED_MAX = 1000
"""Ended streams on the list at most: three days' worth of a center of 10,000 patients."""
LEAVE_AFTER: Duration = 5 * SECOND
"""What was under way when a period ended is stored and in the log's books by then."""
LEAVE_AT_MOST: Duration = HOUR
"""So long the analysis may go on with a stream whose period ended: a record that came all at once."""
REPLAY_S = 600
"""Seconds of one stream read at a time when the analysis is brought back."""
REPLAY_MAX_S = 7200
"""Longest stretch of one stream that is analysed again at a start although it is sealed."""
EVERYTHING = SpanSet([(0, FOR_EVER)])
REFILL_SAMPLES = 1_000_000
"""Samples per lead of late analysis between two looks at the time: about 10 ms."""


class FactsReading(FindingReading, Protocol):
    """What the core reads of the facts."""

    def last_event(self, stream: StreamId) -> int:
        """The highest event number stored, 0 for none."""

    def last_status(self, stream: StreamId) -> StreamEvent | None:
        """The newest status."""

    def events(self, stream: StreamId, kinds: Iterable[str] = ...) -> Sequence[StreamEvent]:
        """Events of some kinds, by sample."""

    def holes(self, stream: StreamId) -> list[tuple[int, int, str]]:
        """Declared holes: start, stop, cause."""

    def timeline(self, stream: StreamId) -> Timeline:
        """Sample index against center time."""

    def fix_before(self, stream: StreamId, sample: float = ...) -> ClockFix | None:
        """The last clock fix before a sample."""

    def ended_since(self, since: Instant, limit: int) -> list[tuple[StreamId, Instant]]:
        """Streams whose period ended at ``since`` or later and when, newest first."""

    def fixes(self, stream: StreamId) -> Sequence[ClockFix]:
        """Clock fixes, by sample."""


class CenterFacts(StreamDirectory, FindingFacts, Protocol):
    """The facts: ``edges.store.facts.Facts``, or ``testing.facts.MemoryFacts`` in a simulation."""

    @property
    def reader(self) -> FactsReading:
        """Where questions go."""

    def stream(self, stream: StreamId) -> StreamFacts | None:
        """A stream, or None where there is no such; from memory."""

    def unit(self, act: Callable[[EnrollmentUnit], T], actor: str, at: Instant) -> T:
        """Run ``act`` in one transaction."""

    def close(self) -> None:
        """Finish what is queued and close."""


@dataclass(slots=True)
class CoreWorld:
    """What a core is made on.

    Attributes:
        deliver: runs a callable on the thread of the intake (the event loop).
        block_store: what stands before the log writer.
        to_ward: takes decoded samples from the intake.
        nonce: 32 fresh random bytes at every call.
        lock: makes a lock, where threads share the ward.
        thresholds: from what on something is a finding.
        refused: hears of everything that the intake refused or absorbed.
    """

    clock: Clock
    disk: Disk
    facts: CenterFacts
    deliver: Callable[[Callable[[], None]], None]
    block_store: Callable[[LogWriter, StoreStats], BlockStore]
    to_ward: Callable[[SampleBatch], None]
    nonce: Callable[[], bytes]
    intake: IntakeConfig
    store: StoreSettings
    lock: AbstractContextManager[object] | None = None
    thresholds: Thresholds = field(default_factory=shipped)
    tally: Tally = field(default_factory=Tally)
    refused: Callable[[Refusal], None] = lambda _refusal: None


class Core:
    """Facts, store, ward, intake, census and live hub of one center."""

    def __init__(self, world: CoreWorld) -> None:
        self._world = world
        self.facts = world.facts
        self.thresholds = world.thresholds
        self.tally = world.tally
        self._sealer: int | None = None
        self._skipped: set[StreamId] = set()
        self._leaving: dict[StreamId, Instant] = {}
        self._ended: dict[StreamId, Instant] = {}
        self._lost: deque[tuple[StreamId, int, int]] = deque()
        self._lost_before: list[tuple[StreamId, int, int]] = []
        self.listeners: list[Callable[[StreamEvent], None]] = []
        self.streams = Streams(self._load, self._stored)
        dating = Dating(self.streams.peek, self.facts.stream, self.facts.reader)
        self.time_of, self._undate = dating.time_of, dating.forget
        sources = Sources(self._layout_of, self.time_of, self._beats_of)
        self.store = Store(world.disk, sources, world.store)
        self.ward = LiveWard(self.store.reader.read, world.lock, world.thresholds)
        self.findings = FindingsHistory(self.ward.boards, self.facts.reader)
        self._keeper = FindingsKeeper(self.ward.boards, self.facts, world.tally)
        self._steps = StepFiles(world.disk, self.ward, world.tally, self._keeper.fence)
        self.census = Census(self.ward, self.time_of, world.clock.wall(), self.ward.boards)
        self.hub = LiveHub(self.ward, self.time_of)
        self.picture = _Observer(self)
        self.block_store = world.block_store(self.store.log, self.store.stats)
        self.to_ward = world.to_ward
        self.intake = Intake(
            IntakeWorld(
                directory=self.facts,
                store=self.block_store,
                clock=world.clock,
                observer=self.picture,
                streams=self.streams,
                nonce=world.nonce,
                to_ward=world.to_ward,
                tally=world.tally,
                refused=world.refused,
            ),
            world.intake,
        )

    # ---- what the parts ask of one another ---------------------------------------------------------------

    def _load(self, stream: StreamId) -> tuple[StreamFacts, int, SpanSet] | None:
        facts = self.facts.stream(stream)
        if facts is None:
            return None
        reader = self.facts.reader
        never = SpanSet((start, stop) for start, stop, _ in reader.holes(stream))
        return facts, reader.last_event(stream), never

    def _stored(self, stream: StreamId) -> SpanSet:
        return self.store.reader.stored(stream)

    def _layout_of(self, stream: StreamId) -> Layout | None:
        facts = self.facts.stream(stream)
        return facts.layout if facts is not None and facts.declared else None

    def _beats_of(self, stream: StreamId, start: int, stop: int) -> Beats:
        if threading.get_ident() == self._sealer:
            return self.ward.hand_over(stream, start, stop)
        return self.ward.beats(stream, start, stop)

    # ---- starting ----------------------------------------------------------------------------------------

    def admit(self, facts: StreamFacts) -> None:
        """Show a stream on the wall with what is stored of it; analyse it while its period is open."""
        self.picture.admit(facts, self.store.reader.stored(facts.stream).stop)
        status = self.facts.reader.last_status(facts.stream)
        marks = self.facts.reader.events(facts.stream, ("mark",))
        for event in [*marks[-1:], *([status] if status is not None else [])]:
            self.picture.event(event)

    def recover(self, progress: Callable[[int, int], None] = lambda _done, _total: None) -> int:
        """Admit every stream that is in use and bring its analysis to where its stored samples end.

        In use is one of an open period, one with samples to be sealed, one that ended lately.

        Returns:
            How many samples were replayed.
        """
        now = self._world.clock.wall()
        waiting = self.store.archive.waiting(now)
        lately = dict(self.facts.reader.ended_since(now - ENDED_SHOWN, ENDED_MAX))
        everyone = [
            facts
            for facts in self.facts.all()
            if facts.open or facts.stream in lately or (facts.stream in waiting and facts.declared)
        ]
        for facts in everyone:
            if not facts.open:
                self._ended[facts.stream] = lately.get(facts.stream, now)
            self.admit(facts)
            if facts.declared and facts.open and not facts.telephone:
                self.picture.link_down(facts.stream, now, "the center was restarted")
        here = {facts.stream for facts in everyone if facts.open and facts.declared}
        for facts in everyone:
            if facts.stream in waiting and facts.stream not in here and facts.declared:
                self.ward.admit(facts.stream, facts.layout)  # its beats are sealed with its last samples
                self.store.archive.end(facts.stream, now)
                here.add(facts.stream)
        self.ward.settle_in()
        self._steps.restore()
        replayed = 0
        for number, facts in enumerate(everyone):
            if facts.stream in here:
                replayed += self._resume(facts)
            progress(number + 1, len(everyone))
        return replayed

    def _resume(self, facts: StreamFacts) -> int:
        """Bring the analysis of one stream from the saved step to what is stored; samples replayed.

        Beats that a life of the center sealed after its last saved step are compared with what the replay
        finds, and put right where they differ. Where the replay would be long (no saved step of this version
        of the analysis), what is sealed keeps its beats and the analysis starts afresh behind it: a restart
        may not take days.
        """
        stream, reader = facts.stream, self.store.reader
        stored = reader.stored(stream)
        for start, stop, _ in self.facts.reader.holes(stream):
            self._forget(stream, start, stop)
        unseen = self.ward.unseen(stream, stored)
        low = min([self.ward.open_from(stream), *(start for start, _ in unseen[:1])])
        sealed = SpanSet((row.start, row.stop) for row in reader.segments(stream, low))
        kept = SpanSet()
        if sum(span.length for span in unseen) > REPLAY_MAX_S * facts.layout.rate_hz:
            for start, stop in unseen:
                for part in sealed.within(start, stop):
                    kept.add(*part)
        self.ward.resume(stream, sealed, kept)
        gaps, settle = self.ward.unseen(stream, EVERYTHING), SETTLE_MS * facts.layout.rate_mhz // 1_000_000
        self.ward.boards.renew(stream, gone_through_again(unseen, gaps, kept, settle))
        replayed = self._replay(facts, [part for span in unseen for part in kept.missing(*span)])
        while self.ward.refill(REFILL_SAMPLES):
            pass
        self.ward.boards.tell_open(stream)
        return replayed

    def _replay(self, facts: StreamFacts, spans: Iterable[Span]) -> int:
        """Give the ward stored samples; how many."""
        leads, stream = len(facts.layout.leads), facts.stream
        piece = round(REPLAY_S * facts.layout.rate_hz)
        replayed = 0
        for start, stop in spans:
            for at in range(start, stop, piece):
                samples = self.store.reader.read(stream, at, min(at + piece, stop)).samples
                self.ward.step([one_block(stream, at, samples, leads, WHOLE * facts.telephone)], 0)
                replayed += len(samples)
        return replayed

    # ---- the ward's thread -------------------------------------------------------------------------------

    def step(self, batches: list[SampleBatch], now: Instant) -> None:
        """One step of the live analysis; the wall hears of it through ``deliver``."""
        lost, self._lost_before = self._lost_before, []
        while self._lost:
            self._lost_before.append(self._lost.popleft())
        self.ward.step(batches, now)
        for hole in lost:
            self._forget(*hole)
        self._keeper.keep(now)
        keeping = self._keeper.to_tell(now)
        if keeping is not None:
            self._world.deliver(partial(self.census.keeping, *keeping))
        if not batches:
            return
        behind = (now - min(int(batch.received.min()) for batch in batches)) / 1e9

        def tell() -> None:
            self.picture.arrived(batches)
            self.census.behind(behind)

        self._world.deliver(tell)

    def catch_up(self, now: Instant) -> bool:
        """A bounded piece of late analysis; True while more is waiting."""
        del now
        if self.ward.refill(REFILL_SAMPLES) > 0:
            return True
        if self._skipped:
            stream = self._skipped.pop()
            facts = self.facts.stream(stream)
            try:
                here = facts is not None and (facts.open or stream in self._leaving)
                if facts is not None and here and facts.declared:
                    self._replay(facts, self.ward.unseen(stream, self.store.reader.stored(stream)))
            except Exception:  # told by the caller; not forgotten here
                self._skipped.add(stream)
                raise
            return True
        return False

    def lost(self, stream: StreamId, start: int, stop: int) -> None:
        """These samples were never recorded: the analysis forgets what it saw of them while storing failed.

        Carried out after the next step but one: what was sent before the hole was declared is in it then.
        """
        self._lost.append((stream, start, stop))

    def _forget(self, stream: StreamId, start: int, stop: int) -> None:
        for hole in self.store.reader.stored(stream).missing(start, stop):
            self.ward.forget(stream, *hole)

    def skip(self, batch: SampleBatch) -> None:
        """These samples did not go through ``step``; the ward takes them from the store when it has time."""
        self._skipped.update(batch.stream.tolist())

    def save_step(self, every: Duration | None = None) -> Duration:
        """Write all of the ward's step, or with ``every`` (how old it may get) the piece whose turn it is.

        Returns:
            How long to wait before the next piece.

        Raises:
            StoreError: the disk does not take it; the analysis then restarts from an older step.
        """
        if every is not None:
            return self._steps.save_next(every)
        self._keeper.drain(self._world.clock.wall())
        self._steps.save_all()
        return 0

    # ---- the sealer's thread -----------------------------------------------------------------------------

    def seal(self, now: Instant) -> int:
        """Bring superseded beats into what is sealed, then seal what is due, a bounded amount; how many.

        Raises:
            StoreError: the disk or the index failed; what was not done is done by a later call.
        """
        failed = self._retell()
        self._sealer = threading.get_ident()
        try:
            report = self.store.archive.seal_due(now)
        finally:
            self._sealer = None
        for stream, start, stop in report.spans:
            self.ward.drop_beats(stream, start, stop)
        for what in report.damage:
            LOG.error("damage", file=what.file, stream=stream_name(what.stream), detail=what.detail)
        self._let_go(now)
        failed = failed or report.error
        if failed is not None:
            self.tally.add("seal_errors")
            raise StoreError(failed)
        return report.sealed

    def _retell(self) -> str | None:
        """Replace sealed beats that the analysis finds to be others by now; what failed."""
        failed = None
        for stream in self.ward.late_streams():
            spans = self.ward.superseded(stream)
            if not spans:
                continue
            beats = self.ward.rows(stream, spans[0].start, spans[-1].stop)
            try:
                sealed = self.store.archive.replace_beats(stream, spans, beats)
            except StoreError as error:
                failed = str(error)
                continue
            self.ward.confirm(stream)
            for span in sealed:
                self.ward.drop_beats(stream, *span)
        return failed

    def leave(self, stream: StreamId) -> None:
        """The service period is over: the analysis lets the stream go once all of it is sealed, the wall
        ``ENDED_SHOWN`` later."""
        now = self._world.clock.wall()
        self._ended.setdefault(stream, now)
        self._leaving.setdefault(stream, now)

    def _let_go(self, now: Instant) -> None:
        """What has ended and is sealed leaves the analysis at once and the wall in time."""
        if self._leaving:
            waiting = self.store.archive.waiting(now)
            for stream, since in list(self._leaving.items()):
                gone = now - since >= (LEAVE_AT_MOST if self._under_way(stream) else LEAVE_AFTER)
                if stream not in waiting and gone:
                    self.ward.discharge(stream)
                    del self._leaving[stream]
                    self._world.deliver(partial(self.streams.discharge, stream))
        over = len(self._ended) - ENDED_MAX
        for stream, ended in sorted(self._ended.items(), key=lambda item: item[1]):
            if over <= 0 and now - ended < ENDED_SHOWN:
                break
            if stream not in self._leaving:
                over -= 1
                del self._ended[stream]
                self._world.deliver(partial(self._dismiss, stream))

    def _under_way(self, stream: StreamId) -> bool:
        """Whether samples are still to be analysed, or beats to be brought to what is sealed."""
        ward, stored = self.ward, self.store.reader.stored(stream)
        return ward.pending(stream) > 0 or bool(ward.unseen(stream, stored)) or bool(ward.superseded(stream))

    def _dismiss(self, stream: StreamId) -> None:
        """On the intake's thread: the stream is in the facts and in the store, and nowhere else."""
        self.picture.discharge(stream)
        self.streams.discharge(stream)
        self._undate(stream)

    def close(self) -> None:
        """Close store and facts; every thread has ended."""
        self.store.close()
        self.facts.close()


class _Observer(LivePicture):
    """The live picture, and the ward beside it, told of what the intake sees."""

    def __init__(self, core: Core) -> None:
        super().__init__(core.census, core.hub)
        self._core = core

    def admit(self, facts: StreamFacts, front: int = 0, received: Instant = 0) -> None:
        """Facts of a stream are new or changed: analyse it while its period is open and its layout known."""
        super().admit(facts, front, received)
        if facts.open and facts.declared:
            self._core.ward.admit(facts.stream, facts.layout)
        elif not facts.open:
            self._core.leave(facts.stream)

    def event(self, event: StreamEvent) -> None:
        """A mark, a status or a declared hole is durable."""
        super().event(event)
        for listener in self._core.listeners:
            listener(event)
        if event.kind == "hole":
            self._core.lost(event.stream, event.sample, int(str(event.body["stop"])))


def one_block(stream: StreamId, start: int, samples: np.ndarray, leads: int, lane: int = 0) -> SampleBatch:
    """A batch of one block of stored samples, int16[n, leads]."""

    def row(value: int) -> np.ndarray:
        return np.array([value], np.int64)

    flat = np.ascontiguousarray(samples, np.int16).reshape(-1)
    return SampleBatch(
        flat, row(0), row(stream), row(start), row(len(samples)), row(leads), row(lane), row(0), True
    )
