"""``einthoven evaluate`` on small databases whose beats are known."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.e2e.processes import PATIENCE_S, begin, einthoven, here, until
from tests.e2e.records import heart, written

from einthoven.edges.exchange.annotations import write_annotation_file
from einthoven.interop.wfdb import Annotations
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Script

SECONDS = 340
CODE = {"N": 1, "V": 5, "A": 8, "S": 9, "F": 6, "/": 12}


def database(folder: Path, name: str, seeds: tuple[int, ...], seconds: int = SECONDS) -> Path:
    """Simulated hearts with their own beats as the reference."""
    layout = layout_of(("II", "V1"), 250.0)
    for seed in seeds:
        written(folder / name, f"h{seed}", heart(seconds, seed, layout))
        truth = Heart(Script(), layout, seed).truth(0, seconds * 250).beats
        known = [(at, CODE[symbol]) for at, symbol in truth if symbol in CODE]
        sample, code = (np.array(column) for column in zip(*known, strict=True))
        write_annotation_file(folder / name, f"h{seed}", "atr", Annotations.of(sample, code.astype(np.uint8)))
    return folder / name


@pytest.fixture(scope="module")
def hearts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    database(folder, "hearts", (1, 2))
    (folder / "notes").mkdir()
    (folder / "notes" / "readme.txt").write_text("no records here")
    return folder


@pytest.fixture(scope="module")
def evaluated(hearts: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """What ``evaluate`` says of them, and the folder of what it keeps."""
    out = tmp_path_factory.mktemp("kept")
    ran = einthoven("evaluate", hearts, "--json", "-o", out)
    assert (ran.code, ran.err) == (0, "")
    return ran.told, out / "hearts"


def test_a_folder_of_databases_is_scored_database_by_database(
    hearts: Path, evaluated: tuple[Any, Path]
) -> None:
    whole, kept = evaluated
    assert list(whole) == ["hearts"]
    told = whole["hearts"]
    assert list(told) == ["meta", "groups", "records", "missing"]
    assert told["meta"]["refdir"] == str(hearts / "hearts")
    assert told["meta"]["testdir"] == str(kept)
    assert list(told["records"]) == ["h1", "h2"]
    gross = told["groups"]["all"]["qrs"]["gross"]
    assert gross["Se"] > 95
    assert gross["PP"] > 95
    assert gross["TP"] == sum(each["qrs"]["TP"] for each in told["records"].values())
    assert sorted(path.name for path in kept.iterdir()) == ["h1.ein", "h2.ein"]


def test_a_reference_is_not_overwritten_by_what_is_kept(tmp_path: Path) -> None:
    folder = database(tmp_path, "one", (3,), 20)
    reference = (folder / "h3.atr").read_bytes()
    ran = here("evaluate", folder, "-o", tmp_path, "-a", "atr")
    assert ran.code == 2
    assert f"{folder / 'h3.atr'} came with the record" in ran.err
    assert (folder / "h3.atr").read_bytes() == reference


def test_what_is_kept_is_what_analyze_writes(
    hearts: Path, evaluated: tuple[Any, Path], tmp_path: Path
) -> None:
    assert einthoven("analyze", hearts / "hearts" / "h1", "-o", tmp_path).code == 0
    assert (evaluated[1] / "h1.ein").read_bytes() == (tmp_path / "h1.ein").read_bytes()


def test_one_database_may_be_named_and_its_table_read(hearts: Path, evaluated: tuple[Any, Path]) -> None:
    ran = einthoven("evaluate", hearts / "hearts")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[0] == "hearts, 2 records (EC57)"
    for kind in ("qrs", "veb", "sveb"):
        gross = evaluated[0]["hearts"]["groups"]["all"][kind]["gross"]
        (row,) = [line for line in ran.out.splitlines() if line.startswith(f"  all {kind.upper()} ")]
        assert row.split()[4:6] == [str(gross["FN"]), str(gross["FP"])]


def test_what_cannot_be_scored_is_named_and_a_record_that_fails_counts_as_empty(
    hearts: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "data" / "mixed"
    shutil.copytree(hearts / "hearts", folder)
    data = (folder / "h2.dat").read_bytes()
    (folder / "h2.dat").write_bytes(data[:-1000])
    written(folder, "bare", heart(5, 3))
    written(tmp_path / "data" / "plain", "rec", heart(5, 4))
    told = einthoven("evaluate", tmp_path / "data", "--json").told
    assert told["mixed"]["missing"] == ["h2"]
    assert told["mixed"]["records"]["h2"]["qrs"]["TP"] == 0
    assert told["mixed"]["records"]["h2"]["qrs"]["FN"] > 30
    assert set(told["left_out"]) == {"mixed/bare", "mixed/h2", "plain"}
    assert "h2.dat" in told["left_out"]["mixed/h2"]
    assert told["left_out"]["mixed/bare"] == "no reference annotations (.atr)"


def test_beats_without_signals_are_judged_for_fibrillation_alone(hearts: Path, tmp_path: Path) -> None:
    folder = tmp_path / "intervals"
    folder.mkdir()
    for ending in ("hea", "atr"):
        shutil.copy(hearts / "hearts" / f"h1.{ending}", folder)
    told = einthoven("evaluate", folder, "--json").told
    assert list(told) == ["other"]
    assert told["other"]["intervals"]["rhythm"] == {}
    assert told["other"]["intervals"]["hours"] == pytest.approx((SECONDS - 300) / 3600, abs=0.01)


def test_alarms_are_judged_by_what_was_told_by_then(tmp_path: Path) -> None:
    """A healthy heart bears no alarm out; a standstill after minute five does not either."""
    folder = tmp_path / "alarms"
    layout, samples = heart(320, 5)
    for name, truth in (("calm", "False"), ("missed", "True"), ("later", "False")):
        if name == "later":
            samples = samples.copy()
            samples[301 * int(layout.rate_hz) :] = samples[0]
        written(folder, name, (layout, samples))
        header = folder / f"{name}.hea"
        header.write_text(f"{header.read_text()}#Asystole\n#{truth} alarm\n")
    written(folder, "other", (layout, samples))
    told = einthoven("evaluate", folder, "--json").told
    scored = told["other"]["alarms"]
    assert scored["alarms"]["Asystole"] == scored["alarms"]["all"]
    assert {name: each["counts_as"] for name, each in scored["records"].items()} == {
        "calm": "TN",
        "missed": "FN",
        "later": "TN",
    }
    assert scored["alarms"]["all"]["score"] == pytest.approx(100 * 2 / 7, abs=1e-3)
    assert told["left_out"] == {"alarms/other": "no alarm in its header"}


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["{none}"], "no such folder"),
        (["{file}"], "not a folder"),
        (["{empty}"], "no WFDB records (.hea) in it"),
        (["{plain}"], "nothing to score"),
        (["{hearts}", "-a", "../x"], "annotator '../x'"),
        (["{hearts}", "-o", "{file}"], "{file}"),
    ],
)
def test_what_cannot_be_evaluated(hearts: Path, tmp_path: Path, words: list[str], named: str) -> None:
    scene = {name: str(tmp_path / name) for name in ("none", "file", "empty", "plain")}
    scene["hearts"] = str(hearts)
    (tmp_path / "file").write_text("text")
    (tmp_path / "empty").mkdir()
    written(tmp_path / "plain", "rec", heart(5, 4))
    ran = here("evaluate", *(word.format(**scene) for word in words))
    assert (ran.code, ran.out) == (2, "")
    assert named.format(**scene) in ran.line


def test_an_interrupted_evaluation_says_so(tmp_path: Path) -> None:
    folder = database(tmp_path, "long", (1,))
    layout, samples = heart(60, 9)
    for number in range(4):
        written(folder, f"l{number}", (layout, np.tile(samples, (600, 1))))
        shutil.copy(folder / "h1.atr", folder / f"l{number}.atr")
    evaluating = begin("evaluate", folder, "--json", "-o", tmp_path / "out")
    until("a first record", (tmp_path / "out" / "long" / "h1.ein").is_file, PATIENCE_S)
    evaluating.send_signal(signal.SIGINT)
    out, err = evaluating.communicate(timeout=PATIENCE_S)
    assert (evaluating.returncode, out, err) == (130, "", "einthoven: interrupted\n")
    for path in (tmp_path / "out" / "long").iterdir():
        assert path.suffix == ".ein"
