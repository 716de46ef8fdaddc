"""A screen without pixels on the live hub: it takes the wave messages that a page gets, keeps the columns,
and reports what it has, so that the display ledger checks it as it checks a page (R9).

It draws coarsely (``COLUMNS_PER_SECOND``), which costs little beside the center; nothing of a report is taken
from anywhere but the messages.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from einthoven.base.ids import StreamId, parse_stream, stream_name
from einthoven.base.instants import MILLISECOND, Instant
from einthoven.base.layout import INVALID_SAMPLE
from einthoven.center.displays import STALE, STALE_S
from einthoven.center.live import Screen
from einthoven.center.live_view import View
from einthoven.center.live_wire import FLAG_FRESH, FLAG_REPAINT, HEADER, KIND_WAVES, MODE_RAW, RUN

COLUMNS_PER_SECOND: Final = 20.0
HISTORY_S: Final = 4.0
REPORT_S: Final = 1.0
REPORT_MAX_S: Final = 4.0
KEPT_S: Final = 8.0
"""What the screen remembers of a lead."""


class Hub(Protocol):
    """The part of the live hub that a screen needs."""

    def open(self) -> Screen:
        """A new screen."""
        ...

    def view(self, screen: Screen, view: View) -> None:
        """Show ``view`` from now on."""
        ...

    def frames(self, screen: Screen, now: int, wall: Instant) -> bytes | None:
        """The next wave message of a screen."""
        ...

    def close(self, screen: Screen) -> None:
        """Forget a screen."""
        ...


@dataclass(slots=True)
class _Trace:
    """The columns of one lead, ``[first, end)``, in a ring."""

    spc: float
    ring: NDArray[np.int16]
    first: int = 0
    end: int = 0

    def put(self, start: int, values: NDArray[np.int16]) -> None:
        size, stop = len(self.ring), start + len(values)
        if not self.first <= start <= self.end:
            # Nothing stands between what was there and this: what a report covers begins anew.
            self.first = self.end = start
        self.end = max(self.end, stop)
        self.first = max(self.first, self.end - size)
        low = max(start, self.end - size)
        self.ring[np.arange(low, stop) % size] = values[low - start :]

    def columns(self, start: int, stop: int) -> bytes:
        return np.ascontiguousarray(self.ring[np.arange(start, stop) % len(self.ring)]).tobytes()


@dataclass(slots=True)
class _Tile:
    traces: dict[int, _Trace] = field(default_factory=dict)
    newest_ms: float = math.nan
    reported: int = 0


class LiveScreen:
    """One screen of the hub; ``sim.station.Painter`` of a headless station.

    Args:
        hub: the live picture.
        monotonic: the clock by which the hub paces, ns.
    """

    def __init__(self, hub: Hub, monotonic: Clockwork) -> None:
        self._hub = hub
        self._monotonic = monotonic
        self._screen = hub.open()
        self._tiles: dict[StreamId, _Tile] = {}
        self._epoch = 0

    def report(self, streams: Sequence[str], nonce: str, wall: Instant) -> str:
        """Take what the hub has for these streams, and say what stands on the screen then."""
        wanted = [parse_stream(name) for name in streams]
        if wanted != list(self._tiles):
            self._view(wanted)
        # A view of many tiles may come in several messages.
        while (message := self._hub.frames(self._screen, self._monotonic(), wall)) is not None:
            self._take(message)
            if self._screen.turn == 0:
                break
        tiles = [self._told(stream, tile, wall / MILLISECOND) for stream, tile in self._tiles.items()]
        return json.dumps({"type": "painted", "nonce": nonce, "visible": True, "tiles": tiles})

    def close(self) -> None:
        """The screen is switched off."""
        self._hub.close(self._screen)

    def _view(self, streams: list[StreamId]) -> None:
        self._epoch += 1
        self._tiles = {stream: _Tile() for stream in streams}
        view = View(self._epoch, tuple((stream, ()) for stream in streams), COLUMNS_PER_SECOND, HISTORY_S)
        self._hub.view(self._screen, view)

    def _take(self, message: bytes) -> None:
        _, kind, count, _, _, _ = HEADER.unpack_from(message, 0)
        if kind != KIND_WAVES:
            return
        at = HEADER.size
        for _ in range(count):
            stream, lead, mode, flags, columns, _, start, spc, newest_ms, *_ = RUN.unpack_from(message, at)
            at += RUN.size
            width = 1 if mode == MODE_RAW else 2
            values = np.frombuffer(message, "<i2", columns * width, at).reshape(columns, width)
            at += -(-columns * width * 2 // 8) * 8
            tile = self._tiles.get(stream)
            if tile is None:
                continue
            tile.newest_ms = newest_ms
            if columns:
                self._put(tile, lead, flags, round(start / spc), spc, values)

    def _put(
        self, tile: _Tile, lead: int, flags: int, first: int, spc: float, values: NDArray[np.int16]
    ) -> None:
        trace = tile.traces.get(lead)
        begun = bool(flags & FLAG_FRESH and not flags & FLAG_REPAINT)
        if trace is None or begun or trace.spc != spc:
            size = math.ceil(KEPT_S * COLUMNS_PER_SECOND)
            ring = np.full((size, values.shape[1]), INVALID_SAMPLE, np.int16)
            trace = tile.traces[lead] = _Trace(spc, ring, first, first)
        if flags & FLAG_REPAINT:
            # Only what stands on the screen is painted over.
            low, high = max(first, trace.first), min(first + len(values), trace.end)
            if low < high:
                trace.put(low, values[low - first : high - first])
        else:
            trace.put(first, values)

    def _told(self, stream: StreamId, tile: _Tile, now_ms: float) -> list[object]:
        fresh = now_ms - tile.newest_ms <= STALE_S * 1000
        flags = 0 if fresh else STALE
        traces = [tile.traces[lead] for lead in sorted(tile.traces)]
        stop = min((trace.end for trace in traces), default=0)
        first = max((trace.first for trace in traces), default=0)
        if first >= stop:
            return [stream_name(stream), 0, 1, 0, -1, 0, 0, flags]
        spc, per_second = traces[0].spc, COLUMNS_PER_SECOND
        least, most = math.ceil(REPORT_S * per_second), math.ceil(REPORT_MAX_S * per_second)
        count = min(stop - first, max(least, min(most, stop - tile.reported)))
        tile.reported = stop
        crc = 0
        for trace in traces:
            crc = zlib.crc32(trace.columns(stop - count, stop), crc)
        leads = sum(1 << lead for lead in tile.traces)
        return [stream_name(stream), stop, spc, crc, math.ceil(stop * spc) - 1, count, leads, flags]


class Clockwork(Protocol):
    """A monotonic clock."""

    def __call__(self) -> int:
        """Nanoseconds."""
        ...
