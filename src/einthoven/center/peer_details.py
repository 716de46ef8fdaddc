"""What another center must know of a patient to watch them: written here, read there (R15, R20, R21)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, TypeAlias

from einthoven.base.deeds import Draft
from einthoven.base.errors import InputError, RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import MILLISECOND, Instant
from einthoven.base.layout import Layout
from einthoven.center import patient_notes
from einthoven.center.desk_books import Books
from einthoven.center.peer_message import canonical
from einthoven.escalation import peer_criteria, plans

Details: TypeAlias = dict[str, Any]
NOTES: Final = ("at_risk", "known_af", "has_pacer", "zone", "place", "local_number")
CASES_MAX: Final = 20
FIELDS: Final = frozenset({"patient", "physician", "stream", "notes", "plan", "criteria", "cases"})


@dataclass(frozen=True, slots=True)
class Sending:
    """How a patient's samples will come.

    Attributes:
        transmitter: on the label of the one that the patient wears.
        layout: rate and leads.
        public_key: of the loan, by which the stream proves itself; 64 hexadecimal digits.
    """

    transmitter: str
    layout: Layout
    public_key: str


def details(books: Books, stream: StreamId, sending: Sending, now: Instant) -> Details:
    """All that is told of a patient."""
    card, notes = books.card(stream), books.notes.of(stream)
    practice = books.practice(stream)
    plan = books.notify.plans.bodies.get(stream_name(stream)) or books.notify.plans.bodies.get(
        f"practice {practice}"
    )
    criteria = books.criteria.in_force(stream, practice, now)
    limits = peer_criteria.limits_of(criteria.table)
    cases = [one for one in books.triage.cases.of_stream(stream) if one.closed_at is None]
    return {
        "patient": {
            "name": card.name,
            "birth_date": card.birth_date,
            "telephone": card.telephone,
            "address": card.address,
            "contacts": [
                {"name": name, "relation": relation, "telephone": telephone}
                for name, relation, telephone in card.contacts
            ],
        },
        "physician": {
            "name": card.physician,
            "telephone": card.physician_telephone,
            "npi": card.physician_npi,
        },
        "stream": {
            "transmitter": sending.transmitter,
            "rate_hz": sending.layout.rate_hz,
            "leads": list(sending.layout.names),
            "public_key": sending.public_key,
        },
        "notes": {name: getattr(notes, name) for name in NOTES},
        "plan": None if plan is None else plan["plan"],
        "criteria": {"words": criteria.words, "limits": limits},
        "cases": [
            {"title": one.title, "tier": one.tier.value, "opened_ms": one.opened_at / MILLISECOND}
            for one in cases[:CASES_MAX]
        ],
    }


def digest(told: Details) -> str:
    """By which both centers know that it is the same."""
    return sha256(canonical(told)).hexdigest()


def read(value: object) -> Details:
    """Details as they came, the outer form checked; what stands in them is checked by whoever takes it.

    Raises:
        RefusedError: ``malformed``.
    """
    if not isinstance(value, dict) or value.keys() != FIELDS:
        raise RefusedError("malformed", f"details: want {', '.join(sorted(FIELDS))}")
    for name in ("patient", "physician", "stream", "notes", "criteria"):
        if not isinstance(value[name], dict):
            raise RefusedError("malformed", f"details: {name}: want an object")
    return value


def enrollment(told: Details, transmitter: str) -> dict[str, object]:
    """The body of an enrollment (``center.enroll``) of a guest; its own checks follow."""
    sent, patient = told["stream"], told["patient"]
    return {
        "patient": {name: value for name, value in patient.items() if value},
        "physician": told["physician"] if told["physician"].get("npi") else None,
        "transmitter": transmitter,
        "rate_hz": sent.get("rate_hz"),
        "leads": sent.get("leads"),
        "public_key": sent.get("public_key"),
        "end_previous": False,
    }


def known(books: Books, stream: StreamId, told: Details, now: Instant) -> list[Draft]:
    """What is newly known of a guest, as deeds: circumstances, ladder, criteria in force at home.

    Raises:
        InputError: something of it is not to be taken; says what.
    """
    noted = {name: told["notes"][name] for name in NOTES if told["notes"].get(name) is not None}
    drafts = patient_notes.note(books.notes, stream, noted)
    if told["plan"] is not None:
        before = books.notify.plans.bodies.get(stream_name(stream))
        if before is None or before["plan"] != told["plan"]:
            drafts += plans.set_plan(books.notify.plans, told["plan"], now, stream=stream)[0]
    drafts += peer_criteria.lend(
        books.criteria, stream, told["criteria"].get("words"), told["criteria"].get("limits")
    )
    return drafts


def offered_as(told: Details, center: str) -> str:
    """Words of the offer: from whom, and what is open there."""
    cases = told["cases"] if isinstance(told["cases"], list) else []
    titles = [str(one.get("title", ""))[:60] for one in cases[:3] if isinstance(one, Mapping)]
    more = f" and {len(cases) - 3} more" if len(cases) > 3 else ""
    return f"from {center}" + (f"; open there: {', '.join(titles)}{more}" if titles else "")


def refusal(error: InputError) -> str:
    """Why a patient is not taken, on one line."""
    return " ".join(str(error).split())[:200]
