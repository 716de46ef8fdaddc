"""Findings in the facts: kept as they change, read by stretch."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

import apsw

from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.center.ward_findings import (
    Gone,
    Key,
    LiveFinding,
    Made,
    News,
    OnlyOpen,
    Renewed,
    Replaced,
    State,
)
from einthoven.ecg.findings import Finding
from einthoven.ecg.kinds import BY_CODE

STATES: dict[State, int] = {"open": 1, "closed": 2, "withdrawn": 3, "interrupted": 5}
SUPERSEDED = 4
COLUMNS = "run, stage, seq, kind, state, start, stop, told, ended_told, late, evidence, version"
_PUT = """
INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET kind = excluded.kind, state = excluded.state, start = excluded.start,
  stop = excluded.stop, told = excluded.told, ended_told = excluded.ended_told, late = excluded.late,
  evidence = excluded.evidence, version = excluded.version
"""
_REPLACE = f"""
UPDATE finding SET state = {SUPERSEDED}, stop = max(start, coalesce(stop, told))
WHERE stream = ? AND start >= ? AND start < ? AND run IS NOT ? AND state <> {SUPERSEDED}
"""
_SUPERSEDE = f"""
UPDATE finding SET state = {SUPERSEDED}, stop = max(start, coalesce(stop, told))
WHERE stream = ? AND run = ? AND stage = ? AND seq = ? AND state <> {SUPERSEDED}
"""
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
            connection.execute(_REPLACE, (one.stream, one.start, one.stop, one.run))
        elif isinstance(one, Gone):
            connection.executemany(_SUPERSEDE, [(one.stream, *key) for key in one.keys])
        elif isinstance(one, Renewed):
            since = (one.stream, one.start, one.stop, one.told)
            found = _besides(connection, _TOLD_SINCE, since, one.keys)
            connection.executemany(_SUPERSEDE, [(one.stream, *key) for key in found])
        elif isinstance(one, OnlyOpen):
            found = _besides(connection, _OPEN, (one.stream,), one.keys)
            connection.executemany(_INTERRUPT, [(one.stream, *key) for key in found])
        else:
            connection.execute(_PUT, _row(one.stream, one.finding, version, at))


def _besides(
    connection: apsw.Connection, sql: str, values: tuple[int, ...], keys: frozenset[Key]
) -> list[Key]:
    found: Any = connection.execute(sql, values).fetchall()
    return [key for key in (Key(*row) for row in found) if key not in keys]


def _row(stream: StreamId, one: LiveFinding, version: str, at: Instant) -> tuple[Any, ...]:
    finding = one.finding
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
        json.dumps({"values": values, "rule": one.made.rule, "limits": dict(one.made.limits)}),
        version,
        at,
    )


def select(stream: StreamId, start: int, stop: int, limit: int) -> tuple[str, tuple[int, ...]]:
    """The question for the findings that stand and overlap ``[start, stop)``, by onset."""
    sql = (
        f"SELECT {COLUMNS} FROM finding WHERE stream = ? AND start < ? AND coalesce(stop, {1 << 62}) >= ? "
        f"AND state <> {SUPERSEDED} ORDER BY start, run, stage, seq LIMIT ?"
    )
    return sql, (stream, stop, start, limit)


def finding_in(row: Any, rate_hz: float) -> LiveFinding:
    """The finding in a row of ``COLUMNS``."""
    run, stage, seq, kind, state, start, stop, told, ended_told, late, evidence, version = row
    kept = json.loads(evidence)
    if isinstance(kept, list):  # before rule and limits were kept
        kept = {"values": kept, "rule": None, "limits": {}}
    values = tuple(float("nan") if value is None else float(value) for value in kept["values"])
    withdrawn, interrupted = state == STATES["withdrawn"], state == STATES["interrupted"]
    finding = Finding(BY_CODE[kind], start, stop, told, ended_told, seq, values, withdrawn)
    made = Made(version, kept["rule"], kept["limits"])
    return LiveFinding(Key(run, stage, seq), finding, bool(late), rate_hz, interrupted, made)
