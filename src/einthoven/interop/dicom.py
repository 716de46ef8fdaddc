"""Recordings and reports as DICOM objects (R41): Ambulatory ECG, General ECG, Encapsulated PDF.

Source: DICOM PS3.3 A.34.4 (General ECG), A.34.5 (Ambulatory ECG), A.45.1 (Encapsulated PDF), C.10.8–C.10.10.
Samples are the stored ones, 16 bits signed; what was not measured is the padding value −32768. Files are
written in ``edges.exchange``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID
from pydicom.valuerep import format_number_as_ds

from einthoven.base.errors import InputError
from einthoven.base.instants import Instant
from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.base.spans import Span, SpanSet
from einthoven.interop.dicom_marks import coded, mdc, waveform_annotations
from einthoven.interop.dicom_study import (
    MAKER,
    Study,
    common,
    derived_uid,
    encode,
    identify,
    study_of,
    text,
    wall_time,
    zone,
)
from einthoven.interop.mdc import lead_code
from einthoven.interop.recording import CHUNK, Recording

__all__ = [
    "AMBULATORY",
    "GENERAL",
    "INSTANCE_BYTES",
    "PDF",
    "SHARED",
    "STRIP_S",
    "Study",
    "ambulatory",
    "encapsulated_pdf",
    "encode",
    "objects",
    "pdf_beside",
    "stretches",
    "strip",
    "study_of",
]

AMBULATORY: Final = "1.2.840.10008.5.1.4.1.1.9.1.3"
GENERAL: Final = "1.2.840.10008.5.1.4.1.1.9.1.2"
PDF: Final = "1.2.840.10008.5.1.4.1.1.104.1"
GENERAL_RATE_MIN: Final = 200.0
"""Hz; General ECG has 200 to 1000, Ambulatory ECG 50 to 1000 (A.34.4.4.4, A.34.5.4.4)."""
INSTANCE_BYTES: Final = 32 << 20
"""Samples of one object at the most: what is held in memory while it is made, some three times over."""
LENGTHS_S: Final = (86_400, 43_200, 28_800, 21_600, 14_400, 7_200, 3_600, 1_800, 1_200, 600)
"""Lengths of an object, in seconds: the longest that fits ``INSTANCE_BYTES`` is taken."""
GAP_S: Final = 60
"""A gap of so many seconds ends an object, the next begins behind it; shorter ones are padded."""
STRIP_S: Final = 120
"""A recording, or a part of one, of so many seconds at the most is a strip: General ECG."""


@dataclass(frozen=True, slots=True)
class Part:
    """One object of an export.

    Attributes:
        number: from 1.
        of: how many there are.
        span: its samples of the recording.
        data: the object.
    """

    number: int
    of: int
    span: Span
    data: Dataset


def objects(recording: Recording) -> Iterator[Part]:
    """A recording as it is exported: a short one as a strip, a longer one as Ambulatory ECG.

    Raises:
        InputError: nothing ties the recording to a clock, or nothing of it was received.
    """
    parts = stretches(recording)
    short = recording.samples <= STRIP_S * recording.layout.rate_hz
    make = strip if short and recording.layout.rate_hz >= GENERAL_RATE_MIN else ambulatory
    for number, span in enumerate(parts, 1):
        yield Part(number, len(parts), span, make(recording, span, number))


def stretches(recording: Recording, size: int = INSTANCE_BYTES) -> tuple[Span, ...]:
    """The spans of samples that become objects, in order: no object is larger than ``size`` bytes of samples,
    and none holds a gap of ``GAP_S`` or more.

    Raises:
        InputError: nothing of the recording was received.
    """
    rate = recording.layout.rate_hz
    fit = size // (2 * len(recording.layout.leads))
    longest = next((round(s * rate) for s in LENGTHS_S if round(s * rate) <= fit), max(fit, 1))
    runs: list[Span] = []
    for span in SpanSet(recording.present).within(0, recording.samples):
        if runs and span.start - runs[-1].stop < GAP_S * rate:
            runs[-1] = Span(runs[-1].start, span.stop)
        else:
            runs.append(span)
    if not runs:
        raise InputError(f"{recording.name}: nothing of it was received: there is nothing to export")
    return tuple(
        Span(start, min(start + longest, run.stop))
        for run in runs
        for start in range(run.start, run.stop, longest)
    )


def ambulatory(recording: Recording, span: Span, number: int = 1) -> Dataset:
    """Samples ``span`` of a recording as Ambulatory ECG, number ``number`` of its series.

    Raises:
        InputError: nothing ties the recording to a clock.
    """
    return _waveform(recording, span, number, AMBULATORY)


def strip(recording: Recording, span: Span, number: int = 1) -> Dataset:
    """Samples ``span`` of a recording as General ECG, number ``number`` of its series.

    Raises:
        InputError: nothing ties the recording to a clock, or its rate is below what General ECG allows.
    """
    if recording.layout.rate_hz < GENERAL_RATE_MIN:
        raise InputError(
            f"{recording.name}: General ECG wants {GENERAL_RATE_MIN:g} Hz or more, "
            f"this has {recording.layout.rate_hz:g}: export it as Ambulatory ECG"
        )
    return _waveform(recording, span, number, GENERAL)


def _waveform(recording: Recording, span: Span, number: int, sop_class: str) -> Dataset:
    study = study_of(recording)
    at = study.start + span.start * 10**12 // recording.layout.rate_mhz
    long = sop_class == AMBULATORY
    label, series = ("Ambulatory ECG", 1) if long else ("ECG strip", 2)
    data = common(study, sop_class, "ECG", label, series, at)
    data.SeriesDescription = label
    data.InstanceNumber = number
    data.AcquisitionDateTime = wall_time(study, at).strftime("%Y%m%d%H%M%S.%f") + zone(study)
    data.AcquisitionContextSequence = Items()
    group = _group(recording.layout, span.length, "RECORDING" if long else "STRIP")
    samples = _samples(recording, span).tobytes()
    data.WaveformSequence = Items([group])
    marks = waveform_annotations(recording, span)
    if marks:
        data.WaveformAnnotationSequence = marks
    identify(data, samples)
    group.WaveformData = samples
    return data


def _samples(recording: Recording, span: Span) -> NDArray[np.int16]:
    out = np.empty((span.length, len(recording.layout.leads)), "<i2")
    for start in range(span.start, span.stop, CHUNK):
        stop = min(start + CHUNK, span.stop)
        out[start - span.start : stop - span.start] = recording.read(start, stop)
    return out


def _group(layout: Layout, samples: int, label: str) -> Dataset:
    group = Dataset()
    group.WaveformOriginality = "ORIGINAL"
    group.NumberOfWaveformChannels = len(layout.leads)
    group.NumberOfWaveformSamples = samples
    group.SamplingFrequency = format_number_as_ds(layout.rate_mhz / 1000)
    group.MultiplexGroupLabel = label
    group.ChannelDefinitionSequence = Items(
        [_channel(place, lead) for place, lead in enumerate(layout.leads, 1)]
    )
    group.WaveformBitsAllocated = 16
    group.WaveformSampleInterpretation = "SS"
    group.WaveformPaddingValue = INVALID_SAMPLE.to_bytes(2, "little", signed=True)
    return group


def _channel(place: int, lead: Lead) -> Dataset:
    """A lead: physical value = stored value × sensitivity + baseline, in µV."""
    channel = Dataset()
    channel.WaveformChannelNumber = place
    channel.ChannelLabel = text(lead.name, 16).encode()[:16].decode(errors="ignore")
    channel.ChannelSourceSequence = mdc(lead_code(lead.name))
    channel.ChannelSensitivity = format_number_as_ds(1000 / lead.gain)
    channel.ChannelSensitivityUnitsSequence = coded("uV", "UCUM", "microvolt")
    channel.ChannelSensitivityCorrectionFactor = "1"
    channel.ChannelBaseline = format_number_as_ds(-lead.baseline * 1000 / lead.gain)
    channel.ChannelSampleSkew = "0"
    channel.WaveformBitsStored = 16
    return channel


def encapsulated_pdf(
    study: Study, pdf: bytes, title: str, made: Instant, number: int = 1, *, signed: bool = False
) -> Dataset:
    """A report as Encapsulated PDF, in the study of its recording.

    Args:
        study: of the recording that it reports on (``study_of``).
        pdf: the document, byte for byte.
        title: of the document.
        made: when it was made.
        number: of the document within the study.
        signed: whether a physician signed it.
    """
    data = common(study, PDF, "DOC", "Reports", 3, made)
    data.SeriesDescription = "Reports"
    data.InstanceNumber = number
    data.AcquisitionDateTime = wall_time(study, study.start).strftime("%Y%m%d%H%M%S.%f") + zone(study)
    data.VerificationFlag = "VERIFIED" if signed else "UNVERIFIED"
    return _with_document(data, pdf, title)


def pdf_beside(other: Dataset, pdf: bytes, title: str) -> Dataset:
    """A document as Encapsulated PDF in the study of another object: of its patient, with no date of its own.

    Args:
        other: an object of the study, without its bulk data if need be.
        pdf: the document, byte for byte.
        title: of the document.
    """
    data = Dataset()
    data.SOPClassUID = UID(PDF)
    for keyword in SHARED:
        if keyword in other:
            data[keyword] = other[keyword]
    for keyword in _EMPTY:
        if keyword not in data:
            setattr(data, keyword, "")
    data.Modality = "DOC"
    data.SeriesInstanceUID = UID(derived_uid("series", str(data.StudyInstanceUID), "Documents"))
    data.SeriesNumber = 4
    data.SeriesDescription = "Documents"
    data.Manufacturer = MAKER
    data.InstanceNumber = 1
    data.ContentDate = data.ContentTime = data.AcquisitionDateTime = ""
    return _with_document(data, pdf, title)


SHARED: Final = (
    "SpecificCharacterSet", "TimezoneOffsetFromUTC", "PatientName", "PatientID", "IssuerOfPatientID",
    "PatientBirthDate", "PatientSex", "PatientComments", "StudyInstanceUID", "StudyDate", "StudyTime",
    "ReferringPhysicianName", "StudyID", "AccessionNumber", "StudyDescription",
)  # fmt: skip
"""Attributes of patient and study, the same in every object of a study."""
_EMPTY: Final = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime",
    "ReferringPhysicianName", "StudyID", "AccessionNumber",
)  # fmt: skip
"""Those that must be there, if only empty."""


def _with_document(data: Dataset, pdf: bytes, title: str) -> Dataset:
    """The document in its object, and the object's identifier."""
    data.ConversionType = "WSD"
    data.BurnedInAnnotation = "YES"
    data.DocumentTitle = text(title, 1024)
    data.ConceptNameCodeSequence = coded("18754-2", "LN", "Holter Study Report")
    data.MIMETypeOfEncapsulatedDocument = "application/pdf"
    data.EncapsulatedDocumentLength = len(pdf)
    identify(data, pdf)
    data.EncapsulatedDocument = pdf
    return data
