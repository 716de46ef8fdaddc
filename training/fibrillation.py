"""Train the judge of ventricular fibrillation and say what it is worth: ``python -m training.fibrillation``.

A small LightGBM forest of three classes (anything else, tachycardia, fibrillation or flutter) over the
windows that the product describes, that is those in which the heart does not plainly beat. Figures are
cross-validated by record: for each record of cudb, vfdb and for mitdb 207 the forest is trained on all
others; the other records are parted in five. The whole stage then streams through the record with the
forest that has not seen it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.fibrillation import CLASSES, MODEL
from einthoven.ecg.fibrillation_features import COUNT
from einthoven.ecg.fibrillation_leads import CASE_NAMES, GOOD, NOISY, RESTLESS
from einthoven.ecg.trees import Forest
from training.export import forest_of, save_forest
from training.fibrillation_data import ASYSTOLE, NOISE, OTHER, TACHYCARDIA, VT, Record, records
from training.fibrillation_stream import Streamed, alarms, delays, false_findings, roc, stream
from training.figures import keep

F64 = NDArray[np.float64]
DATA = Path(os.environ.get("EINTHOVEN_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
CORE = ("cudb", "vfdb")
ROUNDS = 120
SETTINGS = {
    "objective": "multiclass",
    "num_class": CLASSES,
    "extra_trees": True,
    "num_leaves": 16,
    "min_data_in_leaf": 60,
    "learning_rate": 0.06,
    "lambda_l2": 5,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "num_threads": 1,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
STEP_CORE, STEP = 4, 6
"""Every so many seconds a window is learned from."""
WEIGHT_OTHERS, WEIGHT_NOISE = 0.05, 0.3
"""Of a window outside cudb and vfdb, which are many and easy; of one annotated as noise, which may hold
anything."""


def group(record: Record) -> str:
    """What must be held out together: a record with its noisy copy."""
    return f"{'mitdb' if record.database == 'noisy' else record.database}/{record.name}"


def part(record: Record) -> tuple[F64, NDArray[np.int64], F64]:
    """Cases, classes and weights that one record gives to learn from."""
    core = record.database in CORE
    label = record.label.copy()
    weight = np.full(len(label), 1.0 if core else WEIGHT_OTHERS)
    weight[label == NOISE] *= WEIGHT_NOISE
    label[(label == NOISE) | (label == ASYSTOLE)] = OTHER
    if record.database == "cudb" and record.name in TACHYCARDIA:
        first, last = TACHYCARDIA[record.name]
        label[first : last + 1][label[first : last + 1] == OTHER] = VT
    if core:
        weight *= np.sqrt(420 / max(1, np.sum(label[5:] >= 0) / 5))
    kept = label >= 0
    kept[np.arange(len(label)) % (STEP_CORE if core or record.name == "207" else STEP) > 0] = False
    rows, leads = np.nonzero((record.state == RESTLESS) & kept[:, None])
    return record.cases[rows, leads], label[rows], weight[rows] * 2 / record.state.shape[1]


def grow(parts: list[tuple[F64, NDArray[np.int64], F64]]) -> Forest:
    """The forest of these parts: first the trees for leads whose usual look is known, then the others."""
    import lightgbm

    cases, classes, weights = (np.concatenate(column) for column in zip(*parts, strict=True))
    known = ~np.isnan(cases[:, COUNT])
    usual = lightgbm.Dataset(cases[known], classes[known], weight=weights[known])
    alone = lightgbm.Dataset(cases[:, :COUNT], classes, weight=weights)
    one, two = (forest_of(lightgbm.train(SETTINGS, data, ROUNDS), CASE_NAMES) for data in (usual, alone))
    joined = {
        name: np.concatenate([getattr(one, name), getattr(two, name)]) for name in ("feature", "threshold")
    }
    child, root = (
        np.concatenate([getattr(one, name), getattr(two, name) + len(one.feature)]).astype(np.int32)
        for name in ("child", "root")
    )
    return Forest(joined["feature"], joined["threshold"], child, root, one.classes, one.names)


def held_out(kept: list[Record]) -> tuple[list[Streamed], list[Streamed]]:
    """Every record streamed with a forest that has not seen it; the core again with nothing usual known."""
    names = sorted({group(record) for record in kept})
    alone = {name for name in names if name.startswith(CORE) or name == "mitdb/207"}
    fold = {name: name if name in alone else f"fold {index % 5}" for index, name in enumerate(names)}
    parts = [part(record) for record in kept]
    done: dict[str, Forest] = {}
    for key in sorted(set(fold.values())):
        seen = [one for one, record in zip(parts, kept, strict=True) if fold[group(record)] != key]
        done[key] = grow(seen)
    usual = [stream(record, done[fold[group(record)]]) for record in kept]
    core = [record for record in kept if record.database in CORE]
    return usual, [stream(stranger(record), done[fold[group(record)]]) for record in core]


def stranger(record: Record) -> Record:
    """The record as if no second of it were good: nothing is ever learned of its leads."""
    return replace(record, quality=np.where(record.quality == GOOD, NOISY, record.quality))


def within(kept: list[Record], database: str) -> list[Streamed]:
    """Leave one record out within one database alone."""
    mine = [record for record in kept if record.database == database]
    return [stream(one, grow([part(other) for other in mine if other is not one])) for one in mine]


def figures(streamed: list[Streamed], strange: list[Streamed]) -> dict[str, Any]:
    """All that is told of the stage, from what ``held_out`` gave."""
    unknown = {name: [s for s in strange if s.record.database == name] for name in CORE}
    by = {name: [s for s in streamed if s.record.database == name] for name in (*CORE, "mitdb", "svdb")}
    alarmed = [s for s in streamed if s.record.database == "cinc2015"]
    plain = [s for s in alarmed if not s.record.comments[0].startswith(("Ventricular", "Asystole"))]
    noises = {name: [s for s in streamed if s.record.database == name] for name in ("noisy", "nstdb")}
    return {
        "windows": {
            "cudb": roc(by["cudb"], {}),
            "cudb, tachycardia of two records left out": roc(by["cudb"], TACHYCARDIA),
            "vfdb": roc(by["vfdb"], {}),
            "vfdb, noise counted": roc(by["vfdb"], {}, noise=True),
            "cudb, nothing usual known, tachycardia left out": roc(unknown["cudb"], TACHYCARDIA),
            "vfdb, nothing usual known": roc(unknown["vfdb"], {}),
        },
        "delays": {name: delays(by[name]) for name in CORE},
        "delays, nothing usual known": {name: delays(unknown[name]) for name in CORE},
        "false": {
            **{name: false_findings(by[name]) for name in by},
            **{name: false_findings(noises[name]) for name in noises},
            "cinc2015, alarms of rate": false_findings(plain),
        },
        "cinc2015": {
            "fibrillation": alarms(alarmed, "Ventricular_Flutter_Fib", asystole=False),
            "asystole": alarms(alarmed, "Asystole", asystole=True),
        },
    }


def main() -> None:
    """Print the figures as JSON, then train on everything and write the model."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--data", type=Path, default=DATA)
    asked.add_argument("--no-figures", action="store_true", help="train and write only")
    arguments = asked.parse_args()
    every = list(records(arguments.data))
    if not arguments.no_figures:
        told = figures(*held_out(every))
        told["windows, trained within"] = {name: roc(within(every, name), {}) for name in CORE}
        keep("fibrillation", told)
        sys.stdout.write(json.dumps(told, indent=1) + "\n")
    path = save_forest(grow([part(record) for record in every]), MODEL)
    sys.stdout.write(json.dumps({"model": path.name, "bytes": path.stat().st_size}) + "\n")


if __name__ == "__main__":
    main()
