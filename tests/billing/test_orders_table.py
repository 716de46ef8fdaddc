"""Orders and what L34997 and its neighbours say of them: a table written by hand from the text, not the code.

Each row: changes of the base order by path, date of service, expected answer, expected outcome of the clauses
that decide, and the line of the determination that it was read from.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.billing.orders import BASE, NOW, changed

from einthoven.billing.determine import determination_json, determine_order
from einthoven.billing.shipped import shipped
from einthoven.enrollment.order_read import strict

TABLE: list[dict[str, Any]] = json.loads((Path(__file__).parent / "orders_table.json").read_text())


def test_it_is_a_table_worth_the_name() -> None:
    assert len(TABLE) >= 60
    assert len({row["name"] for row in TABLE}) == len(TABLE)
    assert {row["outcome"] for row in TABLE} == {"covered", "not covered", "incomplete", "policy not held"}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: str(row["name"]).replace(" ", "-"))
def test_an_order(row: dict[str, Any]) -> None:
    order = strict(changed(BASE, row["changes"]), NOW)
    told = determination_json(determine_order(order, date.fromisoformat(row["date"]), shipped()))
    outcomes = {one["id"]: one["outcome"] for one in told["clauses"]}
    assert told["outcome"] == row["outcome"], told["summary"]
    assert {id_: outcomes[id_] for id_ in row["clauses"]} == row["clauses"]
    if row["outcome"] in ("not covered", "incomplete", "policy not held"):
        assert told["change"], "never a bare no"
    if row["outcome"] == "not covered":
        against = {one["id"] for one in told["clauses"] if one["stands"] == "against"}
        assert against == {id_ for id_ in row["clauses"] if stands_against(told, id_)}


def stands_against(told: dict[str, Any], id_: str) -> bool:
    """A clause excludes and is met, or must hold and is not met."""
    clause = next(one for one in told["clauses"] if one["id"] == id_)
    told_against = "met" if clause["effect"] == "excludes" else "not met"
    return clause["outcome"] == told_against and clause["effect"] != "documentation"
