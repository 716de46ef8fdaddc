"""The beds of a ward that share sampling rate and number of leads, and the fast path through them.

A *bed* is one stream's place: its ring of recent samples, its live edge, what is published of it. A *slot* is
one analysis state; a stream has one at its live edge and one more for each run of samples that ends at a hole
(see ``ward_late``).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import INVALID_SAMPLE, Layout
from einthoven.base.spans import SpanSet
from einthoven.base.thresholds import Thresholds
from einthoven.center import ward_kernels as kernels
from einthoven.center.ward_beats import BeatLists, beat_words, rows_from_words
from einthoven.center.ward_findings import Board, Boards
from einthoven.center.ward_late import Late
from einthoven.ecg.bay import Bay, judges_of
from einthoven.ecg.beats import UNKNOWN, UNUSABLE
from einthoven.ecg.findings import COLUMNS

I64 = NDArray[np.int64]
I16 = NDArray[np.int16]
RECENT_SECONDS = 20
"""Length of the ring: what a screen's widest sweep shows, and more."""
STALE_MS = 4000
"""A heart rate is not shown when the last beat is older than this many milliseconds of samples."""
NOWHERE = -(1 << 62)
WHOLE = 2
"""Lane of a strip: its samples end a run, and nothing is known to follow."""
_ARRAYS = (
    ("stream", 0),
    ("live_start", NOWHERE),
    ("live_next", NOWHERE),
    ("live_slot", -1),
    ("cursor_next", NOWHERE),
    ("cursor_stop", NOWHERE),
    ("cursor_slot", -1),
    ("newest", NOWHERE),
    ("received", 0),
    ("stored", 1),
    ("handed", NOWHERE),
    ("ring_from", NOWHERE),
    ("last_beat", NOWHERE),
)


