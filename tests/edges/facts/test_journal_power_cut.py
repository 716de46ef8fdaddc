"""The journal on a disk that forgets every byte that was not synced: what was told durable is there."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import apsw
import pytest

from einthoven.base.errors import StoreError
from einthoven.center.desk_ports import Posting, Tried
from einthoven.edges.store import schema
from einthoven.edges.store.facts import Facts
from einthoven.edges.store.facts_proof import prove
from einthoven.edges.store.facts_sql import open_writer
from einthoven.testing.disk import ForgetfulDisk, PowerCutError
from einthoven.testing.disk_sqlite import vfs_name
from einthoven.testing.journal_suite import NOON, deed, notice

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""Once the power is gone every call of SQLite's fails, also those that cannot raise."""

PATH = Path("facts.sqlite")
ROUNDS = 10


def work(disk: ForgetfulDisk) -> list[str]:
    """Append, note and try until the power goes; what was told durable."""
    told: list[str] = []
    try:
        facts = Facts(PATH, NOON, vfs=vfs_name(disk))
    except (StoreError, PowerCutError):
        return told

    def done(what: str, error: StoreError | None) -> None:
        if error is None:
            told.append(what)

    try:
        for number in range(1, ROUNDS + 1):
            message = notice(f"n-{number}")
            tried = [Tried(f"n-{number - 1}", Posting.SENT, 1, None, "ok")] if number > 1 else []
            facts.journal.append(
                [deed(2 * number - 1), deed(2 * number)],
                [message],
                lambda error, number=number: done(f"deed {2 * number}", error),  # type: ignore[misc]
                tried,
            )
            facts.journal.note(
                "staff 3", "patient.read", f"s{number:06d}", {}, NOON,
                lambda error, number=number: done(f"look {number}", error),  # type: ignore[misc]
            )  # fmt: skip
            facts.flush()
    except (StoreError, PowerCutError):
        pass
    with suppress(PowerCutError):
        facts.close()
    return told


def survivors(disk: ForgetfulDisk) -> list[str]:
    """What is there after a restart; the chain is whole, deeds and messages are of one piece."""
    facts = Facts(PATH, NOON, vfs=vfs_name(disk))
    deeds = facts.journal.read()
    assert [one.number for one in deeds] == list(range(1, len(deeds) + 1))
    assert len(deeds) % 2 == 0
    for number in range(1, ROUNDS + 1):
        kept = facts.journal.posted(f"n-{number}")
        assert (kept is not None) == (len(deeds) >= 2 * number)
        assert kept is None or (kept.state is Posting.SENT) == (len(deeds) >= 2 * number + 2)
    looks = [
        f"look {int(line.subject[1:])}" for line in facts.reader.audit() if line.action == "patient.read"
    ]
    facts.close()
    connection = apsw.Connection(str(PATH), vfs=vfs_name(disk))
    assert prove(connection).faults == []
    connection.close()
    return [f"deed {one.number}" for one in deeds if one.number % 2 == 0] + looks


def all_steps() -> int:
    disk = ForgetfulDisk()
    assert len(work(disk)) == 2 * ROUNDS
    return disk.steps


@pytest.mark.parametrize("keep", ["none", "some"])
def test_what_was_told_durable_survives_a_power_cut_at_any_step(keep: str) -> None:
    lost_nothing = 0
    for step in range(1, all_steps() + 1, 3):
        disk = ForgetfulDisk(seed=step)
        disk.cut_power_at(step)
        told = work(disk)
        disk.crash(keep)
        assert set(told) <= set(survivors(disk)), step
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


def old_facts(disk: ForgetfulDisk) -> None:
    """Facts of a program without a chain, with lines in their audit."""
    connection = open_writer(PATH, vfs_name(disk))
    schema.migrate(connection, NOON, schema.MIGRATIONS[:3])
    with connection:
        connection.executemany(
            "INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, 'nurse', 'x.y', 'z', '{}')",
            [(NOON + number,) for number in range(40)],
        )
    connection.close()


def test_a_power_cut_while_old_lines_are_chained_loses_none_of_them() -> None:
    whole = ForgetfulDisk()
    old_facts(whole)
    begun = whole.steps
    Facts(PATH, NOON, vfs=vfs_name(whole)).close()
    cut = 0
    for step in range(1, whole.steps - begun + 1, 2):
        disk = ForgetfulDisk(seed=step)
        old_facts(disk)
        disk.cut_power_at(step)
        with suppress(StoreError, PowerCutError, apsw.Error):
            Facts(PATH, NOON, vfs=vfs_name(disk)).close()
            cut -= 1
        cut += 1
        disk.crash("some")
        facts = Facts(PATH, NOON, vfs=vfs_name(disk))
        assert [line.at - NOON for line in facts.reader.audit()] == list(range(40))
        facts.close()
        connection = apsw.Connection(str(PATH), vfs=vfs_name(disk))
        assert prove(connection).faults == []
        connection.close()
    assert cut > 3
