"""Lossless coding of samples on the link: Rice codes of fixed predictors (bit format: ``docs/wire.md``).

Made for a microcontroller: integer arithmetic modulo 2¹⁶ only, no table, one pass per predictor, and at worst
one byte per lead more than plain samples. Every int16 comes back, in any sequence.

The kernels check every bound themselves: damaged bytes give an error code, never a read or write outside.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from einthoven.base.errors import FrameError
from einthoven.link.blocks import I16, U8
from einthoven.link.frames import encode as encode_frame
from einthoven.link.limits import MAX_LEADS, Codec
from einthoven.link.messages import Samples

PARTITION: Final = 32
"""Residuals that share one Rice parameter: a QRS and the baseline beside it want different ones."""
ESCAPE: Final = 24
"""Zeros that announce a residual written in 16 bits as it is."""
ZEROS: Final = 15
"""Rice parameter that says: every residual of the partition is 0 and takes no bits."""
VERBATIM: Final = 0
"""Predictor number of a lead whose samples are written as they are."""
PREDICTORS: Final = 5

DAMAGED: Final = -1
"""What ``decode_into`` returns for bytes that are no coded samples."""


def _count_zeros(_: Any, value: Any) -> Any:  # noqa: ARG001
    def generate(context: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], context.get_constant(types.boolean, False))

    return types.uint64(types.uint64), generate


_trailing_zeros: Final[Any] = intrinsic(_count_zeros)
"""Zeros below the lowest one of a uint64; 64 for 0: one machine instruction."""


@njit(cache=True, nogil=True)
def _weights(predictor: int) -> tuple[int, int, int]:
    """Twice the weights of the three samples before: order 1, 2, 3, and order 1 with half the last slope."""
    if predictor == 1:
        return 2, 0, 0
    if predictor == 2:
        return 4, -2, 0
    if predictor == 3:
        return 6, -6, 2
    return 3, -1, 0


@njit(cache=True, nogil=True)
def _decode_lead(
    data: U8, at: int, end: int, count: int, predictor: int, out: I16, to: int, stride: int
) -> int:
    """One lead whose first sample begins at ``data[at]``; where the next lead begins, or ``DAMAGED``."""
    a, b, c = _weights(predictor)
    x1: Any = np.int64(np.int16(np.uint16(data[at]) | (np.uint16(data[at + 1]) << np.uint16(8))))
    x2, x3 = x1, x1
    at += 2
    out[to] = x1
    to += stride
    buffer: Any = np.uint64(0)
    held: Any = 0
    k: Any = 0
    for index in range(count - 1):
        while held <= 56 and at < end:
            buffer |= np.uint64(data[at]) << np.uint64(held)
            held += 8
            at += 1
        if index % PARTITION == 0:
            k = np.int64(buffer & np.uint64(15))
            buffer >>= np.uint64(4)
            held -= 4
            if held < 0:
                return DAMAGED
        u: Any = np.int64(0)
        if k != ZEROS:
            quotient = np.int64(_trailing_zeros(buffer))
            if quotient > ESCAPE:
                return DAMAGED
            buffer >>= np.uint64(quotient + 1)
            low = k if quotient < ESCAPE else 16
            u = np.int64(buffer & ((np.uint64(1) << np.uint64(low)) - np.uint64(1)))
            if quotient < ESCAPE:
                u |= quotient << k
            buffer >>= np.uint64(low)
            held -= quotient + 1 + low
            if held < 0 or u > 65535:
                return DAMAGED
        x = ((a * x1 + b * x2 + c * x3) >> 1) + ((u >> 1) ^ -(u & 1))
        x = np.int64(np.int16(x))
        out[to] = x
        to += stride
        x3, x2, x1 = x2, x1, x
    if (buffer & ((np.uint64(1) << np.uint64(held & 7)) - np.uint64(1))) != 0:
        return DAMAGED
    after: int = at - (held >> 3)
    return after


@njit(cache=True, nogil=True)
def decode_into(data: U8, at: int, size: int, count: int, leads: int, codec: int, out: I16, to: int) -> int:
    """Decode ``data[at : at + size]`` into ``out[to : to + count × leads]``, interleaved by lead.

    The caller guarantees that both stretches lie inside ``data`` and ``out``, and ``count ≥ 1``.

    Returns:
        0, or ``DAMAGED``; then what ``out`` holds there means nothing.
    """
    end = at + size
    if codec == 0:
        if size != 2 * count * leads:
            return DAMAGED
        for index in range(count * leads):
            out[to + index] = np.int16(
                np.uint16(data[at + 2 * index]) | (np.uint16(data[at + 2 * index + 1]) << np.uint16(8))
            )
        return 0
    if codec != 1:
        return DAMAGED
    for lead in range(leads):
        if at + 3 > end:
            return DAMAGED
        predictor = data[at]
        at += 1
        if predictor == VERBATIM:
            if at + 2 * count > end:
                return DAMAGED
            for index in range(count):
                out[to + lead + index * leads] = np.int16(
                    np.uint16(data[at + 2 * index]) | (np.uint16(data[at + 2 * index + 1]) << np.uint16(8))
                )
            at += 2 * count
        elif predictor < PREDICTORS:
            at = _decode_lead(data, at, end, count, predictor, out, to + lead, leads)
            if at < 0:
                return DAMAGED
        else:
            return DAMAGED
    return 0 if at == end else DAMAGED


@njit(cache=True, nogil=True)
def _fold(samples: I16, lead: int, predictor: int, folded: NDArray[np.int64]) -> None:
    """Residuals of one lead, modulo 2¹⁶ and folded to 0 … 65535 (0, −1, 1, −2, …)."""
    a, b, c = _weights(predictor)
    x1: Any = np.int64(samples[0, lead])
    x2, x3 = x1, x1
    for index in range(1, samples.shape[0]):
        x = np.int64(samples[index, lead])
        d = np.int64(np.int16(x - ((a * x1 + b * x2 + c * x3) >> 1)))
        folded[index - 1] = (d << 1) ^ (d >> 63)
        x3, x2, x1 = x2, x1, x


@njit(cache=True, nogil=True)
def _bits(folded: NDArray[np.int64], start: int, stop: int, k: int) -> int:
    """Bits that a partition takes with parameter ``k``, the parameter not counted."""
    total = 0
    for index in range(start, stop):
        quotient = folded[index] >> k
        total += quotient + 1 + k if quotient < ESCAPE else ESCAPE + 1 + 16
    return total


@njit(cache=True, nogil=True)
def _choose(folded: NDArray[np.int64], start: int, stop: int) -> tuple[int, int]:
    """A cheap parameter of a partition, and its bits: down from what the mean wants while it gets cheaper."""
    total = np.int64(0)
    for index in range(start, stop):
        total += folded[index]
    if total == 0:
        return ZEROS, 0
    mean = total // (stop - start)
    guess = 0
    while guess < 14 and (mean >> guess) > 1:
        guess += 1
    best: Any = 0
    best_bits: Any = np.int64(1) << 40
    for k in range(min(14, guess + 1), -1, -1):
        bits = _bits(folded, start, stop, k)
        if bits > best_bits:
            break
        best, best_bits = k, bits
    return best, best_bits


@njit(cache=True, nogil=True)
def _cost(folded: NDArray[np.int64], count: int) -> int:
    """Bits of a lead's residuals with the best parameter of each partition."""
    total = 0
    for start in range(0, count, PARTITION):
        _, bits = _choose(folded, start, min(start + PARTITION, count))
        total += 4 + bits
    return total


