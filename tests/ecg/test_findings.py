"""Rows told by stages, folded to findings, to JSON and to rhythm annotations."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.base.thresholds import shipped
from einthoven.ecg.findings import (
    CLOSE,
    COLUMNS,
    OPEN,
    OPEN_END,
    UPDATE,
    WITHDRAW,
    Finding,
    Fold,
    as_json,
    fold,
    rhythm_changes,
    tell,
)
from einthoven.ecg.kinds import (
    ANALYSIS_LOST,
    ASYSTOLE,
    ATRIAL_FIBRILLATION,
    BY_CODE,
    BY_NAME,
    KINDS,
    NSVT,
    PAUSE,
    SINUS_BRADYCARDIA,
    SUPRAVENTRICULAR_RUN,
    UNDETERMINED,
    VENTRICULAR_BIGEMINY,
    VENTRICULAR_FIBRILLATION,
    VENTRICULAR_TACHYCARDIA,
)
from einthoven.ecg.settle import overruled_by, settled

AUX = {
    "(N",
    "(AFIB",
    "(AFL",
    "(SVTA",
    "(VT",
    "(IVR",
    "(B",
    "(T",
    "(AB",
    "(BI",
    "(BII",
    "(B3",
    "(NOD",
    "(P",
    "(SBR",
    "(ASYS",
}
"""What a rhythm annotation may say; ventricular fibrillation has its own annotations ``[`` and ``]``."""


def row(kind: int, action: int, start: int, end: int, told: int, seq: int, *values: float) -> np.ndarray:
    out = np.zeros((1, COLUMNS))
    padded = [*values, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0][:6]
    assert tell(out, 0, kind, action, start, end, told, seq, *padded) == 1
    return out


def finding(kind: int, start: int, end: int | None, *values: float) -> Finding:
    return Finding(BY_CODE[kind], start, end, start, end, 1, tuple([*values, *[0.0] * 6][:6]))


def test_kinds_are_named_and_numbered_once() -> None:
    assert len(BY_CODE) == len(BY_NAME) == len(KINDS)
    for kind in KINDS:
        assert kind.aux in AUX | {""}
        assert len(kind.values) <= 6
        assert kind.name == kind.name.lower().replace("_", "-")
        assert kind.version == shipped().rules[kind.rule]
        limits = {value.limit for value in kind.values} - {""}
        assert {shipped().entries[limit].rule for limit in limits} <= {kind.rule}
        assert (kind.rank > 0) == bool(kind.aux) or kind.stage == "fibrillation"


def test_every_rhythm_annotation_of_the_standard_has_a_kind() -> None:
    assert {kind.aux for kind in KINDS} - {""} == AUX


def test_opened_updated_closed_is_one_finding() -> None:
    rows = np.concatenate(
        [
            row(VENTRICULAR_TACHYCARDIA, OPEN, 100, OPEN_END, 250, 7, 4),
            row(ATRIAL_FIBRILLATION, OPEN, 50, OPEN_END, 250, 7),
            row(VENTRICULAR_TACHYCARDIA, UPDATE, 90, OPEN_END, 500, 7, 9),
            row(NSVT, CLOSE, 90, 700, 750, 7, 12),
        ]
    )
    run, *_ = [each for each in fold(rows) if each.kind.stage == "rhythm"]
    assert (run.kind.code, run.start, run.end, run.opened_told, run.closed_told) == (NSVT, 90, 700, 250, 750)
    assert run.values[0] == 12
    assert [each.end for each in fold(rows) if each.kind.stage == "afib"] == [None]


def test_an_instant_needs_no_opening() -> None:
    (only,) = fold(row(PAUSE, CLOSE, 10, 700, 1000, 1, 2760))
    assert (only.start, only.end, only.opened_told, only.closed_told) == (10, 700, 1000, 1000)


def test_withdrawn_is_told_and_not_kept() -> None:
    folded = Fold()
    folded.add(row(VENTRICULAR_TACHYCARDIA, OPEN, 100, OPEN_END, 250, 1))
    (now,) = folded.add(row(VENTRICULAR_TACHYCARDIA, WITHDRAW, 100, 100, 500, 1))
    assert now.withdrawn
    assert folded.findings() == []
    assert folded.findings(withdrawn=True) == [now]
    assert folded.open == {}


def test_a_number_that_begins_anew_behind_a_gap_is_another_finding() -> None:
    rows = [row(ATRIAL_FIBRILLATION, OPEN, start, OPEN_END, start + 9, 1) for start in (10, 5000)]
    assert [each.start for each in fold(np.concatenate(rows))] == [10, 5000]


def test_json_carries_the_evidence() -> None:
    beats = np.arange(0, 20_000, 200)
    made = as_json(
        finding(PAUSE, 1000, 1600, 2400.0, 1.0, 810.0, -1.0, -1.0, 0.0),
        250.0,
        "live-1",
        shipped().values(),
        beats,
        ["II", "V1"],
        last_sample=2000,
    )
    assert json.loads(json.dumps(made)) == made
    assert made["kind"] == "pause"
    assert (made["opened"], made["closed"]) == (4.0, 6.4)
    assert (made["start_sample"], made["end_sample"]) == (1000, 1600)
    assert (made["rule"], made["version"]) == ("pause", "1/live-1")
    evidence = made["evidence"]
    assert evidence["values"]["rr_ms"] == 2400
    assert evidence["values"]["cause"] == "after a ventricular beat"
    assert evidence["values"]["rr_before_ms"] is None
    assert evidence["thresholds"] == {"pause.detect.interval_ms": 2000}
    assert evidence["beats"] == [1000, 1200, 1400, 1600]
    assert evidence["leads"] == ["II", "V1"]
    assert evidence["strip"] == [250, 2000]


def test_json_of_an_open_finding_has_no_end() -> None:
    made = as_json(finding(ATRIAL_FIBRILLATION, 1000, None, np.nan), 250.0, "v", {}, np.zeros(0, np.int64))
    assert (made["closed"], made["end_sample"]) == (None, None)
    assert made["evidence"]["values"]["chance"] is None
    assert json.dumps(made)


def test_what_fibrillation_overrules() -> None:
    known = [
        finding(ATRIAL_FIBRILLATION, 1000, 5000),
        finding(VENTRICULAR_FIBRILLATION, 7000, 8000),
        finding(ASYSTOLE, 8000, 9000),
    ]
    kept = [
        finding(SUPRAVENTRICULAR_RUN, 500, 1100),  # most of it before
        finding(NSVT, 2000, 2400),
        finding(PAUSE, 3000, 3600),
        finding(NSVT, 6000, 7200),
        finding(PAUSE, 8000, 9000),
        finding(SUPRAVENTRICULAR_RUN, 5200, None),
        finding(ANALYSIS_LOST, 7100, 7900),
    ]
    gone = [
        finding(SUPRAVENTRICULAR_RUN, 1500, 2000),
        finding(UNDETERMINED, 4000, 4000),
        finding(SUPRAVENTRICULAR_RUN, 900, 1100),
        finding(NSVT, 7100, 7500),
    ]
    assert settled([*known, *kept, *gone]) == [*known, *kept]
    open_fibrillation = finding(ATRIAL_FIBRILLATION, 1000, None)
    assert settled([open_fibrillation, finding(SUPRAVENTRICULAR_RUN, 5200, None)]) == [open_fibrillation]


def test_of_several_the_one_told_first_overrules() -> None:
    later, first = finding(ATRIAL_FIBRILLATION, 1000, 5000), finding(VENTRICULAR_FIBRILLATION, 900, 5000)
    first = replace(first, opened_told=later.opened_told - 1)
    run = finding(SUPRAVENTRICULAR_RUN, 2000, 2100)
    assert overruled_by([later, run, first]) == [first, first, None]
    assert overruled_by([later, run, replace(first, withdrawn=True)]) == [None, later, None]
    assert overruled_by([later, replace(run, withdrawn=True)]) == [None, None]


BEATS = np.arange(100, 10_000, 100)
CHANGES: dict[str, tuple[list[Finding], list[tuple[int, str]]]] = {
    "nothing": ([], [(100, "(N")]),
    "from the beginning": ([finding(ATRIAL_FIBRILLATION, 0, 1000)], [(100, "(AFIB"), (1100, "(N")]),
    "to the end": ([finding(ATRIAL_FIBRILLATION, 1000, None)], [(100, "(N"), (1000, "(AFIB")]),
    "a run in fibrillation": (
        [finding(ATRIAL_FIBRILLATION, 1000, 5000), finding(NSVT, 2000, 2400)],
        [(100, "(N"), (1000, "(AFIB"), (2000, "(VT"), (2500, "(AFIB"), (5100, "(N")],
    ),
    "bigeminy in fibrillation": (
        [finding(ATRIAL_FIBRILLATION, 1000, 5000), finding(VENTRICULAR_BIGEMINY, 2000, 2400)],
        [(100, "(N"), (1000, "(AFIB"), (5100, "(N")],
    ),
    "one follows the other": (
        [finding(VENTRICULAR_BIGEMINY, 1000, 2000), finding(NSVT, 2100, 2500)],
        [(100, "(N"), (1000, "(B"), (2100, "(VT"), (2600, "(N")],
    ),
    "no rhythm of its own": ([finding(PAUSE, 1000, 2000), finding(UNDETERMINED, 1000, 1200)], [(100, "(N")]),
    "ventricular fibrillation": ([finding(VENTRICULAR_FIBRILLATION, 1000, 2000)], [(100, "(N")]),
    "asystole over bradycardia": (
        [finding(SINUS_BRADYCARDIA, 500, 4000), finding(ASYSTOLE, 1000, 2050)],
        [(100, "(N"), (500, "(SBR"), (1000, "(ASYS"), (2100, "(SBR"), (4100, "(N")],
    ),
    "told anew when the analysis is back": (
        [finding(ATRIAL_FIBRILLATION, 1000, 3000), finding(ANALYSIS_LOST, 2500, 4000)],
        [(100, "(N"), (1000, "(AFIB"), (4000, "(N")],
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_rhythm_changes(name: str) -> None:
    findings, want = CHANGES[name]
    assert rhythm_changes(findings, BEATS, 12_000) == want


MADE = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 12_000), st.integers(0, 3000), st.booleans()),
    max_size=20,
)


@settings(max_examples=200, deadline=None)
@given(MADE)
def test_rhythm_changes_never_overlap_or_repeat(made: list[tuple]) -> None:
    findings = [
        Finding(kind, start, None if forever else start + length, start, None, n, (0.0,) * 6)
        for n, (kind, start, length, forever) in enumerate(made)
    ]
    changes = rhythm_changes(findings, BEATS, 12_000)
    lost = [f for f in findings if f.kind.code == ANALYSIS_LOST]
    assert all(before[0] < after[0] for before, after in pairwise(changes))
    assert all(aux in AUX for _, aux in changes)
    if not lost:
        assert all(before[1] != after[1] for before, after in pairwise(changes))
    for sample, _ in changes:
        assert not any(f.start <= sample < (12_000 if f.end is None else f.end) for f in lost)
