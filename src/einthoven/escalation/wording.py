"""What the numbers of the criteria are called where people prescribe them (R21; the domain's table G.2)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "ventricular_fibrillation": "Ventricular fibrillation or flutter",
        "asystole": "Asystole",
        "pause": "Pause",
        "bradycardia": "Slow rate",
        "vt": "Wide complexes, ventricular tachycardia",
        "svt": "Fast rate, supraventricular tachycardia",
        "atrial_fibrillation": "Atrial fibrillation or flutter",
        "avb": "AV block",
        "pvc": "Ventricular beats",
        "st": "ST level",
        "paced": "Pacemaker",
        "symptom": "Patient's press",
        "technical": "Equipment",
    }
)
"""Events in the order of the table."""

NUMBERS: Mapping[str, str] = MappingProxyType(
    {
        "ventricular_fibrillation.emergent.any": "any episode",
        "asystole.emergent.any": "any episode",
        "pause.emergent.interval_ms": "at least",
        "pause.emergent.interval_with_symptom_ms": "with a symptom, at least",
        "pause.urgent.interval_ms": "awake or with a symptom, at least",
        "pause.urgent.interval_in_af_ms": "in atrial fibrillation, at least",
        "pause.daily.interval_ms": "at least",
        "bradycardia.emergent.rate_bpm": "rate under",
        "bradycardia.emergent.duration_s": "so slow for at least",
        "bradycardia.urgent.rate_bpm": "awake or with a symptom, rate under",
        "bradycardia.urgent.duration_s": "so slow for at least",
        "bradycardia.daily.rate_bpm": "rate under",
        "vt.emergent.beats": "beats in a row, at least",
        "vt.emergent.rate_bpm": "of so many, rate at least",
        "vt.emergent.duration_s": "of any rate, lasting at least",
        "vt.urgent.beats": "beats in a row, at least",
        "vt.daily.beats": "beats in a row, at least",
        "svt.emergent.rate_bpm": "rate at least",
        "svt.emergent.duration_s": "lasting at least",
        "svt.urgent.rate_bpm": "rate at least",
        "svt.urgent.duration_s": "lasting at least",
        "atrial_fibrillation.emergent.fast_bpm": "rate at least",
        "atrial_fibrillation.emergent.duration_s": "so fast for at least",
        "atrial_fibrillation.urgent.first": "first episode ever",
        "atrial_fibrillation.urgent.fast_bpm": "rate at least",
        "atrial_fibrillation.urgent.duration_s": "so fast for at least",
        "atrial_fibrillation.urgent.slow_bpm": "rate under",
        "atrial_fibrillation.daily.any": "burden, onset and end",
        "avb.emergent.rate_bpm": "third degree, Mobitz II: rate under",
        "avb.urgent.mobitz_2": "second degree, Mobitz II",
        "avb.urgent.two_to_one": "second degree, 2:1",
        "avb.urgent.third_degree": "third or high degree",
        "avb.daily.first_degree": "first degree",
        "avb.daily.mobitz_1": "second degree, Mobitz I",
        "pvc.urgent.runs_per_h": "runs in an hour, more than",
        "st.urgent.level_uv": "away from the first level by at least",
        "st.daily.level_uv": "away from the first level by at least",
        "paced.emergent.pause_ms": "pause although paced, at least",
        "paced.urgent.capture_fault": "no capture",
        "paced.urgent.sensing_fault": "no sensing",
        "symptom.emergent.syncope": "fainted",
        "symptom.emergent.chest_pain": "chest pain",
        "symptom.urgent.pre_syncope": "nearly fainted, or not said what",
        "symptom.urgent.palpitation_with_arrhythmia": "palpitation, with an arrhythmia",
        "symptom.daily.other": "any other",
        "technical.emergent.no_data_at_risk_s": "no data of a wearer at risk, for",
        "technical.urgent.lead_off_s": "lead off, for",
        "technical.urgent.battery_pct": "battery under",
        "technical.urgent.gateway_off_s": "gateway off, or no data, for",
        "technical.daily.worn_h_per_day": "worn in a day, under",
    }
)
"""Each number of a tier: what stands before it. Within an event the gravest tier comes first."""


def named(key: str) -> str:
    """A number as a sentence names it: ``Pause, urgent: awake or with a symptom, at least``."""
    event, tier, _name = key.split(".")
    said = NUMBERS.get(key)
    return f"{EVENTS.get(event, event.replace('_', ' '))}, {tier}" + (f": {said}" if said else "")
