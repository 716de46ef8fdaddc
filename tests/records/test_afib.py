"""Atrial fibrillation on real hearts: afdb and nsrdb by their intervals, mitdb by its annotated beats.

The judge was grown on these very records of afdb, nsrdb and mitdb DS1 (cross-validated figures come from
``python -m training.afib``): what is pinned here is that the stage does as it did.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.records.records import DS1, DS2, load, need, scorer

from einthoven.base.thresholds import shipped
from einthoven.ecg.afib import beats_of, find, rhythm_marks
from einthoven.ecg.afib_strip import CLASSES, classify_short_strip
from einthoven.ecg.waves import delineate_record

pytestmark = [
    pytest.mark.records,
    pytest.mark.filterwarnings(
        "ignore::pytest.PytestUnraisableExceptionWarning"
    ),  # the scorer leaves files open
]
CLASS = {"N": 1, "S": 9, "V": 5, "F": 6, "Q": 13}
PACED_CODE, RHYTHM_CODE = 12, 28
TOLD_FROM_S = 30


def rates(folder: Path, names: list[str], beats: str = "atr", p_waves: bool = False) -> dict[str, float]:
    """Gross figures of the class AFIB by the scorer, from the beats of an annotation file."""
    judge = scorer()
    thresholds = shipped().changed({"atrial_fibrillation.detect.duration_s": TOLD_FROM_S})
    sums: dict[str, float] = {}
    for name in names:
        rate, length = judge.read_header(str(folder / f"{name}.hea"))
        reference = judge.read_ann(str(folder / f"{name}.atr"), rate)
        marked = judge.read_ann(str(folder / f"{name}.{beats}"), rate)
        pairs = [
            (at, PACED_CODE if code == PACED_CODE else CLASS[judge.BEAT[code]])
            for at, code in zip(marked.time.tolist(), marked.code.tolist(), strict=True)
            if judge.BEAT.get(code, "O") != "O"
        ]
        at, code = (np.array(column, np.int64) for column in zip(*pairs, strict=True))
        rows = beats_of(at, code, round(rate * 1000))
        length = length or int(at[-1])
        if p_waves:
            samples, layout = load(folder, name)
            rows["p_score"] = delineate_record(samples, layout, rows, steady=False).p_score
        marks = rhythm_marks(find(rows, length, round(rate * 1000), thresholds), length)
        text = {index: aux for index, (_, aux) in enumerate(marks)}
        test = judge.Ann([mark for mark, _ in marks], [RHYTHM_CODE] * len(marks), [0] * len(marks), text)
        part = judge.score_record(reference, test, rate, length)["_rhythm"]["AFIB"]
        sums = {key: sums.get(key, 0) + value for key, value in part.items()}
    told: dict[str, float] = judge.episode_rates(sums)
    return told


def names_in(folder: Path, ending: str) -> list[str]:
    return sorted(path.stem for path in folder.glob(f"*.{ending}"))


def test_intervals_of_afdb() -> None:
    folder = need("afdb_annotations")
    told = rates(folder, names_in(folder, "qrs"), beats="qrs")
    assert told["dur_Se"] >= 98.1
    assert told["dur_PP"] >= 97.6
    assert told["ep_Se"] >= 82.0
    assert told["ep_PP"] >= 80.0


def test_normal_hearts_do_not_fibrillate() -> None:
    folder = need("nsrdb_annotations")
    assert rates(folder, names_in(folder, "atr"))["test_s"] == 0


def test_mitdb_ds1() -> None:
    told = rates(need("mitdb"), DS1, p_waves=True)
    assert told["dur_Se"] >= 99.0
    assert told["dur_PP"] >= 79.0
    assert told["ep_Se"] == 100.0
    assert told["ep_PP"] == 100.0


def test_mitdb_ds2_in_total() -> None:
    told = rates(need("mitdb"), DS2, p_waves=True)
    assert told["dur_Se"] >= 96.0
    assert told["dur_PP"] >= 70.0


def test_strips_of_the_2017_challenge() -> None:
    """A sample of every tenth; the judge was grown on them."""
    folder = need("cinc2017")
    rows = [line.split(",") for line in (folder / "REFERENCE-v3.csv").read_text().split()][::10]
    right = sum(
        classify_short_strip(*load(folder, name)).label == CLASSES["NAO~".index(label)]
        for name, label in rows
    )
    assert right / len(rows) >= 0.9
