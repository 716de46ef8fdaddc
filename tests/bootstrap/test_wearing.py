"""Who wore what, from a core's store and facts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.bootstrap.test_core import RATE, Room

from einthoven.base.instants import SECOND
from einthoven.bootstrap.wearing import StoredWearing
from einthoven.center.ports import ClockFix, StreamEvent
from einthoven.surveillance.wearing import Recorded, stretch
from einthoven.testing.clock import EPOCH


def at(second: float) -> int:
    return EPOCH + round(second * SECOND)


@pytest.fixture
def room() -> Iterator[Room]:
    room = Room()
    room.facts.record_fixes([ClockFix(1, 0.0, EPOCH, 0)])
    yield room
    room.core.close()


def event(number: int, kind: str, second: int, **body: object) -> StreamEvent:
    return StreamEvent(1, number, kind, second * RATE, at(second), body)


def test_what_is_stored_is_told_in_center_time_with_gaps_and_leads_that_were_off(room: Room) -> None:
    room.give(0, 20)
    room.give(30, 60)
    events = [
        event(1, "hole", 20, stop=26 * RATE, cause="power"),
        event(2, "status", 40, lead_off=3),
        event(3, "status", 45, lead_off=1),
    ]
    room.facts.record_events(events, lambda _error: None)
    wearing = StoredWearing(room.core, room.facts)
    assert wearing.services() == [(1, 0)]
    told = wearing.recorded(1, at(0), at(0), off=True)
    assert told == Recorded(
        at(0), [(at(0), at(20)), (at(30), at(60))], [(at(20), at(26), "power")], [(at(40), at(45))]
    )
    day = stretch(told, at(0), at(100))
    assert day.worn == 45 * SECOND
    gaps = {"power": 6 * SECOND, "not received": 44 * SECOND, "leads off": 5 * SECOND}
    assert day.gaps == gaps


def test_the_newest_stretch_is_told_however_long_ago_it_was(room: Room) -> None:
    room.give(0, 5)
    room.give(10, 20)
    wearing = StoredWearing(room.core, room.facts)
    told = wearing.recorded(1, at(0), at(5000), off=False)
    assert (told.spans, told.last) == ([(at(10), at(20))], at(20))


def test_of_whom_nothing_came_nothing_is_told(room: Room) -> None:
    wearing = StoredWearing(room.core, room.facts)
    assert wearing.recorded(1, at(0), at(0), off=True) == Recorded(at(0), [], [], [])
