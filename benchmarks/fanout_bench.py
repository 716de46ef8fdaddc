"""What it costs to show: CPU of the live picture of 64 tiles × 2 leads on 20 screens, and of the census of
10,000.

``python -m benchmarks.fanout_bench [--seconds N] [--no-sockets]`` prints JSON. The first part drives the hub
over the real ward without sockets; the second opens 20 sockets on the real server from another process and
measures the CPU of the serving process while frames of one second come in.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator

import numpy as np
import structlog
from prometheus_client import CollectorRegistry
from websockets.asyncio.client import connect

from einthoven.base.instants import SECOND
from einthoven.center.census import Census
from einthoven.center.live import LiveHub
from einthoven.center.live_news import News
from einthoven.center.live_view import View
from einthoven.center.ward import LiveWard
from einthoven.edges.web.app import build_app
from einthoven.edges.web.deps import WebDeps
from einthoven.edges.web.server import WebServer
from einthoven.link.blocks import SampleBatch
from einthoven.testing.web import EPOCH, FakeFacts, FakeReader, facts_of, heart, plain_layout

TILES, SCREENS, RATE, LEADS, TICKS = 64, 20, 250, 2, 10
COLUMNS_PER_SECOND = 94.5
CENSUS = 10_000


class RealClock:
    def wall(self) -> int:
        return time.time_ns()

    def monotonic(self) -> int:
        return time.monotonic_ns()


class Center:
    """A ward of 64 streams fed with one-second frames spread over the second, and what the pages need of
    it."""

    def __init__(self) -> None:
        self.ward = LiveWard()
        self.hub = LiveHub(self.ward, self.time_of)
        self.census = Census(self.ward, self.time_of, EPOCH)
        self.news = News(self.census, "bench")
        for stream in range(1, TILES + 1):
            self.ward.admit(stream, plain_layout(RATE, LEADS))
            self.hub.admit(stream, plain_layout(RATE, LEADS))
            self.census.admit(facts_of(stream))
        self.samples = {stream: heart(stream, 0, RATE, LEADS).ravel() for stream in range(1, TILES + 1)}

    def time_of(self, _stream: int, sample: float) -> int:
        return EPOCH + int(sample) * (SECOND // RATE)

    def feed(self, tick: int, received: int) -> None:
        """The frames that come in tick ``tick``: a tenth of the streams, one second each."""
        streams = np.array([s for s in range(1, TILES + 1) if s % TICKS == tick % TICKS], np.int64)
        k = len(streams)
        start = np.full(k, tick // TICKS * RATE, np.int64)
        batch = SampleBatch(
            samples=np.concatenate([self.samples[int(stream)] for stream in streams]),
            offset=np.arange(k, dtype=np.int64) * RATE * LEADS,
            stream=streams,
            start=start,
            count=np.full(k, RATE, np.int64),
            leads=np.full(k, LEADS, np.int64),
            lane=np.zeros(k, np.int64),
            received=np.full(k, received, np.int64),
        )
        self.ward.step([batch], received)
        self.hub.arrived(streams, start, start + RATE)
        self.census.arrived(streams, start + RATE, batch.received)


def picture(seconds: int) -> dict[str, float]:
    """CPU of building wave messages, with 20 like views and with 20 different ones."""
    found: dict[str, float] = {}
    for name, widths in (("same_view", [0.0] * SCREENS), ("own_view", [0.37 * n for n in range(SCREENS)])):
        center = Center()
        for tick in range(10 * TICKS):
            center.feed(tick, EPOCH)
        streams = tuple((stream, ()) for stream in range(1, TILES + 1))
        screens = [center.hub.open() for _ in range(SCREENS)]
        began = time.process_time()
        size = 0
        for screen, wider in zip(screens, widths, strict=True):
            center.hub.view(screen, View(1, streams, COLUMNS_PER_SECOND + wider, 10.0))
            size += len(center.hub.frames(screen, 0, EPOCH) or b"")
        found[f"{name}_first_message_ms"] = round((time.process_time() - began) / SCREENS * 1e3, 2)
        found[f"{name}_first_message_kb"] = round(size / SCREENS / 1024)
        spent, messages, sent = 0.0, 0, 0
        for tick in range(10 * TICKS, (10 + seconds) * TICKS):
            center.feed(tick, EPOCH)
            began = time.process_time()
            for screen in screens:
                data = center.hub.frames(screen, tick * SECOND // TICKS, EPOCH)
                messages += 1
                sent += len(data or b"")
            spent += time.process_time() - began
        found[f"{name}_us_per_message"] = round(spent / messages * 1e6, 1)
        found[f"{name}_core_percent_per_screen"] = round(spent / messages * TICKS * 100, 3)
        found[f"{name}_bytes_per_message"] = round(sent / messages)
    return found


def census(seconds: int) -> dict[str, float]:
    """CPU of the census of 10,000: arrivals and counts, and what 20 screens of 64 tiles are told."""
    center = Center()
    for stream in range(TILES + 1, CENSUS + 1):
        center.census.admit(facts_of(stream))
    readers = [center.news.reader() for _ in range(SCREENS)]
    slowest = 0.0
    for number, reader in enumerate(readers):
        center.news.watch(reader, range(number * TILES + 1, (number + 1) * TILES + 1))
        for _ in range(CENSUS // 256 + 2):
            began = time.process_time()
            center.news.next(reader, 0, EPOCH)
            slowest = max(slowest, time.process_time() - began)
    streams = np.arange(1, CENSUS + 1, dtype=np.int64)
    refresh = told = 0.0
    size = 0
    for second in range(1, seconds + 1):
        now = EPOCH + second * SECOND
        began = time.process_time()
        for part in np.array_split(streams, TICKS):
            center.census.arrived(part, np.full(len(part), second * RATE), np.full(len(part), now))
        center.census.center(now)
        refresh += time.process_time() - began
        began = time.process_time()
        for reader in readers:
            size += len(center.news.next(reader, second * SECOND, now) or "")
        told += time.process_time() - began
    return {
        "refresh_us_per_patient_second": round(refresh / seconds / CENSUS * 1e6, 3),
        "told_us_per_patient_second": round(told / seconds / CENSUS * 1e6, 3),
        "told_us_per_screen_second": round(told / seconds / SCREENS * 1e6),
        "told_bytes_per_screen_second": round(size / seconds / SCREENS),
        "snapshot_page_slowest_ms": round(slowest * 1e3, 2),
    }


async def serve(seconds: int) -> dict[str, float]:
    """CPU of the serving process with 20 sockets open, per message and per screen."""
    center = Center()
    clock = RealClock()
    registry = CollectorRegistry()
    deps = WebDeps(
        clock=clock,
        census=center.census,
        news=center.news,
        hub=center.hub,
        ward=center.ward,
        reader=FakeReader(),
        history=FakeFacts(),
        time_of=center.time_of,
        enroll=dict,
        identity=dict,
        stepped=clock.monotonic,
        registry=registry,
    )
    server = WebServer(build_app(deps))
    await server.start()
    command = [sys.executable, "-m", "benchmarks.fanout_bench", "--screens-of", str(server.port)]
    with subprocess.Popen(command) as screens:  # noqa: ASYNC220 - starts once, before anything is measured
        feeding = asyncio.create_task(feed_for_ever(center, clock))
        while center.hub.screens < SCREENS:  # noqa: ASYNC110 - the screens are another process
            await asyncio.sleep(0.05)
        await asyncio.sleep(2)
        before = registry.get_sample_value("einthoven_live_messages_total", {"kind": "waves"}) or 0
        cpu, wall = time.process_time(), time.monotonic()
        await asyncio.sleep(seconds)
        cpu, wall = time.process_time() - cpu, time.monotonic() - wall
        after = registry.get_sample_value("einthoven_live_messages_total", {"kind": "waves"}) or 0
        feeding.cancel()
        screens.kill()
    await server.stop()
    return {
        "wave_messages_per_second": round((after - before) / wall, 1),
        "us_per_message_all_in": round(cpu / max(after - before, 1) * 1e6, 1),
        "core_percent_per_screen_all_in": round(cpu / wall / SCREENS * 100, 3),
    }


async def feed_for_ever(center: Center, clock: RealClock) -> None:
    for tick in ticks():
        center.feed(tick, clock.wall())
        await asyncio.sleep(1 / TICKS)


def ticks() -> Iterator[int]:
    tick = 0
    while True:
        yield tick
        tick += 1


async def watch(port: int) -> None:
    """The other process: 20 screens that read and throw away."""

    async def one() -> None:
        async with connect(f"ws://127.0.0.1:{port}/live", compression=None, proxy=None) as socket:
            streams = [{"id": f"s{stream:06d}", "leads": [0, 1]} for stream in range(1, TILES + 1)]
            view = {"type": "view", "epoch": 1, "streams": streams, "history": 10}
            await socket.send(json.dumps(view | {"columns_per_second": COLUMNS_PER_SECOND}))
            async for _ in socket:
                pass

    await asyncio.gather(*(one() for _ in range(SCREENS)))


def measure(seconds: int = 10, sockets: bool = True) -> dict[str, dict[str, float]]:
    """Everything, as ``benchmarks`` prints it."""
    found = {"picture": picture(seconds), "census": census(seconds)}
    if sockets:
        found["sockets"] = asyncio.run(serve(seconds))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--no-sockets", action="store_true")
    parser.add_argument("--screens-of", type=int, metavar="PORT", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.screens_of:
        asyncio.run(watch(asked.screens_of))
        return
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    shape = {"tiles": TILES, "leads": LEADS, "screens": SCREENS, "rate_hz": RATE, "census": CENSUS}
    print(json.dumps({"shape": shape} | measure(asked.seconds, not asked.no_sockets), indent=2))


if __name__ == "__main__":
    main()
