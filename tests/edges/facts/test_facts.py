"""The facts in SQLite: the common suite, then what only a file can show."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from einthoven.base.errors import OursError, StoreDamagedError, StoreError, StoreFullError
from einthoven.center.enroll import enroll
from einthoven.center.found import Asked, Reason, Replaced, Told, Withdrawal
from einthoven.center.ports import StreamEvent
from einthoven.edges.store import schema
from einthoven.edges.store.facts import Facts
from einthoven.edges.store.facts_reader import FactsReader
from einthoven.edges.store.facts_sql import check_library, open_writer
from einthoven.enrollment.people import Patient
from einthoven.testing.facts import MemoryFacts
from einthoven.testing.facts_suite import (
    LAYOUT,
    NOON,
    FactsSuite,
    hole,
    mark,
    request,
    status,
    stored,
)
from einthoven.testing.findings_suite import FindingsSuite, found, keep
from einthoven.testing.person_suite import PersonSuite


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "facts.sqlite"


@pytest.fixture
def opened(path: Path) -> Iterator[Facts]:
    facts = Facts(path, NOON)
    yield facts
    facts.close()


class TestSqliteFacts(FactsSuite, FindingsSuite, PersonSuite):
    @pytest.fixture
    def facts(self, opened: Facts) -> Facts:
        return opened


class TestMemoryFacts(FactsSuite, FindingsSuite, PersonSuite):
    @pytest.fixture
    def facts(self) -> MemoryFacts:
        return MemoryFacts()


def test_everything_is_there_after_opening_anew(path: Path) -> None:
    facts = Facts(path, NOON)
    enroll(facts, request(), NOON)
    assert stored(facts, mark(1, 1), status(1, 2), hole(1, 3, 5, 9)) is None
    before = (facts.all(), facts.reader.events(1), facts.reader.audit(), facts.reader.last_status(1))
    facts.close()
    facts.close()
    facts = Facts(path, NOON)
    assert (facts.all(), facts.reader.events(1), facts.reader.audit(), facts.reader.last_status(1)) == before
    assert stored(facts, status(1, 4)) is None
    facts.close()
    assert stored_after_close(facts) is not None


def stored_after_close(facts: Facts) -> StoreError | None:
    told: list[StoreError | None] = []
    facts.record_events([mark(1, 9)], told.append)
    return told[0]


def test_another_process_reads_while_this_one_writes(opened: Facts, path: Path) -> None:
    enroll(opened, request(), NOON)
    script = (
        "import sys; from pathlib import Path; from einthoven.edges.store.facts_reader import FactsReader\n"
        "reader = FactsReader(Path(sys.argv[1]))\n"
        "print(reader.stream(1).patient, flush=True); sys.stdin.readline()\n"
        "print(reader.last_event(1), flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == "Doe, Jane\n"
        assert stored(opened, *(status(1, number) for number in range(1, 200))) is None
        child.stdin.write("go\n")
        child.stdin.flush()
        assert child.stdout.readline() == "199\n"


def test_a_reader_needs_facts(path: Path) -> None:
    with pytest.raises(StoreError, match=r"facts\.sqlite"):
        FactsReader(path)
    apsw.Connection(str(path)).execute("CREATE TABLE x (a)")
    with pytest.raises(StoreError, match="holds no facts"):
        FactsReader(path)


def test_a_copy_on_a_read_only_medium_can_be_read(opened: Facts, path: Path, tmp_path: Path) -> None:
    enroll(opened, request(), NOON)
    folder = tmp_path / "shelf"
    folder.mkdir()
    opened.backup(folder / "facts.sqlite")
    assert sorted(entry.name for entry in folder.iterdir()) == ["facts.sqlite"]
    reader = FactsReader(folder / "facts.sqlite")
    assert reader.all() == opened.all()
    reader.close()


def test_a_backup_is_whole_while_events_pour_in(opened: Facts, tmp_path: Path) -> None:
    enroll(opened, request(), NOON)
    going = threading.Event()

    def pour() -> None:
        number = 0
        while not going.is_set():
            opened.record_events([status(1, number + 1), status(1, number + 2)], lambda _error: None)
            number += 2
            opened.flush()

    writer = threading.Thread(target=pour)
    writer.start()
    try:
        for turn in range(5):
            opened.backup(tmp_path / f"copy{turn}.sqlite")
    finally:
        going.set()
        writer.join()
    for turn in range(5):
        copy = apsw.Connection(str(tmp_path / f"copy{turn}.sqlite"))
        assert copy.pragma("integrity_check") == "ok"
        rows = copy.execute("SELECT count(*), ifnull(max(number), 0) FROM event").fetchall()
        assert rows[0][0] == rows[0][1]
        assert rows[0][0] % 2 == 0
    with pytest.raises(StoreError, match="nowhere"):
        opened.backup(tmp_path / "nowhere" / "x.sqlite")


APPEND_ONLY = [
    "UPDATE audit SET actor = 'somebody else'",
    "DELETE FROM audit",
    "UPDATE event SET sample = 0",
    "DELETE FROM event",
    "UPDATE service_period SET cause = 'closed' WHERE ended IS NOT NULL",
    "UPDATE service_period SET ended = NULL, cause = NULL WHERE ended IS NOT NULL",
    "INSERT INTO audit (at, actor, action, subject, detail) VALUES (1, 'a', 'b', 'c', 'not json')",
    "INSERT INTO service_period (patient, transmitter, started, limit_at, decision) "
    "VALUES (1, 'T-100', 1, 2, '{}')",
    "INSERT INTO stream (period, layout, public_key) VALUES (99, '{}', zeroblob(32))",
    "INSERT INTO event VALUES (1, -1, 1, 0, 0, 1, '[]')",
    "DELETE FROM patient",
]


@pytest.mark.parametrize("sql", APPEND_ONLY)
def test_the_schema_itself_refuses(opened: Facts, path: Path, sql: str) -> None:
    enroll(opened, request(), NOON)
    enroll(opened, request(), NOON)
    stored(opened, mark(1, 1))
    writer = open_writer(path)
    with pytest.raises(apsw.ConstraintError):
        writer.execute(sql)
    writer.close()


def test_marks_keep_their_audit_even_if_told_twice(opened: Facts) -> None:
    enroll(opened, request(), NOON)
    stored(opened, mark(1, 1))
    stored(opened, mark(1, 1))
    lines = [line for line in opened.reader.audit() if line.action == "event.mark"]
    assert [(line.actor, line.subject, line.detail["text"]) for line in lines] == [
        ("transmitter T-100", "s000001", "ä 心")
    ]


def test_a_replaced_patient_is_in_the_audit_as_before(opened: Facts) -> None:
    enroll(opened, request(telephone="555 0100"), NOON)
    enroll(opened, request(telephone="555 0199", address="1 Main St"), NOON)
    line = next(line for line in opened.reader.audit() if line.action == "patient.update")
    was, now = line.detail["was"], line.detail["is"]
    assert isinstance(was, dict)
    assert isinstance(now, dict)
    assert (was["telephone"], now["telephone"], now["address"]) == ("555 0100", "555 0199", "1 Main St")


MIGRATION_CASES = [
    (
        "newer",
        "UPDATE schema_version SET version = 99 WHERE version = 1",
        "schema 99 .* newer than this program",
    ),
    ("edited", "UPDATE schema_version SET checksum = 'x'", "applied with other statements"),
]


@pytest.mark.parametrize(("sql", "want"), [row[1:] for row in MIGRATION_CASES], ids=["newer", "edited"])
def test_a_schema_that_is_not_ours_stops_the_start(path: Path, sql: str, want: str) -> None:
    Facts(path, NOON).close()
    writer = apsw.Connection(str(path))
    writer.execute(sql)
    writer.close()
    with pytest.raises(StoreError, match=want):
        Facts(path, NOON)
    with pytest.raises(StoreError, match=want):
        FactsReader(path)


def test_migrations_apply_once_each_and_whole_or_not_at_all(path: Path) -> None:
    connection = apsw.Connection(str(path))
    one = schema.Migration(1, "one", "CREATE TABLE a (x)")
    two = schema.Migration(2, "two", "CREATE TABLE b (x); INSERT INTO nowhere VALUES (1)")
    assert schema.migrate(connection, NOON, (one,)) == [1]
    with pytest.raises(apsw.SQLError):
        schema.migrate(connection, NOON, (one, two))
    assert not connection.table_exists("main", "b")
    good = schema.Migration(2, "two", "CREATE TABLE b (x)")
    assert schema.migrate(connection, NOON, (one, good)) == [2]
    assert schema.migrate(connection, NOON, (one, good)) == []
    rows = connection.execute("SELECT version, applied FROM schema_version").fetchall()
    assert rows == [(1, NOON), (2, NOON)]


def test_released_migrations_are_as_they_were() -> None:
    assert [(one.version, one.checksum[:16]) for one in schema.MIGRATIONS] == CHECKSUMS


CHECKSUMS = [
    (1, "856a5930040a8414"),
    (2, "4940a1c0de5fd906"),
    (3, "949a4cc34dc56a84"),
    (4, "944d90febd91b24a"),
    (5, "22fa0112060ff4f1"),
    (6, "bded6eaf23d59bb4"),
    (7, "01fcd9e93e8b657e"),
]


def test_facts_from_before_findings_are_brought_up_to_date(path: Path) -> None:
    writer = apsw.Connection(str(path))
    schema.migrate(writer, NOON, schema.MIGRATIONS[:1])
    writer.close()
    facts = Facts(path, NOON + 1)
    enroll(facts, request(), NOON)
    assert facts.reader.findings(1) == []
    facts.close()
    reader = apsw.Connection(str(path))
    assert reader.execute("SELECT version, applied FROM schema_version").fetchall() == [
        (1, NOON),
        (2, NOON + 1),
        (3, NOON + 1),
        (4, NOON + 1),
        (5, NOON + 1),
        (6, NOON + 1),
        (7, NOON + 1),
    ]


def test_what_gave_way_before_reasons_were_kept_is_told_with_a_common_one(path: Path) -> None:
    writer = apsw.Connection(str(path))
    schema.migrate(writer, NOON, schema.MIGRATIONS[:2])
    writer.close()
    facts = Facts(path, NOON + 1)
    enroll(facts, request(), NOON)
    keep(facts, Told(1, found(1000, 2000)), Replaced(1, 0, 9000, None))
    with apsw.Connection(str(path)) as other:
        other.execute("UPDATE finding SET reason = NULL, taken_back = NULL")
    (one,) = facts.reader.asked_findings(1, Asked(gave_way=True))
    assert one.withdrawal == Withdrawal(Reason.LOST, gave_way=True)
    facts.close()


def test_a_finding_from_before_limits_were_kept_is_told_without_them(opened: Facts, path: Path) -> None:
    enroll(opened, request(), NOON)
    assert keep(opened, Told(1, found(1000))) is None
    with apsw.Connection(str(path)) as other:
        other.execute("UPDATE finding SET evidence = '[3.0, 170.5]', version = 'live-0.OLD/2019.9'")
    (one,) = opened.reader.findings(1)
    assert (one.version, one.limits) == ("?/live-0.OLD/2019.9", {})
    assert one.values["rate_bpm"] == 170.5


@pytest.mark.parametrize("version", ["3.40.1", "3.51.2", "3.7.0"])
def test_an_sqlite_with_the_wal_fault_is_refused(version: str) -> None:
    with pytest.raises(StoreError, match=f"SQLite {version} can corrupt"):
        check_library(version)


def test_this_sqlite_is_new_enough() -> None:
    check_library(apsw.sqlite_lib_version())
    check_library("3.51.3")
    check_library("4.0")
    assert sqlite3.sqlite_version != apsw.sqlite_lib_version()  # apsw brings its own


def test_every_commit_is_synced(path: Path) -> None:
    writer = open_writer(path)
    assert writer.pragma("journal_mode") == "wal"
    assert writer.pragma("synchronous") == 2  # FULL
    assert writer.pragma("foreign_keys") == 1
    writer.close()


def test_what_a_killed_process_left_in_the_log_is_durable_before_anything_is_told(
    path: Path, tmp_path: Path
) -> None:
    code = (
        "import os, sys; from pathlib import Path; from einthoven.edges.store.facts_sql import open_writer; "
        "w = open_writer(Path(sys.argv[1])); w.execute('CREATE TABLE t (x); INSERT INTO t VALUES (7)'); "
        "os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == -9
    writer = open_writer(path)
    alone = tmp_path / "without its log.sqlite"
    alone.write_bytes(path.read_bytes())
    there = apsw.Connection(str(alone))
    assert there.execute("SELECT x FROM t").fetchall() == [(7,)]
    there.close()
    writer.close()


def test_damage_is_named(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreDamagedError, match=r"facts\.sqlite"):
        Facts(path, NOON)


def test_a_full_disk_is_told_and_recovers_without_a_hand(opened: Facts) -> None:
    enroll(opened, request(), NOON)
    opened._thread.call(lambda connection: connection.pragma("max_page_count", 50))
    numbers = iter(range(1, 10**6))
    failure = None
    while failure is None:
        failure = stored(opened, *(status(1, next(numbers)) for _ in range(500)))
    assert isinstance(failure, StoreFullError)
    last = opened.reader.last_event(1)
    assert last % 500 == 0
    assert isinstance(stored(opened, *(status(1, last + 1 + n) for n in range(500))), StoreFullError)
    with pytest.raises(StoreFullError):
        opened.unit(lambda unit: [unit.add_patient(Patient("x" * 200)) for _ in range(500)], "test", NOON)
    opened._thread.call(lambda connection: connection.pragma("max_page_count", 10**6))
    assert stored(opened, *(status(1, last + 1 + n) for n in range(500))) is None
    assert opened.reader.last_event(1) == last + 500


def test_a_layout_that_could_not_be_stored_is_forgotten_again(opened: Facts) -> None:
    enroll(opened, request(), NOON)
    enrolled = opened.stream(1)
    opened._thread.call(lambda connection: connection.pragma("max_page_count", 1))
    told: list[StoreError | None] = []
    gate = threading.Event()
    opened._thread.submit(lambda _connection: gate.wait(10), lambda _result, _error: None)
    filler = [StreamEvent(1, n, "mark", 0, NOON, {"text": "x" * 200}) for n in range(1, 200)]
    opened.record_events(filler, told.append)
    opened.declare_layout_soon(1, LAYOUT, 1, None, NOON, told.append)
    declared = opened.stream(1)
    gate.set()
    opened.flush()
    assert declared is not None
    assert declared.layout == LAYOUT
    assert [type(error) for error in told] == [StoreFullError, StoreFullError]
    assert opened.stream(1) == enrolled


def test_done_is_told_through_deliver_in_order(path: Path) -> None:
    waiting: list[object] = []
    facts = Facts(path, NOON, deliver=waiting.append)
    enroll(facts, request(), NOON)
    told: list[int] = []
    for number in range(1, 20):
        facts.record_events([status(1, number)], lambda _error, number=number: told.append(number))
    facts.flush()
    assert told == []
    for act in waiting:
        act()  # type: ignore[operator]
    assert told == list(range(1, 20))
    facts.close()


def test_a_closed_loop_does_not_stop_the_facts(path: Path) -> None:
    def closed(act: object) -> None:
        raise RuntimeError("Event loop is closed")

    facts = Facts(path, NOON, deliver=closed)
    enroll(facts, request(), NOON)
    facts.record_events([status(1, 1)], lambda _error: None)
    facts.flush()
    assert facts.reader.last_event(1) == 1
    facts.close()


def test_a_done_that_raises_does_not_stop_the_facts(opened: Facts) -> None:
    enroll(opened, request(), NOON)

    def done(error: StoreError | None) -> None:
        raise KeyError("a defect of the caller")

    opened.record_events([status(1, 1)], done)
    assert stored(opened, status(1, 2)) is None
    assert opened.defects == 1


def test_one_bad_change_does_not_spoil_its_batch(opened: Facts) -> None:
    enroll(opened, request(), NOON)
    told: dict[int, StoreError | None] = {}
    gate = threading.Event()
    opened._thread.submit(lambda _connection: gate.wait(10), lambda _result, _error: None)
    for number in range(1, 6):
        event = status(99, 1) if number == 3 else status(1, number - (number > 3))
        opened.record_events([event], lambda error, number=number: told.update({number: error}))
    gate.set()
    opened.flush()
    assert [number for number, error in told.items() if error is not None] == [3]
    assert [event.number for event in opened.reader.events(1, ("status",))] == [1, 2, 3, 4]


def test_the_facts_thread_does_not_wait_for_itself(opened: Facts) -> None:
    with pytest.raises(OursError, match="wait for itself"):
        opened.unit(lambda _unit: opened.flush(), "test", NOON)


def test_statuses_of_ten_thousand_transmitters_are_cheap(opened: Facts) -> None:
    enroll(opened, request(), NOON)
    began = time.monotonic()
    for first in range(1, 4001, 50):
        opened.record_events([status(1, first + n) for n in range(50)], lambda _error: None)
    opened.flush()
    assert 4000 / (time.monotonic() - began) > 200  # one a minute from 10,000 is 167 a second
    size = opened.reader.ask("SELECT sum(pgsize) FROM dbstat WHERE name = 'event'")[0][0]
    assert size / 4000 < 80


KILLED = """
import sys
from pathlib import Path
from einthoven.center.enroll import enroll
from einthoven.edges.store.facts import Facts
from einthoven.testing.facts_suite import NOON, mark, request, status
facts = Facts(Path(sys.argv[1]), NOON, deliver=lambda act: act())
first = facts.reader.last_event(1) if facts.all() else 0
if not facts.all():
    enroll(facts, request(), NOON)
for number in range(first + 1, 10**9):
    event = mark(1, number) if number % 5 == 0 else status(1, number)
    def done(error, number=number):
        print(number if error is None else error, flush=True)
    facts.record_events([event], done)
    if number % 7 == 0:
        facts.flush()
"""


def test_kill_9_loses_no_event_that_was_told_durable(path: Path) -> None:
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    for turn in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True, env=env
        ) as child:
            assert child.stdout is not None
            told = [int(child.stdout.readline()) for _ in range(40 + 31 * turn)]
            child.kill()
            told += [int(line) for line in child.stdout.read().split("\n")[:-1]]
        reader = FactsReader(path)
        numbers = [event.number for event in reader.events(1, ("mark", "status", "hole"))]
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
        assert set(told) <= set(numbers)
        marks = [line.detail["number"] for line in reader.audit(limit=10**6) if line.action == "event.mark"]
        assert marks == [number for number in sorted(numbers) if number % 5 == 0]
        assert reader.ask("PRAGMA integrity_check") == [("ok",)]
        reader.close()
