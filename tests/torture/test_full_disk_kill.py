"""Killed while the disk is full: what was acknowledged is there, what is wrong is said until there is room.

A decision of the desk is on record when it was answered with 200; one that was answered with 503 is not yet,
and its page said so. The same holds of samples: what transmitters were told is stored, they have the rest.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import apsw
import httpx
import pytest
from benchmarks.torture import COMPILE_S, Torture
from tests.torture.test_full_disk import fill_up, newest, small_disk
from tests.torture.ward_house import acknowledged, house, settled, until

from einthoven.edges.store.facts_proof import prove

__all__ = ["small_disk"]  # a fixture
pytestmark = pytest.mark.slow
NOT_ON_RECORD = "desk: what people decide is not on record since"
MOST = 200
"""Decisions until a full disk takes no more: a database has some room of its own."""


async def spoke(run: Torture, words: str) -> int:
    """Write down that somebody spoke with the patient, a decision like any other; status of the answer."""
    async with httpx.AsyncClient(timeout=60.0, trust_env=False) as client:
        answer = await client.post(
            f"{run.center.url}/api/desk/patient.contact",
            json={"stream": "s000001", "how": "telephone", "said": f"{words} {'-' * 300}"},
            headers={"origin": run.center.url},
        )
        return answer.status_code


async def until_refused(run: Torture, name: str) -> tuple[list[str], str]:
    """Decide until one is not on record; those that are, and that one."""
    kept: list[str] = []
    for number in range(MOST):
        words = f"{name}-{number}"
        code = await spoke(run, words)
        if code == 503:
            return kept, words
        assert code == 200
        kept.append(words)
    raise AssertionError(f"{MOST} decisions found room on a full disk")


def on_record(run: Torture) -> list[str]:
    """What was said, as the disk has it."""
    path = str(run.center.data / "facts.sqlite")
    connection = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
    try:
        query = "SELECT body FROM deed WHERE kind = 'patient.contacted' ORDER BY number"
        return [json.loads(body)["said"].split(" ")[0] for (body,) in connection.execute(query)]
    finally:
        connection.close()


def faults_of_the_chain(run: Torture) -> list[str]:
    """Where the audit is not whole."""
    connection = apsw.Connection(str(run.center.data / "facts.sqlite"))
    try:
        return prove(connection).faults
    finally:
        connection.close()


async def play(run: Torture, fill: Callable[[], None], free: Callable[[], None]) -> None:
    """Full; dead; started without room; room."""
    await until("samples are acknowledged", lambda: acknowledged(run) > 500)
    assert await spoke(run, "roomy") == 200
    fill()
    told, waiting = await until_refused(run, "full")
    kept = ["roomy", *told]
    assert NOT_ON_RECORD in str((await run.center.ready(30, want=False))["reasons"])
    await run.center.kill()
    assert on_record(run) in (kept, [*kept, waiting])  # the page that waited was not told that it is there
    kept = on_record(run)

    await run.center.start()
    fill()  # what the start has tidied away is no room
    await run.center.ready(COMPILE_S, want=False)
    told, waiting = await until_refused(run, "again")
    assert NOT_ON_RECORD in str((await run.center.ready(5, want=False))["reasons"])
    before, shown = acknowledged(run), await newest(run)

    async def goes_on() -> bool:
        return await newest(run) >= shown + 4_000

    await until("patients are shown for 4 s although nothing is stored", goes_on)
    assert acknowledged(run) == before

    free()
    await run.center.ready(60)
    await until("acknowledged again", lambda: acknowledged(run) > before + 1_500)
    await until("what waited is on record", lambda: on_record(run) == [*kept, *told, waiting])
    result = await settled(run)
    assert result.problems == []
    assert result.stored == result.sent
    assert faults_of_the_chain(run) == []


def test_nothing_that_was_acknowledged_is_lost_and_it_goes_on_by_itself(
    tmp_path: Path, small_disk: Path
) -> None:
    ballast: list[Path] = []

    def fill() -> None:
        ballast.append(small_disk / f"ballast{len(ballast)}")
        fill_up(ballast[-1])

    def free() -> None:
        for one in ballast:
            one.unlink()

    async def run() -> None:
        async with house(tmp_path, 23, data=small_disk / "data", settings="disk_reserve_mb = 1\n") as ward:
            await play(ward, fill, free)

    asyncio.run(run())
