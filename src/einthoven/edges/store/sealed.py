"""One sealed segment: made from a window of samples, and read back with every checksum looked at."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import StoreDamagedError
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.base.layout import Layout
from einthoven.edges.store.beats import Beats, beats_from_bytes, beats_to_bytes
from einthoven.edges.store.coarse import (
    HEADER_BYTES,
    Bins,
    bin_samples,
    bin_type,
    bins_of,
    coarse_header,
    coarse_path,
    put_rates,
    read_coarse_header,
)
from einthoven.edges.store.disk import Disk
from einthoven.edges.store.gather import Samples
from einthoven.edges.store.index import SegmentRow
from einthoven.edges.store.wfdb import SegmentName, flac, segment_header, split_leads, unflac

I16 = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Sources:
    """What sealing needs to know that is not in the log; called on the sealer's thread.

    Attributes:
        layout_of: a stream's layout, None while it is not known: then it stays in the log.
        time_of: center time of a sample of a stream, None while it is not known.
        beats_of: the analysis's ``BEAT`` rows in ``[start, stop)`` of a stream, in order.
    """

    layout_of: Callable[[StreamId], Layout | None]
    time_of: Callable[[StreamId, int], Instant | None]
    beats_of: Callable[[StreamId, int, int], Beats]


@dataclass(frozen=True, slots=True)
class Made:
    """A segment ready to be written: its row, its files, its stretch of the coarse file."""

    row: SegmentRow
    files: dict[str, bytes]
    coarse: bytes
    layout: Layout


def make_segment(
    name: SegmentName,
    window: Samples,
    layout: Layout,
    beats: Beats,
    at: Instant | None,
    sequence: int,
    now: Instant,
) -> Made:
    """Everything that lies on disk for one segment.

    Args:
        window: its samples; begins at the segment's first sample.
        beats: inside the window, in order.
        at: center time of its first sample.
        sequence: blocks below this are in it.
    """
    start, leads = window.start, window.samples.shape[1]
    stop = start + len(window.samples)
    files = {name.header: segment_header(name, layout, start, window.samples, at)}
    for path, part in zip(name.signals(leads), split_leads(leads), strict=True):
        files[path] = flac(window.samples[:, part], layout.rate_hz)
    checksums = tuple(zlib.crc32(content) for content in files.values())
    files[name.beats] = beats_to_bytes(beats, start, layout.rate_hz)
    bins = bins_of(window.samples, window.present, bin_samples(layout.rate_hz))
    put_rates(bins, beats, start, bin_samples(layout.rate_hz))
    coarse = bins.tobytes()
    row = SegmentRow(
        name,
        start,
        stop,
        sequence,
        leads,
        layout.rate_mhz,
        sum(map(len, files.values())) + len(coarse),
        tuple(window.spans()),
        checksums,
        zlib.crc32(files[name.beats]),
        zlib.crc32(coarse),
        now,
    )
    return Made(row, files, coarse, layout)


def put_coarse(disk: Disk, row: SegmentRow, coarse: bytes) -> str:
    """Write a segment's stretch of the coarse file, not yet durable; the file's path."""
    path = coarse_path(row.name.stream)
    size = bin_samples(row.rate_hz)
    head = coarse_header(row.name.stream, size, row.leads)
    if disk.size(path) is None or disk.read(path, 0, HEADER_BYTES) != head:
        disk.patch(path, 0, head)
    disk.patch(path, HEADER_BYTES + row.start // size * bin_type(row.leads).itemsize, coarse)
    return path


def read_samples(disk: Disk, row: SegmentRow, start: int, stop: int) -> I16:
    """Samples ``[start, stop)`` of a sealed segment, which must lie in it; holes hold ``INVALID_SAMPLE``.

    Raises:
        StoreDamagedError: a signal file fails its checksum; names it.
        FileNotFoundError: the files are gone: a newer generation is in force, or they were lost.
    """
    parts = []
    for path, crc in zip(row.name.signals(row.leads), row.checksums[1:], strict=True):
        data = disk.map(path).data
        if zlib.crc32(data) != crc:
            raise StoreDamagedError(f"{path}: fails its checksum")
        parts.append(unflac(data, start - row.start, stop - row.start, path))
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def read_window(disk: Disk, row: SegmentRow, start: int, stop: int, window: Samples) -> None:
    """Lay what a sealed segment holds of ``[start, stop)`` into a window that contains it.

    Raises:
        StoreDamagedError, FileNotFoundError: as ``read_samples``.
    """
    low, high = max(start, row.start), min(stop, row.stop)
    wanted = [
        (max(low, span.start), min(high, span.stop))
        for span in row.spans
        if span.start < high and span.stop > low
    ]
    if not wanted:
        return
    low, high = wanted[0][0], wanted[-1][1]
    samples = read_samples(disk, row, low, high)
    for first, end in wanted:
        rows = slice(first - window.start, end - window.start)
        window.samples[rows] = samples[first - low : end - low]
        window.present[rows] = 1


def read_beats(disk: Disk, row: SegmentRow) -> Beats:
    """Beats of a sealed segment.

    Raises:
        StoreDamagedError: the annotation file fails its checksum or does not parse.
        FileNotFoundError: it is gone.
    """
    data = disk.read(row.name.beats)
    if zlib.crc32(data) not in (row.beats_crc, row.next_beats_crc):
        raise StoreDamagedError(f"{row.name.beats}: fails its checksum")
    return beats_from_bytes(data, row.start, row.rate_hz, row.name.beats)


def read_bins(disk: Disk, row: SegmentRow, data: NDArray[np.uint8] | None = None) -> Bins:
    """Coarse bins of a sealed segment; ``data`` is the mapped coarse file where the caller has it.

    Raises:
        StoreDamagedError: they fail their checksum.
        FileNotFoundError: there is no coarse file.
    """
    path = coarse_path(row.name.stream)
    data = disk.map(path) if data is None else data
    size, leads = read_coarse_header(data[:HEADER_BYTES].tobytes(), path)
    kind = bin_type(row.leads)
    at = HEADER_BYTES + row.start // size * kind.itemsize
    stretch = data[at : at - (row.start - row.stop) // size * kind.itemsize]
    if leads != row.leads or zlib.crc32(stretch.data) != row.coarse_crc:
        raise StoreDamagedError(f"{path}: bytes {at} to {at + len(stretch)} fail their checksum")
    return stretch.view(kind)


def make_bins(disk: Disk, row: SegmentRow, beats: Beats) -> Bins:
    """The same bins made anew from the segment's samples and these beats."""
    window = Samples.empty(row.start, row.stop, row.leads)
    read_window(disk, row, row.start, row.stop, window)
    bins = bins_of(window.samples, window.present, bin_samples(row.rate_hz))
    put_rates(bins, beats, row.start, bin_samples(row.rate_hz))
    return bins
