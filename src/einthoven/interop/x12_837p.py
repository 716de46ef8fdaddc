"""Claims as X12 837 professional, implementation 005010X222A1 (ASC X12N TR3; 45 CFR 162.1102).

One transaction set a claim, so that a receiver turns down that one alone. The patient is the subscriber
(SBR02 ``18``). What the guide wants and the claim lacks is found by the reader that validates
(``x12_check``); what cannot be written at all is a flaw that names the claim's field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from einthoven.billing.claim import Claim, PersonName, Provider, dollars
from einthoven.billing.profile import HOME
from einthoven.enrollment.order import TERRITORIES, Postal
from einthoven.interop.x12 import Envelope, Flaw, composite, interchange, segment, text

VERSION = "005010X222A1"
CODE = "HC"
_SEX = {"female": "F", "male": "M"}
_BENEFITS = {True: "Y", False: "N", None: ""}


@dataclass(frozen=True, slots=True)
class Parties:
    """Who hands the file in and who takes it in.

    Attributes:
        submitter, submitter_id: name and number with the receiver (ETIN); ``contact``, ``telephone`` whom to
            ask.
        receiver, receiver_id: the clearinghouse or contractor.
    """

    submitter: str = ""
    submitter_id: str = ""
    contact: str = ""
    telephone: str = ""
    receiver: str = ""
    receiver_id: str = ""


def write(
    claims: Sequence[tuple[str, Claim]], parties: Parties, envelope: Envelope
) -> tuple[str, tuple[Flaw, ...]]:
    """A file of claims, and what of them could not be written.

    Args:
        claims: each with the center's own number of it (CLM01, at most 20 characters), which the payer
            gives back in its answer.
    """
    flaws: list[Flaw] = []
    sets = [
        _set(f"{at:04d}", number, claim, parties, envelope, flaws)
        for at, (number, claim) in enumerate(claims, start=1)
    ]
    return interchange(envelope, CODE, VERSION, sets), tuple(dict.fromkeys(flaws))


class _Writer:
    """Segments of one transaction set."""

    def __init__(self, flaws: list[Flaw]) -> None:
        self.flaws = flaws
        self.made: list[str] = []

    def add(self, *elements: str) -> None:
        """One segment."""
        self.made.append(segment(*elements))

    def text(self, value: str, where: str, most: int) -> str:
        """A value as it can be sent."""
        return text(value, where, most, self.flaws)

    def organization(self, role: str, name: str, where: str, kind: str, number: str) -> None:
        """NM1 of an organization."""
        self.add("NM1", role, "2", self.text(name, where, 60), "", "", "", "", kind, number)

    def person(self, role: str, name: PersonName, where: str, kind: str, number: str) -> None:
        """NM1 of a person."""
        last, first = self.text(name.last, f"{where}.last", 60), self.text(name.first, f"{where}.first", 35)
        middle = self.text(name.middle, f"{where}.middle", 25)
        self.add("NM1", role, "1", last, first, middle, "", "", kind if number else "", number)

    def provider(self, role: str, one: Provider, where: str, taxonomy: str = "") -> None:
        """NM1 of a physician, with the taxonomy where the loop takes one."""
        self.person(role, one.name, f"{where}.name", "XX", self.text(one.npi, f"{where}.npi", 80))
        if taxonomy and one.taxonomy:
            self.add("PRV", taxonomy, "PXC", self.text(one.taxonomy, f"{where}.taxonomy", 50))

    def address(self, postal: Postal, where: str) -> None:
        """N3 and N4."""
        if postal.street:
            self.add("N3", self.text(postal.street, f"{where}.street", 55))
        city = self.text(postal.city, f"{where}.city", 30)
        # A territory stands as a state (N402); N404 is of countries outside the United States alone.
        abroad = "" if postal.country in ("", *TERRITORIES) else postal.country
        state = postal.state or (postal.country if postal.country in TERRITORIES[1:] else "")
        if city or state or postal.zip:
            zip_ = postal.zip.replace("-", "")
            self.add("N4", city, self.text(state, f"{where}.state", 2), zip_, abroad)


def _set(
    control: str, number: str, claim: Claim, parties: Parties, envelope: Envelope, flaws: list[Flaw]
) -> list[str]:
    out = _Writer(flaws)
    at = envelope.at
    out.add("ST", "837", control, VERSION)
    reference = out.text(f"{envelope.control}-{control}", "control", 50)
    out.add("BHT", "0019", "00", reference, f"{at:%Y%m%d}", f"{at:%H%M}", "CH")
    _parties(out, parties)
    _billing(out, claim)
    _subscriber(out, claim)
    _claim(out, number, claim)
    for place, _ in enumerate(claim.lines):
        _line(out, claim, place)
    return out.made


def _parties(out: _Writer, parties: Parties) -> None:
    out.organization(
        "41", parties.submitter, "submitter.name", "46", out.text(parties.submitter_id, "submitter.id", 80)
    )
    telephone = "".join(char for char in parties.telephone if char.isdigit()).removeprefix("1")
    out.add("PER", "IC", out.text(parties.contact, "submitter.contact", 60), "TE", telephone)
    out.organization(
        "40", parties.receiver, "receiver.name", "46", out.text(parties.receiver_id, "receiver.id", 80)
    )


def _billing(out: _Writer, claim: Claim) -> None:
    billing = claim.billing
    out.add("HL", "1", "", "20", "1")
    if billing.taxonomy:
        out.add("PRV", "BI", "PXC", out.text(billing.taxonomy, "billing.taxonomy", 50))
    out.organization("85", billing.name, "billing.name", "XX", billing.npi)
    out.address(billing.postal, "billing.postal")
    out.add("REF", "EI", out.text(billing.tax_id, "billing.tax_id", 50).replace("-", ""))


def _subscriber(out: _Writer, claim: Claim) -> None:
    patient, payer = claim.patient, claim.payer
    out.add("HL", "2", "1", "22", "0")
    out.add("SBR", "P", "18", "", "", "", "", "", "", payer.filing)
    out.person("IL", patient.name, "patient.name", "MI", out.text(patient.member, "patient.member", 80))
    out.address(patient.postal, "patient.postal")
    out.add("DMG", "D8", patient.birth_date.replace("-", ""), _SEX.get(patient.sex, "U"))
    out.organization("PR", payer.name, "payer.name", "PI", out.text(payer.number, "payer.number", 80))


def _claim(out: _Writer, number: str, claim: Claim) -> None:
    place = composite(claim.place, "B", claim.frequency)
    told = "Y" if claim.signed else "N", claim.assignment, _BENEFITS[claim.benefits.given], _release(claim)
    out.add("CLM", out.text(number, "number", 20), dollars(claim.cents), "", "", place, *told)
    if claim.original:
        out.add("REF", "F8", out.text(claim.original, "original", 50))
    if claim.note:
        out.add("NTE", "ADD", out.text(claim.note, "note", 80))
    diagnoses = [(code, "ABF" if at else "ABK") for at, code in enumerate(claim.diagnoses)]
    if diagnoses:
        out.add("HI", *(composite(kind, code.replace(".", "")) for code, kind in diagnoses))
    if claim.rendering.known:
        out.provider("82", claim.rendering, "rendering", "PE")
    _facility(out, claim)
    if claim.supervising.known:
        out.provider("DQ", claim.supervising, "supervising")


def _release(claim: Claim) -> str:
    """CLM09 has no code for a patient who signed nothing: none is written, and the claim is no valid file."""
    return "Y" if claim.release.given else ""


def _facility(out: _Writer, claim: Claim) -> None:
    """Loop 2310C: where it was furnished, unless at home or where the address of who bills says it."""
    one = claim.facility
    if claim.place == HOME or one.same or not one.name:
        return
    out.organization("77", one.name, "facility.name", "XX" if one.npi else "", one.npi)
    out.address(one.postal, "facility.postal")


def _line(out: _Writer, claim: Claim, place: int) -> None:
    line, where = claim.lines[place], f"lines[{place}]"
    out.add("LX", str(place + 1))
    code = composite("HC", out.text(line.code, f"{where}.code", 48), *line.modifiers)
    pointers = composite(*(str(one) for one in line.pointers))
    out.add("SV1", code, dollars(line.cents), "UN", str(line.units), "", "", pointers)
    out.add("DTP", "472", "D8", line.day.replace("-", ""))
    if claim.ordering.known:
        out.provider("DK", claim.ordering, "ordering")
