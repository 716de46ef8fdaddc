"""The life of a kit: its table against the page's, and what may be done with it (R5)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.deeds import Deed, Draft
from einthoven.base.errors import EinthovenError, EnrollmentError, RefusedError
from einthoven.base.instants import DAY
from einthoven.base.layout import Layout, Lead
from einthoven.enrollment import kit_deeds as deeds
from einthoven.enrollment.kit_book import EVENTS, KitBook
from einthoven.enrollment.kit_states import RETURN_WITHIN, TRANSITIONS, Event, State

LAYOUT = Layout(250.0, (Lead("II"), Lead("V1")))
PAGE = Path(__file__).parents[2] / "docs" / "service-periods.md"


class House:
    """A book, and the deeds that made it."""

    def __init__(self) -> None:
        self.book = KitBook()
        self.deeds: list[Deed] = []
        self.now = 0

    def do(self, drafts: list[Draft]) -> None:
        for draft in drafts:
            deed = Deed(len(self.deeds) + 1, self.now, "staff 1", draft.kind, draft.subject, draft.body)
            self.deeds.append(deed)
            self.book.apply(deed)

    def add(self, name: str = "T-1", key: int = 1) -> None:
        self.do(deeds.add(self.book, name, LAYOUT, bytes([key]) * 32, "Model", "SN-1"))

    def assign(self, name: str = "T-1", stream: int = 1) -> None:
        self.do([deeds.assign(deeds.assignable(self.book, name), stream)])

    @property
    def state(self) -> State:
        return self.book.kit("T-1").state


def test_the_table_is_that_of_the_page() -> None:
    rows = re.findall(r"^\| ([a-z ]+) \| ([a-z]+) \| ([a-z ]+) \|$", PAGE.read_text(), re.MULTILINE)
    told = {(State(one), Event(event)): State(to) for one, event, to in rows if one in list(State)}
    assert told == {key: to for key, to in TRANSITIONS.items() if key[1] is not Event.FOLLOWED}


def test_from_the_shelf_to_a_patient_and_back() -> None:
    house = House()
    house.add()
    house.assign()
    assert house.state is State.ASSIGNED
    for step, want in (
        (lambda: [deeds.sent(house.book.kit("T-1"))], State.WORN),
        (lambda: [deeds.due(house.book.kit("T-1"))], State.DUE),
        (lambda: deeds.give_back(house.book, "T-1", "1Z 999"), State.RETURNED),
        (lambda: deeds.clean(house.book, "T-1", False), State.CLEANING),
        (lambda: deeds.clean(house.book, "T-1", True), State.STOCK),
    ):
        house.do(step())
        assert house.state is want
    kit = house.book.kit("T-1")
    assert (kit.shipping, kit.unclean, kit.stream) == ("1Z 999", False, 1)


@pytest.mark.parametrize(
    ("until", "words"),
    [
        (1, "a patient has it"),
        (2, "a patient wears it"),
        (3, "has not sent it back"),
        (4, "must be cleaned first"),
        (5, "is not clean yet"),
    ],
)
def test_only_a_clean_kit_of_the_shelf_goes_to_a_patient(until: int, words: str) -> None:
    house = House()
    house.add()
    steps = [
        lambda: [deeds.assign(house.book.kit("T-1"), 1)],
        lambda: [deeds.sent(house.book.kit("T-1"))],
        lambda: [deeds.due(house.book.kit("T-1"))],
        lambda: deeds.give_back(house.book, "T-1"),
        lambda: deeds.clean(house.book, "T-1", False),
    ]
    for step in steps[:until]:
        house.do(step())
    with pytest.raises(RefusedError) as caught:
        deeds.assignable(house.book, "T-1")
    assert caught.value.reason == "kit"
    assert words in caught.value.detail


def test_a_kit_that_is_worn_is_neither_lost_nor_given_back_nor_retired() -> None:
    house = House()
    house.add()
    house.assign()
    for act in (
        lambda: deeds.lose(house.book, "T-1", "gone"),
        lambda: deeds.give_back(house.book, "T-1"),
        lambda: deeds.retire(house.book, "T-1", "old"),
        lambda: deeds.clean(house.book, "T-1", True),
    ):
        with pytest.raises(RefusedError):
            act()


def test_a_lost_kit_that_turns_up_is_cleaned_before_anybody_has_it() -> None:
    house = House()
    house.add()
    house.do(deeds.lose(house.book, "T-1", "not at the address"))
    assert house.book.kit("T-1").said == "not at the address"
    house.do(deeds.give_back(house.book, "T-1"))
    assert house.state is State.RETURNED


def test_what_was_enrolled_elsewhere_is_followed_and_told_as_not_cleaned() -> None:
    house = House()
    house.add()
    house.assign()
    house.do([deeds.due(house.book.kit("T-1"))])
    house.do([deeds.follow(house.book.kit("T-1"), 2)])
    kit = house.book.kit("T-1")
    assert (kit.state, kit.stream, kit.unclean) == (State.ASSIGNED, 2, True)
    assert house.book.by_stream == {1: "T-1", 2: "T-1"}


def test_one_name_and_one_key_each() -> None:
    house = House()
    house.add()
    with pytest.raises(EnrollmentError, match="there is a kit T-1 already"):
        house.add()
    with pytest.raises(EnrollmentError, match="belongs to kit T-1"):
        house.add("T-2")


def test_overdue_counts_from_the_end_of_the_period() -> None:
    house = House()
    house.add()
    house.assign()
    house.now = 3 * DAY
    house.do([deeds.due(house.book.kit("T-1"))])
    kit = house.book.kit("T-1")
    assert not kit.overdue(3 * DAY + RETURN_WITHIN)
    assert kit.overdue(3 * DAY + RETURN_WITHIN + 1)


ACTS = st.lists(st.sampled_from(["assign", "sent", "due", "return", "clean", "cleaned", "lost", "retire"]))


@given(ACTS)
def test_whatever_is_done_two_patients_never_follow_without_cleaning(acts: list[str]) -> None:
    """Refusals change nothing, replay gives the same book, and between two patients a kit was cleaned."""
    house = House()
    house.add()
    stream = 0
    for act in acts:
        kit = house.book.kit("T-1")
        before = (house.book.kit("T-1"), len(house.deeds))
        try:
            if act == "assign":
                house.assign(stream=stream + 1)
                stream += 1
            elif act in ("sent", "due"):
                house.do([deeds.sent(kit) if act == "sent" else deeds.due(kit)])
            elif act == "return":
                house.do(deeds.give_back(house.book, "T-1"))
            elif act in ("clean", "cleaned"):
                house.do(deeds.clean(house.book, "T-1", act == "cleaned"))
            else:
                house.do((deeds.lose if act == "lost" else deeds.retire)(house.book, "T-1", "why"))
        except EinthovenError:
            house.deeds = house.deeds[: before[1]]
            assert house.book.kit("T-1") == before[0]
    again = KitBook()
    for deed in house.deeds:
        again.apply(deed)
    assert again == house.book
    events = [EVENTS[deed.kind] for deed in house.deeds if deed.kind in EVENTS]
    worn = False
    for event in events:
        if event is Event.ASSIGNED:
            assert not worn
            worn = True
        elif event is Event.CLEANED:
            worn = False
