"""Slow reads hold up nobody, and too many of them are refused at once."""

from __future__ import annotations

import asyncio
import threading

import pytest
from tests.edges.web.small_center import SmallCenter

from einthoven.edges.web.deps import READS_WAITING_MAX, BusyError, Reads


def test_the_center_answers_while_the_disk_does_not(center: SmallCenter) -> None:
    disk = threading.Event()

    def slow(_stream: int) -> list[dict[str, object]]:
        assert disk.wait(10)
        return []

    object.__setattr__(center.deps, "segments", slow)

    async def run() -> None:
        async with center.client() as client:
            waiting = asyncio.create_task(client.get("/api/streams/s000017"))
            for _ in range(10):
                assert (await client.get("/healthz")).status_code == 200
            assert not waiting.done()
            disk.set()
            assert (await waiting).status_code == 200

    asyncio.run(run())


def test_reads_beyond_the_limit_are_refused_and_the_others_finish() -> None:
    disk = threading.Event()

    async def run() -> None:
        reads = Reads(threads=1)
        waiting = [asyncio.create_task(reads.run(lambda: disk.wait(10))) for _ in range(READS_WAITING_MAX)]
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match="64 reads are waiting"):
            await reads.run(lambda: None)
        disk.set()
        assert await asyncio.gather(*waiting) == [True] * READS_WAITING_MAX
        assert await reads.run(lambda: 7) == 7
        reads.close()

    asyncio.run(run())
