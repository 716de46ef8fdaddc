"""A second reading of the binary messages, written from the format's description alone."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np


@dataclass
class ParsedRun:
    stream: int
    lead: int
    mode: int
    flags: int
    columns: int
    start: float
    spc: float
    newest_ms: float
    gain: float
    baseline: float
    values: np.ndarray

    @property
    def first(self) -> int:
        """Number of the first column."""
        return round(self.start / self.spc)


def parse_runs(data: bytes) -> tuple[int, int, float, list[ParsedRun]]:
    """(kind, epoch, server_ms, runs) of a message of kind 1 or 2; raises AssertionError on any misfit."""
    version, kind, count = data[0], data[1], int.from_bytes(data[2:4], "little")
    epoch = int.from_bytes(data[4:8], "little")
    (server_ms,) = struct.unpack_from("<d", data, 8)
    assert version == 1
    assert data[16:24] == bytes(8)
    at = 24
    runs = []
    for _ in range(count):
        assert at % 8 == 0
        stream = int.from_bytes(data[at : at + 4], "little")
        lead, mode = data[at + 4], data[at + 5]
        flags = int.from_bytes(data[at + 6 : at + 8], "little")
        columns = int.from_bytes(data[at + 8 : at + 12], "little")
        assert data[at + 12 : at + 16] == bytes(4)
        start, spc, newest = struct.unpack_from("<3d", data, at + 16)
        gain, baseline = struct.unpack_from("<2f", data, at + 40)
        at += 48
        length = 2 * columns * (2 if mode else 1)
        values = np.frombuffer(data[at : at + length], "<i2")
        if mode:
            values = values.reshape(-1, 2)
        at += length
        padding = -length % 8
        assert data[at : at + padding] == bytes(padding)
        at += padding
        runs.append(ParsedRun(stream, lead, mode, flags, columns, start, spc, newest, gain, baseline, values))
    assert at == len(data)
    return kind, epoch, server_ms, runs


def parse_envelope(data: bytes) -> dict[str, object]:
    """An envelope message as arrays."""
    assert data[0] == 1
    assert data[1] == 3
    stream, bins, leads, zero = struct.unpack_from("<4I", data, 24)
    start, size = struct.unpack_from("<2d", data, 40)
    assert zero == 0
    at = 56

    def take(form: str) -> np.ndarray:
        nonlocal at
        values = np.frombuffer(data, form, bins, at)
        at += -(-values.nbytes // 8) * 8
        return values

    rate, coverage = take("<f4"), take("<f4")
    low, high = [], []
    for _ in range(leads):
        low.append(take("<i2"))
        high.append(take("<i2"))
    assert at == len(data)
    return {
        "stream": stream,
        "start": start,
        "bin_samples": size,
        "rate": rate,
        "coverage": coverage,
        "low": low,
        "high": high,
    }


@dataclass
class ParsedBeats:
    stream: int
    start: float
    stop: float
    beats: list[tuple[float, int, int, int, int]]
    """(sample, rr_ms, conf, code, flags)"""


def parse_beats(data: bytes) -> tuple[int, list[ParsedBeats]]:
    """(epoch, spans) of a message of kind 4; raises AssertionError on any misfit."""
    assert (data[0], data[1]) == (1, 4)
    count, epoch = struct.unpack_from("<HI", data, 2)
    assert data[16:24] == bytes(8)
    at = 24
    spans = []
    for _ in range(count):
        stream, beats, start, stop = struct.unpack_from("<IIdd", data, at)
        at += 24
        rows = []
        for _ in range(beats):
            sample, rr_ms, conf, code, flags, zero = struct.unpack_from("<dHHBBH", data, at)
            assert zero == 0
            assert start <= sample < stop
            rows.append((sample, rr_ms, conf, code, flags))
            at += 16
        spans.append(ParsedBeats(stream, start, stop, rows))
    assert at == len(data)
    return epoch, spans
