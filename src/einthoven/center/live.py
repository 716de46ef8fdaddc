"""The live picture: which columns of which leads each screen still has to get (R9).

Pure of I/O and of clocks. The queue of a screen is the ward's own ring: a screen holds, per stream of its
view, the next column to send, and a message is built only when the screen can take it. So a slow screen
costs no memory, and its backlog, measured in seconds of signal, is bounded by ``QUEUE``: what is older is
dropped, flagged ``FLAG_SKIPPED``, and hatched by the page. State changes do not come this way
(``center.census``).

Samples that arrive behind what was sent (backlog, samples stored at the second try) are painted again where
they are still visible. A hole is columns of ``INVALID_SAMPLE``; it is never bridged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import RefusedError
from einthoven.base.ids import StreamId
from einthoven.base.instants import MILLISECOND, SECOND, Instant
from einthoven.base.layout import INVALID_SAMPLE, Layout
from einthoven.center.live_kernels import column_of, columns_of, min_max
from einthoven.center.live_rows import Rows, grown
from einthoven.center.live_view import HISTORY_MAX_S, View
from einthoven.center.live_wire import (
    FLAG_FRESH,
    FLAG_REPAINT,
    FLAG_SKIPPED,
    KIND_WAVES,
    MODE_MIN_MAX,
    MODE_RAW,
    NEWEST_UNKNOWN,
    Run,
    message,
)
from einthoven.center.ports import Window

SCREENS_MAX = 320
"""Open screens: 250 stations and their spares. One of 64 tiles costs 0.4 % of a core (docs/benchmarks.md), so
250 of 40 tiles about 0.6 of one; a screen that is not kept up with is told so, and holds up nobody."""
QUEUE = 2 * SECOND
"""Signal a screen may be behind by before waves are dropped: more would show the past as if it were now."""
SLOW_MAX = 15 * SECOND
"""A screen that drops waves this long is closed with the reason, so that it (or its user) starts again."""
HEARTBEAT = SECOND
"""Every stream of a view is heard of at least this often, with or without samples."""
MESSAGE_BYTES_MAX = 1 << 20
"""A wave message stops growing here and the rest follows in the next: one build stays within milliseconds."""
MEMO_MAX = 20_000
"""Payloads kept between two arrivals, so that twenty screens with one view decimate once; tens of megabytes
at most."""

TimeOf: TypeAlias = Callable[[StreamId, float], Instant | None]
"""Center time at which a sample of a stream was acquired, None while no clock exchange has told."""
LateHeard: TypeAlias = Callable[[StreamId, int, int], None]
"""Told of samples ``[start, stop)`` of a stream that came behind what screens may have been sent."""


class RecentSamples(Protocol):
    """The part of the ward that the live picture reads."""

    def recent(self, stream: StreamId, start: int, stop: int) -> Window:
        """Samples ``[start, stop)`` from the ring; what is not held is ``INVALID_SAMPLE``."""
        ...


@dataclass(slots=True)
class _Place:
    """One stream of one screen's view; ``row`` 0 while the stream is not admitted."""

    stream: StreamId
    asked: tuple[int, ...]
    row: int = 0
    born: int = 0
    layout: Layout | None = None
    leads: tuple[int, ...] = ()
    history_samples: int = 0
    visible_samples: int = 0
    fresh: bool = True
    skipped: bool = False
    told: int | None = None
    repaint: tuple[int, int] | None = None


@dataclass(slots=True, eq=False)
class Screen:
    """What one screen has been sent; only the hub changes it.

    Attributes:
        skips: how many times waves were dropped for it.
        behind_since: monotonic time since which every message dropped waves, None when it keeps up.
    """

    view: View | None = None
    visible: bool = True
    skips: int = 0
    behind_since: int | None = None
    built: int | None = None
    edition: int = -1
    turn: int = 0
    places: list[_Place] = field(default_factory=list)
    by_row: dict[int, int] = field(default_factory=dict)
    rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    spc: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0, np.float64))
    cursor: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


