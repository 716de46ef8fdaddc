"""Two centers over real HTTP: a hand-over and back, and what is refused at the door."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.center.peer_house import FIRST_GUEST, PeerHouse, since
from tests.edges.web.small_center import SmallCenter

from einthoven.base.errors import RefusedError
from einthoven.base.instants import SECOND
from einthoven.bootstrap.peers import ensure_seed
from einthoven.center.peer_message import MESSAGE_MAX
from einthoven.edges.intake.certificate import ensure_certificate, server_context
from einthoven.edges.messaging.peer_post import PeerPoster
from einthoven.edges.web.server import WebServer
from einthoven.surveillance import peer_book
from einthoven.surveillance.peer_book import Peer

KIM = LEE = 1
DENVER = -1
PATIENCE_S = 60.0
"""A slow machine is no silent center: time here is the houses' own."""


class Door:
    """A house at the door of a real server: time is the house's."""

    def __init__(self, house: PeerHouse) -> None:
        self.house = house

    def received(self, raw: bytes, address: str, now: int) -> bytes:
        return self.house.peers.received(raw, address, self.house.clock.wall())


@asynccontextmanager
async def served(house: PeerHouse, static: Path, certificate: Path | None = None) -> AsyncIterator[WebServer]:
    center = SmallCenter(static, peers=Door(house))
    tls = None if certificate is None else server_context(certificate)
    server = WebServer(center.app, tls=tls)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def second(houses: tuple[PeerHouse, PeerHouse], poster: PeerPoster) -> None:
    """A second of two centers, with everything that they say to each other."""
    for _ in range(5):
        for house in houses:
            house.step()
    for house in houses:
        for peer, raw in house.peers.turn(house.clock.wall()):
            answer = await poster.post(peer, raw)
            house.peers.answered(peer.number, answer, house.clock.wall())


@asynccontextmanager
async def two(static: Path) -> AsyncIterator[tuple[PeerHouse, PeerHouse, Callable[[int], Awaitable[None]]]]:
    boston, denver = PeerHouse("Boston", 2, 1, 1), PeerHouse("Denver", 0, 2, 2)
    poster = PeerPoster(PATIENCE_S)
    async with served(boston, static) as here, served(denver, static) as there:
        boston.trust(denver, there.url)
        denver.trust(boston, here.url)
        boston.seat(boston.hire("Kim, Alex"))
        denver.seat(denver.hire("Lee, Robin"))
        boston.begin()

        async def run(seconds: int) -> None:
            for _ in range(seconds):
                await second((boston, denver), poster)

        await run(40)
        try:
            yield boston, denver, run
        finally:
            await poster.close()


def test_a_shift_goes_over_real_http_and_comes_back(static: Path) -> None:
    async def play() -> None:
        async with two(static) as (boston, denver, run):
            start = boston.clock.wall()
            assert boston.lend(KIM) is None
            await run(50)
            assert boston.responsible(1) == boston.responsible(2) == DENVER
            assert denver.responsible(FIRST_GUEST) == LEE
            assert denver.lend(LEE) is None
            await run(50)
            assert boston.responsible(1) == boston.responsible(2) == KIM
            assert denver.books.surveil.peers.guests == {}
            assert since(boston, start).percent == "100.000"
            assert boston.refusals() == denver.refusals() == []

    asyncio.run(play())


def test_a_stranger_gets_the_reason_and_nothing_else(static: Path) -> None:
    async def play() -> None:
        denver, oslo = PeerHouse("Denver", 0, 2, 2), PeerHouse("Oslo", 1, 3, 3)
        async with served(denver, static) as there, httpx.AsyncClient(base_url=there.url) as client:
            oslo.trust(denver, there.url)
            [(_, raw)] = oslo.peers.turn(oslo.clock.wall())
            answer = await client.post("/api/peer", content=raw)
            assert (answer.status_code, answer.json()["reason"]) == (403, "unknown")
            answer = await client.post("/api/peer", content=b"{" * 100)
            assert (answer.status_code, answer.json()["reason"]) == (403, "malformed")
            answer = await client.post("/api/peer", content=b" " * (MESSAGE_MAX + 1))
            assert (answer.status_code, answer.json()["reason"]) == (403, "too_large")
            assert (await client.get("/api/peer")).status_code == 405
        assert denver.refusals() == ["unknown", "malformed", "too_large"]

    asyncio.run(play())


def trusted(url: str, certificate: str = "") -> Peer:
    return Peer(1, "Denver", "0" * 64, url, certificate, 0)


def test_only_the_certificate_that_was_entered_is_believed(static: Path, tmp_path: Path) -> None:
    now = int(datetime.datetime.now(datetime.UTC).timestamp()) * SECOND
    own, other = (ensure_certificate(tmp_path / name, ["localhost"], now) for name in ("a", "b"))

    async def play() -> None:
        boston, denver = PeerHouse("Boston", 0, 1, 1), PeerHouse("Denver", 0, 2, 2)
        async with served(denver, static, own) as there:
            boston.trust(denver, there.url)
            denver.trust(boston)
            [(_, raw)] = boston.peers.turn(boston.clock.wall())
            poster = PeerPoster(PATIENCE_S)
            for wrong in ("", other.read_text()):
                with pytest.raises(RefusedError, match="unreachable"):
                    await poster.post(trusted(there.url, wrong), raw)
            assert b'"kind":"answer"' in await poster.post(trusted(there.url, own.read_text()), raw)
            await poster.close()

    asyncio.run(play())


def test_a_center_that_is_not_there_is_told_in_words() -> None:
    async def play() -> Any:
        poster = PeerPoster(PATIENCE_S)
        with pytest.raises(RefusedError) as caught:
            await poster.post(trusted("http://127.0.0.1:9"), b"{}")
        await poster.close()
        return caught.value

    assert asyncio.run(play()).reason == "unreachable"


def test_the_key_of_a_center_is_made_once_and_nobody_else_reads_it(tmp_path: Path) -> None:
    seed = ensure_seed(tmp_path / "keys")
    assert ensure_seed(tmp_path / "keys") == seed
    assert (tmp_path / "keys" / "peer.key").stat().st_mode & 0o777 == 0o600
    assert ensure_seed(tmp_path / "others") != seed


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"key": "ab"}, "64 hexadecimal"),
        ({"url": "http://heart.example"}, "only https"),
        ({"url": "wss://heart.example"}, "want https"),
        ({"url": "http://127.0.0.1.heart.example"}, "only https"),
        ({"url": "https://heart.example/pages"}, "want the other center's pages"),
        ({"name": "  "}, "name"),
        ({"certificate": "not PEM"}, "PEM"),
    ],
)
def test_a_center_that_is_entered_wrongly_is_refused_with_the_field(
    fields: dict[str, str], words: str
) -> None:
    given = {"name": "Denver", "key": "2" * 64, "url": "https://heart.example", "certificate": ""} | fields
    with pytest.raises(Exception, match=words):
        peer_book.trust(peer_book.PeerBook(), "1" * 64, *given.values())


def test_a_center_is_not_its_own_other_center() -> None:
    with pytest.raises(RefusedError, match="own key"):
        peer_book.trust(peer_book.PeerBook(), "1" * 64, "Boston", "1" * 64, "https://a.example")
