"""What ``docs/accuracy.md`` rests on: the analysis run over the data folder, and what the training kept."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from training.figures import kept

from einthoven.bootstrap.evaluate import evaluate
from einthoven.bootstrap.scoring import marks_of
from einthoven.ecg.analyze import version
from einthoven.ecg.ec57_report import DS1, DS2
from einthoven.ecg.ec57_runs import CLASSES, compare_runs
from einthoven.edges.exchange.annotations import read_annotation_file
from einthoven.edges.exchange.wfdb_files import read_header

PACED = ("102", "104", "107", "217")
NOISE_DB = {12: "e12", 6: "e06", 0: "e00"}
GROUPS = {"DS1": ("mitdb", DS1), "DS2": ("mitdb", DS2)} | {
    f"{level} dB": ("nstdb", tuple(f"{name}{ending}" for name in ("118", "119")))
    for level, ending in NOISE_DB.items()
}
"""Records whose totals are told together."""


def gather(data: Path) -> dict:
    """Every figure of the page, JSON-ready; takes minutes."""
    with tempfile.TemporaryDirectory(prefix="einthoven-accuracy-") as folder:
        told = evaluate(data, Path(folder))
        runs = {
            name: run_counts(data / database, Path(folder) / database, names)
            for name, (database, names) in GROUPS.items()
            if database in told and set(names) <= set(told[database]["records"])
        }
    return {
        "version": version(),
        "evaluated": told,
        "runs": runs,
        "alarms": told.get("other", {}).get("cinc2015", {}).get("alarms"),
        "trained": kept(),
    }


def run_counts(reference: Path, found: Path, names: Iterable[str]) -> dict[str, dict[str, int]]:
    """Couplets and runs of several records, added up."""
    out = {kind: dict.fromkeys(("TPs", "FN", "TPp", "FP"), 0) for kind in CLASSES}
    for name in names:
        rate = read_header(reference / name).rate_hz
        known, told = (
            marks_of(read_annotation_file(path), rate)
            for path in (reference / f"{name}.atr", found / f"{name}.ein")
        )
        for kind, counts in compare_runs(known, told, rate).items():
            for key, count in counts.items():
                out[kind][key] += count
    return out


def total(records: dict, names: Iterable[str], kind: str) -> tuple[float | None, float | None]:
    """Gross sensitivity and positive predictivity of some records, percent."""
    hit, missed, extra = (sum(records[name][kind][key] for name in names) for key in ("TP", "FN", "FP"))
    return share(hit, hit + missed), share(hit, hit + extra)


def share(part: float, whole: float) -> float | None:
    return 100.0 * part / whole if whole else None
