"""ORU^R01: a report leaves with its values and its page (HL7 v2.5.1 chapter 7; R25, R41).

One OBR stands for the report (LOINC 18754-2), an OBX for each value, one for the impression, and one holds
the page as PDF in Base64. The identifiers of values are codes of LOINC, IEEE 11073 or SNOMED CT where
``interop.codes`` has one, with the center's own name beside it; else that alone, as local (``99EINT``).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from einthoven.base.ids import stream_name
from einthoven.base.instants import Instant
from einthoven.interop import codes, hl7v2, names
from einthoven.interop.codes import IMPRESSION, V2_SYSTEMS, Coding
from einthoven.interop.codes import report as report_codes
from einthoven.interop.hl7_adt import Identifier
from einthoven.interop.hl7_time import stamp
from einthoven.interop.hl7v2 import Component, Line, Repetition, Value
from einthoven.interop.outgoing import Measured, OutgoingReport

STATUS: Final = {"preliminary": "P", "final": "F", "appended": "C", "wrong patient": "C"}
"""State of a report → OBR-25 (table 0123). A result of the wrong patient is a correction of what was sent."""
RESULT: Final = {**STATUS, "wrong patient": "W"}
"""State of a report → OBX-11 (table 0085): ``W`` posts the original as wrong, transmitted for the wrong
patient."""
_SEX: Final = {"female": "F", "male": "M", "other": "O", "unknown": "U"}
_PDF: Final = ("", "AP", "PDF", "Base64")
"""ED-1 to ED-4: application data (table 0191)."""
_TEXT_MAX: Final = 30_000
"""Characters of one OBX-5 of words; an impression is never as long."""


@dataclass(frozen=True, slots=True)
class Between:
    """Who sends to whom, as the two have agreed.

    Attributes:
        application, facility: of this center (MSH-3, MSH-4).
        to_application, to_facility: of the receiver (MSH-5, MSH-6).
        processing: ``P`` production, ``T`` training, ``D`` debugging (MSH-11).
    """

    application: str = "EINTHOVEN"
    facility: str = ""
    to_application: str = ""
    to_facility: str = ""
    processing: str = "P"


def oru(
    report: OutgoingReport,
    between: Between,
    control: str,
    at: Instant,
    zone: tzinfo,
    known_as: Sequence[Identifier] = (),
    page: str = "",
) -> bytes:
    """The message.

    Args:
        control: its control id (MSH-10), at most 20 characters; the same in every try.
        at: when it was made.
        zone: in which its times are written, with their offset from UTC.
        known_as: identifiers of the patient at the hospital, as its own messages told them.
        page: digest of the PDF, which stands in its place until ``with_page`` puts it in; ``""``: it is in.
    """
    state = RESULT[report.state]
    lines: list[Line] = [
        (
            "MSH",
            {
                3: between.application,
                4: between.facility,
                5: between.to_application,
                6: between.to_facility,
                7: stamp(at, zone),
                9: ("ORU", "R01", "ORU_R01"),
                10: control,
                11: between.processing,
                12: hl7v2.VERSION,
            },
        ),
        ("PID", _pid(report, between, known_as)),
        ("PV1", {1: "1", 2: "O"}),
        ("ORC", {1: "RE", 3: _filler(report, between), 12: _physician(report)}),
        ("OBR", _obr(report, between, STATUS[report.state], zone)),
    ]
    if report.notice:
        lines.append(("NTE", {1: "1", 2: "L", 3: report.notice}))
    place = 0
    for place, one in enumerate(report.values, 1):
        lines.append(("OBX", _obx(place, one, state, zone)))
    if report.conclusion:
        place += 1
        lines.append(("OBX", _words(place, IMPRESSION, report.conclusion, state)))
    if report.pdf is not None:
        lines.append(("OBX", _page(place + 1, report, state, zone, page)))
    return hl7v2.write(lines)


def _pid(report: OutgoingReport, between: Between, known_as: Sequence[Identifier]) -> dict[int, Value]:
    patient = report.patient
    ours = (str(report.patient_number), "", "", between.application, "PI")
    told: dict[int, Value] = {
        1: "1",
        3: [*[(one.value, "", "", one.authority, one.kind or "MR") for one in known_as], ours],
        5: (*names.parts(patient.name), "", "", "", "", "L"),
        7: patient.birth_date.replace("-", ""),
        8: _SEX.get(patient.sex, ""),
    }
    if patient.address:
        told[11] = (patient.address,)
    if patient.telephone:
        told[13] = ("", "PRN", "PH", "", "", "", "", "", "", "", "", patient.telephone)
    return told


def _filler(report: OutgoingReport, between: Between) -> Repetition:
    return (report.id, between.application)


def _physician(report: OutgoingReport) -> Value:
    who = report.physician
    return "" if who is None else (who.npi, *names.parts(who.name), "", "", "", "", "", "NPI", "L")


def _obr(report: OutgoingReport, between: Between, state: str, zone: tzinfo) -> dict[int, Value]:
    told: dict[int, Value] = {
        1: "1",
        3: _filler(report, between),
        4: _identifier(codes.report(report.kind)),
        7: stamp(report.start, zone),
        8: stamp(report.stop, zone),
        16: _physician(report),
        20: stream_name(report.stream),
        21: report.transmitter,
        22: stamp(report.made, zone),
        24: "EC",
        25: state,
    }
    if report.signed:
        # OBR-32 principal interpreter (NDL): person (CNN), start, end of interpretation
        last = report.signed[-1]
        told[32] = ((last.npi, *names.parts(last.name)), stamp(last.at, zone))
    return told


def _obx(place: int, one: Measured, state: str, zone: tzinfo) -> dict[int, Value]:
    is_number = not isinstance(one.value, str)
    told: dict[int, Value] = {
        1: str(place),
        2: "NM" if is_number else "TX",
        3: _identifier(one.codes),
        4: one.name,
        5: number(one.value) if not isinstance(one.value, str) else one.value[:_TEXT_MAX],
        6: (one.unit, one.unit, "UCUM") if one.unit else "",
        11: state,
    }
    if one.at is not None:
        told[14] = stamp(one.at, zone)
    return told


def _words(place: int, code: Coding, text: str, state: str) -> dict[int, Value]:
    lines: list[Repetition] = list(text[:_TEXT_MAX].splitlines())
    return {1: str(place), 2: "TX", 3: _identifier((code,)), 5: lines or text, 11: state}


def with_page(text: str, digest: str, pdf: bytes) -> str:
    """The message with its PDF in the place of the digest; a message without that place as it is."""
    begin = "^".join(_PDF)  # as no text of a field can stand there: its delimiters would be escaped
    return text.replace(f"{begin}^{digest}", f"{begin}^{base64.b64encode(pdf).decode('ascii')}", 1)


def _page(place: int, report: OutgoingReport, state: str, zone: tzinfo, digest: str) -> dict[int, Value]:
    assert report.pdf is not None
    data = digest or base64.b64encode(report.pdf()).decode("ascii")
    return {
        1: str(place),
        2: "ED",
        3: _identifier((report_codes(report.kind)[0], Coding("", f"{report.kind}.pdf", report.title))),
        5: (*_PDF, data),
        11: state,
        14: stamp(report.made, zone),
    }


def _identifier(codes: Sequence[Coding]) -> Repetition:
    """CE: the best known code, then another; a system that is none of ours is local."""
    told: list[Component] = []
    for one in (codes[0], codes[-1]) if len(codes) > 1 else codes[:1]:
        told += [one.code, one.words, V2_SYSTEMS.get(one.system, "99EINT")]
    return tuple(told)


def number(value: float | int) -> str:
    """A number of NM: digits with a point, never an exponent."""
    if isinstance(value, int):
        return str(value)
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
