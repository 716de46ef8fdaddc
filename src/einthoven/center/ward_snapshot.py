"""The ward's step as arrays, to be saved and taken up again after a restart.

What is kept: every stream's analysis states, runs, beats not handed over, findings at hand, and, if asked,
rings. Layouts are not: they are facts, and a stream must be admitted before it is restored. Each stream is of
one moment; two streams may be of different ones, because each goes on from its own position.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.base.spans import SpanSet
from einthoven.base.thresholds import Thresholds
from einthoven.center.ward_bay import NOWHERE, WardBay
from einthoven.center.ward_beats import NO_BEATS
from einthoven.center.ward_catchup import CatchUp
from einthoven.center.ward_findings import NO_ROWS
from einthoven.center.ward_late import Late, Run
from einthoven.center.ward_quiet import quiet_of
from einthoven.ecg.beats import BEAT
from einthoven.ecg.fingerprint import decision

Arrays = dict[str, NDArray[Any]]
Rows = NDArray[np.void]
FORMAT = 6
"""Raised when the arrays mean something else."""
EDGES = ("live_start", "live_next", "received", "stored", "handed", "last_beat")
TAKEN_AT_ONCE = 16
"""Streams copied for a snapshot under one hold of the lock: about a millisecond."""
LIVE, WAITING, CHASE, QUIET = range(4)
"""Kinds of saved states: at the live edge; a run; the chase; the beats of all runs without a state."""
STATE_FIELDS = 9
"""Of each saved state: bed's row, kind, start, stop, pos, settled, whether there is a state, how many
beats of its own, how many old ones."""
CHANGED, QUIET_SPANS = -1, -2
"""Owners of saved spans that are no state's blind ones."""
Bounds = tuple[list[int], list[int]]


def step_version(thresholds: Thresholds) -> NDArray[np.int64]:
    """What a saved step must have been made by to be taken up: int64[3], the analysis, the form of the
    arrays, the thresholds in use."""
    return np.array([decision(), FORMAT, int(thresholds.digest[:15], 16)], np.int64)


def pack_beats(rows: Rows) -> NDArray[np.uint8]:
    """Beats as uint8[24, n], sample indices as differences: most of it zeros, or the same over and over."""
    steps = rows.copy()
    steps["sample"][1:] -= rows["sample"][:-1]
    return np.ascontiguousarray(steps.view(np.uint8).reshape(-1, BEAT.itemsize).T)


def unpack_beats(packed: NDArray[np.uint8]) -> Rows:
    """The beats again."""
    rows: Rows = np.ascontiguousarray(packed.T).reshape(-1).view(BEAT)
    rows["sample"] = np.cumsum(rows["sample"])
    return rows


class Taking:
    """Copies the beds of one bay, one at a time, and makes arrays of the copies.

    Args:
        rings: whether the rings are wanted too.
    """

    def __init__(self, bay: WardBay, catch_up: CatchUp, rings: bool) -> None:
        self._bay = bay
        self._catch_up = catch_up
        self._edges: list[tuple[int, ...]] = []
        self._table: list[tuple[int, ...]] = []
        self._rows: list[NDArray[np.float64]] = []
        self._beats: list[Rows] = [NO_BEATS]
        self._spans: list[tuple[int, int, Bounds]] = []
        self._rings: list[tuple[NDArray[np.int16], int]] | None = [] if rings else None
        self._findings: list[NDArray[np.float64]] = []

    def take(self, bed: int) -> None:
        """Copy one bed; under the lock."""
        bay, row = self._bay, len(self._edges)
        self._catch_up.sync(bed)
        self._edges.append((int(bay.stream[bed]), *(int(getattr(bay, name)[bed]) for name in EDGES)))
        for kind, run in _states(bay, bed):
            own = NO_BEATS if run.slot < 0 else bay.lists.between(run.slot)
            if run.slot >= 0:
                self._rows.append(bay.analysis.state[run.slot].copy())
            if run.blind:
                self._spans.append((row, len(self._table), run.blind.bounds()))
            has_state = int(run.slot >= 0)
            place = (run.start, run.stop, run.pos, run.settled, has_state)
            self._table.append((row, kind, *place, len(own), len(run.old)))
            self._beats += [own, run.old]
        late = bay.late.get(bed)
        if late is not None:
            self._spans.append((row, CHANGED, late.untold().bounds()))
            if late.quiet.spans:
                self._spans.append((row, QUIET_SPANS, late.quiet.spans.bounds()))
                self._table.append((row, QUIET, 0, 0, 0, 0, 0, len(late.quiet.beats), 0))
                self._beats.append(late.quiet.beats)
        self._findings.append(bay.board[bed].rows(row))
        if self._rings is not None:
            self._rings.append((bay.ring[bed].copy(), int(bay.newest[bed])))

    def arrays(self) -> Arrays:
        """All that was copied; needs no lock."""
        edges = np.array(self._edges, np.int64).reshape(-1, 1 + len(EDGES))
        spans = [np.zeros((0, 4), np.int64)]
        for row, owner, (starts, stops) in self._spans:
            part = np.empty((len(starts), 4), np.int64)
            part[:, 0], part[:, 1], part[:, 2], part[:, 3] = row, owner, starts, stops
            spans.append(part)
        saved: Arrays = {
            "edges": edges,
            "states": np.array(self._table, np.int64).reshape(-1, STATE_FIELDS),
            "rows": np.array(self._rows).reshape(-1, self._bay.analysis.plan.row_words),
            "beats": pack_beats(np.concatenate(self._beats)),
            "spans": np.concatenate(spans),
            "findings": np.concatenate([NO_ROWS, *self._findings]),
        }
        if self._rings:
            saved["rings"] = np.array([ring for ring, _ in self._rings])
            saved["newest"] = np.array([newest for _, newest in self._rings], np.int64)
        return saved


