"""Days of reports as they were made, a file each: a shelf that may be emptied, they can be made again."""

from __future__ import annotations

import zlib
from typing import Final

from einthoven.base.ids import StreamId, stream_name
from einthoven.edges.store.disk import Disk

FOLDER: Final = "report-days"
LEVEL: Final = 6


class DayFiles:
    """The days of a data folder."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def get(self, stream: StreamId, day: str) -> bytes | None:
        """What was kept of a day, None where nothing was or it cannot be read: it is made again then."""
        path = _path(stream, day)
        if self._disk.size(path) is None:
            return None
        try:
            return zlib.decompress(self._disk.read(path))
        except (zlib.error, OSError):
            return None

    def put(self, stream: StreamId, day: str, data: bytes) -> None:
        """Keep a day in place of what was kept of it before.

        Raises:
            OSError: it could not be written.
        """
        self._disk.make_directory(FOLDER)
        self._disk.replace(_path(stream, day), zlib.compress(data, LEVEL))


def _path(stream: StreamId, day: str) -> str:
    return f"{FOLDER}/{stream_name(stream)}-{day}"
