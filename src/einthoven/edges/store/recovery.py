"""What the log files hold after any end of the process: scan, tell torn from rotten, index, go on.

A commit is written and fsynced as a whole, and every block carries its place in its commit. So a bad stretch
after the last good block, or inside the last commit, was never acknowledged: it is *torn*, and cut off where
it is the end. A bad stretch in an earlier commit was durable once: it is *rot*, stays named, and the blocks
after it are found by their magic number and checksum.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

import numpy as np

from einthoven.base.errors import StoreDamagedError
from einthoven.base.ids import stream_name
from einthoven.edges.store import kernels
from einthoven.edges.store.disk import U8, Disk, is_full
from einthoven.edges.store.formats import (
    BLOCK_HEADER_BYTES,
    ENTRY,
    FRAME_HEADER_BYTES,
    INDEX_HEADER_BYTES,
    LOG_HEADER_BYTES,
    SCAR,
    Damage,
    Entries,
    Scars,
    index_bytes,
    index_path,
    log_path,
    read_index_header,
    read_log_header,
)
from einthoven.edges.store.logview import LogFile, LogSet

SPOTS_MAX = 4096


@dataclass(slots=True)
class Recovery:
    """What opening a folder found and did.

    Attributes:
        notes: one line each, for the log: what was cut, rebuilt, removed.
        damage: rot, named.
        next_number, next_sequence: for the next log file and block.
        cut_bytes: unacknowledged bytes cut off.
    """

    notes: list[str] = field(default_factory=list)
    damage: list[Damage] = field(default_factory=list)
    next_number: int = 1
    next_sequence: int = 1
    cut_bytes: int = 0


@dataclass(slots=True)
class Scan:
    """A log file read from front to back.

    Attributes:
        first: sequence number of its first block.
        entries, scars: good blocks in order, bad stretches inside them.
        end: offset after the last good block.
        header: whether the file's own header is good.
    """

    first: int
    entries: Entries
    scars: Scars
    end: int
    header: bool


def log_numbers(disk: Disk) -> list[int]:
    """Numbers of the log files on disk."""
    names = (name.removesuffix(".log") for name in disk.list("log") if name.endswith(".log"))
    return sorted(int(name) for name in names if name.isdigit())


def scan_log(data: U8) -> Scan:
    """Read a whole log file."""
    head = read_log_header(data[:LOG_HEADER_BYTES].tobytes())
    rows = np.zeros(len(data) // (BLOCK_HEADER_BYTES + FRAME_HEADER_BYTES) + 1, ENTRY)
    spots = np.zeros((SPOTS_MAX, 4), np.int64)
    first = 0 if head is None else head[1]
    filled, bad, _, group = kernels.scan(data, LOG_HEADER_BYTES, first, rows, 0, spots)
    if head is None and filled:  # the file's header is gone: its first good block says where it began
        first = kernels.get(data, int(rows["offset"][0]) + 32, 8)
        filled, bad, _, group = kernels.scan(data, LOG_HEADER_BYTES, first, rows, 0, spots)
    entries = rows[:filled].copy()
    end = LOG_HEADER_BYTES
    if filled:
        last = entries[-1]
        end = int(last["offset"]) + BLOCK_HEADER_BYTES + (int(last["length"]) + 7) // 8 * 8
    inside = spots[:bad][spots[:bad, 0] < end]
    return Scan(first, entries, _scars(data, entries, inside, first, group), end, head is not None)


def _scars(data: U8, entries: Entries, spots: kernels.I64, first: int, group: int) -> Scars:
    scars = np.zeros(len(spots), SCAR)
    for scar, (offset, length, _, header) in zip(scars, spots, strict=True):
        before = int(np.searchsorted(entries["offset"], offset))
        sequence = first + (int(entries["ordinal"][before - 1]) + 1 if before else 0)
        scar["offset"], scar["length"], scar["sequence"] = offset, length, sequence
        scar["torn"] = sequence >= group
        if header >= 0:
            scar["stream"] = kernels.get(data, int(header) + 12, 4)
            scar["start"] = kernels.get(data, int(header) + 16, 8)
            scar["count"] = kernels.get(data, int(header) + 40, 4)
    return scars


def _hopeless(scan: Scan, size: int) -> Scan:
    """A file in which not one block is good: the first commit torn, or, if its header is bad too, rot."""
    scars = np.zeros(1, SCAR)
    scars["offset"], scars["length"] = LOG_HEADER_BYTES, size - LOG_HEADER_BYTES
    scars["sequence"], scars["torn"] = scan.first, scan.header
    return Scan(scan.first, scan.entries, scars, size, scan.header)


def load_index(disk: Disk, number: int) -> LogFile | None:
    """The log file through its index, or None where there is no sound index.

    Its bytes are all read once: an index that lies would hide samples.
    """
    path = index_path(number)
    if disk.size(path) is None:
        return None
    data = disk.map(path)
    try:
        head = read_index_header(data[:INDEX_HEADER_BYTES].tobytes(), path)
    except StoreDamagedError:
        return None
    body = data[INDEX_HEADER_BYTES:]
    if head.number != number or len(body) != head.body_bytes or zlib.crc32(body.data) != head.body_crc:
        return None
    file = LogFile(number, head.first, np.zeros(0, ENTRY))
    file.size = head.size
    file.closed = True
    file.scars = body[head.entries * ENTRY.itemsize :].view(SCAR).copy()
    file.use_index(disk)
    if head.entries:
        file.stop = head.first + int(file.entries()["ordinal"].max()) + 1
    return file


def recover_logs(disk: Disk, logs: LogSet) -> Recovery:
    """Bring every log file to a known state: indexed, its torn end cut off. For the writer, before it writes.

    Raises:
        OSError: the disk failed.
    """
    found = Recovery()
    numbers = log_numbers(disk)
    for name in disk.list("log"):
        stem = name.partition(".")[0]
        if name.endswith((".idx", ".new")) and not (stem.isdigit() and int(stem) in numbers):
            disk.unlink(f"log/{name}")
    for number in numbers:
        found.next_number = number + 1
        file = load_index(disk, number)
        if file is None:
            file = _rebuild(disk, number, found)
        elif (disk.size(log_path(number)) or 0) < file.size:
            found.notes.append(f"{file.path}: shorter than its index says")
        if file is None:
            continue
        found.next_sequence = max(found.next_sequence, file.stop)
        found.damage += file.damage()
        logs.add(file)
    return found


def _rebuild(disk: Disk, number: int, found: Recovery) -> LogFile | None:
    """Scan a file that has no index; None where it held no block and was removed."""
    path = log_path(number)
    data = disk.map(path)
    scan = scan_log(data)
    if not scan.header and len(data) > LOG_HEADER_BYTES:
        found.damage.append(Damage(path, 0, 0, 0, 0, "header fails its checksum; blocks found without it"))
    if len(data) <= LOG_HEADER_BYTES:
        found.notes.append(f"{path}: no block in it, removed")
        found.next_sequence = max(found.next_sequence, scan.first)
        disk.unlink(path)
        return None
    if not len(scan.entries):
        scan = _hopeless(scan, len(data))
    if scan.end < len(data):
        cut = len(data) - scan.end
        found.cut_bytes += cut
        found.notes.append(f"{path}: {cut} bytes after the last whole block, never acknowledged, cut off")
        disk.truncate(path, scan.end)
    for scar in scan.scars:
        kind = "torn, never acknowledged" if scar["torn"] else "DAMAGED"
        whose = stream_name(int(scar["stream"])) if scar["stream"] else "unknown stream"
        found.notes.append(f"{path}: {int(scar['length'])} bytes at {int(scar['offset'])} {kind} ({whose})")
    file = LogFile(number, scan.first, scan.entries, len(scan.entries))
    file.size, file.closed, file.scars = scan.end, True, scan.scars
    content = index_bytes(number, scan.first, scan.end, scan.entries, scan.scars)
    # A process that was killed between write and fsync left whole blocks that only the page cache has. They
    # count as stored from here on, transmitters are told so: a power cut must not take them any more.
    disk.sync([path])
    try:
        disk.replace(index_path(number), content)
    except OSError as error:
        if not is_full(error):
            raise
        # The index only spares the next start the scan; what it says is in memory. A center that was killed
        # while its disk was full comes up, shows its patients and says what is wrong.
        found.notes.append(f"{path}: no room for its index; the next start scans it again")
        disk.unlink(f"{index_path(number)}.new")
    else:
        file.use_index(disk)
    return file
