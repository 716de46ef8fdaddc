"""Proof that patients are really on a screen: each second's reports of what was painted, checked (R9, R14).

A screen answers every tick of its desk socket with what its draw loop has painted: for each tile in view the
columns drawn last, a CRC-32 over exactly the values that were stroked, and whether the tile says that it is
stale. Here the same columns are made again from the ward's ring. So a live socket over a frozen canvas, a
hidden tab, a painter that draws old samples, or a picture with one sample changed is found, with its reason.

Pure of I/O and of clocks; all calls on the thread of the live picture. The order of a second: ``beat``, then
a ``nonce`` for each open socket's tick, then ``check`` for each report as it comes. ``docs/live.md`` has the
wire form. What this cannot prove: that nothing lies before the glass (another window, a screen that is
switched off), and that a client made to deceive does not compute the answer without drawing.
"""

from __future__ import annotations

import math
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError
from einthoven.base.ids import StreamId, parse_stream
from einthoven.base.instants import SECOND, Instant
from einthoven.base.layout import INVALID_SAMPLE, LEADS_MAX
from einthoven.center.live import RecentSamples, columns
from einthoven.center.live_view import COLUMNS_PER_SECOND_MIN, STREAMS_MAX
from einthoven.center.ports import Window

NONCES_KEPT = 3
"""A report may answer one of the last three beats of its socket. The same report again proves nothing later:
a proof speaks for the beat that it answered."""
BEHIND_MAX_S = 2.0
"""How far the newest sample drawn may be behind what the screen has had for a second, so 3 s behind the
newest where samples flow: the jitter buffer of a page holds at most 2.6 s (``playout.ts``) and has then drawn
for a second."""
STALE_S = 3.0
"""Age of the newest sample from which a tile must say that it is stale (``clock.ts``)."""
STALE_SLACK_S = 0.5
"""How far the page and the center may differ in a sample's age before a tile that says it is stale is held
wrong: what a message takes at the least (``clock.ts``), and the time from a tick to the frame that answers
it. Who is held wrong for being slower than that is believed a second later, the samples being older then."""
UNMARKED_SLACK_S = 2.5
LATES_MAX = 16
"""Late blocks kept of a stream: a page has them within a tenth of a second, this is for seconds."""
LATE_BEATS = 5
SAMPLES_MAX = 20_000
"""Samples that one tile's report may cover: 20 s at 1,000 Hz, what the ward holds."""
STALE: Final = 1
"""Flag of a tile that says it is stale."""
LEAD_OFF: Final = 2
"""Flag of a tile that says a lead it shows is off."""


class Reason(StrEnum):
    """Why a picture is not proven."""

    HIDDEN = "hidden"
    FORGED = "forged"
    STARTING = "starting"
    UNKNOWN = "unknown"
    NOT_IN_VIEW = "not_in_view"
    NOTHING_DRAWN = "nothing_drawn"
    FROZEN = "frozen"
    BEHIND = "behind"
    STALE = "stale"
    UNMARKED = "unmarked"
    WRONG_PICTURE = "wrong_picture"
    REPAINTING = "repainting"

    @property
    def words(self) -> str:
        """The reason as a sentence's end: "not displayed: …"."""
        return _WORDS[self]


_WORDS: dict[Reason, str] = {
    Reason.HIDDEN: "the page is hidden",
    Reason.FORGED: "the report answers no recent tick of this screen",
    Reason.STARTING: "the center has been up for less than two seconds",
    Reason.UNKNOWN: "no such patient is in service",
    Reason.NOT_IN_VIEW: "the patient's tile is not in view on this screen",
    Reason.NOTHING_DRAWN: "nothing of the patient's samples is drawn",
    Reason.FROZEN: "the picture does not move although samples come",
    Reason.BEHIND: "what is drawn is more than 3 s behind the newest samples",
    Reason.STALE: "the screen shows the picture as stale although samples come",
    Reason.UNMARKED: "old samples are shown as if they were live",
    Reason.WRONG_PICTURE: "what is drawn differs from the patient's samples",
    Reason.REPAINTING: "late samples are being painted; not judged",
}


