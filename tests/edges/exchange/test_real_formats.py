"""A real record with what is found in it, in every format of samples, judged by others."""

from __future__ import annotations

from pathlib import Path

import edfio
import numpy as np
import pyedflib
import pytest
from tests.interop.judge import DATA, needs_data, quiet, wfdb

from einthoven.base.instants import from_iso
from einthoven.base.spans import Span, SpanSet
from einthoven.ecg.analyze import Analysis, analyze
from einthoven.edges.exchange.format_files import FORMATS, Way
from einthoven.edges.exchange.records import read_record
from einthoven.edges.exchange.stored import StoredRecording
from einthoven.interop.recording import Mark, Recording, Subject
from einthoven.interop.wfdb import SYMBOLS

pytestmark = [pytest.mark.records, needs_data]
START = from_iso("2026-03-04T10:11:12Z")
KINDS = {"ventricular-couplet", "ventricular-bigeminy", "nonsustained-ventricular-tachycardia"}


@pytest.fixture(scope="module")
def found() -> tuple[Recording, Analysis]:
    record = read_record(str(DATA / "mitdb" / "207"))
    result = analyze(record.samples, record.layout)
    marks = [
        Mark("episode", one["start_sample"], one["end_sample"], one["kind"], one["kind"])
        for one in result.findings
        if one["kind"] in KINDS
    ]
    recording = Recording(
        "s000001",
        record.layout,
        len(record.samples),
        (Span(0, len(record.samples)),),
        lambda start, stop: record.samples[start:stop],
        start=START,
        subject=Subject("Doe, Jane", "1950-01-01", "female", "P000001"),
        beats=result.beats,
        rhythm=tuple(result.rhythm),
        marks=tuple(marks),
    )
    return recording, result


def written(recording: Recording, form: str, out: Path) -> list[Path]:
    taken = StoredRecording(recording, 1, 0, SpanSet(recording.present), ())
    return FORMATS[form](Way(taken, out, START, bare=False, progress=lambda *_: None))


@quiet
def test_wfdb(found: tuple[Recording, Analysis], tmp_path: Path) -> None:
    recording, result = found
    base = str(written(recording, "wfdb", tmp_path)[0].with_suffix(""))
    samples = recording.read(0, recording.samples)
    assert np.array_equal(wfdb.rdrecord(base, physical=False).d_signal, samples)
    read = wfdb.rdann(base, "ein")
    beats = np.isin(read.symbol, list("NVSF/Q|"))
    assert np.array_equal(read.sample[beats], result.beats["sample"])
    assert [s for s in read.symbol if s in "NVSF/Q|"] == [SYMBOLS[c] for c in result.beats["code"].tolist()]
    changes = [at for at, symbol in enumerate(read.symbol) if symbol == "+"]
    told = [(int(read.sample[at]), read.aux_note[at]) for at in changes]
    assert told == result.rhythm
    begun = [note for note in read.aux_note if note.endswith(" begins")]
    assert len(begun) == sum(mark.stop is not None for mark in recording.marks) > 10


def test_edf(found: tuple[Recording, Analysis], tmp_path: Path) -> None:
    recording, result = found
    path, _ = written(recording, "edf", tmp_path)
    samples = recording.read(0, recording.samples)
    with pyedflib.EdfReader(str(path)) as reader:
        for number, column in enumerate(samples.T):
            assert np.array_equal(reader.readSignal(number, digital=True)[: len(column)], column)
        onsets, _, texts = reader.readAnnotations()
    beats = [(round(at * 360), text) for at, text in zip(onsets, texts, strict=True) if text in "NVSF/Q|"]
    want = [SYMBOLS[code] for code in result.beats["code"].tolist()]
    assert beats == list(zip(result.beats["sample"].tolist(), want, strict=True))
    edf = edfio.read_edf(path)
    for number, signal in enumerate(edf.signals):
        assert np.array_equal(signal.digital[: len(samples)], samples[:, number])
    assert len(edf.annotations) == len(onsets)


def test_ishne(found: tuple[Recording, Analysis], tmp_path: Path) -> None:
    recording, _ = found
    path = written(recording, "ishne", tmp_path)[0]
    back = read_record(str(path))
    assert np.array_equal(back.samples, recording.read(0, recording.samples))
    assert (back.layout, back.start) == (recording.layout, START)