@njit(cache=True, nogil=True)
def _put(out: U8, at: int, value: int, bits: int) -> int:
    """Write the ``bits`` lowest bits of ``value`` at bit position ``at``, lowest first; the next position."""
    while bits > 0:
        room = 8 - (at & 7)
        out[at >> 3] |= np.uint8((value << (at & 7)) & 255)
        step = min(room, bits)
        value >>= step
        bits -= step
        at += step
    return at


@njit(cache=True, nogil=True)
def _write_lead(folded: NDArray[np.int64], count: int, out: U8, at: int) -> int:
    """Write a lead's residuals from byte ``at``; the byte after them."""
    bit = at * 8
    for start in range(0, count, PARTITION):
        stop = min(start + PARTITION, count)
        k, _ = _choose(folded, start, stop)
        bit = _put(out, bit, k, 4)
        if k == ZEROS:
            continue
        for index in range(start, stop):
            u = folded[index]
            quotient = u >> k
            if quotient < ESCAPE:
                bit = _put(out, bit + quotient, 1, 1)
                bit = _put(out, bit, u & ((1 << k) - 1), k)
            else:
                bit = _put(out, bit + ESCAPE, 1, 1)
                bit = _put(out, bit, u, 16)
    return (bit + 7) >> 3


@njit(cache=True, nogil=True)
def rice_encode(samples: I16, out: U8) -> int:
    """Code int16[n, leads] into ``out`` (zeros, at least ``leads × (1 + 2 n)`` bytes); the bytes used."""
    count, leads = samples.shape
    best = np.empty(max(count - 1, 1), np.int64)
    trial = np.empty(max(count - 1, 1), np.int64)
    at = 0
    for lead in range(leads):
        chosen = 1
        bits: Any = np.int64(1) << 40
        for predictor in (1, 4, 2, 3):
            _fold(samples, lead, predictor, trial)
            cost = _cost(trial, count - 1)
            if cost < bits:
                chosen, bits = predictor, cost
                best, trial = trial, best
        if 16 + bits >= 16 * count and count > 1:
            out[at] = VERBATIM
            for index in range(count):
                value = np.uint16(samples[index, lead])
                out[at + 1 + 2 * index] = value & 255
                out[at + 2 + 2 * index] = value >> 8
            at += 1 + 2 * count
            continue
        first = np.uint16(samples[0, lead])
        out[at] = chosen
        out[at + 1] = first & 255
        out[at + 2] = first >> 8
        at = _write_lead(best, count - 1, out, at + 3)
    return at


