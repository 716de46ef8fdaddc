"""What was found in a recording, as tables: beats, episodes, minutes, symptoms, gaps (R41).

Columns with their units are in ``TABLES`` and in docs/formats.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from einthoven.base.instants import MICROSECOND
from einthoven.base.spans import SpanSet
from einthoven.ecg.beats import (
    ARTEFACT,
    FUSION,
    NORMAL,
    PACED,
    SUPRAVENTRICULAR,
    UNCLASSED,
    VENTRICULAR,
)
from einthoven.ecg.kinds import ATRIAL_FIBRILLATION, BY_CODE
from einthoven.interop.recording import Mark, MarkKind, Recording
from einthoven.interop.wfdb_annotations import SYMBOLS

Sort = Literal["whole", "real", "text", "time", "flag"]
Rows = dict[str, list[Any]]
"""Values by column, None where there is none; a time is in microseconds since 1970, UTC."""
BEATS_AT_A_TIME = 1 << 16
AF = BY_CODE[ATRIAL_FIBRILLATION].name
_COUNTED = {
    "normal": NORMAL,
    "ventricular": VENTRICULAR,
    "supraventricular": SUPRAVENTRICULAR,
    "fusion": FUSION,
    "paced": PACED,
    "unclassed": UNCLASSED,
    "artefacts": ARTEFACT,
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what its values are, their unit (``""`` for none), and what they say."""

    name: str
    sort: Sort
    unit: str
    says: str


_SAMPLE = Column("sample", "whole", "samples", "index in the recording, from 0")
_TIME = Column("time", "time", "", "center time, UTC")
_SECONDS = Column("seconds", "real", "s", "from the recording's first sample, at the nominal rate")
_SPAN = (
    Column("start_sample", "whole", "samples", "first sample"),
    Column("end_sample", "whole", "samples", "the first sample behind it; empty: no length, or open"),
    Column("start_time", "time", "", "center time of the first sample, UTC"),
    Column("end_time", "time", "", "center time of the first sample behind it, UTC"),
    Column("duration_s", "real", "s", "how long it lasts, at the nominal rate"),
)
TABLES: dict[str, tuple[Column, ...]] = {
    "beats": (
        _SAMPLE,
        _TIME,
        _SECONDS,
        Column(
            "symbol",
            "text",
            "",
            "as WFDB writes it: N V S F / Q, and | for an artefact, no beat",
        ),
        Column("rr_ms", "whole", "ms", "since the beat before; empty behind a gap"),
        Column("confidence", "real", "", "how sure the class is, 0 to 1; empty before there is one"),
        Column("template", "whole", "", "number of the shape that its QRS is like; empty: not known"),
        Column("leads", "text", "", "leads that took part, names parted by spaces"),
        Column("late", "flag", "", "whether it came out of samples that arrived late"),
    ),
    "episodes": (
        Column("kind", "text", "", "name of the kind of finding (docs/thresholds.md)"),
        Column("words", "text", "", "the same as people write it"),
        *_SPAN,
    ),
    "minutes": (
        Column("minute", "whole", "min", "number of the minute, from 0 at the recording's first sample"),
        _SAMPLE,
        _TIME,
        Column("received_s", "real", "s", "how much of the minute was received, at the nominal rate"),
        Column("beats", "whole", "", "beats, artefacts not counted"),
        Column(
            "rate_bpm",
            "real",
            "1/min",
            "60000 by the mean rr_ms of its beats; empty: none",
        ),
        *(Column(name, "whole", "", f"{name.rstrip('s')} beats") for name in list(_COUNTED)[:-1]),
        Column("artefacts", "whole", "", "what looks like a QRS complex and is none"),
        Column("rhythm", "text", "", "at the minute's first sample, as WFDB writes it without its bracket"),
        Column("af_s", "real", "s", "seconds within episodes of atrial fibrillation"),
    ),
    "symptoms": (
        _SAMPLE,
        _TIME,
        _SECONDS,
        Column("symptom", "text", "", "as the patient marked it"),
        Column("words", "text", "", "symptom, activity and text"),
    ),
    "gaps": (Column("cause", "text", "", "why samples are missing"), *_SPAN),
}


def rows_of(recording: Recording, table: str) -> Iterator[Rows]:
    """The rows of a table, some thousands at a time."""
    if table == "beats":
        yield from _beats(recording)
    elif table == "minutes":
        yield _minutes(recording)
    elif table == "symptoms":
        yield _symptoms(recording)
    else:
        yield _spans(recording, "gap" if table == "gaps" else "episode")


def _times(recording: Recording, samples: Sequence[int]) -> list[int | None]:
    found = [recording.instant(sample) for sample in samples]
    return [None if at is None else round(at / MICROSECOND) for at in found]


