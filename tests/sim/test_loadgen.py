"""The load generator sends what it says, accounts for every acknowledgement, and comes back after a storm."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from benchmarks import load_client
from benchmarks.load_client import Fleet, percentile
from benchmarks.load_signal import Signal
from benchmarks.loadgen import credentials_of, merged, read_keys, reconcile
from tests.sim.fake_center import FakeCenter, FakePeer
from tests.sim.waiting import PATIENCE_S, until

from einthoven.base.layout import Layout, Lead
from einthoven.base.spans import SpanSet
from einthoven.edges.intake.certificate import ensure_certificate, fingerprint, server_context
from einthoven.edges.intake.door import open_door
from einthoven.link import codec, identity
from einthoven.link.frames import decode
from einthoven.link.messages import Challenge, Samples
from einthoven.sim.wire import Credentials, LoopScheduler

FRAME = 25
LAYOUT = Layout(250.0, (Lead("II"), Lead("V1")))
RECORDS = [
    np.random.default_rng(seed).integers(-400, 400, (40 * FRAME + 7, 2)).astype(np.int16)
    for seed in (1, 2, 3)
]


@pytest.mark.parametrize("kind", [0, 1])
def test_messages_are_frames_of_the_expected_samples(kind: int) -> None:
    signal = Signal(RECORDS, FRAME, kind)
    for number in (0, 1, 5, 17):
        for index in (0, 3, 39, 40, 1000):
            frame = decode(bytes(signal.message(signal.voice(number), index, backlog=index == 3)))
            assert isinstance(frame, Samples)
            assert (frame.start, frame.count, frame.backlog) == (index * FRAME, FRAME, index == 3)
            samples = codec.decode(frame.payload, frame.count, frame.leads, frame.codec)
            assert np.array_equal(samples, signal.expected(number, frame.start, frame.stop))


class Clocks:
    def wall(self) -> int:
        return time.time_ns()

    def monotonic(self) -> int:
        return time.monotonic_ns()


class LoopTime(LoopScheduler):
    now = 0


class Callee:
    def __init__(self, center: FakeCenter, pinned: bytes) -> None:
        self.center, self.pinned, self.chance = center, pinned, Random(1)

    def connected(self, connection: Any) -> object:
        peer = FakePeer(self.center, connection)
        peer.challenge = Challenge(self.chance.randbytes(32), 0, self.pinned)
        self.center.peers.append(peer)
        peer.open()
        return peer

    def received(self, token: Any, message: bytes) -> None:
        token.received(message)

    def disconnected(self, token: Any, reason: str) -> None:
        token.lost(reason)


def test_a_fleet_survives_a_storm_and_reconciles(tmp_path: Path) -> None:
    keys = tmp_path / "keys.jsonl"
    certificate = ensure_certificate(tmp_path / "c", ["127.0.0.1"], time.time_ns())
    secrets = [Random(number).randbytes(32) for number in range(12)]

    async def play() -> tuple[Fleet, FakeCenter, Signal]:
        public = {number + 1: identity.public_key(secret) for number, secret in enumerate(secrets)}
        center = FakeCenter(LoopTime(asyncio.get_running_loop()), Clocks(), public)  # type: ignore[arg-type]
        callee = Callee(center, fingerprint(certificate))
        server = await open_door(callee, "127.0.0.1", 0, server_context(certificate), max_message=65_536)
        port = server.sockets[0].getsockname()[1]
        lines = [
            {
                "transmitter": f"T-{number}",
                "stream": f"s{number + 1:06d}",
                "private_key": secret.hex(),
                "link": f"wss://127.0.0.1:{port}/link",
                "certificate": certificate.read_text(),
            }
            for number, secret in enumerate(secrets)
        ]
        keys.write_text("\n".join(json.dumps(line) for line in lines))
        signal = Signal(RECORDS, FRAME)
        fleet = Fleet([credentials_of(key) for key in read_keys(keys)], signal, LAYOUT, frame_s=0.1)
        await fleet.connect(0.1)
        assert fleet.streaming == len(secrets)
        fleet.start()
        await until("frames", lambda: fleet.counts.sent >= 5 * len(secrets))
        assert fleet.drop(6) == 6
        await until("everyone again", lambda: fleet.counts.welcomes >= 18)
        enough = fleet.counts.sent + 10 * len(secrets)
        await until("frames of everyone", lambda: fleet.counts.sent >= enough)
        fleet.stop()
        left = await fleet.drain(PATIENCE_S)
        assert left == 0
        await fleet.close()
        server.close()
        await server.wait_closed()
        return fleet, center, signal

    fleet, center, signal = asyncio.run(play())
    assert fleet.counts.losses >= 6
    assert fleet.counts.welcomes >= 18
    assert sum(fleet.counts.latency) > 12 * 10
    assert percentile(fleet.counts.latency, 0.5) > 0
    ledger = {
        client.credentials.stream: (client.number, [tuple(span) for span in client.settled()])
        for client in fleet.clients
    }
    acquired = sum(client.next for client in fleet.clients) * FRAME
    totals = reconcile(ledger, signal, center.stored, center.read)
    assert totals == {"acknowledged": acquired, "lost": 0, "wrong": 0}


def test_each_transmitter_tells_its_own_position(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it answers to a clock query grows evenly, and a frame leaves when its last sample is there."""
    now = [100.0]
    monkeypatch.setattr(load_client, "CLOCK", lambda: now[0])
    secrets = [Random(number).randbytes(32) for number in range(20)]
    keys = [
        Credentials(f"T-{n}", n + 1, secret, "ws://127.0.0.1:1/link", "") for n, secret in enumerate(secrets)
    ]
    fleet = Fleet(keys, Signal(RECORDS, FRAME, 1), LAYOUT, frame_s=0.1)
    fleet._begun = 100.0
    assert len({client.slot for client in fleet.clients}) > 3, "they do not send in step"
    for client in fleet.clients:
        assert fleet.position(client) == 0.0, "not worn yet"
        client.first = fleet.next_tick(client.slot)
        for frames in (1, 2, 7):
            now[0] = 100.0 + (client.first + (frames - 1) * 10) * load_client.TICK_S
            assert fleet.position(client) == pytest.approx(frames * FRAME)
        now[0] = 100.0


def test_reconciling_finds_what_is_missing_or_different() -> None:
    signal = Signal(RECORDS, FRAME)
    ledger = {"4": [2, [[0, 500]]]}
    stored = SpanSet([(0, 100), (120, 500)])

    def read(stream: int, start: int, stop: int) -> np.ndarray:
        samples = signal.expected(2, start, stop).copy()
        if start <= 300 < stop:
            samples[300 - start, 1] += 1
        return samples

    totals = reconcile(ledger, signal, lambda stream: stored, read)
    assert totals == {"acknowledged": 500, "lost": 20, "wrong": 1}


def test_parts_are_added_up() -> None:
    part = {
        "figures": {"sent": 3, "seconds": 5.0, "refusals": {"busy": 1}, "storm": {}, "frame_bytes": 300.0},
        "latency": [0, 2],
        "ledger": {1: (0, [])},
    }
    other = part | {"ledger": {2: (1, [])}}
    whole = merged([part, other])
    assert whole["figures"]["sent"] == 6
    assert whole["figures"]["seconds"] == 5.0
    assert whole["figures"]["refusals"] == {"busy": 2}
    assert whole["latency"] == [0, 4]
    assert set(whole["ledger"]) == {1, 2}
