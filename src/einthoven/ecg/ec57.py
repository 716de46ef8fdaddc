"""Scoring annotations after ANSI/AAMI EC57: beats matched to reference beats, episodes to episodes.

The conventions are those of the WFDB tools ``bxb``, ``sumstats`` and ``epicmp`` (PhysioNet's "WFDB
Applications Guide"): a window of 150 ms to either side, the first five minutes left out, beats in
ventricular flutter and fibrillation not looked for, stretches that either file marks as unreadable counted
apart. ``ec57_report`` sums records up. Codes of annotations are those of ``interop.wfdb_annotations``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.ec57_spans import (
    NOISE,
    Episodes,
    Period,
    Spans,
    compare,
    rhythm_spans,
    unreadable_spans,
    waves_of,
)

I64 = NDArray[np.int64]

CLASSES = "NSVFQ"
"""Classes of beats; rows and columns of the matrix, followed by O (no beat) and X (no beat, unreadable)."""
ROWS, COLUMNS = "NSVFQOX", "nsvfqox"
NO_BEAT, UNREADABLE = 5, 6
SYMBOLS_OF = {
    "N": (1, 2, 3, 25),
    "S": (4, 7, 8, 9, 11, 34, 35),
    "V": (5, 10, 41),
    "F": (6,),
    "Q": (12, 13, 30, 38),
    "O": (31,),
}
"""Annotation codes of each class; O is a flutter wave, which has a place and is no beat."""
PACED = 12
ESCAPE = (11, 34, 35)
"""Escape beats that de Chazal's division counts as normal."""
WINDOW_S, START_S = 0.150, 300.0
NEVER = 1 << 60
RHYTHMS: dict[str, tuple[tuple[str, ...], bool]] = {
    "AFIB": (("(AFIB",), False),
    "AF_OR_AFL": (("(AFIB", "(AFL"), False),
    "VF": ((), True),
    "VFRHY": (("(VF",), True),
    "VTVF": (("(VF", "(VT"), True),
}
"""Classes of episodes: what the rhythm's text begins with, and whether ``[`` … ``]`` belongs to it."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The annotations of one record.

    Attributes:
        sample, code, sub: int64[n], in order of time.
        aux: text by position, where there is any.
    """

    sample: I64
    code: I64
    sub: I64
    aux: dict[int, str] = field(default_factory=dict)

    @staticmethod
    def none() -> Marks:
        """A file in which nothing is written."""
        empty = np.zeros(0, np.int64)
        return Marks(empty, empty, empty)


@dataclass(frozen=True, slots=True)
class Rules:
    """How records are scored.

    Attributes:
        start_s: seconds at the beginning that are left out.
        end_s: where scoring ends, or None for the record's end.
        window_s: how far from a reference beat a found one may lie.
        escape: class of escape beats, ``"S"`` as in the standard or ``"N"``.
    """

    start_s: float = START_S
    end_s: float | None = None
    window_s: float = WINDOW_S
    escape: str = "S"


@dataclass(frozen=True, slots=True)
class Scored:
    """One record.

    Attributes:
        matrix: int64[7, 7], reference classes (``ROWS``) by found ones (``COLUMNS``).
        pairs: int64[k, 2], samples of matched beats: reference, found.
        following: bool[k], whether a pair's beats are each the next of the pair before in their own file.
        paced: whether the reference has a paced beat.
        rate_hz: samples per second.
        rhythm: episodes compared, by class.
    """

    matrix: I64
    pairs: I64
    following: NDArray[np.bool_]
    paced: bool
    rate_hz: float
    rhythm: dict[str, Episodes]


@dataclass(slots=True)
class _Side:
    """Beats of one file and how far the comparison has come in it."""

    time: list[int]
    kind: list[int]
    spans_waves: Spans
    spans_unreadable: Spans
    at: int = 0

    def peek(self, ahead: int = 0) -> int:
        """Time of the current beat, or of one so many behind it."""
        place = self.at + ahead
        return self.time[place] if place < len(self.time) else NEVER


def _side(marks: Marks, last: int, window: int, escape: str) -> _Side:
    """The beats of a file: those within ``[`` … ``]`` do not exist."""
    known = {code: ROWS.index(name) for name, codes in SYMBOLS_OF.items() for code in codes}
    if escape == "N":
        known |= dict.fromkeys(ESCAPE, 0)
    table = np.full(256, -1, np.int64)
    table[list(known)] = list(known.values())
    kinds = table[marks.code]
    waves = waves_of(marks.sample, marks.code, last)
    for first, stop, _ in waves:
        kinds[first:stop] = -1
    beats = np.flatnonzero(kinds >= 0)
    unreadable = unreadable_spans(marks.sample, marks.code, marks.sub, beats, waves, last, window)
    spans = [span for _, _, span in waves]
    return _Side(marks.sample[beats].tolist(), kinds[beats].tolist(), spans, unreadable)


def _within(sample: int, spans: Spans) -> bool:
    return any(start <= sample <= stop for start, stop in spans)


