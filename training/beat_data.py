"""Real ECG to learn the classes of beats from: records, what their annotators said, and what is made of
them."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import Layout
from einthoven.edges.exchange.annotations import read_annotation_file
from einthoven.edges.exchange.records import read_record

I64 = NDArray[np.int64]
I16 = NDArray[np.int16]
F64 = NDArray[np.float64]

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("EINTHOVEN_DATA", ROOT.parent / "shared" / "data"))
DS1 = (
    *("101", "106", "108", "109", "112", "114", "115", "116", "118", "119", "122", "124"),
    *("201", "203", "205", "207", "208", "209", "215", "220", "223", "230"),
)
"""de Chazal's training half of mitdb; the other half is never read here."""
N, S, V, F, ARTEFACT, UNUSED = 0, 1, 2, 3, 4, -1
CLASS_OF = {
    **dict.fromkeys((1, 2, 3, 25), N),
    **dict.fromkeys((4, 7, 8, 9, 11, 34, 35), S),
    **dict.fromkeys((5, 10, 41), V),
    6: F,
    **dict.fromkeys((12, 13, 30, 31, 38), UNUSED),
}
"""WFDB codes by the classes of ANSI/AAMI EC57; paced and unclassifiable beats are not learned from."""
WINDOW_S = 0.15
NOISES = ("bw", "em", "ma")


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One record to learn from.

    Attributes:
        name: of the patient; copies made of a record bear its name, so that they stay in one fold.
        samples, layout: as recorded, or as made.
        at, kind: sample index and class of the annotated beats.
        made: whether it was made out of a record.
        waves: samples [start, stop) of ventricular fibrillation or flutter, which has no beats.
    """

    name: str
    samples: I16
    layout: Layout
    at: I64
    kind: I64
    made: bool
    waves: tuple[tuple[int, int], ...] = ()

    def label(self, found: I64) -> I64:
        """Class of each beat that was found: its annotated beat's, or ``ARTEFACT`` when it has none."""
        labels = np.full(len(found), ARTEFACT, np.int64)
        if not len(self.at):
            return labels
        right = np.clip(np.searchsorted(self.at, found), 0, len(self.at) - 1)
        left = np.clip(right - 1, 0, None)
        near = np.where(abs(self.at[left] - found) <= abs(self.at[right] - found), left, right)
        apart = abs(self.at[near] - found)
        for beat in np.unique(near):
            rivals = np.flatnonzero(near == beat)
            best = rivals[np.argmin(apart[rivals])]
            if apart[best] <= WINDOW_S * self.layout.rate_hz:
                labels[best] = self.kind[beat]
        for start, stop in self.waves:
            labels[(found >= start) & (found < stop)] = UNUSED
        return labels


def real(database: str, name: str) -> Sample:
    """A record as it is, with the annotations of its ``.atr`` file."""
    base = DATA / database / name
    record = read_record(str(base))
    notes = read_annotation_file(base.with_suffix(".atr"))
    keep = np.isin(notes.code, list(CLASS_OF))
    kind = np.array([CLASS_OF[int(code)] for code in notes.code[keep]], np.int64)
    on, off = (notes.sample[notes.code == code].tolist() for code in (32, 33))
    waves = tuple(zip(on, off, strict=True))
    return Sample(f"{database}/{name}", record.samples, record.layout, notes.sample[keep], kind, False, waves)


def records() -> list[Sample]:
    """All records that may be learned from, in a fixed order."""
    svdb = sorted(path.stem for path in (DATA / "svdb").glob("*.hea"))
    return [real("mitdb", name) for name in DS1] + [real("svdb", name) for name in svdb]


@cache
def noise(kind: str) -> tuple[F64, float]:
    """One of the recorded noises of nstdb, float64[n, 2] about zero, and its sampling rate."""
    record = read_record(str(DATA / "nstdb" / kind))
    samples = record.samples.astype(np.float64)
    return samples - samples.mean(axis=0), record.layout.rate_hz


