"""Frames of the link to bytes and back (``docs/wire.md``, R2–R4).

One WebSocket binary message is one frame. ``decode`` takes exactly what ``encode`` makes and nothing else: a
frame with a byte too few or too many, an unknown flag, a number out of range or a wrong checksum raises
``FrameError`` with a reason of ``limits.REASONS``, and nothing else is ever raised.
"""

from __future__ import annotations

import struct
from typing import Final
from zlib import crc32

from einthoven.base.errors import FrameError
from einthoven.link.bodies import READERS, WRITERS, check_samples
from einthoven.link.fields import Reader
from einthoven.link.limits import (
    HEADER_BYTES,
    MAX_FRAME_BYTES,
    SAMPLES_HEADER_BYTES,
    VERSION,
    FrameType,
)
from einthoven.link.messages import (
    Ack,
    Challenge,
    ClockQuery,
    ClockReply,
    Credit,
    Event,
    Frame,
    Goodbye,
    Hello,
    Hole,
    LayoutFrame,
    Mark,
    Refuse,
    Samples,
    Status,
    Welcome,
)

__all__ = [
    "Ack",
    "Challenge",
    "ClockQuery",
    "ClockReply",
    "Credit",
    "Event",
    "Frame",
    "Goodbye",
    "Hello",
    "Hole",
    "LayoutFrame",
    "Mark",
    "Refuse",
    "Samples",
    "Status",
    "Welcome",
    "checksum",
    "decode",
    "encode",
    "frame_type",
]

_HEADER: Final = struct.Struct("<BBBBI")
_SAMPLES: Final = struct.Struct("<QIB3s")
_FLAGS: Final[dict[FrameType, int]] = {FrameType.LAYOUT: 1, FrameType.SAMPLES: 1, FrameType.CREDIT: 1}
"""Flag bits that have a meaning, by type; every other bit must be zero."""


def checksum(frame: bytes) -> int:
    """CRC-32 (IEEE 802.3, as zlib) of a whole frame, its own four bytes taken as zero."""
    return crc32(frame[HEADER_BYTES:], crc32(b"\0\0\0\0", crc32(frame[:4])))


def frame_type(message: bytes) -> int:
    """The type byte of a message, 0 when it is too short to have one; says nothing about the rest."""
    return message[1] if len(message) >= HEADER_BYTES else 0


def encode(frame: Frame) -> bytes:
    """The bytes of a frame.

    Raises:
        FrameError: a field does not fit the wire (``docs/wire.md``).
    """
    kind, write = WRITERS[type(frame)]
    try:
        body = write(frame)
    except ValueError as error:
        raise FrameError("value", str(error)) from None
    flags, aux = _flags(frame), 0
    if isinstance(frame, Samples):
        aux = frame.codec
    head = bytes((VERSION, kind, flags, aux))
    if HEADER_BYTES + len(body) > MAX_FRAME_BYTES:
        raise FrameError("long", f"{HEADER_BYTES + len(body)} bytes, {MAX_FRAME_BYTES} at most")
    return head + crc32(body, crc32(b"\0\0\0\0", crc32(head))).to_bytes(4, "little") + body


def _flags(frame: Frame) -> int:
    if isinstance(frame, Samples):
        return int(frame.backlog)
    if isinstance(frame, LayoutFrame):
        return int(frame.recorded)
    if isinstance(frame, Credit):
        return int(frame.resend)
    return 0


def decode(message: bytes) -> Frame:
    """The frame that a message holds; a SAMPLES payload is bounded here but only read by ``codec.decode``.

    Raises:
        FrameError: the message is not exactly one well-formed frame; ``reason`` is in ``limits.REASONS``.
    """
    message = bytes(message)
    if len(message) < HEADER_BYTES:
        raise FrameError("short", f"{len(message)} bytes, a frame has at least {HEADER_BYTES}")
    if len(message) > MAX_FRAME_BYTES:
        raise FrameError("long", f"{len(message)} bytes, {MAX_FRAME_BYTES} at most")
    version, number, flags, aux, crc = _HEADER.unpack_from(message)
    if version != VERSION:
        raise FrameError("version", f"version {version}, want {VERSION}")
    if not min(FrameType) <= number <= max(FrameType):
        raise FrameError("type", f"type {number} is not known")
    if crc != checksum(message):
        raise FrameError("crc", f"checksum {crc:08x}, want {checksum(message):08x}")
    kind = FrameType(number)
    if flags & ~_FLAGS.get(kind, 0):
        raise FrameError("flags", f"flags {flags:#04x} are not known for {kind.name}")
    if kind == FrameType.SAMPLES:
        return _read_samples(message, bool(flags & 1), aux)
    if aux:
        raise FrameError("reserved", f"aux byte {aux} of {kind.name} is not zero")
    reader = Reader(message, HEADER_BYTES)
    frame = READERS[kind](reader, flags)
    reader.end()
    return frame


def _read_samples(message: bytes, backlog: bool, codec: int) -> Samples:
    if len(message) < SAMPLES_HEADER_BYTES:
        raise FrameError("short", f"{len(message)} bytes, SAMPLES has at least {SAMPLES_HEADER_BYTES}")
    start, count, leads, reserved = _SAMPLES.unpack_from(message, HEADER_BYTES)
    if any(reserved):
        raise FrameError("reserved", "reserved bytes of SAMPLES are not zero")
    check_samples(start, count, leads, codec, len(message) - SAMPLES_HEADER_BYTES)
    return Samples(start, count, leads, message[SAMPLES_HEADER_BYTES:], codec, backlog)
