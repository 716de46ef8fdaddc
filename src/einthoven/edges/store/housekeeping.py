"""The archive's chores: master headers, files no more in force, and what a crash left half done."""

from __future__ import annotations

import zlib

from einthoven.base.errors import StoreDamagedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.edges.store.beats import Beats, beats_to_bytes
from einthoven.edges.store.coarse import bin_samples, put_rates
from einthoven.edges.store.disk import Disk
from einthoven.edges.store.index import IndexReader, IndexWriter, SegmentRow
from einthoven.edges.store.sealed import Sources, make_bins, put_coarse, read_beats, read_bins
from einthoven.edges.store.wfdb import LAYOUT_SUFFIX, SegmentName, layout_header, master_header, stream_folder


class Housekeeping:
    """Work that a commit of the index leaves behind; all of it can be done twice."""

    def __init__(self, disk: Disk, index: IndexWriter, reader: IndexReader, sources: Sources) -> None:
        self._disk = disk
        self._index = index
        self._reader = reader
        self._sources = sources
        self._masters: dict[StreamId, None] = {}
        self._garbage: list[tuple[SegmentName, int]] = []
        self._masters_done: list[StreamId] = []
        self._garbage_done: list[SegmentName] = []

    def committed(self, stream: StreamId, old: SegmentRow | None) -> None:
        """A segment came into force in the place of ``old``."""
        self._masters[stream] = None
        if old is not None:
            self._garbage.append((old.name, old.leads))

    def tidy(self) -> None:
        """Write master headers that are due, then remove files no more in force.

        Raises:
            OSError: the disk failed; what is left is done at the next call.
        """
        for stream in list(self._masters):
            self._write_master(stream)
            del self._masters[stream]
            self._masters_done.append(stream)
        while self._garbage:
            name, leads = self._garbage[-1]
            for path in (name.header, name.beats, *name.signals(leads)):
                self._disk.unlink(path)
            self._garbage.pop()
            self._garbage_done.append(name)

    def settle(self) -> None:
        """Record what ``tidy`` did; inside a transaction of the index."""
        for stream in self._masters_done:
            if stream not in self._masters:
                self._index.master_written(stream)
        for name in self._garbage_done:
            self._index.forget(name)
        self._masters_done, self._garbage_done = [], []

    def _write_master(self, stream: StreamId) -> None:
        rows = self._reader.segments(stream)
        layout = self._sources.layout_of(stream)
        if not rows or layout is None:
            return
        at = self._sources.time_of(stream, 0)
        segments = [(row.name, row.start, row.stop) for row in rows]
        folder = stream_folder(stream)
        plan = f"{folder}/{stream_name(stream)}{LAYOUT_SUFFIX}.hea"
        if self._disk.size(plan) is None:
            self._disk.replace(plan, layout_header(stream, layout))
        master = master_header(stream, layout, segments, at)
        self._disk.replace(f"{folder}/{stream_name(stream)}.hea", master)

    def recover(self) -> list[str]:
        """Put in order what a crash left; before anything is sealed.

        Raises:
            StoreError: the index failed.
            OSError: the disk failed.
        """
        notes: list[str] = []
        self._garbage += self._reader.garbage()
        for name, _ in self._garbage:
            notes.append(f"{name.record}: files not in force, removed")
            row = self._reader.segment(name.stream, name.number)
            if row is not None and not self._coarse_whole(row):
                self._mend_coarse(row, notes)
        for row in self._reader.beats_unsettled():
            self._mend_coarse(row, notes)
        for stream in self._reader.masters_due():
            self._masters[stream] = None
        self.tidy()
        self.close()
        return notes

    def close(self) -> None:
        """Record now what ``tidy`` did.

        Raises:
            StoreError: the index failed.
        """
        if self._masters_done or self._garbage_done:
            with self._index.transaction():
                self.settle()

    def _coarse_whole(self, row: SegmentRow) -> bool:
        try:
            read_bins(self._disk, row)
        except (StoreDamagedError, FileNotFoundError):
            return False
        return True

    def _mend_coarse(self, row: SegmentRow, notes: list[str]) -> None:
        """Make the coarse stretch of a segment agree with its samples and beats, and settle its checksums."""
        try:
            data = self._disk.read(row.name.beats)
            beats = read_beats(self._disk, row)
            coarse = make_bins(self._disk, row, beats).tobytes()
        except (StoreDamagedError, FileNotFoundError) as error:
            notes.append(f"{row.name.record}: coarse file not made anew: {error}")
            return
        self._disk.sync([put_coarse(self._disk, row, coarse), row.name.beats])
        with self._index.transaction():
            self._index.beats_settled(row.name, zlib.crc32(data), zlib.crc32(coarse))
        notes.append(f"{row.name.record}: coarse file made anew")


def replace_segment_beats(disk: Disk, index: IndexWriter, row: SegmentRow, beats: Beats) -> None:
    """Replace a sealed segment's annotation file and the heart rate in its coarse stretch.

    The new checksum is committed before the file is replaced, so that after a crash either file is known
    good.

    Raises:
        StoreError, OSError: the index or the disk failed; the start puts it in order.
    """
    content = beats_to_bytes(beats, row.start, row.rate_hz)
    try:
        bins = read_bins(disk, row).copy()
        put_rates(bins, beats, row.start, bin_samples(row.rate_hz))
    except (StoreDamagedError, FileNotFoundError):
        bins = make_bins(disk, row, beats)
    coarse = bins.tobytes()
    with index.transaction():
        index.beats_next(row.name, zlib.crc32(content))
    disk.replace(row.name.beats, content)
    disk.sync([put_coarse(disk, row, coarse)])
    with index.transaction():
        index.beats_settled(row.name, zlib.crc32(content), zlib.crc32(coarse))