class _Matching:
    """The walk through both files: always the earlier of the two current beats finds its partner, or none."""

    def __init__(self, reference: _Side, found: _Side, start: int, end: int, window: int) -> None:
        self.reference, self.found, self.end, self.window = reference, found, end, window
        self.matrix = np.zeros((7, 7), np.int64)
        self.pairs: list[tuple[int, int]] = []
        for side in (reference, found):
            side.at = int(np.searchsorted(np.array(side.time, np.int64), start))
        self._begin(start)

    def run(self) -> None:
        """Walk to the end."""
        while min(self.reference.peek(), self.found.peek()) <= self.end:
            if self.found.peek() < self.reference.peek():
                if self._meets(self.found, self.reference):
                    self._match()
                else:
                    self._extra()
            elif self._meets(self.reference, self.found):
                self._match()
            else:
                self._missed()

    def _begin(self, start: int) -> None:
        """A beat found just before the period may belong to the first reference beat in it; one found just
        behind its beginning may belong to none."""
        reference, found = self.reference, self.found
        first = reference.peek()
        if found.at > 0 and reference.at < len(reference.time):
            early = first - found.time[found.at - 1]
            if early <= self.window and early < abs(first - found.peek()):
                found.at -= 1
                self._match()
                return
        if found.at < len(found.time) and found.peek() - start <= self.window:
            found.at += abs(first - found.peek(1)) < abs(first - found.peek())

    def _meets(self, early: _Side, late: _Side) -> bool:
        """Whether the earlier beat takes the later: near enough, and no other would serve better."""
        apart, other = late.peek() - early.peek(), abs(late.peek() - early.peek(1))
        if apart > self.window:
            return False
        return apart < other or abs(late.peek(1) - early.peek(1)) < other

    def _match(self) -> None:
        reference, found = self.reference, self.found
        kind = reference.kind[reference.at]
        self.matrix[kind, found.kind[found.at]] += 1
        if kind < len(CLASSES):
            self.pairs.append((reference.peek(), found.peek()))
        reference.at += 1
        found.at += 1

    def _extra(self) -> None:
        sample, kind = self.found.peek(), self.found.kind[self.found.at]
        if not _within(sample, self.reference.spans_waves):
            lost = _within(sample, self.reference.spans_unreadable)
            self.matrix[UNREADABLE if lost else NO_BEAT, kind] += 1
        self.found.at += 1

    def _missed(self) -> None:
        sample, kind = self.reference.peek(), self.reference.kind[self.reference.at]
        lost = _within(sample, self.found.spans_unreadable)
        self.matrix[kind, UNREADABLE if lost else NO_BEAT] += 1
        self.reference.at += 1


def score_record(
    reference: Marks, found: Marks, rate_hz: float, samples: int | None, rules: Rules | None = None
) -> Scored:
    """Compare the annotations of one record with the reference.

    Args:
        reference, found: annotations, samples counted at ``rate_hz``.
        rate_hz: samples per second.
        samples: length of the record, or None: up to the last annotation of the reference.
        rules: how; None for the standard's.
    """
    rules = rules or Rules()
    start, window = int(rules.start_s * rate_hz + 0.5), int(rules.window_s * rate_hz + 0.5)
    last = samples or (int(reference.sample[-1]) if len(reference.sample) else 0)
    end = min(last, int(rules.end_s * rate_hz + 0.5)) if rules.end_s else last
    sides = [_side(marks, last, window, rules.escape) for marks in (reference, found)]
    walk = _Matching(sides[0], sides[1], start, end, window)
    walk.run()
    matrix = walk.matrix
    matrix[NO_BEAT:, NO_BEAT:] = 0
    period = Period(start, end, rate_hz)
    rhythm: dict[str, Episodes] = {}
    for name, (texts, waves) in RHYTHMS.items():
        spans = [rhythm_spans(m.sample, m.code, m.aux, texts, waves, last) for m in (reference, found)]
        rhythm[name] = compare(spans[0], spans[1], period)
    pairs = np.array(walk.pairs, np.int64).reshape(-1, 2)
    paced = bool((reference.code == PACED).any())
    return Scored(matrix, pairs, _following(pairs, sides[0].time, sides[1].time), paced, rate_hz, rhythm)


def _following(pairs: I64, reference: Sequence[int], found: Sequence[int]) -> NDArray[np.bool_]:
    """Which pairs follow directly on the one before, in both files."""
    places = [
        np.searchsorted(np.array(times, np.int64), pairs[:, column], "right")
        for column, times in enumerate((reference, found))
    ]
    out = np.zeros(len(pairs), np.bool_)
    out[1:] = (np.diff(places[0]) == 1) & (np.diff(places[1]) == 1)
    return out


def counts(matrix: I64) -> dict[str, dict[str, int]]:
    """True and false positives and negatives of QRS complexes, ventricular and supraventricular beats.

    A fusion beat or one that cannot be classed (F, Q) called ventricular, and one that cannot be classed
    called supraventricular, are neither right nor wrong.
    """
    classes = len(CLASSES)
    beats = matrix[:classes, :classes]
    out: dict[str, Any] = {
        "qrs": {
            "TP": beats.sum(),
            "FN": matrix[:classes, classes:].sum(),
            "FP": matrix[classes:, :classes].sum(),
        }
    }
    for name, letter, neither in (("veb", "V", "FQ"), ("sveb", "S", "Q")):
        own = CLASSES.index(letter)
        called, hit = matrix[:, own].sum(), matrix[own, own]
        spared = sum(matrix[CLASSES.index(other), own] for other in neither)
        others = np.delete(matrix[:, :classes], own, axis=0).sum()
        out[name] = {
            "TP": hit,
            "FN": matrix[own].sum() - hit,
            "FP": called - hit - spared,
            "TN": others - (called - hit),
        }
    return {name: {key: int(value) for key, value in each.items()} for name, each in out.items()}


__all__ = ["NOISE", "RHYTHMS", "Marks", "Rules", "Scored", "counts", "score_record"]
