"""WFDB records out: format 16, streamed, whole or not there (R41).

Format 16 rather than 212: every 16-bit sample fits it, and it has a value that means "not measured".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError, OursError
from einthoven.base.instants import DAY, MICROSECOND, SECOND, Instant
from einthoven.base.layout import Layout
from einthoven.edges.exchange.atomic import PendingFile, make_folder, sync_folder
from einthoven.interop import wfdb

I16 = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class WrittenRecord:
    """A record on disk.

    Attributes:
        header: its ``.hea`` file.
        samples: per lead.
    """

    header: Path
    samples: int


def write_record(
    folder: Path,
    name: str,
    layout: Layout,
    blocks: Iterable[I16],
    start: Instant | None = None,
    comments: Callable[[], Iterable[str]] = tuple,
) -> WrittenRecord:
    """Write a WFDB record from blocks of samples, holding one block at a time.

    The header is written last and taken away first, so that a record is there whole or not at all.

    Args:
        folder: where; made if it is not there.
        name: record name: letters, digits, ``- _ .``.
        layout: rate and leads, written as given: gains, baselines, ADC zeros, resolutions, names.
        blocks: int16[n, leads] each, in order; unmeasured samples are ``INVALID_SAMPLE``.
        start: instant of the first sample, written to the microsecond.
        comments: lines for the header; asked before the first block and after the last.

    Raises:
        InputError: there are no samples, or a field cannot be written.
        StoreError: the disk does not take it; StoreFullError where it is full.
    """
    signals = _signals(name, layout, [0] * len(layout.leads), [0] * len(layout.leads))
    wfdb.write_header(
        _header(name, layout, signals, 1, start, tuple(comments()))
    )  # refuses before anything is written
    make_folder(folder)
    data, header = folder / f"{name}.dat", folder / f"{name}.hea"
    with PendingFile(data) as samples_file, PendingFile(header) as header_file:
        count, first, sums = _stream(samples_file, blocks, len(layout.leads))
        if count == 0:
            raise InputError(f"record {name}: there are no samples to write")
        checks = ((sums + 32768) % 65536 - 32768).tolist()
        signals = _signals(name, layout, first, checks)
        text = wfdb.write_header(_header(name, layout, signals, count, start, tuple(comments())))
        header_file.write(text.encode())
        samples_file.sync()
        header_file.sync()
        header.unlink(missing_ok=True)
        sync_folder(folder)
        samples_file.keep()
        sync_folder(folder)
        header_file.keep()
    sync_folder(folder)
    return WrittenRecord(header, count)


def _stream(file: PendingFile, blocks: Iterable[I16], leads: int) -> tuple[int, list[int], NDArray[np.int64]]:
    count, first = 0, [0] * leads
    sums = np.zeros(leads, np.int64)
    for block in blocks:
        if block.dtype != np.int16 or block.ndim != 2 or block.shape[1] != leads:
            raise OursError(f"a block of {block.dtype}{block.shape} in a record of {leads} leads")
        if not len(block):
            continue
        if count == 0:
            first = block[0].tolist()
        file.write(wfdb.encode(16, block, "record"))
        sums += block.sum(axis=0, dtype=np.int64)
        count += len(block)
    return count, first, sums


def _signals(name: str, layout: Layout, first: list[int], sums: list[int]) -> tuple[wfdb.SignalSpec, ...]:
    return tuple(
        wfdb.SignalSpec(
            file=f"{name}.dat",
            fmt=16,
            gain=lead.gain,
            baseline=lead.baseline,
            units=lead.units,
            resolution=lead.resolution,
            adc_zero=lead.adc_zero,
            initial=initial,
            checksum=total,
            name=lead.name,
        )
        for lead, initial, total in zip(layout.leads, first, sums, strict=True)
    )


def _header(
    name: str,
    layout: Layout,
    signals: tuple[wfdb.SignalSpec, ...],
    samples: int,
    start: Instant | None,
    comments: tuple[str, ...],
) -> wfdb.Header:
    day = time = None
    if start is not None:
        whole = round(start / MICROSECOND) * MICROSECOND
        day = datetime.fromtimestamp(whole // SECOND, UTC).date()
        time = whole % DAY
    return wfdb.Header(name, layout.rate_mhz / 1000, samples, day, time, signals, (), len(signals), comments)
