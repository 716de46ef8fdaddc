"""Notifications and calls: what stops a ladder and what does not (R22–R24)."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.escalation.book_of import Journal

from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.instants import MINUTE, from_iso
from einthoven.escalation import calls
from einthoven.escalation.calls import (
    NO_ACTION,
    TRANSITIONS,
    CallBook,
    Callee,
    Event,
    Outcome,
    State,
    close,
    end,
    open_notification,
    raise_tier,
    start,
    told_supervisor,
    withdraw,
)

NOON = from_iso("2026-11-21T17:00:00Z")
OFFICE = Callee("fib", "Dr A. Fib", "physician", "+1 555 010 0001", "office")
COMPLETE = {
    "outcome": "reached",
    "person": "Dr A. Fib",
    "person_role": "physician",
    "readback": True,
    "said": "pause of 6.4 s at 11:58",
}

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "escalation.md").read_text()


def rows_of(head: str) -> list[list[str]]:
    """The rows below a table's head line on the page."""
    below = PAGE.split(f"\n{head}\n", 1)[1].splitlines()[1:]
    lines = itertools.takewhile(lambda line: line.startswith("|"), below)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_table_is_that_of_the_page() -> None:
    rows = rows_of("| state | event | next |")
    assert {(str(state), str(event)): str(after) for (state, event), after in TRANSITIONS.items()} == {
        (state, event): after for state, event, after in rows
    }
    assert len(rows) == 8
    ended = {State.CLOSED}
    assert {state for state, _ in TRANSITIONS} == set(State) - ended
    assert {event for _, event in TRANSITIONS} == set(Event)


@pytest.fixture
def journal() -> Journal:
    made = Journal(CallBook())
    made.do(open_notification(made.books[0], 7, 1, 3, "emergent", "pause of 6.4 s"), "staff 3", NOON)
    return made


def book_of(journal: Journal) -> CallBook:
    book = journal.books[0]
    assert isinstance(book, CallBook)
    assert journal.replayed(CallBook) == book
    return book


def test_every_deed_is_on_the_page() -> None:
    rows = rows_of("| deed | body (all: notification, case) |")
    assert {kind for row in rows for kind in re.findall(r"`([a-z_.]+)`", row[0])} == CallBook.KINDS


def refused(code: str):
    return pytest.raises(RefusedError, match=f"^{code}: ")


def test_the_whole_way(journal: Journal) -> None:
    book = book_of(journal)
    assert book.notifications[1].shown == "calling"
    journal.do(start(book, 1, OFFICE), "staff 3", NOON + 1)
    running = book.running(1)
    assert running is not None
    assert (running.by, running.callee) == ("staff 3", OFFICE)
    journal.do(end(book, 1, COMPLETE), "staff 3", NOON + 2)
    told = book.notifications[1]
    assert (told.state, told.shown, told.reached, told.reached_call) == (
        State.REACHED,
        "reached",
        NOON + 2,
        1,
    )
    journal.do(close(book, 1, NO_ACTION), "staff 3", NOON + 3)
    assert (book.notifications[1].state, book.notifications[1].action) == (State.CLOSED, NO_ACTION)
    assert book.calls[1].said == "pause of 6.4 s at 11:58"
    assert book.of_case(7) == []
    book_of(journal)


@pytest.mark.parametrize("outcome", [one for one in Outcome if one is not Outcome.REACHED])
def test_nothing_else_than_reached_stops_the_ladder(journal: Journal, outcome: Outcome) -> None:
    book = book_of(journal)
    journal.do(start(book, 1, OFFICE), "staff 3", NOON)
    # even with everything said that a reached call would say
    journal.do(end(book, 1, COMPLETE | {"outcome": str(outcome)}), "staff 3", NOON)
    assert book.notifications[1].state is State.WAITING
    with refused("not-reached"):
        close(book, 1, "none")
    journal.do(start(book, 1, OFFICE), "staff 4", NOON)
    book_of(journal)


@pytest.mark.parametrize("gone", ["person", "person_role", "readback", "said"])
def test_reached_is_complete_or_refused(journal: Journal, gone: str) -> None:
    book = book_of(journal)
    journal.do(start(book, 1, OFFICE), "staff 3", NOON)
    for empty in (None, "", "  ", False):
        with refused("incomplete"):
            end(book, 1, {**COMPLETE, gone: empty} if empty is not False or gone == "readback" else {})
        if gone == "readback":
            continue
        break
    with refused("incomplete"):
        end(book, 1, {name: value for name, value in COMPLETE.items() if name != gone})
    assert book.notifications[1].state is State.IN_CALL


@pytest.mark.parametrize("role", [*calls.CANNOT_ACT, "Physician's cat"])
def test_who_cannot_act_is_no_notification(journal: Journal, role: str) -> None:
    book = book_of(journal)
    journal.do(start(book, 1, OFFICE), "staff 3", NOON)
    with refused("cannot-act"):
        end(book, 1, COMPLETE | {"person_role": role})
    assert end(book, 1, COMPLETE | {"person_role": role}, frozenset({role}))


