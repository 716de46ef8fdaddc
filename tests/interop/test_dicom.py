"""DICOM objects: the judges are pydicom, which decodes them, and dciodvfy, which examines them."""

from __future__ import annotations

import subprocess
import tracemalloc
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sr._cid_dict import cid_concepts
from pydicom.sr._concepts_dict import concepts
from pydicom.waveforms.numpy_handler import multiplex_array
from tests.interop.dicom_cases import JANE, LAYOUT, START, beats_at, gappy, noise, of_record, recording, told
from tests.interop.judge import DATA, needs_data

from einthoven.base.errors import InputError
from einthoven.base.instants import DAY, SECOND
from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.base.spans import Span, SpanSet
from einthoven.ecg.beats import NORMAL, VENTRICULAR
from einthoven.ecg.kinds import BY_NAME, KINDS
from einthoven.edges.exchange.records import read_record
from einthoven.interop import mdc
from einthoven.interop.dicom import (
    AMBULATORY,
    GENERAL,
    INSTANCE_BYTES,
    PDF,
    ambulatory,
    encapsulated_pdf,
    encode,
    objects,
    stretches,
    strip,
    study_of,
)
from einthoven.interop.recording import Mark, Recording


def read(data: Dataset) -> Dataset:
    return dcmread(BytesIO(encode(data)))


def examined(data: Dataset, folder: Path) -> list[str]:
    """What dciodvfy finds, errors and warnings."""
    file = folder / "object.dcm"
    file.write_bytes(encode(data))
    done = subprocess.run(["dciodvfy", str(file)], capture_output=True, text=True, check=False)
    return [
        line for line in (done.stdout + done.stderr).splitlines() if line.startswith(("Error", "Warning"))
    ]


def raw(data: Dataset) -> np.ndarray:
    return np.asarray(multiplex_array(data, 0, as_raw=True))


@pytest.mark.foreign
def test_the_judge_finds_what_is_wrong(tmp_path: Path) -> None:
    data = ambulatory(recording(noise(500)), Span(0, 500))
    del data.WaveformSequence[0].ChannelDefinitionSequence[0].ChannelSourceSequence
    data.Modality = "CT"
    assert any(line.startswith("Error") for line in examined(data, tmp_path))


@pytest.mark.foreign
@pytest.mark.parametrize("make", [ambulatory, strip], ids=["ambulatory", "strip"])
def test_a_recording_is_clean_and_its_samples_equal(make: object, tmp_path: Path) -> None:
    samples = noise(5000)
    samples[40:60, 1] = INVALID_SAMPLE
    made = told(recording(samples, (0, 3000), (3010, 5000)))
    data = make(made, Span(0, 5000))  # type: ignore[operator]
    assert examined(data, tmp_path) == []
    back = read(data)
    assert back.SOPClassUID == (AMBULATORY if make is ambulatory else GENERAL)
    samples[3000:3010] = INVALID_SAMPLE
    assert (raw(back) == samples).all()
    group = back.WaveformSequence[0]
    assert bytes(group.WaveformPaddingValue) == b"\x00\x80"
    assert float(group.SamplingFrequency) == 250.0


def test_physical_values_are_those_of_the_layout() -> None:
    samples = noise(700)
    back = read(ambulatory(recording(samples), Span(0, 700)))
    gains = np.array([lead.gain for lead in LAYOUT.leads])
    zeros = np.array([lead.baseline for lead in LAYOUT.leads])
    microvolts = (samples.astype(float) - zeros) / gains * 1000
    assert np.allclose(back.waveform_array(0), microvolts, rtol=1e-9, atol=1e-6)
    units = {channel.ChannelSensitivityUnitsSequence[0].CodeValue for channel in channels(back)}
    assert units == {"uV"}


def channels(data: Dataset) -> list[Dataset]:
    return list(data.WaveformSequence[0].ChannelDefinitionSequence)


