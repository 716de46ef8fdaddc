"""What must not be done at the desk, over real HTTP and WebSockets from two stations: one case taken by two
people at once, forged reports of a picture, a station whose clock is an hour off, a watch from no station.

The rules one by one are in ``tests/center/test_refused.py`` on virtual time.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from tests.center.desk_house import TOPICS, Facts
from tests.edges.web.signed_center import SignedCenter
from tests.edges.web.signing_center import Later
from tests.edges.web.test_stations import become, link, site
from tests.sim.waiting import PATIENCE_S, until
from websockets.asyncio.client import ClientConnection, connect

from einthoven.base.deeds import CENTER
from einthoven.base.instants import DAY, SECOND
from einthoven.center.desk import Desk, DeskWorld
from einthoven.center.desk_books import Books, PatientCard
from einthoven.center.desk_door import DeskDoor
from einthoven.center.desk_seat import DeskRoom
from einthoven.center.displays import Checked, Displays, Glass, Reason, Report
from einthoven.center.sessions import Opened
from einthoven.edges.web.server import WebServer
from einthoven.review.facts import FindingFact, FindingState, Met, Priority, Tier
from einthoven.surveillance import staff_changes
from einthoven.testing.screens import FakeScreen, Lie
from einthoven.testing.web import EPOCH

RATE, PATIENT = 250, 17
HOUR_MS = 3_600_000.0
TIMES = 12
"""Cases that two people take at the same instant: who wins is chance."""


class CountingDisplays(Displays):
    """The real judge, that counts."""

    judged = 0

    def check(self, glass: Glass, report: Report) -> Checked:
        self.judged += 1
        return super().check(glass, report)


class Floor(SignedCenter):
    """Two technicians with stations of their own, a desk that checks real pictures, findings a test tells.

    Attributes:
        began: when the first sample was acquired. Signing in takes codes, so time has gone by until then.
    """

    began = EPOCH

    def time_of(self, _stream: int, sample: float) -> int:
        return self.began + int(sample * SECOND / RATE)

    def __init__(self, static: Path) -> None:
        later = Later()
        super().__init__(static, desk=cast("DeskDoor", later))
        self.access.more = lambda _held, station: {"station": None if station is None else {"id": station}}
        self.house.everybody()
        self.people = {
            "technician": self.house.people["technician"],
            "lee": self.house.join("lee", "technician"),
        }
        site(self, ["127.0.0.0/8"])
        self.cookies = {name: become(self, link(self, name=name)) for name in self.people}
        self.sessions = {name: self.enter(name) for name in self.people}
        self.facts_of_heart = Facts()
        self.books = Books(lambda stream: PatientCard(f"Patient, {stream}", physician="Dr. Weber"))
        numbers = itertools.count(1)
        self.displays = CountingDisplays(self.hub, self.ward, lambda: f"nonce-{next(numbers)}")
        journal = self.house.facts.journal
        desk = Desk(DeskWorld(journal, self.displays, [self.facts_of_heart], "boot"), self.books)
        now = self.clock.wall()
        desk.start(now)
        self.room = later.room = DeskRoom(desk, self.clock, "Main house")
        for number in self.people.values():
            staff, until = self.books.surveil.staff, now + 400 * DAY
            papers = staff_changes.credential(staff, number, "CCT", f"N-{number}", "CCI", now - DAY, until)
            desk.commit(papers, CENTER, now)
            for topic in TOPICS:
                learned = staff_changes.training(staff, number, topic, now - DAY, until, "the center")
                desk.commit(learned, CENTER, now)
        desk.serve((PATIENT,), (), now)

    def finds(self, number: int) -> None:
        """Something urgent of a group of its own, so that it makes a case of its own."""
        now = self.clock.wall()
        met = (Met("pause.urgent.any", Tier.URGENT, 1.0, 1.0, "flag", "pause is urgent"),)
        at = now - 5 * SECOND
        fact = FindingFact(
            f"1-0-{number}", PATIENT, "pause", "pause", FindingState.CLOSED, at, now, Tier.URGENT
        )
        changes = {name: getattr(fact, name) for name in FindingFact.__dataclass_fields__}
        changes |= {"priority": Priority.HIGH, "met": met}
        self.facts_of_heart.waiting.append(FindingFact(**changes))
        self.room.desk.turn(now)

    def refusals(self) -> list[tuple[str, object]]:
        """Who was refused what, as the audit has it."""
        lines = self.house.facts.audit()
        return [(one.actor, one.detail["reason"]) for one in lines if one.action == "refused"]


class Browser:
    """One browser at a station: a desk socket, a live socket, requests."""

    def __init__(self, server: WebServer, opened: Opened, station: str) -> None:
        cookies = f"einthoven={opened.token}" + (f"; {station}" if station else "")
        self.headers = {"cookie": cookies, "x-einthoven-csrf": opened.held.csrf, "origin": server.url}
        self.url = server.url
        self.held: dict[str, Any] = {}
        self.desk: ClientConnection
        self.live: ClientConnection
        self.client: httpx.AsyncClient

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Browser]:
        address, cookie = self.url.replace("http", "ws"), {"cookie": self.headers["cookie"]}
        options: dict[str, Any] = {"compression": None, "proxy": None, "origin": self.url}
        async with (
            connect(f"{address}/desk", additional_headers=cookie, **options) as self.desk,
            connect(f"{address}/live", additional_headers=cookie, **options) as self.live,
            httpx.AsyncClient(base_url=self.url, headers=self.headers, trust_env=False, timeout=60) as client,
        ):
            self.client = client
            yield self

    async def act(self, act: str, **fields: object) -> httpx.Response:
        return await self.client.post(f"/api/desk/{act}", json=fields)

    async def hear(self, enough: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read the desk's messages until one will do."""
        while True:
            told = json.loads(await self.desk.recv())
            for key, entity in told.get("put", {}).items():
                self.held[key] = entity
            for key in told.get("drop", []):
                self.held.pop(key, None)
            if enough(told):
                return dict(told)

    async def until(self, what: Callable[[], bool]) -> None:
        if not what():
            await self.hear(lambda _told: what())


