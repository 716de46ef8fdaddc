"""Rows of arrays for streams: so that what happens to thousands of streams is a few array operations."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from einthoven.base.ids import StreamId

I64 = NDArray[np.int64]
Scalar = TypeVar("Scalar", bound=np.generic)


class Rows:
    """Gives each stream a row, 1 and up; row 0 stands for every stream that has none."""

    __slots__ = ("_by_stream", "_free", "_ids", "_next", "_order")

    def __init__(self) -> None:
        self._by_stream: dict[StreamId, int] = {}
        self._free: list[int] = []
        self._next = 1
        self._ids: I64 | None = None
        self._order: I64 = np.zeros(0, np.int64)

    def __len__(self) -> int:
        return len(self._by_stream)

    @property
    def size(self) -> int:
        """Arrays indexed by row need at least this length."""
        return self._next

    def get(self, stream: StreamId) -> int:
        """The stream's row, 0 when it has none."""
        return self._by_stream.get(stream, 0)

    def add(self, stream: StreamId) -> int:
        """The stream's row, a free one when it is new; a row given back may come again."""
        row = self._by_stream.get(stream)
        if row is None:
            row = self._free.pop() if self._free else self._next
            self._next = max(self._next, row + 1)
            self._by_stream[stream] = row
            self._ids = None
        return row

    def remove(self, stream: StreamId) -> int:
        """Give the stream's row back; the row it had, 0 for none."""
        row = self._by_stream.pop(stream, 0)
        if row:
            self._free.append(row)
            self._ids = None
        return row

    def of(self, streams: I64) -> I64:
        """The row of each stream, int64[k]; 0 for those without."""
        if self._ids is None:
            ids = np.array(list(self._by_stream), np.int64)
            order = np.argsort(ids)
            self._ids = ids[order]
            self._order = np.array(list(self._by_stream.values()), np.int64)[order]
        if not len(self._ids):
            return np.zeros(len(streams), np.int64)
        at = np.minimum(np.searchsorted(self._ids, streams), len(self._ids) - 1)
        return np.where(self._ids[at] == streams, self._order[at], 0)


def grown(values: NDArray[Scalar], size: int) -> NDArray[Scalar]:
    """``values`` with room for ``size`` rows at least, the new ones zero."""
    if size <= len(values):
        return values
    larger = np.zeros(max(size, 2 * len(values)), values.dtype)
    larger[: len(values)] = values
    return larger
