"""The page of other centers: keys, the link both ways, who is lent and who is a guest."""

from __future__ import annotations

from typing import Any

import pytest
from tests.center.peer_house import PeerHouse, two_houses

from einthoven.base.errors import RefusedError
from einthoven.center.desk_door import Who


def centers(house: PeerHouse, role: str = "auditor") -> Any:
    person = house.hire(f"{role}{house.books.surveil.staff.next_member}, Al", role=role)
    return house.room.ask(Who(person, None, "192.0.2.9"), "centers", {})


def test_a_loan_stands_on_both_sides_and_names_who_watches_there() -> None:
    boston, denver, wire = two_houses(1)
    boston.lend(1)
    wire.run(60)
    here, there = centers(boston), centers(denver)
    (one,), (other,) = here["centers"], there["centers"]
    assert (here["key"], one["key"], one["name"]) == (boston.key, denver.key, "Denver")
    assert (there["key"], other["key"]) == (denver.key, boston.key)
    for told in (one, other):
        assert (told["alive"], told["trouble"]) == (True, "")
        assert told["heard_ms"] is not None
        assert told["answered_ms"] is not None
    (loan,) = one["lent"]
    assert (loan["stream"], loan["watched"], one["guests"]) == ("s000001", True, [])
    watcher = boston.books.surveil.peers.watchers[1]
    assert loan["by"] == f"{watcher.name}, {watcher.station}, {watcher.site}"
    (guest,) = other["guests"]
    assert (guest["theirs"], guest["stream"], other["lent"]) == ("s000001", "s000101", [])


def test_a_center_that_is_cut_off_is_told_as_silent() -> None:
    boston, _denver, wire = two_houses(1)
    wire.run(10)
    (one,) = centers(boston)["centers"]
    answered = one["answered_ms"]
    boston.peers.unanswered(1, "could not be reached", boston.clock.wall())
    for _ in range(100):
        boston.step()
    (one,) = centers(boston)["centers"]
    assert (one["alive"], one["trouble"]) == (False, "could not be reached")
    assert one["answered_ms"] == answered


@pytest.mark.parametrize("role", ["technician", "billing", "enrollment"])
def test_only_those_who_answer_for_the_service_see_it(role: str) -> None:
    boston, _denver, _wire = two_houses(1)
    with pytest.raises(RefusedError, match="not for your roles"):
        centers(boston, role)
    assert centers(boston, "administrator")["centers"]
