"""Who may call with a strip: codes that are not guessed, numbers as lines tell them (R6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.answering import callers
from einthoven.answering.callers import AT_REST, CallerBook
from einthoven.base.deeds import Deed
from einthoven.base.errors import OursError
from einthoven.base.instants import DAY

CODES = st.integers(0, 999_999).map(lambda number: f"{number:06}")


def book(*told: tuple[int, str, tuple[str, ...]], at: int = 0) -> CallerBook:
    made = CallerBook()
    for number, (stream, code, numbers) in enumerate(told):
        draft = callers.told(stream, code, numbers, "simulated")
        made.apply(Deed(number + 1, at, "staff 1", draft.kind, draft.subject, draft.body))
    return made


@pytest.mark.parametrize(
    "code",
    ["000000", "123456", "654321", "111222", "121212", "123123", "111121", "123321", "12345", "12345a"],
)
def test_what_somebody_would_guess_is_given_to_nobody(code: str) -> None:
    assert callers.weak(code)


@given(CODES)
def test_most_codes_can_be_given(code: str) -> None:
    assert callers.weak(code) == (not CallerBook().free(code, (), 0))


def test_nine_of_ten_codes_are_good() -> None:
    assert sum(not callers.weak(f"{number:06}") for number in range(0, 1_000_000, 97)) > 0.9 * 1_000_000 / 97


def test_a_code_of_somebody_else_is_not_given_now_nor_lately() -> None:
    held = book((1, "271828", ()), at=DAY)
    drawn = iter(["271828", "000000", "314159"])
    assert callers.given(held, drawn.__next__, {1}, 200 * DAY) == "314159"
    assert not held.free("271828", (), DAY + AT_REST - 1)
    assert held.free("271828", (), DAY + AT_REST)
    with pytest.raises(OursError):
        callers.given(held, lambda: "000000", (), 0)


def test_a_code_says_whose_strip_it_is_while_the_period_is_open() -> None:
    held = book((1, "271828", ()), (2, "314159", ()))
    assert held.by_code("271828", {1, 2}) == 1
    assert held.by_code("271828", {2}) is None
    assert held.by_code("999999", {1, 2}) is None


@pytest.mark.parametrize(
    ("typed", "called", "same"),
    [
        ("+1 (555) 555-0170", "15555550170", True),
        ("+1 555 555 0170", "5555550170", True),
        ("0171 5550100", "+49 171 5550100", True),
        ("555-0170", "+1 212 555 0170", True),
        ("5550170 ext. 12", "5550170", True),
        ("+1 555 555 0170", "+1 555 555 0171", False),
        ("0170", "+1 555 555 0170", False),
        ("550170", "+1 555 555 0170", False),
        ("+1 555 555 0170", "", False),
        ("+1 555 555 0170", "anonymous", False),
    ],
)
def test_a_number_is_known_however_the_line_writes_it(typed: str, called: str, same: bool) -> None:
    assert (book((1, "271828", (typed,))).by_number(called, {1}) == (1,)) is same


def test_a_household_has_one_number_and_two_patients() -> None:
    held = book((1, "271828", ("5555550170",)), (2, "314159", ("5555550170",)))
    assert held.by_number("5555550170", {1, 2}) == (1, 2)
    assert held.by_number("5555550170", {2}) == (2,)


def test_another_code_takes_the_place_of_the_first() -> None:
    held = book((1, "271828", ()), (1, "314159", ("1",)))
    assert held.by_code("271828", {1}) is None
    assert held.by_code("314159", {1}) == 1
