"""How well the borders of the waves lie on the QT database: the tables of ``docs/accuracy.md``.

The lengths in ``ecg.waves_kernels`` were found by random search on 24 records: steps of a factor e^N(0, 0.25)
in one to three of them at a time, 1,600 tries for T, 1,600 for P, 2,900 for QRS. The target was the sum of
the SD over all beats and the mean SD of the records, of the better lead and of all leads. Of
``sel100``, ``sel221`` and ``sel232``, excerpts of report-only records, only "all" has the totals.

Run: ``python -m training.waves QTDB_FOLDER``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import wfdb
from numpy.typing import NDArray

from einthoven.base.layout import Layout, Lead
from einthoven.ecg.analyze import analyze
from einthoven.ecg.waves import delineate_record

F64 = NDArray[np.float64]

REPORT_ONLY = ("sel100", "sel221", "sel232")
BORDERS = {"P on": 0, "P peak": 1, "P off": 2, "QRS on": 3, "QRS off": 5, "T peak": 7, "T end": 8}
WITHIN_S = 0.6
"""A P wave farther than this before a QRS complex is not its own."""


def manual_borders(path: Path, rate_hz: float) -> F64:
    """Borders of each annotated beat (``.q1c``): float64[beats, 9], columns as ``ecg.waves``, NaN: none."""
    marks = wfdb.rdann(str(path), "q1c")
    waves: list[tuple[str, F64]] = []
    opened = np.nan
    for sample, symbol in zip(marks.sample, marks.symbol, strict=True):
        if symbol == "(":
            opened = float(sample)
            continue
        if symbol == ")":
            if waves and np.isnan(waves[-1][1][2]):
                waves[-1][1][2] = sample
        else:
            kind = symbol if symbol in "ptu" else "q"
            waves.append((kind, np.array([opened, sample, np.nan])))
        opened = np.nan
    rows = []
    for index, (kind, wave) in enumerate(waves):
        if kind != "q":
            continue
        row = np.full(9, np.nan)
        row[3:6] = wave
        if index and waves[index - 1][0] == "p" and wave[1] - waves[index - 1][1][1] < WITHIN_S * rate_hz:
            row[:3] = waves[index - 1][1]
        if index + 1 < len(waves) and waves[index + 1][0] == "t":
            row[6:] = waves[index + 1][1]
        rows.append(row)
    return np.array(rows)


def errors_ms(path: Path) -> tuple[F64, F64, F64]:
    """Of one record: known borders, errors of the better lead and of all leads together, each [beats, 9]."""
    record = wfdb.rdrecord(str(path), physical=False)
    leads = tuple(
        Lead(f"{number}-{name}", float(gain), int(base))
        for number, (name, gain, base) in enumerate(
            zip(record.sig_name, record.adc_gain, record.baseline, strict=True)
        )
    )
    samples, layout = np.ascontiguousarray(record.d_signal.astype(np.int16)), Layout(float(record.fs), leads)
    beats = analyze(samples, layout).beats
    told = delineate_record(samples, layout, beats).borders.astype(np.float64)
    told[told < 0] = np.nan
    known = manual_borders(path, layout.rate_hz)
    nearest = np.abs(beats["sample"][:, None].astype(np.float64) - known[None, :, 4]).argmin(axis=0)
    away = (told[nearest] - known[:, None]) * 1000.0 / layout.rate_hz
    size = np.where(np.isfinite(away[:, 1:]), np.abs(away[:, 1:]), np.inf)
    better = np.take_along_axis(away[:, 1:], size.argmin(axis=1)[:, None], axis=1)[:, 0]
    return known, better, away[:, 0]


def figures(parts: list[tuple[F64, F64, F64]]) -> dict[str, dict[str, float]]:
    """Mean error, SD over all beats, mean SD of the records, and share seen in percent, of each border."""
    out: dict[str, dict[str, float]] = {}
    for name, column in BORDERS.items():
        row: dict[str, float] = {}
        for index, kind in ((1, "better lead"), (2, "all leads")):
            wanted = [part[index][np.isfinite(part[0][:, column]), column] for part in parts]
            seen = [errors[np.isfinite(errors)] for errors in wanted]
            seen = [errors for errors in seen if len(errors)]
            whole = np.concatenate(seen)
            row[f"{kind}: mean"] = round(float(whole.mean()), 1)
            row[f"{kind}: SD"] = round(float(whole.std()), 1)
            row[f"{kind}: SD of records"] = round(float(np.mean([errors.std() for errors in seen])), 1)
            row[f"{kind}: seen %"] = round(100.0 * len(whole) / sum(len(errors) for errors in wanted), 2)
        out[name] = row
    return out


def main(folder: Path) -> None:
    """Print both tables as JSON."""
    parts = {header.stem: errors_ms(header.with_suffix("")) for header in sorted(folder.glob("*.hea"))}
    tuned = [part for name, part in parts.items() if name not in REPORT_ONLY]
    print(json.dumps({"tuned on": figures(tuned), "all": figures(list(parts.values()))}, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
