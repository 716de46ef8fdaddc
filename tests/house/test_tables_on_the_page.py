"""The page of the formats says the columns of every table as the code has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from einthoven.interop.tables import TABLES

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"


@pytest.mark.parametrize("table", TABLES)
def test_the_columns_of_a_table(table: str) -> None:
    told = PAGE.read_text().partition(f"**{table}**\n\n")[2].partition("\n\n")[0].splitlines()[2:]
    want = [
        f"| `{column.name}` | {column.unit or '–'} | {column.says.replace('|', chr(92) + '|')} |"
        for column in TABLES[table]
    ]
    assert told == want
