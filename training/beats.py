"""Learn the classes of beats: ``python -m training.beats``.

Two forests. The first classes a beat as soon as it is measured; the second for good, when the beats after it
are known, and it also looks at what the first said of this shape's beats so far. What the first says must
come from records that it was not learned from, so it is learned five times, each time without a fifth of the
patients. Figures are of patients left out, of real records only (nothing made). Seeded; the same data and
versions give the same bytes.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.bay import NO_TREES, Bay, Trees
from einthoven.ecg.study_context import FINAL_NAMES, FIRST_NAMES
from einthoven.ecg.study_layout import CLASSES
from training.beat_data import ARTEFACT, N, S, Sample, V, noisy, records, with_bursts
from training.export import forest_of, save_forest
from training.figures import keep

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
FOLDS = 5
ROUNDS = 80
SEED = 7
MADE_WEIGHT = 0.5
N_KEPT = 0.4
"""Share of the beats of class N that is learned from, each counting so much more."""
HINTS_OF_A_PATIENT = ("amp_uv", "polarity", "shape_count", "ref_share", "t_area", "rr_usual", "shape_judged")
"""Values by which a forest would know a patient again rather than a class."""
OPINIONS = tuple(
    f"{who}_{kind}" for who in ("own", "next", "next2", "prev", "prev2", "shape") for kind in "ns"
)
OPINIONS += ("next_v", "next2_v", "prev_v", "prev2_v")
"""What the first forest says of N and S, here and around: tried, and worse than doing without."""
FACTORS = {S: 0.5, V: 0.5, ARTEFACT: 0.3}
"""By how much the chances of a class count less than they are: S so that as many are missed as falsely
called among the patients left out, V and artefacts so that rather one beat is called usual than one alarm
given or beat lost."""
SETTINGS = {
    "objective": "multiclass",
    "num_class": CLASSES,
    "num_leaves": 16,
    "learning_rate": 0.1,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.6,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
    "max_bin": 127,
    "num_threads": 2,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
    "seed": SEED,
}


class Cases:
    """Measured beats of all records: values float32[n, values], labels, record and fold of each."""

    def __init__(self, sources: list[Sample], folds: dict[str, int], forests: Callable[[int], Trees]) -> None:
        values, labels, owner = [], [], []
        for number, source in enumerate(sources):
            sample, table = measured(source, (forests(folds[source.name]), NO_TREES))
            values.append(table.astype(np.float32))
            labels.append(source.label(sample))
            owner.append(np.full(len(table), number))
        self.values = np.concatenate(values)
        self.label = np.concatenate(labels)
        self.owner = np.concatenate(owner)
        self.fold = np.array([folds[source.name] for source in sources])[self.owner]
        self.made = np.array([source.made for source in sources])[self.owner]


def measured(source: Sample, forests: tuple[Trees, Trees]) -> tuple[I64, F64]:
    """``(sample of each beat, float64[n, len(FINAL_NAMES)])`` as the product measures them."""
    bay = Bay(source.layout.rate_mhz, len(source.layout.leads), slots=1, forests=forests)
    slot, one = bay.take(source.layout), np.ones(1, np.int64)
    room = len(source.samples) * 6000 // source.layout.rate_mhz + 200
    dump = np.zeros((room, len(FINAL_NAMES) + 1))
    flat = np.ascontiguousarray(source.samples).reshape(-1)
    bay.advance(one * slot, flat, one * 0, one * 0, one * len(source.samples), dump=dump)
    table = dump[1 : int(dump[0, 0]) + 1]
    return table[:, 0].astype(np.int64), table[:, 1:]


def sources_of(real: list[Sample]) -> list[Sample]:
    """The records, copies of them in noise, and copies with bursts of early beats."""
    loud = [noisy(source, 1000 + number) for number, source in enumerate(real)]
    bursts = [with_bursts(source, 50 + number) for number, source in enumerate(real)]
    return real + [made for made in bursts if made is not None] + loud


def folds_of(real: list[Sample]) -> dict[str, int]:
    """A fold for every patient, at random."""
    names = sorted(source.name for source in real)
    np.random.default_rng(SEED).shuffle(names)
    return {name: number % FOLDS for number, name in enumerate(names)}


def hidden(names: tuple[str, ...], left_out: tuple[str, ...]) -> list[int]:
    """Columns of the values that are left out."""
    return [number for number, name in enumerate(names) if name in left_out]


def learn(cases: Cases, names: tuple[str, ...], left_out: tuple[str, ...], chosen: NDArray[np.bool_]) -> Any:
    """A booster over the chosen cases; values left out are held at zero, so that no tree looks at them."""
    rng = np.random.default_rng(SEED)
    keep = chosen & (cases.label >= 0) & ((cases.label != N) | (rng.random(len(cases.label)) < N_KEPT))
    table = cases.values[keep][:, : len(names)].copy()
    table[:, hidden(names, left_out)] = 0
    weight = np.where(cases.label[keep] == N, 1 / N_KEPT, 1.0) * np.where(cases.made[keep], MADE_WEIGHT, 1.0)
    return lgb.train(SETTINGS, lgb.Dataset(table, cases.label[keep], weight=weight), ROUNDS)


def ask(booster: Any, cases: Cases, names: tuple[str, ...], left_out: tuple[str, ...], rows: I64) -> F64:
    """Chances float64[rows, classes]."""
    table = cases.values[rows][:, : len(names)].copy()
    table[:, hidden(names, left_out)] = 0
    chances: F64 = booster.predict(table)
    return chances


def across(
    cases: Cases, names: tuple[str, ...], left_out: tuple[str, ...], say: Callable[[str], None]
) -> tuple[list[Any], F64]:
    """One booster a fold, learned without it, and what they say of the fold they did not see."""
    boosters, chances = [], np.zeros((len(cases.label), CLASSES))
    for fold in range(FOLDS):
        booster = learn(cases, names, left_out, cases.fold != fold)
        rows = np.flatnonzero(cases.fold == fold)
        chances[rows] = ask(booster, cases, names, left_out, rows)
        boosters.append(booster)
        say(f"fold {fold + 1} of {FOLDS}")
    return boosters, chances


def figures(cases: Cases, chances: F64, sources: list[Sample]) -> dict[str, Any]:
    """Sensitivity and positive predictivity in percent by database, beats found only, first minutes
    included."""
    weighed = chances.copy()
    for kind, factor in FACTORS.items():
        weighed[:, kind] *= factor
    called = weighed.argmax(axis=1)
    out: dict[str, Any] = {}
    for database in ("mitdb", "svdb"):
        mine = np.array([s.name.startswith(database) and not s.made for s in sources])[cases.owner]
        rows = mine & (cases.label >= 0)
        matrix = np.zeros((CLASSES, CLASSES), np.int64)
        np.add.at(matrix, (cases.label[rows], called[rows]), 1)
        veb = matrix[[N, S, ARTEFACT], V].sum() + matrix[V, V]
        out[database] = {
            "veb_se": round(100 * matrix[V, V] / matrix[V].sum(), 2),
            "veb_pp": round(100 * matrix[V, V] / veb, 2),
            "sveb_se": round(100 * matrix[S, S] / matrix[S].sum(), 2),
            "sveb_pp": round(100 * matrix[S, S] / matrix[:, S].sum(), 2),
            "rows_nsvf_artefact": matrix.tolist(),
        }
    return out


def main() -> None:
    """Learn, print figures as JSON, write ``beats_first.npz`` and ``beats_final.npz``."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    begun = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - begun:6.0f} s  {text}", file=sys.stderr, flush=True)

    real = records()
    folds, sources = folds_of(real), sources_of(real)
    say(f"{len(sources)} records, {len(sources) - len(real)} of them made")
    bare = Cases(sources, folds, lambda _: NO_TREES)
    say(f"{len(bare.label)} beats measured")
    boosters, chances = across(bare, FIRST_NAMES, HINTS_OF_A_PATIENT, say)
    report = {"first": figures(bare, chances, sources)}
    unseen = [forest_of(booster, FIRST_NAMES).weighed(FACTORS).abreast() for booster in boosters]
    first = learn(bare, FIRST_NAMES, HINTS_OF_A_PATIENT, np.ones(len(bare.label), np.bool_))
    save_forest(forest_of(first, FIRST_NAMES).weighed(FACTORS), "beats_first")
    del bare
    cases = Cases(sources, folds, lambda fold: unseen[fold])
    left_out = HINTS_OF_A_PATIENT + OPINIONS
    _, chances = across(cases, FINAL_NAMES, left_out, say)
    report["final"] = figures(cases, chances, sources)
    final = learn(cases, FINAL_NAMES, left_out, np.ones(len(cases.label), np.bool_))
    save_forest(forest_of(final, FINAL_NAMES).weighed(FACTORS), "beats_final")
    say("written")
    keep("beats", report)
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
