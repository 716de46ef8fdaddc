"""The ward's own loops over many streams: routing of blocks, rings of recent samples, lists of beats.

Beats come as three int64 words (the 24 bytes of a ``BEAT`` row) and are kept in pages of a common pool, the
first two words as they are, the template beside them in two bytes; a slot's pages form a chain. The functions
on beats hold the GIL, so that a reader never sees half a change.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.ecg.beats import GRADES

I16 = NDArray[np.int16]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]


LIVE, CURSOR, SLOW, DUPLICATE, REFUSED, UNKNOWN = range(6)
PAGE = 32
"""Beats in a page: half a minute of a heart, 576 bytes."""


@njit(inline="always")
def _order(words: I64) -> int:
    """What rows are sorted by and told apart by (``ecg.beats.order``)."""
    place: int = 2 * words[0] + ((words[1] & 0xFF) != GRADES)
    return place


@njit(inline="always")
def _told_first(words: I64) -> bool:
    """Whether a row may be one that is told for the first time: a beat without a class yet, or grades."""
    first: bool = (words[1] & 0xFF) == GRADES or (words[1] >> 48) == 0
    return first


@njit(cache=True, nogil=True)
def route(
    bed: I64,
    start: I64,
    count: I64,
    leads: I64,
    want_leads: int,
    live_start: I64,
    live_next: I64,
    cursor_next: I64,
    cursor_stop: I64,
    held: NDArray[np.bool_],
) -> U8:
    """Say of each block whether it goes on at a stream's live edge, at its cursor, or needs a closer look.

    Moves ``live_next`` and ``cursor_next`` (one per bed) over what goes on. Once a block of a bed needs a
    closer look, all later ones of that bed do, so that their order is kept; ``held`` (bool, one a bed) is
    given all False and returned so.
    """
    code = np.empty(len(bed), np.uint8)
    for i in range(len(bed)):
        at = bed[i]
        stop = start[i] + count[i]
        if leads[i] != want_leads:
            code[i] = REFUSED
        elif held[at]:
            code[i] = SLOW
        elif start[i] == live_next[at]:
            code[i] = LIVE
            live_next[at] = stop
        elif start[i] == cursor_next[at] and stop < cursor_stop[at]:
            code[i] = CURSOR
            cursor_next[at] = stop
        elif start[i] >= live_start[at] and stop <= live_next[at]:
            code[i] = DUPLICATE
        else:
            code[i] = SLOW
            held[at] = True
    for i in range(len(bed)):
        held[bed[i]] = False
    return code


@njit(cache=True, nogil=True)
def push(
    ring: I16,
    newest: I64,
    bed: I64,
    samples: I16,
    offset: I64,
    start: I64,
    count: I64,
    leads: int,
    invalid: int,
) -> None:
    """Put blocks into the rings; holes up to a block that jumps ahead are filled with ``invalid``."""
    length = ring.shape[1]
    for i in range(len(bed)):
        at, stop = bed[i], start[i] + count[i]
        edge = newest[at]
        if stop > edge:
            for sample in range(max(edge, stop - length), start[i]):
                ring[at, sample % length, :] = invalid
            edge = stop
        for sample in range(max(start[i], edge - length), stop):
            source = offset[i] + (sample - start[i]) * leads
            place = sample % length
            for lead in range(leads):
                ring[at, place, lead] = samples[source + lead]
        newest[at] = edge


@njit(cache=True)
def append(
    pages: I64,
    shapes: U16,
    after: I64,
    before: I64,
    head: I64,
    tail: I64,
    skip: I64,
    fill: I64,
    free: I64,
    slot: I64,
    words: I64,
    done: int,
) -> int:
    """Append beats ``done…`` to their slots' chains; returns how many are in when the free pages run out.

    A beat of a sample that the chain holds already takes that one's place: it is told again, with its class.
    One that is told again and not there any more is left out. One that is told first may be older than the
    grades that were told since: it is put where it belongs. ``free[0]`` counts the free pages, whose numbers
    follow it.
    """
    for i in range(done, len(slot)):
        at = slot[i]
        if tail[at] >= 0 and _order(words[i]) <= _order(pages[tail[at], fill[at] - 1]):
            again = _tell_again(pages, shapes, before, head, tail, skip, fill, at, words[i])
            if again or not _told_first(words[i]):
                continue
        if tail[at] < 0 or fill[at] == PAGE:
            if free[0] == 0:
                return i
            page = free[free[0]]
            free[0] -= 1
            after[page], before[page] = -1, tail[at]
            if tail[at] < 0:
                head[at] = page
                skip[at] = 0
            else:
                after[tail[at]] = page
            tail[at] = page
            fill[at] = 0
        pages[tail[at], fill[at], 0] = words[i, 0]
        pages[tail[at], fill[at], 1] = words[i, 1]
        shapes[tail[at], fill[at]] = words[i, 2]
        fill[at] += 1
        _put_in_order(pages, shapes, before, head, tail, skip, fill, at)
    return len(slot)


@njit(cache=True)
def _put_in_order(
    pages: I64, shapes: U16, before: I64, head: I64, tail: I64, skip: I64, fill: I64, slot: int
) -> None:
    """Move the last row of a slot back to where it belongs: seldom far."""
    page, at = tail[slot], fill[slot] - 1
    while True:
        if at > (skip[slot] if page == head[slot] else 0):
            prior, place = page, at - 1
        elif page != head[slot]:
            prior, place = before[page], PAGE - 1
        else:
            return
        if _order(pages[prior, place]) <= _order(pages[page, at]):
            return
        for word in range(2):
            older = pages[page, at, word]
            pages[page, at, word] = pages[prior, place, word]
            pages[prior, place, word] = older
        shape = shapes[page, at]
        shapes[page, at] = shapes[prior, place]
        shapes[prior, place] = shape
        page, at = prior, place


@njit(cache=True)
def _tell_again(
    pages: I64, shapes: U16, before: I64, head: I64, tail: I64, skip: I64, fill: I64, slot: int, words: I64
) -> bool:
    """Put ``words`` in the place of the row that is the same, if it is there; whether it is."""
    page, at = tail[slot], fill[slot] - 1
    while True:
        first = skip[slot] if page == head[slot] else 0
        while at >= first and _order(pages[page, at]) > _order(words):
            at -= 1
        if at >= first:
            same = _order(pages[page, at]) == _order(words)
            if same:
                pages[page, at, 1] = words[1]
                shapes[page, at] = words[2]
            return same
        if page == head[slot]:
            return False
        page, at = before[page], PAGE - 1


@njit(cache=True)
def collect(
    pages: I64,
    shapes: U16,
    after: I64,
    before: I64,
    head: I64,
    tail: I64,
    skip: I64,
    fill: I64,
    slot: int,
    low: int,
    high: int,
) -> I64:
    """The beats of a slot with ``low <= sample < high``, int64[n, 3]."""
    found = 0
    out = np.empty((0, 3), np.int64)
    # Mostly the newest are asked for: their page is sought from the end.
    first = tail[slot]
    while first >= 0 and first != head[slot] and pages[first, 0, 0] > low:
        first = before[first]
    for copying in (False, True):
        if copying:
            out = np.empty((found, 3), np.int64)
            found = 0
        page = first
        at = skip[slot] if page == head[slot] else 0
        while page >= 0:
            stop = fill[slot] if page == tail[slot] else PAGE
            while at < stop:
                if low <= pages[page, at, 0] < high:
                    if copying:
                        out[found, 0], out[found, 1] = pages[page, at, 0], pages[page, at, 1]
                        out[found, 2] = shapes[page, at]
                    found += 1
                at += 1
            page, at = after[page], 0
    return out


@njit(cache=True)
def drop(
    pages: I64, after: I64, head: I64, tail: I64, skip: I64, fill: I64, free: I64, slot: int, before: int
) -> None:
    """Free a slot's beats before ``before``."""
    while head[slot] >= 0:
        page = head[slot]
        last = page == tail[slot]
        stop = fill[slot] if last else PAGE
        while skip[slot] < stop and pages[page, skip[slot], 0] < before:
            skip[slot] += 1
        if skip[slot] < stop:
            return
        free[0] += 1
        free[free[0]] = page
        skip[slot] = 0
        if last:
            head[slot] = tail[slot] = -1
            fill[slot] = 0
        else:
            head[slot] = after[page]
