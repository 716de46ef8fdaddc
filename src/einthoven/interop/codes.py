"""Codes of other vocabularies for what this center measures and finds (R41): LOINC, IEEE 11073, SNOMED CT.

Only codes with a source are here: LOINC 2.81; IEEE 11073-10101 and -10102 as FHIR and DICOM (CID 3001,
3335, 3415) publish them; SNOMED CT as the PhysioNet Challenge 2021 maps rhythms. What has no code there keeps
its own name in ``LOCAL``, marked as local; nothing is given a code of something else. Display texts are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

LOINC: Final = "http://loinc.org"
MDC: Final = "urn:iso:std:iso:11073:10101"
SNOMED: Final = "http://snomed.info/sct"
UCUM: Final = "http://unitsofmeasure.org"
NPI: Final = "http://hl7.org/fhir/sid/us-npi"
LOCAL: Final = "urn:uuid:eedf7663-7dd1-53f8-9b2d-df09fb0e7e6b"
"""Names of this program, e.g. of a figure of its reports. One fixed UUID, which nobody else uses."""
V2_SYSTEMS: Final[Mapping[str, str]] = {LOINC: "LN", MDC: "MDC", SNOMED: "SCT", LOCAL: "99EINT"}
"""HL7 table 0396; codes that begin with 99 are local."""


@dataclass(frozen=True, slots=True)
class Coding:
    """A code of a system, with words for people."""

    system: str
    code: str
    words: str


HOLTER_STUDY: Final = Coding(LOINC, "18754-2", "Ambulatory cardiac rhythm monitor (Holter) study")
IMPRESSION: Final = Coding(LOINC, "8601-7", "ECG impression")
_REPORTS = {
    "daily": "Report of a day of wear",
    "urgent": "Report of an event that a physician was told of",
    "end": "Report at the end of service",
    "strip": "Strip by telephone, technical report",
    "period": "Strips by telephone, report of the period",
}
BY_TELEPHONE: Final = frozenset({"strip", "period"})
"""Reports of strips by telephone: never telemetry, and no Holter study (R7)."""
_RATE = Coding(LOINC, "8867-4", "Heart rate")
_QTC = Coding(LOINC, "8636-3", "QTc interval")
MEASURES: Final[Mapping[str, Coding]] = {
    "rate": _RATE,
    "pr": Coding(LOINC, "8625-6", "P-R interval"),
    "qrs": Coding(LOINC, "8633-0", "QRS duration"),
    "qt": Coding(LOINC, "8634-8", "Q-T interval"),
    "qtc": _QTC,
}
"""What is measured, by a word of ours → its code."""

POTENTIAL: Final = Coding(MDC, "131328", "ECG potential")
_LEADS = {
    "I": ("131073", "131329"),
    "II": ("131074", "131330"),
    "V1": ("131075", ""),
    "V2": ("131076", ""),
    "V3": ("131077", ""),
    "V4": ("131078", ""),
    "V5": ("131079", ""),
    "V6": ("131080", ""),
    "CC5": ("131091", ""),
    "CM5": ("131092", ""),
    "III": ("131133", "131389"),
    "AVR": ("131134", "131390"),
    "AVL": ("131135", "131391"),
    "AVF": ("131136", "131392"),
    "MCL1": ("131164", ""),
    "X": ("131088", ""),
    "Y": ("131089", ""),
    "Z": ("131090", ""),
}


def lead(name: str) -> list[Coding]:
    """The potential of a lead: its own code where there is one, else the potential without a lead, and the
    code of the lead beside it where that has one.
    """
    lead_code, potential = _LEADS.get(name.strip().upper().removeprefix("LEAD "), ("", ""))
    told = [Coding(MDC, potential, f"ECG potential, lead {name}") if potential else POTENTIAL]
    if not potential and lead_code:
        told.append(Coding(MDC, lead_code, f"ECG lead {name}"))
    return told


_RHYTHMS: Final[Mapping[str, tuple[str, str]]] = {
    # kind of finding: (SNOMED CT, IEEE 11073-10102)
    "ventricular-fibrillation": ("164896001", "665376"),
    "ventricular-flutter": ("111288001", "665360"),
    "asystole": ("397829000", "665696"),
    "ventricular-tachycardia": ("164895002", "665344"),
    "nonsustained-ventricular-tachycardia": ("444658006", "665392"),
    "sustained-ventricular-tachycardia": ("426525004", ""),
    "torsade-de-pointes": ("", "665440"),
    "ventricular-run": ("", "665328"),
    "accelerated-idioventricular-rhythm": ("61277005", "665248"),
    "idioventricular-rhythm": ("49260003", "665216"),
    "ventricular-couplet": ("251182009", "665312"),
    "ventricular-bigeminy": ("11157007", "665280"),
    "ventricular-trigeminy": ("251180001", "665296"),
    "atrial-fibrillation": ("164889003", "664832"),
    "atrial-flutter": ("164890007", "664816"),
    "supraventricular-tachycardia": ("426761007", "664864"),
    "sinus-tachycardia": ("427084000", "664624"),
    "sinus-bradycardia": ("426177001", "664608"),
    "sinus-rhythm": ("426783006", "664592"),
    "av-block-1": ("270492004", "664992"),
    "av-block-2-mobitz-1": ("54016002", "665024"),
    "av-block-2-mobitz-2": ("426183003", "665040"),
    "av-block-2-to-1": ("195042002", ""),
    "av-block-high-grade": ("195042002", ""),
    "av-block-3": ("27885002", "665056"),
    "paced-rhythm": ("10370003", ""),
}


def report(kind: str) -> list[Coding]:
    """A report of a kind: the study, and the kind by its own name. Strips by telephone are no Holter study;
    no code of LOINC was found for them.
    """
    own = Coding(LOCAL, kind, _REPORTS.get(kind, "Report"))
    return [own] if kind in BY_TELEPHONE else [HOLTER_STUDY, own]


def finding(kind: str, words: str) -> list[Coding]:
    """A finding by the name of its kind (``ecg.kinds``): its codes, and its own name last."""
    snomed, mdc = _RHYTHMS.get(kind, ("", ""))
    told = [Coding(SNOMED, snomed, words)] if snomed else []
    if mdc:
        told.append(Coding(MDC, mdc, words))
    return [*told, Coding(LOCAL, kind, words)]


def figure(name: str, words: str, measure: str = "") -> list[Coding]:
    """A figure of a report: the code of what it measures, if it is a value of that, and its own name last."""
    known = MEASURES.get(measure)
    return [*([known] if known is not None else []), Coding(LOCAL, name, words)]
