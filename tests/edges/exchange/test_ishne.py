"""ISHNE out and in: ishneholterlib is the judge of samples, header, checksum and beats."""

from __future__ import annotations

import datetime
import struct
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.interop.recordings import NOON, recording, recordings

from einthoven.base.errors import InputError, RecordError
from einthoven.base.instants import SECOND
from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.edges.exchange.records import read_record
from einthoven.interop.ishne import beat_pieces, ishne_pieces
from einthoven.interop.recording import Recording, Subject

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import ishneholterlib

pytestmark = pytest.mark.filterwarnings("ignore:Data type alias 'a':DeprecationWarning")
LAYOUT = Layout(360.0, (Lead("MLII", 200.0, 1024, 11, 1024), Lead("V5", 100.0, -3, 12), Lead("aVR", 400.0)))
ECG = np.random.default_rng(1).integers(-2000, 2000, (7501, 3)).astype(np.int16)
DOE = Subject("Doe, Jane", "1960-02-29", "female", "P000007")


@pytest.fixture(autouse=True)
def _checksum(monkeypatch: pytest.MonkeyPatch) -> None:
    """ishneholterlib asks an array for ``tostring``, which numpy 2.3 took away: it gets bytes instead."""
    own = ishneholterlib.Holter.compute_checksum

    def checksum(self: Any, header_block: bytes | None = None) -> Any:
        return own(self, header_block or Path(self.filename).read_bytes()[10 : self.ecg_block_offset])

    monkeypatch.setattr(ishneholterlib.Holter, "compute_checksum", checksum)


def written(one: Recording) -> bytes:
    return b"".join(ishne_pieces(one, made=NOON + 86_400 * SECOND))


def judged(folder: Path, one: Recording) -> Any:
    path = folder / "x.ecg"
    path.write_bytes(written(one))
    path.with_suffix(".ann").write_bytes(b"".join(beat_pieces(one)))
    holter = ishneholterlib.Holter(str(path))
    assert holter.is_valid()
    holter.load_data(convert=False)
    holter.load_ann()
    return holter


def test_samples_header_and_beats_are_read_by_another(tmp_path: Path) -> None:
    gaps = [(1000, 2000)]
    one = recording(ECG, LAYOUT, gaps, beats=[(100, 1), (500, 5), (7000, 6)], subject=DOE)
    holter = judged(tmp_path, one)
    baselines = np.array([1024, -3, 0])
    want = ECG - baselines
    want[1000:2000] = INVALID_SAMPLE
    for number in range(3):
        assert np.array_equal(holter.lead[number].data, want[:, number])
    assert [lead.spec_str() for lead in holter.lead] == ["II", "V5", "aVR"]
    assert [lead.res for lead in holter.lead] == [5000, 10_000, 2500]
    assert (holter.first_name, holter.last_name, holter.id) == (b"Jane", b"Doe", b"P000007")
    assert (holter.sex, holter.birth_date) == (2, datetime.date(1960, 2, 29))
    assert (holter.record_date, holter.start_time) == (datetime.date(2026, 3, 4), datetime.time(12, 0, 0))
    assert (holter.file_date, holter.sr, holter.nleads) == (datetime.date(2026, 3, 5), 360, 3)
    assert (holter.ecg_size, holter.pm, holter.recorder_type) == (7501, 0, b"digital")
    assert [(one["samp_num"], one["ann"], one["internal"]) for one in holter.beat_anns] == [
        (100, "N", "N"),
        (500, "V", "V"),
        (7000, "V", "F"),
    ]


def test_physical_values_are_those_that_were_measured(tmp_path: Path) -> None:
    path = tmp_path / "x.ecg"
    path.write_bytes(written(recording(ECG, LAYOUT)))
    holter = ishneholterlib.Holter(str(path))
    holter.load_data()
    for number, lead in enumerate(LAYOUT.leads):
        millivolts = (ECG[:, number].astype(float) - lead.baseline) / lead.gain
        assert np.allclose(holter.lead[number].data, millivolts)


@settings(max_examples=120, deadline=None)
@given(recordings())
def test_any_recording_comes_back_or_is_refused(one: Recording) -> None:
    layout = replace(one.layout, rate_hz=float(round(one.layout.rate_hz)))
    one = replace(one, layout=layout)
    try:
        data = written(one)
    except InputError as error:
        words = str(error)
        assert "30.6 to 1000000 per mV" in words or "is no 16-bit value" in words
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any name"
        path.write_bytes(data)
        back = read_record(str(path))
    assert np.array_equal(back.samples, one.read(0, one.samples))
    assert (back.layout, back.start) == (layout, one.start)


@given(st.lists(st.integers(1, 200_000), max_size=30))
@example([65_535, 65_536, 131_070, 131_071])
def test_beats_far_apart_are_bridged(steps: list[int]) -> None:
    at = np.cumsum(steps).tolist()
    one = recording(ECG, LAYOUT, beats=[(sample, 1) for sample in at])
    data = b"".join(beat_pieces(one))
    size = 522 + struct.unpack_from("<i", data, 10)[0]
    (sample,) = struct.unpack_from("<I", data, size)
    found = []
    for label, _, step in struct.iter_unpack("<ccH", data[size + 4 :]):
        sample += step
        assert label != b"!" or step == 65_535
        if label != b"!":
            found.append(sample)
    assert found == at


