"""The audit of the facts as a chain: how a line is put behind the last one (``base.chain``, R42)."""

from __future__ import annotations

from typing import Any

import apsw

from einthoven.base.chain import GENESIS, Head, link
from einthoven.base.instants import Instant

PAGE = 1000
_INSERT = (
    "INSERT INTO audit (seq, at, actor, action, subject, detail, deed, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


def head(connection: apsw.Connection) -> Head:
    """The last line of the audit and its hash, as this connection sees it (inside its transaction)."""
    row: Any = connection.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(0, GENESIS) if row is None else Head(*row)


def append(
    connection: apsw.Connection,
    actor: str,
    action: str,
    subject: str,
    detail: str,
    at: Instant,
    deed: int = 0,
) -> int:
    """Put a line behind the last one, in the transaction at hand; its number.

    Args:
        detail: JSON text.
        deed: number of the deed that the line is of, 0 for none.

    Raises:
        ValueError: a text is no Unicode (half a surrogate pair).
        apsw.ConstraintError: ``detail`` is no JSON, actor or action are empty.
    """
    last = head(connection)
    seq = last.seq + 1
    texts = (actor.encode(), action.encode(), subject.encode(), detail.encode())
    digest = link(last.hash, seq, at, deed, texts)
    connection.execute(_INSERT, (seq, at, actor, action, subject, detail, deed or None, digest))
    return seq


def chain_old_lines(connection: apsw.Connection) -> None:
    """Part of migration 4: chain the lines that were written before there was a chain, as they stand."""
    last = Head(0, GENESIS)
    while True:
        page: Any = connection.execute(
            "SELECT seq, at, actor, action, subject, detail FROM audit_unchained WHERE seq > ? "
            "ORDER BY seq LIMIT ?",
            (last.seq, PAGE),
        ).fetchall()
        if not page:
            break
        for seq, at, *texts in page:
            actor, action, subject, detail = (text.encode() for text in texts)
            last = Head(seq, link(last.hash, seq, at, 0, (actor, action, subject, detail)))
            connection.execute(_INSERT, (seq, at, *texts, None, last.hash))
    connection.execute("DROP TABLE audit_unchained")
