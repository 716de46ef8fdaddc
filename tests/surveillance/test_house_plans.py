"""The written plans of a center: by version, by date, never overwritten (R34, R36)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.deeds import Draft, numbered
from einthoven.base.errors import InputError, RefusedError
from einthoven.base.instants import DAY
from einthoven.surveillance.house_plans import (
    HousePlans,
    PlanKind,
    in_force,
    set_plan,
    set_supervisor,
    within,
)
from einthoven.testing.web import EPOCH

NOW = EPOCH


def adopt(book: HousePlans, text: str, since: int, now: int = NOW, kind: str = "quality") -> None:
    keep(book, set_plan(book, kind, "", text, "", since, "first", now), now)


def keep(book: HousePlans, drafts: list[Draft], now: int) -> None:
    for deed in numbered(drafts, 0, "staff 1", now):
        book.apply(deed)


def test_a_version_holds_from_its_day_on_and_the_one_before_it_stays_on_file() -> None:
    book = HousePlans()
    adopt(book, "Read one in ten twice.", NOW - 100 * DAY)
    adopt(book, "Read one in five twice.", NOW + DAY)
    assert book.plan(PlanKind.QUALITY, NOW - 101 * DAY) is None
    first, second = book.plan(PlanKind.QUALITY, NOW), book.plan(PlanKind.QUALITY, NOW + DAY)
    assert first is not None
    assert second is not None
    assert (first.version, first.text, first.at) == (1, "Read one in ten twice.", NOW)
    assert (second.version, second.title) == (2, "Quality control of ECG surveillance")
    assert within(book.plans[PlanKind.QUALITY], NOW, NOW + 2 * DAY) == (first, second)
    assert within(book.plans[PlanKind.QUALITY], NOW, NOW + DAY) == (first,)


def test_what_was_in_force_is_not_rewritten() -> None:
    book = HousePlans()
    adopt(book, "one", NOW - 100 * DAY)
    with pytest.raises(RefusedError, match="stays so"):
        adopt(book, "two", NOW - 50 * DAY)
    with pytest.raises(RefusedError, match="says just that"):
        adopt(book, "one", NOW)


@pytest.mark.parametrize(
    ("kind", "text", "since", "words"),
    [
        ("quantity", "text", NOW, "kind: 'quantity', want one of quality, emergency, continuity"),
        ("quality", "", NOW, "text: say the plan"),
        ("quality", "first\nAsk [[who]] first.", NOW, "of the template is not filled in: [[who]]"),
        ("quality", "text", NOW + 400 * DAY, "more than a year ahead"),
    ],
)
def test_bad_input_gets_one_clear_line(kind: str, text: str, since: int, words: str) -> None:
    with pytest.raises(InputError) as error:
        adopt(HousePlans(), text, since, kind=kind)
    assert words in str(error.value)


def test_who_supervises_is_a_physician_of_the_two_specialties_by_date() -> None:
    book = HousePlans()
    keep(book, set_supervisor(book, "Dr. Ada", "1234567893", "cardiology", 3, NOW, "new", NOW), NOW)
    with pytest.raises(RefusedError, match="supervises since"):
        set_supervisor(book, "Dr. Ada", "1234567893", "cardiology", 3, NOW + DAY, "again", NOW)
    with pytest.raises(InputError, match="want one of cardiology, internal medicine"):
        set_supervisor(book, "Dr. Bea", "", "dermatology", None, NOW, "", NOW)
    later = NOW + 9 * DAY
    keep(book, set_supervisor(book, "Dr. Bea", "", "internal medicine", None, later, "", NOW), NOW)
    before, after = book.supervisor(later - 1), book.supervisor(later)
    assert before is not None
    assert before.words == "Dr. Ada (cardiology, NPI 1234567893)"
    assert after is not None
    assert after.words == "Dr. Bea (internal medicine)"
    assert book.supervisor(NOW - 1) is None


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=12),
    st.integers(0, 45),
    st.integers(1, 20),
)
def test_whatever_is_adopted_one_version_holds_at_every_moment_and_the_past_stays(
    given_: list[tuple[int, int]], start: int, length: int
) -> None:
    book, now, seen = HousePlans(), NOW, {}
    for place, (pause, ahead) in enumerate(given_):
        now += pause * DAY
        for at, one in seen.items():
            assert book.plan(PlanKind.QUALITY, at) == one
        adopt(book, f"text {place}", now + ahead * DAY, now)
        # What held until now is settled for good.
        seen |= {
            NOW + day * DAY: book.plan(PlanKind.QUALITY, NOW + day * DAY) for day in range((now - NOW) // DAY)
        }
    versions = book.plans[PlanKind.QUALITY]
    low, high = NOW + start * DAY, NOW + (start + length) * DAY
    told = within(versions, low, high)
    assert len(set(told)) == len(told)
    every = {in_force(versions, at) for at in range(low, high, DAY)} - {None}
    assert set(told) == every
