"""The ward's step as arrays, to be saved and taken up again after a restart.

What is kept: every stream's analysis states, runs, beats not handed over, and, if asked, rings. Layouts are
not: they are facts, and a stream must be admitted before it is restored.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.base.spans import SpanSet
from einthoven.center.ward_bay import NOWHERE, WardBay
from einthoven.center.ward_beats import NO_BEATS
from einthoven.center.ward_catchup import CatchUp
from einthoven.center.ward_late import Late, Run

Arrays = dict[str, NDArray[Any]]
EDGES = ("live_start", "live_next", "received", "stored", "handed", "last_beat")
LIVE, WAITING, CHASE, IDLE = range(4)
"""Kinds of saved states: at the live edge; a run; the chase; a run that gave its state up."""
STATE_FIELDS = 7
"""Of each saved state: bed's row, kind, start, stop, pos, settled, whether there is a state."""


def _states(bay: WardBay, bed: int) -> Iterator[tuple[int, Run]]:
    """Every state of a bed with its kind; the live one as a run of its own."""
    start, stop = int(bay.live_start[bed]), int(bay.live_next[bed])
    yield LIVE, Run(start, stop, stop, int(bay.live_slot[bed]))
    late = bay.late.get(bed)
    if late is not None:
        for run in late.runs:
            yield (IDLE if run.idle else WAITING), run
        if late.chase is not None:
            yield CHASE, late.chase


def save(bay: WardBay, catch_up: CatchUp, rings: bool) -> Arrays:
    """All beds of one bay as arrays."""
    beds = bay.beds()
    table: list[tuple[int, ...]] = []
    spans: list[tuple[int, int, int, int]] = []
    rows: list[NDArray[np.float64]] = []
    beats: list[NDArray[np.void]] = [NO_BEATS]
    owner: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    for row, bed in enumerate(beds):
        catch_up.sync(bed)
        for kind, run in _states(bay, bed):
            number = len(table)
            table.append((row, kind, run.start, run.stop, run.pos, run.settled, int(run.slot >= 0)))
            rows.append(bay.analysis.state[run.slot].copy())
            own = NO_BEATS if run.slot < 0 else bay.lists.between(run.slot)
            beats += [own, run.old]
            owner += [np.full(len(own), 2 * number), np.full(len(run.old), 2 * number + 1)]
            spans += [(row, number, low, high) for low, high in run.blind]
        late = bay.late.get(bed)
        spans += [(row, -1, low, high) for low, high in (late.untold() if late is not None else ())]
    saved: Arrays = {name: getattr(bay, name)[beds] for name in ("stream", *EDGES)}
    saved["states"] = np.array(table, np.int64).reshape(-1, STATE_FIELDS)
    saved["rows"] = np.array(rows).reshape(-1, bay.analysis.plan.row_words)
    saved["beats"], saved["owner"] = np.concatenate(beats), np.concatenate(owner)
    saved["spans"] = np.array(spans, np.int64).reshape(-1, 4)
    if rings:
        saved["rings"], saved["newest"] = bay.ring[beds], bay.newest[beds]
    return saved


def load(bay: WardBay, catch_up: CatchUp, saved: Arrays, bed_of: dict[int, int]) -> None:
    """Put what ``save`` gave into the beds of the streams that are admitted and still empty."""
    streams = saved["stream"].tolist()
    beds = [bed_of.get(stream, -1) for stream in streams]
    for row, bed in enumerate(beds):
        if bed >= 0:
            for name in EDGES:
                getattr(bay, name)[bed] = saved[name][row]
            bay.newest[bed] = bay.ring_from[bed] = bay.live_next[bed]
            if "rings" in saved:
                bay.ring[bed] = saved["rings"][row]
                bay.newest[bed], bay.ring_from[bed] = saved["newest"][row], NOWHERE
    for number, fields in enumerate(saved["states"].tolist()):
        if beds[fields[0]] >= 0:
            _load_state(bay, beds[fields[0]], saved, number, fields)
    for row, number, low, high in saved["spans"].tolist():
        if beds[row] >= 0 and number < 0:
            bay.late.setdefault(beds[row], Late()).changed.add(low, high)
    used = np.array([bed for bed in beds if bed >= 0], np.int64)
    if len(used):
        bay.publish(used, bay.received[used], True)
        bay.stored[used] = saved["stored"][[row for row, bed in enumerate(beds) if bed >= 0]]
    for bed in used.tolist():
        catch_up.point_cursor(bed)


def _load_state(bay: WardBay, bed: int, saved: Arrays, number: int, fields: list[int]) -> None:
    _, kind, start, stop, pos, settled, has_state = fields
    cuts = np.searchsorted(saved["owner"], [2 * number, 2 * number + 1, 2 * number + 2])
    own, old = saved["beats"][cuts[0] : cuts[1]], saved["beats"][cuts[1] : cuts[2]].copy()
    if kind == LIVE:
        slot = int(bay.live_slot[bed])
    else:
        slot = bay.take_slot(bed) if has_state else -1
    if slot >= 0:
        bay.analysis.state[slot] = saved["rows"][number]
        bay.lists.extend(slot, own)
    if kind == LIVE:
        return
    blind = SpanSet((low, high) for _, owner, low, high in saved["spans"].tolist() if owner == number)
    run = Run(start, stop, pos, slot, old, settled, blind, idle=kind == IDLE)
    late = bay.late.setdefault(bed, Late())
    if kind == CHASE:
        late.chase = run
    else:
        late.runs.append(run)
