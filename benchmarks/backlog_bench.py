"""How fast one transmitter catches up after an outage, and what that costs live samples.

``python -m benchmarks.backlog_bench [--hours N] [--others N]`` prints one JSON object. A real center runs as
one process; here one transmitter comes back with hours of unsent ECG and goes on measuring, beside others
that are live. The age of every live sample at its durable acknowledgement is known, for samples are made as
time passes: the time it would have taken anyway (the frame's own second) is not in it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import uvloop
from benchmarks.capacity import free_ports, prepare, serving
from benchmarks.load_signal import real_ecg
from benchmarks.loadgen import credentials_of, read_keys

from einthoven.base.instants import HOUR, SECOND
from einthoven.base.layout import Layout, Lead
from einthoven.base.spans import SpanSet
from einthoven.bootstrap.clock import RealClock
from einthoven.edges.store.store import open_reader
from einthoven.sim.habits import Habits
from einthoven.sim.sources import RecordSource
from einthoven.sim.spool import MemorySpool, Origin
from einthoven.sim.transmitter import Transmitter
from einthoven.sim.wire import Dialer, LoopScheduler

RATE = 250
LAYOUT = Layout(RATE, (Lead("II", gain=200.0, resolution=12), Lead("V1", gain=200.0, resolution=12)))
BLOCK = 10 * RATE
GIVE_UP_S = 300.0
SETTLE_S = 3.0
"""After the first connections, before anything is measured."""


@dataclass(slots=True)
class Wearer:
    """One transmitter, and how old its live samples were when they were acknowledged.

    Attributes:
        past: samples that it had when it first connected; their lane is the backlog.
        ages: (when acknowledged, age in ms of the newest sample of the span), by span newly durable.
    """

    transmitter: Transmitter
    past: int
    ages: list[tuple[float, float]] = field(default_factory=list)
    _known: SpanSet = field(default_factory=SpanSet)

    def look(self) -> None:
        """After news from the center."""
        origin, now = self.transmitter.spool.origin, time.time_ns()
        assert origin is not None
        for span in self.transmitter.lanes.durable.within(self.past, 1 << 40):
            for fresh in self._known.add(span.start, span.stop):
                made = origin.wall + fresh.stop * SECOND // RATE
                self.ages.append((time.monotonic(), (now - made) / 1e6))

    @property
    def caught_up(self) -> bool:
        """Whether all of the past is durable."""
        return self.transmitter.lanes.durable.covers(0, self.past)

    def between(self, begin: float, end: float) -> dict[str, float]:
        """Quantiles of the ages that were seen between two times, ms."""
        return quantiles([age for at, age in self.ages if begin <= at < end])


def quantiles(ages: list[float]) -> dict[str, float]:
    """p50, p99 and the most, ms; empty without any."""
    if not ages:
        return {}
    p50, p99, most = np.percentile(ages, [50, 99, 100])
    return {"frames": len(ages), "p50": round(p50, 1), "p99": round(p99, 1), "max": round(most, 1)}


def wearer(number: int, key: dict[str, Any], dialer: Dialer, ecg: np.ndarray, past_s: int) -> Wearer:
    """A transmitter that has measured for ``past_s`` seconds and sent nothing yet."""
    source = RecordSource(LAYOUT, ecg, loop=True, first=number * 17 * RATE)
    spool, clock = MemorySpool(len(LAYOUT.leads)), RealClock()
    spool.begin(Origin(source.recording, clock.wall() - past_s * SECOND))
    for start in range(0, past_s * RATE, BLOCK):
        spool.append(start, source.samples(start, min(start + BLOCK, past_s * RATE)))
    spool.sync()
    habits = Habits(phase_s=(number % 10) / 10)
    scheduler = LoopScheduler(asyncio.get_running_loop())
    identity = credentials_of(key).identity()
    made = Transmitter(identity, source, spool, clock, scheduler, dialer.dial, number, habits)
    worn = Wearer(made, past_s * RATE)
    made.on_progress = worn.look
    return worn


async def play(keys: list[dict[str, Any]], past_s: int, alone_s: float) -> dict[str, Any]:
    """Others are live alone, then the late one comes, catches up, and is live like them."""
    dialer = Dialer(str(keys[0]["link"]), str(keys[0]["certificate"]))
    ecg = real_ecg(RATE, len(LAYOUT.leads), records=1)[0]
    others = [wearer(number, key, dialer, ecg, 0) for number, key in enumerate(keys[1:])]
    for one in others:
        one.transmitter.start()
    await asyncio.sleep(SETTLE_S)
    settled = time.monotonic()
    await asyncio.sleep(alone_s)
    late = wearer(len(others), keys[0], dialer, ecg, past_s)
    begun = time.monotonic()
    late.transmitter.start()
    while not late.caught_up and time.monotonic() - begun < GIVE_UP_S:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    done = time.monotonic()
    # What was made during the last moments of the catch-up is acknowledged a frame later.
    await asyncio.sleep(alone_s)
    end = time.monotonic()
    for one in [late, *others]:
        one.transmitter.stop()
    await dialer.close()
    during, after = late.between(begun, done), late.between(done + 1.0, end)
    told: dict[str, Any] = {
        "backlog_s": past_s,
        "caught_up": late.caught_up,
        "caught_up_in_s": round(done - begun, 2),
        "times_real_time": round(past_s / (done - begun), 1),
        "late_one_live_ms_during": during,
        "late_one_live_ms_after": after,
        "others": len(others),
    }
    for name, low, high in (("before", settled, begun), ("during", begun, done), ("after", done + 1.0, end)):
        ages = [age for one in others for at, age in one.ages if low <= at < high]
        told[f"others_live_ms_{name}"] = quantiles(ages)
    if during and after:
        told["live_delayed_ms"] = {name: round(during[name] - after[name], 1) for name in ("p50", "max")}
    return told | {"acknowledged": list(late.transmitter.lanes.durable), "first": late.transmitter.source}


def measure(hours: float, others: int, alone_s: float) -> dict[str, Any]:
    """One run, and the store compared with what was acknowledged."""
    past_s = round(hours * 3600)
    with tempfile.TemporaryDirectory(prefix="einthoven-backlog-") as home:
        base = Path(home)
        web, link = free_ports()
        since = time.time_ns() - past_s * SECOND - HOUR
        keys = prepare(base / "data", 1 + others, link, RATE, list(LAYOUT.names), since)
        with serving(base / "data", web, link, 3600, base / "server.log"):
            told = uvloop.run(play(read_keys(keys), past_s, alone_s))
        source, spans = told.pop("first"), told.pop("acknowledged")
        reader, lost, wrong = open_reader(base / "data"), 0, 0
        for span in spans:
            lost += sum(gap.length for gap in reader.stored(1).missing(span.start, span.stop))
            for start in range(span.start, span.stop, 60 * RATE):
                stop = min(start + 60 * RATE, span.stop)
                same = reader.read(1, start, stop).samples == source.samples(start, stop)
                wrong += int(np.sum(~same.all(axis=1)))
        told["reconciled"] = {
            "acknowledged": sum(span.length for span in spans),
            "lost": lost,
            "wrong": wrong,
        }
    return told


def main(arguments: list[str] | None = None) -> int:
    """Command line; exit 1 when it did not catch up or anything differs."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.backlog_bench", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--hours", type=float, default=1.0, help="of backlog")
    parser.add_argument("--others", type=int, default=20, help="transmitters that are live beside it")
    parser.add_argument("--alone", type=float, default=10.0, help="seconds before and after the catch-up")
    given = parser.parse_args(arguments)
    told = measure(given.hours, given.others, given.alone)
    print(json.dumps(told, indent=1))
    good = told["caught_up"] and not told["reconciled"]["lost"] and not told["reconciled"]["wrong"]
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