@settings(max_examples=40)
@given(gappy(), st.booleans())
def test_any_layout_and_any_gaps(made: Recording, as_strip: bool) -> None:
    spans = stretches(made)
    kept = SpanSet(spans)
    assert all(kept.covers(*span) for span in made.present)
    as_strip = as_strip and made.layout.rate_hz >= 200
    for number, span in enumerate(spans, 1):
        back = read((strip if as_strip else ambulatory)(made, span, number))
        assert (raw(back) == made.read(*span)).all()
        assert round(float(back.WaveformSequence[0].SamplingFrequency) * 1000) == made.layout.rate_mhz
        for channel, lead in zip(channels(back), made.layout.leads, strict=True):
            assert float(channel.ChannelSensitivity) == pytest.approx(1000 / lead.gain, rel=1e-9)
            shown = " ".join(lead.name.replace("\\", " ").split())
            assert shown.startswith(channel.ChannelLabel)
            assert len(shown.encode()) > 12 or channel.ChannelLabel == shown
        holes = [
            place
            for item in back.get("WaveformAnnotationSequence", [])
            if "ConceptNameCodeSequence" in item and item.ConceptNameCodeSequence[0].CodeValue == "10:11248"
            for place in np.atleast_1d(item.ReferencedSamplePositions).tolist()
        ]
        wanted = [
            place
            for gap in SpanSet(made.present).missing(*span)
            for place in (gap.start - span.start + 1, gap.stop - span.start)
        ]
        assert holes == wanted


@pytest.mark.foreign
@settings(max_examples=12)
@given(gappy())
def test_any_recording_is_clean(made: Recording) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        assert examined(ambulatory(told(made), stretches(made)[0]), Path(folder)) == []


def test_the_same_export_is_the_same_bytes_and_other_content_another_object() -> None:
    made = told(recording(noise(900)))
    first, again = (encode(ambulatory(made, Span(0, 900))) for _ in range(2))
    assert first == again
    others = (
        replace(made, beats=beats_at([100], [VENTRICULAR])),
        replace(made, subject=replace(JANE, name="Doe, Janet")),
        replace(recording(noise(900, seed=4)), beats=made.beats, rhythm=made.rhythm, marks=made.marks),
    )
    uids = {str(read(ambulatory(other, Span(0, 900))).SOPInstanceUID) for other in (made, *others)}
    assert len(uids) == 4
    one = read(ambulatory(made, Span(0, 900)))
    assert {str(read(ambulatory(other, Span(0, 900))).StudyInstanceUID) for other in others} == {
        one.StudyInstanceUID
    }


def test_patient_and_time_are_told_as_they_were_on_the_wall() -> None:
    back = read(ambulatory(recording(noise(2000)), Span(500, 1000), 7))
    assert str(back.PatientName) == "Doe^Jane"
    assert (back.PatientID, back.PatientBirthDate, back.PatientSex) == ("P-1", "19530508", "F")
    assert (back.StudyDate, back.StudyTime) == ("20260304", "051112.250000")
    assert back.AcquisitionDateTime == "20260304051114.250000-0500"
    assert (back.TimezoneOffsetFromUTC, back.InstanceNumber) == ("-0500", 7)
    assert (back.DeviceSerialNumber, back.SoftwareVersions) == ("T-100", "0.1.0")


@pytest.mark.foreign
@pytest.mark.parametrize(
    ("name", "told_as"),
    [
        ("王小明", "王小明^"),
        ("Ångström, Åsa", "Ångström^Åsa"),
        ("Doe, Jane\\^=\n", "Doe^Jane"),
        ("Иванова, Анна Петровна", "Иванова^Анна Петровна"),
        ("", ""),
    ],
)
def test_names_of_any_script(name: str, told_as: str, tmp_path: Path) -> None:
    data = ambulatory(replace(recording(noise(300)), subject=replace(JANE, name=name)), Span(0, 300))
    assert examined(data, tmp_path) == []
    assert read(data).SpecificCharacterSet == "ISO_IR 192"
    assert str(read(data).PatientName) == told_as


@pytest.mark.foreign
def test_a_name_that_is_too_long_stands_whole_in_the_comments(tmp_path: Path) -> None:
    name = "Wolfeschlegelsteinhausenbergerdorff, " + "Hubert Blaine " * 4
    data = ambulatory(replace(recording(noise(300)), subject=replace(JANE, name=name)), Span(0, 300))
    assert examined(data, tmp_path) == []
    assert len(str(read(data).PatientName)) <= 64
    assert " ".join(name.split()) in read(data).PatientComments


