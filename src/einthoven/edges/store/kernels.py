"""Kernels of the log: assembling a commit, scanning a file, picking blocks, placing samples.

Offsets and lengths are bytes, int64; 32-bit values are kept in int64 so that no mixed-sign rule applies.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.edges.store.formats import BLOCK_HEADER_BYTES, BLOCK_MAGIC, FRAME_BYTES_MAX, FRAME_HEADER_BYTES
from einthoven.edges.store.jit import kernel
from einthoven.link.batch import frame_crc

U8 = NDArray[np.uint8]
I16 = NDArray[np.int16]
I64 = NDArray[np.int64]
Rows = NDArray[np.void]

HEAD = BLOCK_HEADER_BYTES
FRAME_HEAD = FRAME_HEADER_BYTES
LENGTH_MAX = FRAME_BYTES_MAX
MAGIC = BLOCK_MAGIC


@kernel
def put(data: U8, at: int, value: int, width: int) -> None:
    """Write ``value`` as ``width`` bytes."""
    for index in range(width):
        data[at + index] = (value >> (8 * index)) & 255


@kernel
def get(data: U8, at: int, width: int) -> int:
    """Read ``width`` bytes, at most eight, as a non-negative number."""
    value: Any = np.int64(0)
    for index in range(width):
        value |= np.int64(data[at + index]) << (8 * index)
    return int(value)


@kernel
def block_room(length: I64) -> int:
    """Bytes that blocks with frames of these lengths take in a log file."""
    total: Any = np.int64(0)
    for index in range(len(length)):
        total += HEAD + (length[index] + 7) // 8 * 8
    return int(total)


@kernel
def assemble(
    out: U8,
    at: int,
    entries: Rows,
    row: int,
    data: U8,
    places: I64,
    base: int,
    sequence: int,
    first: int,
    group: int,
) -> int:
    """Write the blocks of one batch into ``out`` from ``at`` on and their entries from ``row`` on.

    Args:
        places: int64[k, 8]: offset, length, stream, start, count, leads, lane, received of each frame.
        base: file offset of ``out[0]``.
        sequence: of the first block; ``first``: of the file's first block.
        group: place of the first block in its commit.

    Returns:
        Where the next block goes in ``out``; ``-1 - i`` when frame ``i`` does not say what the batch says of
        it.
    """
    for i in range(len(places)):
        offset, length, stream, start = places[i, 0], places[i, 1], places[i, 2], places[i, 3]
        count, leads, lane, received = places[i, 4], places[i, 5], places[i, 6], places[i, 7]
        short = length < FRAME_HEAD or length > LENGTH_MAX or offset < 0 or offset + length > len(data)
        if short or count < 1 or start < 0 or stream < 1 or stream > 0xFFFFFFFF:
            return -1 - i
        if get(data, offset + 8, 8) != start or get(data, offset + 16, 4) != count:
            return -1 - i
        if np.int64(data[offset + 20]) != leads:
            return -1 - i
        put(out, at, MAGIC, 4)
        put(out, at + 8, length, 4)
        put(out, at + 12, stream, 4)
        put(out, at + 16, start, 8)
        put(out, at + 24, received, 8)
        put(out, at + 32, sequence + i, 8)
        put(out, at + 40, count, 4)
        out[at + 44] = leads
        out[at + 45] = data[offset + 3]
        out[at + 46] = lane
        out[at + 47] = 0
        out[at + 48 : at + 52] = data[offset + 4 : offset + 8]
        put(out, at + 52, group + i, 4)
        put(out, at + 4, int(frame_crc(out, at, at + HEAD)), 4)
        end = at + HEAD + length
        out[at + HEAD : end] = data[offset : offset + length]
        after = at + HEAD + (length + 7) // 8 * 8
        out[end:after] = 0
        note(entries, row + i, out, at, base + at, sequence + i - first)
        at = after
    return at


@kernel
def note(entries: Rows, row: int, data: U8, at: int, offset: int, ordinal: int) -> None:
    """Fill the index entry of the block whose header is at ``data[at]``."""
    entry = entries[row]
    entry.stream = get(data, at + 12, 4)
    entry.offset = offset
    entry.start = get(data, at + 16, 8)
    entry.count = get(data, at + 40, 4)
    entry.length = get(data, at + 8, 4)
    entry.ordinal = ordinal
    entry.leads = data[at + 44]
    entry.codec = data[at + 45]
    entry.lane = data[at + 46]
    entry.flags = 0


@kernel
def check_block(data: U8, at: int) -> int:
    """What is at ``data[at]``: 0 a good block, 1 no block header, 2 cut off, 3 a header whose frame is
    damaged.
    """
    if at + HEAD > len(data):
        return 2
    if get(data, at, 4) != MAGIC or get(data, at + 4, 4) != frame_crc(data, at, at + HEAD):
        return 1
    length = get(data, at + 8, 4)
    if length < FRAME_HEAD or length > LENGTH_MAX:
        return 1
    if at + HEAD + (length + 7) // 8 * 8 > len(data):
        return 2
    frame = at + HEAD
    stamp = get(data, frame + 4, 4)
    if stamp != get(data, at + 48, 4) or stamp != frame_crc(data, frame, frame + length):
        return 3
    return 0


@kernel
def scan(data: U8, at: int, first: int, entries: Rows, rows: int, spots: I64) -> tuple[int, int, int, int]:
    """Walk a log file from ``at`` (a block boundary): good blocks into ``entries``, bad stretches into
    ``spots``.

    Args:
        entries: room for the entries; filled from ``rows`` on.
        spots: int64[m, 4] for bad stretches: offset, length, verdict of ``check_block``, offset of the header
            that was still good (-1 if none).

    Returns:
        Entries filled in all, spots filled, where the walk stopped, group start: the sequence number of the
        first block of the last commit seen (-1 if none). It stops early when ``entries`` or ``spots`` is
        full.
    """
    bad = 0
    group: Any = np.int64(-1)
    while at < len(data) and rows < len(entries) and bad < len(spots):
        verdict = check_block(data, at)
        if verdict == 0:
            sequence = get(data, at + 32, 8)
            note(entries, rows, data, at, at, sequence - first)
            group = sequence - get(data, at + 52, 4)
            rows += 1
            at += HEAD + (get(data, at + 8, 4) + 7) // 8 * 8
            continue
        after = at + 8
        if verdict == 3:  # the header is sound, so its length is
            after = at + HEAD + (get(data, at + 8, 4) + 7) // 8 * 8
        while after < len(data) and check_block(data, after) in (1, 2):
            after += 8
        after = min(after, len(data))
        spots[bad, 0], spots[bad, 1] = at, after - at
        spots[bad, 2], spots[bad, 3] = verdict, at if verdict == 3 else -1
        bad += 1
        at = after
    return rows, bad, at, group


@kernel
def pick_sorted(entries: Rows, longest: int, stream: int, start: int, stop: int, out: I64) -> int:
    """Rows of sorted ``entries`` that overlap ``[start, stop)`` of ``stream``; how many were put in
    ``out``.
    """
    low, high = 0, len(entries)
    floor = start - longest
    while low < high:
        middle = (low + high) // 2
        entry = entries[middle]
        if entry.stream < stream or (entry.stream == stream and entry.start <= floor):
            low = middle + 1
        else:
            high = middle
    found = 0
    while low < len(entries) and found < len(out):
        entry = entries[low]
        if entry.stream != stream or entry.start >= stop:
            break
        if entry.start + np.int64(entry.count) > start:
            out[found] = low
            found += 1
        low += 1
    return found


@kernel
def pick_unsorted(entries: Rows, stream: int, start: int, stop: int, out: I64) -> int:
    """The same over entries in order of arrival: one pass over all of them."""
    found = 0
    for row in range(len(entries)):
        entry = entries[row]
        if entry.stream == stream and entry.start < stop and entry.start + np.int64(entry.count) > start:
            if found == len(out):
                break
            out[found] = row
            found += 1
    return found


@kernel
def copy_frames(data: U8, entries: Rows, first: int, out: U8, at: int, good: U8) -> int:
    """Check the blocks of ``entries`` in a log file and copy their frames end to end to ``out`` from ``at``
    on.

    ``good`` is 1 for a block that passed; a block that fails, or is not the one that the entry names, is
    copied as zeros, so that every frame's place is the sum of the lengths before it. Returns where the next
    frame goes.
    """
    for row in range(len(entries)):
        entry = entries[row]
        offset: Any = np.int64(entry.offset)
        length: Any = np.int64(entry.length)
        good[row] = 0
        if offset + HEAD + length <= len(data) and check_block(data, offset) == 0:
            same = get(data, offset + 8, 4) == length and get(data, offset + 12, 4) == entry.stream
            same = same and get(data, offset + 32, 8) == first + np.int64(entry.ordinal)
            good[row] = 1 if same else 0
        if good[row] == 1:
            out[at : at + length] = data[offset + HEAD : offset + HEAD + length]
        else:
            out[at : at + length] = 0
        at += length
    return at


@kernel
def place(samples: I16, offset: I64, start: I64, count: I64, origin: int, out: I16, present: U8) -> None:
    """Lay decoded blocks into a window, first come first kept.

    Args:
        samples, offset, start, count: a ``SampleBatch``, in the order in which the blocks were stored.
        origin: sample index of ``out[0]``.
        out: int16[n, leads]; present: uint8[n], 1 where a sample already lies.
    """
    n, leads = out.shape
    for block in range(len(start)):
        low = max(start[block], origin)
        high = min(start[block] + count[block], origin + n)
        source = offset[block] + (low - start[block]) * leads
        for index in range(low - origin, high - origin):
            if present[index] == 0:
                present[index] = 1
                for lead in range(leads):
                    out[index, lead] = samples[source + lead]
            source += leads


@kernel
def runs(present: U8, out: I64) -> int:
    """Runs of ones as pairs (start, stop) in ``out`` int64[m, 2]; how many there are (may exceed ``m``)."""
    found = 0
    inside = False
    for index in range(len(present)):
        if present[index] != 0 and not inside:
            inside = True
            if found < len(out):
                out[found, 0] = index
        elif present[index] == 0 and inside:
            inside = False
            if found < len(out):
                out[found, 1] = index
            found += 1
    if inside:
        if found < len(out):
            out[found, 1] = len(present)
        found += 1
    return found


@kernel
def coarse(samples: I16, present: U8, bin_samples: int, low: I16, high: I16, covered: I64) -> None:
    """Smallest and largest present sample per bin and lead, and present samples per bin.

    ``samples`` int16[n, leads] begins at a bin edge; the last bin may be short. A bin without any valid
    sample of a lead gets low 32767 and high −32768. The value −32768 is "not measured" and never counts as a
    low.
    """
    n, leads = samples.shape
    for row in range(len(covered)):
        first, end = row * bin_samples, min((row + 1) * bin_samples, n)
        count = 0
        for index in range(first, end):
            count += 1 if present[index] != 0 else 0
        covered[row] = count
        for lead in range(leads):
            least, most = np.int16(32767), np.int16(-32768)
            for index in range(first, end):
                value = samples[index, lead]
                if present[index] != 0 and value != -32768:
                    least = min(least, value)
                    most = max(most, value)
            low[row, lead] = least
            high[row, lead] = most


@kernel
def lead_sums(samples: I16, out: I64) -> None:
    """Sum of each lead's samples; ``out`` int64[leads]."""
    n, leads = samples.shape
    for lead in range(leads):
        total: Any = np.int64(0)
        for index in range(n):
            total += samples[index, lead]
        out[lead] = total
