"""What an ordering physician states, one question each: words of orders, policies and pages (R30–R33).

A statement is yes, no, or nothing said; nothing said is never taken for either. Policies (``billing``) ask of
these keys, forms show these words, and messages of other systems carry these keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Statement:
    """One answer, and where it is written down.

    Attributes:
        answer: True, False, or None where nothing was said.
        words: the physician's own words, e.g. why; ``""`` for none.
        where: where it stands in the medical record, e.g. ``visit note 2026-10-02``; ``""`` where only the
            order says it.
    """

    answer: bool | None = None
    words: str = ""
    where: str = ""


UNSAID = Statement()


@dataclass(frozen=True, slots=True)
class Question:
    """What a statement answers.

    Attributes:
        text: the question as the form asks it, in our own words; it can be answered by yes or no.
        group: the part of the form: ``need``, ``symptoms``, ``other tests``, ``risk``, ``use``, ``repeat``,
            ``billing``.
        why: whether the form asks for words beside the answer when it is yes.
    """

    text: str
    group: str
    why: bool = False


QUESTIONS: Mapping[str, Question] = MappingProxyType(
    {
        "treating": Question("Do you treat this patient, and will you use the result in their care?", "need"),
        "knows_patient": Question("Do you know this patient's history thoroughly?", "need"),
        "skilled": Question(
            "Do your training and experience cover the management of patients with dysrhythmias?", "need"
        ),
        "significant": Question(
            "Does the patient have, or do you suspect, a clinically significant recurrent dysrhythmia?",
            "need",
        ),
        "useful": Question(
            "Will the result be of use in the diagnosis or treatment of this patient?", "need", why=True
        ),
        "infrequent": Question("Do the symptoms come only now and then?", "symptoms"),
        "severe": Question("Are the symptoms severe enough to be looked into further?", "symptoms"),
        "likely": Question("Is a dysrhythmia a likely cause of the symptoms?", "symptoms"),
        "only_this_way": Question(
            "Can the suspected dysrhythmia be identified only by real-time telemetry?", "symptoms", why=True
        ),
        "holter_unlikely": Question(
            "Is an ambulatory ECG of 24 hours unlikely to catch it?", "other tests", why=True
        ),
        "others_insufficient": Question(
            "Have Holter and event recording failed, or are they not expected to suffice?",
            "other tests",
            why=True,
        ),
        "other_suffices": Question(
            "Could another test (ECG, 24-hour Holter) be expected to give the answer?", "other tests"
        ),
        "adds": Question("Can telemetry tell more than the earlier tests did?", "other tests"),
        "same_day_other": Question(
            "Will the patient have another form of cardiac monitoring on the same days?", "other tests"
        ),
        "low_risk": Question("Is the patient at low risk of a life-threatening cardiac event?", "risk"),
        "high_risk_vt_vf": Question(
            "Is the patient at high risk of sustained ventricular tachycardia or fibrillation?", "risk"
        ),
        "recent_infarction": Question(
            "Was the patient discharged recently after a myocardial infarction?", "risk"
        ),
        "stopping_anticoagulation": Question(
            "Is it to make sure that atrial fibrillation is absent before anticoagulation is stopped?", "use"
        ),
        "screening": Question("Is it for screening, without symptoms or known disease?", "use"),
        "daily_strips": Question(
            "Is it mainly to send strips daily, without symptoms that call for diagnosis or treatment?", "use"
        ),
        "inpatient_strips": Question(
            "Is it to read strips of monitors or telemetry of a hospital's inpatients?", "use"
        ),
        "new_symptoms": Question(
            "Since the last service, are there new symptoms, or undiagnosed ones that came back?",
            "repeat",
            why=True,
        ),
        "nothing_found_only": Question(
            "Is the only reason for another service that the last one found nothing?", "repeat"
        ),
        "longer": Question("Are more than 30 days in a row needed?", "repeat", why=True),
        "releases": Question(
            "Has the patient signed that the payer may be told what it asks of this service? Write when.",
            "billing",
            why=True,
        ),
        "assigns": Question(
            "Has the patient signed that the payer may pay whoever furnishes the service? Write when.",
            "billing",
            why=True,
        ),
    }
)
"""Key of a statement → its question, in the order in which a form asks."""
