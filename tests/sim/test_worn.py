"""A transmitter process killed again and again: nothing it showed the center changes, every hole is told."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from random import Random

import numpy as np
from tests.sim.test_wire import RealTime, Running, running
from tests.sim.waiting import PATIENCE_S, until

from einthoven.base.instants import SECOND
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Script
from einthoven.sim.network import Weather
from einthoven.sim.proxy import Proxy
from einthoven.sim.sources import HeartSource
from einthoven.sim.spool import MemorySpool
from einthoven.sim.transmitter import Transmitter
from einthoven.sim.wire import Dialer, LoopScheduler, RealGround

CHILD = """
import asyncio, json, signal, sys
from pathlib import Path
from einthoven.bootstrap.clock import RealClock
from einthoven.sim.habits import Habits
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Script
from einthoven.sim.sources import HeartSource
from einthoven.sim.wire import Credentials
from einthoven.sim.worn import wear

async def main(told):
    until = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, until.set)
    credentials = Credentials("T-7", 7, bytes.fromhex(told["key"]), told["link"], told["pem"])
    source = HeartSource(Heart(Script(), layout_of(("II", "V1")), 5), 5)
    habits = Habits(frame_s=0.1)
    print("on", flush=True)
    await wear(source, credentials, told["link"], RealClock(), Path(told["folder"]), until, habits=habits)

asyncio.run(main(json.loads(sys.argv[1])))
"""


async def start(
    center: Running, folder: Path, port: int, ending: AsyncExitStack
) -> asyncio.subprocess.Process:
    told = {
        "key": bytes(range(32)).hex(),
        "link": f"wss://127.0.0.1:{port}/link",
        "pem": center.pem,
        "folder": str(folder),
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, json.dumps(told), stdout=asyncio.subprocess.PIPE
    )
    ending.callback(end, child)
    assert child.stdout is not None
    assert await child.stdout.readline() == b"on\n"
    return child


def end(child: asyncio.subprocess.Process) -> None:
    """Leave none behind when the test fails."""
    with suppress(ProcessLookupError):
        child.kill()


def check(center: Running, source: HeartSource) -> list[str]:
    kept = center.center.kept[7]
    stop = kept.spans.stop
    accounted = kept.spans.copy()
    holes = center.center.holes(7)
    for low, high, _ in holes:
        assert not kept.spans.within(low, high)
        accounted.add(low, high)
    assert not accounted.missing(0, stop)
    expected = source.samples(0, stop)
    for span in kept.spans:
        assert np.array_equal(kept.array(stop)[span.start : span.stop], expected[span.start : span.stop])
    return [cause for _, _, cause in holes]


async def more(center: Running, seconds: float) -> None:
    """Wait until the center holds so much more than now."""
    kept = center.center.kept[7].spans
    wanted = kept.total + seconds * 250
    await until("more samples", lambda: center.center.kept[7].spans.total >= wanted)


def test_killed_again_and_again_over_a_network_that_breaks(tmp_path: Path) -> None:
    chance = Random(8)

    async def act() -> None:
        async with running(tmp_path) as center, AsyncExitStack() as ending:
            proxy = Proxy(
                "127.0.0.1", int(center.link.rsplit(":", 1)[1].split("/")[0]), 1, Weather(0.01, 0.005)
            )
            await proxy.open()
            ending.push_async_callback(proxy.close)
            begun = time.time_ns()
            for _ in range(3):
                child = await start(center, tmp_path / "spool", proxy.port, ending)
                await more(center, chance.uniform(0.2, 0.6))
                proxy.reset()
                await more(center, chance.uniform(0.1, 0.3))
                child.kill()
                await child.wait()
            child = await start(center, tmp_path / "spool", proxy.port, ending)
            await more(center, 0.5)
            child.terminate()
            assert await asyncio.wait_for(child.wait(), PATIENCE_S) == 0
            took = (time.time_ns() - begun) / SECOND
            source = HeartSource(Heart(Script(), layout_of(("II", "V1")), 5), 5)
            assert check(center, source).count("reset") == 3
            assert center.center.kept[7].spans.stop < took * 250

    asyncio.run(act())


def test_a_cut_on_real_connections_is_caught_up(tmp_path: Path) -> None:
    async def act() -> None:
        async with running(tmp_path) as center:
            clock = RealTime()
            scheduler = LoopScheduler(asyncio.get_running_loop())
            dialer = Dialer(center.link, center.pem)
            ground = RealGround(dialer, scheduler, clock.monotonic)
            source = HeartSource(Heart(Script(), layout_of(("II", "V1")), 5), 5)
            transmitter = Transmitter(
                center.credentials().identity(), source, MemorySpool(2), clock, scheduler, ground.dial, 4
            )
            transmitter.start()
            await until("a stream", lambda: transmitter.streaming)
            ground.cut(1.0)
            await until("its end", lambda: not transmitter.streaming)
            cut_at = transmitter.lanes.acquired
            await until("the stream again", lambda: transmitter.streaming)
            await until("what was acquired meanwhile", lambda: transmitter.lanes.durable.total > cut_at)
            transmitter.rest()
            await until("everything", lambda: transmitter.lanes.done)
            transmitter.stop()
            await dialer.close()
            assert transmitter.lanes.acquired >= 250
            assert center.center.kept[7].spans.total == transmitter.lanes.acquired
            assert check(center, source) == []

    asyncio.run(act())
