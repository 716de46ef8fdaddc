"""Couplets and runs of ventricular beats, found and known, run by run as EC57 asks.

A run is a row of beats of class V with none of another class between, outside of ventricular fibrillation.
A couplet has two, a short run three to five, a long run six or more. A known run counts as found when a
found one that overlaps it, give or take the window, has as many beats as its class needs; a found run is
borne out in the same way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.ec57 import START_S, SYMBOLS_OF, WINDOW_S, Marks
from einthoven.ecg.ec57_spans import Spans, waves_of

I64 = NDArray[np.int64]

CLASSES = {"couplets": (2, 2), "short runs": (3, 5), "long runs": (6, 1 << 30)}
"""Fewest and most beats of each class."""


def ventricular_runs(marks: Marks, start: int, left_out: Spans | None = None) -> I64:
    """Runs of two beats or more: int64[runs, 3], first sample, last sample, beats.

    Args:
        marks: annotations of a record.
        start: nothing before this sample counts.
        left_out: stretches in which there are no beats; each ends a run.
    """
    codes = [code for name, own in SYMBOLS_OF.items() if name != "O" for code in own]
    beats = np.isin(marks.code, codes) & (marks.sample >= start)
    sample, mine = marks.sample[beats], np.isin(marks.code[beats], SYMBOLS_OF["V"])
    for first, last in left_out or []:
        mine &= (sample < first) | (sample > last)
        place = int(np.searchsorted(sample, first))
        sample, mine = np.insert(sample, place, first), np.insert(mine, place, False)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mine.astype(np.int64), [0]])))
    begin, end = edges[::2], edges[1::2] - 1
    runs = np.column_stack([sample[begin], sample[end], end - begin + 1])
    return runs[runs[:, 2] >= 2]


def compare_runs(reference: Marks, found: Marks, rate_hz: float) -> dict[str, dict[str, int]]:
    """Of each class: known runs found (TPs) and missed (FN), found runs borne out (TPp) and not (FP)."""
    start, window = int(START_S * rate_hz + 0.5), int(WINDOW_S * rate_hz + 0.5)
    last = int(max([0, *reference.sample[-1:], *found.sample[-1:]]))
    waves = [span for _, _, span in waves_of(reference.sample, reference.code, last)]
    own = [span for _, _, span in waves_of(found.sample, found.code, last)]
    known, told = ventricular_runs(reference, start, waves), ventricular_runs(found, start, waves + own)
    out: dict[str, dict[str, int]] = {}
    for name, (least, most) in CLASSES.items():
        hits = [_met(runs, others, least, most, window) for runs, others in ((known, told), (told, known))]
        out[name] = {
            "TPs": sum(hits[0]),
            "FN": len(hits[0]) - sum(hits[0]),
            "TPp": sum(hits[1]),
            "FP": len(hits[1]) - sum(hits[1]),
        }
    return out


def _met(runs: I64, others: I64, least: int, most: int, window: int) -> list[bool]:
    """Of the runs of one class, whether another that overlaps them is long enough."""
    enough = others[others[:, 2] >= least]
    mine = runs[(runs[:, 2] >= least) & (runs[:, 2] <= most)]
    return [
        bool(((enough[:, 0] <= last + window) & (enough[:, 1] >= first - window)).any())
        for first, last, _ in mine.tolist()
    ]
