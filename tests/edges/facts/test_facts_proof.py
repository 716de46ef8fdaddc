"""Audit and deeds are proved: whatever is changed in them is found and named."""

from __future__ import annotations

from functools import cache
from typing import Any

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.base.chain import GENESIS, Head, link
from einthoven.edges.store import facts_chain, schema
from einthoven.edges.store.facts_desk import _put_deeds
from einthoven.edges.store.facts_proof import NAMED_MAX, is_chained, prove
from einthoven.testing.journal_suite import NOON, deed

LINES = 12
DEED_LINES = (3, 4, 7, 8, 11)
"""Audit lines of deeds 1 to 5; the others are of other changes."""


@cache
def made(lines: int = LINES) -> apsw.Connection:
    """Facts with a chain of so many lines."""
    connection = apsw.Connection(":memory:")
    schema.migrate(connection, NOON)
    with connection:
        number = 0
        for seq in range(1, lines + 1):
            if seq % 12 in DEED_LINES:
                number += 1
                _put_deeds(connection, [deed(number, note=f"ä {number}")])
            else:
                facts_chain.append(connection, "nurse", "patient.read", f"s{seq:06d}", '{"n":1}', NOON + seq)
    return connection


class Tampering:
    """A copy of the facts, with what guards them taken away while they are changed."""

    def __init__(self, lines: int = LINES) -> None:
        self.connection = apsw.Connection(":memory:")
        with self.connection.backup("main", made(lines), "main") as copy:
            copy.step()
        self.connection.pragma("ignore_check_constraints", True)
        self.connection.pragma("foreign_keys", False)

    def do(self, *statements: tuple[str, tuple[Any, ...]]) -> list[str]:
        """Carry statements out; the faults that are found then."""
        guards: Any = self.connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in guards:
            self.connection.execute(f"DROP TRIGGER {name}")
        for sql, values in statements:
            self.connection.execute(sql, values)
        for _, sql in guards:
            self.connection.execute(sql)
        return prove(self.connection).faults

    def rechain(self, first: int) -> tuple[str, tuple[Any, ...]]:
        """A statement that gives line ``first`` the hash it must have."""
        row: Any = self.connection.execute(
            "SELECT at, deed, actor, action, subject, detail, (SELECT hash FROM audit WHERE seq = ?) "
            "FROM audit WHERE seq = ?", (first - 1, first)
        ).fetchone()  # fmt: skip
        at, of, *texts, before = row
        encoded = tuple(text.encode() for text in texts)
        return "UPDATE audit SET hash = ? WHERE seq = ?", (
            link(before or GENESIS, first, at, of or 0, encoded),  # type: ignore[arg-type]
            first,
        )


@pytest.fixture
def tampering() -> Tampering:
    return Tampering()


def test_what_was_written_is_proved_whole(tampering: Tampering) -> None:
    proof = prove(tampering.connection)
    assert proof.faults == []
    assert (proof.lines, proof.deeds) == (LINES, len(DEED_LINES))
    assert proof.head == facts_chain.head(tampering.connection)
    assert not tampering.connection.in_transaction
    assert prove(tampering.connection, [proof.head, Head(0, GENESIS)]).faults == []


def test_empty_facts_are_whole_and_old_ones_are_not_chained() -> None:
    connection = apsw.Connection(":memory:")
    assert not is_chained(connection)
    schema.migrate(connection, NOON, schema.MIGRATIONS[:3])
    assert not is_chained(connection)
    schema.migrate(connection, NOON)
    assert is_chained(connection)
    proof = prove(connection)
    assert (proof.faults, proof.head) == ([], Head(0, GENESIS))


TEXTS = ("actor", "action", "subject", "detail")
numbers = st.integers(-(2**63), 2**63 - 1)
words = st.text(st.characters(codec="utf-8"), max_size=12)
columns = st.one_of(
    st.tuples(st.sampled_from(TEXTS), words),
    st.tuples(st.just("at"), numbers),
    st.tuples(st.just("deed"), st.none() | st.integers(-2, 9) | numbers),
    st.tuples(st.just("seq"), st.integers(-3, 40)),
    st.tuples(st.just("hash"), st.binary(min_size=0, max_size=40)),
)


@settings(deadline=None, max_examples=300)
@given(seq=st.integers(1, LINES), change=columns)
def test_any_change_of_any_line_is_found(seq: int, change: tuple[str, Any]) -> None:
    tampering, (column, value) = Tampering(), change
    row: Any = tampering.connection.execute(f"SELECT {column} FROM audit WHERE seq = ?", (seq,)).fetchone()
    if row[0] == value:
        return
    if column == "seq":
        taken: Any = tampering.connection.execute("SELECT 1 FROM audit WHERE seq = ?", (value,)).fetchone()
        if taken:
            return
    faults = tampering.do((f"UPDATE audit SET {column} = ? WHERE seq = ?", (value, seq)))
    assert faults
    if column != "seq":
        assert any(f"line {seq} was changed" in fault for fault in faults) or (
            column == "hash" and any(f"or line {seq} with its hash" in fault for fault in faults)
        )


