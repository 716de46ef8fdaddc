"""``einthoven analyze``: annotations that other tools read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.e2e.processes import done, einthoven
from tests.e2e.records import heart, written
from tests.interop.judge import DATA, needs_data, quiet, wfdb

from einthoven.base.layout import Layout
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Script


def beats_of(read: wfdb.Annotation) -> np.ndarray:
    """Samples of the annotations that stand for a beat."""
    return read.sample[[symbol not in "+~|[]" for symbol in read.symbol]]


@quiet
def test_beats_of_a_heart_are_where_it_beat(tmp_path: Path) -> None:
    layout: Layout = layout_of(("II", "V1"), 250.0)
    path = written(tmp_path, "rec", heart(60, 9, layout))
    told = done("analyze", path, "-o", tmp_path / "out", "--json")
    read = wfdb.rdann(str(tmp_path / "out" / "rec"), "ein")
    found = beats_of(read)
    assert told == {
        "record": "rec",
        "beats": len(found),
        "annotations": str(tmp_path / "out" / "rec.ein"),
    }
    truth = [sample for sample, symbol in Heart(Script(), layout, 9).truth(0, 15_000).beats if symbol != "x"]
    missed = [sample for sample in truth if min(abs(found - sample)) > 0.15 * 250]
    assert len(missed) <= 2
    assert abs(len(found) - len(truth)) <= 2
    assert isinstance(json.loads((tmp_path / "out" / "rec.json").read_text()), list)


def test_several_records_go_in_one_run(tmp_path: Path) -> None:
    paths = [written(tmp_path, name, heart(10, seed)) for seed, name in enumerate(("a", "b"))]
    ran = einthoven("analyze", *paths, "-o", tmp_path / "out", "-a", "qrs")
    assert (ran.code, ran.err) == (0, "")
    assert [json.loads(line)["record"] for line in ran.out.splitlines()] == ["a", "b"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.qrs", "b.qrs"]


@quiet
@pytest.mark.records
@needs_data
def test_a_real_record_gets_its_beats(tmp_path: Path) -> None:
    told = done("analyze", DATA / "mitdb" / "100", "-o", tmp_path)
    assert abs(told["beats"] - 2273) <= 3
    read = wfdb.rdann(str(tmp_path / "100"), "ein")
    assert len(beats_of(read)) == told["beats"]
    assert read.aux_note[read.symbol.index("+")].startswith("(N")
