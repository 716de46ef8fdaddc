"""WFDB records on disk: header, signal files and segments to one array (R41)."""

from __future__ import annotations

from dataclasses import replace
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
from numpy.typing import NDArray

from einthoven.base.errors import RecordError
from einthoven.base.layout import INVALID_SAMPLE
from einthoven.interop import wfdb

I16 = NDArray[np.int16]
_SAMPLES_MAX = 2**32
"""Fifty days at 1000 Hz."""
_PIECE = 3 * 2**16
"""Samples of each signal that are widened at once: a multiple of every format's group, which are not cut."""


def read_bytes(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        RecordError: it is not there or cannot be read; one line naming it.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise RecordError(f"{path}: {error.strerror or 'cannot be read'}") from error


def read_header(base: Path) -> wfdb.Header:
    """The header of a record; ``base`` is its path without extension."""
    path = base.parent / f"{base.name}.hea"
    return wfdb.parse_header(read_bytes(path), str(path))


def read_wfdb(base: Path) -> tuple[wfdb.Header, I16]:
    """A record: its header with a ``SignalSpec`` a signal, and int16[n, signals]; holes are INVALID_SAMPLE.

    A multi-segment record is joined; its header then carries the signals of its segments.

    Raises:
        RecordError: a file is missing, damaged or cut short; one line naming file and field.
    """
    header = read_header(base)
    if header.segments:
        return _read_segments(base, header)
    if not header.signals:
        raise RecordError(f"{base}.hea: the record has no signals")
    return header, _read_single(base, header)


def _read_single(base: Path, header: wfdb.Header) -> I16:
    groups: dict[str, list[int]] = {}
    for index, signal in enumerate(header.signals):
        groups.setdefault(signal.file, []).append(index)
    parts: list[tuple[list[int], I16]] = []
    samples = header.samples
    for file, members in groups.items():
        group = [header.signals[index] for index in members]
        if any(signal.fmt == 0 for signal in group):
            part = _blank(samples or 0, len(group), f"{base}.hea")
        else:
            part = _read_group(base.parent / file, group, samples)
        if samples is None and group[0].fmt:
            samples = len(part)
        parts.append((members, part))
    if len(parts) == 1:
        return parts[0][1]
    out = np.empty((samples or 0, len(header.signals)), np.int16)
    for members, part in parts:
        if len(part) != len(out):
            raise RecordError(f"{base}.hea: signal files of {len(out)} and {len(part)} samples")
        out[:, members] = part
    return out


def _blank(samples: int, signals: int, source: str) -> I16:
    """So many samples that were not measured."""
    if samples > _SAMPLES_MAX:
        raise RecordError(f"{source}: {samples} samples: more than any record has")
    try:
        return np.full((samples, signals), INVALID_SAMPLE, np.int16)
    except MemoryError as error:
        raise RecordError(
            f"{source}: {samples} samples of {signals} signals do not fit into memory"
        ) from error


def _read_group(path: Path, signals: list[wfdb.SignalSpec], samples: int | None) -> I16:
    fmt, offset = signals[0].fmt, signals[0].offset
    if any(signal.fmt != fmt or signal.offset != offset for signal in signals):
        raise RecordError(f"{path}: signals of one file differ in format or byte offset")
    if fmt in wfdb.FLAC_FORMATS:
        return _read_flac(path, signals, samples)
    try:
        with path.open("rb") as file:
            return _read_plain(path, file, signals, samples)
    except OSError as error:
        raise RecordError(f"{path}: {error.strerror or 'cannot be read'}") from error


def _read_plain(path: Path, file: BinaryIO, signals: list[wfdb.SignalSpec], samples: int | None) -> I16:
    """A piece at a time, so that a day of samples is held once."""
    fmt, offset, channels = signals[0].fmt, signals[0].offset, len(signals)
    size = max(0, file.seek(0, SEEK_END) - offset)
    file.seek(offset)
    if samples is None:
        samples = wfdb.value_count(fmt, size) // channels
    if samples > _SAMPLES_MAX:
        raise RecordError(f"{path}: {samples} samples: more than any record has")
    wfdb.check_length(fmt, size, samples * channels, str(path))
    out = np.empty((samples, channels), np.int16)
    if fmt == 8:
        steps = wfdb.decode(fmt, file.read(), samples * channels, str(path)).reshape(samples, channels)
        _narrow(wfdb.integrate(steps, [signal.initial or 0 for signal in signals]), path, signals, out, 0)
        return out
    for first in range(0, samples, _PIECE):
        piece = out[first : first + _PIECE]
        data = file.read(wfdb.byte_length(fmt, piece.size))
        _narrow(
            wfdb.decode(fmt, data, piece.size, str(path)).reshape(piece.shape), path, signals, piece, first
        )
    return out


def _narrow(
    values: NDArray[np.int32] | NDArray[np.int64],
    path: Path,
    signals: list[wfdb.SignalSpec],
    out: I16,
    first: int,
) -> None:
    for index, signal in enumerate(signals):
        name = signal.name or str(index)
        out[:, index] = wfdb.narrow(values[:, index], signal.fmt, str(path), name, first)


def _read_flac(path: Path, signals: list[wfdb.SignalSpec], samples: int | None) -> I16:
    fmt, channels = signals[0].fmt, len(signals)
    pieces: list[I16] = []
    count = 0
    try:
        with soundfile.SoundFile(str(path)) as file:
            if file.format != "FLAC":
                raise RecordError(f"{path}: format {fmt} wants a FLAC file, this is {file.format}")
            if file.channels != channels:
                raise RecordError(f"{path}: {file.channels} channels where the header has {channels} signals")
            while samples is None or count < samples:
                wanted = _PIECE if samples is None else min(_PIECE, samples - count)
                data: NDArray[np.int32] = file.read(wanted, dtype="int32", always_2d=True)
                if len(data) == 0:
                    break
                pieces.append(np.empty(data.shape, np.int16))
                _narrow(data >> (32 - wfdb.FLAC_FORMATS[fmt]), path, signals, pieces[-1], count)
                count += len(data)
    except (soundfile.SoundFileError, OSError) as error:
        first = str(error).splitlines()[0] if str(error) else "cannot be read"
        raise RecordError(f"{path}: {first}") from error
    if samples is not None and count < samples:
        raise RecordError(f"{path}: {count} samples where the header says {samples}: the file is cut short")
    return np.concatenate([np.empty((0, channels), np.int16), *pieces])


def _read_segments(base: Path, header: wfdb.Header) -> tuple[wfdb.Header, I16]:
    signals: tuple[wfdb.SignalSpec, ...] = ()
    parts: list[tuple[int, wfdb.Header, I16]] = []
    at = 0
    for segment in header.segments:
        if segment.name != "~":
            part = read_header(base.parent / segment.name)
            where = f"{base.parent / segment.name}.hea"
            if part.segments:
                raise RecordError(f"{where}: a segment has segments of its own")
            if part.rate_hz != header.rate_hz:
                raise RecordError(f"{where}: {part.rate_hz:g} Hz in a record of {header.rate_hz:g} Hz")
            if segment.samples:
                data = _read_single(base.parent / segment.name, replace(part, samples=segment.samples))
                parts.append((at, part, data))
            if not signals or not segment.samples:
                signals = part.signals
        at += segment.samples
    if not signals:
        raise RecordError(f"{base}.hea: no segment has signals")
    out = _blank(at, len(signals), f"{base}.hea")
    for start, part, data in parts:
        for index, signal in enumerate(part.signals):
            column = _column(signals, signal, index, f"{base.parent / part.name}.hea")
            out[start : start + len(data), column] = data[:, index]
    return replace(header, signals=signals), out


def _column(signals: tuple[wfdb.SignalSpec, ...], signal: wfdb.SignalSpec, index: int, where: str) -> int:
    """Where a segment's signal belongs: at its own place if the names agree, else where its name stands."""
    if index < len(signals) and signals[index].name == signal.name:
        column = index
    else:
        column = next((at for at, one in enumerate(signals) if one.name == signal.name), -1)
    if column < 0:
        raise RecordError(f"{where}: signal {signal.name!r} is not among the record's signals")
    kept = signals[column]
    if (kept.gain, kept.baseline, kept.units) != (signal.gain, signal.baseline, signal.units):
        raise RecordError(f"{where}: signal {signal.name!r} has another gain or baseline than before")
    return column
