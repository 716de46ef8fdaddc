"""The page of the codes says what the data says: marks, limits, families."""

from __future__ import annotations

import re
from pathlib import Path

from einthoven.billing import codes, family_limits
from einthoven.billing.codes.code import MARKS

PAGE = (Path(__file__).parents[2] / "docs" / "codes.md").read_text()


def table(head: str) -> list[list[str]]:
    rows = PAGE.partition(f"| {head} |")[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("| ").split(" | ")] for row in rows]


def test_the_marks() -> None:
    assert table("mark") == [[f"`{mark}`", words] for mark, words in MARKS.items()]


def test_the_limits() -> None:
    want = [
        [f"`{one.name}`", f"{one.value:g} {one.unit}".strip(), f"`{one.mark}`"]
        for one in family_limits.shipped().values()
    ]
    assert table("limit") == want


def test_the_families_and_no_code_that_is_not_known() -> None:
    book = codes.shipped()
    rows = table("family")
    assert [row[0] for row in rows] == [family.name for family in book.families.values()]
    for row in rows:
        named = re.findall(r"[0-9A-Z]\d{3}[0-9A-Z]", row[1])
        assert named
        assert set(named) <= set(book.codes)
        assert {book.codes[code].family for code in named} == {
            family.id for family in book.families.values() if family.name == row[0]
        }
