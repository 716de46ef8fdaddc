"""A real center with a few real transmitters in processes of their own, for the tests of this room."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.torture import Plan, Torture
from benchmarks.torture_reckoning import Reckoning, acknowledged_on_disk, reckon

DEADLINE_S = 45.0


@asynccontextmanager
async def house(
    folder: Path,
    seed: int,
    wearers: int = 3,
    data: Path | None = None,
    full: Path | None = None,
    settings: str = "",
) -> AsyncIterator[Torture]:
    """Center and transmitters, up; killed at the end whatever happens."""
    plan = Plan(0, seed, 1, wearers, drain_s=DEADLINE_S, restart_at_end=True)
    run = Torture(plan, folder)
    run.center.full = full
    run.center.data = data or run.center.data
    run.settings += settings
    try:
        await run.set_up()
        yield run
    finally:
        await run.tear_down()


async def until(what: str, asked: Callable[[], Awaitable[bool] | bool], seconds: float = DEADLINE_S) -> None:
    """Ask until it is so; AssertionError naming ``what`` at the deadline."""
    end = time.monotonic() + seconds
    while True:
        answer = asked()
        if answer if isinstance(answer, bool) else await answer:
            return
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        await asyncio.sleep(0.05)


def acknowledged(run: Torture) -> int:
    """Samples that the transmitters wrote down as acknowledged."""
    return sum(
        acknowledged_on_disk(Path(one["spool"])).total for party in run.parties for one in party.wearers
    )


async def settled(run: Torture) -> Reckoning:
    """Everything acknowledged, everything stopped, everything compared."""
    reports = await run.settle()
    wearers = [one for party in run.parties for one in party.wearers]
    return reckon(run.center.data, wearers, reports, run.audit)
