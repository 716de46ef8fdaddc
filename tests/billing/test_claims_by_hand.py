"""Claims at every boundary of dates, units and frequency, judged by hand from domain facts C.1 and C.2, not
from the code: the day that is proposed, and what fails of a claim as somebody wrote it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from tests.billing.claims import claim, context, order, record

from einthoven.base.instants import from_iso
from einthoven.billing.claim import Part
from einthoven.billing.claim_check import Other
from einthoven.billing.claim_rules import check
from einthoven.billing.claim_rules_dates import day_of
from einthoven.billing.service import Earlier, Interruption, Reports, ServiceRecord
from einthoven.enrollment.order import Prior, PriorTest

ASKED = ("dates.", "units.", "frequency.", "code.valid", "code.component", "bundle.", "hookup")
CHICAGO, UTC = "America/Chicago", "UTC"
T, P = Part.TECHNICAL, Part.PROFESSIONAL


@dataclass(frozen=True)
class Case:
    """A service and a claim for it; ``day`` the date of service as claimed, ``""``: as it is proposed."""

    name: str
    part: Part
    start: str
    end: str
    proposed: str
    fails: frozenset[str] = frozenset()
    signed: str = ""
    zone: str = UTC
    day: str = ""
    units: int = 1
    code: str = ""
    today: str = "2023-12-31"
    order: Any = None
    service: Any = None
    others: tuple[Other, ...] = ()
    modifiers: tuple[str, ...] = ()


def fails(*rules: str) -> frozenset[str]:
    return frozenset(rules)


START, END = "2023-03-01T00:00:00Z", "2023-03-31T00:00:00Z"
EARLIER_29 = Earlier("2023-01-31", "2023-02-10", "telemetry")
EARLIER_30 = Earlier("2023-01-30", "2023-02-10", "telemetry")
HOLTER_SAME = Other(9, "technical", ("93226",), "2023-03-02", "2023-03-01", "2023-03-02", 77)
HOLTER_BEFORE = Other(9, "technical", ("93226",), "2023-02-27", "2023-02-26", "2023-02-27", 77)
HOSPITAL = Interruption(from_iso("2023-03-20T15:00:00Z"), None, "hospital")

CASES = [
    Case("1 thirty days, technical: the last of them", T, START, "2023-03-30T20:00:00Z", "2023-03-30"),
    Case("2 ended early, technical: its actual end", T, START, "2023-03-12T09:00:00Z", "2023-03-12"),
    Case(
        "3 technical claimed on the first day",
        *(T, START, "2023-03-30T20:00:00Z", "2023-03-30"),
        fails("dates.technical"),
        day="2023-03-01",
    ),
    Case(
        "4 professional, signed on the thirtieth day itself",
        *(P, START, "2023-03-30T18:00:00Z", "2023-03-30"),
        signed="2023-03-30T21:00:00Z",
    ),
    Case(
        "5 professional of thirty days claimed on the twenty-ninth",
        *(P, START, "2023-03-30T18:00:00Z", "2023-03-30"),
        fails("dates.professional", "dates.thirtieth"),
        signed="2023-03-29T21:00:00Z",
        day="2023-03-29",
    ),
    Case(
        "6 professional of twelve days: no thirtieth day is waited for",
        *(P, START, "2023-03-12T09:00:00Z", "2023-03-15"),
        signed="2023-03-15T09:00:00Z",
    ),
    Case(
        "7 professional claimed on the day monitoring ended, read two days later",
        *(P, START, "2023-03-30T18:00:00Z", "2023-04-01"),
        fails("dates.professional"),
        signed="2023-04-01T09:00:00Z",
        day="2023-03-30",
    ),
    Case(
        "8 thirty-one days and nobody documented why; two units for it",
        *(T, START, "2023-03-31T23:00:00Z", "2023-03-31"),
        fails("frequency.longer", "units.one"),
        units=2,
    ),
    Case(
        "9 the last one began 29 days before; nothing is said of new symptoms",
        *(T, START, "2023-03-30T20:00:00Z", "2023-03-30"),
        fails("frequency.30", "frequency.year"),
        service={"earlier": (EARLIER_29,)},
    ),
    Case(
        "10 the last one began 30 days before; nothing is said of new symptoms",
        *(T, START, "2023-03-30T20:00:00Z", "2023-03-30"),
        fails("frequency.year"),
        service={"earlier": (EARLIER_30,)},
    ),
    Case(
        "11 twelve months to the day",
        *(T, START, "2023-03-30T20:00:00Z", "2023-03-30"),
        service={"earlier": (Earlier("2022-03-01", "2022-03-30", "telemetry"),)},
    ),
    Case(
        "12 a day short of twelve months",
        *(T, START, "2023-03-30T20:00:00Z", "2023-03-30"),
        fails("frequency.year"),
        service={"earlier": (Earlier("2022-03-02", "2022-03-31", "telemetry"),)},
    ),
    Case(
        "13 telemetry the day before its code began",
        *(T, "2008-12-10T00:00:00Z", "2008-12-31T20:00:00Z", "2008-12-31"),
        fails("code.valid"),
    ),
    Case(
        "14 telemetry on the first day of its code",
        *(T, "2008-12-10T00:00:00Z", "2009-01-01T20:00:00Z", "2009-01-01"),
    ),
    Case(
        "15 strips after a symptom on the last day of their code",
        *(T, "2010-12-10T00:00:00Z", "2010-12-31T20:00:00Z", "2010-12-31"),
        code="93012",
    ),
    Case(
        "16 strips after a symptom the day after their code ended",
        *(T, "2010-12-10T00:00:00Z", "2011-01-01T20:00:00Z", "2011-01-01"),
        fails("code.valid"),
        code="93012",
    ),
    Case(
        "17 ended in the evening of a zone where it is tomorrow elsewhere",
        *(T, "2023-03-01T15:00:00Z", "2023-03-31T03:00:00Z", "2023-03-30"),
        zone=CHICAGO,
    ),
    Case(
        "18 into the hospital on the twentieth day and not home before the end, technical",
        *(T, START, "2023-03-30T20:00:00Z", "2023-03-20"),
        service={"interruptions": (HOSPITAL,)},
    ),
    Case(
        "19 the same, professional, read on the 22nd: twenty days are described, not thirty",
        *(P, START, "2023-03-30T20:00:00Z", "2023-03-22"),
        signed="2023-03-22T12:00:00Z",
        service={"interruptions": (HOSPITAL,)},
    ),
    Case(
        "20 a Holter billed of days of the service",
        *(T, START, "2023-03-30T20:00:00Z", "2023-03-30"),
        fails("bundle.codes", "bundle.concurrent"),
        order={"prior_tests": (PriorTest(Prior.HOLTER, "2023-03-01", "2023-03-02"),)},
        others=(HOLTER_SAME,),
    ),
    Case(
        "21 a Holter that ended before it, one after the other",
        *(T, START, "2023-03-30T20:00:00Z", "2023-03-30"),
        order={"prior_tests": (PriorTest(Prior.HOLTER, "2023-02-26", "2023-02-27"),)},
        others=(HOLTER_BEFORE,),
    ),
    Case(
        "22 -TC on a code that is one part already, a day ahead of today",
        *(T, START, "2023-03-30T20:00:00Z", "2023-03-30"),
        fails("code.component", "dates.future"),
        modifiers=("TC",),
        today="2023-03-29",
    ),
    Case(
        "23 thirty times 24 hours that touch 31 dates",
        *(T, "2023-03-01T14:00:00Z", "2023-03-31T14:00:00Z", "2023-03-31"),
    ),
    Case(
        "24 thirty days through the hour that summer time takes",
        *(T, "2023-03-01T16:00:00Z", "2023-03-31T15:00:00Z", "2023-03-31"),
        zone=CHICAGO,
    ),
]


def served(case: Case) -> ServiceRecord:
    start, end = from_iso(case.start), from_iso(case.end)
    reports = Reports(30, 30, 30, 2, 2, 2, True, from_iso(case.signed) if case.signed else end)
    days = day_of(start, case.zone), day_of(end, case.zone)
    return record(
        started=start,
        ended=end,
        zone=case.zone,
        first_day=days[0],
        last_day=days[1],
        reports=reports,
        **(case.service or {}),
    )


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_claim_at_a_boundary(case: Case) -> None:
    measured, ordered = served(case), order(**(case.order or {}))
    made = claim(case.part, ordered, measured)
    assert made.day == case.proposed
    line = replace(made.lines[0], units=case.units, modifiers=case.modifiers)
    line = replace(line, day=case.day or line.day, code=case.code or line.code)
    written = replace(made, lines=(line,))
    held = context(written, record=measured, order=ordered, today=case.today, others=case.others, family=None)
    found = {one.rule for one in check(held) if one.fails and one.rule.startswith(ASKED)}
    assert found == case.fails
    assert date.fromisoformat(case.proposed)
