"""Claims for strips by telephone, judged by hand from R6, R7, domain facts C.1, C.2, C.4 and D, not from the
code: the code and day that are proposed, and what fails. Counted once in 30 days, however many strips; never
telemetry; the tracing alone; 93012 to 2010, what it refers to after; attended day and night."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest
from tests.billing.claims import at, context, order, profile, record

from einthoven.base.instants import MINUTE
from einthoven.billing.claim import Claim, Part
from einthoven.billing.claim_check import Check, Other
from einthoven.billing.claim_making import make
from einthoven.billing.claim_rules import check
from einthoven.billing.determine import determination_json, determine_service
from einthoven.billing.service import Attendance, Earlier, Gap, Reports, ServiceRecord, Watcher
from einthoven.billing.shipped import shipped
from einthoven.enrollment.order import Test
from einthoven.enrollment.statements import Statement

ASKED = (
    *("family", "dates.", "units.", "frequency.", "code.valid", "code.part", "code.tracing"),
    *("code.successor", "bundle.", "hookup", "attended", "qualified", "exclusive", "us", "told", "reports"),
)
T, P = Part.TECHNICAL, Part.PROFESSIONAL
TINA = Watcher(3, "Tina Technician", ("CCT 7, 2010-01-01 to 2030-01-01",), True, in_us=True)
LAPSE = Gap(at("2023-03-10"), at("2023-03-10") + 20 * MINUTE, "nobody who answers is signed in at a station")


def served(start: str, end: str, **change: Any) -> ServiceRecord:
    """Strips by telephone as they should be: calls taken by one qualified person, reports made and issued."""
    made = record(
        started=at(start, 8),
        ended=at(end, 20),
        first_day=start,
        last_day=end,
        recorded_s=120.0,
        longest_s=60.0,
        transmission=None,
        attendance=Attendance(1.0, 0.0),
        reports=Reports(0, 0, 0, 0, 0, 0, True, None, 3, 3, at(end, 21)),
        exclusive=None,
        watchers=(TINA,),
        telephone=True,
        strips=3,
        calls=3,
    )
    return replace(made, **change)


@dataclass(frozen=True)
class Case:
    """A service, the claim for it, the code and the day that are proposed, and what fails."""

    name: str
    start: str
    end: str
    code: str
    fails: set[str] = field(default_factory=set)
    service: dict[str, Any] = field(default_factory=dict)
    part: Part = T
    billed: str = ""
    units: int = 1
    others: tuple[Other, ...] = ()
    order: dict[str, Any] = field(default_factory=dict)


def after(start: str, end: str, code: str = "93271", **more: Any) -> Case:
    """A service of today with a recorder that has a memory loop: nothing but what is said fails."""
    service = {"looped": 1} | more.pop("service", {})
    name, fails = more.pop("name"), more.pop("fails", set())
    return Case(name, start, end, code, fails, service, **more)


MARCH = "2023-03-01", "2023-03-30"
OTHER = Other(9, "technical", ("93271",), "2023-03-09", "2023-02-08", "2023-03-09", 77)
CASES = [
    Case("thirty days in 2010", "2010-12-01", "2010-12-30", "93012"),
    Case("forty strips are one unit still", "2010-12-01", "2010-12-30", "93012", service={"strips": 40}),
    Case("the last day of its code", "2010-12-10", "2010-12-31", "93012"),
    Case("the first day without it", "2010-12-10", "2011-01-01", "93271", {"code.successor"}),
    Case("today, no strip from before a symptom", *MARCH, "93271", {"code.successor"}),
    after(*MARCH, name="today, a recorder with a memory loop"),
    after(*MARCH, name="one strip of four was struck", service={"strips": 3, "struck": 1}),
    after(*MARCH, name="every strip was struck", service={"strips": 0, "struck": 2, "looped": 0},
          fails={"family", "code.successor"}),
    after(*MARCH, name="nobody called", fails={"family", "code.successor", "qualified", "us"},
          service={"strips": 0, "calls": 0, "looped": 0, "watchers": (), "in_us": None}),
    after(*MARCH, name="strips were not counted", service={"strips": None}, fails={"family"}),
    after(*MARCH, name="billed as telemetry", billed="93229", fails={"family"}),
    after(*MARCH, name="billed with the deleted code", billed="93012", fails={"code.valid"}),
    after(*MARCH, name="billed with the global code, which holds a reading", billed="93268",
          fails={"code.tracing"}),
    after(*MARCH, name="billed as the hook-up", billed="93270", fails={"hookup"}),
    Case("a reading in 2010", "2010-12-01", "2010-12-30", "93014", {"code.tracing", "dates.professional"},
         part=P),
    after(*MARCH, code="93272", name="a reading of it today", part=P,
          fails={"code.tracing", "dates.professional"}),
    Case("the reading's code on the tracing in 2010", "2010-12-01", "2010-12-30", "93012",
         {"code.tracing", "code.part"}, billed="93014"),
    after(*MARCH, name="two units", units=2, fails={"units.one"}),
    after(*MARCH, name="an episode that began 29 days before", fails={"frequency.30", "frequency.apart"},
          service={"earlier": (Earlier("2023-01-31", "2023-03-01", "post-symptom"),)}),
    after(*MARCH, name="an episode that began 30 days before and ended at once",
          service={"earlier": (Earlier("2023-01-30", "2023-01-31", "post-symptom"),)}),
    after(*MARCH, name="another claim of strips that began 21 days before", others=(OTHER,),
          fails={"frequency.30", "frequency.apart"}),
    after(*MARCH, name="telemetry ten days before is another test",
          service={"earlier": (Earlier("2023-01-20", "2023-02-18", "telemetry"),)}),
    after(*MARCH, name="an order that says telemetry changes nothing of that", order={"test": Test.TELEMETRY},
          service={"earlier": (Earlier("2023-02-10", "2023-02-18", "telemetry"),)}),
    after(*MARCH, name="nobody was there for twenty minutes", fails={"attended"},
          service={"attendance": Attendance(0.9995, 0.0, (LAPSE,))}),
    after(*MARCH, name="whether somebody was there was not measured", fails={"attended"},
          service={"attendance": None}),
    after(*MARCH, name="a call was taken without a paper in force", fails={"qualified"},
          service={"watchers": (replace(TINA, qualified=False, lacks="CCT ran out"),)}),
    after(*MARCH, name="a call was taken abroad", service={"in_us": False}, fails={"us"}),
    after(*MARCH, name="the report of the period is not issued", fails={"reports"},
          service={"reports": Reports(0, 0, 0, 0, 0, 0, True, None, 3, 3, None)}),
    after(*MARCH, name="a strip has no report", fails={"reports"},
          service={"reports": Reports(0, 0, 0, 0, 0, 0, True, None, 3, 2, at("2023-03-31"))}),
    after("2023-03-01", "2023-04-05", name="36 days and nobody said why", fails={"frequency.longer"}),
]  # fmt: skip


def claimed(case: Case) -> tuple[Claim, ServiceRecord, list[Check]]:
    """The claim as billed, its service, and every check of it."""
    service = served(case.start, case.end, **case.service)
    ordered = order(**({"test": Test.POST_SYMPTOM} | case.order))
    made = make(case.part, 1, (7, ordered), service, profile())
    (line,) = made.lines
    assert (line.code, line.units) == (case.code, 1)
    if case.part is T:
        assert line.day == case.end
    billed = replace(made, lines=(replace(line, code=case.billed or line.code, units=case.units),))
    today = (date.fromisoformat(case.end).replace(day=28)).isoformat()
    told = context(billed, record=service, order=ordered, others=case.others, today=max(today, case.end))
    return billed, service, list(check(told))


@pytest.mark.parametrize("case", CASES, ids=lambda one: one.name.replace(" ", "-"))
def test_a_claim_for_strips_by_telephone(case: Case) -> None:
    _, _, checks = claimed(case)
    asked = [one for one in checks if one.rule.startswith(ASKED) and one.rule != "supervision"]
    assert {one.rule: one.words for one in asked if one.fails}.keys() == case.fails


def words(name: str, rule: str) -> str:
    """What a check says in a case."""
    case = next(one for one in CASES if one.name == name)
    return next(one.words for one in claimed(case)[2] if one.rule == rule)


def test_a_service_of_which_nothing_counts_says_so() -> None:
    told = words("every strip was struck", "family")
    assert "0 strips that count, 2 struck: no service was rendered" in told
    assert "not post-symptom" in told


def test_what_stands_in_the_place_of_a_deleted_code_says_what_it_asks_for() -> None:
    told = words("today, no strip from before a symptom", "code.successor")
    assert "93012, which was deleted 2011-01-01" in told
    assert "memory loop" in told
    assert "1 of 3 strips" in words("today, a recorder with a memory loop", "code.successor")


def test_nobody_there_to_take_a_call_is_told_as_that() -> None:
    told = words("nobody was there for twenty minutes", "attended")
    assert told == (
        "1 moment(s) in which nobody was there to take a call: nobody who answers is signed in at a station"
    )


def covered(attendance: Attendance | None, **change: Any) -> tuple[str, dict[str, str]]:
    """What NCD 20.15 says of a service; outcome and clauses."""
    said = {"treating": True, "likely": True, "significant": True, "screening": False}
    statements = {key: Statement(value, "visit note", "note") for key, value in (said | change).items()}
    ordered = order(test=Test.POST_SYMPTOM, payer=replace(order().payer, contractor="", state="CA"))
    ordered = replace(ordered, statements=statements, symptoms=())
    told = determine_service(ordered, served(*MARCH, attendance=attendance), date(2020, 3, 30), shipped())
    assert told.policy is not None
    assert told.policy.id == "NCD-20.15"
    shape = determination_json(told)
    return shape["outcome"], {one["id"]: one["outcome"] for one in shape["clauses"]}


def test_only_a_station_that_is_attended_day_and_night_is_covered() -> None:
    whole, gap = Attendance(1.0, 0.0), Attendance(0.9995, 0.0, (LAPSE,))
    assert covered(whole)[1]["attended"] == "met"
    outcome, clauses = covered(gap)
    assert (outcome, clauses["attended"]) == ("not covered", "not met")
    assert covered(None)[1]["attended"] == "not documented"


def test_early_after_an_infarction_strips_are_covered_which_telemetry_is_not() -> None:
    assert covered(Attendance(1.0, 0.0), recent_infarction=True)[1]["after-infarction"] == "met"
