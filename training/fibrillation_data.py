"""Windows for the judge of fibrillation: what the product's own look makes of records.

Labels, per second, of the five seconds before it, only where all five are the same:
cudb: the third-party table per 5 s (a window that lies in two of them counts when they agree).
vfdb: ``(VF (VFIB (VFL`` fibrillation, ``(VT`` tachycardia, all others nothing shockable.
mitdb DS1: ``[ … ]`` and ``(VFL`` fibrillation, ``(VT`` and ``(IVR`` left out, others nothing shockable.
svdb: nothing shockable. cinc2015: nothing shockable, records with a true alarm of VT or VF left out.
nstdb: the noises alone, and added to mitdb DS1 at once, half and twice the size of its beats.
Two stretches of cudb show ventricular tachycardia that the table, which marks fibrillation alone, has as not
shockable (``TACHYCARDIA``): the judge learns them as tachycardia; figures are given with and without them.
"""

from __future__ import annotations

import csv
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.ecg.analyze import analyze
from einthoven.ecg.fibrillation_layout import AT_LEADS
from einthoven.ecg.fibrillation_leads import BLIND, CASE, LEAD_WORDS, glance, look

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

OTHER, VT, VF = 0, 1, 2
NO_PULSES = np.zeros(0, np.uint8)
UNKNOWN, NOISE, ASYSTOLE = -1, 3, 4
DS1_LOW = (101, 106, 108, 109, 112, 114, 115, 116, 118, 119, 122, 124)
DS1_HIGH = (201, 203, 205, 207, 208, 209, 215, 220, 223, 230)
DS1 = [str(number) for number in DS1_LOW + DS1_HIGH]
TACHYCARDIA = {"cu09": (435, 508), "cu13": (385, 425)}
VFDB = {"(VF": VF, "(VFIB": VF, "(VFL": VF, "(VT": VT, "(NOISE": NOISE, "(ASYS": ASYSTOLE}
MITDB = {"(VFL": VF, "(VT": UNKNOWN, "(IVR": UNKNOWN}


@dataclass(slots=True)
class Record:
    """A record, averaged and looked at.

    Attributes:
        database, name: where it comes from.
        rate_hz: sampling rate; every: samples averaged to one value.
        signal: int16[leads, values], averaged; unit_uv: float64[leads], microvolts of a unit.
        quality: uint8[seconds, leads]; beats: int64[n], as the analysis says.
        label: int[seconds + 1], class of the five seconds before each second.
        cases: float64[seconds + 1, leads, CASE]; state: int[seconds + 1, leads], what the look came to.
    """

    database: str
    name: str
    rate_hz: float
    every: int
    signal: NDArray[np.int16]
    unit_uv: F64
    quality: NDArray[np.uint8]
    beats: I64
    comments: list[str] = field(default_factory=list)
    label: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    cases: F64 = field(default_factory=lambda: np.zeros((0, 0, 0)))
    state: I64 = field(default_factory=lambda: np.zeros((0, 0), np.int64))

    @property
    def seconds(self) -> int:
        """Whole seconds."""
        return int(self.signal.shape[1] * self.every / self.rate_hz)


