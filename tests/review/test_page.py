"""The page says what the tables say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from einthoven.base.instants import HOUR, MINUTE, SECOND
from einthoven.review.book import CaseBook
from einthoven.review.case import ALARM_TRANSITIONS, TRANSITIONS
from einthoven.review.grouping import CONDITIONS, RULES, Became, Group
from einthoven.review.limits import SHIPPED

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "cases.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.splitlines()
    if line.startswith("|")
]
UNITS = {"min": MINUTE, "h": HOUR, "s": SECOND}


def length(text: str) -> int:
    number, unit = text.split()
    return int(number) * UNITS[unit]


@pytest.mark.parametrize("table", [TRANSITIONS, ALARM_TRANSITIONS], ids=["case", "alarm"])
def test_states(table):
    states = {state.value for state, _ in table} | {to.value for to in table.values()}
    told = {
        (row[0], event): to
        for row in ROWS
        if row[0] in states and "→" in row[1]
        for event, to in re.findall(r"(\w+) → (\w+)", row[1])
    }
    assert told == {(state.value, event.value): to.value for (state, event), to in table.items()}


@pytest.mark.parametrize("group", list(Group))
def test_groups(group):
    row = next(row for row in ROWS if row[0] == group)
    assert (length(row[1]), row[2]) == (RULES[group].gap, RULES[group].why)


@pytest.mark.parametrize("tier", list(SHIPPED))
def test_clocks(tier):
    row = next(row for row in ROWS if row[0] == tier and len(row) == 6)
    limit = SHIPPED[tier]
    assert [length(cell) for cell in row[1:]] == [
        limit.untouched,
        limit.warn,
        limit.held,
        limit.decided,
        limit.overread,
    ]


def test_waits():
    for kind, condition in CONDITIONS.items():
        if condition.wait:
            assert f"`{kind}` {condition.wait // SECOND} s" in PAGE
        else:
            assert f"`{kind}`" in PAGE


def test_what_becomes_of_a_finding():
    assert [row[0].strip("`") for row in ROWS if row[0].strip("`") in set(Became)] == list(Became)


def test_deeds():
    told = {kind for row in ROWS for kind in re.findall(r"`((?:case|alarm|finding)\.\w+)`", row[0])}
    assert told == CaseBook.KINDS
