"""The page of the policies tells the facts, keys and effects that the code has."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path

from einthoven.billing.determine import Overall
from einthoven.billing.fact_labels import LABELS
from einthoven.billing.fact_words import FACTS
from einthoven.billing.policy import EFFECTS
from einthoven.billing.policy_read import _CLAUSE, _POLICY, load
from einthoven.billing.shipped import files, shipped

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "policies.md").read_text()


def test_every_fact_is_on_the_page_as_it_is() -> None:
    row = r"^\| `(\w+)` \| (.*?) \| (.*?) \| (order|service|claim) \| `(.*?)` \| (.*) \|$"
    told = re.findall(row, PAGE, re.M)
    kinds = {name: " ".join(f"`{one}`" for one in word.options) or word.kind for name, word in FACTS.items()}
    want = [
        (name, LABELS[name], kinds[name], word.source, word.path, word.text) for name, word in FACTS.items()
    ]
    assert told == want


def test_every_fact_has_plain_words_of_its_own() -> None:
    assert set(LABELS) == set(FACTS)
    assert len(set(LABELS.values())) == len(LABELS)
    assert [words for words in LABELS.values() if "_" in words or len(words) > 60] == []


def test_the_example_has_every_key_and_is_sound() -> None:
    text = PAGE.partition("```toml\n")[2].partition("```")[0]
    given = tomllib.loads(text)
    assert set(given["policy"]) | {"gap_before", "missing"} == set(_POLICY)
    assert set(given["clause"][0]) == set(_CLAUSE)
    # What is empty is to be left out.
    lean = "\n".join(line for line in text.splitlines() if not re.match(r'\w+ = (""|\[\]) ', line))
    taken = load([("example.toml", lean)])
    assert [(one.id, one.first) for one in taken] == [("PLAN-7", date(2026, 1, 1))]


def test_every_effect_and_shipped_file_is_on_the_page() -> None:
    assert re.findall(r"^\| `([a-z-]+)` \| (?:must|where|of its|as )", PAGE, re.M) == list(EFFECTS)
    assert set(re.findall(r"^\| `([\w.-]+\.toml)`", PAGE, re.M)) == {name for name, _ in files()}
    whole = next(one for one in shipped() if one.id == "L34997")
    assert f"whole: {len(whole.clauses)} clauses" in PAGE


def test_the_answers_are_on_the_page() -> None:
    page = (DOCS / "determination.md").read_text()
    assert [one for one in re.findall(r"^\| ([a-z ]+) \| ", page, re.M) if one in set(Overall)] == list(
        Overall
    )
