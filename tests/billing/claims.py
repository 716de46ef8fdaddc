"""A service as it should be, its order and its claim; tests break one thing of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

from einthoven.base.instants import SECOND, Instant
from einthoven.billing.claim import Claim, Part, Provider
from einthoven.billing.claim_check import Check, Context
from einthoven.billing.claim_codes import HeldCodes
from einthoven.billing.claim_making import make, name_parts
from einthoven.billing.claim_rules import check
from einthoven.billing.family import derive
from einthoven.billing.profile import Profile, read
from einthoven.billing.service import (
    Attendance,
    Notifications,
    Reports,
    ServiceRecord,
    Transmission,
    Watcher,
)
from einthoven.enrollment.order import (
    Indication,
    Order,
    Orderer,
    OrderPatient,
    OrderSignature,
    Payer,
    Postal,
    Setting,
    Test,
)
from einthoven.enrollment.statements import Statement

PROFILE_TEXT = """
parts = ["technical", "professional"]
[provider]
name = "Receiving Center"
npi = "1234567893"
tax_id = "12-3456789"
taxonomy = "293D00000X"
street = "1 Main St"
city = "Dallas"
state = "TX"
zip = "75201-1234"
telephone = "214-555-0100"
signed = "2022-01-03"
[supervising]
last = "Smith"
first = "Bo"
npi = "1003000126"
specialty = "cardiology"
[submitter]
name = "Receiving Center"
id = "SUB1"
contact = "Bill Billing"
telephone = "214-555-0100"
receiver = "Contractor"
receiver_id = "04412"
[place]
technical = "12"
professional = "11"
[facility.professional]
name = "Reading Practice"
npi = "1679576722"
street = "3 Elm St"
city = "Dallas"
state = "TX"
zip = "75201-0003"
[payers.medicare]
name = "Medicare Contractor"
number = "04412"
filing = "MB"
assignment = "A"
[fees]
93229 = "650.00"
93228 = "45.50"
93271 = "95.00"
"""
TODAY = "2023-05-01"


def profile() -> Profile:
    return read(PROFILE_TEXT)


def at(day: str, hour: int = 12) -> Instant:
    """Noon of a day, UTC."""
    told = date.fromisoformat(day)
    return int(datetime(told.year, told.month, told.day, hour, tzinfo=UTC).timestamp()) * SECOND


def order(**change: Any) -> Order:
    made = Order(
        patient=OrderPatient(
            "Doe, Jane Q",
            "1950-02-03",
            "female",
            "214-555-0101",
            Postal("2 Oak St", "Dallas", "TX", "75202"),
        ),
        orderer=Orderer("Ann Müller, MD", "1245319599", "214-555-0102", kind="physician", country="US"),
        payer=Payer("medicare", "novitas", "TX", "1EG4TE5MK73"),
        test=Test.TELEMETRY,
        indication=Indication.INFREQUENT,
        diagnoses=("R55", "I48.91"),
        statements=MappingProxyType(
            {
                "releases": Statement(True, "signed 2023-02-27", "consent form"),
                "assigns": Statement(True, "", "consent form 2023-02-27"),
            }
        ),
        setting=Setting.HOME,
        country="US",
        days=30,
        signature=OrderSignature("Ann Müller, MD", "2023-02-27T10:00:00Z", "electronic", legible=True),
        dated="2023-02-27",
    )
    return replace(made, **change)


def record(**change: Any) -> ServiceRecord:
    """30 days, watched without a gap, all reports made, the summary signed two days after the end."""
    made = ServiceRecord(
        stream=1,
        period=1,
        order=7,
        patient="Doe, Jane Q",
        started=at("2023-03-01"),
        ended=at("2023-03-30"),
        zone="UTC",
        first_day="2023-03-01",
        last_day="2023-03-30",
        recorded_s=29 * 86400.0,
        longest_s=29 * 86400.0,
        transmission=Transmission(1_000_000, 0.9999, 10, 1.0, 2.0),
        attendance=Attendance(1.0, 0.9999),
        notifications=Notifications(2, 2, 2, 0),
        reports=Reports(30, 30, 30, 2, 2, 2, True, at("2023-04-01")),
        exclusive=True,
        watchers=(Watcher(3, "Thea Technician", ("CCT 123",), True, in_us=True),),
        in_us=True,
        supervisor="Bo Smith, cardiology",
        plans=(("quality", 1), ("emergency", 1), ("continuity", 1)),
    )
    return replace(made, **change)


READER = Provider(name_parts("Dr. Rhea Reader"), "1679576722")


def claim(
    part: Part = Part.TECHNICAL, ordered: Order | None = None, measured: ServiceRecord | None = None
) -> Claim:
    return make(part, 1, (7, ordered or order()), measured or record(), profile(), READER)


def context(claimed: Claim | None = None, **change: Any) -> Context:
    """Everything is as it should be, but what a test changes."""
    measured = change.get("record", record())
    on = date.fromisoformat("2023-03-30" if measured is None else measured.last_day)
    held = Context(
        claimed or claim(),
        TODAY,
        HeldCodes(),
        order(),
        measured,
        None if measured is None else derive(measured, on),
        {"outcome": "covered", "summary": "every clause is met", "policy": {"id": "L34997"}},
        (),
        (),
    )
    return replace(held, **change)


def judged(held: Context, rule: str) -> Check:
    """What one rule says."""
    return next(one for one in check(held) if one.rule == rule)


def failing(held: Context) -> dict[str, str]:
    """Rules that are not met, with their words."""
    return {one.rule: f"{one.outcome}: {one.words}" for one in check(held) if one.fails}
