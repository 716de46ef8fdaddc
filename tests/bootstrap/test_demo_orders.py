"""Orders of the demo: a visitor finds each condition of an order, and a kept folder no second set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

from tests.center.service_house import ServiceHouse

from einthoven.base.deeds import Draft
from einthoven.base.instants import Instant
from einthoven.billing.determine import determine_order
from einthoven.bootstrap.demo import POLICIES
from einthoven.bootstrap.demo_orders import put_in_orders
from einthoven.bootstrap.policies import policies_of
from einthoven.enrollment.order_states import OrderRecord, State
from einthoven.sim import orders as play


def came(house: ServiceHouse) -> list[OrderRecord]:
    def decide(drafts: Callable[[], Sequence[Draft]], actor: str, at: Instant) -> None:
        house.room.desk.commit(drafts(), actor, at)

    run: Any = SimpleNamespace(room=house.room, decide=decide)
    put_in_orders(run, 1, "UTC")
    return list(house.books.orders.orders.values())


def test_a_visitor_finds_each_condition_of_an_order() -> None:
    astray, looking, unsigned, ready = came(ServiceHouse())
    assert [one.state for one in (astray, looking, unsigned, ready)] == [
        State.HELD,
        State.READY,
        State.HELD,
        State.READY,
    ]
    assert [one.where for one in astray.faults] == ["orderer.npi"]
    assert len(astray.missing) > 1
    assert [one.where for one in unsigned.missing] == ["signature"]
    policies = policies_of(POLICIES)
    day = date.fromisoformat(ready.order.start)
    decided = [str(determine_order(one.order, day, policies).outcome) for one in (astray, looking, ready)]
    assert decided == ["incomplete", "not covered", "covered"]


def test_a_folder_that_is_kept_gets_no_second_set() -> None:
    house = ServiceHouse()
    first = came(house)
    assert came(house) == first
    assert {one.placer for one in first} == {one.placer for one in play.written(date(2026, 1, 1))}
