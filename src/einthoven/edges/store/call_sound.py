"""Raw sound of calls: one append-only, checksummed file a call, durable before it is shown (R6, R8).

::

    calls/00000007.call     header, then records in the order in which the line told them
    calls/00000007.1.2.call the same call, after a sync failed: what was written before is never trusted again
    calls/00000007.2.1.call another call of the same number, of which the deed was not kept when power went

    header  8s magic, u32 version, u64 number, u32 CRC-32 of these
    record  u8 kind, i64 at (ns), u64 position, u32 length, u32 CRC-32 of these and the payload; payload

``position`` counts the call's samples before the record as the line told them, so that what could not be
stored is told when it is read: ``lost``, as what the line lost itself.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog

from einthoven.base.errors import NotFoundError, StoreDamagedError, StoreError, StoreFullError
from einthoven.base.instants import Instant
from einthoven.center.call_world import Kind, Part
from einthoven.edges.store.disk import Appender, Disk, is_full

LOG = structlog.get_logger("einthoven.calls")
FOLDER: Final = "calls"
MAGIC: Final = b"EINTCALL"
VERSION: Final = 1
HEADER: Final = struct.Struct("<8sIQ")
RECORD: Final = struct.Struct("<BqQI")
SUM: Final = struct.Struct("<I")
COUNT: Final = struct.Struct("<Q")
KINDS: Final[tuple[Kind, ...]] = ("mu", "a", "lost", "key")
PAYLOAD_MOST: Final = 1 << 24
NAME: Final = re.compile(r"(\d{8,})(?:\.(\d+)\.(\d+))?\.call")
AHEAD: Final = RECORD.size + SUM.size
SEARCHED: Final = 1 << 20
"""Bytes behind a record that fails in which another is looked for: one there means damage, none an end that
was torn off."""


@dataclass(slots=True)
class _Tape:
    """A call that is written."""

    generation: int
    segment: int
    file: Appender | None = None
    position: int = 0


class CallTapes:
    """Implements ``center.call_world.Tapes``.

    Args:
        disk: of the data folder.
        reserve_bytes: room that is left for facts: below it nothing is stored.
    """

    def __init__(self, disk: Disk, reserve_bytes: int = 0) -> None:
        self._disk = disk
        self._reserve = reserve_bytes
        self._tapes: dict[int, _Tape] = {}

    def write(self, chunks: Sequence[tuple[int, Sequence[Part]]]) -> dict[int, StoreError]:
        """Append parts of calls, in order; durable on return.

        Returns:
            Calls whose parts could not be stored, and why: of these nothing is kept of this time.
        """
        failed: dict[int, StoreError] = {}
        begun: dict[int, tuple[_Tape, int]] = {}
        for number, parts in chunks:
            tape = self._tape(number)
            data = b"".join(_records(tape, parts))
            if number in failed:
                continue
            try:
                file = self._open(number, tape, len(data))
                begun.setdefault(number, (tape, file.size))
                file.write(data)
            except (OSError, StoreFullError) as error:
                failed[number] = _store_error(number, error)
                self._back(number, begun)
        for number, (tape, _) in begun.items():
            if number in failed or tape.file is None:
                continue
            try:
                tape.file.sync()
            except OSError as error:
                failed[number] = _store_error(number, error)
                self._back(number, begun)
                self._leave(tape)
        return failed

    def read(self, number: int) -> list[Part]:
        """All that is kept of a call, in order; what could not be stored is ``lost``; a torn end is left out.

        Raises:
            NotFoundError: nothing is kept of such a call.
            StoreDamagedError: what is kept fails its checksum before its end.
        """
        kept = [place for one, place in self._files() if one == number]
        if not kept:
            raise NotFoundError(f"nothing is kept of call {number}")
        latest = max(generation for generation, _ in kept)
        parts: list[Part] = []
        position = 0
        for segment in sorted(segment for generation, segment in kept if generation == latest):
            path = _path(number, latest, segment)
            for at_position, part in _read(self._disk.read(path), number, path):
                if at_position < position:
                    raise StoreDamagedError(f"{path}: sample {at_position} comes after {position}")
                if at_position > position:
                    parts.append(Part("lost", part.at, count=at_position - position))
                parts.append(part)
                position = at_position + part.samples
        return parts

    def numbers(self) -> list[int]:
        """Calls of which something is kept."""
        return sorted({number for number, _ in self._files()})

    def close(self, number: int) -> None:
        """Nothing more comes of a call; doing it again does nothing."""
        tape = self._tapes.pop(number, None)
        if tape is not None and tape.file is not None:
            tape.file.close()

    def faults(self) -> list[tuple[str, str]]:
        """(path, what is wrong) of each call that is damaged."""
        found = []
        for number in self.numbers():
            try:
                self.read(number)
            except StoreDamagedError as error:
                path, _, why = str(error).partition(": ")
                found.append((path, why))
        return found

    def _files(self) -> Iterator[tuple[int, tuple[int, int]]]:
        for name in self._disk.list(FOLDER):
            found = NAME.fullmatch(name)
            if found is not None:
                number, generation, segment = found.groups(default="1")
                yield int(number), (int(generation), int(segment))

    def _tape(self, number: int) -> _Tape:
        tape = self._tapes.get(number)
        if tape is None:
            before = [generation for one, (generation, _) in self._files() if one == number]
            tape = self._tapes[number] = _Tape(max(before, default=0) + 1, 1)
        return tape

    def _open(self, number: int, tape: _Tape, size: int) -> Appender:
        if self._disk.free() < self._reserve + size:
            raise StoreFullError(f"the disk has less than {self._reserve >> 20} MB free")
        if tape.file is None:
            self._disk.make_directory(FOLDER)
            head = HEADER.pack(MAGIC, VERSION, number)
            file = self._disk.append(_path(number, tape.generation, tape.segment))
            try:
                file.write(head + SUM.pack(zlib.crc32(head)))
            except OSError:
                file.close()
                tape.segment += 1
                raise
            tape.file = file
        return tape.file

    def _back(self, number: int, begun: dict[int, tuple[_Tape, int]]) -> None:
        """Take back what was written this time; where that fails the file is left as it is, for good."""
        if number not in begun:
            return
        tape, size = begun[number]
        if tape.file is None:
            return
        try:
            tape.file.truncate(size)
        except OSError:
            self._leave(tape)

    def _leave(self, tape: _Tape) -> None:
        if tape.file is not None:
            with suppress(OSError):
                tape.file.close()
            tape.file, tape.segment = None, tape.segment + 1


def _path(number: int, generation: int, segment: int) -> str:
    more = "" if (generation, segment) == (1, 1) else f".{generation}.{segment}"
    return f"{FOLDER}/{number:08d}{more}.call"


def _records(tape: _Tape, parts: Sequence[Part]) -> Iterator[bytes]:
    """Parts as they are written; the tape goes on by them whether they can be stored or not."""
    for part in parts:
        payload = COUNT.pack(part.count) if part.kind == "lost" else part.data
        head = RECORD.pack(KINDS.index(part.kind), part.at, tape.position, len(payload))
        tape.position += part.samples
        yield head + SUM.pack(zlib.crc32(payload, zlib.crc32(head))) + payload


def _read(data: bytes, number: int, path: str) -> Iterator[tuple[int, Part]]:
    """(position, part) of a file's records up to an end that was torn off.

    Raises:
        StoreDamagedError: a record fails, and another that is good is behind it.
    """
    at = HEADER.size + SUM.size
    if len(data) < at:
        return  # power went before its header was whole: nothing of it was ever said to be stored
    if SUM.pack(zlib.crc32(data[: HEADER.size])) != data[HEADER.size : at] or data[
        : HEADER.size
    ] != HEADER.pack(MAGIC, VERSION, number):
        if any(_record(data, place) is not None for place in range(at, min(len(data), at + SEARCHED))):
            raise StoreDamagedError(f"{path}: its header is not what was written")
        return
    while at < len(data):
        found = _record(data, at)
        if found is None:
            if any(
                _record(data, place) is not None for place in range(at + 1, min(len(data), at + SEARCHED))
            ):
                raise StoreDamagedError(f"{path}: damaged at byte {at}")
            LOG.warning("call_end_torn", file=path, bytes=len(data) - at)
            return
        position, part, at = found
        yield position, part


def _record(data: bytes, at: int) -> tuple[int, Part, int] | None:
    """Position, part and end of the record at a place; None where there is none that is whole."""
    if at + AHEAD > len(data) or data[at] >= len(KINDS):
        return None
    kind, received, position, length = RECORD.unpack_from(data, at)
    start = at + AHEAD
    if length > PAYLOAD_MOST or start + length > len(data):
        return None
    payload = data[start : start + length]
    (told,) = SUM.unpack_from(data, at + RECORD.size)
    if told != zlib.crc32(payload, zlib.crc32(data[at : at + RECORD.size])):
        return None
    return position, _part(KINDS[kind], received, payload), start + length


def _part(kind: Kind, at: Instant, payload: bytes) -> Part:
    if kind == "lost":
        return Part(kind, at, count=COUNT.unpack(payload)[0])
    return Part(kind, at, payload)


def _store_error(number: int, error: OSError | StoreFullError) -> StoreError:
    if isinstance(error, StoreFullError):
        return StoreFullError(f"call {number}: {error}")
    kind = StoreFullError if is_full(error) else StoreError
    return kind(f"call {number}: its sound could not be stored: {error.strerror or error}")
