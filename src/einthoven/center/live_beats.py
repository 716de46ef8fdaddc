"""The beats of the streams that a screen shows: what changed of them, twice a second.

A beat is told before it has a class, classed within a second and final seconds later, so a span of the newest
signal is looked at again and again and told from the first beat on that is different. Nothing queues: a
screen that was away is told of what is then to be seen. Pure of I/O and of clocks.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from einthoven.base.ids import StreamId
from einthoven.base.instants import MILLISECOND, SECOND, Instant
from einthoven.center.live_view import HISTORY_MAX_S, View
from einthoven.center.live_wire import BeatSpan, beats_message, span_bytes

EVERY = SECOND // 2
"""How often the beats of a stream are looked at: a beat waits for its class longer than for this."""
ANEW = 2 * SECOND
"""So often they are looked at although no sample came: what came late may have changed them."""
OPEN_S = 10.0
"""Beats of the last so many seconds may still change: a class is final after five, and the ward keeps beats
that are sealed for twelve."""
CHANGES_MAX = 32
"""Changes of a stream that are remembered; a screen that missed more is told of all that is to be seen."""
UNSEEN_MAX = 60 * SECOND
"""A stream that no screen has shown for this long is forgotten."""

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
class _Stream:
    """What is known of the newest beats of a stream, for all screens.

    Attributes:
        front: one past the newest sample that was looked at.
        rows: beats of the last ``HISTORY_MAX_S``.
        edition: counts the changes; ``changes`` are (edition, first sample that is different).
        made: spans of this edition, by their first sample.
    """

    front: int
    looked: int
    rows: Rows
    edition: int = 0
    changes: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=CHANGES_MAX))
    made: dict[int, bytes] = field(default_factory=dict)

    def take(self, first: int, rows: Rows) -> None:
        """From ``first`` on it is now this."""
        same = self.rows[: np.searchsorted(self.rows["sample"], first)]
        self.rows = np.concatenate([same, rows])
        self.edition += 1
        self.changes.append((self.edition, first))

    def first_new(self, edition: int, oldest: int) -> int:
        """The first sample that is different from what it was in an edition."""
        if not self.changes or edition < self.changes[0][0] - 1:
            return oldest
        return max(oldest, min(first for number, first in self.changes if number > edition))


@dataclass(slots=True, eq=False)
class BeatReader:
    """What one screen has been told of beats: the edition of each stream of its view."""

    view: View | None = None
    visible: bool = True
    looked: int | None = None
    told: dict[StreamId, int] = field(default_factory=dict)


class LiveBeats:
    """The beats of every screen's view. All calls on one thread (the event loop)."""

    def __init__(self, ward: BeatSource, extents: Extents) -> None:
        self._ward = ward
        self._extents = extents
        self._streams: dict[StreamId, _Stream] = {}
        self._swept = 0

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
        history = reader.view.history or HISTORY_MAX_S
        spans = [self._news(reader, stream, history, now) for stream, _ in reader.view.streams]
        told = [span for span in spans if span is not None]
        if now - self._swept > UNSEEN_MAX:
            self._swept = now
            self._streams = {
                stream: kept for stream, kept in self._streams.items() if now - kept.looked <= UNSEEN_MAX
            }
        return beats_message(reader.view.epoch, wall / MILLISECOND, told) if told else None

    def _news(self, reader: BeatReader, stream: StreamId, history: float, now: int) -> bytes | None:
        """What is different in a stream from what the screen was told."""
        front, rate_hz = self._extents.extent(stream)
        if front == 0:
            return None
        kept = self._look(stream, front, rate_hz, now)
        told = reader.told.get(stream)
        if told == kept.edition:
            return None
        reader.told[stream] = kept.edition
        oldest = max(kept.front - int(history * rate_hz), 0)
        first = oldest if told is None else kept.first_new(told, oldest)
        made = kept.made.get(first)
        if made is None:
            rows = kept.rows[np.searchsorted(kept.rows["sample"], first) :]
            if told is None and not len(rows):
                return None
            made = kept.made[first] = span_bytes(BeatSpan(stream, first, kept.front, rows))
        return made

    def _look(self, stream: StreamId, front: int, rate_hz: float, now: int) -> _Stream:
        """What is known of a stream, half a second old at most."""
        oldest = max(front - int(HISTORY_MAX_S * rate_hz), 0)
        kept = self._streams.get(stream)
        if kept is None or front < kept.front:
            edition = 0 if kept is None else kept.edition + 1
            rows = self._ward.beats(stream, oldest, front)
            kept = self._streams[stream] = _Stream(front, now, rows, edition)
            return kept
        if now - kept.looked < (EVERY if front != kept.front else ANEW):
            return kept
        kept.looked = now
        since = max(min(front - int(OPEN_S * rate_hz), kept.front), oldest)
        rows = self._ward.beats(stream, since, front)
        before = kept.rows[np.searchsorted(kept.rows["sample"], since) :]
        same = _alike(before, rows)
        kept.front = front
        if not same == len(rows) == len(before):
            first = min(int(left["sample"][same]) for left in (before, rows) if len(left) > same)
            kept.take(first, rows[same:])
            kept.rows = kept.rows[np.searchsorted(kept.rows["sample"], oldest) :]
            kept.made.clear()
        return kept


def _alike(before: Rows, rows: Rows) -> int:
    """How many rows are the same at the beginning of both."""
    count = min(len(before), len(rows))
    different = np.flatnonzero(before[:count] != rows[:count])
    return int(different[0]) if len(different) else count
