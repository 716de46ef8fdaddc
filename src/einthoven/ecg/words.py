"""How findings and rhythms are written for people: in full, and short for a tile."""

from __future__ import annotations

from einthoven.ecg import kinds
from einthoven.ecg.kinds import Kind

_IN_FULL = {
    kinds.NSVT: "Nonsustained VT",
    kinds.SUSTAINED_VT: "Sustained VT",
    kinds.TORSADE: "Torsade de pointes",
    kinds.AV_BLOCK_1: "AV block I",
    kinds.MOBITZ_1: "AV block II, Mobitz I",
    kinds.MOBITZ_2: "AV block II, Mobitz II",
    kinds.AV_BLOCK_2_TO_1: "AV block II, 2:1",
    kinds.AV_BLOCK_HIGH_GRADE: "AV block II, high grade",
    kinds.AV_BLOCK_3: "AV block III",
    kinds.ST_ELEVATION: "ST elevation",
    kinds.ST_DEPRESSION: "ST depression",
    kinds.ANALYSIS_LOST: "Analysis lost",
}
RHYTHMS: dict[int, str] = {
    kinds.VENTRICULAR_FIBRILLATION: "VF",
    kinds.VENTRICULAR_FLUTTER: "V-flutter",
    kinds.ASYSTOLE: "Asystole",
    kinds.VENTRICULAR_TACHYCARDIA: "VT",
    kinds.NSVT: "VT",
    kinds.SUSTAINED_VT: "VT",
    kinds.TORSADE: "Torsade",
    kinds.VENTRICULAR_RUN: "V-run",
    kinds.AIVR: "AIVR",
    kinds.IVR: "IVR",
    kinds.VENTRICULAR_BIGEMINY: "Bigeminy",
    kinds.VENTRICULAR_TRIGEMINY: "Trigeminy",
    kinds.ATRIAL_FIBRILLATION: "AF",
    kinds.ATRIAL_FLUTTER: "A-flutter",
    kinds.SVT: "SVT",
    kinds.SUPRAVENTRICULAR_RUN: "SV-run",
    kinds.ATRIAL_BIGEMINY: "A-bigeminy",
    kinds.SINUS_RHYTHM: "Sinus",
    kinds.SINUS_BRADYCARDIA: "Sinus brady",
    kinds.SINUS_TACHYCARDIA: "Sinus tachy",
    kinds.AV_BLOCK_1: "AV block I",
    kinds.MOBITZ_1: "Wenckebach",
    kinds.MOBITZ_2: "Mobitz II",
    kinds.AV_BLOCK_2_TO_1: "AV block 2:1",
    kinds.AV_BLOCK_HIGH_GRADE: "AV block II",
    kinds.AV_BLOCK_3: "AV block III",
    kinds.JUNCTIONAL: "Junctional",
    kinds.PACED: "Paced",
    kinds.UNDETERMINED: "Undetermined",
    kinds.ANALYSIS_LOST: "No analysis",
}
"""Kinds that are a rhythm, and how a tile writes them."""
UNTOLD = "Undetermined"
"""The rhythm while no finding says one."""


def in_full(kind: Kind) -> str:
    """A kind of finding as people write it: ``"Atrial fibrillation"``."""
    return _IN_FULL.get(kind.code) or kind.name.replace("-", " ").capitalize()
