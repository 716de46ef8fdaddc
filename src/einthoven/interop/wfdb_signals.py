"""WFDB signal files: bytes to samples and back, whole arrays at a time (R41).

Source: PhysioNet's "WFDB Applications Guide", signal(5). Samples of several signals in one file are
interleaved. FLAC formats (508, 516, 524) need a codec and are opened in ``edges.exchange``; their samples
pass ``narrow`` here.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import RecordError
from einthoven.base.layout import INVALID_SAMPLE

I16 = NDArray[np.int16]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]

INVALID: Final = {
    16: -(2**15), 61: -(2**15), 160: -(2**15), 516: -(2**15), 80: -128, 508: -128, 212: -2048,
    310: -512, 311: -512, 24: -(2**23), 524: -(2**23), 32: -(2**31),
}  # fmt: skip
"""The value of each format that means "not measured" (signal(5)); format 8 has none."""
FLAC_FORMATS: Final = {508: 8, 516: 16, 524: 24}
"""Formats that are FLAC streams, and their bits a sample."""

_BYTES: Final = {8: (1, 1), 16: (1, 2), 61: (1, 2), 160: (1, 2), 80: (1, 1), 24: (1, 3), 32: (1, 4),
                 212: (2, 3), 310: (3, 4), 311: (3, 4)}  # fmt: skip
"""Format: (samples, bytes) of its smallest whole group."""


def byte_length(fmt: int, values: int) -> int:
    """The fewest bytes that hold ``values`` samples of a format."""
    samples, size = _BYTES[fmt]
    groups, rest = divmod(values, samples)
    if not rest:
        return groups * size
    return groups * size + {212: 2, 310: 2 + 2 * (rest - 1), 311: 4}[fmt]


def value_count(fmt: int, size: int) -> int:
    """How many whole samples ``size`` bytes of a format hold."""
    samples, group = _BYTES[fmt]
    values = size // group * samples
    for more in range(1, samples):
        if byte_length(fmt, values + more) > size:
            return values + more - 1
    return values + samples - 1


def check_length(fmt: int, size: int, values: int, source: str) -> None:
    """Whether ``size`` bytes hold ``values`` samples of a format.

    Raises:
        RecordError: they do not, or the format is none of plain bytes; names ``source`` and the bytes wanted.
    """
    if fmt not in _BYTES:
        raise RecordError(f"{source}: format {fmt} cannot be read from plain bytes")
    want = byte_length(fmt, values)
    if size < want:
        raise RecordError(f"{source}: {size} bytes of samples where {want} are needed: the file is cut short")


def decode(fmt: int, data: bytes | memoryview, values: int, source: str) -> NDArray[np.int32]:
    """The first ``values`` samples of a signal file (from its byte offset on), int32[values], as stored.

    Format 8 gives the differences; ``integrate`` turns them into samples.

    Raises:
        RecordError: the data end too early; names ``source`` and the bytes wanted.
    """
    check_length(fmt, len(data), values, source)
    raw = np.frombuffer(data, np.uint8, byte_length(fmt, values))
    if fmt in {212, 310, 311}:
        return _packed(fmt, raw, values)
    if fmt == 80:
        return raw.astype(np.int32) - 128
    if fmt == 8:
        return raw.view(np.int8).astype(np.int32)
    if fmt == 24:
        wide = np.zeros((values, 4), np.uint8)
        wide[:, 1:] = raw.reshape(values, 3)
        return (wide.reshape(-1).view("<i4") >> 8).astype(np.int32)
    if fmt == 160:
        return raw.view("<u2").astype(np.int32) - 32768
    kind = {16: "<i2", 61: ">i2", 32: "<i4"}[fmt]
    return raw.view(kind).astype(np.int32)


def _packed(fmt: int, raw: U8, values: int) -> NDArray[np.int32]:
    samples, size = _BYTES[fmt]
    groups = -(-values // samples)
    padded = np.zeros(groups * size, np.uint8)
    padded[: len(raw)] = raw
    out = np.empty((groups, samples), np.int32)
    if fmt == 212:
        triple = padded.reshape(groups, 3).astype(np.int32)
        out[:, 0] = triple[:, 0] | (triple[:, 1] & 0x0F) << 8
        out[:, 1] = triple[:, 2] | (triple[:, 1] & 0xF0) << 4
        bits = 12
    elif fmt == 310:
        pair = padded.view("<u2").reshape(groups, 2).astype(np.int32)
        out[:, 0] = pair[:, 0] >> 1 & 0x3FF
        out[:, 1] = pair[:, 1] >> 1 & 0x3FF
        out[:, 2] = pair[:, 0] >> 11 | (pair[:, 1] >> 11) << 5
        bits = 10
    else:
        word = padded.view("<u4").astype(np.int64)
        for place in range(3):
            out[:, place] = word >> 10 * place & 0x3FF
        bits = 10
    half = 1 << (bits - 1)
    return (((out + half) & (2 * half - 1)) - half).reshape(-1)[:values]


def integrate(differences: NDArray[np.int32], initial: list[int]) -> I64:
    """Samples of format 8 from their first differences.

    Args:
        differences: int32[n, signals]; the first row is the difference from ``initial``.
        initial: the header's initial value of each signal.
    """
    return np.cumsum(differences, axis=0, dtype=np.int64) + np.asarray(initial, np.int64)


def narrow(values: NDArray[np.int32] | I64, fmt: int, source: str, name: str, first: int = 0) -> I16:
    """Samples as int16; the format's invalid value becomes ``INVALID_SAMPLE``. ``first``: index of the first.

    Raises:
        RecordError: a sample does not fit 16 bits; names the file, signal and sample.
    """
    invalid = INVALID.get(fmt)
    bad = np.zeros(values.shape, bool) if invalid is None else values == invalid
    outside = ((values > 32767) | (values <= INVALID_SAMPLE)) & ~bad
    if outside.any():
        at = int(np.argmax(outside))
        raise RecordError(
            f"{source}: signal {name}: sample {first + at} is {int(values[at])}, "
            "outside the 16 bits that are stored"
        )
    return np.where(bad, INVALID_SAMPLE, values).astype(np.int16)


def encode(fmt: int, samples: I16, what: str) -> bytes:
    """Bytes of a format 16 or 212 signal file; ``INVALID_SAMPLE`` becomes the format's invalid value.

    Args:
        samples: int16[n, signals] or int16[values], interleaved by signal.

    Raises:
        RecordError: format 212 and a sample outside −2047 … 2047.
    """
    flat = np.ascontiguousarray(samples).reshape(-1)
    if fmt == 16:
        return flat.astype("<i2").tobytes()
    if fmt != 212:
        raise RecordError(f"{what}: format {fmt} is not written (16 or 212)")
    wide = np.where(flat == INVALID_SAMPLE, -2048, flat.astype(np.int32))
    if len(wide) and (wide.max() > 2047 or ((flat < -2047) & (flat != INVALID_SAMPLE)).any()):
        raise RecordError(f"{what}: a sample does not fit the 12 bits of format 212")
    size = byte_length(212, len(wide))
    even = np.zeros((len(wide) + 1) // 2 * 2, np.int32)
    even[: len(wide)] = wide & 0xFFF
    pairs = even.reshape(-1, 2)
    triple = np.empty((len(pairs), 3), np.uint8)
    triple[:, 0] = pairs[:, 0] & 0xFF
    triple[:, 1] = pairs[:, 0] >> 8 | pairs[:, 1] >> 8 << 4
    triple[:, 2] = pairs[:, 1] & 0xFF
    return triple.tobytes()[:size]


def checksum(samples: I16) -> NDArray[np.int64]:
    """The header's checksum of each signal, int64[signals]: the sum of int16[n, signals] in 16 bits."""
    total: NDArray[np.int64] = samples.sum(axis=0, dtype=np.int64)
    return (total + 32768) % 65536 - 32768
