"""Any window of any stream, while it is being written: sealed segments, closed log files, the file at hand
(R11).

A read first takes the list of log files and then asks the index: what leaves the log in between is already in
the index, so nothing is missed. A file that vanishes under a read (sealed, or made anew) makes it start
again.

Bytes that fail their checksum are never served: their samples are a hole, and the damage is named in
``damage()``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np

from einthoven.base.errors import InputError, NotFoundError, StoreDamagedError, StoreError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.layout import Layout
from einthoven.base.spans import Span, SpanSet
from einthoven.center.ports import Envelope, Window
from einthoven.ecg.beats import beats_of
from einthoven.edges.store import kernels
from einthoven.edges.store.beats import Beats, no_beats
from einthoven.edges.store.coarse import (
    Bins,
    Picture,
    bin_rates,
    bin_samples,
    bins_of,
    coarse_path,
    put_rates,
)
from einthoven.edges.store.coverage import Coverage
from einthoven.edges.store.disk import Disk
from einthoven.edges.store.formats import Damage
from einthoven.edges.store.gather import Samples, gather, lay, leads_in
from einthoven.edges.store.index import IndexReader, SegmentRow
from einthoven.edges.store.logview import LogSet, Target
from einthoven.edges.store.sealed import make_bins, read_beats, read_bins, read_window

TRIES = 8
WINDOW_VALUES_MAX = 64 << 20
"""Samples times leads of one window: 128 MB; longer stretches are read piece by piece."""
BINS_MAX = 100_000
Answer = TypeVar("Answer")


class StoreReader:
    """Implements ``center.ports.SampleReader``; safe for any threads.

    Args:
        disk, logs, coverage, index: the folder. Without ``index`` nothing is sealed yet.
        layout_of: layouts from the facts, for streams of which nothing is sealed.
        beats_of: the analysis's beats of samples that are not sealed, for ``envelope``.
        refresh: called before each read; a reader beside the writing process looks at the folder anew.
    """

    def __init__(
        self,
        disk: Disk,
        logs: LogSet,
        coverage: Coverage,
        index: IndexReader | None,
        layout_of: Callable[[StreamId], Layout | None] | None = None,
        beats_of: Callable[[StreamId, int, int], Beats] | None = None,
        refresh: Callable[[], None] | None = None,
    ) -> None:
        self._disk = disk
        self._logs = logs
        self._coverage = coverage
        self._index = index
        self._layout_of = layout_of or (lambda _: None)
        self._beats_of = beats_of or (lambda *_: no_beats())
        self._refresh = refresh
        self._damage: dict[tuple[str, int], Damage] = {}
        self._lock = threading.Lock()

    # What there is ---------------------------------------------------------------------------------------

    def streams(self) -> list[StreamId]:
        """Every stream of which at least one sample is stored."""
        self._look()
        known = set(self._coverage.streams())
        if self._refresh and self._index:
            known |= {row.stream for row in self._index.streams()}
        return sorted(known)

    def stored(self, stream: StreamId) -> SpanSet:
        """What is stored of a stream; samples known to be damaged are not."""
        self._look()
        return self._stored(stream)

    def _look(self) -> None:
        if self._refresh:
            self._refresh()

    def _stored(self, stream: StreamId) -> SpanSet:
        spans = self._coverage.stored(stream)
        if self._refresh and self._index:
            row = self._index.stream(stream)
            for span in row.spans if row else ():
                spans.add(*span)
        return spans

    def segments(self, stream: StreamId, start: int = 0) -> list[SegmentRow]:
        """The sealed segments of a stream that hold samples from ``start`` on, in order."""
        return self._index.segments(stream, start) if self._index else []

    def damage(self) -> list[Damage]:
        """Damage met so far, by this reader, by sealing, and when the folder was opened."""
        with self._lock:
            named = dict(self._damage)
        for damage in self._index.damage() if self._index else []:
            named.setdefault((damage.file, damage.offset), damage)
        for file in self._logs.files():
            for damage in file.damage():
                named.setdefault((damage.file, damage.offset), damage)
        return [named[key] for key in sorted(named)]

    def _note(self, damage: list[Damage]) -> None:
        with self._lock:
            for one in damage:
                self._damage[one.file, one.offset] = one

    # Windows ---------------------------------------------------------------------------------------------

    def read(self, stream: StreamId, start: int, stop: int) -> Window:
        """Samples ``[start, stop)``; holes, damaged stretches among them, hold ``INVALID_SAMPLE``.

        Raises:
            NotFoundError: nothing is known of the stream.
            InputError: the window is empty, negative or larger than ``WINDOW_VALUES_MAX``.
            StoreError: the disk failed.
        """
        if not 0 <= start < stop:
            raise InputError(f"window [{start}, {stop}) of {stream_name(stream)} is empty or negative")
        leads = self._leads(stream)
        if (stop - start) * leads > WINDOW_VALUES_MAX:
            raise InputError(
                f"{stop - start} samples × {leads} leads: at most {WINDOW_VALUES_MAX} values at once"
            )
        window = self._again(lambda: self._window(stream, start, stop, leads))
        return Window(start, window.samples, window.spans())

    def _again(self, read: Callable[[], Answer]) -> Answer:
        """Run a read, anew where files vanished under it."""
        for left in reversed(range(TRIES)):
            self._look()
            try:
                return read()
            except FileNotFoundError as error:
                if not left:
                    raise StoreError(f"{error.filename} is missing") from error
            except OSError as error:
                raise StoreError(f"reading: {error.strerror or error}") from error
        raise AssertionError("unreachable")

    def _leads(self, stream: StreamId) -> int:
        layout = self._layout_of(stream)
        if layout is not None:
            return len(layout.leads)
        row = self._index.stream(stream) if self._index else None
        if row is not None:
            return row.leads
        self._look()
        for file in self._logs.files():
            leads = self._again(partial(leads_in, file, stream))
            if leads is not None:
                return leads
        raise NotFoundError(f"nothing is stored of {stream_name(stream)}")

    def _rate_hz(self, stream: StreamId) -> float | None:
        layout = self._layout_of(stream)
        if layout is not None:
            return layout.rate_hz
        row = self._index.stream(stream) if self._index else None
        return row.rate_mhz / 1000 if row else None

    def _window(self, stream: StreamId, start: int, stop: int, leads: int) -> Samples:
        files = self._logs.files()
        window = Samples.empty(start, stop, leads)
        rows = self._index.segments(stream, start, stop) if self._index else []
        for row in rows:
            self._lay_sealed(row, window)
        wanted = sum(span.length for span in self._stored(stream).within(start, stop))
        ordered = files if self._coverage.overlapping(stream) else files[::-1]
        for file in ordered:
            if ordered is not files and int(window.present.sum()) >= wanted:
                break
            lay(gather(self._disk, file, [Target(stream, start, stop)]), window)
        self._note(window.damage)
        return window

    def _lay_sealed(self, row: SegmentRow, window: Samples) -> None:
        stop = window.start + len(window.samples)
        try:
            read_window(self._disk, row, window.start, stop, window)
        except StoreDamagedError as error:
            self._note([Damage(row.name.base, 0, row.name.stream, row.start, row.stop, str(error))])

    # Beats -----------------------------------------------------------------------------------------------

    def beats(self, stream: StreamId, start: int, stop: int) -> Beats:
        """Sealed beats in ``[start, stop)``, in order; those of a damaged file are left out and named."""
        return beats_of(self.rows(stream, start, stop))

    def rows(self, stream: StreamId, start: int, stop: int) -> Beats:
        """The same with the rows of grades between them."""
        return self._again(lambda: self._rows(stream, start, stop))

    def _rows(self, stream: StreamId, start: int, stop: int) -> Beats:
        found = [no_beats()]
        for row in self._index.segments(stream, start, stop) if self._index else []:
            try:
                found.append(read_beats(self._disk, row))
            except StoreDamagedError as error:
                self._note([Damage(row.name.beats, 0, stream, row.start, row.stop, str(error))])
        beats = np.concatenate(found)
        return beats[(beats["sample"] >= start) & (beats["sample"] < stop)]

    # The coarse picture ----------------------------------------------------------------------------------

    def envelope(self, stream: StreamId, start: int, stop: int, bins: int) -> Envelope:
        """At most about ``2 × bins`` bins over ``[start, stop)``; bin edges are multiples of the bin size.

        Bins of four seconds and more come from the coarse file; finer ones from the samples.

        Raises:
            NotFoundError: nothing is known of the stream.
            InputError: an empty stretch, or no or more than ``BINS_MAX`` bins.
            StoreError: the disk failed.
        """
        if not 0 <= start < stop or not 0 < bins <= BINS_MAX:
            raise InputError(f"envelope of [{start}, {stop}) in {bins} bins")
        leads = self._leads(stream)
        rate = self._rate_hz(stream)
        fine = bin_samples(rate) if rate else 0
        size = max(1, (stop - start) // bins)
        if fine and size >= fine:
            size -= size % fine
        first = start // size
        count = -(-stop // size) - first
        picture = Picture.blank(first * size, size, count, leads)
        if fine and size >= fine:
            self._again(lambda: self._coarse(stream, fine, picture))
        else:
            self._fine(stream, picture)
        rates = np.full(count, np.nan)
        np.divide(picture.rate_sum, picture.rate_count, out=rates, where=picture.rate_count > 0)
        coverage = picture.covered / size
        return Envelope(
            first * size,
            size,
            picture.low,
            picture.high,
            rates.astype(np.float32),
            coverage.astype(np.float32),
        )

    def _fine(self, stream: StreamId, picture: Picture) -> None:
        """Fill a picture from samples and beats, a stretch at a time."""
        size, leads = picture.size, picture.low.shape[1]
        step = max(1, WINDOW_VALUES_MAX // 16 // leads // size)
        for at in range(0, len(picture.covered), step):
            rows = slice(at, min(at + step, len(picture.covered)))
            low, high = picture.start + rows.start * size, picture.start + rows.stop * size
            window = self._again(partial(self._window, stream, low, high, leads))
            into = (picture.low[rows], picture.high[rows], picture.covered[rows])
            kernels.coarse(window.samples, window.present, size, *into)
            beats = np.concatenate((self.beats(stream, low, high), self._open_beats(stream, low, high)))
            rates = bin_rates(beats, low, size, rows.stop - rows.start)
            picture.rate_sum[rows] = np.nan_to_num(rates)
            picture.rate_count[rows] = ~np.isnan(rates)

    def _open_beats(self, stream: StreamId, start: int, stop: int) -> Beats:
        """Beats of samples that are not sealed."""
        beats = self._beats_of(stream, start, stop)
        for row in self._index.segments(stream, start, stop) if self._index else []:
            beats = beats[(beats["sample"] < row.start) | (beats["sample"] >= row.stop)]
        return beats

    def _coarse(self, stream: StreamId, fine: int, picture: Picture) -> None:
        """Fill a picture from the coarse file, and from samples where they are not sealed."""
        fresh = Picture.blank(picture.start, picture.size, len(picture.covered), picture.low.shape[1])
        stop = picture.start + len(picture.covered) * picture.size
        rows = self._index.segments(stream, picture.start, stop) if self._index else []
        data = self._disk.map(coarse_path(stream)) if rows else None
        for row in rows:
            try:
                bins: Bins = read_bins(self._disk, row, data)
            except StoreDamagedError as error:
                self._note([Damage(coarse_path(stream), row.start, stream, row.start, row.stop, str(error))])
                bins = self._bins_anew(row)
            fresh.add(bins, row.start, fine)
        sealed = SpanSet(span for row in rows for span in row.spans)
        for part in _unsealed(self._stored(stream), sealed, picture.start, stop, fine):
            window = self._window(stream, part.start, part.stop, picture.low.shape[1])
            for span in sealed.within(part.start, part.stop):
                window.present[span.start - part.start : span.stop - part.start] = 0
            bins = bins_of(window.samples, window.present, fine)
            put_rates(bins, self._open_beats(stream, part.start, part.stop), part.start, fine)
            fresh.add(bins, part.start, fine)
        for name in ("low", "high", "covered", "rate_sum", "rate_count"):
            setattr(picture, name, getattr(fresh, name))

    def _bins_anew(self, row: SegmentRow) -> Bins:
        """Bins of a segment whose stretch of the coarse file is damaged."""
        try:
            return make_bins(self._disk, row, read_beats(self._disk, row))
        except StoreDamagedError as error:
            self._note([Damage(row.name.base, 0, row.name.stream, row.start, row.stop, str(error))])
            return bins_of(np.zeros((0, row.leads), np.int16), np.zeros(0, np.uint8), 1)


def _unsealed(stored: SpanSet, sealed: SpanSet, start: int, stop: int, fine: int) -> list[Span]:
    """Stretches, at bin edges and at most an hour of bins long, that hold all stored samples not sealed."""
    parts: list[Span] = []
    longest = 900 * fine
    for span in stored.within(start, stop):
        for hole in sealed.missing(*span):
            low, high = hole.start // fine * fine, -(-hole.stop // fine) * fine
            if parts and low <= parts[-1].stop and high - parts[-1].start <= longest:
                parts[-1] = Span(parts[-1].start, max(high, parts[-1].stop))
                continue
            low = max(low, parts[-1].stop) if parts else low
            parts += [Span(at, min(at + longest, high)) for at in range(low, high, longest)]
    return parts