class Painted(NamedTuple):
    """One tile as its screen says it was drawn.

    Attributes:
        stop: one past the last column drawn whole.
        spc: samples per column.
        crc: CRC-32 over the columns drawn, int16 little-endian, lead after lead.
        newest: the newest sample drawn, −1 for none.
        columns: how many columns up to ``stop`` the CRC covers; 0 where nothing is drawn.
        leads: bit set of the leads shown.
        flags: ``STALE``, ``LEAD_OFF``.
    """

    stream: StreamId
    stop: int
    spc: float
    crc: int
    newest: int
    columns: int
    leads: int
    flags: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a screen says it has painted since the tick that ``nonce`` came with."""

    nonce: str
    visible: bool
    tiles: Sequence[Painted]


class Sight(NamedTuple):
    """The judgement on one tile; ``reason`` None where the picture is proven."""

    stream: StreamId
    reason: Reason | None
    flags: int = 0

    @property
    def proven(self) -> bool:
        """Whether the patient is displayed."""
        return self.reason is None


@dataclass(frozen=True, slots=True)
class Checked:
    """A report, judged.

    Attributes:
        at: the tick that it answered: what is proven was on the screen then or later. None for a forged one.
    """

    at: Instant | None
    sights: Sequence[Sight]

    def proven(self) -> list[StreamId]:
        """The streams that are displayed."""
        return [sight.stream for sight in self.sights if sight.reason is None]

    def of(self, streams: Iterable[StreamId]) -> list[Sight]:
        """The sight of each of ``streams``; those that the report left out are not in view."""
        seen = {sight.stream: sight for sight in self.sights}
        return [seen.get(stream) or Sight(stream, Reason.NOT_IN_VIEW) for stream in streams]


class Fronts(Protocol):
    """The part of the live hub that says how far each stream has come."""

    on_late: Callable[[StreamId, int, int], None]

    def rows_of(self, streams: NDArray[np.int64]) -> NDArray[np.int64]:
        """The row of each stream, 0 for one that is not here."""
        ...

    def fronts(self) -> NDArray[np.int64]:
        """One past the newest sample by row: a copy."""
        ...

    def extent(self, stream: StreamId) -> tuple[int, float]:
        """One past the newest sample of a stream and its rate; (0, 0) for one that is not here."""
        ...

    def acquired(self, stream: StreamId, front: int) -> Instant | None:
        """Center time of the sample before ``front``, None while not known."""
        ...


@dataclass(slots=True, eq=False)
class Glass:
    """One socket's screen: the nonces it may answer, and the newest sample it drew of each stream."""

    nonces: dict[str, int] = field(default_factory=dict)
    newest: dict[StreamId, int] = field(default_factory=dict)


class _Moment(NamedTuple):
    """How far every stream had come at a beat."""

    at: Instant
    fronts: NDArray[np.int64]


class _Late(NamedTuple):
    beat: int
    start: int
    stop: int


def parse_report(body: object) -> Report:
    """The report in a message of the desk socket (``type`` is not looked at).

    Raises:
        InputError: a field is missing or out of range; says which.
    """
    if not isinstance(body, dict):
        raise InputError("painted: not a JSON object")
    nonce, visible, tiles = body.get("nonce"), body.get("visible"), body.get("tiles")
    if not isinstance(nonce, str) or not 1 <= len(nonce) <= 64:
        raise InputError("painted: nonce must be the text of a tick")
    if not isinstance(visible, bool):
        raise InputError("painted: visible must be true or false")
    if not isinstance(tiles, list) or len(tiles) > STREAMS_MAX:
        raise InputError(f"painted: tiles must be a list of at most {STREAMS_MAX}")
    painted = [_tile(entry) for entry in tiles]
    if len({tile.stream for tile in painted}) != len(painted):
        raise InputError("painted: a stream is named twice")
    return Report(nonce, visible, painted)


_LIMITS: tuple[tuple[str, int, int, int], ...] = (
    ("column stop", 1, 0, 2**48),
    ("CRC", 3, 0, 2**32 - 1),
    ("newest sample", 4, -1, 2**48),
    ("columns", 5, 0, SAMPLES_MAX),
    ("leads", 6, 0, 2**LEADS_MAX - 1),
    ("flags", 7, 0, STALE | LEAD_OFF),
)


