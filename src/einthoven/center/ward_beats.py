"""Beats that are not sealed yet, and the rows of grades between them: one growing list a slot, in a common
pool of pages."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.center import ward_kernels as kernels
from einthoven.ecg.beats import BEAT, beat_rows

I64 = NDArray[np.int64]
FOR_EVER = 1 << 62
NO_BEATS: NDArray[np.void] = np.zeros(0, BEAT)


def rows_from_words(words: I64) -> NDArray[np.void]:
    """``BEAT`` rows out of three words each."""
    return np.ascontiguousarray(words).view(BEAT).reshape(-1)


def words_from_rows(rows: NDArray[np.void]) -> I64:
    """Three words each out of ``BEAT`` rows."""
    return np.ascontiguousarray(rows).view(np.int64).reshape(-1, 3)


def beat_words(found: I64, late: NDArray[np.uint8]) -> I64:
    """Three words each out of what ``Bay.advance`` returns and a late mark for each beat."""
    return words_from_rows(beat_rows(found, late))


class BeatLists:
    """A list of rows for each slot, sorted (``ecg.beats.order``)."""

    def __init__(self, slots: int = 4, pages: int = 16) -> None:
        self._pages: I64 = np.zeros((pages, kernels.PAGE, 2), np.int64)
        self._shapes: NDArray[np.uint16] = np.zeros((pages, kernels.PAGE), np.uint16)
        self._after: I64 = np.full(pages, -1, np.int64)
        self._before: I64 = np.full(pages, -1, np.int64)
        self._free: I64 = np.concatenate([[pages], np.arange(pages)])
        self._head: I64 = np.full(slots, -1, np.int64)
        self._tail: I64 = np.full(slots, -1, np.int64)
        self._skip: I64 = np.zeros(slots, np.int64)
        self._fill: I64 = np.zeros(slots, np.int64)

    def fit(self, slots: int) -> None:
        """Make room for slots ``0 … slots − 1``."""
        more = slots - len(self._head)
        if more > 0:
            self._head = np.concatenate([self._head, np.full(more, -1, np.int64)])
            self._tail = np.concatenate([self._tail, np.full(more, -1, np.int64)])
            self._skip = np.concatenate([self._skip, np.zeros(more, np.int64)])
            self._fill = np.concatenate([self._fill, np.zeros(more, np.int64)])

    def _grow(self) -> None:
        pages = len(self._pages)
        grown = np.zeros((2 * pages, kernels.PAGE, 2), np.int64)
        grown[:pages] = self._pages
        self._pages = grown
        self._shapes = np.concatenate([self._shapes, np.zeros((pages, kernels.PAGE), np.uint16)])
        self._after = np.concatenate([self._after, np.full(pages, -1, np.int64)])
        self._before = np.concatenate([self._before, np.full(pages, -1, np.int64)])
        free = np.zeros(2 * pages + 1, np.int64)
        free[: len(self._free)] = self._free
        count = int(free[0])
        free[1 + count : 1 + count + pages] = np.arange(pages, 2 * pages)
        free[0] += pages
        self._free = free

    def append(self, slot: I64, words: I64) -> None:
        """Append row ``i`` to the list of ``slot[i]``, or put it in the place of the one that is the same."""
        done = 0
        while done < len(slot):
            done = kernels.append(
                self._pages,
                self._shapes,
                self._after,
                self._before,
                self._head,
                self._tail,
                self._skip,
                self._fill,
                self._free,
                slot,
                words,
                done,
            )
            if done < len(slot):
                self._grow()

    def extend(self, slot: int, rows: NDArray[np.void]) -> None:
        """Append rows to one list."""
        self.append(np.full(len(rows), slot, np.int64), words_from_rows(rows))

    def between(self, slot: int, start: int = -FOR_EVER, stop: int = FOR_EVER) -> NDArray[np.void]:
        """A copy of the beats of a slot with ``start <= sample < stop``."""
        return rows_from_words(
            kernels.collect(
                self._pages,
                self._shapes,
                self._after,
                self._before,
                self._head,
                self._tail,
                self._skip,
                self._fill,
                slot,
                start,
                stop,
            )
        )

    def drop(self, slot: int, before: int = FOR_EVER) -> None:
        """Forget the beats of a slot before sample ``before``; all of them by default."""
        kernels.drop(
            self._pages,
            self._after,
            self._head,
            self._tail,
            self._skip,
            self._fill,
            self._free,
            slot,
            before,
        )

    def replace(self, slot: int, rows: NDArray[np.void]) -> None:
        """Make ``rows`` the whole list of a slot."""
        self.drop(slot)
        self.extend(slot, rows)

    def move(self, source: int, target: int) -> None:
        """Give the list of ``source`` to ``target``, whose own is forgotten."""
        self.drop(target)
        for part in (self._head, self._tail, self._skip, self._fill):
            part[target] = part[source]
        self._head[source] = self._tail[source] = -1
        self._skip[source] = self._fill[source] = 0