@settings(deadline=None, max_examples=200)
@given(data=st.data(), seq=st.integers(1, LINES))
def test_any_other_byte_of_a_text_is_found(data: st.DataObject, seq: int) -> None:
    """Also bytes that are no text at all."""
    tampering, column = Tampering(), data.draw(st.sampled_from(TEXTS))
    row: Any = tampering.connection.execute(
        f"SELECT CAST({column} AS BLOB) FROM audit WHERE seq = ?", (seq,)
    ).fetchone()
    text = bytearray(row[0])
    text[data.draw(st.integers(0, len(text) - 1))] ^= data.draw(st.integers(1, 255))
    change = (f"UPDATE audit SET {column} = CAST(? AS TEXT) WHERE seq = ?", (bytes(text), seq))
    assert any(f"line {seq} was changed" in fault for fault in tampering.do(change))


@settings(deadline=None, max_examples=200)
@given(
    number=st.integers(1, len(DEED_LINES)),
    change=st.one_of(
        st.tuples(st.sampled_from(["actor", "kind", "subject", "body"]), words),
        st.tuples(st.just("at"), numbers),
        st.tuples(st.just("audit"), st.integers(100, 2**62)),
        st.tuples(st.just("number"), st.integers(-5, 0) | st.integers(6, 99)),
    ),
)
def test_any_change_of_any_deed_is_found(number: int, change: tuple[str, Any]) -> None:
    tampering, (column, value) = Tampering(), change
    before: Any = tampering.connection.execute(
        f"SELECT {column} FROM deed WHERE number = ?", (number,)
    ).fetchone()
    if before[0] == value:
        return
    faults = tampering.do((f"UPDATE deed SET {column} = ? WHERE number = ?", (value, number)))
    if column == "number":
        assert f"deeds: deed {number} of audit line {DEED_LINES[number - 1]} is missing" in faults
        assert f"deeds: deed {value} has no line in the audit" in faults
    else:
        line = DEED_LINES[number - 1]
        assert faults == [f"deeds: deed {number} is not what audit line {line} says: {column}"]


def test_a_missing_line_is_named(tampering: Tampering) -> None:
    faults = tampering.do(("DELETE FROM audit WHERE seq IN (5, 6)", ()))
    assert faults == ["audit: lines 5 to 6 are missing"]


def test_a_missing_line_of_a_deed_leaves_a_deed_without_one(tampering: Tampering) -> None:
    faults = tampering.do(("DELETE FROM audit WHERE seq = 7", ()))
    assert faults == [
        "audit: line 7 is missing",
        "audit: line 8 is of deed 4, and deed 3 is next",
        "deeds: deed 3 has no line in the audit",
    ]


def test_a_missing_deed_is_named(tampering: Tampering) -> None:
    for number, line in ((2, 4), (5, 11)):
        faults = tampering.do(("DELETE FROM deed WHERE number = ?", (number,)))
        assert f"deeds: deed {number} of audit line {line} is missing" in faults


def test_a_deed_put_in_is_named(tampering: Tampering) -> None:
    faults = tampering.do(("INSERT INTO deed VALUES (6, 1, 'a', 'b', 'c', '{}', 999)", ()))
    assert faults == ["deeds: deed 6 has no line in the audit"]


def move(old: int, new: int) -> tuple[str, tuple[Any, ...]]:
    return "UPDATE audit SET seq = ? WHERE seq = ?", (new, old)


@pytest.mark.parametrize(("one", "other"), [(1, 2), (5, 6), (5, 9), (9, 12), (2, 10)])
def test_lines_in_another_order_are_told_from_changed_ones(
    tampering: Tampering, one: int, other: int
) -> None:
    tampering.do(("UPDATE audit SET deed = NULL", ()), ("DELETE FROM deed", ()))
    for seq in range(1, LINES + 1):
        tampering.do(tampering.rechain(seq))
    assert prove(tampering.connection).faults == []
    faults = tampering.do(move(one, 99), move(other, one), move(99, other))
    assert faults == [
        f"audit: line {one} is what was written as line {other}: another order",
        f"audit: line {other} is what was written as line {one}: another order",
    ]


