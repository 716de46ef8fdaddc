"""The audit in SQLite, read newest first and by what is asked (``center.audited``).

Whatever is asked, the work is in proportion to what is answered, not to the size of the audit: every question
is put to streams of an index, each of which lies in order of the lines' numbers. A stretch of time becomes
stretches of numbers first (``audit_block``), since the instants of lines are in no strict order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from einthoven.base.ids import stream_name
from einthoven.center.audited import AuditAsked, AuditFound, is_of
from einthoven.enrollment.register import AuditLine

Ask = Callable[..., list[Any]]
"""``FactsReader.ask``: a statement and its values → rows."""
BLOCK_BITS: Final = 10
"""Lines share an entry of ``audit_block`` whose numbers are the same without so many bits: 1,024 of them."""
NEAR: Final = 8
"""Blocks that lie nearer to one another than this are read as one stretch."""

_LINES = "SELECT seq, at, actor, action, subject, detail, deed, hash FROM audit"
_SUBJECTS = (
    "SELECT ? UNION SELECT subject FROM deed INDEXED BY deed_case_stream "
    "WHERE kind = 'case.opened' AND body ->> '$.stream' = ? "
    "UNION SELECT 'patient ' || (detail ->> '$.patient') FROM audit INDEXED BY audit_period "
    "WHERE subject = ? AND action = 'period.open'"
)
"""What lines about the patient of a stream call themselves about."""
_STEP = (
    "UNION ALL SELECT (SELECT min(action) FROM audit WHERE {} action > one) FROM found WHERE one IS NOT NULL"
)
_ACTIONS = (
    "WITH RECURSIVE found(one) AS (SELECT min(action) FROM audit {} "
    + _STEP
    + ") SELECT one FROM found WHERE one IS NOT NULL"
)
"""Every action that occurs, one look into the index each, whatever the number of lines."""
_ANY_ACTIONS = _ACTIONS.format("", "")
_ACTIONS_OF = _ACTIONS.format("WHERE actor = ?1", "actor = ?1 AND")


def read_audit(ask: Ask, asked: AuditAsked) -> AuditFound:
    """The lines that are asked for: right over the whole audit, whatever its size.

    Args:
        ask: ``FactsReader.ask``.
    """
    found: list[AuditLine] = []
    for low, high in _stretches(ask, asked):
        found += _within(ask, asked, low, high, asked.limit + 1 - len(found))
        if len(found) > asked.limit:
            return AuditFound(found[: asked.limit], found[asked.limit - 1].seq)
    return AuditFound(found, None)


def _stretches(ask: Ask, asked: AuditAsked) -> Iterator[tuple[int, int]]:
    """First and last numbers of lines that may be of the time asked for, the newest stretch first."""
    last = int(ask("SELECT ifnull(max(seq), 0) FROM audit")[0][0])
    top = last if asked.below is None else min(last, asked.below - 1)
    if asked.since is None and asked.until is None:
        yield 1, top
        return
    where, values = "", list[object]()
    for column, sign, end in (("high", ">=", asked.since), ("low", "<", asked.until)):
        if end is not None:
            where += f" AND {column} {sign} ?"
            values.append(end)
    stretch: list[int] = []
    for (block,) in ask(
        f"SELECT block FROM audit_block WHERE block <= ?{where} ORDER BY block DESC",
        top >> BLOCK_BITS,
        *values,
    ):
        if stretch and stretch[0] - block > NEAR:
            yield _numbers(stretch, top)
            stretch = []
        stretch = [block, stretch[1] if stretch else block]
    if stretch:
        yield _numbers(stretch, top)


def _numbers(stretch: list[int], top: int) -> tuple[int, int]:
    first, last = stretch
    return first << BLOCK_BITS, min(top, ((last + 1) << BLOCK_BITS) - 1)


def _within(ask: Ask, asked: AuditAsked, low: int, high: int, most: int) -> list[AuditLine]:
    """The newest lines of a stretch, at most ``most``."""
    bounds = " AND seq BETWEEN ? AND ?"
    values: list[object] = [low, high]
    for sign, end in ((">=", asked.since), ("<", asked.until)):
        if end is not None:
            bounds += f" AND at {sign} ?"
            values.append(end)
    order = " ORDER BY seq DESC LIMIT ?"
    if asked.stream is None and not asked.person and not asked.kinds:
        return [_line(row) for row in ask(f"{_LINES} WHERE true{bounds}{order}", *values, most)]
    seqs = set[int]()
    for index, where, given in _streams(ask, asked):
        sql = f"SELECT seq FROM audit INDEXED BY {index} WHERE {where}{bounds}{order}"
        seqs.update(int(row[0]) for row in ask(sql, *given, *values, most))
    newest = sorted(seqs, reverse=True)[:most]
    rows = ask(
        f"{_LINES} WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq DESC", json.dumps(newest)
    )
    return [_line(row) for row in rows]


def _streams(ask: Ask, asked: AuditAsked) -> Iterator[tuple[str, str, list[object]]]:
    """Index, condition and its values of every stream in which what is asked for lies, and nothing else."""
    kinds, of_kind = "", list[object]()
    if asked.kinds:
        actions = [one for (one,) in ask(_ANY_ACTIONS) if any(is_of(one, kind) for kind in asked.kinds)]
        kinds, of_kind = " AND action IN (SELECT value FROM json_each(?))", [json.dumps(actions)]
    if asked.stream is not None:
        name = stream_name(asked.stream)
        person = " AND (actor = ? OR subject = ?)" if asked.person else ""
        given = [name, asked.stream, name, *[asked.person] * (2 if person else 0), *of_kind]
        yield "audit_subject", f"subject IN ({_SUBJECTS}){person}{kinds}", given
    elif asked.person:
        yield "audit_subject", f"subject = ?{kinds}", [asked.person, *of_kind]
        for (action,) in ask(_ACTIONS_OF, asked.person):
            if not asked.kinds or any(is_of(action, kind) for kind in asked.kinds):
                yield "audit_actor_action", "actor = ? AND action = ?", [asked.person, action]
    else:
        for action in actions:
            yield "audit_action", "action = ?", [action]


def _line(row: Any) -> AuditLine:
    seq, at, actor, action, subject, detail, deed, digest = row
    return AuditLine(seq, at, actor, action, subject, json.loads(detail), deed or 0, digest)
