"""Checks of a claim's dates, units and frequency (domain facts C.2; R33, R40)."""

from __future__ import annotations

from datetime import date
from typing import Final

from einthoven.base.instants import Instant
from einthoven.billing.claim import Claim, Part
from einthoven.billing.claim_check import (
    Context,
    Found,
    Rule,
    Weight,
    days_between,
    days_later,
    met,
    not_applicable,
    not_met,
    undocumented,
)
from einthoven.billing.claim_rules_service import TELEMETRY
from einthoven.billing.fact_tests import months_between
from einthoven.billing.service import Earlier, ServiceRecord, days_served, last_served
from einthoven.enrollment.order import Test
from einthoven.escalation.calendar import local

PERIOD_DAYS: Final = 30
YEAR_MONTHS: Final = 12
SE17023: Final = "CMS SE17023 as billers quote it"


def technical_day(record: ServiceRecord) -> str:
    """The day on which monitoring concludes; ``""`` while it goes on. An early end is still one unit, on the
    day of its actual end [M!]; of a patient who went into a facility and did not come back to it before the
    end, the day on which they did (R32)."""
    last = last_served(record)
    if last is None:
        return ""
    return record.last_day if last == record.ended else min(record.last_day, day_of(last, record.zone))


def professional_day(record: ServiceRecord) -> str:
    """The day on which the reading is completed: that of the signature under the summary report.

    ``""`` before it is signed. Where 30 days are described it is not before the 30th of them [S SE17023].
    """
    signed = None if record.reports is None else record.reports.summary_signed
    if signed is None:
        return ""
    day = day_of(signed, record.zone)
    return max(day, days_later(record.first_day, PERIOD_DAYS - 1)) if _thirty(record) else day


def service_day(part: Part, record: ServiceRecord) -> str:
    """The date of service of a part, ``""`` while it cannot be said."""
    return technical_day(record) if part is Part.TECHNICAL else professional_day(record)


def day_of(at: Instant, zone: str) -> str:
    """The local date of an instant."""
    return local(zone, at).date().isoformat()


def _thirty(record: ServiceRecord) -> bool:
    """Whether thirty days are described: those until monitoring concluded, not those of the order."""
    return days_between(record.first_day, technical_day(record) or record.last_day) >= PERIOD_DAYS - 1


def _of(context: Context, part: Part) -> ServiceRecord | None:
    return context.record if context.claim.part is part else None


def _concluded(context: Context) -> Found:
    record = context.record
    if record is None:
        return undocumented("nothing measured of this service is on record")
    if record.ended is None:
        return not_met("monitoring goes on", "End the service period first.")
    return met(f"monitoring concluded on {technical_day(record)}")


def _technical(context: Context) -> Found:
    if context.claim.part is not Part.TECHNICAL:
        return not_applicable("this is the professional part")
    record = context.record
    wanted = "" if record is None else technical_day(record)
    if not wanted:
        return undocumented("monitoring has not concluded: there is no date of service yet")
    return _is(context.claim, wanted, "monitoring concluded")


def _professional(context: Context) -> Found:
    if context.claim.part is not Part.PROFESSIONAL:
        return not_applicable("this is the technical part")
    record = context.record
    wanted = "" if record is None else professional_day(record)
    if not wanted:
        return undocumented(
            "the summary report is not signed: there is no date of service yet",
            "Have the physician sign the summary report.",
        )
    return _is(context.claim, wanted, "the reading was completed")


def _is(claim: Claim, wanted: str, why: str) -> Found:
    wrong = [line for line in claim.lines if line.day != wanted]
    if not claim.lines or wrong:
        has = wrong[0].day or "none" if wrong else "none"
        return not_met(
            f"date of service {has}, but {why} on {wanted}", f"Set the date of service to {wanted}."
        )
    return met(f"date of service {wanted}: {why} on that day")


def _thirtieth(context: Context) -> Found:
    record = _of(context, Part.PROFESSIONAL)
    if record is None or not _thirty(record):
        return not_applicable("not the professional part of 30 days")
    thirtieth = days_later(record.first_day, PERIOD_DAYS - 1)
    early = [line.day for line in context.claim.lines if line.day and line.day < thirtieth]
    if early:
        return not_met(f"{early[0]} is before the 30th day, {thirtieth}", f"Not before {thirtieth}.")
    return met(f"not before the 30th day, {thirtieth}")


def _future(context: Context) -> Found:
    late = [line.day for line in context.claim.lines if line.day > context.today]
    if late:
        return not_met(
            f"date of service {late[0]} is in the future (today is {context.today})", "Wait for it."
        )
    return met("no date of service is in the future")


def _units(context: Context) -> Found:
    wrong = [line for line in context.claim.lines if line.units != 1]
    if wrong:
        return not_met(f"{wrong[0].code}: {wrong[0].units} units", "One unit for each 30 days, however long.")
    return met("one unit")


