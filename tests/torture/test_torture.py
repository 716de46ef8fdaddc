"""The loss proof in short (`make torture` is the long one): real processes, SIGKILL, bad networks."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from benchmarks.torture import ACTS, Plan, Torture
from benchmarks.torture_reckoning import LogAudit, Reckoning, reckon

SEED = 11
pytestmark = pytest.mark.slow


async def played(folder: Path) -> tuple[Torture, list[dict]]:
    """A short torture and what the transmitters' memories said at its end."""
    # A transmitter that is not told of a broken connection notices after 90 s: not in the short version.
    acts = {name: weight for name, weight in ACTS.items() if name != "half_open_far"}
    plan = Plan(8, SEED, 2, 3, (0.1, 0.8), drain_s=60.0, restart_at_end=True, acts=acts)
    run = Torture(plan, folder)
    try:
        await run.set_up()
        await run.play(lambda _: None)
        reports = await run.settle()
    finally:
        await run.tear_down()
    return run, reports


@pytest.fixture(scope="module")
def torture(tmp_path_factory: pytest.TempPathFactory) -> tuple[Torture, list[dict]]:
    return asyncio.run(played(tmp_path_factory.mktemp("torture")))


def reckoned(torture: tuple[Torture, list[dict]]) -> Reckoning:
    run, reports = torture
    wearers = [one for party in run.parties for one in party.wearers]
    return reckon(run.center.data, wearers, reports, LogAudit(dict(run.audit.blocks)))


def test_nothing_is_lost_or_doubled_and_every_hole_is_explained(torture) -> None:
    result = reckoned(torture)
    assert result.problems == []
    assert (result.lost, result.doubled, result.wrong, result.acknowledged_not_stored) == (0, 0, 0, 0)
    assert result.stored == result.sent > 5_000
    run = torture[0]
    assert sum(run.done[name] for name in run.done if "kill" in name or "weak" in name) >= 3
    assert set(result.holes) <= {"reset"}


def test_no_process_met_a_defect(torture) -> None:
    run = torture[0]
    assert [fault for child in (run.center, *run.parties) for fault in child.faults()] == []


def test_the_reckoning_notices_a_sample_that_never_came(torture) -> None:
    run, reports = torture
    more = json.loads(json.dumps(reports))
    more[0]["acquired"] += 7
    result = reckoned((run, more))
    assert result.lost == 7
    assert "lost" in result.problems[0]


def test_the_reckoning_notices_an_acknowledgement_of_nothing(torture) -> None:
    run, reports = torture
    more = json.loads(json.dumps(reports))
    stop = more[1]["acquired"]
    more[1]["durable"].append([stop, stop + 3])
    assert reckoned((run, more)).acknowledged_not_stored == 3


def test_the_reckoning_notices_a_block_stored_twice(torture) -> None:
    run, reports = torture
    twice = dict(run.audit.blocks)
    place, block = next(iter(twice.items()))
    twice[place[0] + 1_000_000, place[1]] = block
    wearers = [one for party in run.parties for one in party.wearers]
    result = reckon(run.center.data, wearers, reports, LogAudit(twice))
    assert result.doubled == block[2]


def test_the_reckoning_notices_samples_of_somebody_else(torture) -> None:
    run, reports = torture
    wearers = [one | {"source": dict(one["source"])} for party in run.parties for one in party.wearers]
    wearers[0]["source"]["seed"] += 1
    result = reckon(run.center.data, wearers, reports, run.audit)
    assert result.wrong > 1_000
    assert any("other samples" in problem for problem in result.problems)
