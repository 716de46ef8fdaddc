"""A center that is told to stop does, in order, whoever is on the line."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from tests.torture.ward_house import acknowledged, house, settled, until

pytestmark = pytest.mark.slow
SECONDS = 15.0


async def stop_with_the_dead_on_the_line(folder: Path) -> float:
    async with house(folder, 31, 4) as run:
        await until("samples are acknowledged", lambda: acknowledged(run) > 500)
        run.proxies[0].half_open(center_notices=False)  # these will never answer a good-bye
        run.parties[0].hold()  # nor will these, for now
        began = time.monotonic()
        assert await run.center.finish(SECONDS) == 0
        took = time.monotonic() - began
        run.parties[0].go_on()
        await run.center.start()
        assert (await settled(run)).problems == []
        return took


def test_transmitters_that_hear_nothing_do_not_keep_it(tmp_path: Path) -> None:
    assert asyncio.run(stop_with_the_dead_on_the_line(tmp_path)) < SECONDS
