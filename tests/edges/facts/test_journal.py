"""The journal in SQLite and in memory: the common suite, then what only a file can show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from einthoven.base.chain import Head
from einthoven.base.errors import StoreError, StoreFullError, UnfitError
from einthoven.center.desk_ports import Posting, Tried
from einthoven.center.enroll import enroll
from einthoven.edges.store import schema
from einthoven.edges.store.facts import Facts
from einthoven.edges.store.facts_chain import head
from einthoven.edges.store.facts_desk import SqlJournalReader
from einthoven.edges.store.facts_reader import FactsReader
from einthoven.testing.facts import MemoryFacts
from einthoven.testing.facts_suite import mark, request, stored
from einthoven.testing.journal_suite import (
    NOON,
    Answers,
    JournalSuite,
    appended,
    assert_chained,
    deed,
    notice,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "facts.sqlite"


@pytest.fixture
def opened(path: Path) -> Iterator[Facts]:
    facts = Facts(path, NOON)
    yield facts
    facts.close()
    assert facts.defects == 0


class TestSqliteJournal(JournalSuite):
    @pytest.fixture
    def facts(self, opened: Facts) -> Facts:
        return opened


class TestMemoryJournal(JournalSuite):
    @pytest.fixture
    def facts(self) -> MemoryFacts:
        return MemoryFacts()


def test_the_journal_is_there_after_opening_anew_and_beside_a_center(path: Path) -> None:
    facts = Facts(path, NOON)
    assert appended(facts, [deed(1, x=1), deed(2)], [notice()]) is None
    facts.journal.alive(NOON + 5)
    facts.flush()
    beside = FactsReader(path)
    journal = SqlJournalReader(beside.ask)
    assert (journal.read(), journal.last(), journal.last_alive()) == ([deed(1, x=1), deed(2)], 2, NOON + 5)
    facts.close()
    facts = Facts(path, NOON)
    assert facts.journal.read() == journal.read()
    assert appended(facts, [deed(3)]) is None
    assert journal.last() == 3
    beside.close()
    facts.close()
    told = Answers()
    facts.journal.append([deed(4)], [], told)
    facts.journal.note("staff 3", "patient.read", "s000001", {}, NOON, told)
    assert all(isinstance(one, StoreError) for one in told)
    assert len(told) == 2


def texts_of(facts: Facts) -> list[bytes]:
    return [row[0] for row in facts.reader.ask("SELECT CAST(detail AS BLOB) FROM audit ORDER BY seq")]


def test_every_kind_of_change_is_in_one_chain(opened: Facts) -> None:
    enroll(opened, request("T-1"), NOON)
    assert appended(opened, [deed(1), deed(2)]) is None
    assert stored(opened, mark(1, 1)) is None
    enroll(opened, request("T-2"), NOON)
    lines = opened.reader.audit()
    assert {line.action for line in lines} >= {"patient.add", "period.open", "case.taken", "event.mark"}
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
    assert_chained(lines, texts_of(opened))


def test_what_is_undone_leaves_no_gap_in_the_chain(opened: Facts) -> None:
    told = Answers()
    for number in range(1, 40):
        opened.journal.append([deed(number // 2 + 1)], [], told)  # every second one does not follow
        opened.journal.note("staff 3", "patient.read", "s000001", {"n": number}, NOON, told)
    opened.flush()
    assert {type(one) for one in told} == {type(None), UnfitError}
    assert_chained(opened.reader.audit(), texts_of(opened))
    assert [one.number for one in opened.journal.read()] == list(range(1, 21))


def test_lines_from_before_the_chain_are_chained_as_they_stand(path: Path) -> None:
    writer = apsw.Connection(str(path))
    schema.migrate(writer, NOON, schema.MIGRATIONS[:3])
    insert = "INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, 'nurse', 'x.y', ?, ?)"
    rows = [(NOON + number, f"s{number:06d}", f'{{"n": {number}, "text": "ä 心"}}') for number in range(2500)]
    with writer:
        writer.executemany(insert, rows)
    old = writer.execute("SELECT seq, at, actor, action, subject, detail FROM audit").fetchall()
    writer.close()
    facts = Facts(path, NOON + 1)
    now = facts.reader.ask("SELECT seq, at, actor, action, subject, detail FROM audit ORDER BY seq")
    assert now == old
    assert facts.reader.ask("SELECT name FROM sqlite_schema WHERE name = 'audit_unchained'") == []
    assert appended(facts, [deed(1)]) is None
    lines = facts.reader.audit(limit=9999)
    assert lines[-1].seq == 2501
    assert_chained(lines, texts_of(facts))
    facts.close()
    with apsw.Connection(str(path)) as connection:
        assert head(connection) == Head(2501, lines[-1].hash)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit SET actor = 'x' WHERE seq = 1",
        "UPDATE audit SET hash = zeroblob(32) WHERE seq = 1",
        "DELETE FROM audit WHERE seq = 1",
        "INSERT INTO audit (at, actor, action, subject, detail) VALUES (1, 'a', 'b', 'c', '{}')",
        "INSERT INTO audit (at, actor, action, subject, detail, hash) VALUES (1, 'a', 'b', 'c', '{}', x'00')",
        "UPDATE deed SET kind = 'x' WHERE number = 1",
        "DELETE FROM deed WHERE number = 1",
        "INSERT INTO deed VALUES (3, 1, 'a', 'b', 'c', '{}', 1)",
        "INSERT INTO deed VALUES (2, 1, 'a', 'b', 'c', '{}', 1)",
        "INSERT INTO deed VALUES (2, 1, 'a', 'b', 'c', '{}', 9)",
        "UPDATE outbox SET content = '{}'",
        "UPDATE outbox SET state = 'queued', next_at = 1 WHERE id = 'n-2'",
        "DELETE FROM outbox",
    ],
)
def test_the_schema_itself_refuses(opened: Facts, path: Path, sql: str) -> None:
    assert appended(opened, [deed(1)], [notice(), notice("n-2")]) is None
    assert appended(opened, [], tried=[Tried("n-2", Posting.SENT, 1, None, "ok")]) is None
    other = apsw.Connection(str(path))
    other.pragma("foreign_keys", True)
    with pytest.raises(apsw.ConstraintError):
        other.execute(sql)
    other.close()


def test_a_full_disk_is_told_to_everybody_and_works_again_afterwards(opened: Facts) -> None:
    def full(connection: apsw.Connection) -> None:
        raise apsw.FullError("no room")

    told, failed = Answers(), []
    opened.flush()
    opened._thread.submit(lambda _connection: None, lambda _result, _error: None)
    opened._thread.submit(full, lambda _result, error: failed.append(error))
    opened.flush()
    assert [type(one) for one in failed] == [StoreFullError]
    opened.journal.append([deed(1)], [], told)
    opened.flush()
    assert told == [None]


def test_done_is_delivered_where_it_belongs(path: Path) -> None:
    waiting: list[Callable[[], None]] = []
    facts, told = Facts(path, NOON, deliver=waiting.append), Answers()
    facts.journal.append([deed(1)], [], told)
    facts.journal.note("staff 3", "patient.read", "s000001", {}, NOON, told)
    facts.flush()
    assert (len(waiting), told) == (2, [])
    for act in waiting:
        act()
    assert told == [None, None]
    facts.close()


def test_a_loop_that_is_closed_is_no_defect(path: Path) -> None:
    def closed(_act: Callable[[], None]) -> None:
        raise RuntimeError("Event loop is closed")

    facts = Facts(path, NOON, deliver=closed)
    facts.journal.append([deed(1)], [], Answers())
    facts.close()
    assert facts.defects == 0
