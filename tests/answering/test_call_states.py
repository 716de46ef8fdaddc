"""States of a call against the table that people read, and every way through them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from einthoven.answering.call import HELD, ON_LINE, TRANSITIONS, UNATTENDED, Event, State, after
from einthoven.answering.call_book import CallBook
from einthoven.answering.limits import RANGES, CallLimits, limits_of
from einthoven.base.errors import FaultsError, InputError, OursError
from einthoven.base.instants import SECOND

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "answering.md").read_text("utf-8")


def rows(heading: str) -> list[list[str]]:
    """Cells of the first table behind a heading, without its head."""
    part = PAGE.split(f"{heading}\n", 1)[1]
    lines = part[part.index("|") :].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_page_has_every_transition_and_no_other() -> None:
    told = {}
    for state, steps in rows("## The life of a call"):
        for event, to in re.findall(r"([a-z ]+?) → (\w+)", steps):
            told[State(state), Event(event.strip())] = State(to)
    assert told == dict(TRANSITIONS)
    assert {State(row[0]) for row in rows("## The life of a call")} == set(State)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_what_the_table_does_not_name_cannot_happen(state: State, event: Event) -> None:
    if (state, event) in TRANSITIONS:
        assert after(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(OursError):
            after(state, event)


def test_a_call_is_somebody_s_nobody_s_or_closed() -> None:
    assert UNATTENDED | HELD | {State.CLOSED} == set(State)
    assert not UNATTENDED & HELD
    assert {state for state, event in TRANSITIONS if event is Event.HUNG_UP} == ON_LINE


def test_every_state_in_which_nobody_has_it_escalates() -> None:
    limits = CallLimits()
    assert {state for state in State if limits.due(state, 0) is not None} == UNATTENDED | {State.ENDED}


def test_the_page_has_the_limits_as_shipped() -> None:
    told = {row[0].strip("`"): int(row[1]) for row in rows("### Clocks")}
    assert told == CallLimits().told()


def test_the_page_has_every_kind_of_deed() -> None:
    told = {kind for row in rows("## Deeds") for kind in re.findall(r"`(telephone\.\w+)`", row[0])}
    assert told == CallBook.KINDS


def test_it_escalates_quickly_at_first_and_never_stops() -> None:
    limits = CallLimits()
    steps = [limits.next(times, 0) // SECOND for times in range(1, 9)]
    assert steps == [20, 20, 20, 20, 300, 300, 300, 300]


@pytest.mark.parametrize("name", RANGES)
def test_limits_have_their_range(name: str) -> None:
    least, most = RANGES[name]
    assert limits_of({name: least}).told()[name] == least
    for wrong in (least - 1, most + 1, True, float(least), "20", None):
        with pytest.raises(FaultsError, match=f"limits.{name}: want a whole number from {least} to {most}"):
            limits_of({name: wrong})


def test_a_limit_that_is_none_is_named() -> None:
    with pytest.raises(InputError, match="there is no limit 'anwser'"):
        limits_of({"anwser": 20})
