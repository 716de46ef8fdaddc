"""Bit rot in a real store: what the pages are told is never served, named in the answer, and counted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest
import structlog
from tests.center.live_parser import parse_runs
from tests.edges.store.shop import RATE, SETTINGS, Shop
from tests.edges.web.small_center import SmallCenter

from einthoven.base.layout import INVALID_SAMPLE
from einthoven.base.spans import SpanSet
from einthoven.bootstrap.history import History
from einthoven.edges.store.log import LogSettings
from einthoven.edges.web.app import build_app
from einthoven.testing.disk import ForgetfulDisk
from einthoven.testing.facts import MemoryFacts
from einthoven.testing.store_suite import batch_of, signal

ONE = "/api/streams/s000017"
END = 240 * RATE
LOG = "log/00000001.log"


class Rotten:
    """Four minutes of stream 17 in a store on a disk that rots, and pages over it."""

    def __init__(self, static: Path) -> None:
        self.disk = ForgetfulDisk()
        log = LogSettings(roll_bytes=100_000, reserve_bytes=1 << 20)
        self.shop = Shop(self.disk, replace(SETTINGS, log=log))
        for first in range(0, END, 10 * RATE):
            blocks = [(17, start, start + RATE) for start in range(first, first + 10 * RATE, RATE)]
            self.shop.commit(batch_of(blocks))
        self.center = SmallCenter(static)
        self.history = History(MemoryFacts(), self.shop.reader)
        self.center.deps.reads.close()
        deps = replace(
            self.center.deps,
            reader=self.shop.reader,
            lost=self.history.lost,
            reads=type(self.center.deps.reads)(),
            registry=type(self.center.deps.registry)(),
        )
        self.center.deps, self.center.app = deps, build_app(deps)

    def get(self, path: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with self.center.client() as client:
                return await client.get(ONE + path)

        return asyncio.run(ask())

    def named(self, path: str) -> SpanSet:
        """What an answer names as damaged."""
        text = self.get(path).headers.get("x-einthoven-damage", "")
        return SpanSet(tuple(map(int, span.split("-"))) for span in text.split(",") if span)

    def close(self) -> None:
        self.center.deps.reads.close()
        self.shop.close()


@pytest.fixture
def rotten(static: Path) -> Iterator[Rotten]:
    made = Rotten(static)
    yield made
    made.close()


READS = (f"/window?start=0&stop={END}&columns=20000", f"/envelope?start=0&stop={END}&bins=240")


def test_whole_samples_have_no_damage(rotten: Rotten) -> None:
    assert [rotten.named(path) for path in READS] == [SpanSet(), SpanSet()]
    rotten.shop.seal()
    assert [rotten.named(path) for path in READS] == [SpanSet(), SpanSet()]
    assert rotten.center.tally.count("damaged_answers") == 0


def test_a_rotten_block_of_the_log_is_named_before_and_after_sealing(rotten: Rotten) -> None:
    rotten.disk.flip(LOG, 20_000)
    spans = rotten.named(READS[0])
    assert [span.length for span in spans] == [RATE]
    assert rotten.named(READS[1]) == spans
    (hurt,) = spans
    assert hurt.start < 5 * END // 6
    _, _, _, runs = parse_runs(rotten.get(f"/window?start={hurt.start - 9}&stop={hurt.stop + 9}").content)
    for run in runs:
        wanted = signal(17, hurt.start - 9, hurt.stop + 9, 2)[:, run.lead].copy()
        wanted[9:-9] = INVALID_SAMPLE
        np.testing.assert_array_equal(run.values, wanted)
    assert not rotten.named(f"/window?start={hurt.stop}&stop={hurt.stop + 100}")
    rotten.shop.seal()
    assert [rotten.named(path) for path in READS] == [spans, spans]
    hole = {"start": hurt.start, "stop": hurt.stop, "cause": "damaged on the center's disk, not shown"}
    assert rotten.get("").json()["holes"] == [hole | {"declared": False}]


def test_a_rotten_segment_is_named(rotten: Rotten) -> None:
    rotten.shop.seal()
    row = rotten.shop.reader.segments(17)[1]
    path = row.name.signals(2)[0]
    rotten.disk.flip(path, (rotten.disk.size(path) or 0) // 2)
    (hurt,) = rotten.named(READS[0])
    assert row.start <= hurt.start < hurt.stop <= row.stop
    beside = f"/window?start={row.start - 100}&stop={hurt.start + 100}"
    assert rotten.named(beside).covers(hurt.start, hurt.start + 100)
    assert not rotten.named(f"/window?start=0&stop={row.start}")
    assert rotten.center.tally.count("damaged_answers") == 2


def test_rotten_beats_are_named(rotten: Rotten) -> None:
    rotten.shop.seal()
    row = rotten.shop.reader.segments(17)[1]
    rotten.disk.flip(row.name.beats, 4)
    path = f"/beats?start=0&stop={END}"
    assert rotten.named(path) == SpanSet([(row.start, row.stop)])
    assert len(rotten.get(path).json()["samples"]) == 180


def test_damage_is_logged_once_by_name_and_counted_each_time(rotten: Rotten) -> None:
    rotten.disk.flip(LOG, 20_000)
    with structlog.testing.capture_logs() as lines:
        for _ in range(3):
            rotten.named(READS[0])
    (line,) = (line for line in lines if line["event"] == "damage")
    assert (line["log_level"], line["stream"]) == ("error", "s000017")
    assert rotten.center.tally.count("damaged_answers") == 3
