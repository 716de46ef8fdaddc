"""One record analysed and scored against its reference: what a process of ``einthoven evaluate`` does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from einthoven.base.errors import InputError, RecordError
from einthoven.base.thresholds import shipped
from einthoven.bootstrap.analyze import readable
from einthoven.bootstrap.annotated import annotations_of
from einthoven.bootstrap.databases import WINDOW_S, alarm_in, window_labels
from einthoven.ecg.afib import beats_of, find, rhythm_marks
from einthoven.ecg.afib_strip import classify_short_strip
from einthoven.ecg.alarms_score import judge_alarm
from einthoven.ecg.analyze import analyze
from einthoven.ecg.beats import FUSION, NORMAL, PACED, SUPRAVENTRICULAR, UNCLASSED, VENTRICULAR
from einthoven.ecg.borders_score import border_errors, known_borders
from einthoven.ecg.ec57 import SYMBOLS_OF, Marks, score_record
from einthoven.ecg.waves import delineate_record
from einthoven.ecg.windows_score import window_counts
from einthoven.edges.exchange.annotations import read_annotation_file, write_annotation_file
from einthoven.edges.exchange.wfdb_files import read_header
from einthoven.interop.wfdb import Annotations
from einthoven.interop.wfdb_annotations import CODES

OURS = {"N": NORMAL, "S": SUPRAVENTRICULAR, "V": VENTRICULAR, "F": FUSION, "Q": UNCLASSED}


@dataclass(frozen=True, slots=True)
class Job:
    """A record to score: its folder and name, where its annotations go (None: nowhere), their extension."""

    folder: str
    name: str
    out: str | None
    annotator: str

    @property
    def path(self) -> Path:
        """Of the record, without extension."""
        return Path(self.folder) / self.name


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the record's score in the form of its database; ``why`` it could not be analysed."""

    value: Any
    why: str = ""


def marks_of(annotations: Annotations, rate_hz: float) -> Marks:
    """Annotations for the scorer, at the record's rate."""
    sample = annotations.sample
    if annotations.rate_hz and annotations.rate_hz != rate_hz:
        sample = np.round(sample * (rate_hz / annotations.rate_hz)).astype(np.int64)
    aux = {place: text for place, text in enumerate(annotations.aux) if text}
    return Marks(sample, annotations.code.astype(np.int64), annotations.sub.astype(np.int64), aux)


def record_beats(job: Job) -> Outcome:
    """Analyse a record, keep its annotations if asked, score beats and rhythms after EC57.

    A record that cannot be analysed is scored as if nothing were found in it.
    """
    try:
        header = read_header(job.path)
        reference = marks_of(read_annotation_file(job.path.with_name(f"{job.name}.atr")), header.rate_hz)
    except RecordError as error:
        return Outcome(None, str(error))
    try:
        record = readable(str(job.path))
        result = analyze(record.samples, record.layout)
        found = annotations_of(result, record.layout, record.numbers)
    except InputError as error:
        return Outcome(score_record(reference, Marks.none(), header.rate_hz, header.samples), str(error))
    if job.out is not None:
        write_annotation_file(Path(job.out), job.name, job.annotator, found)
    marks = marks_of(found, header.rate_hz)
    return Outcome(score_record(reference, marks, header.rate_hz, header.samples))


def record_windows(job: Job) -> Outcome:
    """Analyse a record, count its labelled windows by what was told of them."""
    try:
        record = readable(str(job.path))
    except InputError as error:
        return Outcome(None, str(error))
    rate = record.layout.rate_hz
    found = marks_of(annotations_of(analyze(record.samples, record.layout), record.layout), rate)
    labels = window_labels(Path(job.folder))[job.name]
    return Outcome(window_counts(found, labels, WINDOW_S, rate))


def record_intervals(job: Job) -> Outcome:
    """Atrial fibrillation from the beats of the database alone (``.qrs`` where there is one, else
    ``.atr``)."""
    try:
        header = read_header(job.path)
        reference = marks_of(read_annotation_file(job.path.with_name(f"{job.name}.atr")), header.rate_hz)
        own = job.path.with_name(f"{job.name}.qrs")
        marks = marks_of(read_annotation_file(own), header.rate_hz) if own.is_file() else reference
    except RecordError as error:
        return Outcome(None, str(error))
    at, code = _beats(marks)
    if not len(at):
        return Outcome(None, f"{job.path}: neither signals nor beats")
    samples, rate_mhz = header.samples or int(at[-1]) + 1, round(header.rate_hz * 1000)
    told = rhythm_marks(find(beats_of(at, code, rate_mhz), samples, rate_mhz, shipped()), samples)
    sample = np.array([place for place, _ in told], np.int64)
    aux = {index: text for index, (_, text) in enumerate(told)}
    found = Marks(sample, np.full(len(told), CODES["+"], np.int64), np.zeros(len(told), np.int64), aux)
    return Outcome(score_record(reference, found, header.rate_hz, header.samples))


def _beats(marks: Marks) -> tuple[Any, Any]:
    """Samples and classes of the beats, as the stages take them."""
    known = {code: OURS[name] for name, codes in SYMBOLS_OF.items() if name in OURS for code in codes}
    known[PACED] = PACED
    table = np.zeros(256, np.int64)
    table[list(known)] = list(known.values())
    code = table[marks.code]
    return marks.sample[code > 0], code[code > 0]


def record_borders(job: Job) -> Outcome:
    """Borders of waves against the manual ones; a beat's class plays no part in where they are."""
    try:
        record = readable(str(job.path))
        reference = read_annotation_file(job.path.with_name(f"{job.name}.q1c"))
    except InputError as error:
        return Outcome(None, str(error))
    rate = record.layout.rate_hz
    beats = analyze(record.samples, record.layout).beats
    waves = delineate_record(record.samples, record.layout, beats)
    marks = marks_of(reference, rate)
    known = known_borders(marks.sample, marks.code, rate)
    return Outcome(border_errors(known, waves.borders, beats["sample"].astype(np.int64), rate))


def record_strip(job: Job) -> Outcome:
    """Class of a strip of one lead."""
    try:
        record = readable(str(job.path))
        return Outcome(classify_short_strip(record.samples, record.layout).label)
    except InputError as error:
        return Outcome(None, str(error))


def record_alarm(job: Job) -> Outcome:
    """Whether what was told by the end of minute five bears the alarm out."""
    alarm = alarm_in(Path(job.folder), job.name)
    if alarm is None:
        return Outcome(None, "no alarm in its header")
    try:
        record = readable(str(job.path))
    except InputError as error:
        return Outcome(None, str(error))
    return Outcome(judge_alarm(record.samples, record.layout, *alarm))
