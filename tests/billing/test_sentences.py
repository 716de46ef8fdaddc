"""Every sentence of L34997 that can ask something is a clause, or is said to ask nothing."""

from __future__ import annotations

import re
from importlib import resources

from einthoven.billing.policy import Policy
from einthoven.billing.shipped import shipped

ROWS = [
    row.split("\t")
    for row in (resources.files("einthoven.billing") / "policies" / "L34997.sentences.tsv")
    .read_text("utf-8")
    .splitlines()
    if not row.startswith("#")
]
NORMATIVE = [*range(89, 149), *range(250, 266), 275, 277, 279, 315]
"""Lines of the parts that ask: guidance to qualifications, documentation, use, end."""

HEADINGS = {95, 105, 142}
EMPTY = ({*range(90, 149, 2)} - {102, 142, 144, 146, 148}) | {141, 143, 145, 147}


def l34997() -> Policy:
    return next(one for one in shipped() if one.id == "L34997")


def test_each_sentence_became_clauses_or_says_why_not() -> None:
    assert ROWS[0] == ["line", "sentence", "sha256", "clauses", "asks nothing because"]
    for line, number, sha, clauses, why in ROWS[1:]:
        assert bool(clauses) != bool(why), f"{line}.{number}"
        assert re.fullmatch("[0-9a-f]{64}", sha)
        assert int(number) >= 1


def test_the_sentences_of_a_line_are_counted_without_a_hole() -> None:
    counted: dict[int, list[int]] = {}
    for line, number, *_ in ROWS[1:]:
        counted.setdefault(int(line), []).append(int(number))
    assert list(counted) == sorted(counted)
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in counted.values())
    assert set(NORMATIVE) - set(counted) <= EMPTY | HEADINGS
    assert not set(counted) & (EMPTY | HEADINGS)
    assert len(ROWS) - 1 == 113


def test_clauses_name_their_sentences_and_sentences_their_clauses() -> None:
    from_table = {
        (f"{line}.{number}", id_) for line, number, _, clauses, _ in ROWS[1:] for id_ in clauses.split()
    }
    from_policy = {(line, clause.id) for clause in l34997().clauses for line in clause.lines}
    assert from_table == from_policy
    assert all(clause.lines for clause in l34997().clauses)


def test_two_equal_sentences_are_known_as_such() -> None:
    shas = [row[2] for row in ROWS[1:]]
    assert len(shas) - len(set(shas)) == 1  # the two dates of the end