@njit(nogil=True)
def look_through(
    signal: NDArray[np.int16],
    unit_uv: F64,
    every: int,
    rate_hz: float,
    quality: I64,
    cases: F64,
    state: I64,
) -> None:
    """Look at every lead at the end of every second, calm or not."""
    leads, length = signal.shape
    f = np.zeros(AT_LEADS + leads * LEAD_WORDS)
    w = f.view(np.int64)
    before = 0
    for number in range(len(quality)):
        filled = min(int(np.ceil((number + 1) * rate_hz)) // every, length)
        for lead in range(leads):
            at = AT_LEADS + lead * LEAD_WORDS
            mine, unit, rate = signal[lead], unit_uv[lead], rate_hz / every
            seen = glance(
                f, w, at, mine, unit, filled, filled - before, number, rate, quality[number, lead], NO_PULSES
            )
            state[number + 1, lead] = seen
            if seen != BLIND:
                look(f, w, at, mine, unit, filled, number, rate, True, cases[number + 1, lead])
        before = filled


def look_at(record: Record) -> Record:
    """Fill ``cases`` and ``state``."""
    seconds, leads = record.seconds, len(record.signal)
    record.cases = np.full((seconds + 1, leads, CASE), np.nan)
    record.state = np.zeros((seconds + 1, leads), np.int64)
    quality = record.quality[:seconds].astype(np.int64)
    fixed = (record.signal, record.unit_uv, record.every, record.rate_hz, quality)
    look_through(*fixed, record.cases, record.state)
    return record


def _filled(column: NDArray[np.int16]) -> NDArray[np.int16]:
    """Samples that were not measured are taken as the one before."""
    index = np.where(column == INVALID_SAMPLE, 0, np.arange(len(column)))
    return column[np.maximum.accumulate(index)]


def read(folder: Path, name: str) -> tuple[Record, Any]:
    """A record's ECG leads, and its annotation (None without one)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import wfdb

        raw = wfdb.rdrecord(str(folder / name), physical=False)
        path = folder / f"{name}.atr"
        marks = wfdb.rdann(str(folder / name), "atr") if path.is_file() else None
    kept = [index for index, unit in enumerate(raw.units) if unit == "mV"]
    samples = raw.d_signal[:, kept].astype(np.int16)
    gain = np.array([float(raw.adc_gain[index]) or 200.0 for index in kept])
    base = np.array([int(raw.baseline[index]) for index in kept])
    leads = tuple(
        Lead(f"{i}", float(gain[i]), int(base[i]), int(raw.adc_res[k]) or 12, int(raw.adc_zero[k]))
        for i, k in enumerate(kept)
    )
    rate = float(raw.fs)
    every = max(1, round(rate / 125))
    found = analyze(np.ascontiguousarray(samples), Layout(rate, leads))
    length = len(samples) // every
    for column in samples.T:
        column[:] = _filled(column)
    total = samples[: length * every].reshape(length, every, -1).sum(axis=1, dtype=np.int64)
    averaged = np.ascontiguousarray(((2 * total + every) // (2 * every)).T.astype(np.int16))
    beats = found.beats["sample"].astype(np.int64)
    record = Record(folder.name, name, rate, every, averaged, 1000 / gain, found.went_by, beats)
    record.comments = list(raw.comments)
    return record, marks


def _pure(tenths: I64, seconds: int) -> I64:
    """Class of the five seconds before each second, from the class of each tenth of a second."""
    label = np.full(seconds + 1, UNKNOWN)
    for second in range(5, seconds + 1):
        part = tenths[(second - 5) * 10 : second * 10]
        if part.min() == part.max():
            label[second] = part[0]
        elif set(part.tolist()) == {VT, VF}:
            label[second] = VF
    return label


def _from_marks(record: Record, marks: Any, names: dict[str, int]) -> I64:
    tenths = np.full(record.seconds * 10 + 1, OTHER)
    for sample, symbol, aux in zip(marks.sample, marks.symbol, marks.aux_note, strict=True):
        begin = round(sample / record.rate_hz * 10)
        if symbol == "[":
            tenths[begin:] = VF
        elif symbol == "]":
            tenths[begin:] = OTHER
        elif symbol == "+":
            tenths[begin:] = names.get(aux.strip("\0"), OTHER)
    return _pure(tenths, record.seconds)


def _from_table(folder: Path, name: str, seconds: int) -> I64:
    tenths = np.full(seconds * 10 + 60, UNKNOWN)
    with (folder / "CUDB_5s_shockable_labels.csv").open() as lines:
        for row in csv.DictReader(lines):
            if row["record"] == name:
                begin = round(float(row["start_s"]) * 10)
                tenths[begin : begin + 50] = VF if row["shockable"] == "1" else OTHER
    return _pure(tenths, seconds)


def _alarm(record: Record) -> I64:
    kind, truth = record.comments[0], record.comments[1]
    left_out = kind.startswith("Ventricular") and truth.startswith("True")
    return np.full(record.seconds + 1, UNKNOWN if left_out else OTHER)


def noisy(clean: Record, noise: Record, number: int) -> Record:
    """The first ten minutes of a record with a noise added, as large as its beats, half or twice that."""
    length = min(int(600 * clean.rate_hz / clean.every), clean.signal.shape[1])
    second = int(clean.rate_hz / clean.every)
    signal = clean.signal[:, :length] * clean.unit_uv[:, None]
    signal -= signal.mean(axis=1, keepdims=True)
    spans = [np.ptp(signal[0, at : at + second]) for at in range(0, length - second, second)]
    begin = number * 7919 % 20000
    extra = noise.signal[: len(signal), begin : begin + length] * noise.unit_uv[: len(signal), None]
    size = (1.0, 0.5, 2.0)[number // 3 % 3] * np.median(spans) / (2 * np.sqrt(2) * extra[0].std())
    quality = np.zeros((length // second, len(signal)), np.uint8)
    mixed = np.clip(np.round(signal + size * (extra - extra.mean(axis=1, keepdims=True))), -32000, 32000)
    made = Record(
        "noisy",
        clean.name,
        clean.rate_hz,
        clean.every,
        np.ascontiguousarray(mixed.astype(np.int16)),
        np.ones(len(signal)),
        quality,
        clean.beats,
    )
    made.label = clean.label[: made.seconds + 1].copy()
    return look_at(made)


def labelled(folder: Path, name: str) -> Record:
    """A record with its labels, not yet looked at."""
    record, marks = read(folder, name)
    if record.database == "cudb":
        record.label = _from_table(folder, name, record.seconds)
    elif record.database == "vfdb":
        record.label = _from_marks(record, marks, VFDB)
    elif record.database == "mitdb":
        record.label = _from_marks(record, marks, MITDB)
    elif record.database == "cinc2015":
        record.label = _alarm(record)
    else:
        record.label = np.full(record.seconds + 1, OTHER)
    return record


def names(folder: Path) -> list[str]:
    """The records of a database that may be trained on."""
    if folder.name == "mitdb":
        return DS1
    if folder.name == "nstdb":
        return ["bw", "em", "ma"]
    return sorted(path.stem for path in folder.glob("*.hea"))


def records(data: Path) -> Iterator[Record]:
    """Everything that may be trained on, labelled and looked at, in a fixed order."""
    noises = [labelled(data / "nstdb", name) for name in names(data / "nstdb")]
    for database in ("cudb", "vfdb", "mitdb", "svdb", "cinc2015"):
        for number, name in enumerate(names(data / database)):
            record = labelled(data / database, name)
            yield look_at(record)
            if database == "mitdb":
                yield noisy(record, noises[number % 3], number)
    for record in noises:
        yield look_at(record)
