"""What the live analysis has found of one stream: open findings, those that ended lately, what changed.

A finding is known by the run of samples it was found in, the stage that told it and that stage's running
number; so the same samples give the same names, whatever came when, and a restart tells nothing twice. Where
late samples fill a hole, the run before it is analysed on through what came after, and what a fresh start
there had found gives way to what that analysis finds (``replace``), as with beats (R12, R13).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from einthoven.base.thresholds import Thresholds
from einthoven.center.found import (
    NEAR_S,
    STAGES,
    Gone,
    Key,
    LiveFinding,
    Maker,
    News,
    OnlyOpen,
    Reason,
    Renewed,
    Replaced,
    Told,
    Withdrawal,
)
from einthoven.center.on_record import as_told
from einthoven.ecg.findings import KIND, SEQ, TOLD, VALUES, Finding, finding_of
from einthoven.ecg.kinds import BY_CODE
from einthoven.ecg.words import RHYTHMS, UNTOLD

F64 = NDArray[np.float64]
KEEP_S = 600
"""Seconds of samples for which a finding that has ended is kept at hand."""
TOLD_WITHIN_S = 3600
"""Nothing is told for the first time later than this after its onset: the slowest is atrial fibrillation, a
few minutes."""


@dataclass(frozen=True, slots=True)
class RhythmNow:
    """The rhythm of a stream.

    Attributes:
        aux: as WFDB writes it.
        words: for a tile.
        since: sample since when it is told; None where no finding says so.
    """

    aux: str
    words: str
    since: int | None


AS_IT_IS, BEFORE_END, NOT_BEFORE_END = range(3)
WAS = 4
"""Kinds at the most that a finding was told under before: of what tells them none takes more than two."""
SAVED = 12 + VALUES
"""Columns of a saved finding: place, how it is held, run, stage, seq, kind, start, end, told first, told
last, 1 withdrawn + 2 late, the kinds it was told under before, a byte each, then its values; −1 where there
is no such sample."""
NO_ROWS: F64 = np.zeros((0, SAVED))


def _saved(place: int, entry: LiveFinding, held: int) -> list[float]:
    one = entry.finding
    end, closed = (-1 if sample is None else sample for sample in (one.end, one.closed_told))
    flags = int(one.withdrawn) + 2 * int(entry.late)
    was = int.from_bytes(bytes(entry.was), "little")
    head = [place, held, *entry.key, one.kind.code, one.start, end, one.opened_told, closed, flags, was]
    return [float(value) for value in (*head, *one.values)]


def _loaded(row: F64, rate_hz: float, maker: Maker) -> LiveFinding:
    run, stage, seq, kind, start, end, told, closed, flags, before = (int(value) for value in row[2:12])
    values = tuple(float(value) for value in row[12:])
    last, close = (None if sample < 0 else sample for sample in (end, closed))
    finding = Finding(BY_CODE[kind], start, last, told, close, seq, values, bool(flags & 1))
    made = maker.of(finding.kind)
    was = tuple(code for code in before.to_bytes(WAS, "little") if code)
    return LiveFinding(Key(run, stage, seq), finding, bool(flags & 2), rate_hz, made=made, was=was)


@dataclass(slots=True)
class Board:
    """The findings of one stream; all calls under the ward's lock.

    Attributes:
        note: told of every change.
        maker: what its findings are made by.
    """

    stream: int
    rate_hz: float
    note: Callable[[News], None]
    maker: Maker
    entries: dict[Key, LiveFinding] = field(default_factory=dict)
    _before_end: dict[int, dict[Key, LiveFinding | None]] = field(default_factory=dict)

    def tell(self, run: int, rows: F64, late: bool, newest: int) -> None:
        """Take rows that the stages told while samples of a run were analysed, float64[n, COLUMNS …]."""
        for row in rows:
            self._put(run, row, late)
        if len(rows):
            self._forget_old(newest)

    def _put(self, run: int, row: F64, late: bool) -> None:
        kind = BY_CODE[int(row[KIND])]
        key = Key(run, STAGES.index(kind.stage), int(row[SEQ]))
        before = self.entries.get(key)
        finding = finding_of(row, None if before is None else before.finding)
        made = LiveFinding(key, finding, late, self.rate_hz, made=self.maker.of(finding.kind))
        if before is not None:
            was = dict.fromkeys((*before.was, int(before.finding.kind.code)))
            was.pop(int(finding.kind.code), None)
            made = replace(made, was=tuple(was)[:WAS])
        if before is None and late:
            self._take_place(made, int(row[TOLD]))
        self.entries[key] = made
        self.note(Told(self.stream, made))

    def _take_place(self, made: LiveFinding, reached: int) -> None:
        """What an analysis that began later had found of the same stands no longer beside it.

        Only where this one, which has ``reached`` so far, passes through the run of the other.
        """
        gone = [
            key
            for key, other in self.entries.items()
            if made.key.run < key.run <= reached
            and other.finding.kind is made.finding.kind
            and abs(other.start - made.start) <= NEAR_S * self.rate_hz
        ]
        self._drop(gone)

    def _drop(self, keys: list[Key]) -> None:
        for key in keys:
            del self.entries[key]
        if keys:
            self.note(Gone(self.stream, frozenset(keys)))

    def _forget_old(self, newest: int) -> None:
        line = newest - KEEP_S * self.rate_hz
        held = {key for undo in self._before_end.values() for key in undo}
        for key, entry in list(self.entries.items()):
            last = entry.finding.closed_told
            if last is not None and max(last, entry.start) < line and key not in held:
                del self.entries[key]

    def end_run(self, run: int, rows: F64, late: bool) -> None:
        """The samples of a run end at a hole: take what is told when none follow, until ``go_on``."""
        self.let_end(run)
        undo: dict[Key, LiveFinding | None] = {}
        for row in rows:
            key = Key(run, STAGES.index(BY_CODE[int(row[KIND])].stage), int(row[SEQ]))
            undo.setdefault(key, self.entries.get(key))
            self._put(run, row, late)
        if undo:
            self._before_end[run] = undo

    def go_on(self, run: int) -> None:
        """Samples of a run follow after all: what its end had closed is as it was before."""
        for key, before in self._before_end.pop(run, {}).items():
            now = self.entries.pop(key, None)
            if now is None:
                continue
            if before is not None:
                self.entries[key] = before
                self.note(Told(self.stream, before))
            else:
                taken_back = Withdrawal(Reason.WENT_ON)
                self.note(Told(self.stream, replace(now, taken_back=taken_back)))

    def let_end(self, run: int) -> None:
        """A run's own analysis does not go on: what its end had closed stays so."""
        self._before_end.pop(run, None)

    def replace(self, run: int | None, start: int, stop: int) -> None:
        """What was found with an onset in ``[start, stop)`` gives way, but for what ``run`` found.

        So does what others told since of an onset between the beginning of ``run`` and ``start``.
        """
        if start >= stop:
            return
        passed = []
        for key, entry in list(self.entries.items()):
            if key.run != run and start <= entry.start < stop:
                del self.entries[key]
            elif run is not None and key.run != run and run <= entry.start < start:
                passed.append(key)
        if run is None:
            for other in [other for other in self._before_end if start <= other < stop]:
                self.let_end(other)
        self.note(Replaced(self.stream, start, stop, run))
        self._drop(passed)

    def renew(self, start: int, stop: int, told: int) -> None:
        """After a restart, before samples ``[start, stop)`` are gone through again: what is kept of an onset
        there, or told at sample ``told`` or later, holds only where it is at hand or found again."""
        low = min(start, told - round(TOLD_WITHIN_S * self.rate_hz))
        self.note(Renewed(self.stream, low, stop, told, frozenset(self.entries)))

    def rows(self, place: int) -> F64:
        """All of it as float64[n, SAVED], to be saved; ``place`` goes into the first column."""
        saved = [_saved(place, entry, AS_IT_IS) for entry in self.entries.values()]
        for undo in self._before_end.values():
            for key, before in undo.items():
                now = self.entries.get(key)
                if before is not None:
                    saved.append(_saved(place, before, BEFORE_END))
                elif now is not None:
                    saved.append(_saved(place, now, NOT_BEFORE_END))
        return np.array(saved).reshape(-1, SAVED)

    def load(self, rows: F64) -> None:
        """Take up what ``rows`` made; told again, because what was saved may not have been kept yet."""
        for row in rows:
            made = _loaded(row, self.rate_hz, self.maker)
            if row[1] == AS_IT_IS:
                self.entries[made.key] = made
                self.note(Told(self.stream, made))
            else:
                undo = self._before_end.setdefault(made.key.run, {})
                undo[made.key] = made if row[1] == BEFORE_END else None

    def standing(self) -> list[LiveFinding]:
        """Open findings and those that ended lately, newest first: withdrawn what others overrule."""
        return sorted(as_told(self.entries.values()), key=lambda one: (-one.start, one.key))

    def rhythm(self) -> RhythmNow:
        """The rhythm of the highest rank that is open; undetermined where none is."""
        return rhythm_of(entry for entry in self.standing() if entry.state == "open")


