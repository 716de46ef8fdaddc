"""Ectopic findings told again from beats that people labelled: by the analysis' own rules (R25).

The very kernels of the live analysis run over the labelled beats (``ecg.rhythm``), with its thresholds, so
that "couplet" means the same whoever classed the beats. What the rules would know besides, of each beat's
width, P wave and shape, is not kept with the stored beats: they go by class, interval and confidence alone.
How far that agrees with the analysis on beats that nobody touched is measured (docs/review.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from einthoven.base.spans import Span
from einthoven.base.thresholds import Thresholds
from einthoven.ecg import rhythm
from einthoven.ecg.beats import ARTEFACT, GRADES, NORMAL
from einthoven.ecg.findings import COLUMNS, Finding, Fold
from einthoven.ecg.kinds import (
    AIVR,
    ATRIAL_BIGEMINY,
    FREQUENT_SUPRAVENTRICULAR,
    FREQUENT_VENTRICULAR,
    IVR,
    NSVT,
    SUPRAVENTRICULAR_COUPLET,
    SUPRAVENTRICULAR_RUN,
    SUSTAINED_VT,
    TORSADE,
    VENTRICULAR_BIGEMINY,
    VENTRICULAR_COUPLET,
    VENTRICULAR_RUN,
    VENTRICULAR_TACHYCARDIA,
    VENTRICULAR_TRIGEMINY,
)
from einthoven.ecg.rhythm_layout import ROWS_MAX

I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]

ATRIAL = frozenset(
    {SUPRAVENTRICULAR_RUN, SUPRAVENTRICULAR_COUPLET, ATRIAL_BIGEMINY, FREQUENT_SUPRAVENTRICULAR}
)
"""Kinds that cannot be said while the atria fibrillate."""
ECTOPIC = ATRIAL | {
    VENTRICULAR_TACHYCARDIA,
    NSVT,
    SUSTAINED_VT,
    TORSADE,
    VENTRICULAR_RUN,
    AIVR,
    IVR,
    VENTRICULAR_COUPLET,
    VENTRICULAR_BIGEMINY,
    VENTRICULAR_TRIGEMINY,
    FREQUENT_VENTRICULAR,
}
"""Codes of the kinds that follow from the classes of beats (``ecg.kinds``)."""
STEP_S = 3600
"""Seconds judged at once, so that a month needs no more memory than an hour."""
DETECTED = 1
"""The worst quality of a lead (``ecg.beats``) in which beats are still looked for: noisy."""


@dataclass(frozen=True, slots=True)
class Around:
    """What the rules go by besides the beats.

    Attributes:
        grade_at: int64[n], from which sample on ``grades`` hold, in order (``ecg.beats.grades_of``).
        grades: uint8[n, leads]; without any rows every second counts as readable.
        fibrillation: where the atria fibrillate or flutter.
        blind: where beats mean nothing: ventricular fibrillation and flutter.
    """

    grade_at: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    grades: U8 = field(default_factory=lambda: np.zeros((0, 1), np.uint8))
    fibrillation: Sequence[Span] = ()
    blind: Sequence[Span] = ()


def retold(
    beats: NDArray[np.void],
    rate_mhz: int,
    start: int,
    stop: int,
    thresholds: Thresholds,
    around: Around | None = None,
) -> list[Finding]:
    """The ectopic findings of samples ``[start, stop)``, by onset; what is still going on at the end is
    closed there.

    Args:
        beats: labelled ``BEAT`` rows in order (``review_labels.labelled``); rows of grades do not count.
        rate_mhz: sampling rate in millihertz.
        start, stop: the stretch; it is judged from whole seconds on.
        thresholds: from what on something is a finding.
        around: quality and fibrillation.
    """
    known = around or Around()
    first = start * 1000 // rate_mhz
    shift = -(-first * rate_mhz // 1000)
    seconds = max(0, -(-(stop - shift) * 1000 // rate_mhz))
    if seconds == 0:
        return []
    rows = _rows(beats, rate_mhz, shift, stop)
    usable = _usable(known, shift, seconds, rate_mhz)
    open_ = [_open(spans, shift, seconds, rate_mhz) for spans in (known.blind, known.fibrillation)]
    told = _follow(rows, usable, open_[0], open_[1], rate_mhz, thresholds)
    moved = [_moved(one, shift) for one in told if one.kind.code in ECTOPIC]
    return [one for one in moved if not _overruled(one, known)]


def _rows(beats: NDArray[np.void], rate_mhz: int, shift: int, stop: int) -> NDArray[np.void]:
    """Beats as the rules take them, counted from ``shift``."""
    code = beats["code"]
    keep = (code != GRADES) & (code != ARTEFACT) & (beats["sample"] >= shift) & (beats["sample"] < stop)
    kept = beats[keep]
    rows = rhythm.blank_beats(
        kept["sample"].astype(np.int64) - shift, kept["code"].astype(np.int64), rate_mhz
    )
    rows["rr_ms"] = kept["rr_ms"]
    rows["early"] = NORMAL  # only final classes count here
    rows["conf"] = np.where(kept["conf"] > 0, kept["conf"] / 1000.0, 1.0)  # 0: it was not kept
    return rows


def _follow(
    rows: NDArray[np.void], usable: I64, blind: I64, fibrillating: I64, rate_mhz: int, thresholds: Thresholds
) -> list[Finding]:
    state, limits, fold = rhythm.blank()[0], rhythm.vector(thresholds), Fold()
    ready, seconds = 0, len(usable)
    for first in range(0, seconds, STEP_S):
        last = min(first + STEP_S, seconds)
        base = max(0, ready - 1)
        stop = int(np.searchsorted(rows["sample"], -(-last * rate_mhz // 1000)))
        part = rows[base:stop]
        out = np.zeros((64 + ROWS_MAX * 16 + 8 * len(part) + 4 * (last - first), COLUMNS))
        n, done = rhythm.follow(
            state, limits, part, usable, blind, fibrillating, first, last, ready - base, rate_mhz,
            last == seconds, out, 0,
        )  # fmt: skip
        ready = base + done
        fold.add(out[:n])
    return fold.findings()


def _usable(known: Around, shift: int, seconds: int, rate_mhz: int) -> I64:
    """Leads fit for detection in each second, int64[seconds]; those of the worse end."""
    if not len(known.grade_at):
        return np.ones(seconds, np.int64)
    at = shift + np.arange(seconds + 1, dtype=np.int64) * rate_mhz // 1000
    row = np.searchsorted(known.grade_at, at, side="right") - 1
    fit = np.where(row >= 0, (known.grades <= DETECTED).sum(axis=1)[np.maximum(row, 0)], 0)
    return np.minimum(fit[:-1], fit[1:]).astype(np.int64)


def _open(spans: Sequence[Span], shift: int, seconds: int, rate_mhz: int) -> I64:
    """1 in each second that a span touches, int64[seconds]."""
    flags = np.zeros(seconds, np.int64)
    for span in spans:
        low = max(0, (span.start - shift) * 1000 // rate_mhz)
        flags[low : max(low, -(-(span.stop - shift) * 1000 // rate_mhz))] = 1
    return flags


def _moved(one: Finding, by: int) -> Finding:
    end = None if one.end is None else one.end + by
    closed = None if one.closed_told is None else one.closed_told + by
    return Finding(one.kind, one.start + by, end, one.opened_told + by, closed, one.seq, one.values)


def _overruled(one: Finding, known: Around) -> bool:
    """At least half of it lies where it cannot be said (``ecg.settle``)."""
    stop = one.start if one.end is None else one.end
    spans = [*known.blind, *(known.fibrillation if one.kind.code in ATRIAL else ())]
    return any(min(stop, span.stop) - max(one.start, span.start) >= (stop - one.start) / 2 for span in spans)
