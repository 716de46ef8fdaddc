"""The page says what the tables say."""

from __future__ import annotations

import re
from pathlib import Path

from einthoven.enrollment.order_book import OrderBook
from einthoven.enrollment.order_states import TRANSITIONS, Source, State
from einthoven.escalation.signature import SIGNS_ORDER

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "orders.md").read_text()


def section(title: str) -> list[list[str]]:
    text = re.split(r"(?m)^## ", PAGE.split(f"## {title}\n")[1])[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines()]


def test_states() -> None:
    rows = {row[0]: row[-1] for row in section("States") if row[0] in set(State)}
    assert set(rows) == set(State)
    told = {
        (state, event): to for state, cell in rows.items() for event, to in re.findall(r"(\w+) → (\w+)", cell)
    }
    assert told == {(state.value, event.value): to.value for (state, event), to in TRANSITIONS.items()}


def test_deeds_and_sources() -> None:
    told = {kind for row in section("Deeds") for kind in re.findall(r"`(order\.\w+)`", row[0])}
    assert told == OrderBook.KINDS
    assert {row[0].strip("`") for row in section("How orders come")} >= set(Source)
    assert SIGNS_ORDER in PAGE
