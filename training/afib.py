"""Grow the judge of atrial fibrillation: ``python -m training.afib [DATA]`` prints its figures and writes
it.

Grown on the intervals of afdb (unaudited beats), mitdb DS1 (annotated beats and classes), nsrdb, the strips
of the 2017 challenge (beats as the analysis finds them) and simulated irregular rhythms. The figures are
those of five-fold cross-validation, folds drawn by record; a forest judges only records that it was not
grown on. svdb is left out: several of its records fibrillate without being annotated so.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lightgbm as lgb  # type: ignore[import-not-found]
import numpy as np
from numpy.typing import NDArray

from einthoven.base.thresholds import Thresholds, shipped
from einthoven.ecg.afib import MODEL, beats_of, rows_of
from einthoven.ecg.afib_features import NAMES, RISING
from einthoven.ecg.findings import END, START, Finding, fold
from einthoven.ecg.trees import Forest
from training.afib_data import DS1, FIBRILLATION, FLUTTER, Heart, annotated, cases, found, intervals, strips
from training.afib_simulated import simulated
from training.export import forest_of, save_forest
from training.figures import keep

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
FOLDS = 5
START_S = 300
"""The first five minutes are not scored (EC57)."""
TREES = 100
SETTINGS = {
    "objective": "binary",
    "learning_rate": 0.06,
    "num_leaves": 6,
    "min_data_in_leaf": 60,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 127,
    "monotone_constraints": list(RISING),
    "monotone_constraints_method": "intermediate",
    "num_threads": 1,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
STEP = {"afdb": 4, "nsrdb": 12, "mitdb": 1, "cinc2017": 1}
WEIGHT = {"afdb": 2.0, "nsrdb": 0.5, "mitdb": 1.0, "cinc2017": 0.3, "simulated": 0.25}
"""Every ``STEP``-th interval is a case. A record weighs as the root of its cases."""
FLUTTER_WEIGHT, OTHER_WEIGHT = 0.3, 0.5
Cases = tuple[F64, I64, F64, I64]


def hearts(data: Path) -> dict[str, list[Heart]]:
    """All records, by database."""

    def names(database: str, ending: str) -> list[str]:
        return sorted(path.stem for path in (data / database).glob(f"*.{ending}"))

    afdb, nsrdb = data / "afdb_annotations", data / "nsrdb_annotations"
    return {
        "afdb": [annotated(afdb, name, "qrs") for name in names("afdb_annotations", "qrs")],
        "nsrdb": [annotated(nsrdb, name) for name in names("nsrdb_annotations", "atr")],
        "mitdb": [annotated(data / "mitdb", name) for name in DS1],
        "cinc2017": strips(data / "cinc2017"),
    }


def fold_of(count: int, seed: int) -> I64:
    """A fold for each of ``count`` records."""
    return np.random.default_rng(seed).permutation(np.arange(count) % FOLDS)


def gather(records: dict[str, list[Heart]]) -> tuple[Cases, dict[str, I64]]:
    """Values, labels, weights and folds of all cases; and the folds of the records."""
    parts: list[Cases] = []
    folds = {name: fold_of(len(group), seed) for seed, (name, group) in enumerate(records.items())}
    for name, group in records.items():
        for heart, part in zip(group, folds[name].tolist(), strict=True):
            rr, at = intervals(heart)
            if len(rr) == 0 or heart.label == "~":
                continue
            values, chosen = cases(rr, STEP[name], part % STEP[name])
            rhythm = heart.rhythm[at[chosen]]
            weight = np.full(len(rhythm), WEIGHT[name] / max(len(rhythm), 1) ** 0.5)
            weight[rhythm == FLUTTER] *= FLUTTER_WEIGHT
            weight *= OTHER_WEIGHT if heart.label == "O" else 1.0
            parts.append(
                (values, (rhythm == FIBRILLATION).astype(np.int64), weight, np.full(len(rhythm), part))
            )
    rows = simulated()
    for rr, part in zip(rows, fold_of(len(rows), len(records)).tolist(), strict=True):
        values, chosen = cases(rr, 2)
        weight = np.full(len(chosen), WEIGHT["simulated"] / len(chosen) ** 0.5)
        parts.append((values, np.zeros(len(chosen), np.int64), weight, np.full(len(chosen), part)))
    values, labels, weights, where = (np.concatenate(column) for column in zip(*parts, strict=True))
    return (values, labels, weights * 8.0, where), folds


def grow(values: F64, labels: I64, weights: F64) -> Forest:
    """A forest for the odds of fibrillation."""
    data = lgb.Dataset(values.astype(np.float32), labels, weight=weights)
    return forest_of(lgb.train(SETTINGS, data, TREES), NAMES)


def overlap(one: I64, other: I64) -> tuple[int, int]:
    """Samples that two lists of spans share, and how many of ``one`` meet any of ``other``."""
    shared, met = 0, 0
    for start, stop in one.tolist():
        common = sum(max(0, min(stop, b) - max(start, a)) for a, b in other.tolist())
        shared, met = shared + common, met + (common > 0)
    return shared, met


def scored(spans: I64, heart: Heart) -> I64:
    """Spans less the first five minutes."""
    first = START_S * heart.rate_mhz // 1000
    clipped = np.clip(spans, first, heart.samples)
    return clipped[clipped[:, 1] > clipped[:, 0]]


def judged(heart: Heart, forest: Forest, thresholds: Thresholds) -> I64:
    """Episodes that the stage finds, int64[n, 2]."""
    beats = beats_of(heart.beats, heart.codes, heart.rate_mhz)
    found_here: list[Finding] = fold(rows_of(beats, heart.samples, heart.rate_mhz, thresholds, forest))
    spans = [(f.start, heart.samples if f.end is None else f.end) for f in found_here]
    assert START < END
    return np.array(spans, np.int64).reshape(-1, 2)


def figures(group: Sequence[Heart], forests: Sequence[Forest], thresholds: Thresholds) -> dict[str, float]:
    """Gross figures after EC57, in percent: of time and of episodes; and seconds found that are none."""
    sums: F64 = np.zeros(7)
    for heart, forest in zip(group, forests, strict=True):
        truth, test = scored(heart.episodes, heart), scored(judged(heart, forest, thresholds), heart)
        shared, met = overlap(truth, test)
        _, right = overlap(test, truth)
        seconds = np.array([shared, (truth[:, 1] - truth[:, 0]).sum(), (test[:, 1] - test[:, 0]).sum()])
        sums += [*(seconds * 1000.0 / heart.rate_mhz), met, len(truth), right, len(test)]
    shared_s, truth_s, test_s, met, truths, right, tests = sums.tolist()

    def share(part: float, whole: float) -> float:
        return round(100.0 * part / whole, 2) if whole else float("nan")

    return {
        "time_se": share(shared_s, truth_s),
        "time_pp": share(shared_s, test_s),
        "episodes_se": share(met, truths),
        "episodes_pp": share(right, tests),
        "false_s": round(test_s - shared_s, 1),
    }


def cross_validated(data: Path, records: dict[str, list[Heart]]) -> tuple[dict[str, Any], Cases]:
    """Figures of records judged by forests that were not grown on them."""
    everything, folds = gather(records)
    values, labels, weights, where = everything
    forests = [grow(values[where != k], labels[where != k], weights[where != k]) for k in range(FOLDS)]
    records = {**records, "mitdb, found beats": [found(data / "mitdb", name) for name in DS1]}
    folds["mitdb, found beats"] = folds["mitdb"]
    out: dict[str, Any] = {}
    for seconds in (10, 30, 60):
        thresholds = shipped().changed({"atrial_fibrillation.detect.duration_s": seconds})
        for name, group in records.items():
            if name != "cinc2017":
                mine = [forests[k] for k in folds[name].tolist()]
                out.setdefault(f"told from {seconds} s", {})[name] = figures(group, mine, thresholds)
    return out, everything


def main() -> None:
    """Cross-validate, grow on everything, write."""
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(os.environ.get("EINTHOVEN_DATA", DATA))
    told, (values, labels, weights, _) = cross_validated(data, hearts(data))
    path = save_forest(grow(values, labels, weights), MODEL)
    report = {
        "features": list(NAMES),
        "cases": len(labels),
        "folds": FOLDS,
        "cross_validated": told,
        "bytes": path.stat().st_size,
    }
    keep("afib", told)
    json.dump(report, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
