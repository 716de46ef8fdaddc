"""The worklist of claims: found by every word, as many as are asked for, by the tab's order."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.billing.claims import claim, order, record
from tests.billing.test_claim_life import Office

from einthoven.base.errors import InputError
from einthoven.center.claim_page import worklist
from einthoven.center.desk_books import Books
from einthoven.center.desk_door import Who

NAMES = ("Doe, Jane Q", "Roe, Richard", "Doe, John")


@pytest.fixture
def books() -> Books:
    """Three claims that are ready."""
    office = Office()
    for stream, name in enumerate(NAMES, 1):
        told = order()
        patient = SimpleNamespace(
            **{field: getattr(told.patient, field) for field in told.patient.__slots__} | {"name": name}
        )
        made = claim(ordered=order(patient=patient), measured=record(stream=stream))
        number = office.want(stream)
        office.check(number, made=made)
    surveil = SimpleNamespace(permissions=lambda _staff: frozenset())
    return cast(
        Books,
        SimpleNamespace(
            claims=office.book, claiming=None, surveil=surveil, today=lambda _now: "2023-05-01", actor=str
        ),
    )


def told(books: Books, **params: str) -> dict[str, Any]:
    return worklist(books, Who(3, None, ""), {"tab": "ready"} | params, 10)


def names(books: Books, q: str) -> set[str]:
    return {one["patient"] for one in told(books, q=q)["claims"]}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", set(NAMES)),
        ("doe", {"Doe, Jane Q", "Doe, John"}),
        ("jane doe", {"Doe, Jane Q"}),
        ("Doe, Jane", {"Doe, Jane Q"}),
        ("e000002", {"Roe, Richard"}),
        ("roe 93229 medicare 1950-02-03", {"Roe, Richard"}),
        ("roe 93228", set()),
        ("  ", set(NAMES)),
    ],
)
def test_a_claim_is_found_by_every_word(books: Books, words: str, found: set[str]) -> None:
    assert names(books, words) == found


def test_as_many_are_listed_as_are_asked_for_and_the_others_are_counted(books: Books) -> None:
    some = told(books, limit="2")
    assert (len(some["claims"]), some["left_out"], some["counts"]["ready"]) == (2, 1, 3)
    assert told(books)["left_out"] == 0


@pytest.mark.parametrize("limit", ["0", "-1", "5001", "x", "", "٣"])
def test_a_limit_that_is_none_is_one_line(books: Books, limit: str) -> None:
    with pytest.raises(InputError, match="limit: want a whole number from 1 to 5000"):
        told(books, limit=limit)


def test_each_tab_has_its_own(books: Books) -> None:
    assert told(books, tab="void")["claims"] == []
