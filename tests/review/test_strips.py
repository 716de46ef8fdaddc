"""The strip cart."""

from __future__ import annotations

from typing import Any

import pytest

from einthoven.base.deeds import Deed, Draft
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.review import strips
from einthoven.review.strips import STRIPS_MOST, StripBook

STREAM = 17


class Cart:
    """A book and its deeds."""

    def __init__(self) -> None:
        self.book, self.count = StripBook(), 0

    def write(self, drafts: list[Draft]) -> None:
        for draft in drafts:
            self.count += 1
            self.book.apply(Deed(self.count, self.count, "staff 3", draft.kind, draft.subject, draft.body))

    def keep(self, start: int, stop: int, caption: str = "", leads: tuple[str, ...] = ()) -> None:
        self.write(strips.keep(self.book, STREAM, start, stop, leads, caption))

    def case(self, kind: str, **body: Any) -> None:
        self.write([Draft(kind, "case 5", {"case": 5, **body})])

    def held(self) -> list[tuple[int, int, str, int | None]]:
        return [(one.start, one.stop, one.caption, one.case) for one in self.book.of(STREAM)]


def test_strips_lie_in_the_cart_by_time_with_caption_and_who() -> None:
    cart = Cart()
    cart.keep(5000, 7500, "  run of\nfive beats ", ("II",))
    cart.keep(1000, 3500)
    assert cart.held() == [(1000, 3500, "", None), (5000, 7500, "run of five beats", None)]
    assert (cart.book.of(STREAM)[1].leads, cart.book.of(STREAM)[1].by) == (("II",), "staff 3")
    assert cart.book.of(18) == []


def test_a_caption_is_given_anew_and_a_strip_dropped() -> None:
    cart = Cart()
    cart.keep(1000, 3500)
    cart.write(strips.entitle(cart.book, STREAM, 1, "pause"))
    assert cart.held() == [(1000, 3500, "pause", None)]
    assert strips.entitle(cart.book, STREAM, 1, "pause ") == []
    cart.write(strips.drop(cart.book, STREAM, 1))
    assert cart.held() == []
    with pytest.raises(NotFoundError):
        strips.drop(cart.book, STREAM, 1)
    cart.keep(1000, 3500)
    assert cart.book.of(STREAM)[0].number == 2


def test_the_strips_of_a_verdict_are_in_the_cart_until_it_is_taken_back() -> None:
    cart = Cart()
    cart.case("case.opened", stream=STREAM)
    cart.case("case.verdict", strips=[[100, 900], [2000, 2900]], relabels=[])
    assert cart.held() == [(100, 900, "", 5), (2000, 2900, "", 5)]
    first = cart.book.of(STREAM)[0].number
    cart.write(strips.entitle(cart.book, STREAM, first, "onset"))
    cart.case("case.verdict", strips=[[100, 900]], relabels=[])
    assert cart.held() == [(100, 900, "", 5)]
    cart.case("case.undone")
    assert cart.held() == []


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ((500, 500), "first before the last"),
        ((-1, 500), "first before the last"),
        ((0, 600_001), "at most"),
        ((0, 500, "x" * 301), "caption"),
        ((0, 500, "", ("",)), "leads"),
    ],
)
def test_what_is_no_strip_is_refused(asked: tuple[Any, ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Cart().keep(*asked)


def test_the_same_strip_is_kept_once_and_a_full_cart_says_so() -> None:
    cart = Cart()
    cart.keep(0, 500)
    with pytest.raises(RefusedError) as there:
        cart.keep(0, 500)
    for place in range(1, STRIPS_MOST):
        cart.keep(place, place + 500)
    with pytest.raises(RefusedError) as full:
        cart.keep(9999, 19999)
    assert (there.value.reason, full.value.reason) == ("there", "full")
