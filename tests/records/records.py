"""Real ECG for the tests that pin accuracy; skipped where there is none."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

from einthoven.base.layout import Layout, Lead
from einthoven.ecg.analyze import Analysis, analyze

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("EINTHOVEN_DATA", ROOT.parent / "shared" / "data"))
TOOLS = DATA.parent / "tools"
_DS1_100 = (101, 106, 108, 109, 112, 114, 115, 116, 118, 119, 122, 124)
_DS1_200 = (201, 203, 205, 207, 208, 209, 215, 220, 223, 230)
DS1 = [str(number) for number in _DS1_100 + _DS1_200]
_DS2_100 = (100, 103, 105, 111, 113, 117, 121, 123)
_DS2_200 = (200, 202, 210, 212, 213, 214, 219, 221, 222, 228, 231, 232, 233, 234)
DS2 = [str(number) for number in _DS2_100 + _DS2_200]
PACED = ["102", "104", "107", "217"]


def need(database: str) -> Path:
    """Folder of a database, or skip the test."""
    folder = DATA / database
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    return folder


def scorer() -> ModuleType:
    """The EC57 scorer that lies beside the data, or skip the test."""
    if not (TOOLS / "score_ec57.py").is_file():
        pytest.skip(f"no scorer in {TOOLS}")
    sys.path.insert(0, str(TOOLS))
    try:
        import score_ec57
    finally:
        sys.path.remove(str(TOOLS))
    module: ModuleType = score_ec57
    return module


def load(folder: Path, name: str) -> tuple[NDArray[np.int16], Layout]:
    """Samples and layout of a WFDB record."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # wfdb's own, of the pandas it uses
        import wfdb

        record = wfdb.rdrecord(str(folder / name), physical=False)
    signals = zip(
        record.sig_name, record.adc_gain, record.baseline, record.adc_res, record.adc_zero, strict=True
    )
    leads = tuple(
        Lead(f"{number}-{title}", float(gain) or 200.0, int(base), int(bits) or 12, int(zero))
        for number, (title, gain, base, bits, zero) in enumerate(signals)
    )
    return np.ascontiguousarray(record.d_signal.astype(np.int16)), Layout(float(record.fs), leads)


def qrs(folder: Path, names: list[str]) -> tuple[float, float, dict[str, tuple[float, float]]]:
    """Gross sensitivity and positive predictivity of QRS detection in percent, and each record's."""
    judge = scorer()
    counts = np.zeros(3, np.int64)
    each: dict[str, tuple[float, float]] = {}
    for name in names:
        result: Analysis = analyze(*load(folder, name))
        rate, length = judge.read_header(str(folder / f"{name}.hea"))
        reference = judge.read_ann(str(folder / f"{name}.atr"), rate)
        found = judge.Ann(result.beats["sample"], result.beats["code"], np.zeros(len(result.beats)))
        score = judge.score_record(reference, found, rate, length)["qrs"]
        counts += [score["TP"], score["FN"], score["FP"]]
        each[name] = (score["Se"], score["PP"])
    hit, missed, extra = (int(count) for count in counts)
    return 100 * hit / (hit + missed), 100 * hit / (hit + extra), each
