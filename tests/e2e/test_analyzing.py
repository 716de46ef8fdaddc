"""``einthoven analyze``: annotations that other tools read."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import numpy as np
import pytest
from tests.e2e.processes import PATIENCE_S, begin, done, einthoven, of_the_command, until
from tests.e2e.records import heart, written
from tests.interop.judge import DATA, needs_data, quiet, wfdb

from einthoven.base.layout import Layout
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Incident, Script


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


@quiet
def test_waves_stand_round_each_beat_as_other_tools_read_them(tmp_path: Path) -> None:
    path = written(tmp_path, "rec", heart(60, 9))
    told = done("analyze", path, "-o", tmp_path / "out", "--waves")
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == ["rec.ein", "rec.wav"]
    read = wfdb.rdann(str(tmp_path / "out" / "rec"), "wav")
    beats = wfdb.rdann(str(tmp_path / "out" / "rec"), "ein")
    assert (np.diff(read.sample) >= 0).all()
    assert set(read.symbol) <= set("()ptNSVFQ")
    peaks = [at for at, symbol in zip(read.sample, read.symbol, strict=True) if symbol in "NSVFQ"]
    assert set(peaks) <= set(beats_of(beats))
    assert len(peaks) >= told["beats"] - 2
    for symbol, number in (("p", 0), ("t", 2)):
        marks = [place for place, one in enumerate(read.symbol) if one == symbol]
        assert len(marks) > 0.8 * told["beats"]
        for place in marks:
            around = {read.symbol[place - 1], read.symbol[place + 1]}
            assert read.symbol[place - 1] == "("
            assert around <= {"(", ")", "p", "t", "N", "S", "V", "F", "Q"}
            assert read.num[place - 1] == number


def test_only_the_leads_asked_for_are_analysed(tmp_path: Path) -> None:
    layout, samples = heart(60, 9)
    path = written(tmp_path, "rec", (layout, samples))
    alone = written(tmp_path, "alone", (Layout(250.0, layout.leads[1:]), samples[:, 1:].copy()))
    words = {"V1": "by name", "1": "by number"}
    for leads, out in words.items():
        done("analyze", path, "-o", tmp_path / out, "--leads", leads, "--json")
        measured = json.loads((tmp_path / out / "rec.measurements.json").read_text())
        assert measured["leads"] == ["V1"]
        assert list(measured["st"]) == ["V1"]
    done("analyze", alone, "-o", tmp_path / "out", "--json")
    for ending in ("json", "ein"):
        chosen = [(tmp_path / out / f"rec.{ending}").read_bytes() for out in words.values()]
        assert chosen[0] == chosen[1] == (tmp_path / "out" / f"alone.{ending}").read_bytes()


@quiet
def test_a_quality_mark_speaks_of_the_signal_of_the_file(tmp_path: Path) -> None:
    layout, samples = heart(40, 9)
    samples[10 * 250 : 20 * 250, 1] = 7
    path = written(tmp_path, "rec", (layout, samples))
    for leads in ("0,1", "1"):
        done("analyze", path, "-o", tmp_path / leads, "--leads", leads)
        read = wfdb.rdann(str(tmp_path / leads / "rec"), "ein")
        marks = [sub for symbol, sub in zip(read.symbol, read.subtype, strict=True) if symbol == "~"]
        assert marks[:2] == [0x20, 0]


def test_measurements_carry_the_samples_they_came_from_or_a_reason(tmp_path: Path) -> None:
    path = written(tmp_path, "rec", heart(180, 9))
    done("analyze", path, "-o", tmp_path, "--json")
    measured = json.loads((tmp_path / "rec.measurements.json").read_text())
    assert (measured["record"], measured["samples"], measured["rate_hz"]) == ("rec", 45_000, 250.0)
    figures = measured["measures"]
    for name, each in figures.items():
        assert (each["value"] is None) == ("reason" in each), name
        assert 0 <= each["start_sample"] <= each["end_sample"] <= 45_000, name
    assert 40 < figures["rate_mean"]["value"] < 120
    assert figures["sdann"]["reason"] == "less than 18 h of NN intervals"
    assert 60 < figures["qrs"]["value"] < 140
    assert len(measured["heart_rate_by_minute"]) == 3
    for minute in measured["heart_rate_by_minute"]:
        assert minute["min"]["value"] <= minute["mean"]["value"] <= minute["max"]["value"]
    findings = json.loads((tmp_path / "rec.json").read_text())
    keys = {"kind", "opened", "closed", "start_sample", "end_sample", "rule", "version", "evidence"}
    assert all(set(each) == keys for each in findings)


def test_each_beat_is_told_with_what_it_was_classed_by(tmp_path: Path) -> None:
    layout = layout_of(("II", "V1"), 250.0)
    script = Script(incidents=(Incident(40, "pvc"), Incident(60, "pvc")))
    path = written(tmp_path, "rec", (layout, Heart(script, layout, 4).samples(0, 90 * 250)))
    done("analyze", path, "-o", tmp_path, "--json")
    table = json.loads((tmp_path / "rec.measurements.json").read_text())["beats"]
    assert len({len(column) for column in table.values()}) == 1
    rows = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
    late = [row for row in rows if 20 * 250 < row["sample"] < 88 * 250]
    normal = [row for row in late if row["class"] == "N"]
    ectopic = [row for row in late if row["class"] == "V"]
    assert len(ectopic) == 2
    (usual,) = {row["template"] for row in normal}
    assert len({row["template"] for row in ectopic} - {usual}) == 1, "one shape, and not the usual one"
    for row in ectopic:
        assert row["prematurity"] < 0.9
        assert row["likeness_usual"] < 0.9 < min(each["likeness_usual"] for each in normal)
        assert row["width_ms"] > max(each["width_ms"] for each in normal)
        assert 0 < row["confidence"] <= 1
    assert all(row["rate_bpm"] > 30 for row in late)


def test_a_site_sets_its_own_limits_and_the_findings_name_them(tmp_path: Path) -> None:
    layout = layout_of(("II", "V1"), 250.0)
    script = Script(incidents=(Incident(40, "pause", seconds=2.4),))
    path = written(tmp_path, "rec", (layout, Heart(script, layout, 4).samples(0, 90 * 250)))
    table = tmp_path / "limits.toml"
    table.write_text("[table]\nname = 'Ward 3'\n[pause.detect]\ninterval_ms = 2900\n")
    said = {}
    for name, options in (("shipped", []), ("site", ["--thresholds", table])):
        done("analyze", path, "-o", tmp_path / name, "--json", *options)
        said[name] = json.loads((tmp_path / name / "rec.json").read_text())
    assert [one["kind"] for one in said["shipped"]].count("pause") == 1
    assert [one["kind"] for one in said["site"]].count("pause") == 0
    ours, theirs = ({one["version"].rpartition("/")[2] for one in said[name]} for name in said)
    assert len(ours) == len(theirs) == 1
    assert ours != theirs


def test_what_is_interrupted_says_so_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    layout, samples = heart(60, 9)
    path = written(tmp_path, "rec", (layout, np.tile(samples, (600, 1))))
    analysing = begin("analyze", path, "-o", tmp_path / "out", "--json")
    until("the folder", (tmp_path / "out").is_dir, PATIENCE_S)
    analysing.send_signal(signal.SIGINT)
    out, err = analysing.communicate(timeout=PATIENCE_S)
    assert (analysing.returncode, out, of_the_command(err)) == (130, "", "einthoven: interrupted\n")
    assert list((tmp_path / "out").iterdir()) == []
