"""Beats and rhythms that the judge of atrial fibrillation is grown on and tried on."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import Layout, Lead
from einthoven.ecg.afib_features import COUNT, LEFT, RIGHT, measure
from einthoven.ecg.analyze import analyze

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I16 = NDArray[np.int16]

_FIRST = (101, 106, 108, 109, 112, 114, 115, 116, 118, 119, 122, 124)
_SECOND = (201, 203, 205, 207, 208, 209, 215, 220, 223, 230)
DS1 = [str(number) for number in _FIRST + _SECOND]
NORMAL, FIBRILLATION, FLUTTER = 0, 1, 2
RHYTHM = 28
BEAT_CODES = {1: 1, 2: 1, 3: 1, 25: 1, 4: 9, 7: 9, 8: 9, 9: 9, 11: 9, 34: 9, 35: 9, 5: 5, 10: 5, 41: 5, 6: 6}
"""Classes as the analysis tells them: N, S, V, F; paced and unknown beats keep their codes."""
OTHER_BEATS = (12, 13, 30, 38)


@dataclass(frozen=True, slots=True)
class Heart:
    """A record.

    Attributes:
        name: of the record.
        rate_mhz: sampling rate in millihertz.
        samples: its length.
        beats: int64[n], sample indices.
        codes: int64[n], classes.
        rhythm: int64[n], ``NORMAL``, ``FIBRILLATION`` or ``FLUTTER`` at each beat.
        episodes: int64[k, 2], first sample and end of each episode of fibrillation.
        label: of a strip, its class; else empty.
    """

    name: str
    rate_mhz: int
    samples: int
    beats: I64
    codes: I64
    rhythm: I64
    episodes: I64
    label: str = ""


def header(path: Path) -> tuple[float, int]:
    """Sampling rate and samples of a record."""
    words = path.read_text(encoding="latin-1").split("\n", 1)[0].split()
    return float(words[2].split("/")[0]), int(words[3])


def marks(path: Path) -> tuple[I64, I64, list[str]]:
    """Sample indices, codes and texts of an annotation file in MIT format."""
    words = struct.unpack(f"<{path.stat().st_size // 2}H", path.read_bytes()[: path.stat().st_size // 2 * 2])
    samples: list[int] = []
    codes: list[int] = []
    texts: list[str] = []
    time, at = 0, 0
    while at < len(words):
        code, low = words[at] >> 10, words[at] & 1023
        at += 1
        if code == 0 and low == 0:
            break
        if code == 59:  # long interval, high word first
            step = words[at] << 16 | words[at + 1]
            time += step - (1 << 32) if step >> 31 else step
            at += 2
        elif code == 63:  # text of the annotation before
            raw = struct.pack(f"<{(low + 1) // 2}H", *words[at : at + (low + 1) // 2])[:low]
            texts[-1] = raw.split(b"\0")[0].decode("latin-1")
            at += (low + 1) // 2
        elif code < 50:
            time += low
            samples.append(time)
            codes.append(code)
            texts.append("")
    return np.array(samples, np.int64), np.array(codes, np.int64), texts


def annotated(folder: Path, name: str, beats: str = "atr", rhythms: str = "atr") -> Heart:
    """A record as it is annotated."""
    rate, length = header(folder / f"{name}.hea")
    samples, codes, _ = marks(folder / f"{name}.{beats}")
    known = np.isin(codes, list(BEAT_CODES) + list(OTHER_BEATS))
    classes = np.array([BEAT_CODES.get(code, code) for code in codes[known].tolist()], np.int64)
    length = length or int(samples[-1]) + 1
    rhythm, episodes = rhythms_of(folder / f"{name}.{rhythms}", samples[known], length)
    return Heart(name, round(rate * 1000), length, samples[known], classes, rhythm, episodes)


def rhythms_of(path: Path, beats: I64, length: int) -> tuple[I64, I64]:
    """Rhythm at each beat, and the episodes of fibrillation, out of the changes of rhythm in a file."""
    samples, codes, texts = marks(path)
    at = np.flatnonzero(codes == RHYTHM)
    rhythm = np.zeros(len(beats), np.int64)
    episodes: list[list[int]] = []
    for index, stop in zip(at, [*samples[at[1:]].tolist(), length][: len(at)], strict=True):
        start, text = int(samples[index]), texts[index]
        state = FIBRILLATION if text.startswith("(AFIB") else FLUTTER if text.startswith("(AFL") else NORMAL
        rhythm[(beats >= start) & (beats < stop)] = state
        if state == FIBRILLATION and episodes and episodes[-1][1] >= start:
            episodes[-1][1] = stop
        elif state == FIBRILLATION:
            episodes.append([start, stop])
    return rhythm, np.array(episodes, np.int64).reshape(-1, 2)


def found(folder: Path, name: str) -> Heart:
    """A record of MIT's format 212 with the beats that the analysis finds, all as normal."""
    rate, length = header(folder / f"{name}.hea")
    raw = np.frombuffer((folder / f"{name}.dat").read_bytes(), np.uint8).astype(np.int16)
    low = (raw[1::3] & 15) << 8 | raw[0::3]
    high = (raw[1::3] >> 4) << 8 | raw[2::3]
    signal = np.stack([low, high], 1)
    signal = np.where(signal > 2047, signal - 4096, signal).astype(np.int16)[:length]
    leads = tuple(Lead(title, 200.0, 1024, 11, 1024) for title in ("0", "1"))
    beats = analyze(np.ascontiguousarray(signal), Layout(rate, leads)).beats
    samples = beats["sample"].astype(np.int64)
    rhythm, episodes = rhythms_of(folder / f"{name}.atr", samples, length)
    return Heart(name, round(rate * 1000), length, samples, beats["code"].astype(np.int64), rhythm, episodes)


