"""The rhythm stage's memory: the last beats, and the slots of what is open."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.findings import CLOSE, OPEN, OPEN_END, UPDATE, WITHDRAW, tell
from einthoven.ecg.jit import inner
from einthoven.ecg.rhythm_layout import (
    APART,
    COUNT,
    DOUBTED,
    HIDDEN,
    HOLED,
    KEEP,
    L_KIND,
    L_LAST,
    L_SEQ,
    L_START,
    L_V0,
    LAST_SEQ,
    NORMAL,
    NOW,
    P_ABSENT,
    P_SEEN,
    R_CLASS,
    R_P,
    R_RR,
    RING,
    RING_WORDS,
    SECOND,
    SLOT,
    SLOT_WORDS,
    UNUSABLE,
)

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
STANDSTILL_MS = 10_000
"""From this on an interval is a standstill, of which no rate is made."""
SECONDS_KEPT = 60
"""Seconds of which it is known whether they were fit for analysis."""


@inner
def at(slot: int) -> int:
    """First word of a slot."""
    return SLOT + slot * SLOT_WORDS


@inner
def is_open(w: I64, slot: int) -> bool:
    """Whether the slot's finding is told and not closed."""
    return bool(w[SLOT + slot * SLOT_WORDS + L_SEQ] > 0)


@inner
def kind_of(w: I64, slot: int) -> int:
    """Kind in the slot; 0 when it is not open."""
    row = SLOT + slot * SLOT_WORDS
    return int(w[row + L_KIND]) if w[row + L_SEQ] > 0 else 0


@inner
def put(f: F64, slot: int, v0: float, v1: float, v2: float, v3: float, v4: float, v5: float) -> None:
    """Set the slot's evidence values."""
    row = SLOT + slot * SLOT_WORDS + L_V0
    f[row], f[row + 1], f[row + 2], f[row + 3], f[row + 4], f[row + 5] = v0, v1, v2, v3, v4, v5


@inner
def _told(f: F64, w: I64, slot: int, action: int, end: int, out: F64, n: int) -> int:
    row = SLOT + slot * SLOT_WORDS
    v = row + L_V0
    return int(
        tell(
            out, n, w[row + L_KIND], action, w[row + L_START], end, w[NOW], w[row + L_SEQ],
            f[v], f[v + 1], f[v + 2], f[v + 3], f[v + 4], f[v + 5],
        )
    )  # fmt: skip


@inner
def open_slot(f: F64, w: I64, slot: int, kind: int, start: int, last: int, out: F64, n: int) -> int:
    """Tell that the condition whose evidence was ``put`` is open since ``start``, last seen at ``last``."""
    row = SLOT + slot * SLOT_WORDS
    w[LAST_SEQ] += 1
    w[row + L_SEQ], w[row + L_KIND] = w[LAST_SEQ], kind
    w[row + L_START], w[row + L_LAST] = start, last
    return int(_told(f, w, slot, OPEN, OPEN_END, out, n))


@inner
def update_slot(f: F64, w: I64, slot: int, kind: int, out: F64, n: int) -> int:
    """Tell what has become of an open finding: a sharper kind, new evidence."""
    w[SLOT + slot * SLOT_WORDS + L_KIND] = kind
    return int(_told(f, w, slot, UPDATE, OPEN_END, out, n))


@inner
def close_slot(f: F64, w: I64, slot: int, end: int, out: F64, n: int) -> int:
    """Tell the end of an open finding and free the slot; nothing is told of one that is not open."""
    row = SLOT + slot * SLOT_WORDS
    if w[row + L_SEQ] > 0:
        n = int(_told(f, w, slot, CLOSE, max(end, w[row + L_START]), out, n))
    free(w, slot)
    return n


@inner
def withdraw_slot(f: F64, w: I64, slot: int, out: F64, n: int) -> int:
    """Take an open finding back."""
    row = SLOT + slot * SLOT_WORDS
    if w[row + L_SEQ] > 0:
        n = int(_told(f, w, slot, WITHDRAW, w[row + L_START], out, n))
    free(w, slot)
    return n


@inner
def free(w: I64, slot: int) -> None:
    """Empty a slot: neither open nor awaited."""
    row = SLOT + slot * SLOT_WORDS
    w[row + L_SEQ], w[row + L_KIND], w[row + L_START], w[row + L_LAST] = 0, 0, -1, -1


