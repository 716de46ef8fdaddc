"""Messages and reports that the tests of HL7 v2 and FHIR share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from einthoven.base.instants import HOUR, MINUTE, SECOND
from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.enrollment.people import OrderingPhysician, Patient
from einthoven.interop import codes
from einthoven.interop.outgoing import Measured, OutgoingReport, Signed, Strip

NOON = round(datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()) * SECOND
BERLIN = ZoneInfo("Europe/Berlin")
PDF = b"%PDF-1.7\n" + bytes(range(256)) + b"\n%%EOF\n"
JANE = Patient("Doe, Jane", "1950-01-02", "female", "1 Main St, Springfield", "+1 555 0100")
POE = OrderingPhysician("Poe, Ann", "1234567893", "+1 555 0199")


def figure(name: str, words: str, value: float, unit: str, measure: str = "", **more: Any) -> Measured:
    return Measured(name, words, tuple(codes.figure(name, words, measure)), value, unit, **more)


def report(**changed: object) -> OutgoingReport:
    """A signed daily report of Jane with a value of each kind."""
    layout = Layout(250.0, (Lead("II"), Lead("V1")))
    samples = np.arange(-500, 500, dtype=np.int16).reshape(500, 2)
    samples[100:110] = INVALID_SAMPLE
    fields: dict[str, object] = {
        "id": "r000017-3",
        "version": 2,
        "kind": "daily",
        "title": "Daily report",
        "state": "final",
        "stream": 17,
        "patient_number": 3,
        "patient": JANE,
        "physician": POE,
        "transmitter": "T_1:a",
        "start": NOON - 24 * HOUR,
        "stop": NOON,
        "made": NOON + HOUR,
        "signed": (Signed("Poe, Dr. Ann", NOON + HOUR, "I have read this report", "1234567893"),),
        "conclusion": "Sinus rhythm | with 2 % PVCs & one run.\nNo pauses > 2 s.",
        "values": (
            figure("rate.mean", "Mean heart rate", 71.5, "/min", "rate", samples=(0, 100)),
            figure("rate.lowest", "Lowest heart rate", 41, "/min", "rate", at=NOON - HOUR),
            figure("pvc.count", "Ventricular ectopic beats", 1204, "{beats}"),
            Measured(
                "f1",
                "Atrial fibrillation",
                tuple(codes.finding("atrial-fibrillation", "Atrial fibrillation")),
                "Atrial fibrillation, 12 min",
                at=NOON - HOUR,
                until=NOON - 48 * MINUTE,
            ),
        ),
        "strips": (Strip("strip1", "Atrial fibrillation begins", layout, samples, NOON - HOUR, 4_500),),
        "pdf": lambda: PDF,
        "analysis": "1/live-1.0/2026.1",
    }
    return OutgoingReport(**(fields | changed))  # type: ignore[arg-type]


ADT = (
    "MSH|^~\\&|ADT1|GOOD HEALTH|EINTHOVEN||20261121120000||ADT^A01^ADT_A01|MSG00001|P|2.5.1\r"
    "EVN|A01|20261121115500\r"
    "PID|1||4711^^^GOOD HEALTH&1.2.3&ISO^MR~999^^^SSA^SS~888^^^REGION^PI||"
    "Doe^Jane^M^III^^^L~Jay^^^^^^A||19500102|F|||"
    "1 Main St^Apt 2^Springfield^IL^62701^USA||^PRN^PH^^1^217^5550100||||||||\r"
    "PV1|1|I|CARD^12^B^GOOD HEALTH||||||||||||||||V123|||||||||||||||||||||||||20261121114500+0100\r"
)
