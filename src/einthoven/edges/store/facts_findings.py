"""Findings in the facts: kept as they change, read by stretch."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

import apsw

from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.center.found import (
    NEAR_S,
    Asked,
    Gone,
    Key,
    LiveFinding,
    Made,
    News,
    OnlyOpen,
    Reason,
    Renewed,
    Replaced,
    State,
    Withdrawal,
)
from einthoven.ecg.findings import Finding
from einthoven.ecg.kinds import BY_CODE

STATES: dict[State, int] = {"open": 1, "closed": 2, "withdrawn": 3, "interrupted": 5}
SUPERSEDED = 4
COLUMNS = (
    "run, stage, seq, kind, state, start, stop, told, ended_told, late, evidence, version, reason, taken_back"
)
_PUT = f"""
INSERT INTO finding (stream, {COLUMNS}, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET kind = excluded.kind, state = excluded.state, start = excluded.start,
  stop = excluded.stop, told = excluded.told, ended_told = excluded.ended_told, late = excluded.late,
  evidence = excluded.evidence, version = excluded.version, reason = excluded.reason,
  taken_back = iif(excluded.reason IS NULL, NULL, coalesce(finding.taken_back, excluded.taken_back))
"""
_SET_ASIDE = f"""
UPDATE finding
SET seq = min(-1, (SELECT min(seq) - 1 FROM finding WHERE stream = ?1 AND run = ?2 AND stage = ?3))
WHERE stream = ?1 AND run = ?2 AND stage = ?3 AND seq = ?4 AND state IN ({STATES["withdrawn"]}, {SUPERSEDED})
  AND abs(start - ?5) > ?6
"""
"""What does not hold stays as it was told, though its number is used again for something else."""
_GIVES_WAY = f"""
UPDATE finding SET state = {SUPERSEDED}, stop = max(start, coalesce(stop, told)),
  reason = coalesce(reason, ?), taken_back = coalesce(taken_back, ?)
"""
_REPLACE = (
    f"{_GIVES_WAY} WHERE stream = ? AND start >= ? AND start < ? AND run IS NOT ? AND state <> {SUPERSEDED}"
)
_SUPERSEDE = f"{_GIVES_WAY} WHERE stream = ? AND run = ? AND stage = ? AND seq = ? AND state <> {SUPERSEDED}"
_TOLD_SINCE = f"""
SELECT run, stage, seq FROM finding
WHERE stream = ? AND start >= ? AND start < ? AND max(start, told) >= ? AND state <> {SUPERSEDED}
"""
_OPEN = "SELECT run, stage, seq FROM finding WHERE stream = ? AND state = 1"
_INTERRUPT = f"""
UPDATE finding SET state = {STATES["interrupted"]}, stop = max(start, told)
WHERE stream = ? AND run = ? AND stage = ? AND seq = ?
"""


def keep(connection: apsw.Connection, news: Iterable[News], version: str, at: Instant) -> None:
    """Carry changes out, in order; the same ones again change nothing."""
    for one in news:
        if isinstance(one, Replaced):
            connection.execute(_REPLACE, (one.reason, at, one.stream, one.start, one.stop, one.run))
        elif isinstance(one, Gone):
            connection.executemany(_SUPERSEDE, [(Reason.LATE, at, one.stream, *key) for key in one.keys])
        elif isinstance(one, Renewed):
            since = (one.stream, one.start, one.stop, one.told)
            found = _besides(connection, _TOLD_SINCE, since, one.keys)
            connection.executemany(_SUPERSEDE, [(Reason.REPLAYED, at, one.stream, *key) for key in found])
        elif isinstance(one, OnlyOpen):
            found = _besides(connection, _OPEN, (one.stream,), one.keys)
            connection.executemany(_INTERRUPT, [(one.stream, *key) for key in found])
        else:
            near = int(NEAR_S * one.finding.rate_hz)
            connection.execute(_SET_ASIDE, (one.stream, *one.finding.key, one.finding.start, near))
            connection.execute(_PUT, _row(one.stream, one.finding, version, at))


def _besides(
    connection: apsw.Connection, sql: str, values: tuple[int, ...], keys: frozenset[Key]
) -> list[Key]:
    found: Any = connection.execute(sql, values).fetchall()
    return [key for key in (Key(*row) for row in found) if key not in keys]


def _row(stream: StreamId, one: LiveFinding, version: str, at: Instant) -> tuple[Any, ...]:
    finding = one.finding
    gone = one.withdrawal
    values = [value if math.isfinite(value) else None for value in finding.values]
    return (
        stream,
        *one.key,
        int(finding.kind.code),
        STATES[one.state],
        finding.start,
        None if one.state == "open" else max(finding.start, finding.end or finding.opened_told),
        finding.opened_told,
        finding.closed_told,
        int(one.late),
        json.dumps(
            {"values": values, "rule": one.made.rule, "limits": dict(one.made.limits)}
            | ({"was": one.was} if one.was else {})
        ),
        version,
        None if gone is None else gone.reason,
        None if gone is None else at,
        at,
    )


def select(stream: StreamId, asked: Asked) -> tuple[str, list[int]]:
    """The question for findings."""
    sql = f"SELECT {COLUMNS} FROM finding WHERE stream = ? AND start < ? AND coalesce(stop, {1 << 62}) >= ?"
    values: list[int] = [stream, asked.stop, asked.start]
    if not asked.gave_way:
        sql += f" AND state <> {SUPERSEDED}"
    if asked.kinds is not None:
        sql += f" AND kind IN ({', '.join('?' * len(asked.kinds))})"
        values += [int(code) for code in sorted(asked.kinds)]
    if asked.after is not None:
        sql += " AND (start, run, stage, seq) > (?, ?, ?, ?)"
        values += [asked.after[0], *asked.after[1]]
    return f"{sql} ORDER BY start, run, stage, seq LIMIT ?", [*values, asked.limit]


def finding_in(row: Any, rate_hz: float) -> LiveFinding:
    """The finding in a row of ``COLUMNS``."""
    run, stage, seq, kind, state, start, stop, told, ended_told, late, evidence, version, reason, at = row
    kept = json.loads(evidence)
    if isinstance(kept, list):  # before rule and limits were kept
        kept = {"values": kept, "rule": None, "limits": {}}
    values = tuple(float("nan") if value is None else float(value) for value in kept["values"])
    withdrawn, interrupted = state == STATES["withdrawn"], state == STATES["interrupted"]
    finding = Finding(BY_CODE[kind], start, stop, told, ended_told, seq, values, withdrawn)
    made = Made(version, kept["rule"], kept["limits"])
    taken_back = None
    if reason is not None or state == SUPERSEDED:
        # Before reasons were kept, what gave way was kept without one.
        why = Reason.LOST if reason is None else Reason(reason)
        sample = ended_told if why in (Reason.RECLASSED, Reason.NOT_BORNE_OUT) else None
        taken_back = Withdrawal(why, sample, at, gave_way=state == SUPERSEDED)
    was = tuple(kept.get("was", ()))
    return LiveFinding(Key(run, stage, seq), finding, bool(late), rate_hz, interrupted, made, taken_back, was)
