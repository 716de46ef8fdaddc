"""Transmitters on real sockets over TLS, against the small center of these tests."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import httpx
import numpy as np
import pytest
from tests.sim.fake_center import FakeCenter, FakePeer
from tests.sim.waiting import PATIENCE_S, until

from einthoven.base.errors import DeliveryUnknownError, InputError, RefusedError
from einthoven.base.instants import DAY, MINUTE, SECOND, from_iso
from einthoven.base.layout import Layout, Lead
from einthoven.edges.intake.certificate import ensure_certificate, fingerprint, server_context
from einthoven.edges.intake.door import open_door
from einthoven.link import identity
from einthoven.link.messages import Challenge
from einthoven.sim.sources import RecordSource
from einthoven.sim.transmit import Progress, Sent, link_of, transmit
from einthoven.sim.wire import Credentials, LoopScheduler

KEY = bytes(range(32))
LAYOUT = Layout(250.0, (Lead("II"), Lead("V1")))
SAMPLES = (np.frombuffer(Random(2).randbytes(4 * 50_000), "<i2").reshape(-1, 2) // 64).astype(np.int16)


class RealTime:
    def wall(self) -> int:
        return time.time_ns()

    def monotonic(self) -> int:
        return time.monotonic_ns()


class LoopTime(LoopScheduler):
    @property
    def now(self) -> int:
        return time.monotonic_ns()


class Callee:
    """The intake's side of the door, handing on to the small center."""

    def __init__(self, center: FakeCenter, pinned: bytes) -> None:
        self.center, self.pinned = center, pinned

    def connected(self, connection: Any) -> object | None:
        if not self.center.up:
            return None
        peer = FakePeer(self.center, connection)
        peer.challenge = Challenge(peer.challenge.nonce, peer.challenge.center, self.pinned)
        self.center.peers.append(peer)
        peer.open()
        return peer

    def received(self, token: Any, message: bytes) -> None:
        token.received(message)

    def disconnected(self, token: Any, reason: str) -> None:
        token.lost(reason)


class Running:
    """A center on a port."""

    def __init__(self, center: FakeCenter, certificate: Path, port: int) -> None:
        self.center = center
        self.pem = certificate.read_text()
        self.link = f"wss://127.0.0.1:{port}/link"

    def credentials(self, private_key: bytes = KEY, pem: str | None = None) -> Credentials:
        return Credentials("T-7", 7, private_key, self.link, pem or self.pem)

    async def send(self, samples: np.ndarray, **options: Any) -> Sent:
        record = RecordSource(LAYOUT, samples)
        return await transmit(record, self.credentials(), self.link, RealTime(), **options)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Running]:
    certificate = ensure_certificate(folder / "keys", ["127.0.0.1"], time.time_ns())
    center = FakeCenter(
        LoopTime(asyncio.get_running_loop()),  # type: ignore[arg-type]
        RealTime(),
        {7: identity.public_key(KEY)},
    )
    callee = Callee(center, fingerprint(certificate))
    server = await open_door(callee, "127.0.0.1", 0, server_context(certificate), max_message=65_536)
    try:
        yield Running(center, certificate, server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Callable[[Running], Coroutine[Any, Any, None]]], None]:
    def run(act: Callable[[Running], Coroutine[Any, Any, None]]) -> None:
        async def whole() -> None:
            async with running(tmp_path) as center:
                await act(center)

        asyncio.run(whole())

    return run


Play = Callable[[Callable[[Running], Coroutine[Any, Any, None]]], None]


def test_a_record_goes_over_tls_and_comes_back_sample_for_sample(play: Play) -> None:
    async def act(center: Running) -> None:
        told: list[Progress] = []
        sent = await center.send(SAMPLES, speed=500.0, progress=told.append)
        assert sent == Sent("s000007", len(SAMPLES))
        kept = center.center.kept[7]
        assert np.array_equal(kept.array(len(SAMPLES)), SAMPLES)
        assert kept.layout is not None
        ends = kept.layout.origin + len(SAMPLES) * SECOND // 250
        assert abs(ends - time.time_ns()) < 10 * SECOND
        assert [one.acknowledged for one in told] == sorted(one.acknowledged for one in told)

    play(act)