def noisy(source: Sample, seed: int) -> Sample:
    """A copy with recorded noise added, another strength every two minutes, 0 dB to none.

    118 and 119, on which the noise stress test is built, get no electrode motion, which that test is made
    with.
    """
    rng = np.random.default_rng(seed)
    rate, count = source.layout.rate_hz, len(source.samples)
    kinds = tuple(k for k in NOISES if k != "em") if source.name[-3:] in ("118", "119") else NOISES
    out = source.samples.astype(np.float64)
    width = int(rate)
    for lead in range(out.shape[1]):
        clean = out[:, lead] - np.convolve(out[:, lead], np.ones(width // 2) / (width // 2), "same")
        seconds = clean[: count // width * width].reshape(-1, width)
        height = np.median(seconds.max(axis=1) - seconds.min(axis=1))
        source_noise, noise_rate = noise(kinds[rng.integers(len(kinds))])
        wave = source_noise[:, rng.integers(2)]
        at = (np.arange(count) * noise_rate / rate + rng.integers(len(wave))) % len(wave)
        added = np.interp(at, np.arange(len(wave)), wave)
        part = np.arange(count) // int(120 * rate)
        decibels = rng.choice([0, 6, 6, 12, 12, 18, 24, 60], size=int(part[-1]) + 1)
        # The signal's power as the noise stress test takes it: that of a sine as high as the QRS complexes.
        gain = height / np.sqrt(8) / added.std() / 10 ** (decibels / 20)
        out[:, lead] += added * gain[part]
    samples = np.clip(np.round(out), -32000, 32000).astype(np.int16)
    return replace(source, samples=samples, made=True)


def with_bursts(source: Sample, seed: int) -> Sample | None:
    """A copy in which supraventricular beats come in bursts; None where the record has too few of them.

    Atrial tachycardia in bursts is common in patients and rare in the databases. A burst is made of
    stretches of the same record, each from after one beat's T wave to the same place after an early beat
    that follows it, so that every beat keeps its own P wave, QRS complex, T wave and interval. How many
    beats a burst has, a seeded choice of three styles says: few, many, or most beats of the record.
    """
    rng = np.random.default_rng(seed)
    at, kind, rate = source.at, source.kind, source.layout.rate_hz
    style = rng.integers(3)
    early = [
        i
        for i in range(2, len(at) - 2)
        if kind[i] == S
        and kind[i - 1] in (N, S)
        and kind[i + 1] != V
        and at[i] - at[i - 1] < 0.9 * (at[i + 1] - at[i])
    ]
    if len(early) < 12 or source.waves:
        return None
    want = len(at) * (0.15, 0.6, 2.0)[style] / len(early)
    splice = _Splice(source)
    for i in early:
        rr = at[i] - at[i - 1]
        after = int(min(0.5 * rr, 0.3 * rate))
        if splice.length > 1.5 * len(source.samples):
            break
        if at[i - 1] + after < splice.cursor:
            continue
        splice.go_on_to(int(at[i]) + after)
        close = sorted(early, key=lambda k: abs(k - i))[:12]
        alike = [k for k in close if abs(at[k] - at[k - 1] - rr) < 0.25 * rr]
        more = rng.poisson(want) if style < 2 else rng.geometric(1 / (1 + want))
        for _ in range(min(int(more), 60)):
            k = alike[rng.integers(len(alike))]
            splice.add(int(at[k - 1]) + after, int(at[k]) + after)
    splice.go_on_to(len(source.samples))
    return splice.result()


class _Splice:
    """Stretches of a record put one behind another, steps between them smoothed over 60 ms."""

    def __init__(self, source: Sample) -> None:
        self._source = source
        self._parts: list[F64] = []
        self._at: list[int] = []
        self._kind: list[int] = []
        self.length = 0
        self.cursor = 0

    def go_on_to(self, stop: int) -> None:
        """Add what lies between the cursor and ``stop``, and move the cursor there."""
        self.add(self.cursor, stop)
        self.cursor = stop

    def add(self, start: int, stop: int) -> None:
        """Add ``[start, stop)`` of the record with its beats."""
        if stop <= start:
            return
        part = self._source.samples[start:stop].astype(np.float64)
        if self._parts:
            ramp = min(len(part), int(0.06 * self._source.layout.rate_hz))
            part[:ramp] += (self._parts[-1][-1] - part[0]) * np.linspace(1, 0, ramp)[:, None]
        low, high = np.searchsorted(self._source.at, [start, stop])
        self._at += (self._source.at[low:high] - start + self.length).tolist()
        self._kind += self._source.kind[low:high].tolist()
        self._parts.append(part)
        self.length += len(part)

    def result(self) -> Sample:
        """The made record."""
        samples = np.clip(np.round(np.concatenate(self._parts)), -32000, 32000).astype(np.int16)
        at, kind = np.array(self._at, np.int64), np.array(self._kind, np.int64)
        return Sample(self._source.name, samples, self._source.layout, at, kind, True)