def _tile(entry: object) -> Painted:
    if not isinstance(entry, list) or len(entry) != 8 or not isinstance(entry[0], str):
        raise InputError("painted: a tile is a list of a stream and seven numbers")
    for name, place, least, most in _LIMITS:
        value = entry[place]
        if type(value) is not int or not least <= value <= most:
            raise InputError(f"painted: {name} of {entry[0]:.12} must be a whole number, {least} to {most}")
    spc = entry[2]
    if type(spc) not in (int, float) or not 1 <= spc <= SAMPLES_MAX:
        raise InputError(f"painted: samples per column of {entry[0]:.12} must be 1 to {SAMPLES_MAX}")
    tile = Painted(parse_stream(entry[0]), entry[1], float(spc), *entry[3:])
    if tile.columns > tile.stop or tile.columns * tile.spc > SAMPLES_MAX:
        raise InputError(f"painted: {tile.columns} columns of {entry[0]:.12} are too many")
    if (tile.columns > 0) != (tile.leads > 0):
        raise InputError(f"painted: {entry[0]:.12} has columns and no leads, or leads and no columns")
    if tile.newest != (_edge(tile.stop, tile.spc) - 1 if tile.columns else -1):
        raise InputError(f"painted: newest sample of {entry[0]:.12} is not that of its last column")
    return tile


