"""The audit in SQLite, read newest first and by what is asked (``center.audited``)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from einthoven.base.ids import stream_name
from einthoven.center.audited import SCAN, AuditAsked, AuditFound
from einthoven.enrollment.register import AuditLine

Ask = Callable[..., list[Any]]
"""``FactsReader.ask``: a statement and its values → rows."""
_LINE = "SELECT seq, at, actor, action, subject, detail, deed, hash FROM audit"

_SUBJECTS = (
    "SELECT ? UNION SELECT subject FROM deed WHERE kind = 'case.opened' AND body ->> '$.stream' = ? "
    "UNION SELECT 'patient ' || (detail ->> '$.patient') FROM audit "
    "WHERE subject = ? AND action = 'period.open'"
)
"""What lines about the patient of a stream call themselves about."""


def read_audit(ask: Ask, asked: AuditAsked, scan: int = SCAN) -> AuditFound:
    """The lines that are asked for.

    Args:
        ask: ``FactsReader.ask``.
        scan: lines looked through where no patient is asked for: of theirs an index knows.
    """
    last = int(ask("SELECT ifnull(max(seq), 0) FROM audit")[0][0])
    top = last if asked.below is None else min(last, asked.below - 1)
    bottom = 0 if asked.stream is not None else max(0, top - scan)
    where, values = _where(asked)
    found = [
        _line(row)
        for row in ask(
            f"{_LINE} WHERE seq <= ? AND seq > ?{where} ORDER BY seq DESC LIMIT ?",
            top,
            bottom,
            *values,
            asked.limit,
        )
    ]
    if len(found) == asked.limit:
        return AuditFound(found, found[-1].seq if found and found[-1].seq > 1 else None)
    return AuditFound(found, bottom + 1 if bottom > 0 else None)


def _where(asked: AuditAsked) -> tuple[str, list[object]]:
    where, values = "", list[object]()
    if asked.stream is not None:
        name = stream_name(asked.stream)
        where += f" AND subject IN ({_SUBJECTS})"
        values += [name, asked.stream, name]
    if asked.person:
        where += " AND (actor = ? OR subject = ?)"
        values += [asked.person] * 2
    if asked.kinds:
        # Not by LIKE, to which an underscore is any sign.
        ways = []
        for kind in asked.kinds:
            ways.append("substr(action, 1, ?) = ?" if kind.endswith(".") else "action = ?")
            values += [len(kind), kind] if kind.endswith(".") else [kind]
        where += f" AND ({' OR '.join(ways)})"
    for sign, end in ((">=", asked.since), ("<", asked.until)):
        if end is not None:
            where += f" AND at {sign} ?"
            values.append(end)
    return where, values


def _line(row: Any) -> AuditLine:
    seq, at, actor, action, subject, detail, deed, digest = row
    return AuditLine(seq, at, actor, action, subject, json.loads(detail), deed or 0, digest)
