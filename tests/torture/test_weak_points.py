"""The center dies between two given instructions of storing, acknowledging and sealing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from benchmarks.torture import Torture
from benchmarks.torture_reckoning import acknowledged_on_disk, outside
from tests.torture.ward_house import house, settled

from einthoven.base.ids import stream_name
from einthoven.base.spans import SpanSet
from einthoven.edges.store.facts_reader import FactsReader
from einthoven.edges.store.store import open_reader

pytestmark = pytest.mark.slow

STORING = (
    "log-append:1:after",  # a new file without a header
    "log-write:5:half",  # a torn commit
    "log-write:3:after",  # written, not synced
    "log-sync:4:after",  # durable, not acknowledged
)
SEALING = (
    "seal-sync:1:after",  # a segment is whole, its row not yet in force
    "log-unlink:1:before",  # all in segments, the log file still there
)


def unkept(run: Torture) -> list[str]:
    """Promises broken as the folder lies there: samples acknowledged and not stored."""
    facts = FactsReader(run.center.data / "facts.sqlite")
    reader = open_reader(run.center.data)
    found = []
    for one in run.parties[0].wearers:
        told = acknowledged_on_disk(Path(one["spool"]))
        holes = SpanSet((start, stop) for start, stop, _ in facts.holes(one["stream"]))
        broken = outside(told, reader.stored(one["stream"]), holes)
        found += [f"{stream_name(one['stream'])} {start}–{stop}" for start, stop in broken]
    facts.close()
    return found


async def die_at(folder: Path, points: tuple[str, ...], seed: int) -> None:
    async with house(folder, seed) as run:
        for point in points:
            await run.center.kill()
            run.audit.look(run.center.data)
            await run.center.start(point)
            assert await run.center.ended(45) == -9, f"{point}: {run.center.tail()}"
            run.audit.look(run.center.data)
            assert unkept(run) == [], point
        result = await settled(run)
        assert result.problems == []
        assert result.stored == result.sent > 1_000


@pytest.mark.parametrize("points", [STORING, SEALING], ids=["storing", "sealing"])
def test_no_promise_is_broken_wherever_the_center_dies(tmp_path: Path, points: tuple[str, ...]) -> None:
    asyncio.run(die_at(tmp_path, points, len(points)))