class Displays:
    """Checks reports against the samples that the center holds.

    Args:
        hub: how far each stream has come; its ``on_late`` is taken over.
        ward: the samples of the last 20 s.
        nonce: makes a text that nobody can guess (``secrets.token_hex``).
    """

    def __init__(self, hub: Fronts, ward: RecentSamples, nonce: Callable[[], str]) -> None:
        self._hub = hub
        self._ward = ward
        self._nonce = nonce
        self._beats = 0
        self._moments: dict[int, _Moment] = {}
        self._lates: dict[StreamId, deque[_Late]] = {}
        self._memo: dict[tuple[StreamId, int, int, float, int], int] = {}
        hub.on_late = self._late

    def beat(self, at: Instant) -> None:
        """A second has gone by; before the second's nonces are made."""
        self._beats += 1
        self._moments[self._beats] = _Moment(at, self._hub.fronts())
        self._moments.pop(self._beats - NONCES_KEPT - 1, None)
        self._memo.clear()
        for stream in list(self._lates):
            kept = self._lates[stream]
            while kept and kept[0].beat < self._beats - LATE_BEATS:
                kept.popleft()
            if not kept:
                del self._lates[stream]

    def open(self) -> Glass:
        """A new socket's screen, of which nothing is proven yet."""
        return Glass()

    def nonce(self, glass: Glass) -> str:
        """What a tick of this socket asks to be answered with: one for each beat, however often it is asked
        for."""
        last = next(reversed(glass.nonces), None)
        if last is not None and glass.nonces[last] == self._beats:
            return last
        made = self._nonce()
        glass.nonces[made] = self._beats
        while len(glass.nonces) > NONCES_KEPT:
            del glass.nonces[next(iter(glass.nonces))]
        return made

    def check(self, glass: Glass, report: Report) -> Checked:
        """Judge a report; about 15 µs a tile."""
        beat = glass.nonces.get(report.nonce, 0)
        moment, before = self._moments.get(beat), self._moments.get(beat - 1)
        if moment is None or beat <= self._beats - NONCES_KEPT:
            return Checked(None, [Sight(tile.stream, Reason.FORGED) for tile in report.tiles])
        if not report.visible:
            return Checked(moment.at, [Sight(tile.stream, Reason.HIDDEN) for tile in report.tiles])
        if before is None:
            return Checked(moment.at, [Sight(tile.stream, Reason.STARTING) for tile in report.tiles])
        rows = self._hub.rows_of(np.array([tile.stream for tile in report.tiles], np.int64))
        had = _at(before.fronts, rows).tolist()
        sights = [
            Sight(tile.stream, self._judge(tile, had[k], moment.at, glass), tile.flags)
            for k, tile in enumerate(report.tiles)
        ]
        glass.newest = {tile.stream: tile.newest for tile in report.tiles}
        return Checked(moment.at, sights)

    # ---- one tile ----------------------------------------------------------------------------------------

    def _judge(self, tile: Painted, had: int, at: Instant, glass: Glass) -> Reason | None:
        """``had``: how far the stream was a second before the tick at ``at``, so what the screen must
        have."""
        front, rate = self._hub.extent(tile.stream)
        if rate == 0:
            return Reason.UNKNOWN
        had = min(had, front)  # the row may have been another stream's then
        if tile.columns == 0:
            return Reason.NOTHING_DRAWN if had else None
        if had - 1 - tile.newest > BEHIND_MAX_S * rate:
            return Reason.FROZEN if glass.newest.get(tile.stream) == tile.newest else Reason.BEHIND
        if tile.newest >= front or tile.spc > rate / COLUMNS_PER_SECOND_MIN:
            return Reason.WRONG_PICTURE
        return self._said(tile, had, front, at) or self._compare(tile)

    def _said(self, tile: Painted, had: int, front: int, at: Instant) -> Reason | None:
        """Whether the tile says "stale" where it must, and only there; ages allow for the clocks of both.

        What a screen had a second ago may be two seconds old and more where samples come in frames of one,
        however live the picture is. But what it has drawn itself, it has: a screen whose pen runs as far
        behind as its frames make it, and no farther, shows by its own picture that nothing is stale. And
        nothing that it can have is newer than what is here: where that is old, it must say so.
        """
        if tile.flags & STALE:
            age = self._age(tile.stream, max(had, tile.newest + 1), at)
            return Reason.STALE if age is not None and age < (STALE_S - STALE_SLACK_S) * SECOND else None
        age = self._age(tile.stream, front, at)
        late = age is not None and age > (STALE_S + UNMARKED_SLACK_S) * SECOND
        return Reason.UNMARKED if late else None

    def _age(self, stream: StreamId, front: int, at: Instant) -> int | None:
        acquired = self._hub.acquired(stream, front)
        return None if acquired is None else at - acquired

    def _compare(self, tile: Painted) -> Reason | None:
        key = (tile.stream, tile.stop, tile.columns, tile.spc, tile.leads)
        known = self._memo.get(key)
        if known is None:
            known = self._memo[key] = _crc(self._window(tile), tile)
        if known == tile.crc:
            return None
        return self._without_late(tile)

    def _window(self, tile: Painted) -> Window:
        start, stop = _edge(tile.stop - tile.columns, tile.spc), _edge(tile.stop, tile.spc)
        return self._ward.recent(tile.stream, start, stop)

    def _without_late(self, tile: Painted) -> Reason | None:
        """What came late the screen may not have yet: then it shows the picture without the last late blocks.

        A screen gets late blocks in the order in which they came, so there is one picture for each number of
        them; none of them that fits is no proof, but where a block also held samples that were here before
        it, the picture before it cannot be made again.
        """
        low, high = _edge(tile.stop - tile.columns, tile.spc), _edge(tile.stop, tile.spc)
        touching = [
            late for late in self._lates.get(tile.stream, ()) if late.start < high and late.stop > low
        ]
        if not touching:
            return Reason.WRONG_PICTURE
        window = self._window(tile)
        samples = window.samples.copy()
        before = Window(window.start, samples, window.present)
        for late in reversed(touching):
            samples[max(0, late.start - low) : late.stop - low] = INVALID_SAMPLE
            if _crc(before, tile) == tile.crc:
                return None
        return Reason.REPAINTING

    def _late(self, stream: StreamId, start: int, stop: int) -> None:
        self._lates.setdefault(stream, deque(maxlen=LATES_MAX)).append(_Late(self._beats, start, stop))
        self._memo.clear()


def _crc(window: Window, tile: Painted) -> int:
    """CRC-32 of the columns that a tile shows, lead after lead."""
    crc, leads, lead = 0, tile.leads, 0
    first = tile.stop - tile.columns
    while leads:
        if leads & 1:
            crc = zlib.crc32(columns(window, lead, first, tile.stop, tile.spc).data, crc)
        leads >>= 1
        lead += 1
    return crc


def _edge(column: int, spc: float) -> int:
    """First sample of a column: the same product and the same ceil as kernels and pages."""
    return math.ceil(column * spc)


def _at(fronts: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The fronts of rows, 0 for those that came to be later."""
    here = rows < len(fronts)
    return np.where(here, fronts[np.where(here, rows, 0)], 0)
