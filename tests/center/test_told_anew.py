"""A case that grows graver while its physician is told, or after: what was told before does not count."""

from __future__ import annotations

import pytest
from tests.center.desk_house import DeskHouse
from tests.center.test_desk_legs import HERE, act

from einthoven.base.instants import SECOND
from einthoven.escalation.calls import State
from einthoven.review.case import State as CaseState
from einthoven.review.facts import Tier

REACHED = {
    "outcome": "reached",
    "person": "Dr Bell",
    "person_role": "physician",
    "readback": True,
    "said": "a pause of four seconds",
    "action": "",
}


def done(house: DeskHouse, act_of: str, /, **fields: object) -> None:
    told: list[object] = []
    house.room.act(HERE, act_of, fields, lambda _made, error: told.append(error))
    assert told == [None]


def kinds(house: DeskHouse, *wanted: str) -> list[str]:
    return [deed.kind for deed in house.kept.journal.read_kinds(wanted)]


def raised(house: DeskHouse) -> None:
    """What is the matter grows graver."""
    house.finds(1, "pause", Tier.EMERGENT, met_at=house.clock.wall())
    house.run(2)
    assert kinds(house, "case.raised") == ["case.raised"]


@pytest.fixture
def house() -> DeskHouse:
    """A center whose console calls a physician for an urgent case."""
    made = DeskHouse(patients=1)
    made.finds(1, "pause", Tier.URGENT, met_at=made.clock.wall())
    made.run(2)
    done(made, "case.take", case=1)
    done(made, "case.verdict", case=1, verdict="true", note="")
    made.run(2)
    told = made.books.notify.calls.of_case(1)
    assert [one.tier for one in told] == ["urgent"]
    done(made, "call.incoming", notification=1, name="Dr Bell")
    return made


def test_a_call_that_runs_goes_on_as_that_which_it_became(house: DeskHouse) -> None:
    raised(house)
    (told,) = house.books.notify.calls.of_case(1)
    assert (told.state, told.tier) == (State.IN_CALL, "emergent")
    done(house, "call.end", call=1, **REACHED)
    done(house, "case.verdict", case=1, verdict="true", note="")
    house.run(2)
    assert house.books.triage.cases.case(1).state is CaseState.NOTIFYING
    done(house, "notification.close", notification=1, action="calls the patient")
    house.run(2)
    assert house.books.triage.cases.case(1).state is CaseState.CLOSED
    assert kinds(house, "notification.opened") == ["notification.opened"]


def test_whoever_was_reached_before_is_reached_again(house: DeskHouse) -> None:
    done(house, "call.end", call=1, **REACHED)
    raised(house)
    (told,) = house.books.notify.calls.of_case(1)
    assert (told.state, told.tier, told.reached_call) == (State.WAITING, "emergent", None)
    assert str(act(house, "notification.close", notification=1, action="x")).startswith("not-reached")
    house.kill()
    (told,) = house.books.notify.calls.of_case(1)
    assert (told.state, told.tier, told.reached_call) == (State.WAITING, "emergent", None)


def test_what_was_closed_before_the_new_verdict_does_not_count_for_it(house: DeskHouse) -> None:
    raised(house)
    done(house, "call.end", call=1, **REACHED)
    done(house, "notification.close", notification=1, action="calls the patient")
    house.run(2)
    done(house, "case.verdict", case=1, verdict="true", note="")
    house.run(90)
    (told,) = house.books.notify.calls.of_case(1)
    assert (told.number, told.tier, told.state) == (2, "emergent", State.WAITING)
    case = house.books.triage.cases.case(1)
    assert (case.state, case.notification) == (CaseState.NOTIFYING, 2)
    assert house.clock.wall() - case.opened_at > 90 * SECOND