def _once(context: Context) -> Found:
    seen: set[str] = set()
    for line in context.claim.lines:
        if line.code in seen:
            return not_met(f"{line.code} stands on two lines", "Take the second one off.")
        seen.add(line.code)
    record = context.record
    if record is None:
        return undocumented("the period of this service is not on record")
    for other in context.others:
        if other.part != context.claim.part or not seen & set(other.codes):
            continue
        if other.period == record.period:
            return not_met(f"claim {other.claim} is for the same service", "Void one of them.")
        if abs(days_between(other.first_day, record.first_day)) < PERIOD_DAYS:
            return not_met(
                f"claim {other.claim}: {other.first_day} to {other.last_day} began less than 30 days from "
                f"{record.first_day}",
                "One service in 30 days is paid.",
            )
    test = _test(context, record)
    for earlier in record.earlier:
        if earlier.test == test and 0 <= days_between(earlier.first_day, record.first_day) < PERIOD_DAYS:
            return not_met(f"{test} began on {earlier.first_day}, less than 30 days before{_at(earlier)}")
    return met("no other such service within 30 days is known")


def _test(context: Context, record: ServiceRecord) -> str:
    """Which test the service is: only the same one before it is a repetition of it (R7, R33)."""
    if record.telephone:
        return str(Test.POST_SYMPTOM)
    if any(line.code in TELEMETRY for line in context.claim.lines):
        return str(Test.TELEMETRY)
    order = context.order
    if order is not None and order.test is not None:
        return str(order.test)
    return str(Test.TELEMETRY)


def _at(earlier: Earlier) -> str:
    return f" ({earlier.where})" if earlier.where else ""


def _apart(context: Context) -> Found:
    """Payers count from one date of service to the other: a short service soon after a long one is too near,
    though it began 30 days after it."""
    days = [line.day for line in context.claim.lines if line.day]
    if not days:
        return not_applicable("the claim has no date of service")
    others = [
        (f"claim {one.claim}", one.day)
        for one in context.others
        if one.part == context.claim.part
        and one.day
        and {line.code for line in context.claim.lines} & set(one.codes)
        and (context.record is None or one.period != context.record.period)
    ]
    if context.claim.part is Part.TECHNICAL and context.record is not None:
        others += [
            (f"an earlier service{_at(one)}", one.last_day)
            for one in context.record.earlier
            if one.test == _test(context, context.record)
        ]
    for name, day in others:
        if abs(days_between(day, days[0])) < PERIOD_DAYS:
            return not_met(
                f"{name}: date of service {day}, less than 30 days from {days[0]}",
                "Expect a denial; bill it with what the physician wrote of new symptoms.",
            )
    return met("no date of service of another such service is less than 30 days away")


def _within_a_year(first: str, last: str) -> bool:
    """Whether less than twelve months lie between, as policies count them."""
    return first < last and months_between(date.fromisoformat(first), date.fromisoformat(last)) < YEAR_MONTHS


def _year(context: Context) -> Found:
    record = context.record
    if record is None:
        return undocumented("the period of this service is not on record")
    test = _test(context, record)
    if test != Test.TELEMETRY:
        return not_applicable("no telemetry")
    before = [
        one for one in record.earlier if one.test == test and _within_a_year(one.first_day, record.first_day)
    ]
    order = context.order
    named = [] if order is None else [one for one in order.prior_tests if one.kind == test and one.on]
    known = [one.first_day for one in before] + [
        one.on for one in named if _within_a_year(one.on, record.first_day)
    ]
    if not known:
        return met("no other telemetry in the 12 months before is known")
    new = None if order is None else order.said("new_symptoms").answer
    told = f"telemetry on {max(known)}, within 12 months"
    if new is True:
        return met(f"{told}; the order says that there are new symptoms, or undiagnosed ones that came back")
    mend = "The physician documents new or recurrent undiagnosed symptoms."
    if new is False:
        return not_met(f"{told}, without new symptoms", mend)
    return undocumented(f"{told}; nothing is said of new symptoms", mend)


def _longer(context: Context) -> Found:
    record = context.record
    if record is None:
        return undocumented("the period of this service is not on record")
    days = days_served(record)
    if days <= PERIOD_DAYS:
        return not_applicable(f"{days} days")
    order = context.order
    why = record.extended or ("" if order is None else order.said("longer").words)
    if why:
        return met(f"{days} days: {why}")
    return not_met(f"{days} days, and nobody documented why", "The treating physician documents the need.")


STOP, REASON = Weight.STOP, Weight.REASON
RULES: Final[tuple[Rule, ...]] = (
    Rule("dates.concluded", "monitoring has concluded", "R40", "I", STOP, _concluded),
    Rule(
        "dates.technical", "technical: the day on which monitoring concludes", SE17023, "S", STOP, _technical
    ),
    Rule(
        "dates.professional",
        "professional: the day the reading is completed",
        SE17023,
        "S",
        STOP,
        _professional,
    ),
    Rule("dates.thirtieth", "professional: not before the 30th day", SE17023, "S", STOP, _thirtieth),
    Rule("dates.future", "no date of service in the future", "R40", "I", STOP, _future),
    Rule("units.one", "one unit", "L34997; code notes", "S", STOP, _units),
    Rule("frequency.30", "once in 30 days", "L34997", "LCD", STOP, _once),
    Rule("frequency.apart", "30 days from date of service to date of service", "L34997", "I", REASON, _apart),
    Rule("frequency.year", "within 12 months only with new symptoms", "L34997", "LCD", REASON, _year),
    Rule("frequency.longer", "more than 30 days documented", "L34997", "LCD", REASON, _longer),
)