class WardBay:
    """All beds of one layout class; arrays of one entry a bed, growing by doubling.

    Attributes:
        stream: stream number of each bed, 0 where free.
        live_start, live_next: the run of samples at the live edge, ``[live_start, live_next)``.
        live_slot: slot of the state at ``live_next``.
        cursor_next, cursor_stop, cursor_slot: the hole that the backlog is filling now: its first missing
            sample, the first sample after it, the slot of the state before it.
        newest: one past the newest sample, published after the ring holds it.
        received: center time of receipt of the newest block; stored: whether that block is durable.
        handed: beats before this sample may have been handed over: what changes there is told.
        sealed: of which samples the beats are kept elsewhere, by bed.
        ring_from: the ring holds nothing before this sample.
        last_beat: sample of the last beat, below 0 where none.
        late: what is irregular about a bed's samples, by bed; most beds have no entry.
        board: what was found of the stream in a bed.
    """

    stream: I64
    live_start: I64
    live_next: I64
    live_slot: I64
    cursor_next: I64
    cursor_stop: I64
    cursor_slot: I64
    newest: I64
    received: I64
    stored: I64
    handed: I64
    ring_from: I64
    last_beat: I64

    def __init__(self, rate_mhz: int, leads: int, boards: Boards, thresholds: Thresholds) -> None:
        self.analysis = Bay(rate_mhz, leads, judges=judges_of(thresholds))
        self._boards = boards
        self.board: dict[int, Board] = {}
        self.lists = BeatLists()
        self.rate_mhz, self.leads = rate_mhz, leads
        self.ring_samples = RECENT_SECONDS * rate_mhz // 1000
        self.late: dict[int, Late] = {}
        self.sealed: dict[int, SpanSet] = {}
        self.layouts: list[Layout | None] = []
        self._free: list[int] = []
        for name, _ in _ARRAYS:
            setattr(self, name, np.zeros(0, np.int64))
        self.held = np.zeros(0, np.bool_)
        self.rate = np.zeros(0)
        self.quality = np.zeros((0, leads), np.uint8)
        self.ring: I16 = np.zeros((0, self.ring_samples, leads), np.int16)

    def admit(self, stream: int, layout: Layout) -> int:
        """A bed for a stream of which nothing was seen."""
        if not self._free:
            self._grow(max(4, 2 * len(self.layouts)))
        bed = self._free.pop()
        for name, empty in _ARRAYS:
            getattr(self, name)[bed] = empty
        self.stream[bed] = stream
        self.layouts[bed] = layout
        self.rate[bed] = np.nan
        self.quality[bed] = UNKNOWN
        self.live_slot[bed] = self.take_slot(bed)
        self.board[bed] = self._boards.open(stream, layout.rate_hz)
        return bed

    def _grow(self, beds: int) -> None:
        had = len(self.layouts)
        for name, empty in _ARRAYS:
            grown = np.full(beds, empty, np.int64)
            grown[:had] = getattr(self, name)
            setattr(self, name, grown)
        self.held = np.zeros(beds, np.bool_)
        self.rate = np.concatenate([self.rate, np.full(beds - had, np.nan)])
        more = np.full((beds - had, self.leads), UNKNOWN, np.uint8)
        self.quality = np.concatenate([self.quality, more])
        ring = np.zeros((beds, self.ring_samples, self.leads), np.int16)
        ring[:had] = self.ring
        self.ring = ring
        self.layouts += [None] * (beds - had)
        self._free += range(beds - 1, had - 1, -1)

    def discharge(self, bed: int) -> None:
        """Free a bed and all its states; open findings end with the last sample, the rest is forgotten."""
        if self.live_next[bed] != NOWHERE:
            self.end_run(bed, int(self.live_slot[bed]), late=False)
        self.free_slot(int(self.live_slot[bed]))
        self.sealed.pop(bed, None)
        late = self.late.pop(bed, None)
        if late is not None:
            for slot in late.slots():
                self.free_slot(slot)
        self.board.pop(bed, None)
        self._boards.close(int(self.stream[bed]))
        self.stream[bed] = 0
        self.layouts[bed] = None
        self._free.append(bed)

    def take_slot(self, bed: int) -> int:
        """A fresh analysis state for the stream in ``bed``."""
        layout = self.layouts[bed]
        assert layout is not None
        slot = self.analysis.take(layout)
        self.lists.fit(len(self.analysis.state))
        return slot

    def renew(self, slot: int, bed: int) -> None:
        """Make a slot's state that of a stream of which nothing was seen."""
        layout = self.layouts[bed]
        assert layout is not None
        self.analysis.renew(slot, layout)

    def free_slot(self, slot: int) -> None:
        """Give a state back, its beats forgotten."""
        self.lists.drop(slot)
        self.analysis.release(slot)

    def beds(self) -> list[int]:
        """Beds in use."""
        return [bed for bed, layout in enumerate(self.layouts) if layout is not None]

    def feed(self, bed: int, slot: int, start: int, samples: I16, late: int) -> NDArray[np.void]:
        """Analyse samples (interleaved) from one slot's state; findings go to the bed's board.

        Returns:
            The beats found, not yet in any list.
        """
        one = np.zeros(1, np.int64)
        told: list[NDArray[np.float64]] = []
        stop = start + len(samples) // self.leads
        found = self.analysis.advance(one + slot, samples, one, one + start, one + stop - start, told=told)
        for rows in told:
            self.board[bed].tell(self.analysis.began(slot), rows, bool(late), stop)
        return rows_from_words(beat_words(found, np.full(len(found), late, np.uint8)))

    def end_run(self, bed: int, slot: int, late: bool) -> None:
        """The samples of a slot's run end here, as far as is known: close what is open."""
        self.board[bed].end_run(self.analysis.began(slot), self.analysis.finish(slot), late)

    def rest(self, bed: int, lock: AbstractContextManager[object]) -> None:
        """Nothing follows the samples at the live edge for now: close what is open, as at a hole."""
        with lock:
            if self.live_next[bed] != NOWHERE:
                self.end_run(bed, int(self.live_slot[bed]), late=False)

    def ring_start(self, bed: int) -> int:
        """First sample that the ring still holds."""
        return max(int(self.newest[bed]) - self.ring_samples, int(self.ring_from[bed]))

    def recent(self, bed: int, start: int, stop: int) -> I16:
        """Samples ``[start, stop)`` from the ring, int16[n, leads]; the caller knows that they are in it."""
        places = np.arange(start, stop) % self.ring_samples
        samples: I16 = self.ring[bed, places]
        return samples

    def route(self, bed: I64, start: I64, count: I64, leads: I64) -> NDArray[np.uint8]:
        """Code of each block (``ward_kernels``); moves the edges over the blocks that simply go on."""
        codes: NDArray[np.uint8] = kernels.route(
            bed,
            start,
            count,
            leads,
            self.leads,
            self.live_start,
            self.live_next,
            self.cursor_next,
            self.cursor_stop,
            self.held,
        )
        return codes

    def analyse(
        self,
        code: NDArray[np.uint8],
        bed: I64,
        samples: I16,
        offset: I64,
        start: I64,
        count: I64,
        lane: I64,
    ) -> tuple[I64, I64, I64, list[NDArray[np.float64]]]:
        """Analyse the blocks that go on at a live edge or cursor.

        Returns:
            Of each beat found: its bed, its slot, its pair of words; and what the stages told, for ``post``.
        """
        fast = np.flatnonzero(code <= kernels.CURSOR)
        beds = bed[fast]
        at_edge = code[fast] == kernels.LIVE
        slots = np.where(at_edge, self.live_slot[beds], self.cursor_slot[beds])
        told: list[NDArray[np.float64]] = []
        found = self.analysis.advance(slots, samples, offset[fast], start[fast], count[fast], told=told)
        late = (~at_edge | (lane[fast] == 1)).astype(np.uint8)
        for rows in told:
            rows[:, COLUMNS] = fast[rows[:, COLUMNS].astype(np.int64)]
        return beds[found[:, 0]], slots[found[:, 0]], beat_words(found, late[found[:, 0]]), told

    def post(
        self, told: list[NDArray[np.float64]], code: NDArray[np.uint8], bed: I64, lane: I64
    ) -> dict[int, Exception]:
        """Put on the boards what ``analyse`` said was told; under the lock, by the thread that analyses.

        A run that the cursor extends ends at a hole still: it goes on first and ends again after.

        Returns:
            Of each bed where that failed, why: its findings are not whole then, those of all others are.
        """
        failed: dict[int, Exception] = {}

        def attempt(at: int, act: Callable[..., None], *values: object) -> None:
            try:
                if at not in failed:
                    act(*values)
            except Exception as error:  # noqa: BLE001 - raised by the caller when the others are served
                failed[at] = error

        filled = {int(at): int(self.cursor_slot[at]) for at in bed[code == kernels.CURSOR]}
        for at, slot in filled.items():
            attempt(at, self.board[at].go_on, self.analysis.began(slot))
        for row in (row for rows in told for row in rows):
            block = int(row[COLUMNS])
            at = int(bed[block])
            at_edge = code[block] == kernels.LIVE
            run = self.analysis.began(int(self.live_slot[at]) if at_edge else filled[at])
            behind = not at_edge or lane[block] == 1
            attempt(at, self.board[at].tell, run, row[None, :], bool(behind), int(self.live_next[at]))
        for at, slot in filled.items():
            attempt(at, self.end_run, at, slot, True)
        return failed

    def push(self, bed: I64, samples: I16, offset: I64, start: I64, count: I64) -> None:
        """Put blocks into the rings; publishes the newest sample."""
        kernels.push(self.ring, self.newest, bed, samples, offset, start, count, self.leads, INVALID_SAMPLE)

    def publish(self, bed: I64, received: I64, stored: bool) -> None:
        """Publish heart rate, quality, time of receipt of the beds that got blocks."""
        np.maximum.at(self.received, bed, received)
        self.stored[bed] = stored
        slots = self.live_slot[bed]
        quality = self.analysis.qualities(slots)
        rate = self.analysis.rates(slots)
        self.last_beat[bed] = self.analysis.last_beats(slots)
        age = (self.live_next[bed] - self.last_beat[bed]) * 1_000_000.0 / self.rate_mhz
        blind = ((quality >= UNUSABLE) & (quality != UNKNOWN)).all(axis=1)
        self.quality[bed] = quality
        self.rate[bed] = np.where((age > STALE_MS) | blind, np.nan, rate)
