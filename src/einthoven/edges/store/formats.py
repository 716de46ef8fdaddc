"""The store's own bytes: log file header, block header, log index. ``docs/store.md`` shows them as tables.

Everything is little-endian. A block is a 56-byte header and the transmitter's SAMPLES frame as it came,
padded with zeros to a multiple of eight, so that a reader that lost its place finds the next block at a
multiple of eight. The frame keeps the checksum that the transmitter computed: what is proved on every later
read is the transmitter's own bytes.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import StoreDamagedError, StoreError

FORMAT = 1
"""Version of the data folder as a whole."""

LOG_MAGIC = b"EINTHLOG"
INDEX_MAGIC = b"EINTHIDX"
BLOCK_MAGIC = 0x4B4C4245  # "EBLK" read as a little-endian number
LOG_HEADER_BYTES = 64
INDEX_HEADER_BYTES = 64
BLOCK_HEADER_BYTES = 56
FRAME_HEADER_BYTES = 24
FRAME_BYTES_MAX = 1 << 20
"""No frame is longer: a length above it in a block header is damage (the link's own limit is far lower)."""

LOG_HEADER = np.dtype(
    [
        ("magic", "S8"),
        ("version", "<u4"),
        ("bytes", "<u4"),
        ("number", "<u8"),
        ("first", "<u8"),
        ("zero", "V28"),
        ("crc", "<u4"),
    ]
)
INDEX_HEADER = np.dtype(
    [
        ("magic", "S8"),
        ("version", "<u4"),
        ("entries", "<u4"),
        ("number", "<u8"),
        ("first", "<u8"),
        ("size", "<u8"),
        ("damaged", "<u4"),
        ("longest", "<u4"),
        ("zero", "V8"),
        ("body_crc", "<u4"),
        ("crc", "<u4"),
    ]
)
ENTRY = np.dtype(
    [
        ("stream", "<u4"),
        ("offset", "<u4"),
        ("start", "<i8"),
        ("count", "<u4"),
        ("length", "<u4"),
        ("ordinal", "<u4"),
        ("leads", "u1"),
        ("codec", "u1"),
        ("lane", "u1"),
        ("flags", "u1"),
    ]
)
"""One block in an index: ``offset`` of its header in the log file, ``length`` of its frame in bytes,
``ordinal`` = its sequence number less the file's first."""
SCAR = np.dtype(
    [
        ("offset", "<u8"),
        ("length", "<u8"),
        ("start", "<i8"),
        ("sequence", "<u8"),
        ("stream", "<u4"),
        ("count", "<u4"),
        ("torn", "<u4"),
        ("zero", "<u4"),
    ]
)
"""A bad stretch of a log file; ``stream`` 0 where its header cannot be trusted either. ``torn`` 1: in the
last commit of a file that was not closed in order, so never acknowledged; else it is bit rot."""

Entries = NDArray[np.void]
Scars = NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that fail their checksum, named: never served as good, and a hole with the cause "damaged".

    Attributes:
        file: path in the data folder.
        offset: where in the file the damage was noticed.
        stream, start, stop: the samples lost by it; stream 0 where not even that can be told.
        detail: what is wrong, one line.
    """

    file: str
    offset: int
    stream: int
    start: int
    stop: int
    detail: str


@dataclass(frozen=True, slots=True)
class FolderFormat:
    """What the file ``FORMAT`` fixes for the life of a data folder.

    Attributes:
        segment_seconds: length of a sealed segment; numbering of segments depends on it.
        transform: name of the transform that the files went through, ``"none"`` until encryption at rest.
    """

    segment_seconds: float = 3600.0
    transform: str = "none"

    def to_bytes(self) -> bytes:
        """The file's content."""
        document = {
            "einthoven_store": FORMAT,
            "segment_seconds": self.segment_seconds,
            "transform": self.transform,
        }
        return (json.dumps(document, indent=2) + "\n").encode()

    @staticmethod
    def from_bytes(data: bytes) -> FolderFormat:
        """Read the file's content back.

        Raises:
            StoreError: not a data folder, or one of a later version.
        """
        try:
            document = json.loads(data)
            version = int(document["einthoven_store"])
            seconds, transform = float(document["segment_seconds"]), str(document["transform"])
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(f"FORMAT is not that of a data folder of einthoven: {error}") from error
        if version != FORMAT:
            raise StoreError(f"the data folder has format {version}, this program reads format {FORMAT}")
        return FolderFormat(seconds, transform)


def log_path(number: int) -> str:
    """Path of a log file in the data folder."""
    return f"log/{number:08d}.log"


def index_path(number: int) -> str:
    """Path of the sorted index of a closed log file."""
    return f"log/{number:08d}.idx"


def padded(length: int) -> int:
    """Bytes of a block with a frame of ``length`` bytes."""
    return BLOCK_HEADER_BYTES + (length + 7) // 8 * 8


def log_header(number: int, first: int) -> bytes:
    """Header of log file ``number`` whose first block has the sequence number ``first``."""
    row = np.zeros(1, LOG_HEADER)
    row["magic"], row["version"], row["bytes"] = LOG_MAGIC, FORMAT, LOG_HEADER_BYTES
    row["number"], row["first"] = number, first
    row["crc"] = zlib.crc32(row.tobytes()[:-4])
    return row.tobytes()


def read_log_header(data: bytes) -> tuple[int, int] | None:
    """``(number, first sequence)`` of a log file, or None where the header is torn or damaged."""
    if len(data) < LOG_HEADER_BYTES:
        return None
    row = np.frombuffer(data, LOG_HEADER, 1)[0]
    if row["magic"] != LOG_MAGIC or int(row["crc"]) != zlib.crc32(data[: LOG_HEADER_BYTES - 4]):
        return None
    if int(row["version"]) != FORMAT:
        raise StoreError(f"log file {int(row['number'])} has format {int(row['version'])}, want {FORMAT}")
    return int(row["number"]), int(row["first"])


@dataclass(frozen=True, slots=True)
class IndexHead:
    """Header of an index file; see ``INDEX_HEADER``."""

    number: int
    first: int
    entries: int
    damaged: int
    longest: int
    size: int
    body_crc: int

    @property
    def body_bytes(self) -> int:
        """Bytes after the header."""
        return self.entries * ENTRY.itemsize + self.damaged * SCAR.itemsize


def index_bytes(number: int, first: int, size: int, entries: Entries, scars: Scars) -> bytes:
    """Content of an index file: header, entries sorted by stream, start, ordinal; then the scars."""
    order = np.lexsort((entries["ordinal"], entries["start"], entries["stream"]))
    body = entries[order].tobytes() + scars.tobytes()
    row = np.zeros(1, INDEX_HEADER)
    row["magic"], row["version"] = INDEX_MAGIC, FORMAT
    row["entries"], row["damaged"] = len(entries), len(scars)
    row["number"], row["first"], row["size"] = number, first, size
    row["longest"] = int(entries["count"].max()) if len(entries) else 0
    row["body_crc"] = zlib.crc32(body)
    row["crc"] = zlib.crc32(row.tobytes()[:-4])
    return row.tobytes() + body


def read_index_header(data: bytes, path: str) -> IndexHead:
    """Parse the header of an index file.

    Raises:
        StoreDamagedError: torn or damaged; the index can be rebuilt from its log file.
    """
    if len(data) < INDEX_HEADER_BYTES:
        raise StoreDamagedError(f"{path}: {len(data)} bytes are no index")
    row = np.frombuffer(data, INDEX_HEADER, 1)[0]
    if row["magic"] != INDEX_MAGIC or int(row["crc"]) != zlib.crc32(data[: INDEX_HEADER_BYTES - 4]):
        raise StoreDamagedError(f"{path}: header fails its checksum")
    return IndexHead(
        number=int(row["number"]),
        first=int(row["first"]),
        entries=int(row["entries"]),
        damaged=int(row["damaged"]),
        longest=int(row["longest"]),
        size=int(row["size"]),
        body_crc=int(row["body_crc"]),
    )
