"""The vocabulary of facts that clauses of payer policies ask for (R31–R37): name, kind, meaning, source.

A fact that is not in this table is asked by no policy; the loader refuses it by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from einthoven.enrollment.order import SYMPTOMS, Indication, Setting, Test
from einthoven.enrollment.statements import QUESTIONS

PHYSICIAN = "ordering physician"
OFFICE = "ordering office"
CENTER = "center"
BILLER = "biller"


@dataclass(frozen=True, slots=True)
class FactWord:
    """One fact.

    Attributes:
        kind: ``yes`` (true or false), ``number``, ``date``, ``word`` (one of ``options``), ``codes``.
        text: what it says.
        source: ``order``, ``service`` (the record of a service period) or ``claim``.
        path: where it is written down: of the order's JSON for ``order``.
        whom: who can answer it.
        ask: what they are asked, one line.
        options: words of a ``word``.
        low, high: bounds of a ``number``, None for none.
    """

    kind: str
    text: str
    source: str
    path: str
    whom: str
    ask: str
    options: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


def _said(key: str) -> FactWord:
    question = QUESTIONS[key].text
    return FactWord("yes", f"Answer to: {question}", "order", f"statements.{key}", PHYSICIAN, question)


def _why(key: str, ask: str) -> FactWord:
    text = f"Words, or a place in the medical record, beside the answer to: {QUESTIONS[key].text}"
    return FactWord("yes", text, "order", f"statements.{key}", PHYSICIAN, ask)


def _order(kind: str, path: str, text: str, ask: str, whom: str = OFFICE, **more: object) -> FactWord:
    return FactWord(kind, text, "order", path, whom, ask, **more)  # type: ignore[arg-type]


def _service(kind: str, path: str, text: str, ask: str, **more: object) -> FactWord:
    return FactWord(kind, text, "service", path, CENTER, ask, **more)  # type: ignore[arg-type]


def _claim(kind: str, path: str, text: str, ask: str, **more: object) -> FactWord:
    return FactWord(kind, text, "claim", path, BILLER, ask, **more)  # type: ignore[arg-type]


_WHY = {
    "useful": "Write how the result will be used in diagnosis or treatment.",
    "holter_unlikely": "Write why an ambulatory ECG of 24 hours is unlikely to catch it.",
    "others_insufficient": "Write why Holter and event recording do not suffice.",
    "only_this_way": "Write why only real-time telemetry can identify it.",
    "new_symptoms": "Write which symptoms are new or came back.",
    "longer": "Write why more than 30 days in a row are needed.",
}

_ORDER: dict[str, FactWord] = {
    "test": _order("word", "test", "The service ordered.", "Which service is ordered?", options=tuple(Test)),
    "indication": _order(
        "word", "indication", "Why it is ordered.", "Why is it ordered?", PHYSICIAN, options=tuple(Indication)
    ),
    "setting": _order(
        "word",
        "setting",
        "Where the patient is while monitored.",
        "Where will the patient be while monitored?",
        options=tuple(Setting),
    ),
    "days": _order("number", "days", "Days requested.", "For how many days?", low=1, high=366),
    "diagnosis": _order(
        "codes", "diagnoses", "ICD-10-CM codes of the order.", "Which diagnosis (ICD-10-CM)?", PHYSICIAN
    ),
    "criteria_set": _order(
        "yes",
        "criteria",
        "The order says by which criteria the physician is told.",
        "By which criteria does the physician want to be told?",
        PHYSICIAN,
    ),
    "orderer_is_clinician": _order(
        "yes",
        "orderer.kind",
        "A physician or a qualified practitioner orders.",
        "Does a physician or a qualified practitioner order?",
    ),
    "orderer_in_us": _order(
        "yes",
        "orderer.country",
        "Who orders practises in the United States or a territory.",
        "In which country does who orders practise?",
    ),
    "patient_in_us": _order(
        "yes",
        "country",
        "The patient is monitored in the United States or a territory.",
        "In which country will the patient be monitored?",
    ),
    "patient_named": _order(
        "yes", "patient.name", "The patient's complete name is there.", "What is the patient's complete name?"
    ),
    "order_dated": _order("yes", "dated", "The order bears its date.", "When was the order written?"),
    "ordered_on": _order("date", "dated", "The day the order was written.", "When was the order written?"),
    "service_date": _order("date", "start", "The date of service.", "For which date of service?"),
    "signed": _order("yes", "signature", "The order is signed.", "Sign the order.", PHYSICIAN),
    "signature_legible": _order(
        "yes",
        "signature.legible",
        "The signature can be read, or was given electronically.",
        "Can the signature be read? If not, sign again.",
    ),
    "signature_own": _order(
        "yes", "signature.name", "Who orders signed.", "Have who orders sign the order.", PHYSICIAN
    ),
    "signature_dated": _order(
        "yes", "signature.at", "The signature bears its date.", "On which day was the order signed?"
    ),
    "papers_legible": _order(
        "yes", "documents", "No paper that came is noted as illegible.", "Send what cannot be read again."
    ),
    "symptoms_listed": _order(
        "yes", "symptoms", "At least one symptom is named.", "Which symptoms?", PHYSICIAN
    ),
    "symptoms_described": _order(
        "yes",
        "symptoms",
        "Of every symptom it is said how often it comes and how severe it is.",
        "How often does each symptom come, and how severe is it?",
        PHYSICIAN,
    ),
    "symptoms_all_daily": _order(
        "yes",
        "symptoms",
        "Every symptom that is named is said to come daily or oftener.",
        "How often does each symptom come?",
        PHYSICIAN,
    ),
    "prior_tests_listed": _order(
        "yes",
        "prior_tests",
        "At least one test before the service is named.",
        "Which earlier tests?",
        PHYSICIAN,
    ),
    "prior_tests_documented": _order(
        "yes",
        "prior_tests",
        "Every earlier test has its date and result.",
        "When was each earlier test, and what was its result?",
        PHYSICIAN,
    ),
    "prior_unrevealing": _order(
        "yes",
        "prior_tests",
        "No earlier test explained the symptoms.",
        "Did an earlier test explain the symptoms?",
        PHYSICIAN,
    ),
    "ecg_done": _order(
        "yes",
        "prior_tests",
        "A 12-lead ECG with its result is among the earlier tests.",
        "What did the 12-lead ECG show, and when?",
        PHYSICIAN,
    ),
    "examination_done": _order(
        "yes",
        "prior_tests",
        "History and examination with their result are among the earlier tests.",
        "What did history and examination show, and when?",
        PHYSICIAN,
    ),
    "monitoring_overlaps": _order(
        "yes",
        "prior_tests",
        "Another Holter, event recorder, patch or telemetry, listed or known to the center, has a day in "
        "common with the service.",
        "From which day to which was each earlier monitoring?",
    ),
    "earlier_service": _order(
        "yes",
        "prior_tests",
        "An earlier service of this kind is on record, in the order or at the center.",
        "Was there an earlier service of this kind?",
    ),
    "days_since_earlier": _order(
        "number",
        "prior_tests",
        "Days from the first day of the last earlier service to the date of service.",
        "On which day did the last service begin?",
        low=0,
    ),
    "months_since_earlier": _order(
        "number",
        "prior_tests",
        "Whole months from the first day of the last earlier service to the date of service.",
        "On which day did the last service begin?",
        low=0,
    ),
}

_ORDER |= {
    "days_between_claims": _order(
        "number",
        "prior_tests",
        "Days from the last day of the last earlier service to the last day of this one: from one date of "
        "service to the other, of the technical part.",
        "On which day did the last service end, and for how many days is this one?",
    ),
    "days_in_a_row": _order(
        "number",
        "days",
        "Days of this service and of earlier ones that ended the day before, or later.",
        "For how many days?",
        low=1,
    ),
}

_SERVICE: dict[str, FactWord] = {
    "order_on_file": _service(
        "yes", "order", "The order of this service is on file.", "File the order of this service."
    ),
    "selection_on_file": _service(
        "yes",
        "order.indication",
        "Indication and the physician's answer on risk are on file with the order.",
        "File indication and risk with the order.",
    ),
    "automatic": _service(
        "yes",
        "transmission",
        "Samples came without anybody's act: they were measured as a stream.",
        "Measure the transmission of this service.",
    ),
    "immediate_share": _service(
        "number",
        "transmission.immediate",
        "Share of samples durable at the center within the limit of its measurement.",
        "Measure the transmission of this service.",
        low=0,
        high=1,
    ),
    "recorded_hours": _service(
        "number",
        "recorded_s",
        "Hours of ECG stored; not known while the service goes on and they are 24 or less.",
        "Wait until more than 24 hours are stored.",
        low=0,
    ),
    "query_hours": _service(
        "number",
        "longest_s",
        "Longest stretch one query answers, hours.",
        "Measure what one query answers.",
        low=0,
    ),
    "displayed_share": _service(
        "number",
        "attendance.displayed",
        "Share of the service in which the ECG was on a monitor of the center.",
        "Prove the display of this service.",
        low=0,
        high=1,
    ),
    "watched_share": _service(
        "number",
        "attendance.watched",
        "Share of the service in which somebody held the watch; by telephone, was there to take calls.",
        "Prove the watches of this service.",
        low=0,
        high=1,
    ),
    "no_gap": _service(
        "yes",
        "attendance.gaps",
        "No moment without a watch, and the proof has no hole.",
        "Mend the hole in the proof of continuity.",
    ),
    "watchers_qualified": _service(
        "yes",
        "watchers",
        "Everybody who watched was qualified in every moment of it.",
        "Say who watched, and with what qualification.",
    ),
    "credentials_on_file": _service(
        "yes",
        "watchers.credentials",
        "Of everybody who watched a credential valid on those days is on file.",
        "File the credentials of who watched.",
    ),
    "surveillance_in_us": _service(
        "yes",
        "in_us",
        "Surveillance was in the United States or its territories throughout.",
        "Prove where each watch was held.",
    ),
    "recorder_exclusive": _service(
        "yes",
        "exclusive",
        "The recorder served this patient alone for the whole service.",
        "Prove by the stream that the recorder served one patient.",
    ),
    "supervised": _service(
        "yes",
        "supervisor",
        "A physician in cardiology or internal medicine supervises.",
        "Enter the supervising physician with their specialty.",
    ),
    "contacts_on_record": _service(
        "yes",
        "notifications",
        "Notifications of the physician are on record.",
        "Measure the notifications of this service.",
    ),
    "physician_reached": _service(
        "yes",
        "notifications.reached",
        "In every notification somebody who can act was reached.",
        "Reach the physician, or say who was.",
    ),
    "machine_only": _service(
        "number",
        "notifications.machine_only",
        "Notifications that ended with a machine or an answering service.",
        "Measure the notifications of this service.",
        low=0,
    ),
    "actions_on_record": _service(
        "yes",
        "notifications.with_action",
        'Of every notification the physician\'s action is on record, "none necessary" too.',
        "Ask the physician what was done, and record it.",
    ),
    "daily_reports_made": _service(
        "yes", "reports.daily_made", "Every daily report that was due is made.", "Make the daily reports."
    ),
    "reports_made": _service(
        "yes",
        "reports",
        "Every daily and urgent report that was due is made.",
        "Make the reports that are due.",
    ),
    "summary_made": _service(
        "yes", "reports.summary_made", "The summary at the end is made.", "Make the summary report."
    ),
    "service_ended": _service("yes", "ended", "The service is over.", "End the service."),
    "served_days": _service(
        "number", "last_day", "Days from start to end, each of 24 hours.", "Say when it began.", low=1
    ),
    "extension_documented": _service(
        "yes",
        "extended",
        "The treating physician documented why more than 30 days.",
        "Ask the treating physician why more than 30 days are needed.",
    ),
    "in_facility": _service(
        "yes",
        "interruptions",
        "On the date of service the patient was in a hospital or another facility.",
        "Say where the patient was.",
    ),
    "plan_quality": _service(
        "yes", "plans.quality", "A plan of quality control was in force.", "Put a quality plan in force."
    ),
    "plan_emergency": _service(
        "yes",
        "plans.emergency",
        "Procedures for emergencies were in force.",
        "Put an emergency plan in force.",
    ),
    "plan_continuity": _service(
        "yes",
        "plans.continuity",
        "A plan of uninterrupted surveillance was in force.",
        "Put a continuity plan in force.",
    ),
}

_CLAIM: dict[str, FactWord] = {
    "claim_faults": _claim(
        "number", "faults", "Faults that the checks of the claim found.", "Check the claim.", low=0
    ),
    "claim_hook_up": _claim(
        "yes", "lines", "The claim bills the hook-up.", "Say whether the hook-up is billed."
    ),
    "claim_units": _claim(
        "number", "lines.units", "Services of this kind on the claim.", "Say how many are billed.", low=0
    ),
}

FACTS: Mapping[str, FactWord] = MappingProxyType(
    {key: _said(key) for key in QUESTIONS}
    | {f"{key}_why": _why(key, ask) for key, ask in _WHY.items()}
    | {
        f"symptom_{what.replace('-', '_')}": _order(
            "yes", "symptoms", f"Symptom: {what}.", "Which symptoms?", PHYSICIAN
        )
        for what in SYMPTOMS
        if what != "other"
    }
    | _ORDER
    | _SERVICE
    | _CLAIM
)
"""Name → what it says. Names are Python identifiers, so that expressions are easy to read."""