def test_a_recording_without_a_clock_is_refused() -> None:
    made = replace(recording(noise(300)), start=None)
    with pytest.raises(InputError, match="nothing ties this recording to a clock"):
        ambulatory(made, Span(0, 300))


def test_nothing_received_is_refused() -> None:
    with pytest.raises(InputError, match="nothing of it was received"):
        stretches(replace(recording(noise(300)), present=()))


def test_a_slow_strip_is_refused_and_exported_as_ambulatory() -> None:
    slow = recording(noise(300), layout=Layout(128.0, LAYOUT.leads))
    with pytest.raises(InputError, match="General ECG wants 200 Hz"):
        strip(slow, Span(0, 300))
    assert [part.data.SOPClassUID for part in objects(slow)] == [AMBULATORY]


def test_a_short_recording_is_a_strip_a_longer_one_ambulatory() -> None:
    assert [part.data.SOPClassUID for part in objects(recording(noise(30_000)))] == [GENERAL]
    assert [part.data.SOPClassUID for part in objects(recording(noise(30_001)))] == [AMBULATORY]


def test_a_long_gap_ends_an_object_a_short_one_is_padded() -> None:
    minute = 60 * 250
    made = recording(
        noise(10 * minute), (100, minute), (2 * minute - 1, 3 * minute), (4 * minute, 9 * minute)
    )
    assert stretches(made) == (Span(100, 3 * minute), Span(4 * minute, 9 * minute))


def test_thirty_days_are_cut_into_objects_of_bounded_size() -> None:
    samples = 30 * 86_400 * 250
    month = replace(recording(noise(1)), samples=samples, present=(Span(0, samples),))
    parts = stretches(month)
    assert len(parts) == 90  # eight hours each
    assert max(span.length for span in parts) * 4 <= INSTANCE_BYTES
    assert [span.start for span in parts[1:]] == [span.stop for span in parts[:-1]]


def test_memory_is_that_of_one_object() -> None:
    rate, leads = 1000.0, tuple(Lead(f"L{n}") for n in range(12))
    samples = 40 * 60 * 1000
    block = noise(1 << 17, 12)
    long = replace(
        recording(block, layout=Layout(rate, leads)),
        samples=samples,
        present=(Span(0, samples),),
        read=lambda start, stop: block[: stop - start],
    )
    tracemalloc.start()
    try:
        sizes = [len(encode(part.data)) for part in objects(long)]
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(sizes) == 2
    assert most < 6 * INSTANCE_BYTES


def by_code(data: Dataset) -> dict[str, list[list[int]]]:
    """Positions by code, or by text in quotes."""
    found: dict[str, list[list[int]]] = {}
    for item in data.get("WaveformAnnotationSequence", []):
        where = np.atleast_1d(item.get("ReferencedSamplePositions", [])).tolist()
        kind = [item.get("TemporalRangeType", "")]
        if "ConceptCodeSequence" in item:
            assert item.ConceptNameCodeSequence[0].CodeValue == "8884-9"
            name = item.ConceptCodeSequence[0].CodeValue
        elif "ConceptNameCodeSequence" in item:
            name = item.ConceptNameCodeSequence[0].CodeValue
        else:
            name = f"'{item.UnformattedTextValue}'"
        found.setdefault(f"{item.AnnotationGroupNumber} {name}", []).append(kind + where)
    return found


def test_what_is_said_of_the_samples() -> None:
    made = replace(
        recording(noise(3000), (0, 2000), (2100, 3000)),
        beats=beats_at([10, 1500, 1600, 1700, 2950], [NORMAL, NORMAL, VENTRICULAR, NORMAL, NORMAL]),
        rhythm=((0, "(N"), (1550, "(AFIB"), (1900, "(P"), (2500, "(ODD")),
        marks=(
            Mark("episode", 1000, 2900, "atrial-fibrillation", "AF"),
            Mark("symptom", 1600, None, "palpitations", "Palpitations"),
            Mark("episode", 1700, 1800, "pause", "Pause 3.4 s"),
            Mark("gap", 2000, 2100, "lead-off", "Electrode off"),
            Mark("episode", 900, 1500, "asystole", "Asystole"),
            Mark("episode", 2400, None, "ventricular-fibrillation", "VF, still there at the end"),
            Mark("episode", 2450, None, "pause", "Pause without length"),
        ),
    )
    assert by_code(read(ambulatory(made, Span(1500, 2500)))) == {
        "1 10:8208": [["MULTIPOINT", 1, 201]],
        "1 10:8336": [["POINT", 101]],
        "2 10:9232": [["END", 50]],
        "2 10:9472": [["SEGMENT", 51, 400]],
        "2 'paced rhythm'": [["SEGMENT", 401, 1000]],
        "3 10:9472": [[""]],
        "4 'Palpitations'": [["POINT", 101]],
        "3 'Pause 3.4 s'": [["SEGMENT", 201, 300]],
        "3 10:10016": [["BEGIN", 901]],
        "3 'Pause without length'": [["POINT", 951]],
        "5 'Electrode off'": [["SEGMENT", 501, 600]],
        "5 10:11248": [["SEGMENT", 501, 600]],
    }


