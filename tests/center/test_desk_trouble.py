"""What is wrong with the desk is told to people, for as long as it goes on."""

from __future__ import annotations

from tests.center.desk_house import DeskHouse

from einthoven.base.instants import SECOND
from einthoven.center.desk_trouble import STALL, STANDS, Trouble
from einthoven.testing.web import HandClock


def failing(clock: HandClock) -> tuple[Trouble, list[str]]:
    heard: list[str] = []
    return Trouble(clock, lambda what, error: heard.append(f"{what}: {error}")), heard


def test_a_defect_is_heard_and_told_until_a_minute_after_its_last_time() -> None:
    clock = HandClock()
    trouble, heard = failing(clock)
    assert trouble.reasons(None) == []
    first = clock.wall()
    trouble.failed("calls", ValueError("odd"))
    clock.move(STANDS / SECOND)
    trouble.failed("calls", ValueError("odd"))
    met = trouble.defect(clock.wall())
    assert met is not None
    assert (met.what, met.since, met.times) == ("calls", first, 2)
    assert heard == ["calls: odd", "calls: odd"]
    assert trouble.reasons(None) == ["desk: a defect in 'calls', 2 times, last 0 s ago; see the log"]
    clock.move(STANDS / SECOND + 1)
    assert trouble.defect(clock.wall()) is None
    assert trouble.reasons(None) == []


def test_a_desk_that_does_not_turn_and_decisions_that_wait_are_reasons() -> None:
    clock = HandClock()
    trouble, _ = failing(clock)
    trouble.turned()
    clock.move(STALL / SECOND)
    assert trouble.reasons(None) == []
    clock.move(1)
    assert trouble.reasons(clock.wall() - 7 * SECOND) == [
        "desk: what people decide is not on record since 7 s",
        "desk: last turn 4.0 s ago",
    ]


def test_the_center_says_it_to_every_page() -> None:
    house = DeskHouse(patients=1)
    now = house.clock.wall()
    assert house.room.center(now)["defect"] is None
    house.room.trouble, _ = failing(house.clock)
    house.room.desk.failed = house.room.trouble.failed
    house.room.desk.guarded("watch", lambda: 1 // 0)
    assert house.room.center(now)["defect"] == {"what": "watch", "since_ms": now // 1_000_000}
