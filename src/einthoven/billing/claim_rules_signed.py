"""Checks of what a claim states by a letter alone (837P, CLM06 to CLM09): who signed; and where it was."""

from __future__ import annotations

from typing import Final

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
from einthoven.billing.profile import HOME

_ASSIGNED: Final = {
    "A": "what the payer allows is taken as the whole price",
    "B": "it is taken so of laboratory services alone",
    "C": "what the payer allows is not taken as the whole price",
}


def _released(context: Context) -> Found:
    told = context.claim.release
    if told.given is None:
        words = "nobody says whether the patient signed that the payer may be told"
        return undocumented(words, "Ask the ordering office, or the patient; write it on the claim.")
    if not told.given:
        words = "the patient did not sign that the payer may be told"
        return not_met(words, "Without it nothing may be sent to the payer: have it signed.")
    return met(f"the patient signed that the payer may be told{_on(told.day)}")


def _assigned_benefits(context: Context) -> Found:
    told = context.claim.benefits
    if told.given is None:
        words = "nobody says whether the patient signed that the payer may pay who bills"
        return undocumented(words, "Ask the ordering office, or the patient; write it on the claim.")
    if not told.given:
        return not_met("the patient did not sign that the payer may pay who bills", "The patient is paid.")
    return met(f"the patient signed that the payer may pay who bills{_on(told.day)}")


def _dated(context: Context) -> Found:
    claim, today = context.claim, context.today
    signed = [
        ("the patient's release", claim.release.given is True, claim.release.day),
        ("the patient's assignment of benefits", claim.benefits.given is True, claim.benefits.day),
        ("the signature of who bills", bool(claim.signed), claim.signed),
    ]
    late = [f"{what} is dated {day}, in the future" for what, there, day in signed if there and day > today]
    if late:
        return not_met("; ".join(late), "Correct the date.")
    lacks = [what for what, there, day in signed if there and not day]
    if lacks:
        words = f"{' and '.join(lacks)}: no date"
        return undocumented(words, "Write on which day it was signed, as the paper says.")
    return met("every signature has its date")


def _provider(context: Context) -> Found:
    day = context.claim.signed
    if not day:
        words = "no signature of who bills is on file: the claim says so"
        return undocumented(words, "Say in the billing file, [provider] signed, since when there is one.")
    return met(f"a signature of who bills is on file since {day}")


def _assignment(context: Context) -> Found:
    told = context.claim.assignment
    if not told:
        words = "nobody says whether what the payer allows is taken as the whole price"
        return undocumented(
            words, f"Say it in the billing file, [payers.{context.claim.payer.id}] assignment."
        )
    return met(_ASSIGNED.get(told, told))


def _facility(context: Context) -> Found:
    claim = context.claim
    one, where = claim.facility, f"place {claim.place}"
    if claim.place == HOME or not claim.place:
        return not_applicable("furnished at the patient's home, which stands in the claim")
    if one.same:
        return met(f"{where} is at the address of who bills")
    lacks = [
        words
        for words, there in (
            ("name", one.name),
            ("street", one.postal.street),
            ("city", one.postal.city),
            ("state", one.postal.state),
            ("nine digits of its ZIP code", len(one.postal.zip.replace("-", "")) == 9),
        )
        if not there
    ]
    if lacks:
        mend = f"Say it in the billing file, under [facility.{claim.part}]."
        return not_met(f"{where} is not the patient's home, and its {', '.join(lacks)} is missing", mend)
    return met(f"{where}: {one.name}, {one.postal.city}")


def _on(day: str) -> str:
    return f" on {day}" if day else ""


STOP, REASON = Weight.STOP, Weight.REASON
GUIDE: Final = "005010X222A1"
RULES: Final[tuple[Rule, ...]] = (
    Rule("consent.release", "the payer may be told", f"{GUIDE} CLM09", "M!", STOP, _released),
    Rule(
        "consent.benefits", "the payer may pay who bills", f"{GUIDE} CLM08", "M!", REASON, _assigned_benefits
    ),
    Rule("provider.signed", "signed by who bills", f"{GUIDE} CLM06", "M!", REASON, _provider),
    Rule("signed.days", "signatures have their date", f"{GUIDE} CLM06, CLM08, CLM09", "I", REASON, _dated),
    Rule("assignment", "whether assignment is taken", f"{GUIDE} CLM07", "M!", STOP, _assignment),
    Rule("place.facility", "where it was furnished", f"{GUIDE} 2310C", "M!", STOP, _facility),
)
