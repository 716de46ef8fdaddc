"""The page says what the tables say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from einthoven.escalation.signature import ADDS_TO_REPORT, COSIGNS_REPORT, SIGNS_REPORT
from einthoven.reports.life_book import LifeBook
from einthoven.reports.life_states import DELIVERIES, TRANSITIONS, Delivery, Kind, State

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reports.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.splitlines()
    if line.startswith("|")
]


def section(title: str) -> list[list[str]]:
    text = re.split(r"(?m)^## ", PAGE.split(f"## {title}\n")[1])[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines()]


@pytest.mark.parametrize(
    ("title", "states", "table"),
    [("States", State, TRANSITIONS), ("Delivery", Delivery, DELIVERIES)],
    ids=["report", "delivery"],
)
def test_states(title: str, states: Any, table: Any) -> None:
    rows = {row[0]: row[-1] for row in section(title) if row[0] in set(states)}
    assert set(rows) == set(states)
    told = {
        (state, event): to for state, cell in rows.items() for event, to in re.findall(r"(\w+) → (\w+)", cell)
    }
    assert told == {(state.value, event.value): to.value for (state, event), to in table.items()}


def test_deeds() -> None:
    told = {kind for row in section("Deeds") for kind in re.findall(r"`((?:report|notice)\.\w+)`", row[0])}
    assert told == LifeBook.KINDS


def test_kinds_and_meanings() -> None:
    assert {row[0].strip("`") for row in section("Which reports there are")} >= set(Kind)
    assert {row[-1] for row in ROWS} >= {SIGNS_REPORT, COSIGNS_REPORT, ADDS_TO_REPORT}