@inner
def instant(
    w: I64, kind: int, start: int, end: int, v0: float, v1: float, v2: float, v3: float, v4: float,
    v5: float, out: F64, n: int,
) -> int:  # fmt: skip
    """Tell something that is over as it is told."""
    w[LAST_SEQ] += 1
    return int(tell(out, n, kind, CLOSE, start, end, w[NOW], w[LAST_SEQ], v0, v1, v2, v3, v4, v5))


@inner
def beat_at(w: I64, back: int) -> int:
    """First word of the kept beat ``back`` beats ago, 0 the newest; it is there when ``back < COUNT``."""
    return int(RING + ((w[COUNT] - 1 - back) % KEEP) * RING_WORDS)


@inner
def kept(w: I64) -> int:
    """How many of the last beats are there."""
    return int(min(w[COUNT], KEEP))


@inner
def class_at(w: I64, back: int) -> int:
    """Class of the beat ``back`` beats ago, ``DOUBTED`` added when it is doubtful; -1 if there is none."""
    return int(w[beat_at(w, back) + R_CLASS]) if back < w[COUNT] else -1


@inner
def p_waves_at(w: I64, back: int) -> int:
    """P waves between the beat ``back`` beats ago and the one before it; -1 unknown."""
    told = int(w[beat_at(w, back) + R_P] // 4 - 1) if back < w[COUNT] else -1
    return told % HIDDEN if told >= 0 else -1


@inner
def p_hidden_at(w: I64, back: int) -> int:
    """How many of the P waves of ``p_waves_at`` were not seen, but must lie where they cannot be seen."""
    told = int(w[beat_at(w, back) + R_P] // 4 - 1) if back < w[COUNT] else -1
    return max(0, told) % APART // HIDDEN


@inner
def p_apart_at(w: I64, back: int) -> bool:
    """Whether P waves marched through that beat and those before it at a pace of their own."""
    return bool(back < w[COUNT] and w[beat_at(w, back) + R_P] // 4 - 1 >= APART)


@inner
def usable_between(w: I64, start: int, stop: int, rate_mhz: int) -> bool:
    """No second known to be unfit touches the samples from ``start`` to ``stop``."""
    return _clear_of(w, w[UNUSABLE], start, stop, rate_mhz)


@inner
def whole_between(w: I64, start: int, stop: int, rate_mhz: int) -> bool:
    """Nor any second in which every lead was blank for a while: a beat may be hidden in it."""
    return _clear_of(w, w[UNUSABLE] | w[HOLED], start, stop, rate_mhz)


@inner
def _clear_of(w: I64, marked: int, start: int, stop: int, rate_mhz: int) -> bool:
    if marked == 0:
        return True
    first, last = start * 1000 // rate_mhz, stop * 1000 // rate_mhz
    for second in range(max(first, w[SECOND] - SECONDS_KEPT + 1), min(last, w[SECOND]) + 1):
        if (marked >> (w[SECOND] - second)) & 1:
            return False
    return True


@inner
def intervals(w: I64, first: int, count: int) -> tuple[float, float, float]:
    """Mean, least and greatest interval (ms) of ``count`` beats, the newest of them ``first`` beats ago.

    The mean is 0 when not all are there, or one is a standstill.
    """
    if first + count > kept(w):
        return 0.0, 0.0, 0.0
    total, low, high = 0.0, 1e12, 0.0
    for back in range(first, first + count):
        rr = float(w[beat_at(w, back) + R_RR])
        if rr <= 0.0 or rr >= STANDSTILL_MS:
            return 0.0, 0.0, 0.0
        total += rr
        low, high = min(low, rr), max(high, rr)
    return total / count, low, high


@inner
def doubts(w: I64, count: int) -> int:
    """How many of the last ``count`` beats are doubtful."""
    found = 0
    for back in range(min(count, kept(w))):
        if w[beat_at(w, back) + R_CLASS] >= DOUBTED:
            found += 1
    return found


@inner
def p_share(w: I64, count: int) -> float:
    """Share with a P wave of the last ``count`` beats, where that is known; -1 when of fewer than half."""
    known, seen = 0, 0
    for back in range(min(count, kept(w))):
        row = beat_at(w, back)
        state = w[row + R_P] % 4
        if state == P_SEEN:
            known, seen = known + 1, seen + 1
        elif state == P_ABSENT:
            known += 1
    return seen / known if 2 * known >= count else -1.0


@inner
def all_normal(w: I64, first: int, count: int) -> bool:
    """The ``count`` beats, the newest ``first`` beats ago, are there, normal, and none is doubtful."""
    if first + count > kept(w):
        return False
    found = 0
    for back in range(first, first + count):
        found += 1 if w[beat_at(w, back) + R_CLASS] == NORMAL else 0
    return found == count
