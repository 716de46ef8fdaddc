"""Codes of ISO/IEEE 11073 for leads, beats and rhythms, as DICOM and HL7 aECG write them (R41).

DICOM writes a code as ``partition:number`` in the scheme MDC (PS3.16, CID 3001 leads, CID 3335 beats and
noise, CID 3415 rhythms); HL7 aECG writes the reference identifier in the code system
2.16.840.1.113883.6.24. No code is made up: a lead that has none is the unspecified lead and keeps its name
beside it, a finding that has none is words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from einthoven.base.spans import Span
from einthoven.ecg.beats import ARTEFACT, FUSION, NORMAL, PACED, SUPRAVENTRICULAR, UNCLASSED, VENTRICULAR
from einthoven.ecg.kinds import BY_NAME, KINDS
from einthoven.interop.recording import Mark, Recording


@dataclass(frozen=True, slots=True)
class Code:
    """One code.

    Attributes:
        value: ``partition:number``, as DICOM writes it.
        meaning: as PS3.16 words it.
        reference: the reference identifier, as HL7 aECG writes it; ``""`` where it is not known for sure.
    """

    value: str
    meaning: str
    reference: str = ""


UNSPECIFIED_LEAD: Final = Code("2:0", "Unspecified lead", "MDC_ECG_LEAD_CONFIG")
NO_SIGNAL: Final = Code("10:11248", "No ECG signal is available", "MDC_ECG_NOISE_NOSIGNAL")


def _lead(number: int, name: str, meaning: str = "") -> tuple[str, Code]:
    return name.casefold(), Code(f"2:{number}", meaning or f"Lead {name}", f"MDC_ECG_LEAD_{name}")


_LEADS: dict[str, Code] = dict(
    [
        *(_lead(number, name) for number, name in enumerate(("I", "II"), 1)),
        *(_lead(number, f"V{place}") for place, number in enumerate(range(3, 10), 1)),
        *(_lead(number, f"V{place}R") for place, number in enumerate(range(10, 16), 2)),
        *(_lead(number, name) for number, name in enumerate(("X", "Y", "Z"), 16)),
        _lead(19, "CC5", "Chest lead per V5 and V5R placement"),
        _lead(20, "CM5", "Chest-manubrium lead per V5 placement"),
        _lead(61, "III"),
        _lead(62, "aVR", "aVR, augmented voltage, right"),
        _lead(63, "aVL", "aVL, augmented voltage, left"),
        _lead(64, "aVF", "aVF, augmented voltage, foot"),
        *(_lead(number, name) for number, name in enumerate(("V8", "V9"), 66)),
        *(
            _lead(number, f"MCL{place}", f"Modified chest lead per V{place} placement")
            for place, number in enumerate(range(92, 98), 1)
        ),
    ]
)
_LEADS |= dict.fromkeys(("mli", "mlii", "mliii"), Code("2:126", "Modified limb lead", "MDC_ECG_LEAD_ML"))
_PREFIX: Final = re.compile(r"^(?:ecg|ekg|lead)[ _-]+", re.IGNORECASE)


def lead_code(name: str) -> Code:
    """The code of a lead by its name (``"II"``, ``"avf"``, ``"ECG V1"``), or ``UNSPECIFIED_LEAD``.

    A modified limb lead such as ``MLII`` is not the lead it resembles and has a code of its own.
    """
    return _LEADS.get(_PREFIX.sub("", name.strip()).casefold(), UNSPECIFIED_LEAD)


BEATS: Final[dict[int, Code]] = {
    NORMAL: Code("10:8208", "Normal beat (sinus beat, normal conduction)", "MDC_ECG_BEAT_NORMAL"),
    SUPRAVENTRICULAR: Code("10:8256", "Supraventricular premature contraction", "MDC_ECG_BEAT_SV_P_C"),
    VENTRICULAR: Code("10:8336", "Ventricular premature contraction beat", "MDC_ECG_BEAT_V_P_C"),
    FUSION: Code("10:8352", "Fusion of ventricular and normal beat", "MDC_ECG_BEAT_V_P_C_FUSION"),
    PACED: Code("10:8704", "Paced beat", "MDC_ECG_BEAT_PACED"),
    UNCLASSED: Code("10:8736", "Unclassifiable beat", "MDC_ECG_BEAT_UNKNOWN"),
    ARTEFACT: Code("10:2176", "Isolated QRS-like artifact", "MDC_ECG_WAVC_ARFCT"),
}
"""Beats and artefacts by their code in ``ecg.beats``."""

_SECOND = Code("10:9648", "Second Degree AV Block")
FINDINGS: Final[dict[str, Code]] = {
    "ventricular-fibrillation": Code("10:10016", "Ventricular Fibrillation"),
    "ventricular-flutter": Code("10:10000", "Ventricular Flutter"),
    "asystole": Code("10:10336", "Asystole"),
    "ventricular-tachycardia": Code("10:9984", "Ventricular Tachycardia (nonparoxysmal)"),
    "nonsustained-ventricular-tachycardia": Code(
        "10:10032", "Nonsustained Ventricular Tachycardia (paroxysmal)"
    ),
    "torsade-de-pointes": Code("10:10080", "Torsades de Pointes Ventricular Tachycardia"),
    "ventricular-run": Code("10:9968", "Ventricular Run"),
    "accelerated-idioventricular-rhythm": Code("10:9888", "Accelerated idioventricular rhythm"),
    "idioventricular-rhythm": Code("10:9856", "Idioventricular (ventricular escape) rhythm"),
    "ventricular-couplet": Code("10:9952", "Ventricular Couplet"),
    "ventricular-bigeminy": Code("10:9920", "Ventricular Bigeminy"),
    "ventricular-trigeminy": Code("10:9936", "Ventricular Trigeminy"),
    "atrial-fibrillation": Code("10:9472", "Atrial fibrillation"),
    "atrial-flutter": Code("10:9456", "Atrial flutter"),
    "supraventricular-tachycardia": Code("10:9504", "Supraventricular Tachycardia (atrial or junctional)"),
    "atrial-bigeminy": Code("10:9376", "Atrial Bigeminy"),
    "sinus-rhythm": Code("10:9232", "Normal Sinus Rhythm"),
    "sinus-bradycardia": Code("10:9248", "Sinus Bradycardia"),
    "sinus-tachycardia": Code("10:9264", "Sinus Tachycardia"),
    "sinus-arrhythmia": Code("10:9280", "Sinus Arrhythmia"),
    "bradycardia": Code("10:10432", "Bradycardia"),
    "av-block-1": Code("10:9632", "First Degree AV Block"),
    "av-block-2-mobitz-1": Code("10:9664", "Second Degree AV Block Type I (Wenckebach, or Mobitz Type I)"),
    "av-block-2-mobitz-2": Code("10:9680", "Second Degree AV Block Type II (Mobitz Type II)"),
    "av-block-2-to-1": _SECOND,
    "av-block-high-grade": _SECOND,
    "av-block-3": Code("10:9696", "Third Degree AV Block (complete AV block)"),
    "junctional-rhythm": Code("10:9536", "AV junctional (nodal) rhythm"),
}
"""Findings that have a code among the rhythms of CID 3415, by name of their kind."""

RHYTHMS: Final[dict[str, Code]] = {
    "(N": FINDINGS["sinus-rhythm"],
    "(SBR": FINDINGS["sinus-bradycardia"],
    "(AFIB": FINDINGS["atrial-fibrillation"],
    "(AFL": FINDINGS["atrial-flutter"],
    "(SVTA": FINDINGS["supraventricular-tachycardia"],
    "(AB": FINDINGS["atrial-bigeminy"],
    "(VT": FINDINGS["ventricular-tachycardia"],
    "(VFL": FINDINGS["ventricular-flutter"],
    "(VF": FINDINGS["ventricular-fibrillation"],
    "(ASYS": FINDINGS["asystole"],
    "(IVR": FINDINGS["idioventricular-rhythm"],
    "(B": FINDINGS["ventricular-bigeminy"],
    "(T": FINDINGS["ventricular-trigeminy"],
    "(BI": FINDINGS["av-block-1"],
    "(BII": _SECOND,
    "(B3": FINDINGS["av-block-3"],
    "(NOD": FINDINGS["junctional-rhythm"],
    "(PREX": Code("10:10096", "pre-excitation"),
}
"""Rhythms by what a WFDB ``+`` annotation calls them."""

_WORDS: Final[dict[str, str]] = {kind.aux: kind.name.replace("-", " ") for kind in KINDS if kind.aux}


def rhythms_of(recording: Recording, span: Span) -> Iterator[tuple[int, int, str]]:
    """(start, stop, aux) of each rhythm that touches ``span``, whole: from its change to the next."""
    changes = recording.rhythm
    for index, (start, aux) in enumerate(changes):
        stop = changes[index + 1][0] if index + 1 < len(changes) else recording.samples
        if start < span.stop and stop > span.start and start < stop:
            yield start, stop, aux


def marks_of(recording: Recording, span: Span) -> Iterator[tuple[Mark, int | None]]:
    """The marks that touch ``span``, each with the first sample behind it; None where it has no length.

    A rhythm without an end was still there when the recording ended: it goes on behind its last sample.
    """
    for mark in recording.marks:
        stop = mark.stop
        if stop is None and mark.kind == "episode" and mark.code in BY_NAME and BY_NAME[mark.code].rank:
            stop = recording.samples + 1
        if stop is not None and stop <= mark.start:
            stop = None
        if mark.start < span.stop and (mark.start + 1 if stop is None else stop) > span.start:
            yield mark, stop


def rhythm_words(aux: str) -> str:
    """A rhythm without a code in words, e.g. ``"paced rhythm"`` for ``"(P"``."""
    return _WORDS.get(aux, aux.lstrip("("))
