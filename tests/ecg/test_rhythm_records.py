"""The rhythm rules on the reference beats of mitdb DS1: runs counted, rhythms against the annotators'.

The beats and classes are the reference's own, so that only the rules are judged. What the annotators call a
rhythm differs from docs/thresholds.md here and there (a run at 90 a minute is VT to them); the figures are
pinned as they are, and may only rise.
"""

from __future__ import annotations

import warnings
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.records.records import DS1, need

from einthoven.base.thresholds import shipped
from einthoven.ecg.findings import Finding, rhythm_changes
from einthoven.ecg.kinds import AIVR, IVR, NSVT, SUSTAINED_VT, VENTRICULAR_COUPLET, VENTRICULAR_RUN
from einthoven.ecg.rhythm import Seconds, blank_beats, find

pytestmark = pytest.mark.records
RATE_MHZ = 360_000
SAMPLES = 650_000
CLASSES = {**dict.fromkeys("NLRej", 1), **dict.fromkeys("AaJS", 9), **dict.fromkeys("VE", 5)}
CLASSES |= {"F": 6, "/": 12, "f": 13, "Q": 13}
RUNS = (NSVT, SUSTAINED_VT, VENTRICULAR_RUN, AIVR, IVR)
STEP = 10
"""Samples of one cell when times are compared."""

Reference = tuple[NDArray[np.int64], NDArray[np.int64], list[tuple[int, str]], list[tuple[int, int]]]


def reference(folder: Path, name: str) -> Reference:
    """Beats, their classes, rhythm changes, stretches of ventricular flutter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # wfdb's own, of the pandas it uses
        import wfdb

        notes = wfdb.rdann(str(folder / name), "atr")
    beats, codes, changes, flutter = [], [], [], []
    for sample, symbol, aux in zip(notes.sample, notes.symbol, notes.aux_note, strict=True):
        if symbol in CLASSES:
            beats.append(sample)
            codes.append(CLASSES[symbol])
        elif symbol == "+":
            changes.append((int(sample), aux.strip("\x00")))
        elif symbol == "[":
            flutter.append((int(sample), SAMPLES))
        elif symbol == "]":
            flutter[-1] = (flutter[-1][0], int(sample))
    return np.array(beats), np.array(codes), changes, flutter


def seconds_of(changes: list[tuple[int, str]], flutter: list[tuple[int, int]]) -> Seconds:
    """Fibrillation as the reference has it: other rules find that."""
    made = Seconds.quiet(SAMPLES // 360 + 1)
    for (start, aux), (end, _) in pairwise([*changes, (SAMPLES, "")]):
        if aux in ("(AFIB", "(AFL"):
            made.af_open[start // 360 : end // 360] = 1
    for start, end in flutter:
        made.vf_open[start // 360 : end // 360 + 1] = 1
    return made


@cache
def all_found() -> dict[str, tuple[Reference, list[Finding]]]:
    folder = need("mitdb")
    made = {}
    for name in DS1:
        known = reference(folder, name)
        beats, codes, changes, flutter = known
        found = find(blank_beats(beats, codes, RATE_MHZ), seconds_of(changes, flutter), RATE_MHZ, shipped())
        made[name] = (known, found)
    return made


def lengths(codes: NDArray[np.int64]) -> list[int]:
    """Ventricular beats in each unbroken row of them."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], codes == 5, [0]])))
    return [int(stop - start) for start, stop in edges.reshape(-1, 2)]


def test_couplets_and_runs_are_those_that_plain_counting_gives() -> None:
    for name, ((_, codes, _, flutter), found) in all_found().items():
        if flutter:
            continue  # what lies in flutter is not counted as beats
        rows = lengths(codes)
        kinds = Counter(each.kind.code for each in found)
        beats = sorted(int(each.values[0]) for each in found if each.kind.code in RUNS)
        assert kinds[VENTRICULAR_COUPLET] == rows.count(2), name
        if name != "205":  # one of its runs goes on faster: two findings
            assert beats == sorted(length for length in rows if length > 2), name


def cells(changes: list[tuple[int, str]]) -> NDArray[np.object_]:
    made = np.full(SAMPLES // STEP, "(N", object)
    for (start, aux), (end, _) in pairwise([*changes, (SAMPLES, "")]):
        made[start // STEP : end // STEP] = aux
    return made


@pytest.mark.parametrize(
    ("aux", "sensitivity", "predictivity"),
    [
        ("(VT", 86.0, 94.0),
        ("(IVR", 94.0, 90.0),
        ("(SVTA", 95.0, 95.0),
        ("(B", 95.0, 84.0),
        ("(T", 90.0, 95.0),
    ],
)
def test_time_in_a_rhythm(aux: str, sensitivity: float, predictivity: float) -> None:
    both = ours = theirs = 0
    for (beats, _, changes, _), found in all_found().values():
        # In fibrillation the annotators name the ectopic pattern: compare what these rules say alone.
        told, known = cells(rhythm_changes(found, beats, SAMPLES)), cells(changes)
        both += int(((told == aux) & (known == aux)).sum())
        ours += int((told == aux).sum())
        theirs += int((known == aux).sum())
    assert 100 * both / theirs >= sensitivity
    assert 100 * both / ours >= predictivity
