"""The shelf of the demo: full at every start, whatever became of its kits before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.center.service_house import ServiceHouse

from einthoven.base.deeds import Draft
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.bootstrap.demo_kits import IN_STOCK, DemoKits
from einthoven.center.enroll import end_service
from einthoven.enrollment.kit_states import State


class Center:
    """What the shelf needs of a center that runs."""

    def __init__(self, house: ServiceHouse) -> None:
        self.house = house
        self.desk: Any = SimpleNamespace(room=house.room, decide=self._decide)
        self.service: Any = SimpleNamespace(end=self._end)

    def _decide(self, decide: Callable[[], Sequence[Draft]], actor: str, at: Instant) -> None:
        self.house.room.desk.commit(decide(), actor, at)

    def _end(self, stream: StreamId) -> None:
        end_service(self.house.kept, stream, self.house.clock.wall())


def stocked(house: ServiceHouse, folder: Path) -> None:
    DemoKits(Center(house), 1, folder).stock()  # type: ignore[arg-type]


@pytest.mark.parametrize("after", ["assigned", "worn", "due", "returned", "cleaning", "lost", "retired"])
def test_every_start_finds_the_shelf_full(tmp_path: Path, after: str) -> None:
    house = ServiceHouse()
    stocked(house, tmp_path)
    kits = house.books.kits.kits
    assert {one.state for one in kits.values()} == {State.STOCK}
    assert len(kits) == IN_STOCK
    keys = {one.transmitter: one.public_key for one in kits.values()}
    name = "T-901"
    if after in ("assigned", "worn", "due", "returned", "cleaning"):
        house.enroll(kit=name)
        house.begun.add(1)
    if after != "assigned" and house.begun:
        house.look()
    if after in ("due", "returned", "cleaning"):
        house.act("period.end", stream="s000001", why="over")
        house.look()
    if after in ("returned", "cleaning"):
        house.act("kit.return", transmitter=name)
    if after == "cleaning":
        house.act("kit.clean", transmitter=name, done=False)
    if after in ("lost", "retired"):
        house.act("kit.lost" if after == "lost" else "kit.retire", transmitter=name, why="x")
    stocked(house, tmp_path)
    states = {one.transmitter: one.state for one in house.books.kits.kits.values()}
    assert states.pop(name) is (State.RETIRED if after == "retired" else State.STOCK)
    assert set(states.values()) == {State.STOCK}
    assert {one.transmitter: one.public_key for one in house.books.kits.kits.values()} == keys
    assert house.kept.open_periods() == []
    number = house.room.desk.record.number
    stocked(house, tmp_path)
    assert house.room.desk.record.number == number
