"""What any facts must know of a person: every service period of theirs, and what test each was (R5, R33)."""
# ruff: noqa: D102 - the name of a test says what it tests

from __future__ import annotations

from dataclasses import replace

from einthoven.base.instants import DAY, HOUR, Instant
from einthoven.center.enroll import EnrollmentUnit, check, end_service, enroll, open_period
from einthoven.enrollment.periods import PERIOD_MAX, Decision
from einthoven.testing.facts_suite import LAYOUT, NOON, FactsUnderTest, request


class Ordered:
    """Opens a period under order 17."""

    def judged(self, _unit: EnrollmentUnit, _known: int | None, decision: Decision) -> Decision:
        return replace(decision, inputs=(*decision.inputs, ("order", "17")))

    def limit(self, now: Instant) -> Instant:
        return now + PERIOD_MAX


class PersonSuite:
    """Periods by name and date of birth."""

    def test_the_periods_of_a_person_are_found_by_name_and_date_of_birth(self, facts: FactsUnderTest) -> None:
        born = {"birth_date": "1950-02-03"}
        enroll(facts, request(**born), NOON)
        facts.declare_layout(1, LAYOUT, 7, NOON - DAY, NOON)
        enroll(facts, request(**born), NOON + HOUR)
        enroll(facts, request("T-200", birth_date="1960-02-03"), NOON)
        found = facts.reader.of_person("doe, JANE", "1950-02-03")
        assert [(one.period.stream, one.declared, one.origin, one.order) for one in found] == [
            (1, True, NOON - DAY, None),
            (2, False, None, None),
        ]
        assert [one.served for one in found] == [True, True]
        end_service(facts, 2, NOON + 2 * HOUR)
        assert [one.served for one in facts.reader.of_person("Doe, Jane", "1950-02-03")] == [True, False]
        for name, day in (("Doe, Jane", ""), ("Doe, Jane", "1950-02-04"), ("Doe, Jan", "1950-02-03")):
            assert list(facts.reader.of_person(name, day)) == []
        asked = lambda unit: list(unit.known_periods("Doe, Jane", "1950-02-03", 2))  # noqa: E731
        assert [one.period.stream for one in facts.unit(asked, "x", NOON)] == [1, 3, 2]

    def test_a_period_tells_its_order(self, facts: FactsUnderTest) -> None:
        asked = check(request(birth_date="1950-02-03"), NOON)
        facts.unit(lambda unit: open_period(unit, asked, NOON, Ordered()), "x", NOON)
        assert [one.order for one in facts.reader.of_person("Doe, Jane", "1950-02-03")] == [17]
