"""EDF+ out and in: edfio and pyedflib are the judges, and a reader that is written here from the page."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import edfio
import numpy as np
import pyedflib
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.interop.recordings import NOON, recording, recordings

from einthoven.base.errors import InputError, RecordError
from einthoven.base.instants import MILLISECOND, SECOND
from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.base.spans import Span
from einthoven.edges.exchange.edf_times import EdfTimes, places_of, spans_of
from einthoven.edges.exchange.records import read_record
from einthoven.interop.edf import edf_pieces
from einthoven.interop.edf_plan import record_of, scale_of
from einthoven.interop.recording import Mark, Recording, Subject
from einthoven.interop.wfdb import SYMBOLS

LAYOUT = Layout(360.0, (Lead("MLII", 200.0, 1024, 11, 1024), Lead("V5 left", 99.5, -3, 12)))
ECG = np.random.default_rng(1).integers(-32768, 32768, (7501, 2)).astype(np.int16)


@dataclass
class Judged:
    """An EDF+ file as read here, independent of the product: EDF+ 2.1 and 2.2 by the letter."""

    reserved: str
    duration: Decimal
    digital: list[np.ndarray]
    onsets: list[Decimal]
    annotations: list[tuple[Decimal, Decimal | None, str]]


def judged(data: bytes) -> Judged:
    signals = int(data[252:256])
    labels = [data[256 + 16 * n :][:16].decode("ascii").rstrip() for n in range(signals)]
    counts = [int(data[256 + 216 * signals + 8 * n :][:8]) for n in range(signals)]
    records, size = int(data[236:244]), 2 * sum(counts)
    assert len(data) == 256 * (signals + 1) + records * size
    assert data[: 256 * (signals + 1)].isascii()
    assert labels[-1] == "EDF Annotations"
    digital: list[list[np.ndarray]] = [[] for _ in labels[:-1]]
    onsets, annotations = [], []
    for record in range(records):
        at = 256 * (signals + 1) + record * size
        for number, count in enumerate(counts[:-1]):
            digital[number].append(np.frombuffer(data, "<i2", count, at))
            at += 2 * count
        told = data[at : at + 2 * counts[-1]].rstrip(b"\0")
        for number, tal in enumerate(told.split(b"\0")):
            time, *texts = tal.split(b"\x14")
            assert texts[-1] == b""
            onset, _, lasts = time.partition(b"\x15")
            assert re.fullmatch(rb"[+-]\d+(\.\d+)?", onset), tal
            if number == 0:
                assert texts == [b"", b""]
                onsets.append(Decimal(onset.decode()))
                continue
            for text in texts[:-1]:
                seconds = Decimal(lasts.decode()) if lasts else None
                annotations.append((Decimal(onset.decode()), seconds, text.decode("utf-8")))
    values = [np.concatenate(parts) for parts in digital]
    return Judged(
        data[192:236].decode().strip(), Decimal(data[244:252].decode()), values, onsets, annotations
    )


def written(one: Recording) -> bytes:
    return b"".join(edf_pieces(one))


def everything(one: Recording) -> np.ndarray:
    return one.read(0, one.samples)


MARKS = (
    Mark("episode", 300, 900, "pause", "Pause"),
    Mark("symptom", 7400, None, "dizzy", "dizzy; 心 hurts"),
)
PERSON = Subject("Doe, Jane", "1960-02-29", "female", "P000007")


def test_a_continuous_file_is_read_by_others_sample_for_sample(tmp_path: Path) -> None:
    one = recording(
        ECG, LAYOUT, beats=[(100, 1), (500, 5)], rhythm=((100, "(N"),), marks=MARKS, subject=PERSON,
        start=NOON + 250 * MILLISECOND, made_by="live-1/2026.1",
    )  # fmt: skip
    path = tmp_path / "c.edf"
    path.write_bytes(written(one))
    edf = edfio.read_edf(path)
    assert edf.is_continuous
    assert edf.reserved == "EDF+C"
    for number, signal in enumerate(edf.signals):
        assert np.array_equal(signal.digital[:7501], ECG[:, number])
        assert (signal.digital[7501:] == INVALID_SAMPLE).all()
    assert [(s.label, s.sampling_frequency, s.physical_dimension) for s in edf.signals] == [
        ("ECG MLII", 360.0, "mV"),
        ("ECG V5 left", 360.0, "mV"),
    ]
    assert edf.startdatetime.isoformat() == "2026-03-04T12:00:00.250000"
    person = edf.patient
    assert (person.code, person.sex, person.name) == ("P000007", "F", "Doe,_Jane")
    assert person.birthdate.isoformat() == "1960-02-29"
    assert edf.recording.hospital_administration_code == "s000001"
    assert edf.recording.equipment_code == "T-100"
    told = [(round(a.onset * 360), a.duration, a.text) for a in edf.annotations]
    assert told == [
        (0, None, "analysis: live-1/2026.1"),
        (100, None, "N"),
        (100, None, "rhythm (N"),
        (300, pytest.approx(600 / 360), "Pause"),
        (500, None, "V"),
        (7400, None, "symptom: dizzy; 心 hurts"),
        (7501, None, "Recording ends"),
    ]
    with pyedflib.EdfReader(str(path)) as reader:
        for number in range(2):
            assert np.array_equal(reader.readSignal(number, digital=True)[:7501], ECG[:, number])
        # pyedflib 0.1.42 reads a tenth of the part of a second, of edfio's files, too.
        assert reader.getStartdatetime().replace(microsecond=0).isoformat() == "2026-03-04T12:00:00"
        assert reader.getPatientName() == "Doe, Jane"
        assert reader.getPatientCode() == "P000007"
        assert reader.getBirthdate() == "29 feb 1960"
        assert len(reader.readAnnotations()[0]) == 7
        assert reader.getSampleFrequencies().tolist() == [360.0, 360.0]


def test_gaps_are_told_by_the_times_of_the_data_records(tmp_path: Path) -> None:
    # The second gap is shorter than what fills the data record before it up; the others end a row of records.
    gaps = [(1000, 2000), (5000, 5010), (5100, 5900)]
    marks = tuple(Mark("gap", a, b, "power", "power") for a, b in gaps)
    one = recording(ECG, LAYOUT, gaps, beats=[(100, 1), (2400, 5)], marks=marks)
    data = written(one)
    file = judged(data)
    assert (file.reserved, file.duration) == ("EDF+D", 1)
    at = [round(onset * 360) for onset in file.onsets]
    assert at == [0, 360, 720, *range(2000, 5240, 360), *range(5900, 7501, 360)]
    whole = np.full((7700, 2), INVALID_SAMPLE, np.int16)
    for place, rows in zip(at, np.stack(file.digital, 1).reshape(-1, 360, 2), strict=True):
        whole[place : place + 360] = rows
    assert np.array_equal(whole[:7501], everything(one))
    assert (whole[7501:] == INVALID_SAMPLE).all()
    told = [(round(at * 360), lasts and round(lasts * 360), text) for at, lasts, text in file.annotations]
    assert told == [
        (100, None, "N"),
        (1000, 1000, "gap: power"),
        (2400, None, "V"),
        (5000, 10, "gap: power"),
        (5100, 800, "gap: power"),
        (7501, None, "Recording ends"),
    ]
    path = tmp_path / "d.edf"
    path.write_bytes(data)
    edf = edfio.read_edf(path)
    assert not edf.is_continuous
    assert np.array_equal(edf.signals[1].digital, file.digital[1])
    assert [a.text for a in edf.annotations] == [text for _, _, text in file.annotations]
    with pytest.raises(OSError, match="discontinuous"):
        pyedflib.EdfReader(str(path))
    back = read_record(str(path))
    assert np.array_equal(back.samples, everything(one))
    assert back.present == (Span(0, 1080), Span(2000, 5240), Span(5900, 7501))
    assert back.start == NOON


@settings(max_examples=120, deadline=None)
@given(recordings())
def test_any_recording_comes_back_sample_for_sample(one: Recording) -> None:
    if one.start is not None:
        one = replace(one, start=one.start % (50 * 365 * 86_400 * SECOND) + 16 * 365 * 86_400 * SECOND)
    try:
        data = written(one)
    except InputError as error:
        assert "do not go into an EDF header" in str(error)  # noqa: PT017
        return
    file = judged(data)
    first, end = one.present[0].start, one.present[-1].stop
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.edf"
        path.write_bytes(data)
        back = read_record(str(path))
        edf = edfio.read_edf(path)
        for number, signal in enumerate(edf.signals):
            assert np.array_equal(signal.digital, file.digital[number])
        annotations = edf.annotations
        if edf.reserved == "EDF+C":
            with pyedflib.EdfReader(str(path)) as reader:
                for number in range(len(one.layout.leads)):
                    assert np.array_equal(reader.readSignal(number, digital=True), file.digital[number])
    assert np.array_equal(back.samples, one.read(first, end))
    assert back.layout.rate_mhz == one.layout.rate_mhz
    for lead, other in zip(back.layout.leads, one.layout.leads, strict=True):
        assert lead.gain == pytest.approx(other.gain, rel=1e-4)
        assert lead.baseline == other.baseline
    told = Counter((round(a.onset * one.layout.rate_hz) + first, a.text) for a in annotations)
    for sample, code in zip(one.beats["sample"].tolist(), one.beats["code"].tolist(), strict=True):
        assert told[sample, SYMBOLS[code]] >= 1
    named = any(text.startswith("patient:") for _, _, text in file.annotations)
    assert len(file.annotations) == len(one.beats) + len(one.rhythm) + len(one.marks) + 1 + named
    if one.start is not None:
        assert back.start is not None
        want = one.start + round(first * SECOND / one.layout.rate_hz)
        assert abs(back.start - want) <= 1000


@given(st.integers(100_000, 1_000_000), st.integers(1, 12))
def test_any_rate_is_told_to_the_millihertz(rate_mhz: int, leads: int) -> None:
    length = record_of(rate_mhz, leads)
    assert len(length.duration) <= 8
    assert round(length.samples / float(length.duration), 3) == rate_mhz / 1000
    assert length.samples * leads * 2 <= 80_000
    if rate_mhz % 1000 == 0:
        assert length.duration == "1"


EXACT = [(200.0, 0), (200.0, 1024), (1000.0, -5), (500.0, 2048), (400.0, 0), (6553.5, 0), (1e6, 0), (0.01, 3)]


@pytest.mark.parametrize(("gain", "baseline"), EXACT)
def test_the_gains_that_devices_have_are_told_exactly(gain: float, baseline: int) -> None:
    scale = scale_of(Lead("II", gain, baseline))
    assert scale.gain() == pytest.approx(gain, rel=1e-12)
    assert scale.baseline() == pytest.approx(baseline, abs=0.01)


NAMES = [
    ("García Márquez, José", "Garcia_Marquez,_Jose", True),
    ("Łukasz Groß", "Lukasz_Gross", True),
    ("王小明", "???", True),
    ("Plain, Name", "Plain,_Name", False),
    ("", "X", False),
    ("N" * 100, "N" * 58, True),
]


@pytest.mark.parametrize(("name", "field", "told_in_full"), NAMES)
def test_a_name_is_told_in_ascii_and_in_full_as_an_annotation(
    name: str, field: str, told_in_full: bool
) -> None:
    data = written(recording(ECG, LAYOUT, subject=Subject(name, "1960-02-29", "male", "P000001")))
    head = data[8:88].decode("ascii").rstrip()
    assert head == f"P000001 M 29-FEB-1960 {field}"
    texts = [text for _, _, text in judged(data).annotations]
    assert (f"patient: {name}" in texts) is told_in_full


def test_many_annotations_at_once_are_spread_over_the_data_records_behind() -> None:
    marks = tuple(Mark("symptom", 400, None, "x", f"number {n} " + "word " * 30) for n in range(40))
    one = recording(ECG, LAYOUT, marks=marks, beats=[(at, 1) for at in range(0, 7501, 90)])
    data = written(one)
    file = judged(data)
    texts = [text for _, _, text in file.annotations]
    assert sum(text.startswith("symptom: number") for text in texts) == 40
    assert texts.count("N") == 84
    assert len(data) < 2 * len(file.onsets) * 360 * 2 * 2  # less than as much again as the samples


def test_without_a_time_the_date_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "x.edf"
    path.write_bytes(written(recording(ECG, LAYOUT, start=None)))
    assert read_record(str(path)).start is None
    assert edfio.read_edf(path).local_recording_identification.startswith("Startdate X ")


def test_the_wall_clock_is_told_where_it_is_known(tmp_path: Path) -> None:
    path = tmp_path / "x.edf"
    path.write_bytes(written(recording(ECG, LAYOUT, utc_offset_minutes=-330)))
    assert edfio.read_edf(path).startdatetime.isoformat() == "2026-03-04T06:30:00"


STEEP = Layout(250.0, (Lead("II", 200.0, 2**31 - 1),))
FAR = Layout(250.0, (Lead("II", 200.3, 30_000_000),))
"""Eight characters tell its zero to some dozens of values only."""
BAD = [
    (recording(ECG[:, :1], FAR), "baseline 30000000 do not go into an EDF header"),
    (recording(ECG, LAYOUT, [(0, 7501)]), "there are no samples"),
    (recording(ECG, LAYOUT, start=0), "begins in 1970: EDF tells only years from 1985 to 2084"),
    (recording(ECG[:, :1], STEEP), "lead II: gain 200 and baseline 2147483647 do not go into an EDF header"),
]


@pytest.mark.parametrize(("one", "words"), BAD)
def test_what_edf_cannot_hold_is_refused(one: Recording, words: str) -> None:
    with pytest.raises(InputError, match=words):
        written(one)


def test_data_records_may_overlap_by_the_rounding_of_a_time_and_no_more() -> None:
    one, two, three = (EdfTimes(np.array([0, 1 - n / 250, 2 - n / 250]), None) for n in (1, 2, 3))
    assert places_of(Path("x"), one, 250, 250.0).tolist() == [0, 250, 499 + 1]
    for times in (two, three):
        with pytest.raises(RecordError, match="x: data record 1 begins before record 0 ends"):
            places_of(Path("x"), times, 250, 250.0)


def test_progress_ends_at_the_end() -> None:
    seen: list[tuple[int, int]] = []
    list(edf_pieces(recording(ECG, LAYOUT), lambda *now: seen.append(now)))
    assert seen[-1] == (7501, 7501)


@given(st.lists(st.floats(-1e10, 1e10, allow_nan=False), min_size=1, max_size=30), st.integers(100, 1000))
def test_any_times_are_placed_in_order_or_refused(onsets: list[float], size: int) -> None:
    times = EdfTimes(np.array(onsets), None)
    try:
        places = places_of(Path("x.edf"), times, size, 250.0)
    except RecordError as error:
        assert str(error).startswith("x.edf: ")  # noqa: PT017
        return
    assert places[0] == 0
    assert (np.diff(places) >= size).all()
    spans = spans_of(places, size)
    assert sum(span.length for span in spans) == size * len(onsets)


@given(st.lists(st.integers(0, 5000), max_size=20), st.integers(100, 300))
def test_times_with_gaps_are_placed_to_the_sample(gaps: list[int], size: int) -> None:
    assume(gaps)
    at = np.cumsum([0, *(gap + size for gap in gaps)])
    times = EdfTimes(np.round(at / 360.0, 6) + 0.25, None)
    assert places_of(Path("x"), times, size, 360.0).tolist() == at.tolist()