def test_more_beats_than_one_annotation_holds() -> None:
    made = replace(recording(noise(40_000)), beats=beats_at(list(range(40_000)), [NORMAL] * 40_000))
    runs = by_code(read(ambulatory(made, Span(0, 40_000))))["1 10:8208"]
    assert [place for run in runs for place in run[1:]] == list(range(1, 40_001))


def test_every_code_is_one_of_the_standard() -> None:
    """pydicom carries the context groups of PS3.16."""

    def group(cid: int) -> dict[str, str]:
        names = {name for listed in cid_concepts[cid].values() for name in listed}
        return {code: words for name in names for code, (words, _) in concepts["MDC"][name].items()}

    leads = {*mdc._LEADS.values(), mdc.UNSPECIFIED_LEAD}
    for codes, cid in (
        (leads, 3001),
        ({*mdc.BEATS.values(), mdc.NO_SIGNAL}, 3335),
        ({*mdc.FINDINGS.values(), *mdc.RHYTHMS.values()}, 3415),
    ):
        # CID 3335 lists 10:8704 twice; pydicom keeps the other, which is not in its row of beats.
        listed = group(cid) | {"10:8704": "Paced beat"}
        assert {code.value: code.meaning for code in codes}.items() <= listed.items()
    assert set(mdc.FINDINGS) <= set(BY_NAME)
    assert {kind.aux for kind in KINDS if kind.aux} - set(mdc.RHYTHMS) == {"(P"}


@pytest.mark.parametrize(
    ("name", "code"),
    [("II", "2:2"), ("aVF", "2:64"), ("AVL", "2:63"), ("ECG V1", "2:3"), ("lead III", "2:61"), ("V6", "2:8"),
     ("MCL1", "2:92"), ("MLII", "2:126"), ("V5 left", "2:0"), ("ECG", "2:0"), ("", "2:0")],
)  # fmt: skip
def test_leads_by_name(name: str, code: str) -> None:
    assert mdc.lead_code(name).value == code


@pytest.mark.foreign
def test_a_report_travels_byte_for_byte(tmp_path: Path) -> None:
    made = recording(noise(300))
    for pdf in (b"%PDF-1.7\nodd", b"%PDF-1.7\neven"):
        data = encapsulated_pdf(study_of(made), pdf, "Tagesbericht für 王小明", START + DAY, 2, signed=True)
        assert examined(data, tmp_path) == []
        back = read(data)
        assert back.SOPClassUID == PDF
        assert back.EncapsulatedDocument[: back.EncapsulatedDocumentLength] == pdf
        assert back.DocumentTitle == "Tagesbericht für 王小明"
        assert (back.VerificationFlag, back.ContentDate) == ("VERIFIED", "20260305")
        assert back.StudyInstanceUID == read(ambulatory(made, Span(0, 300))).StudyInstanceUID
    drawn = encapsulated_pdf(study_of(made), b"%PDF-1.7", "", START + SECOND)
    assert examined(drawn, tmp_path) == []


@pytest.mark.foreign
@needs_data
@pytest.mark.records
@pytest.mark.parametrize("name", ["mitdb/100", "mitdb/104", "nstdb/118e00"])
def test_real_records(name: str, tmp_path: Path) -> None:
    record = read_record(str(DATA / name))
    made = told(of_record(record))
    found = []
    for part in objects(made):
        assert examined(part.data, tmp_path) == []
        found.append(raw(read(part.data)))
    assert (np.concatenate(found) == record.samples).all()
