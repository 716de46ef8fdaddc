"""Many SAMPLES frames at once: checked, decoded and acknowledged as arrays, no Python per frame (R8).

``parse`` says of each message what ``frames.decode`` would; a frame that is good here is good there and the
other way round. Whether a coded payload decodes is known only after ``decode_checked``: a center that runs it
before storing never acknowledges what cannot be read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.link.blocks import I64, U8, U32, FrameBatch, SampleBatch
from einthoven.link.codec import decode_into
from einthoven.link.limits import (
    MAX_FRAME_BYTES,
    MAX_INDEX,
    MAX_LEADS,
    MAX_SAMPLES,
    REASONS,
    SAMPLES_HEADER_BYTES,
    VERSION,
    FrameType,
)

ACK_LEN: Final = 32
"""Bytes of an ACK frame with one span."""

GOOD: Final = 0
SHORT: Final = REASONS.index("short")
LONG: Final = REASONS.index("long")
BAD_VERSION: Final = REASONS.index("version")
NOT_SAMPLES: Final = REASONS.index("type")
"""Some other frame, or no known one: ``frames.decode`` has the last word."""
BAD_CRC: Final = REASONS.index("crc")
BAD_FLAGS: Final = REASONS.index("flags")
BAD_RESERVED: Final = REASONS.index("reserved")
BAD_COUNT: Final = REASONS.index("count")
BAD_LEADS: Final = REASONS.index("leads")
BAD_INDEX: Final = REASONS.index("index")
BAD_CODEC: Final = REASONS.index("codec")
BAD_PAYLOAD: Final = REASONS.index("payload")

_SAMPLES: Final = int(FrameType.SAMPLES)
_ACK: Final = int(FrameType.ACK)


def _tables() -> U32:
    """CRC-32 of one byte followed by 0 … 7 zero bytes, uint32[8, 256]."""
    tables = np.zeros((8, 256), np.uint32)
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (0xEDB88320 if value & 1 else 0)
        tables[0, byte] = value
    for row in range(1, 8):
        before = tables[row - 1]
        tables[row] = (before >> np.uint32(8)) ^ tables[0][before & np.uint32(255)]
    return tables


_TABLES: Final = _tables()


@dataclass(frozen=True, slots=True)
class Parsed:
    """What ``parse`` found, one row a message; all but ``code`` mean nothing where ``code`` is not 0.

    Attributes:
        code: uint8[k], 0 for a good SAMPLES frame, else the position of the reason in ``limits.REASONS``.
        start, count, leads: int64[k], of the header.
        lane: int64[k], 0 live, 1 backlog.
        codec: int64[k].
    """

    code: U8
    start: I64
    count: I64
    leads: I64
    lane: I64
    codec: I64


@njit(cache=True, nogil=True)
def _crc_bytes(data: U8, at: int, stop: int, crc: np.uint32) -> np.uint32:
    """The running (inverted) CRC after ``data[at:stop]``, eight bytes a step."""
    byte = np.uint32(255)
    while at + 8 <= stop:
        low = (
            np.uint32(data[at])
            | (np.uint32(data[at + 1]) << np.uint32(8))
            | (np.uint32(data[at + 2]) << np.uint32(16))
            | (np.uint32(data[at + 3]) << np.uint32(24))
        ) ^ crc
        crc = (
            _TABLES[7, low & byte]
            ^ _TABLES[6, (low >> np.uint32(8)) & byte]
            ^ _TABLES[5, (low >> np.uint32(16)) & byte]
            ^ _TABLES[4, low >> np.uint32(24)]
            ^ _TABLES[3, data[at + 4]]
            ^ _TABLES[2, data[at + 5]]
            ^ _TABLES[1, data[at + 6]]
            ^ _TABLES[0, data[at + 7]]
        )
        at += 8
    while at < stop:
        crc = (crc >> np.uint32(8)) ^ _TABLES[0, (crc ^ np.uint32(data[at])) & byte]
        at += 1
    return np.uint32(crc)


@njit(cache=True, nogil=True)
def frame_crc(data: U8, at: int, stop: int) -> np.uint32:
    """CRC-32 of the frame in ``data[at:stop]``, 8 bytes at least, its own four bytes taken as zero."""
    crc = _crc_bytes(data, at, at + 4, np.uint32(0xFFFFFFFF))
    for _ in range(4):
        crc = (crc >> np.uint32(8)) ^ _TABLES[0, crc & np.uint32(255)]
    return np.uint32(_crc_bytes(data, at + 8, stop, crc) ^ np.uint32(0xFFFFFFFF))


@njit(cache=True, nogil=True)
def _number(data: U8, at: int, size: int) -> np.uint64:
    """``size`` bytes little-endian, unsigned."""
    value = np.uint64(0)
    for index in range(size):
        value |= np.uint64(data[at + index]) << np.uint64(8 * index)
    return value


@njit(cache=True, nogil=True)
def _head_code(data: U8, at: int, size: int) -> int:
    """The checks that every frame gets, in the order of ``frames.decode``."""
    if size < 8:
        return SHORT
    if size > MAX_FRAME_BYTES:
        return LONG
    if data[at] != VERSION:
        return BAD_VERSION
    if data[at + 1] != _SAMPLES:
        return NOT_SAMPLES
    if _number(data, at + 4, 4) != np.uint64(frame_crc(data, at, at + size)):
        return BAD_CRC
    if data[at + 2] > 1:
        return BAD_FLAGS
    return SHORT if size < SAMPLES_HEADER_BYTES else GOOD


@njit(cache=True, nogil=True)
def _body_code(start: np.uint64, count: int, leads: int, codec: int, payload: int) -> int:
    """The checks of ``bodies.check_samples``, in its order."""
    if not 1 <= count <= MAX_SAMPLES:
        return BAD_COUNT
    if not 1 <= leads <= MAX_LEADS:
        return BAD_LEADS
    longest = leads * (1 + 2 * count)
    if SAMPLES_HEADER_BYTES + longest > MAX_FRAME_BYTES:
        return BAD_COUNT
    if start > np.uint64(MAX_INDEX - count):
        return BAD_INDEX
    if codec > 1:
        return BAD_CODEC
    if codec == 0:
        return GOOD if payload == 2 * count * leads else BAD_PAYLOAD
    return GOOD if 3 * leads <= payload <= longest else BAD_PAYLOAD


@njit(cache=True, nogil=True)
def _parse(data: U8, offset: I64, length: I64, code: U8, numbers: NDArray[np.int64]) -> None:
    for row in range(len(offset)):
        at, size = offset[row], length[row]
        if at < 0 or size < 0 or at + size > len(data):
            code[row] = SHORT
            continue
        code[row] = _head_code(data, at, size)
        if code[row] != GOOD:
            continue
        if data[at + 21] | data[at + 22] | data[at + 23]:
            code[row] = BAD_RESERVED
            continue
        start: Any = _number(data, at + 8, 8)
        count: Any = np.int64(_number(data, at + 16, 4))
        leads: Any = np.int64(data[at + 20])
        codec: Any = np.int64(data[at + 3])
        code[row] = _body_code(start, count, leads, codec, size - SAMPLES_HEADER_BYTES)
        if code[row] == GOOD:
            numbers[0, row] = np.int64(start)
            numbers[1, row] = count
            numbers[2, row] = leads
            numbers[3, row] = data[at + 2]
            numbers[4, row] = codec


def join(messages: Sequence[bytes]) -> tuple[U8, I64, I64]:
    """Messages end to end: the bytes, and where each begins and how long it is."""
    length = np.fromiter(map(len, messages), np.int64, len(messages))
    offset = np.cumsum(length) - length
    return np.frombuffer(bytearray().join(messages), np.uint8), offset, length


def parse(data: U8, offset: I64, length: I64) -> Parsed:
    """Check SAMPLES frames lying in one buffer: version, type, length, CRC-32, limits.

    Args:
        data: uint8, the messages' bytes.
        offset, length: int64[k], where each message is; a row outside ``data`` gets code ``SHORT``.
    """
    rows = len(offset)
    code = np.empty(rows, np.uint8)
    numbers = np.zeros((5, rows), np.int64)
    _parse(data, offset, length, code, numbers)
    return Parsed(code, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4])


@njit(cache=True, nogil=True)
def _decode_rows(
    data: U8, offset: I64, length: I64, count: I64, leads: I64, to: I64, out: NDArray[np.int16]
) -> int:
    """Decode row by row; a row that fails gets ``count`` 0. How many failed."""
    failed = 0
    for row in range(len(offset)):
        at, size = offset[row] + SAMPLES_HEADER_BYTES, length[row] - SAMPLES_HEADER_BYTES
        bad = at < SAMPLES_HEADER_BYTES or size < 0 or at + size > len(data)
        if not bad:
            codec: Any = np.int64(data[at - SAMPLES_HEADER_BYTES + 3])
            bad = decode_into(data, at, size, count[row], leads[row], codec, out, to[row]) != 0
        if bad:
            count[row] = 0
            failed += 1
    return failed


def decode_checked(batch: FrameBatch, stored: bool) -> tuple[SampleBatch, I64]:
    """Decode a batch; also the rows whose payload is damaged.

    Such a row keeps its place with ``count`` 0 (and no samples that mean anything), so rows still match.

    Returns:
        The samples, and int64[m] the failed rows, ascending.
    """
    size = batch.count * batch.leads
    to = np.cumsum(size) - size
    out = np.empty(int(size.sum()), np.int16)
    count = batch.count.copy()
    failed = _decode_rows(batch.data, batch.offset, batch.length, count, batch.leads, to, out)
    rows = np.flatnonzero(count == 0) if failed else np.empty(0, np.int64)
    samples = SampleBatch(
        out, to, batch.stream, batch.start, count, batch.leads, batch.lane, batch.received, stored
    )
    return samples, rows


def decode(batch: FrameBatch, stored: bool) -> SampleBatch:
    """As ``decode_checked``, for a batch already known to decode."""
    return decode_checked(batch, stored)[0]


@njit(cache=True, nogil=True)
def _put(out: U8, row: int, at: int, value: np.uint64, size: int) -> None:
    for index in range(size):
        out[row, at + index] = np.uint8((value >> np.uint64(8 * index)) & np.uint64(255))


@njit(cache=True, nogil=True)
def _acks(start: I64, stop: I64, last_event: I64, out: U8) -> None:
    flat = out.reshape(-1)
    for row in range(len(start)):
        out[row, 0] = VERSION
        out[row, 1] = _ACK
        _put(out, row, 8, np.uint64(last_event[row]), 4)
        _put(out, row, 12, np.uint64(1), 2)
        _put(out, row, 16, np.uint64(start[row]), 8)
        _put(out, row, 24, np.uint64(stop[row]), 8)
        crc = frame_crc(flat, row * ACK_LEN, (row + 1) * ACK_LEN)
        _put(out, row, 4, np.uint64(crc), 4)


def acks(start: I64, stop: I64, last_event: I64 | None = None) -> U8:
    """One ACK frame of one span a row, uint8[k, ACK_LEN].

    Args:
        start, stop: int64[k], the durable span of each.
        last_event: int64[k], last durable event number of each stream; 0 (says nothing) when left out.
    """
    out = np.zeros((len(start), ACK_LEN), np.uint8)
    _acks(start, stop, np.zeros(len(start), np.int64) if last_event is None else last_event, out)
    return out
