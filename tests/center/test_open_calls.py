"""Calls to physicians as Communication: who was told what, whether that reached somebody who can act."""

from __future__ import annotations

from dataclasses import replace

from fhir.resources.R4B import get_fhir_model_class
from tests.bootstrap.letter_office import enrolled
from tests.escalation.ladder_desk import NOON, Desk

from einthoven.base.instants import MINUTE
from einthoven.center.open_calls import calls_of
from einthoven.escalation.calls import Callee, close, end, start
from einthoven.interop.fhir_rest import communication

WHOSE = {1: enrolled(1)}
REACHED = {
    "outcome": "reached",
    "person": "Dr Fib",
    "person_role": "physician",
    "readback": True,
    "said": "pause of 6.4 s, asleep",
}


def reached() -> Desk:
    """Nobody answers; then the physician is reached, and says later what they do."""
    desk = Desk()
    desk.call("no_answer", lasting=MINUTE)
    due = desk.next_call()
    desk.now = max(desk.now, due.due_at)
    assert due.callee is not None
    desk.do(start(desk.book, 1, due.callee))
    desk.now += MINUTE
    desk.do(end(desk.book, 2, REACHED))
    desk.do(close(desk.book, 1, "comes to the clinic"))
    return desk


def test_each_call_is_told_in_order_and_the_one_that_reached_says_what_followed() -> None:
    first, second = calls_of(reached().book, WHOSE)
    assert (first.outcome, first.acted, first.reached, first.action) == ("no answer", False, "", "")
    assert (second.outcome, second.acted, second.reached) == ("reached, read back", True, "Dr Fib, physician")
    assert (second.said, second.action, second.tier) == (
        "pause of 6.4 s, asleep",
        "comes to the clinic",
        "emergent",
    )
    assert (second.patient_number, second.patient) == (3, "Doe, Jane")
    assert first.started == NOON
    assert first.started < second.started


def test_they_are_valid_communications() -> None:
    told = [communication(one, "Center") for one in calls_of(reached().book, WHOSE)]
    for one in told:
        get_fhir_model_class("Communication").model_validate(one)
    assert [one["status"] for one in told] == ["not-done", "completed"]
    assert [text["text"] for text in told[1]["note"]] == ["reached, read back", "Action: comes to the clinic"]
    assert told[1]["recipient"] == [{"display": "Dr Fib, physician"}]


def test_a_call_that_runs_is_in_progress_and_one_that_left_a_message_reached_nobody() -> None:
    desk = Desk()
    desk.do(start(desk.book, 1, Callee("", "Dr Back", "", "", ""), incoming=True))
    (one,) = calls_of(desk.book, WHOSE)
    assert (one.incoming, one.ended, communication(one, "Center")["status"]) == (True, None, "in-progress")
    desk.now += MINUTE
    desk.do(end(desk.book, 1, {"outcome": "answering_service"}))
    (one,) = calls_of(desk.book, WHOSE)
    assert (one.acted, one.reached, one.outcome) == (False, "", "answering service")
    made = communication(one, "Center")
    assert (made["status"], made["sender"]) == ("not-done", {"display": "Dr Back"})


def test_calls_of_other_patients_are_none_of_theirs() -> None:
    book = reached().book
    assert calls_of(book, {}) == []
    assert calls_of(book, {2: replace(WHOSE[1], stream=2)}) == []
