"""A center that dies between the two writes of a guest who comes, or goes, and starts on the same folder."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.center.peer_house import PeerHouse, Wire

from einthoven.base.ids import StreamId
from einthoven.bootstrap.peers import RealWorld
from einthoven.center.enroll import end_service, enroll
from einthoven.center.peer_desk import PeerDesk
from einthoven.edges.store.facts import Facts

KIM, DENVER = 1, -1


class AtOnce(Executor):
    """What waits for the disk, done where it is asked for."""

    def submit(self, act: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        act(*given, **named)
        return Future()


class OnFolder(PeerHouse):
    """A center whose facts and deeds are in a folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "facts.sqlite"
        self.inbox: deque[Callable[[], None]] = deque()
        self.store: Facts | None = None
        super().__init__("Denver", 0, 2, 2)

    def _opened(self) -> Any:
        if self.store is not None:
            self.store.close()
        self.inbox.clear()
        self.store = facts = Facts(self.path, self.clock.wall(), self.inbox.append)
        self.kept: Any = facts

        def end(stream: StreamId) -> None:
            end_service(facts, stream, self.clock.wall())

        self.world: Any = RealWorld(
            facts.stream,
            facts.all,
            lambda body: enroll(facts, body, self.clock.wall()),
            end,
            lambda: ("", ""),
            AtOnce(),
            self.seed_,
        )
        return super()._opened()

    def step(self) -> None:
        while self.inbox:
            self.inbox.popleft()()
        super().step()

    def periods(self) -> list[tuple[StreamId, bool]]:
        """Every period of a guest: stream, open or not."""
        assert self.store is not None
        return [(one.stream, one.open) for one in self.store.all()]


@pytest.fixture
def centers(tmp_path: Path) -> Any:
    """Boston in memory, Denver on a folder; they trust each other, and somebody works at each."""
    boston, denver = PeerHouse("Boston", 1, 1, 1), OnFolder(tmp_path)
    boston.trust(denver)
    denver.trust(boston)
    boston.seat(boston.hire("Kim, Alex"))
    denver.seat(denver.hire("Lee, Robin"))
    boston.begin()
    yield boston, denver, Wire(boston, denver)
    assert denver.store is not None
    denver.store.close()


async def play(wire: Wire, seconds: int) -> None:
    for _ in range(seconds):
        wire.run(1)
        await asyncio.sleep(0)


def test_the_next_start_finishes_what_the_last_one_began(
    centers: tuple[PeerHouse, OnFolder, Wire], monkeypatch: pytest.MonkeyPatch
) -> None:
    boston, denver, wire = centers

    async def whole() -> None:
        await play(wire, 40)
        assert boston.lend(KIM) is None
        with monkeypatch.context() as dead:
            dead.setattr(PeerDesk, "_come", lambda *_: None)  # the period is written: it dies here
            for _ in range(5):
                if not denver.periods():
                    await play(wire, 1)
        assert denver.periods() == [(1, True)]
        assert denver.guest(1) is None
        denver.kill()
        denver.seat(KIM)
        await play(wire, 60)

    asyncio.run(whole())
    assert denver.periods() == [(1, True)]
    assert denver.guest(1) == 1
    assert (boston.responsible(1), denver.responsible(1)) == (DENVER, KIM)


def test_a_period_that_should_have_ended_ends_after_the_next_start(
    centers: tuple[PeerHouse, OnFolder, Wire], monkeypatch: pytest.MonkeyPatch
) -> None:
    boston, denver, wire = centers

    async def whole() -> None:
        await play(wire, 40)
        assert boston.lend(KIM) is None
        await play(wire, 60)
        assert denver.responsible(1) == KIM
        with monkeypatch.context() as dead:
            dead.setattr(RealWorld, "discharge", lambda *_: None)
            held = [boston.books.surveil.watches.holder[1]]
            assert boston.act(KIM, "watch.offer", watches=held, to=KIM) is None
            await play(wire, 60)
        assert denver.guest(1) is None
        assert denver.periods() == [(1, True)]
        denver.kill()
        await play(wire, 3)

    asyncio.run(whole())
    assert denver.periods() == [(1, False)]
    assert boston.responsible(1) == KIM


def test_a_guest_ends_no_period_of_our_own(centers: tuple[PeerHouse, OnFolder, Wire]) -> None:
    """The same name and birth date, in service here already: declined, and the service here goes on."""
    boston, denver, wire = centers
    card = boston.books.card
    boston.room.desk.books.card = lambda stream: replace(card(stream), birth_date="1950-01-01")
    assert denver.store is not None
    own = {"name": "Patient, 1", "birth_date": "1950-01-01"}
    body = {"patient": own, "transmitter": "T-9", "rate_hz": 250, "leads": ["II"], "public_key": "17" * 32}
    enroll(denver.store, body, denver.clock.wall())

    async def whole() -> None:
        await play(wire, 40)
        assert boston.lend(KIM) is None
        await play(wire, 6)

    asyncio.run(whole())
    assert denver.periods() == [(1, True)]
    [declined] = boston.kept.journal.read_kinds(("watch.declined",))
    assert "is in open period 1" in str(declined.body["why"])
    assert boston.responsible(1) == KIM
