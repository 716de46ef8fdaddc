"""Facts on a disk that forgets every byte that was not synced."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import apsw
import pytest

from einthoven.base.errors import StoreError
from einthoven.center.enroll import enroll
from einthoven.edges.store.facts import Facts
from einthoven.testing.disk import ForgetfulDisk, PowerCutError
from einthoven.testing.disk_sqlite import vfs_name
from einthoven.testing.facts_suite import NOON, mark, request, status

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""Once the power is gone every call of SQLite's fails, also those that cannot raise."""

PATH = Path("facts.sqlite")


def work(disk: ForgetfulDisk) -> list[int]:
    """Enroll and record events until the power goes; the numbers of the events told durable."""
    told: list[int] = []
    try:
        facts = Facts(PATH, NOON, vfs=vfs_name(disk))
    except (StoreError, PowerCutError):
        return told
    try:
        enroll(facts, request(), NOON)
        for number in range(1, 13):
            event = mark(1, number) if number % 3 == 0 else status(1, number)
            facts.record_events([event], lambda error, number=number: error or told.append(number))
            facts.flush()
    except (StoreError, PowerCutError):
        pass
    with suppress(PowerCutError):
        facts.close()
    return told


def survivors(disk: ForgetfulDisk) -> list[int]:
    facts = Facts(PATH, NOON, vfs=vfs_name(disk))
    found = facts.reader.events(1, ("mark", "status")) if facts.all() else []
    assert facts.reader.ask("PRAGMA integrity_check") == [("ok",)]
    facts.close()
    return sorted(event.number for event in found)


def steps() -> int:
    disk = ForgetfulDisk()
    assert work(disk) == list(range(1, 13))
    return disk.steps


@pytest.mark.parametrize("keep", ["none", "some"])
def test_what_was_told_durable_survives_a_power_cut_at_any_step(keep: str) -> None:
    lost_nothing = 0
    for step in range(1, steps() + 1, 3):
        disk = ForgetfulDisk(seed=step)
        disk.cut_power_at(step)
        told = work(disk)
        disk.crash(keep)
        kept = survivors(disk)
        assert kept == list(range(1, len(kept) + 1)), step
        assert set(told) <= set(kept), step
        lost_nothing += bool(told)
    assert lost_nothing > 10


def test_without_the_sync_it_would_be_lost() -> None:
    disk = ForgetfulDisk()
    disk.syncing_databases = False
    told = work(disk)
    assert told
    disk.crash("none")
    try:
        kept = survivors(disk)
    except (StoreError, apsw.Error):
        kept = []
    assert not set(told) <= set(kept)
