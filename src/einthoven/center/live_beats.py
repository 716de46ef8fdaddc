"""The beats of the streams that a screen shows: what changed of them, twice a second.

A beat is told before it has a class, classed within a second and final seconds later, so a span of the newest
signal is looked at again and again and told from the first beat on that is different. Nothing queues: a
screen that was away is told of what is then to be seen. Pure of I/O and of clocks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from einthoven.base.ids import StreamId
from einthoven.base.instants import MILLISECOND, SECOND, Instant
from einthoven.center.live_view import HISTORY_MAX_S, View
from einthoven.center.live_wire import BeatSpan, beats_message

EVERY = SECOND // 2
"""How often the beats of a screen are looked at: a beat waits for its class longer than for this."""
OPEN_S = 10.0
"""Beats of the last so many seconds may still change: a class is final after five, and the ward keeps beats
that are sealed for twelve."""

Rows: TypeAlias = NDArray[np.void]


class BeatSource(Protocol):
    """The part of the ward that the beats come from."""

    def beats(self, stream: StreamId, start: int, stop: int) -> Rows:
        """``BEAT`` rows in ``[start, stop)``, by sample."""
        ...


class Extents(Protocol):
    """How far the streams have come: the hub."""

    def extent(self, stream: StreamId) -> tuple[int, float]:
        """One past the newest sample and the sampling rate; (0, 0) for a stream that is not watched."""
        ...


@dataclass(slots=True)
class _Told:
    """What a screen was told of one stream: the rows from ``start`` to ``stop``."""

    start: int
    stop: int
    rows: Rows


@dataclass(slots=True, eq=False)
class BeatReader:
    """What one screen has been told of beats."""

    view: View | None = None
    visible: bool = True
    looked: int | None = None
    told: dict[StreamId, _Told] = field(default_factory=dict)


class LiveBeats:
    """The beats of every screen's view. All calls on one thread (the event loop)."""

    def __init__(self, ward: BeatSource, extents: Extents) -> None:
        self._ward = ward
        self._extents = extents
        self._memo: dict[tuple[StreamId, int, int], Rows] = {}
        self._memo_at = -1

    def view(self, reader: BeatReader, view: View) -> None:
        """Show this from now on, beginning with its history."""
        reader.view, reader.looked = view, None
        reader.told.clear()

    def visible(self, reader: BeatReader, value: bool) -> None:
        """A hidden tab is told nothing; shown again it starts afresh."""
        reader.visible, reader.looked = value, None
        reader.told.clear()

    def next(self, reader: BeatReader, now: int, wall: Instant) -> bytes | None:
        """The next message of beats for a screen, None when there is nothing to tell.

        Args:
            now: monotonic nanoseconds; decides when it is time to look again.
            wall: center time, sent as ``server_ms``.
        """
        if reader.view is None or not reader.visible:
            return None
        if reader.looked is not None and now - reader.looked < EVERY:
            return None
        reader.looked = now
        if self._memo_at != now // EVERY:
            self._memo_at = now // EVERY
            self._memo.clear()
        history = reader.view.history or HISTORY_MAX_S
        spans = [self._changed(reader, stream, history) for stream, _ in reader.view.streams]
        told = [span for span in spans if span is not None]
        return beats_message(reader.view.epoch, wall / MILLISECOND, told) if told else None

    def _changed(self, reader: BeatReader, stream: StreamId, history: float) -> BeatSpan | None:
        """What is different in a stream from what the screen was told."""
        front, rate_hz = self._extents.extent(stream)
        if front == 0:
            return None
        oldest = max(front - int(history * rate_hz), 0)
        told = reader.told.get(stream)
        if told is None or told.stop <= oldest or told.stop > front:
            told = _Told(oldest, oldest, self._rows(stream, oldest, oldest))
        start = max(min(front - int(OPEN_S * rate_hz), told.stop), told.start)
        before = told.rows[np.searchsorted(told.rows["sample"], start) :]
        rows = self._rows(stream, start, front)
        reader.told[stream] = _Told(start, front, rows)
        same = _alike(before, rows)
        if same == len(rows) == len(before):
            return None
        first = min(int(left["sample"][same]) for left in (before, rows) if len(left) > same)
        return BeatSpan(stream, first, front, rows[same:])

    def _rows(self, stream: StreamId, start: int, stop: int) -> Rows:
        key = (stream, start, stop)
        rows = self._memo.get(key)
        if rows is None:
            rows = self._memo[key] = self._ward.beats(stream, start, stop)
        return rows


def _alike(before: Rows, rows: Rows) -> int:
    """How many rows are the same at the beginning of both."""
    count = min(len(before), len(rows))
    different = np.flatnonzero(before[:count] != rows[:count])
    return int(different[0]) if len(different) else count
