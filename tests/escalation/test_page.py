"""What docs/escalation.md says of the room is what the room does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from einthoven.base.instants import HOUR, MINUTE
from einthoven.escalation.calls import CAN_ACT, CallBook, Outcome
from einthoven.escalation.emergency import PROCEDURE, EmergencyBook
from einthoven.escalation.ladder import usual_ladders
from einthoven.escalation.plans import PlanBook, plan_of
from einthoven.escalation.prescribing import CriteriaBook

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "escalation.md").read_text()


def test_every_deed_of_every_book_is_told() -> None:
    for book in (CallBook, CriteriaBook, EmergencyBook, PlanBook):
        for kind in book.KINDS:
            assert f"`{kind}`" in PAGE


def test_every_outcome_and_every_step_is_told() -> None:
    assert all(f"`{outcome}`" in PAGE for outcome in Outcome)
    steps = re.search(r"The steps: ([a-z, \n]+)\.", PAGE)
    assert steps is not None
    assert re.split(r",\s+", steps[1]) == [step.key for step in PROCEDURE]
    assert "physician" in CAN_ACT


def test_the_plan_of_the_page_can_be_set() -> None:
    (example,) = re.findall(r"```json\n(.+?)```", PAGE, re.S)
    plan = plan_of(json.loads(example), 1)
    assert [person.key for person in plan.calendar.persons] == ["fib"]
    assert plan.ladders["emergent"].rungs[0].tries == 3


def test_the_times_of_the_ladders_are_those_of_the_page() -> None:
    units = {"min": MINUTE, "h": HOUR}

    def span(cell: str) -> int:
        number, *unit = cell.split()
        return int(number) * units[unit[0]] if unit else int(number)

    for tier, ladder in usual_ladders(("fib",)).items():
        (row,) = re.findall(rf"^\| {tier}(?:, from 09:00)? \| (\d.+) \|$", PAGE, re.M)
        told = [span(cell.strip()) for cell in row.split("|")]
        rung = ladder.rungs[0]
        assert told == [
            rung.tries, rung.retry, rung.wait, ladder.again, ladder.call_most, ladder.action_most
        ]  # fmt: skip
        assert (ladder.daily_at == 9 * 60) == (tier == "daily")