def encode(samples: NDArray[np.int16], codec: int = Codec.RICE) -> bytes:
    """The payload of a SAMPLES frame.

    Args:
        samples: int16[n, leads], n ≥ 1.
        codec: 0 plain, 1 rice.

    Raises:
        FrameError: not int16[n ≥ 1, 1–12 leads], or an unknown codec.
    """
    _check_shape(samples.shape, samples.dtype)
    block = np.ascontiguousarray(samples)
    if codec == Codec.PLAIN:
        return block.astype("<i2", copy=False).tobytes()
    if codec != Codec.RICE:
        raise FrameError("codec", f"codec {codec} is not known")
    count, leads = block.shape
    out = np.zeros(leads * (1 + 2 * count) + 8, np.uint8)
    used = rice_encode(block, out)
    return out[:used].tobytes()


def decode(payload: bytes, n: int, leads: int, codec: int) -> NDArray[np.int16]:
    """The samples of a payload, int16[n, leads].

    Raises:
        FrameError: ``payload`` is not exactly n samples of that many leads in that codec.
    """
    if n < 1 or not 1 <= leads <= MAX_LEADS:
        raise FrameError("count", f"{n} samples of {leads} leads")
    if codec not in (Codec.PLAIN, Codec.RICE):
        raise FrameError("codec", f"codec {codec} is not known")
    if len(payload) > leads * (1 + 2 * n):
        raise FrameError("payload", f"{len(payload)} bytes are more than {n} samples of {leads} leads take")
    data = np.frombuffer(bytearray(payload), np.uint8)
    out = np.empty(n * leads, np.int16)
    if decode_into(data, 0, len(data), n, leads, int(codec), out, 0) != 0:
        raise FrameError("payload", f"{len(payload)} bytes are not {n} samples of {leads} leads")
    return out.reshape(n, leads)


def pack(start: int, samples: NDArray[np.int16], backlog: bool = False, codec: int = Codec.RICE) -> bytes:
    """A whole SAMPLES message for int16[n, leads] from index ``start``.

    Raises:
        FrameError: the samples do not fit one frame.
    """
    count, leads = samples.shape
    return encode_frame(Samples(start, count, leads, encode(samples, codec), int(codec), backlog))


def unpack(frame: Samples) -> NDArray[np.int16]:
    """The samples of a decoded SAMPLES frame, int16[count, leads]. Raises ``FrameError`` as ``decode``."""
    return decode(frame.payload, frame.count, frame.leads, frame.codec)


def _check_shape(shape: tuple[int, ...], kind: np.dtype[Any]) -> None:
    if len(shape) != 2 or shape[0] < 1 or not 1 <= shape[1] <= MAX_LEADS or kind != np.int16:
        raise FrameError("payload", f"samples are {kind}{list(shape)}, want int16[n, leads]")
