"""A claim made of an order, a measured service period and the billing file (R40).

Nothing is guessed: what none of them says is empty, and the checks name it. Names come as one line and are
taken apart; a person can correct that on the claim.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import date
from typing import Final

from einthoven.base.ids import StreamId
from einthoven.billing.claim import (
    Claim,
    ClaimPayer,
    Consent,
    Facility,
    Line,
    Part,
    Patient,
    PersonName,
    Provider,
)
from einthoven.billing.claim_rules_dates import service_day
from einthoven.billing.profile import Profile
from einthoven.billing.service import ServiceRecord
from einthoven.enrollment.order import Order, Test

CODES: Final = {
    (Test.TELEMETRY, Part.TECHNICAL): "93229",
    (Test.TELEMETRY, Part.PROFESSIONAL): "93228",
    (Test.POST_SYMPTOM, Part.TECHNICAL): "93012",
    (Test.POST_SYMPTOM, Part.PROFESSIONAL): "93014",
}
"""Code of what was ordered (C.1); whether it may be billed under that is the checks' to say (R38, R39)."""
SUCCEEDED: Final = date(2011, 1, 1)
"""From this date of service on 93012 and 93014 are deleted [M!]."""
SUCCESSORS: Final = {"93012": "93271", "93014": "93272"}
"""What they refer to, part by part; those ask for a memory loop: a check holds the claim for that (C.1)."""
_TITLES: Final = frozenset({"MD", "DO", "NP", "PA", "PAC", "RN", "APRN", "DNP", "PHD", "FACC", "DR", "CRNP"})
_DAY: Final = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")
_SUFFIXES: Final = frozenset({"JR", "SR", "II", "III", "IV"})


def name_parts(told: str) -> PersonName:
    """A name in parts: ``Doe, Jane Q`` or ``Jane Q Doe``; titles behind and before it are left off."""
    first, comma, rest = (part.strip() for part in told.partition(","))
    if comma and not _is_title(rest):
        words = [one for one in rest.replace(",", " ").split() if not _is_title(one)]
        return PersonName(first, words[0] if words else "", " ".join(words[1:]))
    words = [one for one in (first if comma else told).split() if not _is_title(one)]
    if len(words) > 2 and words[-1].strip(".").upper() in _SUFFIXES:
        words = [*words[:-2], f"{words[-2]} {words[-1]}"]
    if not words:
        return PersonName()
    return PersonName(words[-1], words[0] if len(words) > 1 else "", " ".join(words[1:-1]))


def same_person(one: PersonName, other: PersonName) -> bool:
    """Whether two names are one person's: last and first name, whatever case, accents and signs."""
    return (_letters(one.last), _letters(one.first)) == (_letters(other.last), _letters(other.first))


def for_person(order: Order, patient: str) -> bool:
    """Whether an order is for whoever was monitored."""
    return same_person(name_parts(order.patient.name), name_parts(patient))


def _letters(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in apart if char.isalnum())


def _is_title(told: str) -> bool:
    words = told.replace(",", " ").split()
    return bool(words) and all(one.replace(".", "").replace("-", "").upper() in _TITLES for one in words)


def make(
    part: Part,
    stream: StreamId,
    order: tuple[int, Order] | None,
    record: ServiceRecord | None,
    profile: Profile,
    reader: Provider | None = None,
) -> Claim:
    """A claim as it is proposed.

    Args:
        order: its number, and the order; None where there is none.
        reader: who completed the reading; the rendering provider of the professional part.
    """
    number, ordered = order if order is not None else (0, Order())
    day = "" if record is None else service_day(part, record)
    code = code_of(ordered, record, part, day or ("" if record is None else record.last_day))
    pointers = tuple(range(1, min(4, len(ordered.diagnoses)) + 1))
    line = Line(code, (), 1, day, profile.fees.get(code, 0), pointers)
    return Claim(
        part=part,
        stream=stream,
        period=0 if record is None else record.period,
        order=number,
        patient=_patient(ordered, record),
        payer=_payer(ordered, profile),
        billing=profile.billing,
        rendering=(reader or Provider()) if part is Part.PROFESSIONAL else Provider(),
        ordering=_orderer(ordered),
        supervising=profile.supervising if part is Part.TECHNICAL else Provider(),
        place=profile.place(part),
        lines=(line,),
        diagnoses=ordered.diagnoses[:12],
        release=consent(ordered, "releases"),
        benefits=consent(ordered, "assigns"),
        signed=profile.signed,
        assignment=profile.assignments.get(ordered.payer.id, ""),
        facility=profile.facility(part),
    )


def code_of(order: Order, record: ServiceRecord | None, part: Part, day: str) -> str:
    """The code of a part of a service by its date of service; of strips by telephone never that of telemetry.

    Args:
        day: date of service, or of the last moment so far; ``""``: not known, and today's codes are meant.
    """
    strips = record is not None and record.telephone
    test = Test.POST_SYMPTOM if strips else order.test or Test.TELEMETRY
    code = CODES[test, part]
    late = not day or date.fromisoformat(day) >= SUCCEEDED
    return SUCCESSORS.get(code, code) if late else code


def consent(order: Order, key: str) -> Consent:
    """What the order says that the patient signed; its day is the first date written beside the answer."""
    said = order.said(key)
    days = (one for text in (said.words, said.where) for one in _DAY.findall(text))
    return Consent(said.answer, next(filter(_is_day, days), ""))


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def completed(claim: Claim, order: Order | None, profile: Profile) -> Claim:
    """The claim with what nobody said of it when it was made, and order and billing file say now."""
    made = claim
    if order is not None:
        made = replace(made, release=_fuller(made.release, consent(order, "releases")))
        made = replace(made, benefits=_fuller(made.benefits, consent(order, "assigns")))
    if not made.signed:
        made = replace(made, signed=profile.signed)
    if not made.assignment:
        made = replace(made, assignment=profile.assignments.get(made.payer.id, ""))
    if made.facility == Facility() and made.place == profile.place(made.part):
        made = replace(made, facility=profile.facility(made.part))
    return made


def _fuller(held: Consent, told: Consent) -> Consent:
    if held.given is None:
        return told
    return told if told.given is held.given and not held.day else held


def _patient(order: Order, record: ServiceRecord | None) -> Patient:
    told = order.patient
    name = name_parts(told.name or ("" if record is None else record.patient))
    country = order.country or (told.postal.country if told.postal.street else "")
    return Patient(name, told.birth_date, told.sex, told.postal, order.payer.member, country)


def _payer(order: Order, profile: Profile) -> ClaimPayer:
    return profile.payers.get(order.payer.id, ClaimPayer(order.payer.id))


def _orderer(order: Order) -> Provider:
    one = order.orderer
    return Provider(name_parts(one.name), one.npi, specialty=one.specialty, country=one.country)
