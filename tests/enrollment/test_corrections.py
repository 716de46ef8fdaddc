"""Corrections as a state machine: tables, who may, and that no sequence loses or hides an item."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.base.deeds import Deed, Draft, numbered
from einthoven.base.errors import EinthovenError, InputError, RefusedError
from einthoven.base.instants import DAY
from einthoven.enrollment import correction_deeds as does
from einthoven.enrollment.correction_book import CorrectionBook, corrected
from einthoven.enrollment.correction_deeds import Out, Wanted
from einthoven.enrollment.corrections import (
    KINDS,
    TRANSITIONS,
    WORK,
    Event,
    Part,
    Segment,
    State,
    Whose,
    Work,
    Worked,
)

PAGE = {
    ("proposed", "confirm"): "confirmed",
    ("proposed", "drop"): "dropped",
    ("confirmed", "apply"): "applied",
    ("confirmed", "drop"): "dropped",
}
"""As docs/wrong-patient.md has it."""
PEOPLE = [Whose(number, f"Person, {number}", practice=number % 3 or None) for number in range(1, 6)]


def test_the_tables_are_those_of_the_page() -> None:
    assert {(str(a), str(b)): str(c) for (a, b), c in TRANSITIONS.items()} == PAGE
    assert WORK == {(Work.OPEN, Worked.DO): Work.DONE, (Work.DONE, Worked.REOPEN): Work.OPEN}
    assert not any(state is State.APPLIED for state, _ in TRANSITIONS)
    assert KINDS["breach"].within == 60 * DAY


class Desk:
    """A book, its journal, and people who act."""

    def __init__(self) -> None:
        self.book = CorrectionBook()
        self.deeds: list[Deed] = []
        self.now = 1_000

    def do(self, drafts: list[Draft], actor: str = "staff 1") -> None:
        made = numbered(drafts, len(self.deeds), actor, self.now)
        self.deeds += made
        for deed in made:
            self.book.apply(deed)

    def propose(self, stream: int, swap: int | None = None, since: int = 0, actor: str = "staff 1") -> None:
        to = None if swap is not None else 1
        self.do(does.propose(self.book, Wanted(stream, swap, to, None, None, None, since, "mixed up")), actor)

    def finish(self, number: int, out: list[Out]) -> None:
        one = self.book.corrections[number]
        parts = []
        for place, stream in enumerate(one.streams):
            held = self.book.segments.get(stream)
            was = held[-1].whose if held else PEOPLE[stream % 5]
            parts.append(Part(stream, was, PEOPLE[(number + place) % 5]))
        self.do(does.applied(self.book, number, parts, out, self.now), "center")


def test_the_second_person_is_another() -> None:
    made = Desk()
    made.propose(1)
    with pytest.raises(RefusedError, match="a second person"):
        does.confirm(made.book, 1, "staff 1")
    made.do(does.confirm(made.book, 1, "staff 2"), "staff 2")
    with pytest.raises(RefusedError, match="correction 1 is confirmed"):
        does.confirm(made.book, 1, "staff 3")


def test_one_at_a_time_for_each_stream_of_a_swap_too() -> None:
    made = Desk()
    made.propose(1, swap=2)
    for stream, swap in ((1, None), (2, None), (3, 2), (3, 1)):
        with pytest.raises(RefusedError, match="is not done yet"):
            made.propose(stream, swap)
    made.propose(3)


def test_what_is_applied_is_not_dropped() -> None:
    made = Desk()
    made.propose(1)
    made.do(does.confirm(made.book, 1, "staff 2"), "staff 2")
    made.finish(1, [])
    with pytest.raises(RefusedError, match="by another one"):
        does.drop(made.book, 1, "no")


def test_items_of_several_corrections_are_done_one_after_the_other() -> None:
    made = Desk()
    for stream in (1, 2):
        made.propose(stream)
        made.do(does.confirm(made.book, stream, "staff 2"), "staff 2")
        made.finish(stream, [Out(f"call {stream}", "call", stream, "a call", "Dr. A")])
    with pytest.raises(RefusedError, match="several corrections"):
        does.done(made.book, [1, 2], "told")
    with pytest.raises(InputError):
        does.done(made.book, [], "told")
    made.do(does.done(made.book, [1, 1], "told"))
    with pytest.raises(RefusedError, match="item 1 is done"):
        does.done(made.book, [1], "told")


# ---- whose it was, at every instant ------------------------------------------------------------------------

CHANGES = st.lists(st.tuples(st.sampled_from(PEOPLE), st.integers(0, 20)), max_size=8)


@given(CHANGES)
def test_before_the_instant_nothing_changes_and_after_it_everything(changes: list[tuple[Whose, int]]) -> None:
    held: tuple[Segment, ...] = ()
    model = dict.fromkeys(range(25), PEOPLE[0])
    for number, (whose, since) in enumerate(changes, 1):
        held = corrected(held, Part(1, held[-1].whose if held else PEOPLE[0], whose), number, since)
        model |= dict.fromkeys(range(since, 25), whose)
        assert held[0].start == 0
        assert held[-1].stop is None
        for before, after in pairwise(held):
            assert before.stop == after.start
            assert before.start < after.start
        marks = [one.mark for one in held]
        assert len(set(marks)) == len(marks)
    book = CorrectionBook(segments={1: held} if held else {})
    for at, whose in model.items():
        found = book.at(1, at)
        assert (PEOPLE[0] if found is None else found.whose) == whose


# ---- any sequence of acts ----------------------------------------------------------------------------------

ACTS = st.lists(
    st.tuples(
        st.sampled_from(["propose", "swap", "confirm", "drop", "finish", "found", "done", "reopen", "wait"]),
        st.integers(1, 4),
        st.integers(1, 3),
        st.integers(0, 9),
    ),
    max_size=60,
)


@settings(max_examples=200, deadline=None)
@given(ACTS)
def test_no_sequence_loses_an_item_and_the_books_of_a_replay_are_the_same(
    acts: list[tuple[str, int, int, int]],
) -> None:
    desk = Desk()
    listed: dict[tuple[int, str], str] = {}
    said = 0
    for act, one, two, three in acts:
        kinds = sorted(KINDS)
        out = [
            Out(f"thing {three} {n}", kinds[(three + n) % len(kinds)], one, "sent", "Dr. A")
            for n in range(two)
        ]
        try:
            if act == "propose":
                desk.propose(one, since=three, actor=f"staff {two}")
            elif act == "swap":
                desk.propose(one, swap=one % 4 + 1, actor=f"staff {two}")
            elif act == "confirm":
                desk.do(does.confirm(desk.book, one, f"staff {two}"), f"staff {two}")
            elif act == "drop":
                desk.do(does.drop(desk.book, one, "no"))
            elif act == "finish" and one in desk.book.waiting:
                if desk.book.corrections[one].state is State.CONFIRMED:
                    desk.finish(one, out)
                    listed |= {(one, each.key): each.words for each in out}
            elif act == "found" and desk.book.correction(one).state is State.APPLIED:
                desk.do(does.found(desk.book, one, out, desk.now))
                listed |= {(one, each.key): each.words for each in out}
            elif act in ("done", "reopen"):
                work = does.done if act == "done" else does.reopen
                desk.do(work(desk.book, [three + 1], "told by telephone"), f"staff {two}")
                said += 1
            else:
                desk.now += DAY
        except EinthovenError:
            pass
        assert desk.book.keys.keys() == listed.keys()
    book = desk.book
    assert sorted(book.items) == list(range(1, len(listed) + 1))
    assert sum(len(one.log) for one in book.items.values()) == said
    assert book.open == {number for number, one in book.items.items() if one.state is Work.OPEN}
    of = [number for one in book.corrections.values() for number in one.items]
    assert sorted(of) == sorted(book.items)
    for one in book.corrections.values():
        assert (one.confirmed_by != one.by) or not one.confirmed_by
        assert (one.state is State.APPLIED) == bool(one.parts)
    again = CorrectionBook()
    for deed in desk.deeds:
        again.apply(deed)
    assert again == book


def test_no_event_moves_what_is_over() -> None:
    for state in (State.APPLIED, State.DROPPED):
        assert not any((state, event) in TRANSITIONS for event in Event)