@pytest.fixture
def floor(static: Path) -> Iterator[Floor]:
    made = Floor(static)
    yield made
    made.deps.reads.close()


def run(floor: Floor, play: Callable[[Browser, Browser], Coroutine[Any, Any, None]]) -> None:
    """Both come in, and something happens."""

    async def both() -> None:
        async with floor.served() as server:
            kim, lee = (
                Browser(server, floor.sessions[name], floor.cookies[name]) for name in ("technician", "lee")
            )
            async with asyncio.timeout(3 * PATIENCE_S), kim.open(), lee.open():
                await play(kim, lee)

    asyncio.run(both())


# ---- two people, one case ----------------------------------------------------------------------------------


async def contend(floor: Floor, number: int, *browsers: Browser) -> None:
    """Both see the case, both take it and judge it at the same instant."""
    key = f"case:{number}"

    def held_by(one: Browser) -> object:
        return (one.held[key]["held_by"] or {}).get("id")

    for one in browsers:
        await one.until(lambda one=one: key in one.held)  # type: ignore[misc]
    answers = await asyncio.gather(*(one.act("case.take", case=number) for one in browsers))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    won, refused = (
        next(place for place, answer in enumerate(answers) if answer.status_code == code)
        for code in (200, 409)
    )
    holder = [*floor.people.values()][won]
    assert floor.books.triage.cases.case(number).held_by == holder
    told = answers[refused].json()
    assert told["reason"] == "held"
    assert told["error"].startswith(f"case {number} is held by staff {holder} since ")
    for one in browsers:  # and the pages of both say so
        await one.until(lambda one=one: held_by(one) == holder)  # type: ignore[misc]
    body = {"case": number, "verdict": "artefact", "note": "", "relabels": [], "strips": []}
    judged = await asyncio.gather(*(one.act("case.verdict", **body) for one in browsers))
    assert [answer.status_code for answer in judged] == [200 if won == place else 409 for place in (0, 1)]
    assert (await browsers[won].act("case.close", case=number)).status_code == 200


def test_of_two_who_take_a_case_at_the_same_instant_one_has_it_and_the_other_is_told_who(
    floor: Floor,
) -> None:
    async def play(*browsers: Browser) -> None:
        for number in range(1, TIMES + 1):
            floor.clock.move(5)  # what lies nearer to a judged one is that one
            floor.finds(number)
            await contend(floor, number, *browsers)

    run(floor, play)
    taken = [deed.body["case"] for deed in floor.house.facts.journal.read_kinds(("case.taken",))]
    assert taken == list(range(1, TIMES + 1))
    assert len(floor.refusals()) == 2 * TIMES


# ---- pictures ----------------------------------------------------------------------------------------------