@pytest.mark.parametrize("seq", [1, 6, 12])
def test_a_line_put_in_is_named(tampering: Tampering, seq: int) -> None:
    """With the hash that it must have, and the others renumbered."""
    moves = [move(old, old + 1) for old in range(LINES, seq - 1, -1)]
    put = "INSERT INTO audit VALUES (?, 1, 'nurse', 'x.y', 'z', '{}', NULL, zeroblob(32))", (seq,)
    faults = tampering.do(*moves, put)
    faults = tampering.do(tampering.rechain(seq))
    assert f"audit: line {seq} was put in, and those behind renumbered" in faults
    assert not any("changed" in fault for fault in faults)


@pytest.mark.parametrize("seq", [1, 6, 10])
def test_a_line_taken_out_with_the_others_renumbered_is_named(tampering: Tampering, seq: int) -> None:
    moves = [move(old, old - 1) for old in range(seq + 1, LINES + 1)]
    faults = tampering.do(("DELETE FROM audit WHERE seq = ?", (seq,)), *moves)
    assert f"audit: a line is missing before line {seq}, and those behind renumbered" in faults
    assert not any("changed" in fault for fault in faults)


def test_lines_cut_off_at_the_end_are_found_by_the_count(tampering: Tampering) -> None:
    assert tampering.do(("DELETE FROM audit WHERE seq = 12", ())) == ["audit: line 12 is missing at the end"]
    faults = tampering.do(("DELETE FROM audit WHERE seq > 8", ()))
    assert faults == ["deeds: deed 5 has no line in the audit", "audit: lines 9 to 12 are missing at the end"]


def test_a_clean_cut_is_found_against_a_head_kept_elsewhere(tampering: Tampering) -> None:
    """Deeds, lines, SQLite's count and the index of times cut off together: the table alone cannot tell."""
    heads = heads_of(tampering.connection)
    faults = tampering.do(
        ("DELETE FROM audit WHERE seq > 8", ()),
        ("DELETE FROM deed WHERE number > 4", ()),
        ("UPDATE sqlite_sequence SET seq = 8 WHERE name = 'audit'", ()),
        ("UPDATE audit_block SET high = (SELECT max(at) FROM audit)", ()),
    )
    assert faults == []
    assert prove(tampering.connection, heads[:9]).faults == []
    assert prove(tampering.connection, [heads[9]]).faults == [
        "audit: line 9 is missing at the end: the head of line 9 was kept elsewhere"
    ]
    assert prove(tampering.connection, [heads[12], heads[4]]).faults == [
        "audit: lines 9 to 12 are missing at the end: the head of line 12 was kept elsewhere"
    ]


def test_a_history_written_anew_is_found_against_a_head_kept_elsewhere(tampering: Tampering) -> None:
    heads = heads_of(tampering.connection)
    tampering.do(("UPDATE audit SET actor = 'nobody' WHERE seq = 5", ()))
    for seq in range(5, LINES + 1):
        tampering.do(tampering.rechain(seq))
    assert prove(tampering.connection, heads[:5]).faults == []
    for seq in range(5, LINES + 1):
        (fault,) = prove(tampering.connection, [heads[seq]]).faults
        assert fault.startswith(f"audit: line {seq} is not the one whose head was kept elsewhere")


def heads_of(connection: apsw.Connection) -> list[Head]:
    rows: Any = connection.execute("SELECT seq, hash FROM audit ORDER BY seq")
    return [Head(0, GENESIS), *(Head(*row) for row in rows)]


SCHEMA_CASES: list[tuple[str, str]] = [
    ("DROP TRIGGER audit_kept_update", "schema: trigger audit_kept_update is missing"),
    ("DROP INDEX deed_kind", "schema: index deed_kind is missing"),
    ("CREATE TABLE more (x)", "schema: table more is not of this program"),
    (
        "DROP TRIGGER deed_kept_delete; "
        "CREATE TRIGGER deed_kept_delete BEFORE DELETE ON deed BEGIN SELECT 1; END",
        "schema: trigger deed_kept_delete was changed",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "want"), SCHEMA_CASES)
def test_guards_that_were_taken_away_are_named(tampering: Tampering, sql: str, want: str) -> None:
    tampering.connection.execute(sql)
    assert prove(tampering.connection).faults == [want]


def test_a_long_chain_is_proved_past_its_windows() -> None:
    tampering = Tampering(500)
    assert prove(tampering.connection).faults == []
    faults = tampering.do(
        *(("UPDATE audit SET at = at + 1 WHERE seq = ?", (seq,)) for seq in (100, 163, 164, 165, 400))
    )
    lines = [fault for fault in faults if fault.startswith("audit")]
    assert lines == [
        f"audit: line {seq} was changed (or line {seq - 1} with its hash)"
        for seq in (100, 163, 164, 165, 400)
    ]


def test_more_than_can_be_read_is_not_named() -> None:
    tampering = Tampering(500)
    faults = tampering.do(("UPDATE audit SET at = at + 1", ()))
    assert len(faults) == NAMED_MAX + 1
    assert faults[-1].startswith("and more")
