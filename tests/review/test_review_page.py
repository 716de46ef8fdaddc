"""The page of full disclosure names every deed of it, and the classes that there are."""

from __future__ import annotations

import re
from pathlib import Path

from einthoven.review.relabels import BEATS_MOST, RelabelBook
from einthoven.review.strips import StripBook
from einthoven.review.verdicts import CLASSES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "review.md").read_text()


def test_deeds() -> None:
    table = PAGE.split("## Deeds")[1]
    rows = [line.split(" | ")[0] for line in table.splitlines() if line.startswith("| `")]
    told = {kind for row in rows for kind in re.findall(r"`(\w+\.\w+)`", row)}
    assert told == {kind for kind in RelabelBook.KINDS | StripBook.KINDS if not kind.startswith("case.")}


def test_classes_and_the_most_beats() -> None:
    assert all(f"`{name}` {words}" in PAGE for name, words in CLASSES.items())
    assert f"{BEATS_MOST:,}" in PAGE