def copied(taking: Taking, beds: Sequence[int], lock: AbstractContextManager[object]) -> Arrays:
    """Beds as arrays, the lock taken anew for every few."""
    for at in range(0, len(beds), TAKEN_AT_ONCE):
        with lock:
            for bed in beds[at : at + TAKEN_AT_ONCE]:
                taking.take(bed)
    return taking.arrays()


def resumed(bay: WardBay, catch_up: CatchUp, bed: int, sealed: SpanSet, kept: SpanSet, before: int) -> None:
    """What ``LiveWard.resume`` does to a bed, of which every beat before ``before`` is decided; under the
    lock."""
    bay.handed[bed] = max(int(bay.handed[bed]), sealed.stop, before)
    bay.sealed[bed] = sealed.copy()
    at = max(0, catch_up.line(bed))
    for low, high in catch_up.seen(bed, at, int(bay.live_next[bed])):
        catch_up.tell(bed, at, low)
        at = max(low, high - catch_up.settle)
    catch_up.tell(bed, at, int(bay.handed[bed]))
    late = bay.late.get(bed)
    if late is not None:
        for low, high in kept:
            late.changed.remove(low, high)
    catch_up.sweep(bed)


def _states(bay: WardBay, bed: int) -> Iterator[tuple[int, Run]]:
    """Every state of a bed with its kind; the live one as a run of its own."""
    start, stop = int(bay.live_start[bed]), int(bay.live_next[bed])
    yield LIVE, Run(start, stop, stop, int(bay.live_slot[bed]))
    late = bay.late.get(bed)
    if late is not None:
        for run in late.runs:
            yield WAITING, run
        if late.chase is not None:
            yield CHASE, late.chase


def parts_of(arrays: Arrays, version: NDArray[np.int64]) -> dict[str, Arrays] | None:
    """What ``Taking`` made, by bay; None when anything but ``version`` (``step_version``) made it."""
    if "version" not in arrays or not np.array_equal(arrays["version"], version):
        return None
    parts: dict[str, Arrays] = {}
    for key, array in arrays.items():
        name, _, what = key.partition("/")
        if what:
            parts.setdefault(name, {})[what] = array
    return parts


def load(bay: WardBay, catch_up: CatchUp, saved: Arrays, bed_of: dict[int, int]) -> None:
    """Put what ``Taking`` made into the beds of the streams that are admitted and still empty."""
    beds = [bed_of.get(stream, -1) for stream in saved["edges"][:, 0].tolist()]
    for row, bed in enumerate(beds):
        if bed >= 0:
            for column, name in enumerate(EDGES):
                getattr(bay, name)[bed] = saved["edges"][row, 1 + column]
            bay.newest[bed] = bay.ring_from[bed] = bay.live_next[bed]
            if "rings" in saved:
                bay.ring[bed] = saved["rings"][row]
                bay.newest[bed], bay.ring_from[bed] = saved["newest"][row], NOWHERE
    _load_states(bay, beds, saved)
    for row, bed in enumerate(beds):
        if bed >= 0:
            bay.board[bed].load(saved["findings"][saved["findings"][:, 0] == row])
    used = np.array([bed for bed in beds if bed >= 0], np.int64)
    if len(used):
        bay.publish(used, bay.received[used], True)
        stored = saved["edges"][[row for row, bed in enumerate(beds) if bed >= 0], 1 + EDGES.index("stored")]
        bay.stored[used] = stored
    for bed in used.tolist():
        catch_up.point_cursor(bed)


def _load_states(bay: WardBay, beds: list[int], saved: Arrays) -> None:
    spans = saved["spans"]
    bounds: dict[tuple[int, int], NDArray[np.int64]] = {}
    for row, owner in np.unique(spans[:, :2], axis=0).tolist():
        bounds[row, owner] = spans[(spans[:, 0] == row) & (spans[:, 1] == owner), 2:]
    nothing = np.zeros((0, 2), np.int64)
    beats, rows = unpack_beats(saved["beats"]), iter(saved["rows"])
    at = 0
    for number, fields in enumerate(saved["states"].tolist()):
        row, kind, start, stop, pos, settled, has_state, owned, older = fields
        own, old = beats[at : at + owned], beats[at + owned : at + owned + older].copy()
        at += owned + older
        state = next(rows) if has_state else None
        bed = beds[row]
        if bed < 0:
            continue
        if kind == QUIET:
            bay.late.setdefault(bed, Late()).quiet = quiet_of(bounds[row, QUIET_SPANS], own.copy())
            continue
        slot = -1
        if state is not None:
            slot = int(bay.live_slot[bed]) if kind == LIVE else bay.take_slot(bed)
            bay.analysis.state[slot] = state
            bay.lists.extend(slot, own)
        if kind != LIVE:
            blind = SpanSet((low, high) for low, high in bounds.get((row, number), nothing).tolist())
            late = bay.late.setdefault(bed, Late())
            run = Run(start, stop, pos, slot, old, settled, blind)
            if kind == CHASE:
                late.chase = run
            else:
                late.runs.append(run)
    for row, bed in enumerate(beds):
        if bed >= 0:
            for low, high in bounds.get((row, CHANGED), nothing).tolist():
                bay.late.setdefault(bed, Late()).changed.add(low, high)