def _beats(recording: Recording) -> Iterator[Rows]:
    names = recording.layout.names
    told: dict[int, str] = {}
    for first in range(0, len(recording.beats), BEATS_AT_A_TIME):
        part = recording.beats[first : first + BEATS_AT_A_TIME]
        samples = part["sample"].tolist()
        for mask in np.unique(part["leads"]).tolist():
            told[mask] = " ".join(name for bit, name in enumerate(names) if mask >> bit & 1)
        yield {
            "sample": samples,
            "time": _times(recording, samples),
            "seconds": (part["sample"] / recording.layout.rate_hz).tolist(),
            "symbol": [SYMBOLS.get(code, "?") for code in part["code"].tolist()],
            "rr_ms": _known(part["rr_ms"]),
            "confidence": [None if not conf else conf / 1000 for conf in part["conf"].tolist()],
            "template": _known(part["template"]),
            "leads": [told[mask] for mask in part["leads"].tolist()],
            "late": (part["late"] != 0).tolist(),
        }


def _known(values: NDArray[np.int64]) -> list[int | None]:
    """0 is not known."""
    return [value or None for value in values.tolist()]


def _symptoms(recording: Recording) -> Rows:
    marks = _marks(recording, "symptom")
    samples = [mark.start for mark in marks]
    return {
        "sample": samples,
        "time": _times(recording, samples),
        "seconds": [sample / recording.layout.rate_hz for sample in samples],
        "symptom": [mark.code for mark in marks],
        "words": [mark.text for mark in marks],
    }


def _marks(recording: Recording, kind: MarkKind) -> list[Mark]:
    return [mark for mark in recording.marks if mark.kind == kind]


def _spans(recording: Recording, kind: MarkKind) -> Rows:
    marks, rate = _marks(recording, kind), recording.layout.rate_hz
    ends = [mark.stop for mark in marks]
    lasts = [None if mark.stop is None else (mark.stop - mark.start) / rate for mark in marks]
    told: Rows = {
        "start_sample": [mark.start for mark in marks],
        "end_sample": ends,
        "start_time": _times(recording, [mark.start for mark in marks]),
        "end_time": [None if end is None else _times(recording, [end])[0] for end in ends],
        "duration_s": lasts,
    }
    if kind == "gap":
        return {"cause": [mark.code for mark in marks]} | told
    return {"kind": [mark.code for mark in marks], "words": [mark.text for mark in marks]} | told


def _minutes(recording: Recording) -> Rows:
    rate_mhz = recording.layout.rate_mhz
    count = -(-recording.samples * 1000 // (60 * rate_mhz))
    edges = np.array([-(-minute * 60 * rate_mhz // 1000) for minute in range(count + 1)], np.int64)
    edges[-1] = recording.samples
    beats = recording.beats
    minute = np.searchsorted(edges, beats["sample"], "right") - 1
    true = beats["code"] != ARTEFACT
    timed = true & (beats["rr_ms"] > 0)
    intervals = np.bincount(minute[timed], beats["rr_ms"][timed].astype(float), count).tolist()
    pairs = np.bincount(minute[timed], minlength=count).tolist()
    samples = edges[:-1].tolist()
    af = SpanSet(
        (mark.start, recording.samples if mark.stop is None else mark.stop)
        for mark in _marks(recording, "episode")
        if mark.code == AF
    )
    return {
        "minute": list(range(count)),
        "sample": samples,
        "time": _times(recording, samples),
        "received_s": (_covered(edges, recording.present) / recording.layout.rate_hz).tolist(),
        "beats": np.bincount(minute[true], minlength=count).tolist(),
        "rate_bpm": [60_000 * n / total if n else None for n, total in zip(pairs, intervals, strict=True)],
        **{
            name: np.bincount(minute[beats["code"] == code], minlength=count).tolist()
            for name, code in _COUNTED.items()
        },
        "rhythm": _rhythms(recording, edges[:-1]),
        "af_s": (_covered(edges, list(af)) / recording.layout.rate_hz).tolist(),
    }


def _covered(edges: NDArray[np.int64], spans: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """How many samples between one edge and the next lie in spans that are apart: int64[edges − 1]."""
    starts = np.array([start for start, _ in spans], np.int64)
    stops = np.array([stop for _, stop in spans], np.int64)
    before = np.concatenate([[0], np.cumsum(stops - starts)])
    index = np.searchsorted(starts, edges, "right")
    last = np.maximum(index - 1, 0)
    covered = before[index]
    if len(spans):
        covered = covered - np.where(index > 0, np.maximum(0, stops[last] - edges), 0)
    between: NDArray[np.int64] = np.diff(covered)
    return between


def _rhythms(recording: Recording, samples: NDArray[np.int64]) -> list[str | None]:
    changes = recording.rhythm
    at = np.searchsorted(np.array([sample for sample, _ in changes], np.int64), samples, "right") - 1
    return [changes[index][1].lstrip("(") if index >= 0 else None for index in at.tolist()]