class LiveHub:
    """Every open screen and what it has been sent. All calls on one thread (the event loop)."""

    def __init__(self, ward: RecentSamples, time_of: TimeOf, screens_max: int = SCREENS_MAX) -> None:
        self._ward = ward
        self._time_of = time_of
        self._screens_max = screens_max
        self._screens: set[Screen] = set()
        self._rows = Rows()
        self._layouts: list[Layout | None] = [None]
        self._born: list[int] = [0]
        self._front = np.zeros(64, np.int64)
        self._received = np.zeros(64, np.int64)
        self._keep = np.zeros(64, np.int64)
        self._watched = np.zeros(64, np.bool_)
        self._edition = 0
        self.on_late: LateHeard = lambda _stream, _start, _stop: None
        self._memo: dict[tuple[int, int, int, int, float], bytes] = {}

    # ---- streams -----------------------------------------------------------------------------------------

    def admit(self, stream: StreamId, layout: Layout, front: int = 0, received: Instant = 0) -> None:
        """A stream may be watched from now on, or its layout was declared anew.

        Args:
            front, received: one past its newest sample known so far (after a restart), and when that had
                come at the latest; else 0.
        """
        row = self._rows.get(stream)
        if row == 0:
            row = self._rows.add(stream)
            self._make_room()
            self._front[row], self._received[row] = 0, received
        elif self._layouts[row] == layout:
            return
        self._layouts[row] = layout
        self._front[row] = max(front, int(self._front[row]))
        self._keep[row] = int(HISTORY_MAX_S * layout.rate_hz)
        self._edition += 1
        self._born[row] = self._edition

    def discharge(self, stream: StreamId) -> None:
        """The stream is no longer watched; its tiles stay empty until it is admitted again."""
        row = self._rows.remove(stream)
        if row:
            self._layouts[row] = None
            self._edition += 1

    def arrived(
        self,
        streams: NDArray[np.int64],
        starts: NDArray[np.int64],
        stops: NDArray[np.int64],
        received: NDArray[np.int64] | None = None,
    ) -> None:
        """Blocks ``[start, stop)`` that the ward has taken in, int64[k] each, in the order taken.

        Costs well under a microsecond a block; unknown streams are passed over. A newest sample is never
        dated after it was ``received``.
        """
        rows = self._rows.of(streams)
        known = rows > 0
        if not known.all():
            streams, rows, starts, stops = streams[known], rows[known], starts[known], stops[known]
            received = None if received is None else received[known]
        before = self._front[rows]
        if received is not None:
            newer = stops > before
            np.maximum.at(self._received, rows[newer], received[newer])
        np.maximum.at(self._front, rows, stops)
        self._memo.clear()
        late = (starts < before) & (stops > before - self._keep[rows]) & self._watched[rows]
        for k in np.flatnonzero(late):
            self.on_late(int(streams[k]), int(starts[k]), int(min(stops[k], before[k])))
            for screen in self._screens:
                _note_late(screen, int(rows[k]), int(starts[k]), int(stops[k]))

    def front(self, stream: StreamId) -> int:
        """One past the newest sample of a stream, 0 when nothing came yet."""
        row = self._rows.get(stream)
        return int(self._front[row]) if row else 0

    def extent(self, stream: StreamId) -> tuple[int, float]:
        """One past the newest sample of a stream and its sampling rate; (0, 0) for one that is not here."""
        row = self._rows.get(stream)
        layout = self._layouts[row]
        return (0, 0.0) if layout is None else (int(self._front[row]), layout.rate_hz)

    def rows_of(self, streams: NDArray[np.int64]) -> NDArray[np.int64]:
        """The row of each stream in ``fronts``, int64[k]; 0 for one that is not here."""
        return self._rows.of(streams)

    def fronts(self) -> NDArray[np.int64]:
        """One past the newest sample of every stream by its row: a copy, as it is now."""
        return self._front.copy()

    def acquired(self, stream: StreamId, front: int) -> Instant | None:
        """Center time of the sample before ``front`` as screens are told it, None while that is not known."""
        at = self._time_of(stream, front - 1) if front > 0 else None
        received = int(self._received[self._rows.get(stream)])
        return at if at is None or not received else min(at, received)

    # ---- screens -----------------------------------------------------------------------------------------

    @property
    def screens(self) -> int:
        """How many screens are open."""
        return len(self._screens)

    def open(self) -> Screen:
        """A new screen, which sees nothing until it has a view.

        Raises:
            RefusedError: ``screens_max`` are open.
        """
        if len(self._screens) >= self._screens_max:
            raise RefusedError("screens", f"{self._screens_max} screens are open, and no more can be served")
        screen = Screen()
        self._screens.add(screen)
        return screen

    def close(self, screen: Screen) -> None:
        """Forget a screen; doing it again does nothing."""
        self._screens.discard(screen)
        self._watch()

    def view(self, screen: Screen, view: View) -> None:
        """Show ``view`` from now on, starting with its history."""
        screen.view = view
        screen.places = [_Place(stream, leads) for stream, leads in view.streams]
        screen.cursor = np.zeros(len(screen.places), np.int64)
        screen.behind_since = screen.built = None
        self._bind(screen)

    def visible(self, screen: Screen, value: bool) -> None:
        """Stop the waves of a hidden tab; when it is shown again it starts afresh with the view's history."""
        if value and not screen.visible and screen.view is not None:
            self.view(screen, screen.view)
        screen.visible = value
        screen.behind_since = screen.built = None

    def too_slow(self, screen: Screen, now: int) -> bool:
        """Whether the screen has been behind for so long that it should be closed (``SLOW_MAX``)."""
        return screen.behind_since is not None and now - screen.behind_since > SLOW_MAX

    # ---- messages ----------------------------------------------------------------------------------------

    def frames(self, screen: Screen, now: int, wall: Instant) -> bytes | None:
        """The next wave message of a screen, None when there is nothing to say.

        Call it when the screen can take a message, ten times a second.

        Args:
            now: monotonic nanoseconds; decides what is dropped and when a heartbeat is due.
            wall: center time, sent as ``server_ms``.
        """
        if screen.view is None or not screen.visible:
            return None
        if screen.edition != self._edition:
            self._bind(screen)
        fronts = self._front[screen.rows]
        done = columns_of(fronts, screen.spc)
        self._drop(screen, fronts, now)
        due = [
            k
            for k, ready in enumerate((done > screen.cursor).tolist())
            if (place := screen.places[k]).row
            and (ready or place.fresh or place.repaint or place.told is None or now - place.told >= HEARTBEAT)
        ]
        runs: list[Run] = []
        size = 0
        due = [k for k in due if k >= screen.turn] + [k for k in due if k < screen.turn]
        screen.turn = 0
        for k in due:
            if size > MESSAGE_BYTES_MAX:
                screen.turn = k
                break
            runs += (fresh := self._runs(screen, k, int(fronts[k]), int(done[k]), now))
            size += sum(len(run.payload) for run in fresh)
            if fresh:
                screen.places[k].told = now
        return message(KIND_WAVES, screen.view.epoch, wall / MILLISECOND, runs) if runs else None

    def _drop(self, screen: Screen, fronts: NDArray[np.int64], now: int) -> None:
        """Move past what a screen that could not take messages for more than ``QUEUE`` has missed."""
        built, screen.built = screen.built, now
        if built is None or now - built <= QUEUE:
            screen.behind_since = None
            return
        if screen.behind_since is None:
            screen.behind_since = now
        screen.skips += 1
        for k, place in enumerate(screen.places):
            if place.layout is None or place.fresh:
                continue
            oldest = int(fronts[k]) - int(place.layout.rate_hz * QUEUE / SECOND)
            column = column_of(max(oldest, 0), screen.spc[k])
            if column > screen.cursor[k]:
                screen.cursor[k] = column
                place.skipped = True

    def _runs(self, screen: Screen, k: int, front: int, done: int, now: int) -> list[Run]:
        """What stream ``k`` of a screen still lacks; moves the screen's cursor."""
        place = screen.places[k]
        spc = float(screen.spc[k])
        cursor = int(screen.cursor[k])
        flags = 0
        if not place.fresh and front - cursor * spc > self._keep[place.row]:
            place.fresh = True  # a hole longer than anything visible: nothing of the old picture remains
        if place.fresh:
            cursor = column_of(max(front - place.history_samples, 0), spc)
            flags, place.repaint = FLAG_FRESH, None
        elif place.skipped:
            flags = FLAG_SKIPPED
        newest = self._newest_ms(place, front)
        runs: list[Run] = []
        if place.repaint is not None:
            start, stop = place.repaint
            first = column_of(max(start, front - place.visible_samples, 0), spc)
            last = min(column_of(stop - 1, spc) + 1, cursor)
            runs += self._stretch(place, first, last, spc, FLAG_REPAINT, newest) if first < last else []
        beat = place.told is None or now - place.told >= HEARTBEAT
        if done > cursor or flags or (beat and not runs):
            runs += self._stretch(place, cursor, max(done, cursor), spc, flags, newest)
        screen.cursor[k] = max(done, cursor)
        place.fresh, place.skipped, place.repaint = False, False, None
        return runs

    def _stretch(
        self, place: _Place, start: int, stop: int, spc: float, flags: int, newest: float
    ) -> list[Run]:
        """Columns ``start … stop − 1`` of every lead of a place; without columns one empty run is enough."""
        assert place.layout is not None
        window: Window | None = None
        runs = []
        mode = MODE_RAW if spc == 1.0 else MODE_MIN_MAX
        leads = place.leads if stop > start or flags else place.leads[:1]
        for lead in leads:
            key = (place.row, lead, start, stop, spc)
            payload = self._memo.get(key) if stop > start else b""
            if payload is None:
                if window is None:
                    window = self._ward.recent(place.stream, *_samples(start, stop, spc))
                payload = columns(window, lead, start, stop, spc).tobytes()
                if len(self._memo) < MEMO_MAX:
                    self._memo[key] = payload
            runs.append(
                Run(
                    place.stream,
                    lead,
                    mode,
                    flags,
                    stop - start,
                    start * spc,
                    spc,
                    newest,
                    place.layout.leads[lead],
                    payload,
                )
            )
        return runs

    def _newest_ms(self, place: _Place, front: int) -> float:
        at = self.acquired(place.stream, front)
        return NEWEST_UNKNOWN if at is None else at / MILLISECOND

    # ---- tables ------------------------------------------------------------------------------------------

    def _bind(self, screen: Screen) -> None:
        """Tie a screen's view to the rows of its streams; a stream whose layout changed starts afresh."""
        view = screen.view
        screen.edition = self._edition
        if view is None:
            return
        screen.by_row = {}
        screen.rows = np.zeros(len(screen.places), np.int64)
        screen.spc = np.ones(len(screen.places), np.float64)
        for k, place in enumerate(screen.places):
            row = self._rows.get(place.stream)
            layout = self._layouts[row]
            if row != place.row or self._born[row] != place.born:
                place.fresh, place.repaint, place.told = True, None, None
            place.row, place.born, place.layout = row, self._born[row], layout
            if layout is None:
                continue
            asked = place.asked or tuple(range(len(layout.leads)))
            place.leads = tuple(lead for lead in asked if lead < len(layout.leads))
            place.history_samples = int(view.history * layout.rate_hz)
            place.visible_samples = int((view.history or HISTORY_MAX_S) * layout.rate_hz)
            screen.rows[k] = row
            raw = view.columns_per_second >= layout.rate_hz
            screen.spc[k] = 1.0 if raw else layout.rate_hz / view.columns_per_second
            screen.by_row[row] = k
        self._watch()

    def _watch(self) -> None:
        self._watched[:] = False
        for screen in self._screens:
            self._watched[screen.rows] = True

    def _make_room(self) -> None:
        size = self._rows.size
        self._front = grown(self._front, size)
        self._received = grown(self._received, size)
        self._keep = grown(self._keep, size)
        self._watched = grown(self._watched, size)
        while len(self._layouts) < size:
            self._layouts.append(None)
            self._born.append(0)


