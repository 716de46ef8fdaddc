"""Sealing: from the shared log into per-stream WFDB segments, and the end of log files.

Crash-safe because a segment is in force from the commit of its row in the index, and only then do older files
and log files go. The order, for a batch of segments at a time:

1. commit: the names about to be written are announced as garbage;
2. files written, fsynced, their directories fsynced;
3. commit: rows in force, the new names no more garbage, the older generation's names garbage instead;
4. master headers replaced, garbage removed, log files removed of which nothing is unsealed;
5. with the next batch's first commit: masters done, garbage forgotten.

A crash anywhere leaves either the old state with some garbage named, or the new state with some work named.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from einthoven.base.errors import StoreDamagedError, StoreError, StoreFullError
from einthoven.base.ids import StreamId
from einthoven.base.instants import SECOND, Duration, Instant
from einthoven.base.spans import Span, SpanSet
from einthoven.edges.store.beats import Beats, merge_beats
from einthoven.edges.store.coverage import Coverage
from einthoven.edges.store.disk import Disk
from einthoven.edges.store.formats import Damage, index_path
from einthoven.edges.store.gather import Piece, Samples, gather, lay
from einthoven.edges.store.geometry import Geometry
from einthoven.edges.store.housekeeping import Housekeeping, replace_segment_beats
from einthoven.edges.store.index import IndexReader, IndexWriter, SegmentRow, StreamRow
from einthoven.edges.store.log import LogWriter
from einthoven.edges.store.logview import LogSet, Target
from einthoven.edges.store.sealed import Made, Sources, make_segment, put_coarse, read_beats, read_window
from einthoven.edges.store.stats import StoreStats
from einthoven.edges.store.tracker import Key, SealTimes, Tracker
from einthoven.edges.store.wfdb import SegmentName, stream_folder

RETRY: Duration = 10 * SECOND
BATCH = 16
"""Segments gathered together: each log file is then opened once for all of them."""
BATCH_BYTES = 64 << 20
"""Samples gathered together, but for one segment that is larger: memory, about three times as much in all."""
GIVE_UP = 5
"""A segment that makes sealing fail so often, by itself and not by the disk, is left in the log until the
next start."""
SEAL_RESERVE = 32 << 20
"""Free space below which sealing waits too."""


@dataclass(slots=True)
class SealReport:
    """What one call of ``seal_due`` did.

    Attributes:
        sealed: segments put in force.
        spans: (stream, start, stop) of those segments: the beats that were asked for them are in force too.
        error: why it stopped early, or None; what was not sealed is tried again.
        damage: what was found damaged and left out.
    """

    sealed: int = 0
    spans: list[tuple[StreamId, int, int]] = field(default_factory=list)
    error: str | None = None
    damage: list[Damage] = field(default_factory=list)


@dataclass(slots=True)
class _Job:
    """One segment on its way."""

    key: Key
    geometry: Geometry
    old: SegmentRow | None
    target: Target
    pieces: list[Piece] = field(default_factory=list)

    def parts(self) -> dict[int, int]:
        """Blocks per log file that this sealing is the first to take."""
        since = self.old.sequence if self.old else 0
        counts: dict[int, int] = {}
        for piece in self.pieces:
            fresh = int((piece.entries["ordinal"].astype("i8") >= since - piece.first).sum())
            if fresh:
                counts[piece.file] = counts.get(piece.file, 0) + fresh
        return counts


class Archive:
    """The sealer; every method is called by one thread at a time.

    Args:
        disk, logs, log, coverage: the folder, its log and what is stored.
        index, reader: the index's writing connection, and a reading one.
        sources: what sealing must be told.
        segment_seconds: nominal length of a segment, fixed for the life of the folder.
        times: when to seal.
        stats: where to count.
    """

    def __init__(
        self,
        disk: Disk,
        logs: LogSet,
        log: LogWriter,
        coverage: Coverage,
        index: IndexWriter,
        reader: IndexReader,
        sources: Sources,
        segment_seconds: float,
        times: SealTimes,
        stats: StoreStats,
    ) -> None:
        self._disk = disk
        self._logs = logs
        self._log = log
        self._coverage = coverage
        self._index = index
        self._reader = reader
        self._sources = sources
        self._segment_seconds = segment_seconds
        self._stats = stats
        self._geometries: dict[StreamId, Geometry] = {}
        self._failures: dict[Key, int] = {}
        self._given_up: list[Damage] = []
        self._carried = SealReport()
        self._damaged_files = {damage.file for damage in reader.damage()}
        self._keeping = Housekeeping(disk, index, reader, sources)
        self.notes = self._keeping.recover()
        """What the start had to put in order, one line each."""
        self._tracker = Tracker(logs, coverage, self.geometry, times, self._sealed())

    def geometry(self, stream: StreamId) -> Geometry | None:
        """Segments of a stream, None while its layout is not known."""
        known = self._geometries.get(stream)
        if known is None:
            layout = self._sources.layout_of(stream)
            if layout is None:
                return None
            known = Geometry.of(stream, layout, self._segment_seconds)
            self._geometries[stream] = known
        return known

    def _sealed(self) -> dict[Key, int]:
        files = self._logs.files()
        if not files:
            return {}
        since = self._reader.sealed_since(min(file.first for file in files))
        return {(stream, number): sequence for stream, number, sequence in since}

    def end(self, stream: StreamId, now: Instant) -> None:
        """The stream's service period is over: seal what is there without waiting for more."""
        self._tracker.follow(now)
        self._tracker.end(stream, now)

    def seal_due(self, now: Instant, limit: int = BATCH) -> SealReport:
        """Seal at most ``limit`` segments that are due; cheap when none is. Never raises for the disk's
        faults.

        A segment that makes it fail in a way that nobody foresaw is tried again alone, and after ``GIVE_UP``
        failures named as damage and left in the log. What was sealed beside it is in the next report.

        Args:
            now: center time; it should not step back (segments would only be sealed later).
        """
        report, self._carried = self._carried, SealReport()
        try:
            self._log.write_indexes()
        except OSError as error:  # without index a log file is slower to read, and sealing frees the room
            report.error = f"indexing: {error.strerror or error}"
        try:
            if self._tracker.learn():
                self._tracker.restart(self._sealed())
            self._tracker.follow(now)
            for keys in self._batches(self._tracker.due(now, limit)):
                self._seal(keys, now, report)
            self._keeping.tidy()
            self._drop_logs()
        except StoreError as error:
            report.error = str(error)
        except OSError as error:
            report.error = f"sealing: {error.strerror or error}"
        except Exception:
            self._carried = report
            raise
        finally:
            for key in self._tracker.given():
                self._tracker.retry(key, now)
        report.damage += self._given_up
        self._given_up = []
        self._stats.seal_lag_seconds = self._tracker.lag(now)
        return report

    def _batches(self, due: list[Key]) -> Iterator[list[Key]]:
        """Segments to be sealed together; one that failed alone."""
        batch: list[Key] = []
        size = 0
        for key in due:
            geometry = self.geometry(key[0])
            own = 2 * geometry.length * len(geometry.layout.leads) if geometry is not None else 0
            alone = key in self._failures or (batch and batch[0] in self._failures)
            if batch and (alone or len(batch) == BATCH or size + own > BATCH_BYTES):
                yield batch
                batch, size = [], 0
            batch.append(key)
            size += own
        if batch:
            yield batch

    def _blame(self, keys: list[Key], error: Exception, now: Instant) -> None:
        """Sealing failed and not by the disk's fault."""
        self._stats.seal_failures += len(keys)
        for key in keys:
            count = self._failures[key] = self._failures.get(key, 0) + (len(keys) == 1)
            if count < GIVE_UP:
                self._tracker.retry(key, now + RETRY * 2**count)
                continue
            self._tracker.block(key)
            self._stats.damaged += 1
            stream, number = key
            geometry = self.geometry(stream)
            start, stop = geometry.bounds(number) if geometry is not None else (0, 0)
            what = f"not sealed until the next start: {type(error).__name__}: {error}"
            self._given_up.append(Damage(SegmentName(stream, number, 0).base, 0, stream, start, stop, what))

    def _seal(self, keys: list[Key], now: Instant, report: SealReport) -> None:
        try:
            if self._disk.free() < SEAL_RESERVE:
                raise StoreFullError("no room to seal into")
            jobs = [self._job(key) for key in keys]
            self._gather(jobs)
            made = [(job, self._make(job, now, report)) for job in jobs]
            ready = [(job, one) for job, one in made if one is not None]
            self._write([one for _, one in ready])
            self._commit(ready, report.damage, now)
        except (OSError, StoreError):
            self._stats.seal_failures += len(keys)
            for key in keys:
                self._tracker.retry(key, now + RETRY)
            raise
        except Exception as error:
            self._blame(keys, error, now)
            raise
        for key in keys:
            self._failures.pop(key, None)
        for job, one in ready:
            self._tracker.done(job.key, job.parts())
            self._stats.sealed += 1
            self._stats.resealed += job.old is not None
            self._stats.sealed_samples += one.row.stop - one.row.start
            self._stats.sealed_bytes += one.row.size
            report.spans.append((one.row.name.stream, one.row.start, one.row.stop))
        report.sealed += len(ready)

    def _job(self, key: Key) -> _Job:
        stream, number = key
        geometry = self.geometry(stream)
        assert geometry is not None, "the tracker gives out streams of known layout only"
        old = self._reader.segment(stream, number)
        return _Job(key, geometry, old, Target(stream, *geometry.bounds(number)))

    def _gather(self, jobs: list[_Job]) -> None:
        """Collect the blocks of all jobs, log file by log file."""
        for file in self._logs.files():
            pieces = gather(self._disk, file, [job.target for job in jobs], self._tracker.sequence)
            for job, piece in zip(jobs, pieces, strict=True):
                if len(piece.entries):
                    job.pieces.append(piece)

    def _make(self, job: _Job, now: Instant, report: SealReport) -> Made | None:
        """The segment's files; None where it cannot be made because its older generation is damaged."""
        start = job.target.start
        ends = [int((piece.entries["start"] + piece.entries["count"]).max()) for piece in job.pieces]
        stop = min(max([*ends, job.old.stop if job.old else start + 1]), job.target.stop)
        layout = job.geometry.layout
        window = Samples.empty(start, stop, len(layout.leads))
        old_beats: Beats | None = None
        if job.old is not None:
            try:
                read_window(self._disk, job.old, start, stop, window)
                old_beats = read_beats(self._disk, job.old)
            except (StoreDamagedError, FileNotFoundError) as error:
                what = Damage(
                    job.old.name.base, 0, job.target.stream, job.old.start, job.old.stop, str(error)
                )
                report.damage.append(what)
                self._stats.damaged += 1
                self._tracker.block(job.key)
                return None
        lay(job.pieces, window)
        self._note(window.damage, report)
        beats = self._beats(job, stop, old_beats)
        name = SegmentName(job.key[0], job.key[1], job.old.name.generation + 1 if job.old else 0)
        at = self._sources.time_of(job.target.stream, start)
        return make_segment(name, window, layout, beats, at, self._tracker.sequence, now)

    def _beats(self, job: _Job, stop: int, old: Beats | None) -> Beats:
        """Beats of the segment: sealed ones stay, what lies behind them is asked for.

        What changes among the sealed ones, where late samples came too, comes through ``replace_beats``.
        """
        stream, start = job.target.stream, job.target.start
        if old is None or job.old is None:
            return self._sources.beats_of(stream, start, stop)
        end = job.old.stop
        return merge_beats(old, self._sources.beats_of(stream, end, stop), end, stop) if end < stop else old

    def _note(self, damage: list[Damage], report: SealReport) -> None:
        for one in damage:
            self._damaged_files.add(one.file)
            self._coverage.forget(one.stream, one.start, one.stop)
            self._stats.damaged += 1
        report.damage += damage

    def _write(self, made: list[Made]) -> None:
        """Steps 1 and 2."""
        if not made:
            return
        with self._index.transaction():
            self._keeping.settle()
            for one in made:
                self._index.announce(one.row.name, one.row.leads)
        written: list[str] = []
        coarse: list[str] = []
        try:
            for one in made:
                self._disk.make_directory(stream_folder(one.row.name.stream))
                for path, content in one.files.items():
                    written.append(path)
                    self._disk.put(path, content)
                coarse.append(put_coarse(self._disk, one.row, one.coarse))
            self._disk.sync(dict.fromkeys(written + coarse))
        except OSError:
            with contextlib.suppress(OSError):
                for path in written:
                    self._disk.unlink(path)
            raise

    def _commit(self, ready: list[tuple[_Job, Made]], damage: list[Damage], now: Instant) -> None:
        """Step 3."""
        if not ready and not damage:
            return
        streams: dict[StreamId, StreamRow] = {}
        for _, one in ready:
            stream = one.row.name.stream
            row = streams.get(stream) or self._reader.stream(stream)
            spans = row.spans if row else SpanSet()
            for span in one.row.spans:
                spans.add(*span)
            streams[stream] = StreamRow(stream, one.row.leads, one.row.rate_mhz, spans)
        with self._index.transaction():
            for job, one in ready:
                self._index.put(one.row)
                self._index.forget(one.row.name)
                if job.old is not None:
                    self._index.announce(job.old.name, job.old.leads)
            for row in streams.values():
                self._index.put_stream(row)
            for what in damage:
                self._index.put_damage(what, now)
        for job, one in ready:
            self._keeping.committed(one.row.name.stream, job.old)

    def _drop_logs(self) -> None:
        """Remove log files of which every block is in a sealed segment; damaged ones stay as evidence."""
        for number in self._tracker.finished():
            file = next(file for file in self._logs.files() if file.number == number)
            if file.path in self._damaged_files or file.damage():
                continue
            self._coverage.refresh()
            self._logs.remove(number)
            self._disk.unlink(file.path)
            self._disk.unlink(index_path(number))
            self._stats.removed += 1

    def close(self) -> None:
        """Record what the last chores did, so that the next start has nothing to put in order."""
        with contextlib.suppress(StoreError):
            self._keeping.close()

    def waiting(self, now: Instant) -> set[StreamId]:
        """Streams of known layout that have samples in the log which are not sealed."""
        self._tracker.follow(now)
        return self._tracker.streams()

    def replace_beats(self, stream: StreamId, spans: Sequence[Span], beats: Beats) -> list[Span]:
        """Put ``beats`` in the place of the sealed beats in ``spans``, in every sealed segment there.

        Durable on return; a segment whose beats are the same already is not touched, and one that is damaged
        stays as it is and is counted. Beats of samples that are not sealed yet are taken from
        ``Sources.beats_of`` when they are.

        Args:
            spans: in order.
            beats: all that belong into them, in order; others are left out.

        Returns:
            The parts of ``spans`` that lie in sealed segments.

        Raises:
            StoreError: the disk or the index failed; the segments before are changed.
        """
        sealed: list[Span] = []
        if not spans:
            return sealed
        try:
            for row in self._reader.segments(stream, spans[0].start, spans[-1].stop):
                inside = [Span(max(low, row.start), min(high, row.stop)) for low, high in spans]
                inside = [span for span in inside if span.start < span.stop]
                if inside:
                    self._replace(row, inside, beats)
                    sealed += inside
        except OSError as error:
            raise StoreError(f"replacing beats: {error.strerror or error}") from error
        return sealed

    def _replace(self, row: SegmentRow, spans: list[Span], beats: Beats) -> None:
        try:
            old = read_beats(self._disk, row)
        except (StoreDamagedError, FileNotFoundError):
            self._stats.damaged += 1
            return
        merged = old
        for low, high in spans:
            merged = merge_beats(merged, beats, low, high)
        if row.next_beats_crc is not None or not np.array_equal(merged, old):
            replace_segment_beats(self._disk, self._index, row, merged)
