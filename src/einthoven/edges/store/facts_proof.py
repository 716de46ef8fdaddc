"""Prove audit and deeds: every line follows the one before it, every deed is what its line says (R42).

What is proved: the lines are, byte for byte and in order, those that led to the hash of the last one. So a
change, a gap, another order or a line put in is found from the table alone, unless every hash behind it was
computed anew; that, and lines cut off at the end, are found against heads that were kept elsewhere.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import apsw

from einthoven.base.chain import GENESIS, Head, link
from einthoven.edges.store import schema
from einthoven.edges.store.facts_audit import BLOCK_BITS

WINDOW = 64
"""Lines looked at together where one does not follow: enough to tell a swap from a change."""
REACH = 8
"""How far from its place a line is recognised."""
NAMED_MAX = 50
"""Faults that are named; behind them it is only said that there are more."""


@dataclass(slots=True)
class AuditProof:
    """What was found of audit and deeds.

    Attributes:
        head: the last line and its hash: keep it elsewhere, and what comes before it is proved for ever.
        lines, deeds: how many were looked at.
        faults: what is wrong, a sentence each; none where all is as it was written.
    """

    head: Head = field(default_factory=lambda: Head(0, GENESIS))
    lines: int = 0
    deeds: int = 0
    faults: list[str] = field(default_factory=list)

    def add(self, fault: str) -> None:
        """Name a fault."""
        if len(self.faults) < NAMED_MAX:
            self.faults.append(fault)
        elif len(self.faults) == NAMED_MAX:
            self.faults.append("and more of audit and deeds that is not named")


class _Line(NamedTuple):
    seq: int
    at: int
    actor: bytes
    action: bytes
    subject: bytes
    detail: bytes
    deed: int | None
    hash: bytes

    def follows(self, previous: bytes, seq: int) -> bool:
        """Whether it is the line that was written as ``seq`` behind ``previous``."""
        if self.deed is not None and self.deed < 1:
            return False  # stands for "of no deed" in the encoding, and is written by nobody
        texts = (self.actor, self.action, self.subject, self.detail)
        return link(previous, seq, self.at, self.deed or 0, texts) == self.hash


_LINES = (
    "SELECT seq, at, CAST(actor AS BLOB), CAST(action AS BLOB), CAST(subject AS BLOB), "
    "CAST(detail AS BLOB), deed, hash FROM audit ORDER BY seq"
)
_DEEDS = (
    "SELECT number, at, CAST(actor AS BLOB), CAST(kind AS BLOB), CAST(subject AS BLOB), "
    "CAST(body AS BLOB), audit FROM deed ORDER BY number"
)


def is_chained(connection: apsw.Connection) -> bool:
    """Whether these facts have a chain; those of an older program get it when a center opens them."""
    columns: Any = connection.execute("SELECT name FROM pragma_table_info('audit')")
    return any(name == "hash" for (name,) in columns)


def prove(connection: apsw.Connection, heads: Iterable[Head] = ()) -> AuditProof:
    """Look at every line and every deed, as they are at one moment.

    Args:
        heads: kept elsewhere; each must be a place of this chain.

    Raises:
        apsw.Error: the database cannot be read.
        StoreError: it is of a newer program.
    """
    proof = AuditProof()
    wanted = set(heads) - {proof.head}
    connection.execute("BEGIN")
    try:
        _check_schema(connection, proof)
        pairs = _Pairs(connection, proof)
        for line in _walk((_Line(*row) for row in connection.execute(_LINES)), proof):
            proof.lines += 1
            proof.head = Head(line.seq, line.hash)
            wanted.discard(proof.head)
            pairs.take(line)
        pairs.end()
        _check_end(connection, proof)
        if not proof.faults and connection.table_exists("main", "audit_block"):
            _check_times(connection, proof)
    finally:
        connection.execute("ROLLBACK")
    for head in sorted(wanted, key=lambda one: one.seq):
        _name_head(head, proof)
    return proof


def _name_head(head: Head, proof: AuditProof) -> None:
    if head.seq > proof.head.seq:
        missing = _some(proof.head.seq + 1, head.seq)
        proof.add(f"audit: {missing} missing at the end: the head of line {head.seq} was kept elsewhere")
    else:
        proof.add(
            f"audit: line {head.seq} is not the one whose head was kept elsewhere ({head.hash.hex()[:16]}…): "
            "it, or lines before it, were written anew"
        )


def _check_schema(connection: apsw.Connection, proof: AuditProof) -> None:
    """The tables and what guards them are those of the migrations."""
    applied = schema.check(connection)
    fresh = apsw.Connection(":memory:")
    schema.migrate(fresh, 0, tuple(one for one in schema.MIGRATIONS if one.version in applied))
    sql = (
        "SELECT type || ' ' || name, sql FROM sqlite_schema "
        "WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite@_%' ESCAPE '@'"
    )
    made: dict[Any, Any] = dict(fresh.execute(sql).fetchall())  # type: ignore[arg-type]
    here: dict[Any, Any] = dict(connection.execute(sql).fetchall())  # type: ignore[arg-type]
    fresh.close()
    for name in sorted(made.keys() | here.keys()):
        if name not in here:
            proof.add(f"schema: {name} is missing")
        elif name not in made:
            proof.add(f"schema: {name} is not of this program")
        elif made[name] != here[name]:
            proof.add(f"schema: {name} was changed")


def _check_end(connection: apsw.Connection, proof: AuditProof) -> None:
    """SQLite counts the lines too: whoever cuts some off at the end must think of it."""
    found: Any = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").fetchall()
    count, last = (int(found[0][0]) if found else 0), proof.head.seq
    if count > last:
        proof.add(f"audit: {_some(last + 1, count)} missing at the end")
    elif count < last:
        proof.add(f"audit: holds {last} lines, and SQLite counted {count}")


def _check_times(connection: apsw.Connection, proof: AuditProof) -> None:
    """What a question about a time goes by (``facts_audit``): a stretch left out of it would hide lines."""
    made = f"SELECT seq >> {BLOCK_BITS}, min(at), max(at) FROM audit GROUP BY 1"
    for one, other in ((made, "SELECT * FROM audit_block"), ("SELECT * FROM audit_block", made)):
        row: Any = connection.execute(f"{one} EXCEPT {other} LIMIT 1").fetchone()
        if row is not None:
            lines = _some(max(1, row[0] << BLOCK_BITS), ((row[0] + 1) << BLOCK_BITS) - 1)
            proof.add(f"audit: {lines} not in the index of times as they were written")
            return


def _some(first: int, last: int) -> str:
    return f"line {first} is" if first == last else f"lines {first} to {last} are"


def _walk(found: Iterator[_Line], proof: AuditProof) -> Iterator[_Line]:
    """Every line in order; what does not follow is named."""
    lines: deque[_Line] = deque()
    known: deque[bytes] = deque([GENESIS], REACH + 1)
    last, shift = 0, 0
    while True:
        lines.extend(islice(found, WINDOW - len(lines)))
        if not lines:
            return
        line = lines.popleft()
        if line.seq != last + 1:
            proof.add(f"audit: {_some(last + 1, line.seq - 1)} missing")
        elif not line.follows(known[-1], line.seq + shift) and len(proof.faults) <= NAMED_MAX:
            window = [line]
            while lines and lines[0].seq == window[-1].seq + 1:
                window.append(lines.popleft())
            shift += _explain(list(known), window, shift, proof)
            for one in window[:-1]:
                known.append(one.hash)
                yield one
            line = window[-1]
        known.append(line.hash)
        last = line.seq
        yield line


def _explain(known: list[bytes], window: list[_Line], shift: int, proof: AuditProof) -> int:
    """Say what happened to lines of which the first does not follow; by how much the rest was renumbered."""
    hashes = [*known, *(line.hash for line in window)]
    reach = sorted(range(-REACH, REACH + 1), key=abs)
    moves: list[int | None] = []
    for place, line in enumerate(window, len(known) - 1):
        if line.follows(hashes[place], line.seq + shift):
            moves.append(0)
        else:
            tries = (far for far in reach for one in hashes if line.follows(one, line.seq + shift + far))
            moves.append(next(tries, None))
    known_moves = [move for move in moves if move is not None]
    far = known_moves[-1] if sum(known_moves) else 0  # they changed places among themselves
    turn = len(moves)
    while far and turn and moves[turn - 1] in (None, far):
        turn -= 1
    while far and turn < len(moves) and moves[turn] is None:
        turn += 1
    for line, move in zip(window[:turn], moves, strict=False):
        ours = far > 0 and line is window[turn - 1]  # the line behind the gap has lost what it followed
        new = far < 0 and line.seq >= window[turn].seq + far
        if move is None and not ours and not new:
            proof.add(f"audit: line {line.seq} was changed (or line {line.seq - 1} with its hash)")
        elif move:
            proof.add(f"audit: line {line.seq} is what was written as line {line.seq + move}: another order")
    if far > 0:
        many = f"{far} lines are" if far > 1 else "a line is"
        proof.add(f"audit: {many} missing before line {window[turn].seq - 1}, and those behind renumbered")
    elif far < 0:
        first, last = window[turn].seq + far, window[turn].seq - 1
        put = f"lines {first} to {last} were" if last > first else f"line {first} was"
        proof.add(f"audit: {put} put in, and those behind renumbered")
    return far


class _Pairs:
    """Audit lines that are of deeds, beside the deeds."""

    def __init__(self, connection: apsw.Connection, proof: AuditProof) -> None:
        self._deeds: Iterator[Any] = iter(connection.execute(_DEEDS))
        self._proof = proof
        self._next: Any = next(self._deeds, None)
        self._last = 0

    def take(self, line: _Line) -> None:
        """The next line of the audit."""
        if line.deed is None:
            return
        if line.deed != self._last + 1:
            self._proof.add(
                f"audit: line {line.seq} is of deed {line.deed}, and deed {self._last + 1} is next"
            )
        self._last = max(self._last, line.deed)
        while self._next is not None and self._next[0] < line.deed:
            self._stray()
        if self._next is None or self._next[0] != line.deed:
            self._proof.add(f"deeds: deed {line.deed} of audit line {line.seq} is missing")
            return
        number, *fields, audit = self._next
        self._proof.deeds += 1
        names = ("at", "actor", "kind", "subject", "body")
        want = (line.at, line.actor, line.action, line.subject, line.detail)
        wrong = [name for name, one, other in zip(names, fields, want, strict=True) if one != other]
        if audit != line.seq:
            wrong.append("audit")
        if wrong:
            self._proof.add(
                f"deeds: deed {number} is not what audit line {line.seq} says: {', '.join(wrong)}"
            )
        self._next = next(self._deeds, None)

    def _stray(self) -> None:
        self._proof.deeds += 1
        self._proof.add(f"deeds: deed {self._next[0]} has no line in the audit")
        self._next = next(self._deeds, None)

    def end(self) -> None:
        """There are no more lines."""
        while self._next is not None:
            self._stray()