def test_an_outcome_is_said_and_not_preselected(journal: Journal) -> None:
    book = book_of(journal)
    journal.do(start(book, 1, OFFICE), "staff 3", NOON)
    for outcome in (None, "", "maybe"):
        with pytest.raises(InputError, match="outcome: say one of reached, voicemail"):
            end(book, 1, {"outcome": outcome})
    with pytest.raises(InputError, match="said: character U\\+0000"):
        end(book, 1, COMPLETE | {"said": "a\x00"})
    with pytest.raises(InputError, match="person: want text"):
        end(book, 1, COMPLETE | {"person": 7})


@pytest.mark.parametrize(
    ("field", "most"), [("person", 200), ("person_role", 60), ("said", 2000), ("action", 2000)]
)
def test_a_text_that_is_too_long_is_refused_and_not_cut_off(journal: Journal, field: str, most: int) -> None:
    book = book_of(journal)
    journal.do(start(book, 1, OFFICE), "staff 3", NOON)
    with pytest.raises(InputError, match=f"{field}: {most + 1} characters, at most {most}"):
        end(book, 1, COMPLETE | {field: "x" * (most + 1)})
    longest = "x" * most
    drafts = end(book, 1, COMPLETE | {field: longest}, calls.CAN_ACT | {longest})
    assert drafts[0].body[field] == longest


ANYTHING = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.lists(st.text())
)
SAID = st.fixed_dictionaries(
    {name: ANYTHING | st.just(value) for name, value in COMPLETE.items()}, optional={"action": ANYTHING}
)


@given(SAID)
def test_whatever_is_said_of_a_call_is_an_outcome_or_refused(said: dict) -> None:
    book = CallBook()
    journal = Journal(book)
    journal.do(open_notification(book, 7, 1, 3, "emergent", "pause of 6.4 s"), "staff 3", NOON)
    journal.do(start(book, 1, OFFICE), "staff 3", NOON)
    try:
        journal.do(end(book, 1, said), "staff 3", NOON)
    except (InputError, RefusedError):
        assert book.running(1) is not None
        return
    call = book.calls[1]
    reached = book.notifications[1].state is State.REACHED
    assert reached == (said["outcome"] == "reached")
    if reached:
        assert call.person
        assert call.person_role in calls.CAN_ACT
        assert call.readback
        assert call.said


def test_one_caller_at_a_time(journal: Journal) -> None:
    book = book_of(journal)
    journal.do(start(book, 1, OFFICE), "staff 3", NOON)
    with pytest.raises(
        RefusedError, match=r"calling: staff 3 calls Dr A. Fib for it since 2026-11-21T17:00:00"
    ):
        start(book, 1, OFFICE)
    journal.do(end(book, 1, {"outcome": "busy"}), "staff 4", NOON + 1)
    assert book.calls[1].ended_by == "staff 4"
    with refused("ended"):
        end(book, 1, {"outcome": "busy"})


def test_what_is_not_there(journal: Journal) -> None:
    book = book_of(journal)
    for act in (
        lambda: start(book, 9, OFFICE),
        lambda: end(book, 9, COMPLETE),
        lambda: close(book, 9, "x"),
        lambda: withdraw(book, 9, "x"),
        lambda: raise_tier(book, 9, "urgent"),
    ):
        with pytest.raises(NotFoundError, match="there is no such"):
            act()


def test_a_case_has_one_notification_at_a_time(journal: Journal) -> None:
    book = book_of(journal)
    with refused("open"):
        open_notification(book, 7, 1, 3, "urgent", "again")
    assert open_notification(book, 8, 1, 3, "urgent", "another case")
    for bad, words in (("detect", "tier: 'detect', want one of daily"), ("", "tier")):
        with pytest.raises(InputError, match=words):
            open_notification(book, 9, 1, 3, bad, "x")
    with pytest.raises(InputError, match="say: is missing"):
        open_notification(book, 9, 1, 3, "urgent", " ")


def test_an_action_is_needed_to_close_and_may_be_said_in_the_call(journal: Journal) -> None:
    book = book_of(journal)
    journal.do(start(book, 1, OFFICE), "staff 3", NOON)
    journal.do(end(book, 1, COMPLETE | {"action": "will see the patient today"}), "staff 3", NOON)
    again = journal.replayed(CallBook)
    assert close(again, 1, "")[0].body["action"] == "will see the patient today"
    journal.do(open_notification(book, 8, 2, 3, "urgent", "x"), "staff 3", NOON)
    journal.do(start(book, 2, OFFICE), "staff 3", NOON)
    journal.do(end(book, 2, COMPLETE), "staff 3", NOON)
    with refused("action"):
        close(book, 2, "   ")
    journal.do(close(book, 2, "admitted"), "staff 3", NOON)
    for act in (lambda: close(book, 2, "x"), lambda: raise_tier(book, 2, "emergent")):
        with refused("closed"):
            act()
    with refused("closed"):
        start(book, 2, OFFICE)


def test_reached_is_not_called_again_nor_withdrawn(journal: Journal) -> None:
    book = book_of(journal)
    journal.do(start(book, 1, OFFICE), "staff 3", NOON)
    with refused("in call"):
        withdraw(book, 1, "artefact")
    journal.do(end(book, 1, COMPLETE), "staff 3", NOON)
    for act in (lambda: start(book, 1, OFFICE), lambda: withdraw(book, 1, "artefact")):
        with refused("reached"):
            act()