class Page:
    """A page that draws what comes over its live socket and reports it over its desk socket, or lies."""

    def __init__(self, floor: Floor, browser: Browser) -> None:
        self.floor, self.browser = floor, browser
        self.screen = FakeScreen({PATIENT: RATE})
        self.front = 0

    async def begin(self) -> None:
        self.floor.began = self.floor.clock.wall()
        asked = [{"id": f"s{PATIENT:06}", "leads": [0, 1]}]
        view = {"type": "view", "epoch": 1, "streams": asked, "columns_per_second": 100.0, "history": 10.0}
        await self.browser.live.send(json.dumps(view))

    def _come(self) -> int:
        traces = self.screen._pictures[PATIENT].traces.values()
        return min((round(max(one.come, default=-1) * one.spc) for one in traces), default=-1)

    async def second(self, *, samples: bool = True) -> None:
        """A second of ECG comes and is drawn, a tick goes out, the page answers it, the desk has heard it."""
        floor, wall = self.floor, self.floor.clock.wall
        floor.clock.move(1.0)
        if samples:
            floor.come(self.front, self.front + RATE, PATIENT)
            self.front += RATE
            while self._come() < self.front - RATE // 5:
                data = await self.browser.live.recv()
                if isinstance(data, bytes):
                    self.screen.take(data)
        floor.room.desk.turn(wall())
        told = await self.browser.hear(lambda told: "nonce" in told)
        judged = floor.displays.judged
        self.screen.frame(wall() / 1e6)
        await self.browser.desk.send(json.dumps(self.screen.report(told["nonce"])))
        await until("the report to be judged", lambda: floor.displays.judged > judged)

    async def accept(self) -> httpx.Response:
        await self.browser.until(lambda: any(key.startswith("watch:") for key in self.browser.held))
        (watch,) = [one for key, one in self.browser.held.items() if key.startswith("watch:")]
        return await self.browser.act("watch.accept", watches=[watch["id"]])


async def watching(page: Page) -> None:
    """An honest screen holds the watch."""
    await page.begin()
    for _ in range(3):
        await page.second()
    answer = await page.accept()
    assert answer.status_code == 200, answer.text
    for _ in range(3):
        await page.second()
    assert page.floor.books.surveil.watches.holding(PATIENT) is not None


async def lost(page: Page, *, samples: bool = True) -> None:
    """The watch goes, and by what the picture was, not by silence."""
    watches = page.floor.books.surveil.watches
    for _ in range(20):
        await page.second(samples=samples)
        if watches.holding(PATIENT) is None:
            break
    (deed,) = page.floor.house.facts.journal.read_kinds(("watch.lost",))
    assert deed.body["cause"] in {one.words for one in Reason}


@pytest.mark.parametrize("lie", ["claims", "changed", "frozen", "stale"])
def test_a_forged_report_of_a_picture_loses_the_watch(floor: Floor, lie: Lie) -> None:
    async def play(kim: Browser, lee: Browser) -> None:
        page = Page(floor, kim)
        await watching(page)
        page.screen.lie = lie
        await lost(page)
        state = lambda: lee.held.get(f"patient:s{PATIENT:06}", {})  # noqa: E731
        await lee.until(lambda: state().get("watched") is False)

    run(floor, play)


@pytest.mark.parametrize("hours", [1, -1])
def test_a_station_whose_clock_is_an_hour_off_loses_the_watch(floor: Floor, hours: int) -> None:
    """Ahead, it shows live pictures as stale; behind, old ones as live."""

    async def play(kim: Browser, _lee: Browser) -> None:
        page = Page(floor, kim)
        await watching(page)
        page.screen.clock_off_ms = hours * HOUR_MS
        await lost(page, samples=hours > 0)

    run(floor, play)


def test_an_answer_with_a_number_of_its_own_proves_no_station(floor: Floor) -> None:
    async def play(kim: Browser, _lee: Browser) -> None:
        page = Page(floor, kim)
        page.screen.lie = "nonce"
        await page.begin()
        for _ in range(4):
            await page.second()
        answer = await page.accept()
        assert (answer.status_code, answer.json()["reason"]) == (409, "station_silent")

    run(floor, play)


def test_a_browser_that_is_no_station_takes_no_watch(floor: Floor) -> None:
    floor.cookies["technician"] = ""

    async def play(kim: Browser, _lee: Browser) -> None:
        page = Page(floor, kim)
        await page.begin()
        for _ in range(4):
            await page.second()
        answer = await page.accept()
        assert (answer.status_code, answer.json()["reason"]) == (409, "not_on_duty")

    run(floor, play)
    assert floor.books.surveil.watches.by_person == {}
