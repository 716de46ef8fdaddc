"""Strict little-endian reading and writing of frame bodies."""

from __future__ import annotations

import math
import struct
from typing import Final

from einthoven.base.errors import FrameError
from einthoven.link.limits import TEXT_BYTES

_U16: Final = struct.Struct("<H")
_U32: Final = struct.Struct("<I")
_U64: Final = struct.Struct("<Q")
_I32: Final = struct.Struct("<i")
_I64: Final = struct.Struct("<q")
_F64: Final = struct.Struct("<d")


def _printable(text: str, what: str) -> str:
    if text and not text.isprintable():
        raise FrameError("text", f"{what} holds a character that cannot be printed")
    return text


class Reader:
    """Reads one frame's body field by field; anything that does not fit raises ``FrameError``."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        start, stop = self._at, self._at + size
        if stop > len(self._data):
            raise FrameError("short", f"{size} bytes wanted at {start}, frame ends at {len(self._data)}")
        self._at = stop
        return self._data[start:stop]

    def u8(self, what: str, high: int = 255, low: int = 0) -> int:
        """One byte in ``[low, high]``."""
        return in_range(self.take(1)[0], what, low, high)

    def i8(self) -> int:
        """One signed byte."""
        value = self.take(1)[0]
        return value - 256 if value > 127 else value

    def u16(self, what: str, high: int = 2**16 - 1, low: int = 0) -> int:
        """Two bytes, unsigned, in ``[low, high]``."""
        return in_range(_U16.unpack(self.take(2))[0], what, low, high)

    def u32(self, what: str, high: int = 2**32 - 1, low: int = 0) -> int:
        """Four bytes, unsigned, in ``[low, high]``."""
        return in_range(_U32.unpack(self.take(4))[0], what, low, high)

    def u64(self, what: str, high: int = 2**64 - 1, low: int = 0) -> int:
        """Eight bytes, unsigned, in ``[low, high]``."""
        return in_range(_U64.unpack(self.take(8))[0], what, low, high)

    def i32(self) -> int:
        """Four bytes, signed."""
        return int(_I32.unpack(self.take(4))[0])

    def instant(self, what: str) -> int:
        """Eight bytes: nanoseconds since 1970, not before."""
        return in_range(_I64.unpack(self.take(8))[0], what, 0, 2**63 - 1)

    def f64(self, what: str, high: float, low: float = 0.0) -> float:
        """A finite IEEE 754 double in ``[low, high]``; NaN is refused."""
        return finite(_F64.unpack(self.take(8))[0], what, low, high)

    def zeros(self, size: int) -> None:
        """Reserved bytes: anything but zero is refused, so that they can get a meaning later."""
        if any(self.take(size)):
            raise FrameError("reserved", f"reserved bytes before {self._at} are not zero")

    def text(self, what: str, limit: int, low: int = 0) -> str:
        """A length byte and that many bytes of UTF-8, printable, ``low`` to ``limit`` bytes."""
        raw = self.take(in_range(self.take(1)[0], f"length of {what}", low, limit))
        try:
            return _printable(raw.decode("utf-8"), what)
        except UnicodeDecodeError:
            raise FrameError("text", f"{what} is not UTF-8") from None

    def end(self) -> None:
        """Raise unless every byte was read."""
        if self._at != len(self._data):
            raise FrameError("trailing", f"{len(self._data) - self._at} bytes after the end of the frame")


def in_range(value: int, what: str, low: int, high: int) -> int:
    """``value`` if it is in ``[low, high]``; ``FrameError("value")`` otherwise."""
    if not low <= value <= high:
        raise FrameError("value", f"{what} {value} is outside {low}–{high}")
    return value


def finite(value: float, what: str, low: float, high: float) -> float:
    """``value`` if it is a number in ``[low, high]``; ``FrameError("value")`` otherwise."""
    if not math.isfinite(value) or not low <= value <= high:
        raise FrameError("value", f"{what} {value!r} is outside {low:g}–{high:g}")
    return value


def sized(raw: bytes, what: str, size: int) -> bytes:
    """``raw`` if it is exactly ``size`` bytes; ``FrameError("value")`` otherwise."""
    if len(raw) != size:
        raise FrameError("value", f"{what} has {len(raw)} bytes, want {size}")
    return raw


def fit_text(text: str, limit: int = TEXT_BYTES) -> str:
    """``text`` made to fit a text field: unprintable characters become spaces, the end is cut."""
    clean = "".join(letter if letter.isprintable() else " " for letter in text)
    return clean.encode("utf-8", "replace")[:limit].decode("utf-8", "ignore")


class Writer:
    """Builds a frame's body; a value that does not fit its field raises ``FrameError``."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def raw(self, data: bytes, what: str, size: int) -> Writer:
        """Exactly ``size`` bytes."""
        self._parts.append(sized(data, what, size))
        return self

    def pack(self, kind: str, *values: float) -> Writer:
        """Numbers after a ``struct`` format (little-endian, no padding)."""
        try:
            self._parts.append(struct.pack("<" + kind, *values))
        except (struct.error, OverflowError) as error:
            raise FrameError("value", f"{values!r} do not fit {kind}: {error}") from None
        return self

    def text(self, text: str, what: str, limit: int, low: int = 0) -> Writer:
        """A length byte and the UTF-8 of ``text``."""
        try:
            raw = _printable(text, what).encode("utf-8")
        except UnicodeEncodeError:
            raise FrameError("text", f"{what} cannot be written as UTF-8") from None
        in_range(len(raw), f"length of {what}", low, limit)
        self._parts.append(bytes((len(raw),)) + raw)
        return self

    def done(self) -> bytes:
        """The body."""
        return b"".join(self._parts)