def columns(window: Window, lead: int, start: int, stop: int, spc: float) -> NDArray[np.int16]:
    """Columns ``start … stop − 1`` of one lead of a window: samples when ``spc`` is 1, else (min, max)
    pairs."""
    if lead >= window.samples.shape[1]:
        return np.full((stop - start) * (1 if spc == 1.0 else 2), INVALID_SAMPLE, np.int16)
    if spc != 1.0:
        return min_max(window.samples, window.start, lead, start, stop, spc)
    first = start - window.start
    if first >= 0 and stop - window.start <= len(window.samples):
        return np.ascontiguousarray(window.samples[first : stop - window.start, lead])
    out = np.full(stop - start, INVALID_SAMPLE, np.int16)
    low, high = max(first, 0), min(stop - window.start, len(window.samples))
    if low < high:
        out[low - first : high - first] = window.samples[low:high, lead]
    return out


def _samples(start: int, stop: int, spc: float) -> tuple[int, int]:
    """The samples that columns ``start … stop − 1`` hold."""
    return int(np.ceil(start * spc)), int(np.ceil(stop * spc))


def _note_late(screen: Screen, row: int, start: int, stop: int) -> None:
    """Remember that ``[start, stop)`` of a row came late; painted again with the next message."""
    k = screen.by_row.get(row)
    if k is None or screen.places[k].fresh or not screen.visible:
        return
    noted = screen.places[k].repaint
    screen.places[k].repaint = (start, stop) if noted is None else (min(start, noted[0]), max(stop, noted[1]))
