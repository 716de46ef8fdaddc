"""Beats and grades of a sealed segment as an MIT annotation file (annot(5)), and back without loss.

The time of an annotation counts from the segment's first sample. Of a ``BEAT``: the code is the annotation's;
``leads`` bits 0–6 are in NUM, bits 7–11 and ``late`` in SUB (``late + 2 × (leads >> 7)``); ``rr_ms`` follows
from the beat before, and where it does not within a millisecond (first beat, after a hole) the text has
``rr=…``; ``template`` is that of the beat before, and where it is not (at first: 0) the text has ``t=…``. A
row of grades (``ecg.beats.grades_of``) is a ``~``: SUB is the mask of the first four signals (ecgcodes.h: low
half noisy, high half unusable), NUM ``late``, the text ``q=`` and a figure a lead, 0 good to 5 saturated,
7 unknown; leads behind the last figure are good.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import StoreDamagedError
from einthoven.ecg.beats import (
    BEAT,
    GOOD,
    GRADE_BITS,
    GRADE_UNKNOWN,
    GRADES,
    GRADES_A_FIELD,
    NOISY,
    TEMPLATE_MAX,
    order,
)
from einthoven.edges.store.jit import kernel
from einthoven.interop.wfdb_annotations import Annotations, write_annotations

Beats = NDArray[np.void]
I64 = NDArray[np.int64]
U16 = NDArray[np.uint16]
RR_MAX = 65_535
SKIP, NUM, SUB, CHN, AUX = 59, 60, 61, 62, 63
FIELD = GRADE_BITS * GRADES_A_FIELD
"""Bits of grades in one field of a row."""
GRADES_TEXT = re.compile(rb"q=[0-57]{1,15}")
BEAT_TEXT = re.compile(rb"(?:rr=(\d{1,5}))? ?(?:t=(\d{1,5}))?")


def no_beats() -> Beats:
    """Zero ``BEAT`` rows."""
    return np.zeros(0, BEAT)


def _intervals(sample: I64, beat: NDArray[np.bool_], rate_hz: float) -> I64:
    """Milliseconds from each beat to the one before, 0 for the first and for what is no beat."""
    rr = np.zeros(len(sample), np.int64)
    at = sample[beat]
    steps = np.diff(at, prepend=at[:1])
    rr[beat] = np.minimum(np.rint(steps * 1000.0 / rate_hz), RR_MAX).astype(np.int64)
    return rr


def _grades_text(packed: int) -> str:
    """``q=`` and a figure a lead, at least one."""
    mask = (1 << GRADE_BITS) - 1
    figures = [packed >> GRADE_BITS * lead & mask for lead in range(3 * GRADES_A_FIELD)]
    while len(figures) > 1 and figures[-1] == GOOD:
        figures.pop()
    return "q=" + "".join(map(str, figures))


def _packed(text: bytes) -> int:
    """What ``_grades_text`` made a text of."""
    return sum((figure - ord("0")) << GRADE_BITS * lead for lead, figure in enumerate(text[2:]))


def _mask(packed: int) -> int:
    """Noisy and unusable ones of the first four signals, as an 8-bit number with a sign."""
    bits = 0
    for lead in range(4):
        grade = packed >> GRADE_BITS * lead & ((1 << GRADE_BITS) - 1)
        bits |= 0 if grade in (GOOD, GRADE_UNKNOWN) else 1 << lead if grade == NOISY else 16 << lead
    return bits - 256 if bits > 127 else bits


def beats_to_bytes(beats: Beats, start: int, rate_hz: float) -> bytes:
    """Annotation file of a segment that begins at sample ``start``: beats and grades in order, all in it."""
    sample = beats["sample"].astype(np.int64) - start
    leads = beats["leads"].astype(np.int64)
    given = beats["rr_ms"].astype(np.int64)
    beat = beats["code"] != GRADES
    odd = beat & (np.abs(given - _intervals(sample, beat, rate_hz)) > 1)
    texts = [f"rr={rr}" if flag else "" for rr, flag in zip(given.tolist(), odd.tolist(), strict=True)]
    template, at = beats["template"].astype(np.int64), np.flatnonzero(beat)
    for row in at[np.flatnonzero(np.diff(template[at], prepend=0))].tolist():
        texts[row] = f"{texts[row]} t={template[row]}".lstrip()
    sub = (beats["late"] != 0) + 2 * (leads >> 7)
    num = leads & 127
    for row in np.flatnonzero(~beat).tolist():
        packed = int(leads[row] | given[row] << FIELD | int(beats["conf"][row]) << 2 * FIELD)
        texts[row], sub[row], num[row] = _grades_text(packed), _mask(packed), beats["late"][row]
    return write_annotations(
        Annotations(
            sample,
            beats["code"].astype(np.uint8),
            sub.astype(np.int8),
            np.zeros(len(beats), np.uint8),
            num.astype(np.int8),
            tuple(texts) if any(texts) else (),
        )
    )


@kernel
def _parse(words: U16, out: I64) -> int:
    """Annotations into ``out`` int64[n, 5]: sample, code, SUB, NUM, word where a text begins (0: none).

    Returns how many, or -1 where the file is not one (no end mark, cut short).
    """
    at, found = 0, 0
    sample: Any = np.int64(0)
    number: Any = np.int64(0)
    while at < len(words):
        word: Any = np.int64(words[at])
        code, value = word >> 10, word & 1023
        at += 1
        if word == 0:
            return found
        if code == SKIP:
            if at + 2 > len(words):
                return -1
            step = (np.int64(words[at]) << 16) | np.int64(words[at + 1])
            sample += step - (1 << 32) if step >= 1 << 31 else step
            at += 2
        elif code == NUM:
            number = value & 255
            if found:
                out[found - 1, 3] = number
        elif code == SUB and found:
            out[found - 1, 2] = value & 255
        elif code == AUX:
            if found:
                out[found - 1, 4] = at
            at += (value + 1) // 2
        elif code < 50:
            sample += value
            if found == len(out):
                return -1
            out[found, 0], out[found, 1], out[found, 2] = sample, code, 0
            out[found, 3], out[found, 4] = number, 0
            found += 1
    return -1


def beats_from_bytes(data: bytes, start: int, rate_hz: float, name: str) -> Beats:
    """Read back what ``beats_to_bytes`` wrote.

    Raises:
        StoreDamagedError: not an annotation file, or cut short; names ``name``.
    """
    words = np.frombuffer(data, "<u2", len(data) // 2)
    rows = np.zeros((len(words), 5), np.int64)
    found = _parse(words, rows)
    if found < 0 or len(data) % 2:
        raise StoreDamagedError(f"{name}: not an annotation file, or cut short")
    rows = rows[:found]
    beats = np.zeros(found, BEAT)
    if not found:
        return beats
    beats["sample"] = rows[:, 0] + start
    beats["code"] = rows[:, 1]
    beats["late"] = rows[:, 2] & 1
    beats["leads"] = rows[:, 3] | (rows[:, 2] >> 1) << 7
    beats["rr_ms"] = _intervals(rows[:, 0], beats["code"] != GRADES, rate_hz)
    changes = np.full(found, -1, np.int64)
    for row in np.flatnonzero(rows[:, 4]).tolist():
        at = 2 * int(rows[row, 4])
        text = data[at : at + (int(words[rows[row, 4] - 1]) & 1023)]
        if beats["code"][row] == GRADES and GRADES_TEXT.fullmatch(text):
            packed, mask = _packed(text), (1 << FIELD) - 1
            beats["leads"][row], beats["rr_ms"][row] = packed & mask, packed >> FIELD & mask
            beats["conf"][row], beats["late"][row] = packed >> 2 * FIELD, rows[row, 3] & 1
        elif (told := BEAT_TEXT.fullmatch(text)) is not None and beats["code"][row] != GRADES:
            if told[1] is not None:
                beats["rr_ms"][row] = min(int(told[1]), RR_MAX)
            if told[2] is not None:
                changes[row] = min(int(told[2]), TEMPLATE_MAX)
    beats["template"] = _held(changes, beats["code"] != GRADES)
    return beats


def _held(changes: I64, beat: NDArray[np.bool_]) -> I64:
    """The template of each beat: the last one told (−1: none there); 0 before it, and of what is no beat."""
    last = np.maximum.accumulate(np.where(changes >= 0, np.arange(len(changes)), -1))
    held: I64 = np.where(beat & (last >= 0), changes[last], 0)
    return held


def merge_beats(old: Beats, new: Beats, start: int, stop: int) -> Beats:
    """``old`` with everything in ``[start, stop)`` put in place by the rows of ``new`` that lie there."""
    keep = old[(old["sample"] < start) | (old["sample"] >= stop)]
    fresh = new[(new["sample"] >= start) & (new["sample"] < stop)]
    merged = np.concatenate((keep, fresh))
    return merged[np.argsort(order(merged), kind="stable")]
