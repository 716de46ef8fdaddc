"""ZIP archives in one canonical form: entries stored as they are, no clock, nothing between them.

After PKWARE's APPNOTE 6.3.10: local header (4.3.7), central directory (4.3.12), end record (4.3.16), with
the ZIP64 forms (4.3.14, 4.3.15, 4.5.3) where a size or an offset needs them. Any reader of ZIP opens them;
because there is one way only to write given files, whoever checks an archive compares every byte of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from struct import Struct
from typing import BinaryIO, Final

from einthoven.base.errors import InputError

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
END64, LOCATOR = b"PK\x06\x06", b"PK\x06\x07"
_LOCAL: Final = Struct("<4sHHHHHIIIHH")
_CENTRAL: Final = Struct("<4sHHHHHHIIIHHHHHII")
_END: Final = Struct("<4sHHHHIIH")
_END64: Final = Struct("<4sQHHIIQQQQ")
_LOCATOR: Final = Struct("<4sIQI")
_MORE: Final = Struct("<HHQQ")
_AWAY: Final = Struct("<HHQ")
MADE_BY, NEEDED, NEEDED64 = (3 << 8) | 45, 20, 45
"""Unix, version 4.5 of the format; what a reader must know."""
UTF8: Final = 0x0800
DAY, TIME = (0 << 9) | (1 << 5) | 1, 0
"""1980-01-01 00:00, the first that the format can write: what it holds tells its own times."""
MODE: Final = (0o100644) << 16
LARGE: Final = 0xFFFF_FFFF
FILES_MAX: Final = 65_000
NAME: Final = re.compile(
    r"(?!.*(?:^|/)\.{1,2}(?:/|$))[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*){0,6}"
)
"""Names that leave no folder, hide nothing and mean the same on every system."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive: name, CRC-32, length in bytes, where its local header begins."""

    name: str
    crc: int
    size: int
    offset: int = 0


def checked_name(name: str) -> bytes:
    """A name as its bytes; InputError where it is none that an archive of ours holds."""
    if len(name) > 200 or NAME.fullmatch(name) is None:
        raise InputError(f"{name[:60]!r}: no name of a file of such an archive")
    return name.encode("ascii")


def local_header(one: Entry) -> bytes:
    """What stands before the bytes of a file."""
    name = checked_name(one.name)
    if one.size < LARGE:
        sizes, extra, needed = (one.size, one.size), b"", NEEDED
    else:
        sizes, extra, needed = (LARGE, LARGE), _MORE.pack(1, 16, one.size, one.size), NEEDED64
    head = _LOCAL.pack(LOCAL, needed, UTF8, 0, TIME, DAY, one.crc, *sizes, len(name), len(extra))
    return head + name + extra


def directory(entries: Iterable[Entry], start: int) -> bytes:
    """The central directory and the end of an archive whose files end at ``start``."""
    listed = list(entries)
    if len(listed) > FILES_MAX:
        raise InputError(f"{len(listed)} files in one archive: at most {FILES_MAX}")
    made = b"".join(map(_central, listed))
    count, size = len(listed), len(made)
    if start >= LARGE or size >= LARGE:
        end64 = _END64.pack(END64, _END64.size - 12, MADE_BY, NEEDED64, 0, 0, count, count, size, start)
        made += end64 + _LOCATOR.pack(LOCATOR, 0, start + size, 1)
        start, size = min(start, LARGE), min(size, LARGE)
    return made + _END.pack(END, 0, 0, count, count, size, start, 0)


def _central(one: Entry) -> bytes:
    name, extra, needed = checked_name(one.name), b"", NEEDED
    size, offset = one.size, one.offset
    if size >= LARGE or offset >= LARGE:
        values = ([size, size] if size >= LARGE else []) + ([offset] if offset >= LARGE else [])
        extra = Struct(f"<HH{len(values)}Q").pack(1, 8 * len(values), *values)
        needed, size, offset = NEEDED64, min(size, LARGE), min(offset, LARGE)
    head = (CENTRAL, MADE_BY, needed, UTF8, 0, TIME, DAY, one.crc, size, size, len(name), len(extra))
    return _CENTRAL.pack(*head, 0, 0, 0, MODE, offset) + name + extra


def entries_of(file: BinaryIO, size: int) -> Iterator[Entry]:
    """The files of an archive in this form, in order; the stream stands at the first byte of each, and must
    stand behind its last byte when the next is asked for.

    Args:
        size: bytes of the whole archive.

    Raises:
        InputError: something is not as this form has it; says where.
    """
    found: list[Entry] = []
    names: set[str] = set()
    at = 0
    while True:
        head = file.read(4)
        if head != LOCAL:
            break
        one = _local(file, head, at)
        if one.name in names:
            raise InputError(f"{one.name}: is in the archive twice")
        if at + one.size > size or len(found) >= FILES_MAX:
            raise InputError(f"{one.name}: says {one.size} bytes, more than the archive has")
        names.add(one.name)
        found.append(one)
        yield one
        at += len(local_header(one)) + one.size
        if file.tell() != at:
            raise InputError(f"{one.name}: is cut short")
    wanted = directory(found, at)
    if head + file.read(len(wanted) + 1) != wanted:
        raise InputError(f"byte {at} on: not the list of files that such an archive ends with")


def _local(file: BinaryIO, head: bytes, at: int) -> Entry:
    rest = file.read(_LOCAL.size - 4)
    if len(rest) != _LOCAL.size - 4:
        raise InputError(f"byte {at}: the archive is cut short")
    fields = _LOCAL.unpack(head + rest)
    name = file.read(fields[9])
    extra = file.read(fields[10])
    size = fields[7]
    if size == LARGE and len(extra) == _MORE.size:
        size = _MORE.unpack(extra)[2]
    try:
        one = Entry(name.decode("ascii"), fields[6], size, at)
        same = local_header(one) == head + rest + name + extra
    except (UnicodeDecodeError, InputError):
        same = False
    if not same:
        raise InputError(f"byte {at}: not as such an archive begins a file ({name[:60]!r})")
    return one
