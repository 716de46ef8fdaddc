"""HL7 aECG: the judges are biosig, which reads it, and the structure of the published schema."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from lxml import etree
from tests.interop.aecg_structure import HL7, XSI_TYPE, faults
from tests.interop.dicom_cases import LAYOUT, beats_at, gappy, noise, of_record, recording, told
from tests.interop.judge import DATA, needs_data

from einthoven.base.instants import SECOND
from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.base.spans import Span
from einthoven.ecg.beats import ARTEFACT, NORMAL, VENTRICULAR
from einthoven.edges.exchange.records import read_record
from einthoven.interop.aecg import VALUES_MAX, document, documents
from einthoven.interop.recording import Mark, Recording, Subject

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def written(made: Recording, span: Span | None = None) -> bytes:
    return b"".join(document(made, span or Span(0, made.samples)))


def at(text: str, offset_minutes: int) -> int:
    """The instant that a time names, nanoseconds."""
    moment = datetime.strptime(text, "%Y%m%d%H%M%S.%f%z")
    assert moment.utcoffset() == timedelta(minutes=offset_minutes)
    return round((moment - EPOCH) / timedelta(microseconds=1)) * 1000


def found(element: etree._Element, path: str) -> list[etree._Element]:
    return element.findall("/".join(HL7 + step if step[0].isalpha() else step for step in path.split("/")))


def read(text: bytes, made: Recording) -> np.ndarray:
    """Samples of a document over the whole recording, by our own reading of the standard."""
    out = np.full((made.samples, len(made.layout.leads)), INVALID_SAMPLE, np.int32)
    for one in etree.fromstring(text).iter(f"{HL7}sequenceSet"):
        head, *leads = found(one, "component/sequence")
        begin = found(head, "value/head")[0].get("value")
        step = float(found(head, "value/increment")[0].get("value"))
        assert step == pytest.approx(1000 / made.layout.rate_mhz, rel=1e-12)
        if made.start is None:
            first = round(float(begin) / step)
        else:
            first = round((at(begin, made.utc_offset_minutes) - made.start) / SECOND / step)
        for lead in leads:
            place = place_of(lead, made.layout)
            digits = np.array(found(lead, "value/digits")[0].text.split(), np.int32)
            assert (digits != INVALID_SAMPLE).all()
            spec = made.layout.leads[place]
            scale = float(found(lead, "value/scale")[0].get("value"))
            origin = float(found(lead, "value/origin")[0].get("value"))
            assert scale == 1000 / spec.gain
            assert origin == -spec.baseline * 1000 / spec.gain
            assert (out[first : first + len(digits), place] == INVALID_SAMPLE).all()
            out[first : first + len(digits), place] = digits
    return out


def place_of(lead: etree._Element, layout: Layout) -> int:
    code = found(lead, "code")[0]
    return [" ".join(one.name.split()) for one in layout.leads].index(code.get("displayName"))


@pytest.mark.foreign
def test_the_structure_is_examined() -> None:
    good = written(told(recording(noise(500))))
    assert faults(good) == []
    for bad in (
        good.replace(b"<clinicalTrial>", b"<clinicalTrial><title>x</title>"),  # before the id
        good.replace(b'codeSystem="2.16.840.1.113883.6.1"', b'codeSystem="not a uid"'),
        good.replace(b"<digits>", b"<digits>x "),
        good.replace(b'value="20260304', b'value="2026-03-04'),
        good.replace(b"series>", b"serie>"),
        good.replace(b'<id nullFlavor="NA"/>', b""),
        good.replace(b'xsi:type="SLIST_PQ"', b'xsi:type="LIST"'),
    ):
        assert bad != good
        assert faults(bad) != []


@settings(max_examples=40)
@given(gappy())
def test_any_layout_and_any_gaps(made: Recording) -> None:
    made = told(made)
    out = np.full((made.samples, len(made.layout.leads)), INVALID_SAMPLE, np.int32)
    for one in documents(made):
        text = b"".join(one.pieces)
        assert not text or faults(text) == []
        if text:
            part = read(text, made)
            out[slice(*one.span)] = part[slice(*one.span)]
            part[slice(*one.span)] = INVALID_SAMPLE
            assert (part == INVALID_SAMPLE).all()
    assert (out == made.read(0, made.samples)).all()


def by_biosig(text: bytes, folder: Path) -> tuple[dict, np.ndarray]:
    """Header and samples (int[n, leads]) as biosig reads them; those of the first sequence set."""
    source = folder / "in.xml"
    source.write_bytes(text)
    header = subprocess.run(["save2gdf", "-JSON", source], capture_output=True, text=True, check=True)
    subprocess.run(["save2gdf", "-f=BIN", source, folder / "out.bin"], capture_output=True, check=True)
    told_ = json.loads(header.stdout[: header.stdout.rindex("}") + 1])
    files = [folder / f"out.s{place:02d}" for place in range(1, len(told_["CHANNEL"]) + 1)]
    return told_, np.stack([np.fromfile(file, "<f4") for file in files], axis=1)


@pytest.mark.foreign
def test_biosig_reads_the_samples(tmp_path: Path) -> None:
    samples = noise(3000)
    header, back = by_biosig(written(told(recording(samples))), tmp_path)
    assert (back == samples).all()
    assert header["TYPE"] == "HL7aECG"
    assert header["Samplingrate"] == 250.0
    assert header["Patient"] == {"Id": "P-1", "Gender": "Female"}
    assert [one["Label"] for one in header["CHANNEL"]] == ["II", "MDC_ECG_LEAD_CONFIG"]
    for one, lead in zip(header["CHANNEL"], LAYOUT.leads, strict=True):
        assert one["PhysicalUnit"] == "uV"
        assert one["scaling"] == pytest.approx(1000 / lead.gain, rel=1e-5)
        assert one["offset"] == pytest.approx(-lead.baseline * 1000 / lead.gain, rel=1e-5)


@pytest.mark.foreign
@settings(max_examples=10)
@given(gappy(most=500))
def test_biosig_reads_any_layout(made: Recording) -> None:
    whole = replace(made, read=lambda a, z: noise(made.samples, len(made.layout.leads))[a:z])
    with tempfile.TemporaryDirectory() as folder:
        header, back = by_biosig(written(whole), Path(folder))
    assert (back == whole.read(0, whole.samples)).all()
    assert header["Samplingrate"] == pytest.approx(made.layout.rate_hz, rel=1e-6)


def said(text: bytes) -> list[tuple[str, str, list[str]]]:
    """(code, value, boundary) of each annotation; times in samples of 250 Hz."""
    out = []
    for one in etree.fromstring(text).iter(f"{HL7}annotation"):
        value = found(one, "value")[0]
        edges = found(one, "support/supportingROI/component/boundary/value/*")
        start = recording(noise(1)).start or 0
        where = [str(round((at(edge.get("value"), -300) - start) / SECOND * 250)) for edge in edges]
        out.append((found(one, "code")[0].get("code"), value.get("code") or value.text, where))
    return out


def test_what_is_said_of_the_samples() -> None:
    made = replace(
        recording(noise(3000)),
        beats=beats_at([10, 1500, 1600, 1700, 2950], [NORMAL, NORMAL, VENTRICULAR, ARTEFACT, NORMAL]),
        rhythm=((0, "(N"), (1550, "(AFIB"), (1900, "(P")),
        marks=(
            Mark("episode", 1000, 2900, "atrial-fibrillation", "AF <1>"),
            Mark("symptom", 1600, None, "palpitations", "Palpitations & more"),
            Mark("gap", 2000, 2100, "lead-off", "Electrode off"),
            Mark("episode", 900, 1500, "asystole", "Asystole"),
            Mark("episode", 2400, None, "ventricular-fibrillation", "VF"),
            Mark("episode", 2450, None, "pause", "Pause"),
        ),
    )
    assert said(written(made, Span(1500, 2500))) == [
        ("MDC_ECG_BEAT", "MDC_ECG_BEAT_NORMAL", ["1500"]),
        ("MDC_ECG_BEAT", "MDC_ECG_BEAT_V_P_C", ["1600"]),
        ("MDC_ECG_WAVC", "MDC_ECG_WAVC_ARFCT", ["1700"]),
        ("MDC_ECG_STAT_RHY", "664592", ["1500", "1549"]),
        ("MDC_ECG_STAT_RHY", "664832", ["1550", "1899"]),
        ("MDC_ECG_STAT_RHY", "paced rhythm", ["1900", "2499"]),
        ("MDC_ECG_INTERPRETATION_STATEMENT", "AF <1>", ["1500", "2499"]),
        ("MDC_ECG_INTERPRETATION_COMMENT", "Symptom: Palpitations & more", ["1600"]),
        ("MDC_ECG_INTERPRETATION_STATEMENT", "VF", ["2400", "2499"]),
        ("MDC_ECG_INTERPRETATION_STATEMENT", "Pause", ["2450"]),
    ]


def test_a_recording_without_a_clock_counts_seconds() -> None:
    samples = noise(1000)
    made = told(replace(recording(samples, (250, 1000)), start=None))
    text = written(made, Span(250, 1000))
    assert faults(text) == []
    samples[:250] = INVALID_SAMPLE
    assert (read(text, made) == samples).all()
    root = etree.fromstring(text)
    assert found(root, "effectiveTime")[0].get("nullFlavor") == "UNK"
    kinds = {one.get(XSI_TYPE) for one in root.iter(f"{HL7}value")}
    assert {"GLIST_PQ", "IVL_PQ"} <= kinds
    assert not kinds & {"GLIST_TS", "IVL_TS"}


def test_what_is_not_known_is_left_out() -> None:
    made = replace(recording(noise(300)), subject=Subject(), transmitter="", made_by="")
    text = written(made)
    assert faults(text) == []
    assert b'<id nullFlavor="UNK"/><subjectDemographicPerson></subjectDemographicPerson>' in text
    assert b"author" not in text
    assert b"annotationSet" not in text


@pytest.mark.parametrize("name", ["王小明", 'O\'Neill, <Ann> & "Co"', "A\x1bB, C\nD", "Ångström, Åsa"])
def test_names_of_any_script(name: str) -> None:
    made = replace(recording(noise(300)), subject=Subject(name, "1953-05-08", "male", name))
    text = written(made)
    assert faults(text) == []
    whole = " ".join("".join(char if char.isprintable() else " " for char in name).split())
    (told_as,) = etree.fromstring(text).iter(f"{HL7}name")
    assert ", ".join(told_as.itertext()) == whole
    assert whole in {one.get("extension") for one in etree.fromstring(text).iter(f"{HL7}id")}


def test_the_same_recording_is_the_same_document_and_other_content_another() -> None:
    made = told(recording(noise(900)))
    assert written(made) == written(made)
    others = (
        replace(made, beats=made.beats[1:]),
        replace(made, transmitter="T-2"),
        told(recording(noise(900, seed=9))),
    )
    ids = {etree.fromstring(written(one))[0].get("root") for one in (made, *others)}
    assert len(ids) == 4


def test_documents_are_of_bounded_length_and_end_at_gaps() -> None:
    samples = 30 * 86_400 * 250
    month = replace(
        recording(noise(1)), samples=samples, present=(Span(0, 1_000_000), Span(1_000_001, samples))
    )
    spans = [one.span for one in documents(month)]
    assert spans[0] == Span(0, 900_000)  # an hour
    assert spans[1] == Span(900_000, 1_000_000)
    assert spans[2].start == 1_000_001
    wide = replace(month, layout=Layout(1000.0, tuple(Lead(f"L{n}") for n in range(12))))
    assert max(one.span.length for one in documents(wide)) * 12 <= VALUES_MAX


def test_nothing_measured_is_no_document() -> None:
    made = recording(np.full((500, 2), INVALID_SAMPLE, np.int16))
    assert written(made) == b""


@pytest.mark.foreign
@needs_data
@pytest.mark.records
@pytest.mark.parametrize("name", ["mitdb/100", "nstdb/118e00"])
def test_real_records(name: str, tmp_path: Path) -> None:
    record = read_record(str(DATA / name))
    made = told(of_record(record))
    parts = []
    for one in documents(made):
        text = b"".join(one.pieces)
        assert faults(text) == []
        parts.append(by_biosig(text, tmp_path)[1])
    assert (np.concatenate(parts) == record.samples).all()
