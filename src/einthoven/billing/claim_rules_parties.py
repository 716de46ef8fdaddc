"""Checks of order, codes, coverage, parties and form of a claim (R29, R35, R40)."""

from __future__ import annotations

import re
from typing import Final

from einthoven.base.errors import EnrollmentError, InputError
from einthoven.base.instants import from_iso
from einthoven.billing.claim import Claim, Part
from einthoven.billing.claim_check import (
    Context,
    Found,
    Rule,
    Weight,
    met,
    not_applicable,
    not_met,
    undocumented,
)
from einthoven.billing.claim_making import name_parts, same_person
from einthoven.billing.claim_modifiers import marked
from einthoven.billing.claim_rules_dates import day_of
from einthoven.enrollment import checks

_BOX: Final = re.compile(r"\s*(p\.?\s*o\.?|post(al)?\s+office)\s*box\b", re.IGNORECASE)


def _ordered(context: Context) -> Found:
    if context.order is None:
        return not_met(
            "there is no order", "A service without an order is not covered: nothing can be billed."
        )
    return met("there is an order")


def _signed(context: Context) -> Found:
    if context.order is None:
        return not_met("there is no order")
    signature = context.order.signature
    if signature is None:
        return not_met("the order is not signed", "Have it signed by who ordered.")
    if signature.legible is False:
        return not_met("the signature under the order cannot be read", "Have it signed again.")
    return met(f"signed by {signature.name}, {signature.at}")


def _signer(context: Context) -> Found:
    order = context.order
    if order is None or order.signature is None:
        return not_applicable("there is no signature")
    signer, orderer = order.signature.name, order.orderer.name
    if not same_person(name_parts(signer), name_parts(orderer)):
        words = f"ordered by {orderer or 'nobody'}, signed by {signer or 'nobody'}"
        return not_met(words, "Who orders signs; or say why another one did.")
    return met(f"{signer} ordered and signed")


def _before(context: Context) -> Found:
    order, record = context.order, context.record
    if order is None or record is None:
        return undocumented("order and measured period are needed to compare dates")
    days = [order.dated] + ([] if order.signature is None else [_local_day(order.signature.at, record.zone)])
    known = [day for day in days if day]
    if not known:
        return undocumented("the order bears no date", "Its date goes on the order.")
    late = [day for day in known if day > record.first_day]
    if late:
        return not_met(f"order or signature of {late[0]}, service from {record.first_day} on")
    return met(f"order of {min(known)}, before the service began on {record.first_day}")


def _local_day(at: str, zone: str) -> str:
    """The date of a date or an instant, on the clocks of the service: its evening is the next day in UTC."""
    if len(at) <= len("2023-03-01"):
        return at
    try:
        return day_of(from_iso(at), zone)
    except InputError:
        return at[:10]


def _code(context: Context) -> Found:
    if not context.claim.lines:
        return not_met("there is no line", "Add one.")
    unknown = []
    for line in context.claim.lines:
        good, why, sure = context.codes.valid(line.code, line.day or context.today)
        if good is False:
            return not_met(f"{why} [{sure}]")
        if good is None:
            unknown.append(f"{line.code}: {why}")
    if unknown:
        return undocumented("; ".join(unknown), "Use a code that is known, or load your own.")
    return met("every code is valid on its date of service")


def _diagnosed(context: Context) -> Found:
    claim = context.claim
    if not claim.diagnoses:
        return not_met("there is no diagnosis", "The order gives at least one (ICD-10-CM).")
    day = claim.day or context.today
    for code in claim.diagnoses:
        good, why, sure = context.codes.icd10(code, day)
        if good is False:
            return not_met(f"{why} [{sure}]", "Ask the ordering office for the code that held on that day.")
    return met(f"no diagnosis is known not to be valid on {day}")


def _diagnoses_known(context: Context) -> Found:
    day = context.claim.day or context.today
    told = [(code, context.codes.icd10(code, day)) for code in context.claim.diagnoses]
    unknown = [(code, why) for code, (good, why, _) in told if good is None]
    if unknown:
        more = f" (as of {', '.join(code for code, _ in unknown[1:])})" if len(unknown) > 1 else ""
        return undocumented(f"{unknown[0][1]}{more}", "Load the year's ICD-10-CM file (docs/codes.md).")
    return met("every diagnosis is in the year's list") if told else not_applicable("there is no diagnosis")


