"""The frames of MLLP: VT, a message, FS CR (HL7 v2.5.1 appendix C.4; Minimal Lower Layer Protocol release 1).

The bytes of VT and FS stand in no message: the character sets that could hold them do not travel by MLLP.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

VT: Final = b"\x0b"
FS: Final = b"\x1c"
CR: Final = b"\x0d"
HEAD_MAX: Final = 4096
"""Bytes that are kept of a message that is too large: its MSH, so that it can be answered."""


def framed(message: bytes) -> bytes:
    """A message as it goes over the line.

    Raises:
        ValueError: it holds VT or FS.
    """
    if VT in message or FS in message:
        raise ValueError("a message with the bytes of a frame cannot be sent by MLLP")
    return VT + message + FS + CR


@dataclass(frozen=True, slots=True)
class Block:
    """What a frame held.

    Attributes:
        content: the message; of one that is too large the beginning.
        whole: False where it was too large.
    """

    content: bytes
    whole: bool = True


@dataclass(slots=True)
class Unframer:
    """Finds frames in bytes as they come, however they are cut.

    An FS ends a frame, whether CR follows or not; a VT within one begins another, for the sender has broken
    the first off. Bytes between frames are passed over.

    Attributes:
        most: bytes of a message that is taken.
        stray: bytes that were in no frame, CR and LF aside.
        broken: frames that were broken off.
    """

    most: int
    stray: int = 0
    broken: int = 0
    _buffer: bytearray = field(default_factory=bytearray)
    _inside: bool = False
    _over: bool = False

    @property
    def open(self) -> bool:
        """Whether a frame has begun and not ended."""
        return self._inside

    def feed(self, data: bytes) -> list[Block]:
        """The frames that these bytes end."""
        found: list[Block] = []
        at = 0
        while at < len(data):
            if not self._inside:
                begin = data.find(VT, at)
                between = data[at:] if begin < 0 else data[at:begin]
                self.stray += len(between) - between.count(CR) - between.count(b"\n")
                if begin < 0:
                    break
                self._begin()
                at = begin + 1
                continue
            end, again = data.find(FS, at), data.find(VT, at)
            if again >= 0 and (end < 0 or again < end):
                self.broken += 1
                self._begin()
                at = again + 1
            elif end >= 0:
                self._keep(data[at:end])
                found.append(Block(bytes(self._buffer), not self._over))
                self._inside = False
                self._buffer.clear()
                at = end + 1
            else:
                self._keep(data[at:])
                break
        return found

    def _begin(self) -> None:
        self._inside, self._over = True, False
        self._buffer.clear()

    def _keep(self, piece: bytes) -> None:
        if not self._over:
            self._buffer += piece
            if len(self._buffer) > self.most:
                self._over = True
        if self._over:
            del self._buffer[HEAD_MAX:]
