"""Reports of a running center: until when samples are in; one defect in the way of no other report."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.center.report_house import ReportOffice

from einthoven.base.errors import InputError, NotFoundError
from einthoven.base.instants import DAY, HOUR, SECOND
from einthoven.base.spans import SpanSet
from einthoven.bootstrap.core import Core
from einthoven.bootstrap.reports import ReportRun, StoredServices, cutting_of, open_reports
from einthoven.center.ports import StreamEvent
from einthoven.enrollment.guests import transmitter_name
from einthoven.reports.life_due import Service
from einthoven.reports.life_states import About
from einthoven.settings import Settings
from einthoven.testing.web import EPOCH

RATE = 250
BEGAN = EPOCH


class Past:
    """Streams 1 (open), 2 (ended), 3 (a guest); what is stored of each, and its declared holes."""

    def __init__(self) -> None:
        self.stored: dict[int, list[tuple[int, int]]] = {}
        self.holes: list[tuple[int, int]] = []
        self.origin: dict[int, int] = {}
        reader = SimpleNamespace(stored=lambda stream: SpanSet(self.stored.get(stream, [])))
        self.core = SimpleNamespace(
            store=SimpleNamespace(reader=reader),
            facts=SimpleNamespace(stream=lambda stream: SimpleNamespace(origin=self.origin.get(stream))),
            time_of=lambda stream, sample: self.origin.get(stream, BEGAN) + sample * SECOND // RATE,
        )

    def all(self) -> list[Any]:
        one = {"open": True, "since": BEGAN, "origin": self.origin.get(1)}
        return [
            SimpleNamespace(stream=1, transmitter="T-100", **one),
            SimpleNamespace(stream=2, transmitter="T-101", **(one | {"open": False})),
            SimpleNamespace(stream=3, transmitter=transmitter_name(1, 7), **one),
        ]

    def enrolled(self, stream: int) -> Any:
        if stream == 9:
            raise NotFoundError("no such")
        return SimpleNamespace(period=SimpleNamespace(started=BEGAN, telephone=False))

    def ended_since(self, _since: int, _limit: int) -> list[tuple[int, int]]:
        return [(2, BEGAN + HOUR), (9, BEGAN)]

    def events(self, stream: int, _kinds: Any = ()) -> list[StreamEvent]:
        return [
            StreamEvent(stream, number, "hole", low, 0, {"stop": high})
            for number, (low, high) in enumerate(self.holes)
        ]


@pytest.fixture
def past() -> Past:
    return Past()


def services(past: Past) -> StoredServices:
    return StoredServices(cast("Core", past.core), past)


def test_who_is_in_service_or_was_lately(past: Past) -> None:
    assert services(past).services(0) == [Service(1, BEGAN), Service(2, BEGAN, BEGAN + HOUR)]


def test_a_recording_that_was_made_before_it_was_sent_says_itself_when_it_was_worn(past: Past) -> None:
    past.origin = {1: BEGAN - 9 * HOUR, 2: BEGAN - 99 * HOUR}
    past.stored[2] = [(0, 3600 * RATE)]
    assert services(past).services(0) == [
        Service(1, BEGAN - 9 * HOUR),
        Service(2, BEGAN - 99 * HOUR, BEGAN - 98 * HOUR),
    ]


@pytest.mark.parametrize(
    ("stored", "holes", "seconds"),
    [
        ([], [], None),
        ([(0, 250)], [], 1),
        ([(250, 500)], [], None),
        ([(0, 250), (500, 750)], [], 1),
        ([(0, 250), (500, 750)], [(250, 500)], 3),
        ([(250, 500)], [(0, 250)], 2),
    ],
)
def test_samples_are_in_up_to_the_first_that_is_neither_stored_nor_declared_lost(
    past: Past, stored: list[tuple[int, int]], holes: list[tuple[int, int]], seconds: int | None
) -> None:
    past.stored[1], past.holes = stored, holes
    until = services(past).complete(Service(1, BEGAN))
    assert until == (None if seconds is None else BEGAN + seconds * SECOND)


def test_what_ends_with_its_period_is_whole(past: Past) -> None:
    past.stored[2] = [(0, 3590 * RATE)]
    assert services(past).complete(Service(2, BEGAN, BEGAN + HOUR)) == BEGAN + HOUR
    past.stored[2] = [(0, 3000 * RATE)]
    assert services(past).complete(Service(2, BEGAN, BEGAN + HOUR)) == BEGAN + 3000 * SECOND


class Defective:
    """A maker with a defect in it for one patient."""

    def __init__(self, office: ReportOffice) -> None:
        self._maker = office.maker

    def stamp(self, about: About) -> str:
        if about.stream == 1:
            raise ZeroDivisionError("a defect")
        return self._maker.stamp(about)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._maker, name)


def test_a_defect_in_one_report_is_told_and_the_others_are_made() -> None:
    office = ReportOffice()
    office.worn.told = [Service(2, office.now - DAY), Service(1, office.now - DAY)]
    office.maker = cast("Any", Defective(office))
    office.begin_reports()
    run = ReportRun(office.reports, office.files, office.house.clock)

    async def until_made() -> None:
        made = asyncio.Event()
        office.house.room.desk.listeners.append(
            lambda deed: made.set() if deed.kind == "report.drafted" else None
        )
        task = asyncio.create_task(run.run())
        async with asyncio.timeout(60):
            await made.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(until_made())
    assert [one.about.stream for one in office.house.books.reports.reports.values()] == [2]
    assert [(what, str(error)) for what, error in office.house.defects] == [("reports", "a defect")]
    assert [words for _, _, words in office.reports.troubles()] == ["a defect here; see the log"]


def test_days_are_cut_where_the_settings_say() -> None:
    cutting = cutting_of(Settings(report_hour="06:30", zone="America/New_York"))
    assert (cutting.zone, cutting.minute) == ("America/New_York", 390)
    with pytest.raises(InputError, match="Nowhere"):
        cutting_of(Settings(zone="Nowhere"))


def test_without_a_maker_nothing_is_made() -> None:
    office = ReportOffice()
    office.house.books.making = None
    world = cast("Any", None)
    parts = office.house.room.desk, world, world, office.files, office.house.clock, Settings()
    assert open_reports(*parts, None) is None
    assert office.house.books.making is None
