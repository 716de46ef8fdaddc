"""A screen without a browser: takes the wave messages, draws, and reports what it drew, honestly or not.

Follows ``frontend/src/live`` in what matters to a proof: waves go to a ring, only a frame moves what is
drawn, the pen stays behind what has come, and what a report says is taken from what was drawn.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from einthoven.base.ids import StreamId, stream_name
from einthoven.base.layout import INVALID_SAMPLE
from einthoven.center.live_wire import (
    FLAG_FRESH,
    FLAG_REPAINT,
    HEADER,
    KIND_WAVES,
    MODE_RAW,
    RUN,
)

Lie = Literal["none", "frozen", "claims", "hidden", "nonce", "changed", "stale", "unmarked", "covered"]
"""How a screen can be wrong: ``frozen`` draws no more and reports on; ``claims`` the same, with the newest
index it has not drawn; ``changed`` has one value wrong in what it drew; ``stale`` says so of live pictures,
``unmarked`` never; ``covered`` leaves a tile out; ``nonce`` answers with one of its own."""
REPORT_S = 1.0
"""Least that a report covers, where so much is drawn."""
REPORT_MAX_S = 4.0
STALE_MS = 3000.0


@dataclass(slots=True)
class _Trace:
    """Columns of one lead: what has come, and what is on the glass."""

    spc: float
    come: dict[int, tuple[int, ...]] = field(default_factory=dict)
    drawn: dict[int, tuple[int, ...]] = field(default_factory=dict)
    width: int = 1


@dataclass(slots=True)
class _Picture:
    rate: float
    traces: dict[int, _Trace] = field(default_factory=dict)
    pen: int = 0
    reported: int = 0
    newest_ms: float = math.nan


class FakeScreen:
    """One screen of some streams.

    Args:
        rates: sampling rate of each stream in view, Hz.
        buffer_s: how far the pen stays behind what has come, at most 2.75.

    Attributes:
        lag_s: how far the pen stays behind the time of the samples instead, so that it moves evenly however
            they come (``playout.ts``); None: by ``buffer_s``.
        clock_off_ms: how far its clock is ahead of the center's.
    """

    def __init__(self, rates: dict[StreamId, float], buffer_s: float = 1.0) -> None:
        self.buffer_s = buffer_s
        self.lag_s: float | None = None
        self.clock_off_ms = 0.0
        self.lie: Lie = "none"
        self._center_ms = 0.0
        self._pictures = {stream: _Picture(rate) for stream, rate in rates.items()}

    def view(self, rates: dict[StreamId, float]) -> None:
        """Another view: streams that stay keep their picture."""
        self._pictures = {
            stream: self._pictures.get(stream) or _Picture(rate) for stream, rate in rates.items()
        }

    def take(self, message: bytes | None) -> None:
        """A wave message came; its columns wait for a frame."""
        if message is None:
            return
        _, kind, count, _, _, _ = HEADER.unpack_from(message, 0)
        assert kind == KIND_WAVES
        at = HEADER.size
        for _ in range(count):
            stream, lead, mode, flags, columns, _, start, spc, newest_ms, *_ = RUN.unpack_from(message, at)
            at += RUN.size
            width = 1 if mode == MODE_RAW else 2
            values = np.frombuffer(message, "<i2", columns * width, at).reshape(columns, width)
            at += -(-columns * width * 2 // 8) * 8
            if stream in self._pictures:
                self._pictures[stream].newest_ms = newest_ms
                self._run(self._pictures[stream], lead, flags, round(start / spc), spc, values)

    def _run(
        self, picture: _Picture, lead: int, flags: int, first: int, spc: float, values: NDArray[np.int16]
    ) -> None:
        trace = picture.traces.get(lead)
        if trace is None or (flags & FLAG_FRESH and not flags & FLAG_REPAINT) or trace.spc != spc:
            trace = picture.traces[lead] = _Trace(spc, width=values.shape[1])
            picture.pen = picture.reported = 0
        for index, value in enumerate(values.tolist()):
            trace.come[first + index] = tuple(value)
        if flags & FLAG_REPAINT and self.lie not in ("frozen", "claims"):
            self._draw(picture)

    def frame(self, center_ms: float) -> None:
        """An animation frame at center time: the pen moves, and what is behind it is drawn."""
        self._center_ms = center_ms
        if self.lie in ("frozen", "claims"):
            return
        for picture in self._pictures.values():
            if not picture.traces:
                continue
            end = max(max(trace.come, default=-1) + 1 for trace in picture.traces.values())
            spc = next(iter(picture.traces.values())).spc
            behind_s = self.buffer_s
            if self.lag_s is not None and not math.isnan(picture.newest_ms):
                behind_s = max(0.0, self.lag_s - (center_ms - picture.newest_ms) / 1000)
            picture.pen = max(picture.pen, end - math.ceil(behind_s * picture.rate / spc))
            self._draw(picture)

    def settle(self) -> None:
        """Nothing more comes: the pen runs up to the end of what has."""
        buffer, self.buffer_s = self.buffer_s, 0.0
        self.frame(self._center_ms)
        self.buffer_s = buffer

    def _draw(self, picture: _Picture) -> None:
        for trace in picture.traces.values():
            oldest = picture.pen - math.ceil(20 * picture.rate / trace.spc)
            trace.drawn = {c: value for c, value in trace.come.items() if oldest <= c < picture.pen}

    def drawn(self, stream: StreamId, lead: int) -> dict[int, tuple[int, ...]]:
        """What is on the glass of a lead, by column; to be tampered with."""
        return self._pictures[stream].traces[lead].drawn

    def report(self, nonce: str) -> dict[str, Any]:
        """What the page would send over its desk socket."""
        tiles = [self._tile(stream, picture) for stream, picture in self._pictures.items()]
        return {
            "type": "painted",
            "nonce": "0" * len(nonce) if self.lie == "nonce" else nonce,
            "visible": self.lie != "hidden",
            "tiles": tiles[1:] if self.lie == "covered" else tiles,
        }

    def _tile(self, stream: StreamId, picture: _Picture) -> list[Any]:
        fresh = self._center_ms + self.clock_off_ms - picture.newest_ms <= STALE_MS
        flags = int((not fresh or self.lie == "stale") and self.lie != "unmarked")
        traces = [picture.traces[lead] for lead in sorted(picture.traces)]
        if not traces or not all(trace.drawn for trace in traces):
            return [stream_name(stream), 0, 1, 0, -1, 0, 0, flags]
        spc = traces[0].spc
        stop = min(max(trace.drawn) + 1 for trace in traces)
        first = max(min(trace.drawn) for trace in traces)
        least, most = (math.ceil(s * picture.rate / spc) for s in (REPORT_S, REPORT_MAX_S))
        count = min(stop - first, max(least, min(most, stop - picture.reported)))
        picture.reported = stop
        crc = 0
        for trace in traces:
            hole = (INVALID_SAMPLE,) * trace.width
            values = np.array([trace.drawn.get(c, hole) for c in range(stop - count, stop)], "<i2")
            if self.lie == "changed" and trace is traces[-1]:
                values[-1, -1] ^= 1
            crc = zlib.crc32(values.tobytes(), crc)
        if self.lie == "claims":
            stop = max(trace_end(trace) for trace in traces)
        newest = math.ceil(stop * spc) - 1
        leads = sum(1 << lead for lead in picture.traces)
        return [stream_name(stream), stop, spc, crc, newest, count, leads, flags]


def trace_end(trace: _Trace) -> int:
    """One past the newest column that has come of a lead."""
    return max(trace.come, default=-1) + 1
