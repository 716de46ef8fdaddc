"""Kernels over index entries of very many streams: who is whose slot, what is stored, which segments wait."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.edges.store.jit import kernel

I64 = NDArray[np.int64]
Rows = NDArray[np.void]


@kernel
def find(keys: I64, key: int) -> int:
    """Place of ``key`` (not 0) in an open-addressing table of 2ⁿ places, or of the empty place where it would
    go.
    """
    mask = len(keys) - 1
    at = (key * 0x9E3779B1 ^ (key >> 29)) & mask
    while keys[at] != 0 and keys[at] != key:
        at = (at + 1) & mask
    return at


@kernel
def rehash(keys: I64, values: I64, new_keys: I64, new_values: I64) -> None:
    """Copy a table into a larger, empty one."""
    for at in range(len(keys)):
        if keys[at] != 0:
            to = find(new_keys, keys[at])
            new_keys[to] = keys[at]
            new_values[to] = values[at]


@kernel
def slots(keys: I64, values: I64, used: int, entries: Rows, streams: I64, out: I64) -> int:
    """Slot of each entry's stream, new streams getting the next ones; how many slots are in use after it.

    The table and ``streams`` (stream of each slot) must have room for ``len(entries)`` new ones.
    """
    last_stream, last_slot = np.int64(0), np.int64(0)
    for row in range(len(entries)):
        stream: Any = np.int64(entries[row].stream)
        if stream != last_stream:
            at = find(keys, stream)
            if keys[at] == 0:
                keys[at] = stream
                values[at] = used
                streams[used] = stream
                used += 1
            last_stream, last_slot = stream, values[at]
        out[row] = last_slot
    return used


@kernel
def cover(entries: Rows, slot: I64, begin: I64, end: I64, out: I64) -> int:
    """Grow each stream's running spans, one a lane; spans that ended go to ``out`` int64[k, 3]: slot, start,
    stop.

    ``begin``, ``end``: int64[slots, 2], the running span of each lane, empty where equal.
    """
    found = 0
    for row in range(len(entries)):
        entry = entries[row]
        at, lane = slot[row], 1 if entry.lane else 0
        start = np.int64(entry.start)
        stop = start + np.int64(entry.count)
        if start == end[at, lane] and start > 0:
            end[at, lane] = stop
            continue
        if begin[at, lane] < end[at, lane]:
            out[found, 0], out[found, 1], out[found, 2] = at, begin[at, lane], end[at, lane]
            found += 1
        begin[at, lane] = start
        end[at, lane] = stop
    return found


@kernel
def track(
    entries: Rows,
    slot: I64,
    length: I64,
    phase: I64,
    cursor: I64,
    seen: I64,
    now: int,
    sealed_keys: I64,
    sealed_values: I64,
    first: int,
    out: I64,
) -> tuple[int, int]:
    """Note which segments the blocks fall into.

    Args:
        length, phase: int64[slots], segment length in samples (0: not known yet) and phase.
        cursor: int64[slots, 2], the segment that each lane is in, -1 for none; moved here.
        seen: int64[slots, 2], when a block of it was last seen; set to ``now``.
        sealed_keys, sealed_values: table from ``stream << 32 | segment`` to the sequence number up to which
            its blocks are sealed.
        first: sequence number of the file's first block.
        out: int64[k, 4] for moves: slot, lane, segment left (-1), segment entered.

    Returns:
        Parts of blocks that no segment holds yet, and moves put in ``out``.
    """
    parts = 0
    moves = 0
    for row in range(len(entries)):
        entry = entries[row]
        at, lane = slot[row], 1 if entry.lane else 0
        if length[at] == 0:
            parts += 1
            continue
        start = np.int64(entry.start) + phase[at]
        low = start // length[at]
        high = (start + np.int64(entry.count) - 1) // length[at]
        for segment in range(low, high + 1):
            if len(sealed_keys) > 1:
                key: Any = (np.int64(entry.stream) << 32) | segment
                place = find(sealed_keys, key)
                if sealed_keys[place] == key and first + np.int64(entry.ordinal) < sealed_values[place]:
                    continue
            parts += 1
            if cursor[at, lane] != segment:
                out[moves, 0], out[moves, 1] = at, lane
                out[moves, 2], out[moves, 3] = cursor[at, lane], segment
                moves += 1
                cursor[at, lane] = segment
            seen[at, lane] = now
    return parts, moves
