"""The part of a center that keeps service periods together: on real facts, with its own thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.center.service_house import ServiceHouse
from tests.center.test_transmission import START, batch, state

from einthoven.base.errors import EinthovenError, RefusedError
from einthoven.base.instants import SECOND
from einthoven.bootstrap.service import SAVES, ServiceRun
from einthoven.center.desk_door import Who
from einthoven.center.enroll import expire
from einthoven.center.transmission import TransmissionMeter
from einthoven.edges.store.facts import Facts
from einthoven.edges.store.facts_transmission import of_stream
from einthoven.enrollment.kit_states import State
from einthoven.settings import Settings
from einthoven.testing.facts_suite import NOON


class Running:
    """A desk, real facts, and the part that is tried."""

    def __init__(self, folder: Path, loop: asyncio.AbstractEventLoop) -> None:
        self.house = ServiceHouse()
        self.facts = Facts(folder / "facts.sqlite", NOON, loop.call_soon_threadsafe)
        self.changed: list[int] = []
        desk: Any = SimpleNamespace(room=self.house.room, on_loop=loop.call_soon_threadsafe, beside=[])
        hub = SimpleNamespace(extent=lambda _stream: (1, 1))
        self.core: Any = SimpleNamespace(facts=self.facts, intake=SimpleNamespace(meter=None), hub=hub)
        settings = Settings(zone="America/New_York", center_telephone="+1 212 555 0100")
        clock = self.house.clock
        self.run = ServiceRun(desk, self.core, self.facts, clock, self.changed.extend, settings)
        self.run.start()

    async def act(self, act: str, **fields: Any) -> Mapping[str, object]:
        """Do something as enrollment; what is refused is raised."""
        answered: asyncio.Future[Mapping[str, object]] = asyncio.get_running_loop().create_future()

        def answer(told: Mapping[str, object] | None, error: EinthovenError | None) -> None:
            if error is None:
                answered.set_result(told or {})
            else:
                answered.set_exception(error)

        self.house.room.act(Who(1, 1, "192.0.2.7"), act, fields, answer)
        return await answered

    @property
    def meter(self) -> TransmissionMeter:
        meter = self.core.intake.meter
        assert isinstance(meter, TransmissionMeter)
        return meter


def tried(folder: Path, what: Callable[[Running], Any]) -> None:
    async def go() -> None:
        made = Running(folder, asyncio.get_running_loop())
        try:
            await what(made)
        finally:
            made.facts.close()

    asyncio.run(go())


def test_a_period_begins_is_followed_and_ends(tmp_path: Path) -> None:
    async def what(center: Running) -> None:
        house = center.house
        house.kit()
        told = await center.act("order.enroll", order=house.order(), transmitter="T-1")
        assert told["stream"] == "s000001"
        assert center.changed == [1]
        await center.run._turn()
        assert house.books.kits.kit("T-1").state is State.WORN
        assert set(house.books.periods) == {1}
        assert house.books.center_telephone == "+1 212 555 0100"
        await center.act("period.end", stream="s000001", why="over")
        await center.run._turn()
        assert house.books.kits.kit("T-1").state is State.DUE
        assert house.books.periods == {}
        with pytest.raises(RefusedError, match="ended at"):
            await center.act("period.extend", stream="s000001", days=3, words="x", said_by="Dr. Weber")

    tried(tmp_path, what)


def test_an_end_that_comes_by_itself_is_told_before_and_afterwards(tmp_path: Path) -> None:
    async def what(center: Running) -> None:
        house, facts = center.house, center.facts
        house.kit()
        await center.act("order.enroll", order=house.order(), transmitter="T-1")
        began = facts.reader.open_periods()[0].started
        house.clock.move((began - house.clock.wall()) / SECOND + 13 * 86400 + 60)
        center.run._stale = True
        await center.run._turn()
        assert house.kinds().count("period.ending") == 1
        house.clock.move(86400)
        assert [one.stream for one in expire(facts, house.clock.wall())] == [1]
        for _ in range(2):  # nothing says that periods changed: it is seen all the same
            await center.run._turn()
        (over,) = [one for one in house.kept.journal.read(0, 10_000) if one.kind == "period.over"]
        assert over.body == {"stream": 1, "at": began + 14 * 86400 * SECOND, "cases": []}
        assert house.room.desk.news.get("ending:s000001") is not None
        assert house.books.kits.kit("T-1").state is State.DUE

    tried(tmp_path, what)


def test_a_start_makes_the_deeds_that_were_lost(tmp_path: Path) -> None:
    async def what(center: Running) -> None:
        house = center.house
        house.kit()
        number = house.order()
        written, loop = asyncio.Event(), asyncio.get_running_loop()
        center.run._on_loop = lambda _then: loop.call_soon_threadsafe(written.set)  # killed behind the rows
        asked = {"order": number, "transmitter": "T-1"}
        house.room.act(Who(1, 1, "192.0.2.7"), "order.enroll", asked, lambda *_: None)
        await written.wait()
        assert center.facts.stream(1) is not None
        assert house.books.orders.order(number).stream is None
        center.run.start()
        assert house.books.orders.order(number).stream == 1
        assert house.books.kits.kit("T-1").stream == 1

    tried(tmp_path, what)


def test_what_is_counted_is_kept_now_and_then_and_at_the_end(tmp_path: Path) -> None:
    async def what(center: Running) -> None:
        center.house.kit()
        await center.act("order.enroll", order=center.house.order(), transmitter="T-1")
        center.meter.dated(state())
        center.meter.durable(batch((1, 0, 100)), START + SECOND)
        for _ in range(SAVES[0]):
            await center.run._turn()
        center.facts.flush()
        ask = center.facts.reader.ask
        kept = lambda: sum(int(one.sum()) for _, one in of_stream(ask, 1, START, START + SECOND))  # noqa: E731
        assert kept() == 100
        center.meter.durable(batch((1, 100, 20)), START + SECOND)
        center.run.save()
        center.facts.flush()
        assert kept() == 120

    tried(tmp_path, what)
