"""Whom to call next, when and why, from stored facts; nothing ever falls silent (R22, R23)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.escalation.book_of import Journal
from tests.escalation.ladder_desk import FIELDS, HOURLY, NOON, PLAN, PLAN_CALLEE, Desk, person

from einthoven.base.errors import RefusedError
from einthoven.base.instants import DAY, HOUR, MINUTE, SECOND
from einthoven.escalation.calls import (
    CallBook,
    Callee,
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
from einthoven.escalation.ladder import (
    Plan,
    callees,
    calls_due,
    dues,
    plan_of_order,
    upcoming,
)
from einthoven.escalation.plans import PlanBook, plan_of

REACHED = {
    "outcome": "reached",
    "person": "Dr A. Fib",
    "person_role": "physician",
    "readback": True,
    "said": "pause of 6.4 s",
}


def walked(desk: Desk, outcomes: list[str], plan: Plan = PLAN) -> list[tuple[str, int]]:
    """Numbers called, each with the seconds it was due after the opening."""
    rows = []
    for outcome in outcomes:
        due = desk.call(outcome, plan)
        assert due.callee is not None
        rows.append((due.callee.number, (due.due_at - NOON) // SECOND))
    return rows


def test_the_ladder_goes_on_until_somebody_is_reached_and_then_round_again() -> None:
    desk = Desk()
    rows = walked(desk, ["no_answer", "voicemail", "busy", "answering_service", "no_answer", "no_answer"])
    assert rows == [
        ("5550101", 0),
        ("5550102", 0),
        ("5550101", 60),
        ("5550102", 60),
        ("5550201", 60),
        ("5550101", 150),
    ]


def test_an_urgent_one_waits_to_be_called_back() -> None:
    rows = walked(Desk("urgent"), ["voicemail", "voicemail", "no_answer", "no_answer"])
    assert rows == [("5550101", 0), ("5550102", 0), ("5550201", 300), ("5550101", 900)]


def test_the_first_call_is_due_at_once_and_says_why() -> None:
    due = Desk().next_call()
    assert (due.due_at, due.tier) == (NOON, "emergent")
    assert due.callee == Callee("fib", "Dr Fib", "physician", "5550101", "office")
    assert due.why == "emergent: first on the ladder: Dr Fib, office"


def test_a_voicemail_says_that_it_is_none() -> None:
    desk = Desk()
    desk.call("voicemail")
    assert "a voicemail is no notification" in desk.next_call().why


def test_a_wrong_number_is_not_called_again() -> None:
    desk = Desk()
    rows = walked(desk, ["wrong_number", "no_answer", "no_answer", "no_answer", "no_answer"])
    assert [number for number, _ in rows] == ["5550101", "5550102", "5550102", "5550201", "5550102"]


def test_when_every_number_is_wrong_the_supervisor_is_told_and_goes_on_being_told() -> None:
    desk = Desk()
    walked(desk, ["wrong_number"] * 3)
    kinds = {due.kind for due in desk.due()}
    assert kinds == {"supervisor"}
    desk.do(told_supervisor(desk.book, 1, 1))
    (due,) = desk.due()
    assert due.kind == "supervisor"
    assert due.why == "no number is left to call: every one is wrong, or the plan names none"
    # a plan with a number that was not tried goes on
    other = plan_of(FIELDS | {"persons": [person("fib", ("office", "5559999")), FIELDS["persons"][1]]}, 2)
    assert desk.next_call(other).callee.number == "5559999"


def test_a_round_that_reached_nobody_is_told_the_supervisor_each_time() -> None:
    desk = Desk()
    walked(desk, ["no_answer"] * 5)
    told = [due for due in desk.due() if due.kind == "supervisor"]
    assert [(due.rounds, due.due_at) for due in told] == [(1, desk.now)]
    assert "went round once" in told[0].why
    desk.do(told_supervisor(desk.book, 1, 1))
    assert [due.kind for due in desk.due()] == ["call"]
    walked(desk, ["no_answer"] * 5)
    assert [due.rounds for due in desk.due() if due.kind == "supervisor"] == [2]
    assert "round 3 of the ladder" in desk.next_call().why


def test_the_supervisor_is_told_of_a_round_of_another_plan_too() -> None:
    desk = Desk()
    for rounds in (1, 2, 3):
        walked(desk, ["no_answer"] * 5)
        desk.do(told_supervisor(desk.book, 1, rounds))
    longer = FIELDS | {
        "persons": [*FIELDS["persons"], person("block", *(("home", f"55504{n:02d}") for n in range(6)))]
    }
    longer |= {"ladders": {"emergent": {"rungs": [{"who": "block", "tries": 4}]}}}
    plan = plan_of(longer, 2)
    walked(desk, ["no_answer"] * 24, plan)
    assert [due.rounds for due in desk.due(plan) if due.kind == "supervisor"] == [1]
    assert told_supervisor(desk.book, 1, 1) != []


def test_a_call_that_runs_too_long_is_asked_about() -> None:
    desk = Desk()
    desk.do(start(desk.book, 1, desk.next_call().callee))
    (due,) = desk.due()
    assert (due.kind, due.call, due.due_at) == ("resolve", 1, NOON + 300 * SECOND)


def test_a_restart_in_mid_call_leaves_the_call_open_and_asks_at_once() -> None:
    desk = Desk()
    desk.do(start(desk.book, 1, desk.next_call().callee))
    again = desk.journal.replayed(CallBook)
    restarted = NOON + 20 * SECOND
    (due,) = dues(again, 1, PLAN, restarted, restarted)
    assert (due.kind, due.call, due.due_at) == ("resolve", 1, restarted)
    assert "ran when the center restarted" in due.why
    with pytest.raises(RefusedError, match=r"^calling: "):
        start(again, 1, PLAN_CALLEE)
    # one that was begun after it runs as any other
    assert dues(again, 1, PLAN, NOON, NOON)[0].due_at == NOON + 300 * SECOND


def test_what_the_physician_did_is_asked_for() -> None:
    desk = Desk()
    desk.do(start(desk.book, 1, PLAN_CALLEE))
    desk.do(end(desk.book, 1, REACHED))
    (due,) = desk.due()
    assert (due.kind, due.due_at) == ("action", NOON + 15 * MINUTE)
    desk.do(close(desk.book, 1, "no action necessary"))
    assert desk.due() == []


def test_calls_in_between_do_not_lose_the_place() -> None:
    desk = Desk()
    desk.call("no_answer")
    # somebody looks up another number, and the physician's wife calls back
    desk.do(start(desk.book, 1, Callee("", "Dr Fib at home", "physician", "5557777", "home")))
    desk.do(end(desk.book, 2, {"outcome": "no_answer"}))
    desk.do(start(desk.book, 1, Callee("", "", "", "", ""), incoming=True))
    desk.do(end(desk.book, 3, {"outcome": "answering_service"}))
    assert desk.next_call().callee.number == "5550102"


def test_the_calls_that_follow_are_those_that_are_made_when_nobody_answers() -> None:
    desk = Desk()
    desk.call("voicemail")
    told = [(due.callee, due.due_at) for due in upcoming(desk.book, 1, PLAN, desk.now, 9)]
    assert told == [(due.callee, due.due_at) for due in (desk.call("no_answer") for _ in range(9))]
    assert len(upcoming(desk.book, 1, PLAN, desk.now)) == 8
    desk.do(start(desk.book, 1, PLAN_CALLEE))
    assert upcoming(desk.book, 1, PLAN, desk.now) == []
    assert upcoming(Desk().book, 1, PlanBook().plan_for(1, None), NOON) == []


def test_without_a_plan_the_ordering_physician_is_called() -> None:
    plan = plan_of_order("Dr O. Rder", "555 0199", "America/Chicago")
    assert [one.number for one in callees(plan, "emergent", NOON)] == ["555 0199"]


def test_without_anybody_the_supervisor_is_told_at_once() -> None:
    (due,) = Desk().due(PlanBook().plan_for(1, None))
    assert (due.kind, due.due_at) == ("supervisor", NOON)


def test_the_gravest_and_longest_due_come_first() -> None:
    book = CallBook()
    journal = Journal(book)
    for case, (tier, at) in enumerate([("urgent", 0), ("emergent", 20), ("daily", 5), ("emergent", 10)], 1):
        journal.do(open_notification(book, case, case, 3, tier, "x"), "center", NOON + at * SECOND)
    plans = PlanBook()
    plans.practices[3] = PLAN
    found = calls_due(book, plans, NOON + MINUTE)
    assert [due.notification for due in found] == [4, 2, 1, 3]
    assert [due.notification for due in calls_due(book, plans, NOON + 10 * SECOND)] == [4, 1, 3]
    assert calls_due(book, plans, NOON - 1) == []


unreached = st.sampled_from([str(one) for one in Outcome if one is not Outcome.REACHED])


@settings(max_examples=60, deadline=None)
@given(st.lists(unreached, min_size=1, max_size=40), st.integers(0, 20))
def test_a_physician_who_never_answers_is_called_again_and_again(outcomes: list[str], lasting: int) -> None:
    desk = Desk()
    before = NOON
    for outcome in outcomes:
        if not [due for due in desk.due() if due.kind == "call"]:
            assert "every one is wrong" in desk.due()[-1].why
            return
        due = desk.call(outcome, lasting=lasting * SECOND)
        # no longer than the longest time of the ladder: between two rounds
        assert due.due_at - before <= 90 * SECOND
        before = desk.now
    if "wrong_number" not in outcomes:
        told = [due.rounds for due in desk.due() if due.kind == "supervisor"]
        assert told == ([len(outcomes) // 5] if len(outcomes) >= 5 else [])


class NothingFallsSilent(RuleBasedStateMachine):
    """Whatever the outcomes, a notification that is not reached has a call that runs or one that is due."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.plan = PLAN
        self.seen_reached = False

    @property
    def state(self) -> State:
        return self.desk.book.notifications[1].state

    @precondition(lambda self: self.state is State.WAITING)
    @rule()
    def call_whom_the_ladder_names(self) -> None:
        due = [one for one in self.desk.due(self.plan) if one.callee is not None]
        if due:
            self.desk.do(start(self.desk.book, 1, due[0].callee))

    @precondition(lambda self: self.state is State.WAITING)
    @rule(incoming=st.booleans())
    def call_somebody_else(self, incoming: bool) -> None:
        self.desk.do(start(self.desk.book, 1, Callee("x", "X", "physician", "5", "home"), incoming=incoming))

    @precondition(lambda self: self.state is State.IN_CALL)
    @rule(outcome=unreached)
    def not_reached(self, outcome: str) -> None:
        running = self.desk.book.running(1)
        self.desk.do(end(self.desk.book, running.number, {"outcome": outcome}))

    @precondition(lambda self: self.state is State.IN_CALL)
    @rule(complete=st.booleans())
    def reached(self, complete: bool) -> None:
        running = self.desk.book.running(1)
        if complete:
            self.desk.do(end(self.desk.book, running.number, REACHED))
            self.seen_reached = True
        else:
            with pytest.raises(RefusedError):
                end(self.desk.book, running.number, REACHED | {"readback": False})

    @rule(seconds=st.integers(0, 400) | st.integers(0, 100_000))
    def time_goes_by(self, seconds: int) -> None:
        self.desk.now += seconds * SECOND

    @rule(plan=st.sampled_from([FIELDS, HOURLY]))
    def the_plan_changes(self, plan: dict) -> None:
        self.plan = plan_of(plan, 2)

    @rule()
    def the_supervisor_is_told(self) -> None:
        for due in self.desk.due(self.plan):
            if due.kind == "supervisor":
                self.desk.do(told_supervisor(self.desk.book, 1, due.rounds))

    @rule(tier=st.sampled_from(["urgent", "emergent"]))
    def it_rises(self, tier: str) -> None:
        if self.state is not State.CLOSED:
            self.desk.do(raise_tier(self.desk.book, 1, tier))
            self.seen_reached = False  # whoever was told before is told again

    @precondition(lambda self: self.state is State.REACHED)
    @rule()
    def close_it(self) -> None:
        self.desk.do(close(self.desk.book, 1, "no action necessary"))

    @invariant()
    def somebody_has_something_to_do(self) -> None:
        found = self.desk.due(self.plan)
        if self.state is State.CLOSED:
            assert self.seen_reached
            assert found == []
            return
        assert found
        assert self.seen_reached == (self.state is State.REACHED)
        kinds = {due.kind for due in found}
        if self.state is State.IN_CALL:
            assert kinds == {"resolve"}
        elif self.state is State.WAITING:
            assert kinds & {"call", "supervisor"}
            told = self.desk.book.notifications[1]
            ends = [call.ended for call in self.desk.book.calls_of(1)]
            if told.told_at is not None and ends and ends[-1] <= told.told_at:
                assert told_supervisor(self.desk.book, 1, told.told_rounds) == []
            soon = min(due.due_at for due in found)
            assert soon <= self.desk.now + 2 * DAY

    @invariant()
    def a_replay_stands_where_the_live_book_stands(self) -> None:
        again = self.desk.journal.replayed(CallBook)
        assert again == self.desk.book
        assert dues(again, 1, self.plan, self.desk.now) == self.desk.due(self.plan)


NothingFallsSilent.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestNothingFallsSilent = NothingFallsSilent.TestCase


def test_a_withdrawn_one_is_over() -> None:
    desk = Desk()
    desk.do(withdraw(desk.book, 1, "artefact"))
    assert desk.due() == []
    assert calls_due(desk.book, PlanBook(), NOON + HOUR) == []
