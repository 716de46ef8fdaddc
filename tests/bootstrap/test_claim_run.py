"""What checks claims runs beside the desk: what goes wrong there stops nobody from being watched."""

from __future__ import annotations

import asyncio
import contextlib
from types import SimpleNamespace
from typing import Any

import pytest

from einthoven.base.errors import StoreError
from einthoven.bootstrap.claims import ClaimRun
from einthoven.testing.web import HandClock


@pytest.mark.parametrize("error", [StoreError("the disk is away"), KeyError(7)], ids=["disk", "defect"])
def test_a_look_that_fails_ends_nothing(error: Exception) -> None:
    looked, defects, twice = list[int](), list[str](), asyncio.Event()

    def ended(since: int) -> Any:
        looked.append(since)
        if len(looked) == 2:
            loops[0].call_soon_threadsafe(twice.set)
        raise error

    loops = list[asyncio.AbstractEventLoop]()
    claims: Any = SimpleNamespace(
        post=lambda _now: False,
        looks=lambda _now: True,
        source=SimpleNamespace(ended=ended),
        desk=SimpleNamespace(failed=lambda what, _error: defects.append(what)),
    )

    async def play() -> None:
        unused: Any = None
        loops.append(asyncio.get_running_loop())
        task = asyncio.create_task(ClaimRun(claims, unused, HandClock(), unused).run())
        await asyncio.wait_for(twice.wait(), 60)
        assert not task.done()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(play())
    assert (defects != []) is isinstance(error, KeyError)
