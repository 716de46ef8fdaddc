"""A full disk: the picture goes on, acknowledging stops, it is said; it ends by itself when there is room."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from benchmarks.torture import Torture
from tests.torture.ward_house import acknowledged, house, settled, until

pytestmark = pytest.mark.slow


async def newest(run: Torture) -> int:
    """Center time (ms) of the newest sample of the stream that is shown oldest."""
    states = await run.center.get("/api/streams")
    return min(state["newest_ms"] or 0 for state in states)


async def nobody_stored(run: Torture) -> bool:
    return not any(state["stored"] for state in await run.center.get("/api/streams"))


async def play(run: Torture, fill: Callable[[], None], free: Callable[[], None]) -> None:
    """Full for a few seconds of ECG, then room again."""
    await until("samples are acknowledged", lambda: acknowledged(run) > 500)
    fill()
    told = await run.center.ready(30, want=False)
    assert any(reason.startswith("storing: full") for reason in told["reasons"]), told
    await until("the wall says that samples are not stored", lambda: nobody_stored(run))
    assert "einthoven_storing 0.0" in await run.center.get("/metrics")
    before, shown = acknowledged(run), await newest(run)

    async def goes_on() -> bool:
        return await newest(run) >= shown + 4_000

    await until("the live picture goes on for 4 s", goes_on)
    assert acknowledged(run) == before
    assert not (await run.center.ready(5, want=False))["ready"]
    free()
    await run.center.ready(30)
    await until("acknowledged again", lambda: acknowledged(run) > before + 1_500)
    result = await settled(run)
    assert result.problems == []
    assert result.stored == result.sent


def test_a_disk_that_says_it_is_full(tmp_path: Path) -> None:
    full = tmp_path / "full"

    async def run() -> None:
        async with house(tmp_path, 21, full=full) as ward:
            await play(ward, full.touch, full.unlink)

    asyncio.run(run())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 48 MiB of its own."""
    place = tmp_path / "small"
    place.mkdir()
    made = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(place)], capture_output=True, check=False
        ).returncode
    )
    if not made:
        pytest.skip("no right to mount a small file system here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill_up(ballast: Path) -> None:
    """Write until not a byte more goes in: facts and indexes find no room either."""
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue


def test_a_file_system_without_a_byte_left(tmp_path: Path, small_disk: Path) -> None:
    ballast = small_disk / "ballast"

    async def run() -> None:
        async with house(tmp_path, 22, data=small_disk / "data", settings="disk_reserve_mb = 1\n") as ward:
            await play(ward, lambda: fill_up(ballast), ballast.unlink)

    asyncio.run(run())
