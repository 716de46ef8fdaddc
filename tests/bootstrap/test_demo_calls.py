"""Patients of the demo who telephone: by the scenario, and when a visitor lets one call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tests.center.call_house import DOE, ROE, CallHouse

from einthoven.answering import call_deeds
from einthoven.answering.call import Line
from einthoven.base.instants import SECOND
from einthoven.bootstrap import demo_calls
from einthoven.bootstrap.demo_calls import DemoCalls
from einthoven.center.call_ports import Law, LineCall


class House(CallHouse):
    """A center with a switchboard that keeps the deeds of calls and throws their sound away."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[int, LineCall] = {}
        self.samples = 0
        self.seat(self.anna)
        self.run(1)

    def rings(self, call: LineCall | str = "", line: Line = Line.SIP) -> int:  # type: ignore[override]
        assert not isinstance(call, str)
        number = super().rings(call.caller, line)
        self.lines[number] = call
        return number

    def sound(self, number: int, law: Law, payload: bytes) -> None:
        assert (law, len(payload)) == ("mu", 160)
        self.samples += len(payload)

    def lost(self, number: int, samples: int) -> None:
        self.samples += samples

    def pressed(self, number: int, digit: str) -> None:
        book = self.books.calls
        self.tell(call_deeds.keyed(book, number, self.call(number).digits + digit))

    def ended(self, number: int, why: str) -> None:
        self.tell(call_deeds.hung(self.books.calls, number, why, self.now))

    def take(self, number: int) -> None:
        self.act("telephone.take", call=number)
        self.lines[number].answer()


class Loop:
    """A scheduler that a test moves along with the clock of its house."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.due: list[tuple[int, int, Callable[[], None]]] = []
        self.count = 0

    def call_later(self, delay: int, act: Callable[[], None]) -> Callable[[], None]:
        self.count += 1
        one = (self.house.clock.monotonic() + delay, self.count, act)
        self.due.append(one)
        return lambda: self.due.remove(one) if one in self.due else None

    async def run(self, calls: DemoCalls, seconds: float) -> None:
        end = self.house.clock.monotonic() + round(seconds * SECOND)
        while self.house.clock.monotonic() < end:
            self.house.run(0.25)
            now = self.house.clock.monotonic()
            for one in sorted(one for one in self.due if one[0] <= now):
                if one in self.due:
                    self.due.remove(one)
                    one[2]()
            await calls.made()
            calls.turn(self.house.now)


def played(act: Callable[[House, DemoCalls, Loop], Any]) -> House:
    async def go() -> House:
        house = House()
        loop = Loop(house)
        streams = [DOE, ROE, ROE]
        calls = DemoCalls(house.room, house, streams, lambda stream: f"40271{stream}", loop)
        await act(house, calls, loop)
        return house

    return asyncio.run(go())


def test_the_first_calls_a_good_minute_after_the_start_and_says_who_it_is() -> None:
    async def act(house: House, calls: DemoCalls, loop: Loop) -> None:
        calls.begin()
        await loop.run(calls, 60)
        assert house.lines == {}
        await loop.run(calls, 20)
        assert list(house.lines) == [1]
        house.take(1)
        await loop.run(calls, 12)
        told = house.room.desk.news.get("caller:1")
        assert told is not None
        assert told["lines"][0] == "This is Rosa Ringwell, born 1948-05-17."
        assert any("It skipped and thumped" in line for line in told["lines"])
        assert any("metoprolol" in line for line in told["lines"])

    played(act)


def test_putting_on_record_what_they_say_lets_them_play_and_then_they_hang_up() -> None:
    async def act(house: House, calls: DemoCalls, loop: Loop) -> None:
        assert calls.let_one_call()
        await loop.run(calls, 2)
        house.take(1)
        await loop.run(calls, 8)
        calls.heard(1)
        await loop.run(calls, 2)
        assert "recorder now" in house.room.desk.news.get("caller:1")["lines"][-1]  # type: ignore[index]
        await loop.run(calls, 60)
        assert house.call(1).why == "the caller hung up"
        assert calls.calls == {}

    house = played(act)
    assert house.samples > 40 * 8000


def test_one_calls_once_at_a_time_and_when_all_do_nobody_more() -> None:
    async def act(house: House, calls: DemoCalls, loop: Loop) -> None:
        assert [calls.let_one_call() for _ in range(4)] == [True, True, True, False]
        await loop.run(calls, 2)
        assert sorted(house.lines) == [1, 2, 3]
        calls.leave()
        assert {house.call(number).why for number in (1, 2, 3)} == {"the caller hung up"}

    played(act)


def test_calls_that_nobody_takes_escalate_and_do_not_pile_up() -> None:
    async def act(house: House, calls: DemoCalls, loop: Loop) -> None:
        calls.begin()
        await loop.run(calls, 120)
        assert house.call(1).escalated >= 1
        await loop.run(calls, 720)
        assert len(house.lines) == demo_calls.WAITING_MOST

    played(act)


def test_whoever_has_the_code_presses_it() -> None:
    async def act(house: House, calls: DemoCalls, loop: Loop) -> None:
        calls.let_one_call()
        calls.let_one_call()
        await loop.run(calls, 2)
        house.take(2)
        await loop.run(calls, 2)
        assert house.call(2).digits == f"40271{ROE}"

    played(act)


def test_bodies_of_enrollment_name_a_kind_of_transmitter_that_is_there() -> None:
    for body in demo_calls.people():
        assert body["telephone"]["profile"] == "simulated"
        assert body["patient"]["telephone"].startswith("+1555555")