def _pointed(context: Context) -> Found:
    count = len(context.claim.diagnoses)
    for line in context.claim.lines:
        if not line.pointers or not all(1 <= one <= count for one in line.pointers):
            return not_met(
                f"{line.code or 'a line'} points at no diagnosis of the claim", f"Point at 1 to {count}."
            )
    return met("every line points at a diagnosis")


def _covered(context: Context) -> Found:
    told = context.determination
    if told is None:
        return undocumented("nothing was determined")
    outcome, summary = str(told.get("outcome", "")), str(told.get("summary", ""))
    policy = told.get("policy")
    held = str(policy["id"]) if isinstance(policy, dict) and policy.get("id") else ""
    name = f"{held}: " if held and held not in summary else ""
    if outcome == "covered":
        return met(f"{name}{summary or 'covered'}")
    has = marked(context)
    if outcome == "not covered" and has:
        return met(f"{name}{summary or outcome}; billed for a denial with -{' -'.join(sorted(has))}")
    words = f"{name}{summary or outcome or 'nothing was determined'}"
    return (not_met if outcome == "not covered" else undocumented)(
        words, "See the determination, clause by clause."
    )


def _billing(context: Context) -> Found:
    billing = context.claim.billing
    lacks = [
        words
        for words, there in (
            ("name", billing.name),
            ("NPI", billing.npi),
            ("tax id", billing.tax_id),
            ("address", billing.postal.street and billing.postal.city and billing.postal.state),
            ("nine digits of its ZIP code", len(billing.postal.zip.replace("-", "")) == 9),
        )
        if not there
    ]
    if lacks:
        return not_met(f"the billing provider's {', '.join(lacks)} is missing", "Say it in the billing file.")
    if _BOX.match(billing.postal.street):
        words = f"the billing provider's address is a post box: {billing.postal.street}"
        return not_met(words, "A claim wants the street of who bills; the box is for payments alone.")
    fault = _npi_fault(billing.npi)
    return not_met(f"billing provider: {fault}") if fault else met(f"{billing.name}, NPI {billing.npi}")


def _npi_fault(npi: str) -> str:
    try:
        checks.npi("NPI", npi)
    except EnrollmentError as error:
        return str(error)
    return ""


def _people(context: Context) -> Found:
    claim = context.claim
    wanted = [("ordering", claim.ordering)]
    if claim.part is Part.PROFESSIONAL:
        wanted.append(("rendering", claim.rendering))
    for role, one in wanted:
        if not one.name.last or not one.npi:
            lacks = "NPI" if one.name.last else "name"
            return not_met(f"the {role} physician's {lacks} is missing", "Say it on the claim.")
    for role, one in (*wanted, ("supervising", claim.supervising), ("rendering", claim.rendering)):
        fault = _npi_fault(one.npi) if one.npi else ""
        if fault:
            return not_met(f"{role} physician: {fault}", "Correct the NPI.")
    return met("names and NPIs of the physicians are there")


def _patient(context: Context) -> Found:
    patient = context.claim.patient
    lacks = [
        words
        for words, there in (
            ("last name", patient.name.last),
            ("first name", patient.name.first),
            ("date of birth", patient.birth_date),
            ("sex", patient.sex),
            ("number with the payer", patient.member),
            ("street", patient.postal.street),
            ("city", patient.postal.city),
            ("state", patient.postal.state),
            ("ZIP code", patient.postal.zip),
        )
        if not there
    ]
    if lacks:
        return not_met(f"the patient's {', '.join(lacks)} is missing", "Ask the ordering office.")
    return met(f"{patient.name.words}, {patient.birth_date}")


