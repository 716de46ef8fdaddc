"""Orders of the demo, of nobody: what a practice writes, and what of it has gone astray on the way.

They show a visitor the worklist as it is on a working day: one that waits for its physician's signature, one
in which the sender left much out, one that can be enrolled at once, and one that its payer does not cover.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from einthoven.sim.demo import PHYSICIAN

PAYER: Final = "example-health"
"""Of the demo: it does not exist either."""
SENDER: Final = "Practice of the demo, record system"
TELEPHONES: Final = ("+1 215 555 0151", "+1 215 555 0152", "+1 215 555 0100")
"""The patient's, the family's, the practice's; of the range that is kept for fiction."""


@dataclass(frozen=True, slots=True)
class Written:
    """An order as its sender writes it.

    Attributes:
        placer: the sender's number.
        fields: the JSON object of an order (``enrollment.order_read``).
        signed: whether the sending system says that the physician signed.
    """

    placer: str
    fields: dict[str, Any]
    signed: bool


def written(day: date) -> tuple[Written, ...]:
    """The orders of a day, the oldest first.

    Args:
        day: the day on which the demo is shown; visits and tests lie before it.
    """
    sent = (
        Written("DEMO-2107", _left_out(_whole(day, "Lindgren, Tove", "1949-05-17", "female")), signed=True),
        Written("DEMO-2109", _to_look_only(_whole(day, "Fontaine, Luc", "1961-10-02", "male")), signed=True),
        Written("DEMO-2112", _whole(day, "Castellano, Rosa", "1953-03-08", "female"), signed=False),
        Written("DEMO-2114", _whole(day, "Adeyemi, Tunde", "1946-12-29", "male"), signed=True),
    )
    for one in sent:
        one.fields["placer"] = one.placer
        if one.signed:
            one.fields["signature"] = {"name": PHYSICIAN, "at": one.fields["dated"], "how": "message"}
    return sent


def _whole(day: date, name: str, born: str, sex: str) -> dict[str, Any]:
    visit, holter = day - timedelta(days=2), day - timedelta(days=20)
    family = f"{name.partition(',')[0]}, Kim"
    return {
        "patient": {
            "name": name,
            "birth_date": born,
            "sex": sex,
            "telephone": TELEPHONES[0],
            "postal": {"street": "48 Chestnut Street", "city": "Philadelphia", "state": "PA", "zip": "19106"},
            "contacts": [{"name": family, "telephone": TELEPHONES[1], "relation": "family"}],
        },
        "orderer": {
            "name": PHYSICIAN,
            "npi": "1234567893",
            "telephone": TELEPHONES[2],
            "kind": "physician",
            "specialty": "cardiology",
            "practice": "Heart practice",
            "country": "US",
        },
        "payer": {"id": PAYER, "state": "PA", "member": "EX-1004-8120"},
        "test": "telemetry",
        "indication": "infrequent-symptoms",
        "indication_words": "Near fainting about twice a month; a Holter of 24 hours showed nothing.",
        "diagnoses": ["R55"],
        "symptoms": [
            {
                "what": "near-syncope",
                "how_often": "twice a month",
                "severity": "severe",
                "since": "half a year ago",
            }
        ],
        "prior_tests": [
            {"kind": "ecg", "on": str(holter), "result": "sinus rhythm", "revealing": False},
            {
                "kind": "holter",
                "on": str(holter),
                "until": str(holter + timedelta(days=1)),
                "result": "24 hours, no event",
                "revealing": False,
            },
        ],
        "statements": _answers(f"visit note {visit}", holter),
        "setting": "home",
        "country": "US",
        "days": 30,
        "start": str(day),
        "criteria": "center",
        "dated": str(visit),
    }


def _answers(where: str, holter: date) -> dict[str, Any]:
    words = {
        "useful": "decides between a pacemaker, drugs and no treatment",
        "only_this_way": "no warning, so no recorder can be started by hand",
        "holter_unlikely": "it happens about twice a month",
        "others_insufficient": f"the Holter of {holter} showed nothing",
        "new_symptoms": "no service before",
        "releases": where.removeprefix("visit note "),
        "assigns": where.removeprefix("visit note "),
    }
    agreed = """treating knows_patient skilled significant useful infrequent severe likely only_this_way
        holter_unlikely others_insufficient adds low_risk new_symptoms releases assigns"""
    denied = """other_suffices same_day_other high_risk_vt_vf recent_infarction stopping_anticoagulation
        screening daily_strips inpatient_strips nothing_found_only longer"""
    return {
        key: {"answer": answer, "words": words.get(key, ""), "where": where}
        for keys, answer in ((agreed, True), (denied, False))
        for key in keys.split()
    }


def _left_out(whole: dict[str, Any]) -> dict[str, Any]:
    """The sender's form has no fields for much of it, and a digit of the NPI was mistyped."""
    order = deepcopy(whole)
    order["orderer"]["npi"] = "1234567892"
    order["patient"].pop("contacts")
    order["symptoms"] = [{"what": "dizziness"}]
    order["diagnoses"] = ["R42"]
    order["prior_tests"] = []
    for key in ("others_insufficient", "holter_unlikely", "low_risk", "adds"):
        order["statements"].pop(key)
    return order


def _to_look_only(whole: dict[str, Any]) -> dict[str, Any]:
    """Nothing is wrong with the paper: the payer does not pay for looking without a symptom."""
    order = deepcopy(whole)
    order["indication"] = "other"
    order["indication_words"] = "No complaints; the patient asks for a look at the heart over a month."
    order["symptoms"] = []
    order["diagnoses"] = ["Z13.6"]
    order["statements"]["screening"]["answer"] = True
    for key in ("infrequent", "severe", "significant", "only_this_way", "new_symptoms"):
        order["statements"][key].update(answer=False, words="")
    return order
