"""Grow the judge of short strips: ``python -m training.afib_strip [DATA]`` prints its figures and writes
it.

Grown on what is there of the 2017 challenge. The figures are those of five-fold cross-validation, folds
drawn by class and strip (a strip is a patient, as far as is known), twice with other folds; also with half
of the strips, to show what more of them would bring.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import lightgbm as lgb  # type: ignore[import-not-found]
import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import Layout, Lead
from einthoven.ecg.afib_strip import MODEL, measure_strip
from einthoven.ecg.afib_strip_values import NAMES
from training.afib_data import strip_signal
from training.export import forest_of, save_forest
from training.figures import keep

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
LABELS = "NAO~"
FOLDS, REPEATS = 5, 2
TREES = 150
SETTINGS = {
    "objective": "multiclass",
    "num_class": len(LABELS),
    "learning_rate": 0.05,
    "num_leaves": 8,
    "min_data_in_leaf": 10,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 3.0,
    "max_bin": 63,
    "num_threads": 1,
    "seed": 0,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}


def gather(folder: Path) -> tuple[F64, I64]:
    """Values and labels of all strips."""
    rows, labels = [], []
    for line in (folder / "REFERENCE-v3.csv").read_text().split():
        name, label = line.split(",")
        signal, rate = strip_signal(folder, name)
        layout = Layout(rate, (Lead("ECG", 1000.0, 0, 16, 0),))
        rows.append(measure_strip(np.ascontiguousarray(signal[:, None]), layout)[0])
        labels.append(LABELS.index(label))
    return np.array(rows), np.array(labels, np.int64)


def grow(values: F64, labels: I64) -> Any:
    """A LightGBM booster."""
    return lgb.train(SETTINGS, lgb.Dataset(values.astype(np.float32), labels), TREES)


def folds_of(labels: I64, seed: int) -> I64:
    """A fold for each strip, each class spread evenly over them."""
    draw = np.random.default_rng(seed)
    out = np.zeros(len(labels), np.int64)
    for label in range(len(LABELS)):
        at = draw.permutation(np.flatnonzero(labels == label))
        out[at] = np.arange(len(at)) % FOLDS
    return out


def judged(values: F64, labels: I64, seed: int, share: float) -> I64:
    """Class of each strip by a judge grown on ``share`` of the other folds."""
    where = folds_of(labels, seed)
    kept = np.random.default_rng(100 + seed).random(len(labels)) < share
    out = np.zeros(len(labels), np.int64)
    for fold in range(FOLDS):
        grown = grow(values[(where != fold) & kept], labels[(where != fold) & kept])
        mine = where == fold
        sums = forest_of(grown, NAMES).scores(values[mine].astype(np.float32).astype(np.float64))
        out[mine] = sums.argmax(axis=1)
    return out


def f1(labels: I64, found: I64) -> dict[str, float]:
    """F1 of N, A and O and their mean, as the challenge counts."""
    each = {}
    for label, letter in enumerate(LABELS[:3]):
        both = ((labels == label) & (found == label)).sum()
        each[letter] = float(2 * both / ((labels == label).sum() + (found == label).sum()))
    return {**{k: round(v, 4) for k, v in each.items()}, "mean": round(sum(each.values()) / 3, 4)}


def main() -> None:
    """Cross-validate, grow on everything, write."""
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(os.environ.get("EINTHOVEN_DATA", DATA))
    values, labels = gather(data / "cinc2017")
    told: dict[str, Any] = {}
    for share in (0.5, 1.0):
        runs = [judged(values, labels, seed, share) for seed in range(REPEATS)]
        told[f"grown on {share:.0%} of the other folds"] = [f1(labels, run) for run in runs]
        if share == 1.0:
            pairs = np.bincount(labels * len(LABELS) + runs[0], minlength=len(LABELS) ** 2)
            told["strips by true class (rows) and found class, N A O ~"] = pairs.reshape(4, 4).tolist()
    path = save_forest(forest_of(grow(values, labels), NAMES), MODEL)
    report = {
        "strips": len(labels),
        "values": len(NAMES),
        "folds": FOLDS,
        "cross_validated": told,
        "bytes": path.stat().st_size,
    }
    keep("afib_strip", told)
    json.dump(report, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
