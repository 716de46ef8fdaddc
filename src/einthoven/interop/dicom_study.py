"""What every DICOM object of a recording says of patient, study, series and equipment (PS3.3 C.7, C.12).

Identifiers are derived: the same export gives the same bytes, and other content never shares an identifier.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Final

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, ExplicitVRLittleEndian

from einthoven.base.errors import InputError
from einthoven.base.instants import MICROSECOND, Instant
from einthoven.interop.names import parts
from einthoven.interop.recording import Recording, Subject

MAKER: Final = "einthoven"
_NAMESPACE: Final = uuid.UUID("5f0d6f0e-1f8c-5f42-9c59-6f6b8d1a4be3")
PN_MAX: Final = 64
"""Characters of a name (PS3.5 6.2); a longer one is cut, and stands whole in the patient's comments."""
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_SEXES: Final = {"female": "F", "male": "M", "other": "O"}


@dataclass(frozen=True, slots=True)
class Study:
    """The study that objects of one recording belong to: its waveforms, its strips, its reports.

    Attributes:
        name: of the recording.
        subject: whose.
        start: instant of the recording's first sample.
        utc_offset_minutes: what the clock on the wall was ahead of UTC then.
        transmitter: identifier of what recorded it, ``""`` if not known.
        software: version of the analysis, ``""`` if there was none.
    """

    name: str
    subject: Subject
    start: Instant
    utc_offset_minutes: int = 0
    transmitter: str = ""
    software: str = ""

    @property
    def uid(self) -> str:
        """Study Instance UID: of this recording from this start, of this patient and transmitter."""
        return derived_uid("study", self.subject.identifier, self.transmitter, self.name, str(self.start))


def study_of(recording: Recording) -> Study:
    """The study of a recording.

    Raises:
        InputError: nothing ties the recording to a clock; DICOM has no waveform without date and time.
    """
    if recording.start is None:
        raise InputError(
            f"{recording.name}: DICOM wants date and time, and nothing ties this recording to a clock"
        )
    return Study(
        recording.name,
        recording.subject,
        recording.start,
        recording.utc_offset_minutes,
        recording.transmitter,
        recording.made_by,
    )


def derived_uid(*parts: str) -> str:
    """A UID under 2.25 (PS3.5 B.2) that follows from ``parts`` alone."""
    return f"2.25.{uuid.uuid5(_NAMESPACE, chr(31).join(parts)).int}"


def wall_time(study: Study, at: Instant) -> datetime:
    """The time on the wall at an instant, without zone, rounded to the microsecond."""
    micros = (at + MICROSECOND // 2) // MICROSECOND + study.utc_offset_minutes * 60_000_000
    return datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None) + timedelta(microseconds=micros)


def zone(study: Study) -> str:
    """The offset from UTC as DICOM and HL7 write it: ``-0500``."""
    hours, minutes = divmod(abs(study.utc_offset_minutes), 60)
    return f"{'-' if study.utc_offset_minutes < 0 else '+'}{hours:02d}{minutes:02d}"


def text(value: str, size: int) -> str:
    """Text as DICOM takes it: no backslash (which parts values), no controls, at most ``size`` characters."""
    kept = "".join(" " if char == "\\" or not char.isprintable() else char for char in value)
    return " ".join(kept.split())[:size].strip()


def person_name(name: str) -> str:
    """A complete name as a PN, whole: what stands before the first comma is the family name.

    One without a comma is a family name alone, and has the mark that tells it from a form of old.
    """
    plain = text(name.replace("^", " ").replace("=", " "), 10_000)
    return "^".join(parts(plain)) if plain else ""


def common(study: Study, sop_class: str, modality: str, series: str, number: int, at: Instant) -> Dataset:
    """A dataset with patient, study, series, equipment and SOP common modules, without its own identifier.

    Args:
        study: whose.
        sop_class: UID of its SOP class.
        modality: ``ECG`` or ``DOC``.
        series: what makes its series one; within the study.
        number: of the series, from 1.
        at: when its content begins, or was made.
    """
    subject, begin, moment = study.subject, wall_time(study, study.start), wall_time(study, at)
    data = Dataset()
    data.SpecificCharacterSet = "ISO_IR 192"
    data.SOPClassUID = UID(sop_class)
    data.TimezoneOffsetFromUTC = zone(study)
    name = person_name(subject.name)
    data.PatientName = name if len(name) <= PN_MAX else f"{name[: PN_MAX - 1].rstrip('^ ')}^"
    if len(name) > PN_MAX:
        data.PatientComments = text(f"Complete name: {subject.name}", 10_000)
    data.PatientID = text(subject.identifier, 64)
    data.PatientBirthDate = subject.birth_date.replace("-", "") if _DATE.fullmatch(subject.birth_date) else ""
    data.PatientSex = _SEXES.get(subject.sex, "")
    data.StudyInstanceUID = UID(study.uid)
    data.StudyDate, data.StudyTime = begin.strftime("%Y%m%d"), begin.strftime("%H%M%S.%f")
    data.ReferringPhysicianName = ""
    data.StudyID = text(study.name, 16)
    data.AccessionNumber = ""
    data.StudyDescription = text(f"Ambulatory ECG {study.name}", 64)
    data.Modality = modality
    data.SeriesInstanceUID = UID(derived_uid("series", study.uid, series))
    data.SeriesNumber = number
    data.Manufacturer = MAKER
    data.ManufacturerModelName = MAKER
    if study.transmitter:
        data.DeviceSerialNumber = text(study.transmitter, 64)
    if study.software:
        data.SoftwareVersions = text(study.software, 64)
    data.ContentDate, data.ContentTime = moment.strftime("%Y%m%d"), moment.strftime("%H%M%S.%f")
    return data


def identify(data: Dataset, bulk: bytes) -> None:
    """Give an object the identifier that follows from everything in it, ``bulk`` (not yet in it) included."""
    rest = BytesIO()
    dcmwrite(rest, data, implicit_vr=False, little_endian=True)
    digest = hashlib.sha256(hashlib.sha256(bulk).digest() + rest.getvalue()).hexdigest()
    data.SOPInstanceUID = UID(derived_uid("object", digest))


def encode(data: Dataset) -> bytes:
    """An object as a DICOM file (PS3.10), explicit VR little endian."""
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    data.file_meta.ImplementationClassUID = UID(derived_uid("implementation"))
    data.file_meta.ImplementationVersionName = "EINTHOVEN"
    out = BytesIO()
    dcmwrite(out, data, enforce_file_format=True)
    return out.getvalue()