def test_at_natural_speed_the_samples_are_live(play: Play) -> None:
    async def act(center: Running) -> None:
        begun = time.monotonic_ns()
        await center.send(SAMPLES[:400], frame_s=0.25)
        came = center.center.first_seen
        assert len(came) > 4
        # A sample that is made as time passes cannot come before its time.
        assert all(at - begun >= start * SECOND // 250 for (_, start), at in came.items())
        kept = center.center.kept[7]
        assert np.array_equal(kept.array(400), SAMPLES[:400])
        assert kept.layout is not None
        assert not kept.layout.recorded

    play(act)


def test_connections_that_are_cut_change_nothing(play: Play) -> None:
    async def act(center: Running) -> None:
        async def cutting() -> None:
            for frames in (2, 5, 9):
                await until("frames to cut off", lambda: len(center.center.first_seen) >= frames)  # noqa: B023
                for peer in center.center.peers:
                    peer.gone = True
                    peer.connection.close("cut")
                center.center.peers.clear()

        cutter = asyncio.create_task(cutting())
        await center.send(SAMPLES, speed=300.0, seed=3)
        await asyncio.wait_for(cutter, PATIENCE_S)
        assert np.array_equal(center.center.kept[7].array(len(SAMPLES)), SAMPLES)

    play(act)


def test_a_dated_record_sent_again_keeps_its_date(play: Play, tmp_path: Path) -> None:
    async def act(center: Running) -> None:
        memory = tmp_path / "key.sent"
        await center.send(SAMPLES[:5000], speed=500.0, memory=memory)
        dates = json.loads(memory.read_text())
        came = dict(center.center.first_seen)
        await center.send(SAMPLES[:5000], speed=500.0, memory=memory)
        assert (center.center.first_seen, center.center.doubled) == (came, 0)
        assert json.loads(memory.read_text()) == dates
        assert center.center.kept[7].spans.total == 5000

    play(act)


def test_a_start_dates_the_first_sample(play: Play) -> None:
    async def act(center: Running) -> None:
        start = from_iso("2026-03-01T10:00:00Z")
        await center.send(SAMPLES[:2500], speed=200.0, start=start)
        layout = center.center.kept[7].layout
        assert layout is not None
        assert (layout.origin, layout.recorded) == (start, True)

    play(act)


@pytest.mark.parametrize(
    ("speed", "start", "words"),
    [
        (20.0, lambda _now: -1, "--start is before 1970"),
        (1.0, lambda _now: -SECOND, "--start is before 1970"),
        (20.0, lambda now: now + DAY, "--start lets the record end"),
        (20.0, lambda now: now + 3 * MINUTE, "a recording lies in the past"),
    ],
    ids=["before 1970", "before 1970, live", "tomorrow", "in three minutes"],
)
def test_a_start_that_cannot_be_is_refused_before_anything_is_sent_or_written(
    play: Play, tmp_path: Path, speed: float, start: Callable[[int], int], words: str
) -> None:
    async def act(center: Running) -> None:
        memory = tmp_path / "key.dated"
        with pytest.raises(InputError, match=words):
            await center.send(SAMPLES[:500], speed=speed, start=start(time.time_ns()), memory=memory)
        assert not memory.exists()
        assert center.center.peers == []
        assert center.center.kept[7].layout is None

    play(act)


@pytest.mark.parametrize("start", [-1, time.time_ns() + DAY], ids=["before 1970", "tomorrow"])
def test_a_date_that_is_remembered_wrongly_is_named(play: Play, tmp_path: Path, start: int) -> None:
    async def act(center: Running) -> None:
        memory = tmp_path / "key.dated"
        record = RecordSource(LAYOUT, SAMPLES[:500])
        memory.write_text(json.dumps({f"s000007 {record.recording:016x}": start}))
        with pytest.raises(InputError, match=r"key\.dated: its date of this record"):
            await center.send(SAMPLES[:500], speed=20.0, memory=memory)
        assert center.center.peers == []

    play(act)


def test_another_record_on_the_stream_is_refused_in_one_line(play: Play) -> None:
    async def act(center: Running) -> None:
        await center.send(SAMPLES[:2000], speed=500.0)
        with pytest.raises(RefusedError, match="layout-conflict"):
            await center.send(SAMPLES[500:2000], speed=500.0)

    play(act)


def test_patience_ends(play: Play) -> None:
    async def act(center: Running) -> None:
        center.center.up = False
        with pytest.raises(DeliveryUnknownError, match="2000 of 2000"):
            await center.send(SAMPLES[:2000], speed=500.0, patience_s=0.6)

    play(act)


def test_only_the_pinned_center_is_spoken_to(play: Play, tmp_path: Path) -> None:
    async def act(center: Running) -> None:
        other = ensure_certificate(tmp_path / "other", ["127.0.0.1"], time.time_ns())
        foreign = center.credentials(pem=other.read_text())
        record = RecordSource(LAYOUT, SAMPLES[:500])
        with pytest.raises(DeliveryUnknownError):
            await transmit(record, foreign, center.link, RealTime(), speed=9.0, patience_s=0.6)
        assert not center.center.kept[7].spans

    play(act)


@pytest.mark.parametrize(
    ("center", "word"),
    [
        ("ftp://x", "want the center's pages"),
        ("http://127.0.0.1:1", "no center answers"),
        ("http://host:abc", "host:abc: no address"),
        ("http://[::1", "no address"),
        ("http://host:99999", "no address"),
        ("http://", "no address"),
        ("http://127.0.0.1:1\n", "no address"),
        (f"http://{'a' * 64}.example", "no address"),
        ("wss://host:abc/link", "host:abc/link: no address"),
        ("wss://", "no address"),
        ("ws://host:1/link", "without for ws"),
    ],
)
def test_a_wrong_center_is_named(center: str, word: str) -> None:
    credentials = Credentials("T-7", 7, KEY, "wss://x/link", "PEM")
    with pytest.raises(InputError, match=word):
        asyncio.run(link_of(center, credentials))


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({"link": "wss://h:1/link", "certificate": "OTHER"}, "not the center"),
        ({"certificate": "PEM"}, "no center answers"),
        ([], "no center answers"),
        ({"link": "wss://h:abc/link", "certificate": "PEM"}, "no address"),
        ({"link": "wss://h:1/link", "certificate": "PEM\n"}, ""),
    ],
)
def test_the_center_says_where_its_link_is(monkeypatch: pytest.MonkeyPatch, told: object, word: str) -> None:
    async def get(self: httpx.AsyncClient, address: str) -> httpx.Response:
        assert address == "http://h:2/.well-known/einthoven"
        return httpx.Response(200, json=told, request=httpx.Request("GET", address))

    monkeypatch.setattr(httpx.AsyncClient, "get", get)
    credentials = Credentials("T-7", 7, KEY, "wss://h:1/link", "PEM")
    if word:
        with pytest.raises(InputError, match=word):
            asyncio.run(link_of("http://h:2/", credentials))
    else:
        assert asyncio.run(link_of("http://h:2/", credentials)) == "wss://h:1/link"


def test_a_direct_link_needs_no_question() -> None:
    credentials = Credentials("T-7", 7, KEY, "", "PEM")
    assert asyncio.run(link_of("wss://h:1/link", credentials)) == "wss://h:1/link"