def test_a_file_of_somebody_else_is_read_by_its_fixed_fields(tmp_path: Path) -> None:
    holter = ishneholterlib.Holter.__new__(ishneholterlib.Holter)
    fields = {
        "filename": str(tmp_path / "x.ecg"), "is_annfile": False, "var_block": None, "file_version": 1,
        "first_name": "J", "last_name": "D", "id": "7", "sex": 0, "race": 0, "birth_date": None, "pm": 0,
        "record_date": datetime.date(2001, 2, 3), "start_time": datetime.time(4, 5, 6), "sr": 200,
        "recorder_type": b"digital", "proprietary": "", "copyright": "", "reserved": "",
    }  # fmt: skip
    for name, value in fields.items():
        setattr(holter, name, value)
    holter.lead = [ishneholterlib.Lead(code, 1, 2500) for code in (11, 0, 0)]
    for lead, column in zip(holter.lead, ECG.T, strict=True):
        lead.save_data(column, convert=False)
    holter.write_file(convert_data=False)
    record = read_record(str(tmp_path / "x.ecg"))
    assert np.array_equal(record.samples, ECG)
    assert record.layout == Layout(200.0, (Lead("V1", 400.0), Lead("lead 2", 400.0), Lead("lead 3", 400.0)))
    assert record.start is not None
    assert datetime.datetime.fromtimestamp(record.start / 1e9, datetime.UTC).isoformat() == (
        "2001-02-03T04:05:06+00:00"
    )
    # Some writers count the samples of all leads.
    data = bytearray((tmp_path / "x.ecg").read_bytes())
    struct.pack_into("<i", data, 14, 3 * 7501)
    (tmp_path / "y.ecg").write_bytes(data)
    again = read_record(str(tmp_path / "y.ecg"))
    assert np.array_equal(again.samples, ECG)
    assert again.notes == ("the header does not fit its checksum: it may be damaged",)


def spoilt(at: int, form: str, value: int) -> bytes:
    data = bytearray(written(recording(ECG, LAYOUT)))
    struct.pack_into(form, data, at, value)
    return bytes(data)


WHOLE = written(recording(ECG, LAYOUT))
BAD = [
    (WHOLE[:-1], "7500 samples where the header says 7501: the file is cut short"),
    (WHOLE[:600], "the file is cut short within its header"),
    (WHOLE[:300], "not an ISHNE file"),
    (spoilt(156, "<h", 0), "0 leads in its header"),
    (spoilt(156, "<h", 13), "13 leads in its header"),
    (spoilt(272, "<h", 0), "7501 samples at 0 Hz in its header"),
    (spoilt(14, "<i", -1), "-1 samples at 360 Hz"),
    (spoilt(206, "<h", 0), "lead 1: amplitude resolution 0 nV"),
    (spoilt(18, "<i", 500), "its ISHNE header is damaged: blocks at bytes 500"),
    (spoilt(10, "<i", -5), "its ISHNE header is damaged"),
    (spoilt(272, "<h", 50), "sampling rate 50 Hz is outside"),
]


@pytest.mark.parametrize(("data", "words"), BAD)
def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "x.ecg"
    path.write_bytes(data)
    with pytest.raises(RecordError, match=words) as caught:
        read_record(str(path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.integers(0, 1200), st.integers(1, 255))
def test_a_file_with_flipped_bytes_is_read_or_refused(at: int, flip: int) -> None:
    data = bytearray(WHOLE)
    data[at] ^= flip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.ecg"
        path.write_bytes(data)
        try:
            record = read_record(str(path))
        except RecordError as error:
            assert "\n" not in str(error)  # noqa: PT017
            return
    assert record.notes or at >= 522 + struct.unpack_from("<i", WHOLE, 10)[0]


def test_damage_of_the_header_does_not_restore_anything(tmp_path: Path) -> None:
    data = bytearray(WHOLE)
    data[600] ^= 1
    (tmp_path / "x.ecg").write_bytes(data)
    record = read_record(str(tmp_path / "x.ecg"))
    assert record.notes == ("the header does not fit its checksum: it may be damaged",)
    assert record.layout.leads[0] == Lead("II", 200.0)
    assert np.array_equal(record.samples, ECG - np.array([1024, -3, 0]))


REFUSED = [
    (recording(ECG, replace(LAYOUT, rate_hz=128.5)), "128.5 Hz: ISHNE tells only whole samples per second"),
    (recording(ECG, Layout(250.0, (Lead("a", 20.0), Lead("b"), Lead("c")))), "lead a: 20 units per mV"),
    (
        recording(np.full((9, 1), 32767, np.int16), Layout(250.0, (Lead("a", 200.0, -5),))),
        "sample 0 of lead a is no 16-bit value once its baseline -5 is taken off",
    ),
]


@pytest.mark.parametrize(("one", "words"), REFUSED)
def test_what_ishne_cannot_hold_is_refused(one: Recording, words: str) -> None:
    with pytest.raises(InputError, match=words):
        written(one)