class Boards:
    """The boards of all streams of a ward, and what changed on them.

    The thread that steps the ward changes boards, under ``lock``; any thread may ask.
    """

    def __init__(self, lock: AbstractContextManager[object], maker: Maker) -> None:
        self._lock = lock
        self.maker = maker
        self._boards: dict[int, Board] = {}
        self._news: list[News] = []
        self._changed: dict[int, None] = {}
        self._followers: list[dict[int, None]] = [self._changed]

    def open(self, stream: int, rate_hz: float) -> Board:
        """An empty board for a stream."""
        board = self._boards[stream] = Board(stream, rate_hz, self._note, self.maker)
        return board

    def close(self, stream: int) -> None:
        """The stream is let go."""
        self._boards.pop(stream, None)
        self._touch(stream)

    def _note(self, news: News) -> None:
        last = self._news[-1] if self._news else None
        if isinstance(last, Replaced) and isinstance(news, Replaced) and _adjoin(last, news):
            self._news[-1] = replace(last, stop=news.stop)
        else:
            self._news.append(news)
        self._touch(news.stream)

    def _touch(self, stream: int) -> None:
        for changed in self._followers:
            changed[stream] = None

    def take_news(self) -> list[News]:
        """What changed since the last call, in order, to be kept."""
        with self._lock:
            news, self._news = self._news, []
        return news

    def renew(self, stream: int, parts: Iterable[tuple[int, int, int]]) -> None:
        """After a restart, before a stream's samples are gone through again: see ``Board.renew``."""
        with self._lock:
            board = self._boards.get(stream)
            if board is not None:
                for part in parts:
                    board.renew(*part)

    def tell_open(self, stream: int) -> None:
        """After a restart, when a stream's samples were gone through: what is open of it."""
        with self._lock:
            board = self._boards.get(stream)
            if board is not None:
                open_keys = (key for key, entry in board.entries.items() if entry.state == "open")
                self._news.append(OnlyOpen(stream, frozenset(open_keys)))

    def take_changed_findings(self) -> list[int]:
        """The streams of which something changed since the last call, to be shown."""
        return self._taken(self._changed)

    def follow(self) -> Callable[[], list[int]]:
        """The same for somebody else: what it returns gives what changed since it was called last."""
        changed: dict[int, None] = {}
        with self._lock:
            changed.update(dict.fromkeys(self._boards))
            self._followers.append(changed)
        return lambda: self._taken(changed)

    def _taken(self, changed: dict[int, None]) -> list[int]:
        with self._lock:
            taken = list(changed)
            changed.clear()
        return taken

    def findings(self, stream: int) -> list[LiveFinding]:
        """Open findings of a stream and those that ended lately, newest first."""
        with self._lock:
            board = self._boards.get(stream)
            return [] if board is None else board.standing()

    def at_hand(self, stream: int) -> list[LiveFinding]:
        """The same as the stages told them: what others overrule is as if it held."""
        with self._lock:
            board = self._boards.get(stream)
            return [] if board is None else list(board.entries.values())

    def rhythm(self, stream: int) -> RhythmNow | None:
        """The rhythm of a stream; None when it is not in the ward."""
        with self._lock:
            board = self._boards.get(stream)
            return None if board is None else board.rhythm()


def boards_of(lock: AbstractContextManager[object], thresholds: Thresholds) -> Boards:
    """Boards of findings that one table of thresholds makes."""
    return Boards(lock, Maker(thresholds))


def _adjoin(one: Replaced, other: Replaced) -> bool:
    return (one.stream, one.run, one.stop) == (other.stream, other.run, other.start)


def rhythm_of(open_findings: Iterable[LiveFinding]) -> RhythmNow:
    """The rhythm that open findings make."""
    best: LiveFinding | None = None
    for entry in open_findings:
        words = RHYTHMS.get(entry.finding.kind.code)
        rank = entry.finding.kind.rank
        if words is not None and (best is None or rank > best.finding.kind.rank):
            best = entry
    if best is None:
        return RhythmNow("", UNTOLD, None)
    kind = best.finding.kind
    return RhythmNow(kind.aux, RHYTHMS[kind.code], best.start)