def strip_signal(folder: Path, name: str) -> tuple[I16, float]:
    """Signal and rate of a strip of the 2017 challenge: 16-bit, 1000 units a millivolt, behind 24 bytes."""
    rate, length = header(folder / f"{name}.hea")
    raw = (folder / f"{name}.mat").read_bytes()[24 : 24 + 2 * length]
    return np.frombuffer(raw, "<i2").astype(np.int16), rate


def strips(folder: Path) -> list[Heart]:
    """The strips of the 2017 challenge with the beats that the analysis finds."""
    hearts = []
    for line in (folder / "REFERENCE-v3.csv").read_text().split():
        name, label = line.split(",")
        signal, rate = strip_signal(folder, name)
        layout = Layout(rate, (Lead("ECG", 1000.0, 0, 16, 0),))
        beats = analyze(np.ascontiguousarray(signal[:, None]), layout).beats
        state = np.full(len(beats), FIBRILLATION if label == "A" else NORMAL, np.int64)
        hearts.append(
            Heart(
                name,
                round(rate * 1000),
                len(signal),
                beats["sample"].astype(np.int64),
                beats["code"].astype(np.int64),
                state,
                np.zeros((0, 2), np.int64),
                label,
            )
        )
    return hearts


def intervals(heart: Heart) -> tuple[F64, I64]:
    """Intervals in ms that the kernel takes (no ventricular beat bounds them) and the beats at their ends."""
    rr = np.zeros(len(heart.beats), np.int64)
    rr[1:] = (np.diff(heart.beats) * 1_000_000 + heart.rate_mhz // 2) // heart.rate_mhz
    spoils = np.isin(heart.codes, (5, 6))
    kept = (rr >= 200) & (rr <= 3000) & ~spoils
    kept[1:] &= ~spoils[:-1]
    at = np.flatnonzero(kept)
    return rr[at].astype(np.float64), at


def cases(rr: F64, step: int, first: int = 0) -> tuple[F64, I64]:
    """Values of every ``step``-th interval, float64[n, COUNT], and which they are."""
    at = np.arange(first, len(rr), step)
    values = np.zeros((len(at), COUNT))
    for row, index in zip(values, at.tolist(), strict=True):
        low = max(0, index - LEFT)
        measure(rr[low : index + RIGHT + 1], index - low, row)
    return values, at