def test_what_is_withdrawn_says_why(journal: Journal) -> None:
    book = book_of(journal)
    with refused("why"):
        withdraw(book, 1, " ")
    journal.do(withdraw(book, 1, "second over-read: artefact"), "staff 9", NOON)
    assert (book.notifications[1].state, book.notifications[1].withdrawn) == (
        State.CLOSED,
        "second over-read: artefact",
    )
    assert book.live == set()
    book_of(journal)


def test_a_tier_only_rises(journal: Journal) -> None:
    book = book_of(journal)
    journal.do(open_notification(book, 8, 2, None, "daily", "x"), "center", NOON)
    assert raise_tier(book, 1, "urgent") == []
    assert raise_tier(book, 2, "daily") == []
    assert raise_tier(book, 2, "detect") == []
    journal.do(raise_tier(book, 2, "emergent"), "center", NOON)
    assert book.notifications[2].tier == "emergent"
    book_of(journal)


def test_whoever_was_reached_before_it_became_graver_is_reached_again(journal: Journal) -> None:
    book = book_of(journal)
    journal.do(start(book, 1, OFFICE), "staff 3", NOON)
    journal.do(raise_tier(book, 1, "emergent"), "center", NOON)  # in the call, which goes on
    assert book.notifications[1].state is State.IN_CALL
    journal.do(end(book, 1, COMPLETE), "staff 3", NOON)
    assert book.notifications[1].state is State.REACHED
    assert raise_tier(book, 1, "daily") != []
    journal.do(raise_tier(book, 1, "daily"), "center", NOON)
    told = book.notifications[1]
    assert (told.state, told.tier, told.reached, told.reached_call) == (State.WAITING, "emergent", None, None)
    with refused("not-reached"):
        close(book, 1, "an ablation")
    book_of(journal)


def test_a_call_that_came_in_needs_no_number(journal: Journal) -> None:
    book = book_of(journal)
    nameless = Callee("", "", "", "", "")
    for callee, who in ((nameless, "the contact"), (replace(OFFICE, number=""), "Dr A. Fib")):
        with pytest.raises(RefusedError, match=f"^number: {who} has no number to call"):
            start(book, 1, callee)
    journal.do(start(book, 1, nameless, incoming=True), "staff 3", NOON)
    journal.do(end(book, 1, COMPLETE), "staff 3", NOON + MINUTE)
    assert book.notifications[1].state is State.REACHED
    book_of(journal)


def test_the_supervisor_is_told_once_of_each_round(journal: Journal) -> None:
    book = book_of(journal)
    journal.do(told_supervisor(book, 1, 2), "center", NOON)
    assert [told_supervisor(book, 1, rounds) == [] for rounds in (1, 2, 3)] == [True, True, False]
    book_of(journal)


def test_the_stages_of_a_case() -> None:
    book = CallBook()
    journal = Journal(book)
    nobody = Callee("", "", "", "", "")
    for case in (1, 2, 3, 4):
        journal.do(open_notification(book, case, case, 3, "urgent", "x"), "staff 3", NOON)
    assert book.times(1) == book.times(99) == {}
    # reached by the second call, the action said in it
    journal.do(start(book, 1, OFFICE), "staff 3", NOON + 1)
    journal.do(end(book, 1, {"outcome": "busy"}), "staff 3", NOON + 2)
    journal.do(start(book, 1, OFFICE), "staff 3", NOON + 3)
    assert book.times(1) == {"call_started": NOON + 1}
    journal.do(end(book, 2, COMPLETE | {"action": "none"}), "staff 3", NOON + 4)
    assert book.times(1) == {"call_started": NOON + 1, "reached": NOON + 4, "action": NOON + 4}
    # the action only at the close
    journal.do(start(book, 2, OFFICE), "staff 3", NOON + 1)
    journal.do(end(book, 3, COMPLETE), "staff 3", NOON + 4)
    assert "action" not in book.times(2)
    journal.do(close(book, 2, "none"), "staff 3", NOON + 9)
    assert book.times(2)["action"] == NOON + 9
    # the physician called before anybody called the physician
    journal.do(start(book, 3, nobody, incoming=True), "staff 3", NOON + 1)
    journal.do(end(book, 4, COMPLETE), "staff 3", NOON + 4)
    assert book.times(3) == {"call_started": NOON + 4, "reached": NOON + 4}
    journal.do(withdraw(book, 4, "artefact"), "staff 3", NOON)
    assert book.times(4) == {}
    assert journal.replayed(CallBook) == book


def test_numbers_go_on_after_a_restart(journal: Journal) -> None:
    for case in range(20, 23):
        journal.do(open_notification(journal.books[0], case, 1, None, "daily", "x"), "center", NOON)
    book = book_of(journal)
    assert sorted(book.notifications) == [1, 2, 3, 4]
    assert book.next_notification == 5
    assert all(one < other for one, other in itertools.pairwise(book.notifications))