def _person(context: Context) -> Found:
    """Whose service it is: a claim, or an order, of another person is a false claim (R5)."""
    record, order, claimed = context.record, context.order, context.claim.patient.name
    if record is None or not record.patient:
        return undocumented("who was monitored is not on record")
    who = name_parts(record.patient)
    wrong = []
    if order is not None and not same_person(name_parts(order.patient.name), who):
        wrong.append(f"the order is for {order.patient.name or 'nobody'}")
    if not same_person(claimed, who):
        wrong.append(f"the claim is for {claimed.words or 'nobody'}")
    if wrong:
        words = f"{record.patient} was monitored, {' and '.join(wrong)}"
        return not_met(words, "Find out whose service it is; say why where one person has both names.")
    return met(f"{record.patient} was monitored, and stands on order and claim")


def _payer(context: Context) -> Found:
    payer = context.claim.payer
    if not payer.number or not payer.name:
        lacks = "name and number" if not payer.name else "number"
        words = f"the {lacks} of payer {payer.id!r} is not known" if payer.id else "nobody says who pays"
        return not_met(words, "Say it in the billing file, under [payers].")
    return met(f"{payer.name}, {payer.number}")


def _charged(context: Context) -> Found:
    free = [line.code for line in context.claim.lines if line.cents <= 0]
    if free:
        return not_met(f"{free[0] or 'a line'} has no charge", "Put it into the billing file, under [fees].")
    return met("every line has a charge")


def _formed(context: Context) -> Found:
    if context.faults is None:
        return undocumented("the 837P was not validated yet")
    if context.faults:
        more = f" (and {len(context.faults) - 1} more)" if len(context.faults) > 1 else ""
        return not_met(f"{context.faults[0]}{more}", "Mend what is named; every fault stands under the file.")
    return met("the 837P is valid (005010X222A1)")


def _original(context: Context) -> Found:
    claim: Claim = context.claim
    if not claim.original:
        return not_applicable("an original claim")
    does = "voids" if claim.void else "replaces"
    if claim.payer.filing == "MB":
        words = f"{does} {claim.original}, and Medicare part B takes no claim that {does} another [M!]"
        return not_met(words, "Ask for a reopening or a redetermination; pay back what was paid in error.")
    return met(f"{does} the payer's claim {claim.original}")


def _alone(context: Context) -> Found:
    if context.barred:
        return not_met(context.barred, "Void that one with the payer, or pay it back, first.")
    return met("the payer has no other claim for this service that stands")


STOP, REASON = Weight.STOP, Weight.REASON
CFR: Final = "42 CFR 410.32"
ORDER_RULES: Final[tuple[Rule, ...]] = (
    Rule("order", "ordered by who treats the patient", CFR, "S", STOP, _ordered),
    Rule("order.signed", "the order is signed", "L34997", "LCD", STOP, _signed),
    Rule("order.signer", "signed by who ordered", "R29; L34997", "LCD", REASON, _signer),
    Rule("order.before", "ordered and signed before the service", "R29", "I", STOP, _before),
)
CODE_RULES: Final[tuple[Rule, ...]] = (
    Rule("code.valid", "codes valid on the date of service", "R38; C.1", "S", STOP, _code),
    Rule("icd10", "diagnoses valid on the date of service", "C.3", "M!", STOP, _diagnosed),
    Rule("icd10.known", "diagnoses known", "C.3", "M!", REASON, _diagnoses_known),
    Rule("icd10.pointers", "every line points at a diagnosis", "005010X222A1 SV107", "M!", STOP, _pointed),
    Rule("covered", "covered by the payer's policy", "R35", "LCD", REASON, _covered),
)
PARTY_RULES: Final[tuple[Rule, ...]] = (
    Rule("billing", "who bills", "005010X222A1 2010AA", "M!", STOP, _billing),
    Rule("people", "who ordered, who read", "005010X222A1 2310, 2420E", "M!", STOP, _people),
    Rule("person", "for the person who was monitored", "R5; R29", "I", REASON, _person),
    Rule("patient", "whom it was for", "005010X222A1 2010BA", "M!", STOP, _patient),
    Rule("payer", "who pays", "005010X222A1 2010BB", "M!", STOP, _payer),
    Rule("charge", "what it costs", "005010X222A1 SV102", "M!", STOP, _charged),
    Rule("original", "what it replaces or voids", "005010X222A1 CLM05-3", "M!", REASON, _original),
    Rule("alone", "the only claim for this service", "R40", "I", STOP, _alone),
    Rule("form", "valid as 837P", "005010X222A1", "S", STOP, _formed),
)
